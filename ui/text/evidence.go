package text

import (
	"strings"

	"wsdoctor/internal/report"
	catalogue "wsdoctor/internal/words"
	"wsdoctor/ui/words"
)

// findings prints every finding with the observations for and against it.
func (p *page) findings(r report.Report) {
	if len(r.Findings) == 0 {
		return
	}
	p.heading("Findings")
	p.evidence(r.Findings)
}

func (p *page) evidence(list []report.Finding) {
	for _, f := range list {
		t := severityTokens[f.Severity]
		p.para("  "+p.mark(t)+" ", "    ", f.Summary, p.style(t))
		parts := []string{f.Code, words.Title(f.Layer), words.Certainty[f.Confidence]}
		if len(f.Supports) > 0 {
			parts = append(parts, "for: "+strings.Join(f.Supports, ", "))
		}
		if len(f.Contradicts) > 0 {
			parts = append(parts, "against: "+strings.Join(f.Contradicts, ", "))
		}
		if f.SuppressedBy != nil {
			parts = append(parts, "explained by "+*f.SuppressedBy)
		}
		p.para("    ", "    ", join("; ", parts...), nil)
		for _, out := range f.RuledOut {
			p.para("    ", "    ", words.RuledOut(out), nil)
		}
		if f.Odds != nil {
			p.para("    ", "    ", catalogue.English().Tell(f.Odds.Sentence()), nil)
		}
	}
}

// observations prints everything that happened, two lines or so each: what was
// done, and what came of it.
func (p *page) observations(r report.Report) {
	if len(r.Observations) == 0 {
		return
	}
	p.heading("Observations")
	for _, o := range r.Observations {
		head := o.ID + " at " + milliseconds(o.StartedMS) + ": " + join(" ", string(o.Operation), o.Target)
		if o.Address != "" && o.Address != o.Target {
			head += " (" + o.Address + ")"
		}
		p.para("  ", "      ", head, nil)
		ended := join(" ", string(o.Outcome), string(o.Failure)) + " after " + milliseconds(o.ElapsedMS)
		p.para("      ", "      ", join("; ", ended, describe(o)), p.style(tokenMuted))
	}
}

// gaps prints what could not be observed.
func (p *page) gaps(r report.Report) {
	if len(r.Gaps) == 0 {
		return
	}
	p.heading("Could not be looked at")
	for _, gap := range r.Gaps {
		p.para("  "+p.mark(tokenUnknown)+" ", "    ", gap, nil)
	}
}

// join joins the parts that are not empty.
func join(separator string, parts ...string) string {
	var full []string
	for _, s := range parts {
		if s != "" {
			full = append(full, s)
		}
	}
	return strings.Join(full, separator)
}
