package socket

import (
	"context"
	"net"
	"net/netip"
	"time"

	"wsdoctor/probe"
)

// Every Hop has a socket of its own, for TCP and UDP alike. One UDP flow for
// all lifetimes would keep them on one path where routers share load by port
// numbers, but an error message would then have to say by its quotation which
// datagram it is about, and some routers quote no more than 8 bytes of it: the
// ports, which name the socket. TCP cannot have one flow, because two sockets
// cannot share ports towards one target. The price: behind load sharing the
// hops of one sweep need not lie on one path.

// systemLifetime leaves the system's own TTL or hop limit.
const systemLifetime = 0

// Hop sends one SYN, or one datagram, with a limited lifetime, and waits until
// ctx ends for what a router, the target or this computer says of it. A
// connection that stands is cut by a reset. The system repeats an unanswered SYN
// after a second, so a ctx that lasts longer may send more than one packet.
//
// ok is false where this system does not let an ordinary user know who
// answered, and for a question that cannot be asked.
func (n *Net) Hop(ctx context.Context, q probe.HopQuestion) (probe.HopAnswer, bool) {
	_, q.To = family(q.To)
	if !q.To.IsValid() || q.To.Port() == 0 || q.TTL < 1 || q.TTL > 255 ||
		(q.Transport != probe.TCP && q.Transport != probe.UDP) {
		return probe.HopAnswer{}, false
	}
	if ctx.Err() != nil {
		return probe.HopAnswer{Kind: probe.HopSilent}, true
	}
	return n.hopper.hop(ctx, n, q)
}

// hopReached is the answer of the target itself to a connect or a datagram.
func hopReached(to netip.AddrPort, kind probe.HopKind, rtt time.Duration) probe.HopAnswer {
	return probe.HopAnswer{Kind: kind, From: to.Addr().Unmap(), RTT: rtt}
}

// hopFailed turns a failed connect, send or receive into an answer.
func hopFailed(q probe.HopQuestion, e *probe.NetError, rtt time.Duration) probe.HopAnswer {
	to := q.To.Addr().Unmap()
	a := probe.HopAnswer{Failure: e.Failure, ICMP: e.ICMP, RTT: rtt}
	if e.ICMP != nil {
		a.From = e.ICMP.Offender
	}
	switch {
	case e.Failure == probe.TTLExceeded: // by whom, not every system tells
		a.Kind = probe.HopExpired
	case e.ICMP != nil && (!e.ICMP.OwnHost || e.ICMP.Offender == to):
		a.Kind = probe.HopICMP
	case e.ICMP == nil && (e.Failure == probe.ConnectionRefused || e.Failure == probe.ConnectionReset):
		a.Kind, a.From = probe.HopRST, to
		if q.Transport == probe.UDP { // port unreachable, whose sender the system keeps to itself
			a.Kind, a.From = probe.HopICMP, netip.Addr{}
		}
	case e.ICMP == nil && (e.Failure == probe.Timeout || e.Failure == probe.Interrupted):
		return probe.HopAnswer{Kind: probe.HopSilent}
	default:
		// No message from outside is left: this computer's firewall, policy,
		// routes or neighbour table said no, or it could not open a socket.
		a.Kind, a.RTT = probe.HopLocal, 0
	}
	return a
}

// exchange sends the datagram and waits for a reply or an error.
func exchange(ctx context.Context, conn net.Conn, q probe.HopQuestion) (probe.HopAnswer, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(past) })
	defer stop()
	start := time.Now()
	if _, err := conn.Write(q.Payload); err != nil {
		return probe.HopAnswer{}, err
	}
	if _, err := conn.Read(make([]byte, maxReply)); err != nil {
		return probe.HopAnswer{}, err
	}
	return hopReached(q.To, probe.HopReply, time.Since(start)), nil
}

// maxReply bounds a datagram that comes back; more of it is cut off, since only
// its coming counts.
const maxReply = 64

// cut closes a connection at once by a reset (SO_LINGER 0). It was only opened
// to learn who accepts; a farewell with its acknowledgements would cost two more
// packets, and would leave both ends waiting where it does not arrive. Where the
// system holds back the acknowledgement of the handshake, as Linux is asked to,
// the reset takes its place, and the program that listens sees no connection.
func cut(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
