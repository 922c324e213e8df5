package cli

import (
	"net/netip"
	"testing"

	"wsdoctor/probe"
)

// Who listens where the firewall sends packets is asked of those ports alone, and only
// where it sends any.
func TestOnlyPortsThatPacketsAreSentToAreLookedAt(t *testing.T) {
	here, other := netip.MustParseAddr("198.19.5.10"), netip.MustParseAddr("10.0.0.1")
	sent := func(to *probe.Redirected) []probe.Observation {
		return []probe.Observation{{Detail: probe.FirewallDetail{Transport: probe.TCP, First: 4172, Last: 4172, Redirected: to}}}
	}
	of := func(list []probe.Observation) *probe.Redirected {
		return list[0].Detail.(probe.FirewallDetail).Redirected
	}
	asked := 0
	on := func(ports map[probe.Transport][]uint16) ([]probe.Listener, bool) {
		asked++
		if len(ports[probe.TCP]) != 1 || ports[probe.TCP][0] != 9999 || len(ports[probe.UDP]) != 0 {
			t.Errorf("asked for %v", ports)
		}
		return []probe.Listener{{Transport: probe.TCP, Address: here, Port: 9999, Process: "relay"}, {Transport: probe.TCP, Address: other, Port: 9999}}, true
	}
	sentElsewhere(sent(nil), on)
	sentElsewhere(sent(&probe.Redirected{Address: here}), on)
	if asked != 0 {
		t.Error("asked for nothing")
	}
	list := sent(&probe.Redirected{Address: here, Port: 9999})
	sentElsewhere(list, on)
	if to := of(list); !to.Looked || len(to.Listeners) != 1 || to.Listeners[0].Process != "relay" {
		t.Errorf("%+v", to)
	}
	list = sent(&probe.Redirected{Address: here, Port: 9999})
	sentElsewhere(list, func(map[probe.Transport][]uint16) ([]probe.Listener, bool) { return nil, false })
	if to := of(list); to.Looked {
		t.Errorf("%+v", to)
	}
}
