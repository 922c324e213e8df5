package words

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Probes know no catalogue: what they could not see they say in English, and so it
// stands in the reports of older versions. The family unseen has these sentences too,
// so that they can be told in another language, and told back from it.
const heardWhy = "why"

// heardFamilies are the messages that Heard finds. Besides what probes say these are
// what this program itself says of a run it cannot make again.
var heardFamilies = []string{"unseen.", "run.gap.", "client.gap.", "client.note.", "cli.gap.", "gap.redacted"}

// Heard is the text of a sentence that a probe wrote, or that was told of it in one of
// the languages; a sentence that no language has is the same in all of them.
func Heard(said string) Text {
	for _, name := range Languages() {
		c, _ := In(name)
		for _, s := range c.heard() {
			found := s.form.FindStringSubmatch(said)
			if found == nil {
				continue
			}
			args := Args{}
			if s.counts != "" {
				args[s.counts] = s.number
			}
			for i, arg := range s.form.SubexpNames() {
				switch {
				case i == 0:
				case arg == heardWhy: // may be such a sentence itself
					args[arg] = Heard(found[i])
				default:
					args[arg] = found[i]
					if n, err := strconv.Atoi(found[i]); err == nil && strconv.Itoa(n) == found[i] {
						args[arg] = n // another language may count it
					}
				}
			}
			return Say(s.id, args)
		}
	}
	return Raw(said)
}

// sentence is one that a probe may say, and the form that finds it.
type sentence struct {
	id   string
	form *regexp.Regexp
	// Of a form that names its number in words: the argument, and the number.
	counts string
	number int
}

// heard are the sentences of a language that probes may say, those that leave the least
// open first.
func (c *Catalogue) heard() []sentence {
	if list, made := heardBy.Load(c.name); made {
		return list.([]sentence)
	}
	var whole, open []sentence
	for _, id := range c.IDs() {
		if !slices.ContainsFunc(heardFamilies, func(family string) bool { return strings.HasPrefix(id, family) }) {
			continue
		}
		nodes, _ := c.pattern(id)
		for _, form := range formsOf(nodes) {
			form.id = id
			if slices.Contains(form.form.SubexpNames(), heardWhy) {
				open = append(open, form)
			} else {
				whole = append(whole, form)
			}
		}
	}
	list := append(whole, open...)
	heardBy.Store(c.name, list)
	return list
}

// heardBy keeps what heard made, by language: a run has a dozen gaps.
var heardBy sync.Map

// formsOf are the forms of a message: one, or where it counts something one for each
// form of the number. What selects or begins with a capital has none: which of its forms
// was told does not show.
func formsOf(nodes []node) (list []sentence) {
	i := slices.IndexFunc(nodes, func(n node) bool { return n.how != "" })
	if i < 0 {
		return []sentence{{form: formOf(nodes)}}
	}
	n := nodes[i]
	if n.how != "plural" {
		return nil
	}
	for _, key := range n.order {
		told := slices.Concat(nodes[:i], counted(n, key), nodes[i+1:])
		if slices.ContainsFunc(told, func(n node) bool { return n.how != "" }) {
			return nil
		}
		s := sentence{form: formOf(told)}
		if key == "one" || strings.HasPrefix(key, "=") {
			s.counts, s.number = n.arg, 1
			if exact, err := strconv.Atoi(key[1:]); err == nil {
				s.number = exact
			}
		}
		list = append(list, s)
	}
	return list
}

// counted is a form of a plural, in which the number is an argument as others are.
func counted(n node, key string) []node {
	told := slices.Clone(n.forms[key])
	for i := range told {
		if told[i].how == hash.how {
			told[i] = node{arg: n.arg}
		}
	}
	return told
}

func formOf(nodes []node) *regexp.Regexp {
	var form strings.Builder
	for _, n := range nodes {
		if n.arg == "" {
			form.WriteString(regexp.QuoteMeta(n.words))
		} else {
			form.WriteString("(?P<" + n.arg + ">.+?)")
		}
	}
	return regexp.MustCompile("^(?s:" + form.String() + ")$")
}
