package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

func TestWhoseTheLastRouterIs(t *testing.T) {
	const gateway, provider = "192.168.50.1", "62.115.0.9"
	for _, c := range []struct {
		name       string
		w          *diagnosetest.World
		status     finding.Status
		layer      layer.ID
		confidence finding.Confidence
		suspect    layer.ID
		named      string
	}{
		{"a published gateway's range", diagnosetest.Dropped(2, gateway, diagnosetest.PublishedHop, provider), finding.StatusFault, layer.StreamingGateway, finding.Possible, layer.IPAccessControl, diagnosetest.PublishedHop + " (AWS)"},
		{"the provider's router right before AWS", diagnosetest.Dropped(2, gateway, provider, diagnosetest.PublishedHop), finding.StatusFault, layer.InternetPath, finding.Possible, layer.StreamingGateway, diagnosetest.PublishedHop + " (AWS)"},
		{"the own router, and AWS's behind one that does not show", diagnosetest.Dropped(1, gateway, diagnosetest.PublishedHop), finding.StatusFault, layer.NetworkFirewall, finding.Possible, layer.InternetPath, "AWS"},
		{"the provider's router, and AWS's behind a hidden one", diagnosetest.Dropped(2, gateway, provider).Hidden(3).Hop(4, diagnosetest.PublishedHop), finding.StatusInconclusive, "", "", layer.StreamingGateway, diagnosetest.PublishedHop + " (AWS)"},
		{"two routers of the provider's", diagnosetest.Dropped(2, gateway, provider, "62.115.0.10"), finding.StatusFault, layer.InternetPath, finding.Possible, layer.NetworkFirewall, "a public address"},
		{"the default gateway", diagnosetest.Dropped(1, gateway, "10.20.0.1"), finding.StatusFault, layer.NetworkFirewall, finding.Likely, "", "your router " + gateway},
		{"the default gateway, which answers with another address of its own", diagnosetest.Dropped(1, "192.168.50.2", "10.20.0.1"), finding.StatusFault, layer.NetworkFirewall, finding.Likely, "", "your router 192.168.50.2"},
		{"private routers behind the default gateway, as mobile providers have", diagnosetest.Dropped(2, gateway, "10.170.0.1", "10.170.0.5"), finding.StatusFault, layer.NetworkFirewall, finding.Possible, layer.InternetPath, "10.170.0.1 (a private address)"},
		{"a private router behind a public one", diagnosetest.Dropped(3, gateway, provider, "10.0.7.1", "62.115.0.10"), finding.StatusFault, layer.InternetPath, finding.Possible, layer.NetworkFirewall, "10.0.7.1 (a private address, behind a public one)"},
		{"private routers behind the carrier's address translation", diagnosetest.Dropped(3, gateway, "100.64.9.1", "10.0.7.1", "10.0.7.2"), finding.StatusFault, layer.InternetPath, finding.Possible, layer.NetworkFirewall, "10.0.7.1 (a provider's or office's device)"},
		{"a phone's own end of 464XLAT", diagnosetest.Dropped(2, gateway, "192.0.0.4", provider), finding.StatusFault, layer.InternetPath, finding.Possible, layer.NetworkFirewall, "192.0.0.4 (a provider's or office's device)"},
		{"an office that has public addresses", diagnosetest.Dropped(2, "141.20.1.1", "141.20.0.1", "188.1.0.1").Leaves("ip4", "141.20.1.10", "141.20.1.1"), finding.StatusInconclusive, "", "", layer.NetworkFirewall, "141.20.0.1 (a public address)"},
		{"the default gateway of a computer with a public address", diagnosetest.Dropped(1, "141.20.1.1", "188.1.0.1").Leaves("ip4", "141.20.1.10", "141.20.1.1"), finding.StatusInconclusive, "", "", layer.InternetPath, "your router 141.20.1.1"},
		{"a VPN's far end", diagnosetest.Dropped(2, "10.8.0.1", "203.0.113.1", provider).Vpn(), finding.StatusInconclusive, "", "", layer.LocalFirewall, "203.0.113.1 (a public address)"},
		{"the computer around WSL, or its router", diagnosetest.Dropped(1, "172.28.160.1", "192.168.1.1").Leaves("ip4", "172.28.160.5", "172.28.160.1").Within("WSL"), finding.StatusInconclusive, "", "", layer.LocalFirewall, "your router 172.28.160.1"},
		{"an office's device, seen from a container", diagnosetest.Dropped(2, "172.17.0.1", "192.168.1.1", provider).Leaves("ip4", "172.17.0.2", "172.17.0.1").Within("a container"), finding.StatusFault, layer.NetworkFirewall, finding.Possible, layer.InternetPath, "192.168.1.1 (a private address)"},
		{"a VPN for IPv6 only", diagnosetest.Dropped(1, gateway, "10.20.0.1").Also("host", probe.HostRoute, "::", probe.OK, "", probe.RouteDetail{Family: "ip6", Interface: "utun3", VPN: "a TUN name"}), finding.StatusFault, layer.NetworkFirewall, finding.Likely, "", "your router " + gateway},
		{"an office's router with IPv6, which no translation hides", diagnosetest.Dropped(2, "2001:db8:50::1", "2001:db8:50:20::1", "2001:db8:10::9").Leaves("ip6", "2001:db8:50::10", "fe80::1"), finding.StatusFault, layer.NetworkFirewall, finding.Possible, layer.InternetPath, "2001:db8:50:20::1 (an address of this network)"},
		{"the default gateway with IPv6, which answers with its global address", diagnosetest.Dropped(1, "2a02:8109:1::1", "2a02:8108:2::1").Leaves("ip6", "2a02:8109:9::10", "fe80::1"), finding.StatusFault, layer.NetworkFirewall, finding.Possible, layer.InternetPath, "your router 2a02:8109:1::1"},
		{"a router with IPv6 that may be the provider's or the organisation's", diagnosetest.Dropped(2, "2a02:8109:9::1", "2a02:8109:1::1", "2a02:8109:2::1").Leaves("ip6", "2a02:8109:9::10", "fe80::1"), finding.StatusInconclusive, "", "", layer.NetworkFirewall, "2a02:8109:1::1 (a public address)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Judge(c.w.In).Verdict
			if v.Status != c.status || layerOf(v) != c.layer || v.Confidence != c.confidence || v.Code != "path_located" {
				t.Errorf("%s %q %q %s, want %s %q %q", v.Status, layerOf(v), v.Confidence, v.Code, c.status, c.layer, c.confidence)
			}
			if c.suspect == "" && len(v.Suspects) > 0 || c.suspect != "" && !slices.ContainsFunc(v.Suspects, func(s finding.Suspect) bool { return s.Layer == c.suspect }) {
				t.Errorf("%s is no suspect of %v", c.suspect, v.Suspects)
			}
			if !strings.Contains(diagnosetest.Said(v.Summary), c.named) {
				t.Errorf("%q does not name %q", diagnosetest.Said(v.Summary), c.named)
			}
		})
	}
}

// A firewall of the office that resets everything to the streaming host resets
// the control too, and the two agree on how far away that is.
func TestAResetFromWithinTheNetworkIsNotAWSs(t *testing.T) {
	resets := func(routers string, rtt float64) *diagnosetest.World {
		w := diagnosetest.Healthy().Refuse(probe.ConnectionRefused, rtt, nil, "pcoip-tcp")
		for _, s := range []struct {
			step, endpoint string
			port           uint16
			control        bool
		}{{"pcoip-tcp/sweep", "pcoip-tcp", 4172, false}, {"control/sweep", "control", 443, true}} {
			w.Add(s.step, s.endpoint, probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, s.port, "tcp"), diagnosetest.Gateways[0], probe.OK, "", sweeptest.Heard(s.control, routers))
		}
		return diagnosetest.With(w, probe.PathSweep, func(d *probe.SweepDetail) {
			for i := range d.Hops {
				if d.Hops[i].Kind == probe.HopRST {
					d.Hops[i].RTTMS = []float64{rtt}
				}
			}
		})
	}
	for _, c := range []struct {
		name string
		w    *diagnosetest.World
		code string
		not  layer.ID
	}{
		{"behind two private routers, as far as the Region", resets("..R", 40), "port_refused", layer.StreamingGateway},
		{"behind a public router, faster than the Region", resets("...R", 1).Hop(3, "62.115.0.9"), "port_refused", layer.StreamingGateway},
		{"behind a public router, as far as the Region", resets("...R", 40).Hop(3, "62.115.0.9"), "port_refused", layer.InternetPath},
		{"behind AWS's border, as far as the Region", resets("...R", 40).Hop(3, diagnosetest.PublishedHop), "gateway_refuses", ""},
	} {
		if v := Judge(c.w.In).Verdict; v.Code != c.code || c.not != "" && layerOf(v) == c.not {
			t.Errorf("%s: %s %q %s: %s", c.name, v.Status, layerOf(v), v.Code, diagnosetest.Said(v.Summary))
		}
	}
}

func TestARefusalOfTheComputerAroundIsNotTheNetworks(t *testing.T) {
	m := &probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.1"), Type: 3, Code: 13}
	w := diagnosetest.Healthy().Refuse(probe.AdministrativelyProhibited, 1, m, diagnosetest.AllPorts...)
	if v := Judge(w.In).Verdict; v.Status != finding.StatusFault || layerOf(v) != layer.NetworkFirewall || v.Confidence != finding.Proven {
		t.Errorf("on a computer of its own: %s %q %q", v.Status, layerOf(v), v.Confidence)
	}
	v := Judge(w.Within("a container").In).Verdict
	if v.Status != finding.StatusInconclusive || len(v.Suspects) < 2 || v.Suspects[0].Layer != layer.NetworkFirewall && v.Suspects[0].Layer != layer.LocalFirewall {
		t.Errorf("in a container: %s, suspects %v", v.Status, v.Suspects)
	}
}

func TestARefusalOfAPublishedAddressIsAWSs(t *testing.T) {
	m := &probe.ICMPError{Offender: netip.MustParseAddr(diagnosetest.PublishedHop), Type: 3, Code: 13}
	w := diagnosetest.Healthy().Refuse(probe.AdministrativelyProhibited, 40, m, "pcoip-tcp")
	v := Judge(w.In).Verdict // of the health hosts, which know no group
	if v.Status != finding.StatusFault || layerOf(v) != layer.StreamingGateway || v.Confidence != finding.Likely || len(v.Suspects) > 0 {
		t.Errorf("%s %q %q: %s", v.Status, layerOf(v), v.Confidence, diagnosetest.Said(v.Summary))
	}
	w.Also("gateway-pcoip-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Failed, probe.AdministrativelyProhibited, probe.ConnectDetail{ICMP: m})
	w = w.Drop(diagnosetest.At("pcoip-tcp")) // of the user's own gateway alone
	v = Judge(w.In).Verdict
	if v.Status != finding.StatusFault || layerOf(v) != layer.StreamingGateway || v.Confidence != finding.Possible || len(v.Rivals) != 1 || v.Rivals[0].Layer != layer.IPAccessControl {
		t.Errorf("of a gateway: %s %q %q, rivals %v: %s", v.Status, layerOf(v), v.Confidence, v.Rivals, diagnosetest.Said(v.Summary))
	}
}
