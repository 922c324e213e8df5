package merge

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
)

// taken are the reports as the joined verdict takes them: of another Region's run only
// what is of the desk's own network is left, and what another end overrules or clears is
// suppressed by the joined verdict.
func (p joint) taken(v report.Verdict) (list []report.Report) {
	for _, w := range p.views() {
		r := w.report
		r.Layers, r.Findings = slices.Clone(r.Layers), slices.Clone(r.Findings)
		for i, l := range r.Layers {
			r.Layers[i].Status = w.state(l.ID)
		}
		for i, f := range r.Findings {
			if f.SuppressedBy == nil && !p.stands(w, f, v) {
				r.Findings[i].SuppressedBy = &v.Code
			}
		}
		list = append(list, r)
	}
	return list
}

// stands says whether the joined verdict takes a finding for what its end took it for. What
// the client shows counts for the layer that the verdict names, and what is odd until an
// end that sees the layer clears it.
func (p joint) stands(w view, f report.Finding, v report.Verdict) bool {
	same := func(have report.Finding) bool { return have.Code == f.Code && have.Layer == f.Layer }
	switch {
	case strings.HasPrefix(f.Code, symptomCode):
		return v.Code == f.Code && v.Layer != nil && *v.Layer == f.Layer
	case f.Severity == finding.SeveritySuspect && p.cleared(f.Layer):
		return false
	case f.Severity == finding.SeverityInfo:
		return true
	}
	return slices.ContainsFunc(slices.Concat(w.faults, w.odd, w.slow), same)
}
