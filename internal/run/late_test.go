package run_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

const ms = time.Millisecond

// standsStill gives the pauses of a run that began now.
func standsStill(pauses ...[2]time.Duration) func() []run.Pause {
	began := time.Now()
	return func() (list []run.Pause) {
		for _, p := range pauses {
			if to := began.Add(p[1]); !to.After(time.Now()) {
				list = append(list, run.Pause{From: began.Add(p[0]), To: to})
			}
		}
		return list
	}
}

// port is a prober that waits 200 ms; each asking ends as the list says.
func port(asked *int, ends ...probe.Outcome) fake {
	return func(ctx context.Context, t probe.Target) []probe.Observation {
		o := probe.Observe(probe.TCPConnect, t, time.Now())
		outcome := ends[min(*asked, len(ends)-1)]
		*asked++
		select {
		case <-time.After(200 * ms):
		case <-ctx.Done():
		}
		took := probe.Milliseconds(time.Since(o.Start))
		d := probe.ConnectDetail{Attempts: []probe.Attempt{{ElapsedMS: took, Outcome: outcome}}}
		failure := probe.Failure("")
		if outcome == probe.OK {
			d.RTTMS = took
		} else {
			failure, d.Attempts[0].Failure = probe.Timeout, probe.Timeout
		}
		return []probe.Observation{o.Finish(time.Now(), outcome, failure, d)}
	}
}

func TestSilenceWhileTheComputerStoodStillIsAskedAgain(t *testing.T) {
	const ok, silent, notRun = probe.OK, probe.Silent, probe.NotRun
	for _, c := range []struct {
		name    string
		pauses  [][2]time.Duration
		ends    []probe.Outcome
		limit   time.Duration
		asked   int
		outcome probe.Outcome
		failure probe.Failure
		late    float64
	}{
		{"no standstill", nil, []probe.Outcome{silent}, time.Minute, 1, silent, probe.Timeout, 0},
		{"one before it", [][2]time.Duration{{-100 * ms, 0}}, []probe.Outcome{silent}, time.Minute, 1, silent, probe.Timeout, 0},
		{"most of the wait", [][2]time.Duration{{20 * ms, 180 * ms}}, []probe.Outcome{silent, ok}, time.Minute, 2, ok, "", 0},
		{"its end", [][2]time.Duration{{130 * ms, 195 * ms}}, []probe.Outcome{silent, silent}, time.Minute, 2, silent, probe.Timeout, 0},
		{"all of every wait", [][2]time.Duration{{10 * ms, 190 * ms}, {210 * ms, 390 * ms}, {410 * ms, 590 * ms}}, []probe.Outcome{silent}, time.Minute, 3, notRun, probe.ComputerBusy, 180},
		{"no time for another", [][2]time.Duration{{20 * ms, 180 * ms}}, []probe.Outcome{silent, ok}, 600 * ms, 1, notRun, probe.ComputerBusy, 160},
		{"an answer all the same", [][2]time.Duration{{20 * ms, 180 * ms}}, []probe.Outcome{ok}, time.Minute, 1, ok, "", 160},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.limit)
				defer cancel()
				n, asked := probetest.New(), 0
				n.RTT().Learn(10 * ms)
				rec, _ := do(ctx, run.Options{
					Network: n, Plan: plan.Plan{Steps: []plan.Step{step("a", "port")}},
					Probers: map[string]probe.Prober{"port": port(&asked, c.ends...)}, Paused: standsStill(c.pauses...),
				})
				var seen []probe.Observation
				for _, e := range rec.events {
					if e.Kind == run.Observed && e.Step.ID == "a" {
						seen = append(seen, e.Observation)
					}
				}
				if len(seen) != 1 || asked != c.asked {
					t.Fatalf("asked %d times, want %d; %d observations", asked, c.asked, len(seen))
				}
				o := seen[0]
				d := o.Detail.(probe.ConnectDetail)
				if o.Outcome != c.outcome || o.Failure != c.failure || o.LateMS != c.late {
					t.Errorf("%s %q, %v ms late; want %s %q, %v", o.Outcome, o.Failure, o.LateMS, c.outcome, c.failure, c.late)
				}
				if c.late > 0 && (d.RTTMS != 0 || d.Attempts[0].Outcome == silent) {
					t.Errorf("a standstill left in the detail: %+v", d)
				}
			})
		})
	}
}

// A round trip that the kernel measured is not late, and of a sample only those
// datagrams count that were waited for.
func TestWhatAStandstillTakesOutOfADetail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		n.RTT().Learn(10 * ms)
		sample := fake(func(_ context.Context, t probe.Target) []probe.Observation {
			o := probe.Observe(probe.STUNBinding, t, time.Now())
			time.Sleep(500 * ms)
			d := probe.ExchangeDetail{Sent: 4, Answered: 2, RTTMS: []float64{10, 170}, Attempts: []probe.Attempt{
				{AtMS: 0, ElapsedMS: 10, Outcome: probe.OK}, {AtMS: 10, ElapsedMS: 170, Outcome: probe.OK},
				{AtMS: 20, ElapsedMS: 150, Outcome: probe.Silent, Failure: probe.Timeout}, {AtMS: 100, ElapsedMS: 400, Outcome: probe.Silent, Failure: probe.Timeout},
			}}
			return []probe.Observation{o.Finish(time.Now(), probe.OK, "", d)}
		})
		connect := fake(func(_ context.Context, t probe.Target) []probe.Observation {
			o := probe.Observe(probe.TCPConnect, t, time.Now())
			time.Sleep(200 * ms)
			return []probe.Observation{o.Finish(time.Now(), probe.OK, "", probe.ConnectDetail{RTTMS: 10, RTTSource: probe.RTTKernel, Spoke: "nothing"})}
		})
		rec, _ := do(t.Context(), run.Options{
			Network: n, Plan: plan.Plan{Steps: []plan.Step{step("udp", "udp"), step("tcp", "tcp")}}, Load: func() string { return "9.1" },
			Probers: map[string]probe.Prober{"udp": sample, "tcp": connect}, Paused: standsStill([2]time.Duration{20 * ms, 170 * ms}, [2]time.Duration{220 * ms, 380 * ms}, [2]time.Duration{420 * ms, 580 * ms}),
		})
		found := map[probe.Operation]probe.Observation{}
		for _, e := range rec.events {
			if e.Kind == run.Observed {
				found[e.Observation.Operation] = e.Observation
			}
		}
		e := found[probe.STUNBinding].Detail.(probe.ExchangeDetail)
		if e.Sent != 3 || e.Answered != 2 || len(e.RTTMS) != 1 || e.Attempts[2].Outcome != probe.NotRun {
			t.Errorf("%+v", e)
		}
		if c := found[probe.TCPConnect].Detail.(probe.ConnectDetail); c.RTTMS != 10 || c.Spoke != "" || found[probe.TCPConnect].Outcome != probe.OK {
			t.Errorf("%+v", c)
		}
		p, told := found[probe.HostPauses].Detail.(probe.PausesDetail)
		if !told || len(p.Pauses) != 3 || p.TotalMS != 470 || p.Load != "9.1" || p.Pauses[0] != (probe.Pause{AtMS: 20, LengthMS: 150}) {
			t.Errorf("%+v", p)
		}
		if gaps := words.English().All(run.Gaps([]probe.Observation{found[probe.HostPauses]})); len(gaps) != 1 || !strings.Contains(gaps[0], "too busy or suspended for 470 ms") {
			t.Errorf("%q", gaps)
		}
	})
}

// Nobody waits for no time at all.
func TestASilenceOfNoTimeIsNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec, _ := do(t.Context(), run.Options{
			Plan: plan.Plan{Steps: []plan.Step{step("dns", "dns")}}, Network: probetest.New(),
			Probers: map[string]probe.Prober{"dns": answers("system", 0, probe.Silent)},
		})
		expect(t, rec, "step_started dns", "observation o1 dns not-run computer_busy", "step_done dns")
	})
}

// What could not be sent for want of a socket is no answer and no silence.
func TestWantOfResourcesIsNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec, _ := do(t.Context(), run.Options{
			Plan:    plan.Plan{Steps: []plan.Step{step("a", "tcp")}},
			Probers: map[string]probe.Prober{"tcp": ends(probe.TCPConnect, probe.Failed, probe.ComputerExhausted, probe.ConnectDetail{})},
		})
		expect(t, rec, "step_started a", "observation o1 a not-run computer_exhausted", "step_done a")
		if gaps := words.English().All(run.Gaps([]probe.Observation{rec.events[1].Observation})); len(gaps) != 1 || !strings.Contains(gaps[0], "no resources left") {
			t.Errorf("%q", gaps)
		}
	})
}

// A certificate that this computer did not judge in time is a gap, and no silence.
func TestWhatWasNotJudgedIsAGap(t *testing.T) {
	list := []probe.Observation{{ID: "o1", Operation: probe.TLSHandshake, Outcome: probe.NotRun, Failure: probe.TLSUnjudged, Detail: probe.TLSDetail{}}}
	if gaps := words.English().All(run.Gaps(list)); len(gaps) != 1 || !strings.Contains(gaps[0], "the host did answer") {
		t.Errorf("%q", gaps)
	}
}

// Addresses that lead nowhere are left out of those that are connected to.
func TestOfAMixedAnswerTheUsableAddressesAreTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, _ := addressesOf(t, nil, "h.example.com", map[string]fake{"s": answers("system", 5*ms, probe.OK, "0.0.0.0", "198.18.0.3", "10.9.8.7")})
		if want := addrs("198.18.0.3", "10.9.8.7"); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// A resolver that takes three seconds answers; one that takes longer is not waited
// for where another has answered already.
func TestHowLongANameMayTake(t *testing.T) {
	waits := func(ctx context.Context, t probe.Target) []probe.Observation {
		o := probe.Observe(probe.DNSQuery, t, time.Now())
		<-ctx.Done()
		return []probe.Observation{o.Finish(time.Now(), probe.Silent, probe.Timeout, probe.DNSDetail{Name: t.Host})}
	}
	for _, c := range []struct {
		name   string
		answer bool
		want   time.Duration
	}{{"nobody answers", false, 5 * time.Second}, {"another has answered", true, 3250 * ms}} {
		synctest.Test(t, func(t *testing.T) {
			s := step("dns/slow", "dns")
			s.Timeout = probe.Millis(5 * time.Second)
			steps := []plan.Step{s}
			if c.answer {
				steps = append(steps, step("dns/quick", "quick"))
			}
			_, took := do(t.Context(), run.Options{
				Plan: plan.Plan{Steps: steps}, Probers: map[string]probe.Prober{"dns": fake(waits), "quick": answers("quick", 5*ms, probe.OK, "192.0.2.1")},
			})
			if took != c.want {
				t.Errorf("%s: took %v, want %v", c.name, took, c.want)
			}
		})
	}
}
