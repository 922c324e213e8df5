package host

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

// A Mac on an office network with a VPN that takes two halves of the internet.
func TestRoutesOfAMac(t *testing.T) {
	const usual = routeUp | routeGateway
	var none netip.Addr
	for name, c := range map[string]struct {
		route kernelRoute
		want  tableRoute
		is    bool
	}{
		"default":                    {kernelRoute{usual, 15, addr("0.0.0.0"), none, addr("192.168.50.1")}, via("0.0.0.0/0", 15, "192.168.50.1", 0), true},
		"default, with its mask":     {kernelRoute{usual, 15, addr("0.0.0.0"), addr("0.0.0.0"), addr("192.168.50.1")}, via("0.0.0.0/0", 15, "192.168.50.1", 0), true},
		"default of one interface":   {kernelRoute{usual | routeScoped, 16, addr("0.0.0.0"), none, addr("10.0.0.1")}, tableRoute{}, false},
		"half of the internet":       {kernelRoute{routeUp, 20, addr("128.0.0.0"), addr("128.0.0.0"), none}, onLink("128.0.0.0/1", 20), true},
		"the other half":             {kernelRoute{routeUp, 20, addr("0.0.0.0"), addr("128.0.0.0"), none}, onLink("0.0.0.0/1", 20), true},
		"own network":                {kernelRoute{routeUp, 15, addr("192.168.50.0"), addr("255.255.255.0"), none}, onLink("192.168.50.0/24", 15), true},
		"one host":                   {kernelRoute{usual | routeHost, 15, addr("203.0.113.9"), none, addr("192.168.50.1")}, via("203.0.113.9/32", 15, "192.168.50.1", 0), true},
		"one host, with a mask":      {kernelRoute{routeUp | routeHost, 15, addr("203.0.113.9"), addr("255.0.0.0"), none}, onLink("203.0.113.9/32", 15), true},
		"default of IPv6":            {kernelRoute{usual, 15, addr("::"), none, addr("fe80::1%en0")}, via("::/0", 15, "fe80::1%en0", 0), true},
		"a network of IPv6":          {kernelRoute{routeUp, 15, addr("2001:db8::"), addr("ffff:ffff:ffff:ffff::"), none}, onLink("2001:db8::/64", 15), true},
		"down":                       {kernelRoute{routeGateway, 15, addr("0.0.0.0"), none, addr("192.168.50.1")}, tableRoute{}, false},
		"to no address":              {kernelRoute{routeUp, 15, none, none, none}, tableRoute{}, false},
		"a gateway that is a link":   {kernelRoute{usual, 20, addr("10.8.0.0"), addr("255.255.0.0"), none}, onLink("10.8.0.0/16", 20), true},
		"rejected":                   {kernelRoute{routeUp | routeReject, 1, addr("198.51.100.0"), addr("255.255.255.0"), none}, tableRoute{prefix: prefix("198.51.100.0/24"), index: 1, refused: &refusal{probe.HostUnreachable, "RTF_REJECT"}}, true},
		"thrown away":                {kernelRoute{routeUp | routeBlackhole, 1, addr("198.51.100.0"), addr("255.255.255.0"), none}, tableRoute{prefix: prefix("198.51.100.0/24"), index: 1, refused: &refusal{probe.LocalPolicyDenied, "RTF_BLACKHOLE"}}, true},
		"a mask of another family":   {kernelRoute{routeUp, 15, addr("10.0.0.0"), addr("ffff:ffff:ffff:ffff::"), none}, onLink("10.0.0.0/32", 15), true},
		"a mask with a hole, and it": {kernelRoute{routeUp, 15, addr("10.0.0.0"), addr("255.0.255.0"), none}, onLink("10.0.0.0/8", 15), true},
	} {
		got, is := c.route.line()
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(tableRoute{}, refusal{}), plainValues); diff != "" || is != c.is {
			t.Errorf("%s: %v\n%s", name, is, diff)
		}
	}
}
