package desk

import (
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

// lostOf is a run with one sample of probes only.
func lostOf(sent, lost int) evidence {
	w := &diagnosetest.World{In: facts.Input{Vantage: "desk", Protocol: "both"}}
	w.Add("stun/stun/1", "stun", probe.STUNBinding, "stun.example:443/udp", "3.4.5.6", probe.OK, "", diagnosetest.Answered(sent, sent-lost))
	return gather(w.In)
}

// The share is above 8 % with 99 % certainty (Wilson's interval), which is more of
// few probes than of many.
func TestLimitOfLoss(t *testing.T) {
	for _, row := range []struct {
		sent, lost int
		high       bool
	}{
		{24, 5, false}, {24, 6, true}, {100, 14, false}, {100, 15, true}, {400, 45, false}, {400, 46, true}, {400, 0, false},
	} {
		if _, fired := lossyPath.Check(lostOf(row.sent, row.lost)); fired != row.high {
			t.Errorf("%d of %d lost: high is %v, want %v", row.lost, row.sent, fired, row.high)
		}
		if row.sent > 24 {
			continue
		}
		if _, fired := lossyPort.Check(gather(diagnosetest.Healthy().Sampled("pcoip-tcp", row.sent, row.lost).In)); fired != row.high {
			t.Errorf("%d of a port's %d lost: high is %v, want %v", row.lost, row.sent, fired, row.high)
		}
	}
}

// Whoever lets pass a packet now and then lets pass the first: an answer, and nothing
// after it. An address that never answers may be dead, and a port from which nothing is
// answered may be filtered; neither is a loss.
func TestWhatAnsweredOnceIsLossy(t *testing.T) {
	const some, other, own = "3.4.5.6", "3.4.5.7", 50002
	sampled := func(lossy bool, answered, silent string, from int) *diagnosetest.World {
		w := &diagnosetest.World{In: facts.Input{Vantage: "desk", Protocol: "both"}}
		ask := func(endpoint, address string, d probe.ExchangeDetail) {
			d.Local = netip.AddrPortFrom(netip.MustParseAddr("192.168.50.10"), uint16(from)).String()
			outcome, failure := probe.OK, probe.Failure("")
			if d.Answered == 0 {
				outcome, failure = probe.Silent, probe.Timeout
			}
			w.Add(endpoint+"/stun", endpoint, probe.STUNBinding, diagnosetest.Target(diagnosetest.HealthHost, 4172, "udp"), address, outcome, failure, d)
		}
		endpoint := "pcoip-udp"
		if from != 0 {
			endpoint = sourcePort
		}
		ask(endpoint, answered, diagnosetest.Answered(1, 1))
		ask("pcoip-udp", silent, diagnosetest.Answered(3, 0))
		again := 8
		if lossy {
			again = 0
		}
		ask(endpoint+"-sample", answered, diagnosetest.Answered(8, again))
		ask("pcoip-udp-sample", silent, diagnosetest.Answered(8, 0))
		return w
	}
	for name, row := range map[string]struct {
		world *diagnosetest.World
		lossy bool
	}{
		"one address answers once":             {sampled(true, some, other, 0), true},
		"one address answers, another is dead": {sampled(false, some, other, 0), false},
		"one own port is answered once":        {sampled(true, some, some, own), true},
		"only the own port passes":             {sampled(false, some, some, own), false},
	} {
		e := gather(row.world.In)
		if _, fired := lossyPort.Check(e); fired != row.lossy {
			t.Errorf("%s: lossy is %v", name, fired)
		}
		if lost, sent := e.lossOf(flow{role: "pcoip-udp"}); (lost == 8 && sent == 9) != row.lossy {
			t.Errorf("%s: of a sweep %d of %d are taken to be lost", name, lost, sent)
		}
	}
}

// A probe that was given up sooner than twice what an answer takes is not lost.
func TestAnAttemptGivenUpEarlyIsNoLoss(t *testing.T) {
	for waited, want := range map[float64]int{79.9: 0, 80: 1} {
		e := lostOf(10, 0)
		d := e.Observations[0].Detail.(probe.ExchangeDetail)
		d.Attempts = append(d.Attempts, probe.Attempt{ElapsedMS: waited, Outcome: probe.Silent})
		e.Observations[0].Detail = d
		if lost, total, _ := e.Loss(); lost != want || total != 10+want {
			t.Errorf("given up after %.1f ms where answers take 40: %d of %d lost, want %d", waited, lost, total, want)
		}
	}
}

// Five minutes, and two servers that agree within half of that.
func TestLimitOfTheClock(t *testing.T) {
	const minute, hosts = 60_000.0, 2
	for _, row := range []struct {
		name        string
		first, next float64
		wrong       bool
	}{
		{"4:59 fast", 5*minute - 1000, 5*minute - 1000, false},
		{"5:01 fast", 5*minute + 1000, 5*minute + 1000, true},
		{"4:59 slow", -5*minute + 1000, -5*minute + 1000, false},
		{"5:01 slow", -5*minute - 1000, -5*minute - 1000, true},
		{"one server within, one beyond", 5*minute - 1000, 5*minute + 1000, false},
		{"servers that differ by 2:29", 6 * minute, 8.5*minute - 1000, true},
		{"servers that differ by 2:31", 6 * minute, 8.5*minute + 1000, false},
		{"servers on both sides", -6 * minute, 6 * minute, false},
	} {
		w := diagnosetest.Healthy().Drop(func(o probe.Observation) bool {
			return o.Operation == probe.HTTPGet && slices.Contains(diagnosetest.WebOrder, o.Endpoint)
		})
		w.Clock(row.first, "clients.amazonworkspaces.com").Clock(row.next, "checkip.amazonaws.com")
		if _, wrong := wrongClock.Check(gather(w.In)); wrong != row.wrong {
			t.Errorf("%s, told by %d servers: wrong is %v", row.name, hosts, wrong)
		}
	}
}

// A device that is heard of later than four times the answer's time and 20 ms more
// did not give that answer; routers answer late, but not so late.
func TestLimitOfTheFarthestDevice(t *testing.T) {
	for ms, want := range map[float64]candidates.Place{24: 4, 24.1: 2} {
		w := diagnosetest.Healthy().Accept(1, "nothing", "pcoip-tcp").ControlSweep(5)
		diagnosetest.With(w, probe.PathSweep, func(d *probe.SweepDetail) {
			for i := range d.Hops {
				if d.Hops[i].TTL == 3 {
					d.Hops[i].RTTMS = []float64{ms}
				}
			}
		})
		f, _ := gather(w.In).flow("health", "pcoip-tcp", "pcoip-tcp")
		i := slices.IndexFunc(f.clues, func(c candidates.Clue) bool { return c.Look == candidates.TooSoon })
		if i < 0 {
			t.Fatalf("hop 3 after %.1f ms: the answer is not said to come too soon", ms)
		}
		// The control's reset may be a device's that speaks for the host: 6.
		if got := min(f.clues[i].To, 4); got != want {
			t.Errorf("hop 3 after %.1f ms, the answer after 1 ms: from place %d at the farthest, want %d", ms, got, want)
		}
	}
}

// Plain loss explains a silence with a chance of 2 % at most, or nobody is told
// apart by it. The chances are reckoned by hand: (lost + ½) / (sent + 1), to the
// power of the probes that were silent.
func TestLimitOfChance(t *testing.T) {
	for lost, want := range map[int]bool{39: true, 40: false} { // 1.94 %, 2.14 %: four probes, 5·lost of 523
		w := diagnosetest.Healthy().Lossy(100, lost).Silence("pcoip-tcp").Sweep("pcoip-tcp", 2, "").ControlSweep(5)
		f, _ := gather(w.In).flow("health", "pcoip-tcp", "pcoip-tcp")
		got := slices.ContainsFunc(f.clues, func(c candidates.Clue) bool { return c.Look == candidates.Swept })
		if got != want {
			t.Errorf("%d of 100 lost: the sweep counts %v, chance %.4f", lost, got, f.path.Chance)
		}
	}
	silent := probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)}
	for lost, undecided := range map[int]bool{28: false, 29: true} { // 1.95 %, 2.17 %: three connects, 5·lost of 521
		w := diagnosetest.Healthy().Lossy(100, lost).Also("gateway-dcv-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Silent, probe.Timeout, silent)
		list := gather(w.In).ways()
		i := slices.IndexFunc(list, func(f finding.Finding) bool { return f.Code == "gateway_only_dead" })
		if i < 0 || list[i].Undecided != undecided {
			t.Errorf("%d of 100 lost: %s, odds %+v", lost, diagnosetest.Codes(list), list[max(i, 0)].Odds)
		}
	}
}
