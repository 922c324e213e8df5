package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// TestARivalThatRemainsIsNamed: each pair of worlds differs in what would contradict
// a rival.
func TestARivalThatRemainsIsNamed(t *testing.T) {
	prohibited := func(by string) *diagnosetest.World {
		return diagnosetest.Healthy().Refuse(probe.AdministrativelyProhibited, 1, &probe.ICMPError{Offender: netip.MustParseAddr(by), Type: 3, Code: 13}, "pcoip-tcp")
	}
	prohibitedAfter := func(ms float64) *diagnosetest.World {
		return diagnosetest.Healthy().Refuse(probe.AdministrativelyProhibited, ms, &probe.ICMPError{Offender: netip.MustParseAddr("10.77.0.1"), Type: 3, Code: 13}, "pcoip-tcp")
	}
	stays := func() *diagnosetest.World {
		return diagnosetest.Healthy().Silence("pcoip-tcp", "pcoip-udp").Counters("pcoip-udp", true)
	}
	noWay := func(by string) *diagnosetest.World {
		return diagnosetest.Healthy().Refuse(probe.HostUnreachable, 1, &probe.ICMPError{Offender: netip.MustParseAddr(by), Type: 3, Code: 1}, diagnosetest.AllPorts...)
	}
	withoutSTUN := func() *diagnosetest.World { return diagnosetest.Healthy().Silence("stun").Allow("198.51.100.0/24") }
	for name, c := range map[string]struct {
		w          *diagnosetest.World
		status     finding.Status
		layer      layer.ID
		confidence finding.Confidence
		suspects   []layer.ID
	}{
		"far away": {diagnosetest.Healthy().Slow(280), finding.StatusDegraded, layer.InternetPath, finding.Likely, nil},
		"far away, and the local name server is as slow": {diagnosetest.Healthy().Slow(280).Each(diagnosetest.Is(probe.DNSQuery), func(o *probe.Observation) { o.ElapsedMS = 250 }), finding.StatusDegraded, layer.InternetPath, finding.Possible, []layer.ID{layer.NetworkFirewall}},
		"far away through a VPN":                         {diagnosetest.Healthy().Slow(280).Vpn(), finding.StatusDegraded, "", finding.Possible, []layer.ID{layer.InternetPath, layer.LocalFirewall}},
		"too far away through a VPN":                     {diagnosetest.Healthy().Slow(450).Vpn(), finding.StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.LocalFirewall}},
		"loss":                                           {diagnosetest.Healthy().Lossy(72, 18), finding.StatusDegraded, "", finding.Possible, []layer.ID{layer.InternetPath, layer.NetworkFirewall}},
		"loss through a VPN":                             {diagnosetest.Healthy().Lossy(72, 18).Vpn(), finding.StatusDegraded, "", finding.Possible, []layer.ID{layer.InternetPath, layer.LocalFirewall, layer.NetworkFirewall}},
		"loss while this computer stood still":           {diagnosetest.Healthy().Lossy(72, 18).StoodStill(), finding.StatusDegraded, "", finding.Possible, []layer.ID{layer.InternetPath, layer.NetworkFirewall, layer.LocalDevice}},
		"loss of one port":                               {diagnosetest.Healthy().Sampled("pcoip-tcp", 24, 8), finding.StatusDegraded, "", finding.Possible, []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway}},

		"nothing answers":                             {diagnosetest.Healthy().Dark(), finding.StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.NetworkFirewall, layer.LocalFirewall, layer.LocalDevice}},
		"nothing but the router answers":              {diagnosetest.Healthy().Dark().Neighbour(), finding.StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.NetworkFirewall, layer.LocalFirewall}},
		"nothing answers, heard up to the own router": {diagnosetest.Healthy().Dark().Sweep("pcoip-tcp", 1, ""), finding.StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.LocalFirewall}},

		"the gateway closes its port":                                 {diagnosetest.Healthy().NamedGatewayCloses(), finding.StatusFault, layer.StreamingGateway, finding.Possible, []layer.ID{layer.IPAccessControl}},
		"the gateway closes its port to an address it allows":         {diagnosetest.Healthy().NamedGatewayCloses().Allow(diagnosetest.Egress + "/32"), finding.StatusFault, layer.StreamingGateway, finding.Proven, nil},
		"the health hosts close a port":                               {diagnosetest.Healthy().ClosedAfter("pcoip-udp", 41), finding.StatusFault, layer.StreamingGateway, finding.Proven, nil},
		"some refusals in their name are sooner than they can":        {diagnosetest.Healthy().ClosedAfter("pcoip-udp", 1, 41, 41), finding.StatusFault, layer.StreamingGateway, finding.Possible, []layer.ID{layer.NetworkFirewall}},
		"all refusals in their name are sooner than they can":         {diagnosetest.Healthy().ClosedAfter("pcoip-udp", 1), finding.StatusFault, layer.NetworkFirewall, finding.Possible, []layer.ID{layer.LocalFirewall, layer.InternetPath}},
		"a private device forbids":                                    {prohibited("10.20.0.1"), finding.StatusFault, layer.NetworkFirewall, finding.Proven, nil},
		"a private device forbids, and a VPN carries it":              {prohibited("10.20.0.1").Vpn(), finding.StatusFault, layer.NetworkFirewall, finding.Possible, []layer.ID{layer.LocalFirewall}},
		"a private device forbids at once":                            {prohibitedAfter(8), finding.StatusFault, layer.NetworkFirewall, finding.Proven, nil},
		"a private device forbids after a while":                      {prohibitedAfter(50), finding.StatusFault, layer.NetworkFirewall, finding.Possible, []layer.ID{layer.InternetPath}},
		"packets stay in this computer":                               {stays(), finding.StatusFault, layer.LocalFirewall, finding.Likely, nil},
		"packets stay in this computer, joined to another network":    {stays().HasAddress("192.168.50.10/24"), finding.StatusFault, layer.LocalFirewall, finding.Likely, nil},
		"packets stay in this computer, joined to the host's network": {stays().HasAddress(diagnosetest.Gateways[0] + "/24"), finding.StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway, layer.IPAccessControl, layer.LocalFirewall}},
		"the first router forbids, seen from a container":             {prohibited("192.168.50.1").Within("a container"), finding.StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.LocalFirewall}},
		"a carrier's device forbids":                                  {prohibited("100.64.9.1"), finding.StatusFault, layer.InternetPath, finding.Possible, []layer.ID{layer.NetworkFirewall}},
		"a public device forbids":                                     {prohibited("62.115.0.9"), finding.StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.NetworkFirewall}},
		"a public device forbids, behind the translation":             {prohibited("62.115.0.9").Leaves("ip4", "192.168.50.10", "192.168.50.1"), finding.StatusFault, layer.InternetPath, finding.Proven, nil},
		"a public device is the first that shows, and forbids":        {prohibited("62.115.0.9").Leaves("ip4", "192.168.50.10", "192.168.50.1").ControlSweep(5).Hop(1, "62.115.0.9"), finding.StatusFault, layer.InternetPath, finding.Possible, []layer.ID{layer.NetworkFirewall}},
		"the first router has no way":                                 {noWay("192.168.50.1"), finding.StatusFault, layer.NetworkFirewall, finding.Likely, nil},
		"the first router has no way, seen from a container":          {noWay("192.168.50.1").Within("a container"), finding.StatusInconclusive, "", "", []layer.ID{layer.InternetPath, layer.LocalFirewall, layer.NetworkFirewall}},
		"a public router has no way, behind the translation":          {noWay("62.115.0.9").Leaves("ip4", "192.168.50.10", "192.168.50.1"), finding.StatusFault, layer.InternetPath, finding.Possible, []layer.ID{layer.NetworkFirewall}},
		"a large greeting is lost":                                    {diagnosetest.Healthy().Hello("login", probe.HelloLarge, probe.HelloUnacked), finding.StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath}},
		"a large greeting is lost in a VPN":                           {diagnosetest.Healthy().Hello("login", probe.HelloLarge, probe.HelloUnacked).Vpn(), finding.StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.LocalFirewall, layer.InternetPath}},
		"UDP is not answered":                                         {diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp", "stun"), finding.StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.LocalFirewall, layer.StreamingGateway}},
		"UDP is not answered, and comes as far as a router":           {diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp", "stun").Sweep("pcoip-udp", 1, ""), finding.StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway}},
		"UDP is not answered at stand-in addresses":                   {diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp", "stun").At("stun", "198.18.0.9"), finding.StatusInconclusive, "", "", []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.LocalFirewall, layer.DNS, layer.StreamingGateway}},
		"STUN and the page tell an address that is not allowed":       {diagnosetest.Healthy().Allow("198.51.100.0/24"), finding.StatusFault, layer.IPAccessControl, finding.Proven, nil},
		"the page alone tells it":                                     {withoutSTUN(), finding.StatusFault, layer.IPAccessControl, finding.Possible, nil},
		"STUN knows another one":                                      {diagnosetest.Healthy().Allow("203.0.113.77/32").Egress(probe.STUNBinding, "203.0.113.77"), finding.StatusDegraded, layer.IPAccessControl, finding.Possible, nil},
	} {
		v := Judge(c.w.In).Verdict
		var suspects []layer.ID
		for _, s := range v.Suspects {
			suspects = append(suspects, s.Layer)
			if s.Confidence != finding.Possible || diagnosetest.Said(s.Why) == "" {
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
	udp := diagnosetest.Goldens()["udp_not_passing"].Fires
	both := diagnosetest.Goldens()["udp_not_passing"].Fires.Silence("pcoip-tcp", "dcv-tcp")
	for name, c := range map[string]struct {
		world *diagnosetest.World
		tcp   bool
	}{"datagrams alone": {udp, false}, "connects too": {both, true}} {
		list := Judge(c.world.In).Findings
		i := slices.IndexFunc(list, func(f finding.Finding) bool { return f.Code == "udp_not_passing" })
		if i < 0 {
			t.Fatalf("%s: not found: %s", name, diagnosetest.Codes(list))
		}
		f := list[i]
		said := strings.Contains(diagnosetest.Said(f.Summary), "TCP ports 4172 and 4195")
		way := slices.ContainsFunc(words.English().All(f.Remedy), func(s string) bool { return strings.Contains(s, "works over TCP") })
		suspected := slices.ContainsFunc(f.Rivals, func(r finding.Rival) bool {
			return strings.Contains(diagnosetest.Said(r.Why), "TCP to the streaming ports")
		})
		if said != c.tcp || way == c.tcp || suspected != c.tcp || c.tcp && f.Severity == finding.SeverityFault {
			t.Errorf("%s: %s %q, remedy %q, rivals %+v", name, f.Severity, diagnosetest.Said(f.Summary), f.Remedy, f.Rivals)
		}
	}
}
