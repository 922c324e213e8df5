package text

import (
	"io"
	"strconv"
	"time"

	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/architecture"
	"wsdoctor/ui/labels"
)

// legTokens tie the states of a leg to a look.
var (
	legTokens = map[merge.LegStatus]token{
		merge.LegOK:           tokenOK,
		merge.LegDegraded:     tokenDegraded,
		merge.LegFault:        tokenFault,
		merge.LegInconclusive: tokenSuspect,
		merge.LegNotSeen:      tokenUnknown,
	}
)

// RenderMerge prints the joined verdict of reports to w in one Write. The
// error is w's.
func RenderMerge(w io.Writer, r merge.Result, o Options) error {
	p := newPage(o)
	r = report.Printable(r, mostText)
	if o.Quiet {
		p.quiet(r.Verdict)
	} else {
		p.joined(r)
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (p *page) joined(r merge.Result) {
	p.verdict(report.Report{
		About:   r.About,
		Verdict: r.Verdict, Run: report.Run{Demo: r.Demo()}, Target: report.Target{Protocol: r.Protocol},
	}, labels.At(r))
	p.legs(r.Legs)
	p.also(r.Also)
	if p.o.Verbose {
		if d, is := architecture.Joined(r); is {
			p.architecture(d)
		}
		for _, end := range merge.Ends {
			p.findingsOf(end, r.Findings)
		}
		p.gaps(report.Report{Gaps: r.Gaps})
	}
	p.sources(r)
}

// legs prints the way leg by leg: its state, what shows it, what the other end
// adds and what nobody saw.
func (p *page) legs(list []merge.Leg) {
	p.heading(p.speak.Say("ui.legs"))
	for _, l := range list {
		t := legTokens[l.Status]
		p.para("  "+p.mark(t)+" ", "    ", p.speak.Leg(l), p.style(t))
		p.para("      ", "      ", l.Says, nil)
		if l.Adds != "" {
			p.para("      ", "      ", l.Adds, nil)
		}
		if len(l.Unseen) > 0 {
			p.para(
				"      ",
				"      ",
				p.speak.Say("ui.not-seen", words.Args{"what": p.speak.Listed(l.Unseen)}),
				p.style(tokenMuted),
			)
		}
	}
}

// also prints what else is wrong, in the order in which it is to be fixed.
func (p *page) also(list []merge.Also) {
	if len(list) == 0 {
		return
	}
	p.heading(p.speak.Say("ui.also"))
	for _, a := range list {
		t := severityTokens[a.Severity]
		p.para("  "+p.mark(t)+" ", "    ", a.Summary, p.style(t))
		fixed := ""
		if a.Owner != "" {
			fixed = p.speak.Say("ui.fixed-by", words.Args{"owner": a.Owner})
		}
		where := p.speak.Surely(p.speak.Title(a.Layer), a.Confidence)
		p.para(
			"    ",
			"    ",
			labels.Joined("; ", where, p.speak.Say("ui.seen-by", words.Args{"end": p.speak.End(a.End)}), fixed),
			p.style(tokenMuted),
		)
		if p.o.Verbose {
			for i, step := range a.Remedy {
				p.para("    "+strconv.Itoa(i+1)+". ", "       ", step, nil)
			}
		}
	}
}

func (p *page) findingsOf(end merge.End, list []merge.Finding) {
	var of []report.Finding
	for _, f := range list {
		if f.End == end {
			of = append(of, f.Finding)
		}
	}
	if len(of) == 0 {
		return
	}
	p.heading(p.speak.Say("ui.findings-of", words.Args{"end": p.speak.End(end)}))
	p.evidence(of)
}

// sources tells which reports were joined.
func (p *page) sources(r merge.Result) {
	p.blank()
	line := p.speak.JoinedOrigin(r)
	if len(r.Gaps) > 0 && !p.o.Verbose {
		line += " · " + p.speak.Say("ui.unseen-v", words.Args{"n": len(r.Gaps)})
	}
	p.para("", "", line, p.style(tokenMuted))
	if far := time.Duration(r.HoursApart * float64(time.Hour)); far > merge.MostApart {
		p.para("", "", p.speak.Say("ui.far-apart"), p.style(tokenDegraded))
	}
}
