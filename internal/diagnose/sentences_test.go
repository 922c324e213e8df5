package diagnose

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"wsdoctor/internal/diagnose/diagnosetest"
)

// longestSentence, in words: whoever has to read a sentence twice reads it to nobody
// on the telephone. The aim is 25; names and addresses count too, hence the rest.
const longestSentence = 28

// A person in an office reads the first sentence of a finding and no other one; who is
// to be asked reads why a layer is suspected. Both have to be short and whole.
func TestSentencesAreShortAndWhole(t *testing.T) {
	cases := diagnosetest.Goldens()
	maps.Copy(cases, diagnosetest.InsideGoldens())
	maps.Copy(cases, diagnosetest.NameGoldens())
	read, failed := 0, map[string]bool{}
	check := func(world, what, sentence string) {
		read++
		if fault := faultOf(sentence); fault != "" && !failed[sentence] {
			failed[sentence] = true
			t.Errorf("%s, %s: %s: %q", world, what, fault, sentence)
		}
	}
	for code, c := range cases {
		for name, w := range map[string]*diagnosetest.World{code: c.Fires, "the rival of " + code: c.Rival} {
			r := Judge(w.In)
			check(name, "verdict", firstSentence(diagnosetest.Said(r.Verdict.Summary)))
			for _, s := range r.Verdict.Suspects {
				check(name, "suspect "+string(s.Layer), diagnosetest.Said(s.Why))
			}
			for _, f := range r.Findings {
				check(name, "finding "+f.Code, firstSentence(diagnosetest.Said(f.Summary)))
				for _, s := range f.Suspects {
					check(name, "suspect "+string(s.Layer)+" of "+f.Code, diagnosetest.Said(s.Why))
				}
			}
		}
	}
	if read < 3*len(cases) {
		t.Errorf("only %d sentences were read in %d worlds", read, 2*len(cases))
	}
}

// Whatever is told in any world has the words and the arguments that it names.
func TestNothingIsToldHalf(t *testing.T) {
	cases := diagnosetest.Goldens()
	maps.Copy(cases, diagnosetest.InsideGoldens())
	maps.Copy(cases, diagnosetest.NameGoldens())
	for code, c := range cases {
		for _, w := range []*diagnosetest.World{c.Fires, c.Rival} {
			r := Judge(w.In)
			texts := append(slices.Concat(r.Gaps, r.Verdict.Remedy), r.Verdict.Summary, r.Verdict.NextTest, r.Verdict.Owner)
			for _, f := range r.Findings {
				texts = append(append(texts, f.Remedy...), f.Summary, f.NextTest, f.Owner)
				for _, s := range f.Suspects {
					texts = append(texts, s.Why)
				}
				for _, out := range f.RuledOut {
					texts = append(texts, out.Why)
				}
			}
			for _, text := range texts {
				if said := diagnosetest.Said(text); half.MatchString(said) {
					t.Errorf("%s: %s", code, said)
				}
			}
		}
	}
}

// half is a message or an argument that is missing; see words.Catalogue.Tell.
var half = regexp.MustCompile(`\{\w+\}|\[[\w-]+\.[\w.-]+\]`)

// faultOf says what is wrong with a sentence, or nothing.
func faultOf(sentence string) string {
	first, _ := utf8.DecodeRuneInString(sentence)
	switch n := len(strings.Fields(sentence)); {
	case !unicode.IsUpper(first):
		return "does not start with a capital"
	case !strings.HasSuffix(sentence, "."):
		return "does not end with a full stop"
	case n > longestSentence:
		return fmt.Sprintf("%d words are too many", n)
	}
	return ""
}

// firstSentence ends at the first full stop before a space and a capital.
func firstSentence(text string) string {
	for i := range text {
		rest, ends := strings.CutPrefix(text[i:], ". ")
		next, _ := utf8.DecodeRuneInString(rest)
		if ends && unicode.IsUpper(next) {
			return text[:i+1]
		}
	}
	return text
}

func TestALongOrBrokenSentenceIsNoticed(t *testing.T) {
	for text, want := range map[string]string{
		"Your network blocks the desktop (PCoIP). Packets to 10.20.0.1 are dropped.": "",
		"No name server answers": "does not end with a full stop",
		"it may run here.":       "does not start with a capital",
		strings.Repeat("Word ", longestSentence) + "end. Then another.": "29 words are too many",
		strings.Repeat("Word ", longestSentence-1) + "end. Then.":       "",
	} {
		if got := faultOf(firstSentence(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
