package desk

import (
	"fmt"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// hostInspects: the certificate of an AWS host is signed by somebody else, and
// opening connections to it does not move the interface's packet counter. Its
// rival, an inspection in the network, sees packets that left.
var hostInspects = rule{
	Code: "host_inspects", Layer: layer.LocalFirewall, Needs: []probe.Operation{probe.HostCounters, probe.PathSweep, probe.TLSHandshake}, Explains: signed,
	Meaning: "Security software on this computer inspects HTTPS: it replaces AWS's certificate by its own (TLS inspection). WorkSpaces does not support that.",
	Decided: "The certificate presented for an AWS host is signed by neither Amazon Trust Services nor Starfield. The network card's packet counter stayed still while connections to that host were opened, and moved for a control port in the same moment.",
	Remedy:  []string{"Ask desktop IT to exempt the WorkSpaces domains (and TCP 4195) from HTTPS inspection in this computer's security software."},
	Check: func(e evidence) (finding.Finding, bool) {
		list, own := e.resigned(), e.answeredByHost(443)
		if len(list) == 0 || len(own) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(append(list, own...)...), Blocks: e.webBlocks(list)}
		f.Rivals = []finding.Rival{{
			Layer: layer.TLSInspection, Why: "A proxy or firewall of this network may inspect HTTPS.",
			By: "the connections do not leave this computer", Out: facts.IDs(own...),
		}}
		if len(f.Blocks) == 0 {
			f.Severity = finding.SeverityDegraded
		}
		who := "Security software on this computer"
		if product := facts.InspectorOf(list[0]); product.Product != "" {
			who = product.Product + " on this computer"
		}
		f.Summary = fmt.Sprintf("%s inspects HTTPS to AWS, which WorkSpaces does not support. The certificate of %s is signed by \"%s\", not by Amazon, and the connections do not leave this computer.", who, someHosts(list), commonName(facts.Detail[probe.TLSDetail](list[0]).Issuer))
		f.Remedy = []string{fmt.Sprintf("Ask desktop IT to exempt these hosts from HTTPS inspection in this computer's security software: %s.", allHosts(list))}
		return f, true
	},
}

// answeredByHost gives the packet counters that show this computer answering
// itself for a port; 0 is any.
func (e evidence) answeredByHost(port uint16) []probe.Observation {
	return facts.Where(e.Of(probe.HostCounters), func(o probe.Observation) bool {
		return facts.Detail[probe.CountersDetail](o).Flat && len(e.answeredSweeps(o)) > 0 && (port == 0 || o.Port() == port)
	})
}

// answeredSweeps gives the sweeps of the same ports as these observations that
// somebody reset or accepted.
func (e evidence) answeredSweeps(list ...probe.Observation) []probe.Observation {
	return facts.Where(e.Of(probe.PathSweep), func(o probe.Observation) bool {
		end := facts.Detail[probe.SweepDetail](o).End
		return (end == probe.HopRST || end == probe.HopSYNACK) && slices.ContainsFunc(list, func(c probe.Observation) bool { return c.Target == o.Target })
	})
}

// largeHelloLost: a ClientHello of two segments gets no answer and a small one
// does, from the same host in the same run. Its rival, a filter by name, stops
// both.
var largeHelloLost = rule{
	Code: "large_hello_lost", Layer: layer.NetworkFirewall, Needs: []probe.Operation{probe.TLSHandshake},
	Meaning: "The large first message of an encrypted connection, as browsers send it today, gets no answer. A small one does.",
	Decided: "The same host was asked with a ClientHello of about 1.5 kB and with one of about 300 bytes; only the small one was answered. Some middleboxes cannot read a ClientHello in two segments.",
	Remedy:  []string{"Ask the network team to update the firewall or proxy that reads TLS greetings.", "Until then the sign-in page inside the client may hang."},
	Check: func(e evidence) (finding.Finding, bool) {
		var bad, good []probe.Observation
		for _, o := range e.Of(probe.TLSHandshake) {
			d := facts.Detail[probe.TLSDetail](o)
			switch {
			case d.Hello == probe.HelloLarge && d.Phase != "" && o.Outcome != probe.OK:
				bad = append(bad, o)
			case facts.IsOK(o) && d.Hello != probe.HelloLarge:
				good = append(good, o)
			}
		}
		same := facts.Where(good, func(g probe.Observation) bool {
			return slices.ContainsFunc(bad, func(b probe.Observation) bool { return b.Host() == g.Host() })
		})
		if len(bad) == 0 || len(same) == 0 {
			return finding.Finding{}, false
		}
		// Where large packets are lost, pictures are: what was shown of the streaming
		// ports was small.
		return finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(append(bad, same...)...), Unsure: []string{"pcoip", "dcv"},
			Summary:  fmt.Sprintf("The sign-in page may hang: %s answers small TLS greetings and not large ones.", bad[0].Host()),
			Why:      "A device that inspects TLS greetings may fail on large ones.",
			Rivals:   append(e.vpnRivals("not carry large packets"), finding.Rival{Layer: layer.InternetPath, Why: "A path that loses large packets can look like this too."}),
			NextTest: "Run the same check on another network, such as a phone's hotspot."}, true
	},
}

// mtuBlackHole: small packets are answered, larger ones vanish without the ICMP
// message that would let computers adapt. Its rival, a path with a small MTU
// that says so, is no fault.
var mtuBlackHole = rule{
	Code: "mtu_black_hole", Layer: layer.InternetPath, Needs: []probe.Operation{probe.PathMTU}, Explains: greetings,
	Meaning: "Large packets are lost on the way, and nothing tells this computer to send smaller ones.",
	Decided: "Packets up to a size were answered, larger ones were not, twice, and no router sent \"packet too big\".",
	Remedy:  []string{"If a VPN is on, set its MTU lower (at least 1200 bytes must pass) or turn it off and compare.", "Ask the network team or provider to let ICMP \"fragmentation needed\" and \"packet too big\" through."},
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Of(probe.PathMTU), func(o probe.Observation) bool { return facts.Detail[probe.MTUDetail](o).BlackHole })
		small := e.onlySmall()
		if len(list)+len(small) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityDegraded, Supports: facts.IDs(append(list, small...)...), Why: "The provider's line may not carry large packets.",
			NextTest: "Turn off a VPN if one is on, and run the check again; then from another network, such as a phone's hotspot.",
		}
		f.Rivals = append(e.vpnRivals("not carry large packets"), finding.Rival{Layer: layer.NetworkFirewall, Why: "A firewall may drop large packets or the messages about them."})
		largest := 0
		if len(list) > 0 {
			largest = facts.Detail[probe.MTUDetail](list[0]).Largest
			f.Summary = fmt.Sprintf("Connections may hang: packets larger than %d bytes are lost on the way, and no router says so.", largest)
		}
		if len(small) > 0 {
			f.Summary = fmt.Sprintf("Connections may hang: large packets from AWS are lost on the way, and no router says so. %s answers in packets of %d bytes at most, and not otherwise.", someHosts(small), facts.Detail[probe.TLSDetail](small[0]).MSS+ipTCPHeader)
			f.Blocks = e.webBlocks(small)
		}
		if largest > 0 && (largest < facts.StreamingMTU || e.sizeExplains(largest)) || len(f.Blocks) > 0 {
			f.Severity = finding.SeverityFault
		}
		return f, true
	},
}

// ipTCPHeader in bytes: IPv4's and TCP's, without options.
const ipTCPHeader = 40

// onlySmall gives the handshakes that succeeded with small packets alone: the same
// host had hung after a greeting that it acknowledged.
func (e evidence) onlySmall() []probe.Observation {
	return facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
		return facts.Detail[probe.TLSDetail](o).MSS > 0 && facts.IsOK(o) && slices.ContainsFunc(e.Of(probe.TLSHandshake), func(before probe.Observation) bool {
			return before.Endpoint == o.Endpoint && facts.Detail[probe.TLSDetail](before).MSS == 0 && !facts.IsOK(before)
		})
	})
}

// tcpHeaders in bytes: an IPv6 and a TCP header with their usual options.
const tcpHeaders = 40 + 32

// sizeExplains: a host that sign-in needs fails in a way that lost packets above
// a size explain. They do not explain a connect, a reset, or a greeting that was
// never acknowledged although it is smaller: many lines carry a little less than
// they should and say nothing, and do no harm by it.
func (e evidence) sizeExplains(largest int) bool {
	return slices.ContainsFunc(e.ClientWebs(), func(w facts.Web) bool {
		small := slices.ContainsFunc(w.All, func(o probe.Observation) bool {
			d := facts.Detail[probe.TLSDetail](o)
			return d.Phase == probe.HelloUnacked && d.HelloBytes+tcpHeaders <= largest
		})
		return slices.Contains(facts.RequiredWeb, w.Role.Endpoint) && !w.OK() && !small &&
			w.Last.Operation != probe.TCPConnect && w.Last.Failure != probe.ConnectionReset
	})
}

// sourcePortBlocked: UDP 4172 is answered when asked from any port, and not
// when asked from the client's own PCoIP ports. Same host, same moment.
var sourcePortBlocked = rule{
	Code: "source_port_blocked", Layer: layer.NetworkFirewall, Needs: []probe.Operation{probe.STUNBinding},
	Meaning: "UDP from the ports the PCoIP client uses (50002, 55002) gets no answer, although UDP 4172 itself is open. Users then see a black screen.",
	Decided: "The same host answered on UDP 4172 from an ordinary port and not from 50002 or 55002, at the same moment.",
	Remedy:  []string{"Ask the network team to allow UDP from source ports 50002 and 55002 to port 4172, and the answers."},
	Check: func(e evidence) (finding.Finding, bool) {
		if _, lossy := lossyPort.Check(e); lossy {
			return finding.Finding{}, false // so much of the port is lost that these may be too
		}
		open := facts.StateOf(e.Port("pcoip-udp")).OK
		quiet := facts.Where(e.At("pcoip-source", probe.STUNBinding), func(o probe.Observation) bool {
			return o.Outcome == probe.Silent || (o.Outcome == probe.Failed && o.Failure == probe.AdministrativelyProhibited)
		})
		quiet = facts.Where(quiet, func(o probe.Observation) bool {
			return slices.ContainsFunc(open, func(g probe.Observation) bool { return g.Address == o.Address })
		})
		odds := e.odds(quiet)
		if len(quiet) == 0 || len(open) == 0 || odds != nil && odds.Chance > sweep.ChanceLimit {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: finding.SeverityFault, Odds: odds, Supports: facts.IDs(append(quiet, open...)...), Blocks: []string{"pcoip"},
			Summary:  "PCoIP desktops may stay black: UDP 4172 does not answer the ports that the client sends from (50002, 55002).",
			Why:      "A firewall that allows only certain source ports looks like this.",
			Rivals:   []finding.Rival{{Layer: layer.LocalFirewall, Why: "Security software on this computer that does the same looks like this too."}},
			NextTest: "Run the same check on another network, such as a phone's hotspot."}, true
	},
}
