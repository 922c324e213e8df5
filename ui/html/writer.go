package html

import (
	_ "embed"
	"strconv"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/ui/labels"
	"wsdoctor/ui/markup"
)

//go:embed head.html
var head string

//go:embed style.css
var style string

// mostText is the longest text that is shown, in runes.
const mostText = 2000

// page is the document under construction.
type page struct {
	out   strings.Builder
	speak labels.In
}

// name is of an element, a class or an attribute: a constant of this package, never a
// text of the report.
type name string

// attribute is one of an element.
type attribute struct {
	name  name
	value string
}

// safe writes a text for the page.
func safe(s string) string { return markup.Text(s, mostText) }

// newPage begins a document. Its title is a text like any other.
func newPage(c *words.Catalogue, title string) *page {
	p := &page{speak: labels.Speak(c)}
	p.out.WriteString("<!DOCTYPE html>\n")
	p.open("html", attribute{"lang", p.speak.Name()})
	p.out.WriteString(head)
	p.leaf("title", title)
	p.out.WriteString("<style>\n" + style + "</style>\n</head>\n")
	p.open("body")
	p.open("main")
	return p
}

// end ends the document.
func (p *page) end() []byte {
	p.close("main")
	p.close("body")
	p.close("html")
	return []byte(p.out.String())
}

func (p *page) tag(element name, list []attribute) {
	p.out.WriteString("<" + string(element))
	for _, a := range list {
		p.out.WriteString(" " + string(a.name) + `="` + safe(a.value) + `"`)
	}
	p.out.WriteString(">")
}

// open begins an element that holds others.
func (p *page) open(element name, list ...attribute) {
	p.tag(element, list)
	p.out.WriteString("\n")
}

func (p *page) close(element name) { p.out.WriteString("</" + string(element) + ">\n") }

// leaf is an element with a text and nothing else.
func (p *page) leaf(element name, text string, list ...attribute) {
	p.tag(element, list)
	p.out.WriteString(safe(text) + "</" + string(element) + ">\n")
}

// some is leaf if there is a text.
func (p *page) some(element name, text string, list ...attribute) {
	if text != "" {
		p.leaf(element, text, list...)
	}
}

// block writes what must stand in the file as it is: a packed report, whose characters
// mean nothing to a browser.
func (p *page) block(packed []byte) {
	p.tag("pre", nil)
	for _, c := range packed {
		if c != '<' && c != '&' {
			p.out.WriteByte(c)
		}
	}
	p.close("pre")
}

func class(names ...name) attribute {
	var list []string
	for _, n := range names {
		list = append(list, string(n))
	}
	return attribute{"class", strings.Join(list, " ")}
}

func number(name name, n int) attribute { return attribute{name, strconv.Itoa(n)} }
