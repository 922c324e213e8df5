package socket

import (
	"encoding/hex"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/probe"
)

// Messages captured between network namespaces (Linux 6.18), IPv4 with the outer
// header.
const (
	expired4   = "45c000586d62000040012727c0a83201c0a8320a0b005da5000000004500003c29424000010621bdc0a8320acb00710ad6131b5a72b5d92f00000000a002faf02eec0000020405b40402080a944ce409000000000103030a"
	admin4hex  = "45c000586d63000040012726c0a83201c0a8320a030d8f73000000004500003c895340000106c1abc0a8320acb00710abbbd1395c53f84d400000000a002faf02eec0000020405b40402080acaf8a76e000000000103030a"
	closed4    = "45c00040928200003e01babdcb00710ac0a8320a03033ca80000000045000024f292400001115879c0a8320acb00710abb4b1b5900102edf7175657374696f6e"
	expired6   = "0300d81500000000600aaf060028060120010db800500000000000000000001020010db8000300000000000000000010ca691b5a7c8cf41d00000000a002fd205c130000020405a00402080a2dacc206000000000103030a"
	closed6    = "010418e0000000006003e6ab0010110120010db800500000000000000000001020010db8000300000000000000000010a3e61b5900105c067175657374696f6e"
	solicited6 = "8800fc51e000000020010db8005000000000000000000001020102e1bda74e9b"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestQuotationsAreRead(t *testing.T) {
	router6, host6 := netip.MustParseAddr("2001:db8:50::1"), netip.MustParseAddr("2001:db8:3::10")
	router4, host4 := netip.MustParseAddr("192.168.50.1"), netip.MustParseAddr("203.0.113.10")
	tests := []struct {
		name string
		v6   bool
		from netip.Addr
		hex  string
		cut  int // bytes left out at the start
		keep int // bytes kept; 0: all
		want *quote
	}{
		{"TTL exceeded", false, router4, expired4, 0, 0, &quote{probe.ICMPError{Offender: router4, Type: 11}, probe.TTLExceeded, netip.AddrPortFrom(host4, 7002), protoTCP, 0xd613}},
		{"outer header stripped", false, router4, expired4, 20, 0, &quote{probe.ICMPError{Offender: router4, Type: 11}, probe.TTLExceeded, netip.AddrPortFrom(host4, 7002), protoTCP, 0xd613}},
		{"8 bytes quoted", false, router4, expired4, 0, 20 + 8 + 20 + 8, &quote{probe.ICMPError{Offender: router4, Type: 11}, probe.TTLExceeded, netip.AddrPortFrom(host4, 7002), protoTCP, 0xd613}},
		{"admin-prohibited", false, router4, admin4hex, 0, 0, &quote{probe.ICMPError{Offender: router4, Type: 3, Code: 13}, probe.AdministrativelyProhibited, netip.AddrPortFrom(host4, 5013), protoTCP, 0xbbbd}},
		{"port unreachable", false, host4, closed4, 0, 0, &quote{probe.ICMPError{Offender: host4, Type: 3, Code: 3}, probe.ConnectionRefused, netip.AddrPortFrom(host4, 7001), protoUDP, 0xbb4b}},
		{"hop limit exceeded", true, router6, expired6, 0, 0, &quote{probe.ICMPError{Offender: router6, Type: 3}, probe.TTLExceeded, netip.AddrPortFrom(host6, 7002), protoTCP, 0xca69}},
		{"port unreachable 6", true, host6, closed6, 0, 0, &quote{probe.ICMPError{Offender: host6, Type: 1, Code: 4}, probe.ConnectionRefused, netip.AddrPortFrom(host6, 7001), protoUDP, 0xa3e6}},
		{"neighbour advertisement is no error", true, router6, solicited6, 0, 0, nil},
		{"ports cut off", false, router4, expired4, 0, 20 + 8 + 20 + 3, nil},
		{"ports cut off 6", true, router6, expired6, 0, 8 + 40 + 3, nil},
		{"nothing", false, router4, "", 0, 0, nil},
		{"a packet that is no ICMP", false, router4, expired4, 28, 0, nil},
	}
	for _, test := range tests {
		b := unhex(t, test.hex)[test.cut:]
		if test.keep > 0 {
			b = b[:test.keep]
		}
		parse := parseQuote4
		if test.v6 {
			parse = parseQuote6
		}
		got, ok := parse(test.from, b)
		if ok != (test.want != nil) {
			t.Errorf("%s: read %v: %+v", test.name, ok, got)
			continue
		}
		if !ok {
			continue
		}
		if diff := cmp.Diff(*test.want, got, cmp.AllowUnexported(quote{}), cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{expired4, admin4hex, closed4, expired4[40:]} {
		f.Add(false, unhex(f, s))
	}
	for _, s := range []string{expired6, closed6, solicited6} {
		f.Add(true, unhex(f, s))
	}
	from := netip.MustParseAddr("192.0.2.1")
	f.Fuzz(func(t *testing.T, v6 bool, b []byte) {
		parse := parseQuote4
		if v6 {
			parse = parseQuote6
		}
		q, ok := parse(from, b)
		if !ok {
			return
		}
		if q.port == 0 || !q.icmp.Offender.IsValid() || q.to.Addr().Is4() == v6 {
			t.Errorf("%+v", q)
		}
		if q.proto != protoTCP && q.proto != protoUDP {
			t.Errorf("protocol %d", q.proto)
		}
		if !q.failure.Known() || q.failure == probe.LocalPolicyDenied {
			t.Errorf("%q is nothing that ICMP says", q.failure)
		}
	})
}
