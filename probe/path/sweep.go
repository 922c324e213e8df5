package path

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"wsdoctor/probe"
)

// sent is one packet.
type sent struct {
	at   time.Time
	over bool // answered, or the network gave up on it
}

// hop is what is known of one TTL.
type hop struct {
	sent  []sent
	round int             // how often the sweep came back to it
	from  int             // the first probe of that round, in sent
	full  int             // visits before it that followed a target and were answered
	spare bool            // a visit before it was left without an answer
	best  probe.HopAnswer // Kind is empty while nothing answered
	rtts  []time.Duration // of that round
	prior []time.Duration // of the last one before it that was answered
}

// asked counts the probes of the present round.
func (h *hop) asked() int { return len(h.sent) - h.from }

// leave ends a visit and begins the next.
func (h *hop) leave() {
	if len(h.rtts) < h.asked() {
		h.spare = true
	} else if h.round > 0 {
		h.full++
	}
	if len(h.rtts) > 0 {
		h.prior = h.rtts
	}
	h.round, h.from, h.rtts = h.round+1, len(h.sent), nil
}

// proven tells whether the router shows that it answers every probe: one that
// was once out of answers may just have got another between two packets, and has
// to show it twice.
func (h *hop) proven() bool {
	if !h.spare {
		return len(h.rtts) >= h.asked()
	}
	full := h.full
	if len(h.rtts) >= h.asked() {
		full++
	}
	return full > 1
}

// latest is when the last probe went out.
func (h *hop) latest() time.Time { return h.sent[len(h.sent)-1].at }

func (h *hop) answered() bool { return h.best.Kind != "" }

// final tells an answer beyond which no packet goes.
func (h *hop) final() bool { return weight[h.best.Kind] > weight[probe.HopExpired] }

// weight orders what two probes of one TTL may bring: the target's own answer
// outweighs a router's, a no outweighs a word on the lifetime, any of them
// silence.
var weight = map[probe.HopKind]int{
	probe.HopLocal: 1, probe.HopExpired: 2, probe.HopICMP: 3, probe.HopRST: 4, probe.HopReply: 4, probe.HopSYNACK: 5,
}

// event is the end of one probe.
type event struct {
	ttl, index int
	answer     probe.HopAnswer
	ok         bool
}

// sweep is one running sweep. Its state belongs to the goroutine in run.
type sweep struct {
	asker     probe.HopAsker
	rtt       *probe.RTT
	to        netip.AddrPort
	transport probe.Transport
	confirm   bool // the control: it follows the targets beyond the hops where they end
	ledger    *ledger
	entry     *entry // of this sweep; nil without a ledger
	events    chan event
	wait      sync.WaitGroup

	hops        [maxTTL + 1]hop // by TTL, from 1
	open        int             // TTLs up to this may be asked
	packets     int
	unsupported bool             // this system cannot do it
	echo        bool             // echo requests were sent instead
	local       *probe.HopAnswer // this computer refused to send
	slowest     time.Duration    // round trip seen
	cut         bool             // the context ended before the sweep did
	began       time.Time
	stopped     time.Time // when run was over
}

func newSweep(
	asker probe.HopAsker,
	rtt *probe.RTT,
	to netip.AddrPort,
	transport probe.Transport,
	confirm bool,
	l *ledger,
) *sweep {
	s := &sweep{
		asker:     asker,
		rtt:       rtt,
		to:        to,
		transport: transport,
		confirm:   confirm,
		ledger:    l,
		open:      window,
		began:     time.Now(),
		events:    make(chan event, maxPackets),
	} // room for all: nobody waits to report
	l.join(s)
	return s
}

// publish tells the other sweeps where this one is.
func (s *sweep) publish(now time.Time, over bool) {
	s.ledger.update(func() {
		s.entry.last, s.entry.end, s.entry.over = s.last(), s.end(), over
		s.entry.begun = s.unasked() == 0
		for ttl := range s.hops {
			h := &s.hops[ttl]
			t := tally{
				sent:   len(h.sent),
				shows:  h.round > 0 && h.asked() > 0 && h.proven(),
				router: h.best.Kind == probe.HopExpired,
			}
			for _, p := range h.sent[h.from:] {
				t.open = t.open || !p.over && now.Sub(p.at) < s.patience()
				t.latest = p.at
			}
			s.entry.hops[ttl] = t
		}
	})
}

// run sends, at most one packet each spacing, until the sweep is settled,
// nothing more can come, or ctx ends. No goroutine outlives it.
func (s *sweep) run(ctx context.Context) {
	probes, cancel := context.WithCancel(ctx)
	defer func() {
		s.stopped = time.Now()
		s.publish(s.stopped, true)
		cancel()
		s.wait.Wait()
	}()
	tick := time.NewTicker(spacing)
	defer tick.Stop()
	s.cut = true
	for turn := true; ctx.Err() == nil; {
		for s.widen(time.Now()) {
		}
		if turn && !s.settled() {
			if ttl, due := s.due(ctx, time.Now()); due {
				s.send(probes, ttl)
			}
		}
		s.publish(time.Now(), false)
		if s.settled() || s.exhausted(ctx, time.Now()) {
			s.cut = false
			return
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
			turn = true
		case e := <-s.events:
			turn = false
			if ctx.Err() == nil { // else its silence may be the context's end
				s.take(e)
			}
		}
	}
}

// send asks one hop.
func (s *sweep) send(ctx context.Context, ttl int) {
	h := &s.hops[ttl]
	if s.returning(ttl) {
		h.leave()
	}
	e := event{ttl: ttl, index: len(h.sent)}
	h.sent = append(h.sent, sent{at: time.Now()})
	s.packets++
	q := probe.HopQuestion{To: s.to, Transport: s.transport, TTL: ttl, AnyPacket: s.confirm}
	if s.transport == probe.UDP {
		q.Payload = request()
	}
	s.wait.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, lifetime)
		defer cancel()
		e.answer, e.ok = s.asker.Hop(ctx, q)
		s.events <- e
	})
}

// take writes down how a probe ended.
func (s *sweep) take(e event) {
	h := &s.hops[e.ttl]
	h.sent[e.index].over = true
	s.echo = s.echo || e.answer.Echo
	switch a := e.answer; {
	case !e.ok:
		s.unsupported = true
		return
	case a.Kind == probe.HopSilent:
		return
	case a.Kind == probe.HopLocal:
		s.local = &a
	default: // also after no time at all: a coarse clock may not have stepped meanwhile
		if e.index >= h.from {
			h.rtts = append(h.rtts, a.RTT)
		}
		s.slowest = max(s.slowest, a.RTT)
	}
	if weight[e.answer.Kind] > weight[h.best.Kind] {
		h.best = e.answer
	}
	if k := e.answer.Kind; k == probe.HopSYNACK || k == probe.HopReply { // as the other probers do
		s.rtt.Learn(e.answer.RTT)
	}
}

// heard tells whether anything answered.
func (s *sweep) heard() bool {
	for i := range s.hops {
		if s.hops[i].answered() {
			return true
		}
	}
	return false
}
