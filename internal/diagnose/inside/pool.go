package inside

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// pool: this computer answers itself on a port on which only the WorkSpaces of a
// pool are reached (AWS WorkSpaces administration guide, ports for WorkSpaces
// Pools: TCP 8300, 8000 and 8443 in place of those of WorkSpaces Personal).
func (e evidence) pool() bool {
	return slices.ContainsFunc(e.At("pool-port", probe.TCPConnect), facts.IsOK)
}

// poolRanges are the networks in which the management interface of a pool's
// WorkSpaces lies (same source; the second with own licences and DCV). WorkSpaces
// Personal have theirs in both as well, so they are a hint and no proof.
var poolRanges = []netip.Prefix{netip.MustParsePrefix("198.19.0.0/16"), netip.MustParsePrefix("10.0.0.0/8")}

// maybePool: nothing contradicts that this WorkSpace belongs to a pool, and its
// listeners were read.
func (e evidence) maybePool() bool {
	_, found := e.eth0()
	return found && !e.pool() && e.listeners() != nil && len(e.inPool().Out) == 0
}

// inPool: this WorkSpace belongs to a pool, which has other ports. It is contradicted
// where somebody listens on a port by which WorkSpaces Personal are reached, PCoIP,
// which no pool has, is installed, or eth0 lies where no pool's does. A pool's image
// may hold the agent of the WorkSpace that it was made of.
func (e evidence) inPool() finding.Rival {
	r := finding.Rival{
		Layer: layer.StreamingGateway, Harmless: true,
		Why:  words.Say("inside.in-pool.why"),
		By:   words.Say("inside.in-pool.by"),
		Adds: words.Say("inside.in-pool.adds"),
		Next: words.Say("inside.in-pool.next"),
	}
	contradict := func(does bool, op probe.Operation) {
		if does {
			r.Out = append(
				r.Out,
				facts.IDs(
					facts.Where(e.Of(op), func(o probe.Observation) bool { return o.Outcome != probe.Skipped })...)...)
		}
	}
	contradict(
		slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.Streams(probe.PCoIP) && s.Installed }),
		probe.HostServices,
	)
	contradict(slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
		p, watched := streamPortOf(l.Transport, l.Port)
		return watched && !foreign(l, p.protocol)
	}), probe.HostListeners)
	eth0, found := e.eth0()
	contradict(
		found && !slices.ContainsFunc(poolRanges, func(p netip.Prefix) bool { return p.Contains(eth0.Address.Addr()) }),
		probe.HostManagement,
	)
	return r
}
