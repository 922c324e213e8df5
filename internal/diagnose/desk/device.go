package desk

import (
	"fmt"
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/probe"
)

// device is a hop, named by what it is.
type device struct {
	place facts.Place
	what  string // what it is, in words
	name  string // the same with its address
	known bool   // its address is known
	sure  bool   // and it is this network's without a doubt, or this computer

	address netip.Addr // valid where the name does not say what it is for itself
}

// whose names a hop: this computer, the default gateway, a device of this
// network, a shared address, AWS's as far as it publishes them, a public one, or
// the host at the end. The sweeps that met it say what lies before it.
func (e evidence) whose(a netip.Addr, ttl int, way ...probe.SweepDetail) device {
	own := e.Owner(a)
	is := func(p facts.Place, what string, sure bool) device {
		return device{p, what, fmt.Sprintf("%s (%s)", a, what), true, sure, a}
	}
	switch {
	case ttl == 0:
		return device{facts.PlaceOwn, "this computer", "this computer", true, true, netip.Addr{}}
	case !a.IsValid():
		return device{facts.PlaceTarget, e.farHost(), e.farHost(), false, false, netip.Addr{}}
	case e.IsGateway(a), ttl == 1 && e.routed(a) && !e.behindBorder(a):
		return device{facts.PlaceLocal, "your router", fmt.Sprintf("your router %s", a), true, true, netip.Addr{}}
	case e.IsEgress(a):
		return is(facts.PlaceLocal, "this network's public address", true)
	case e.IsNeighbour(a), e.OnLink(a):
		return is(facts.PlaceLocal, "an address of this network", true)
	case own != facts.PlaceCarrier && e.beyond(ttl, way, facts.PlaceAWS):
		return is(facts.PlaceAWS, "AWS", false) // who passes AWS's border does not come out again
	case own == facts.PlaceLocal && e.beyond(ttl, way, facts.PlacePublic):
		return is(facts.PlacePublic, "a private address, behind a public one", false)
	case own == facts.PlaceCarrier, own == facts.PlaceLocal && e.beyond(ttl, way, facts.PlaceCarrier):
		return is(facts.PlaceCarrier, "a provider's or office's device", false)
	case own == facts.PlaceLocal:
		return is(facts.PlaceLocal, "a private address", false)
	case own == facts.PlaceAWS:
		return is(facts.PlaceAWS, "AWS", false)
	}
	return is(facts.PlacePublic, "a public address", false)
}

// behindBorder: the address is public, and this computer's own is not, so that somebody
// before it translates. The first router that shows is not always the first.
func (e evidence) behindBorder(a netip.Addr) bool {
	return a.Is4() && e.Owner(a) == facts.PlacePublic && e.translated()
}

// NamedHop is a router that some sweep met, and what it is.
type NamedHop struct {
	TTL     int        `json:"ttl"`
	Address netip.Addr `json:"address"`
	What    string     `json:"what"`
}

// NamedHops names every router that the sweeps of a run met, by distance.
func NamedHops(observations []probe.Observation) []NamedHop {
	e := gather(facts.Input{Vantage: "desk", Observations: observations})
	var way []probe.SweepDetail
	for _, o := range e.Of(probe.PathSweep) {
		way = append(way, facts.Detail[probe.SweepDetail](o))
	}
	list := []NamedHop{}
	for _, d := range way {
		for _, h := range d.Hops {
			n := NamedHop{TTL: h.TTL, Address: h.From.Unmap()}
			if h.Kind != probe.HopExpired || !h.From.IsValid() {
				continue
			}
			n.What = e.whose(n.Address, n.TTL, way...).what
			if !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b NamedHop) int { return a.TTL - b.TTL })
	return list
}

// routed: packets of an address's family leave through a default gateway, and no
// VPN: then the first hop is that gateway, whatever address it answers with. With
// IPv6 it is never the one in the route, and two routers that share one address
// answer with their own.
func (e evidence) routed(a netip.Addr) bool {
	return slices.ContainsFunc(e.Routes(), func(o probe.Observation) bool {
		r := facts.Detail[probe.RouteDetail](o)
		return facts.IsOK(o) && r.Gateway.IsValid() && r.Gateway.Unmap().Is4() == a.Is4()
	}) && e.vpnFor(a) == ""
}

// vpnFor names the VPN interface over which packets of an address's family
// leave, if there is one.
func (e evidence) vpnFor(a netip.Addr) string {
	family := "ip6"
	if a.Is4() {
		family = "ip4"
	}
	for _, o := range e.Routes() {
		if r := facts.Detail[probe.RouteDetail](o); r.VPN != "" && r.Family == family {
			return r.Interface
		}
	}
	return ""
}

// beyond: a hop nearer than a TTL belongs to one of these. What comes after a
// provider's device is not this network's, though its address be private.
func (e evidence) beyond(ttl int, way []probe.SweepDetail, of ...facts.Place) bool {
	return slices.ContainsFunc(way, func(d probe.SweepDetail) bool {
		return slices.ContainsFunc(d.Hops, func(h probe.Hop) bool {
			first := h.TTL == 1 && e.routed(h.From.Unmap()) && !e.behindBorder(h.From.Unmap())
			return h.TTL < ttl && h.Kind == probe.HopExpired && h.From.IsValid() && !first && slices.Contains(of, e.Owner(h.From.Unmap()))
		})
	})
}

// fromAfar: an answer came from beyond this network, if that is where its host
// is. A firewall that refuses all to a host refuses the control as well, from as
// near: then the two agree, and the way looks short. So before the answer some
// hop must be another's, and it must not come faster than the Region does.
func (e evidence) fromAfar(o, control probe.Observation) bool {
	d := facts.Detail[probe.SweepDetail](o)
	if host := o.Addr(); e.Owner(host) == facts.PlaceLocal {
		return true
	}
	if ms, _, measured := e.RegionalRTT(); measured && ms >= farEnough {
		for _, h := range d.Hops {
			if took, measured := quickest(h); h.TTL == d.Distance && measured && took < ms*nearFraction {
				return false
			}
		}
	}
	way := []probe.SweepDetail{d, facts.Detail[probe.SweepDetail](control)}
	return e.beyond(d.Distance, way, facts.PlaceCarrier, facts.PlacePublic, facts.PlaceAWS)
}

// quickest is the least round trip of a hop, in milliseconds. One of no time at all
// was not measured: the clock did not step meanwhile.
func quickest(h probe.Hop) (ms float64, measured bool) {
	for _, rtt := range h.RTTMS {
		if rtt > 0 && (!measured || rtt < ms) {
			ms, measured = rtt, true
		}
	}
	return ms, measured
}
