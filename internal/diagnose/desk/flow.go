package desk

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/probe"
)

// destination is a host that several flows go to: one way, seen by every sweep
// of it.
type destination struct {
	name    string // "health", "gateway" or "broker"
	address netip.Addr
	sweeps  []probe.Observation
	way     candidates.Way
	hops    map[candidates.Place]netip.Addr // of devices that answered some sweep
	soonest map[candidates.Place]float64    // their fastest answers, in milliseconds
}

// flow is the packets to one port of a destination, what became of them, and
// what could explain it.
type flow struct {
	role   string
	ending candidates.Ending
	direct []probe.Observation // what decided the ending
	sweep  probe.Observation   // zero where none was made
	// control is the sweep of the same transport that it was compared with.
	control probe.Observation
	kind    sweep.Kind
	path    finding.Path
	to      *destination
	carried bool // whoever accepted carried the greeting on: its end came from afar
	clues   []candidates.Clue
	left    []candidates.Candidate
	out     []candidates.Ruled
}

// places are where what remains would be.
func (f flow) places() []candidates.Place { return candidates.Places(f.left) }

// observed gives everything that was observed of the flow, for Supports.
func (f flow) observed() []probe.Observation {
	list := slices.Clone(f.direct)
	for _, o := range []probe.Observation{f.sweep, f.control} {
		if o.ID != "" {
			list = append(list, o)
		}
	}
	return list
}

// flows gives the ports of every destination that was asked directly, judged.
func (e evidence) flows() []flow { return e.judged.flows() }

func (e evidence) weighFlows() []flow {
	var list []flow
	for _, d := range []struct {
		name, prefix string
		roles        []string
	}{
		{"health", "", roleNames(facts.StreamingRoles)}, {"gateway", "gateway-", roleNames(facts.StreamingRoles)}, {"broker", "", []string{"broker"}},
	} {
		for _, role := range d.roles {
			if f, asked := e.flow(d.name, d.prefix+role, role); asked {
				list = append(list, f)
			}
		}
	}
	return list
}

func roleNames(roles []facts.Role) (names []string) {
	for _, r := range roles {
		names = append(names, r.Endpoint)
	}
	return names
}

// flow judges one port. It is not asked where nothing was sent to it.
func (e evidence) flow(name, endpoint, role string) (flow, bool) {
	state := facts.StateOf(e.Port(endpoint))
	if role == "broker" {
		state = facts.StateOf(facts.Where(e.Port(endpoint), facts.Direct))
	}
	f := flow{role: endpoint}
	f.ending, f.direct = e.endingOf(state)
	if f.ending == "" {
		return f, false
	}
	f.sweep = e.sweepOf(endpoint, f.direct[0].Addr())
	if f.ending == candidates.Refusal {
		f.ending = refusalBySweep(facts.Detail[probe.SweepDetail](f.sweep))
	}
	e.weigh(&f, name)
	return f, true
}

// refusalBySweep: a system that does not tell a connect's reset from an ICMP error may
// tell them apart in a sweep of the same port, which listens for such errors.
func refusalBySweep(d probe.SweepDetail) candidates.Ending {
	switch {
	case d.End == probe.HopRST:
		return candidates.WasReset
	case d.End == probe.HopICMP && d.ICMP != nil:
		return candidates.Rejected
	}
	return candidates.Refusal
}

// weigh finds what could explain a flow whose ending and sweep are known.
func (e evidence) weigh(f *flow, name string) {
	address := f.sweep.Addr()
	if !address.IsValid() && len(f.direct) > 0 {
		address = f.direct[0].Addr()
	}
	f.to = e.destination(name, address)
	f.carried = slices.ContainsFunc(f.direct, e.endedFarAway)
	f.clues = []candidates.Clue{{Look: candidates.Ended, Ending: f.ending, IDs: facts.IDs(f.direct...)}}
	e.clueOfSweep(f)
	f.clues = append(f.clues, e.cluesOfHost(*f)...)
	if role, named := strings.CutPrefix(f.role, "gateway-"); named {
		if health := facts.StateOf(e.Port(role)); health.Passes() {
			f.clues = append(f.clues, candidates.Clue{Look: candidates.Alike, IDs: facts.IDs(health.OK...)})
		}
	}
	if near := e.soonest(*f); len(near) > 0 && !e.Paused() {
		f.clues = append(
			f.clues,
			candidates.Clue{Look: candidates.TooSoon, IDs: facts.IDs(near...), To: e.farthest(*f, near)},
		)
	}
	f.left, f.out = candidates.Remaining(f.to.way, f.clues)
	if len(f.left) == 0 && f.ending != candidates.Alive {
		// The observations contradict each other, so that some are false: only how the
		// port ended counts.
		f.clues = slices.DeleteFunc(f.clues, func(c candidates.Clue) bool { return c.Look != candidates.Ended })
		f.left, f.out = candidates.Remaining(f.to.way, f.clues)
	}
}

// sweepOf gives the sweep of a port, in the family of the address that was asked.
func (e evidence) sweepOf(endpoint string, asked netip.Addr) probe.Observation {
	for _, id := range []string{endpoint, endpoint + "-v6"} {
		for _, o := range e.At(id, probe.PathSweep) {
			if sentSweep(o) && e.primary(o) && o.Addr().Is4() == asked.Is4() &&
				!facts.Detail[probe.SweepDetail](o).Control {
				return o
			}
		}
	}
	return probe.Observation{}
}

// endingOf says how a port's connections or datagrams ended, over all addresses
// of its host: the best of them, because a client takes another address. It is
// empty where nothing was sent.
func (e evidence) endingOf(s facts.PortState) (candidates.Ending, []probe.Observation) {
	if len(s.All) == 0 {
		return "", nil
	}
	if s.Passes() {
		// Not every address is greeted: those that were speak for the others.
		greeted := facts.Where(
			s.OK,
			func(o probe.Observation) bool { return facts.Detail[probe.ConnectDetail](o).Spoke != "" },
		)
		mute := facts.Where(greeted, func(o probe.Observation) bool {
			spoke := facts.Detail[probe.ConnectDetail](o).Spoke
			return spoke == "nothing" || spoke == "closed" || spoke == "reset"
		})
		cut := facts.Where(greeted, e.cutShort)
		switch {
		case len(greeted) > 0 && len(cut) == len(greeted):
			return candidates.WasCut, cut
		case len(greeted) > 0 && len(mute) == len(greeted):
			return candidates.Mute, s.OK
		}
		return candidates.Alive, s.OK
	}
	if len(s.Silent) > 0 {
		return candidates.Silent, s.All
	}
	unsent := facts.Where(s.Failed, func(o probe.Observation) bool {
		d, isExchange := o.Detail.(probe.ExchangeDetail)
		return isExchange && d.Sent == 0 && o.Failure == probe.UnknownFailure
	})
	if len(unsent) == len(s.Failed) {
		return candidates.Silent, unsent // the system did not take one; who is at fault, its counter tells
	}
	nonsense := facts.Where(s.Failed, func(o probe.Observation) bool { return o.Failure == probe.MalformedReply })
	if len(nonsense) > 0 {
		return candidates.Mute, nonsense // somebody answered, if not what was asked
	}
	if reset := resets(s); len(reset) == len(s.Failed) {
		if slices.ContainsFunc(
			reset,
			func(o probe.Observation) bool { return facts.Detail[probe.ConnectDetail](o).Unclear },
		) {
			return candidates.Refusal, reset
		}
		return candidates.WasReset, reset
	}
	denied := facts.Where(s.Failed, func(o probe.Observation) bool {
		m := facts.ICMP(o)
		return o.Failure == probe.LocalPolicyDenied || m != nil && m.OwnHost
	})
	if len(denied) == len(s.Failed) {
		return candidates.Denied, denied
	}
	return candidates.Rejected, s.Failed
}

// cutShort: the other end shook hands and ended the connection at the first data,
// sooner than the host, whose own handshake was measured, can have read it.
func (e evidence) cutShort(o probe.Observation) bool {
	d := facts.Detail[probe.ConnectDetail](o)
	return (d.Spoke == "reset" || d.Spoke == "closed") && d.SpokeMS > 0 && d.RTTMS >= farEnough &&
		d.SpokeMS < d.RTTMS*cutFraction
}

// endedFarAway: what ended the connection after the greeting took nearly the round
// trip to the Region, so that whoever accepted carried the greeting on.
func (e evidence) endedFarAway(o probe.Observation) bool {
	d := facts.Detail[probe.ConnectDetail](o)
	ms, _, measured := e.RegionalRTT()
	return measured && ms >= farEnough && (d.Spoke == "closed" || d.Spoke == "reset") && d.SpokeMS >= ms*farFraction
}

// cutFraction of the handshake's round trip is too short for an answer of the
// same host: a round trip varies upwards, not downwards.
const cutFraction = 0.6

// destination gathers what every sweep towards one address shows of the way.
func (e evidence) destination(name string, address netip.Addr) *destination {
	d := &destination{
		name:    name,
		address: address,
		hops:    map[candidates.Place]netip.Addr{},
		soonest: map[candidates.Place]float64{},
	}
	last := 0
	for _, o := range e.Of(probe.PathSweep) {
		if o.Addr() != address || !sentSweep(o) {
			continue
		}
		d.sweeps = append(d.sweeps, o)
		s := facts.Detail[probe.SweepDetail](o)
		for _, h := range s.Hops {
			if h.Kind != probe.HopExpired {
				continue
			}
			last = max(last, h.TTL)
			for _, ms := range h.RTTMS {
				if have, known := d.soonest[candidates.Place(h.TTL)]; !known || ms < have {
					d.soonest[candidates.Place(h.TTL)] = ms
				}
			}
			if !d.hops[candidates.Place(h.TTL)].IsValid() { // not every sweep tells who answered
				d.hops[candidates.Place(h.TTL)] = h.From.Unmap()
			}
		}
	}
	d.way = candidates.Way{End: candidates.Place(last + 2), Hidden: true}
	for _, o := range d.sweeps {
		s := facts.Detail[probe.SweepDetail](o)
		forged := slices.ContainsFunc(d.sweeps, func(other probe.Observation) bool {
			return sweep.AnsweredNear(s, facts.Detail[probe.SweepDetail](other))
		})
		switch {
		case s.Distance <= last || forged || s.End == probe.HopICMP || !e.fromAfar(o, o):
		case e.isAlive(o):
			d.way = candidates.Way{End: candidates.Place(s.Distance)}
			return d
		default: // a refusal may be a device's that speaks for the host
			d.way.End = candidates.Place(s.Distance + 1)
		}
	}
	return d
}

// isAlive: the answer at a sweep's end was the host's own, because somebody spoke
// a protocol behind it.
func (e evidence) isAlive(swept probe.Observation) bool {
	end := facts.Detail[probe.SweepDetail](swept).End
	return end == probe.HopReply ||
		end == probe.HopSYNACK && slices.ContainsFunc(e.Endpoint(swept.Endpoint), func(o probe.Observation) bool {
			return facts.IsOK(o) &&
				(facts.Detail[probe.ConnectDetail](o).Spoke == "tls" || o.Operation == probe.TLSHandshake)
		})
}

// clueOfSweep compares the flow's sweep with the control of the same transport.
func (e evidence) clueOfSweep(f *flow) {
	f.kind = sweep.Unknown
	if f.sweep.ID == "" {
		return
	}
	d := facts.Detail[probe.SweepDetail](f.sweep)
	heard := candidates.Clue{Look: candidates.Heard, From: candidates.Place(d.Last), IDs: facts.IDs(f.sweep)}
	if d.Last > 0 && !d.Echo {
		f.clues = append(f.clues, heard)
	}
	f.control = e.controlFor(f.sweep)
	if f.control.ID == "" {
		return
	}
	lost, sent := e.lossOf(*f)
	f.kind, f.path = sweep.Compare(d, facts.Detail[probe.SweepDetail](f.control), lost, sent)
	if f.kind == sweep.Refused && !e.fromAfar(f.sweep, f.control) {
		f.kind = sweep.Unknown
	}
	if f.kind == sweep.Bracketed {
		f.path.Odds = e.together(*f)
	}
	clue := candidates.Clue{
		Look: candidates.Swept,
		IDs:  facts.IDs(f.sweep, f.control),
		From: candidates.Place(f.path.AfterTTL),
		To:   candidates.Place(f.path.BeforeTTL),
	}
	switch {
	case f.kind == sweep.Bracketed && f.path.Chance <= sweep.ChanceLimit:
		clue.Kind = candidates.Ends
	case f.kind == sweep.Forged:
		clue.Kind = candidates.Forged
	case f.kind == sweep.Refused:
		clue.Kind, clue.From, clue.To = candidates.Refused, f.to.way.End, f.to.way.End
		if f.to.way.Hidden {
			clue.From = candidates.Place(d.Distance - 1)
		}
	case f.kind == sweep.Passes:
		clue.Kind, clue.From = candidates.Passes, candidates.Place(d.Last)
	default:
		return
	}
	f.clues = append(f.clues, clue)
}

// together gives the odds that plain loss explains why the sweeps of several ports
// of one host all end between the same two devices: what one of them lacks in
// probes, the others have.
func (e evidence) together(f flow) sweep.Odds {
	lost, sent := e.lossOf(f)
	odds := f.path.Odds
	probes := odds.Probes
	for _, o := range e.Of(probe.PathSweep) {
		d := facts.Detail[probe.SweepDetail](o)
		control := e.controlFor(o)
		if d.Control || !sentSweep(o) || o.ID == f.sweep.ID || o.Addr() != f.sweep.Addr() || control.ID == "" {
			continue
		}
		kind, p := sweep.Compare(d, facts.Detail[probe.SweepDetail](control), lost, sent)
		if kind == sweep.Bracketed && p.AfterTTL == f.path.AfterTTL && p.BeforeTTL == f.path.BeforeTTL {
			probes += p.Probes
		}
	}
	return sweep.OddsOf(probes, odds.ControlLost, odds.ControlProbes)
}

// lossOf is what else is known of loss on a flow's way, in probes: the line's, or more
// where the port has its own. Where most of a port's packets are lost, so are those
// of its sweep, and they end anywhere.
func (e evidence) lossOf(f flow) (lost, sent int) {
	lost, sent, _ = e.Loss()
	if own, asked, _ := e.portLoss(f.role); asked > 0 && lowerBound(own, asked) > lossLimit {
		return own, asked
	}
	return lost, sent
}

// controlFor finds the control sweep towards the same address and over the same
// transport: a router may answer probes of one kind alone, so datagrams are never
// compared with connects.
func (e evidence) controlFor(swept probe.Observation) probe.Observation {
	var best probe.Observation
	for _, o := range e.Of(probe.PathSweep) {
		d := facts.Detail[probe.SweepDetail](o)
		if d.Control && sentSweep(o) && o.Addr() == swept.Addr() && o.Transport() == swept.Transport() &&
			strings.HasSuffix(o.Endpoint, "-v6") == strings.HasSuffix(swept.Endpoint, "-v6") {
			if best.ID == "" || d.Last > facts.Detail[probe.SweepDetail](best).Last {
				best = o
			}
		}
	}
	return best
}

// cluesOfHost are what this computer shows of the flow's packets: whether they
// left its interface. Packets to a network that this computer is joined to wait in it
// for as long as nobody there says that the address is his, which looks as if it
// dropped them.
func (e evidence) cluesOfHost(f flow) []candidates.Clue {
	var list []candidates.Clue
	for _, o := range e.Of(probe.HostCounters) {
		if !slices.ContainsFunc(
			append(slices.Clone(f.direct), f.sweep),
			func(p probe.Observation) bool { return p.Target == o.Target },
		) {
			continue
		}
		switch d := facts.Detail[probe.CountersDetail](o); {
		case d.Flat && !e.OnLink(o.Addr()):
			list = append(list, candidates.Clue{Look: candidates.Stayed, IDs: facts.IDs(o)})
		case d.Left:
			list = append(list, candidates.Clue{Look: candidates.Left, IDs: facts.IDs(o)})
		}
	}
	for _, o := range f.direct {
		if dropped := facts.Detail[probe.ConnectDetail](
			o,
		).HostDropped; facts.IsSilent(o) && dropped != nil && *dropped &&
			!e.OnLink(o.Addr()) {
			list = append(list, candidates.Clue{Look: candidates.Unsent, IDs: facts.IDs(o)})
		}
	}
	return list
}

// soonest gives the answers that came in less time than the host's distance
// takes, if all of the flow's did.
func (e evidence) soonest(f flow) []probe.Observation {
	switch f.ending {
	case candidates.WasCut:
		return f.direct
	case candidates.WasReset, candidates.Mute, candidates.Rejected, candidates.Refusal:
		near := facts.Where(
			f.direct,
			func(o probe.Observation) bool { _, _, tooNear := answeredTooNear(e, o); return tooNear },
		)
		if len(near) == len(f.direct) {
			return near
		}
	}
	return nil
}

// farthest is the last device on the way from which an answer can come in the time
// that these answers took: a device farther away was measured to need longer.
func (e evidence) farthest(f flow, near []probe.Observation) candidates.Place {
	took := 0.0
	for _, o := range near {
		ms := facts.Detail[probe.ConnectDetail](o).SpokeMS
		if f.ending != candidates.WasCut {
			ms, _, _ = answeredTooNear(e, o)
		}
		took = max(took, ms)
	}
	for p := candidates.Place(2); p < f.to.way.End; p++ {
		if ms, heard := f.to.soonest[p]; heard && ms > 4*took+slackMS {
			return p - 1
		}
	}
	return f.to.way.End - 1
}

// slackMS is how much longer than its way an answer may take a router that sends
// errors when it finds the time for them. The first one is never ruled out by it:
// the routers of homes take long.
const slackMS = 20
