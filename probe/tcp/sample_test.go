package tcp

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

func TestASampleCountsByAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sampled := target
		sampled.Expect = ExpectSample
		sampled.Addresses = []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("192.0.2.11"), netip.MustParseAddr("192.0.2.12")}
		n := probetest.New()
		n.RTT().Learn(40 * ms)
		accept, lost := probetest.Accept(40*ms, nil), probetest.Silent()
		n.On(probe.TCP, "192.0.2.10:4172", probetest.Sequence(accept, lost, accept, lost, accept))
		n.On(probe.TCP, "192.0.2.11:4172", lost)
		n.On(probe.TCP, "192.0.2.12:4172", probetest.Refuse(40*ms))
		began := time.Now()
		list := Prober{}.Probe(t.Context(), n, sampled)
		if took := time.Since(began); took > 23*sampleSpacing+samplePatience {
			t.Errorf("took %v", took)
		}
		for i, want := range []struct {
			outcome  probe.Outcome
			answered int
		}{{probe.OK, 6}, {probe.Silent, 0}, {probe.OK, 8}} {
			o, d := list[i], list[i].Detail.(probe.ConnectDetail)
			if o.Outcome != want.outcome || d.Sent != 8 || d.Answered != want.answered || len(d.Attempts) != 8 || o.Addr() != sampled.Addresses[i] {
				t.Errorf("%s: %s, %d of %d answered", o.Address, o.Outcome, d.Answered, d.Sent)
			}
		}
		sent := n.Sent()
		if len(list) != 3 || len(sent) != sampleAttempts || sent[23].At.Sub(sent[0].At) != 23*sampleSpacing {
			t.Errorf("%d observations of %d connects", len(list), len(sent))
		}
	})
}

func TestAnInterruptedSampleCountsWhatWasAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*ms, cancel)
		sampled := target
		sampled.Expect = ExpectSample
		_, list := run(ctx, probetest.Accept(40*ms, nil), sampled)
		if d := list[0].Detail.(probe.ConnectDetail); d.Answered == 0 || d.Sent != d.Answered || len(d.Attempts) <= d.Sent {
			t.Errorf("%d of %d answered, %d attempts", d.Answered, d.Sent, len(d.Attempts))
		}
	})
}
