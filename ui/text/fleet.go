package text

import (
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/fleet"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// RenderFleet prints what many reports come to, to w in one Write. The error is w's.
func RenderFleet(w io.Writer, r fleet.Result, o Options) error {
	p := newPage(o)
	r = report.Printable(r, mostText)
	p.para("", "", p.fleetHead(r), p.style(tokenHeading))
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
func FleetHead(r fleet.Result, o Options) string { return newPage(o).fleetHead(r) }

// FleetLine is one of them; see FleetHead.
func FleetLine(g fleet.Group, of int, o Options) string {
	p := newPage(o)
	return p.plain(p.mark(statusTokens[g.Status]) + " " + p.fleetLine(g, of))
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

func (p *page) fleetHead(r fleet.Result) string {
	if r.Reports == 0 {
		return p.speak.Say("fleet.none")
	}
	return p.speak.Say("fleet.head", words.Args{
		"desks": r.Desks, "reports": r.Reports, "sites": r.Sites, "from": moment(r.From), "to": moment(r.To),
	})
}

// moment is a time for people who read of many sites: in universal time.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// group prints what some desks have in common: how many they are, who is at fault and
// where, since when, and what speaks against it.
func (p *page) group(g fleet.Group, of int) {
	t := statusTokens[g.Status]
	p.para(p.mark(t)+" ", "  ", p.fleetLine(g, of), p.style(t))
	line := func(id string, args words.Args) { p.para("    ", "    ", p.speak.Say(id, args), nil) }
	if g.Status != finding.StatusOK {
		p.para("    ", "    ", g.Summary, nil)
		line("fleet.since", words.Args{"since": moment(g.Since), "last": moment(g.Last)})
	}
	if g.Owner != "" {
		line("fleet.owner", words.Args{"owner": p.ownerOf(g)})
	}
	for _, s := range g.Sites[:min(len(g.Sites), mostSites)] {
		if name := siteName(s); name != "" {
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

// skips prints what was not counted.
func (p *page) skips(r fleet.Result) {
	if len(r.Skipped) == 0 {
		return
	}
	p.heading(p.speak.Say("fleet.skipped.title"))
	for _, s := range r.Skipped {
		p.para("  – ", "    ", p.skipped(s), p.style(tokenMuted))
	}
}

// ownerOf names who fixes it to somebody else than the one at the desk, whom a report
// calls "you".
func (p *page) ownerOf(g fleet.Group) string {
	for _, spoken := range words.Languages() {
		if c, _ := words.In(spoken); g.Owner == c.Tell(words.Owner(layer.User)) {
			return p.speak.Say("fleet.user")
		}
	}
	return g.Owner
}

// mostSites of a group are printed; JSON has more.
const mostSites = 5

// groupLines are the messages that begin a group, by what its desks say.
var groupLines = map[finding.Status]string{
	finding.StatusFault: "blamed", finding.StatusDegraded: "slow", finding.StatusInconclusive: "open", finding.StatusOK: "ok",
}

func (p *page) fleetLine(g fleet.Group, of int) string {
	args := words.Args{"n": g.Desks, "of": of, "by": orNone(byText(g)), "values": byText(g), "place": "none", "where": "", "layer": ""}
	id := groupLines[g.Status]
	if g.Layer != "" {
		id, args["layer"] = "blamed", p.speak.Title(g.Layer)
	}
	if g.Where != nil {
		args["place"], args["where"] = "some", p.speak.FleetPlace(g.Where)
	}
	return p.speak.Say("fleet.group."+id, args)
}

// orNone is for messages that choose by whether there is a text.
func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return "some"
}

func byText(g fleet.Group) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(g.By)) {
		value := g.By[k]
		if value == "" {
			value = "–"
		}
		parts = append(parts, k+"="+value)
	}
	return strings.Join(parts, " ")
}

// siteName is a site's label, or the address that it is known by, and what all its
// desks there are labelled.
func siteName(s fleet.Site) string {
	parts := append([]string{}, s.Egress...)
	for _, k := range slices.Sorted(maps.Keys(s.Labels)) {
		parts = append(parts, k+"="+s.Labels[k])
	}
	if len(parts) == 0 && s.Name != "" {
		parts = append(parts, s.Name)
	}
	return strings.Join(parts, " ")
}

func (p *page) skipped(s fleet.Skipped) string {
	return p.speak.Say("fleet.skipped."+string(s.Reason), words.Args{"n": s.Count, "files": s.Files, "detail": s.Detail, "why": orNone(s.Detail)})
}
