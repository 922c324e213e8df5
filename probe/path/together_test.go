package path_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/path"
)

// Several sweeps of one run, which share what routers have to say.

// A control is asked once a hop, and a second time only beyond the hop where a
// target ends, right after the target's own packets.
func TestAControlFollowsItsTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := straight(6, 40*ms)
		w.routers[2].drop = 4172
		sweeps(t, w, control(probe.TCP), target(probe.TCP, 4172))
		count, latest := map[int]int{}, map[int]time.Time{}
		for _, p := range w.sent {
			if p.port == 4172 {
				latest[p.ttl] = p.at
				continue
			}
			count[p.ttl]++
			if after := p.at.Sub(latest[p.ttl]); count[p.ttl] == 2 && (after < 4*ms || after > 20*ms) {
				t.Errorf("hop %d was asked again %v after the target", p.ttl, after)
			}
		}
		for ttl := 1; ttl <= 7; ttl++ {
			want := 1
			if ttl > 3 && ttl < 7 {
				want = 2
			}
			if count[ttl] != want {
				t.Errorf("hop %d was asked %d times, want %d", ttl, count[ttl], want)
			}
		}
	})
}

// A window opens as soon as the last hop of the one before has answered, and
// not earlier than it is known that the target is not among them.
func TestWindowsFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := straight(20, 200*ms)
		_, d := sweep(t, t.Context(), w, target(probe.TCP, 443))
		var first []time.Duration
		for _, p := range w.sent {
			if p.ttl%8 == 1 {
				first = append(first, p.at.Sub(w.sent[0].at))
			}
		}
		rtt := func(ttl int) time.Duration { return w.routers[ttl-1].rtt }
		second := 28*ms + rtt(8)
		third := second + 28*ms + rtt(16)
		for i, want := range []time.Duration{0, second, third} {
			if i >= len(first) || first[i] < want || first[i] > want+12*ms {
				t.Errorf("windows began at %v, number %d should at %v", first, i+1, want)
			}
		}
		if len(first) != 3 || d.Distance != 21 {
			t.Errorf("%d windows, distance %d", len(first), d.Distance)
		}
	})
}

// A hop nearer than one that answered decides nothing: it is not asked again.
func TestAHopBeforeOneThatAnsweredIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := straight(4, 40*ms)
		w.routers[1].mute = true
		got, d := sweep(t, t.Context(), w, target(probe.TCP, 443))
		if got.Outcome != probe.OK || d.Distance != 5 || d.Hops[1].Kind != o || d.Hops[1].Sent != 1 || got.Elapsed > 200*ms {
			t.Errorf("%s after %v: %+v", got.Outcome, got.Elapsed, d)
		}
	})
}

// sweeps runs those of one run at once and gives what each found.
func sweeps(t *testing.T, w *world, list ...probe.Target) (found []probe.SweepDetail, took time.Duration) {
	p, began := path.New(), time.Now()
	found = make([]probe.SweepDetail, len(list))
	var all sync.WaitGroup
	for i, to := range list {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
			defer cancel()
			found[i] = p.Probe(ctx, w, to)[0].Detail.(probe.SweepDetail)
		})
	}
	all.Wait()
	return found, time.Since(began)
}

func control(transport probe.Transport) probe.Target {
	to := target(transport, 443)
	to.Endpoint, to.Expect = "control", path.ExpectControl
	return to
}

// passedOn is how the rules read a control: a hop answered each of its packets.
func passedOn(d probe.SweepDetail, ttl int) bool {
	for _, h := range d.Hops {
		if h.TTL == ttl {
			return h.Kind == x && len(h.RTTMS) >= h.Sent
		}
	}
	return false
}

// cutWrongly: the target's packets passed a hop beyond its last, and the sweeps
// say otherwise.
func cutWrongly(d, control probe.SweepDetail, dead int) bool {
	return slices.ContainsFunc(d.Hops, func(h probe.Hop) bool {
		return h.TTL > d.Last && h.TTL <= dead && passedOn(control, h.TTL)
	})
}

// Every port dead, and routers as Linux's are: the first run is quick, and each
// of five without a pause between them finds where the packets end, over one
// transport at least, and nothing wrong over any.
func TestFiveRunsBackToBackFindTheSame(t *testing.T) {
	for _, c := range []struct{ dead, budget int }{{1, 6}, {3, 6}, {5, 6}, {3, 1}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := straight(7, 40*ms)
				for i := range w.routers {
					w.routers[i].budget = c.budget
				}
				w.routers[c.dead-1].drop = 4172
				ports := []probe.Target{target(probe.TCP, 4172), target(probe.UDP, 4172), control(probe.TCP), control(probe.UDP)}
				for run := range 5 {
					found, took := sweeps(t, w, ports...)
					packets, located := 0, 0
					for i, d := range found[:2] {
						packets += d.Packets + found[i+2].Packets
						if d.Last == c.dead && passedOn(found[i+2], c.dead+1) {
							located++
						}
						if d.Last > c.dead || d.Last < c.dead && c.budget > 1 || cutWrongly(d, found[i+2], c.dead) {
							t.Errorf("run %d, %s: last %d, want %d: %+v; control %+v", run, ports[i].Transport, d.Last, c.dead, d.Hops, found[i+2].Hops)
						}
					}
					if c.budget > 1 && (located == 0 || run == 0 && (located < 2 || took > 400*ms)) || took > 4*time.Second || packets > 90 {
						t.Errorf("run %d: %d located in %v with %d packets", run, located, took, packets)
					}
				}
			})
		})
	}
}

// A router that gives one answer a second to whoever asks first must not make a
// port look dead that passes it.
func TestOneAnswerASecondIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := answering(straight(5, 40*ms), probe.HopSilent)
		w.routers[3].budget, w.routers[4].budget = 1, 1
		found, took := sweeps(t, w, control(probe.UDP), target(probe.UDP, 4172))
		if d := found[1]; d.Last < 5 && passedOn(found[0], d.Last+1) {
			t.Errorf("cut at hop %d after %v: %+v\n%+v", d.Last, took, d.Hops, found[0].Hops)
		}
		if took > 3500*ms {
			t.Errorf("took %v", took)
		}
	})
}

// Servers that answer no datagram, nothing wrong: nobody waits for a refill.
func TestSilentServersOfAHealthyWorldAreSweptQuickly(t *testing.T) {
	for _, mute := range []int{0, 2, 4} {
		synctest.Test(t, func(t *testing.T) {
			w := answering(straight(4, 2*ms), probe.HopSilent)
			for i := range w.routers {
				w.routers[i].budget = 6
			}
			if mute > 0 {
				w.routers[mute-1].mute = true
			}
			_, took := sweeps(t, w, target(probe.UDP, 4172), target(probe.UDP, 4195), control(probe.UDP))
			if took > 300*ms {
				t.Errorf("router %d mute: took %v", mute, took)
			}
		})
	}
}

// Routers that send 6 ICMP errors and then one a second must still show all
// hops to a target's two sweeps and the control's at once.
func TestThreeSweepsAtOnceLeaveNobodyWithoutAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := straight(6, 40*ms)
		for i := range w.routers {
			w.routers[i].budget = 6
		}
		w.routers[3].drop = 4172
		var all sync.WaitGroup
		for _, to := range []probe.Target{target(probe.TCP, 4172), target(probe.UDP, 4172), target(probe.TCP, 443)} {
			all.Go(func() {
				_, d := sweep(t, t.Context(), w, to)
				last, distance := 4, 0
				if to.Port == 443 {
					last, distance = 6, 7
				}
				if d.Last != last || d.Distance != distance {
					t.Errorf("%s: last %d, distance %d: %+v", to, d.Last, d.Distance, d.Hops)
				}
			})
		}
		all.Wait()
	})
}
