package pasted

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/words"
)

// Rule is one prefix of a list, and where it stands.
type Rule struct {
	Prefix netip.Prefix
	Line   int // from 1; 0 in JSON
}

// BadRule is a line that is no rule.
type BadRule struct {
	Text string // as it stands in the file
	Line int    // from 1; 0 in JSON
	// Several: it holds several addresses beside other text, and nothing says which
	// is the rule's.
	Several bool
}

// Told is what the error says.
func (e *BadRule) Told() words.Text {
	if e.Several {
		return words.Say("pasted.several")
	}
	return words.Say("pasted.no-cidr")
}

func (e *BadRule) Error() string { return words.English().Tell(e.Told()) }

// Rules reads the prefixes of a text: a list with one or more a line, a
// spreadsheet's columns parted by commas, semicolons or tabs, or JSON such as
// what "aws workspaces describe-ip-groups" gives. "#" begins a comment. What it
// cannot read is a *BadRule or ErrCut: a rule that is left out would make an
// allowed address a refused one.
func Rules(b []byte) ([]Rule, error) {
	b = Text(b)
	if first := bytes.TrimSpace(b); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		return fromJSON(first)
	}
	var list []Rule
	t := table{column: -1}
	for i, line := range lines(string(b)) {
		found, err := t.line(line)
		if err != nil {
			var bad *BadRule
			if errors.As(err, &bad) {
				bad.Line = i + 1
			}
			return nil, err
		}
		for _, p := range found {
			list = append(list, Rule{p, i + 1})
		}
	}
	return list, nil
}

// lines parts a text at what any system ends a line with.
func lines(s string) []string {
	return strings.Split(ends.Replace(s), "\n")
}

var ends = strings.NewReplacer(
	"\r\n",
	"\n",
	"\r",
	"\n",
	"\v",
	"\n",
	"\f",
	"\n",
	"\u0085",
	"\n",
	"\u2028",
	"\n",
	"\u2029",
	"\n",
)

// table reads line after line, and remembers which column its first line names.
type table struct {
	column int // of the rules; -1 if no line named it
	begun  bool
}

// titles are words in the name of the column that holds the rules, in the order in
// which they are believed.
var titles = []string{"cidr", "rule", "prefix", "range", "subnet", "source", "address", "network", "ip"}

func (t *table) line(text string) ([]netip.Prefix, error) {
	kept, _, _ := strings.Cut(text, "#")
	fields := columns(kept)
	filled := slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f == "" })
	if len(filled) == 0 {
		return nil, nil
	}
	first := !t.begun
	t.begun = true
	rules, meant := 0, 0
	var all []netip.Prefix
	for _, f := range filled {
		p, ok := prefixes(f)
		switch {
		case ok:
			rules++
			all = append(all, p...)
		case numbers(f):
			meant++
		}
	}
	switch {
	case t.column >= 0 && t.column < len(fields):
		if p, ok := prefixes(fields[t.column]); ok {
			return p, nil
		}
	case meant > 0: // what is no rule by a slip must not pass for a description
	case rules == len(filled), rules == 1:
		return all, nil // a list, or one rule with its description
	case rules > 1:
		return nil, &BadRule{Text: text, Several: true}
	case first && t.titled(fields):
		return nil, nil
	}
	if words := strings.Fields(Fold(kept)); rules == 0 && len(words) > 1 {
		if list, ok := every(words); ok {
			return list, nil
		}
	}
	return nil, &BadRule{Text: text}
}

// numbers says whether a text has the look of an address, right or wrong.
func numbers(s string) bool {
	return strings.Count(s, ".") > 1 && strings.ContainsAny(s, "0123456789") || strings.Count(s, ":") > 1
}

// every reads a line of rules parted by spaces.
func every(words []string) (list []netip.Prefix, ok bool) {
	for _, w := range words {
		p, ok := prefixes(Unquote(strings.Trim(w, ",;")))
		if !ok {
			return nil, false
		}
		list = append(list, p...)
	}
	return list, true
}

// titled says whether a line names its columns, and remembers that of the rules.
func (t *table) titled(fields []string) bool {
	for _, word := range titles {
		for i, f := range fields {
			if slices.Contains(
				strings.FieldsFunc(strings.ToLower(f), func(r rune) bool { return !alphanumeric(r) }),
				word,
			) {
				t.column = i
				return true
			}
		}
	}
	return false
}

func alphanumeric(r rune) bool { return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' }

// columns parts a line as spreadsheets do: at commas, semicolons and tabs outside
// of double quotes. The fields come folded, without quotes.
func columns(line string) (fields []string) {
	var field strings.Builder
	quoted := false
	end := func() {
		fields = append(fields, strings.Trim(Unquote(Fold(field.String())), "[] "+quotes))
		field.Reset()
	}
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ',' || r == ';' || r == '\t' || r == '，' || r == '；' || r == '、'):
			end()
		default:
			field.WriteRune(r)
		}
	}
	end()
	return fields
}

// Prefixes reads one rule that was typed or pasted: a prefix, an address, or a
// range "a-b", which is the prefixes that hold all of it and nothing else.
func Prefixes(s string) (list []netip.Prefix, ok bool) { return prefixes(Unquote(Fold(s))) }

func prefixes(s string) ([]netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}, true
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return []netip.Prefix{p.Masked()}, true
	}
	from, to, found := strings.Cut(strings.NewReplacer("–", "-", "—", "-", "~", "-").Replace(s), "-")
	if !found {
		return nil, false
	}
	a, err1 := netip.ParseAddr(strings.TrimSpace(from))
	b, err2 := netip.ParseAddr(strings.TrimSpace(to))
	if err1 != nil || err2 != nil || a.Zone()+b.Zone() != "" || a.BitLen() != b.BitLen() || b.Less(a) {
		return nil, false
	}
	return between(a, b), true
}

// between gives the prefixes that hold exactly the addresses from a to b, at most
// two for each bit of an address.
func between(a, b netip.Addr) (list []netip.Prefix) {
	for {
		bits := a.BitLen()
		for bits > 0 {
			wider := netip.PrefixFrom(a, bits-1)
			if wider.Masked().Addr() != a || b.Less(last(wider)) {
				break
			}
			bits--
		}
		p := netip.PrefixFrom(a, bits)
		list = append(list, p)
		end := last(p)
		if end == b {
			return list
		}
		a = end.Next()
	}
}

// last is the highest address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// ruleKey is the name of a rule in the answer of DescribeIpGroups.
const ruleKey = "ipRule"

// fromJSON takes every rule of a group, or every text if none is called a rule.
func fromJSON(b []byte) ([]Rule, error) {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && syntax.Offset >= int64(len(b)) {
			return nil, ErrCut
		}
		text, _, _ := strings.Cut(string(b), "\n")
		return nil, &BadRule{Text: text, Line: 1}
	}
	var named, others []string
	visit(v, func(key, text string) bool {
		if strings.EqualFold(key, ruleKey) {
			named = append(named, text)
		} else {
			others = append(others, text)
		}
		return true
	})
	if named == nil {
		named = others
	}
	var list []Rule
	for _, text := range named {
		p, ok := Prefixes(text)
		if !ok {
			return nil, &BadRule{Text: text}
		}
		for _, x := range p {
			list = append(list, Rule{x, 0})
		}
	}
	return list, nil
}
