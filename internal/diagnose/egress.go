package diagnose

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// egressNotAllowed: the public address that AWS sees is outside the rules the
// administrator gave. That is a direct comparison; its rival, a firewall, leaves
// the address inside the rules.
var egressNotAllowed = Rule{
	Code: "egress_not_allowed", Layer: layer.IPAccessControl, Needs: []probe.Operation{probe.STUNBinding, probe.HTTPGet},
	Meaning: "The public address this network uses is not in the IP access control group, so AWS turns the connection away.",
	Decided: "The public address, learnt over UDP (STUN) and over TCP (address echo), was compared with the CIDRs given by --allowed-cidr.",
	Remedy:  []string{"Ask the WorkSpaces administrator to add the public address in the evidence to the IP access control group.", "If you should be on the company VPN, connect it and run the check again."},
	Check: func(e Evidence) (Finding, bool) {
		outside, denied := e.byGroup(false)
		inside, allowed := e.byGroup(true)
		if len(outside) == 0 {
			return Finding{}, false
		}
		f := Finding{Severity: SeverityFault, Supports: IDs(denied...), Contradicts: IDs(allowed...)}
		out := addressList(outside)
		// Which of several addresses AWS compares is not documented, so that only where
		// none is allowed it has said that it will not.
		f.Said = len(inside) == 0
		f.Rivals = []Rival{e.rewrittenPage(slices.Collect(maps.Keys(outside)))}
		f.Blocks = []string{"pcoip", "dcv"}
		if e.echoAlone(outside) {
			f.Severity, f.Blocks = SeverityDegraded, nil
		}
		switch {
		case len(inside) == 0:
			f.Summary = fmt.Sprintf("Your network's public address, %s, is not in the IP access control group.", out)
		default:
			f.Summary = fmt.Sprintf("Your traffic leaves from several public addresses: %s from %s, which is not in the IP access control group, %s from %s, which is.",
				e.wayOut(outside), out, e.wayOut(inside), addressList(inside))
			f.Remedy = []string{"Ask the WorkSpaces administrator to add all of this network's public addresses to the IP access control group.", "Or ask the network team to send TCP and UDP of one computer out through one fixed address."}
		}
		return f, true
	},
}

// byGroup gives the public addresses that the rules of the group allow, or do not, and
// what told them; none where no rules were given.
func (e Evidence) byGroup(allowed bool) (map[netip.Addr]probe.Transport, []probe.Observation) {
	of, told := map[netip.Addr]probe.Transport{}, []probe.Observation{}
	if e.AllowedCIDRs == nil {
		return of, told
	}
	for _, t := range []probe.Transport{probe.TCP, probe.UDP} {
		seen, _ := e.egress(t)
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
func (e Evidence) rewrittenPage(told []netip.Addr) Rival {
	r := Rival{
		Layer: layer.IPAccessControl, Harmless: true, Rare: true,
		Why: "Somebody on the way may have rewritten the plain page that tells the address, or fetched it from his own.",
		By:  "it is not a single plain page that tells the address",
	}
	udp, _ := e.egress(probe.UDP)
	for _, a := range told {
		r.Out = appendNew(r.Out, IDs(udp[a]...)...)
	}
	// The client's own proxy fetches everything so; and who rewrites tells always the same.
	if tcp, all := e.egress(probe.TCP); e.proxied() || len(tcp) > 1 {
		r.Out = appendNew(r.Out, IDs(all...)...)
	}
	slices.Sort(r.Out)
	return r
}

// echoAlone: only the page on port 80 names these addresses, and STUN another one.
func (e Evidence) echoAlone(outside map[netip.Addr]probe.Transport) bool {
	udp, all := e.egress(probe.UDP)
	for a := range outside {
		if len(udp[a]) > 0 {
			return false
		}
	}
	tcp, _ := e.egress(probe.TCP)
	for a := range tcp {
		if _, out := outside[a]; !out {
			return false // connections leave by turns
		}
	}
	return len(all) > 0 && !e.proxied()
}

// wayOut says which traffic leaves from addresses.
func (e Evidence) wayOut(from map[netip.Addr]probe.Transport) string {
	words := map[probe.Transport]string{probe.TCP: "web traffic (sign-in)", probe.UDP: "UDP (streaming)"}
	if e.proxied() {
		words = map[probe.Transport]string{probe.TCP: "sign-in, through the web proxy,", probe.UDP: "streaming, directly,"}
	}
	var list []string
	for _, t := range from {
		list = appendNew(list, words[t])
	}
	slices.Sort(list)
	return sentenceList(list)
}

func addressList(m map[netip.Addr]probe.Transport) string {
	var list []string
	for _, a := range slices.SortedFunc(maps.Keys(m), netip.Addr.Compare) {
		list = append(list, a.String())
	}
	return sentenceList(list)
}

// egressVaries: flows of one computer leave from different public addresses.
// Without the group's rules this is only worth knowing.
var egressVaries = Rule{
	Code: "egress_varies", Layer: layer.IPAccessControl, Needs: []probe.Operation{probe.STUNBinding, probe.HTTPGet},
	Meaning: "Connections of this computer leave from different public addresses. AWS wants one fixed address for a whole session where an IP access control group is used.",
	Decided: "Several flows over UDP and TCP were asked for the address they come from, and the answers differ.",
	Remedy:  []string{"Ask the network team to send TCP and UDP of one computer out through one fixed address, or have all addresses added to the IP access control group."},
	Check: func(e Evidence) (Finding, bool) {
		tcp, tcpSeen := e.egress(probe.TCP)
		udp, udpSeen := e.egress(probe.UDP)
		all := map[netip.Addr]probe.Transport{}
		for a := range tcp {
			all[a] = probe.TCP
		}
		for a := range udp {
			all[a] = probe.UDP
		}
		if len(all) < 2 {
			return Finding{}, false
		}
		how := "changes from connection to connection"
		if len(tcp) == 1 && len(udp) == 1 {
			how = "differs between TCP and UDP"
		}
		return Finding{Severity: SeverityInfo, Said: true, Supports: IDs(append(tcpSeen, udpSeen...)...), Rivals: []Rival{e.rewrittenPage(slices.Collect(maps.Keys(tcp)))},
			Summary: fmt.Sprintf("The public address of this network %s (%s); that breaks IP access control groups that do not hold them all.", how, addressList(all))}, true
	},
}
