package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

func (w *world) stoodStill() *world {
	w.add("host", "", probe.HostPauses, "", "", probe.OK, "", probe.PausesDetail{TotalMS: 500})
	return w
}

// neighbour lets the router of the local network answer.
func (w *world) neighbour() *world {
	return w.also("host", probe.HostNeighbour, "192.168.50.1", probe.OK, "", probe.NeighbourDetail{State: "reachable"})
}

// closedAfter lets the hosts of a port say that it is closed, after this time.
func (w *world) closedAfter(role string, times ...float64) *world {
	i := 0
	return w.closedUDP(role).each(at(role), func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		d.Attempts = []probe.Attempt{{ElapsedMS: times[i%len(times)], Outcome: probe.Failed, Failure: probe.ConnectionRefused}}
		o.Detail, i = d, i+1
	})
}

// namedGatewayCloses lets the user's own gateway say that UDP 4172 is closed.
func (w *world) namedGatewayCloses() *world {
	return w.also("gateway-pcoip-udp/stun", probe.STUNBinding, "3.227.4.9", probe.Failed, probe.ConnectionRefused,
		probe.ExchangeDetail{Sent: 1, ICMP: &probe.ICMPError{Offender: netip.MustParseAddr("3.227.4.9"), Type: 3, Code: 3}}).
		drop(func(o probe.Observation) bool { return o.Endpoint == "pcoip-udp" && o.Address != gateways[0] })
}

// TestARivalThatRemainsIsNamed: each pair of worlds differs in what would contradict
// a rival.
func TestARivalThatRemainsIsNamed(t *testing.T) {
	prohibited := func(by string) *world {
		return healthy().refuse(probe.AdministrativelyProhibited, 1, &probe.ICMPError{Offender: netip.MustParseAddr(by), Type: 3, Code: 13}, "pcoip-tcp")
	}
	prohibitedAfter := func(ms float64) *world {
		return healthy().refuse(probe.AdministrativelyProhibited, ms, &probe.ICMPError{Offender: netip.MustParseAddr("10.77.0.1"), Type: 3, Code: 13}, "pcoip-tcp")
	}
	stays := func() *world { return healthy().silence("pcoip-tcp", "pcoip-udp").counters("pcoip-udp", true) }
	noWay := func(by string) *world {
		return healthy().refuse(probe.HostUnreachable, 1, &probe.ICMPError{Offender: netip.MustParseAddr(by), Type: 3, Code: 1}, allPorts...)
	}
	withoutSTUN := func() *world { return healthy().silence("stun").allow("198.51.100.0/24") }
	for name, c := range map[string]struct {
		w          *world
		status     Status
		layer      layer.ID
		confidence Confidence
		suspects   []layer.ID
	}{
		"far away": {healthy().slow(280), StatusDegraded, layer.InternetPath, Likely, nil},
		"far away, and the local name server is as slow": {healthy().slow(280).each(is(probe.DNSQuery), func(o *probe.Observation) { o.ElapsedMS = 250 }), StatusDegraded, layer.InternetPath, Possible, []layer.ID{layer.NetworkFirewall}},
		"far away through a VPN":                         {healthy().slow(280).vpn(), StatusDegraded, "", Possible, []layer.ID{layer.InternetPath, layer.LocalFirewall}},
		"too far away through a VPN":                     {healthy().slow(450).vpn(), StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.LocalFirewall}},
		"loss":                                           {healthy().lossy(72, 18), StatusDegraded, "", Possible, []layer.ID{layer.InternetPath, layer.NetworkFirewall}},
		"loss through a VPN":                             {healthy().lossy(72, 18).vpn(), StatusDegraded, "", Possible, []layer.ID{layer.InternetPath, layer.LocalFirewall, layer.NetworkFirewall}},
		"loss while this computer stood still":           {healthy().lossy(72, 18).stoodStill(), StatusDegraded, "", Possible, []layer.ID{layer.InternetPath, layer.NetworkFirewall, layer.LocalDevice}},
		"loss of one port":                               {healthy().sampled("pcoip-tcp", 24, 8), StatusDegraded, "", Possible, []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway}},

		"nothing answers":                             {healthy().dark(), StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.NetworkFirewall, layer.LocalFirewall, layer.LocalDevice}},
		"nothing but the router answers":              {healthy().dark().neighbour(), StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.NetworkFirewall, layer.LocalFirewall}},
		"nothing answers, heard up to the own router": {healthy().dark().sweep("pcoip-tcp", 1, ""), StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.LocalFirewall}},

		"the gateway closes its port":                                 {healthy().namedGatewayCloses(), StatusFault, layer.StreamingGateway, Possible, []layer.ID{layer.IPAccessControl}},
		"the gateway closes its port to an address it allows":         {healthy().namedGatewayCloses().allow(egress + "/32"), StatusFault, layer.StreamingGateway, Proven, nil},
		"the health hosts close a port":                               {healthy().closedAfter("pcoip-udp", 41), StatusFault, layer.StreamingGateway, Proven, nil},
		"some refusals in their name are sooner than they can":        {healthy().closedAfter("pcoip-udp", 1, 41, 41), StatusFault, layer.StreamingGateway, Possible, []layer.ID{layer.NetworkFirewall}},
		"all refusals in their name are sooner than they can":         {healthy().closedAfter("pcoip-udp", 1), StatusFault, layer.NetworkFirewall, Possible, []layer.ID{layer.LocalFirewall, layer.InternetPath}},
		"a private device forbids":                                    {prohibited("10.20.0.1"), StatusFault, layer.NetworkFirewall, Proven, nil},
		"a private device forbids, and a VPN carries it":              {prohibited("10.20.0.1").vpn(), StatusFault, layer.NetworkFirewall, Possible, []layer.ID{layer.LocalFirewall}},
		"a private device forbids at once":                            {prohibitedAfter(8), StatusFault, layer.NetworkFirewall, Proven, nil},
		"a private device forbids after a while":                      {prohibitedAfter(50), StatusFault, layer.NetworkFirewall, Possible, []layer.ID{layer.InternetPath}},
		"packets stay in this computer":                               {stays(), StatusFault, layer.LocalFirewall, Likely, nil},
		"packets stay in this computer, joined to another network":    {stays().hasAddress("192.168.50.10/24"), StatusFault, layer.LocalFirewall, Likely, nil},
		"packets stay in this computer, joined to the host's network": {stays().hasAddress(gateways[0] + "/24"), StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway, layer.IPAccessControl, layer.LocalFirewall}},
		"the first router forbids, seen from a container":             {prohibited("192.168.50.1").within("a container"), StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.LocalFirewall}},
		"a carrier's device forbids":                                  {prohibited("100.64.9.1"), StatusFault, layer.InternetPath, Possible, []layer.ID{layer.NetworkFirewall}},
		"a public device forbids":                                     {prohibited("62.115.0.9"), StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.NetworkFirewall}},
		"a public device forbids, behind the translation":             {prohibited("62.115.0.9").leaves("ip4", "192.168.50.10", "192.168.50.1"), StatusFault, layer.InternetPath, Proven, nil},
		"the first router has no way":                                 {noWay("192.168.50.1"), StatusFault, layer.NetworkFirewall, Likely, nil},
		"the first router has no way, seen from a container":          {noWay("192.168.50.1").within("a container"), StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.LocalFirewall, layer.NetworkFirewall}},
		"a public router has no way, behind the translation":          {noWay("62.115.0.9").leaves("ip4", "192.168.50.10", "192.168.50.1"), StatusFault, layer.InternetPath, Possible, []layer.ID{layer.NetworkFirewall}},
		"a large greeting is lost":                                    {healthy().hello("login", probe.HelloLarge, probe.HelloUnacked), StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath}},
		"a large greeting is lost in a VPN":                           {healthy().hello("login", probe.HelloLarge, probe.HelloUnacked).vpn(), StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.LocalFirewall, layer.InternetPath}},
		"UDP is not answered":                                         {healthy().silence("pcoip-udp", "dcv-udp", "stun"), StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.LocalFirewall, layer.StreamingGateway}},
		"UDP is not answered, and comes as far as a router":           {healthy().silence("pcoip-udp", "dcv-udp", "stun").sweep("pcoip-udp", 1, ""), StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway}},
		"UDP is not answered at stand-in addresses":                   {healthy().silence("pcoip-udp", "dcv-udp", "stun").at("stun", "198.18.0.9"), StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.LocalFirewall, layer.DNS, layer.StreamingGateway}},
		"STUN and the page tell an address that is not allowed":       {healthy().allow("198.51.100.0/24"), StatusFault, layer.IPAccessControl, Proven, nil},
		"the page alone tells it":                                     {withoutSTUN(), StatusFault, layer.IPAccessControl, Possible, nil},
		"STUN knows another one":                                      {healthy().allow("203.0.113.77/32").egress(probe.STUNBinding, "203.0.113.77"), StatusDegraded, layer.IPAccessControl, Possible, nil},
	} {
		v := Judge(c.w.in).Verdict
		var suspects []layer.ID
		for _, s := range v.Suspects {
			suspects = append(suspects, s.Layer)
			if s.Confidence != Possible || s.Why == "" {
				t.Errorf("%s: suspects %+v", name, s)
			}
		}
		if v.Status != c.status || layerOf(v) != c.layer || v.Confidence != c.confidence || !slices.Equal(suspects, c.suspects) {
			t.Errorf("%s: %s %q %q of %v (%s), want %s %q %q of %v", name, v.Status, layerOf(v), v.Confidence, suspects, v.Code, c.status, c.layer, c.confidence, c.suspects)
		}
	}
}

// Where connects to the streaming ports end as datagrams do, UDP alone is not blamed on
// somebody else than they are.
func TestWhatStopsConnectsMayStopDatagrams(t *testing.T) {
	udp := goldens()["udp_not_passing"].fires
	both := goldens()["udp_not_passing"].fires.silence("pcoip-tcp", "dcv-tcp")
	for name, c := range map[string]struct {
		world *world
		tcp   bool
	}{"datagrams alone": {udp, false}, "connects too": {both, true}} {
		list := Judge(c.world.in).Findings
		i := slices.IndexFunc(list, func(f Finding) bool { return f.Code == "udp_not_passing" })
		if i < 0 {
			t.Fatalf("%s: not found: %s", name, codes(list))
		}
		f := list[i]
		said := strings.Contains(f.Summary, "TCP ports 4172 and 4195")
		way := slices.ContainsFunc(f.Remedy, func(s string) bool { return strings.Contains(s, "works over TCP") })
		suspected := slices.ContainsFunc(f.Rivals, func(r Rival) bool { return strings.Contains(r.Why, "connects to the streaming ports") })
		if said != c.tcp || way == c.tcp || suspected != c.tcp || c.tcp && f.Severity == SeverityFault {
			t.Errorf("%s: %s %q, remedy %q, rivals %+v", name, f.Severity, f.Summary, f.Remedy, f.Rivals)
		}
	}
}
