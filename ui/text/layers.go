package text

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// tableWidth is the least width at which a layer fits on one line.
const tableWidth = 64

// fromInside says whether a report is of a run inside a WorkSpace.
func fromInside(r report.Report) bool { return r.Run.Vantage == probe.InWorkspace }

// NearFirst gives the layers in the order a reader looks for them: from the user
// outward, or, of a run inside, those of the WorkSpace first.
func NearFirst(r report.Report) []finding.LayerState {
	if !fromInside(r) {
		return r.Layers
	}
	list := slices.Clone(r.Layers)
	slices.SortStableFunc(list, func(a, b finding.LayerState) int { return distanceFromUser(a) - distanceFromUser(b) })
	return list
}

func distanceFromUser(s finding.LayerState) int {
	if l, known := layer.Get(s.ID); known && l.Inside() {
		return 0
	}
	return 1
}

// layers prints the table of layers. Those that were not tested share a line.
func (p *page) layers(r report.Report) {
	if fromInside(r) {
		p.heading(p.speak.Say("ui.layers-inside"))
	} else {
		p.heading(p.speak.Say("ui.layers"))
	}
	r.Layers = NearFirst(r)
	widest, widestState := 0, 0
	for _, l := range r.Layers {
		if l.Status != finding.LayerNotTested {
			widest = max(widest, ansi.StringWidth(p.speak.Title(l.ID)))
			widestState = max(widestState, ansi.StringWidth(p.speak.LayerState(finding.LayerSuspect)))
		}
	}
	for _, l := range r.Layers {
		if l.Status == finding.LayerNotTested {
			continue
		}
		t := layerTokens[l.Status]
		name, state, found := p.speak.Title(l.ID), p.speak.LayerState(l.Status), p.speak.InShort(r, l)
		if p.o.Width < tableWidth || widest > p.o.Width/2 {
			p.para(
				"  "+p.mark(t)+" ",
				"    ",
				p.speak.Say("ui.layer-line", words.Args{"layer": name, "state": state}),
				p.style(t),
			)
			if found != "" {
				p.para("    ", "    ", found, nil)
			}
			continue
		}
		head := name + spaces(
			widest-ansi.StringWidth(name),
		) + "  " + state + spaces(
			widestState-ansi.StringWidth(state),
		) + "  "
		if s := p.style(t); s != nil {
			p.row(p.mark(t), head, found, s.Render)
		} else {
			p.row(p.mark(t), head, found, func(s ...string) string { return strings.Join(s, "") })
		}
	}
	p.notTested(r)
}

// row prints one layer on a wide page, its head in the state's colour.
func (p *page) row(mark, head, found string, paint func(...string) string) {
	lead := p.plain("  " + mark + " " + head)
	column := ansi.StringWidth(lead)
	for i, line := range wrap(p.plain(found), p.o.Width-column) {
		if i > 0 {
			p.out.WriteString(strings.TrimRight(spaces(column)+line, " ") + "\n")
			continue
		}
		if line == "" {
			lead = strings.TrimRight(lead, " ")
		}
		body := strings.TrimLeft(lead, " ")
		end := len(strings.TrimRight(body, " "))
		p.out.WriteString("  " + paint(body[:end]) + body[end:] + line + "\n")
	}
}

// Visible says whether a layer can be seen at all from where a report's run was
// made.
func Visible(r report.Report, id layer.ID) bool {
	l, known := layer.Get(id)
	switch {
	case !known:
		return true
	case fromInside(r):
		return l.Inside()
	case r.Run.Vantage == probe.InAccount:
		return l.Account
	}
	return l.Desk
}

// notTested folds the layers nobody looked at, those that cannot be seen from
// where the run was made apart from those it left out.
func (p *page) notTested(r report.Report) {
	var hidden, left []string
	for _, l := range r.Layers {
		if l.Status != finding.LayerNotTested {
			continue
		}
		if Visible(r, l.ID) {
			left = append(left, p.speak.Title(l.ID))
		} else {
			hidden = append(hidden, p.speak.Title(l.ID))
		}
	}
	if len(left) > 0 {
		p.para(
			"  ",
			"    ",
			p.speak.Say("ui.not-tested", words.Args{"layers": p.speak.Listed(left)}),
			p.style(tokenMuted),
		)
	}
	if len(hidden) > 0 {
		p.para(
			"  ",
			"    ",
			p.speak.Say("ui.not-visible", words.Args{"layers": p.speak.Listed(hidden)}),
			p.style(tokenMuted),
		)
	}
}
