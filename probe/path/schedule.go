package path

import (
	"context"
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
	// behind one address translation share that. Two probes of three sweeps at
	// once just fit.
	probesPerHop = 2
	refill       = time.Second
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
// send, or somebody answered and every hop nearer than that is known.
func (s *sweep) settled() bool {
	if s.unsupported || s.local != nil {
		return true
	}
	end := s.end()
	for ttl := 1; ttl < end; ttl++ {
		if !s.hops[ttl].answered() || !s.confirmed(ttl, time.Now()) {
			return false
		}
	}
	return end > 0
}

// confirmed tells whether a hop was asked as often as this sweep wants. One that
// answered once may have had one ICMP error to give, to whoever asked first;
// only one that answers twice shows that another sweep's silence there means
// something.
func (s *sweep) confirmed(ttl int, now time.Time) bool {
	h := &s.hops[ttl]
	if !s.confirm || h.best.Kind != probe.HopExpired {
		return true
	}
	return len(h.sent) >= probesPerHop && (h.sent[probesPerHop-1].over || now.Sub(h.sent[probesPerHop-1].at) >= s.patience())
}

// due gives the TTL to ask now, if there is one.
func (s *sweep) due(ctx context.Context, now time.Time) (int, bool) {
	if s.packets >= maxPackets {
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
	if end := s.end(); end > 0 {
		return end - 1
	}
	return min(s.last()+ahead, s.open)
}

// repeat tells whether a second packet with that TTL is wanted, and when it may
// go. A hop that was silent while farther ones answered has lost a packet or
// has no ICMP errors left; in a second it has one again, if the run has that
// long.
func (s *sweep) repeat(ctx context.Context, ttl int) (at time.Time, wanted bool) {
	h := &s.hops[ttl]
	if len(h.sent) == 0 || len(h.sent) >= probesPerHop {
		return time.Time{}, false
	}
	first := h.sent[0].at
	if h.answered() {
		return first.Add(s.again()), s.confirm && h.best.Kind == probe.HopExpired
	}
	if ttl < s.last() || ttl < s.end() {
		deadline, limited := ctx.Deadline()
		if later := first.Add(refill); !limited || later.Add(s.patience()).Before(deadline) {
			return later, true
		}
	}
	return first.Add(s.again()), true
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
	if s.unasked() > 0 || s.far(now) {
		return false
	}
	for ttl := 1; ttl <= s.bound(); ttl++ {
		if _, wanted := s.repeat(ctx, ttl); wanted {
			return false
		}
	}
	return true
}
