// Package path sends packets whose lifetime ends on the way, and writes down
// which hops saw them: one sweep of one port of one address by TTL.
//
// A "ttl-exceeded" proves that a packet to that very port came as far as that
// router. What silence beyond it means shows only next to a sweep of a port that
// is known to pass, the control: then the packet was lost between the last hop
// that answered and the next one the control shows. An answer of the target's,
// a SYN-ACK say, proves nothing of who gave it; coming at a TTL at which the
// control still meets a router, it is forged.
//
// Routers send few ICMP errors, and the sweeps run while others run. So each hop
// is asked once, and a second time only where that decides: beyond the last hop
// that answered, and of a control just behind the place where a target ends.
// Where a router may have had no answer left it is asked anew after a second; see
// schedule.go. Sent, in a Hop, counts what was sent since then.
//
// The package decides no blame, opens no socket but through probe.HopAsker, and
// teaches a run no round trip but those of a target that accepted or replied.
package path

import (
	"context"
	"net/netip"
	"time"

	"github.com/pion/stun/v3"

	"wsdoctor/probe"
)

// ExpectControl as a target's Expect marks the sweep of a port that is known to
// pass.
const ExpectControl = "control"

// Prober sweeps the first address of the target. Target.Port and
// Target.Transport say what is sent: a SYN, or a STUN Binding request of 28
// bytes, so small that no MTU plays a part.
//
// Sweeps of one Prober made by New tell each other what they heard, so that they
// need fewer of the ICMP errors that routers spare; the zero Prober's sweeps are
// strangers.
type Prober struct{ run *ledger }

// New gives the Prober for one run.
func New() Prober { return Prober{run: new(ledger)} }

var _ probe.Prober = Prober{}

// Probe gives one path_sweep observation.
//
//   - ok: the target's own answer came, be it a yes or a no (RST, port
//     unreachable). SweepDetail.Distance is 0 where it came but the run ended
//     before it was found how near.
//   - failed: a router answered no (failure and ICMP say what, Last and Hops
//     where), or this computer refused to send (End is local).
//   - silent: beyond Last nothing answered, and every hop up to there and the
//     next few was given its time at least once.
//   - skipped: without an address (no_address), or because this system does not
//     let an ordinary user hear routers (unsupported, a gap).
//   - not-run: the run ended first. Hops holds what was seen, which is no reason
//     to call anything silent.
func (p Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	o := probe.Observe(probe.PathSweep, t, time.Now())
	detail := probe.SweepDetail{Control: t.Expect == ExpectControl, Hops: []probe.Hop{}, End: probe.HopSilent}
	skip := func(f probe.Failure) []probe.Observation {
		return []probe.Observation{o.Finish(time.Now(), probe.Skipped, f, detail)}
	}
	if len(t.Addresses) == 0 {
		return skip(probe.NoAddress)
	}
	o.Address = t.Addresses[0].String()
	asker, able := n.(probe.HopAsker)
	if !able {
		return skip(probe.Unsupported)
	}
	s := newSweep(
		asker,
		n.RTT(),
		netip.AddrPortFrom(t.Addresses[0].Unmap(), t.Port),
		t.Transport,
		t.Expect == ExpectControl,
		p.run,
	)
	s.run(ctx)
	if s.unsupported && !s.heard() {
		return skip(probe.Unsupported)
	}
	s.describe(&detail)
	outcome, failure := s.outcome(ctx)
	return []probe.Observation{o.Finish(time.Now(), outcome, failure, detail)}
}

// request is a STUN Binding request (RFC 8489), which any port may get: one
// that speaks STUN answers, another ignores it.
func request() []byte {
	return stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.Fingerprint).Raw
}
