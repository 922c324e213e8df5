package probe

import (
	"net/netip"
)

// HostFacts is what this computer says of itself, gathered without privileges
// and without a packet by probe/host. The planner reads it; the same facts are
// also written down as observations.
type HostFacts struct {
	Links     LinksDetail
	Routes    []RouteDetail // default routes and routes of the target ports
	Resolvers ResolversDetail
	Proxy     ProxyDetail
	VPN       VPNDetail
	Workspace WorkspaceDetail
	HasIPv4   bool // an address and a default route that can reach the internet
	HasIPv6   bool
	Own       []netip.Addr    // every own address, to tell "offender is this computer"
	Names     HostNamesDetail // what the hosts file says of names that the run asks for
	// Partial: the interfaces or their addresses were not read whole, so that one
	// that is missing may exist.
	Partial bool
	Gaps    []string // what this system would not tell
}
