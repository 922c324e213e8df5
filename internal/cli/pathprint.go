package cli

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

// write prints one table with a column for each sweep, then the verdicts.
func (r PathReport) write(c *words.Catalogue, w io.Writer) error {
	if line := labels.About(r.About); line != "" {
		if _, err := fmt.Fprintf(w, "%s\n\n", line); err != nil {
			return err
		}
	}
	if len(r.Sweeps) > 0 {
		if _, err := fmt.Fprintf(w, "%s (%s)\n\n", r.Host, r.Address); err != nil {
			return err
		}
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprint(t, c.Tell(words.Say("path.hop")))
		last := 0
		for _, s := range r.Sweeps {
			name := fmt.Sprintf("%s/%d", s.Transport, s.Port)
			switch {
			case s.Echo:
				name = "icmp echo"
			case s.SweepDetail.Control:
				name = c.Tell(words.Say("path.control", words.Args{"port": name}))
			}
			fmt.Fprintf(t, "\t%s", name)
			for _, h := range s.Hops {
				last = max(last, h.TTL)
			}
		}
		fmt.Fprintf(t, "\t%s\n", c.Tell(words.Say("path.what")))
		for ttl := 1; ttl <= last; ttl++ {
			fmt.Fprintf(t, "%d", ttl)
			for _, s := range r.Sweeps {
				fmt.Fprintf(t, "\t%s", cell(c, s.SweepDetail, ttl))
			}
			if what := r.what(c, ttl); what != "" {
				fmt.Fprintf(t, "\t%s", what)
			}
			fmt.Fprintln(t)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for _, v := range r.Verdicts {
		if _, err := fmt.Fprintf(w, "\n%s\n%s", v.Summary, why(c, v)); err != nil {
			return err
		}
	}
	for _, g := range r.Gaps {
		if _, err := fmt.Fprintf(w, "\n%s\n", c.Tell(words.Say("path.not-seen", words.Args{"what": g}))); err != nil {
			return err
		}
	}
	return nil
}

// what names the routers at a distance, once each.
func (r PathReport) what(c *words.Catalogue, ttl int) (what string) {
	var names []string
	for _, h := range r.Hops {
		if h.TTL == ttl && !slices.Contains(names, h.What) {
			names = append(names, h.What)
		}
	}
	for _, name := range names {
		if what != "" {
			name = c.Tell(words.Say("path.or", words.Args{"one": what, "other": name}))
		}
		what = name
	}
	return what
}

// why says whose the device is, and what the silence is worth.
func why(c *words.Catalogue, v PathVerdict) string {
	in := labels.Speak(c)
	var b strings.Builder
	line := func(id string, args words.Args) { fmt.Fprintf(&b, "  %s\n", in.Say(id, args)) }
	if l, known := layer.Get(v.Layer); known {
		id := "path.at-fault"
		if v.Confidence == finding.Possible {
			id = "path.likeliest" // several could be
		}
		line(id, words.Args{"layer": words.Title(l.ID), "confidence": in.Confidence(v.Confidence)})
		line("path.owner", words.Args{"owner": v.Owner})
		for _, step := range v.Remedy {
			fmt.Fprintf(&b, "  %s\n", step)
		}
	}
	for _, s := range v.Suspects {
		if l, known := layer.Get(s.Layer); known && s.Layer != v.Layer {
			line("path.perhaps", words.Args{"layer": words.Title(l.ID), "confidence": in.Confidence(s.Confidence), "why": s.Why})
		}
	}
	if v.Kind == sweep.Bracketed && v.Path.Probes > 0 {
		line("path.odds", words.Args{"odds": v.Path.Sentence()})
	}
	return b.String()
}

// cell is what one sweep heard at one hop.
func cell(c *words.Catalogue, d probe.SweepDetail, ttl int) string {
	for _, h := range d.Hops {
		if h.TTL != ttl {
			continue
		}
		rtt := ""
		if len(h.RTTMS) > 0 {
			rtt = fmt.Sprintf(" %.1f ms", slices.Min(h.RTTMS))
		}
		from := ""
		if h.From.IsValid() && h.From != (netip.Addr{}) {
			from = h.From.String()
		}
		switch {
		case h.Kind == probe.HopExpired && from == "":
			from = c.Tell(words.Say("path.a-router"))
		case h.Kind == probe.HopICMP && h.ICMP == nil:
			return c.Tell(words.Say("path.refused")) + rtt
		}
		switch h.Kind {
		case probe.HopExpired:
			return from + rtt
		case probe.HopSilent:
			return "*"
		case probe.HopICMP:
			return fmt.Sprintf("%s ICMP %d/%d%s", from, h.ICMP.Type, h.ICMP.Code, rtt)
		}
		return string(h.Kind) + rtt
	}
	return ""
}
