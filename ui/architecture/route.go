package architecture

import (
	"container/heap"
	"slices"
)

// routed finds the way of a link around what is in the picture: in the gaps between boxes
// and at the picture's sides, with few turns and crossings, through no box but frames around
// its ends, over no text, and along no edge or other line.
func (l *layout) routed(k Link, from, to *placed, drawn []path) (path, bool) {
	r := router{layout: l, from: from, to: to, known: map[rect]int{}}
	for _, p := range drawn {
		r.lines = append(r.lines, p.legs()...)
	}
	for _, b := range l.boxes {
		for i, line := range b.lines {
			r.texts = append(r.texts, rect{
				b.x + l.pad, b.y + l.head + i*l.line, l.width(line.text, line.look) + l.marked, l.line,
			})
		}
	}
	starts, ends := r.doors(from), r.doors(to)
	if k.To == atEndpoint { // from the user's side, so that the way on is another one
		ends = slices.DeleteFunc(ends, func(d door) bool { return d.way != left })
	}
	r.grid(slices.Concat(starts, ends))
	return r.search(k, starts, ends)
}

// router looks for one way.
type router struct {
	*layout
	from, to *placed
	lines    []rect // that are drawn
	texts    []rect
	xs, ys   []int
	known    map[rect]int // what a step costs, of those that were asked for
}

// door is a place where a line may leave a box, or come in.
type door struct {
	at, out spot // at its edge, and a step away from it
	way     spot // outward
}

// doors are three at each side of a box, above and below with a step more where the place
// beside it is the edge of the frame around it.
func (r *router) doors(b *placed) (list []door) {
	add := func(x, y int, way spot, more int) {
		off := spot{way.x * (r.near.x - r.beside + more), way.y * (r.near.y - r.beside + more)}
		list = append(list, door{spot{x, y}, spot{x + off.x, y + off.y}, way})
	}
	for part := 1; part <= 3; part++ {
		x, y := b.x+1+(b.w-2)*part/4, b.y+1+(b.h-2)*part/4 // not at a corner
		add(b.x-r.beside, y, left, 0)
		add(b.right(), y, right, 0)
		for more := 0; more <= r.beside; more++ {
			add(x, b.y-r.beside, above, more)
			add(x, b.bottom(), below, more)
		}
	}
	return list
}

// grid are the lines on which a way may go: in the middle of gaps, close to boxes, at the
// sides, and where the doors are.
func (r *router) grid(doors []door) {
	r.xs = []int{0, r.w - 1}
	for _, b := range r.boxes {
		for _, g := range []spot{r.near, {r.gapX / 2, r.gapY / 2}} {
			r.xs = append(r.xs, b.x-g.x, b.right()+g.x-r.beside)
			r.ys = append(r.ys, b.y-g.y, b.bottom()+g.y-r.beside)
		}
	}
	for _, d := range doors {
		r.xs, r.ys = append(r.xs, d.out.x), append(r.ys, d.out.y)
	}
	within := func(list []int, most int) []int {
		list = slices.DeleteFunc(list, func(n int) bool { return n < 0 || n >= most })
		slices.Sort(list)
		return slices.Compact(list)
	}
	r.xs, r.ys = within(r.xs, r.w), within(r.ys, r.h)
}

// node is a place on the way, with where the way goes there.
type node struct {
	at, way spot
}

// step is a node that was come to.
type step struct {
	node
	cost int
}

type steps []step

func (s steps) Len() int           { return len(s) }
func (s steps) Less(i, j int) bool { return s[i].cost < s[j].cost }
func (s steps) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *steps) Push(x any)        { *s = append(*s, x.(step)) }
func (s *steps) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// search finds the cheapest way (Dijkstra's).
func (r *router) search(k Link, starts, ends []door) (path, bool) {
	turn := 2 * r.line
	var open steps
	cost, before := map[node]int{}, map[node]node{}
	reach := func(n, from node, c int) {
		if have, is := cost[n]; is && have <= c {
			return
		}
		cost[n], before[n] = c, from
		heap.Push(&open, step{n, c})
	}
	for _, d := range starts {
		if c, free := r.stub(d); free {
			reach(node{d.out, d.way}, node{d.at, spot{}}, c)
		}
	}
	for open.Len() > 0 {
		s := heap.Pop(&open).(step)
		if s.cost > cost[s.node] {
			continue
		}
		for _, d := range ends {
			if d.out != s.at || s.way != (spot{-d.way.x, -d.way.y}) {
				continue
			}
			if _, free := r.stub(d); free {
				return r.trace(k, s.node, before, d), true
			}
		}
		for _, way := range []spot{right, left, below, above} {
			if way == (spot{-s.way.x, -s.way.y}) {
				continue
			}
			next, is := r.next(s.at, way)
			if !is {
				continue
			}
			c, free := r.cost(s.at, next)
			if !free {
				continue
			}
			if way != s.way {
				c += turn
			}
			reach(node{next, way}, s.node, s.cost+c)
		}
	}
	return path{}, false
}

// trace gives the way to a node and through a door, its turns alone.
func (r *router) trace(k Link, last node, before map[node]node, d door) path {
	spots := []spot{d.at}
	for n := last; ; n = before[n] {
		spots = append(spots, n.at)
		if n.way == (spot{}) {
			break
		}
	}
	slices.Reverse(spots)
	p := path{Link: k, dx: -d.way.x, dy: -d.way.y}
	for i, at := range spots {
		if n := len(p.spots); n > 0 && p.spots[n-1] == at {
			continue
		}
		if n := len(p.spots); i > 1 && n > 1 && straightOn(p.spots[n-2], p.spots[n-1], at) {
			p.spots[n-1] = at
			continue
		}
		p.spots = append(p.spots, at)
	}
	if len(p.spots) == 1 {
		p.spots = append(p.spots, p.spots[0])
	}
	return p
}

func straightOn(a, b, c spot) bool { return a.x == b.x && b.x == c.x || a.y == b.y && b.y == c.y }

// next is the next place of the grid.
func (r *router) next(at, way spot) (spot, bool) {
	move := func(list []int, from, by int) (int, bool) {
		i, is := slices.BinarySearch(list, from)
		if i += by; !is || i < 0 || i >= len(list) {
			return 0, false
		}
		return list[i], true
	}
	x, y, is := at.x, at.y, false
	if way.x != 0 {
		x, is = move(r.xs, at.x, way.x)
	} else {
		y, is = move(r.ys, at.y, way.y)
	}
	return spot{x, y}, is
}

// stub says whether the step between a box's edge and the grid is free.
func (r *router) stub(d door) (cost int, free bool) {
	if !slices.Contains(r.xs, d.out.x) || !slices.Contains(r.ys, d.out.y) {
		return 0, false
	}
	off := 1 - r.beside // a line on paper begins on the edge itself
	return r.cost(spot{d.at.x + d.way.x*off, d.at.y + d.way.y*off}, d.out)
}

// dear is what a crossing costs, in lines' heights.
const dear = 6

// cost is that of a step, if it is free.
func (r *router) cost(a, b spot) (int, bool) {
	way := between(a, b)
	cost, known := r.known[way]
	if !known {
		cost = r.priced(way)
		r.known[way] = cost
	}
	return cost, cost >= 0
}

// priced is the cost of a straight part; -1: something is in the way.
func (r *router) priced(way rect) int {
	wide := rect{way.x - r.room.x, way.y - r.room.y, way.w + 2*r.room.x, way.h + 2*r.room.y}
	for _, b := range r.boxes {
		if !b.meets(wide) {
			continue
		}
		frame := b.inner != nil && (b.holds(r.from.rect) || b.holds(r.to.rect)) && b != r.from && b != r.to
		if !frame && (b == r.from || b == r.to) && !b.meets(way) {
			continue
		}
		if !frame || along(b.rect, way, wide, r.beside) {
			return -1
		}
	}
	if slices.ContainsFunc(r.texts, wide.meets) {
		return -1
	}
	cost := way.w + way.h - 2
	for _, line := range r.lines {
		switch {
		case !line.meets(wide):
		case (line.w > line.h) == (way.w > way.h), way.w == way.h, line.w == line.h:
			return -1
		default:
			cost += dear * r.line
		}
	}
	return cost
}

// along says whether a part of a way goes on an edge of a frame, and not over it.
func along(frame, way, wide rect, beside int) bool {
	down, across := way.h > 1, way.w > 1
	for _, x := range []int{frame.x, frame.right() - beside} {
		if wide.x <= x && x < wide.right() && !across {
			return true
		}
	}
	for _, y := range []int{frame.y, frame.bottom() - beside} {
		if wide.y <= y && y < wide.bottom() && !down {
			return true
		}
	}
	return false
}
