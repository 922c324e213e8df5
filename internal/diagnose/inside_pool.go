package diagnose

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// pool: this computer answers itself on a port on which only the WorkSpaces of a
// pool are reached (AWS WorkSpaces administration guide, ports for WorkSpaces
// Pools: TCP 8300, 8000 and 8443 in place of those of WorkSpaces Personal).
func (e Evidence) pool() bool {
	return slices.ContainsFunc(e.At("pool-port", probe.TCPConnect), isOK)
}

// poolRanges are the networks in which the management interface of a pool's
// WorkSpaces lies (same source; the second with own licences and DCV). WorkSpaces
// Personal have theirs in both as well, so they are a hint and no proof.
var poolRanges = []netip.Prefix{netip.MustParsePrefix("198.19.0.0/16"), netip.MustParsePrefix("10.0.0.0/8")}

// maybePool: nobody listens on any port by which WorkSpaces Personal are reached,
// PCoIP, which no pool has, is not installed, and eth0 lies where a pool's does. A
// pool's image may hold the agent of the WorkSpace that it was made of.
func (e Evidence) maybePool() bool {
	eth0, found := e.eth0()
	if !found || e.pool() || e.listeners() == nil || slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.Role == "pcoip" && s.Installed }) {
		return false
	}
	personal := slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
		p, watched := streamPortOf(l.Transport, l.Port)
		return watched && !foreign(l, p.protocol)
	})
	return !personal && slices.ContainsFunc(poolRanges, func(r netip.Prefix) bool { return r.Contains(eth0.Address.Addr()) })
}

// poolTest and poolSuspects are how a pool is told from WorkSpaces Personal.
const poolTest = "Look into the WorkSpaces console whether this is a WorkSpace of a pool, which uses other ports; if not, restart it from there."

func poolSuspects(id layer.ID, why string) []Suspect {
	return []Suspect{{id, Possible, why}, {layer.StreamingGateway, Possible, "In a WorkSpace of a pool nothing is missing here, and the cause lies elsewhere."}}
}
