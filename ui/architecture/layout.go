package architecture

import (
	"slices"

	"wsdoctor/internal/words"
	"wsdoctor/ui/labels"
)

// measure is how a medium counts: units of an SVG, or cells of a terminal.
type measure struct {
	pad, head   int // between a box's edge and what is in it: at the sides, and above
	gapX, gapY  int // between boxes
	line        int // height of one
	least       int // width of a box that holds an identifier
	small       int // of one that does not
	reserve     int // at the right of a frame's texts, for the lines that go down
	narrow      bool
	width       func(text string, look lineLook) int
	marked      int // width of a mark and its space
	afterHeader int // between a frame's texts and its boxes
	beside      int // from a box's edge to the line that ends at it
	lane        int // at both sides of the picture, for a way around all that is in it
	// near is from a box to a line that passes it, at least room.
	near, room spot
}

// lineLook is how a line of a box is shown.
type lineLook int

const (
	titleLine lineLook = iota
	nameLine
	factLine
	whyLine
	codeLine
)

// line is one of a box.
type line struct {
	text string
	look lineLook
	cut  bool // its end is left out
}

// rect is a place in the picture.
type rect struct{ x, y, w, h int }

func (r rect) right() int  { return r.x + r.w }
func (r rect) bottom() int { return r.y + r.h }

func (r rect) holds(o rect) bool {
	return r.x <= o.x && r.y <= o.y && o.right() <= r.right() && o.bottom() <= r.bottom()
}

func (r rect) meets(o rect) bool {
	return r.x < o.right() && o.x < r.right() && r.y < o.bottom() && o.y < r.bottom()
}

// placed is a box with its place and its lines.
type placed struct {
	*Box
	rect
	lines []line
	inner []*placed
}

// layout is a picture whose boxes have places.
type layout struct {
	measure
	speak labels.In
	clean func(string) string
	boxes []*placed // without columns; those outside before those within
	w, h  int
}

// lay gives every box of a picture its place in a width.
func lay(d Drawing, in labels.In, m measure, clean func(string) string, width int) *layout {
	l := &layout{measure: m, speak: in, clean: clean, w: width}
	lane := 0
	if slices.ContainsFunc(d.Links, func(k Link) bool { return k.Kind == Private }) {
		lane = l.lane
	}
	var tops []*placed
	tops, l.h = l.rows(d.Rows, lane, 0, width-2*lane)
	var collect func([]*placed)
	collect = func(list []*placed) {
		for _, p := range list {
			if !p.column {
				l.boxes = append(l.boxes, p)
			}
			collect(p.inner)
		}
	}
	collect(tops)
	return l
}

// rows lays rows one below the other and gives the height of all.
func (l *layout) rows(rows [][]*Box, x, y, width int) (list []*placed, height int) {
	top := y
	for _, row := range rows {
		for _, part := range l.broken(row, width) {
			if y > top {
				y += l.gapY
			}
			boxes, h := l.row(part, x, y, width)
			list = append(list, boxes...)
			y += h
		}
	}
	return list, y - top
}

// broken breaks a row where its boxes have no room side by side.
func (l *layout) broken(row []*Box, width int) (parts [][]*Box) {
	if l.narrow {
		row = dissolved(row)
	}
	var part []*Box
	used := 0
	for _, b := range row {
		need := l.need(b)
		full := used > 0 && used+l.gapX+need > width
		if len(part) > 0 && (full || l.narrow && (b.apart || part[len(part)-1].apart)) {
			parts, part, used = append(parts, part), nil, 0
		}
		if used > 0 {
			used += l.gapX
		}
		part, used = append(part, b), used+need
	}
	return append(parts, part)
}

// dissolved puts the boxes of columns into their place.
func dissolved(row []*Box) (list []*Box) {
	for _, b := range row {
		if !b.column {
			list = append(list, b)
			continue
		}
		for _, inner := range b.Rows {
			list = append(list, inner...)
		}
	}
	return list
}

// need is the least width of a box.
func (l *layout) need(b *Box) int {
	least := l.least
	if b.small {
		least = l.small
	}
	sides := 2 * l.pad
	if b.column {
		sides = 0
	}
	for _, row := range b.Rows {
		if l.narrow {
			row = dissolved(row)
		}
		for _, c := range row {
			least = max(least, l.need(c)+sides)
		}
	}
	return least
}

// row lays boxes side by side. They share what is left of the width.
func (l *layout) row(row []*Box, x, y, width int) (list []*placed, height int) {
	left, shares := width-(len(row)-1)*l.gapX, 0
	for _, b := range row {
		left -= l.need(b)
		shares += max(b.share, 1)
	}
	left = max(left, 0)
	end := x + width
	for i, b := range row {
		w := l.need(b) + left*max(b.share, 1)/shares
		if i == len(row)-1 {
			w = end - x
		}
		p := l.box(b, x, y, w)
		list, x = append(list, p), x+w+l.gapX
		height = max(height, p.h)
	}
	for _, p := range list {
		if !p.short {
			p.stretch(height)
		}
	}
	return list, height
}

// stretch makes a box as high as its row. Of a column the last box grows.
func (p *placed) stretch(height int) {
	more := height - p.h
	p.h = height
	if last := len(p.inner) - 1; more > 0 && p.column && last >= 0 {
		p.inner[last].stretch(p.inner[last].h + more)
	}
}

// box lays one with what is in it.
func (l *layout) box(b *Box, x, y, width int) *placed {
	p := &placed{Box: b, rect: rect{x, y, width, 0}}
	if b.column {
		p.inner, p.h = l.rows(b.Rows, x, y, width)
		return p
	}
	room := width - 2*l.pad
	if len(b.Rows) > 0 && (l.narrow || b.ID != atWorkspace) { // into which the stream comes from the side
		room -= l.reserve
	}
	p.lines = l.linesOf(b, room)
	p.h = l.head + len(p.lines)*l.line + l.head
	if len(b.Rows) > 0 {
		inner, h := l.rows(b.Rows, x+l.pad, y+p.h-l.head+l.afterHeader, width-2*l.pad)
		p.inner = inner
		p.h += h + l.afterHeader
	}
	return p
}

// linesOf are a box's texts, broken and cut so that each fits.
func (l *layout) linesOf(b *Box, room int) (list []line) {
	add := func(text string, look lineLook, most int) {
		if text = l.clean(text); text != "" {
			inset := 0
			if look == titleLine && l.mark(b.State) {
				inset = l.marked
			}
			list = append(list, l.wrapped(text, look, room-inset, most)...)
		}
	}
	title, name := l.speak.Tell(b.Title), b.Name
	if !l.narrow && len(b.Rows) > 0 { // there is room for both on one line
		title, name = labels.Joined(" ", title, name), ""
	}
	add(title, titleLine, 2)
	add(name, nameLine, 1)
	for _, f := range b.Facts {
		add(l.speak.Tell(f), factLine, 2)
	}
	for _, why := range b.Why {
		add(l.speak.Tell(why), whyLine, 3)
	}
	for _, code := range b.Codes[:min(len(b.Codes), mostCodes)] {
		add(code, codeLine, 2)
	}
	if left := len(b.Codes) - mostCodes; left > 0 {
		add(l.speak.Tell(say("more", words.Args{"n": left})), codeLine, 1)
	}
	return list
}

// mostCodes of findings are written on one box.
const mostCodes = 4

func (l *layout) mark(s State) bool { return looks[s].mark != "" }

// wrapped breaks a text at its spaces, or anywhere where a word is too long, into so many
// lines at most; of what is more, the end is left out.
func (l *layout) wrapped(text string, look lineLook, room, most int) (list []line) {
	fits := func(s string) bool { return l.width(s, look) <= room }
	for rest := []rune(text); len(rest) > 0; {
		if fits(string(rest)) {
			return append(list, line{text: string(rest), look: look})
		}
		n := 1
		for n < len(rest) && fits(string(rest[:n+1])) {
			n++
		}
		if len(list) == most-1 {
			ellipsis := []rune(l.clean("…"))
			for n > 0 && !fits(string(rest[:n])+string(ellipsis)) {
				n--
			}
			return append(list, line{text: string(rest[:n]) + string(ellipsis), look: look, cut: true})
		}
		at := n
		for i := n; i > 0; i-- {
			if rest[i] == ' ' || rest[i-1] == '_' && look == codeLine ||
				wideRune(rest[i]) && !closing(rest[i]) && !opening(rest[i-1]) {
				at = i
				break
			}
		}
		list = append(list, line{text: trimmed(rest[:at]), look: look})
		rest = []rune(trimmed(rest[at:]))
	}
	return list
}

func trimmed(r []rune) string {
	for len(r) > 0 && r[0] == ' ' {
		r = r[1:]
	}
	for len(r) > 0 && r[len(r)-1] == ' ' {
		r = r[:len(r)-1]
	}
	return string(r)
}

// wideRune: of a script that is broken between its characters.
func wideRune(r rune) bool { return r >= 0x1100 }

// No line of Japanese begins with one, or ends with the other.
func closing(r rune) bool {
	return slices.Contains([]rune("、。）」ーっッゃャュョァィゥェォ・"), r)
}
func opening(r rune) bool { return slices.Contains([]rune("（「"), r) }

// spot is a place in the picture.
type spot struct{ x, y int }

// path is a link's way, from one box's edge to another's. dx and dy say where it goes last.
type path struct {
	Link
	spots  []spot
	dx, dy int
}

func (p path) end() spot { return p.spots[len(p.spots)-1] }

// legs are the straight parts of a path.
func (p path) legs() (list []rect) {
	for i, to := range p.spots[1:] {
		list = append(list, between(p.spots[i], to))
	}
	return list
}

func between(a, b spot) rect {
	x, y := min(a.x, b.x), min(a.y, b.y)
	return rect{x, y, max(a.x, b.x) - x + 1, max(a.y, b.y) - y + 1}
}

// paths are the links that can be drawn: as a straight line which crosses no other box
// than frames around its ends, or, of the stream, around what is in the way.
func (l *layout) paths(d Drawing) (list []path) {
	for _, k := range d.Links {
		from, to := l.at(k.From), l.at(k.To)
		if from == nil || to == nil {
			continue
		}
		p, is := l.direct(k, from, to)
		if !is && (k.Kind == Stream || k.Kind == Private) {
			p, is = l.routed(k, from, to, list)
		}
		if is {
			list = append(list, p)
		}
	}
	return list
}

// direct is a link's straight way. Where a frame's text is in the way, it ends at the frame.
func (l *layout) direct(k Link, from, to *placed) (path, bool) {
	p, is := l.straight(k, from, to)
	if !is {
		return path{}, false
	}
	for _, p := range []path{p, l.until(p, l.outermost(to, from))} {
		if !l.blocked(p, from, to) {
			return p, true
		}
	}
	return path{}, false
}

func (l *layout) at(id string) *placed {
	if i := slices.IndexFunc(l.boxes, func(p *placed) bool { return p.ID == id }); i >= 0 {
		return l.boxes[i]
	}
	return nil
}

// until is the path that ends at the edge of a box, which stands right of it, left of it
// or below.
func (l *layout) until(p path, b *placed) path {
	to := p.end()
	switch {
	case p.dx > 0:
		to.x = b.x - l.beside
	case p.dx < 0:
		to.x = b.right()
	default:
		to.y = b.y - l.beside
	}
	p.spots = []spot{p.spots[0], to}
	return p
}

// outermost is the outermost frame around a box that is not around another one too.
func (l *layout) outermost(of, not *placed) *placed {
	for _, p := range l.boxes {
		if p.holds(of.rect) && !p.holds(not.rect) {
			return p
		}
	}
	return of
}

// straight joins boxes that stand beside or below one another.
func (l *layout) straight(k Link, from, to *placed) (path, bool) {
	low, high := max(from.y, to.y), min(from.bottom(), to.bottom())
	left, right := max(from.x, to.x), min(from.right(), to.right())
	y := (low + high) / 2
	switch {
	case high-low >= l.line && from.right() < to.x:
		return path{k, []spot{{from.right(), y}, {to.x - l.beside, y}}, 1, 0}, true
	case high-low >= l.line && to.right() < from.x:
		return path{k, []spot{{from.x - l.beside, y}, {to.right(), y}}, -1, 0}, true
	case right-left > 2*l.reserve/3 && from.bottom() < to.y:
		x := right - l.reserve/3 - 1
		return path{k, []spot{{x, from.bottom()}, {x, to.y - l.beside}}, 0, 1}, true
	}
	return path{}, false
}

// blocked: another box lies in the way, or the texts of a frame do.
func (l *layout) blocked(p path, from, to *placed) bool {
	way := between(p.spots[0], p.end())
	for _, b := range l.boxes {
		switch {
		case b == from || b == to || !b.meets(way):
		case !b.holds(from.rect) && !b.holds(to.rect), l.written(b, way):
			return true
		}
	}
	return false
}

// written: a text of the box is in the way.
func (l *layout) written(b *placed, way rect) bool {
	for i, line := range b.lines {
		at := rect{b.x + l.pad, b.y + l.head + i*l.line, l.width(line.text, line.look) + l.marked, l.line}
		if at.meets(way) {
			return true
		}
	}
	return false
}
