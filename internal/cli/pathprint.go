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
)

// write prints one table with a column for each sweep, then the verdicts.
func (r pathReport) write(c *words.Catalogue, w io.Writer) error {
	if len(r.Sweeps) > 0 {
		if _, err := fmt.Fprintf(w, "%s (%s)\n\n", r.Host, r.Address); err != nil {
			return err
		}
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprint(t, "HOP")
		last := 0
		for _, s := range r.Sweeps {
			name := fmt.Sprintf("%s/%d", s.Transport, s.Port)
			switch {
			case s.Echo:
				name = "icmp echo"
			case s.SweepDetail.Control:
				name += " (control)"
			}
			fmt.Fprintf(t, "\t%s", name)
			for _, h := range s.Hops {
				last = max(last, h.TTL)
			}
		}
		fmt.Fprintln(t, "\tWHAT")
		for ttl := 1; ttl <= last; ttl++ {
			fmt.Fprintf(t, "%d", ttl)
			for _, s := range r.Sweeps {
				fmt.Fprintf(t, "\t%s", cell(s.SweepDetail, ttl))
			}
			if what := r.what(ttl); what != "" {
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
		if _, err := fmt.Fprintf(w, "\nNot seen: %s\n", g); err != nil {
			return err
		}
	}
	return nil
}

// what names the routers at a distance, once each.
func (r pathReport) what(ttl int) string {
	var names []string
	for _, h := range r.Hops {
		if h.TTL == ttl && !slices.Contains(names, h.What) {
			names = append(names, h.What)
		}
	}
	return strings.Join(names, ", or ")
}

// why says whose the device is, and what the silence is worth.
func why(c *words.Catalogue, v pathVerdict) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "  "+format+"\n", args...) }
	if l, known := layer.Get(v.Layer); known {
		word := "At fault"
		if v.Confidence == finding.Possible {
			word = "Likeliest" // several could be
		}
		line("%s: %s (%s).", word, c.Tell(words.Title(l.ID)), v.Confidence)
	}
	for _, s := range v.Suspects {
		if l, known := layer.Get(s.Layer); known && s.Layer != v.Layer {
			line("Perhaps: %s (%s). %s", c.Tell(words.Title(l.ID)), s.Confidence, s.Why)
		}
	}
	if v.Kind == sweep.Bracketed && v.Path.Probes > 0 {
		line("Odds: %s.", c.Tell(v.Path.Sentence()))
	}
	return b.String()
}

// cell is what one sweep heard at one hop.
func cell(d probe.SweepDetail, ttl int) string {
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
			from = "a router"
		case h.Kind == probe.HopICMP && h.ICMP == nil:
			return "refused" + rtt
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
