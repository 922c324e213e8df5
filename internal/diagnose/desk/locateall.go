package desk

import (
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

// Located is what one sweep and its control say, for `path`.
type Located struct {
	Transport  probe.Transport
	Port       uint16
	Control    bool // said of the control port, not of the one in question
	Kind       sweep.Kind
	Path       finding.Path
	Layer      layer.ID // the layer at fault, if one can be named
	Confidence finding.Confidence
	Summary    words.Text
	Suspects   []finding.Suspect // layers that may be at fault instead
	Where      *finding.Where    // the place at fault, with a layer; nil: it is not known
}

// blame names the layer at fault, as far as its rivals let it.
func (v *Located) blame(f finding.Finding) {
	if f.Confidence == "" {
		f.Weigh(words.Text{})
	}
	if !f.Undecided {
		v.Layer, v.Confidence, v.Where = f.Layer, f.Confidence, f.Where
	}
	v.Suspects = append(v.Suspects, f.Suspects...)
}

// LocateAll judges every sweep of a run that `path` made: those marked as control
// are what the others are compared with.
func LocateAll(observations []probe.Observation) []Located {
	e := gather(facts.Input{Vantage: probe.AtDesk, Protocol: probe.BothProtocols, Observations: observations})
	list := []Located{}
	sweeps := facts.Where(
		e.Of(probe.PathSweep),
		func(o probe.Observation) bool { return !facts.Detail[probe.SweepDetail](o).Control && sentSweep(o) },
	)
	slices.SortStableFunc(sweeps, func(a, b probe.Observation) int {
		return strings.Compare(string(a.Transport()), string(b.Transport()))
	})
	for _, o := range sweeps {
		v := Located{Transport: o.Transport(), Port: o.Port(), Kind: sweep.Unknown, Suspects: []finding.Suspect{}}
		f := e.flowOfSweep(o)
		switch d := facts.Detail[probe.SweepDetail](o); {
		case d.End == probe.HopLocal:
			e.refusesItself(&v, o)
		case d.End == probe.HopICMP && d.Distance == 0 && d.ICMP != nil:
			e.routerRejects(&v, o)
		case f.control.ID == "":
			v.Summary = words.Say("desk.located.no-control", words.Args{"what": ports([]probe.Observation{o})})
		default:
			e.compared(&v, f)
		}
		list = append(list, v)
	}
	if v, near := e.controlNear(sweeps); near {
		list = append(list, v)
	}
	return list
}

// flowOfSweep makes a flow of a sweep alone, where the port was not asked itself.
func (e evidence) flowOfSweep(o probe.Observation) flow {
	d := facts.Detail[probe.SweepDetail](o)
	f := flow{role: o.Endpoint, sweep: o, direct: []probe.Observation{o}, ending: candidates.Silent}
	switch d.End {
	case probe.HopRST:
		f.ending = candidates.WasReset
	case probe.HopSYNACK:
		f.ending = candidates.Mute
	case probe.HopReply:
		f.ending = candidates.Alive
	}
	e.weigh(&f, "target")
	return f
}

// refusesItself: this computer did not send, and says so.
func (e evidence) refusesItself(v *Located, o probe.Observation) {
	what := ports([]probe.Observation{o})
	v.Kind = sweep.Local
	here := &finding.Where{Kind: finding.OnComputer}
	switch o.Failure {
	case probe.HostUnreachable:
		v.Summary = words.Say("desk.located.not-on-network", words.Args{"what": what})
		v.blame(finding.Finding{Layer: layer.LocalDevice, Where: atGateway(e, finding.Finding{})})
	case probe.NetworkUnreachable:
		v.Summary = words.Say("desk.located.no-route", words.Args{"what": what})
		v.blame(finding.Finding{Layer: layer.LocalDevice, Said: true, Where: here})
	case probe.LocalPolicyDenied, probe.AdministrativelyProhibited, probe.ConnectionRefused:
		v.Summary = words.Say("desk.located.refuses-to-send", words.Args{"what": what})
		shuts := here.For(shut([]probe.Observation{o}))
		v.blame(finding.Finding{Layer: layer.LocalFirewall, Said: true, Where: shuts})
	default:
		v.Summary = words.Say("desk.located.cannot-send", words.Args{"what": what, "failure": o.Failure})
	}
}

// routerRejects: a router on the way says no.
func (e evidence) routerRejects(v *Located, o probe.Observation) {
	d, what := facts.Detail[probe.SweepDetail](o), ports([]probe.Observation{o})
	v.Kind = sweep.Rejected
	v.Path = finding.Path{After: d.ICMP.Offender.Unmap(), AfterTTL: d.Last}
	for _, h := range d.Hops {
		if h.From.Unmap() == v.Path.After && h.Kind == probe.HopExpired {
			v.Path.AfterTTL = h.TTL
		}
	}
	who := e.whose(v.Path.After, v.Path.AfterTTL, d)
	said := words.Args{"device": who.name(), "what": what, "type": d.ICMP.Type, "code": d.ICMP.Code}
	if o.Failure != probe.AdministrativelyProhibited && o.Failure != probe.ConnectionRefused {
		v.Summary = words.Say("desk.located.router-no-route", said)
		return
	}
	v.Summary = words.Say("desk.located.router-forbids", said)
	f := finding.Finding{Layer: layer.NetworkFirewall, Said: true}
	f.Where = finding.At(finding.OnDevice, v.Path.After.String()).For(shut([]probe.Observation{o}))
	switch {
	case who.place == facts.PlaceLocal && who.sure:
	case who.place == facts.PlaceLocal:
		f.Rivals = []finding.Rival{
			{Layer: layer.InternetPath, Rare: true, Why: words.Say("desk.located.private-provider")},
		}
	case who.place == facts.PlaceAWS:
		f.Layer, f.Rivals = layer.StreamingGateway, []finding.Rival{
			{Layer: layer.StreamingGateway, Harmless: true, Rare: true},
		} // `path` may ask anybody's host
	default:
		f.Layer, f.Why = layer.InternetPath, words.Say("desk.why.providers-address")
		f.Rivals = []finding.Rival{{Layer: layer.NetworkFirewall, Why: words.Say("desk.why.office-public")}}
	}
	v.blame(f)
}

// compared says what a sweep and its control say together.
func (e evidence) compared(v *Located, t flow) {
	d := facts.Detail[probe.SweepDetail](t.sweep)
	args := words.Args{"what": ports([]probe.Observation{t.sweep}), "hop": d.Distance, "end": d.End}
	v.Kind, v.Path = t.kind, t.path
	shuts := shut([]probe.Observation{t.sweep})
	here := (&finding.Where{Kind: finding.OnComputer}).For(shuts)
	there := finding.At(finding.AtHost, t.sweep.Host()).For(shuts)
	switch {
	case d.End == probe.HopICMP && d.ICMP == nil:
		v.Kind = sweep.Unknown
		v.Summary = words.Say("desk.located.unclear", args)
	case t.kind == sweep.Bracketed && t.path.AfterTTL == 0 && e.hostStops(t.sweep.Port()):
		v.Summary = words.Say("desk.located.other-protocol", args)
		v.blame(finding.Finding{Layer: layer.LocalFirewall, Where: here})
	case t.kind == sweep.Bracketed, t.kind == sweep.Forged:
		e.cut(v, t)
	case t.kind == sweep.Refused:
		v.Summary = words.Say("desk.located.host-refuses", args)
		v.blame(finding.Finding{Layer: layer.StreamingGateway, Where: there})
	case t.kind == sweep.Passes && d.End == probe.HopICMP:
		v.Kind = sweep.Refused
		v.Summary = words.Say("desk.located.host-forbids", args)
		if portUnreachable[[2]int{d.ICMP.Type, d.ICMP.Code}] {
			v.Summary = words.Say("desk.located.host-closed", args)
		}
		v.blame(finding.Finding{Layer: layer.StreamingGateway, Said: true, Where: there})
	case t.kind == sweep.Passes && d.Distance > 0 && e.fromNearby(t):
		v.Kind = sweep.Unknown
		v.Summary = words.Say("desk.located.nearby", args)
	case t.kind == sweep.Passes && d.Distance > 0:
		v.Kind = sweep.Reached
		v.Summary = words.Say("desk.located.reached", args)
	case t.kind == sweep.Passes:
		v.Summary = words.Say("desk.located.passes", args)
	case d.Distance > 0 || t.sweep.Outcome == probe.OK:
		v.Summary = words.Say("desk.located.answered", args)
	case facts.Detail[probe.SweepDetail](t.control).Last == 0:
		v.Summary = words.Say("desk.located.control-silent", args)
	default:
		v.Summary = words.Say("desk.located.another-route", args)
	}
}

// fromNearby: a host on the internet answered from within this network, or right
// behind it, where nobody's server is but a proxy's.
func (e evidence) fromNearby(t flow) bool {
	d, c := facts.Detail[probe.SweepDetail](t.sweep), facts.Detail[probe.SweepDetail](t.control)
	last := sweep.HopAt(c, d, d.Distance-1)
	return e.Owner(t.sweep.Addr()) != facts.PlaceLocal &&
		(d.Distance == 1 || last.IsValid() && e.whose(last, d.Distance-1, c, d).place == facts.PlaceLocal)
}

// portUnreachable are the ICMP and ICMPv6 messages of a host on which nothing
// listens (RFC 792; RFC 4443 section 3.1).
var portUnreachable = map[[2]int]bool{{3, 3}: true, {1, 4}: true}

// cut words an interval, and blames only where the finding of a whole run would.
func (e evidence) cut(v *Located, t flow) {
	x := t.alone()
	if len(x.places) == 0 {
		v.Kind = sweep.Unknown
		v.Summary = words.Say("desk.located.unexplained", words.Args{"what": ports(t.direct)})
		return
	}
	e.decide(&x, false)
	f, _ := e.explain(x)
	v.Summary = f.Summary
	if t.kind == sweep.Bracketed && t.path.Chance > sweep.ChanceLimit {
		v.Summary = v.Summary.Then(
			words.Say("desk.located.maybe-loss", words.Args{"chance": words.Chance(t.path.Chance)}),
		)
		v.Suspects = append(v.Suspects, f.Suspects...)
		return
	}
	v.blame(f)
}

// controlNear: the control port's own answer came from nearer than the host is,
// as a sweep of another port shows. It says nothing of the port in question, but
// much of the network.
func (e evidence) controlNear(sweeps []probe.Observation) (Located, bool) {
	for _, o := range sweeps {
		control := e.controlFor(o)
		c, d := facts.Detail[probe.SweepDetail](control), facts.Detail[probe.SweepDetail](o)
		if control.ID == "" || !sweep.AnsweredNear(c, d) ||
			!(c.Distance <= sweep.NearHops || sweep.SameWay(c, d, c.Distance-1) && sweep.LastRouter(d, sweep.Destination(c))-c.Distance >= sweep.MinHopDifference) {
			continue
		}
		v := Located{
			Transport: control.Transport(),
			Port:      control.Port(),
			Control:   true,
			Kind:      sweep.Forged,
			Suspects:  []finding.Suspect{},
		}
		v.Path = finding.Path{
			AfterTTL:  c.Distance - 1,
			BeforeTTL: c.Distance,
			After:     sweep.HopAt(c, d, c.Distance-1),
			Before:    sweep.HopAt(d, d, c.Distance),
		}
		forged := flow{
			role:    control.Endpoint,
			sweep:   control,
			control: o,
			direct:  []probe.Observation{control},
			kind:    sweep.Forged,
			path:    v.Path,
			to:      e.destination("target", control.Addr()),
		}
		forged.left = []candidates.Candidate{
			{Act: candidates.Accept, Place: candidates.Place(c.Distance - 1)},
			{Act: candidates.Accept, Place: candidates.Place(c.Distance)},
		}
		forged.ending = candidates.Mute
		forged.clues = []candidates.Clue{{Look: candidates.Swept, Kind: candidates.Forged, IDs: facts.IDs(control, o)}}
		e.cut(&v, forged)
		return v, true
	}
	return Located{}, false
}
