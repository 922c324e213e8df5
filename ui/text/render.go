// Package text prints a report for people: the verdict first, in one sentence,
// then who fixes it and what to do, then one line per layer. It also draws the
// progress line of a running check.
//
// It shows a report and nothing else: it measures nothing, judges nothing and
// makes no claim that is not in the report. Every text of the report is cleaned
// before it is printed, because a report may come from a file.
package text

import (
	"cmp"
	"io"
	"strconv"
	"strings"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/architecture"
)

// Options say how to print.
type Options struct {
	Verbose bool             // findings with their evidence, every observation, the gaps
	Quiet   bool             // only the verdict's sentence; wins over Verbose
	OneLine bool             // with Quiet, for scripts: see quiet
	Brief   bool             // the verdict and what to do, without the layers; Verbose wins over it
	Color   bool             // ANSI colours; what is said is the same without
	Width   int              // columns; 0 means 80, less than 40 means 40
	Unicode bool             // false: ASCII only, other characters become ? or a likeness
	Bare    bool             // drawings are trees of ASCII
	Words   *words.Catalogue // of the language that labels are told in; nil means English
}

// Limits of the page, in columns, and of one text, in runes.
const (
	defaultWidth = 80
	leastWidth   = 40
	mostText     = 2000
)

// Render prints the report to w in one Write. The error is w's.
func Render(w io.Writer, r report.Report, o Options) error {
	p := newPage(o)
	r = r.Printable(mostText)
	if o.Quiet {
		p.quiet(r.Verdict)
	} else {
		p.verdict(r, "")
		if !o.Brief || o.Verbose {
			p.layers(r)
		}
		if o.Verbose {
			if architecture.Draws(r) {
				p.architecture(architecture.Of(r))
			}
			p.findings(r)
			p.observations(r)
			p.gaps(r)
		}
		p.footer(r)
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// quiet prints the verdict's sentence. Where nobody reads it at a terminal it is one line
// that a script takes apart: status, layer, who fixes it, sentence, with tabs between;
// "-" is nobody.
func (p *page) quiet(v report.Verdict) {
	if !p.o.OneLine {
		p.para("", "", v.Summary, nil)
		return
	}
	layer := "-"
	if v.Layer != nil {
		layer = string(*v.Layer)
	}
	parts := []string{string(v.Status), layer, cmp.Or(v.Owner, "-"), v.Summary}
	for i, part := range parts {
		parts[i] = strings.Join(strings.Fields(p.plain(part)), " ")
	}
	p.out.WriteString(strings.Join(parts, "\t") + "\n")
}

// verdict prints the answer; at is the message that says at which end the layer is,
// where its title does not.
func (p *page) verdict(r report.Report, at string) {
	v := r.Verdict
	token := statusTokens[v.Status]
	if v.AsFarAsSeen() {
		token = tokenUnknown // "ok" would say more than was shown
	}
	p.para(p.mark(token)+" ", "  ", v.Summary, p.bold(token))
	p.notes(r)
	p.blank()
	for _, f := range p.speak.Fields(r, at) {
		p.label(f.Name, f.Says)
	}
	if len(v.Remedy) > 0 {
		p.heading(p.speak.Say("ui.remedy"))
		for i, step := range v.Remedy {
			number := strconv.Itoa(i+1) + ". "
			p.para("  "+number, "  "+spaces(len(number)), step, nil)
		}
	}
	if v.NextTest != nil && *v.NextTest != "" {
		p.heading(p.speak.Say("ui.next"))
		p.para("  ", "  ", *v.NextTest, nil)
	}
	if len(v.Suspects) > 0 {
		p.heading(p.speak.Open(v))
		for _, s := range v.Suspects {
			p.para("  "+p.mark(tokenSuspect)+" ", "    ", p.speak.Suspect(s), nil)
		}
	}
}

// notes are what must be known before the verdict is believed, and what the report is for.
func (p *page) notes(r report.Report) {
	for _, note := range p.speak.Notes(r) {
		p.para("  ", "  ", note, p.style(tokenMuted))
	}
}

// footer tells what the report is of.
func (p *page) footer(r report.Report) {
	p.blank()
	line := p.speak.Origin(r, "")
	if len(r.Gaps) > 0 && !p.o.Verbose {
		line += " · " + p.speak.Say("ui.unseen-v", words.Args{"n": len(r.Gaps)})
	}
	p.para("", "", line, p.style(tokenMuted))
}
