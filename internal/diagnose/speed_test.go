package diagnose

import "testing"

// BenchmarkJudge judges a run in which ports are dead and were swept: it must take
// less than 20 ms, which nobody notices at the end of a run.
func BenchmarkJudge(b *testing.B) {
	in := healthy().silence("pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp").
		sweep("pcoip-tcp", 2, "").sweep("pcoip-udp", 2, "").sweep("dcv-tcp", 2, "").sweep("dcv-udp", 2, "").controlSweep(5).in
	for b.Loop() {
		Judge(in)
	}
}
