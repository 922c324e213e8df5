package probetest

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"wsdoctor/probe"
)

var (
	_ probe.UDPDialer     = (*Net)(nil)
	_ probe.TCPInspector  = (*Net)(nil)
	_ probe.SegmentDialer = (*Net)(nil)
	_ probe.LateRefuser   = (*Net)(nil)
	_ probe.RTTInspector  = (*Net)(nil)
)

// DialTCPSegments dials the script for small segments, where there is one, and
// the ordinary one otherwise.
func (n *Net) DialTCPSegments(ctx context.Context, to netip.AddrPort, mss int) (net.Conn, error) {
	if n.Small != nil {
		return n.Small.DialTCP(ctx, to)
	}
	return n.DialTCP(ctx, to)
}

// Path is a narrow link that datagrams sent whole meet.
type Path struct {
	MTU  int              // bytes of an IP packet; larger ones are lost; 0 for no limit
	ICMP *probe.ICMPError // and this is said of them, in no time; nil for a black hole
}

// TCPInfo tells what Info tells.
func (n *Net) TCPInfo(c net.Conn) (probe.TCPInfo, bool) {
	tcp, ours := c.(*tcpConn)
	if !ours || n.Info == nil {
		return probe.TCPInfo{}, false
	}
	return n.Info(tcp.remote.(*net.TCPAddr).AddrPort())
}

// RefusalDelay is Late. What a script refuses comes after its own delay.
func (n *Net) RefusalDelay() time.Duration { return n.Late }

// SystemRTT tells what Trip tells.
func (n *Net) SystemRTT(c net.Conn) (time.Duration, bool) {
	tcp, ours := c.(*tcpConn)
	if !ours || n.Trip == nil {
		return 0, false
	}
	return n.Trip(tcp.remote.(*net.TCPAddr).AddrPort())
}

// DialUDPWith gives a connection as DialUDP does, that comes from the local port
// and keeps to Link and Path if datagrams are to be whole.
func (n *Net) DialUDPWith(ctx context.Context, to netip.AddrPort, o probe.UDPOptions) (net.Conn, error) {
	if slices.Contains(n.Taken, o.LocalPort) {
		return nil, &probe.NetError{Op: "connect", Failure: probe.AddressNotAvailable, Err: errors.New("address already in use")}
	}
	c, err := n.DialUDP(ctx, to)
	if err != nil {
		return nil, err
	}
	return &optionConn{c.(*udpConn), o}, nil
}

type optionConn struct {
	*udpConn
	o probe.UDPOptions
}

func (c *optionConn) LocalAddr() net.Addr {
	local := own
	if c.o.LocalPort != 0 {
		local = netip.AddrPortFrom(own.Addr(), c.o.LocalPort)
	}
	return net.UDPAddrFromAddrPort(local)
}

// Sizes in bytes of the headers before a datagram (RFC 791, 8200, 768).
const (
	headers4 = 20 + 8
	headers6 = 40 + 8
)

func (c *optionConn) Write(b []byte) (int, error) {
	size := len(b) + headers4
	if c.key.To.Addr().Is6() {
		size = len(b) + headers6
	}
	tooLarge := func(i probe.ICMPError) *probe.NetError {
		return &probe.NetError{Op: "send", Failure: probe.MessageSize, ICMP: &i, Err: errors.New("message too long")}
	}
	switch path := c.net.Path; {
	case !c.o.Whole:
	case c.net.Link > 0 && size > c.net.Link:
		return 0, tooLarge(probe.ICMPError{OwnHost: true, MTU: c.net.Link})
	case path.MTU > 0 && size > path.MTU:
		c.net.note(c.key, c.socket, b)
		if path.ICMP != nil {
			c.later(0, arrival{err: tooLarge(*path.ICMP)})
		}
		return len(b), nil
	}
	return c.udpConn.Write(b)
}
