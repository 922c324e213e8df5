package facts

import (
	"slices"

	"wsdoctor/probe"
)

// Role is a streaming port or web host as the user needs it.
type Role struct {
	Endpoint string         // catalog endpoint ID without a family suffix
	Protocol probe.Protocol // empty for both
}

// StreamingRoles are the ports of the streaming gateway, TCP first.
var StreamingRoles = streamingRoles()

func streamingRoles() (roles []Role) {
	for _, p := range probe.GatewayPorts {
		roles = append(roles, Role{p.Endpoint, p.Protocol})
	}
	return roles
}

// Port gathers what was sent to a streaming port: the named gateway's and the
// health hosts' observations over IPv4, or over IPv6 where that is all there is.
func (e Evidence) Port(role string) []probe.Observation {
	list := Where(e.byEndpoint[role], OnPort)
	if !slices.ContainsFunc(list, Sent) || e.OnlyIPv6() {
		if v6 := Where(e.byEndpoint[role+"-v6"], OnPort); slices.ContainsFunc(v6, Sent) {
			return v6
		}
	}
	return list
}

// WantedPort is port for what the user wants to reach: the gateway that was named,
// or the health hosts that stand for it.
func (e Evidence) WantedPort(role string) []probe.Observation {
	if named := e.Port("gateway-" + role); slices.ContainsFunc(named, Sent) {
		return named
	}
	return e.Port(role)
}

// OnPort: an observation of the port itself, not of the TLS spoken behind it.
func OnPort(o probe.Observation) bool {
	switch o.Operation {
	case probe.TCPConnect, probe.STUNBinding, probe.QUICVersion:
		return true
	}
	return false
}

// PortState is what can be said of a streaming port over all its addresses.
type PortState struct {
	All, OK, Silent, Failed []probe.Observation
}

// StateOf sorts the observations of a port by what became of them.
func StateOf(list []probe.Observation) PortState {
	s := PortState{All: Where(list, Sent)}
	s.OK = Where(list, IsOK)
	s.Silent = Where(list, IsSilent)
	s.Failed = Where(list, func(o probe.Observation) bool { return o.Outcome == probe.Failed })
	return s
}

// Passes: some address answered as it should. dead: every address was tried
// and none did.
func (s PortState) Passes() bool { return len(s.OK) > 0 }

// Dead: every address was tried and none answered as it should.
func (s PortState) Dead() bool { return len(s.All) > 0 && len(s.OK) == 0 }

// OnlySilent: every address was tried and nothing at all came back.
func (s PortState) OnlySilent() bool { return s.Dead() && len(s.Silent) == len(s.All) }

// regional are the endpoints at the Region's own hosts.
var regional = []string{"broker", "session-broker", "pcoip-tcp", "dcv-tcp"}

// RegionalRTT is the smallest round trip of a handshake with the Region's own hosts in
// milliseconds, and the observation that measured it.
func (e Evidence) RegionalRTT() (float64, probe.Observation, bool) {
	return e.LeastRTT(regional...)
}

// WayAndBack is the least time, in milliseconds, in which something went to the Region's
// own hosts and came back, and the observation that shows it. The handshakes of a run
// begin together, so that a line that stands still just then delays them all: a radio that
// wakes up, a tunnel that is set up, a busy computer. What the same connections carry
// afterwards takes a round trip at least, and shows that the way is shorter than that.
func (e Evidence) WayAndBack() (float64, probe.Observation, bool) {
	ms, best, measured := e.RegionalRTT()
	if !measured {
		return 0, best, false
	}
	for _, endpoint := range regional {
		for _, operation := range []probe.Operation{probe.TLSHandshake, probe.HTTPGet} {
			for _, o := range e.At(endpoint, operation) {
				if IsOK(o) && Direct(o) && o.ElapsedMS > 0 && o.ElapsedMS < ms {
					ms, best = o.ElapsedMS, o
				}
			}
		}
	}
	return ms, best, true
}

// LeastRTT is the smallest round trip, in milliseconds, to some endpoints.
func (e Evidence) LeastRTT(endpoints ...string) (float64, probe.Observation, bool) {
	best, found := probe.Observation{}, false
	var ms float64
	for _, endpoint := range endpoints {
		for _, o := range e.At(endpoint, probe.TCPConnect) {
			rtt := Detail[probe.ConnectDetail](o).RTTMS
			if IsOK(o) && Direct(o) && rtt > 0 && (!found || rtt < ms) {
				ms, best, found = rtt, o, true
			}
		}
	}
	return ms, best, found
}

// StreamingMTU in bytes: the least a path must carry (AWS network requirements:
// VPN MTU at least 1200 bytes).
const StreamingMTU = 1200
