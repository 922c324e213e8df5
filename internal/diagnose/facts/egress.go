package facts

import (
	"maps"
	"net/netip"
	"slices"

	"wsdoctor/probe"
)

// Egress gives the public IPv4 addresses seen over a transport, with the
// observations that saw them.
func (e Evidence) Egress(transport probe.Transport) (map[netip.Addr][]probe.Observation, []probe.Observation) {
	seen := map[netip.Addr][]probe.Observation{}
	var all []probe.Observation
	add := func(a netip.Addr, o probe.Observation) {
		if a.Is4() && isPublic(a) {
			seen[a] = append(seen[a], o)
			all = append(all, o)
		}
	}
	if transport == probe.UDP {
		for _, o := range e.At("stun", probe.STUNBinding) {
			add(Detail[probe.ExchangeDetail](o).Mapped.Addr().Unmap(), o)
		}
		return seen, all
	}
	for _, o := range e.At("address-echo", probe.HTTPGet) {
		// With a proxy set, sign-in leaves from the proxy's address.
		if Direct(o) != e.Proxied() {
			add(Detail[probe.HTTPDetail](o).Egress.Unmap(), o)
		}
	}
	return seen, all
}

// PublicAddresses gives all of them, in order.
func (e Evidence) PublicAddresses() []netip.Addr {
	tcp, _ := e.Egress(probe.TCP)
	udp, _ := e.Egress(probe.UDP)
	all := slices.AppendSeq(slices.Collect(maps.Keys(tcp)), maps.Keys(udp))
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

// isPublic: an address that AWS may see. Whoever is told another one was told by
// something on the way that rewrites answers.
func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !SharedSpace.Contains(a) && !protocolSpace.Contains(a) &&
		!BenchmarkSpace.Contains(a) &&
		a.As4()[0] < 240
}

// BenchmarkSpace (RFC 2544) is what proxy programs give names as stand-ins.
var BenchmarkSpace = netip.MustParsePrefix("198.18.0.0/15")

// Rewritten gives the answers that name an address which cannot be this network's
// public one.
func (e Evidence) Rewritten() []probe.Observation {
	var list []probe.Observation
	for _, o := range e.At("stun", probe.STUNBinding) {
		if a := Detail[probe.ExchangeDetail](o).Mapped.Addr().Unmap(); a.Is4() && !isPublic(a) {
			list = append(list, o)
		}
	}
	for _, o := range e.At("address-echo", probe.HTTPGet) {
		if a := Detail[probe.HTTPDetail](o).Egress.Unmap(); a.Is4() && !isPublic(a) {
			list = append(list, o)
		}
	}
	return list
}
