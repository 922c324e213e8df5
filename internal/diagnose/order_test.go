package diagnose

import (
	"maps"
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/layer"
)

// Of faults as bad as each other the layer nearest to the user comes first, and in
// one layer the nearest device: that one must be mended first.
func TestTheNearestFaultComesFirst(t *testing.T) {
	fault := func(code string, id layer.ID, hops int) Finding {
		return Finding{Code: code, Layer: id, Severity: SeverityFault, Path: &Path{AfterTTL: hops}}
	}
	list := []Finding{fault("far", layer.InternetPath, 1), fault("farther", layer.NetworkFirewall, 3), fault("near", layer.NetworkFirewall, 2)}
	sortFindings(list)
	if list[0].Code != "near" || list[1].Code != "farther" || list[2].Code != "far" {
		t.Errorf("%s", codes(list))
	}
}

// Only the company's own endpoint is nobody's who applies an IP access control group.
func TestWhoseAGatewayIs(t *testing.T) {
	e := gather(healthy().in)
	for _, row := range []struct {
		name, address string
		act           candidates.Act
		also          bool
	}{
		{"health", gateways[0], candidates.Drop, true}, {"health", gateways[0], candidates.Reset, false},
		{"gateway", gateways[0], candidates.Drop, true}, {"gateway", gateways[0], candidates.Reset, true},
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

// That a port ended otherwise rules nobody out who could have done it.
func TestWhatIsRuledOutHasEvidenceOfItsOwn(t *testing.T) {
	for code, c := range goldens() {
		for _, f := range Judge(c.fires.in).Findings {
			for _, r := range f.RuledOut {
				if r.Because == string(candidates.Ended) || r.Layer == f.Layer || len(r.By) == 0 {
					t.Errorf("%s: %s rules out %+v", code, f.Code, r)
				}
			}
		}
	}
}

// TestWhoIsRuledOutCannotExplainAllOfIt: who is ruled out has no candidate left for
// one of the ports at least, a rare one neither.
func TestWhoIsRuledOutCannotExplainAllOfIt(t *testing.T) {
	seen := 0
	all := goldens()
	maps.Copy(all, nameGoldens())
	for name, c := range all {
		for _, w := range []*world{c.fires, c.rival} {
			e := gather(w.in)
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
