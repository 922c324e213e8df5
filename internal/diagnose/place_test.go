package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// publishedHop is an address of a range that AWS publishes for PCoIP gateways.
const publishedHop = "3.217.228.9"

// hop gives the router at a TTL another address, in every sweep.
func (w *world) hop(ttl int, address string) *world {
	return with(w, probe.PathSweep, func(d *probe.SweepDetail) {
		for i := range d.Hops {
			if d.Hops[i].TTL == ttl && d.Hops[i].Kind == probe.HopExpired {
				d.Hops[i].From = netip.MustParseAddr(address)
			}
		}
	})
}

// leaves gives this computer other addresses on its routes.
func (w *world) leaves(family, source, gateway string) *world {
	return w.each(is(probe.HostRoute), func(o *probe.Observation) {
		o.Detail = probe.RouteDetail{Family: family, Interface: "eth0", Source: netip.MustParseAddr(source), Gateway: netip.MustParseAddr(gateway)}
	})
}

// dropped is a world in which a port's packets end behind this hop of a way of
// these routers.
func dropped(behind int, routers ...string) *world {
	w := healthy().silence("pcoip-tcp").sweep("pcoip-tcp", behind, "").controlSweep(5)
	for i, r := range routers {
		w.hop(i+1, r)
	}
	return w
}

func TestWhoseTheLastRouterIs(t *testing.T) {
	const gateway, provider = "192.168.50.1", "62.115.0.9"
	for _, c := range []struct {
		name       string
		w          *world
		status     Status
		layer      layer.ID
		confidence Confidence
		suspect    layer.ID
		named      string
	}{
		{"a published gateway's range", dropped(2, gateway, publishedHop, provider), StatusFault, layer.StreamingGateway, Possible, layer.IPAccessControl, publishedHop + " (AWS)"},
		{"the provider's router right before AWS", dropped(2, gateway, provider, publishedHop), StatusFault, layer.InternetPath, Possible, layer.StreamingGateway, publishedHop + " (AWS)"},
		{"the provider's router, and AWS's behind a hidden one", dropped(2, gateway, provider).hidden(3).hop(4, publishedHop), StatusInconclusive, "", "", layer.StreamingGateway, publishedHop + " (AWS)"},
		{"two routers of the provider's", dropped(2, gateway, provider, "62.115.0.10"), StatusFault, layer.InternetPath, Possible, layer.NetworkFirewall, "a public address"},
		{"the default gateway", dropped(1, gateway, "10.20.0.1"), StatusFault, layer.NetworkFirewall, Likely, "", "your router " + gateway},
		{"the default gateway, which answers with another address of its own", dropped(1, "192.168.50.2", "10.20.0.1"), StatusFault, layer.NetworkFirewall, Likely, "", "your router 192.168.50.2"},
		{"private routers behind the default gateway, as mobile providers have", dropped(2, gateway, "10.170.0.1", "10.170.0.5"), StatusFault, layer.NetworkFirewall, Possible, layer.InternetPath, "10.170.0.1 (a private address)"},
		{"a private router behind a public one", dropped(3, gateway, provider, "10.0.7.1", "62.115.0.10"), StatusFault, layer.InternetPath, Possible, layer.NetworkFirewall, "10.0.7.1 (a private address, behind a public one)"},
		{"private routers behind the carrier's address translation", dropped(3, gateway, "100.64.9.1", "10.0.7.1", "10.0.7.2"), StatusFault, layer.InternetPath, Possible, layer.NetworkFirewall, "10.0.7.1 (a provider's or office's device)"},
		{"a phone's own end of 464XLAT", dropped(2, gateway, "192.0.0.4", provider), StatusFault, layer.InternetPath, Possible, layer.NetworkFirewall, "192.0.0.4 (a provider's or office's device)"},
		{"an office that has public addresses", dropped(2, "141.20.1.1", "141.20.0.1", "188.1.0.1").leaves("ip4", "141.20.1.10", "141.20.1.1"), StatusInconclusive, "", "", layer.NetworkFirewall, "141.20.0.1 (a public address)"},
		{"the default gateway of a computer with a public address", dropped(1, "141.20.1.1", "188.1.0.1").leaves("ip4", "141.20.1.10", "141.20.1.1"), StatusInconclusive, "", "", layer.InternetPath, "your router 141.20.1.1"},
		{"a VPN's far end", dropped(2, "10.8.0.1", "203.0.113.1", provider).vpn(), StatusInconclusive, "", "", layer.LocalFirewall, "203.0.113.1 (a public address)"},
		{"the computer around WSL, or its router", dropped(1, "172.28.160.1", "192.168.1.1").leaves("ip4", "172.28.160.5", "172.28.160.1").within("WSL"), StatusInconclusive, "", "", layer.LocalFirewall, "your router 172.28.160.1"},
		{"an office's device, seen from a container", dropped(2, "172.17.0.1", "192.168.1.1", provider).leaves("ip4", "172.17.0.2", "172.17.0.1").within("a container"), StatusFault, layer.NetworkFirewall, Possible, layer.InternetPath, "192.168.1.1 (a private address)"},
		{"a VPN for IPv6 only", dropped(1, gateway, "10.20.0.1").also("host", probe.HostRoute, "::", probe.OK, "", probe.RouteDetail{Family: "ip6", Interface: "utun3", VPN: "a TUN name"}), StatusFault, layer.NetworkFirewall, Likely, "", "your router " + gateway},
		{"an office's router with IPv6, which no translation hides", dropped(2, "2001:db8:50::1", "2001:db8:50:20::1", "2001:db8:10::9").leaves("ip6", "2001:db8:50::10", "fe80::1"), StatusFault, layer.NetworkFirewall, Possible, layer.InternetPath, "2001:db8:50:20::1 (an address of this network)"},
		{"the default gateway with IPv6, which answers with its global address", dropped(1, "2a02:8109:1::1", "2a02:8108:2::1").leaves("ip6", "2a02:8109:9::10", "fe80::1"), StatusFault, layer.NetworkFirewall, Possible, layer.InternetPath, "your router 2a02:8109:1::1"},
		{"a router with IPv6 that may be the provider's or the organisation's", dropped(2, "2a02:8109:9::1", "2a02:8109:1::1", "2a02:8109:2::1").leaves("ip6", "2a02:8109:9::10", "fe80::1"), StatusInconclusive, "", "", layer.NetworkFirewall, "2a02:8109:1::1 (a public address)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Judge(c.w.in).Verdict
			if v.Status != c.status || layerOf(v) != c.layer || v.Confidence != c.confidence || v.Code != "path_located" {
				t.Errorf("%s %q %q %s, want %s %q %q", v.Status, layerOf(v), v.Confidence, v.Code, c.status, c.layer, c.confidence)
			}
			if c.suspect == "" && len(v.Suspects) > 0 || c.suspect != "" && !slices.ContainsFunc(v.Suspects, func(s Suspect) bool { return s.Layer == c.suspect }) {
				t.Errorf("%s is no suspect of %v", c.suspect, v.Suspects)
			}
			if !strings.Contains(v.Summary, c.named) {
				t.Errorf("%q does not name %q", v.Summary, c.named)
			}
		})
	}
}

// A firewall of the office that resets everything to the streaming host resets
// the control too, and the two agree on how far away that is.
func TestAResetFromWithinTheNetworkIsNotAWSs(t *testing.T) {
	resets := func(routers string, rtt float64) *world {
		w := healthy().refuse(probe.ConnectionRefused, rtt, nil, "pcoip-tcp")
		for _, s := range []struct {
			step, endpoint string
			port           uint16
			control        bool
		}{{"pcoip-tcp/sweep", "pcoip-tcp", 4172, false}, {"control/sweep", "control", 443, true}} {
			w.add(s.step, s.endpoint, probe.PathSweep, target(healthHost, s.port, "tcp"), gateways[0], probe.OK, "", sweeptest.Heard(s.control, routers))
		}
		return with(w, probe.PathSweep, func(d *probe.SweepDetail) {
			for i := range d.Hops {
				if d.Hops[i].Kind == probe.HopRST {
					d.Hops[i].RTTMS = []float64{rtt}
				}
			}
		})
	}
	for _, c := range []struct {
		name string
		w    *world
		code string
		not  layer.ID
	}{
		{"behind two private routers, as far as the Region", resets("..R", 40), "port_refused", layer.StreamingGateway},
		{"behind a public router, faster than the Region", resets("...R", 1).hop(3, "62.115.0.9"), "port_refused", layer.StreamingGateway},
		{"behind a public router, as far as the Region", resets("...R", 40).hop(3, "62.115.0.9"), "port_refused", layer.InternetPath},
		{"behind AWS's border, as far as the Region", resets("...R", 40).hop(3, publishedHop), "gateway_refuses", ""},
	} {
		if v := Judge(c.w.in).Verdict; v.Code != c.code || c.not != "" && layerOf(v) == c.not {
			t.Errorf("%s: %s %q %s: %s", c.name, v.Status, layerOf(v), v.Code, v.Summary)
		}
	}
}

// hidden makes the router at a TTL silent in every sweep.
func (w *world) hidden(ttl int) *world {
	return with(w, probe.PathSweep, func(d *probe.SweepDetail) {
		for i := range d.Hops {
			if d.Hops[i].TTL == ttl {
				d.Hops[i] = probe.Hop{TTL: ttl, Sent: 2, Kind: probe.HopSilent}
			}
		}
	})
}

// within puts this system into another computer.
func (w *world) within(what string) *world {
	return with(w, probe.HostLinks, func(d *probe.LinksDetail) { d.Around = what })
}

func TestARefusalOfTheComputerAroundIsNotTheNetworks(t *testing.T) {
	m := &probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.1"), Type: 3, Code: 13}
	w := healthy().refuse(probe.AdministrativelyProhibited, 1, m, allPorts...)
	if v := Judge(w.in).Verdict; v.Status != StatusFault || layerOf(v) != layer.NetworkFirewall || v.Confidence != Proven {
		t.Errorf("on a computer of its own: %s %q %q", v.Status, layerOf(v), v.Confidence)
	}
	v := Judge(w.within("a container").in).Verdict
	if v.Status != StatusInconclusive || len(v.Suspects) < 2 || v.Suspects[0].Layer != layer.NetworkFirewall && v.Suspects[0].Layer != layer.LocalFirewall {
		t.Errorf("in a container: %s, suspects %v", v.Status, v.Suspects)
	}
}

// vpn lets a VPN carry the traffic, by an interface that has no gateway.
func (w *world) vpn() *world {
	w.each(is(probe.HostRoute), func(o *probe.Observation) {
		o.Detail = probe.RouteDetail{Family: "ip4", Interface: "tun0", VPN: "a TUN interface"}
	})
	w.add("host", "", probe.HostVPN, "", "", probe.OK, "", probe.VPNDetail{Interfaces: []probe.VPNInterface{{Name: "tun0", Why: "a TUN interface", Carries: true}}})
	return w
}

func TestARefusalOfAPublishedAddressIsAWSs(t *testing.T) {
	m := &probe.ICMPError{Offender: netip.MustParseAddr(publishedHop), Type: 3, Code: 13}
	w := healthy().refuse(probe.AdministrativelyProhibited, 40, m, "pcoip-tcp")
	v := Judge(w.in).Verdict // of the health hosts, which know no group
	if v.Status != StatusFault || layerOf(v) != layer.StreamingGateway || v.Confidence != Likely || len(v.Suspects) > 0 {
		t.Errorf("%s %q %q: %s", v.Status, layerOf(v), v.Confidence, v.Summary)
	}
	w.also("gateway-pcoip-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Failed, probe.AdministrativelyProhibited, probe.ConnectDetail{ICMP: m})
	w = w.drop(at("pcoip-tcp")) // of the user's own gateway alone
	v = Judge(w.in).Verdict
	if v.Status != StatusFault || layerOf(v) != layer.StreamingGateway || v.Confidence != Possible || len(v.Rivals) != 1 || v.Rivals[0].Layer != layer.IPAccessControl {
		t.Errorf("of a gateway: %s %q %q, rivals %v: %s", v.Status, layerOf(v), v.Confidence, v.Rivals, v.Summary)
	}
}

func TestPublishedRangesAreOfAllRegions(t *testing.T) {
	if n := len(publishedRanges()); n < 100 {
		t.Errorf("only %d ranges", n)
	}
	for address, want := range map[string]bool{"3.209.215.252": true, publishedHop: true, "2600:1f18:74e9:4400::7": true, "198.51.100.1": false, "10.0.0.1": false, "64:ff9b::345d:18a9": true, "64:ff9b:1::345d:18a9": true, "64:ff9b::c633:6401": false} {
		if got := isAWS(netip.MustParseAddr(address)); got != want {
			t.Errorf("isAWS(%s) = %v", address, got)
		}
	}
}
