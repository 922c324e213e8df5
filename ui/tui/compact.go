package tui

import (
	"slices"
	"strings"

	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// compactHeight is how many lines the map without boxes has.
func compactHeight(s *chart.Scheme) int {
	n := len(s.Lanes)
	for _, x := range s.Nodes {
		if x.Lane == chart.Right {
			n++
		}
	}
	return n
}

// drawCompact draws the map for a screen without room for boxes: a line for
// each lane, and under its last box a line for each box that spokes lead to.
func (m *Model) drawCompact(c *canvas, b chart.Board, f *chart.Facts) {
	s, y := m.scheme, m.layout.picture.y
	drawn := make([]bool, len(s.Nodes))
	for lane, in := range s.Lanes {
		if in.Widths != nil {
			continue // it hangs below what the others lead to
		}
		m.compactLane(c, b, y, lane, 0, " ── ")
		y++
		for i, n := range s.Nodes {
			if n.Lane != chart.Right || drawn[i] || !m.leads(lane, i) {
				continue
			}
			drawn[i] = true
			last := true
			for j := i + 1; j < len(s.Nodes); j++ {
				last = last && (s.Nodes[j].Lane != chart.Right || !m.leads(lane, j))
			}
			m.compactEnd(c, b, f, y, i, last)
			y++
		}
	}
	for i, n := range s.Nodes { // to which nothing leads
		if n.Lane == chart.Right && !drawn[i] {
			m.compactNode(c, b, y, 0, i, false)
			y++
		}
	}
	for lane, in := range s.Lanes {
		if in.Widths != nil {
			m.compactLane(c, b, y, lane, 3, " ┆")
			y++
		}
	}
}

// leads says whether a spoke or a link goes from a lane to a box at the right.
func (m *Model) leads(lane, to int) bool {
	s := m.scheme
	return slices.ContainsFunc(s.Spokes, func(p chart.Spoke) bool { return p.To == to && s.Nodes[p.From].Lane == lane }) ||
		slices.ContainsFunc(s.Links, func(l chart.Link) bool { return l.To == to && s.Nodes[l.From].Lane == lane })
}

// compactLane writes the boxes of a lane, nearest to the user first.
func (m *Model) compactLane(c *canvas, b chart.Board, y, lane, x int, between string) {
	s := m.scheme
	wide := s.Lanes[lane].Widths != nil
	if wide {
		x = c.put(x, y, c.w, strings.TrimLeft(between, " "), muted)
	}
	before := -1
	for i := range s.Nodes {
		if s.Nodes[i].Lane != lane {
			continue
		}
		if slices.ContainsFunc(s.Links, func(l chart.Link) bool {
			return l.From == before && l.To == i || l.From == i && l.To == before
		}) {
			x = c.put(x, y, c.w, between, muted)
		} else if before >= 0 {
			x += columns(between)
		}
		before = i
		x = m.compactNode(c, b, y, x, i, wide)
	}
}

// compactNode writes one box as its mark and its name.
func (m *Model) compactNode(c *canvas, b chart.Board, y, x, i int, tight bool) int {
	st := b.Nodes[i]
	look := drawn[st]
	from := x
	x = c.put(x, y, c.w, st.Mark(), look|boldIf(st == chart.StateFault))
	if !tight { // there the mark takes the place of the space, so that the lane always fits
		x++
	}
	name := plain
	switch {
	case st == chart.StateFault:
		name = look | bold
	case st == chart.StateSuspect:
		name = look
	case st <= chart.StateWaiting:
		name = muted
	}
	if i == m.selected {
		name |= reverse
	}
	x = c.put(x, y, c.w, m.boxName(m.scheme.Nodes[i]), name)
	m.spots = append(m.spots, spot{rect{from, y, x - from, 1}, i, false})
	return x
}

// compactEnd writes a box at the right with its spokes.
func (m *Model) compactEnd(c *canvas, b chart.Board, f *chart.Facts, y, i int, last bool) {
	branch := "├ "
	if last {
		branch = "└ "
	}
	x := c.put(1, y, c.w, branch, muted)
	x = m.compactNode(c, b, y, x, i, false)
	x = max(x+1, 16)
	group := ""
	for k, p := range m.scheme.Spokes {
		if p.To != i {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSuffix(m.spokeLabel(p), " tcp"), " udp")
		if name != group {
			x = c.put(x, y, c.w, name, muted) + 1
			group = name
		} else {
			x-- // its mark beside the other transport's
		}
		st := b.Spokes[k]
		x = c.put(x, y, c.w, st.Mark(), drawn[st]|boldIf(st == chart.StateFault)) + 1
		if m.spokeLabel(p) == name || p.Label == "443 tcp" {
			word := m.word(b.Words[k])
			if word == "" && f.Spokes[k].RTT > 0 {
				word = labels.Milliseconds(f.Spokes[k].RTT)
			}
			if word != "" {
				x = c.put(x, y, c.w, word, muted) + 1
			}
		}
	}
}

func boldIf(is bool) style {
	if is {
		return bold
	}
	return 0
}
