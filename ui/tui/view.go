package tui

import (
	"fmt"
	"strings"
	"time"

	"wsdoctor/internal/words"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// View draws the screen.
func (m *Model) View() tea.View {
	v := tea.NewView(m.draw())
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "wsdoctor"
	return v
}

// draw gives the screen as text with styles.
func (m *Model) draw() string {
	m.compose()
	return m.canvas.render(m.theme)
}

// compose puts everything on the canvas.
func (m *Model) compose() {
	c := &m.canvas
	c.reset(m.width, m.height, m.opt.Unicode)
	m.spots = m.spots[:0]
	if m.width <= 0 || m.height <= 0 {
		return // the terminal has not told its size yet
	}
	if m.layout.small {
		m.drawTooSmall(c)
		return
	}
	m.drawTitle(c)
	switch m.screen {
	case screenStart:
		m.drawStart(c)
	case screenSymptoms:
		m.drawSymptoms(c)
	case screenEvidence:
		m.drawEvidence(c)
	case screenArchitecture:
		m.drawArchitecture(c)
	case screenPage:
		m.drawLines(c, inset(m.layout.page), m.pageLines(m.layout.page.w-3))
	default:
		m.drawMain(c)
	}
	if rows := m.drawStatus(c); rows < 2 {
		m.drawKeys(c)
	}
}

func inset(r rect) rect { return rect{r.x + 1, r.y, r.w - 2, r.h} }

func (m *Model) drawTooSmall(c *canvas) {
	for i, says := range []string{m.speak.Say("tui.small.room"), m.speak.Say("tui.small.size", words.Args{"width": leastWidth, "height": leastHeight, "w": m.width, "h": m.height}), m.speak.Say("tui.small.quit")} {
		c.put(max((m.width-columns(says))/2, 0), max(m.height/2-1, 0)+i, m.width, says, plain)
	}
}

// drawTitle tells what is looked at, and in which mode.
func (m *Model) drawTitle(c *canvas) {
	r := m.layout.title
	x := c.put(r.x+1, r.y, r.w, "wsdoctor", accent|bold) + 2
	says, foreign := m.speak.Say("tui.title."+m.scheme.Name), m.opt.Title != ""
	if foreign {
		says = m.opt.Title
	}
	switch {
	case m.screen == screenPage:
		says, foreign = m.page.title, false
	case m.screen == screenEvidence:
		says, foreign = m.speak.Say("tui.page.evidence"), false
	case m.screen == screenArchitecture:
		says, foreign = m.speak.Say("tui.page.architecture"), false
	case m.screen == screenStart || m.screen == screenSymptoms:
		says, foreign = "", false
	}
	var modes []string // the least wanted first
	if m.shown != nil && m.shown.Target.Symptom != "" {
		modes = append(modes, m.speak.Say("tui.mode.symptom", words.Args{"symptom": m.shown.Target.Symptom}))
	}
	if m.watch.on {
		modes = append(modes, m.speak.Say("tui.mode.watching"))
	}
	if m.redact {
		modes = append(modes, m.speak.Say("tui.mode.redacted"))
	}
	region := m.run.region
	if m.shown != nil {
		region = m.shown.Target.Region
	}
	if region != "" {
		modes = append(modes, region)
	}
	tail := joinFitting(modes, r.w-2-x, true)
	at := r.w - 1 - ansi.StringWidth(harmless(tail))
	if at > x {
		c.put(at, r.y, r.w-1, tail, muted)
	}
	switch {
	case foreign:
		c.put(x, r.y, max(at-2, x), says, muted)
	case x+columns(says) < at:
		c.put(x, r.y, at, says, muted)
	}
}

// joinFitting joins as many parts as n columns hold; it drops the first ones, or
// the last.
func joinFitting(parts []string, n int, first bool) string {
	for {
		s := strings.Join(parts, " · ")
		switch {
		case len(parts) < 2 || ansi.StringWidth(harmless(s)) <= n:
			return s
		case first:
			parts = parts[1:]
		default:
			parts = parts[:len(parts)-1]
		}
	}
}

// drawMain draws the map and what the tab shows.
func (m *Model) drawMain(c *canvas) {
	b, f := m.board(), m.liveFacts()
	if m.layout.boxed {
		for i, r := range m.layout.boxes {
			m.spots = append(m.spots, spot{r, i, false})
		}
		m.drawMap(c, b, f)
	} else {
		m.drawCompact(c, b, f)
	}
	m.drawTabs(c)
	lines := m.panelLines(m.layout.panel.w - 3)
	m.drawLines(c, inset(m.layout.panel), lines)
	if m.layout.side.w > 0 && m.shown != nil && m.tab != tabLayers {
		side := m.layout.side
		for i, l := range m.layerLines(*m.shown, side.w-2) {
			if i == side.h {
				break
			}
			m.drawLine(c, side.x, side.y+i, side.x+side.w-1, l)
		}
	}
}

// tabNames are the tabs in the catalogue: tui.tab.NAME.
var tabNames = [...]string{tabVerdict: "verdict", tabLayers: "layers", tabWatch: "watch"}

// tabs are those that there are.
func (m *Model) tabs() []tab {
	if m.lacks(Watching) {
		return []tab{tabVerdict, tabLayers}
	}
	return []tab{tabVerdict, tabLayers, tabWatch}
}

// drawTabs draws the rule between the map and the panel, with the tabs in it.
func (m *Model) drawTabs(c *canvas) {
	r := m.layout.tabs
	c.fill(r.x, r.y, r.w, "─", muted)
	x := r.x + 1
	for _, t := range m.tabs() {
		look, name := muted, m.speak.Say("tui.tab."+tabNames[t])
		if t == m.tab {
			look = accent | bold
			name = "[" + name + "]"
		}
		from := x
		x = c.put(x, r.y, r.w, " "+name+" ", look) + 1
		m.spots = append(m.spots, spot{rect{from, r.y, x - 1 - from, 1}, int(t), true})
	}
	if m.layout.side.w > 0 && m.tab != tabLayers && m.shown != nil {
		c.put(m.layout.side.x-1, r.y, r.w, " "+m.speak.Say("ui.layers")+" ", muted)
	}
}

// drawLines draws lines from the scroll position on, with a bar at the right
// where there are more.
func (m *Model) drawLines(c *canvas, r rect, lines []line) {
	m.scroll = max(min(m.scroll, len(lines)-r.h), 0)
	for i := range min(r.h, len(lines)-m.scroll) {
		m.drawLine(c, r.x, r.y+i, r.x+r.w-1, lines[m.scroll+i])
	}
	bar(c, r, m.scroll, len(lines))
}

func (m *Model) drawLine(c *canvas, x, y, end int, l line) {
	for _, s := range l {
		x = c.put(x, y, end, s.text, s.style)
	}
}

// bar shows at the right edge which part of a list is seen.
func bar(c *canvas, r rect, top, all int) {
	if all <= r.h || r.h < 1 {
		return
	}
	x := r.x + r.w - 1
	size := max(r.h*r.h/all, 1)
	at := 0
	if all > r.h {
		at = (r.h - size) * top / (all - r.h)
	}
	for i := range r.h {
		glyph, look := "│", muted
		if i >= at && i < at+size {
			glyph, look = "┃", accent
		}
		c.set(x, r.y+i, m1(c, glyph), look)
	}
}

// spinner turns while a run lasts.
var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// drawStatus tells how far the run is, or what was done last. Every part of it
// has its fixed place; only a notice may take the line of the keys too, until
// the next one is pressed. It gives how many lines it took.
func (m *Model) drawStatus(c *canvas) (rows int) {
	r := m.layout.status
	switch {
	case m.notice.text != "":
		look, mark := good, "✓ "
		if m.notice.bad {
			look, mark = limited, "! "
		}
		c.put(r.x+1, r.y, r.w-1, mark, look|bold)
		lines := m.wrap(m.notice.text, r.w-4)
		if len(lines) > 2 {
			lines[1], lines = lines[1]+" "+lines[2], lines[:2] // put cuts it
		}
		for i, part := range lines {
			c.put(r.x+3, r.y+i, r.w-1, part, plain)
		}
		return len(lines)
	case m.run.on:
		m.drawProgress(c, r)
	case m.shown != nil:
		parts := m.summary(*m.shown)
		if m.watch.on && !m.watch.next.IsZero() {
			left := max(m.watch.next.Sub(m.deps.Now()), 0).Round(time.Second)
			parts = append([]string{m.speak.Say("tui.next-run", words.Args{"seconds": int(left.Seconds())})}, parts...)
		}
		c.put(r.x+1, r.y, r.w-1, joinFitting(parts, r.w-2, false), muted)
	}
	return 1
}

// drawProgress: spinner, bar, count, time, and what has been tried for longest.
func (m *Model) drawProgress(c *canvas, r rect) {
	const barWidth = 12
	p := &m.run
	x := r.x + 1
	c.set(x, r.y, m1(c, spinner[p.frame%len(spinner)]), accent|bold)
	x += 2
	total := max(p.total, p.done+len(p.whys))
	full := 0
	if total > 0 {
		full = barWidth * p.done / total
	}
	c.fill(x, r.y, full, "█", accent)
	c.fill(x+full, r.y, barWidth-full, "░", muted)
	x += barWidth + 1
	c.put(x, r.y, r.w, fmt.Sprintf("%3d/%-3d%s", p.done, total, seconds(p.elapsed)), plain)
	x += 16
	says := m.speak.Say("tui.looking")
	if p.stopping {
		says = m.speak.Say("tui.stopping")
	} else if s := oldest(p.steps); s != "" {
		says = s
		if n := len(p.whys) - 1; n > 0 {
			says = m.speak.Say("tui.and-more", words.Args{"what": s, "more": n})
		}
	}
	c.put(x, r.y, r.w-1, says, muted)
}

func oldest(list []step) string {
	for _, s := range list {
		if s.n > 0 {
			return s.why
		}
	}
	return ""
}

// drawKeys shows help and quit at the right, and from the left as many of the
// others as there is room for, the most wanted first.
func (m *Model) drawKeys(c *canvas) {
	r := m.layout.keys
	list := m.actions(m.screen, m.report != nil)
	draw := func(x int, a action) int {
		h := a.Help()
		x = c.put(x, r.y, r.w, h.Key, accent|bold) + 1
		return c.put(x, r.y, r.w, h.Desc, muted) + 2
	}
	end := r.w - 1
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].last {
			end -= width(list[i])
			draw(end, list[i])
			end -= 2
		}
	}
	x := r.x + 1
	for _, a := range list {
		if a.last {
			continue
		}
		if x+width(a) > end {
			return
		}
		x = draw(x, a)
	}
}

func width(a action) int { return ansi.StringWidth(a.Help().Key) + 1 + ansi.StringWidth(a.Help().Desc) }

// visible is how many rows the user sees of what scrolls.
func (m *Model) visible() int {
	if m.screen == screenMap {
		return m.layout.panel.h
	}
	return m.layout.page.h
}

// move scrolls, or moves the cursor of a list.
func (m *Model) move(by int) {
	switch m.screen {
	case screenStart:
		m.start.cursor = min(max(m.start.cursor+by, 0), max(len(m.start.rows)-1, 0))
	case screenSymptoms:
		m.symptom = min(max(m.symptom+by, 0), len(m.deps.Symptoms))
	case screenEvidence:
		m.rows.cursor = min(max(m.rows.cursor+by, 0), max(len(m.rows.rows)-1, 0))
	default:
		m.scroll = max(m.scroll+by, 0) // drawing knows the end
	}
}
