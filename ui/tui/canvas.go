package tui

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// rect is a part of the screen, in cells.
type rect struct{ x, y, w, h int }

func (r rect) holds(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// cell is one place of the screen: a character with what combines with it, or
// the right half of a wide one (text empty, wide).
type cell struct {
	text  string
	style style
	wide  bool
}

// canvas is a screen under construction. Nothing that is put on it can leave
// its place: control characters are dropped, and what does not fit is cut.
type canvas struct {
	w, h    int
	cells   []cell
	unicode bool
}

// reset gives an empty canvas of a size, reusing its memory.
func (c *canvas) reset(w, h int, unicode bool) {
	c.w, c.h, c.unicode = w, h, unicode
	if cap(c.cells) < w*h {
		c.cells = make([]cell, w*h)
	}
	c.cells = c.cells[:w*h]
	clear(c.cells)
}

// set puts one character of one column.
func (c *canvas) set(x, y int, text string, s style) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return
	}
	c.cells[y*c.w+x] = cell{text: text, style: s}
}

// put writes text and gives the column behind it. Text that would pass limit is
// cut, and ends in an ellipsis.
func (c *canvas) put(x, y, limit int, text string, s style) int {
	limit = min(limit, c.w)
	if y < 0 || y >= c.h || x >= limit {
		return x
	}
	text = harmless(text)
	if !c.unicode {
		text = asciiOf(text)
	}
	if plain := isASCII(text); plain && len(text) <= limit-x {
		for i := range len(text) {
			c.set(x+i, y, text[i:i+1], s)
		}
		return x + len(text)
	}
	if ansi.StringWidth(text) > limit-x {
		tail := "…"
		if !c.unicode {
			tail = "~"
		}
		text = ansi.Truncate(text, limit-x, tail)
	}
	for len(text) > 0 {
		cluster, width := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		text = text[len(cluster):]
		if width == 0 || x+width > limit {
			continue
		}
		c.set(x, y, cluster, s)
		for i := 1; i < width; i++ {
			c.set(x+i, y, "", s)
			if x+i < c.w {
				c.cells[y*c.w+x+i].wide = true
			}
		}
		x += width
	}
	return x
}

// fill repeats one character of one column.
func (c *canvas) fill(x, y, n int, text string, s style) {
	if !c.unicode {
		text = asciiOf(text)
	}
	for i := range n {
		c.set(x+i, y, text, s)
	}
}

// tint gives n cells, what stands in them left as it is, another look.
func (c *canvas) tint(x, y, n int, s style) {
	for i := max(x, 0); i < min(x+n, c.w); i++ {
		if at := &c.cells[y*c.w+i]; at.text != "" || at.wide {
			at.style = s
		}
	}
}

// render gives the screen with the theme's colours, a line for every row.
func (c *canvas) render(t *theme) string {
	var b strings.Builder
	b.Grow(c.w * c.h * 2)
	for y := range c.h {
		row := c.cells[y*c.w : (y+1)*c.w]
		for len(row) > 0 && row[len(row)-1] == (cell{}) {
			row = row[:len(row)-1]
		}
		now := ""
		for i := range row {
			if row[i].wide {
				continue
			}
			if prefix := t.prefix[row[i].style]; prefix != now {
				if now != "" {
					b.WriteString(resetStyle)
				}
				b.WriteString(prefix)
				now = prefix
			}
			if row[i].text == "" {
				b.WriteByte(' ')
			} else {
				b.WriteString(row[i].text)
			}
		}
		if now != "" {
			b.WriteString(resetStyle)
		}
		if y < c.h-1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// resetStyle ends every style (ECMA-48 SGR 0).
const resetStyle = "\x1b[m"

// harmless drops everything from a text that a terminal would obey instead of
// show: the reports and events are clean already, this is the second lock.
func harmless(s string) string {
	if isPrintable(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, ansi.Strip(s))
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

func isASCII(s string) bool { return isPrintable(s) }
