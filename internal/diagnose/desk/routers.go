package desk

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
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

// routerUnreachable: a router says it has no route. The trouble lies at that
// router or right behind it; nothing separates the two.
var routerUnreachable = rule{
	Code:     "router_unreachable",
	Layer:    layer.InternetPath,
	Needs:    []probe.Operation{probe.TCPConnect, probe.STUNBinding},
	Explains: samePorts,
	Where:    finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		all := e.saidBy(probe.HostUnreachable, probe.NetworkUnreachable)
		if len(all) == 0 {
			return finding.Finding{}, false
		}
		said, who := all[0], e.deviceOf(all[0])
		own := finding.Rival{Layer: layer.NetworkFirewall, Why: words.Say("cause.router_unreachable.network.why")}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(said.list...),
			Why:      words.Say("cause.router_unreachable.why"),
			Rivals:   e.notItself(said.by),
		}
		f.Where = finding.At(finding.Between, said.by.String()).For(shut(said.list)) // it, or what lies right behind it
		if len(e.Control()) == 0 {
			f.Blocks, f.Rivals = probe.StreamingProtocols(), append(f.Rivals, own)
			f.Summary = words.Say("cause.router_unreachable.summary", words.Args{"address": said.by})
			f.NextTest = words.Say("cause.router_unreachable.next")
			return f, true
		}
		effect := e.effectOf(said.list)
		if e.servesElse(said.list) && effect.Severity() != finding.SeverityInfo {
			// It has a way to the host, for other ports: what it says is a filter's word.
			said.unreachable = true
			f, _ = e.prohibited(said)
			return f, true
		}
		f.Severity, f.Blocks, f.Degrades, f.Unsure, f.NextTest = effect.Severity(), effect.Blocks, effect.Degrades, effect.Unsure, words.Say(
			"cause.router_unreachable.next",
		)
		f.Summary = words.Say(
			"cause.router_unreachable.one-host",
			words.Args{"address": said.by, "what": ports(said.list)},
		)
		switch {
		case len(f.Rivals) > 0: // it may not even be the router
		case who.place == facts.PlaceLocal && (e.IsGateway(said.by) || e.IsEgress(said.by) || e.IsNeighbour(said.by)):
			// This network's own router: refusing this host is its own doing.
			f.Layer, f.Remedy = layer.NetworkFirewall, routerProhibits.Cause().Remedy()
			own = finding.Rival{
				Layer: layer.InternetPath, Why: words.Say("cause.router_unreachable.path.why"),
				By:  words.Say("cause.router_unreachable.path.by"),
				Out: facts.IDs(e.Control()[0]),
			}
		case who.place == facts.PlacePublic && e.translated():
			own.Rare, own.Why = true, words.Say("desk.why.office-public")
		}
		f.Rivals = append(f.Rivals, own)
		return f, true
	},
}

// compareGroup tells whether an IP access control group is the cause.
var compareGroup = words.Say("desk.next.compare-group")

// servesElse: the hosts of these observations answer on another port, or over the
// other transport, so that whoever calls them unreachable reaches them.
func (e evidence) servesElse(list []probe.Observation) bool {
	return !slices.ContainsFunc(list, func(o probe.Observation) bool {
		return o.Addr().IsValid() && o.Operation != probe.DNSQuery &&
			!slices.ContainsFunc(e.Observations, func(other probe.Observation) bool {
				return other.Addr() == o.Addr() && facts.IsOK(other) && facts.OnPort(other) &&
					(other.Port() != o.Port() || other.Transport() != o.Transport())
			})
	})
}

// nothingAnswers: not one host beyond this computer's network answered. With
// the local network proven alive, the trouble is beyond it; without, anywhere.
var nothingAnswers = rule{
	Code:     "nothing_answers",
	Layer:    layer.InternetPath,
	Needs:    []probe.Operation{probe.TCPConnect},
	Explains: everything,
	Where:    finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		far := facts.Where(e.Observations, func(o probe.Observation) bool {
			switch o.Operation {
			case probe.TCPConnect, probe.STUNBinding, probe.QUICVersion, probe.ProxyConnect:
				return facts.Sent(o)
			}
			return false
		})
		if len(far) == 0 ||
			slices.ContainsFunc(
				far,
				func(o probe.Observation) bool { return facts.IsOK(o) || o.Outcome == probe.Failed },
			) {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(far...),
			Blocks:   probe.StreamingProtocols(),
			Why:      words.Say("cause.nothing_answers.why"),
			Summary:  words.Say("cause.nothing_answers.summary"),
			NextTest: words.Say("cause.nothing_answers.next"),
		}
		f.Rivals = []finding.Rival{{Layer: layer.NetworkFirewall, Why: words.Say("cause.nothing_answers.firewall.why")}}
		router := finding.Rival{
			Layer: layer.LocalDevice,
			Why:   words.Say("cause.nothing_answers.router.why"),
			By:    words.Say("cause.nothing_answers.router.by"),
		}
		if near := e.nearAnswers(); len(near) > 0 {
			router.Out = facts.IDs(near...)
			f.Contradicts = facts.IDs(near...)
			f.Summary = words.Say("cause.nothing_answers.local-answers")
		}
		if last, sweep, heard := e.lastHeard(); heard {
			router.Out = append(router.Out, sweep.ID)
			f.Supports = append(f.Supports, sweep.ID)
			f.Where = finding.At(finding.Between, last.address.String())
			f.Summary = words.Say("cause.nothing_answers.last", words.Args{"device": last.name()})
			if last.place == facts.PlaceLocal {
				f.Rivals = []finding.Rival{{Layer: layer.InternetPath, Why: f.Why}}
				f.Layer, f.Why = layer.NetworkFirewall, words.Say("cause.nothing_answers.ends-here.why")
			}
		}
		f.Rivals = append(
			f.Rivals,
			finding.Rival{Layer: layer.LocalFirewall, Why: words.Say("cause.nothing_answers.software.why")},
			router,
		)
		if e.Proxied() {
			f.Rivals = append(
				f.Rivals,
				finding.Rival{Layer: layer.Proxy, Why: words.Say("cause.nothing_answers.proxy.why")},
			)
		}
		return f, true
	},
}

// lastHeard gives the farthest router that any sweep heard of.
func (e evidence) lastHeard() (device, probe.Observation, bool) {
	var best probe.Observation
	for _, o := range e.Of(probe.PathSweep) {
		if d := facts.Detail[probe.SweepDetail](o); e.primary(o) && sweep.HopAt(d, d, d.Last).IsValid() &&
			d.Last > facts.Detail[probe.SweepDetail](best).Last {
			best = o
		}
	}
	d := facts.Detail[probe.SweepDetail](best)
	if d.Last == 0 {
		return device{}, best, false
	}
	return e.whose(sweep.HopAt(d, d, d.Last), d.Last, d), best, true
}

// nearAnswers are signs of life from the local network: the gateway's
// neighbour entry, or an answer from a resolver with a private address.
func (e evidence) nearAnswers() []probe.Observation {
	list := facts.Where(e.Of(probe.HostNeighbour), facts.IsOK)
	return append(list, e.nearResolver()...)
}

// nearResolver gives answers from a resolver on this network, over UDP. Cached
// or forwarded, they show that datagrams leave this computer and come back.
func (e evidence) nearResolver() []probe.Observation {
	return facts.Where(e.Of(probe.DNSQuery), func(o probe.Observation) bool {
		d := facts.Detail[probe.DNSDetail](o)
		a := o.Addr()
		return d.Resolver != "system" && o.Endpoint == "name" && facts.Sent(o) && !facts.IsSilent(o) &&
			facts.ICMP(o) == nil &&
			d.RCode != "" &&
			(a.IsPrivate() || a.IsLinkLocalUnicast())
	})
}

// awsHostRejects: the host that was asked says itself, by ICMP, that the port
// is closed or forbidden. Its rival, a firewall, answers from its own address.
var awsHostRejects = rule{
	Code:     "aws_host_rejects",
	Layer:    layer.StreamingGateway,
	Needs:    []probe.Operation{probe.STUNBinding, probe.QUICVersion, probe.TCPConnect},
	Explains: sameTargets,
	Where:    finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Observations, func(o probe.Observation) bool {
			m := facts.ICMP(o)
			return m != nil && !m.OwnHost && m.Offender.Unmap() == o.Addr() && e.primary(o) &&
				o.Operation != probe.DNSQuery &&
				o.Operation != probe.PathSweep &&
				o.Endpoint != "quic-control" &&
				(o.Failure == probe.ConnectionRefused || o.Failure == probe.AdministrativelyProhibited)
		})
		effect := e.effectOf(list)
		if effect.Severity() == finding.SeverityInfo {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Layer:    layer.StreamingGateway,
			Severity: effect.Severity(),
			Said:     true,
			Supports: facts.IDs(list...),
			Blocks:   effect.Blocks,
			Degrades: effect.Degrades,
			Unsure:   effect.Unsure,
			Summary: words.Say(
				"cause.aws_host_rejects.summary",
				words.Args{"what": ports(list), "so": e.consequence(effect)},
			),
		}
		if !slices.ContainsFunc(list, func(o probe.Observation) bool { return o.Port() != probe.HTTPSPort }) {
			f.Layer = layer.AuthGateway
		}
		// Of several hosts that refuse, somebody else's says nothing of AWS's own.
		var other candidates.Owner
		if !slices.ContainsFunc(list, func(o probe.Observation) bool {
			host := destination{name: "health", address: o.Addr()}
			if strings.HasPrefix(o.Endpoint, "gateway-") {
				host.name = "gateway"
			}
			other = e.ownerOfHost(&host, candidates.Refuse)
			return isAWSLayer(other.Layers[0]) && !e.isEndpoint(&host)
		}) {
			return e.refusedByOther(f, list, other), true
		}
		some := e.refusesSome(list) // a closed port refuses them all; a single refusal may be forged
		if some {
			f.NextTest = otherNetwork
		}
		if !slices.ContainsFunc(
			list,
			func(o probe.Observation) bool { _, _, near := answeredTooNear(e, o); return !near },
		) {
			// Some firewalls refuse in the name of the host that was asked.
			ms, control, _ := answeredTooNear(e, list[0])
			f.Supports = append(f.Supports, facts.IDs(control)...)
			f.Rivals = []finding.Rival{
				{
					Layer: f.Layer,
					Why:   words.Say("cause.aws_host_rejects.near.host"),
					By:    words.Say("cause.aws_host_rejects.near.by"),
					Out:   facts.IDs(append(list, control)...),
				},
				{Layer: layer.LocalFirewall, Rare: !some, Why: words.Say("cause.aws_host_rejects.near.software")},
				{Layer: layer.InternetPath, Rare: !some, Why: words.Say("cause.aws_host_rejects.near.provider")},
			}
			f.Layer, f.Why, f.Said, f.Remedy = layer.NetworkFirewall, words.Say(
				"cause.aws_host_rejects.near.why",
			), false, portRefused.Cause().
				Remedy()
			f.Summary = words.Say("cause.aws_host_rejects.near.summary", words.Args{
				"what": ports(
					list,
				),
				"ms":  words.Milliseconds(ms),
				"rtt": words.Milliseconds(facts.Detail[probe.ConnectDetail](control).RTTMS),
			})
			return f, true
		}
		f.Where, f.Rivals = atHosts(e, f), []finding.Rival{e.accessControl(list)}
		if forged, met := e.refusedInItsName(list); met {
			f.Rivals = append(f.Rivals, forged)
		}
		return f, true
	},
}

// refusedInItsName: a device on the way refuses in the name of the host that was
// asked. So few do that it need not be named where nothing speaks for it; but it
// cannot do so from as far away as the host is, and a closed port refuses everybody.
func (e evidence) refusedInItsName(list []probe.Observation) (r finding.Rival, met bool) {
	some, near := e.refusesSome(list), false
	r = finding.Rival{
		Layer: layer.NetworkFirewall, Rare: !some, Why: words.Say("cause.aws_host_rejects.forged.why"),
		By: words.Say("cause.aws_host_rejects.forged.by"),
	}
	for _, o := range list {
		if ms, control, tooNear := answeredTooNear(e, o); ms > 0 {
			near = near || tooNear
			r.Out = appendNew(r.Out, facts.IDs(o, control)...)
		}
	}
	if met = some || len(r.Out) > 0; some || near {
		r.Out = nil
	}
	return r, met
}

// refusesSome: of the datagrams to the same port some were refused, and others of
// the same kind, to this address of the host or another, got no answer at all.
func (e evidence) refusesSome(list []probe.Observation) bool {
	return len(list) == 1 && slices.ContainsFunc(list, func(o probe.Observation) bool {
		return slices.ContainsFunc(e.Observations, func(other probe.Observation) bool {
			return other.Target == o.Target && (other.Address == o.Address || o.Transport() == probe.UDP) &&
				facts.IsSilent(other) &&
				facts.OnPort(other)
		})
	})
}

// refusedByOther: the host that refuses is not AWS's: its address is a stand-in, a
// VPC endpoint's or nobody's that AWS publishes.
func (e evidence) refusedByOther(f finding.Finding, list []probe.Observation, owner candidates.Owner) finding.Finding {
	a := list[0].Addr()
	args := words.Args{"address": a, "what": ports(list), "so": words.Text{}}
	if isAWSLayer(owner.Layers[0]) {
		f.Owner, f.Where = words.Owner(layer.VPCAdministrator), atHosts(e, f)
		forged, _ := e.refusedInItsName(list)
		f.Rivals = []finding.Rival{forged}
		f.Summary = words.Say("desk.endpoint.refuses", args)
		f.Remedy = []words.Text{words.Say("desk.endpoint.ask", args)}
		return f
	}
	f.Layer, f.Said, f.Why = layer.ID(owner.Layers[0]), false, words.Say("cause.aws_host_rejects.other.why")
	f.Summary = words.Say("cause.aws_host_rejects.other.summary", args)
	f.Remedy = dnsNXDomain.Cause().Remedy()
	if why := standIn(a); !why.Empty() {
		args["kind"] = why
		f.Summary = words.Say("cause.aws_host_rejects.stand-in.summary", args)
		f.Remedy = []words.Text{words.Say("cause.aws_host_rejects.stand-in.ask")}
	}
	for _, name := range without(append(owner.Layers[1:], owner.Also...), owner.Layers[:1]) {
		f.Rivals = append(
			f.Rivals,
			finding.Rival{Layer: layer.ID(name), Rare: true, Why: words.Say("cause.aws_host_rejects.other.names")},
		)
	}
	if len(f.Rivals) == 0 {
		f.Rivals = []finding.Rival{
			{Layer: layer.StreamingGateway, Rare: true, Why: words.Say("cause.aws_host_rejects.other.unpublished")},
		}
	}
	return f
}
