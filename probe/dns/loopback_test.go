package dns

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

// loopback is a probe.Network of real sockets that goes nowhere but to this
// computer.
type loopback struct{ rtt probe.RTT }

func (l *loopback) dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	if !to.Addr().IsLoopback() {
		return nil, &probe.NetError{Op: "connect", Failure: probe.LocalPolicyDenied, Err: errors.New("loopback only")}
	}
	c, err := new(net.Dialer).DialContext(ctx, network, to.String())
	if err != nil {
		return nil, &probe.NetError{Op: "connect", Failure: probe.ConnectionRefused, Err: err}
	}
	return loopbackConn{c}, nil
}

func (l *loopback) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return l.dial(ctx, "tcp", to)
}

func (l *loopback) DialUDP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return l.dial(ctx, "udp", to)
}

func (l *loopback) Resolve(context.Context, string, string) ([]netip.Addr, error) {
	return nil, errors.New("not here")
}

func (l *loopback) ResolveTXT(context.Context, string) ([]string, error) {
	return nil, errors.New("not here")
}
func (l *loopback) Roots() *x509.CertPool { return nil }
func (l *loopback) RTT() *probe.RTT       { return &l.rtt }

type loopbackConn struct{ net.Conn }

func (c loopbackConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, syscall.ECONNREFUSED) {
		err = &probe.NetError{Op: "receive", Failure: probe.ConnectionRefused, Err: err}
	}
	return n, err
}

// serve starts a real server on UDP and TCP of one loopback port.
func serve(t testing.TB, handler miekg.HandlerFunc) string {
	t.Helper()
	packets, listener := listen(t)
	for _, s := range []*miekg.Server{
		{PacketConn: packets, Handler: handler},
		{Listener: listener, Handler: handler},
	} {
		started := make(chan struct{})
		done := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() {
			defer close(done)
			if err := s.ActivateAndServe(); err != nil {
				t.Errorf("server: %v", err)
			}
		}()
		<-started
		t.Cleanup(func() {
			if err := s.Shutdown(); err != nil {
				t.Errorf("shutdown: %v", err)
			}
			<-done
		})
	}
	return listener.Addr().String()
}

// listen finds a port that is free for both transports.
func listen(t testing.TB) (net.PacketConn, net.Listener) {
	t.Helper()
	var last error
	for range 20 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets, err := net.ListenPacket("udp", listener.Addr().String())
		if err == nil {
			return packets, listener
		}
		listener.Close()
		last = err
	}
	t.Fatal(last)
	return nil, nil
}

// overTCP says whether a question came over TCP.
func overTCP(w miekg.ResponseWriter) bool { return w.RemoteAddr().Network() == "tcp" }
