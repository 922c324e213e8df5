package desk

import (
	"maps"
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// egressNotAllowed: the public address that AWS sees is outside the rules the
// administrator gave. That is a direct comparison; its rival, a firewall, leaves
// the address inside the rules.
var egressNotAllowed = rule{
	Code:  "egress_not_allowed",
	Layer: layer.IPAccessControl,
	Needs: []probe.Operation{probe.STUNBinding, probe.HTTPGet},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		outside, denied := e.byGroup(false)
		inside, allowed := e.byGroup(true)
		if len(outside) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity:    finding.SeverityFault,
			Supports:    facts.IDs(denied...),
			Contradicts: facts.IDs(allowed...),
		}
		// Which of several addresses AWS compares is not documented, so that only where
		// none is allowed it has said that it will not.
		f.Said = len(inside) == 0
		f.Rivals = []finding.Rival{e.rewrittenPage(slices.Collect(maps.Keys(outside)))}
		f.Blocks = probe.StreamingProtocols()
		if e.echoAlone(outside) {
			f.Severity, f.Blocks = finding.SeverityDegraded, nil
		}
		switch {
		case len(inside) == 0:
			f.Summary = words.Say("cause.egress_not_allowed.summary", words.Args{"addresses": addresses(outside)})
		default:
			f.Summary = words.Say("cause.egress_not_allowed.some.summary", words.Args{
				"outside": e.wayOut(
					outside,
				),
				"denied":  addresses(outside),
				"inside":  e.wayOut(inside),
				"allowed": addresses(inside),
			})
			f.Remedy = words.Several("cause.egress_not_allowed.some.remedy")
		}
		return f, true
	},
}

// byGroup gives the public addresses that the rules of the group allow, or do not, and
// what told them; none where no rules were given.
func (e evidence) byGroup(allowed bool) (map[netip.Addr]probe.Transport, []probe.Observation) {
	of, told := map[netip.Addr]probe.Transport{}, []probe.Observation{}
	if e.AllowedCIDRs == nil {
		return of, told
	}
	for _, t := range []probe.Transport{probe.TCP, probe.UDP} {
		seen, _ := e.Egress(t)
		for _, a := range slices.SortedFunc(maps.Keys(seen), netip.Addr.Compare) {
			if allowed == slices.ContainsFunc(e.AllowedCIDRs, func(cidr string) bool {
				p, err := netip.ParsePrefix(cidr)
				return err == nil && p.Contains(a)
			}) {
				of[a] = t
				told = append(told, seen[a]...)
			}
		}
	}
	return of, told
}

// rewrittenPage: some addresses were told by a page of plain HTTP alone. Anybody on
// the way can rewrite it, and a proxy that nobody set fetches it from its own address.
func (e evidence) rewrittenPage(told []netip.Addr) finding.Rival {
	r := finding.Rival{
		Layer: layer.IPAccessControl, Harmless: true, Rare: true,
		Why: words.Say("desk.rewritten-page.why"),
		By:  words.Say("desk.rewritten-page.by"),
	}
	udp, _ := e.Egress(probe.UDP)
	for _, a := range told {
		r.Out = appendNew(r.Out, facts.IDs(udp[a]...)...)
	}
	// The client's own proxy fetches everything so; and who rewrites tells always the same.
	if tcp, all := e.Egress(probe.TCP); e.Proxied() || len(tcp) > 1 {
		r.Out = appendNew(r.Out, facts.IDs(all...)...)
	}
	slices.Sort(r.Out)
	return r
}

// echoAlone: only the page on port 80 names these addresses, and STUN another one.
func (e evidence) echoAlone(outside map[netip.Addr]probe.Transport) bool {
	udp, all := e.Egress(probe.UDP)
	for a := range outside {
		if len(udp[a]) > 0 {
			return false
		}
	}
	tcp, _ := e.Egress(probe.TCP)
	for a := range tcp {
		if _, out := outside[a]; !out {
			return false // connections leave by turns
		}
	}
	return len(all) > 0 && !e.Proxied()
}

// wayOut says which traffic leaves from addresses.
func (e evidence) wayOut(from map[netip.Addr]probe.Transport) words.Text {
	which := "both"
	if transports := slices.Compact(slices.Sorted(maps.Values(from))); len(transports) == 1 {
		which = string(transports[0])
	}
	if e.Proxied() {
		return words.Say("cause.egress_not_allowed.some.proxied", words.Args{"which": which})
	}
	return words.Say("cause.egress_not_allowed.some.direct", words.Args{"which": which})
}

// addresses lists addresses in order.
func addresses(m map[netip.Addr]probe.Transport) (list []string) {
	for _, a := range slices.SortedFunc(maps.Keys(m), netip.Addr.Compare) {
		list = append(list, a.String())
	}
	return list
}

// egressVaries: flows of one computer leave from different public addresses.
// Without the group's rules this is only worth knowing.
var egressVaries = rule{
	Code: "egress_varies", Layer: layer.IPAccessControl, Needs: []probe.Operation{probe.STUNBinding, probe.HTTPGet},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		tcp, tcpSeen := e.Egress(probe.TCP)
		udp, udpSeen := e.Egress(probe.UDP)
		all := map[netip.Addr]probe.Transport{}
		for a := range tcp {
			all[a] = probe.TCP
		}
		for a := range udp {
			all[a] = probe.UDP
		}
		if len(all) < 2 {
			return finding.Finding{}, false
		}
		how := "connection"
		if len(tcp) == 1 && len(udp) == 1 {
			how = "transport"
		}
		return finding.Finding{
			Severity: finding.SeverityInfo,
			Said:     true,
			Supports: facts.IDs(append(tcpSeen, udpSeen...)...),
			Rivals:   []finding.Rival{e.rewrittenPage(slices.Collect(maps.Keys(tcp)))},
			Summary:  words.Say("cause.egress_varies.summary", words.Args{"by": how, "addresses": addresses(all)}),
		}, true
	},
}
