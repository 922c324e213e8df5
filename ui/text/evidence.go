package text

import (
	"strings"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/details"
	"wsdoctor/ui/labels"
)

// findings prints every finding with the observations for and against it.
func (p *page) findings(r report.Report) {
	if len(r.Findings) == 0 {
		return
	}
	p.heading(p.speak.Say("ui.findings"))
	p.evidence(r.Findings)
}

func (p *page) evidence(list []report.Finding) {
	for _, f := range list {
		t := severityTokens[f.Severity]
		p.para("  "+p.mark(t)+" ", "    ", f.Summary, p.style(t))
		parts := []string{f.Code, p.speak.Title(f.Layer), p.speak.Certainty(f.Confidence)}
		if len(f.Supports) > 0 {
			parts = append(parts, p.speak.Say("ui.for", words.Args{"observations": strings.Join(f.Supports, ", ")}))
		}
		if len(f.Contradicts) > 0 {
			parts = append(parts, p.speak.Say("ui.against", words.Args{"observations": strings.Join(f.Contradicts, ", ")}))
		}
		if f.SuppressedBy != nil {
			parts = append(parts, p.speak.Say("ui.explained-by", words.Args{"code": *f.SuppressedBy}))
		}
		p.para("    ", "    ", join("; ", parts...), nil)
		for _, out := range f.RuledOut {
			p.para("    ", "    ", p.speak.RuledOut(out), nil)
		}
		if f.Odds != nil {
			p.para("    ", "    ", p.speak.Tell(f.Odds.Sentence()), nil)
		}
	}
}

// observations prints everything that happened, two lines or so each: what was
// done, and what came of it.
func (p *page) observations(r report.Report) {
	if len(r.Observations) == 0 {
		return
	}
	p.heading(p.speak.Say("ui.observed"))
	for _, o := range r.Observations {
		what := join(" ", string(o.Operation), o.Target)
		if o.Address != "" && o.Address != o.Target {
			what += " (" + o.Address + ")"
		}
		p.para("  ", "      ", p.speak.Say("ui.at", words.Args{"observation": o.ID, "time": labels.Milliseconds(o.StartedMS), "what": what}), nil)
		ended := p.speak.Say("ui.after", words.Args{"outcome": join(" ", string(o.Outcome), string(o.Failure)), "time": labels.Milliseconds(o.ElapsedMS)})
		p.para("      ", "      ", join("; ", ended, details.Tell(p.speak.Catalogue, o)), p.style(tokenMuted))
	}
}

// gaps prints what could not be observed.
func (p *page) gaps(r report.Report) {
	if len(r.Gaps) == 0 {
		return
	}
	p.heading(p.speak.Say("ui.gaps"))
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
