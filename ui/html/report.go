package html

import (
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
	"wsdoctor/ui/text"
)

// Report writes a report's page in the language of a catalogue. The error is that the
// report cannot be written as JSON.
func Report(c *words.Catalogue, r report.Report) ([]byte, error) {
	block, err := r.Packed()
	if err != nil {
		return nil, err
	}
	r = r.Printable(mostText)
	p := newPage(c, labels.Speak(c).Status(r.Verdict)+" – "+probe.Clean(r.Verdict.Summary, 120))
	p.verdict(r, "")
	if architecture.Draws(r) {
		p.architecture(architecture.Of(r))
	} else {
		p.way(r)
	}
	p.layers(r)
	p.findings(p.speak.Say("ui.findings"), r.Findings)
	p.observations(r)
	p.gaps(r.Gaps)
	p.whole("html.whole", block)
	p.footer(p.speak.Origin(r, labels.Moment(r.Run.StartedAt)))
	return p.end(), nil
}

// architecture draws the WorkSpace's.
func (p *page) architecture(d architecture.Drawing) {
	p.open("figure")
	p.out.WriteString(architecture.Inline(p.speak.Catalogue, d))
	p.close("figure")
}

// looks are the classes of the states.
var looks = map[chart.State]name{
	chart.StateUnseen: "unseen", chart.StateUntested: "muted", chart.StateWaiting: "muted", chart.StateOK: "ok",
	chart.StateUnclear: "muted", chart.StateLimited: "limited",
	chart.StateSuspect: "suspect", chart.StateFault: "fault",
}

// marked is a text behind the mark of a state, which tells it without colour too.
func marked(s chart.State, text string) string { return s.Mark() + " " + text }

// verdict is the answer; at is the message that says at which end the layer is, where its
// title does not.
func (p *page) verdict(r report.Report, at string) {
	v := r.Verdict
	state := chart.OfVerdict(v)
	p.open("header", class("verdict", looks[state]))
	p.leaf("p", marked(state, p.speak.Status(v)), class("status", looks[state]))
	p.leaf("h1", v.Summary)
	for _, note := range p.speak.Notes(r) {
		p.leaf("p", note, class("small"))
	}
	p.close("header")
	p.open("dl")
	for _, f := range p.speak.Fields(r, at) {
		p.leaf("dt", f.Name)
		p.leaf("dd", f.Says)
	}
	p.close("dl")
	p.list("ol", p.speak.Say("ui.remedy"), v.Remedy)
	if v.NextTest != nil && *v.NextTest != "" {
		p.leaf("h2", p.speak.Say("ui.next"))
		p.leaf("p", *v.NextTest)
	}
	var suspects []string
	for _, s := range v.Suspects {
		suspects = append(suspects, p.speak.Suspect(s))
	}
	p.list("ul", p.speak.Open(v), suspects)
}

// list is a heading and what stands below it, if anything does.
func (p *page) list(kind name, title string, items []string) {
	if len(items) == 0 {
		return
	}
	p.leaf("h2", title)
	p.open(kind)
	for _, item := range items {
		p.leaf("li", item)
	}
	p.close(kind)
}

// columns begins a table of a kind.
func (p *page) columns(kind name, titles ...string) {
	p.open("table", class(kind))
	p.open("thead")
	p.open("tr")
	for _, title := range titles {
		p.leaf("th", title, attribute{"scope", "col"})
	}
	p.close("tr")
	p.close("thead")
	p.open("tbody")
}

func (p *page) endTable() {
	p.close("tbody")
	p.close("table")
}

// layers is the table of layers; those that were not tested stand in a sentence.
func (p *page) layers(r report.Report) {
	title := "ui.layers"
	if r.Run.Vantage == probe.InWorkspace {
		title = "ui.layers-inside"
	}
	p.leaf("h2", p.speak.Say(title))
	p.columns("layers",
		p.speak.Say("html.column.layer"), p.speak.Say("html.column.state"), p.speak.Say("html.column.found"))
	r.Layers = text.NearFirst(r)
	var hidden, left []string
	for _, l := range r.Layers {
		title := p.speak.Title(l.ID)
		switch {
		case l.Status != finding.LayerNotTested:
			state := chart.OfLayer[l.Status]
			p.open("tr")
			p.leaf("th", title, attribute{"scope", "row"})
			p.leaf("td", marked(state, p.speak.LayerState(l.Status)), class("nowrap", looks[state]))
			p.leaf("td", p.speak.InShort(r, l))
			p.close("tr")
		case text.Visible(r, l.ID):
			left = append(left, title)
		default:
			hidden = append(hidden, title)
		}
	}
	p.endTable()
	if len(left) > 0 {
		p.leaf("p", p.speak.Say("ui.not-tested", words.Args{"layers": p.speak.Listed(left)}), class("small"))
	}
	if len(hidden) > 0 {
		p.leaf("p", p.speak.Say("ui.not-visible", words.Args{"layers": p.speak.Listed(hidden)}), class("small"))
	}
}

// footer tells what the page is of.
func (p *page) footer(line string) {
	p.open("footer")
	p.leaf("p", line, class("small"))
	p.close("footer")
}
