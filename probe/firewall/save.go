package firewall

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"wsdoctor/probe"
)

// Bounds of what iptables-save may say.
const (
	maxSave = 4 << 20  // bytes
	maxLine = 64 << 10 // bytes
)

// legacyBases are the built-in chains that packets for this computer, or what it
// answers, meet, by table (the kernel's iptable_*.c).
var legacyBases = map[string]map[string]base{
	"raw": {
		"PREROUTING": {hook: hookPrerouting, priority: priorityRaw},
		"OUTPUT":     {hook: hookOutput, priority: priorityRaw},
	},
	"mangle": {
		"PREROUTING": {
			hook:     hookPrerouting,
			priority: priorityMangle,
		},
		"INPUT": {hook: hookInput, priority: priorityMangle},
		"OUTPUT": {
			hook:     hookOutput,
			priority: priorityMangle,
		},
		"POSTROUTING": {hook: hookPostrouting, priority: priorityMangle},
	},
	"nat": {
		"PREROUTING": {hook: hookPrerouting, priority: priorityDNAT, nat: true},
		"INPUT":      {hook: hookInput, priority: prioritySNAT, nat: true},
	},
	"filter": {
		"INPUT":  {hook: hookInput, priority: priorityFilter},
		"OUTPUT": {hook: hookOutput, priority: priorityFilter},
	},
	"security": {
		"INPUT":  {hook: hookInput, priority: prioritySecurity},
		"OUTPUT": {hook: hookOutput, priority: prioritySecurity},
	},
}

// parseSave reads the output of iptables-save or, with six, ip6tables-save.
func parseSave(r io.Reader, six bool, sets ipsetSource) (*ruleset, error) {
	s := &ruleset{engine: engineLegacy}
	of := familyIP
	if six {
		of = familyIP6
	}
	p := &saveReader{ruleset: s, family: of, sets: sets, chains: map[tableID]map[string]*chain{}}
	in := bufio.NewScanner(io.LimitReader(r, maxSave+1))
	in.Buffer(nil, maxLine)
	size, line := 0, 0
	for in.Scan() {
		line++
		if size += len(in.Bytes()) + 1; size > maxSave {
			return nil, fmt.Errorf("more than %d MiB of rules", maxSave>>20)
		}
		if err := p.line(strings.TrimSpace(in.Text())); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if p.table != "" {
		return nil, fmt.Errorf("table %s has no end", probe.Clean(p.table, 40))
	}
	s.link()
	return s, nil
}

type saveReader struct {
	*ruleset
	family family
	table  string // that is being read; empty between tables
	count  int
	sets   ipsetSource
	chains map[tableID]map[string]*chain
}

func (p *saveReader) id() tableID { return tableID{p.family, p.table} }

func (p *saveReader) line(s string) error {
	switch {
	case s == "" || s[0] == '#':
		return nil
	case s[0] == '*':
		p.table = s[1:]
		p.chains[p.id()] = map[string]*chain{}
		return nil
	case p.table == "":
		return errors.New("outside of a table")
	case s == "COMMIT":
		p.table = ""
		return nil
	case s[0] == ':':
		return p.chain(strings.Fields(s[1:]))
	case strings.HasPrefix(s, "-A "), s[0] == '[' && strings.Contains(s, "] -A "): // with -c, counters come first
		return p.rule(s[strings.Index(s, "-A "):])
	}
	return fmt.Errorf("not understood: %s", probe.Clean(s, 80))
}

func (p *saveReader) chain(words []string) error {
	if len(words) < 2 {
		return errors.New("a chain without a policy")
	}
	c := &chain{table: p.id(), name: words[0]}
	if b, is := legacyBases[p.table][words[0]]; is {
		b.drops = words[1] == "DROP"
		c.base = &b
	}
	p.chains[p.id()][words[0]] = p.add(c)
	return nil
}

func (p *saveReader) rule(s string) error {
	if p.count++; p.count > maxRules {
		return fmt.Errorf("more than %d rules", maxRules)
	}
	words, err := splitWords(s)
	if err != nil {
		return err
	}
	if len(words) < 2 {
		return errors.New("a rule without a chain")
	}
	c := p.chains[p.id()][words[1]]
	if c == nil {
		return fmt.Errorf("a rule of unknown chain %s", probe.Clean(words[1], 64))
	}
	r := &rule{source: probe.Clean(s, maxText)}
	r.ops = translate(p.family == familyIP6, p.sets, words[2:])
	c.rules = append(c.rules, r)
	return nil
}

// splitWords splits a line as iptables-save quotes it: words with blanks stand
// in double quotes, and in these a backslash takes the next character as it is.
func splitWords(s string) (words []string, err error) {
	var word strings.Builder
	inside, quoted := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\' && i+1 < len(s):
			i++
			word.WriteByte(s[i])
		case c == '"':
			quoted, inside = !quoted, true
		case !quoted && (c == ' ' || c == '\t'):
			if inside {
				words = append(words, word.String())
				word.Reset()
			}
			inside = false
		default:
			inside = true
			word.WriteByte(c)
		}
	}
	if quoted {
		return nil, errors.New("a quote without an end")
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}
