package tcp

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

// A reset of the first data is timed from our greeting: one that comes sooner
// than the round trip, which the system measured, came from nearer.
func TestWhatEndsTheFirstDataIsTimed(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(net.Conn)
		spoke string
		want  float64
	}{
		"a reset after 5 ms": {func(c net.Conn) { c.Read(make([]byte, 4096)); time.Sleep(5 * ms); probetest.Reset(c) }, spokeReset, 5},
		"a close after 7 ms": {func(c net.Conn) { c.Read(make([]byte, 4096)); time.Sleep(7 * ms) }, spokeClosed, 7},
		"a banner":           {func(c net.Conn) { c.Read(make([]byte, 4096)); time.Sleep(9 * ms); c.Write([]byte("SSH-2.0")) }, spokeBytes, 9},
		"nothing":            {nil, spokeNothing, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New().On(probe.TCP, at, probetest.Accept(48*ms, c.serve))
				n.Info = func(netip.AddrPort) (probe.TCPInfo, bool) { return probe.TCPInfo{RTT: 41 * ms}, true }
				asTLS := target
				asTLS.Expect = ExpectTLS
				d := Prober{}.Probe(t.Context(), n, asTLS)[0].Detail.(probe.ConnectDetail)
				if d.Spoke != c.spoke || d.SpokeMS != c.want || d.RTTMS != 41 || d.RTTSource != probe.RTTKernel {
					t.Errorf("%+v", d)
				}
				if learnt, _ := n.RTT().Smoothed(); learnt != 41*ms {
					t.Errorf("learnt %v", learnt)
				}
			})
		})
	}
}

// A SYN that was sent again measures no round trip.
func TestARepeatedSYNIsNoRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, at, probetest.Accept(48*ms, nil))
		n.Info = func(netip.AddrPort) (probe.TCPInfo, bool) { return probe.TCPInfo{RTT: 41 * ms, Repeats: 1}, true }
		if d := (Prober{}).Probe(t.Context(), n, target)[0].Detail.(probe.ConnectDetail); d.RTTMS != 48 || d.RTTSource != "" {
			t.Errorf("%+v", d)
		}
	})
}
