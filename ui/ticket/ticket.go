package ticket

import (
	"bytes"
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// Style is the markup of the system that the ticket goes to.
type Style string

// The styles, the default first.
const (
	Text     Style = "text"
	Markdown Style = "markdown"
	Jira     Style = "jira"
)

// Styles lists them.
var Styles = []Style{Text, Markdown, Jira}

const (
	// mostText is the longest text that is told, in runes.
	mostText = 2000
	// room is what a description holds in Jira and, with more, in its like.
	room = 32767
)

// Report writes the ticket of a report. The error is that the report cannot be packed.
func Report(c *words.Catalogue, r report.Report, style Style) ([]byte, error) {
	block, err := r.Packed()
	if err != nil {
		return nil, err
	}
	r = r.Printable(mostText)
	t := newTicket(c, style)
	t.verdict(r, "")
	t.layers(r)
	t.para(t.speak.Origin(r, labels.Moment(r.Run.StartedAt)))
	t.whole(block)
	return t.out.Bytes(), nil
}

// Joined writes that of a joined verdict, which nobody reads again.
func Joined(c *words.Catalogue, r merge.Result, style Style) []byte {
	r = report.Printable(r, mostText)
	t := newTicket(c, style)
	t.verdict(report.Report{
		About: r.About, Verdict: r.Verdict,
		Run: report.Run{Demo: r.Demo()}, Target: report.Target{Protocol: r.Protocol},
	}, labels.At(r))
	var legs []string
	for _, l := range r.Legs {
		legs = append(legs, t.speak.Leg(l))
	}
	t.list(t.speak.Say("ui.legs"), legs, bullet)
	var also []string
	for _, a := range r.Also {
		also = append(also, a.Summary)
	}
	t.list(t.speak.Say("ui.also"), also, bullet)
	t.para(t.speak.JoinedOrigin(r))
	return t.out.Bytes()
}

// ticket is the text under construction.
type ticket struct {
	form
	speak labels.In
	out   bytes.Buffer
}

func newTicket(c *words.Catalogue, style Style) *ticket {
	t := &ticket{speak: labels.Speak(c), form: forms[style]}
	t.ascii = t.ascii && t.speak.ASCII()
	return t
}

// verdict is the answer; at is the message that says at which end the layer is, where its
// title does not.
func (t *ticket) verdict(r report.Report, at string) {
	v := r.Verdict
	t.title(t.speak.Say("ui.layer-line", words.Args{"layer": t.speak.Status(v), "state": v.Summary}))
	for _, note := range t.speak.Notes(r) {
		t.para(note)
	}
	t.fields(t.speak.Fields(r, at))
	t.list(t.speak.Say("ui.remedy"), v.Remedy, step)
	if v.NextTest != nil && *v.NextTest != "" {
		t.list(t.speak.Say("ui.next"), []string{*v.NextTest}, bullet)
	}
	var suspects []string
	for _, s := range v.Suspects {
		suspects = append(suspects, t.speak.Suspect(s))
	}
	t.list(t.speak.Open(v), suspects, bullet)
}

// layers are those that do not work as they should.
func (t *ticket) layers(r report.Report) {
	calm := []chart.State{chart.StateOK, chart.StateUntested, chart.StateUnclear}
	var list []string
	for _, l := range r.Layers {
		if l.Status == finding.LayerNotTested || slices.Contains(calm, chart.OfLayer[l.Status]) {
			continue
		}
		line := words.Args{"layer": t.speak.Title(l.ID), "state": t.speak.LayerState(l.Status)}
		list = append(list, t.speak.Say("ui.layer-line", line))
	}
	t.list(t.speak.Say("ui.layers"), list, bullet)
}

// whole is the report, if there is room for it.
func (t *ticket) whole(block []byte) {
	if t.out.Len()+len(block) > room-200 {
		t.para(t.speak.Say("ticket.long"))
		return
	}
	t.para(t.speak.Say("ticket.whole"))
	t.block(block)
}
