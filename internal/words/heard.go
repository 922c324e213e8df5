package words

import (
	"regexp"
	"slices"
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
			for i, arg := range s.form.SubexpNames() {
				switch {
				case i == 0:
				case arg == heardWhy: // may be such a sentence itself
					args[arg] = Heard(found[i])
				default:
					args[arg] = found[i]
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
}

// heard are the sentences of a language that probes may say, those that leave the least
// open first.
func (c *Catalogue) heard() []sentence {
	if list, made := formsOf.Load(c.name); made {
		return list.([]sentence)
	}
	var whole, open []sentence
	for _, id := range c.IDs() {
		if !slices.ContainsFunc(heardFamilies, func(family string) bool { return strings.HasPrefix(id, family) }) {
			continue
		}
		nodes, _ := c.pattern(id)
		form, plain := strings.Builder{}, true
		for _, n := range nodes {
			if n.arg == "" && n.how == "" {
				form.WriteString(regexp.QuoteMeta(n.words))
				continue
			}
			form.WriteString("(?P<" + n.arg + ">.+?)")
			plain = plain && n.arg != heardWhy
		}
		if slices.ContainsFunc(nodes, func(n node) bool { return n.how != "" }) {
			continue // which of its forms was told does not show
		}
		s := sentence{id, regexp.MustCompile("^(?s:" + form.String() + ")$")}
		if plain {
			whole = append(whole, s)
		} else {
			open = append(open, s)
		}
	}
	list := append(whole, open...)
	formsOf.Store(c.name, list)
	return list
}

// formsOf keeps what heard made, by language: a run has a dozen gaps.
var formsOf sync.Map
