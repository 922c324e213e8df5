package host

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// readTables lists the routes of all tables, of both families.
func readTables(ctx context.Context, h *netlink.Handle) ([]tableRoute, error) {
	var all []tableRoute
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		found, err := again(ctx, func() ([]tableRoute, error) {
			var table []tableRoute
			err := h.RouteListFilteredIter(
				family,
				&netlink.Route{Table: unix.RT_TABLE_UNSPEC},
				netlink.RT_FILTER_TABLE,
				func(r netlink.Route) bool {
					table = append(table, tableRoutes(r)...)
					return len(all)+len(table) < tableLimit
				},
			)
			return table, err
		})
		all = append(all, found...)
		if err != nil {
			return all, fmt.Errorf("list routes: %w", err)
		}
	}
	return all[:min(len(all), tableLimit)], nil
}

// routeKinds are the types of routes that carry or refuse packets. The others
// (local, broadcast, anycast, multicast) the kernel keeps for itself.
var routeKinds = map[int]string{
	unix.RTN_UNICAST:     "",
	unix.RTN_BLACKHOLE:   "blackhole",
	unix.RTN_UNREACHABLE: "unreachable",
	unix.RTN_PROHIBIT:    "prohibit",
	unix.RTN_THROW:       "throw",
}

// tableNames of the tables that have one everywhere (/etc/iproute2/rt_tables).
var tableNames = map[int]string{unix.RT_TABLE_MAIN: "", unix.RT_TABLE_LOCAL: "local", unix.RT_TABLE_DEFAULT: "default"}

// tableRoutes gives one line for each way a route offers.
func tableRoutes(r netlink.Route) []tableRoute {
	kind, carries := routeKinds[r.Type]
	if !carries || r.Dst == nil {
		return nil
	}
	to, ok := netip.AddrFromSlice(r.Dst.IP)
	if r.Family == netlink.FAMILY_V4 { // of IPv6, ::ffff:0.0.0.0/96 is a route too, and no default one
		to = to.Unmap()
	}
	ones, _ := r.Dst.Mask.Size()
	prefix := netip.PrefixFrom(to, ones)
	if !ok || !prefix.IsValid() {
		return nil
	}
	name, known := tableNames[r.Table]
	if !known {
		name = strconv.Itoa(r.Table)
	}
	line := tableRoute{
		prefix:  prefix.Masked(),
		index:   r.LinkIndex,
		gateway: gatewayOf(r.Gw, r.Via),
		metric:  uint32(r.Priority),
		table:   name,
		kind:    kind,
	}
	if kind != "" {
		line.index = 0 // IPv6 enters loopback for these
	}
	if len(r.MultiPath) == 0 {
		return []tableRoute{line}
	}
	var lines []tableRoute
	for _, hop := range r.MultiPath {
		line.index, line.gateway = hop.LinkIndex, gatewayOf(hop.Gw, hop.Via)
		lines = append(lines, line)
	}
	return lines
}

func gatewayOf(direct net.IP, other netlink.Destination) netip.Addr {
	if via, ok := other.(*netlink.Via); ok && via != nil {
		direct = via.Addr
	}
	a, _ := netip.AddrFromSlice(direct)
	return a.Unmap()
}
