//go:build linux || darwin

package socket

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// How long after a socket's own error the ICMP message that may explain it is
// awaited, where the two come by different ways. Without it the error would be
// laid to this computer, so an error that routers cause is given the time in
// which even a busy computer hands the message over.
const (
	grace     = 20 * time.Millisecond
	longGrace = 300 * time.Millisecond
)

// graceFor gives the one for an error. A refused connect is most often a reset,
// which no message explains.
func graceFor(f probe.Failure, t probe.Transport) time.Duration {
	switch {
	case f == probe.HostUnreachable, f == probe.NetworkUnreachable, f == probe.ConnectionRefused && t == probe.UDP:
		return longGrace
	}
	return grace
}

// ended is how the probe's own socket ended.
type ended struct {
	answer probe.HopAnswer
	err    error
	after  time.Duration
}

// hop does the work of Hop where routers are heard by another socket than the
// one that sends, which open makes. ok is false where it cannot be had.
func (s *ears) hop(ctx context.Context, q probe.HopQuestion, open func(v6 bool) (int, error)) (probe.HopAnswer, bool) {
	e, back, err := s.lend(q.To.Addr().Is6(), open)
	if err != nil {
		return probe.HopAnswer{}, false
	}
	defer back()
	w, stop := e.listen(q)
	defer stop()

	ctx, cancel := context.WithCancel(ctx)
	own := make(chan ended, 1)
	sender := sender{q: q}
	start := time.Now()
	go func() {
		a, err := sender.send(ctx)
		own <- ended{a, err, time.Since(start)}
	}()
	defer func() { // no goroutine outlives the call
		cancel()
		if own != nil {
			<-own
		}
	}()
	for {
		select {
		case h := <-w.heard:
			if h.port == sender.port() {
				return overheard(q, h, time.Since(start)), true
			}
		case end := <-own:
			own = nil
			if end.err == nil {
				return end.answer, true
			}
			if ctx.Err() != nil {
				return probe.HopAnswer{Kind: probe.HopSilent}, true
			}
			failed := fault(ctx, "connect", end.err, end.after < immediate)
			explain, done := context.WithTimeout(ctx, graceFor(failed.Failure, q.Transport))
			defer done()
			if h, ok := w.await(explain, sender.port()); ok {
				return overheard(q, h, end.after), true
			}
			return hopFailed(q, failed, end.after), true
		}
	}
}

// overheard is an ICMP message as an answer.
func overheard(q probe.HopQuestion, h quote, rtt time.Duration) probe.HopAnswer {
	icmp := h.icmp
	icmp.OwnHost = isOwnAddress(icmp.Offender)
	return hopFailed(q, &probe.NetError{Op: "receive", Failure: h.failure, ICMP: &icmp}, rtt)
}

// sender is the socket of one probe.
type sender struct {
	q     probe.HopQuestion
	local atomic.Uint32
}

// port is the socket's own, 0 until it is known, which is before it sends.
func (s *sender) port() uint16 { return uint16(s.local.Load()) }

// send connects, or sends the datagram, and waits for the target's own answer.
func (s *sender) send(ctx context.Context) (probe.HopAnswer, error) {
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) { failed = s.prepare(int(fd)) })
		return errors.Join(err, failed)
	}}
	suffix, to := family(s.q.To)
	start := time.Now()
	conn, err := d.DialContext(ctx, string(s.q.Transport)+suffix, to.String())
	if err != nil {
		return probe.HopAnswer{}, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		rtt := time.Since(start)
		cut(tcp)
		return hopReached(to, probe.HopSYNACK, rtt), nil
	}
	defer conn.Close()
	return exchange(ctx, conn, s.q)
}

// prepare limits the lifetime, and binds the socket to a port of the system's
// choice, so that the port is known before a router can speak of it.
func (s *sender) prepare(fd int) error {
	v6 := s.q.To.Addr().Is6()
	if err := limit(fd, v6, s.q.TTL); err != nil {
		return err
	}
	var any unix.Sockaddr = &unix.SockaddrInet4{}
	if v6 {
		any = &unix.SockaddrInet6{}
	}
	if err := unix.Bind(fd, any); err != nil {
		return err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return err
	}
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		s.local.Store(uint32(a.Port))
	case *unix.SockaddrInet6:
		s.local.Store(uint32(a.Port))
	}
	return nil
}
