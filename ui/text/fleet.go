package text

import (
	"io"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/fleet"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/ui/labels"
)

// RenderFleet prints what many reports come to, to w in one Write. The error is w's.
func RenderFleet(w io.Writer, r fleet.Result, o Options) error {
	p := newPage(o)
	r = report.Printable(r, mostText)
	p.para("", "", p.speak.FleetHead(r), p.style(tokenHeading))
	for _, g := range r.Groups {
		p.blank()
		p.group(g, r.Desks)
	}
	p.skips(r)
	_, err := io.WriteString(w, p.out.String())
	return err
}

// FleetHead says what was read, FleetLine what a group of desks has in common, in a line
// each; FleetGroup and FleetSkipped print all of it. They are for those who show a fleet
// piece by piece.
func FleetHead(r fleet.Result, o Options) string {
	p := newPage(o)
	return p.plain(p.speak.FleetHead(r))
}

// FleetLine is one of them; see FleetHead.
func FleetLine(g fleet.Group, of int, o Options) string {
	p := newPage(o)
	return p.plain(p.mark(statusTokens[g.Status]) + " " + p.speak.FleetLine(g, of))
}

// FleetGroup is one of them; see FleetHead.
func FleetGroup(g fleet.Group, of int, o Options) string {
	p := newPage(o)
	p.group(report.Printable(g, mostText), of)
	return p.out.String()
}

// FleetSkipped is one of them; see FleetHead.
func FleetSkipped(r fleet.Result, o Options) string {
	p := newPage(o)
	p.skips(report.Printable(r, mostText))
	return p.out.String()
}

// skips prints what was not counted.
func (p *page) skips(r fleet.Result) {
	if len(r.Skipped) == 0 {
		return
	}
	p.heading(p.speak.Say("fleet.skipped.title"))
	for _, s := range r.Skipped {
		p.para("  – ", "    ", p.speak.FleetSkipped(s), p.style(tokenMuted))
	}
}

// group prints what some desks have in common: how many they are, who is at fault and
// where, since when, and what speaks against it.
func (p *page) group(g fleet.Group, of int) {
	t := statusTokens[g.Status]
	p.para(p.mark(t)+" ", "  ", p.speak.FleetLine(g, of), p.style(t))
	line := func(id string, args words.Args) { p.para("    ", "    ", p.speak.Say(id, args), nil) }
	if g.Status != finding.StatusOK {
		p.para("    ", "    ", g.Summary, nil)
		line("fleet.since", words.Args{"since": labels.Moment(g.Since), "last": labels.Moment(g.Last)})
	}
	if g.Owner != "" {
		line("fleet.owner", words.Args{"owner": p.speak.FleetOwner(g)})
	}
	for _, s := range g.Sites[:min(len(g.Sites), mostSites)] {
		if name := labels.SiteName(s); name != "" {
			p.para("    ", "      ", p.speak.Say("fleet.site", words.Args{"name": name, "n": s.Desks}), p.style(tokenMuted))
		}
	}
	if more := len(g.Sites) - mostSites; more > 0 {
		line("fleet.more-sites", words.Args{"n": more})
	}
	for _, c := range g.Cleared {
		line("fleet.cleared", words.Args{"device": c.Device, "n": c.Desks})
	}
	if g.Contradict > 0 {
		line("fleet.contradict", words.Args{"n": g.Contradict, "files": g.Against})
	}
	if g.Fits > 0 {
		line("fleet.fits", words.Args{"n": g.Fits})
	}
	if p.o.Verbose {
		line("fleet.files", words.Args{"files": g.Files})
	}
}

// mostSites of a group are printed; JSON has more.
const mostSites = 5
