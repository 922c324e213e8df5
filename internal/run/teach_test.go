package run_test

import (
	"context"
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

// silence is how long a prober waits before it says so.
const silence = 150 * time.Millisecond

// ends is a prober that gives this observation of a port at once.
func ends(op probe.Operation, outcome probe.Outcome, failure probe.Failure, d probe.Detail) fake {
	return func(_ context.Context, t probe.Target) []probe.Observation {
		o := probe.Observe(op, t, time.Now())
		if outcome == probe.Silent {
			time.Sleep(silence)
		}
		return []probe.Observation{o.Finish(time.Now(), outcome, failure, d)}
	}
}

func TestAConditionalStepRunsOnlyWhereItWouldTeach(t *testing.T) {
	router := &probe.ICMPError{Type: 3, Code: 13}
	for _, c := range []struct {
		name   string
		port   fake
		sweeps bool
	}{
		{"an open port", ends(probe.TCPConnect, probe.OK, "", probe.ConnectDetail{RTTMS: 40}), false},
		{"a silent port", ends(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{}), true},
		{"a reset", ends(probe.TCPConnect, probe.Failed, probe.ConnectionRefused, probe.ConnectDetail{}), true},
		{"a router that names itself", ends(probe.TCPConnect, probe.Failed, probe.AdministrativelyProhibited, probe.ConnectDetail{ICMP: router}), false},
		{"a refusal of this computer", ends(probe.STUNBinding, probe.Failed, probe.LocalPolicyDenied, probe.ExchangeDetail{}), false},
		{"no address", ends(probe.TCPConnect, probe.Skipped, probe.NoAddress, probe.ConnectDetail{}), false},
		{"an accept that came too fast", ends(probe.TCPConnect, probe.OK, "", probe.ConnectDetail{RTTMS: 2}), true},
		{"a step that was never run", ends(probe.TCPConnect, probe.NotRun, "", probe.ConnectDetail{}), false},
		{"a handshake with a chain that is not the vendor's", ends(probe.TLSHandshake, probe.OK, "", probe.TLSDetail{Root: probe.RootOther}), true},
		{"a handshake that is right", ends(probe.TLSHandshake, probe.OK, "", probe.TLSDetail{Root: probe.RootAmazon}), false},
		{"a handshake that fails", ends(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{}), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New()
				n.RTT().Learn(40 * time.Millisecond)
				swept := false
				port := step("port/tcp", "port")
				port.Target.Endpoint = "port"
				sweep := step("port/sweep", "sweep", "port/tcp")
				sweep.IfDead = []string{"port"}
				rec, _ := do(t.Context(), run.Options{
					Network: n, Plan: plan.Plan{Steps: []plan.Step{port, sweep}},
					Probers: map[string]probe.Prober{"port": c.port, "sweep": fake(func(context.Context, probe.Target) []probe.Observation {
						swept = true
						return nil
					})},
				})
				if swept != c.sweeps {
					t.Errorf("swept: %v, want %v; events: %q", swept, c.sweeps, rec.lines())
				}
			})
		})
	}
}

// The packet counter is read where this computer may end the way itself.
func TestCountersAreReadOnlyWhereThisComputerMayEndTheWay(t *testing.T) {
	sweep := func(end probe.HopKind, last, distance int) fake {
		outcome, failure := probe.OK, probe.Failure("")
		if end == probe.HopSilent {
			outcome, failure = probe.Silent, probe.Timeout
		}
		return ends(probe.PathSweep, outcome, failure, probe.SweepDetail{End: end, Last: last, Distance: distance, Packets: 8})
	}
	for _, c := range []struct {
		name       string
		sweep      fake
		lost, near bool
	}{
		{"nobody saw it", sweep(probe.HopSilent, 0, 0), true, false},
		{"the first router saw it", sweep(probe.HopSilent, 1, 0), false, false},
		{"reset from no farther than the first router", sweep(probe.HopRST, 0, 1), false, true},
		{"accepted from no farther than the first router", sweep(probe.HopSYNACK, 0, 1), false, true},
		{"reset by the second router", sweep(probe.HopRST, 1, 2), false, false},
		{"accepted far away", sweep(probe.HopSYNACK, 4, 5), false, false},
		{"rejected by the first router", sweep(probe.HopICMP, 0, 1), false, false},
	} {
		for _, condition := range []string{"lost", "near"} {
			synctest.Test(t, func(t *testing.T) {
				counted := false
				swept := step("port/sweep", "sweep")
				swept.Target.Endpoint = "port"
				counters := step("port/counters", "counters", swept.ID)
				want := c.lost
				if condition == "lost" {
					counters.IfLost = []string{"port"}
				} else {
					counters.IfNear, want = []string{"port"}, c.near
				}
				do(t.Context(), run.Options{
					Network: probetest.New(), Plan: plan.Plan{Steps: []plan.Step{swept, counters}},
					Probers: map[string]probe.Prober{"sweep": c.sweep, "counters": fake(func(context.Context, probe.Target) []probe.Observation { counted = true; return nil })},
				})
				if counted != want {
					t.Errorf("%s, if %s: counted %v", c.name, condition, counted)
				}
			})
		}
	}
}

// A conversation that went well but for whose chain it was is swept too: somebody
// nearer than the host may have spoken.
func TestATrustedInterceptionIsSwept(t *testing.T) {
	for root, sweeps := range map[probe.RootVerdict]bool{probe.RootOther: true, probe.RootAmazon: false} {
		synctest.Test(t, func(t *testing.T) {
			swept := false
			web := step("web/https", "web")
			web.Target.Endpoint = "web"
			sweep := step("web/sweep", "sweep", "web/https")
			sweep.IfDead = []string{"web"}
			do(t.Context(), run.Options{
				Network: probetest.New(), Plan: plan.Plan{Steps: []plan.Step{web, sweep}},
				Probers: map[string]probe.Prober{
					"web": fake(func(_ context.Context, t probe.Target) []probe.Observation {
						now := time.Now()
						return []probe.Observation{
							probe.Observe(probe.TCPConnect, t, now).Finish(now, probe.OK, "", probe.ConnectDetail{RTTMS: 40}),
							probe.Observe(probe.TLSHandshake, t, now).Finish(now, probe.OK, "", probe.TLSDetail{Root: root, SystemTrust: true}),
							probe.Observe(probe.HTTPGet, t, now).Finish(now, probe.OK, "", probe.HTTPDetail{Status: 200}),
						}
					}),
					"sweep": fake(func(context.Context, probe.Target) []probe.Observation { swept = true; return nil }),
				},
			})
			if swept != sweeps {
				t.Errorf("%s: swept %v", root, swept)
			}
		})
	}
}

func TestAConditionalStepWaitsForItsPortsNotForAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at time.Duration
		began := time.Now()
		name := step("dns/system/host.example.com/A", "name")
		port := step("port/tcp", "port", name.ID)
		port.Target.Endpoint = "port"
		sweep := step("port/sweep", "sweep", "port/tcp")
		sweep.IfDead = []string{"port"}
		do(t.Context(), run.Options{
			Network: probetest.New(), Plan: plan.Plan{Steps: []plan.Step{name, port, sweep}},
			Probers: map[string]probe.Prober{
				"name": answers("system", 10*time.Millisecond, probe.OK, "192.0.2.1"),
				"port": fake(func(_ context.Context, t probe.Target) []probe.Observation {
					o := probe.Observe(probe.TCPConnect, t, time.Now())
					time.Sleep(300 * time.Millisecond)
					return []probe.Observation{o.Finish(time.Now(), probe.Silent, probe.Timeout, probe.ConnectDetail{})}
				}),
				"sweep": fake(func(context.Context, probe.Target) []probe.Observation {
					at = time.Since(began)
					return nil
				}),
			},
		})
		if at != 310*time.Millisecond {
			t.Errorf("swept at %v, want right after the port was found silent at 310 ms", at)
		}
	})
}

// A port is sampled where some of it is lost and some is not.
func TestAPortIsSampledOnlyWhereSomethingWasLostAndSomethingAnswered(t *testing.T) {
	answered := probe.Attempt{ElapsedMS: 40, Outcome: probe.OK}
	early := probe.Attempt{ElapsedMS: 45, Outcome: probe.NotRun}
	overdue := probe.Attempt{ElapsedMS: 150, Outcome: probe.NotRun}
	lost := probe.Attempt{ElapsedMS: 200, Outcome: probe.Silent, Failure: probe.Timeout}
	connect := func(attempts ...probe.Attempt) probe.Detail {
		return probe.ConnectDetail{Attempts: attempts, RTTMS: 40}
	}
	exchange := func(attempts ...probe.Attempt) probe.Detail {
		return probe.ExchangeDetail{Attempts: attempts, RTTMS: []float64{40}}
	}
	for name, c := range map[string]struct {
		op      probe.Operation
		details []probe.Detail // a silent one is nil
		samples bool
	}{
		"all answered at once":                        {probe.TCPConnect, []probe.Detail{connect(answered), connect(answered)}, false},
		"a second on its way when the first answered": {probe.TCPConnect, []probe.Detail{connect(answered, early)}, false},
		"an earlier one overdue":                      {probe.TCPConnect, []probe.Detail{connect(overdue, answered)}, true},
		"an earlier datagram overdue":                 {probe.STUNBinding, []probe.Detail{exchange(overdue, answered)}, true},
		"one of a sample lost":                        {probe.STUNBinding, []probe.Detail{exchange(answered, lost)}, true},
		"another address silent":                      {probe.TCPConnect, []probe.Detail{connect(answered), nil}, false},
		"all silent":                                  {probe.TCPConnect, []probe.Detail{nil, nil}, false},
		"another address silent to datagrams":         {probe.STUNBinding, []probe.Detail{exchange(answered), nil}, true},
		"all silent to datagrams":                     {probe.STUNBinding, []probe.Detail{nil, nil}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sampled := false
				port := step("port/tcp", "port")
				port.Target.Endpoint = "port"
				sample := step("port-sample/tcp", "sample", "port/tcp")
				sample.IfFlaky = []string{"port"}
				do(t.Context(), run.Options{
					Network: probetest.New(), Plan: plan.Plan{Steps: []plan.Step{port, sample}},
					Probers: map[string]probe.Prober{
						"port": fake(func(_ context.Context, t probe.Target) (list []probe.Observation) {
							o := probe.Observe(c.op, t, time.Now())
							time.Sleep(silence)
							for _, d := range c.details {
								if d == nil && c.op == probe.STUNBinding {
									silent := probe.ExchangeDetail{Sent: 3, Attempts: []probe.Attempt{lost}}
									list = append(list, o.Finish(time.Now(), probe.Silent, probe.Timeout, silent))
									continue
								}
								if d == nil {
									list = append(list, o.Finish(time.Now(), probe.Silent, probe.Timeout, connect(lost)))
									continue
								}
								list = append(list, o.Finish(time.Now(), probe.OK, "", d))
							}
							return list
						}),
						"sample": fake(func(context.Context, probe.Target) []probe.Observation { sampled = true; return nil }),
					},
				})
				if sampled != c.samples {
					t.Errorf("sampled %v", sampled)
				}
			})
		})
	}
}

// QUIC is answered and STUN is not: that is no loss.
func TestAPortThatAnswersOneKindOfQuestionIsNotFlaky(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quic, stun := step("port/quic", "quic"), step("port/stun", "stun")
		quic.Target.Endpoint, stun.Target.Endpoint = "port", "port"
		sample := step("port-sample/quic", "sample", "port/quic", "port/stun")
		sample.IfFlaky = []string{"port"}
		do(t.Context(), run.Options{Network: probetest.New(), Plan: plan.Plan{Steps: []plan.Step{quic, stun, sample}}, Probers: map[string]probe.Prober{
			"quic": ends(probe.QUICVersion, probe.OK, "", probe.ExchangeDetail{}),
			"stun": ends(probe.STUNBinding, probe.Silent, probe.Timeout, probe.ExchangeDetail{Attempts: []probe.Attempt{{ElapsedMS: 150, Outcome: probe.Silent}}}),
			"sample": fake(func(context.Context, probe.Target) []probe.Observation {
				t.Error("it was sampled")
				return nil
			}),
		}})
	})
}

func TestAProxyOfAnotherKindIsAGap(t *testing.T) {
	o := probe.Observe(probe.ProxyConnect, probe.Target{}, time.Now()).Finish(time.Now(), probe.Skipped, probe.Unsupported, probe.ProxyConnectDetail{Error: "only proxies of scheme http are supported, not https", Reached: "none"})
	if gaps := words.English().All(run.Gaps([]probe.Observation{o, o})); len(gaps) != 1 || !strings.Contains(gaps[0], "not https") {
		t.Errorf("%q", gaps)
	}
}

// A sweep of datagrams begins as soon as their answers are overdue, and not for a port
// that answers, late or by other questions.
func TestASweepNeedNotWaitForWhatIsOverdue(t *testing.T) {
	const rtt, spacing = 40 * time.Millisecond, 110 * time.Millisecond
	after := func(d time.Duration, outcome probe.Outcome) fake {
		return func(_ context.Context, t probe.Target) []probe.Observation {
			o := probe.Observe(probe.STUNBinding, t, time.Now())
			time.Sleep(d)
			return []probe.Observation{o.Finish(time.Now(), outcome, "", probe.ExchangeDetail{})}
		}
	}
	for _, c := range []struct {
		name     string
		stun     fake
		quic     fake
		known    bool          // a round trip is
		early    bool          // the step may be
		begins   time.Duration // 0: it does not
		standing bool          // the process stood still for 100 ms
	}{
		{"silence", after(400*time.Millisecond, probe.Silent), nil, true, true, 220 * time.Millisecond, false},
		{"silence, and the step must wait", after(400*time.Millisecond, probe.Silent), nil, true, false, 400 * time.Millisecond, false},
		{"silence, and nothing to measure by", after(400*time.Millisecond, probe.Silent), nil, false, true, 400 * time.Millisecond, false},
		{"silence while nobody had time", after(400*time.Millisecond, probe.Silent), nil, true, true, 320 * time.Millisecond, true},
		{"an answer to the second datagram", after(spacing+rtt, probe.OK), nil, true, true, 0, false},
		{"an answer to another question", after(400*time.Millisecond, probe.Silent), after(rtt, probe.OK), true, true, 0, false},
		{"silence to both questions", after(400*time.Millisecond, probe.Silent), after(400*time.Millisecond, probe.Silent), true, true, 220 * time.Millisecond, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := probetest.New()
				if c.known {
					n.RTT().Learn(rtt)
				}
				start, begun := time.Now(), time.Duration(0)
				stun := step("port/stun", "stun")
				quic := step("port/quic", "quic")
				sweep := step("port/sweep", "sweep", "port/stun")
				sweep.IfDead, sweep.Early = []string{"port"}, c.early
				steps := []plan.Step{stun}
				if c.quic != nil {
					sweep.After = append(sweep.After, quic.ID)
					steps = append(steps, quic)
				}
				for i := range steps {
					steps[i].Target.Endpoint, steps[i].Target.Spacing = "port", probe.Millis(spacing)
				}
				o := run.Options{
					Network: n, Plan: plan.Plan{Steps: append(steps, sweep)}, Started: start,
					Probers: map[string]probe.Prober{"stun": c.stun, "quic": c.quic, "sweep": fake(func(context.Context, probe.Target) []probe.Observation {
						begun = time.Since(start)
						return nil
					})},
				}
				if c.standing {
					o.Paused = func() []run.Pause {
						return []run.Pause{{From: start.Add(50 * time.Millisecond), To: start.Add(150 * time.Millisecond)}}
					}
				}
				do(t.Context(), o)
				if begun != c.begins {
					t.Errorf("the sweep began after %v, not %v", begun, c.begins)
				}
			})
		})
	}
}
