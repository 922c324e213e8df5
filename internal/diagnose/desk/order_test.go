package desk

import (
	"maps"
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/layer"
)

// Only the company's own endpoint is nobody's who applies an IP access control group.
func TestWhoseAGatewayIs(t *testing.T) {
	e := gather(diagnosetest.Healthy().In)
	for _, row := range []struct {
		name, address string
		act           candidates.Act
		also          bool
	}{
		{"health", diagnosetest.Gateways[0], candidates.Drop, true}, {"health", diagnosetest.Gateways[0], candidates.Reset, false},
		{"gateway", diagnosetest.Gateways[0], candidates.Drop, true}, {"gateway", diagnosetest.Gateways[0], candidates.Reset, true},
		{"gateway", "10.9.8.7", candidates.Drop, false}, {"gateway", "10.9.8.7", candidates.Reset, false},
	} {
		d := &destination{name: row.name, address: netip.MustParseAddr(row.address)}
		o := e.ownerOfHost(d, row.act)
		if !slices.Equal(o.Layers, []string{string(layer.StreamingGateway)}) || slices.Contains(o.Also, string(layer.IPAccessControl)) != row.also {
			t.Errorf("%s at %s, %s: %+v", row.name, row.address, row.act, o)
		}
	}
	d := &destination{name: "health", address: netip.MustParseAddr("198.51.100.7")}
	if o := e.ownerOfHost(d, candidates.Drop); !slices.Equal(o.Layers, []string{string(layer.DNS)}) {
		t.Errorf("an address that is none of AWS's: %+v", o)
	}
}

// TestWhoIsRuledOutCannotExplainAllOfIt: who is ruled out has no candidate left for
// one of the ports at least, a rare one neither.
func TestWhoIsRuledOutCannotExplainAllOfIt(t *testing.T) {
	seen := 0
	all := diagnosetest.Goldens()
	maps.Copy(all, diagnosetest.NameGoldens())
	for name, c := range all {
		for _, w := range []*diagnosetest.World{c.Fires, c.Rival} {
			e := gather(w.In)
			for _, x := range e.judged.ways() {
				for _, r := range e.ruledOut(x) {
					seen++
					if !slices.ContainsFunc(x.flows, func(f flow) bool { return !e.mayBe(r.Layer, f) }) {
						t.Errorf("%s: %s is ruled out, and something of it is left for every port", name, r.Layer)
					}
				}
			}
		}
	}
	if seen == 0 {
		t.Error("nothing was ruled out anywhere, so nothing was shown")
	}
}
