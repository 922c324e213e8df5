package desk

import (
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/probe"
)

// A clock that did not step while an answer came has measured nothing: that is not
// an answer from nearby, nor is whatever was given up after it lost.
func TestAnAnswerInNoTimeWasNotMeasured(t *testing.T) {
	for _, row := range []struct {
		rtts []float64
		far  bool
	}{
		{[]float64{0}, true}, {[]float64{0, 40}, true}, {[]float64{0, 2}, false}, {[]float64{40}, true}, {[]float64{2}, false}, {nil, true},
	} {
		w := diagnosetest.Healthy()
		d := sweeptest.Heard(false, "...R")
		d.Hops[3].RTTMS = row.rtts
		w.Add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 4172, "tcp"), diagnosetest.Gateways[0], probe.OK, "", d)
		w.Hop(3, "62.115.0.9")
		e := gather(w.In)
		o := e.Of(probe.PathSweep)[0]
		if got := e.fromAfar(o, o); got != row.far {
			t.Errorf("a reset after %v ms: from afar %v", row.rtts, got)
		}
	}
}

func TestAnAttemptGivenUpWithinAStepOfTheClockIsNotLost(t *testing.T) {
	for waited, want := range map[float64]int{15: 0, 300: 1} {
		w := &diagnosetest.World{In: facts.Input{Vantage: "desk", Protocol: "both"}}
		w.Add("broker/https/direct", "broker", probe.TCPConnect, diagnosetest.Target("broker.example", 443, "tcp"), "3.4.5.6", probe.OK, "", probe.ConnectDetail{Attempts: []probe.Attempt{
			{ElapsedMS: waited, Outcome: probe.Silent, Failure: probe.Timeout}, {ElapsedMS: 0, Outcome: probe.OK}}})
		if lost, _, _ := gather(w.In).Loss(); lost != want {
			t.Errorf("given up after %v ms: %d lost, want %d", waited, lost, want)
		}
	}
}
