package tcp

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"wsdoctor/probe"
)

// ExpectSample as a target's Expect asks how many of many connects are answered:
// Target.Attempts of them in all (24), Target.Spacing apart (12 ms), in turn over
// the addresses.
const ExpectSample = "sample"

const (
	sampleAttempts = 24
	sampleSpacing  = 12 * time.Millisecond
	// sampleLimit ends a connect before the second after which systems send an
	// unanswered SYN again, which would hide the loss of the first.
	sampleLimit = 900 * time.Millisecond
)

// sample opens connections and gives one observation for each address: ok if any
// was answered, silent if none was. Detail.Sent and Detail.Answered count; a
// connect that somebody refused counts as answered too, because its SYN was not
// lost. A connection that stands is cut at once.
func sample(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	start := time.Now()
	limit, spacing := sampleAttempts, sampleSpacing
	if t.Attempts > 0 {
		limit = min(t.Attempts, maxAttempts)
	}
	if t.Spacing > 0 {
		spacing = time.Duration(t.Spacing)
	}
	attempts, sent := make([]probe.Attempt, limit), 0
	var all sync.WaitGroup
	tick := time.NewTicker(spacing)
	defer tick.Stop()
	for ; sent < limit && ctx.Err() == nil; sent++ {
		i, to := sent, netip.AddrPortFrom(t.Addresses[sent%len(t.Addresses)], t.Port)
		all.Go(func() { attempts[i] = once(ctx, n, to, start) })
		if sent == limit-1 {
			continue
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	all.Wait()
	var list []probe.Observation
	for i, address := range t.Addresses {
		o := probe.Observe(probe.TCPConnect, t, start)
		o.Address = address.String()
		var d probe.ConnectDetail
		for k := i; k < sent; k += len(t.Addresses) {
			d.Attempts = append(d.Attempts, attempts[k])
		}
		list = append(list, counted(o, d))
	}
	return list
}

// counted ends the observation of one address.
func counted(o probe.Observation, d probe.ConnectDetail) probe.Observation {
	for _, a := range d.Attempts {
		if a.Outcome != probe.NotRun {
			d.Sent++
		}
		if a.Outcome == probe.OK || a.Outcome == probe.Failed {
			d.Answered++
		}
	}
	now := time.Now()
	switch {
	case d.Answered > 0:
		return o.Finish(now, probe.OK, "", d)
	case d.Sent == 0:
		return o.Finish(now, probe.NotRun, "", d)
	}
	return o.Finish(now, probe.Silent, probe.Timeout, d)
}

// once is one connect of a sample.
func once(run context.Context, n probe.Network, to netip.AddrPort, start time.Time) probe.Attempt {
	began := time.Now()
	ctx, cancel := context.WithTimeout(run, min(max(n.RTT().Silence(), samplePatience), sampleLimit))
	defer cancel()
	c, err := n.DialTCP(ctx, to)
	a := probe.Attempt{
		AtMS:      probe.Milliseconds(began.Sub(start)),
		ElapsedMS: probe.Milliseconds(time.Since(began)),
		Outcome:   probe.OK,
	}
	if err == nil {
		if abrupt, can := c.(interface{ SetLinger(int) error }); can {
			_ = abrupt.SetLinger(0) // a farewell would cost two packets, and more where they are lost
		}
		c.Close()
		return a
	}
	a.Outcome, a.Failure = probe.Failed, probe.UnknownFailure
	if failed := (*probe.NetError)(nil); errors.As(err, &failed) {
		a.Failure = failed.Failure
	}
	switch {
	case run.Err() != nil:
		a.Outcome, a.Failure = probe.NotRun, ""
	case a.Failure == probe.Timeout, a.Failure == probe.Interrupted:
		a.Outcome, a.Failure = probe.Silent, probe.Timeout
	}
	return a
}

// samplePatience is the least that a connect of a sample is given.
const samplePatience = 300 * time.Millisecond
