package socket

import (
	"net/netip"
	"testing"

	"wsdoctor/probe"
)

// Two structures laid out as ws2ipdef.h says; no Windows was there to capture
// them from.
const (
	info4 = "02000000c0a83201000000000000000000000000000000000000000001000000" + "0b000000"
	info6 = "170000000000000020010db800500000000000000000000100000000" + "3a000000" + "01010000"
)

func TestErrorInfoOfWindowsIsRead(t *testing.T) {
	for _, test := range []struct {
		name, hex string
		keep      int
		want      probe.ICMPError
		failure   probe.Failure
	}{
		{"IPv4", info4, 36, probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.1"), Type: 11}, probe.TTLExceeded},
		{"IPv6", info6, 36, probe.ICMPError{Offender: netip.MustParseAddr("2001:db8:50::1"), Type: 1, Code: 1}, probe.AdministrativelyProhibited},
		{"without its padding", info4, 34, probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.1"), Type: 11}, probe.TTLExceeded},
		{"short", info4, 33, probe.ICMPError{}, ""},
		{"empty", info4, 0, probe.ICMPError{}, ""},
		{"family unset", "00000000" + info4[8:], 36, probe.ICMPError{}, ""},
		{"family and protocol differ", "17000000" + info4[8:], 36, probe.ICMPError{}, ""},
	} {
		got, failure, ok := parseErrorInfo(unhex(t, test.hex)[:test.keep])
		if got != test.want || failure != test.failure || ok != (test.failure != "") {
			t.Errorf("%s: %+v %q %v", test.name, got, failure, ok)
		}
	}
}

func FuzzErrorInfo(f *testing.F) {
	f.Add(unhex(f, info4))
	f.Add(unhex(f, info6))
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		icmp, failure, ok := parseErrorInfo(b)
		if ok && (!failure.Known() || !icmp.Offender.IsValid()) {
			t.Errorf("%+v %q", icmp, failure)
		}
	})
}
