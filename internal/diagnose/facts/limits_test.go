package facts_test

import (
	"net/netip"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
)

// How much of an address is a site's, and how much may be an organisation's.
func TestLimitsOfTheNeighbourhood(t *testing.T) {
	v6 := facts.Gather(diagnosetest.Healthy().Leaves("ip6", "2001:db8:50::10", "fe80::1").In)
	v4 := facts.Gather(diagnosetest.Healthy().Leaves("ip4", "141.20.1.10", "141.20.1.1").In)
	for _, row := range []struct {
		e                  facts.Evidence
		address            string
		neighbour, ownable bool
	}{
		{v6, "2001:db8:50:ffff::1", true, true}, // 48 bits
		{v6, "2001:db8:51::1", false, true},     // 47
		{v6, "2001:db8:ffff::1", false, true},   // 32
		{v6, "2001:db9:50::1", false, false},    // 31
		{v4, "141.20.255.1", false, true},       // 16
		{v4, "141.21.1.10", false, false},       // 15
		{v4, "2001:db8:50::1", false, false},    // another family
		{v6, "141.20.1.1", false, false},        //
		{facts.Gather(diagnosetest.Healthy().Leaves("ip4", "10.1.1.1", "10.1.1.254").In), "10.1.1.2", false, false}, // marks nothing
	} {
		a := netip.MustParseAddr(row.address)
		if row.e.IsNeighbour(a) != row.neighbour || row.e.MayBeOwn(a) != row.ownable {
			t.Errorf("%s: a neighbour %v, may be own %v", a, row.e.IsNeighbour(a), row.e.MayBeOwn(a))
		}
	}
}
