package host

import (
	"net/netip"

	"wsdoctor/probe"
)

// Windows puts these three in place of resolvers where an adapter has none for
// IPv6 (the deprecated site-local addresses of draft-ietf-ipv6-dns-discovery);
// nothing answers there.
var placeholderResolvers = netip.MustParsePrefix("fec0:0:0:ffff::/64")

// adapterResolvers joins the resolvers of the adapters that are up: those of
// the adapter that carries the default route first, then by position.
func adapterResolvers(links []link, carrier int) probe.ResolversDetail {
	d := probe.ResolversDetail{Servers: []netip.AddrPort{}, Source: "network adapters"}
	seen := map[netip.AddrPort]bool{}
	for _, first := range []bool{true, false} {
		for _, l := range links {
			if !l.Up || l.Loopback || (l.Index == carrier) != first {
				continue
			}
			for _, s := range l.Resolvers {
				if !seen[s] && !placeholderResolvers.Contains(s.Addr()) {
					seen[s] = true
					d.Servers = append(d.Servers, s)
				}
			}
			for _, s := range l.Search {
				d.Search = appendSearch(d.Search, s)
			}
		}
	}
	return d
}
