package socket

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/nftables"

	"wsdoctor/probe"
	"wsdoctor/probe/host"
)

// T7: what a filter swallows on its way to the interface lets the interface's
// counter stand. This one makes the kernel report a full queue too, which it
// does only on sockets that ask for errors.
func TestDatagramsThatDoNotLeaveAreCounted(t *testing.T) {
	needsNamespace(t)
	const swallowed, free = 4172, 4196
	filter(t, clientNS, nftables.TableFamilyNetdev, leaving, slices.Concat(port(swallowed), dropped()))
	for _, to := range []netip.Addr{server, server6} {
		for p, flat := range map[uint16]bool{swallowed: true, free: false} {
			o := host.Counters{}.Probe(t.Context(), New(Options{}), probe.Target{Host: "gateway", Port: p, Transport: probe.UDP, Addresses: []netip.Addr{to}})[0]
			d := o.Detail.(probe.CountersDetail)
			if o.Outcome != probe.OK || d.Interface != "lan" || d.Flat != flat || d.Left == flat || d.Sent < 32 || d.ControlMoved < d.ControlSent || (d.Moved < d.Sent/2) != flat || (d.Dropped > d.Sent/2) != flat {
				t.Errorf("%s port %d: %s %q %+v", to, p, o.Outcome, o.Failure, d)
			}
			t.Logf("%s port %d: moved %d of %d, control %d, in %v", to, p, d.Moved, d.Sent, d.ControlMoved, o.Elapsed)
		}
		for p, flat := range map[uint16]bool{swallowed: true, closed: false} {
			o := host.Counters{}.Probe(t.Context(), New(Options{}), probe.Target{Host: "gateway", Port: p, Transport: probe.TCP, Addresses: []netip.Addr{to}})[0]
			if d := o.Detail.(probe.CountersDetail); o.Outcome != probe.OK || d.Flat != flat || d.Left == flat {
				t.Errorf("%s, connects to port %d: %s %q %+v", to, p, o.Outcome, o.Failure, d)
			}
		}
		o := host.Counters{}.Probe(t.Context(), New(Options{}), probe.Target{Host: "gateway", Port: outputDrop, Transport: probe.UDP, Addresses: []netip.Addr{to}})[0]
		if o.Outcome != probe.Failed || o.Failure != probe.LocalPolicyDenied || o.Detail.(probe.CountersDetail).Flat {
			t.Errorf("%s, refused: %+v", to, o)
		}
	}
	nowhere := host.Counters{}.Probe(t.Context(), New(Options{}), probe.Target{Host: "gateway", Port: free, Addresses: []netip.Addr{netip.MustParseAddr("198.18.0.1")}})[0]
	if nowhere.Outcome != probe.Skipped || nowhere.Failure != probe.NoRoute {
		t.Errorf("no route: %+v", nowhere)
	}
}
