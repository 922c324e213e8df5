package desk

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// device is a hop, named by what it is.
type device struct {
	place   facts.Place
	kind    string // the message, below desk, that says what it is
	known   bool   // it is this computer, or its address is known
	sure    bool   // and it is this network's without a doubt, or this computer
	address netip.Addr
}

// yourRouter is the kind of device whose name says enough for itself.
const yourRouter = "device.router"

// what says what it is, without its address.
func (d device) what() words.Text { return words.Say("desk." + d.kind) }

func (d device) name() words.Text {
	switch {
	case !d.address.IsValid():
		return d.what()
	case d.kind == yourRouter:
		return words.Say("desk.device.your-router", words.Args{"address": d.address})
	}
	return words.Say("desk.device.named", words.Args{"address": d.address, "what": d.what()})
}

// whose names a hop: this computer, the default gateway, a device of this
// network, a shared address, AWS's as far as it publishes them, a public one, or
// the host at the end. The sweeps that met it say what lies before it.
func (e evidence) whose(a netip.Addr, ttl int, way ...probe.SweepDetail) device {
	own, target := e.Owner(a), "device.aws-host"
	if e.Region == "" {
		target = "device.host" // `path` may ask anybody's
	}
	switch {
	case ttl == 0:
		return device{facts.PlaceOwn, "device.this-computer", true, true, netip.Addr{}}
	case !a.IsValid():
		return device{facts.PlaceTarget, target, false, false, netip.Addr{}}
	case e.IsGateway(a), ttl == 1 && e.routed(a) && !e.behindBorder(a):
		return device{facts.PlaceLocal, yourRouter, true, true, a}
	case e.IsEgress(a):
		return device{facts.PlaceLocal, "device.own-public", true, true, a}
	case e.IsNeighbour(a), e.OnLink(a):
		return device{facts.PlaceLocal, "device.own-network", true, true, a}
	case own != facts.PlaceCarrier && e.isBehind(ttl, way, facts.PlaceAWS):
		return device{facts.PlaceAWS, "device.aws", true, false, a} // who passes AWS's border does not come out again
	case own == facts.PlaceLocal && e.isBehind(ttl, way, facts.PlacePublic):
		return device{facts.PlacePublic, "device.private-beyond", true, false, a}
	case own == facts.PlaceCarrier, own == facts.PlaceLocal && e.isBehind(ttl, way, facts.PlaceCarrier):
		return device{facts.PlaceCarrier, "device.carrier", true, false, a}
	case own == facts.PlaceLocal:
		return device{facts.PlaceLocal, "device.private", true, false, a}
	case own == facts.PlaceAWS:
		return device{facts.PlaceAWS, "device.aws", true, false, a}
	}
	return device{facts.PlacePublic, "device.public", true, false, a}
}

// behindBorder: the address is public, and this computer's own is not, so that somebody
// before it translates. The first router that shows is not always the first.
func (e evidence) behindBorder(a netip.Addr) bool {
	return a.Is4() && e.Owner(a) == facts.PlacePublic && e.translated()
}

// NamedHop is a router that some sweep met, and what it is.
type NamedHop struct {
	TTL     int
	Address netip.Addr
	What    words.Text
}

// NamedHops names every router that the sweeps of a run met, by distance.
func NamedHops(observations []probe.Observation) []NamedHop {
	e := gather(facts.Input{Vantage: probe.AtDesk, Observations: observations})
	var way []probe.SweepDetail
	for _, o := range e.Of(probe.PathSweep) {
		way = append(way, facts.Detail[probe.SweepDetail](o))
	}
	list := []NamedHop{}
	for _, d := range way {
		for _, h := range d.Hops {
			n := NamedHop{TTL: h.TTL, Address: h.From.Unmap()}
			if h.Kind != probe.HopExpired || !h.From.IsValid() ||
				slices.ContainsFunc(
					list,
					func(have NamedHop) bool { return have.TTL == n.TTL && have.Address == n.Address },
				) {
				continue
			}
			n.What = e.whose(n.Address, n.TTL, way...).what()
			list = append(list, n)
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

// isBehind: a hop nearer than a TTL belongs to one of these. What comes after a
// provider's device is not this network's, though its address be private.
func (e evidence) isBehind(ttl int, way []probe.SweepDetail, of ...facts.Place) bool {
	return slices.ContainsFunc(way, func(d probe.SweepDetail) bool {
		return slices.ContainsFunc(d.Hops, func(h probe.Hop) bool {
			first := h.TTL == 1 && e.routed(h.From.Unmap()) && !e.behindBorder(h.From.Unmap())
			return h.TTL < ttl && h.Kind == probe.HopExpired && h.From.IsValid() && !first &&
				slices.Contains(of, e.Owner(h.From.Unmap()))
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
	return e.isBehind(d.Distance, way, facts.PlaceCarrier, facts.PlacePublic, facts.PlaceAWS)
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
