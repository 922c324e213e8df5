package tui

import (
	"strings"

	"wsdoctor/ui/labels"
)

// compactHeight is how many lines the map without boxes has.
func compactHeight(s *scheme) int {
	n := len(s.lanes)
	for _, x := range s.nodes {
		if x.lane == right {
			n++
		}
	}
	return n
}

// drawCompact draws the map for a screen without room for boxes: a line for
// each lane, and under its last box a line for each box that spokes lead to.
func (m *Model) drawCompact(c *canvas, b board, f *facts) {
	s, y := m.scheme, m.layout.picture.y
	drawn := make([]bool, len(s.nodes))
	for lane, in := range s.lanes {
		if in.widths != nil {
			continue // it hangs below what the others lead to
		}
		m.compactLane(c, b, y, lane, 0, " ── ")
		y++
		for i, n := range s.nodes {
			if n.lane != right || drawn[i] || !m.leads(lane, i) {
				continue
			}
			drawn[i] = true
			last := true
			for j := i + 1; j < len(s.nodes); j++ {
				last = last && (s.nodes[j].lane != right || !m.leads(lane, j))
			}
			m.compactEnd(c, b, f, y, i, last)
			y++
		}
	}
	for lane, in := range s.lanes {
		if in.widths != nil {
			m.compactLane(c, b, y, lane, 3, " ┆")
			y++
		}
	}
}

// leads says whether a spoke goes from a lane to a box at the right.
func (m *Model) leads(lane, to int) bool {
	for _, p := range m.scheme.spokes {
		if p.to == to && m.scheme.nodes[p.from].lane == lane {
			return true
		}
	}
	return false
}

// compactLane writes the boxes of a lane, nearest to the user first.
func (m *Model) compactLane(c *canvas, b board, y, lane, x int, between string) {
	s := m.scheme
	wide := s.lanes[lane].widths != nil
	if wide {
		x = c.put(x, y, c.w, strings.TrimLeft(between, " "), muted)
	}
	first := true
	for i := range s.nodes {
		if s.nodes[i].lane != lane {
			continue
		}
		if !first {
			x = c.put(x, y, c.w, between, muted)
		}
		first = false
		x = m.compactNode(c, b, y, x, i, wide)
	}
}

// compactNode writes one box as its mark and its name.
func (m *Model) compactNode(c *canvas, b board, y, x, i int, tight bool) int {
	st := b.nodes[i]
	look := drawn[st].look
	from := x
	x = c.put(x, y, c.w, drawn[st].mark, look|boldIf(st == stateFault))
	if !tight { // there the mark takes the place of the space, so that the lane always fits
		x++
	}
	name := plain
	switch {
	case st == stateFault:
		name = look | bold
	case st == stateSuspect:
		name = look
	case st <= stateWaiting:
		name = muted
	}
	if i == m.selected {
		name |= reverse
	}
	x = c.put(x, y, c.w, m.boxName(m.scheme.nodes[i]), name)
	m.spots = append(m.spots, spot{rect{from, y, x - from, 1}, i, false})
	return x
}

// compactEnd writes a box at the right with its spokes.
func (m *Model) compactEnd(c *canvas, b board, f *facts, y, i int, last bool) {
	branch := "├ "
	if last {
		branch = "└ "
	}
	x := c.put(1, y, c.w, branch, muted)
	x = m.compactNode(c, b, y, x, i, false)
	x = max(x+1, 16)
	group := ""
	for k, p := range m.scheme.spokes {
		if p.to != i {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSuffix(m.spokeLabel(p), " tcp"), " udp")
		if name != group {
			x = c.put(x, y, c.w, name, muted) + 1
			group = name
		} else {
			x-- // its mark beside the other transport's
		}
		st := b.spokes[k]
		x = c.put(x, y, c.w, drawn[st].mark, drawn[st].look|boldIf(st == stateFault)) + 1
		if m.spokeLabel(p) == name || p.label == "443 tcp" {
			word := m.word(b.words[k])
			if word == "" && f.spokes[k].rtt > 0 {
				word = labels.Milliseconds(f.spokes[k].rtt)
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
