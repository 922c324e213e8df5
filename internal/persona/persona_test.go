package main

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
)

var (
	here   = netip.MustParseAddrPort("198.51.100.7:443")
	router = netip.MustParseAddr("192.0.2.1")
)

// below are sockets whose every call ends as it says.
type below struct {
	err    error // of a connect, and of the first read
	answer probe.HopAnswer
	rtt    probe.RTT
}

func (b *below) DialTCP(context.Context, netip.AddrPort) (net.Conn, error) { return nil, b.err }
func (b *below) DialUDP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return b.DialUDPWith(ctx, to, probe.UDPOptions{})
}
func (b *below) DialUDPWith(context.Context, netip.AddrPort, probe.UDPOptions) (net.Conn, error) {
	return &saying{errs: []error{b.err}}, nil
}
func (b *below) Hop(context.Context, probe.HopQuestion) (probe.HopAnswer, bool) {
	return b.answer, true
}
func (b *below) Resolve(context.Context, string, string) ([]netip.Addr, error) { return nil, nil }
func (b *below) ResolveTXT(context.Context, string) ([]string, error)          { return nil, nil }
func (b *below) Roots() *x509.CertPool                                         { return nil }
func (b *below) RTT() *probe.RTT                                               { return &b.rtt }

// saying is a connection whose reads fail in order, and in the end by their deadline.
type saying struct {
	net.Conn
	errs []error
}

func (s *saying) Read([]byte) (int, error) {
	if len(s.errs) == 0 {
		return 0, errDeadline
	}
	err := s.errs[0]
	s.errs = s.errs[1:]
	return 0, err
}

var errDeadline = &probe.NetError{Op: "receive", Failure: probe.Timeout, Err: errors.New("deadline")}

func icmp(failure probe.Failure, kind, code int) *probe.NetError {
	return &probe.NetError{Op: "connect", Failure: failure, ICMP: &probe.ICMPError{Offender: router, Type: kind, Code: code}, Err: errors.New("icmp")}
}

var (
	shut       = icmp(probe.ConnectionRefused, 3, 3)
	prohibited = icmp(probe.AdministrativelyProhibited, 3, 13)
	noHost     = icmp(probe.HostUnreachable, 3, 1)
	reset      = &probe.NetError{Op: "connect", Failure: probe.ConnectionRefused, Err: errors.New("reset")}
	denied     = &probe.NetError{Op: "connect", Failure: probe.LocalPolicyDenied, Err: errors.New("eperm")}
)

// TestErrorsAreHeardAsTheSystemHearsThem: what each error of a connect, and of a
// datagram, comes to, and after how long.
func TestErrorsAreHeardAsTheSystemHearsThem(t *testing.T) {
	const patience = 5 * time.Second
	for _, c := range []struct {
		system   string
		err      *probe.NetError
		tcp      probe.Failure
		after    time.Duration
		datagram probe.Failure
	}{
		{"windows", reset, probe.ConnectionRefused, 0, probe.ConnectionRefused},
		{"windows-2016", reset, probe.ConnectionRefused, 2 * time.Second, probe.ConnectionRefused},
		{"windows", shut, probe.Timeout, patience, probe.ConnectionRefused},
		{"windows", prohibited, probe.Timeout, patience, probe.Timeout},
		{"windows", noHost, probe.Timeout, patience, probe.Timeout},
		{"windows", denied, probe.LocalPolicyDenied, 0, probe.LocalPolicyDenied},
		{"darwin", reset, probe.ConnectionRefused, 0, probe.ConnectionRefused},
		{"darwin", shut, probe.ConnectionRefused, 0, probe.ConnectionRefused},
		{"darwin", prohibited, probe.ConnectionRefused, 0, probe.ConnectionRefused},
		{"darwin", noHost, probe.Timeout, patience, probe.HostUnreachable},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := systems[c.system].over(&below{err: c.err})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			start := time.Now()
			_, err := n.DialTCP(ctx, here)
			var e *probe.NetError
			if !errors.As(err, &e) || e.Failure != c.tcp || e.ICMP != nil || time.Since(start) != c.after {
				t.Errorf("%s, connect, %v: %v after %v", c.system, c.err, err, time.Since(start))
			}
			if e != nil && e.Unclear != (c.system == "darwin" && c.tcp == probe.ConnectionRefused) {
				t.Errorf("%s, connect, %v: unclear %v", c.system, c.err, e.Unclear)
			}
			conn, err := n.DialUDP(ctx, here)
			if err != nil {
				t.Fatal(err)
			}
			_, err = conn.Read(nil)
			if !errors.As(err, &e) || e.Failure != c.datagram || e.ICMP != nil {
				t.Errorf("%s, datagram, %v: %v", c.system, c.err, err)
			}
		})
	}
}

// TestHopsAreToldAsTheSystemTellsThem: of a transport only where it can.
func TestHopsAreToldAsTheSystemTellsThem(t *testing.T) {
	const rtt = 20 * time.Millisecond
	expired := probe.HopAnswer{Kind: probe.HopExpired, From: router, ICMP: &probe.ICMPError{Offender: router, Type: 11}, RTT: rtt}
	said := func(e *probe.NetError) probe.HopAnswer {
		return probe.HopAnswer{Kind: probe.HopICMP, From: router, ICMP: e.ICMP, Failure: e.Failure, RTT: rtt}
	}
	for _, c := range []struct {
		system    string
		transport probe.Transport
		answer    probe.HopAnswer
		ok        bool
		kind      probe.HopKind
		named     bool
	}{
		{"windows", probe.TCP, expired, true, probe.HopExpired, true},
		{"windows", probe.TCP, said(prohibited), true, probe.HopICMP, true},
		{"windows", probe.UDP, expired, true, probe.HopExpired, false},
		{"windows", probe.UDP, said(shut), true, probe.HopICMP, false},
		{"windows", probe.UDP, said(prohibited), true, probe.HopSilent, false},
		{"windows-2016", probe.TCP, expired, false, "", false},
		{"darwin", probe.TCP, expired, true, probe.HopExpired, true},
		{"darwin", probe.UDP, expired, true, probe.HopExpired, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			n := systems[c.system].over(&below{answer: c.answer}).(probe.HopAsker)
			a, ok := n.Hop(ctx, probe.HopQuestion{To: here, Transport: c.transport, TTL: 1})
			if ok != c.ok || a.Kind != c.kind || a.From.IsValid() != c.named || (a.ICMP != nil) != c.named {
				t.Errorf("%s over %s, %s: %+v, %v", c.system, c.transport, c.answer.Kind, a, ok)
			}
		})
	}
}

// TestNoAbilityShowsThrough: a persona has what is listed, and nothing of Linux's
// beside it.
func TestNoAbilityShowsThrough(t *testing.T) {
	for name, a := range systems {
		n := a.over(&below{})
		if _, can := n.(probe.TCPInspector); can {
			t.Errorf("%s looks into TCP connections", name)
		}
		if _, can := n.(probe.SegmentDialer); can {
			t.Errorf("%s asks for small segments", name)
		}
		if _, err := probe.WithUDP(n, probe.UDPOptions{Whole: true}).DialUDP(t.Context(), here); err == nil {
			t.Errorf("%s sends datagrams whole", name)
		}
	}
}
