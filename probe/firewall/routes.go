package firewall

import (
	"net/netip"
	"slices"
)

// routes are the ways that this computer would send packets, as far as a question for
// the way back to a sender (rpfilter, fib saddr) meets them.
type routes struct {
	rules []routeRule // by priority
	ways  []route
}

// routeRule says in which table is looked.
type routeRule struct {
	source, destination netip.Prefix // invalid: any
	table               int
	unclear             bool // asks for more than addresses, or does something else
}

// route is one way.
type route struct {
	table, metric int
	destination   netip.Prefix
	devices       []uint32
	refuses       bool // unreachable, prohibit, blackhole
	passes        bool // throw: the next rule is asked
}

// tableLocal holds this computer's own addresses and broadcasts, from which no packet
// comes in.
const tableLocal = 255

// maxRoutes bounds what is looked through for every packet.
const maxRoutes = 2000

// back says whether packets from a network, to an address of this computer, came by
// the interface by which answers would leave; and whether there is a way back at all.
// The best route counts. Of several to one network IPv4 takes the cheapest, IPv6 that or
// the one by the interface with the own address (rt6_device_match), by who asks.
func (r *routes) back(from netip.Prefix, to netip.Addr, device uint32) (uses, found truth) {
	if r == nil || !from.IsValid() || device == 0 || from.Bits() == 0 {
		return maybe, maybe
	}
	if len(r.rules) == 0 {
		return maybe, maybe
	}
	var ends []route
	whole := false
	for _, rule := range r.rules {
		switch of, at := rule.destination, rule.source; {
		case rule.table == tableLocal:
			continue
		case of.IsValid() && !of.Overlaps(from), at.IsValid() && !at.Contains(to):
			continue
		case rule.unclear, of.IsValid() && of.Bits() > from.Bits():
			return maybe, maybe
		}
		list, all, several := r.in(rule.table, from)
		if several {
			return maybe, maybe
		}
		if ends = append(ends, list...); all {
			whole = true
			break
		}
	}
	if !whole { // the rest has none
		ends = append(ends, route{refuses: true})
	}
	uses, found = no, no
	for i, w := range ends {
		by := split(!w.refuses && slices.Contains(w.devices, device), true)
		there := split(!w.refuses && len(w.devices) > 0, true)
		if i == 0 {
			uses, found = by, there
			continue
		}
		if by != uses {
			uses = maybe
		}
		if there != found {
			found = maybe
		}
	}
	return uses, found
}

// in gives the routes of a table that may hold for a part of a network, and says
// whether they hold for all of it; several that it cannot be told which one counts.
func (r *routes) in(table int, from netip.Prefix) (list []route, whole, several bool) {
	best := route{metric: -1}
	for _, w := range r.ways {
		switch {
		case w.table != table || !w.destination.Overlaps(from):
			continue
		case w.destination.Bits() > from.Bits():
			list = append(list, w)
		case from.Addr().Is6() && best.metric >= 0 && w.destination.Bits() == best.destination.Bits():
			several = several || !slices.Equal(best.devices, w.devices) || best.refuses != w.refuses ||
				best.passes != w.passes
		case best.metric < 0 || w.destination.Bits() > best.destination.Bits() || w.destination.Bits() == best.destination.Bits() && w.metric < best.metric:
			best = w
		}
	}
	if best.metric < 0 || best.passes {
		return list, false, several
	}
	return append(list, best), true, several
}

// wayBack is the answer for the packet in the machine.
func (m *machine) wayBack() (uses, found truth) {
	if m.pkt.answer || m.pkt.masked {
		return maybe, maybe
	}
	return m.facts.routes.back(m.pkt.source, m.pkt.to, m.facts.index)
}

// reversePath is the "rpfilter" match of iptables.
type reversePath struct{ loose, not bool }

func (o *reversePath) run(m *machine) truth {
	uses, found := m.wayBack()
	if o.loose {
		uses = found
	}
	return negated(uses, o.not)
}

func (o *reversePath) text(*printer) string {
	if o.not {
		return "rpfilter invert"
	}
	return "rpfilter"
}

// xtReversePath is struct xt_rpfilter_info. An address of this computer itself as a
// source (accept-local) does not come in.
func xtReversePath(_ *decoding, _ int, b []byte) ([]op, error) {
	const loose, inverted = 1, 8
	if len(b) < 1 || b[0]&^(15) != 0 {
		return nil, short("xt_rpfilter_info")
	}
	return []op{&reversePath{b[0]&loose != 0, b[0]&inverted != 0}}, nil
}
