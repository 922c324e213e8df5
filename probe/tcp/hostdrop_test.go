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

// A firewall of this computer that swallows SYNs is known by the repeat that
// could not be sent, which takes a second to come.
func TestAHostThatSwallowsSYNsIsToldOnlyAfterTheRepeatWasDue(t *testing.T) {
	for name, test := range map[string]struct {
		info  *probe.TCPInfo
		known time.Duration // round trip learnt; short ones shorten the wait
		want  *bool
	}{
		"the repeat could not be sent":  {&probe.TCPInfo{Timeouts: 1, Repeats: 1}, 0, new(true)},
		"the repeat was sent":           {&probe.TCPInfo{Timeouts: 1, Repeats: 1, Outstanding: 1}, 0, new(false)},
		"the wait was too short to say": {&probe.TCPInfo{}, 20 * ms, nil},
		"the system does not tell":      {nil, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New()
				n.Info = func(netip.AddrPort) (probe.TCPInfo, bool) {
					if test.info == nil {
						return probe.TCPInfo{}, false
					}
					return *test.info, true
				}
				if test.known > 0 {
					n.RTT().Learn(test.known)
				}
				o := Prober{}.Probe(t.Context(), n, target)[0]
				got := o.Detail.(probe.ConnectDetail).HostDropped
				if o.Outcome != probe.Silent || (got == nil) != (test.want == nil) || got != nil && *got != *test.want {
					t.Errorf("%s after %v: %v", o.Outcome, o.Elapsed, got)
				}
			})
		})
	}
}

func TestTheLookSaysHowFarTheHelloCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, at, probetest.Accept(10*ms, nil))
		n.Info = func(netip.AddrPort) (probe.TCPInfo, bool) { return probe.TCPInfo{}, true }
		asTLS := target
		asTLS.Expect = ExpectTLS
		d := Prober{}.Probe(t.Context(), n, asTLS)[0].Detail.(probe.ConnectDetail)
		if d.Spoke != spokeNothing || d.Phase != probe.HelloUnacked {
			t.Errorf("spoke %q, phase %q", d.Spoke, d.Phase)
		}
		n.On(probe.TCP, at, probetest.Accept(10*ms, func(c net.Conn) { c.Read(make([]byte, 4096)) }))
		d = Prober{}.Probe(t.Context(), n, asTLS)[0].Detail.(probe.ConnectDetail)
		if d.Spoke != spokeClosed || d.Phase != probe.HelloClosed {
			t.Errorf("spoke %q, phase %q", d.Spoke, d.Phase)
		}
	})
}
