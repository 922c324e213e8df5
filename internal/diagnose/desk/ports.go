package desk

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// resets are the observations a TCP reset ended.
func resets(s facts.PortState) []probe.Observation {
	return facts.Where(s.Failed, func(o probe.Observation) bool {
		return facts.ICMP(o) == nil && (o.Failure == probe.ConnectionRefused || o.Failure == probe.ConnectionReset)
	})
}

// nearFraction and farEnough decide when an answer came from nearer than its
// host: below a quarter of the Region's round trip, and only if that round trip
// is long enough for the difference to mean distance, not scheduling.
const (
	nearFraction = 0.25
	farEnough    = 12.0 // milliseconds
)

// answeredTooNear: a refusal or an accept came back in a fraction of the round
// trip to the same Region. Light cannot do that, a device near the user can.
// Its rival, the gateway's own refusal, takes the full round trip.
func answeredTooNear(e evidence, o probe.Observation) (float64, probe.Observation, bool) {
	far, control, measured := 0.0, probe.Observation{}, false
	for _, c := range e.Control() {
		regional := c.Endpoint == "broker" || c.Endpoint == "session-broker" ||
			facts.Detail[probe.ConnectDetail](c).Spoke == "tls"
		if c.Port() == o.Port() || !regional {
			continue // CloudFront is nearer than the Region, and a bare accept may be forged itself
		}
		if rtt := facts.Detail[probe.ConnectDetail](c).RTTMS; rtt > 0 && (!measured || rtt < far) {
			far, control, measured = rtt, c, true
		}
	}
	if !measured || far < farEnough {
		return 0, control, false
	}
	near := 0.0
	for _, a := range facts.AttemptsOf(o) {
		if a.Outcome == probe.OK || a.Outcome == probe.Failed {
			near = max(near, a.ElapsedMS) // the slowest answer must still be too fast
		}
	}
	return near, control, near > 0 && near < far*nearFraction
}

// acceptMute: a port accepts and then no TLS answers, although the same port at
// AWS is expected to speak it. Whether the health hosts speak TLS is not
// documented, so this is only worth knowing.
var acceptMute = rule{
	Code: "port_accepts_silently", Layer: layer.StreamingGateway, Needs: []probe.Operation{probe.TCPConnect},
	Where: atHosts,
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Of(probe.TCPConnect), func(o probe.Observation) bool {
			spoke := facts.Detail[probe.ConnectDetail](o).Spoke
			return e.primary(o) && facts.IsOK(o) && spoke != "" && spoke != "tls" && spoke != "bytes"
		})
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityInfo,
			Supports: facts.IDs(list...),
			Rivals: []finding.Rival{
				{Layer: layer.NetworkFirewall, Rare: true, Why: words.Say("cause.port_accepts_silently.device.why")},
			},
			Summary: words.Say("cause.port_accepts_silently.summary", words.Args{"what": ports(list)}),
		}, true
	},
}

// someAddressesDead: of several addresses of one host some answer. The client
// picks another one, so nobody loses anything.
var someAddressesDead = rule{
	Code: "gateway_address_dead", Layer: layer.StreamingGateway, Needs: []probe.Operation{probe.TCPConnect},
	Where: atHosts,
	Check: func(e evidence) (finding.Finding, bool) {
		var list, good []probe.Observation
		for _, role := range facts.StreamingRoles {
			s := facts.StateOf(e.Port(role.Endpoint))
			if strings.HasSuffix(role.Endpoint, "-tcp") && s.Passes() && len(s.OK) < len(s.All) {
				list = append(list, append(s.Silent, s.Failed...)...)
				good = append(good, s.OK...)
			}
		}
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: finding.SeverityInfo, Supports: facts.IDs(append(list, good...)...),
			Rivals: []finding.Rival{{
				Layer: layer.NetworkFirewall, Why: words.Say("cause.gateway_address_dead.firewall.why"),
				By: words.Say("cause.gateway_address_dead.firewall.by"), Out: facts.IDs(good...),
			}},
			Summary: words.Say("cause.gateway_address_dead.summary", words.Args{"n": len(facts.ByAddress(list))})}, true
	},
}

// udpNotPassing: no datagram to any AWS host is answered, not even by the STUN
// server, which is known to answer, while TCP passes and the local resolver
// answers over UDP. Then UDP as such does not get through; who stops it is open.
var udpNotPassing = rule{
	Code: "udp_not_passing", Layer: layer.NetworkFirewall, Needs: []probe.Operation{probe.STUNBinding},
	Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		stun := facts.Where(e.At("stun", probe.STUNBinding), facts.Sent)
		if len(stun) == 0 || slices.ContainsFunc(stun, func(o probe.Observation) bool { return !facts.IsSilent(o) }) ||
			len(e.AnsweredUDP()) > 0 ||
			len(e.Control()) == 0 {
			return finding.Finding{}, false
		}
		list := slices.Clone(stun)
		for _, role := range []string{"pcoip-udp", "dcv-udp"} {
			s := facts.StateOf(e.Port(role))
			if len(s.Failed) > 0 {
				return finding.Finding{}, false
			}
			list = append(list, s.All...)
		}
		f := finding.Finding{
			Severity:    finding.SeverityFault,
			Remedy:      udpRemedy,
			Odds:        e.odds(list),
			Supports:    facts.IDs(append(list, e.Control()[0])...),
			Contradicts: facts.IDs(e.nearResolver()...),
		}
		f.Summary = words.Say("cause.udp_not_passing.summary")
		if e.Wants(probe.DCV) {
			f.Degrades = []probe.Protocol{probe.DCV}
		}
		if !e.Wants(probe.PCoIP) {
			f.Severity = finding.SeverityDegraded
			f.Summary = words.Say("cause.udp_not_passing.dcv")
		}
		e.whoseUDP(&f, stun[0].Addr())
		if too, stopped := e.stopsTCPToo(); len(too) > 0 {
			f.Rivals = append(too, f.Rivals...)
			f.Summary = words.Say("cause.udp_not_passing.tcp-too", words.Args{"what": ports(stopped)})
		}
		if !facts.StateOf(e.Port("dcv-tcp")).Passes() {
			f.Remedy = f.Remedy[:1] // what works meanwhile does not
		}
		f.NextTest = words.Say("cause.udp_not_passing.next")
		return f, true
	},
}

// udpRemedy asks somebody, and says what works meanwhile over TCP.
var udpRemedy = words.Several("cause.udp_not_passing.remedy")

// whoseUDP asks where datagrams of every kind end. Only connects tell of routers
// behind the last that answers a datagram; that one router answers connects alone
// is common enough, that two in a row do is not.
func (e evidence) whoseUDP(f *finding.Finding, stun netip.Addr) {
	last, beyond := flow{}, []candidates.Place{}
	for _, u := range e.flows() {
		if u.ending != candidates.Silent || u.direct[0].Transport() != probe.UDP || u.sweep.ID == "" {
			continue
		}
		if last.to == nil ||
			facts.Detail[probe.SweepDetail](u.sweep).Last > facts.Detail[probe.SweepDetail](last.sweep).Last {
			last = u
		}
	}
	decision, end := candidates.Decision{}, candidates.Here
	var heard []string
	if last.to != nil {
		if facts.Detail[probe.SweepDetail](last.sweep).Last > 0 {
			heard = facts.IDs(last.sweep)
		}
		end = candidates.Place(facts.Detail[probe.SweepDetail](last.sweep).Last)
		for p := end + 1; p < last.to.way.End; p++ {
			if last.to.hops[p].IsValid() {
				beyond = append(beyond, p)
			}
		}
		if len(beyond) >= 2 && end > candidates.Here {
			owner := func(p candidates.Place) candidates.Owner { return e.ownerOf(last.to, p, candidates.Drop, true) }
			decision = candidates.Decide([]candidates.Place{end, beyond[0]}, beyond[1:], owner, beyond[0] == end+1)
			f.Supports = append(f.Supports, last.sweep.ID)
		}
	}
	if decision.Worth != candidates.Open {
		f.Layer = layer.ID(decision.Layer)
		f.Where = e.whereOf(
			explanation{places: []candidates.Place{end, beyond[0]}, to: last.to, flows: []flow{last}},
			f.Layer,
			true,
		)
		f.Blocks = e.effectOf(e.Port("pcoip-udp")).Blocks
		if l, known := layer.Get(f.Layer); known {
			f.Remedy = []words.Text{
				words.Say("cause.udp_not_passing.ask", words.Args{"team": words.Owner(l.Owner)}),
				udpRemedy[1],
			}
		}
		next := e.ownerOf(last.to, beyond[0], candidates.Drop, true).Layers
		for _, name := range decision.Rest {
			if (isAWSLayer(name) || name == string(layer.IPAccessControl)) && !slices.Contains(next, name) {
				continue // hosts at different places of AWS's are silent alike; its border, if next, may still be the one
			}
			f.Rivals = append(
				f.Rivals,
				finding.Rival{Layer: layer.ID(name), Rare: true, Why: words.Say("cause.udp_not_passing.farther.why")},
			)
		}
		if len(f.Rivals) == 0 { // that two routers in a row answer connects alone is not common
			f.Rivals = []finding.Rival{
				{Layer: f.Layer, Harmless: true, Rare: true, Why: words.Say("cause.udp_not_passing.tcp-alone.why")},
			}
		}
		return
	}
	f.Why = words.Say("cause.udp_not_passing.why")
	f.Rivals = append(
		e.vpnRivals("drop"),
		finding.Rival{Layer: layer.InternetPath, Why: words.Say("cause.udp_not_passing.provider.why")},
		finding.Rival{
			Layer: layer.LocalFirewall, Why: ownSecurity,
			By: words.Say("cause.udp_not_passing.software.by"), Out: heard,
		},
	)
	if why := standIn(stun); !why.Empty() {
		f.Rivals = append(
			f.Rivals,
			finding.Rival{
				Layer: layer.DNS,
				Why:   words.Say("cause.udp_not_passing.stand-in.why"),
				Adds:  words.Say("cause.udp_not_passing.stand-in.adds", words.Args{"address": stun, "kind": why}),
			},
		)
	}
	f.Rivals = append(
		f.Rivals,
		finding.Rival{Layer: layer.StreamingGateway, Rare: true, Why: words.Say("cause.udp_not_passing.host.why")},
	)
}

// stopsTCPToo: whoever stops connects to the streaming ports may stop datagrams as
// well, so that what looks like two causes is one. It gives those connects too.
func (e evidence) stopsTCPToo() (list []finding.Rival, stopped []probe.Observation) {
	for _, x := range e.judged.ways() {
		for _, f := range x.flows {
			if f.ending != candidates.Silent || f.direct[0].Transport() != probe.TCP || f.role == "broker" {
				continue
			}
			stopped = append(stopped, f.direct[0])
			for _, l := range append([]layer.ID{x.layer()}, x.rest()...) {
				if !slices.ContainsFunc(list, func(r finding.Rival) bool { return r.Layer == l }) {
					list = append(list, finding.Rival{Layer: l, Why: words.Say("cause.udp_not_passing.tcp-too-why")})
				}
			}
		}
	}
	return list, stopped
}
