package desk

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

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
		if len(far) == 0 || len(e.sweptOpen()) > 0 ||
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
