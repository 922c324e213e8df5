package architecture

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

// WidestTree is the width, in columns, up to which boxes within boxes have no room, so that
// they are a tree.
const WidestTree = 71

// mostDrawn is the width beyond which a drawing is no better.
const mostDrawn = 120

// longest text of a box, in runes.
const longest = 300

func clean(s string) string { return probe.Clean(s, longest) }

// Lines draws the picture for a terminal: lines of at most that width. Plain makes a
// text what the terminal can show; ascii says that boxes are drawn with it too.
func Lines(c *words.Catalogue, d Drawing, width int, ascii bool, plain func(string) string) []string {
	lines, _ := Placed(c, d, width, ascii, plain)
	return lines
}

// Spot is where a box stands on the lines of a picture, in cells: its frame, or its branch
// of the tree without those that lie in it.
type Spot struct {
	*Box
	X, Y, W, H int
	HeadX      int // where its mark or its title begins
	HeadY      int
}

// Placed is Lines, and where each box stands: those outside before those within.
func Placed(
	c *words.Catalogue, d Drawing, width int, ascii bool, plain func(string) string,
) (lines []string, spots []Spot) {
	in := labels.Speak(c)
	tidy := func(s string) string { return plain(clean(s)) }
	if width <= WidestTree {
		return tree(in, d, width, ascii, tidy)
	}
	width = min(width, mostDrawn)
	l := lay(d, in, onTerminal, tidy, width)
	paper := newCanvas(width, l.h, ascii)
	for _, p := range l.boxes {
		paper.box(l, p)
		spots = append(spots, Spot{p.Box, p.x, p.y, p.w, p.h, p.x + l.pad, p.y + 1})
	}
	for _, p := range l.paths(d) {
		paper.path(p)
	}
	lines = append(paper.lines(), "")
	return append(lines, beneath(in, d, width, ascii, tidy)...), spots
}

// onTerminal counts in cells.
var onTerminal = measure{
	pad: 2, head: 1, gapX: 3, gapY: 1, line: 1, least: 28, small: 16, reserve: 6, narrow: true, marked: 2, beside: 1,
	lane: 4, near: spot{2, 1}, room: spot{1, 0},
	width: func(s string, _ lineLook) int { return ansi.StringWidth(s) },
}

// beneath are the legend and the notes.
func beneath(in labels.In, d Drawing, width int, ascii bool, tidy func(string) string) (lines []string) {
	flow := &layout{measure: onTerminal, speak: in, clean: tidy}
	add := func(text string) {
		for _, l := range flow.wrapped(tidy(text), factLine, width, longest) {
			lines = append(lines, l.text)
		}
	}
	if marks, _ := d.Legend(); d.real {
		var parts []string
		for _, m := range marks {
			mark := markOf(m, ascii)
			if m == Unseen {
				mark = string(ofScreens[ascii].unseen.across)
			}
			parts = append(parts, mark+" "+in.Tell(d.called(m)))
		}
		row := ""
		for _, part := range parts {
			if row != "" && ansi.StringWidth(row+"  "+part) > width {
				add(row)
				row = ""
			}
			row = strings.TrimPrefix(row+"  "+part, "  ")
		}
		add(row)
	}
	for _, n := range d.Notes {
		add(in.Tell(n))
	}
	return lines
}

func markOf(s State, ascii bool) string {
	if ascii {
		return looks[s].ascii
	}
	return looks[s].mark
}

// frame are the characters of a border.
type frame struct{ across, down, topLeft, topRight, bottomLeft, bottomRight rune }

var (
	solid  = frame{'─', '│', '╭', '╮', '╰', '╯'}
	dotted = frame{'┄', '┆', '┌', '┐', '└', '┘'}
	double = frame{'═', '║', '╔', '╗', '╚', '╝'}
)

// borders are those of states, without and with ASCII.
type borders struct{ usual, unseen, wrong frame }

var ofScreens = map[bool]borders{
	false: {solid, dotted, double},
	true:  {frame{'-', '|', '+', '+', '+', '+'}, frame{'.', ':', '.', '.', ':', ':'}, frame{'=', '#', '#', '#', '#', '#'}},
}

func (b borders) of(s State) frame {
	switch s {
	case Unseen:
		return b.unseen
	case Wrong:
		return b.wrong
	}
	return b.usual
}

// canvas is a grid of cells. The cell behind a wide character is empty.
type canvas struct {
	cells [][]string
	drawn map[spot]string // of the cells, those of lines between boxes
	ascii bool
}

func newCanvas(w, h int, ascii bool) *canvas {
	c := &canvas{cells: make([][]string, h), drawn: map[spot]string{}, ascii: ascii}
	for y := range c.cells {
		c.cells[y] = make([]string, w)
		for x := range c.cells[y] {
			c.cells[y][x] = " "
		}
	}
	return c
}

func (c *canvas) put(x, y int, s string) { c.cells[y][x] = s }

// write puts a text, character by character, as far as there is room for it.
func (c *canvas) write(x, y int, text string) {
	for text != "" && x < len(c.cells[y]) {
		cluster, width := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		if cluster == "" || x+width > len(c.cells[y]) {
			return
		}
		text = text[len(cluster):]
		if width == 0 {
			continue
		}
		c.put(x, y, cluster)
		for i := 1; i < width; i++ {
			c.put(x+i, y, "")
		}
		x += width
	}
}

func (c *canvas) box(l *layout, p *placed) {
	f := ofScreens[c.ascii].of(p.State)
	for x := p.x + 1; x < p.right()-1; x++ {
		c.put(x, p.y, string(f.across))
		c.put(x, p.bottom()-1, string(f.across))
	}
	for y := p.y + 1; y < p.bottom()-1; y++ {
		c.put(p.x, y, string(f.down))
		c.put(p.right()-1, y, string(f.down))
	}
	c.put(p.x, p.y, string(f.topLeft))
	c.put(p.right()-1, p.y, string(f.topRight))
	c.put(p.x, p.bottom()-1, string(f.bottomLeft))
	c.put(p.right()-1, p.bottom()-1, string(f.bottomRight))
	for i, line := range p.lines {
		x := p.x + l.pad
		if line.look == titleLine && l.mark(p.State) {
			if i == 0 {
				c.put(x, p.y+1, markOf(p.State, c.ascii))
			}
			x += l.marked
		}
		c.write(x, p.y+1+i, line.text)
	}
}

// strokes are the characters of a line: across, down, where it turns from one side to
// another, where it crosses another line, and its heads.
type strokes struct {
	across, down, crossing string
	corners                map[[2]spot]string // by where it comes from and where it goes
	heads                  map[spot]string    // by where it goes
}

var (
	right, left, below, above = spot{1, 0}, spot{-1, 0}, spot{0, 1}, spot{0, -1}
	lit                       = strokes{
		"─", "│", "┼",
		map[[2]spot]string{
			{right, below}: "╮", {above, left}: "╮", {left, below}: "╭", {above, right}: "╭",
			{right, above}: "╯", {below, left}: "╯", {left, above}: "╰", {below, right}: "╰",
		},
		map[spot]string{right: "▶", left: "◀", below: "▼", above: "▲"},
	}
	typed = strokes{"-", "|", "+", nil, map[spot]string{right: ">", left: "<", below: "v", above: "^"}}
)

// path draws a link in the cells between two boxes.
func (c *canvas) path(p path) {
	by := lit
	if c.ascii {
		by = typed
	}
	last := spot{p.dx, p.dy}
	at, was := p.spots[0], spot{}
	for _, to := range p.spots[1:] {
		d := spot{sign(to.x - at.x), sign(to.y - at.y)}
		if d == (spot{}) {
			continue
		}
		if was != (spot{}) && was != d {
			corner, drawn := by.corners[[2]spot{was, d}]
			if !drawn {
				corner = by.crossing
			}
			c.put(at.x, at.y, corner)
		} else if was == (spot{}) {
			c.stroke(at, d, by)
		}
		for at != to {
			at = spot{at.x + d.x, at.y + d.y}
			c.stroke(at, d, by)
		}
		was = d
	}
	switch {
	case p.Kind != Same:
		c.put(at.x, at.y, by.heads[last])
	case was == (spot{}):
		c.stroke(at, last, by)
	}
}

// stroke draws one cell of a line that goes somewhere.
func (c *canvas) stroke(at, to spot, by strokes) {
	mine, others := by.across, by.down
	if to.x == 0 {
		mine, others = by.down, by.across
	}
	if c.drawn[at] == others {
		mine = by.crossing
	}
	c.drawn[at] = mine
	c.put(at.x, at.y, mine)
}

func (c *canvas) lines() []string {
	list := make([]string, len(c.cells))
	for y, row := range c.cells {
		list[y] = strings.TrimRight(strings.Join(row, ""), " ")
	}
	return list
}

// tree lists the boxes, each below the one that it lies in.
func tree(
	in labels.In, d Drawing, width int, ascii bool, tidy func(string) string,
) (lines []string, spots []Spot) {
	l := &layout{measure: onTerminal, speak: in, clean: tidy}
	branch, last, beside := "├─ ", "└─ ", "│  "
	if ascii {
		branch, last, beside = "|- ", "`- ", "|  "
	}
	var grow func(rows [][]*Box, before string)
	grow = func(rows [][]*Box, before string) {
		var list []*Box
		for _, row := range rows {
			list = append(list, dissolved(row)...)
		}
		for i, b := range list {
			first, rest := branch, beside
			if i == len(list)-1 {
				first, rest = last, "   "
			}
			mark := markOf(b.State, ascii)
			if b.State == Unseen {
				mark = string(ofScreens[ascii].unseen.across)
			}
			if mark != "" {
				mark += " "
			}
			at := ansi.StringWidth(before + rest)
			told := l.linesOf(b, max(width-at-ansi.StringWidth(mark), 8))
			spots = append(spots, Spot{b, at, len(lines), width - at, len(told), at, len(lines)})
			for k, line := range told {
				lead := before + rest
				if k == 0 {
					lead = before + first + mark
				}
				lines = append(lines, lead+line.text)
			}
			grow(b.Rows, before+rest)
		}
	}
	grow(d.Rows, "")
	return append(append(lines, ""), beneath(in, d, width, ascii, tidy)...), spots
}
