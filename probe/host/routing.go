package host

import (
	"cmp"
	"net/netip"
	"slices"

	"wsdoctor/probe"
)

const (
	// routesListed bounds the listing of the report.
	routesListed = 200
	// tableLimit bounds what is looked through for overlaps; only routers have
	// more.
	tableLimit = 20_000
)

// routing lists the table for the report: the main table first, IPv4 before
// IPv6, then from the widest route to the narrowest, so that a cut takes single
// hosts and never the default route.
func routing(table []tableRoute, names map[int]string) probe.RoutingDetail {
	sorted := slices.Clone(table)
	slices.SortStableFunc(sorted, func(a, b tableRoute) int {
		return cmp.Or(
			cmp.Compare(a.table, b.table),
			cmp.Compare(a.prefix.Addr().BitLen(), b.prefix.Addr().BitLen()),
			cmp.Compare(a.prefix.Bits(), b.prefix.Bits()),
			a.prefix.Addr().Compare(b.prefix.Addr()),
			cmp.Compare(a.metric, b.metric))
	})
	d := probe.RoutingDetail{Routes: []probe.RouteEntry{}, Truncated: len(sorted) > routesListed}
	for _, r := range sorted[:min(len(sorted), routesListed)] {
		d.Routes = append(d.Routes, probe.RouteEntry{
			Destination: r.prefix,
			Gateway:     r.gateway,
			Interface:   names[r.index],
			Metric:      int(r.metric),
			Table:       r.table,
			Type:        r.kind,
		})
	}
	return d
}

// meaningful drops what a system enters for itself: loopback, multicast, and
// single addresses of its own or of a broadcast. Linux keeps those in a table
// of their own, Windows and macOS among the rest.
func meaningful(table []tableRoute, links []link) []tableRoute {
	self := map[netip.Addr]bool{limitedBroadcast: true}
	for _, l := range links {
		for _, p := range l.Addresses {
			self[p.Addr().WithZone("")] = true
			if p.Addr().Is4() && p.Bits() < 31 {
				self[last(p)] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(table), func(r tableRoute) bool {
		a := r.prefix.Addr()
		return !r.prefix.IsValid() || a.IsLoopback() || a.IsMulticast() ||
			r.prefix.IsSingleIP() && !r.gateway.IsValid() && r.kind == "" && self[a]
	})
}

var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// last is the highest address of an IPv4 network.
func last(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		a[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(a)
}

// bothFamilies joins the tables of a system that has one for each. A family
// that is switched off has none; an error counts only if neither could be read.
func bothFamilies(read func(to netip.Addr) ([]tableRoute, error)) ([]tableRoute, error) {
	var all []tableRoute
	var failed error
	for _, to := range afar {
		table, err := read(to)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		for _, r := range table {
			if r.gateway.IsUnspecified() {
				r.gateway = netip.Addr{}
			}
			if r.refused != nil {
				r.kind = refusedKinds[r.refused.failure]
			}
			if len(all) < tableLimit {
				all = append(all, r)
			}
		}
	}
	if all != nil {
		return all, nil
	}
	return nil, failed
}

// refusedKinds are the words of probe.RouteEntry.Type for a refusing route.
var refusedKinds = map[probe.Failure]string{
	probe.LocalPolicyDenied:  "blackhole",
	probe.HostUnreachable:    "unreachable",
	probe.NetworkUnreachable: "unreachable",
}

// withLinkMetrics adds each interface's own metric, as Windows does before it
// compares routes (Microsoft, MIB_IPFORWARD_ROW2, Metric).
func withLinkMetrics(table []tableRoute, links []link) []tableRoute {
	type metrics struct{ four, six uint32 }
	of := map[int]metrics{}
	for _, l := range links {
		of[l.Index] = metrics{l.Metric4, l.Metric6}
	}
	for i := range table {
		if m := of[table[i].index]; table[i].prefix.Addr().Is4() {
			table[i].metric += m.four
		} else {
			table[i].metric += m.six
		}
	}
	return table
}
