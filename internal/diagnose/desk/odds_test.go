package desk

import (
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/sweep"
)

// TestPortsThatEndAlikeShareTheirOdds: two ports whose packets end between the same
// devices are twice as good as one; a port whose packets end elsewhere adds nothing.
func TestPortsThatEndAlikeShareTheirOdds(t *testing.T) {
	for second, want := range map[int]int{2: 8, 3: 4} {
		w := diagnosetest.Healthy().Silence("pcoip-tcp", "dcv-tcp").Sweep("pcoip-tcp", 2, "").Sweep("dcv-tcp", second, "").ControlSweep(5)
		e := gather(w.In)
		f, asked := e.flow("health", "pcoip-tcp", "pcoip-tcp")
		if !asked || f.kind != sweep.Bracketed || f.path.Probes != want {
			t.Errorf("the other port ends behind hop %d: %s, %d probes, want %d", second, f.kind, f.path.Probes, want)
		}
	}
}
