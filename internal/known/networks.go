package known

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"sync"
)

// Kind is what a listed network is for.
type Kind string

// The closed list of kinds.
const (
	Egress    Kind = "egress"     // traffic of many companies leaves here
	Ingress   Kind = "ingress"    // a program on the computer sends its tunnel here
	CDN       Kind = "cdn"        // public web servers
	BlockPage Kind = "block-page" // an answer of a name server that means "blocked by policy"
	Transport Kind = "transport"  // address translation of a carrier or of a system
)

// Network is a list of prefixes of one operator.
type Network struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"` // of the product or operator
	Kind     Kind           `json:"kind"`
	Conf     Confidence     `json:"conf"`
	Date     string         `json:"date"`   // of the source: "2026-08-22", "2026-08" or "2026"
	Source   string         `json:"source"` // where it was read
	Prefixes []netip.Prefix `json:"prefixes"`
	Means    string         `json:"means"` // what an address in it proves
}

// PublicResolver is a name server that anybody may ask.
type PublicResolver struct {
	Name      string       `json:"name"`
	Filters   bool         `json:"filters"` // some names are not answered truly, on purpose
	Addresses []netip.Addr `json:"addresses"`
	DNS64     []netip.Addr `json:"dns64"` // those that make IPv6 addresses up (RFC 6147)
}

type networksFile struct {
	Lists     []Network        `json:"lists"`
	Resolvers []PublicResolver `json:"resolvers"`
}

var networks = sync.OnceValue(func() networksFile {
	n, err := readNetworks()
	if err != nil {
		panic("known: " + err.Error()) // embedded data; a test reads it
	}
	return n
})

func readNetworks() (n networksFile, err error) {
	b, err := files.ReadFile("data/networks.json")
	if err == nil {
		err = json.Unmarshal(b, &n)
	}
	if err != nil {
		return n, fmt.Errorf("networks.json: %w", err)
	}
	return n, nil
}

// NetworkOf finds the first list of a kind that holds an address.
func NetworkOf(kind Kind, a netip.Addr) (Network, bool) {
	a = a.Unmap()
	for _, n := range networks().Lists {
		if n.Kind == kind && slices.ContainsFunc(n.Prefixes, func(p netip.Prefix) bool { return p.Contains(a) }) {
			return n, true
		}
	}
	return Network{}, false
}

// ResolverOf names a public name server by its address.
func ResolverOf(a netip.Addr) (PublicResolver, bool) {
	a = a.Unmap()
	for _, r := range networks().Resolvers {
		if slices.Contains(r.Addresses, a) || slices.Contains(r.DNS64, a) {
			return r, true
		}
	}
	return PublicResolver{}, false
}

// vpnResolvers are addresses that a program on this computer answers on while it
// runs, and nobody when it does not: a name server list that still holds one is
// what the program left behind.
var vpnResolvers = []struct {
	prefix  netip.Prefix
	product string
	own     netip.Prefix // what an address of this computer is in while it runs
}{
	{netip.MustParsePrefix("100.100.100.100/32"), "Tailscale", netip.MustParsePrefix("100.64.0.0/10")},
	{netip.MustParsePrefix("fd7a:115c:a1e0::53/128"), "Tailscale", netip.MustParsePrefix("fd7a:115c:a1e0::/48")},
	{netip.MustParsePrefix("127.0.2.2/31"), "Cloudflare WARP", netip.MustParsePrefix("100.96.0.0/12")},
}

// VPNResolver names the program that answers on a name server's address while it
// runs, and the range of the address that this computer then has.
func VPNResolver(a netip.Addr) (product string, own netip.Prefix, found bool) {
	a = a.Unmap()
	for _, r := range vpnResolvers {
		if r.prefix.Contains(a) {
			return r.product, r.own, true
		}
	}
	return "", netip.Prefix{}, false
}
