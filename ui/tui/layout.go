package tui

import "wsdoctor/ui/chart"

// The least screen, and the least that a picture with boxes needs.
const (
	leastWidth, leastHeight = 40, 15
	boxedWidth, boxedHeight = 80, 24
	// twoColumns is where the list of layers stands beside the verdict.
	twoColumns = 110
	mapHeight  = 11
)

// layout is the screen in rectangles, made once for every size.
type layout struct {
	small      bool // too small for anything
	boxed      bool // the map has boxes; otherwise it is a few lines
	title      rect
	picture    rect
	tabs       rect
	panel      rect // the verdict, or what the tab shows
	side       rect // the list of layers; empty on a narrow screen
	status     rect
	keys       rect
	page       rect // between the title and the status, for the other screens
	boxes      []rect
	spokeX     int // where spokes begin; the fork is one before
	spokeWidth int
}

// newLayout lays a screen of that size out for a map.
func newLayout(w, h int, s *chart.Scheme) layout {
	l := layout{small: w < leastWidth || h < leastHeight, boxed: w >= boxedWidth && h >= boxedHeight}
	l.title = rect{0, 0, w, 1}
	high := compactHeight(s)
	if l.boxed {
		high = mapHeight
	}
	y := 1
	if h >= 30 {
		y = 2 // room to breathe
	}
	l.picture = rect{0, y, w, high}
	y += high
	bottom := h - 2
	if h >= 30 {
		y++
		bottom--
	}
	l.tabs = rect{0, y, w, 1}
	y++
	l.status, l.keys = rect{0, h - 2, w, 1}, rect{0, h - 1, w, 1}
	l.panel = rect{0, y, w, bottom - y}
	l.page = rect{0, 2, w, h - 4}
	if h < 20 {
		l.page = rect{0, 1, w, h - 3}
	}
	if w >= twoColumns {
		l.side = rect{w - w*2/5, y, w * 2 / 5, bottom - y}
		l.panel.w = l.side.x - 2
	}
	if l.boxed {
		l.place(s)
	}
	return l
}

// place puts the boxes of a map. What is left of the width goes to boxes and
// links alike, until both are as wide as is pleasant.
func (l *layout) place(s *chart.Scheme) {
	const most = 53 // columns that the picture may grow by
	w := l.picture.w
	spare := min(w-boxedWidth, most+2)
	margin := min(2, spare/2)
	grow := func(by int) int { return by * max(spare-2*margin, 0) / most }
	box, gap, reach, far := 13+grow(8), 3+grow(7), 19+grow(7), 14+grow(8)
	left := margin + 3*box + 2*gap
	l.spokeX, l.spokeWidth = left+2, reach
	end := l.spokeX + reach // where the boxes at the right begin
	l.boxes = make([]rect, len(s.Nodes))
	for i, n := range s.Nodes {
		if n.Lane == chart.Right {
			l.boxes[i] = rect{end, l.picture.y + n.Y, far, n.H}
			continue
		}
		in := s.Lanes[n.Lane]
		if in.Widths == nil {
			l.boxes[i] = rect{margin + n.Slot*(box+gap), l.picture.y + in.Y, box, in.H}
			continue
		}
		all, before := 0, 0
		for slot, width := range in.Widths {
			all += width
			if slot < n.Slot {
				before += width
			}
		}
		step := (end - margin - all) / in.Slots
		l.boxes[i] = rect{margin + before + n.Slot*step, l.picture.y + in.Y, in.Widths[n.Slot], in.H}
	}
}
