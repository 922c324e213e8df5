package host

import (
	"context"
	"errors"
	"net/netip"
	"syscall"

	"wsdoctor/probe"
)

// flow is one question to the routing table.
type flow struct {
	to        netip.Addr
	transport probe.Transport // empty: the address alone
	port      uint16
	from      netip.Addr // invalid: this computer chooses
	fromPort  uint16
}

// hop is where the packet would go.
type hop struct {
	index   int
	gateway netip.Addr // invalid if the destination is on the link, or the system does not say
	source  netip.Addr // invalid if the system does not say
}

// refusal is the routing table's no.
type refusal struct {
	failure probe.Failure
	name    string // the system's error, such as EACCES
}

func (r *refusal) Error() string { return r.name }

// afar stands for "anywhere on the internet": one address of Amazon's own per
// family (from ip-ranges.json, us-east-1). Only the routing table is asked for
// it. A listing of default routes would not do: VPNs leave the default route
// alone and win with two halves of the internet or a table of their own.
var afar = []netip.Addr{
	netip.AddrFrom4([4]byte{52, 94, 0, 1}),
	netip.AddrFrom16([16]byte{0x26, 0x00, 0x1f, 0x18, 15: 1}),
}

// defaultRoutes gives one entry per family. Its Destination is 0.0.0.0 or ::.
func defaultRoutes(ctx context.Context, s system, names map[int]string) []probe.RouteDetail {
	var list []probe.RouteDetail
	for _, to := range afar {
		d := probe.RouteDetail{Family: familyOf(to), Destination: netip.IPv4Unspecified()}
		if to.Is6() {
			d.Destination = netip.IPv6Unspecified()
		}
		h, err := s.route(ctx, flow{to: to})
		list = append(list, fill(d, h, err, names, true))
	}
	return list
}

// targetRoutes asks for every target. defaults are consulted to tell "no route
// to this network" from "no default route at all".
func targetRoutes(
	ctx context.Context,
	s system,
	names map[int]string,
	defaults []probe.RouteDetail,
	targets []RouteQuery,
) []probe.RouteDetail {
	list := make([]probe.RouteDetail, 0, len(targets))
	for _, q := range targets {
		to := q.Addr.Unmap()
		if !to.IsValid() || ctx.Err() != nil {
			continue
		}
		d := probe.RouteDetail{
			Family:      familyOf(to),
			Destination: to,
			Endpoint:    q.Endpoint,
			Transport:   q.Transport,
			Port:        q.Port,
		}
		bare := !s.portRules || q.Port == 0 || q.Transport == ""
		f := flow{to: to, transport: q.Transport, port: q.Port}
		if bare {
			f.transport, f.port = "", 0
		}
		h, err := s.route(ctx, f)
		if err == nil || bare {
			list = append(list, fill(d, h, err, names, lacksDefault(defaults, d.Family)))
			continue
		}
		// The port was refused. Only if the same address without the port has a
		// route is a rule on the port proven; the route it would take is kept.
		plain, plainErr := s.route(ctx, flow{to: to})
		if plainErr == nil {
			d = fill(d, plain, nil, names, false)
			d.Failure, d.Error = probe.LocalPolicyDenied, err.Error()
		} else {
			d = fill(d, hop{}, plainErr, names, lacksDefault(defaults, d.Family))
		}
		list = append(list, d)
	}
	return list
}

func lacksDefault(defaults []probe.RouteDetail, family string) bool {
	for _, d := range defaults {
		if d.Family == family && d.Port == 0 && d.Destination.IsUnspecified() {
			return d.Failure == probe.NoRoute
		}
	}
	return false
}

func fill(d probe.RouteDetail, h hop, err error, names map[int]string, noDefault bool) probe.RouteDetail {
	if err == nil {
		d.Interface, d.Gateway, d.Source = names[h.index], h.gateway, h.source
		return d
	}
	d.Failure, d.Error = probe.UnknownFailure, probe.Clean(err.Error(), 100)
	var no *refusal
	switch {
	case errors.As(err, &no):
		d.Failure = no.failure
	case errors.Is(err, syscall.EMFILE),
		errors.Is(err, syscall.ENFILE),
		errors.Is(err, syscall.ENOMEM),
		errors.Is(err, syscall.ENOBUFS):
		d.Failure = probe.ComputerExhausted
	}
	if d.Failure == probe.NetworkUnreachable && noDefault {
		d.Failure = probe.NoRoute
	}
	return d
}

// tableRoute is one line of a routing table, for systems that hand over the
// table rather than an answer.
type tableRoute struct {
	prefix  netip.Prefix
	index   int
	gateway netip.Addr
	metric  uint32
	refused *refusal // a reject or blackhole route
	table   string   // empty for the main table
	kind    string   // as in probe.RouteEntry.Type
}

// longest picks the most specific route to a, then the smallest metric. index
// limits the choice to one interface; 0 means any.
func longest(table []tableRoute, to netip.Addr, index int) (tableRoute, bool) {
	var best tableRoute
	found := false
	for _, r := range table {
		if !r.prefix.IsValid() || !r.prefix.Contains(to) || (index != 0 && r.index != index) {
			continue
		}
		if !found || r.prefix.Bits() > best.prefix.Bits() ||
			(r.prefix.Bits() == best.prefix.Bits() && r.metric < best.metric) {
			best, found = r, true
		}
	}
	return best, found
}
