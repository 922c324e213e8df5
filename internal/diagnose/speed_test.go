package diagnose

import (
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
)

// BenchmarkJudge judges a run in which ports are dead and were swept: it must take
// less than 20 ms, which nobody notices at the end of a run.
func BenchmarkJudge(b *testing.B) {
	in := diagnosetest.Healthy().Silence("pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp").
		Sweep("pcoip-tcp", 2, "").Sweep("pcoip-udp", 2, "").Sweep("dcv-tcp", 2, "").Sweep("dcv-udp", 2, "").ControlSweep(5).In
	for b.Loop() {
		Judge(in)
	}
}
