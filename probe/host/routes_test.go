package host

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
)

func TestPortRuleIsToldFromMissingRoute(t *testing.T) {
	way := hop{2, addr("192.0.2.1"), addr("192.0.2.10")}
	no := func(f probe.Failure, name string) error { return &refusal{f, name} }
	eacces, einval := no(probe.LocalPolicyDenied, "EACCES"), no(probe.LocalPolicyDenied, "EINVAL")
	unreachable := no(probe.NetworkUnreachable, "ENETUNREACH")
	withDefault := []probe.RouteDetail{{Family: "ip4", Destination: addr("0.0.0.0")}}
	without := []probe.RouteDetail{{Family: "ip4", Destination: addr("0.0.0.0"), Failure: probe.NoRoute}}
	for name, c := range map[string]struct {
		port, plain error
		defaults    []probe.RouteDetail
		failure     probe.Failure
		text, iface string
	}{
		"free":                          {nil, nil, withDefault, "", "", "eth0"},
		"rule prohibits the port":       {eacces, nil, withDefault, probe.LocalPolicyDenied, "EACCES", "eth0"},
		"rule blackholes the port":      {einval, nil, withDefault, probe.LocalPolicyDenied, "EINVAL", "eth0"},
		"rule makes port unreachable":   {unreachable, nil, withDefault, probe.LocalPolicyDenied, "ENETUNREACH", "eth0"},
		"address is blackholed":         {einval, einval, withDefault, probe.LocalPolicyDenied, "EINVAL", ""},
		"network has no route":          {unreachable, unreachable, withDefault, probe.NetworkUnreachable, "ENETUNREACH", ""},
		"no default route":              {unreachable, unreachable, without, probe.NoRoute, "ENETUNREACH", ""},
		"rule on the port but no route": {eacces, unreachable, without, probe.NoRoute, "ENETUNREACH", ""},
	} {
		s := system{portRules: true, route: func(_ context.Context, f flow) (hop, error) {
			if f.port != 0 {
				return way, c.port
			}
			return way, c.plain
		}}
		got := targetRoutes(t.Context(), s, map[int]string{2: "eth0"}, c.defaults, []RouteQuery{{"e", addr("::ffff:198.51.100.7"), probe.UDP, 4172}})
		if len(got) != 1 {
			t.Fatalf("%s: %d routes", name, len(got))
		}
		d := got[0]
		if d.Failure != c.failure || d.Error != c.text || d.Interface != c.iface || d.Family != "ip4" {
			t.Errorf("%s: %+v", name, d)
		}
		if d.Port != 4172 || d.Transport != probe.UDP || d.Endpoint != "e" || d.Destination != addr("198.51.100.7") {
			t.Errorf("%s: question lost: %+v", name, d)
		}
	}
}

func TestSystemWithoutPortRulesIsAskedForTheAddressOnly(t *testing.T) {
	s := system{route: func(_ context.Context, f flow) (hop, error) {
		if f.port != 0 || f.transport != "" {
			t.Errorf("asked for %v", f)
		}
		return hop{index: 2}, nil
	}}
	targetRoutes(t.Context(), s, nil, nil, []RouteQuery{{"e", addr("198.51.100.7"), probe.UDP, 4172}})
}

func TestLongestPrefixThenMetricWins(t *testing.T) {
	table := []tableRoute{
		{prefix: prefix("0.0.0.0/0"), index: 2, gateway: addr("192.0.2.1"), metric: 20},
		{prefix: prefix("0.0.0.0/0"), index: 3, gateway: addr("192.0.3.1"), metric: 10},
		{prefix: prefix("128.0.0.0/1"), index: 4},
		{prefix: prefix("::/0"), index: 5},
		{},
		{prefix: prefix("203.0.113.64/26"), refused: &refusal{probe.LocalPolicyDenied, "blackhole"}},
	}
	if got, ok := longest(table, addr("203.0.113.70"), 0); !ok || got.refused == nil {
		t.Errorf("the blackhole is the most specific: %+v", got)
	}
	for _, c := range []struct {
		to          string
		index, want int
	}{
		{"52.94.0.1", 0, 3},
		{"52.94.0.1", 2, 2},
		{"203.0.113.1", 0, 4},
		{"2001:db8::1", 0, 5},
	} {
		if got, ok := longest(table, addr(c.to), c.index); !ok || got.index != c.want {
			t.Errorf("%s over %d: %+v, want %d", c.to, c.index, got, c.want)
		}
	}
	if got, ok := longest(table, addr("52.94.0.1"), 9); ok {
		t.Errorf("no route over 9, got %+v", got)
	}
}

func TestRouteOverVPNIsMarkedAlsoWhenAskedLater(t *testing.T) {
	s := fakeSystem()
	tun := eth(7, "tun0", "10.8.0.2/24")
	tun.Kind = "tun"
	links := s.links
	s.links = func(ctx context.Context) ([]link, error) { l, err := links(ctx); return append(l, tun), err }
	s.route = func(context.Context, flow) (hop, error) { return hop{index: 7, source: addr("10.8.0.2")}, nil }
	f := gather(t.Context(), Ask{Environ: nowhere, Targets: []RouteQuery{{"e", addr("198.51.100.7"), probe.TCP, 443}}}, s)
	for _, r := range f.Routes {
		if r.VPN == "" {
			t.Errorf("not marked: %+v", r)
		}
	}
	want := []probe.VPNInterface{{Name: "tun0", Why: kindWhy["tun"], Carries: true}}
	if diff := cmp.Diff(want, f.VPN.Interfaces); diff != "" {
		t.Error(diff)
	}
}
