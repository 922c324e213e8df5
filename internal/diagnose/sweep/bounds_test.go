package sweep_test

import (
	"net/netip"
	"testing"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/probe"
)

// Routers that share load make ways of different length: a difference of a hop or
// two means something only where the ways are seen to be one, or where nobody has
// more than one yet.
func TestAHopOrTwoMeansSomethingOnOneWayOnly(t *testing.T) {
	heard, way := sweeptest.Heard, sweeptest.Way
	for _, c := range []struct {
		name            string
		target, control probe.SweepDetail
		kind            sweep.Kind
	}{
		{"dropped two hops before the end, the ways the same", heard(false, "...**"), heard(true, ".....R"), sweep.Bracketed},
		{"dropped two hops before the end, another way at the last hop", way(heard(false, "...**"), 1, 2, 33), heard(true, ".....R"), sweep.Unknown},
		{"dropped three hops before the end, another way", way(heard(false, "...***"), 1, 2, 33), heard(true, "......R"), sweep.Bracketed},
		{"reset two hops before the last router, the ways the same", heard(false, "...R"), heard(true, "......R"), sweep.Forged},
		{"reset two hops before the last router, another way", way(heard(false, "...R"), 1, 2, 33), heard(true, "......R"), sweep.Unknown},
		{"reset three hops before the last router, another way", way(heard(false, "...R"), 1, 2, 33), heard(true, ".......R"), sweep.Forged},
		{"reset at the second hop, whatever the way", way(heard(false, ".R"), 11), heard(true, "..R"), sweep.Forged},
		{"reset at the third hop, another way", way(heard(false, "..R"), 11), heard(true, "...R"), sweep.Unknown},
	} {
		if kind, p := sweep.Compare(c.target, c.control, 0, 20); kind != c.kind {
			t.Errorf("%s: %s between %d and %d, want %s", c.name, kind, p.AfterTTL, p.BeforeTTL, c.kind)
		}
	}
}

// What counts as unanswered are probes at hops where a router answered the control
// every time; one that answers once a second may be silent for anybody.
func TestOnlyRoutersThatAlwaysAnswerAreMissed(t *testing.T) {
	target, control := sweeptest.Heard(false, "..***"), sweeptest.Heard(true, "....R")
	if kind, p := sweep.Compare(target, control, 0, 20); kind != sweep.Bracketed || p.Probes != 4 {
		t.Errorf("two routers, two probes to each: %s, %d probes", kind, p.Probes)
	}
	control.Hops[3].Sent = 2 // and one answer
	if kind, p := sweep.Compare(target, control, 0, 20); kind != sweep.Bracketed || p.Probes != 2 {
		t.Errorf("one of them answers every other time: %s, %d probes", kind, p.Probes)
	}
	control.Hops[2].Sent = 2
	if kind, p := sweep.Compare(target, control, 0, 20); kind != sweep.Unknown {
		t.Errorf("both of them do: %s, %d probes", kind, p.Probes)
	}
}

// The control's own losses count, so that a control that loses much proves little.
func TestTheControlsLossesCount(t *testing.T) {
	target, control := sweeptest.Heard(false, "..***"), sweeptest.Heard(true, "....R")
	_, clean := sweep.Compare(target, control, 0, 0)
	for i := range control.Hops {
		control.Hops[i].Sent = 3
		control.Hops[i].RTTMS = []float64{1, 1, 1}
	}
	control.Hops[0].RTTMS = []float64{1}
	_, lossy := sweep.Compare(target, control, 0, 0)
	if clean.ControlProbes != 5 || clean.ControlLost != 0 || lossy.ControlProbes != 15 || lossy.ControlLost != 2 {
		t.Errorf("%d of %d, then %d of %d", clean.ControlLost, clean.ControlProbes, lossy.ControlLost, lossy.ControlProbes)
	}
	if _, more := sweep.Compare(target, control, 3, 10); more.ControlProbes != 25 || more.ControlLost != 5 {
		t.Errorf("with what is known besides: %d of %d", more.ControlLost, more.ControlProbes)
	}
}

func TestTheEndsOfABracketHaveNames(t *testing.T) {
	address := func(last byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, last}) }
	_, p := sweep.Compare(sweeptest.Heard(false, ".****"), sweeptest.Heard(true, ".*..R"), 0, 20)
	if p.After != address(1) || p.Before != address(3) {
		t.Errorf("between %v and %v", p.After, p.Before)
	}
	if _, p = sweep.Compare(sweeptest.Heard(false, "***"), sweeptest.Heard(true, "..R"), 0, 20); p.After.IsValid() || p.AfterTTL != 0 {
		t.Errorf("after this computer: %v at %d", p.After, p.AfterTTL)
	}
}

// A load balancer tells of packets that it passes on in its own, the destination's,
// name: that is no router behind the destination.
func TestTheDestinationIsNoRouter(t *testing.T) {
	d := sweeptest.Heard(true, "....R")
	if last := sweep.LastRouter(d, netip.Addr{}); last != 4 {
		t.Errorf("the last router is at %d", last)
	}
	if last := sweep.LastRouter(d, netip.AddrFrom4([4]byte{10, 0, 0, 4})); last != 3 {
		t.Errorf("without the destination's own name the last router is at %d", last)
	}
	d.Hops[4].From = netip.MustParseAddr("::ffff:192.0.2.1")
	if got := sweep.Destination(d); got != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("the destination is %v", got)
	}
}

func TestAControlThatWasAnsweredNearer(t *testing.T) {
	for _, c := range []struct {
		control, other string
		near           bool
	}{
		{".A", "...", true}, {"..A", "...", true}, {"...A", "...", false}, {"....A", "...", false}, {"...", "...", false},
	} {
		if got := sweep.AnsweredNear(sweeptest.Heard(true, c.control), sweeptest.Heard(false, c.other)); got != c.near {
			t.Errorf("%q beside %q: %v", c.control, c.other, got)
		}
	}
}

func TestSameWay(t *testing.T) {
	heard, way := sweeptest.Heard, sweeptest.Way
	for _, c := range []struct {
		name string
		a, b probe.SweepDetail
		ttl  int
		same bool
	}{
		{"the same routers", heard(false, "..."), heard(true, "..."), 3, true},
		{"another router at the third hop", way(heard(false, "..."), 1, 2, 33), heard(true, "..."), 3, false},
		{"which is farther than is asked", way(heard(false, "..."), 1, 2, 33), heard(true, "..."), 2, true},
		{"a hop that one of them did not hear", heard(false, ".*."), heard(true, "..."), 3, true},
	} {
		if got := sweep.SameWay(c.a, c.b, c.ttl); got != c.same {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestEchoRequestsAreComparedWithNothing(t *testing.T) {
	target := sweeptest.Heard(false, "..***")
	target.Echo = true
	if kind, _ := sweep.Compare(target, sweeptest.Heard(true, "....R"), 0, 20); kind != sweep.Unknown {
		t.Errorf("a sweep of echo requests is %s", kind)
	}
}
