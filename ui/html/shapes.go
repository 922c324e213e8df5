package html

import (
	"strconv"
	"strings"
)

// numbers writes numbers with spaces between.
func numbers(list ...int) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, " ")
}

// drawing begins a drawing of that size, with room for the width of its lines; what it
// shows is also said in words.
func (p *page) drawing(w, h int, inWords string) {
	const room = 3
	seen := attribute{"viewBox", numbers(-room, -room, w+2*room, h+2*room)}
	p.open("svg", seen, attribute{"role", "img"}, attribute{"aria-label", inWords})
}

// line draws a straight one.
func (p *page) line(look name, x, y, toX, toY int) {
	p.tag("path", []attribute{{"d", "M" + numbers(x, y) + "L" + numbers(toX, toY)}, class(look)})
	p.close("path")
}

// frame draws a box.
func (p *page) frame(at rect, look name) {
	p.tag("rect", []attribute{
		number("x", at.x), number("y", at.y), number("width", at.w), number("height", at.h), number("rx", 8),
		class(look),
	})
	p.close("rect")
}

// text draws a line of text whose middle is at y.
func (p *page) text(x, y int, says string, looks ...name) {
	p.some("text", strings.TrimSpace(says), number("x", x), number("y", y+5), class(looks...))
}

// width is about how wide a bold text is in the widest of usual fonts.
func width(s string) int {
	const narrow, wide = 94, 140 // tenths
	n := 0
	for _, r := range s {
		if r < 0x1100 { // where wide scripts begin
			n += narrow
		} else {
			n += wide
		}
	}
	return n / 10
}
