package host

import (
	"net"
	"net/netip"
	"slices"

	"wsdoctor/probe"
)

// link is an interface with what is needed to tell a VPN from the rest.
type link struct {
	probe.Interface
	Kind         string // what made it, in Linux's words ("tun", "veth", "wireguard"); "ppp" on Windows too; empty if unknown
	Description  string // the adapter's description, Windows only
	PointToPoint bool
	Enslaved     bool             // member of a bridge or bond
	Metric4      uint32           // added to the metric of each IPv4 route over it (Windows)
	Metric6      uint32           // the same for IPv6
	Resolvers    []netip.AddrPort // where resolvers belong to an adapter (Windows)
	Search       []string
}

func interfaces(links []link) []probe.Interface {
	list := make([]probe.Interface, 0, len(links))
	for _, l := range links {
		if l.Addresses == nil {
			l.Addresses = []netip.Prefix{}
		}
		list = append(list, l.Interface)
	}
	return list
}

func nameByIndex(list []probe.Interface) map[int]string {
	names := make(map[int]string, len(list))
	for _, i := range list {
		names[i.Index] = i.Name
	}
	return names
}

func ownAddresses(list []probe.Interface) []netip.Addr {
	var own []netip.Addr
	for _, i := range list {
		for _, p := range i.Addresses {
			if a := p.Addr().WithZone(""); !slices.Contains(own, a) {
				own = append(own, a)
			}
		}
	}
	return own
}

// usable says whether packets to the internet can carry a as their source.
// Link-local addresses cannot: 169.254/16 means that DHCP gave nothing, and
// fe80::/10 every interface has. Private IPv4 and IPv6 unique local addresses
// can, because a NAT (for IPv6: NAT66 or NPTv6, as VPNs use it) may stand
// before them; whether one does is for the default route to say.
func usable(a netip.Addr) bool {
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsLinkLocalUnicast()
}

// linked says whether an interface but loopback is up with a usable address.
func linked(list []probe.Interface) bool {
	return slices.ContainsFunc(list, func(i probe.Interface) bool {
		return i.Up && !i.Loopback && slices.ContainsFunc(i.Addresses, usablePrefix)
	})
}

func usablePrefix(p netip.Prefix) bool { return usable(p.Addr()) }

// hasFamily needs both a default route and an address to send from. Unique
// local IPv6 addresses alone count only because that route must exist too: a
// home router with no IPv6 of its own announces such addresses but no default
// route (RFC 7084 section 4.1, ULA-5 and G-4).
func hasFamily(list []probe.Interface, defaults []probe.RouteDetail, family string) bool {
	for _, r := range defaults {
		if r.Family != family || r.Failure != "" {
			continue
		}
		if r.Source.IsValid() {
			return usable(r.Source)
		}
		return slices.ContainsFunc(list, func(i probe.Interface) bool {
			return i.Up && !i.Loopback && slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool {
				return usablePrefix(p) && familyOf(p.Addr()) == family
			})
		})
	}
	return false
}

func familyOf(a netip.Addr) string {
	if a.Is4() || a.Is4In6() {
		return "ip4"
	}
	return "ip6"
}

// prefixOf turns the standard library's form into ours; the mask of an IPv4
// address may be written in either length.
func prefixOf(n *net.IPNet) (netip.Prefix, bool) {
	if n == nil {
		return netip.Prefix{}, false
	}
	a, ok := netip.AddrFromSlice(n.IP)
	if !ok {
		return netip.Prefix{}, false
	}
	ones, bits := n.Mask.Size()
	if bits == 128 && a.Is4In6() {
		ones -= 96
	}
	p := netip.PrefixFrom(a.Unmap(), ones)
	return p, p.IsValid()
}
