// Package right holds a verdict against what is right in a world: status, layer, how
// sure, suspects and both protocols, whatever the status. Tests of the lab say what is
// right, beside each scenario; other tests read it from the lab's testdata. Nothing that
// ships imports this package.
package right

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
)

// Expect is what a right verdict says of a world.
type Expect struct {
	// Answers are the right verdicts, the best one first. Often there is one; where
	// two are right, such as naming a device and not being able to, each is
	// stated in full.
	Answers  []Answer   `json:"answers"`
	Findings []layer.ID `json:"findings,omitempty"` // each must have a finding that is more than information
	// Owner is a word of whoever has to mend it, where that is not the layer's usual
	// owner: one of them must be in the owner of a verdict that names a layer.
	Owner []string `json:"owner,omitempty"`
	Says  string   `json:"says,omitempty"` // what the sentence of a verdict that is not ok must name, such as a product
	Gap   string   `json:"gap,omitempty"`  // a gap must hold this word: something could not be looked at
}

// Load reads what is right in each scenario, by its name.
func Load(file string) (map[string]Expect, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var answers map[string]Expect
	return answers, json.Unmarshal(b, &answers)
}

// Answer is one right verdict. It leaves nothing open: a layer that is in none
// of its lists must not be named, and an empty list of states fails a test.
type Answer struct {
	Status finding.Status `json:"status"`
	Code   string         `json:"code,omitempty"` // PassesAsFarAsSeen, on which scripts rely; any other if empty
	Layers []layer.ID     `json:"layers"`         // the verdict's layer is one of these; NoLayer for none
	// Least and Most bound how sure a verdict that names a layer may be: claiming
	// too much is as wrong as claiming too little.
	Least finding.Confidence `json:"least,omitempty"`
	Most  finding.Confidence `json:"most,omitempty"`
	// Must are the layers that have to be named, as the verdict's or as suspects,
	// unless the verdict is likely or proven: then the rivals were ruled out.
	Must []layer.ID `json:"must,omitempty"`
	May  []layer.ID `json:"may,omitempty"` // further layers that may be suspected; no others may

	PCoIP []finding.ProtocolState `json:"pcoip"`
	DCV   []finding.ProtocolState `json:"dcv"`
}

// NoLayer is the layer of a verdict that names none.
const NoLayer layer.ID = ""

// PassesAsFarAsSeen is the code of a verdict by which nothing is wrong as far as
// can be seen, and a server's silence hides the rest (contract, section 7). Such
// a run ends with ExitSeenPartly.
const (
	PassesAsFarAsSeen = "passes_as_far_as_seen"
	ExitSeenPartly    = 5
)

// Verdict is a report's verdict with both lists of suspects: candidates, where
// nothing is decided, and rivals, where something is.
type Verdict struct {
	report.Verdict
	Candidates []report.Suspect
	Rivals     []report.Suspect
}

// UnmarshalJSON reads a verdict of this program, or of one that knows no
// candidates and rivals yet.
func (v *Verdict) UnmarshalJSON(b []byte) error {
	var lists struct {
		Candidates []report.Suspect `json:"candidates"`
		Rivals     []report.Suspect `json:"rivals"`
	}
	if err := json.Unmarshal(b, &lists); err != nil {
		return err
	}
	v.Candidates, v.Rivals = lists.Candidates, lists.Rivals
	return json.Unmarshal(b, &v.Verdict)
}

// layer is the verdict's, or NoLayer.
func (v Verdict) layer() layer.ID {
	if v.Layer == nil {
		return NoLayer
	}
	return *v.Layer
}

// accuses says whether the verdict names somebody who has to mend something.
func (v Verdict) accuses() bool {
	return v.layer() != NoLayer && (v.Status == finding.StatusFault || v.Status == finding.StatusDegraded)
}

// Accepts says what is wrong with a verdict, or nothing: what the contract asks
// of every verdict, and how it differs from the answer that it is closest to.
// Accused is true if it is worse than wrong: it names a layer as faulty that it
// must not name.
func (e Expect) Accepts(v Verdict) (wrong []string, accused bool) {
	accused = v.accuses() &&
		!slices.ContainsFunc(e.Answers, func(a Answer) bool { return slices.Contains(a.Layers, v.layer()) })
	sameStatus := false
	for i, a := range e.Answers {
		differs, same := a.differs(v), a.Status == v.Status
		if i == 0 || same && !sameStatus || same == sameStatus && len(differs) < len(wrong) {
			wrong, sameStatus = differs, same
		}
	}
	if len(e.Answers) == 0 {
		wrong = []string{"no answer is right here"}
	}
	owns := func(word string) bool { return strings.Contains(strings.ToLower(v.Owner), strings.ToLower(word)) }
	if v.accuses() && len(e.Owner) > 0 && !slices.ContainsFunc(e.Owner, owns) {
		wrong = append(wrong, "owner "+v.Owner)
	}
	if v.Status != finding.StatusOK && !strings.Contains(strings.ToLower(v.Summary), strings.ToLower(e.Says)) {
		wrong = append(wrong, "does not name "+e.Says)
	}
	return append(wrong, unlawful(v)...), accused
}

// differs says in what a verdict is not this answer.
func (a Answer) differs(v Verdict) (wrong []string) {
	if v.Status != a.Status {
		wrong = append(wrong, "status "+string(v.Status))
	}
	if (v.Code == PassesAsFarAsSeen) != (a.Code == PassesAsFarAsSeen) {
		wrong = append(wrong, "code "+v.Code)
	}
	if !slices.Contains(a.Layers, v.layer()) {
		wrong = append(wrong, "layer "+cmp.Or(string(v.layer()), "none"))
	}
	if v.accuses() {
		if v.Confidence.Sure() < a.Least.Sure() {
			wrong = append(wrong, "only "+string(v.Confidence))
		}
		if v.Confidence.Sure() > a.Most.Sure() {
			wrong = append(wrong, "even "+string(v.Confidence))
		}
	}
	named := []layer.ID{v.layer()}
	for _, s := range v.Suspects {
		named = append(named, s.Layer)
		if !slices.Contains(a.Must, s.Layer) && !slices.Contains(a.May, s.Layer) {
			wrong = append(wrong, "suspects "+string(s.Layer))
		}
	}
	for _, l := range a.Must {
		if !slices.Contains(named, l) && !(v.accuses() && v.Confidence.Sure() > finding.Possible.Sure()) {
			wrong = append(wrong, "no suspicion of "+string(l))
		}
	}
	for _, p := range []struct {
		name string
		may  []finding.ProtocolState
		is   finding.ProtocolState
	}{{"pcoip", a.PCoIP, v.Protocols.PCoIP}, {"dcv", a.DCV, v.Protocols.DCV}} {
		if !slices.Contains(p.may, p.is) {
			wrong = append(wrong, p.name+" "+string(p.is))
		}
	}
	return wrong
}

// unlawful says what is wrong with a verdict in any world (contract, sections 3,
// 4 and 7).
func unlawful(v Verdict) (wrong []string) {
	// What works badly may be several layers' doing (contract, section 4).
	decided := v.Status == finding.StatusFault || v.Status == finding.StatusDegraded && v.layer() != NoLayer
	layersOf := func(list []report.Suspect) (ids []layer.ID) {
		for _, s := range list {
			ids = append(ids, s.Layer)
		}
		slices.Sort(ids)
		return ids
	}
	suspects := layersOf(v.Suspects)
	for _, law := range []struct {
		broken bool
		why    string
	}{
		{v.Status == finding.StatusOK && len(suspects) > 0, "nothing is wrong, and yet somebody is suspected"},
		{v.Status == finding.StatusFault && v.layer() == NoLayer, "a fault of nobody"},
		{!decided && v.layer() != NoLayer, "not decided, and yet a layer is named"},
		{v.Status != finding.StatusDegraded && !decided && v.Confidence != "", "not decided, and yet sure"},
		{v.accuses() && v.Confidence.Sure() == 0, "a layer is named without a confidence"},
		{v.Status == finding.StatusInconclusive && (v.NextTest == nil || *v.NextTest == ""), "inconclusive without a next test"},
		{len(slices.Compact(slices.Clone(suspects))) < len(suspects), "a layer is suspected twice"},
		{v.layer() != NoLayer && slices.Contains(suspects, v.layer()), "the layer is its own suspect"},
		{decided && len(v.Candidates) > 0, "decided, and yet there are candidates"},
		{!decided && len(v.Rivals) > 0, "not decided, and yet there are rivals"},
		{len(v.Candidates)+len(v.Rivals) > 0 && !slices.Equal(suspects, layersOf(slices.Concat(v.Candidates, v.Rivals))), "the suspects are not the candidates and rivals"},
	} {
		if law.broken {
			wrong = append(wrong, law.why)
		}
	}
	return wrong
}

// Unstated says what an expectation leaves open, or nothing.
func (e Expect) Unstated() (missing []string) {
	add := func(i int, what string) { missing = append(missing, fmt.Sprintf("answer %d: no %s", i+1, what)) }
	if len(e.Answers) == 0 {
		return []string{"no answers"}
	}
	for i, a := range e.Answers {
		names := slices.ContainsFunc(a.Layers, func(l layer.ID) bool { return l != NoLayer })
		decided := a.Status == finding.StatusFault || a.Status == finding.StatusDegraded
		for _, m := range []struct {
			missing bool
			what    string
		}{
			{a.Status == "", "status"},
			{len(a.Layers) == 0, "layer, nor that there is none"},
			{len(a.PCoIP) == 0, "state of PCoIP"},
			{len(a.DCV) == 0, "state of DCV"},
			{names != decided && a.Status != finding.StatusDegraded, "layer that its status can have"},
			{names && (a.Least.Sure() == 0 || a.Most.Sure() < a.Least.Sure()), "bounds of the confidence"},
			{a.Status == finding.StatusOK && len(a.Must)+len(a.May) > 0, "verdict that is ok and has suspects"},
		} {
			if m.missing {
				add(i, m.what)
			}
		}
	}
	return missing
}

// Best is the first answer's status and layer, which are the zero values where
// nothing is expected.
func (e Expect) Best() (finding.Status, layer.ID) {
	if len(e.Answers) == 0 || len(e.Answers[0].Layers) == 0 {
		return "", NoLayer
	}
	return e.Answers[0].Status, e.Answers[0].Layers[0]
}

// Names says whether a right verdict may name a layer, as its own or a suspect
// that it must not leave out.
func (e Expect) Names(l layer.ID) bool {
	return slices.ContainsFunc(
		e.Answers,
		func(a Answer) bool { return slices.Contains(a.Layers, l) || slices.Contains(a.Must, l) },
	)
}

// String is what the table of the test suite shows.
func (e Expect) String() string {
	var words []string
	for _, a := range e.Answers {
		word := string(a.Status)
		if names := slices.DeleteFunc(
			slices.Clone(a.Layers),
			func(l layer.ID) bool { return l == NoLayer },
		); len(
			names,
		) > 0 {
			word += " " + join(names)
		}
		if a.Least != "" && a.Status == finding.StatusFault {
			word += " " + string(a.Least)
		}
		if a.Code == PassesAsFarAsSeen {
			word += " as far as seen"
		}
		words = append(words, word)
	}
	return strings.Join(words, " or ")
}

func join[T ~string](list []T) string {
	var out []string
	for _, l := range list {
		out = append(out, string(l))
	}
	return strings.Join(out, "|")
}
