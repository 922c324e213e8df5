package host

import (
	"net"
	"testing"

	"wsdoctor/probe"
)

func TestUsableAddresses(t *testing.T) {
	for s, want := range map[string]bool{
		"192.0.2.1": true, "10.1.2.3": true, "100.64.0.1": true, "169.254.3.4": false, "127.0.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false,
		"2001:db8::1": true, "fd00::1": true, "fe80::1": false, "::1": false, "::": false, "ff02::1": false,
	} {
		if got := usable(addr(s)); got != want {
			t.Errorf("usable(%s) = %v, want %v", s, got, want)
		}
	}
}

func TestFamilyNeedsAddressAndDefaultRoute(t *testing.T) {
	route := func(family, source string) probe.RouteDetail {
		d := probe.RouteDetail{Family: family, Interface: "eth0"}
		if source != "" {
			d.Source = addr(source)
		}
		return d
	}
	none := probe.RouteDetail{Family: "ip6", Failure: probe.NoRoute}
	down := eth(2, "eth0", "2001:db8::1/64")
	down.Up = false
	for name, c := range map[string]struct {
		link  link
		route probe.RouteDetail
		want  bool
	}{
		"global address and route":                       {eth(2, "eth0", "2001:db8::1/64"), route("ip6", ""), true},
		"global address, no route":                       {eth(2, "eth0", "2001:db8::1/64"), none, false},
		"unique local address, no route":                 {eth(2, "eth0", "fd00::1/64"), none, false},
		"unique local address and a route (NAT66)":       {eth(2, "eth0", "fd00::1/64"), route("ip6", "fd00::1"), true},
		"link-local address only, route announced":       {eth(2, "eth0", "fe80::1/64"), route("ip6", ""), false},
		"kernel would send from its link-local address":  {eth(2, "eth0", "fe80::1/64"), route("ip6", "fe80::1"), false},
		"interface down":                                 {down, route("ip6", ""), false},
		"IPv4 address does not make IPv6":                {eth(2, "eth0", "192.0.2.1/24"), route("ip6", ""), false},
		"another family's default route does not either": {eth(2, "eth0", "2001:db8::1/64"), route("ip4", ""), false},
	} {
		if got := hasFamily(interfaces([]link{c.link}), []probe.RouteDetail{c.route}, "ip6"); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestPrefixOf(t *testing.T) {
	for want, n := range map[string]*net.IPNet{
		"192.0.2.9/24":   {IP: net.IPv4(192, 0, 2, 9), Mask: net.CIDRMask(24, 32)},
		"192.0.2.8/24":   {IP: net.IPv4(192, 0, 2, 8), Mask: net.CIDRMask(120, 128)},
		"2001:db8::1/64": {IP: net.ParseIP("2001:db8::1"), Mask: net.CIDRMask(64, 128)},
	} {
		if got, ok := prefixOf(n); !ok || got != prefix(want) {
			t.Errorf("%v = %v %v, want %s", n, got, ok, want)
		}
	}
	for _, n := range []*net.IPNet{nil, {}, {IP: net.IP{1, 2, 3}, Mask: net.CIDRMask(8, 32)}} {
		if got, ok := prefixOf(n); ok {
			t.Errorf("%v became %v", n, got)
		}
	}
}
