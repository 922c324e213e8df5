package socket

import (
	"testing"
	"time"
)

// tcpInfo is TCP_INFO_v0 as mstcpip.h lays it out: established (4), an MSS of 1460,
// connected for 41 ms, no timestamps, round trips of 40.123 ms, and no SYN sent again.
// No Windows was there to capture one from.
const tcpInfo = "04000000" + "b4050000" + "2900000000000000" + "00000000" + "bb9c0000" + "bb9c0000" +
	"00000000" + "a8390000" + "00000400" + "00000100" + "00000100" + "0000000000000000" + "0000000000000000" +
	"00000000" + "00000000" + "00000000" + "00000000" + "00000000" + "00000000"

func TestRoundTripOfWindowsIsRead(t *testing.T) {
	whole := unhex(t, tcpInfo)
	if len(whole) != tcpInfoSize {
		t.Fatalf("%d bytes", len(whole))
	}
	repeated, unmeasured := unhex(t, tcpInfo), unhex(t, tcpInfo)
	repeated[84] = 1
	copy(unmeasured[20:24], []byte{0, 0, 0, 0})
	for name, test := range map[string]struct {
		b    []byte
		want time.Duration
	}{
		"measured": {whole, 40123 * time.Microsecond}, "the SYN was sent again": {repeated, 0}, "not measured": {unmeasured, 0}, "cut short": {whole[:84], 0}, "empty": {nil, 0},
	} {
		if got, ok := handshakeRTT(test.b); ok != (test.want > 0) || ok && got != test.want {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
}

func FuzzRoundTripOfWindows(f *testing.F) {
	f.Add(unhex(f, tcpInfo))
	f.Fuzz(func(t *testing.T, b []byte) {
		if rtt, ok := handshakeRTT(b); ok && (rtt <= 0 || rtt >= longestRTTKnown) {
			t.Errorf("%v", rtt)
		}
	})
}
