package probetest

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"wsdoctor/probe"
)

// DialUDP gives a connection whose datagrams meet the script of to.
func (n *Net) DialUDP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, "connect")
	}
	return &udpConn{
		net: n, key: Key{probe.UDP, to}, socket: n.socket(),
		arrive: make(chan arrival, 1024), closed: make(chan struct{}), moved: make(chan struct{}),
	}, nil
}

// arrival is one datagram or one error on its way to Read.
type arrival struct {
	data []byte
	err  error
}

type udpConn struct {
	net    *Net
	key    Key
	socket int
	arrive chan arrival
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	limit time.Time     // read deadline
	moved chan struct{} // closed and replaced when the deadline moves
}

func (c *udpConn) Write(b []byte) (int, error) {
	select {
	case <-c.closed:
		return 0, &probe.NetError{Op: "send", Failure: probe.Interrupted, Err: net.ErrClosed}
	default:
	}
	s := c.net.note(c.key, c.socket, b)
	if s.Local {
		return 0, s.Fail
	}
	if s.Fail != nil {
		c.later(s.Delay, arrival{err: s.Fail})
	}
	if s.Answer != nil {
		for _, reply := range s.Answer(append([]byte(nil), b...)) {
			c.later(s.Delay, arrival{data: reply})
		}
	}
	return len(b), nil
}

// later lets a arrive after d; a full queue loses it, as a full socket does.
func (c *udpConn) later(d time.Duration, a arrival) {
	time.AfterFunc(d, func() {
		select {
		case c.arrive <- a:
		default:
		}
	})
}

func (c *udpConn) Read(b []byte) (int, error) {
	for {
		c.mu.Lock()
		limit, moved := c.limit, c.moved
		c.mu.Unlock()
		var expire <-chan time.Time
		if !limit.IsZero() {
			timer := time.NewTimer(time.Until(limit))
			defer timer.Stop()
			expire = timer.C
		}
		select {
		case <-c.closed:
			return 0, &probe.NetError{Op: "receive", Failure: probe.Interrupted, Err: net.ErrClosed}
		case a := <-c.arrive:
			return copy(b, a.data), a.err
		case <-expire:
			return 0, &probe.NetError{Op: "receive", Failure: probe.Timeout, Err: os.ErrDeadlineExceeded}
		case <-moved:
		}
	}
}

// ReadFrom and WriteTo make the connection a net.PacketConn, by which a DNS
// library tells datagrams from a stream.
func (c *udpConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := c.Read(b)
	return n, c.RemoteAddr(), err
}

// WriteTo sends to the connected address, whatever address is given.
func (c *udpConn) WriteTo(b []byte, _ net.Addr) (int, error) { return c.Write(b) }

func (c *udpConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *udpConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = t
	close(c.moved)
	c.moved = make(chan struct{})
	return nil
}

func (c *udpConn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *udpConn) SetWriteDeadline(time.Time) error { return nil }
func (c *udpConn) LocalAddr() net.Addr              { return net.UDPAddrFromAddrPort(own) }
func (c *udpConn) RemoteAddr() net.Addr {
	return net.UDPAddrFromAddrPort(c.key.To)
}
