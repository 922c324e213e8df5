package text

import (
	"fmt"
	"io"
	"strings"
	"time"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/ui/words"
)

// legWords and legTokens tie the states of a leg to a word and a look.
var (
	legWords = map[merge.LegStatus]string{
		merge.LegOK: "ok", merge.LegDegraded: "limited", merge.LegFault: "fault", merge.LegInconclusive: "unclear", merge.LegNotSeen: "not seen",
	}
	legTokens = map[merge.LegStatus]token{
		merge.LegOK: tokenOK, merge.LegDegraded: tokenDegraded, merge.LegFault: tokenFault, merge.LegInconclusive: tokenSuspect, merge.LegNotSeen: tokenUnknown,
	}
	endWords = map[merge.End]string{merge.Desk: "the desk's report", merge.Inside: "the inside report"}
)

// RenderMerge prints the joined verdict of two reports to w in one Write. The
// error is w's.
func RenderMerge(w io.Writer, r merge.Result, o Options) error {
	p := newPage(o)
	r = report.Printable(r, mostText)
	if o.Quiet {
		p.para("", "", r.Verdict.Summary, nil)
	} else {
		p.joined(r)
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (p *page) joined(r merge.Result) {
	p.verdict(report.Report{
		Verdict: r.Verdict, Run: report.Run{Demo: r.Desk.Run.Demo}, Target: report.Target{Protocol: r.Protocol},
	}, insideOf(r))
	p.legs(r.Legs)
	p.also(r.Also)
	if p.o.Verbose {
		for _, end := range merge.Ends {
			p.findingsOf(end, r.Findings)
		}
		p.gaps(report.Report{Gaps: r.Gaps})
	}
	p.sources(r)
}

// insideOf marks a layer of the desk's list that is the WorkSpace's own here.
func insideOf(r merge.Result) string {
	if r.DecidedBy != merge.Inside || r.Verdict.Layer == nil {
		return ""
	}
	if l, known := layer.Get(*r.Verdict.Layer); known && !l.Inside() {
		return ", here the WorkSpace"
	}
	return ""
}

// legs prints the way leg by leg: its state, what shows it, what the other end
// adds and what nobody saw.
func (p *page) legs(list []merge.Leg) {
	p.heading("Leg by leg")
	for _, l := range list {
		t := legTokens[l.Status]
		p.para("  "+p.mark(t)+" ", "    ", join(" ", l.Title+":", legWords[l.Status], shownBy(l)), p.style(t))
		p.para("      ", "      ", l.Says, nil)
		if l.Adds != "" {
			p.para("      ", "      ", l.Adds, nil)
		}
		if len(l.Unseen) > 0 {
			p.para("      ", "      ", "Not seen: "+strings.Join(l.Unseen, ", ")+".", p.style(tokenMuted))
		}
	}
}

// shownBy says whose report shows a leg's state.
func shownBy(l merge.Leg) string {
	switch {
	case l.ProvedBy == merge.Neither:
		return ""
	case l.Inferred:
		return "(inferred from " + endWords[l.ProvedBy] + ")"
	}
	return "(by " + endWords[l.ProvedBy] + ")"
}

// also prints what else is wrong, in the order in which it is to be fixed.
func (p *page) also(list []merge.Also) {
	if len(list) == 0 {
		return
	}
	p.heading("What else was found")
	for _, a := range list {
		t := severityTokens[a.Severity]
		p.para("  "+p.mark(t)+" ", "    ", a.Summary, p.style(t))
		where := words.Title(a.Layer)
		if sure := words.Certainty[a.Confidence]; sure != "" {
			where += " (" + sure + ")"
		}
		p.para("    ", "    ", join("; ", where, "seen by "+endWords[a.End], prefixed("fixed by ", a.Owner)), p.style(tokenMuted))
		if p.o.Verbose {
			for i, step := range a.Remedy {
				p.para("    "+itoa(i+1)+". ", "       ", step, nil)
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
	p.heading("Findings of " + endWords[end])
	p.evidence(of)
}

// sources tells which two reports were joined.
func (p *page) sources(r merge.Result) {
	p.blank()
	region := r.Region
	if region == "" {
		region = "no Region"
	}
	when := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
	line := strings.Join([]string{
		region, "desk " + when(r.Desk.Run.StartedAt), "inside " + when(r.Inside.Run.StartedAt), between(r.HoursApart), "wsdoctor " + r.Tool.Version,
	}, " · ")
	if len(r.Gaps) > 0 && !p.o.Verbose {
		line += " · " + count(len(r.Gaps), "thing") + " could not be looked at (-v)"
	}
	p.para("", "", line, p.style(tokenMuted))
	if far := time.Duration(r.HoursApart * float64(time.Hour)); far > merge.MostApart {
		p.para("", "", "The two runs are that far apart: what one end saw may have changed when the other looked.", p.style(tokenDegraded))
	}
}

// between writes how far apart two runs are.
func between(hours float64) string {
	if minutes := hours * 60; minutes < 120 {
		return fmt.Sprintf("%.0f min apart", minutes)
	}
	return fmt.Sprintf("%.1f hours apart", hours)
}
