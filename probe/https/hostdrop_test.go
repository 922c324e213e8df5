package https_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

// A firewall of this computer that swallows SYNs is known by the first socket's
// repeat that could not be sent, which takes a second to come.
func TestAConnectThatNeverLeftIsToldOnlyAfterTheRepeatWasDue(t *testing.T) {
	for name, c := range map[string]struct {
		info   *probe.TCPInfo
		known  time.Duration // round trip learnt; short ones shorten the wait
		script probetest.Script
		want   *bool
	}{
		"the repeat could not be sent":  {&probe.TCPInfo{Timeouts: 1, Repeats: 1}, 0, probetest.Silent(), new(true)},
		"the repeat was sent":           {&probe.TCPInfo{Timeouts: 1, Repeats: 1, Outstanding: 1}, 0, probetest.Silent(), new(false)},
		"the wait was too short to say": {&probe.TCPInfo{}, 20 * ms, probetest.Silent(), nil},
		"the system does not tell":      {nil, 0, probetest.Silent(), nil},
		"a connection stands":           {&probe.TCPInfo{Timeouts: 1, Repeats: 1}, 0, probetest.Accept(20*ms, serve200), nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New()
				n.Info = func(netip.AddrPort) (probe.TCPInfo, bool) {
					if c.info == nil {
						return probe.TCPInfo{}, false
					}
					return *c.info, true
				}
				if c.known > 0 {
					n.RTT().Learn(c.known)
				}
				n.On(probe.TCP, "192.0.2.1:80", c.script)
				ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
				defer cancel()
				o := ask(ctx, n, probe.Target{Scheme: "http", Host: "h.example", Path: "/", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}})[0]
				got := o.Detail.(probe.ConnectDetail).HostDropped
				if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
					t.Errorf("%s after %v: %v", o.Outcome, o.Elapsed, got)
				}
			})
		})
	}
}
