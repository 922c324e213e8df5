package tcp

import (
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

// TestARefusalThatIsToldLateIsNoSilence: a system that repeats a SYN after a reset
// tells of it seconds later than the path's patience lasts.
func TestARefusalThatIsToldLateIsNoSilence(t *testing.T) {
	const late = 2 * time.Second
	for name, test := range map[string]struct {
		script  probetest.Script
		late    time.Duration
		outcome probe.Outcome
		failure probe.Failure
		took    time.Duration
	}{
		"refused late":                      {probetest.Refuse(late + 20*ms), late, probe.Failed, probe.ConnectionRefused, late + 70*ms},
		"silent":                            {probetest.Silent(), late, probe.Silent, probe.Timeout, late + 150*ms},
		"silent, where refusals are prompt": {probetest.Silent(), 0, probe.Silent, probe.Timeout, 250 * ms},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := probetest.New().On(probe.TCP, at, test.script)
			n.Late = test.late
			n.RTT().Learn(20 * ms)
			o := Prober{}.Probe(t.Context(), n, target)[0]
			if o.Outcome != test.outcome || o.Failure != test.failure || o.Elapsed.Truncate(25*ms) != test.took.Truncate(25*ms) {
				t.Errorf("%s: %s %q after %v, want after %v", name, o.Outcome, o.Failure, o.Elapsed, test.took)
			}
		})
	}
}

// TestWhoRefusedIsUnclearWhereTheSystemDoesNotTell: and only there.
func TestWhoRefusedIsUnclearWhereTheSystemDoesNotTell(t *testing.T) {
	for name, test := range map[string]struct {
		told    probe.NetError
		outcome probe.Outcome
		unclear bool
	}{
		"a reset or an error": {probe.NetError{Failure: probe.ConnectionRefused, Unclear: true}, probe.Failed, true},
		"a reset":             {probe.NetError{Failure: probe.ConnectionRefused}, probe.Failed, false},
		"an error":            {probe.NetError{Failure: probe.AdministrativelyProhibited, ICMP: &router}, probe.Failed, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			test.told.Op, test.told.Err = "connect", errors.New("refused")
			_, list := run(t.Context(), probetest.Script{Delay: 20 * ms, Fail: &test.told}, target)
			d := list[0].Detail.(probe.ConnectDetail)
			if list[0].Outcome != test.outcome || d.Unclear != test.unclear || d.ICMP != test.told.ICMP {
				t.Errorf("%s: %s %+v", name, list[0].Outcome, d)
			}
		})
	}
}

// TestTheSystemsOwnRoundTripIsTaken: also where the system tells nothing else of a
// connection.
func TestTheSystemsOwnRoundTripIsTaken(t *testing.T) {
	for told, want := range map[time.Duration]float64{35 * ms: 35, 0: 40, 90 * ms: 40} {
		synctest.Test(t, func(t *testing.T) {
			n := probetest.New().On(probe.TCP, at, probetest.Accept(40*ms, nil))
			n.Trip = func(netip.AddrPort) (time.Duration, bool) { return told, told > 0 }
			d := Prober{}.Probe(t.Context(), n, target)[0].Detail.(probe.ConnectDetail)
			if d.RTTMS != want || (d.RTTSource == probe.RTTKernel) != (want == 35) || d.HostDropped != nil {
				t.Errorf("told %v: %v ms, source %q", told, d.RTTMS, d.RTTSource)
			}
		})
	}
}
