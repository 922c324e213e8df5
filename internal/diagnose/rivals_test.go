package diagnose

import (
	"maps"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
)

// TestWhoeverIsAccusedHasRivals: what a layer did not say of itself could be something
// else, and every rule has asked what.
func TestWhoeverIsAccusedHasRivals(t *testing.T) {
	cases := diagnosetest.Goldens()
	maps.Copy(cases, diagnosetest.InsideGoldens())
	maps.Copy(cases, diagnosetest.NameGoldens())
	asked := 0
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		for _, w := range []*diagnosetest.World{cases[name].Fires, cases[name].Rival} {
			for _, f := range Judge(w.In).Findings {
				rule, _ := CauseByCode(f.Code)
				accuses := f.Severity == finding.SeverityFault || f.Severity == finding.SeveritySuspect
				if !accuses || f.SuppressedBy != nil || rule.Family != "" {
					continue
				}
				asked++
				if !f.Said && len(f.Rivals) == 0 {
					t.Errorf("%s in the world of %s: nobody said it, and it has no rival", f.Code, name)
				}
			}
		}
	}
	if asked < 50 {
		t.Errorf("only %d accusations in all worlds", asked)
	}
}
