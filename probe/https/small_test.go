package https_test

import (
	"crypto/x509/pkix"
	"net/netip"
	"testing"
	"testing/synctest"

	"wsdoctor/probe"
	"wsdoctor/probe/chain/chaintest"
	"wsdoctor/probe/probetest"
)

// Where the greeting was acknowledged and its answer did not come, a handshake in
// small packets tells a lost certificate from a server that says nothing.
func TestAnAnswerThatDoesNotComeIsAskedForInSmallPackets(t *testing.T) {
	const much = 10_000 // more than any ClientHello
	for _, c := range []struct {
		name  string
		acked uint64
		small int   // bytes of a ClientHello that the network in small packets passes
		want  []int // MSS of each handshake
		ok    bool
	}{
		{"large packets are lost", much, 9000, []int{0, probe.SmallMSS}, true},
		{"the server says nothing", much, 0, []int{0, probe.SmallMSS, 0}, false},
		{"the greeting is lost", 0, 9000, []int{0, 0}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ca := chaintest.New(t, pkix.Name{CommonName: "Test Root"})
				certificate := ca.Issue(t, chaintest.Options{}, host)
				n := probetest.New().On(probe.TCP, "192.0.2.1:443", probetest.Accept(20*ms, hang))
				n.Small = probetest.New().On(probe.TCP, "192.0.2.1:443", probetest.Accept(20*ms, deaf(c.small, certificate, hang)))
				n.CAs = ca.Pool()
				asked := 0
				n.Info = func(netip.AddrPort) (probe.TCPInfo, bool) {
					asked++
					return probe.TCPInfo{Acked: c.acked * uint64(min(asked/3, 1))}, true
				}
				seen := ask(t.Context(), n, target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy"))
				checkStored(t, seen)
				var got []int
				for _, o := range seen {
					if d, is := o.Detail.(probe.TLSDetail); is {
						got = append(got, d.MSS)
					}
				}
				last := seen[len(seen)-1]
				if len(got) != len(c.want) || (last.Operation == probe.HTTPGet && last.Outcome == probe.OK) != c.ok {
					t.Fatalf("handshakes %v, want %v; ends with %s %s", got, c.want, last.Operation, last.Outcome)
				}
				for i, mss := range c.want {
					if got[i] != mss {
						t.Errorf("handshakes %v, want %v", got, c.want)
					}
				}
			})
		})
	}
}
