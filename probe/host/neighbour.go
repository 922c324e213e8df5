package host

import (
	"context"
	"net/netip"
	"time"

	"wsdoctor/probe"
)

// neighbour is one entry of the system's neighbour table (ARP or neighbour
// discovery), in the kernel's words.
type neighbour struct {
	State     string // reachable, stale, delay, probe, incomplete, failed, permanent, noarp, none
	Interface string
}

// unresolved are the states in which the hardware address was asked for and not
// found (Linux: NUD_INCOMPLETE while asking, NUD_FAILED after three questions a
// second apart).
var unresolved = map[string]bool{"incomplete": true, "failed": true}

// Neighbours says, for each default gateway of f, whether it answers on the
// local network, from the neighbour table as the run has left it. It sends
// nothing. A gateway that was never asked for, and a system without such a
// table, give no observation.
func Neighbours(ctx context.Context, f probe.HostFacts, now time.Time) []probe.Observation {
	var list []probe.Observation
	seen := map[netip.Addr]bool{}
	for _, r := range f.Routes {
		if !r.Gateway.IsValid() || seen[r.Gateway] || ctx.Err() != nil {
			continue
		}
		seen[r.Gateway] = true
		n, known := lookupNeighbour(r.Gateway, r.Interface)
		if !known {
			continue
		}
		o := probe.Observe(probe.HostNeighbour, probe.Target{Host: r.Gateway.String()}, now)
		o.Step, o.Address = "host", r.Gateway.String()
		outcome, failure := probe.OK, probe.Failure("")
		if unresolved[n.State] {
			outcome, failure = probe.Failed, probe.HostUnreachable
		}
		list = append(
			list,
			o.Finish(
				now,
				outcome,
				failure,
				probe.NeighbourDetail{Gateway: r.Gateway, Interface: n.Interface, State: n.State},
			),
		)
	}
	return list
}
