package html

import (
	"strconv"

	"wsdoctor/internal/merge"
	"wsdoctor/internal/packed"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
	"wsdoctor/ui/text"
)

// ofLeg are the states of the legs.
var ofLeg = map[merge.LegStatus]chart.State{
	merge.LegOK: chart.StateOK, merge.LegDegraded: chart.StateLimited, merge.LegFault: chart.StateFault,
	merge.LegInconclusive: chart.StateSuspect, merge.LegNotSeen: chart.StateUntested,
}

// Joined writes the page of a joined verdict. The error is that it cannot be written as
// JSON.
func Joined(c *words.Catalogue, r merge.Result) ([]byte, error) {
	whole, err := r.JSON()
	if err != nil {
		return nil, err
	}
	r = report.Printable(r, mostText)
	p := newPage(c, labels.Speak(c).Status(r.Verdict)+" – "+probe.Clean(r.Verdict.Summary, 120))
	p.verdict(report.Report{
		About: r.About, Verdict: r.Verdict,
		Run: report.Run{Demo: r.Demo()}, Target: report.Target{Protocol: r.Protocol},
	}, labels.At(r))
	p.chain(r.Legs)
	p.legs(r.Legs)
	if d, is := architecture.Joined(r); is {
		p.architecture(d)
	}
	p.also(r.Also)
	for _, end := range merge.Ends {
		var of []report.Finding
		for _, f := range r.Findings {
			if f.End == end {
				of = append(of, f.Finding)
			}
		}
		p.findings(p.speak.Say("ui.findings-of", words.Args{"end": p.speak.End(end)}), of)
	}
	p.gaps(r.Gaps)
	p.whole("html.whole-joined", packed.Write(whole))
	p.footer(p.speak.JoinedOrigin(r))
	return p.end(), nil
}

// chain draws the legs as a row of boxes.
func (p *page) chain(list []merge.Leg) {
	if len(list) == 0 {
		return
	}
	const high = 3 * row
	wide := (wayWidth - (len(list)-1)*boxGap) / len(list)
	var says []string
	for _, l := range list {
		says = append(says, p.speak.Say("ui.leg", words.Args{"title": l.Title, "state": p.legState(l)}))
	}
	legs := words.Args{"title": p.speak.Say("ui.legs"), "boxes": p.speak.Listed(says)}
	p.open("figure")
	p.drawing(wayWidth, high, p.speak.Say("html.map", legs))
	for i, l := range list {
		st, x := ofLeg[l.Status], i*(wide+boxGap)
		if i > 0 {
			p.line("muted", x-boxGap, high/2, x, high/2)
		}
		p.frame(rect{x, inset, wide, high - 2*inset}, looks[st])
		lines := text.Wrap(l.Title, (wide-2*inset)/letter-2)
		for k, line := range lines[:min(2, len(lines))] {
			p.text(x+wide/2, high/2-10*len(lines)+k*20, line, "name", "middle")
		}
		p.text(x+wide/2, high-22, marked(st, p.legState(l)), "label", "middle", looks[st])
	}
	p.close("svg")
	p.close("figure")
}

func (p *page) legState(l merge.Leg) string { return p.speak.Say("ui.leg-state." + string(l.Status)) }

// legs tells the way leg by leg: what shows its state, what the other end adds, and what
// nobody saw.
func (p *page) legs(list []merge.Leg) {
	p.leaf("h2", p.speak.Say("ui.legs"))
	p.open("ul")
	for _, l := range list {
		st := ofLeg[l.Status]
		p.open("li")
		p.leaf("span", marked(st, p.speak.Leg(l)), class(looks[st]))
		p.some("p", l.Says)
		p.some("p", l.Adds)
		if len(l.Unseen) > 0 {
			p.leaf("p", p.speak.Say("ui.not-seen", words.Args{"what": p.speak.Listed(l.Unseen)}), class("small"))
		}
		p.close("li")
	}
	p.close("ul")
}

// also tells what else is wrong, and what to do about it, in the order in which it is to
// be fixed.
func (p *page) also(list []merge.Also) {
	if len(list) == 0 {
		return
	}
	p.leaf("h2", p.speak.Say("ui.also"))
	p.open("ul")
	for _, a := range list {
		st := chart.OfSeverity[a.Severity]
		p.open("li")
		p.leaf("span", marked(st, a.Summary), class(looks[st]))
		fixed := ""
		if a.Owner != "" {
			fixed = p.speak.Say("ui.fixed-by", words.Args{"owner": a.Owner})
		}
		seen := p.speak.Say("ui.seen-by", words.Args{"end": p.speak.End(a.End)})
		where := p.speak.Surely(p.speak.Title(a.Layer), a.Confidence)
		p.leaf("p", labels.Joined("; ", where, seen, fixed), class("small"))
		for i, step := range a.Remedy {
			p.leaf("p", strconv.Itoa(i+1)+". "+step, class("small"))
		}
		p.close("li")
	}
	p.close("ul")
}
