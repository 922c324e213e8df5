package stun

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/pion/stun/v3"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

func TestTheSourcePortIsTheOneAskedForOrNone(t *testing.T) {
	reflector := probe.Target{Host: "stun", Port: 3478, Transport: probe.UDP, LocalPort: 50002,
		Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("192.0.2.11")}}
	answer := probetest.Answer(20*ms, respond(stun.BindingSuccess, xor("203.0.113.7", 50002)))
	for name, test := range map[string]struct {
		network func(*probetest.Net) probe.Network
		script  probetest.Script
		outcome probe.Outcome
		failure probe.Failure
		sent    int
	}{
		"it is free":                    {func(n *probetest.Net) probe.Network { return n }, answer, probe.OK, "", 1},
		"it is free and nothing comes":  {func(n *probetest.Net) probe.Network { return n }, probetest.Silent(), probe.Silent, probe.Timeout, 3},
		"it is taken":                   {func(n *probetest.Net) probe.Network { n.Taken = []uint16{50002}; return n }, answer, probe.Skipped, probe.AddressNotAvailable, 0},
		"another one is taken":          {func(n *probetest.Net) probe.Network { n.Taken = []uint16{55002}; return n }, answer, probe.OK, "", 1},
		"the network cannot choose one": {func(n *probetest.Net) probe.Network { return struct{ probe.Network }{n} }, answer, probe.Skipped, probe.Unsupported, 0},
		"this computer refuses to send": {func(n *probetest.Net) probe.Network { return n }, probetest.Deny(), probe.Failed, probe.LocalPolicyDenied, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New()
				for _, a := range reflector.Addresses {
					n.On(probe.UDP, netip.AddrPortFrom(a, 3478).String(), test.script)
				}
				list := Prober{}.Probe(t.Context(), test.network(n), reflector)
				if len(list) != 1 || list[0].Outcome != test.outcome || list[0].Failure != test.failure || len(n.Sent()) != test.sent {
					t.Fatalf("%d sent, %+v", len(n.Sent()), list)
				}
				if local := list[0].Detail.(probe.ExchangeDetail).Local; test.sent > 0 && !strings.HasSuffix(local, ":50002") {
					t.Errorf("sent from %q", local)
				}
			})
		})
	}
}

func TestWithoutAnAddressNoPortIsOpened(t *testing.T) {
	list := Prober{}.Probe(t.Context(), probetest.New(), probe.Target{Host: "stun", Port: 3478, LocalPort: 50002})
	if len(list) != 1 || list[0].Outcome != probe.Skipped || list[0].Failure != probe.NoAddress {
		t.Errorf("%+v", list)
	}
}
