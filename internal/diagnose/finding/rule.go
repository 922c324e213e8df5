package finding

import (
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Cause is a rule without the way it looks. The catalogue of package words says of it
// what `explain` and the report say: cause.CODE.meaning, .decided and .remedy.
type Cause struct {
	Code  string
	Layer layer.ID
	// Vantage is where the run is made that can find it.
	Vantage probe.Vantage
	// Family names who finds it, if no function of its own does.
	Family string
}

// Meaning says what a cause is.
func (c Cause) Meaning() words.Text { return causeText(c.Code, "meaning") }

// Decided says how it is told from its rivals.
func (c Cause) Decided() words.Text { return causeText(c.Code, "decided") }

// Remedy says what to do, step by step.
func (c Cause) Remedy() []words.Text { return words.Several("cause." + c.Code + ".remedy") }

func causeText(code, what string) words.Text { return words.Say("cause." + code + "." + what) }

// Rule is one cause: what it is called, and, but for the family of ways, how it is
// found in evidence of type E. Its doc comment names the observation pair that
// separates it from its nearest rival; the catalogue's cause.CODE.decided says the
// same to a user.
type Rule[E any] struct {
	Code  string
	Layer layer.ID
	// Needs are the operations of which at least one must have been observed;
	// without them the rule was not asked, which is not the same as "no".
	Needs []probe.Operation
	// Part is what of a WorkSpace the rule is about, if it is one of the inside's.
	Part Part
	// Explains, at the desk, gives the IDs of the observations that are no surprise
	// where the finding is the cause; nil: those that it rests on itself.
	Explains func(E, Finding) []string
	// Where gives the culprit's place, out of what the finding rests on. Every rule has
	// it, or says with NoPlace that it knows none; the family of ways knows its own.
	Where func(E, Finding) *Where
	// Family names who finds it, if no function of the rule's own does.
	Family string
	// Check looks for the cause once; All, for causes that can be found in several
	// places at the same time, as often as it is there. A rule has one of the three.
	Check func(E) (Finding, bool)
	All   func(E) []Finding
}

// Cause is the rule without the way it looks.
func (r Rule[E]) Cause() Cause {
	return Cause{Code: r.Code, Layer: r.Layer, Family: r.Family}
}

// Ask lets every rule look of which some operation was observed, and gives what they
// found, weighed.
func Ask[E any](rules []Rule[E], e E, observed func(probe.Operation) bool) []Finding {
	var list []Finding
	for _, r := range rules {
		if !slices.ContainsFunc(r.Needs, observed) {
			continue
		}
		for _, f := range r.look(e) {
			f = r.Complete(e, f)
			f.Weigh(r.Cause().Meaning())
			list = append(list, f)
		}
	}
	return list
}

func (r Rule[E]) look(e E) []Finding {
	switch {
	case r.All != nil:
		return r.All(e)
	case r.Check != nil:
		if f, fired := r.Check(e); fired {
			return []Finding{f}
		}
	}
	return nil
}

// Complete fills what the rule's row already says.
func (r Rule[E]) Complete(e E, f Finding) Finding {
	f.Code, f.Part = r.Code, r.Part
	if f.Layer == "" {
		f.Layer = r.Layer
	}
	if f.Remedy == nil {
		f.Remedy = r.Cause().Remedy()
	}
	if f.Supports == nil {
		f.Supports = []string{}
	}
	if f.Contradicts == nil {
		f.Contradicts = []string{}
	}
	if f.Where == nil && r.Where != nil {
		f.Where = r.Where(e, f)
	}
	switch {
	case r.Explains != nil:
		f.Explains = r.Explains(e, f)
	case f.Explains == nil:
		f.Explains = f.Supports
	}
	return f
}
