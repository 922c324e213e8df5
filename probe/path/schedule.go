package path

import (
	"context"
	"slices"
	"time"

	"wsdoctor/probe"
)

// What is sent, and when.
const (
	// window is how many TTLs are asked before it is looked whether to go on: most
	// paths to the next Region are 8 to 16 hops.
	window = 8
	// maxTTL is what traceroute has always stopped at.
	maxTTL = 30
	// spacing keeps a window from leaving in one burst, of which a full queue on
	// the first link would lose the tail, that is: the farthest hops.
	spacing = 4 * time.Millisecond
	// edge is how many TTLs at the end of a window decide whether there is more
	// beyond it.
	edge = 3
	// probesPerHop and refill: a Linux hop sends at most 6 ICMP errors in a burst
	// to one address, then one a second (net.ipv4.icmp_ratelimit), and all who are
	// behind one address translation share that. One probe of each of four ports
	// and of their two controls just fit. A little longer than that second, so that
	// what the others' probes of that moment took has come back as well.
	probesPerHop = 2
	refill       = 1100 * time.Millisecond
	// maxRefills is how often a target comes back to a hop after a refill: sweeps
	// that wait for the same router's one answer a second take turns.
	maxRefills = 3
	// headStart is how long a control waits for its targets to come in, so that
	// the first answers of routers that spare them are the targets'.
	headStart = 20 * time.Millisecond
	// follow is how long after a target's packet a control's follows it to the same
	// hop: several targets get there first, and nobody else's packets come between.
	follow = spacing
	// ahead is how far beyond the last hop that answered a second probe is worth
	// its packet.
	ahead = 3
	// lifetime ends a probe just before the second after which a system sends an
	// unanswered SYN again, which would be one more packet for the hop.
	lifetime = 950 * time.Millisecond
	// maxPackets is a limit beyond what the others together can reach; no error
	// in them may make a flood.
	maxPackets = 64
)

// patience is how long an answer is awaited: what the run has learnt, but four
// times the slowest answer of this sweep at least, as the run may so far have
// spoken with near servers only.
func (s *sweep) patience() time.Duration {
	return min(max(s.rtt.Silence(), 4*s.slowest), lifetime)
}

// again is after how long a second probe goes out: half the patience, which is
// about twice the round trip. An answer to the first still counts after that.
func (s *sweep) again() time.Duration { return s.patience() / 2 }

// end is the smallest open TTL with an answer beyond which no packet goes, 0 if
// there is none.
func (s *sweep) end() int {
	for ttl := 1; ttl <= s.open; ttl++ {
		if s.hops[ttl].final() {
			return ttl
		}
	}
	return 0
}

// last is the largest open TTL at which a router answered "ttl-exceeded", 0 if
// there is none.
func (s *sweep) last() int {
	for ttl := s.open; ttl > 0; ttl-- {
		if s.hops[ttl].best.Kind == probe.HopExpired {
			return ttl
		}
	}
	return 0
}

// settled tells whether nothing more is to be learnt: this computer does not
// send, or somebody answered and every hop nearer than that has had its time.
func (s *sweep) settled() bool {
	if s.unsupported || s.local != nil {
		return true
	}
	now, end := time.Now(), s.end()
	for ttl := 1; ttl < end; ttl++ {
		if len(s.hops[ttl].sent) == 0 ||
			!s.hops[ttl].answered() && (ttl > s.last() || s.awaited(ttl, now, s.patience())) {
			return false
		}
	}
	return end > 0 && !s.attended() && !s.visiting(now)
}

// attended: a control stays as long as a target of its transport may still need
// it.
func (s *sweep) attended() bool {
	return s.confirm && slices.ContainsFunc(s.ledger.rivals(s), func(e entry) bool { return !e.control && !e.over })
}

// visiting: a hop that this control followed a target to has not answered yet.
func (s *sweep) visiting(now time.Time) bool {
	for ttl := range s.hops {
		h := &s.hops[ttl]
		if n := len(h.sent) - 1; h.round > 0 && !h.sent[n].over && now.Sub(h.sent[n].at) < s.patience() {
			return true
		}
	}
	return false
}

// held: a control lets its targets ask first.
func (s *sweep) held(now time.Time) bool {
	if !s.confirm || s.ledger == nil {
		return false
	}
	known := false
	for _, e := range s.ledger.rivals(s) {
		if known = known || !e.control; !e.control && !e.over && !e.begun {
			return true
		}
	}
	return !known && now.Sub(s.began) < headStart
}

// due gives the TTL to ask now, if there is one.
func (s *sweep) due(ctx context.Context, now time.Time) (int, bool) {
	if s.packets >= maxPackets || s.held(now) {
		return 0, false
	}
	if ttl := s.unasked(); ttl > 0 {
		return ttl, true
	}
	if s.far(now) {
		return maxTTL, true
	}
	for ttl := 1; ttl <= s.bound(); ttl++ {
		if at, wanted := s.repeat(ctx, ttl); wanted && !now.Before(at) {
			return ttl, true
		}
	}
	return 0, false
}

// unasked is the nearest open TTL that no packet was sent with, 0 if there is
// none. What lies beyond an answer of the target is not asked.
func (s *sweep) unasked() int {
	end := s.end()
	for ttl := 1; ttl <= s.open && (end == 0 || ttl < end); ttl++ {
		if len(s.hops[ttl].sent) == 0 {
			return ttl
		}
	}
	return 0
}

// widen opens the next window if there is a reason: one of the last hops of this
// one answered, or a packet with a lifetime to spare did, and the hops after
// that had their time, so that the target may be among them.
func (s *sweep) widen(now time.Time) bool {
	if s.open >= maxTTL || s.end() > 0 || s.unasked() > 0 {
		return false
	}
	reached := max(s.last(), s.open-edge) // nothing up to here is awaited
	if s.last() <= s.open-edge && !s.hops[maxTTL].answered() {
		return false
	}
	for ttl := reached + 1; ttl <= s.open; ttl++ {
		if s.awaited(ttl, now, s.again()) {
			return false
		}
	}
	s.open = min(s.open+window, maxTTL)
	return true
}

// awaited tells whether the first packet with that TTL may still be answered in
// that time.
func (s *sweep) awaited(ttl int, now time.Time, patience time.Duration) bool {
	h := &s.hops[ttl]
	return !h.answered() && !h.sent[0].over && now.Sub(h.sent[0].at) < patience
}

// far tells whether to send one packet with the largest lifetime: nothing came
// from the end of the window, which is either the place where this port dies or
// a stretch of routers that never answer. If it reaches somebody, the sweep goes
// on.
func (s *sweep) far(now time.Time) bool {
	if s.open >= maxTTL || s.end() > 0 || s.last() > s.open-edge || len(s.hops[maxTTL].sent) > 0 {
		return false
	}
	for ttl := s.open - edge + 1; ttl <= s.open; ttl++ {
		if s.awaited(ttl, now, s.again()) {
			return false
		}
	}
	return true
}

// bound is the largest TTL that is worth a second packet.
func (s *sweep) bound() int {
	if s.next() > 0 {
		return s.open
	}
	if end := s.end(); end > 0 {
		return end - 1
	}
	return min(s.last()+ahead, s.open)
}

// repeat tells whether a further packet with that TTL is wanted, and when it may
// go: a second beyond the last hop that answered, to tell silence from loss; a
// control's right after a target's, beyond the hop where that ends; and a
// target's after a refill, where a router may have had no answer left and that
// decides.
func (s *sweep) repeat(ctx context.Context, ttl int) (at time.Time, wanted bool) {
	h := &s.hops[ttl]
	switch {
	case len(h.sent) == 0:
		return time.Time{}, false
	case s.confirm && s.ledger != nil:
		if at, wanted = s.followed(ttl); wanted {
			return at, true
		}
	}
	if h.round == 0 && !h.answered() && ttl > s.last() && ttl <= s.last()+ahead && h.asked() < probesPerHop {
		return h.latest().Add(s.again()), true
	}
	at = h.latest().Add(refill)
	deadline, limited := ctx.Deadline()
	affordable := !limited || at.Add(s.patience()).Before(deadline)
	return at, affordable && h.round < maxRefills && s.doubtful(ttl)
}

// returning tells whether the next probe of a hop begins a new visit.
func (s *sweep) returning(ttl int) bool {
	h := &s.hops[ttl]
	if s.confirm && s.ledger != nil {
		_, follows := s.followed(ttl)
		return follows
	}
	return h.asked() >= probesPerHop || h.round > 0
}

// followed: a target that ends before this hop has asked it a second time or
// later since this control did. If then the control gets an answer, the router
// had one to give, and the target's packet did not reach it.
func (s *sweep) followed(ttl int) (at time.Time, wanted bool) {
	h := &s.hops[ttl]
	for _, e := range s.ledger.rivals(s) {
		t := e.hops[ttl]
		if !e.control && e.end == 0 && ttl > e.last && t.sent >= probesPerHop && len(h.sent) > 0 &&
			t.latest.After(h.latest()) {
			if then := t.latest.Add(follow); then.After(at) {
				at, wanted = then, true
			}
		}
	}
	return at, wanted
}

// doubtful: this target's silence at a hop decides, and may be the router's want
// of answers: another sweep heard a router there or farther on, and the control
// that followed got no answer either.
func (s *sweep) doubtful(ttl int) bool {
	next := s.next()
	if next == 0 || ttl != next && ttl != s.last()+1 || s.awaited(ttl, time.Now(), s.patience()) {
		return false
	}
	if s.hops[ttl].round > 0 && !s.heardThere(ttl, s.ledger.rivals(s)) {
		return false // it may be mute, or answer the other transport alone
	}
	return slices.ContainsFunc(s.ledger.rivals(s), func(e entry) bool {
		return e.control && e.hops[ttl].sent > 0 && !s.pends(e, ttl) && !e.hops[ttl].shows
	})
}

// undecided: the control has not yet shown what this target's silence means.
func (s *sweep) undecided() bool {
	next := s.next()
	return next > 0 && slices.ContainsFunc(s.ledger.rivals(s), func(e entry) bool {
		return e.control && (s.pends(e, next) || s.pends(e, s.last()+1))
	})
}

// pends: a control may still follow this target to a hop, or get an answer there.
func (s *sweep) pends(control entry, ttl int) bool {
	h, t := &s.hops[ttl], control.hops[ttl]
	if control.over || t.sent == 0 || len(h.sent) < probesPerHop || time.Since(h.latest()) > 2*s.patience() {
		return false
	}
	return t.open || t.latest.Before(h.latest())
}

// next is the nearest hop beyond the end of this target at which another sweep
// heard a router, 0 if there is none.
func (s *sweep) next() int {
	if s.confirm || s.end() > 0 {
		return 0
	}
	others := s.ledger.others(s)
	for ttl := s.last() + 1; ttl <= s.open; ttl++ {
		if s.heardThere(ttl, others) {
			return ttl
		}
	}
	return 0
}

// heardThere tells whether one of these heard a router at a hop.
func (s *sweep) heardThere(ttl int, list []entry) bool {
	return slices.ContainsFunc(list, func(e entry) bool { return e.hops[ttl].router })
}

// exhausted tells whether everything was sent and nothing is awaited.
func (s *sweep) exhausted(ctx context.Context, now time.Time) bool {
	for ttl := range s.hops {
		for _, p := range s.hops[ttl].sent {
			if !p.over && now.Sub(p.at) < s.patience() {
				return false
			}
		}
	}
	if s.packets >= maxPackets {
		return true
	}
	if s.unasked() > 0 || s.far(now) || s.attended() || s.undecided() {
		return false
	}
	for ttl := 1; ttl <= s.bound(); ttl++ {
		if _, wanted := s.repeat(ctx, ttl); wanted {
			return false
		}
	}
	return true
}
