package diagnose

import (
	"encoding/json"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/probe"
)

// Seen is how far a protocol's way was shown.
type Seen string

// The closed list: to a host that answered, as far as the last router that packets
// of that kind reach, or not at all.
const (
	SeenHost       Seen = "host"
	SeenLastRouter Seen = "last-router"
	SeenNothing    Seen = "nothing"
)

// ProtocolsSeen is how far the way of each protocol was shown.
type ProtocolsSeen struct {
	PCoIP Seen `json:"pcoip"`
	DCV   Seen `json:"dcv"`
}

// need is what a protocol needs of the streaming ports, besides sign-in on 443:
// each of the lists has to have one port that works.
var need = map[string][][]string{
	"pcoip": {{"pcoip-tcp"}, {"pcoip-udp"}},
	"dcv":   {{"dcv-tcp", "dcv-udp"}},
}

// protocolFold says of both protocols what can be said: the state, and how far
// their way was shown. It is the only place that does.
func protocolFold(e Evidence, findings []Finding) (Protocols, ProtocolsSeen) {
	flows, ways := e.flows(), e.judged.ways()
	of := func(protocol string) (ProtocolState, Seen) {
		if !e.wants(protocol) {
			return ProtocolUnknown, SeenNothing
		}
		seen := SeenHost
		for _, ports := range need[protocol] {
			seen = lesser(seen, bestSeen(e, flows, ways, ports))
		}
		if !webWorks(e) {
			seen = SeenNothing
		}
		state := stateFrom(e, findings, protocol, seen)
		if state == ProtocolBlocked {
			seen = SeenNothing
		}
		return state, seen
	}
	var p Protocols
	var s ProtocolsSeen
	p.PCoIP, s.PCoIP = of("pcoip")
	p.DCV, s.DCV = of("dcv")
	return p, s
}

// stateFrom: only a fault blocks. What was not shown alive is not ok.
func stateFrom(e Evidence, findings []Finding, protocol string, seen Seen) ProtocolState {
	degraded := false
	for _, f := range findings {
		touches := slices.Contains(f.Blocks, protocol) || slices.Contains(f.Unsure, protocol)
		switch {
		case f.SuppressedBy != nil:
		case f.Severity == SeverityFault && slices.Contains(f.Blocks, protocol):
			return ProtocolBlocked
		case touches && (f.Severity == SeverityFault || f.Severity == SeveritySuspect):
			return ProtocolUnknown
		}
		degraded = degraded || slices.Contains(f.Degrades, protocol)
	}
	if e.settingsMissing() {
		return ProtocolUnknown // the client asks there how to go on
	}
	if e.systemNameless() {
		return ProtocolUnknown // the client asks the system, whatever servers tell who asks them himself
	}
	switch {
	case seen != SeenHost:
		return ProtocolUnknown
	case degraded, protocol == "dcv" && stateOf(e.wantedPort("dcv-tcp")).dead():
		return ProtocolDegraded
	}
	return ProtocolOK
}

// systemNameless: this system got no answer for any name that it was asked for, nor
// does a server answer in the way that it asks them, to which it may come later.
func (e Evidence) systemNameless() bool {
	system, direct := e.names()
	found := func(o probe.Observation) bool {
		return !unansweredName(o) && detail[probe.DNSDetail](o).Transport != probe.TCP
	}
	return len(system) > 0 && !slices.ContainsFunc(append(slices.Clone(system), direct...), found)
}

// settingsMissing: where the client asks how to go on was looked for, and gave no
// answer or has no address; or this system has none for it, whatever servers tell who
// asks them himself, and no proxy looks names up.
func (e Evidence) settingsMissing() bool {
	const endpoint = "directory-settings"
	if w, asked := e.web(endpoint); asked {
		return !w.ok() || !e.proxied() && slices.ContainsFunc(e.named(), func(n named) bool {
			return n.host == w.last.Host() && n.system.ID != "" && !isOK(n.system) && !unansweredName(n.system)
		})
	}
	return slices.ContainsFunc(e.byEndpoint[endpoint], func(o probe.Observation) bool { return o.Failure == probe.NoAddress })
}

var seenOrder = []Seen{SeenNothing, SeenLastRouter, SeenHost}

func lesser(a, b Seen) Seen {
	return seenOrder[min(slices.Index(seenOrder, a), slices.Index(seenOrder, b))]
}

// bestSeen is how far the best of some ports was shown.
func bestSeen(e Evidence, flows []flow, ways []explanation, ports []string) Seen {
	best := SeenNothing
	for _, f := range flows {
		role := strings.TrimPrefix(f.role, "gateway-")
		if f.to.name == "broker" || !slices.Contains(ports, role) || f.role == role && slices.ContainsFunc(e.port("gateway-"+role), sent) {
			continue // where a gateway was named, that is what has to work
		}
		spoilt := slices.ContainsFunc(ways, func(x explanation) bool {
			return slices.ContainsFunc(x.flows, func(g flow) bool { return g.role == f.role })
		})
		if s := e.seenOf(f); !spoilt && slices.Index(seenOrder, s) > slices.Index(seenOrder, best) {
			best = s
		}
	}
	return best
}

// seenOf: somebody behind the port spoke; or its packets came as far as those of
// the control do, and only the host gave no sign that it is more than a device on
// the way.
func (e Evidence) seenOf(f flow) Seen {
	last := detail[probe.SweepDetail](f.sweep).Last
	switch {
	case f.ending == candidates.Alive:
		return SeenHost
	case f.ending == candidates.Mute && f.kind == sweep.Passes && !f.to.way.Hidden:
		return SeenHost
	case f.ending == candidates.Mute && f.direct[0].Transport() == probe.UDP:
		return SeenLastRouter // a datagram came back
	case f.ending == candidates.Mute && (f.kind == sweep.Passes && last > 0 || e.fromFar(f)):
		return SeenLastRouter
	case f.ending == candidates.Silent && f.direct[0].Transport() == probe.UDP && f.kind == sweep.Passes && last > 0:
		return SeenLastRouter
	}
	return SeenNothing
}

// farFraction of the round trip to the Region is nearly all of the way.
const farFraction = 0.75

// fromFar: a port was accepted after nearly the round trip that the Region takes,
// which is long enough to mean distance. The Region's is that of its web hosts: who
// accepts streaming ports in its place would set his own measure.
func (e Evidence) fromFar(f flow) bool {
	ms, _, measured := e.leastRTT("broker", "session-broker")
	return measured && ms >= farEnough && !slices.ContainsFunc(f.direct, func(o probe.Observation) bool {
		return detail[probe.ConnectDetail](o).RTTMS < ms*farFraction
	})
}

// MarshalJSON writes what was never looked at as "nothing".
func (s Seen) MarshalJSON() ([]byte, error) {
	if s == "" {
		s = SeenNothing
	}
	return json.Marshal(string(s))
}
