// Package ntp asks a time server for its clock, by plain NTP requests (RFC
// 5905), which the time services of Windows domain controllers answer too.
//
// An answer with a usable time tells how far this computer's clock is from the
// server's, to half a round trip. A kiss-o'-death and a server that says that it
// is not synchronised are answers without one. Silence proves nothing.
//
// The datagrams go through the engine in probe/udp, which keeps to several
// spaced ones, waits as long as the path needs and tells who refused. The usual
// library gives up at the first datagram that is not the answer, and cannot be
// given bytes to read.
//
// The package opens sockets only through probe.Network and decides no blame.
package ntp

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"wsdoctor/probe"
	"wsdoctor/probe/udp"
)

const (
	// maxParallel bounds how many addresses are asked at the same time.
	maxParallel = 8
	maxError    = 200 // runes of an error
)

// Prober asks every address of the target, at most 8 at a time, and gives one
// ntp_time observation for each, in order. 3 requests are sent 50 ms apart until
// one is answered; Target.Attempts and Target.Spacing override, and of more than
// 3 all are sent and the answer with the shortest round trip tells the time.
//
// Outcomes: ok with a usable time; failed with malformed_reply and the reason in
// Detail.Error for an answer without one and for datagrams that are no answer,
// or with the failure of the socket; silent with generic_timeout_error; skipped
// for no_address; not-run where the run was interrupted first.
type Prober struct{}

var _ probe.Prober = Prober{}

// Probe gives one observation for each address of t; without an address one,
// skipped for no_address.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	if len(t.Addresses) == 0 {
		o := probe.Observe(probe.NTPTime, t, time.Now())
		return []probe.Observation{o.Finish(time.Now(), probe.Skipped, probe.NoAddress, probe.NTPDetail{})}
	}
	list := make([]probe.Observation, len(t.Addresses))
	var group errgroup.Group
	group.SetLimit(maxParallel)
	for i, address := range t.Addresses {
		group.Go(func() error {
			o := probe.Observe(probe.NTPTime, t, time.Now())
			o.Address = address.String()
			d, outcome, failure := ask(ctx, n, t, netip.AddrPortFrom(address, t.Port))
			list[i] = o.Finish(time.Now(), outcome, failure, d)
			return nil
		})
	}
	_ = group.Wait()
	return list
}

// ask asks one address.
func ask(
	ctx context.Context,
	n probe.Network,
	t probe.Target,
	to netip.AddrPort,
) (probe.NTPDetail, probe.Outcome, probe.Failure) {
	var x exchange
	e, outcome, failure := udp.Exchange(ctx, n, to, udp.Question{Payload: x.request, Match: x.match}.Ask(t))
	d := probe.NTPDetail{Sent: e.Sent, ICMP: e.ICMP, Error: e.Error}
	if outcome != probe.OK {
		if d.Error == "" && e.Garbage > 0 {
			d.Error = fmt.Sprintf("%d datagrams that are no answer", e.Garbage)
		}
		return d, outcome, failure
	}
	best, took := x.best(e.Attempts)
	d.Stratum, d.RTTMS = best.stratum, probe.Milliseconds(took)
	if err := best.usable(); err != nil {
		d.Error = probe.Clean(err.Error(), maxError)
		return d, probe.Failed, probe.MalformedReply
	}
	offset := probe.Milliseconds(best.offset(took))
	d.ClockMS = &offset
	return d, probe.OK, ""
}

// request is one that was sent.
type request struct {
	header          // of its answer
	nonce    uint64 // in place of our time, which is nobody's business
	at       time.Time
	answered bool
}

// offset is this computer's clock minus the server's (the negative of theta in
// RFC 5905 section 8), of an answer that came after took.
func (r request) offset(took time.Duration) time.Duration {
	there, back := r.at.Sub(when(r.received)), r.at.Add(took).Sub(when(r.sent))
	return there/2 + back/2 // halved first: the sum of two long times may not fit
}

// exchange is the state of the requests to one address.
type exchange struct{ requests []request }

// request writes request i.
func (x *exchange) request(int) []byte {
	r := request{nonce: rand.Uint64() | 1} // never zero, which many servers send of themselves
	b := make([]byte, headerSize)
	b[0] = clientRequest
	binary.BigEndian.PutUint64(b[40:], r.nonce)
	r.at = time.Now()
	x.requests = append(x.requests, r)
	return b
}

// match tells which request a datagram answers. A server may answer with the
// version asked for or with an older one.
func (x *exchange) match(reply []byte) (int, bool) {
	h, ok := parse(reply)
	if !ok || h.mode != modeServer || h.version == 0 || h.version > 4 {
		return 0, false
	}
	for i := range x.requests {
		if r := &x.requests[i]; r.nonce == h.origin {
			if !r.answered {
				r.answered, r.header = true, h
			}
			return i, true
		}
	}
	return 0, false
}

// best gives the answer that tells most: one that is usable, with the shortest
// round trip.
func (x *exchange) best(attempts []probe.Attempt) (request, time.Duration) {
	var found request
	var shortest time.Duration
	for i, r := range x.requests {
		if i >= len(attempts) || !r.answered {
			continue
		}
		took := time.Duration(attempts[i].ElapsedMS * float64(time.Millisecond))
		better := r.usable() == nil && (found.usable() != nil || took < shortest)
		if !found.answered || better {
			found, shortest = r, took
		}
	}
	return found, shortest
}
