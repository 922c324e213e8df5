package desk

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// hostInspects: the certificate of an AWS host is signed by somebody else, and
// opening connections to it does not move the interface's packet counter. Its
// rival, an inspection in the network, sees packets that left.
var hostInspects = rule{
	Code:     "host_inspects",
	Layer:    layer.LocalFirewall,
	Needs:    []probe.Operation{probe.HostCounters, probe.PathSweep, probe.TLSHandshake},
	Explains: signed,
	Where:    atSigner,
	Check: func(e evidence) (finding.Finding, bool) {
		list, own := e.resigned(), e.answeredByHost(443)
		if len(list) == 0 || len(own) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(list, own...)...),
			Blocks:   e.webBlocks(list),
		}
		f.Rivals = []finding.Rival{{
			Layer: layer.TLSInspection, Why: words.Say("cause.host_inspects.network.why"),
			By: words.Say("cause.host_inspects.network.by"), Out: facts.IDs(own...),
		}}
		if len(f.Blocks) == 0 {
			f.Severity = finding.SeverityDegraded
		}
		args := signedBy(list)
		f.Summary = words.Say("cause.host_inspects.summary", args)
		if args["product"] != "" {
			f.Summary = words.Say("cause.host_inspects.product", args)
		}
		f.Remedy = []words.Text{words.Say("cause.host_inspects.ask", args)}
		return f, true
	},
}

// answeredByHost gives the packet counters that show this computer answering
// itself for a port; 0 is any.
func (e evidence) answeredByHost(port uint16) []probe.Observation {
	return facts.Where(e.Of(probe.HostCounters), func(o probe.Observation) bool {
		return facts.Detail[probe.CountersDetail](o).Flat && len(e.answeredSweeps(o)) > 0 &&
			(port == 0 || o.Port() == port)
	})
}

// answeredSweeps gives the sweeps of the same ports as these observations that
// somebody reset or accepted.
func (e evidence) answeredSweeps(list ...probe.Observation) []probe.Observation {
	return facts.Where(e.Of(probe.PathSweep), func(o probe.Observation) bool {
		end := facts.Detail[probe.SweepDetail](o).End
		return (end == probe.HopRST || end == probe.HopSYNACK) &&
			slices.ContainsFunc(list, func(c probe.Observation) bool { return c.Target == o.Target })
	})
}

// largeHelloLost: a ClientHello of two segments gets no answer and a small one
// does, from the same host in the same run. Its rival, a filter by name, stops
// both.
var largeHelloLost = rule{
	Code: "large_hello_lost", Layer: layer.NetworkFirewall, Needs: []probe.Operation{probe.TLSHandshake},
	Where: finding.NoPlace[evidence],
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
		return finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(bad, same...)...),
			Unsure:   probe.StreamingProtocols(),
			Summary:  words.Say("cause.large_hello_lost.summary", words.Args{"host": bad[0].Host()}),
			Why:      words.Say("cause.large_hello_lost.why"),
			Rivals: append(
				e.vpnRivals("small"),
				finding.Rival{Layer: layer.InternetPath, Why: words.Say("cause.large_hello_lost.path.why")},
			),
			NextTest: sameCheck,
		}, true
	},
}

// mtuBlackHole: small packets are answered, larger ones vanish without the ICMP
// message that would let computers adapt. Its rival, a path with a small MTU
// that says so, is no fault.
var mtuBlackHole = rule{
	Code: "mtu_black_hole", Layer: layer.InternetPath, Needs: []probe.Operation{probe.PathMTU}, Explains: greetings,
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(
			e.Of(probe.PathMTU),
			func(o probe.Observation) bool { return facts.Detail[probe.MTUDetail](o).BlackHole },
		)
		small := e.onlySmall()
		if len(list)+len(small) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityDegraded,
			Supports: facts.IDs(append(list, small...)...),
			Why:      words.Say("cause.mtu_black_hole.why"),
			NextTest: words.Say("cause.mtu_black_hole.next"),
		}
		f.Rivals = append(
			e.vpnRivals("small"),
			finding.Rival{Layer: layer.NetworkFirewall, Why: words.Say("cause.mtu_black_hole.firewall.why")},
		)
		largest := 0
		if len(list) > 0 {
			largest = facts.Detail[probe.MTUDetail](list[0]).Largest
			f.Summary = words.Say("cause.mtu_black_hole.summary", words.Args{"bytes": largest})
		}
		if len(small) > 0 {
			f.Summary = words.Say(
				"cause.mtu_black_hole.from-aws",
				words.Args{
					"hosts": someHosts(small),
					"bytes": facts.Detail[probe.TLSDetail](small[0]).MSS + ipTCPHeader,
				},
			)
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
		return facts.Detail[probe.TLSDetail](o).MSS > 0 && facts.IsOK(o) &&
			slices.ContainsFunc(e.Of(probe.TLSHandshake), func(before probe.Observation) bool {
				return before.Endpoint == o.Endpoint && facts.Detail[probe.TLSDetail](before).MSS == 0 &&
					!facts.IsOK(before)
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
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		if _, lossy := lossyPort.Check(e); lossy {
			return finding.Finding{}, false // so much of the port is lost that these may be too
		}
		open := facts.StateOf(e.Port("pcoip-udp")).OK
		quiet := facts.Where(e.At(sourcePort, probe.STUNBinding), func(o probe.Observation) bool {
			return o.Outcome == probe.Silent ||
				(o.Outcome == probe.Failed && o.Failure == probe.AdministrativelyProhibited)
		})
		quiet = facts.Where(quiet, func(o probe.Observation) bool {
			return slices.ContainsFunc(open, func(g probe.Observation) bool { return g.Address == o.Address })
		})
		odds := e.odds(quiet)
		if len(quiet) == 0 || len(open) == 0 || odds != nil && odds.Chance > sweep.ChanceLimit {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityFault,
			Odds:     odds,
			Supports: facts.IDs(append(quiet, open...)...),
			Blocks:   []probe.Protocol{probe.PCoIP},
			Summary:  words.Say("cause.source_port_blocked.summary"),
			Why:      words.Say("cause.source_port_blocked.why"),
			Rivals: []finding.Rival{
				{Layer: layer.LocalFirewall, Why: words.Say("cause.source_port_blocked.software.why")},
			},
			NextTest: sameCheck,
		}, true
	},
}
