package host

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

func TestRoutingTableIsListedFromTheWidestRoute(t *testing.T) {
	black := tableRoute{prefix: prefix("203.0.113.0/24"), kind: "blackhole"}
	policy := via("0.0.0.0/0", 3, "10.20.1.1", 0)
	policy.table = "1001"
	got := routing([]tableRoute{
		policy, onLink("fe80::/64", 2), black, onLink("10.20.1.0/24", 3), via("0.0.0.0/0", 2, "198.19.0.1", 200), via("0.0.0.0/0", 3, "10.20.1.1", 100), onLink("192.0.2.0/24", 77),
	}, map[int]string{2: "eth0", 3: "eth1"})
	want := probe.RoutingDetail{Routes: []probe.RouteEntry{
		{Destination: prefix("0.0.0.0/0"), Gateway: addr("10.20.1.1"), Interface: "eth1", Metric: 100},
		{Destination: prefix("0.0.0.0/0"), Gateway: addr("198.19.0.1"), Interface: "eth0", Metric: 200},
		{Destination: prefix("10.20.1.0/24"), Interface: "eth1"},
		{Destination: prefix("192.0.2.0/24")}, // over an interface that went away meanwhile
		{Destination: prefix("203.0.113.0/24"), Type: "blackhole"},
		{Destination: prefix("fe80::/64"), Interface: "eth0"},
		{Destination: prefix("0.0.0.0/0"), Gateway: addr("10.20.1.1"), Interface: "eth1", Table: "1001"},
	}}
	if diff := cmp.Diff(want, got, plainValues); diff != "" {
		t.Error(diff)
	}
}

func TestLongRoutingTableKeepsTheWidestRoutes(t *testing.T) {
	var table []tableRoute
	for i := range 300 {
		table = append(table, tableRoute{prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i / 256), byte(i)}), 32), index: 2})
	}
	table = append(table, via("0.0.0.0/0", 2, "198.19.0.1", 0))
	got := routing(table, nil)
	if !got.Truncated || len(got.Routes) != 200 || got.Routes[0].Destination != prefix("0.0.0.0/0") {
		t.Errorf("truncated %v, %d routes, the first %v", got.Truncated, len(got.Routes), got.Routes[0])
	}
}

func TestWhatASystemEntersForItselfIsNoRoute(t *testing.T) {
	links := []link{eth(2, "Ethernet", "198.19.4.5/20", "fe80::1/64"), eth(3, "odd", "192.0.2.8/31")}
	keep := []tableRoute{
		via("0.0.0.0/0", 2, "198.19.0.1", 0), onLink("198.19.0.0/20", 2), onLink("198.19.4.6/32", 2), via("198.19.4.5/32", 3, "192.0.2.9", 0),
		{prefix: prefix("198.19.15.255/32"), kind: "blackhole"}, onLink("192.0.2.9/32", 3), onLink("::/0", 2),
	}
	table := append([]tableRoute{
		onLink("127.0.0.0/8", 1), onLink("127.0.0.1/32", 1), onLink("::1/128", 1), onLink("224.0.0.0/4", 2), onLink("ff00::/8", 2),
		onLink("255.255.255.255/32", 2), onLink("198.19.4.5/32", 2), onLink("198.19.15.255/32", 2), onLink("fe80::1/128", 2), {},
	}, keep...)
	if diff := cmp.Diff(keep, meaningful(table, links), cmp.AllowUnexported(tableRoute{}), plainValues); diff != "" {
		t.Error(diff)
	}
}

func TestFamiliesAreJoinedAndOneMayBeOff(t *testing.T) {
	six := errors.New("IPv6 is off")
	refuse := tableRoute{prefix: prefix("10.0.0.0/8"), refused: &refusal{probe.HostUnreachable, "RTF_REJECT"}}
	got, err := bothFamilies(func(to netip.Addr) ([]tableRoute, error) {
		if to.Is6() {
			return nil, six
		}
		return []tableRoute{via("0.0.0.0/0", 2, "0.0.0.0", 3), refuse}, nil
	})
	if err != nil || len(got) != 2 || got[0].gateway.IsValid() || got[1].kind != "unreachable" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := bothFamilies(func(netip.Addr) ([]tableRoute, error) { return nil, six }); !errors.Is(err, six) {
		t.Errorf("neither could be read: %v", err)
	}
}

func TestWindowsAddsTheInterfacesMetric(t *testing.T) {
	a, b := eth(2, "a"), eth(3, "b")
	a.Metric4, a.Metric6, b.Metric4 = 5, 50, 25
	got := withLinkMetrics([]tableRoute{via("0.0.0.0/0", 2, "192.0.2.1", 10), via("0.0.0.0/0", 3, "192.0.2.2", 0), via("::/0", 2, "fe80::1", 1), onLink("10.0.0.0/8", 9)}, []link{a, b})
	for i, want := range []uint32{15, 25, 51, 0} {
		if got[i].metric != want {
			t.Errorf("route %d: metric %d, want %d", i, got[i].metric, want)
		}
	}
}
