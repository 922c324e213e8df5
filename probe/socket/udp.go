package socket

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"wsdoctor/probe"
)

// DialUDP opens a connected UDP socket. It sends nothing. Errors of Write and
// Read are *probe.NetError and name the ICMP sender where the system tells.
//
// Write fails only for reasons of this computer. The error of an earlier
// datagram, which the system reports on the next send, is kept for Read.
func (n *Net) DialUDP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return n.DialUDPWith(ctx, to, probe.UDPOptions{})
}

// DialUDPWith is DialUDP with options: see probe.UDPDialer.
func (n *Net) DialUDPWith(ctx context.Context, to netip.AddrPort, o probe.UDPOptions) (net.Conn, error) {
	suffix, to := family(to)
	if !to.IsValid() || to.Port() == 0 { // sending to port 0 fails like a blackhole route
		return nil, noAddress(to)
	}
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		if err := prepareUDP(raw, suffix == "6"); err != nil || !o.Whole {
			return err
		}
		return forbidFragments(raw, suffix == "6")
	}}
	if o.LocalPort != 0 {
		d.LocalAddr = &net.UDPAddr{Port: int(o.LocalPort)}
	}
	conn, err := d.DialContext(ctx, "udp"+suffix, to.String())
	if err != nil {
		e := fault(ctx, "connect", err, true)
		if f, told := optionFailure(err); told {
			e.Failure = f
		}
		if a := to.Addr(); a.Is6() && a.IsLinkLocalUnicast() && a.Zone() == "" {
			e.Failure = probe.AddressNotAvailable // gives the number of a blackhole route
		}
		return nil, e
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		conn.Close()
		return nil, &probe.NetError{Op: "connect", Failure: probe.UnknownFailure, Err: net.UnknownNetworkError("udp")}
	}
	finishUDP(udp)
	return &udpConn{UDPConn: udp}, nil
}

// maxPending bounds the errors kept for Read.
const maxPending = 64

// udpConn is a connected UDP socket with classified errors.
type udpConn struct {
	*net.UDPConn

	mu      sync.Mutex
	pending []*probe.NetError // ICMP errors nobody has read yet, oldest first
	limit   time.Time         // read deadline that the user set
}

// sendTries bounds how often one datagram is handed to the system.
const sendTries = 4

// Write sends one datagram. A pending ICMP error fails the next send of a
// socket, whatever is sent: that is the answer to an earlier datagram, so it is
// kept for Read and the send is done again. One more try is also made when the
// error has no explanation, because a Read at the same moment may have taken it.
func (c *udpConn) Write(b []byte) (int, error) {
	for try := 1; ; try++ {
		n, err := c.UDPConn.Write(b)
		if err == nil {
			return n, nil
		}
		local, earlier := sendError(c.UDPConn, err)
		for _, e := range earlier {
			c.keep(e)
		}
		switch {
		case local != nil:
			return n, local
		case try < sendTries && (len(earlier) > 0 || try == 1):
		case len(earlier) > 0:
			return n, earlier[len(earlier)-1]
		default:
			return n, fault(context.Background(), "send", err, true)
		}
	}
}

// sendError sorts what a failed send may mean: a refusal by this computer,
// which its firewall may have explained with an ICMP error of its own (a REJECT
// rule gives EPERM and a queue entry), and errors of earlier datagrams.
func sendError(c *net.UDPConn, err error) (local *probe.NetError, earlier []*probe.NetError) {
	var errno syscall.Errno
	if errors.As(err, &errno) && neverFromAfar[errno] {
		local = fault(context.Background(), "send", err, true)
	}
	for _, e := range queued(c, err) {
		if local != nil && local.ICMP == nil && e.ICMP != nil && e.ICMP.OwnHost {
			local.ICMP = e.ICMP
			continue
		}
		earlier = append(earlier, e)
	}
	return local, earlier
}

// keep puts an error aside for Read and wakes a Read that already waits: the
// system has told the error to the sender and will not tell it again.
func (c *udpConn) keep(e *probe.NetError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) < maxPending {
		c.pending = append(c.pending, e)
	}
	_ = c.UDPConn.SetReadDeadline(past)
}

// Read gives one datagram or one error. A datagram larger than b is cut, or an
// error with failure message_size where the system does not cut.
func (c *udpConn) Read(b []byte) (int, error) {
	for {
		if e := c.next(); e != nil {
			return 0, e
		}
		n, err := c.UDPConn.Read(b)
		if err == nil {
			return n, nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if c.expired() {
				return 0, fault(context.Background(), "receive", err, false)
			}
			continue // keep woke us, or the deadline moved
		}
		for _, e := range queued(c.UDPConn, err) {
			c.keep(e)
		}
		if e := c.next(); e != nil {
			return n, e
		}
		return n, explain("receive", err)
	}
}

// next takes the oldest error put aside, and restores the user's deadline once
// there is none.
func (c *udpConn) next() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var e error
	if len(c.pending) > 0 {
		e, c.pending = c.pending[0], c.pending[1:]
	}
	if len(c.pending) == 0 {
		_ = c.UDPConn.SetReadDeadline(c.limit)
	}
	return e
}

// expired tells a deadline that has come from one that keep moved.
func (c *udpConn) expired() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pending) == 0 && !c.limit.IsZero() && !time.Now().Before(c.limit)
}

// SetReadDeadline sets when Read gives up with generic_timeout_error.
func (c *udpConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = t
	if len(c.pending) > 0 {
		return nil // the next Read sets it
	}
	return c.UDPConn.SetReadDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *udpConn) SetDeadline(t time.Time) error {
	if err := c.SetWriteDeadline(t); err != nil {
		return err
	}
	return c.SetReadDeadline(t)
}
