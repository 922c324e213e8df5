package ldap

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"wsdoctor/probe"
)

// How a port is connected to. Fresh sockets a little apart see in milliseconds
// what one socket's own SYN timer sees after a second.
const (
	defaultAttempts = 3
	maxAttempts     = 8
	defaultSpacing  = 50 * time.Millisecond
	// recheck is how often the patience is looked up while waiting, because
	// another prober may learn the round-trip time meanwhile.
	recheck = 25 * time.Millisecond
	// firstSYN is below the second after which systems send a SYN again. A
	// connect that took longer does not measure the round trip.
	firstSYN = 900 * time.Millisecond
	// enoughRefusals is how many RSTs decide: one may be forged or odd.
	enoughRefusals = 2
)

// errSilence is the end of a wait in which nothing came.
var errSilence = &probe.NetError{Op: "receive", Failure: probe.Timeout, Err: errors.New("no answer")}

// end is how one connect ended.
type end struct {
	conn net.Conn
	err  error
	took time.Duration
}

// dialling is the state of the connects to one address.
type dialling struct {
	n       probe.Network
	to      netip.AddrPort
	limit   int
	spacing time.Duration
	ends    chan end
	wait    sync.WaitGroup

	first, last time.Time // when the first and the latest were sent
	sent, ended int
	refused     int
	said        error // the no that decides, unless a connect stands
	standing    net.Conn
}

// connect opens sockets until one stands, a no is certain, or nothing came for
// n.RTT().Silence() after the last SYN. The error is a *probe.NetError.
func connect(ctx context.Context, n probe.Network, t probe.Target, to netip.AddrPort) (net.Conn, error) {
	d := &dialling{n: n, to: to, limit: defaultAttempts, spacing: defaultSpacing}
	if t.Attempts > 0 {
		d.limit = min(t.Attempts, maxAttempts)
	}
	if t.Spacing > 0 {
		d.spacing = time.Duration(t.Spacing)
	}
	d.ends = make(chan end, d.limit) // nobody ever waits to report
	inner, cancel := context.WithCancel(ctx)
	d.run(inner)
	cancel()
	d.wait.Wait()
	d.sweep()
	switch {
	case d.standing != nil:
		return d.standing, nil
	case d.said != nil:
		return nil, d.said
	}
	return nil, errSilence
}

func (d *dialling) run(ctx context.Context) {
	next := time.NewTimer(0)
	defer next.Stop()
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-next.C:
			if d.dial(ctx); d.sent < d.limit {
				next.Reset(d.spacing)
			}
		case e := <-d.ends:
			d.ended++
			if ctx.Err() == nil && d.decides(e) {
				return
			}
		case <-tick.C:
		}
		patience := d.n.RTT().Silence()
		told := time.Since(d.first) >= patience+probe.RefusalDelay(d.n)
		if d.sent == d.limit && (d.ended == d.sent || told && time.Since(d.last) >= patience) {
			return
		}
	}
}

// dial starts one connect.
func (d *dialling) dial(ctx context.Context) {
	d.sent++
	if d.last = time.Now(); d.sent == 1 {
		d.first = d.last
	}
	at := d.last
	d.wait.Go(func() {
		c, err := d.n.DialTCP(ctx, d.to)
		d.ends <- end{c, err, time.Since(at)}
	})
}

// decides takes in the end of a connect and says whether it is the last word.
func (d *dialling) decides(e end) bool {
	if e.err == nil {
		if d.standing = e.conn; e.took < firstSYN {
			d.n.RTT().Learn(e.took)
		}
		return true
	}
	var said *probe.NetError
	rst := errors.As(e.err, &said) && said.Failure == probe.ConnectionRefused && said.ICMP == nil
	switch f := failureOf(e.err); {
	case f == probe.Timeout || f == probe.Interrupted:
		return false // the system gave up on this one; the others are still awaited
	case rst:
		d.said, d.refused = e.err, d.refused+1
		return d.refused == enoughRefusals
	}
	d.said = e.err
	return true
}

// sweep takes in the connects that ended while the others were cancelled, so
// that no connection stays open.
func (d *dialling) sweep() {
	for {
		select {
		case e := <-d.ends:
			switch {
			case e.conn == nil:
			case d.standing == nil:
				d.standing = e.conn
			default:
				e.conn.Close()
			}
		default:
			return
		}
	}
}

// failureOf names the failure behind an error of a connection.
func failureOf(err error) probe.Failure {
	var netErr *probe.NetError
	switch {
	case errors.As(err, &netErr) && netErr.Failure != "":
		return netErr.Failure
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return probe.EOF
	}
	return probe.UnknownFailure
}

// conclude turns the error of a question into an outcome and notes it in d.
func conclude(ctx context.Context, err error, d *probe.LDAPDetail) (probe.Outcome, probe.Failure) {
	var netErr *probe.NetError
	if errors.As(err, &netErr) {
		d.ICMP = netErr.ICMP
	}
	if d.Error == "" && err != errSilence {
		d.Error = probe.Clean(err.Error(), maxError)
	}
	switch f := failureOf(err); {
	case f != probe.Timeout && f != probe.Interrupted:
		return probe.Failed, f
	case errors.Is(ctx.Err(), context.Canceled):
		return probe.NotRun, ""
	}
	return probe.Silent, probe.Timeout
}
