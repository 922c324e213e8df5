package html

import (
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/fleet"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// Fleet writes the page of what many reports come to.
func Fleet(c *words.Catalogue, r fleet.Result) []byte {
	r = report.Printable(r, mostText)
	title := labels.Speak(c).FleetHead(r)
	p := newPage(c, title)
	p.leaf("h1", title)
	if len(r.Groups) > 0 {
		p.columns("fleet", p.speak.Say("html.column.desks"), p.speak.Say("ui.owner"), p.speak.Say("html.column.seen"),
			p.speak.Say("html.column.sites"), p.speak.Say("html.column.remarks"))
		for _, g := range r.Groups {
			p.group(g, r.Desks)
		}
		p.endTable()
	}
	var skipped []string
	for _, s := range r.Skipped {
		skipped = append(skipped, p.speak.FleetSkipped(s))
	}
	p.list("ul", p.speak.Say("fleet.skipped.title"), skipped)
	return p.end()
}

// group is a row: how many desks, who is at fault and where, since when, and what speaks
// against it.
func (p *page) group(g fleet.Group, of int) {
	st := chart.OfVerdict(report.Verdict{Status: g.Status, Code: g.Code})
	p.open("tr")
	p.open("th", attribute{"scope", "row"})
	p.leaf("span", marked(st, p.speak.FleetLine(g, of)), class(looks[st]))
	if g.Status != finding.StatusOK {
		p.leaf("p", g.Summary, class("small"))
	}
	p.close("th")
	owner := ""
	if g.Owner != "" {
		owner = p.speak.FleetOwner(g)
	}
	p.leaf("td", owner)
	p.leaf("td", p.speak.Say("fleet.since", words.Args{"since": labels.Moment(g.Since), "last": labels.Moment(g.Last)}))
	p.open("td")
	for _, s := range g.Sites {
		if name := labels.SiteName(s); name != "" {
			p.leaf("p", p.speak.Say("fleet.site", words.Args{"name": name, "n": s.Desks}))
		}
	}
	p.close("td")
	p.open("td")
	for _, c := range g.Cleared {
		p.leaf("p", p.speak.Say("fleet.cleared", words.Args{"device": c.Device, "n": c.Desks}))
	}
	if g.Contradict > 0 {
		p.leaf("p", p.speak.Say("fleet.contradict", words.Args{"n": g.Contradict, "files": g.Against}))
	}
	if g.Fits > 0 {
		p.leaf("p", p.speak.Say("fleet.fits", words.Args{"n": g.Fits}))
	}
	p.some("p", p.speak.Say("fleet.files", words.Args{"files": g.Files[:min(len(g.Files), mostFiles)]}), class("small"))
	p.close("td")
	p.close("tr")
}

// mostFiles of a group's reports are named; JSON has more.
const mostFiles = 5
