package main

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"wsdoctor/probe"
)

// sockets is what the persona stands on: this system's own sockets.
type sockets interface {
	probe.Network
	probe.HopAsker
	probe.UDPDialer
}

// network is sockets with fewer abilities. It embeds nothing, so that no ability of
// the system below shows through unasked.
type network struct {
	abilities
	below sockets
}

var (
	_ probe.Network   = network{}
	_ probe.HopAsker  = network{}
	_ probe.UDPDialer = network{}

	_ probe.LateRefuser = network{}
)

// over gives the system's abilities over sockets of this one.
func (a abilities) over(below sockets) probe.Network { return network{a, below} }

func (n network) Resolve(ctx context.Context, network, host string) ([]netip.Addr, error) {
	return n.below.Resolve(ctx, network, host)
}

func (n network) ResolveTXT(ctx context.Context, host string) ([]string, error) {
	return n.below.ResolveTXT(ctx, host)
}

func (n network) Roots() *x509.CertPool { return n.below.Roots() }

func (n network) RTT() *probe.RTT { return n.below.RTT() }

// DialTCP connects. An error that the system would not hear of lasts as long as
// the caller waits, as silence does; a reset comes late where the system insists.
func (n network) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	c, err := n.below.DialTCP(ctx, to)
	if err == nil {
		return n.wrap(c, probe.TCP), nil
	}
	e := n.told(err, probe.TCP)
	switch {
	case e == nil:
		return nil, outwaited(ctx)
	case e.Failure == probe.ConnectionRefused && icmpOf(err) == nil && n.insists > 0:
		select {
		case <-time.After(n.insists):
		case <-ctx.Done():
			return nil, outwaited(ctx)
		}
	}
	e.Unclear = n.unclear && e.Failure == probe.ConnectionRefused
	return nil, e
}

// RefusalDelay is how late the system tells a refusal.
func (n network) RefusalDelay() time.Duration { return n.insists }

// outwaited is the end of a connect that nothing answered.
func outwaited(ctx context.Context) *probe.NetError {
	<-ctx.Done()
	failure := probe.Timeout
	if errors.Is(ctx.Err(), context.Canceled) {
		failure = probe.Interrupted
	}
	return &probe.NetError{Op: "connect", Failure: failure, Err: ctx.Err()}
}

func (n network) DialUDP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return n.DialUDPWith(ctx, to, probe.UDPOptions{})
}

// DialUDPWith cannot send datagrams whole.
func (n network) DialUDPWith(ctx context.Context, to netip.AddrPort, o probe.UDPOptions) (net.Conn, error) {
	if o.Whole {
		return nil, &probe.NetError{Op: "connect", Failure: probe.Unsupported, Err: errors.ErrUnsupported}
	}
	c, err := n.below.DialUDPWith(ctx, to, o)
	if err != nil {
		if e := n.told(err, probe.UDP); e != nil {
			err = e
		}
		return nil, err
	}
	return n.wrap(c, probe.UDP), nil
}

// Hop tells of what the system tells of.
func (n network) Hop(ctx context.Context, q probe.HopQuestion) (probe.HopAnswer, bool) {
	if !slices.Contains(n.hops, q.Transport) {
		return probe.HopAnswer{}, false
	}
	a, ok := n.below.Hop(ctx, q)
	if !slices.Contains(n.nameless, q.Transport) || a.ICMP == nil || a.ICMP.OwnHost {
		return a, ok
	}
	if a.Kind != probe.HopExpired && n.heard(q.Transport, *a.ICMP) == "" {
		<-ctx.Done()
		return probe.HopAnswer{Kind: probe.HopSilent}, ok
	}
	a.From, a.ICMP = netip.Addr{}, nil
	return a, ok
}

// told is an error as the system would tell it; nil for none.
func (n network) told(err error, t probe.Transport) *probe.NetError {
	var e *probe.NetError
	if !errors.As(err, &e) {
		return &probe.NetError{Op: "receive", Failure: probe.UnknownFailure, Err: err}
	}
	same := &probe.NetError{Op: e.Op, Failure: e.Failure, Err: e.Err}
	if e.ICMP == nil || e.ICMP.OwnHost {
		return same
	}
	if same.Failure = n.heard(t, *e.ICMP); same.Failure == "" {
		return nil
	}
	return same
}

func icmpOf(err error) *probe.ICMPError {
	var e *probe.NetError
	if errors.As(err, &e) {
		return e.ICMP
	}
	return nil
}

// conn is a connection whose errors are those of the system.
type conn struct {
	net.Conn
	n         network
	transport probe.Transport
}

func (n network) wrap(c net.Conn, t probe.Transport) net.Conn { return &conn{c, n, t} }

// Read goes on waiting where the system would not have heard of an error.
func (c *conn) Read(b []byte) (int, error) {
	for {
		size, err := c.Conn.Read(b)
		if icmpOf(err) == nil {
			return size, err
		}
		if e := c.n.told(err, c.transport); e != nil {
			return size, e
		}
	}
}

func (c *conn) Write(b []byte) (int, error) {
	size, err := c.Conn.Write(b)
	if icmpOf(err) == nil {
		return size, err
	}
	if e := c.n.told(err, c.transport); e != nil {
		return size, e
	}
	return len(b), nil // it was sent, and the system heard nothing of it
}
