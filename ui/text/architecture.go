package text

import (
	"wsdoctor/internal/words"
	"wsdoctor/ui/architecture"
)

// architecture draws the WorkSpace's, below a heading.
func (p *page) architecture(d architecture.Drawing) {
	p.heading(p.speak.Tell(d.Title))
	p.drawn(d)
}

func (p *page) drawn(d architecture.Drawing) {
	q := page{o: p.o, speak: p.speak}
	if p.o.Bare { // which is read out, or shown by what knows letters alone
		q.o.Unicode, q.o.Width = false, min(p.o.Width, architecture.WidestTree)
	}
	for _, line := range architecture.Lines(q.speak.Catalogue, d, q.o.Width, !q.o.Unicode, q.plain) {
		p.out.WriteString(line + "\n")
	}
}

// Architecture draws how any WorkSpace is put together, for who asks for it.
func Architecture(o Options) string {
	p := newPage(o)
	d := architecture.Generic()
	p.para("", "", p.speak.Tell(d.Title), p.style(tokenHeading))
	p.blank()
	p.drawn(d)
	for _, said := range words.Several("architecture.explain") {
		p.blank()
		p.para("", "", p.speak.Tell(said), nil)
	}
	return p.out.String()
}
