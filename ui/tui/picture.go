package tui

import (
	"slices"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// frame is what a box's border is made of.
type frame struct{ topLeft, top, topRight, side, bottomLeft, bottomRight, in, out string }

// frames tell the states apart by their lines too.
var (
	calmFrame   = frame{"╭", "─", "╮", "│", "╰", "╯", "┤", "├"}
	heavyFrame  = frame{"┏", "━", "┓", "┃", "┗", "┛", "┫", "┣"}
	dashedFrame = frame{"╭", "╌", "╮", "┆", "╰", "╯", "┆", "┆"}
)

func frameOf(st chart.State) frame {
	switch st {
	case chart.StateFault:
		return heavyFrame
	case chart.StateUnseen:
		return dashedFrame
	}
	return calmFrame
}

// drawMap draws the map with boxes.
func (m *Model) drawMap(c *canvas, b chart.Board, f *chart.Facts) {
	s, l := m.scheme, &m.layout
	for i := range s.Nodes {
		m.drawBox(c, b, f, i)
	}
	for i, k := range s.Links {
		m.drawLink(c, b.Links[i], k)
	}
	if m.near(f) > 0 && len(s.Links) > 0 && l.boxes[0].y == l.picture.y {
		from, to := l.boxes[s.Links[0].From], l.boxes[s.Links[0].To]
		rtt := labels.Milliseconds(m.near(f))
		if gap := to.x - from.x - from.w; len(rtt)+2 <= gap {
			c.put(from.x+from.w+(gap-len(rtt))/2, from.y, to.x, rtt, muted)
		}
	}
	for i := range s.Spokes {
		m.drawSpoke(c, b, f, i)
	}
	m.drawForks(c, b)
	m.drawHops(c, b, f)
	if s.Legend > 0 && slices.Contains(b.Nodes, chart.StateUnseen) {
		c.put(l.boxes[0].x+1, l.picture.y+s.Legend, l.spokeX-1, m.stateWords(chart.StateUnseen), muted)
	}
}

// near is the round trip to the first hop.
func (m *Model) near(f *chart.Facts) float64 {
	if m.scheme == &chart.InsideScheme {
		return 0 // its first link is another one
	}
	return f.Near
}

// drawBox draws one box: its mark and title, a detail, and what the verdict
// says of it in the lower border.
func (m *Model) drawBox(c *canvas, b chart.Board, f *chart.Facts, i int) {
	n, r, st := m.scheme.Nodes[i], m.layout.boxes[i], b.Nodes[i]
	look := drawn[st]
	if st == chart.StateFault {
		look |= bold
	}
	border(c, r, frameOf(st), look)
	title := m.boxName(n)
	if whole := m.boxTitle(n); ansi.StringWidth(whole)+5 <= r.w {
		title = whole
	}
	titleStyle := plain
	if st == chart.StateUnseen || st == chart.StateUntested || st == chart.StateWaiting {
		titleStyle = muted
	}
	if st == chart.StateFault || st == chart.StateSuspect {
		titleStyle = look
	}
	if i == m.selected {
		titleStyle |= reverse
	}
	inner := r.x + r.w - 1
	if st == chart.StateUnseen {
		c.put(r.x+(r.w-ansi.StringWidth(title))/2, r.y+1, inner, title, titleStyle)
	} else {
		at := r.x + 2
		if at+2+ansi.StringWidth(title) > inner {
			at--
		}
		c.put(at, r.y+1, inner, st.Mark(), look)
		c.put(at+2, r.y+1, inner, title, titleStyle)
	}
	if n.Protocols && m.shown != nil {
		m.drawProtocols(c, r)
	}
	if n.Detail != nil && r.h > 3 && !m.hideDetails() {
		if d := n.Detail(f); d != "" && len(d) <= r.w-2 {
			at := r.x + 4 // under the title, else under the mark, else where it fits
			if at+len(d) > inner-1 {
				at = r.x + 2
			}
			c.put(min(at, inner-len(d)), r.y+2, inner, d, muted)
		}
	}
	if b.Captions[i] != "" {
		says := m.speak.Say("tui.caption." + b.Captions[i])
		if ansi.StringWidth(says)+4 <= r.w {
			says = " " + says + " "
		} else if ansi.StringWidth(says)+2 > r.w {
			says = m.speak.Say("tui.caption-short." + b.Captions[i])
		}
		c.put(r.x+max((r.w-ansi.StringWidth(says))/2, 1), r.y+r.h-1, inner, says, look|bold)
	}
}

// boxTitle and boxName are what a box of the map is called, in full and in at most nine
// columns.
func (m *Model) boxTitle(n chart.Node) string {
	return m.speak.Say("tui.box." + m.scheme.Name + "." + n.ID + ".title")
}
func (m *Model) boxName(n chart.Node) string {
	return m.speak.Say("tui.box." + m.scheme.Name + "." + n.ID + ".name")
}

// spokeLabel is what a way to a port is called, in at most eight columns: a port is the
// same in every language.
func (m *Model) spokeLabel(p chart.Spoke) string {
	if id := "tui.spoke." + p.Label; m.speak.Has(id) {
		return m.speak.Say(id)
	}
	return p.Label
}

// word is a word of the map, which has room for six columns.
func (m *Model) word(name string) string {
	if name == "" {
		return ""
	}
	return m.speak.Say("tui.word." + name)
}

// drawProtocols tells in the streaming gateway's box which protocols work.
func (m *Model) drawProtocols(c *canvas, r rect) {
	y := r.y + 3
	for _, p := range m.speak.Protocols(*m.shown) {
		st := chart.OfProtocol[p.State]
		x := c.put(r.x+4, y, r.x+r.w-1, padRight(p.Name, 6), muted)
		c.put(x, y, r.x+r.w-1, st.Mark(), drawn[st]|boldIf(st == chart.StateFault))
		y++
	}
}

func border(c *canvas, r rect, f frame, look style) {
	c.set(r.x, r.y, m1(c, f.topLeft), look)
	c.fill(r.x+1, r.y, r.w-2, f.top, look)
	c.set(r.x+r.w-1, r.y, m1(c, f.topRight), look)
	for y := r.y + 1; y < r.y+r.h-1; y++ {
		c.set(r.x, y, m1(c, f.side), look)
		c.set(r.x+r.w-1, y, m1(c, f.side), look)
	}
	c.set(r.x, r.y+r.h-1, m1(c, f.bottomLeft), look)
	c.fill(r.x+1, r.y+r.h-1, r.w-2, f.top, look)
	c.set(r.x+r.w-1, r.y+r.h-1, m1(c, f.bottomRight), look)
}

// m1 gives one drawing character as this canvas can show it.
func m1(c *canvas, s string) string {
	if c.unicode {
		return s
	}
	return asciiOf(s)
}

// drawLink draws the line between two boxes, with its mark in the middle.
func (m *Model) drawLink(c *canvas, st chart.State, k chart.Link) {
	from, to := m.layout.boxes[k.From], m.layout.boxes[k.To]
	y := from.y + 1
	x, n := from.x+from.w, to.x-from.x-from.w
	if n <= 0 {
		return
	}
	line := "─"
	if st == chart.StateUnseen {
		line = "╌"
	}
	look := drawn[st]
	c.fill(x, y, n, line, look)
	if st == chart.StateUnseen || n < 3 {
		return
	}
	if st == chart.StateFault {
		c.fill(x+n/2-1, y, 3, " ", look) // a gap: nothing passes
		look |= bold
	}
	c.put(x+n/2, y, x+n, st.Mark(), look)
}

// drawSpoke draws one port's way: its name, its state, and the round trip or
// what came instead.
func (m *Model) drawSpoke(c *canvas, b chart.Board, f *chart.Facts, i int) {
	p, l := m.scheme.Spokes[i], &m.layout
	st, look := b.Spokes[i], drawn[b.Spokes[i]]
	y, end := l.picture.y+p.Y, l.spokeX+l.spokeWidth
	name := plain
	if st == chart.StateUntested || st == chart.StateWaiting {
		name = muted
	}
	if st == chart.StateFault {
		look |= bold
	}
	x := c.put(l.spokeX, y, end, "─ ", look&^bold)
	c.put(x, y, end, m.spokeLabel(p), name)
	x += 9
	x = c.put(x, y, end, st.Mark(), look) + 1
	word := m.word(b.Words[i])
	if word == "" && f.Spokes[i].RTT > 0 && st != chart.StateUntested {
		word = labels.Milliseconds(f.Spokes[i].RTT)
		look = muted
	}
	if word != "" {
		x = c.put(x, y, end, word, look&^bold) + 1
	}
	if n := end - x; n > 0 && st != chart.StateFault {
		c.fill(x, y, n, "─", drawn[st])
	}
}

// drawForks draws the upright line from which spokes leave.
func (m *Model) drawForks(c *canvas, b chart.Board) {
	s, l := m.scheme, &m.layout
	x := l.spokeX - 1
	for from := range s.Nodes {
		first, last, best := -1, -1, chart.StateUnseen
		for i, p := range s.Spokes {
			if p.From != from {
				continue
			}
			if first < 0 {
				first = p.Y
			}
			last = p.Y
			if st := b.Spokes[i]; st == chart.StateOK || st == chart.StateLimited || best == chart.StateUnseen {
				best = st
			}
		}
		if first < 0 {
			continue
		}
		look := drawn[best]
		box := l.boxes[from]
		c.fill(box.x+box.w, l.picture.y+first, x-box.x-box.w, "─", look)
		for y := first; y <= last; y++ {
			glyph := "│"
			here := slices.ContainsFunc(s.Spokes, func(p chart.Spoke) bool { return p.From == from && p.Y == y })
			switch {
			case first == last:
				glyph = "─"
			case y == first:
				glyph = "┬"
			case y == last:
				glyph = "└"
			case here:
				glyph = "├"
			}
			c.set(x, l.picture.y+y, m1(c, glyph), look)
		}
	}
}

// drawHops folds the sweeps into two lines: the routers that answered on a port
// that stopped, and on the control that went on.
func (m *Model) drawHops(c *canvas, b chart.Board, f *chart.Facts) {
	if m.hideDetails() {
		return
	}
	y := m.layout.picture.y + m.scheme.Hops
	for _, line := range chart.HopLines(f.Sweeps) {
		x := c.put(m.layout.boxes[0].x+1, y, m.layout.spokeX-2, line.Label+" ", muted)
		x = c.put(x, y, m.layout.spokeX-2, fitHops(line, m.layout.spokeX-2-x), plain)
		if st := b.EndOf(m.scheme, line); st != chart.StateOK {
			c.put(x+1, y, m.layout.spokeX-2, st.Mark(), drawn[st]|bold)
		}
		y++
	}
}

// fitHops gives as many of the last hops as n columns hold.
func fitHops(l chart.HopLine, n int) string {
	n -= 2 // for the end's mark
	out := ""
	for i := len(l.Hops) - 1; i >= 0; i-- {
		more := l.Hops[i]
		if out != "" {
			more += " ─ " + out
		}
		lead := 0
		if i > 0 {
			lead = 4
		}
		if ansi.StringWidth(more)+lead > n && out != "" {
			return "… ─ " + out
		}
		out = more
	}
	return out
}
