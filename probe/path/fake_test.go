package path_test

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/path"
	"wsdoctor/probe/probetest"
)

const ms = time.Millisecond

// router is one hop of a simulated path. Like Linux it looks at the lifetime
// before anything else it may do with a packet, its proxy apart.
type router struct {
	rtt    time.Duration
	mute   bool   // sends no ICMP
	budget int    // ICMP errors it may send at once, one more each second; 0: no limit
	drop   uint16 // port it drops
	reject uint16 // port it answers with "administratively prohibited"
	forge  uint16 // port whose packets it resets in the target's name
	proxy  uint16 // port it accepts itself
}

// packet is one that was sent.
type packet struct {
	at        time.Time
	port      uint16
	transport probe.Transport
	ttl       int
	payload   int
}

// world is a path: routers, then the target.
type world struct {
	*probetest.Net
	routers []router
	rtt     time.Duration                                   // of the target
	tick    time.Duration                                   // of this computer's clock; 0 for a fine one
	target  func(probe.HopQuestion) probe.HopKind           // what it answers
	own     func(probe.HopQuestion) (probe.HopAnswer, bool) // what this computer says before anything is sent
	echo    bool                                            // what is sent is an echo request
	loss    float64                                         // each way
	seed    uint64

	mu     sync.Mutex
	sent   []packet
	tokens map[int]*bucket
}

type bucket struct {
	left int
	at   time.Time
}

var address = netip.MustParseAddr("198.51.100.7")

// hopAddress is the router at that TTL.
func hopAddress(ttl int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(ttl)}) }

// straight is a path of n routers that answer, each a little farther, and a
// target that accepts and replies after rtt.
func straight(n int, rtt time.Duration) *world {
	w := &world{Net: probetest.New(), rtt: rtt, tokens: map[int]*bucket{}, target: func(q probe.HopQuestion) probe.HopKind {
		if q.Transport == probe.UDP {
			return probe.HopReply
		}
		return probe.HopSYNACK
	}}
	for i := range n {
		w.routers = append(w.routers, router{rtt: rtt * time.Duration(i+1) / time.Duration(n+1)})
	}
	w.RTT().Learn(rtt)
	return w
}

func (w *world) Hop(ctx context.Context, q probe.HopQuestion) (probe.HopAnswer, bool) {
	if w.own != nil {
		if a, ok := w.own(q); !ok || a.Kind != "" {
			return a, ok
		}
	}
	start := time.Now()
	w.mu.Lock()
	nth := 0
	for _, p := range w.sent {
		if p.ttl == q.TTL && p.port == q.To.Port() && p.transport == q.Transport {
			nth++
		}
	}
	w.sent = append(w.sent, packet{start, q.To.Port(), q.Transport, q.TTL, len(q.Payload)})
	answer, after := w.travel(q, nth)
	w.mu.Unlock()
	answer.Echo = w.echo
	if answer.Kind == probe.HopSilent {
		<-ctx.Done()
		return answer, true
	}
	select {
	case <-ctx.Done():
		return probe.HopAnswer{Kind: probe.HopSilent}, true
	case <-time.After(after):
		answer.RTT = time.Since(start).Truncate(w.tick)
		return answer, true
	}
}

// travel says what becomes of a packet.
func (w *world) travel(q probe.HopQuestion, nth int) (probe.HopAnswer, time.Duration) {
	silent := probe.HopAnswer{Kind: probe.HopSilent}
	h := fnv.New64a()
	for _, n := range []uint64{w.seed, uint64(q.To.Port()), uint64(q.TTL), uint64(nth), uint64(len(q.Transport))} {
		h.Write(binary.BigEndian.AppendUint64(nil, n))
	}
	rng := rand.New(rand.NewPCG(h.Sum64(), w.seed))
	there, back := rng.Float64(), rng.Float64()
	if min(there, back) < w.loss {
		return silent, 0
	}
	port := q.To.Port()
	for i, r := range w.routers {
		ttl := i + 1
		said := func(kind probe.HopKind, f probe.Failure, typ, code int) (probe.HopAnswer, time.Duration) {
			if r.mute || !w.allowed(ttl, r.budget) {
				return silent, 0
			}
			return probe.HopAnswer{Kind: kind, From: hopAddress(ttl), Failure: f, ICMP: &probe.ICMPError{Offender: hopAddress(ttl), Type: typ, Code: code}}, r.rtt
		}
		if port == r.proxy {
			return probe.HopAnswer{Kind: probe.HopSYNACK, From: address}, r.rtt
		}
		if q.TTL == ttl {
			return said(probe.HopExpired, probe.TTLExceeded, 11, 0)
		}
		switch port {
		case r.drop:
			return silent, 0
		case r.reject:
			return said(probe.HopICMP, probe.AdministrativelyProhibited, 3, 13)
		case r.forge:
			return probe.HopAnswer{Kind: probe.HopRST, From: address, Failure: probe.ConnectionRefused}, r.rtt
		}
	}
	a := probe.HopAnswer{Kind: w.target(q), From: address}
	switch a.Kind {
	case probe.HopSilent:
		return silent, 0
	case probe.HopICMP:
		a.Failure, a.ICMP = probe.ConnectionRefused, &probe.ICMPError{Offender: address, Type: 3, Code: 3}
	}
	return a, w.rtt
}

// allowed takes one ICMP error from a router's budget.
func (w *world) allowed(ttl, budget int) bool {
	if budget == 0 {
		return true
	}
	b := w.tokens[ttl]
	if b == nil {
		b = &bucket{left: budget, at: time.Now()}
		w.tokens[ttl] = b
	}
	for time.Since(b.at) >= time.Second {
		b.at = b.at.Add(time.Second)
		b.left = min(b.left+1, budget)
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

// target is a port of the target.
func target(transport probe.Transport, port uint16) probe.Target {
	return probe.Target{Endpoint: "gateway", Host: "gateway.example.com", Port: port, Transport: transport, Addresses: []netip.Addr{address}}
}

// sweep sends one and gives its observation and how long it took.
func sweep(t *testing.T, ctx context.Context, n probe.Network, to probe.Target) (probe.Observation, probe.SweepDetail) {
	t.Helper()
	list := path.Prober{}.Probe(ctx, n, to)
	if len(list) != 1 || list[0].Operation != probe.PathSweep {
		t.Fatalf("%+v", list)
	}
	d, ok := list[0].Detail.(probe.SweepDetail)
	if !ok {
		t.Fatalf("detail %T", list[0].Detail)
	}
	return list[0], d
}

// ttls are the TTLs of the packets sent, in order.
func (w *world) ttls() []int {
	var list []int
	for _, p := range w.sent {
		list = append(list, p.ttl)
	}
	return list
}

// kinds are the ends of the hops listed.
func kinds(d probe.SweepDetail) []probe.HopKind {
	var list []probe.HopKind
	for _, h := range d.Hops {
		list = append(list, h.Kind)
	}
	return list
}

// frugal checks what holds for every sweep of one port.
func (w *world) frugal(t *testing.T, d probe.SweepDetail) {
	t.Helper()
	if d.Packets != len(w.sent) || d.Packets > 64 {
		t.Errorf("%d packets said, %d sent", d.Packets, len(w.sent))
	}
	count := map[int]int{}
	for i, p := range w.sent {
		if count[p.ttl]++; count[p.ttl] > 2 || p.ttl < 1 || p.ttl > 30 {
			t.Errorf("TTL %d: %d packets", p.ttl, count[p.ttl])
		}
		if i > 0 && p.at.Sub(w.sent[i-1].at) < 4*ms {
			t.Errorf("packets %v apart", p.at.Sub(w.sent[i-1].at))
		}
	}
	for _, h := range d.Hops {
		if h.Sent != count[h.TTL] || len(h.RTTMS) > h.Sent {
			t.Errorf("TTL %d: %d said to be sent, %d were, %d answered", h.TTL, h.Sent, count[h.TTL], len(h.RTTMS))
		}
	}
	if !slices.IsSortedFunc(d.Hops, func(a, b probe.Hop) int { return a.TTL - b.TTL }) {
		t.Errorf("hops out of order: %v", d.Hops)
	}
}
