package diagnose

import (
	"testing"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
)

// Of faults as bad as each other the layer nearest to the user comes first, and in
// one layer the nearest device: that one must be mended first.
func TestTheNearestFaultComesFirst(t *testing.T) {
	fault := func(code string, id layer.ID, hops int) finding.Finding {
		return finding.Finding{Code: code, Layer: id, Severity: finding.SeverityFault, Path: &finding.Path{AfterTTL: hops}}
	}
	list := []finding.Finding{fault("far", layer.InternetPath, 1), fault("farther", layer.NetworkFirewall, 3), fault("near", layer.NetworkFirewall, 2)}
	sortFindings(list)
	if list[0].Code != "near" || list[1].Code != "farther" || list[2].Code != "far" {
		t.Errorf("%s", diagnosetest.Codes(list))
	}
}

// That a port ended otherwise rules nobody out who could have done it.
func TestWhatIsRuledOutHasEvidenceOfItsOwn(t *testing.T) {
	for code, c := range diagnosetest.Goldens() {
		for _, f := range Judge(c.Fires.In).Findings {
			for _, r := range f.RuledOut {
				if r.Because == string(candidates.Ended) || r.Layer == f.Layer || len(r.By) == 0 {
					t.Errorf("%s: %s rules out %+v", code, f.Code, r)
				}
			}
		}
	}
}
