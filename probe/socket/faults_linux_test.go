package socket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/probe"
)

// guard ends a test whose packet got no answer; none that passes waits for it.
const guard = 5 * time.Second

// tcpFailure connects and gives the error, which must be there.
func tcpFailure(t *testing.T, to netip.AddrPort) *probe.NetError {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), guard)
	defer cancel()
	c, err := New(Options{}).DialTCP(ctx, to)
	if err == nil {
		c.Close()
		t.Fatalf("connect to %s succeeded", to)
	}
	return asNetError(t, err)
}

// udpFailure sends one datagram and gives the error of connect, send or receive.
func udpFailure(t *testing.T, to netip.AddrPort) *probe.NetError {
	t.Helper()
	c, err := New(Options{}).DialUDP(t.Context(), to)
	if err != nil {
		return asNetError(t, err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("question")); err != nil {
		return asNetError(t, err)
	}
	c.SetReadDeadline(time.Now().Add(guard))
	_, err = c.Read(make([]byte, 64))
	return asNetError(t, err)
}

func asNetError(t *testing.T, err error) *probe.NetError {
	t.Helper()
	var e *probe.NetError
	if !errors.As(err, &e) {
		t.Fatalf("no NetError: %v", err)
	}
	return e
}

var addr = cmpopts.EquateComparable(netip.Addr{})

func TestRouterThatRejectsIsNamed(t *testing.T) {
	needsNamespace(t)
	tests := []struct {
		to   netip.Addr
		typ  int
		code int
		want probe.Failure
	}{
		{server, 3, 0, probe.NetworkUnreachable},
		{server, 3, 1, probe.HostUnreachable},
		{server, 3, 3, probe.ConnectionRefused},
		{server, 3, 9, probe.AdministrativelyProhibited},
		{server, 3, 10, probe.AdministrativelyProhibited},
		{server, 3, 13, probe.AdministrativelyProhibited},
		{server6, 1, 0, probe.NetworkUnreachable},
		{server6, 1, 1, probe.AdministrativelyProhibited},
		{server6, 1, 3, probe.HostUnreachable},
		{server6, 1, 4, probe.ConnectionRefused},
		{server6, 1, 5, probe.AdministrativelyProhibited},
		{server6, 1, 6, probe.AdministrativelyProhibited},
	}
	for _, test := range tests {
		to := netip.AddrPortFrom(test.to, unreachable+uint16(test.code))
		want := &probe.ICMPError{Offender: routerHere, Type: test.typ, Code: test.code}
		if test.to.Is6() {
			want.Offender = routerHere6
		}
		for name, try := range map[string]func(*testing.T, netip.AddrPort) *probe.NetError{"tcp": tcpFailure, "udp": udpFailure} {
			t.Run(fmt.Sprintf("%s %d/%d to %s", name, test.typ, test.code, to), func(t *testing.T) {
				start := time.Now()
				e := try(t, to)
				if e.Failure != test.want || time.Since(start) > guard/2 {
					t.Errorf("%s (%v) after %v, want %s", e.Failure, e, time.Since(start), test.want)
				}
				if diff := cmp.Diff(want, e.ICMP, addr); diff != "" {
					t.Errorf("ICMP (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestOwnFirewallAndPolicy(t *testing.T) {
	needsNamespace(t)
	own4, own6 := netip.MustParseAddr("192.168.50.10"), netip.MustParseAddr("2001:db8:50::10")
	tests := []struct {
		name string
		try  func(*testing.T, netip.AddrPort) *probe.NetError
		to   netip.Addr
		port uint16
		op   string
		want probe.Failure
		icmp *probe.ICMPError
	}{
		{"OUTPUT drop", udpFailure, server, outputDrop, "send", probe.LocalPolicyDenied, nil},
		{"OUTPUT drop", udpFailure, server6, outputDrop, "send", probe.LocalPolicyDenied, nil},
		{"OUTPUT reject", udpFailure, server, outputDeny, "send", probe.LocalPolicyDenied, &probe.ICMPError{Offender: own4, Type: 3, Code: 13, OwnHost: true}},
		{"OUTPUT reject", udpFailure, server6, outputDeny, "send", probe.LocalPolicyDenied, &probe.ICMPError{Offender: own6, Type: 1, Code: 1, OwnHost: true}},
		{"OUTPUT reject", tcpFailure, server, outputDeny, "connect", probe.AdministrativelyProhibited, &probe.ICMPError{Offender: own4, Type: 3, Code: 13, OwnHost: true}},
		{"OUTPUT reject", tcpFailure, server6, outputDeny, "connect", probe.AdministrativelyProhibited, &probe.ICMPError{Offender: own6, Type: 1, Code: 1, OwnHost: true}},
		{"rule prohibit", tcpFailure, server, prohibited, "connect", probe.LocalPolicyDenied, nil},
		{"rule prohibit", tcpFailure, server6, prohibited, "connect", probe.LocalPolicyDenied, nil},
		{"rule prohibit", udpFailure, server, prohibited, "connect", probe.LocalPolicyDenied, nil},
		{"rule prohibit", udpFailure, server6, prohibited, "connect", probe.LocalPolicyDenied, nil},
		{"rule blackhole", tcpFailure, server, blackholed, "connect", probe.LocalPolicyDenied, nil},
		{"rule blackhole", udpFailure, server6, blackholed, "connect", probe.LocalPolicyDenied, nil},
		{"rule unreachable", tcpFailure, server, ruledOut, "connect", probe.NetworkUnreachable, nil},
		{"no route", tcpFailure, netip.MustParseAddr("198.51.100.1"), 443, "connect", probe.NetworkUnreachable, nil},
		{"no route", udpFailure, netip.MustParseAddr("2001:db8:ffff::1"), 443, "connect", probe.NetworkUnreachable, nil},
		{"neighbour is not there", tcpFailure, netip.MustParseAddr("192.168.50.99"), 443, "connect", probe.HostUnreachable, &probe.ICMPError{Offender: own4, Type: 3, Code: 1, OwnHost: true}},
		{"link-local is no policy", udpFailure, netip.MustParseAddr("fe80::1"), 4172, "connect", probe.AddressNotAvailable, nil},
		{"link-local is no policy", tcpFailure, netip.MustParseAddr("fe80::1"), 4172, "connect", probe.AddressNotAvailable, nil},
		{"port 0 is no policy", udpFailure, server, 0, "connect", probe.AddressNotAvailable, nil},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %s:%d", test.name, test.to, test.port), func(t *testing.T) {
			e := test.try(t, netip.AddrPortFrom(test.to, test.port))
			if e.Op != test.op || e.Failure != test.want {
				t.Errorf("%s %s (%v), want %s %s", e.Op, e.Failure, e, test.op, test.want)
			}
			if diff := cmp.Diff(test.icmp, e.ICMP, addr); diff != "" {
				t.Errorf("ICMP (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClosedPortsRefuse(t *testing.T) {
	needsNamespace(t)
	for _, to := range []netip.Addr{server, server6} {
		tcp, udp := tcpFailure(t, netip.AddrPortFrom(to, closed)), udpFailure(t, netip.AddrPortFrom(to, closed))
		if tcp.Failure != probe.ConnectionRefused || tcp.ICMP != nil {
			t.Errorf("TCP, an RST: %s, ICMP %v", tcp.Failure, tcp.ICMP)
		}
		want := &probe.ICMPError{Offender: to, Type: 3, Code: 3}
		if to.Is6() {
			want.Type, want.Code = 1, 4
		}
		if diff := cmp.Diff(want, udp.ICMP, addr); udp.Failure != probe.ConnectionRefused || diff != "" {
			t.Errorf("UDP: %s, ICMP (-want +got):\n%s", udp.Failure, diff)
		}
	}
}

// A pending ICMP error fails the next send of a socket. It must not be taken
// for a local block, must reach Read, and the datagram must still go out.
func TestPendingErrorDoesNotFailTheNextSend(t *testing.T) {
	needsNamespace(t)
	for _, to := range []netip.AddrPort{netip.AddrPortFrom(server, unreachable+13), netip.AddrPortFrom(server6, unreachable+1)} {
		c, err := New(Options{}).DialUDP(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for i := range 3 {
			if _, err := c.Write([]byte("question")); err != nil {
				t.Fatalf("%s: send %d: %v", to, i, err)
			}
			awaitError(t, c)
		}
		c.SetReadDeadline(time.Now().Add(guard))
		for i := range 3 {
			_, err := c.Read(make([]byte, 64))
			if e := asNetError(t, err); e.Op != "receive" || e.Failure != probe.AdministrativelyProhibited || e.ICMP == nil || e.ICMP.OwnHost {
				t.Errorf("%s: read %d: %v", to, i, err)
			}
		}
	}
}

// awaitError waits until the kernel holds an error for the socket.
func awaitError(t *testing.T, c net.Conn) {
	t.Helper()
	raw, err := c.(*udpConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	raw.Control(func(fd uintptr) {
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd)}}, int(guard.Milliseconds()))
	})
	if n != 1 || err != nil {
		t.Fatalf("no error came: %d %v", n, err)
	}
}

func TestConnectionThroughTheRouter(t *testing.T) {
	needsNamespace(t)
	for _, to := range []netip.Addr{server, server6} {
		var l net.Listener
		var err error
		atServer(t, func() { l, err = net.Listen("tcp", netip.AddrPortFrom(to, 0).String()) })
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			if c, err := l.Accept(); err == nil {
				io.Copy(c, c)
				c.Close()
			}
		}()
		c, err := New(Options{}).DialTCP(t.Context(), l.Addr().(*net.TCPAddr).AddrPort())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, "hello")
		b := make([]byte, 5)
		if _, err := io.ReadFull(c, b); err != nil || string(b) != "hello" {
			t.Errorf("%q %v", b, err)
		}
		c.Close()
	}
}
