package finding

import (
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// Weigh says how sure a finding is, by who said it and which rivals remain:
//
//	a rival remains                   undecided; all that remain are suspects
//	only rare ones do                 possible; they stand beside it
//	none does                         likely; proven if the layer said it itself
//
// A rival of the finding's own layer has the same owner: its words count, and it
// takes nothing back, but where it is harmless. Meaning is said of the finding's own
// layer where it says nothing itself.
func (f *Finding) Weigh(meaning words.Text) {
	var suspects, rare []Suspect
	undecided, doubted := false, false
	for _, r := range f.Rivals {
		own := r.Layer == f.Layer
		list := &suspects
		switch {
		case len(r.Out) > 0:
			if !r.Harmless { // that something is no matter of course clears nobody
				f.ruleOut(r)
			}
			continue
		case own && !r.Harmless:
		case r.Rare:
			doubted, list = true, &rare
		default:
			undecided = true
			if r.Harmless {
				f.Blocks, f.Degrades = nil, nil
			}
		}
		if !own {
			*list = append(*list, Suspect{r.Layer, Possible, r.Why, r.Where})
		}
		f.Summary = f.Summary.Then(r.Adds)
		f.NextTest = f.NextTest.Or(r.Next)
	}
	suspects = append(suspects, rare...)
	// A layer that remains in one way is not ruled out in another.
	f.RuledOut = slices.DeleteFunc(f.RuledOut, func(out RuledOut) bool {
		return out.Layer == f.Layer || slices.ContainsFunc(suspects, func(s Suspect) bool { return s.Layer == out.Layer })
	})
	switch {
	case undecided:
		f.Suspects = suspects
		f.Undecide(f.Why.Or(meaning))
	case doubted:
		f.Confidence, f.Suspects = Possible, suspects
	case f.Said:
		f.Confidence = Proven
	default:
		f.Confidence = Likely
	}
}

// Rival is what else would look like the pattern that a rule found. A rule names
// its rivals and what contradicts each of them; how sure the finding is follows from
// those that remain, as it does for the ways (candidates.Decide). No rule says by
// itself how sure it is.
type Rival struct {
	Layer layer.ID
	Why   words.Text // a sentence: how it would look the same
	// Out are the IDs of the observations that contradict it, By what they show, as
	// words that follow "not LAYER: ". Without an observation the rival remains.
	Out   []string
	By    words.Text
	Where *Where // its place, if it is the one; nil where none is known
	// Rare: it needs something uncommon besides, so that it takes back no accusation
	// while it remains, and only stands beside it.
	Rare bool
	// Harmless: if it is this one, what was found breaks nothing.
	Harmless bool
	// Adds is what the summary says more, and Next the test that tells the two apart,
	// while it remains.
	Adds, Next words.Text
}

// Undecide takes an accusation back: the finding's layer is only the first of those
// that remain, for this reason.
func (f *Finding) Undecide(why words.Text) {
	f.Confidence, f.Undecided = Possible, true
	if f.Severity == SeverityFault {
		f.Severity = SeveritySuspect
	}
	f.Suspects = append([]Suspect{{f.Layer, Possible, why, f.Where}}, f.Suspects...)
}

// Doubt takes back a finding that was weighed, for a rival that holds for whole kinds of
// findings and that no rule names by itself. What the finding said becomes the reason
// why its own layer remains.
func (f *Finding) Doubt(r Rival) {
	if !f.Undecided {
		f.Undecide(f.Summary)
	}
	f.Suspects = append(f.Suspects, Suspect{r.Layer, Possible, r.Why, r.Where})
	f.RuledOut = slices.DeleteFunc(f.RuledOut, func(out RuledOut) bool { return out.Layer == r.Layer })
	f.Summary, f.NextTest = r.Adds, r.Next
}

// ruleOut keeps what contradicts a rival for whoever asks why it was not named.
func (f *Finding) ruleOut(r Rival) {
	f.RuledOut = append(f.RuledOut, RuledOut{Layer: r.Layer, Because: becauseObserved, Why: r.By, By: slices.Clone(r.Out)})
}

// becauseObserved is the reason of a rival that a rule names: its own words say
// what was observed.
const becauseObserved = "observed"
