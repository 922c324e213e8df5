package firewall

import (
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// readRoutes reads the routes of an IP version; nil if that is not possible.
func readRoutes(six bool) *routes {
	of := netlink.FAMILY_V4
	if six {
		of = netlink.FAMILY_V6
	}
	rules, err := netlink.RuleList(of)
	if err != nil {
		return nil
	}
	ways, err := netlink.RouteListFiltered(of, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
	if err != nil || len(ways) > maxRoutes {
		return nil
	}
	r := &routes{}
	for _, x := range rules { // the kernel tells them by priority
		const lookUp = 1 // FR_ACT_TO_TBL
		r.rules = append(r.rules, routeRule{
			source:      prefixOf(x.Src),
			destination: prefixOf(x.Dst),
			table:       x.Table,
			unclear: x.Mark != 0 || x.Mask != nil || x.Tos != 0 || x.TunID != 0 || x.Goto > 0 || x.IifName != "" || x.OifName != "" || x.SuppressIfgroup >= 0 || x.SuppressPrefixlen >= 0 ||
				x.Invert || x.Dport != nil || x.Sport != nil || x.IPProto != 0 ||
				x.UIDRange != nil ||
				x.Type != 0 && x.Type != lookUp,
		})
	}
	for _, x := range ways {
		if x.Flags&unix.RTM_F_CLONED != 0 {
			continue
		}
		w := route{table: x.Table, metric: x.Priority, destination: prefixOf(x.Dst)}
		if !w.destination.IsValid() {
			w.destination = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
			if six {
				w.destination = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
			}
		}
		switch x.Type {
		case unix.RTN_UNICAST:
			if x.LinkIndex > 0 {
				w.devices = append(w.devices, uint32(x.LinkIndex))
			}
			for _, hop := range x.MultiPath {
				w.devices = append(w.devices, uint32(hop.LinkIndex))
			}
		case unix.RTN_THROW:
			w.passes = true
		default:
			w.refuses = true
		}
		r.ways = append(r.ways, w)
	}
	return r
}

func prefixOf(n *net.IPNet) netip.Prefix {
	if n == nil {
		return netip.Prefix{}
	}
	a, _ := netip.AddrFromSlice(n.IP)
	bits, _ := n.Mask.Size()
	if a.Is4In6() && len(n.Mask) == net.IPv4len {
		a = a.Unmap()
	}
	return netip.PrefixFrom(a, bits).Masked()
}
