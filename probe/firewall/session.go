package firewall

import (
	"slices"

	"wsdoctor/probe"
)

// opening is a connection whose first packet and its answer were let through: the
// packet as it was sent and as it came in, the answer, and as what that left.
type opening struct {
	sent, came, answer *packet
	gone               []travel
}

// all says whether the answer left so, whatever rules did.
func (o opening) all(how tracking) bool {
	return !slices.ContainsFunc(o.gone, func(t travel) bool { return t.tracking != how })
}

// laterPacket is the next packet, of which the address is translated as the first one's
// was.
func (o opening) laterPacket() *packet {
	p := o.sent.followed()
	if o.came != o.sent {
		p.restored = o.came.followed()
		p.moved = o.came.moved
	}
	return p
}

// followed is how the next packet of the connection comes in, if the answer left as t.
// One that was not tracked then may be tracked now.
func (o opening) followed(p *packet, t travel) travel {
	in := travel{pkt: p, mark: exact(0), connmark: t.connmark, kind: exact(0)}
	switch t.tracking {
	case trackingUnsure:
		in.tracking, in.connmark = trackingUnsure, anything
	case trackingNone, trackingStray:
		in.tracking, in.connmark = trackingStray, anything
	}
	return in
}

// session adds to the answer for the first packet of connections what becomes of those
// that follow it, to which all rules may say something else: a desktop is shown by
// them. A limit that they do not meet limits how often somebody connects, and no
// session. One that each of them meets is a condition of the whole answer.
func (e *evaluation) session(n answer, opened []opening, splits bool) (answer, bool) {
	if !e.laterIn.looks() && !e.laterOut.looks() {
		return n, splits
	}
	if slices.ContainsFunc(opened, func(o opening) bool { return o.came.masked }) {
		n.verdict, n.later, n.unknown = probe.FirewallUnknown, true, []string{
			"what becomes of later packets, as their source is translated",
		}
		return n, true
	}
	later, _, laterSplits := e.rested(
		func() (answer, []doubt, []opening, bool) { return e.follow(opened) },
		limitsOfRooms,
		limitsAtRest,
		limitsWorn,
	)
	n.timed, later.timed = n.timed || later.timed, n.timed || later.timed
	switch later.verdict {
	case probe.FirewallAccept, probe.FirewallOff:
		n.counted, n.worn = later.limits == limitsAtRest, n.worn || later.limits == limitsWorn
		if later.limits != limitsWorn {
			for _, r := range later.atRest {
				n.rests(r)
			}
		}
		return n, splits || laterSplits
	}
	if later.limits == limitsWorn { // in what it says, it has none left to rest
		later.worn, later.atRest = true, nil
	}
	later.later, later.redirected, later.worn = true, n.redirected, later.worn || n.worn
	for _, r := range n.atRest {
		later.rests(r)
	}
	return later, true
}

// follow sends a later packet of each connection in, and its answer out.
func (e *evaluation) follow(opened []opening) (answer, []doubt, []opening, bool) {
	var there, back decision
	for _, o := range opened {
		clear(e.laterIn.variants)
		clear(e.laterOut.variants)
		sent, reply := o.laterPacket(), o.answer.followed()
		var starts []travel
		for _, t := range o.gone {
			starts = append(starts, o.followed(sent, t))
		}
		one, exits := e.laterIn.walk(trim(starts))
		there.join(&one, 0)
		if one.fate&fateLost != 0 {
			exits = append(exits, newTravel(sent).unsure())
		}
		var replies []travel
		usual, stray := o.all(trackingUsual), o.all(trackingStray)
		for _, x := range exits {
			r := travel{pkt: reply, mark: exact(0), connmark: anything, kind: exact(0)}
			switch {
			case usual && x.tracking == trackingUsual:
				r.connmark = x.connmark
			case usual && x.tracking == trackingNone: // the connection is known all the same
			case stray && x.tracking == trackingNone:
				r.tracking = trackingStray
			default:
				r.tracking = trackingUnsure
			}
			if e.facts.keepsMark && reply.proto == protoTCP { // the first packet's
				r.mark = anything
			}
			replies = append(replies, r)
		}
		if len(replies) > 0 {
			one, _ = e.laterOut.walk(replies)
			back.join(&one, 0)
		}
	}
	n, m := there.answer(e.set, e.sources), back.answer(e.set, e.sources)
	if !e.laterIn.looks() {
		n = answer{verdict: probe.FirewallOff}
	}
	out := n.with(m)
	out.timed = there.timed || back.timed
	return out, append(
			there.doubts,
			back.doubts...), nil, there.splits(n) || back.splits(m) ||
			out.verdict == probe.FirewallUnknown
}
