package https_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

// TestARefusalThatIsToldLateIsNoSilence: a system that repeats a SYN after a reset
// tells of it seconds later than the path's patience lasts.
func TestARefusalThatIsToldLateIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const late = 2 * time.Second
		told := &probe.NetError{Op: "connect", Failure: probe.ConnectionRefused, Unclear: true, Err: errors.New("refused")}
		n := probetest.New().On(probe.TCP, "192.0.2.1:80", probetest.Script{Delay: late + 20*ms, Fail: told})
		n.Late = late
		n.RTT().Learn(20 * ms)
		seen := ask(t.Context(), n, probe.Target{Scheme: "http", Host: "192.0.2.1"})
		d := seen[0].Detail.(probe.ConnectDetail)
		if seen[0].Failure != probe.ConnectionRefused || seen[0].Elapsed != late+20*ms || !d.Unclear {
			t.Errorf("%s %q after %v, %+v", seen[0].Outcome, seen[0].Failure, seen[0].Elapsed, d)
		}
	})
}
