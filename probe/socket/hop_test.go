package socket

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"wsdoctor/probe"
)

func TestFailuresBecomeHopAnswers(t *testing.T) {
	to := netip.MustParseAddrPort("203.0.113.10:4172")
	router, mine := netip.MustParseAddr("192.168.50.1"), netip.MustParseAddr("192.168.50.10")
	for _, test := range []struct {
		name      string
		transport probe.Transport
		failure   probe.Failure
		icmp      *probe.ICMPError
		want      probe.HopKind
		from      netip.Addr
	}{
		{"router", probe.TCP, probe.TTLExceeded, &probe.ICMPError{Offender: router, Type: 11}, probe.HopExpired, router},
		{"router of this computer", probe.TCP, probe.TTLExceeded, &probe.ICMPError{Offender: mine, Type: 11, OwnHost: true}, probe.HopExpired, mine},
		{"router, whose address the system keeps to itself", probe.UDP, probe.TTLExceeded, nil, probe.HopExpired, netip.Addr{}},
		{"fragment lost", probe.UDP, probe.UnknownFailure, &probe.ICMPError{Offender: router, Type: 11, Code: 1}, probe.HopICMP, router},
		{"own firewall", probe.TCP, probe.AdministrativelyProhibited, &probe.ICMPError{Offender: mine, Type: 3, Code: 13, OwnHost: true}, probe.HopLocal, mine},
		{"neighbour not there", probe.UDP, probe.HostUnreachable, &probe.ICMPError{Offender: mine, Type: 3, Code: 1, OwnHost: true}, probe.HopLocal, mine},
		{"the target is this computer", probe.UDP, probe.ConnectionRefused, &probe.ICMPError{Offender: to.Addr(), Type: 3, Code: 3, OwnHost: true}, probe.HopICMP, to.Addr()},
		{"own MTU", probe.UDP, probe.MessageSize, &probe.ICMPError{OwnHost: true, MTU: 20}, probe.HopLocal, netip.Addr{}},
		{"RST", probe.TCP, probe.ConnectionRefused, nil, probe.HopRST, to.Addr()},
		{"refused by nobody knows whom", probe.UDP, probe.ConnectionRefused, nil, probe.HopICMP, netip.Addr{}},
		{"policy", probe.TCP, probe.LocalPolicyDenied, nil, probe.HopLocal, netip.Addr{}},
		{"no socket", probe.TCP, probe.UnknownFailure, nil, probe.HopLocal, netip.Addr{}},
		{"the system gave up", probe.TCP, probe.Timeout, nil, probe.HopSilent, netip.Addr{}},
		{"cancelled", probe.UDP, probe.Interrupted, nil, probe.HopSilent, netip.Addr{}},
	} {
		e := &probe.NetError{Op: "connect", Failure: test.failure, ICMP: test.icmp, Err: errors.New("no")}
		got := hopFailed(probe.HopQuestion{To: to, Transport: test.transport}, e, time.Millisecond)
		if got.Kind != test.want || got.From != test.from || got.ICMP != test.icmp {
			t.Errorf("%s: %+v, want %s from %s", test.name, got, test.want, test.from)
		}
		if (got.Failure == "") != (test.want == probe.HopSilent) {
			t.Errorf("%s: failure %q", test.name, got.Failure)
		}
	}
}

func TestQuestionThatCannotBeAskedIsNoAnswer(t *testing.T) {
	to := netip.MustParseAddrPort("127.0.0.1:9")
	for _, q := range []probe.HopQuestion{
		{To: to, Transport: probe.TCP, TTL: 0},
		{To: to, Transport: probe.TCP, TTL: 256},
		{To: to, Transport: "sctp", TTL: 1},
		{To: netip.AddrPortFrom(to.Addr(), 0), Transport: probe.UDP, TTL: 1},
		{Transport: probe.TCP, TTL: 1},
	} {
		if a, ok := New(Options{}).Hop(t.Context(), q); ok {
			t.Errorf("%+v: %+v", q, a)
		}
	}
}
