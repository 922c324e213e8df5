package merge

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// view is what one end saw, in the order of its rules: causes only, those of a
// symptom apart from those that were measured.
type view struct {
	end     End
	report  report.Report
	faults  []report.Finding // measured
	odd     []report.Finding
	slow    []report.Finding
	symptom *report.Finding // by elimination from what the client shows
	// elsewhere: it looked at another Region, so that only what it says of the
	// desk's own network counts.
	elsewhere bool
	// overruled are this end's findings about what the other end saw to work.
	overruled []report.Finding
}

// symptomCode is how the codes of eliminations begin; see diagnose.Symptom.
const symptomCode = "symptom_"

// regional are the layers that are another one's in each Region.
var regional = []layer.ID{
	layer.InternetPath,
	layer.IPAccessControl,
	layer.AuthGateway,
	layer.StreamingGateway,
	layer.Directory,
}

func (p joint) view(end End, r report.Report, elsewhere bool) view {
	w := view{end: end, report: r, elsewhere: elsewhere}
	for _, f := range r.Findings {
		f = w.completed(f, p.words)
		switch {
		case f.SuppressedBy != nil:
		case elsewhere && (strings.HasPrefix(f.Code, symptomCode) || slices.Contains(regional, f.Layer)):
		case strings.HasPrefix(f.Code, symptomCode):
			w.symptom = &f
		case f.Severity == finding.SeverityFault:
			w.faults = append(w.faults, f)
		case f.Severity == finding.SeveritySuspect:
			w.odd = append(w.odd, f)
		case f.Severity == finding.SeverityDegraded:
			w.slow = append(w.slow, f)
		}
	}
	return w
}

// completed gives the deciding finding what a stored report keeps in its verdict
// only. Of another one that is only possible nothing tells whether it was decided.
func (w view) completed(f report.Finding, c *words.Catalogue) report.Finding {
	v := w.report.Verdict
	if f.Code != v.Code || f.Summary != v.Summary || f.SuppressedBy != nil {
		if f.Severity == finding.SeverityDegraded && !firm(f) && len(f.Suspects) == 0 {
			f.Undecided, f.Suspects = true, []report.Suspect{
				{Layer: f.Layer, Confidence: f.Confidence, Why: c.Tell(words.Say("merge.may-cost"))},
			}
		}
		return f
	}
	if len(f.Remedy) == 0 {
		f.Remedy = v.Remedy
	}
	if f.NextTest == "" && v.NextTest != nil {
		f.NextTest = *v.NextTest
	}
	if len(f.Suspects) == 0 {
		f.Suspects = v.Suspects
	}
	f.Undecided = f.Undecided || v.Layer == nil
	return f
}

// overrule drops findings of the desk about a layer that is the inside's to see
// and was seen to work there.
func (w *view) overrule(inside view) {
	drop := func(list []report.Finding) []report.Finding {
		return slices.DeleteFunc(list, func(f report.Finding) bool {
			over := inside.sees(f.Layer) && inside.state(f.Layer) == finding.LayerOK
			if over {
				w.overruled = append(w.overruled, f)
			}
			return over
		})
	}
	w.faults, w.odd, w.slow = drop(w.faults), drop(w.odd), drop(w.slow)
}

// sees says whether this end is the one to ask about a layer.
func (w view) sees(id layer.ID) bool {
	l, known := layer.Get(id)
	switch w.end {
	case Desk:
		return known && !l.Inside()
	case Inside:
		return known && l.Inside()
	case Account:
		return slices.Contains(InSettings, id)
	}
	return false
}

// InSettings are the layers that are nothing but what the account says of them.
var InSettings = []layer.ID{layer.IPAccessControl, layer.Directory}

func (w view) state(id layer.ID) finding.LayerStatus {
	if w.elsewhere && slices.Contains(regional, id) {
		return finding.LayerNotTested
	}
	for _, s := range w.report.Layers {
		if s.ID == id {
			return s.Status
		}
	}
	return finding.LayerNotTested
}

// clears says whether this end saw a layer to work that it is the one to ask
// about.
func (w view) clears(id layer.ID) bool { return w.sees(id) && w.state(id) == finding.LayerOK }

// measured: the run came far enough for its verdict to mean something.
func (w view) measured() bool {
	return !w.elsewhere &&
		(w.report.Verdict.Status != finding.StatusInconclusive || len(w.odd)+len(w.overruled) > 0)
}

// distanceFromUser is a finding's distance from the user. What the inside says of "this
// computer" is about the WorkSpace.
func (w view) distanceFromUser(f report.Finding) int {
	id := f.Layer
	if l, known := layer.Get(id); known && w.end == Inside && !l.Inside() {
		id = layer.StreamingHost
	}
	return slices.IndexFunc(layer.All, func(l layer.Layer) bool { return l.ID == id })
}

// joint is what all ends saw. A view without an end is that of a report that is not there.
type joint struct {
	words                 *words.Catalogue
	desk, inside, account view
	needless              []found // of the desk, about a protocol that the WorkSpace has not
}

// tell tells what the joined verdict says.
func (p joint) tell(t words.Text) string { return p.words.Tell(t) }

// views are those that there are.
func (p joint) views() []view {
	return slices.DeleteFunc([]view{p.desk, p.inside, p.account}, func(w view) bool { return w.end == Neither })
}

// cleared says whether an end saw a layer to work that it is the one to ask about.
func (p joint) cleared(id layer.ID) bool {
	return slices.ContainsFunc(p.views(), func(w view) bool { return w.clears(id) })
}

// of gives the view of an end.
func (p joint) of(e End) view {
	return map[End]view{Desk: p.desk, Inside: p.inside, Account: p.account}[e]
}

// found is a finding and the end it is of.
type found struct {
	end End
	report.Finding
}

// nearest lists findings of all ends, those nearest to the user first.
func (p joint) nearest(of func(view) []report.Finding, keep func(report.Finding) bool) []found {
	var list []found
	for _, w := range p.views() {
		for _, f := range of(w) {
			if keep(f) {
				list = append(list, found{w.end, f})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b found) int {
		return p.of(a.end).distanceFromUser(a.Finding) - p.of(b.end).distanceFromUser(b.Finding)
	})
	return list
}

func faultsOf(w view) []report.Finding { return w.faults }
func oddOf(w view) []report.Finding    { return w.odd }
func slowOf(w view) []report.Finding   { return w.slow }
func every(report.Finding) bool        { return true }

// firm: proven or bracketed by experiment, not left over by elimination.
func firm(f report.Finding) bool { return f.Confidence.Sure() >= finding.Likely.Sure() }

func weak(f report.Finding) bool { return !firm(f) }
