package socket

import (
	"context"
	"errors"
	"time"

	"wsdoctor/probe"
)

// hopper keeps nothing: every socket has an error queue of its own, which names
// who said no.
type hopper struct{}

func (hopper) hop(ctx context.Context, n *Net, q probe.HopQuestion) (probe.HopAnswer, bool) {
	ask := hopTCP
	if q.Transport == probe.UDP {
		ask = n.hopUDP
	}
	start := time.Now()
	a, err := ask(ctx, q)
	if err == nil {
		return a, true
	}
	var e *probe.NetError
	if !errors.As(err, &e) {
		e = fault(ctx, "connect", err, false)
	}
	return hopFailed(q, e, time.Since(start)), true
}

func hopTCP(ctx context.Context, q probe.HopQuestion) (probe.HopAnswer, error) {
	start := time.Now()
	c, err := connect(ctx, q.To, q.TTL, systemSegments)
	if err != nil {
		return probe.HopAnswer{}, err
	}
	rtt := time.Since(start)
	cut(c.TCPConn)
	return hopReached(q.To, probe.HopSYNACK, rtt), nil
}

func (n *Net) hopUDP(ctx context.Context, q probe.HopQuestion) (probe.HopAnswer, error) {
	conn, err := n.DialUDP(ctx, q.To)
	if err != nil {
		return probe.HopAnswer{}, err
	}
	defer conn.Close()
	raw, err := conn.(*udpConn).SyscallConn()
	if err != nil {
		return probe.HopAnswer{}, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = limit(int(fd), q.To.Addr().Is6(), q.TTL) })
	if err := errors.Join(err, failed); err != nil {
		return probe.HopAnswer{}, err
	}
	return exchange(ctx, conn, q)
}
