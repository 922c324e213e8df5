package desk

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// routerProhibits: a router says by ICMP that its rules forbid the traffic. Its
// address says whose router: the default gateway, an address of a network that this
// computer is joined to, or this network's own public address is this network's; any
// other private one is, unless its answers come from afar; one of AWS's is AWS's; any
// other public one, beyond a translation of addresses, is a provider's.
var routerProhibits = rule{
	Code:     "router_prohibits",
	Layer:    layer.NetworkFirewall,
	Needs:    []probe.Operation{probe.TCPConnect, probe.STUNBinding, probe.QUICVersion, probe.DNSQuery},
	Explains: samePorts,
	Where:    finding.NoPlace[evidence], // set as it is found
	All: func(e evidence) []finding.Finding {
		var found []finding.Finding
		for _, said := range e.saidBy(probe.AdministrativelyProhibited, probe.ConnectionRefused) {
			said.list = append(said.list, e.unsaid(said)...)
			if f, costs := e.prohibited(said); costs {
				found = append(found, f)
			}
		}
		return found
	},
}

// statement is what one device said by ICMP, of some observations.
type statement struct {
	by          netip.Addr
	ttl         int // its distance, 0 if unknown
	list        []probe.Observation
	unreachable bool // that it cannot reach the host, not that it forbids this
}

// saidBy gathers the ICMP errors of devices on the way, by device: not those of
// this computer and not those of the host that was asked.
func (e evidence) saidBy(failures ...probe.Failure) []statement {
	var list []statement
	for _, o := range e.Observations {
		m := facts.ICMP(o)
		if m == nil || m.OwnHost || !e.primary(o) || !slices.Contains(failures, o.Failure) ||
			facts.Detail[probe.SweepDetail](o).Control ||
			m.Offender.Unmap() == o.Addr() {
			continue
		}
		a := m.Offender.Unmap()
		i := slices.IndexFunc(list, func(s statement) bool { return s.by == a })
		if i < 0 {
			list = append(list, statement{by: a, ttl: e.distanceOf(a)})
			i = len(list) - 1
		}
		list[i].list = append(list[i].list, o)
	}
	return list
}

// unsaid gives the streaming ports that stay silent where a device refuses others,
// if what is seen of them allows that it is the same device: routers send few
// errors, and the first refusals use them up.
func (e evidence) unsaid(said statement) []probe.Observation {
	var list []probe.Observation
	for _, f := range e.flows() {
		d := f.direct[0]
		if f.ending != candidates.Silent ||
			slices.ContainsFunc(said.list, func(o probe.Observation) bool { return o.Target == d.Target }) {
			continue
		}
		sameHost := slices.ContainsFunc(said.list, func(o probe.Observation) bool { return o.Host() == d.Host() })
		there := said.ttl == 0 || slices.Contains(f.places(), candidates.Place(said.ttl))
		if tcp := d.Transport() == probe.TCP; sameHost && there && tcp {
			list = append(list, f.direct...) // a silent datagram needs no reason
		}
	}
	return list
}

// distanceOf is how many hops away a sweep met a router; 0 if none did.
func (e evidence) distanceOf(a netip.Addr) int {
	for _, o := range e.Of(probe.PathSweep) {
		for _, h := range facts.Detail[probe.SweepDetail](o).Hops {
			if h.From.Unmap() == a && h.Kind == probe.HopExpired {
				return h.TTL
			}
		}
	}
	return 0
}

// way gives every sweep, for what stands before a device.
func (e evidence) way() []probe.SweepDetail {
	var way []probe.SweepDetail
	for _, o := range e.Of(probe.PathSweep) {
		way = append(way, facts.Detail[probe.SweepDetail](o))
	}
	return way
}

// deviceOf names a device that spoke. Its distance may be unknown: then nothing on
// the way tells more than its address.
func (e evidence) deviceOf(s statement) device {
	if s.ttl == 0 {
		return e.whose(s.by, 2) // anywhere but at the first hop, whose address is the route's
	}
	return e.whose(s.by, s.ttl, e.way()...)
}

// fromAfarOff: what a device said came late enough to come from beyond this network,
// whatever its address.
func (s statement) fromAfarOff() bool {
	took, spoke := 0.0, false
	for _, o := range s.list {
		for _, a := range facts.AttemptsOf(o) {
			if a.Outcome == probe.Failed && (!spoke || a.ElapsedMS < took) {
				took, spoke = a.ElapsedMS, true
			}
		}
	}
	return spoke && took >= farEnough
}

func (e evidence) prohibited(said statement) (finding.Finding, bool) {
	effect := e.effectOf(said.list)
	what, who := ports(said.list), e.deviceOf(said)
	args := words.Args{"address": said.by, "what": what, "region": e.regionName(), "unreachable": said.unreachable}
	forbids := func(by words.Text) words.Text {
		return e.headline(by, "does", effect, what).Then(words.Say("cause.router_prohibits.answers", args))
	}
	f := finding.Finding{
		Layer:    layer.NetworkFirewall,
		Severity: effect.Severity(),
		Said:     true,
		Supports: facts.IDs(said.list...),
		Blocks:   effect.Blocks,
		Degrades: effect.Degrades,
		Unsure:   effect.Unsure,
		Rivals:   e.notItself(said.by),
		Where:    said.where(),
	}
	switch who.place {
	case facts.PlaceLocal:
		f.Why = words.Say("cause.router_prohibits.network.why")
		f.Summary = forbids(words.Say("cause.router_prohibits.network.who", args))
		f.Remedy = []words.Text{words.Say("cause.router_prohibits.network.ask", args), meanwhile}
		if !who.sure && said.fromAfarOff() {
			f.Why = words.Say("cause.router_prohibits.private.why")
			f.Summary = forbids(words.Say("cause.router_prohibits.private.who", args))
			f.Rivals = append(
				f.Rivals,
				finding.Rival{
					Layer: layer.InternetPath,
					Rare:  true,
					Why:   words.Say("cause.router_prohibits.private.provider"),
				},
			)
		}
	case facts.PlaceAWS:
		f.Layer, f.Said = layer.StreamingGateway, false // a router before the gateway is not the gateway
		f.Summary = forbids(words.Say("cause.router_prohibits.aws.who", args))
		f.Remedy = []words.Text{words.Say("cause.router_prohibits.aws.ask")}
		f.Rivals = append(f.Rivals, e.accessControl(said.list))
		if facts.Rented(said.by) {
			f.Rivals = append(
				f.Rivals,
				finding.Rival{
					Layer: layer.NetworkFirewall,
					Rare:  true,
					Why:   words.Say("cause.router_prohibits.aws.rented"),
				},
			)
		}
	default:
		f.Layer, f.Why = layer.InternetPath, words.Say("desk.why.providers-address")
		f.Summary = forbids(words.Say("cause.router_prohibits.provider.who", args))
		f.Remedy = []words.Text{words.Say("cause.router_prohibits.provider.ask", args), meanwhile}
		own := finding.Rival{
			Layer: layer.NetworkFirewall, Rare: who.place == facts.PlaceCarrier || said.ttl == 1,
			Why:  words.Say("cause.router_prohibits.office.why"),
			By:   words.Say("cause.router_prohibits.office.by"),
			Next: words.Say("cause.router_prohibits.office.next", args),
		}
		if said.ttl == 1 {
			own.Why = words.Say("cause.router_prohibits.office.gateway")
		} else if who.place == facts.PlacePublic && !e.MayBeOwn(said.by) {
			own.Out = facts.IDs(e.translations()...)
		}
		if len(own.Out) == 0 && !own.Rare {
			f.Summary = forbids(
				words.Say("cause.router_prohibits.unknown.who", args),
			).Then(words.Say("cause.router_prohibits.unknown.whose"))
		}
		f.Rivals = append(f.Rivals, own)
	}
	return f, effect.Severity() != finding.SeverityInfo ||
		len(f.Supports) > 0 &&
			!slices.ContainsFunc(
				said.list,
				func(o probe.Observation) bool { return o.Operation == probe.PathSweep || o.Operation == probe.DNSQuery },
			)
}

// translations are the routes on which this computer has a private address: what has
// a public one on the way is behind the border of its network.
func (e evidence) translations() []probe.Observation {
	return facts.Where(e.Of(probe.HostRoute), func(o probe.Observation) bool {
		return facts.Detail[probe.RouteDetail](o).Source.Unmap().IsPrivate()
	})
}

// accessControl: AWS may refuse an address that the group does not allow. A group is
// one directory's; the health hosts, and those of signing in, are asked by everybody
// before anything is known of a directory.
func (e evidence) accessControl(refused []probe.Observation) finding.Rival {
	r := finding.Rival{
		Layer: layer.IPAccessControl,
		Rare:  true,
		Why:   words.Say("desk.group.why"),
		By:    words.Say("desk.group.by"),
		Next:  compareGroup,
		Out: facts.IDs(
			facts.Where(
				refused,
				func(o probe.Observation) bool { return !strings.HasPrefix(o.Endpoint, "gateway-") },
			)...),
	}
	_, denied := e.byGroup(false)
	if _, allowed := e.byGroup(true); len(r.Out) == 0 && len(denied) == 0 && len(allowed) > 0 {
		r.By, r.Out = words.Say("desk.group.allowed"), facts.IDs(allowed...)
	}
	return r
}
