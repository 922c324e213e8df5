package path_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wsdoctor/probe"
	"wsdoctor/probe/path"
	"wsdoctor/probe/probetest"
)

const (
	x = probe.HopExpired
	o = probe.HopSilent
)

func TestWhereASweepEnds(t *testing.T) {
	const port = 4172
	at := func(w *world, ttl int, change func(*router)) *world {
		change(&w.routers[ttl-1])
		return w
	}
	mute := func(w *world, ttls ...int) *world {
		for _, ttl := range ttls {
			w.routers[ttl-1].mute = true
		}
		return w
	}
	type result struct {
		outcome        probe.Outcome
		failure        probe.Failure
		end            probe.HopKind
		last, distance int
	}
	tests := []struct {
		name      string
		world     *world
		transport probe.Transport
		want      result
		kinds     []probe.HopKind // nil: not looked at
		within    time.Duration
		packets   int // at most
	}{
		{"accepted", straight(4, 40*ms), probe.TCP, result{probe.OK, "", probe.HopSYNACK, 4, 5}, []probe.HopKind{x, x, x, x, probe.HopSYNACK}, 60 * ms, 8},
		{"replied", straight(4, 40*ms), probe.UDP, result{probe.OK, "", probe.HopReply, 4, 5}, []probe.HopKind{x, x, x, x, probe.HopReply}, 60 * ms, 8},
		{"reset by the target", answering(straight(4, 40*ms), probe.HopRST), probe.TCP, result{probe.OK, "", probe.HopRST, 4, 5}, nil, 60 * ms, 8},
		{"port unreachable", answering(straight(4, 40*ms), probe.HopICMP), probe.UDP, result{probe.OK, "", probe.HopICMP, 4, 5}, nil, 60 * ms, 8},
		{"the target is next door", straight(0, 1*ms), probe.TCP, result{probe.OK, "", probe.HopSYNACK, 0, 1}, []probe.HopKind{probe.HopSYNACK}, 5 * ms, 2},
		{"dropped behind hop 5 at 40 ms", at(straight(7, 40*ms), 5, func(r *router) { r.drop = port }), probe.TCP, result{probe.Silent, probe.Timeout, o, 5, 0}, []probe.HopKind{x, x, x, x, x, o, o}, 450 * ms, 12},
		{"dropped behind hop 5 at 200 ms", at(straight(7, 200*ms), 5, func(r *router) { r.drop = port }), probe.TCP, result{probe.Silent, probe.Timeout, o, 5, 0}, nil, 1600 * ms, 12},
		{"dropped behind hop 1", at(straight(7, 40*ms), 1, func(r *router) { r.drop = port }), probe.UDP, result{probe.Silent, probe.Timeout, o, 1, 0}, []probe.HopKind{x, o, o}, 450 * ms, 13},
		{"dropped by the target's own side", answering(straight(7, 40*ms), probe.HopSilent), probe.UDP, result{probe.Silent, probe.Timeout, o, 7, 0}, []probe.HopKind{x, x, x, x, x, x, x, o, o}, 650 * ms, 30},
		{"dropped on this computer, in silence", at(straight(1, 40*ms), 1, func(r *router) { r.mute, r.drop = true, port }), probe.TCP, result{probe.Silent, probe.Timeout, o, 0, 0}, []probe.HopKind{o, o}, 450 * ms, 13},
		{"far away", straight(13, 100*ms), probe.TCP, result{probe.OK, "", probe.HopSYNACK, 13, 14}, nil, 300 * ms, 16},
		{"farther than it is looked", straight(40, 200*ms), probe.TCP, result{probe.Silent, probe.Timeout, o, 30, 0}, nil, 1600 * ms, 30},
		{"three routers at a window's end never answer", mute(straight(11, 40*ms), 6, 7, 8), probe.TCP, result{probe.OK, "", probe.HopSYNACK, 11, 12}, []probe.HopKind{x, x, x, x, x, o, o, o, x, x, x, probe.HopSYNACK}, 1300 * ms, 25},
		{"no router answers", mute(straight(9, 40*ms), 1, 2, 3, 4, 5, 6, 7, 8, 9), probe.TCP, result{probe.OK, "", probe.HopSYNACK, 0, 10}, nil, 1400 * ms, 30},
		{"one never answers and the port dies", at(mute(straight(7, 40*ms), 3), 5, func(r *router) { r.drop = port }), probe.TCP, result{probe.Silent, probe.Timeout, o, 5, 0}, []probe.HopKind{x, x, o, x, x, o, o}, 1300 * ms, 13},
		{"forged reset", at(straight(6, 40*ms), 1, func(r *router) { r.forge = port }), probe.TCP, result{probe.OK, "", probe.HopRST, 1, 2}, []probe.HopKind{x, probe.HopRST}, 60 * ms, 8},
		{"accepted by a box on the way", at(straight(6, 40*ms), 1, func(r *router) { r.proxy = port }), probe.TCP, result{probe.OK, "", probe.HopSYNACK, 0, 1}, []probe.HopKind{probe.HopSYNACK}, 60 * ms, 8},
		{"rejected by hop 3", at(straight(6, 40*ms), 3, func(r *router) { r.reject = port }), probe.TCP, result{probe.Failed, probe.AdministrativelyProhibited, probe.HopICMP, 3, 0}, []probe.HopKind{x, x, x, probe.HopICMP}, 60 * ms, 8},
		{"this computer refuses", saying(straight(6, 40*ms), probe.HopAnswer{Kind: probe.HopLocal, Failure: probe.LocalPolicyDenied}), probe.TCP, result{probe.Failed, probe.LocalPolicyDenied, probe.HopLocal, 0, 0}, []probe.HopKind{probe.HopLocal}, 5 * ms, 1},
		{"this computer has no route", saying(straight(6, 40*ms), probe.HopAnswer{Kind: probe.HopLocal, Failure: probe.NetworkUnreachable}), probe.UDP, result{probe.Failed, probe.NetworkUnreachable, probe.HopLocal, 0, 0}, nil, 5 * ms, 1},
		{"nobody answers and no round trip is known", unknown(answering(mute(straight(3, 40*ms), 1, 2, 3), probe.HopSilent)), probe.TCP, result{probe.Silent, probe.Timeout, o, 0, 0}, nil, 1600 * ms, 13},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := test.world
				got, d := sweep(t, t.Context(), w, target(test.transport, port))
				if diff := cmp.Diff(test.want, result{got.Outcome, got.Failure, d.End, d.Last, d.Distance}, cmp.AllowUnexported(result{})); diff != "" {
					t.Errorf("(-want +got):\n%s\n%+v", diff, d.Hops)
				}
				if test.kinds != nil && !slices.Equal(kinds(d), test.kinds) {
					t.Errorf("hops %v, want %v", kinds(d), test.kinds)
				}
				if got.Elapsed > test.within || d.Packets > test.packets {
					t.Errorf("%v and %d packets, want %v and %d: %v", got.Elapsed, d.Packets, test.within, test.packets, w.ttls())
				}
				if w.own == nil {
					w.frugal(t, d)
				}
			})
		})
	}
}

// answering makes the target do that.
func answering(w *world, kind probe.HopKind) *world {
	w.target = func(probe.HopQuestion) probe.HopKind { return kind }
	return w
}

// saying makes this computer refuse.
func saying(w *world, a probe.HopAnswer) *world {
	w.own = func(probe.HopQuestion) (probe.HopAnswer, bool) { return a, true }
	return w
}

// unknown takes away what the run has learnt of the round trip.
func unknown(w *world) *world {
	w.Net = probetest.New()
	return w
}

// TestACoarseClockLosesNoRouter: answers are counted, also those that came before
// the clock stepped.
func TestACoarseClockLosesNoRouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := straight(4, 40*ms)
		w.tick = 15625 * time.Microsecond
		to := target(probe.TCP, 443)
		to.Expect = path.ExpectControl
		_, d := sweep(t, t.Context(), w, to)
		for _, h := range d.Hops {
			if len(h.RTTMS) == 0 || len(h.RTTMS) > h.Sent {
				t.Errorf("TTL %d answered, and %d of %d answers are counted", h.TTL, len(h.RTTMS), h.Sent)
			}
		}
		if d.Hops[0].RTTMS[0] != 0 {
			t.Errorf("the first router is %v ms away by that clock, so nothing was shown", d.Hops[0].RTTMS)
		}
	})
}

// TestARouterNeedsNoAddress: where the system does not tell who gave a datagram up,
// somebody did all the same.
func TestARouterNeedsNoAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := straight(4, 40*ms)
		w.own = func(q probe.HopQuestion) (probe.HopAnswer, bool) {
			if q.TTL > len(w.routers) {
				return probe.HopAnswer{}, true
			}
			return probe.HopAnswer{Kind: probe.HopExpired, Failure: probe.TTLExceeded, RTT: ms}, true
		}
		o, d := sweep(t, t.Context(), w, target(probe.UDP, 4172))
		if o.Outcome != probe.OK || d.Last != 4 || d.Distance != 5 || d.End != probe.HopReply {
			t.Errorf("%s: %+v", o.Outcome, d)
		}
		for _, h := range d.Hops[:4] {
			if h.Kind != probe.HopExpired || h.From.IsValid() {
				t.Errorf("%+v", h)
			}
		}
	})
}

func TestAnswersAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := straight(2, 30*ms)
		w.routers[1].reject = 4172
		to := target(probe.UDP, 4172)
		to.Expect = path.ExpectControl
		o, d := sweep(t, t.Context(), w, to)
		icmp := &probe.ICMPError{Offender: hopAddress(2), Type: 3, Code: 13}
		want := probe.SweepDetail{Control: true, Last: 2, End: probe.HopICMP, Packets: d.Packets, ICMP: icmp, Hops: []probe.Hop{
			{TTL: 1, Sent: 1, Kind: x, From: hopAddress(1), RTTMS: []float64{10}, ICMP: &probe.ICMPError{Offender: hopAddress(1), Type: 11}},
			{TTL: 2, Sent: 1, Kind: x, From: hopAddress(2), RTTMS: []float64{20}, ICMP: &probe.ICMPError{Offender: hopAddress(2), Type: 11}},
			{TTL: 3, Sent: 1, Kind: probe.HopICMP, From: hopAddress(2), RTTMS: []float64{20}, ICMP: icmp},
		}}
		if diff := cmp.Diff(want, d, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if o.Address != address.String() || o.Endpoint != "gateway" || o.Target != "gateway.example.com:4172/udp" {
			t.Errorf("%+v", o)
		}
		for _, p := range w.sent {
			if p.payload != 28 {
				t.Errorf("a datagram of %d bytes", p.payload)
			}
		}
	})
}

// With 5 % lost each way a sweep may know less than there is, never more.
func TestLossNeverShowsMoreThanThereIs(t *testing.T) {
	const runs = 400
	right := 0
	for seed := range uint64(runs) {
		synctest.Test(t, func(t *testing.T) {
			w := straight(9, 40*ms)
			w.loss, w.seed = 0.05, seed
			w.routers[4].drop = 4172
			_, d := sweep(t, t.Context(), w, target(probe.TCP, 4172))
			if d.Last > 5 || d.Distance != 0 || d.End != probe.HopSilent {
				t.Errorf("seed %d: last %d, distance %d, end %s", seed, d.Last, d.Distance, d.End)
			}
			w.frugal(t, d)
			w.sent = nil
			_, control := sweep(t, t.Context(), w, target(probe.TCP, 443))
			if control.Distance != 0 && control.Distance < 10 || control.Last > 9 {
				t.Errorf("seed %d: control's last %d, distance %d", seed, control.Last, control.Distance)
			}
			w.frugal(t, control)
			if d.Last == 5 && control.Distance == 10 {
				right++
			}
		})
	}
	if right < runs*97/100 {
		t.Errorf("%d of %d sweeps found the hop and the distance", right, runs)
	}
	t.Logf("%d of %d", right, runs)
}

func TestEndOfTheRun(t *testing.T) {
	for _, test := range []struct {
		name    string
		drop    bool
		limit   time.Duration
		cancel  bool
		outcome probe.Outcome
		last    int
	}{
		{"before anything", true, 0, false, probe.NotRun, 0},
		{"deadline before the answers", true, 20 * ms, false, probe.NotRun, 2},
		{"deadline before their time is over", true, 120 * ms, false, probe.NotRun, 5},
		{"deadline after every hop had its time", true, 230 * ms, false, probe.Silent, 5},
		{"interrupted then", true, 230 * ms, true, probe.NotRun, 5},
		{"interrupted", true, 20 * ms, true, probe.NotRun, 2},
		{"deadline while a hop before the target is unknown", false, 300 * ms, false, probe.OK, 7},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if !test.cancel {
					ctx, cancel = context.WithTimeout(t.Context(), test.limit)
				} else {
					time.AfterFunc(test.limit, cancel)
				}
				defer cancel()
				w := straight(7, 40*ms)
				w.routers[2].mute = !test.drop
				if test.drop {
					w.routers[4].drop = 4172
				}
				got, d := sweep(t, ctx, w, target(probe.TCP, 4172))
				if got.Outcome != test.outcome || d.Last != test.last || got.Elapsed > test.limit {
					t.Errorf("%s %s, last %d after %v", got.Outcome, got.Failure, d.Last, got.Elapsed)
				}
				if (got.Failure == probe.Timeout) != (got.Outcome == probe.Silent) {
					t.Errorf("failure %q", got.Failure)
				}
			})
		})
	}
}

func TestWhatCannotBeSweptIsSkipped(t *testing.T) {
	refusing := straight(3, 40*ms)
	refusing.own = func(probe.HopQuestion) (probe.HopAnswer, bool) { return probe.HopAnswer{}, false }
	nowhere := target(probe.TCP, 443)
	nowhere.Addresses = nil
	for _, test := range []struct {
		name    string
		network probe.Network
		to      probe.Target
		failure probe.Failure
	}{
		{"no address", straight(3, 40*ms), nowhere, probe.NoAddress},
		{"a network that cannot", probetest.New(), target(probe.TCP, 443), probe.Unsupported},
		{"a system that does not", refusing, target(probe.UDP, 443), probe.Unsupported},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.to.Expect = path.ExpectControl
				got, d := sweep(t, t.Context(), test.network, test.to)
				if got.Outcome != probe.Skipped || got.Failure != test.failure || !d.Control || d.Packets != 0 || len(d.Hops) != 0 {
					t.Errorf("%s %s %+v", got.Outcome, got.Failure, d)
				}
			})
		})
	}
}

// A run that has so far spoken with near servers only must not take a far hop
// for a silent one.
func TestSlowAnswersStretchThePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := unknown(straight(8, 300*ms))
		w.RTT().Learn(2 * ms)
		for i := range w.routers { // a long line behind the first router
			w.routers[i].rtt = 300 * ms
		}
		w.routers[0].rtt = 60 * ms
		_, d := sweep(t, t.Context(), w, target(probe.TCP, 443))
		if d.Last != 8 || d.Distance != 9 {
			t.Errorf("last %d, distance %d", d.Last, d.Distance)
		}
	})
}

// Where the system does not tell what routers say of a connect, the control's way
// is shown by echo requests; of a port nothing is said then.
func TestTheWayAloneIsShownByEchoRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := straight(3, 40*ms)
		w.own = func(q probe.HopQuestion) (probe.HopAnswer, bool) { return probe.HopAnswer{}, q.AnyPacket }
		if o, d := sweep(t, t.Context(), w, target(probe.TCP, 4172)); o.Outcome != probe.Skipped || o.Failure != probe.Unsupported || d.Echo || len(w.sent) != 0 {
			t.Errorf("a port: %s %q %+v", o.Outcome, o.Failure, d)
		}
		w.echo = true
		control := target(probe.TCP, 443)
		control.Expect = path.ExpectControl
		o, d := sweep(t, t.Context(), w, control)
		if o.Outcome != probe.OK || !d.Echo || !d.Control || d.Last != 3 || d.Distance != 4 {
			t.Errorf("the control: %s %q %+v", o.Outcome, o.Failure, d)
		}
	})
}
