package html

import (
	"strings"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
	"wsdoctor/ui/labels"
)

// Sizes of the map, in units of its own. A scheme counts in rows, as a terminal does.
const (
	wayWidth  = 920
	row       = 32
	rows      = 11 // of every scheme
	boxWidth  = 164
	boxGap    = 36
	farWidth  = 196
	forkAt    = 3*boxWidth + 2*boxGap + 14 // where ways to ports begin
	farAt     = wayWidth - farWidth
	slotGap   = 28  // between the boxes of a lane with widths of its own
	laneWidth = 690 // of such a lane
	inset     = 4   // of a box within its rows
	letter    = 7   // an ordinary letter is about as wide
)

// rect is a place on the map.
type rect struct{ x, y, w, h int }

// way draws the map of a report.
func (p *page) way(r report.Report) {
	s := chart.SchemeFor(r.Run.Vantage)
	f := chart.FoldFacts(s, r.Observations)
	d := wayDrawing{page: p, scheme: s, facts: f, board: chart.NewBoard(s, f, &r, r.Target.Protocol), boxes: places(s)}
	d.open("figure")
	d.drawing(wayWidth, rows*row, d.inWords())
	for i, k := range s.Links {
		d.link(d.board.Links[i], d.boxes[k.From], d.boxes[k.To])
	}
	d.forks()
	for i := range s.Spokes {
		d.spoke(i)
	}
	for i := range s.Nodes {
		d.box(i, r)
	}
	d.hops()
	if s.Legend > 0 && d.holds(chart.StateUnseen) {
		d.text(inset, s.Legend*row+row/2, d.speak.Say("tui.state.unseen"), "small")
	}
	d.close("svg")
	d.close("figure")
}

// wayDrawing is a map under construction.
type wayDrawing struct {
	*page
	scheme *chart.Scheme
	facts  *chart.Facts
	board  chart.Board
	boxes  []rect
}

// places are those of a scheme's boxes.
func places(s *chart.Scheme) []rect {
	list := make([]rect, len(s.Nodes))
	for i, n := range s.Nodes {
		if n.Lane == chart.Right {
			list[i] = rect{farAt, n.Y*row + inset, farWidth, n.H*row - 2*inset}
			continue
		}
		lane := s.Lanes[n.Lane]
		r := rect{n.Slot * (boxWidth + boxGap), lane.Y*row + inset, boxWidth, lane.H*row - 2*inset}
		if lane.Widths != nil {
			all, before := 0, 0
			for slot, w := range lane.Widths {
				all += w
				if slot < n.Slot {
					before += w
				}
			}
			room := laneWidth - (lane.Slots-1)*slotGap
			r.x, r.w = before*room/all+n.Slot*slotGap, lane.Widths[n.Slot]*room/all
		}
		list[i] = r
	}
	return list
}

// called is what a box is called, in so many units at most.
func (d wayDrawing) called(n chart.Node, room int) string {
	id := "tui.box." + d.scheme.Name + "." + n.ID
	if whole := d.speak.Say(id + ".title"); width(whole) <= room {
		return whole
	}
	return d.speak.Say(id + ".name")
}

// inWords is the map for those who do not see it.
func (d wayDrawing) inWords() string {
	var boxes []string
	for i, n := range d.scheme.Nodes {
		state := d.stateWords(d.board.Nodes[i])
		boxes = append(boxes, d.speak.Say("html.box", words.Args{"box": d.called(n, wayWidth), "state": state}))
	}
	title := words.Say("tui.title." + d.scheme.Name)
	return d.speak.Say("html.map", words.Args{"title": title, "boxes": d.speak.Listed(boxes)})
}

func (p *page) stateWords(s chart.State) string { return p.speak.Say("tui.state." + s.Called()) }

func (d wayDrawing) holds(s chart.State) bool {
	for _, has := range d.board.Nodes {
		if has == s {
			return true
		}
	}
	return false
}

// box draws one: its mark and title, an address, what works of the protocols, and what
// the verdict says of it.
func (d wayDrawing) box(i int, r report.Report) {
	n, at, st := d.scheme.Nodes[i], d.boxes[i], d.board.Nodes[i]
	d.frame(at, looks[st])
	x, y := at.x+10, at.y-inset+row+row/2
	if st == chart.StateUnseen {
		d.text(at.x+at.w/2, y, d.called(n, at.w), "name", "muted", "middle")
	} else {
		d.text(x, y, st.Mark(), "name", looks[st])
		d.text(x+16, y, d.called(n, at.w-30), "name")
	}
	if n.Detail != nil {
		if address := n.Detail(d.facts); len(address)*letter <= at.w-x+at.x-18 {
			d.text(x+16, y+20, address, "small")
		}
	}
	if n.Protocols {
		for k, line := range d.speak.Protocols(r) {
			st := chart.OfProtocol[line.State]
			d.text(x+16, y+(k+2)*row-row/2, line.Name, "label", "muted")
			d.text(x+76, y+(k+2)*row-row/2, st.Mark(), "label", looks[st])
		}
	}
	if says := d.board.Captions[i]; says != "" {
		d.text(at.x+at.w/2, at.y+at.h-10, d.speak.Say("tui.caption."+says), "caption", "middle", looks[st])
	}
}

// link draws the line between two boxes, with its mark in the middle.
func (p *page) link(st chart.State, from, to rect) {
	y := from.y - inset + row + row/2
	p.line(looks[st], from.x+from.w, y, to.x, y)
	if st == chart.StateUnseen {
		return
	}
	middle := (from.x + from.w + to.x) / 2
	p.tag("circle", []attribute{number("cx", middle), number("cy", y), number("r", 9)})
	p.close("circle")
	p.text(middle, y, st.Mark(), "label", "middle", looks[st])
}

// forks draws the lines from which the ways to ports leave.
func (d wayDrawing) forks() {
	for from, at := range d.boxes {
		first, last, best := -1, -1, chart.StateUnseen
		for i, s := range d.scheme.Spokes {
			if s.From != from {
				continue
			}
			if first < 0 {
				first = s.Y
			}
			last = s.Y
			if st := d.board.Spokes[i]; st == chart.StateOK || st == chart.StateLimited || best == chart.StateUnseen {
				best = st
			}
		}
		if first < 0 {
			continue
		}
		look := looks[best]
		if best == chart.StateFault {
			look = "muted" // that a port is shut is said on its own way
		}
		d.line(look, at.x+at.w, level(first), forkAt, level(first))
		if last > first {
			d.line(look, forkAt, level(first), forkAt, level(last))
		}
	}
}

// level is the height of a row's line.
func level(y int) int { return y*row + row/2 }

// spoke draws the way to one port: its name, its state, and the round trip or what came
// instead.
func (d wayDrawing) spoke(i int) {
	s, st := d.scheme.Spokes[i], d.board.Spokes[i]
	y := level(s.Y)
	d.line(looks[st], forkAt, y, d.boxes[s.To].x, y)
	label := s.Label
	if id := "tui.spoke." + label; d.speak.Has(id) {
		label = d.speak.Say(id)
	}
	d.text(forkAt+8, y-10, label, "label")
	says := ""
	switch rtt := d.facts.Spokes[i].RTT; {
	case d.board.Words[i] != "":
		says = d.speak.Say("tui.word." + d.board.Words[i])
	case rtt > 0 && st != chart.StateUntested:
		says = labels.Milliseconds(rtt)
	}
	d.text(d.boxes[s.To].x-8, y-10, labels.Joined(" ", st.Mark(), says), "label", "end", looks[st])
}

// mostHops is how many letters of a sweep's routers there is room for.
const mostHops = 78

// hops draws the routers that answered on a port that stopped, and on the one that went
// on.
func (d wayDrawing) hops() {
	for i, line := range chart.HopLines(d.facts.Sweeps) {
		hops := line.Hops
		for len(hops) > 1 && len(strings.Join(hops, " – ")) > mostHops {
			hops = append([]string{"…"}, hops[min(2, len(hops)-1):]...)
		}
		says := []string{line.Of.Target, strings.Join(hops, " – ")}
		if _, port, transport := probe.ParseTarget(line.Of.Target); port != 0 {
			says[0] = numbers(int(port)) + " " + string(transport)
		}
		st := d.board.EndOf(d.scheme, line)
		if st != chart.StateOK {
			says = append(says, st.Mark())
		}
		d.text(inset, level(d.scheme.Hops)+i*22, strings.Join(says, " "), "small")
	}
}
