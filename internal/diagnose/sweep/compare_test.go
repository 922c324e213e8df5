package sweep_test

import (
	"net/netip"
	"testing"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/probe"
)

func TestWherePacketsEnd(t *testing.T) {
	for _, c := range []struct {
		name, target, control string
		kind                  sweep.Kind
		after, before         int
	}{
		{"dropped in the first router's forwarding", ".****", "....R", sweep.Bracketed, 1, 2},
		{"dropped before or on arrival at the first router", "*****", "....R", sweep.Bracketed, 0, 1},
		{"dropped in the third router's forwarding, or on arrival at the fourth", "...**", "....A", sweep.Bracketed, 3, 4},
		{"the last router before the destination, or the destination", "....*", "....R", sweep.Passes, 4, 5},
		{"the control is silent at the end as well", "....*", "....*", sweep.Passes, 4, 0},
		{"a hop that never answers lies between", ".****", ".*..R", sweep.Bracketed, 1, 3},
		{"only the destination answers for the control", "*****", "****R", sweep.Unknown, 0, 0},
		{"no hop answers for anything", "*****", "*****", sweep.Unknown, 0, 0},
		{"the port goes farther than the control", "....*", "..***", sweep.Passes, 4, 0},
		{"a reset from the first router", "*RRRR", "....R", sweep.Forged, 1, 2},
		{"a reset from this computer or its first router", "RRRRR", "....R", sweep.Forged, 0, 1},
		{"an accept in the third router's place, the control silent at the end", "..AAA", "....*", sweep.Forged, 2, 3},
		{"a reset from the destination", "....R", "....R", sweep.Refused, 4, 5},
		{"a reset from somewhere behind the last hop", "....R", "....*", sweep.Unknown, 4, 5},
		{"an accept at the destination", "....A", "....R", sweep.Passes, 4, 5},
		{"a datagram that is answered", "....r", "....R", sweep.Passes, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind, p := sweep.Compare(sweeptest.Heard(false, c.target), sweeptest.Heard(true, c.control), 0, 20)
			if kind != c.kind || p.AfterTTL != c.after || p.BeforeTTL != c.before {
				t.Errorf("%s between %d and %d, want %s between %d and %d", kind, p.AfterTTL, p.BeforeTTL, c.kind, c.after, c.before)
			}
			if kind == sweep.Bracketed && p.AfterTTL > 0 && !p.After.IsValid() {
				t.Errorf("the last hop has no address")
			}
		})
	}
}

// A router without an address is a router all the same; but nothing shows then that
// two sweeps took one way, nor that it is not the destination.
func TestRoutersWithoutAnAddress(t *testing.T) {
	for _, c := range []struct {
		name, target, control string
		kind                  sweep.Kind
	}{
		{"dropped at the first router or the next", ".*****", ".....r", sweep.Bracketed},
		{"dropped on this computer or at the first router", "******", ".....r", sweep.Bracketed},
		{"dropped far from the end", "...******", "........r", sweep.Bracketed},
		{"dropped near the end, or the way is a hop shorter", "...**", ".....r", sweep.Unknown},
		{"as far as the control", ".....*", ".....r", sweep.Passes},
		{"answered", ".....r", ".....r", sweep.Passes},
	} {
		target, control := sweeptest.Nameless(sweeptest.Heard(false, c.target)), sweeptest.Nameless(sweeptest.Heard(true, c.control))
		if kind, p := sweep.Compare(target, control, 0, 20); kind != c.kind || p.After.IsValid() || p.Before.IsValid() {
			t.Errorf("%s: %s %+v, want %s", c.name, kind, p, c.kind)
		}
	}
	behind := sweeptest.Nameless(sweeptest.Heard(false, "......"))
	reply := sweeptest.Nameless(sweeptest.Heard(true, "....r"))
	reply.Hops[4].From = netip.MustParseAddr("10.0.0.99")
	if sweep.AnsweredNear(reply, behind) {
		t.Error("a load balancer that passes packets on is called somebody nearer")
	}
}

// rejected ends a sweep by a router's ICMP message.
func rejected(d probe.SweepDetail) probe.SweepDetail {
	d.End, d.ICMP = probe.HopICMP, &probe.ICMPError{Offender: netip.MustParseAddr("10.0.0.2"), Type: 3, Code: 13}
	return d
}

// Routers that share load send each packet of a sweep by another way, and load
// balancers answer for some ports themselves.
func TestWhereWaysDifferLittleIsSaid(t *testing.T) {
	const destination = 99
	for _, c := range []struct {
		name            string
		target, control probe.SweepDetail
		kind            sweep.Kind
	}{
		{"a reset over a way that is a hop shorter", sweeptest.Way(sweeptest.Heard(false, ".....R"), 1, 2, 3, 40, 50), sweeptest.Way(sweeptest.Heard(true, "......R"), 1, 2, 3, 4, 5, 6), sweep.Unknown},
		{"an accept over a way that is two hops shorter", sweeptest.Way(sweeptest.Heard(false, "....A"), 1, 2, 30, 40), sweeptest.Way(sweeptest.Heard(true, "......R"), 1, 2, 3, 4, 5, 6), sweep.Unknown},
		{"a reset next to a hop that only the control saw", sweeptest.Heard(false, "...*R"), sweeptest.Heard(true, ".....R"), sweep.Unknown},
		{"a reset of a provider's device, the ways the same", sweeptest.Heard(false, "....R"), sweeptest.Heard(true, ".....R"), sweep.Forged},
		{"a reset of a provider's device, far from the end", sweeptest.Way(sweeptest.Heard(false, "....R"), 1, 2, 3, 40), sweeptest.Heard(true, "........R"), sweep.Forged},
		{"a silent destination over a way that is a hop shorter", sweeptest.Way(sweeptest.Heard(false, ".....*"), 1, 2, 3, 40, 50), sweeptest.Heard(true, "......R"), sweep.Unknown},
		{"a drop far from the end", sweeptest.Way(sweeptest.Heard(false, "....***"), 1, 2, 3, 40), sweeptest.Heard(true, "........R"), sweep.Bracketed},
		{"a load balancer that refuses this port and passes the control's on", sweeptest.Way(sweeptest.Heard(false, "...R"), 1, 2, 3, destination), sweeptest.Way(sweeptest.Heard(true, "....R"), 1, 2, 3, destination, destination), sweep.Unknown},
		{"the control is refused by a router where the port's packets die", sweeptest.Heard(false, "..**"), rejected(sweeptest.Heard(true, "..*")), sweep.Unknown},
		{"the control itself is answered by a device nearer than the port's packets die", sweeptest.Heard(false, "..**"), sweeptest.Heard(true, ".A"), sweep.Unknown},
	} {
		if kind, p := sweep.Compare(c.target, c.control, 0, 20); kind != c.kind {
			t.Errorf("%s: %s between %d and %d, want %s", c.name, kind, p.AfterTTL, p.BeforeTTL, c.kind)
		}
	}
}

func TestLossMakesASilenceLessTelling(t *testing.T) {
	_, clean := sweep.Compare(sweeptest.Heard(false, "...*"), sweeptest.Heard(true, "....R"), 0, 20)
	_, lossy := sweep.Compare(sweeptest.Heard(false, "...*"), sweeptest.Heard(true, "....R"), 6, 20)
	if clean.Chance > sweep.ChanceLimit {
		t.Errorf("without loss: chance %.4f, want at most %.2f", clean.Chance, sweep.ChanceLimit)
	}
	if lossy.Chance <= sweep.ChanceLimit {
		t.Errorf("with 30 %% loss: chance %.4f, want more than %.2f", lossy.Chance, sweep.ChanceLimit)
	}
}

func TestTheWayOfEchoRequestsIsNoControl(t *testing.T) {
	target, control := sweeptest.Heard(false, "..***"), sweeptest.Heard(true, "....A")
	if kind, _ := sweep.Compare(target, control, 0, 40); kind != sweep.Bracketed {
		t.Fatalf("of one port and another: %s", kind)
	}
	control.Echo = true
	if kind, _ := sweep.Compare(target, control, 0, 40); kind != sweep.Unknown {
		t.Errorf("of a port and echo requests: %s", kind)
	}
}
