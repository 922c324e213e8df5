package architecture

import (
	_ "embed"
	"strconv"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/ui/labels"
	"wsdoctor/ui/markup"
)

//go:embed style.css
var style string

// colours are those of the page of a report (ui/html), for a picture that stands alone.
//
//go:embed colours.css
var colours string

// Sizes of the SVG, in units of its own.
const (
	svgWidth   = 1000
	svgTitle   = 44 // height above the boxes
	svgMargin  = 16
	svgLine    = 19
	legendLine = 24
)

// name is of an element, a class or an attribute: a constant of this package.
type name string

var onPaper = measure{
	pad: 12, head: 10, gapX: 26, gapY: 22, line: svgLine, least: 214, small: 130, reserve: 48, marked: 20, afterHeader: 8,
	lane: 22, near: spot{6, 6}, room: spot{3, 3},
	width: func(s string, look lineLook) int {
		size := 126 // tenths of the size of ordinary letters
		if look == titleLine {
			size = 142
		}
		return letters(s) * size / 1000
	},
}

// letters is how wide a text is in the widest of usual fonts, in hundredths of a line's
// height.
func letters(s string) (n int) {
	for _, r := range s {
		switch {
		case wideRune(r):
			n += 100
		case strings.ContainsRune("ijlI.,:;'|! ", r):
			n += 36
		case strings.ContainsRune("mwMWQ@%—…→", r):
			n += 98
		case r >= 'A' && r <= 'Z':
			n += 76
		default:
			n += 64
		}
	}
	return n
}

// SVG writes the picture as a file of its own: it holds its style, and fetches and runs
// nothing.
func SVG(c *words.Catalogue, d Drawing) []byte {
	var s sheet
	s.out.WriteString(`<?xml version="1.0"?>` + "\n")
	s.draw(labels.Speak(c), d, true)
	return []byte(s.out.String())
}

// Inline writes the same for a page of HTML, whose colours it takes.
func Inline(c *words.Catalogue, d Drawing) string {
	var s sheet
	s.draw(labels.Speak(c), d, false)
	return s.out.String()
}

// sheet is an SVG under construction.
type sheet struct{ out strings.Builder }

type attribute struct {
	name  name
	value string
}

func number(n name, v int) attribute { return attribute{n, strconv.Itoa(v)} }

func class(names ...name) attribute {
	var list []string
	for _, n := range names {
		list = append(list, string(n))
	}
	return attribute{"class", strings.Join(list, " ")}
}

func (s *sheet) open(element name, list ...attribute) {
	s.out.WriteString("<" + string(element))
	for _, a := range list {
		s.out.WriteString(" " + string(a.name) + `="` + markup.Text(a.value, mostText) + `"`)
	}
	s.out.WriteString(">")
}

func (s *sheet) close(element name) { s.out.WriteString("</" + string(element) + ">\n") }

func (s *sheet) leaf(element name, text string, list ...attribute) {
	s.open(element, list...)
	s.out.WriteString(markup.Text(text, mostText))
	s.close(element)
}

// mostText is the longest text, in runes: that of the whole picture in words.
const mostText = 20000

func (s *sheet) draw(in labels.In, d Drawing, alone bool) {
	l := lay(d, in, onPaper, clean, svgWidth-2*svgMargin)
	var notes []line
	for _, n := range d.Notes {
		notes = append(notes, l.wrapped(clean(in.Tell(n)), factLine, svgWidth-2*svgMargin, 3)...)
	}
	keys := s.keys(in, l, d)
	under := svgTitle + l.h + legendLine
	afterKeys := under + legendLine*len(keys)
	height := afterKeys + len(notes)*svgLine + svgMargin
	title, describes := in.Tell(d.Title), inWords(in, d)
	root := []attribute{
		{"viewBox", "0 0 " + strconv.Itoa(svgWidth) + " " + strconv.Itoa(height)}, {"role", "img"},
		class("architecture"),
	}
	if alone {
		root = append(root, attribute{"xmlns", "http://www.w3.org/2000/svg"}, attribute{"xml:lang", in.Name()},
			number("width", svgWidth), number("height", height),
			attribute{"aria-labelledby", "architecture-title"}, attribute{"aria-describedby", "architecture-desc"})
		s.open("svg", root...)
		s.out.WriteString("\n")
		s.leaf("title", title, attribute{"id", "architecture-title"})
		s.leaf("desc", describes, attribute{"id", "architecture-desc"})
	} else {
		s.open("svg", append(root, attribute{"aria-label", title + ". " + describes})...)
		s.out.WriteString("\n")
	}
	s.open("style")
	s.out.WriteString("\n")
	if alone {
		s.out.WriteString(colours)
	}
	s.out.WriteString(style)
	s.close("style")
	s.rect(rect{0, 0, svgWidth, height}, 0, "paper")
	s.text(svgMargin, 28, title, "heading")
	s.open("g", attribute{"transform", "translate(" + strconv.Itoa(svgMargin) + " " + strconv.Itoa(svgTitle) + ")"})
	s.out.WriteString("\n")
	for _, p := range l.boxes {
		s.box(p)
	}
	for _, p := range l.paths(d) {
		s.path(p)
	}
	s.close("g")
	s.legend(l, keys, under)
	for i, n := range notes {
		s.text(svgMargin, afterKeys+i*svgLine, n.text, "fact")
	}
	s.close("svg")
}

func (s *sheet) rect(at rect, round int, looks ...name) {
	s.open("rect", number("x", at.x), number("y", at.y), number("width", at.w), number("height", at.h),
		number("rx", round), class(looks...))
	s.close("rect")
}

func (s *sheet) text(x, y int, says string, looks ...name) {
	if says != "" {
		s.leaf("text", says, number("x", x), number("y", y), class(looks...))
	}
}

// lineLooks are the classes of a box's lines.
var lineLooks = map[lineLook]name{
	titleLine: "title", nameLine: "name", factLine: "fact", whyLine: "why", codeLine: "code",
}

func (s *sheet) box(p *placed) {
	look := looks[p.State]
	kind := name("leaf")
	if len(p.Rows) > 0 {
		kind = "frame"
	}
	s.rect(p.rect, 8, kind, look.name)
	x, y := p.x+onPaper.pad, p.y+onPaper.head+svgLine-5
	if look.mark != "" {
		s.text(x, y, look.mark, "mark", look.name)
	}
	for _, line := range p.lines {
		at := x
		if line.look == titleLine && look.mark != "" {
			at += onPaper.marked
		}
		s.text(at, y, line.text, lineLooks[line.look], look.name)
		y += svgLine
	}
}

// path draws a link with its head.
func (s *sheet) path(p path) {
	const long, wide = 9, 5
	to := p.end()
	tip := moves("M", to.x, to.y) + moves("L", to.x-p.dx*long+p.dy*wide, to.y-p.dy*long+p.dx*wide) +
		moves("L", to.x-p.dx*long-p.dy*wide, to.y-p.dy*long-p.dx*wide) + "Z"
	look := name(p.Kind)
	way := moves("M", p.spots[0].x, p.spots[0].y)
	for _, at := range p.spots[1 : len(p.spots)-1] {
		way += moves("L", at.x, at.y)
	}
	way += moves("L", to.x-p.dx*long/2, to.y-p.dy*long/2)
	s.leaf("path", "", attribute{"d", way}, class("link", look))
	if p.Kind != Same {
		s.leaf("path", "", attribute{"d", tip}, class("head", look))
	}
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

func moves(how string, x, y int) string { return how + strconv.Itoa(x) + " " + strconv.Itoa(y) }

// key is one entry of the legend.
type key struct {
	says string
	room int // before its words
	draw func(x, y int)
}

// keys are the legend's rows: what marks and lines mean that are in the picture.
func (s *sheet) keys(in labels.In, l *layout, d Drawing) (rows [][]key) {
	marks, kinds := d.Legend()
	var ofMarks, ofKinds []key
	for _, m := range marks {
		k := key{in.Tell(d.called(m)), 18, func(x, y int) { s.text(x, y, looks[m].mark, "mark", looks[m].name) }}
		if m == Unseen {
			k.room, k.draw = 28, func(x, y int) { s.rect(rect{x, y - 12, 22, 14}, 3, "leaf", "unseen") }
		}
		ofMarks = append(ofMarks, k)
	}
	for _, kind := range kinds {
		ofKinds = append(ofKinds, key{in.Tell(say("kind." + string(kind))), 38, func(x, y int) {
			s.path(path{Link{Kind: kind}, []spot{{x, y - 5}, {x + 30, y - 5}}, 1, 0})
		}})
	}
	if d.real {
		rows = s.flowed(l, ofMarks)
	}
	return append(rows, s.flowed(l, ofKinds)...)
}

// keyGap is the room between two entries of the legend.
const keyGap = 22

func (k key) width(l *layout) int { return k.room + l.width(k.says, factLine) + keyGap }

// flowed breaks entries into rows that fit.
func (s *sheet) flowed(l *layout, keys []key) (rows [][]key) {
	used := svgWidth
	for _, k := range keys {
		if used+k.width(l)-keyGap > svgWidth-svgMargin {
			rows, used = append(rows, nil), svgMargin
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], k)
		used += k.width(l)
	}
	return rows
}

func (s *sheet) legend(l *layout, rows [][]key, y int) {
	for _, row := range rows {
		x := svgMargin
		for _, k := range row {
			k.draw(x, y)
			s.text(x+k.room, y, k.says, "fact")
			x += k.width(l)
		}
		y += legendLine
	}
}

// inWords is the picture for those who do not see it.
func inWords(in labels.In, d Drawing) string {
	var list []string
	for _, b := range d.Boxes() {
		var said []string
		for _, t := range append(append([]words.Text{words.Raw(b.Name)}, b.Facts...), b.Why...) {
			if told := clean(in.Tell(t)); told != "" {
				said = append(said, told)
			}
		}
		said = append(said, b.Codes...)
		state := ""
		if b.State != Known {
			state = in.Tell(d.called(b.State))
		}
		list = append(list, in.Tell(say("in-words", words.Args{
			"box": b.Title, "state": state, "facts": in.Listed(said),
		})))
	}
	return strings.Join(list, " ")
}
