package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"wsdoctor/ui/labels"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/rivo/uniseg"
)

// page is the text under construction.
type page struct {
	o     Options
	speak labels.In
	out   strings.Builder
}

func newPage(o Options) *page {
	switch {
	case o.Width == 0:
		o.Width = defaultWidth
	case o.Width < leastWidth:
		o.Width = leastWidth
	}
	return &page{o: o, speak: labels.Speak(o.Words)}
}

// para prints text wrapped to the page: the first line after first, the others
// after rest, both plain prefixes. A nil style leaves the text as it is.
func (p *page) para(first, rest, text string, style *lipgloss.Style) {
	first, rest = p.plain(first), p.plain(rest)
	prefix := first
	for _, line := range wrap(p.plain(text), p.o.Width-max(ansi.StringWidth(first), ansi.StringWidth(rest))) {
		if style != nil && line != "" {
			line = style.Render(line)
		}
		p.out.WriteString(strings.TrimRight(prefix+line, " ") + "\n")
		prefix = rest
	}
}

func (p *page) blank() { p.out.WriteString("\n") }

func (p *page) heading(text string) {
	p.blank()
	p.para("", "", text, p.style(tokenHeading))
}

// label prints a short name and what it stands for, in two columns.
func (p *page) label(name, text string) {
	column := max(16, ansi.StringWidth(name)+4)
	p.para("  "+name+spaces(column-2-ansi.StringWidth(name)), spaces(column), text, nil)
}

// piece is what a line is not broken within: a word, or as much of a text without spaces
// as holds together.
type piece struct {
	text  string
	apart bool // a space stands before it
}

// unbroken takes a text apart at its spaces and, within what has wide characters, where
// the Unicode line breaking algorithm (UAX #14) lets a line end: Japanese has no spaces,
// and no line of it begins with a full stop.
func unbroken(text string) (list []piece) {
	for _, word := range strings.Fields(text) {
		if len(word) == utf8.RuneCountInString(word) || ansi.StringWidth(word) == utf8.RuneCountInString(word) {
			list = append(list, piece{word, true})
			continue
		}
		apart, state := true, -1
		for part := ""; word != ""; apart = false {
			part, word, _, state = uniseg.FirstLineSegmentInString(word, state)
			list = append(list, piece{part, apart})
		}
	}
	return list
}

// wrap breaks text into lines of at most width columns, at spaces where it can
// and inside a word only where the word is wider than the line.
func wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	line, used := "", 0
	for _, word := range unbroken(text) {
		space := ""
		if word.apart && line != "" {
			space = " "
		}
		word, w := word.text, ansi.StringWidth(word.text)
		if line != "" && used+len(space)+w <= width {
			line, used = line+space+word, used+len(space)+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		pieces := []string{word}
		if w > width {
			pieces = strings.Split(ansi.Hardwrap(word, width, true), "\n")
		}
		last := len(pieces) - 1
		lines = append(lines, pieces[:last]...)
		line, used = pieces[last], ansi.StringWidth(pieces[last])
	}
	return append(lines, line)
}

// likeness are the characters of our own texts and of common ones that ASCII
// has something for.
var likeness = strings.NewReplacer(
	"·",
	"-",
	"…",
	"...",
	"–",
	"-",
	"—",
	"-",
	"’",
	"'",
	"‘",
	"'",
	"“",
	`"`,
	"”",
	`"`,
	"\u00a0",
	" ",
	"✓",
	"+",
	"✗",
	"x",
	"→",
	"->",
	"±",
	"+-",
)

// plain gives text as this page may print it.
func (p *page) plain(s string) string {
	if p.o.Unicode {
		return s
	}
	if !p.speak.ASCII() {
		return likeness.Replace(s) // marks give way; letters of another script have no likeness
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < unicode.MaxASCII:
			return r
		case unicode.Is(unicode.Mn, r):
			return -1
		}
		return '?'
	}, likeness.Replace(s))
}

func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }
