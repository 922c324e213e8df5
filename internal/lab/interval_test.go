package lab

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
)

func TestEveryAddressOfTheWayHasItsPlace(t *testing.T) {
	for text, want := range map[string]Place{
		clientIP: Client, clientIP6: Client, routerLAN: Router, routerLAN6: Router, "10.20.0.2": Router,
		firewallLAN: Firewall, "2001:db8:50:20::1": Firewall, publicIP: Firewall, rotatedIP: Firewall,
		providerIP: Provider, "2001:db8:10::9": Provider, providerDNS: Provider, edgeIP: Edge, edgeIP6: Edge,
		"3.209.215.252": AWS, "2600:1f18:74e9:4400::10": AWS, proxyIP: Office, "::ffff:" + routerLAN: Router, "192.0.2.1": "", "192.168.50.11": "",
	} {
		got, known := PlaceOf(netip.MustParseAddr(text))
		if got != want || known != (want != "") {
			t.Errorf("%s: %q, %v", text, got, known)
		}
	}
}

func TestIntervalHoldsTheDeviceOrNot(t *testing.T) {
	for _, c := range []struct {
		name          string
		expect        Expect
		after, before string
		hit           bool
		links         int
		why           string
	}{
		{"forward drop", nearby(Firewall), firewallLAN, providerIP, true, 1, ""},
		{"drop on arrival", nearby(Firewall), routerLAN, firewallLAN, true, 1, ""},
		{"IPv6", nearby(Firewall), "2001:db8:50:20::1", "2001:db8:10::9", true, 1, ""},
		{"too near", nearby(Firewall), "", routerLAN, false, 1, "there is not"},
		{"too far", nearby(Firewall), providerIP, "", false, 2, "there is not"},
		{"no hop", nearby(Firewall), "10.9.9.9", "", false, 0, "no hop"},
		{"aside", nearby(Firewall), proxyIP, "", false, 0, "no hop"},
		{"backwards", nearby(Firewall), providerIP, firewallLAN, false, -1, "lies behind"},
		{"everything", nearby(Firewall), "", "", true, 5, "links wide"},
		{"one hidden hop", nearby(Firewall), routerLAN, providerIP, true, 2, ""},
		{"this computer", fault(layer.LocalFirewall, likely).at(Client), "", routerLAN, true, 1, ""},
		{"behind the last hop", outOfSight().at(AWS), edgeIP, "", true, 1, ""},
		{"the destination by its address", outOfSight().at(AWS), edgeIP, "3.209.215.252", true, 1, ""},
		{"the second fault", nearby(Router).and(Firewall), firewallLAN, providerIP, true, 1, ""},
		{"the wire", Expect{Between: [2]Place{Provider, Edge}}, edgeIP, "", true, 1, ""},
		{"before the wire", Expect{Between: [2]Place{Provider, Edge}}, routerLAN, firewallLAN, false, 1, "there is not"},
	} {
		var i Interval
		if c.after != "" {
			i.After = netip.MustParseAddr(c.after)
		}
		if c.before != "" {
			i.Before = netip.MustParseAddr(c.before)
		}
		hit, links, why := c.expect.Judge(i)
		if hit != c.hit || links != c.links || (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: hit %v, %d links, %q", c.name, hit, links, why)
		}
	}
}

func TestDistanceStandsForAHopWithoutAddress(t *testing.T) {
	firewall := netip.MustParseAddr(firewallLAN)
	for _, c := range []struct {
		name  string
		i     Interval
		hit   bool
		links int
	}{
		{"with the address", Interval{After: firewall, AfterTTL: 2, BeforeTTL: 3}, true, 1},
		{"hidden hops", Interval{AfterTTL: 1, BeforeTTL: 2}, true, 1},
		{"hidden, beyond", Interval{AfterTTL: 3, BeforeTTL: 5}, false, 2},
		{"the address is another hop's", Interval{After: firewall, AfterTTL: 3}, false, 0},
	} {
		hit, links, _ := nearby(Firewall).Judge(c.i)
		if hit != c.hit || links != c.links {
			t.Errorf("%s: hit %v, %d links", c.name, hit, links)
		}
	}
}

func TestPathScenariosSayWhereTheFaultIs(t *testing.T) {
	var families, unplaced int
	list := localised()
	for _, s := range list {
		if len(s.Expect.Devices()) == 0 {
			unplaced++
		}
		for _, d := range s.Expect.Devices() {
			if !slices.Contains(chain, d[0]) || !slices.Contains(chain, d[1]) {
				t.Errorf("%s: %v is not on the way", s.Name, d)
			}
		}
		for _, f := range s.Faults {
			if f.Family != "" {
				families++
			}
		}
		if s.Loopback || s.Set != pathSet {
			t.Errorf("%s: loopback %v, set %q", s.Name, s.Loopback, s.Set)
		}
	}
	if len(list) < 25 || families == 0 || unplaced*4 > len(list) {
		t.Errorf("%d scenarios, %d of one family, %d without a place", len(list), families, unplaced)
	}
}
