package run_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Limits of the package, written down again: a test that read them would agree
// with any value.
const (
	grace         = 300 * time.Millisecond
	lastGrace     = 100 * time.Millisecond
	nameHeadStart = 1200 * time.Millisecond
)

// fake is a prober in one function.
type fake func(ctx context.Context, t probe.Target) []probe.Observation

func (f fake) Probe(ctx context.Context, _ probe.Network, t probe.Target) []probe.Observation {
	return f(ctx, t)
}

// takes is a prober that watches its context and needs that long.
func takes(d time.Duration) fake {
	return func(ctx context.Context, t probe.Target) []probe.Observation {
		o := probe.Observe(probe.TCPConnect, t, time.Now())
		select {
		case <-time.After(d):
			return []probe.Observation{o.Finish(time.Now(), probe.OK, "", nil)}
		case <-ctx.Done():
			return []probe.Observation{o.Finish(time.Now(), probe.Silent, probe.Timeout, nil)}
		}
	}
}

// ignores is a prober that needs that long whatever its context says.
func ignores(d time.Duration) fake {
	return func(_ context.Context, t probe.Target) []probe.Observation {
		o := probe.Observe(probe.TCPConnect, t, time.Now())
		time.Sleep(d)
		return []probe.Observation{o.Finish(time.Now(), probe.OK, "", nil)}
	}
}

// answers is a prober that answers like a resolver.
func answers(resolver string, after time.Duration, outcome probe.Outcome, addresses ...string) fake {
	return func(_ context.Context, t probe.Target) []probe.Observation {
		o := probe.Observe(probe.DNSQuery, t, time.Now())
		time.Sleep(after)
		d := probe.DNSDetail{Resolver: resolver, Name: t.Host, Type: "A", Addresses: addrs(addresses...)}
		return []probe.Observation{o.Finish(time.Now(), outcome, map[bool]probe.Failure{true: probe.DNSBogon}[outcome == probe.Failed], d)}
	}
}

func addrs(list ...string) (out []netip.Addr) {
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func step(id string, prober string, after ...string) plan.Step {
	return plan.Step{ID: id, Probe: prober, Target: probe.Target{Host: "host.example.com", Port: 443, Transport: probe.TCP}, After: after, Why: words.Raw("test")}
}

// record collects events. Run promises to call it from one goroutine at a time.
type record struct {
	busy   atomic.Bool
	events []run.Event
	ended  bool
	late   bool
}

func (r *record) tell(e run.Event) {
	if !r.busy.CompareAndSwap(false, true) {
		panic("two events at once")
	}
	r.events = append(r.events, e)
	r.late = r.late || r.ended
	r.busy.Store(false)
}

// lines are the events in short: "step_started a", "observation o1 a ok", …
func (r *record) lines() (list []string) {
	for _, e := range r.events {
		line := string(e.Kind) + " "
		if o := e.Observation; e.Kind == run.Observed {
			line += o.ID + " " + o.Step + " " + string(o.Outcome)
			if o.Failure != "" {
				line += " " + string(o.Failure)
			}
		} else {
			line += e.Step.ID
		}
		list = append(list, line)
	}
	return list
}

// do runs a plan and gives its events and how long it took.
func do(ctx context.Context, o run.Options) (*record, time.Duration) {
	r := &record{}
	o.Started = time.Now()
	if o.Network == nil {
		o.Network = probetest.New()
	}
	began := time.Now()
	run.Run(ctx, o, r.tell)
	r.ended = true
	return r, time.Since(began)
}

func expect(t *testing.T, r *record, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, r.lines()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestEventsComeInOrderAndObservationsGetIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fact := probe.Observe(probe.HostLinks, probe.Target{}, time.Now()).Finish(time.Now(), probe.OK, "", nil)
		fact.Step = "host"
		last := fact
		last.Step = "host/last"
		r, took := do(t.Context(), run.Options{
			Plan:    plan.Plan{Steps: []plan.Step{step("b", "slow", "a"), step("a", "quick")}},
			Probers: map[string]probe.Prober{"quick": takes(20 * time.Millisecond), "slow": takes(30 * time.Millisecond)},
			Facts:   []probe.Observation{fact},
			Last: func(context.Context) []probe.Observation {
				last.Start = time.Now()
				return []probe.Observation{last}
			},
		})
		expect(t, r,
			"observation o1 host ok",
			"step_started a", "observation o2 a ok", "step_done a",
			"step_started b", "observation o3 b ok", "step_done b",
			"observation o4 host/last ok")
		if took != 50*time.Millisecond {
			t.Errorf("took %s: b waits for a", took)
		}
		if o := r.events[5].Observation; o.StartedMS != 20 || o.ElapsedMS != 30 {
			t.Errorf("b started at %g ms and took %g ms", o.StartedMS, o.ElapsedMS)
		}
	})
}

func TestStepsThatDoNotWaitRunTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []plan.Step
		for _, id := range strings.Fields("a b c d e f g h") {
			steps = append(steps, step(id, "p"))
		}
		r, took := do(t.Context(), run.Options{Plan: plan.Plan{Steps: steps}, Probers: map[string]probe.Prober{"p": takes(time.Second)}})
		if took != time.Second || len(r.events) != 3*len(steps) {
			t.Errorf("took %s, %d events", took, len(r.events))
		}
	})
}

func TestAStepMayNotOutliveItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := step("a", "p")
		s.Timeout = probe.Millis(4 * time.Second)
		r, took := do(t.Context(), run.Options{Plan: plan.Plan{Steps: []plan.Step{s}}, Probers: map[string]probe.Prober{"p": takes(time.Hour)}})
		expect(t, r, "step_started a", "observation o1 a silent generic_timeout_error", "step_done a")
		if took != 4*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// addressesOf runs name steps and one step that waits for all of them, and gives
// the addresses that one was handed and when.
func addressesOf(t *testing.T, published []netip.Addr, host string, names map[string]fake) (got []netip.Addr, at time.Duration) {
	t.Helper()
	probers := map[string]probe.Prober{}
	waits := plan.Step{ID: "port", Probe: "port", Target: probe.Target{Host: host, Port: 4172, Transport: probe.TCP, Addresses: published}}
	var steps []plan.Step
	for id, f := range names {
		probers[id] = f
		steps = append(steps, plan.Step{ID: id, Probe: id, Target: probe.Target{Host: host}})
		waits.After = append(waits.After, id)
	}
	began := time.Now()
	var once sync.Once
	probers["port"] = fake(func(_ context.Context, target probe.Target) []probe.Observation {
		once.Do(func() { got, at = target.Addresses, time.Since(began) })
		return []probe.Observation{probe.Observe(probe.TCPConnect, target, time.Now())}
	})
	do(t.Context(), run.Options{Plan: plan.Plan{Steps: append(steps, waits)}, Probers: probers})
	return got, at
}

func TestAddressesAreHandedOn(t *testing.T) {
	published := addrs("203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4")
	for _, c := range []struct {
		name  string
		host  string
		names map[string]fake
		want  []netip.Addr
		at    time.Duration
	}{
		{"an answer", "h.example.com", map[string]fake{"s": answers("system", 5*ms, probe.OK, "198.51.100.1")}, addrs("198.51.100.1"), 5 * ms},
		{"more than are probed", "h.example.com", map[string]fake{"s": answers("system", 0, probe.OK, "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4")},
			addrs("198.51.100.1", "198.51.100.2", "198.51.100.3"), 0},
		{"an answer that cannot be right is not used", "h.example.com", map[string]fake{"s": answers("system", 5*ms, probe.Failed, "10.0.0.1")}, published[:3], 5 * ms},
		{"no answer", "h.example.com", map[string]fake{"s": answers("system", 90*ms, probe.Silent)}, published[:3], 90 * ms},
		{"a literal", "192.0.2.7", nil, addrs("192.0.2.7"), 0},
		{"the first resolver to answer is enough", "h.example.com", map[string]fake{
			"s": answers("system", time.Hour, probe.OK, "198.51.100.1"), "d": answers("192.168.50.1:53", 20*ms, probe.OK, "198.51.100.2"),
		}, addrs("198.51.100.2"), 20 * ms},
		{"a refusal does not stop the wait for another resolver", "h.example.com", map[string]fake{
			"s": answers("system", 5*ms, probe.Failed), "d": answers("192.168.50.1:53", 20*ms, probe.OK, "198.51.100.2"),
		}, addrs("198.51.100.2"), 20 * ms},
		{"an empty answer is none", "h.example.com", map[string]fake{
			"s": answers("system", 5*ms, probe.OK), "d": answers("192.168.50.1:53", 20*ms, probe.OK, "198.51.100.2"),
		}, addrs("198.51.100.2"), 20 * ms},
		{"all resolvers failed", "h.example.com", map[string]fake{
			"s": answers("system", 5*ms, probe.Failed), "d": answers("192.168.50.1:53", 20*ms, probe.Silent),
		}, published[:3], 20 * ms},
		{"a resolver that keeps everybody waiting", "h.example.com", map[string]fake{"s": answers("system", time.Hour, probe.OK, "198.51.100.1")},
			published[:3], nameHeadStart},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, at := addressesOf(t, published, c.host, c.names)
				if diff := cmp.Diff(c.want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" || at != c.at {
					t.Errorf("after %s, want %s; (-want +got):\n%s", at, c.at, diff)
				}
			})
		})
	}
	if plan.MaxAddresses != 3 {
		t.Errorf("plan.MaxAddresses is %d: this table was written for 3", plan.MaxAddresses)
	}
}

func TestANameWithoutPublishedAddressesIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, at := addressesOf(t, nil, "h.example.com", map[string]fake{"s": answers("system", 3*time.Second, probe.OK, "198.51.100.1")})
		if diff := cmp.Diff(addrs("198.51.100.1"), got, cmpopts.EquateComparable(netip.Addr{})); diff != "" || at != 3*time.Second {
			t.Errorf("after %s; (-want +got):\n%s", at, diff)
		}
	})
}

func TestAnsweredNamesDoNotLeakToOtherHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []netip.Addr
		other := plan.Step{ID: "other", Probe: "port", After: []string{"name"}, Target: probe.Target{Host: "other.example.com", Addresses: addrs("203.0.113.9")}}
		do(t.Context(), run.Options{
			Plan: plan.Plan{Steps: []plan.Step{{ID: "name", Probe: "name", Target: probe.Target{Host: "h.example.com"}}, other}},
			Probers: map[string]probe.Prober{
				"name": answers("system", time.Millisecond, probe.OK, "198.51.100.1"),
				"port": fake(func(_ context.Context, t probe.Target) []probe.Observation { got = t.Addresses; return nil }),
			},
		})
		if diff := cmp.Diff(addrs("203.0.113.9"), got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
