package html

import (
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/details"
	"wsdoctor/ui/labels"
)

// fold begins what is folded until somebody asks for it.
func (p *page) fold(title string) {
	p.open("details")
	p.leaf("summary", title)
}

// counted is a title with how many there are.
func (p *page) counted(title string, n int) string {
	return p.speak.Say("html.counted", words.Args{"title": title, "n": n})
}

// findings are the causes that were found, with the observations for and against them.
func (p *page) findings(title string, list []report.Finding) {
	if len(list) == 0 {
		return
	}
	p.fold(p.counted(title, len(list)))
	p.open("ul")
	for _, f := range list {
		state := chart.OfSeverity[f.Severity]
		p.open("li")
		p.leaf("span", marked(state, f.Summary), class(looks[state]))
		p.leaf("p", p.speak.Evidence(f), class("small"))
		for _, out := range f.RuledOut {
			p.leaf("p", p.speak.RuledOut(out), class("small"))
		}
		if f.Odds != nil {
			p.leaf("p", p.speak.Tell(f.Odds.Sentence()), class("small"))
		}
		p.close("li")
	}
	p.close("ul")
	p.close("details")
}

// observations are everything that happened.
func (p *page) observations(r report.Report) {
	if len(r.Observations) == 0 {
		return
	}
	p.fold(p.counted(p.speak.Say("ui.observed"), len(r.Observations)))
	p.columns("observations",
		p.speak.Say("html.column.observation"), p.speak.Say("html.column.at"), p.speak.Say("html.column.done"),
		p.speak.Say("html.column.outcome"), p.speak.Say("html.column.detail"))
	for _, o := range r.Observations {
		p.open("tr")
		p.leaf("th", o.ID, attribute{"scope", "row"})
		p.leaf("td", labels.Milliseconds(o.StartedMS), class("nowrap"))
		p.leaf("td", labels.What(o))
		p.leaf("td", p.speak.Ended(o))
		p.leaf("td", details.Tell(p.speak.Catalogue, o))
		p.close("tr")
	}
	p.endTable()
	p.close("details")
}

// gaps are what could not be observed.
func (p *page) gaps(list []string) {
	if len(list) == 0 {
		return
	}
	p.fold(p.counted(p.speak.Say("ui.gaps"), len(list)))
	p.open("ul")
	for _, gap := range list {
		p.leaf("li", gap)
	}
	p.close("ul")
	p.close("details")
}

// whole is the report itself, for the programs that read it out of the page; id names the
// messages of its title and of what it is for.
func (p *page) whole(id string, packed []byte) {
	p.fold(p.speak.Say(id + ".title"))
	p.leaf("p", p.speak.Say(id+".note"), class("small"))
	p.block(packed)
	p.close("details")
}
