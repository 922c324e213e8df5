package desk

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/prose"
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
	Code: "router_prohibits", Layer: layer.NetworkFirewall, Needs: []probe.Operation{probe.TCPConnect, probe.STUNBinding, probe.QUICVersion, probe.DNSQuery}, Explains: samePorts,
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
	by   netip.Addr
	ttl  int // its distance, 0 if unknown
	list []probe.Observation
}

// saidBy gathers the ICMP errors of devices on the way, by device: not those of
// this computer and not those of the host that was asked.
func (e evidence) saidBy(failures ...probe.Failure) []statement {
	var list []statement
	for _, o := range e.Observations {
		m := facts.ICMP(o)
		if m == nil || m.OwnHost || !e.primary(o) || !slices.Contains(failures, o.Failure) || facts.Detail[probe.SweepDetail](o).Control || m.Offender.Unmap() == o.Addr() {
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
		if f.ending != candidates.Silent || slices.ContainsFunc(said.list, func(o probe.Observation) bool { return o.Target == d.Target }) {
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

// forbidsSo words a device's own statement.
func (e evidence) forbidsSo(who, verb string, effect finding.Effect, what string) string {
	return fmt.Sprintf("%s It answers that it forbids %s.", e.headline(who, verb, effect, what), what)
}

func (e evidence) prohibited(said statement) (finding.Finding, bool) {
	effect := e.effectOf(said.list)
	what, who := ports(said.list), e.deviceOf(said)
	f := finding.Finding{Layer: layer.NetworkFirewall, Severity: effect.Severity(), Said: true, Supports: facts.IDs(said.list...), Blocks: effect.Blocks, Degrades: effect.Degrades, Unsure: effect.Unsure, Rivals: e.notItself(said.by)}
	switch who.place {
	case facts.PlaceLocal:
		f.Why = words.Raw("The device that says so is this network's.")
		f.Summary = words.Raw(e.forbidsSo("Your network's firewall "+said.by.String(), "blocks", effect, what))
		f.Remedy = []words.Text{
			words.Raw(fmt.Sprintf("Ask the network team to allow outbound %s on the firewall %s, to the WorkSpaces gateways of %s.", what, said.by, e.regionName())),
			words.Raw("To get on meanwhile, try another network, such as a phone's hotspot."),
		}
		if !who.sure && said.fromAfarOff() {
			f.Why = words.Raw("Most devices with private addresses are.")
			f.Summary = words.Raw(e.forbidsSo(fmt.Sprintf("The firewall %s, probably your network's,", said.by), "blocks", effect, what))
			f.Rivals = append(f.Rivals, finding.Rival{Layer: layer.InternetPath, Rare: true, Why: words.Raw("Some providers give private addresses to their own devices.")})
		}
	case facts.PlaceAWS:
		f.Layer, f.Said = layer.StreamingGateway, false // a router before the gateway is not the gateway
		f.Summary = words.Raw(e.forbidsSo("AWS's own device "+said.by.String(), "blocks", effect, what))
		f.Remedy = []words.Text{words.Raw("Ask the WorkSpaces administrator to open a case with AWS Support, with this report; first compare this network's public address with the IP access control group.")}
		f.Rivals = append(f.Rivals, e.accessControl(said.list))
		if facts.Rented(said.by) {
			f.Rivals = append(f.Rivals, finding.Rival{Layer: layer.NetworkFirewall, Rare: true, Why: words.Raw("The address is of EC2, where companies have devices of their own.")})
		}
	default:
		f.Layer, f.Why = layer.InternetPath, words.Raw("The address may be the provider's.")
		f.Summary = words.Raw(e.forbidsSo(fmt.Sprintf("The device %s, probably your provider's,", said.by), "blocks", effect, what))
		f.Remedy = []words.Text{
			words.Raw(fmt.Sprintf("Ask the internet provider to let %s pass its device %s. If it is not theirs, ask whose it is.", what, said.by)),
			words.Raw("To get on meanwhile, try another network, such as a phone's hotspot."),
		}
		own := finding.Rival{
			Layer: layer.NetworkFirewall, Rare: who.place == facts.PlaceCarrier || said.ttl == 1,
			Why:  words.Raw("Some offices use public addresses, or shared ones, for their own firewalls."),
			By:   words.Raw("the device has a public address, and this network translates its own"),
			Next: words.Raw(fmt.Sprintf("Ask your network team or provider whose address %s is, or look it up in the whois database.", said.by)),
		}
		if said.ttl == 1 {
			own.Why = words.Raw("The default gateway may answer by the address of its other side.")
		} else if who.place == facts.PlacePublic && !e.MayBeOwn(said.by) {
			own.Out = facts.IDs(e.translations()...)
		}
		if len(own.Out) == 0 && !own.Rare {
			f.Summary = words.Raw(e.forbidsSo("The device "+said.by.String()+" on the way", "blocks", effect, what) + " Whose device it is does not show.")
		}
		f.Rivals = append(f.Rivals, own)
	}
	return f, effect.Severity() != finding.SeverityInfo || len(f.Supports) > 0 && !slices.ContainsFunc(said.list, func(o probe.Observation) bool { return o.Operation == probe.PathSweep || o.Operation == probe.DNSQuery })
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
		Layer: layer.IPAccessControl, Rare: true,
		Why:  words.Raw("A gateway may also refuse an address that the group does not allow."),
		By:   words.Raw("the host that was asked serves everybody, and knows no directory's group"),
		Next: words.Raw("Compare this network's public address with the IP access control group's rules: wsdoctor check --allowed-cidr CIDR."),
		Out:  facts.IDs(facts.Where(refused, func(o probe.Observation) bool { return !strings.HasPrefix(o.Endpoint, "gateway-") })...),
	}
	_, denied := e.byGroup(false)
	if _, allowed := e.byGroup(true); len(r.Out) == 0 && len(denied) == 0 && len(allowed) > 0 {
		r.By, r.Out = words.Raw("every public address of this network that was learnt is in the group's rules"), facts.IDs(allowed...)
	}
	return r
}

// routerUnreachable: a router says it has no route. The trouble lies at that
// router or right behind it; nothing separates the two.
var routerUnreachable = rule{
	Code: "router_unreachable", Layer: layer.InternetPath, Needs: []probe.Operation{probe.TCPConnect, probe.STUNBinding}, Explains: samePorts,
	Check: func(e evidence) (finding.Finding, bool) {
		all := e.saidBy(probe.HostUnreachable, probe.NetworkUnreachable)
		if len(all) == 0 {
			return finding.Finding{}, false
		}
		said, who := all[0], e.deviceOf(all[0])
		own := finding.Rival{Layer: layer.NetworkFirewall, Why: words.Raw("The router itself may be set up wrongly.")}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(said.list...), Why: words.Raw("The router has lost its connection to the provider."), Rivals: e.notItself(said.by)}
		if len(e.Control()) == 0 {
			f.Blocks, f.Rivals = []string{"pcoip", "dcv"}, append(f.Rivals, own)
			f.Summary = words.Raw(fmt.Sprintf("The router %s answers that it cannot reach the internet. The fault is at that router or just behind it.", said.by))
			f.NextTest = words.Raw(restartRouter)
			return f, true
		}
		effect := e.effectOf(said.list)
		if e.servesElse(said.list) && effect.Severity() != finding.SeverityInfo {
			// It has a way to the host, for other ports: what it says is a filter's word.
			f, _ = e.prohibited(said)
			f.Summary = words.Raw(strings.Replace(words.English().Tell(f.Summary), "it forbids", "it cannot reach", 1))
			return f, true
		}
		f.Severity, f.Blocks, f.Degrades, f.Unsure, f.NextTest = effect.Severity(), effect.Blocks, effect.Degrades, effect.Unsure, words.Raw(restartRouter)
		f.Summary = words.Raw(fmt.Sprintf("The router %s answers that it cannot reach the AWS host for %s, although other AWS hosts answer.", said.by, ports(said.list)))
		switch {
		case len(f.Rivals) > 0: // it may not even be the router
		case who.place == facts.PlaceLocal && (e.IsGateway(said.by) || e.IsEgress(said.by) || e.IsNeighbour(said.by)):
			// This network's own router: refusing this host is its own doing.
			f.Layer, f.Remedy = layer.NetworkFirewall, routerProhibits.Cause().Remedy()
			own = finding.Rival{
				Layer: layer.InternetPath, Why: words.Raw("The router may have lost its connection to the provider."),
				By:  words.Raw("other hosts of AWS's answer through the same router"),
				Out: facts.IDs(e.Control()[0]),
			}
		case who.place == facts.PlacePublic && e.translated():
			own.Rare, own.Why = true, words.Raw("Some offices use public addresses for their own devices.")
		}
		f.Rivals = append(f.Rivals, own)
		return f, true
	},
}

const restartRouter = "Restart the router at the address named and its modem; if that does not help, ask the provider about an outage."

// servesElse: the hosts of these observations answer on another port, or over the
// other transport, so that whoever calls them unreachable reaches them.
func (e evidence) servesElse(list []probe.Observation) bool {
	return !slices.ContainsFunc(list, func(o probe.Observation) bool {
		return o.Addr().IsValid() && o.Operation != probe.DNSQuery && !slices.ContainsFunc(e.Observations, func(other probe.Observation) bool {
			return other.Addr() == o.Addr() && facts.IsOK(other) && facts.OnPort(other) && (other.Port() != o.Port() || other.Transport() != o.Transport())
		})
	})
}

// nothingAnswers: not one host beyond this computer's network answered. With
// the local network proven alive, the trouble is beyond it; without, anywhere.
var nothingAnswers = rule{
	Code: "nothing_answers", Layer: layer.InternetPath, Needs: []probe.Operation{probe.TCPConnect}, Explains: everything,
	Check: func(e evidence) (finding.Finding, bool) {
		far := facts.Where(e.Observations, func(o probe.Observation) bool {
			switch o.Operation {
			case probe.TCPConnect, probe.STUNBinding, probe.QUICVersion, probe.ProxyConnect:
				return facts.Sent(o)
			}
			return false
		})
		if len(far) == 0 || slices.ContainsFunc(far, func(o probe.Observation) bool { return facts.IsOK(o) || o.Outcome == probe.Failed }) {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(far...), Blocks: []string{"pcoip", "dcv"}, Why: words.Raw("The provider's line may be down."),
			Summary:  words.Raw("Nothing on the internet answers this computer."),
			NextTest: words.Raw("Open any web page in a browser on this computer, then try another network, such as a phone's hotspot.")}
		f.Rivals = []finding.Rival{{Layer: layer.NetworkFirewall, Why: words.Raw("A firewall may drop everything.")}}
		router := finding.Rival{Layer: layer.LocalDevice, Why: words.Raw("The router of the local network may be off."), By: words.Raw("the local network answers")}
		if near := e.nearAnswers(); len(near) > 0 {
			router.Out = facts.IDs(near...)
			f.Contradicts = facts.IDs(near...)
			f.Summary = words.Raw("The local network answers, but nothing on the internet does.")
		}
		if last, sweep, heard := e.lastHeard(); heard {
			router.Out = append(router.Out, sweep.ID)
			f.Supports = append(f.Supports, sweep.ID)
			f.Summary = words.Raw(fmt.Sprintf("Nothing on the internet answers this computer. The last device on the way that does is %s.", last.name))
			if last.place == facts.PlaceLocal {
				f.Rivals = []finding.Rival{{Layer: layer.InternetPath, Why: f.Why}}
				f.Layer, f.Why = layer.NetworkFirewall, words.Raw("The packets end at a device of this network, or right behind it.")
			}
		}
		f.Rivals = append(f.Rivals, finding.Rival{Layer: layer.LocalFirewall, Why: words.Raw("Security software on this computer may drop everything too.")}, router)
		if e.Proxied() {
			f.Rivals = append(f.Rivals, finding.Rival{Layer: layer.Proxy, Why: words.Raw("The proxy may be down, and nothing else leads to the internet.")})
		}
		return f, true
	},
}

// lastHeard gives the farthest router that any sweep heard of.
func (e evidence) lastHeard() (device, probe.Observation, bool) {
	var best probe.Observation
	for _, o := range e.Of(probe.PathSweep) {
		if d := facts.Detail[probe.SweepDetail](o); e.primary(o) && sweep.HopAt(d, d, d.Last).IsValid() && d.Last > facts.Detail[probe.SweepDetail](best).Last {
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
		return d.Resolver != "system" && o.Endpoint == "name" && facts.Sent(o) && !facts.IsSilent(o) && facts.ICMP(o) == nil && d.RCode != "" && (a.IsPrivate() || a.IsLinkLocalUnicast())
	})
}

// awsHostRejects: the host that was asked says itself, by ICMP, that the port
// is closed or forbidden. Its rival, a firewall, answers from its own address.
var awsHostRejects = rule{
	Code: "aws_host_rejects", Layer: layer.StreamingGateway, Needs: []probe.Operation{probe.STUNBinding, probe.QUICVersion, probe.TCPConnect}, Explains: sameTargets,
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Observations, func(o probe.Observation) bool {
			m := facts.ICMP(o)
			return m != nil && !m.OwnHost && m.Offender.Unmap() == o.Addr() && e.primary(o) && o.Operation != probe.DNSQuery && o.Operation != probe.PathSweep && o.Endpoint != "quic-control" &&
				(o.Failure == probe.ConnectionRefused || o.Failure == probe.AdministrativelyProhibited)
		})
		effect := e.effectOf(list)
		if effect.Severity() == finding.SeverityInfo {
			return finding.Finding{}, false
		}
		f := finding.Finding{Layer: layer.StreamingGateway, Severity: effect.Severity(), Said: true, Supports: facts.IDs(list...), Blocks: effect.Blocks, Degrades: effect.Degrades, Unsure: effect.Unsure,
			Summary: words.Raw(fmt.Sprintf("The AWS host itself refuses %s%s.", ports(list), e.consequence(effect)))}
		if !slices.ContainsFunc(list, func(o probe.Observation) bool { return o.Port() != 443 }) {
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
			f.NextTest = words.Raw(otherNetwork)
		}
		if !slices.ContainsFunc(list, func(o probe.Observation) bool { _, _, near := answeredTooNear(e, o); return !near }) {
			// Some firewalls refuse in the name of the host that was asked.
			ms, control, _ := answeredTooNear(e, list[0])
			f.Supports = append(f.Supports, facts.IDs(control)...)
			f.Rivals = []finding.Rival{
				{Layer: f.Layer, Why: words.Raw("AWS's host itself may refuse."), By: words.Raw("the refusal came back sooner than AWS can answer"), Out: facts.IDs(append(list, control)...)},
				{Layer: layer.LocalFirewall, Rare: !some, Why: words.Raw("Software on this computer may refuse in AWS's name too.")},
				{Layer: layer.InternetPath, Rare: !some, Why: words.Raw("A provider's device may be as near.")},
			}
			f.Layer, f.Why, f.Said, f.Remedy = layer.NetworkFirewall, words.Raw("A device of this network is as near."), false, portRefused.Cause().Remedy()
			f.Summary = words.Raw(fmt.Sprintf("A device near you refuses %s in AWS's name. The refusal came back in %s; AWS is %s away.", ports(list), prose.Milliseconds(ms), prose.Milliseconds(facts.Detail[probe.ConnectDetail](control).RTTMS)))
			return f, true
		}
		f.Rivals = []finding.Rival{e.accessControl(list)}
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
		Layer: layer.NetworkFirewall, Rare: !some, Why: words.Raw("Somebody on the way may have refused in AWS's name."),
		By: words.Raw("the refusal took as long as the way to AWS does"),
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
			return other.Target == o.Target && (other.Address == o.Address || o.Transport() == probe.UDP) && facts.IsSilent(other) && facts.OnPort(other)
		})
	})
}

// refusedByOther: the host that refuses is not AWS's: its address is a stand-in, a
// VPC endpoint's or nobody's that AWS publishes.
func (e evidence) refusedByOther(f finding.Finding, list []probe.Observation, owner candidates.Owner) finding.Finding {
	a := list[0].Addr()
	if isAWSLayer(owner.Layers[0]) {
		f.Owner = words.Owner(layer.VPCAdministrator)
		forged, _ := e.refusedInItsName(list)
		f.Rivals = []finding.Rival{forged}
		f.Summary = words.Raw(fmt.Sprintf("The VPC endpoint %s refuses %s.", a, ports(list)))
		f.Remedy = []words.Text{words.Raw(fmt.Sprintf("Ask the VPC administrator whether the endpoint's security group lets this network in on %s, over TCP and UDP.", ports(list)))}
		return f
	}
	f.Layer, f.Said, f.Why = layer.ID(owner.Layers[0]), false, words.Raw("Whoever runs the host at that address does not forward the port.")
	f.Summary = words.Raw(fmt.Sprintf("The host at %s refuses %s, and the address is none of AWS's.", a, ports(list)))
	f.Remedy = dnsRemedy
	if why := standIn(a); why != "" {
		f.Summary = words.Raw(fmt.Sprintf("The AWS names lead to %s (%s), and whoever is there does not forward %s to AWS.", a, why, ports(list)))
		f.Remedy = []words.Text{words.Raw("Ask whoever runs the proxy program on this computer or its router to let TCP and UDP 4172 and 4195 pass to AWS directly.")}
	}
	for _, name := range without(append(owner.Layers[1:], owner.Also...), owner.Layers[:1]) {
		f.Rivals = append(f.Rivals, finding.Rival{Layer: layer.ID(name), Rare: true, Why: words.Raw("Whoever gave the address may be the cause.")})
	}
	if len(f.Rivals) == 0 {
		f.Rivals = []finding.Rival{{Layer: layer.StreamingGateway, Rare: true, Why: words.Raw("AWS may have given its host an address that it had not published.")}}
	}
	return f
}
