package text

import (
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
		p.para("    ", "    ", p.speak.Evidence(f), nil)
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
		p.para(
			"  ",
			"      ",
			p.speak.Say(
				"ui.at",
				words.Args{"observation": o.ID, "time": labels.Milliseconds(o.StartedMS), "what": labels.What(o)},
			),
			nil,
		)
		p.para(
			"      ",
			"      ",
			labels.Joined("; ", p.speak.Ended(o), details.Tell(p.speak.Catalogue, o)),
			p.style(tokenMuted),
		)
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
