package firewall

import (
	"net/netip"
	"testing"
)

func way(to string, devices ...uint32) route {
	return route{table: 254, destination: netip.MustParsePrefix(to), devices: devices}
}

func TestWayBack(t *testing.T) {
	const management, primary = 2, 3
	usual := []routeRule{{table: tableLocal}, {table: 254}, {table: 253}}
	refusing := way("198.19.0.0/16")
	refusing.refuses = true
	costly := way("198.19.0.0/16", management)
	costly.metric = 100
	other := way("0.0.0.0/0", primary)
	other.table = 7
	local := way("198.19.5.10/32")
	local.table = tableLocal
	throw := way("198.19.0.0/16")
	throw.table, throw.passes = 7, true
	for _, c := range []struct {
		name        string
		rules       []routeRule
		ways        []route
		from        string
		uses, found truth
	}{
		{"on the link", usual, []route{local, way("198.19.0.0/16", management), way("0.0.0.0/0", primary)}, "198.19.0.0/16", yes, yes},
		{"by the default route of another", usual, []route{way("0.0.0.0/0", primary)}, "198.19.0.0/16", no, yes},
		{"none", usual, nil, "198.19.0.0/16", no, no},
		{"refused", usual, []route{refusing, way("0.0.0.0/0", management)}, "198.19.0.0/16", no, no},
		{"a part by another", usual, []route{way("198.19.0.0/16", management), way("198.19.7.0/24", primary)}, "198.19.0.0/16", maybe, yes},
		{"a part by the same", usual, []route{way("198.19.0.0/16", management), way("198.19.7.0/24", management)}, "198.19.0.0/16", yes, yes},
		{"a part alone", usual, []route{way("198.19.7.0/24", management)}, "198.19.0.0/16", maybe, maybe},
		{"the cheaper one", usual, []route{costly, way("198.19.0.0/16", primary)}, "198.19.0.0/16", no, yes},
		{"by either", usual, []route{way("198.19.0.0/16", primary, management)}, "198.19.0.0/16", yes, yes},
		{"by a rule of the own address", []routeRule{{table: tableLocal}, {source: netip.MustParsePrefix("198.19.5.10/32"), table: 7}, {table: 254}}, []route{other, way("198.19.0.0/16", management)}, "198.19.0.0/16", no, yes},
		{"by a rule of another address", []routeRule{{table: tableLocal}, {source: netip.MustParsePrefix("10.0.0.0/8"), table: 7}, {table: 254}}, []route{other, way("198.19.0.0/16", management)}, "198.19.0.0/16", yes, yes},
		{"past a table that throws", []routeRule{{table: 7}, {table: 254}}, []route{throw, way("198.19.0.0/16", management)}, "198.19.0.0/16", yes, yes},
		{"by a rule about marks", []routeRule{{table: 7, unclear: true}, {table: 254}}, []route{way("198.19.0.0/16", management)}, "198.19.0.0/16", maybe, maybe},
		{"from anywhere", usual, []route{way("0.0.0.0/0", management)}, "0.0.0.0/0", maybe, maybe},
		{"IPv6, the better one", usual, []route{way("fd00::/16", management), way("fd00:19::/32", primary)}, "fd00:19::/64", no, yes},
		{"IPv6, of two as good", usual, []route{way("fd00:19::/32", primary), way("fd00:19::/32", management)}, "fd00:19::/64", maybe, maybe},
		{"a part alone, before rules that are not met", []routeRule{{table: 254}, {source: netip.MustParsePrefix("10.0.0.0/8"), table: 7}}, []route{way("198.19.7.0/24", management)}, "198.19.0.0/16", maybe, maybe},
	} {
		r := &routes{rules: c.rules, ways: c.ways}
		uses, found := r.back(netip.MustParsePrefix(c.from), eth0, management)
		if uses != c.uses || found != c.found {
			t.Errorf("%s: by the card %v, at all %v; want %v, %v", c.name, uses, found, c.uses, c.found)
		}
	}
	if uses, found := (*routes)(nil).back(netip.MustParsePrefix("198.19.0.0/16"), eth0, management); uses != maybe || found != maybe {
		t.Error("without routes nothing is known")
	}
}
