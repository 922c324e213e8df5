package run_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/probe"
)

func TestAProberThatIgnoresItsContextCannotHoldTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r, took := do(ctx, run.Options{
			Plan:    plan.Plan{Steps: []plan.Step{step("deaf", "deaf"), step("quick", "quick"), step("after", "quick", "deaf")}},
			Probers: map[string]probe.Prober{"deaf": ignores(time.Minute), "quick": takes(time.Millisecond)},
		})
		if took != 10*time.Second+grace {
			t.Errorf("took %s", took)
		}
		rest := r.lines()[2:] // the first two are the starts, in any order
		want := []string{"observation o1 quick ok", "step_done quick", "observation o2 deaf not-run interrupted", "observation o3 after not-run interrupted"}
		if fmt.Sprint(rest) != fmt.Sprint(want) {
			t.Errorf("got %q\nwant %q", rest, want)
		}
		last := r.events[len(r.events)-1].Observation
		if last.Operation != probe.NothingOperation || last.Target != "host.example.com:443/tcp" || last.Detail != (probe.NoDetail{}) {
			t.Errorf("a step that was not run is written down as %+v", last)
		}
		time.Sleep(2 * time.Minute) // the deaf prober answers now
		synctest.Wait()
		if r.late {
			t.Errorf("an event came after the run: %q", r.lines())
		}
	})
}

func TestProbersThatReturnWithinTheGraceAreHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, took := do(ctx, run.Options{
			Plan:    plan.Plan{Steps: []plan.Step{step("a", "p")}},
			Probers: map[string]probe.Prober{"p": ignores(time.Second + grace/2)},
		})
		expect(t, r, "step_started a", "observation o1 a ok", "step_done a")
		if took != time.Second+grace/2 {
			t.Errorf("took %s", took)
		}
	})
}

// Whenever a run is cancelled, every step ends in exactly one way: done with its
// observations, or not-run.
func TestCancelAtAnyTimeAccountsForEveryStep(t *testing.T) {
	chain := []plan.Step{step("a", "p"), step("b", "p", "a"), step("c", "p", "b"), step("d", "deaf", "a"), step("e", "p", "d", "c")}
	probers := map[string]probe.Prober{"p": takes(100 * time.Millisecond), "deaf": ignores(150 * time.Millisecond)}
	for at := time.Duration(0); at <= 500*time.Millisecond; at += 25 * time.Millisecond {
		t.Run(at.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(at, cancel)
				r, took := do(ctx, run.Options{Plan: plan.Plan{Steps: chain}, Probers: probers})
				if took > at+grace {
					t.Errorf("took %s", took)
				}
				done, notRun, seen := map[string]int{}, map[string]int{}, map[string]bool{}
				for i, e := range r.events {
					switch {
					case e.Kind == run.StepDone:
						done[e.Step.ID]++
					case e.Kind == run.Observed:
						if e.Observation.Operation == probe.NothingOperation {
							notRun[e.Observation.Step]++
						}
						if seen[e.Observation.ID] {
							t.Errorf("event %d: ID %s twice", i, e.Observation.ID)
						}
						seen[e.Observation.ID] = true
					}
				}
				for _, s := range chain {
					if done[s.ID]+notRun[s.ID] != 1 {
						t.Errorf("step %s: %d times done, %d times not run", s.ID, done[s.ID], notRun[s.ID])
					}
				}
			})
		})
	}
}

func TestARunThatIsOverBeforeItBeganSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r, took := do(ctx, run.Options{
			Plan: plan.Plan{Steps: []plan.Step{step("a", "p")}},
			Probers: map[string]probe.Prober{"p": fake(func(context.Context, probe.Target) []probe.Observation {
				t.Error("a probe was sent")
				return nil
			})},
		})
		expect(t, r, "observation o1 a not-run interrupted")
		if took != 0 {
			t.Errorf("took %s", took)
		}
	})
}

// The last facts are worth having after an interrupt too, but must not hold the
// report back.
func TestLastFactsHaveAContextOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r, took := do(ctx, run.Options{Last: func(ctx context.Context) []probe.Observation {
			if ctx.Err() != nil {
				t.Error("the context had ended before the question")
			}
			<-ctx.Done()
			o := probe.Observe(probe.HostNeighbour, probe.Target{}, time.Now())
			o.Step = "host/last"
			return []probe.Observation{o}
		}})
		expect(t, r, "observation o1 host/last not-run")
		if took != lastGrace {
			t.Errorf("took %s", took)
		}
	})
}

// panics gives what f panics with.
func panics(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}

func TestAPlanThatCannotBeRunPanicsBeforeAnythingIsSent(t *testing.T) {
	sent := fake(func(context.Context, probe.Target) []probe.Observation {
		t.Error("a probe was sent")
		return nil
	})
	for want, steps := range map[string][]plan.Step{
		`no prober "telepathy" for the step "b"`:              {step("a", "p"), step("b", "telepathy")},
		`two steps "a"`:                                       {step("a", "p"), step("a", "p")},
		`the step "a" waits for "gone", which is not planned`: {step("a", "p", "gone")},
	} {
		got := panics(func() {
			do(t.Context(), run.Options{Plan: plan.Plan{Steps: steps}, Probers: map[string]probe.Prober{"p": sent}})
		})
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAProbersPanicReachesTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := panics(func() {
			do(t.Context(), run.Options{
				Plan: plan.Plan{Steps: []plan.Step{step("a", "bad"), step("b", "good", "a")}},
				Probers: map[string]probe.Prober{
					"bad":  fake(func(context.Context, probe.Target) []probe.Observation { panic("a defect") }),
					"good": takes(time.Second),
				},
			})
		})
		if !strings.Contains(got, "a defect") || !strings.Contains(got, "end_test.go") {
			t.Errorf("the panic, with its stack, did not arrive: %.300s", got)
		}
	})
}
