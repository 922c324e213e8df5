package desk

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
)

// suppress marks every finding whose cause was found too: a finding is a symptom if
// another one explains everything odd that it rests on. One that is itself only worth
// knowing hides nothing.
func suppress(e evidence, findings []finding.Finding) {
	odd := map[string]bool{}
	for _, o := range e.Observations {
		odd[o.ID] = !facts.IsOK(o)
	}
	order := make([]int, len(findings))
	for i := range order {
		order[i] = i
	}
	// What explains more weighs more; of two that explain as much, the one that was
	// seen in something else too.
	weight := func(f finding.Finding) int {
		n := 0
		for _, id := range f.Explains {
			if odd[id] {
				n += len(e.Observations) + 1
			}
		}
		for _, id := range f.Supports {
			if !odd[id] {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(order, func(a, b int) int {
		f, g := findings[a], findings[b]
		if s := slices.Index(
			finding.SeverityOrder,
			f.Severity,
		) - slices.Index(
			finding.SeverityOrder,
			g.Severity,
		); s != 0 {
			return s
		}
		if s := g.Confidence.Sure() - f.Confidence.Sure(); s != 0 {
			return s
		}
		if w := weight(g) - weight(f); w != 0 {
			return w
		}
		return layer.Distance(f.Layer) - layer.Distance(g.Layer)
	})
	for place, i := range order {
		for _, j := range order[:place] {
			cause := &findings[j]
			if cause.SuppressedBy == nil &&
				(cause.Severity == finding.SeverityFault || cause.Severity == finding.SeveritySuspect) &&
				explainsAll(*cause, findings[i], odd) {
				code := cause.Code
				findings[i].SuppressedBy = &code
				break
			}
		}
	}
}

// withinReach drops from what a finding explains what its layer cannot do.
func (e evidence) withinReach(f *finding.Finding) {
	for _, o := range e.Observations {
		if !slices.Contains(f.Supports, o.ID) && e.beyondReach(f.Layer, o) {
			f.Explains = slices.DeleteFunc(slices.Clone(f.Explains), func(id string) bool { return id == o.ID })
		}
	}
}

// explainsAll: everything odd that a finding rests on is explained by a cause, and
// there is something odd.
func explainsAll(cause, symptom finding.Finding, odd map[string]bool) bool {
	some := false
	for _, id := range symptom.Supports {
		if !odd[id] {
			continue
		}
		if !slices.Contains(cause.Explains, id) {
			return false
		}
		some = true
	}
	return some
}
