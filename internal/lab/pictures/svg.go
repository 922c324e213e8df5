package main

import (
	"fmt"
	"html"
	"strings"
)

// Sizes in pixels, and the colours of a dark terminal.
const (
	cellW, cellH = 8.4, 18.0
	fontSize     = 14
	margin       = 16.0
	background   = "#14171c"
	foreground   = "#e6e9ef"
)

// lines says how a drawing character's lines leave the middle of its cell: left,
// right, up, down; 0 none, 1 light, 2 heavy.
var lines = map[rune]struct {
	l, r, u, d    int
	round, dashed bool
}{
	'─': {l: 1, r: 1},
	'│': {u: 1, d: 1},
	'━': {l: 2, r: 2},
	'┃': {u: 2, d: 2},
	'╭': {
		r:     1,
		d:     1,
		round: true,
	},
	'╮': {l: 1, d: 1, round: true},
	'╰': {r: 1, u: 1, round: true},
	'╯': {l: 1, u: 1, round: true},
	'┏': {r: 2, d: 2},
	'┓': {l: 2, d: 2},
	'┗': {r: 2, u: 2},
	'┛': {l: 2, u: 2},
	'├': {r: 1, u: 1, d: 1},
	'└': {r: 1, u: 1},
	'┬': {l: 1, r: 1, d: 1},
	'╌': {l: 1, r: 1, dashed: true},
	'┆': {u: 1, d: 1, dashed: true},
}

// svg draws the screen. Lines are drawn as lines and not as characters, so that
// they meet in every viewer's font; text is stretched to its columns.
func svg(rows [][]cell, w, h int) string {
	var b strings.Builder
	width, height := 2*margin+float64(w)*cellW, 2*margin+float64(h)*cellH
	fmt.Fprintf(
		&b,
		`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%d">`+"\n",
		width,
		height,
		width,
		height,
		fontSize,
	)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="10" fill="%s"/>`+"\n", background)
	for y, row := range rows {
		for x := 0; x < len(row); {
			c := row[x]
			if _, is := lines[c.char]; is {
				drawLines(&b, c, x, y)
				x++
				continue
			}
			from := x
			var run strings.Builder
			for x < len(row) && sameLook(row[x], c) {
				if _, is := lines[row[x].char]; is {
					break
				}
				run.WriteRune(row[x].char)
				x++
			}
			drawText(&b, c, run.String(), from, x-from, y)
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func sameLook(a, b cell) bool { a.char, b.char = 0, 0; return a == b }

func (c cell) colors() (text, behind string) {
	text = c.color
	if text == "" {
		text = foreground
	}
	if c.reverse {
		return background, text
	}
	return text, ""
}

func drawText(b *strings.Builder, c cell, text string, x, n, y int) {
	color, behind := c.colors()
	left, top := margin+float64(x)*cellW, margin+float64(y)*cellH
	if behind != "" {
		fmt.Fprintf(
			b,
			`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n",
			left,
			top,
			float64(n)*cellW,
			cellH,
			behind,
		)
	}
	lead := len(text) - len(strings.TrimLeft(text, " "))
	left += float64(lead) * cellW
	if text = strings.Trim(text, " "); text == "" {
		return
	}
	weight := ""
	if c.bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(
		b,
		`<text x="%.1f" y="%.1f" fill="%s"%s textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve">%s</text>`+"\n",
		left,
		top+cellH*0.74,
		color,
		weight,
		float64(len([]rune(text)))*cellW,
		html.EscapeString(text),
	)
}

func drawLines(b *strings.Builder, c cell, x, y int) {
	k := lines[c.char]
	color, _ := c.colors()
	left, top := margin+float64(x)*cellW, margin+float64(y)*cellH
	cx, cy := left+cellW/2, top+cellH/2
	width, dash := 1.2, ""
	if max(k.l, k.r, k.u, k.d) == 2 {
		width = 2.6
	}
	if k.dashed {
		dash = ` stroke-dasharray="2.8 2.8"`
	}
	var path string
	if k.round {
		ex, ey := left, top
		if k.r > 0 {
			ex = left + cellW
		}
		if k.d > 0 {
			ey = top + cellH
		}
		path = fmt.Sprintf("M%.1f %.1fQ%.1f %.1f %.1f %.1f", ex, cy, cx, cy, cx, ey)
	} else {
		for _, arm := range []struct {
			weight int
			x, y   float64
		}{{k.l, left, cy}, {k.r, left + cellW, cy}, {k.u, cx, top}, {k.d, cx, top + cellH}} {
			if arm.weight > 0 {
				path += fmt.Sprintf("M%.1f %.1fL%.1f %.1f", cx, cy, arm.x, arm.y)
			}
		}
	}
	fmt.Fprintf(
		b,
		`<path d="%s" stroke="%s" stroke-width="%.1f" fill="none" stroke-linecap="square"%s/>`+"\n",
		path,
		color,
		width,
		dash,
	)
}
