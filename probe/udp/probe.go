package udp

import (
	"context"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"wsdoctor/probe"
)

// maxParallel bounds how many addresses are asked at the same time.
const maxParallel = 8

// Ask makes the question for one address, and a function that completes the
// detail with what Match learnt (nil for none).
type Ask func() (Question, func(*probe.ExchangeDetail))

// Probe asks every address of t and gives one observation of op for each, in
// the order of the addresses. Without an address there is one observation,
// skipped for no_address.
func Probe(ctx context.Context, n probe.Network, t probe.Target, op probe.Operation, ask Ask) []probe.Observation {
	if len(t.Addresses) == 0 {
		o := probe.Observe(op, t, time.Now())
		return []probe.Observation{o.Finish(time.Now(), probe.Skipped, probe.NoAddress, probe.ExchangeDetail{})}
	}
	list := make([]probe.Observation, len(t.Addresses))
	var group errgroup.Group
	group.SetLimit(maxParallel)
	for i, address := range t.Addresses {
		group.Go(func() error {
			list[i] = one(ctx, n, t, op, ask, address)
			return nil
		})
	}
	_ = group.Wait()
	return list
}

// worthExtending is how many lost probes of a sample make a larger one worth
// its packets: a dozen probes cannot tell one lost by chance from a bad line.
const worthExtending = 1

// lost counts probes that nothing came back for.
func lost(d probe.ExchangeDetail) int {
	n := 0
	for _, a := range d.Attempts {
		if a.Outcome == probe.Silent {
			n++
		}
	}
	return n
}

// merge adds a second sample, taken later by that much, to the first.
func merge(first, second probe.ExchangeDetail, later time.Duration) probe.ExchangeDetail {
	first.Sent += second.Sent
	first.Answered += second.Answered
	first.Garbage += second.Garbage
	first.RTTMS = append(first.RTTMS, second.RTTMS...)
	for _, a := range second.Attempts {
		a.AtMS += probe.Milliseconds(later)
		first.Attempts = append(first.Attempts, a)
	}
	return first
}

func one(
	ctx context.Context,
	n probe.Network,
	t probe.Target,
	op probe.Operation,
	ask Ask,
	address netip.Addr,
) probe.Observation {
	o := probe.Observe(op, t, time.Now())
	o.Address = address.String()
	q, complete := ask()
	to := netip.AddrPortFrom(address, t.Port)
	detail, outcome, failure := Exchange(ctx, n, to, q.Ask(t))
	if complete != nil {
		complete(&detail)
	}
	if outcome == probe.OK && lost(detail) >= worthExtending && t.Extend > 0 && ctx.Err() == nil {
		more := t
		more.Attempts = t.Extend
		began := time.Since(o.Start)
		q, _ := ask()
		second, _, _ := Exchange(ctx, n, to, q.Ask(more))
		detail = merge(detail, second, began)
	}
	return o.Finish(time.Now(), outcome, failure, detail)
}
