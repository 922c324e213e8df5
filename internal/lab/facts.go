package lab

import (
	"net/netip"
	"strings"

	"wsdoctor/probe"
)

// Facts are what the simulated computer would say of itself. The loopback
// variant needs them, because there the real computer's facts say nothing of
// the simulation.
func (s Scenario) Facts() probe.HostFacts {
	f := probe.HostFacts{
		HasIPv4: true,
		Own:     []netip.Addr{netip.MustParseAddr(clientIP)},
		Links: probe.LinksDetail{Interfaces: []probe.Interface{
			{
				Name:      "eth0",
				Index:     2,
				Up:        true,
				Carrier:   true,
				MTU:       1500,
				Addresses: []netip.Prefix{netip.MustParsePrefix(clientIP + "/24")},
			},
		}},
		Routes: []probe.RouteDetail{
			{
				Family:      "ip4",
				Destination: netip.IPv4Unspecified(),
				Interface:   "eth0",
				Gateway:     netip.MustParseAddr(routerLAN),
				Source:      netip.MustParseAddr(clientIP),
			},
		},
		Resolvers: probe.ResolversDetail{Source: "simulation"},
		Gaps:      []string{"The computer's own network settings are simulated, not this computer's."},
	}
	for _, r := range s.resolvers() {
		f.Resolvers.Servers = append(f.Resolvers.Servers, netip.AddrPortFrom(netip.MustParseAddr(r), 53))
	}
	for _, v := range s.environment() {
		if proxy, isProxy := strings.CutPrefix(v, "HTTPS_PROXY="); isProxy {
			f.Proxy = probe.ProxyDetail{HTTPS: proxy, Source: "simulation"}
		}
	}
	return f
}
