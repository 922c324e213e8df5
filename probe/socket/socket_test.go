package socket

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"wsdoctor/probe"
)

// loopbackUDP is a socket on loopback that says nothing.
func loopbackUDP(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func failureOf(t *testing.T, err error) probe.Failure {
	t.Helper()
	var e *probe.NetError
	if !errors.As(err, &e) {
		t.Fatalf("no NetError: %v", err)
	}
	return e.Failure
}

func TestReadDeadlineIsATimeout(t *testing.T) {
	_, to := loopbackUDP(t)
	c, err := New(Options{}).DialUDP(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Millisecond))
	_, err = c.Read(make([]byte, 8))
	var timeout net.Error
	if failureOf(t, err) != probe.Timeout || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v", err)
	}
}

func TestErrorPutAsideWakesAWaitingRead(t *testing.T) {
	peer, to := loopbackUDP(t)
	c, err := New(Options{}).DialUDP(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	read := make(chan error)
	go func() {
		for {
			_, err := c.Read(make([]byte, 8))
			read <- err
			if errors.Is(err, net.ErrClosed) {
				return
			}
		}
	}()
	for range 100 {
		c.(*udpConn).keep(&probe.NetError{Op: "receive", Failure: probe.TTLExceeded, Err: syscall.EHOSTUNREACH})
		if f := failureOf(t, <-read); f != probe.TTLExceeded {
			t.Fatal(f)
		}
	}
	// The deadline that keep moved is restored: data still arrives.
	peer.WriteToUDPAddrPort([]byte("data"), c.LocalAddr().(*net.UDPAddr).AddrPort())
	if err := <-read; err != nil {
		t.Error(err)
	}
	c.Close()
	if f := failureOf(t, <-read); f != probe.Interrupted {
		t.Error(f)
	}
}

func TestConnectEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := l.Addr().(*net.TCPAddr).AddrPort()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = New(Options{}).DialTCP(canceled, to)
	if failureOf(t, err) != probe.Interrupted {
		t.Error(err)
	}
	expired, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	_, err = New(Options{}).DialTCP(expired, to)
	if failureOf(t, err) != probe.Timeout {
		t.Error(err)
	}
	if _, err = New(Options{}).DialTCP(t.Context(), netip.AddrPort{}); failureOf(t, err) != probe.AddressNotAvailable {
		t.Error(err)
	}
}

func TestConnectionErrorsAreClassified(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan *net.TCPConn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c.(*net.TCPConn)
		}
	}()
	mapped := netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), l.Addr().(*net.TCPAddr).AddrPort().Port())
	dial := func() (net.Conn, *net.TCPConn) {
		c, err := New(Options{}).DialTCP(t.Context(), mapped)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c, <-accepted
	}
	c, peer := dial()
	peer.SetLinger(0)
	peer.Close()
	if _, err := c.Read(make([]byte, 1)); failureOf(t, err) != probe.ConnectionReset {
		t.Error(err)
	}
	c, peer = dial()
	peer.Close()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("%v, want the bare io.EOF that readers compare with", err)
	}
	c, peer = dial()
	defer peer.Close()
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); failureOf(t, err) != probe.Timeout {
		t.Error(err)
	}
}

func TestResolverErrorsAreDNSErrors(t *testing.T) {
	n := New(Options{})
	list, err := n.Resolve(t.Context(), "ip4", "127.0.0.9")
	if err != nil || len(list) != 1 || list[0] != netip.MustParseAddr("127.0.0.9") {
		t.Errorf("an address resolves to itself: %v %v", list, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var dns *net.DNSError
	if _, err := n.Resolve(ctx, "ip4", "wsdoctor.invalid"); !errors.As(err, &dns) {
		t.Errorf("%T %v", err, err)
	}
	if _, err := n.ResolveTXT(ctx, "wsdoctor.invalid"); !errors.As(err, &dns) {
		t.Errorf("%T %v", err, err)
	}
	if err := dnsError("h", context.DeadlineExceeded); !errors.As(err, &dns) || !dns.IsTimeout {
		t.Errorf("%v", err)
	}
}

func TestRoundTripTimeIsShared(t *testing.T) {
	var shared probe.RTT
	if n := New(Options{RTT: &shared}); n.RTT() != &shared || n.Roots() != nil {
		t.Error("not the RTT that was given")
	}
	if New(Options{}).RTT() == nil {
		t.Error("no RTT")
	}
}
