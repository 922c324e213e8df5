package tcp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"wsdoctor/probe"
)

// maxError is how many runes of the system's words are kept.
const maxError = 200

// end is how one connect ended.
type end struct {
	attempt int
	at      time.Time
	conn    net.Conn
	err     *probe.NetError // nil if conn stands
}

// try is one connect.
type try struct {
	at  time.Time
	end end // zero: still waited for
}

func (t try) over() bool { return !t.end.at.IsZero() }

// rst tells a refusal that came as an RST, which names nobody, from one that
// came as an ICMP error.
func rst(e *probe.NetError) bool { return e.Failure == probe.ConnectionRefused && e.ICMP == nil }

// asking is the state of the connects to one address.
type asking struct {
	n       probe.Network
	to      netip.AddrPort
	limit   int
	spacing time.Duration
	start   time.Time
	ends    chan end
	wait    sync.WaitGroup

	tries []try
	rtt   time.Duration   // of the connect that stands, as the system measured it; 0 where it does not tell
	said  *probe.NetError // the no that decides, unless a connect stands
	again bool            // a second asking is due
}

// connect asks one address until a connect stands, a no is certain, or nothing
// came for n.RTT().Silence() after the last SYN. Outcomes: ok, failed, silent,
// and not-run if ctx was cancelled before any of these could be said. The
// connection is nil unless the outcome is ok.
func connect(
	ctx context.Context,
	n probe.Network,
	t probe.Target,
	to netip.AddrPort,
) (probe.ConnectDetail, probe.Outcome, probe.Failure, net.Conn) {
	a := &asking{n: n, to: to, limit: defaultAttempts, spacing: defaultSpacing, start: time.Now()}
	if t.Attempts > 0 {
		a.limit = min(t.Attempts, maxAttempts)
	}
	if t.Spacing > 0 {
		a.spacing = time.Duration(t.Spacing)
	}
	a.ends = make(chan end, a.limit+1) // one more for the second asking: nobody ever waits to report
	inner, cancel := context.WithCancel(ctx)
	conn := a.run(inner)
	cancel()
	a.wait.Wait()
	first := a.sweep(&conn)
	detail, outcome, failure := a.result(ctx, conn)
	if outcome == probe.Silent && first.err != nil && first.err.TCP != nil &&
		first.at.Sub(a.tries[0].at) >= probe.SYNRepeated {
		dropped := first.err.TCP.HostDropped()
		detail.HostDropped = &dropped
	}
	return detail, outcome, failure, conn
}

// run connects until something is certain, and gives the connection if one
// stands.
func (a *asking) run(ctx context.Context) net.Conn {
	next := time.NewTimer(0)
	defer next.Stop()
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-next.C:
			a.again = false
			a.dial(ctx)
			if a.said == nil && len(a.tries) < a.limit {
				next.Reset(a.spacing)
			}
		case e := <-a.ends:
			a.tries[e.attempt].end = e
			switch {
			case e.err == nil:
				took := e.at.Sub(a.tries[e.attempt].at)
				if rtt, told := probe.KernelRTT(a.n, e.conn); told && rtt <= took {
					a.rtt, took = rtt, rtt
				}
				if took < firstSYN {
					a.n.RTT().Learn(took)
				}
				return e.conn
			case ctx.Err() != nil: // it is the context's end that it reports
				a.tries[e.attempt].end = end{}
			case e.err.Failure == probe.Timeout || e.err.Failure == probe.Interrupted:
				// the system gave up on this one; the others are still awaited
			case !rst(e.err):
				a.said = e.err
				return nil
			case a.said != nil: // refused twice
				return nil
			default:
				a.said = e.err
				next.Stop()
				if a.again = e.attempt == len(a.tries)-1; a.again {
					next.Reset(secondAsking) // else a later one is on its way already
				}
			}
		case <-tick.C:
		}
		if a.finished() {
			return nil
		}
	}
	return nil
}

// dial starts one connect.
func (a *asking) dial(ctx context.Context) {
	i := len(a.tries)
	a.tries = append(a.tries, try{at: time.Now()})
	a.wait.Go(func() {
		c, err := a.n.DialTCP(ctx, a.to)
		e := end{attempt: i, at: time.Now(), conn: c}
		if err != nil && !errors.As(err, &e.err) {
			e.err = &probe.NetError{Op: "connect", Failure: probe.UnknownFailure, Err: err}
		}
		a.ends <- e
	})
}

// waiting tells whether a connect has not ended.
func (a *asking) waiting() bool {
	for _, t := range a.tries {
		if !t.over() {
			return true
		}
	}
	return false
}

// finished tells whether silence may be said of what is still awaited: nothing
// more is to be sent, and the last was sent long enough ago; the first so long ago
// that a refusal would have been told, where the system takes its time to tell.
func (a *asking) finished() bool {
	if len(a.tries) == 0 || a.again || (a.said == nil && len(a.tries) < a.limit) {
		return false
	}
	last := a.tries[len(a.tries)-1]
	patience := a.n.RTT().Silence()
	told := time.Since(a.tries[0].at) >= patience+probe.RefusalDelay(a.n)
	return !a.waiting() || told && time.Since(last.at) >= patience
}

// sweep takes in the connects that ended while the others were cancelled, so
// that no connection stays open. It gives the end of the first, if it was one.
func (a *asking) sweep(kept *net.Conn) (first end) {
	for {
		select {
		case e := <-a.ends:
			if e.attempt == 0 {
				first = e
			}
			if e.conn == nil {
				continue
			}
			a.tries[e.attempt].end = e
			if *kept == nil {
				*kept = e.conn
			} else {
				e.conn.Close()
			}
		default:
			return first
		}
	}
}

// result writes down how it ended.
func (a *asking) result(ctx context.Context, conn net.Conn) (probe.ConnectDetail, probe.Outcome, probe.Failure) {
	var d probe.ConnectDetail
	now := time.Now()
	cut := conn != nil || a.said != nil || ctx.Err() == context.Canceled
	for _, t := range a.tries {
		attempt := a.attempt(t, now, cut)
		if attempt.Outcome == probe.OK && t.end.at.Sub(t.at) < firstSYN {
			d.RTTMS = attempt.ElapsedMS
		}
		d.Attempts = append(d.Attempts, attempt)
	}
	if a.rtt > 0 {
		d.RTTMS, d.RTTSource = probe.Milliseconds(a.rtt), probe.RTTKernel
	}
	if a.said != nil {
		d.ICMP, d.Error = a.said.ICMP, probe.Clean(a.said.Error(), maxError)
	}
	d.Unclear = conn == nil && a.said != nil && a.said.Unclear
	switch {
	case conn != nil:
		d.Local = conn.LocalAddr().String()
		return d, probe.OK, ""
	case a.said != nil:
		return d, probe.Failed, a.said.Failure
	case ctx.Err() == context.Canceled, len(a.tries) == 0:
		return d, probe.NotRun, ""
	}
	return d, probe.Silent, probe.Timeout
}

// attempt is one connect's end. One that was given up because another decided,
// before silence could be said of it, is not-run: it must not be counted as
// lost.
func (a *asking) attempt(t try, now time.Time, cut bool) probe.Attempt {
	at := probe.Attempt{AtMS: probe.Milliseconds(t.at.Sub(a.start))}
	if t.over() {
		at.ElapsedMS = probe.Milliseconds(t.end.at.Sub(t.at))
		switch {
		case t.end.err == nil:
			at.Outcome = probe.OK
		case t.end.err.Failure == probe.Timeout:
			at.Outcome, at.Failure = probe.Silent, probe.Timeout
		default:
			at.Outcome, at.Failure = probe.Failed, t.end.err.Failure
		}
		return at
	}
	at.ElapsedMS = probe.Milliseconds(now.Sub(t.at))
	if cut && now.Sub(t.at) < a.n.RTT().Silence() {
		at.Outcome = probe.NotRun
	} else {
		at.Outcome, at.Failure = probe.Silent, probe.Timeout
	}
	return at
}
