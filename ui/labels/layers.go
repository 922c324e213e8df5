package labels

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
)

// InShort is the one finding that a layer's line shows.
func (in In) InShort(r report.Report, l finding.LayerState) string {
	best, rank := "", -1
	order := []finding.Severity{
		finding.SeverityInfo,
		finding.SeveritySuspect,
		finding.SeverityDegraded,
		finding.SeverityFault,
	}
	for _, i := range l.Findings {
		if i < 0 || i >= len(r.Findings) {
			continue
		}
		f := r.Findings[i]
		n := slices.Index(order, f.Severity) + 1
		summary := f.Summary
		switch {
		case f.SuppressedBy != nil && *f.SuppressedBy == r.Verdict.Code:
			n, summary = 0, in.Say("ui.explained-above")
		case f.SuppressedBy != nil:
			n, summary = 0, in.Say("ui.explained")
		case f.Summary == r.Verdict.Summary:
			summary = in.Say("ui.see-above")
		}
		if n > rank {
			best, rank = summary, n
		}
	}
	return best
}
