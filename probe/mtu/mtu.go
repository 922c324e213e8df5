package mtu

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/udp"
)

const (
	// firstAttempts packets of each size are sent, 50 ms apart, until one is
	// answered: one lost packet is no black hole.
	firstAttempts = 2
	// secondAttempts packets of the smallest silent size are sent once more,
	// next to as many of the largest answered one. With 10 % loss, five lost in
	// a row by chance are one run in 100,000.
	secondAttempts = 3
	// maxError is how many runes of the system's words are kept.
	maxError = 200
)

// STUNEndpoint is the catalog endpoint that is asked by STUN. Any other is asked
// by QUIC.
const STUNEndpoint = "stun"

// Prober measures the first address of the target. It sends at most 14 packets.
type Prober struct{}

var _ probe.Prober = Prober{}

// Probe gives one path_mtu observation: ok if any size was answered, whatever
// became of the others; failed, with the failure of the smallest, if all that
// came was a no; silent if nothing came. Where a system cannot send packets
// whole it is skipped as unsupported.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	o := probe.Observe(probe.PathMTU, t, time.Now())
	if len(t.Addresses) == 0 {
		return []probe.Observation{
			o.Finish(time.Now(), probe.Skipped, probe.NoAddress, probe.MTUDetail{Sizes: []probe.MTUProbe{}}),
		}
	}
	to := netip.AddrPortFrom(t.Addresses[0].Unmap(), t.Port)
	o.Address = to.Addr().String()
	m := &measuring{network: probe.WithUDP(n, probe.UDPOptions{Whole: true}), to: to, kind: quicKind}
	if t.Endpoint == STUNEndpoint {
		m.kind = stunKind
	}
	m.run(ctx)
	outcome, failure, detail := m.result(ctx)
	return []probe.Observation{o.Finish(time.Now(), outcome, failure, detail)}
}

// measuring is the state of one measurement.
type measuring struct {
	network probe.Network
	to      netip.AddrPort
	kind    kind
	sizes   []size
	hole    bool
}

// size is what is known of one size of packet.
type size struct {
	probe.MTUProbe
	outcome probe.Outcome // of the first asking
	failure probe.Failure
	err     string
	own     int // MTU of the own interface that it does not fit, 0 if it does
}

// silent: packets of this size left and nothing came of them.
func (s size) silent() bool { return s.Sent > 0 && s.Answered == 0 && s.ICMP == nil }

func (m *measuring) run(ctx context.Context) {
	for _, bytes := range m.kind.sizes(m.to.Addr()) {
		m.sizes = append(m.sizes, size{MTUProbe: probe.MTUProbe{Bytes: bytes}})
	}
	all := make([]int, len(m.sizes))
	for i := range all {
		all[i] = i
	}
	m.ask(ctx, firstAttempts, all...)
	answered, silent, found := m.edge()
	if !found || ctx.Err() != nil {
		return
	}
	before := m.sizes[answered].Answered
	m.ask(ctx, secondAttempts, answered, silent)
	if ctx.Err() != nil || m.sizes[answered].Answered == before || !m.sizes[silent].silent() {
		return
	}
	_, _, m.hole = m.edge()
}

// ask sends packets of the given sizes, side by side, each size from a socket of
// its own so that an error tells which size it is about.
func (m *measuring) ask(ctx context.Context, attempts int, which ...int) {
	var group sync.WaitGroup
	for _, i := range which {
		group.Go(func() {
			q := m.kind.question(m.sizes[i].Bytes - overhead(m.to.Addr()))
			q.Attempts, q.StopAtFirst = attempts, true
			d, outcome, failure := udp.Exchange(ctx, m.network, m.to, q)
			m.sizes[i].learn(d, outcome, failure)
		})
	}
	group.Wait()
}

// learn adds one asking.
func (s *size) learn(d probe.ExchangeDetail, outcome probe.Outcome, failure probe.Failure) {
	s.Sent += d.Sent
	s.Answered += d.Answered
	if s.outcome == "" || outcome == probe.OK {
		s.outcome, s.failure, s.err = outcome, failure, d.Error
	}
	switch {
	case d.ICMP == nil:
	case d.ICMP.OwnHost && failure == probe.MessageSize:
		s.own = d.ICMP.MTU
	case s.ICMP == nil:
		s.ICMP = d.ICMP
	}
}

// edge finds the largest size that was answered and the next one that was sent,
// and says whether that and every larger one went without a word.
func (m *measuring) edge() (answered, silent int, found bool) {
	answered, silent = -1, -1
	for i, s := range m.sizes {
		if s.Answered > 0 {
			answered, silent = i, -1
		}
		if s.ICMP != nil {
			return 0, 0, false // a router speaks up, so this is no black hole
		}
		if silent < 0 && s.silent() {
			silent = i
		}
	}
	return answered, silent, answered >= 0 && silent > answered
}

func (m *measuring) result(ctx context.Context) (probe.Outcome, probe.Failure, probe.MTUDetail) {
	d := probe.MTUDetail{Question: m.kind.name, Sizes: []probe.MTUProbe{}, BlackHole: m.hole}
	for _, s := range m.sizes {
		d.Sizes = append(d.Sizes, s.MTUProbe)
		if s.Answered > 0 {
			if d.Smallest == 0 {
				d.Smallest = s.Bytes
			}
			d.Largest = s.Bytes
		}
		if s.own > 0 && (d.LocalMTU == 0 || s.own < d.LocalMTU) {
			d.LocalMTU = s.own
		}
		if s.ICMP != nil && s.failure == probe.MessageSize && !d.Offender.IsValid() {
			d.ReportedMTU, d.Offender = s.ICMP.MTU, s.ICMP.Offender
		}
	}
	if d.Largest > 0 {
		return probe.OK, "", d
	}
	first := m.sizes[0]
	d.Error = probe.Clean(first.err, maxError)
	switch {
	case first.failure == probe.Unsupported:
		return probe.Skipped, probe.Unsupported, d
	case ctx.Err() == context.Canceled:
		return probe.NotRun, "", d
	}
	return first.outcome, first.failure, d
}
