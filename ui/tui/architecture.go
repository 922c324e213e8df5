package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
	"wsdoctor/ui/chart"
)

// plate is the architecture as it was drawn last.
type plate struct {
	of     *report.Report // whose it is; nil: any WorkSpace's
	width  int            // it was drawn for; 0: it was not
	lines  []string
	spots  []architecture.Spot // of every box
	marked []int               // spots that findings are about, from top to bottom
	chosen int                 // one of marked; -1 for none
}

// boxLooks are the looks of the architecture's boxes.
var boxLooks = map[architecture.State]style{
	architecture.Unseen: muted, architecture.Unread: muted, architecture.Absent: muted, architecture.Verified: good,
	architecture.Noted: accent, architecture.Open: doubtful, architecture.Limited: limited, architecture.Suspect: doubtful, architecture.Wrong: bad,
}

// ofPart are the states of the architecture's boxes on the map.
var ofPart = map[architecture.State]chart.State{
	architecture.Unseen: chart.StateUnseen, architecture.Unread: chart.StateUntested, architecture.Absent: chart.StateUnclear,
	architecture.Verified: chart.StateOK, architecture.Noted: chart.StateUnclear, architecture.Open: chart.StateUnclear,
	architecture.Limited: chart.StateLimited, architecture.Suspect: chart.StateSuspect, architecture.Wrong: chart.StateFault,
}

// partsOf are what the boxes of an account's map stand for; none for other reports.
func partsOf(r report.Report) (list []chart.Part) {
	if r.Run.Vantage != probe.InAccount {
		return nil
	}
	for _, b := range architecture.Of(r).Boxes() {
		list = append(list, chart.Part{ID: b.ID, State: ofPart[b.State]})
	}
	return list
}

// architecture gives the drawing of the report; before there is one, that of any WorkSpace.
func (m *Model) architecture() (d architecture.Drawing, generic bool) {
	switch {
	case m.shown == nil:
		return architecture.Generic(), true
	case m.drawing != nil && !m.redact:
		return *m.drawing, false
	}
	return architecture.Of(*m.shown), false
}

// openArchitecture goes to the drawing.
func (m *Model) openArchitecture() {
	m.plate.chosen = -1
	m.open(screenArchitecture)
}

// plateWidth is the room of the drawing: what is left beside the bar and its margin.
func (m *Model) plateWidth() int { return m.layout.page.w - 4 }

// drawn is the drawing for today's window and report. It is laid out when one of them has
// changed, and not for every frame.
func (m *Model) drawn() *plate {
	p, width := &m.plate, m.plateWidth()
	if p.width == width && p.of == m.shown {
		return p
	}
	d, generic := m.architecture()
	p.of, p.width, p.marked = m.shown, width, nil
	p.lines, p.spots = architecture.Placed(m.speak.Catalogue, d, width, !m.opt.Unicode, m.prose)
	if generic {
		for _, said := range words.Several("architecture.explain") {
			p.lines = append(append(p.lines, ""), m.wrap(m.speak.Tell(said), width)...)
		}
	}
	for i, s := range p.spots {
		if len(s.Codes) > 0 {
			p.marked = append(p.marked, i)
		}
	}
	slices.SortStableFunc(p.marked, func(a, b int) int { return p.spots[a].Y - p.spots[b].Y })
	p.chosen = min(p.chosen, len(p.marked)-1)
	return p
}

// drawArchitecture draws the part that is seen.
func (m *Model) drawArchitecture(c *canvas) {
	r, p := inset(m.layout.page), m.drawn()
	lines := make([]line, len(p.lines))
	for i, text := range p.lines {
		lines[i] = plainLine(text, plain)
	}
	m.drawLines(c, r, lines)
	for i, s := range p.spots {
		m.tintBox(c, r, s, p.chosen >= 0 && p.marked[p.chosen] == i)
	}
	for _, i := range slices.Backward(p.marked) { // a box within another comes first
		s := p.spots[i]
		m.spots = append(m.spots, spot{rect{r.x + s.X, r.y + s.Y - m.scroll, s.W, s.H}, slices.Index(p.marked, i), false})
	}
}

// tintBox gives a box its colours: the frame if it has one, and what it is called.
func (m *Model) tintBox(c *canvas, r rect, s architecture.Spot, chosen bool) {
	look := boxLooks[s.State]
	tint := func(x, y, n int, look style) {
		if y -= m.scroll; y >= 0 && y < r.h {
			c.tint(r.x+x, r.y+y, min(n, r.w-1-x), look)
		}
	}
	if framed := s.HeadY > s.Y; framed && s.State != architecture.Verified {
		tint(s.X, s.Y, s.W, look)
		tint(s.X, s.Y+s.H-1, s.W, look)
		for y := s.Y + 1; y < s.Y+s.H-1; y++ {
			tint(s.X, y, 1, look)
			tint(s.X+s.W-1, y, 1, look)
		}
	}
	tint(s.HeadX, s.HeadY, 1, look)
	switch room := s.X + s.W - 1 - s.HeadX; {
	case chosen:
		tint(s.HeadX, s.HeadY, room, look|bold|reverse)
	case s.State >= architecture.Limited:
		tint(s.HeadX, s.HeadY, room, look|bold)
	}
}

// chooseBox moves to the next box that findings are about, or to one before, and into sight.
func (m *Model) chooseBox(by int) {
	p := m.drawn()
	n := len(p.marked)
	if n == 0 {
		m.notice = notice{m.speak.Say("tui.notice.no-marks"), false}
		return
	}
	if p.chosen < 0 && by < 0 {
		p.chosen = 0
	}
	p.chosen = (p.chosen + by + n) % n
	s, h := p.spots[p.marked[p.chosen]], m.layout.page.h
	if s.Y < m.scroll || s.Y+min(s.H, h) > m.scroll+h {
		m.scroll = max(s.Y-max(h-s.H, 0)/2, 0)
	}
}

// explainPart explains what was found about the chosen box; with none chosen the verdict.
func (m *Model) explainPart() tea.Cmd {
	p := m.drawn()
	switch {
	case m.shown == nil:
		m.notice = notice{m.speak.Say("tui.notice.no-report"), true}
		return nil
	case p.chosen < 0 && len(p.marked) > 0:
		m.notice = notice{m.speak.Say("tui.notice.pick-marked"), false}
		return nil
	case p.chosen < 0:
		return m.explainVerdict()
	}
	b := p.spots[p.marked[p.chosen]].Box
	var said []string
	for _, code := range b.Codes {
		for _, f := range m.shown.Findings {
			if f.Code == code {
				said = append(said, m.inFull(f, *m.shown))
			}
		}
	}
	return m.explain(m.speak.Tell(b.Title), strings.Join(said, "\n\n"), b.Codes...)
}
