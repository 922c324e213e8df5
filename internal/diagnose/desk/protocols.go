package desk

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/probe"
)

// need is what a protocol needs of the streaming ports, besides sign-in on 443:
// each of the lists has to have one port that works.
var need = map[probe.Protocol][][]string{
	probe.PCoIP: {{"pcoip-tcp"}, {"pcoip-udp"}},
	probe.DCV:   {{"dcv-tcp", "dcv-udp"}},
}

// protocols says of both protocols what can be said: the state, and how far
// their way was shown. It is the only place that does.
func protocols(e evidence, findings []finding.Finding) (finding.Protocols, finding.ProtocolsSeen) {
	flows, ways := e.flows(), e.judged.ways()
	of := func(protocol probe.Protocol) (finding.ProtocolState, finding.Seen) {
		if !e.Wants(protocol) {
			return finding.ProtocolUnknown, finding.SeenNothing
		}
		seen := finding.SeenHost
		for _, ports := range need[protocol] {
			seen = finding.Lesser(seen, bestSeen(e, flows, ways, ports))
		}
		if !webWorks(e) {
			seen = finding.SeenNothing
		}
		state := stateFrom(e, findings, protocol, seen)
		if state == finding.ProtocolBlocked {
			seen = finding.SeenNothing
		}
		return state, seen
	}
	var p finding.Protocols
	var s finding.ProtocolsSeen
	p.PCoIP, s.PCoIP = of(probe.PCoIP)
	p.DCV, s.DCV = of(probe.DCV)
	return p, s
}

// stateFrom: only a fault blocks. What was not shown alive is not ok.
func stateFrom(
	e evidence,
	findings []finding.Finding,
	protocol probe.Protocol,
	seen finding.Seen,
) finding.ProtocolState {
	degraded := false
	for _, f := range findings {
		touches := slices.Contains(f.Blocks, protocol) || slices.Contains(f.Unsure, protocol)
		switch {
		case f.SuppressedBy != nil:
		case f.Severity == finding.SeverityFault && slices.Contains(f.Blocks, protocol):
			return finding.ProtocolBlocked
		case touches && (f.Severity == finding.SeverityFault || f.Severity == finding.SeveritySuspect):
			return finding.ProtocolUnknown
		}
		degraded = degraded || slices.Contains(f.Degrades, protocol)
	}
	if e.settingsMissing() {
		return finding.ProtocolUnknown // the client asks there how to go on
	}
	if e.systemNameless() {
		return finding.ProtocolUnknown // the client asks the system, whatever servers tell who asks them himself
	}
	switch {
	case seen != finding.SeenHost:
		return finding.ProtocolUnknown
	case degraded, protocol == probe.DCV && facts.StateOf(e.WantedPort("dcv-tcp")).Dead():
		return finding.ProtocolDegraded
	}
	return finding.ProtocolOK
}

// systemNameless: this system got no answer for any name that it was asked for, nor
// does a server answer in the way that it asks them, to which it may come later.
func (e evidence) systemNameless() bool {
	system, direct := e.awsQuestions()
	found := func(o probe.Observation) bool {
		return !unansweredName(o) && facts.Detail[probe.DNSDetail](o).Transport != probe.TCP
	}
	return len(system) > 0 && !slices.ContainsFunc(append(slices.Clone(system), direct...), found)
}

// settingsMissing: where the client asks how to go on was looked for, and gave no
// answer or has no address; or this system has none for it, whatever servers tell who
// asks them himself, and no proxy looks names up.
func (e evidence) settingsMissing() bool {
	const endpoint = "directory-settings"
	if w, asked := e.Web(endpoint); asked {
		return !w.OK() || !e.Proxied() && slices.ContainsFunc(e.named(), func(n named) bool {
			return n.host == w.Last.Host() && n.system.ID != "" && !facts.IsOK(n.system) && !unansweredName(n.system)
		})
	}
	return slices.ContainsFunc(
		e.Endpoint(endpoint),
		func(o probe.Observation) bool { return o.Failure == probe.NoAddress },
	)
}

// bestSeen is how far the best of some ports was shown.
func bestSeen(e evidence, flows []flow, ways []explanation, ports []string) finding.Seen {
	best := finding.SeenNothing
	for _, f := range flows {
		role := strings.TrimPrefix(f.role, "gateway-")
		if f.to.name == "broker" || !slices.Contains(ports, role) ||
			f.role == role && slices.ContainsFunc(e.Port("gateway-"+role), facts.Sent) {
			continue // where a gateway was named, that is what has to work
		}
		spoilt := slices.ContainsFunc(ways, func(x explanation) bool {
			return slices.ContainsFunc(x.flows, func(g flow) bool { return g.role == f.role })
		})
		if s := e.seenOf(f); !spoilt && slices.Index(finding.SeenOrder, s) > slices.Index(finding.SeenOrder, best) {
			best = s
		}
	}
	return best
}

// seenOf: somebody behind the port spoke; or its packets came as far as those of
// the control do, and only the host gave no sign that it is more than a device on
// the way.
func (e evidence) seenOf(f flow) finding.Seen {
	last := facts.Detail[probe.SweepDetail](f.sweep).Last
	switch {
	case f.ending == candidates.Alive:
		return finding.SeenHost
	case f.ending == candidates.Mute && f.kind == sweep.Passes && !f.to.way.Hidden:
		return finding.SeenHost
	case f.ending == candidates.Mute && f.direct[0].Transport() == probe.UDP:
		return finding.SeenLastRouter // a datagram came back
	case f.ending == candidates.Mute && (f.kind == sweep.Passes && last > 0 || e.fromFar(f)):
		return finding.SeenLastRouter
	case f.ending == candidates.Silent && f.direct[0].Transport() == probe.UDP && f.kind == sweep.Passes && last > 0:
		return finding.SeenLastRouter
	}
	return finding.SeenNothing
}

// farFraction of the round trip to the Region is nearly all of the way.
const farFraction = 0.75

// fromFar: a port was accepted after nearly the round trip that the Region takes,
// which is long enough to mean distance. The Region's is that of its web hosts: who
// accepts streaming ports in its place would set his own measure.
func (e evidence) fromFar(f flow) bool {
	ms, _, measured := e.LeastRTT("broker", "session-broker")
	return measured && ms >= farEnough && !slices.ContainsFunc(f.direct, func(o probe.Observation) bool {
		return facts.Detail[probe.ConnectDetail](o).RTTMS < ms*farFraction
	})
}
