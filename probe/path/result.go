package path

import (
	"context"
	"time"

	"wsdoctor/probe"
)

// trailing is how many hops that never answered are kept beyond the last one
// that did, to show that they were asked.
const trailing = 2

// distance is the smallest TTL at which the target's own answer came, 0 if none
// did.
func (s *sweep) distance() int {
	for ttl := 1; ttl <= s.open; ttl++ {
		if s.fromTarget(ttl) {
			return ttl
		}
	}
	return 0
}

// fromTarget tells whether the answer to that TTL claims to be the target's.
func (s *sweep) fromTarget(ttl int) bool {
	h := &s.hops[ttl]
	return h.final() && h.best.From.Unmap().WithZone("") == s.to.Addr().WithZone("")
}

// reachedByLongestOnly tells whether only the packet with the largest lifetime is known to
// have reached the target.
func (s *sweep) reachedByLongestOnly() bool {
	return s.open < maxTTL && s.end() == 0 && s.fromTarget(maxTTL)
}

// shown is the largest TTL that the observation lists.
func (s *sweep) shown() int {
	shown := s.last() + trailing
	if end := max(s.end(), s.distance()); end > 0 {
		shown = max(end, s.last())
	}
	if s.local != nil {
		shown = 1
		for ttl := range s.open + 1 {
			if s.hops[ttl].answered() {
				shown = ttl
			}
		}
	}
	return min(shown, s.open)
}

// describe fills in the detail.
func (s *sweep) describe(d *probe.SweepDetail) {
	d.Last, d.Distance, d.Packets, d.Echo = s.last(), s.distance(), s.packets, s.echo
	for ttl := 1; ttl <= s.shown(); ttl++ {
		h := &s.hops[ttl]
		if len(h.sent) == 0 {
			continue
		}
		line := probe.Hop{TTL: ttl, Sent: h.asked(), Kind: probe.HopSilent}
		if h.answered() {
			line.Kind, line.From, line.ICMP = h.best.Kind, h.best.From, h.best.ICMP
		}
		rtts := h.rtts
		if len(rtts) == 0 && h.answered() {
			rtts = h.prior
		}
		for _, rtt := range rtts {
			line.RTTMS = append(line.RTTMS, probe.Milliseconds(rtt))
		}
		if s.confirm && line.Kind == probe.HopExpired {
			if line.Sent = len(rtts); !h.proven() {
				line.Sent++ // one of an earlier visit counts: it met a router without answers
			}
		}
		d.Hops = append(d.Hops, line)
	}
	if a := s.ending(); a != nil {
		d.End = a.Kind
		if a.Kind == probe.HopICMP || a.Kind == probe.HopLocal {
			d.ICMP = a.ICMP
		}
	}
}

// ending is the answer that ended the sweep, nil for silence.
func (s *sweep) ending() *probe.HopAnswer {
	switch distance, end := s.distance(), s.end(); {
	case distance > 0:
		return &s.hops[distance].best
	case s.reachedByLongestOnly():
		return &s.hops[maxTTL].best
	case end > 0:
		return &s.hops[end].best
	}
	return s.local
}

// outcome says how the sweep ended; see Probe.
func (s *sweep) outcome(ctx context.Context) (probe.Outcome, probe.Failure) {
	switch a := s.ending(); {
	case s.distance() > 0 || s.reachedByLongestOnly():
		return probe.OK, ""
	case a != nil && a.Failure != "":
		return probe.Failed, a.Failure
	case a != nil:
		return probe.Failed, probe.UnknownFailure
	case s.cut && (ctx.Err() == context.Canceled || !s.askedAll(s.stopped)):
		return probe.NotRun, ""
	}
	return probe.Silent, probe.Timeout
}

// askedAll tells whether every open hop was asked and had time to answer, so
// that a run which ended before the second probes may still call it silent.
func (s *sweep) askedAll(now time.Time) bool {
	for ttl := 1; ttl <= s.open; ttl++ {
		if len(s.hops[ttl].sent) == 0 || s.awaited(ttl, now, s.patience()) {
			return false
		}
	}
	return true
}
