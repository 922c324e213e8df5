package probetest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"wsdoctor/probe"
)

// own is the address every scripted connection is said to come from.
var own = netip.MustParseAddrPort("192.168.50.10:40000")

// DialTCP behaves as the script of to says.
func (n *Net) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, "connect")
	}
	s := n.note(Key{probe.TCP, to}, n.socket(), nil)
	var back <-chan time.Time
	switch {
	case s.Local:
		return nil, s.Fail
	case s.Fail != nil || s.Serve != nil:
		back = time.After(s.Delay)
	}
	select {
	case <-ctx.Done():
		e := ended(ctx, "connect")
		if n.Info != nil {
			if i, told := n.Info(to); told {
				e.TCP = &i
			}
		}
		return nil, e
	case <-back:
	}
	if s.Fail != nil {
		return nil, s.Fail
	}
	near, far := net.Pipe()
	client := &tcpConn{Conn: near, remote: net.TCPAddrFromAddrPort(to)}
	go func() {
		defer far.Close()
		s.Serve(&serverConn{Conn: far, client: client})
	}()
	return client, nil
}

// Reset ends the connection of a Serve function as an RST would: the client's
// next read fails with connection_reset.
func Reset(server net.Conn) {
	server.(*serverConn).client.reset.Store(true)
	server.Close()
}

type serverConn struct {
	net.Conn
	client *tcpConn
}

// tcpConn is the client's end. Its errors are *probe.NetError, io.EOF apart.
type tcpConn struct {
	net.Conn
	remote net.Addr
	reset  atomic.Bool
}

func (c *tcpConn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(own) }
func (c *tcpConn) RemoteAddr() net.Addr { return c.remote }

func (c *tcpConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.explain("receive", err)
}

func (c *tcpConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.explain("send", err)
}

func (c *tcpConn) explain(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &probe.NetError{Op: op, Failure: probe.Timeout, Err: err}
	case c.reset.Load():
		return &probe.NetError{Op: op, Failure: probe.ConnectionReset, Err: errors.New("connection reset by peer")}
	case err == io.EOF:
		return err
	}
	return &probe.NetError{Op: op, Failure: probe.Interrupted, Err: err}
}
