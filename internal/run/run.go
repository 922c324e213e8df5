// Package run executes a plan within one deadline and tells what happens as
// one ordered stream of events. It gives observations their IDs and their
// place in time, hands resolved addresses from the name steps to the steps
// that wait for them, and sees to it that a run ends: whatever a prober does,
// Run returns at most grace (and lastGrace, if there is a Last) after the
// deadline, and what was not finished is written down as not-run.
package run

import (
	"context"
	"fmt"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/probe"
	"wsdoctor/probe/dns"
)

// grace is how long probers may take to return once the deadline has passed
// or the run was interrupted. They watch the context, so they need far less;
// it is here so that one that does not cannot hold the report back.
const grace = 300 * time.Millisecond

// lastGrace is what Options.Last gets. With grace it stays within the half
// second that a run may outlive its deadline by.
const lastGrace = 100 * time.Millisecond

// nameHeadStart is how long a step that has published addresses to fall back on
// waits for its name: longer than a resolver that works takes, shorter than one
// that does not keeps everybody waiting.
const nameHeadStart = 1200 * time.Millisecond

// Kind is what an Event tells.
type Kind string

// The closed list of event kinds that a run sends. The report's own lines
// (start, finding, done) come from whoever folds the stream.
const (
	StepStarted Kind = "step_started"
	Observed    Kind = "observation"
	StepDone    Kind = "step_done"
)

// Event is one thing that happened in a run.
type Event struct {
	Kind        Kind
	Step        plan.Step
	Observation probe.Observation // for Observed
}

// Options are what a run needs.
type Options struct {
	Network probe.Network
	Plan    plan.Plan
	Probers map[string]probe.Prober
	Started time.Time           // zero of the observations' times
	Facts   []probe.Observation // host facts, reported first
	// Last, if set, is asked for host facts that only the run could change,
	// after the last step. It must return when its context ends.
	Last func(context.Context) []probe.Observation
	// Load, if set, says how busy the system is, where it stood still.
	Load func() string
	// Paused, if set, takes the place of the watchdog; for tests.
	Paused func() []Pause
}

// Pause is an interval in which this process stood still. Lost says that the
// computer itself slept, so that what came for it meanwhile is gone.
type Pause struct {
	From, To time.Time
	Lost     bool
}

// check panics where a plan cannot be run: a prober the table lacks, two steps
// of one ID, a step that waits for none that is planned. These are defects of
// this program, which tests of the plan keep from shipping; found here, they
// stop the run before a packet is sent.
func (o Options) check() {
	seen := map[string]bool{}
	for _, s := range o.Plan.Steps {
		if _, known := o.Probers[s.Probe]; !known {
			panic(fmt.Sprintf("run: no prober %q for the step %q", s.Probe, s.ID))
		}
		if seen[s.ID] {
			panic(fmt.Sprintf("run: two steps %q", s.ID))
		}
		seen[s.ID] = true
	}
	for _, s := range o.Plan.Steps {
		for _, id := range slices.Concat(s.After, s.InSite, s.Better) {
			if !seen[id] {
				panic(fmt.Sprintf("run: the step %q waits for %q, which is not planned", s.ID, id))
			}
		}
	}
}

// Run executes the plan and calls tell for every event, from one goroutine at a
// time and in order. It returns when every step is over, or soon after ctx ends.
// A prober that panics makes Run panic, in the goroutine of its caller.
func Run(ctx context.Context, o Options, tell func(Event)) {
	o.check()
	r := &runner{
		Options:   o,
		tell:      tell,
		addresses: map[string][]netip.Addr{},
		seen:      map[string][]probe.Observation{},
		refused:   map[string]bool{},
		over:      map[string]bool{},
		released:  map[string]bool{},
		done:      map[string]chan struct{}{},
		begun:     map[string]chan struct{}{},
		named:     map[string]chan struct{}{},
		panicked:  make(chan string, 1),
		offered:   map[string]int{},
		sited:     make(chan struct{}),
		near:      make(chan struct{}),
	}
	for _, fact := range o.Facts {
		r.observe(plan.Step{ID: fact.Step}, fact)
	}
	for _, s := range o.Plan.Steps {
		r.done[s.ID], r.begun[s.ID] = make(chan struct{}), make(chan struct{})
		r.named[s.Target.Host] = make(chan struct{})
	}
	watching, enough := context.WithCancel(context.WithoutCancel(ctx))
	var dog sync.WaitGroup
	dog.Go(func() { r.dog.watch(watching) })
	defer dog.Wait()
	defer enough()
	var all sync.WaitGroup
	for _, s := range o.Plan.Steps {
		all.Go(func() { r.step(ctx, s) })
	}
	finished := make(chan struct{})
	go func() { all.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-ctx.Done():
		select {
		case <-finished:
		case <-time.After(grace):
		}
	}
	select {
	case text := <-r.panicked:
		panic(text)
	default:
	}
	if o.Last != nil {
		// A context of its own: after the deadline this still takes microseconds.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastGrace)
		for _, fact := range o.Last(last) {
			r.observe(plan.Step{ID: fact.Step}, fact)
		}
		cancel()
	}
	r.tellPauses()
	r.close()
}

type runner struct {
	Options
	tell     func(Event)
	done     map[string]chan struct{} // by step ID, closed when the step is over; the maps are read-only after Run began
	begun    map[string]chan struct{} // by step ID, closed when the step begins; of one that teaches nothing, never
	named    map[string]chan struct{} // by host, closed when its name has given an address
	dog      watchdog
	panicked chan string   // the first prober's panic
	sited    chan struct{} // closed when site is known
	near     chan struct{} // closed when a step for the site has found hosts

	mu        sync.Mutex
	closed    bool // events after this are dropped: the report is being made
	count     int
	over      map[string]bool
	released  map[string]bool                // by host: those who wait for its name may go on
	addresses map[string][]netip.Addr        // by host, as the first resolver to answer gave them; of a service, its hosts'
	seen      map[string][]probe.Observation // by endpoint, of ports
	site      string                         // of this computer, in its directory
	offered   map[string]int                 // by service: how many hosts it has
	isNear    bool                           // near is closed
	refused   map[string]bool                // by host: a router on the way to it says that it refuses
}

// step waits for what the step needs, probes, and reports.
func (r *runner) step(ctx context.Context, s plan.Step) {
	defer close(r.done[s.ID])
	defer r.rescue()
	var enough <-chan time.Time // nil: wait as long as the name takes
	var named <-chan struct{} = r.named[s.Target.Host]
	switch {
	case s.Early:
		named = r.overdue(ctx, s.After)
	case s.Conditional():
		named = nil // it waits for what became of ports, not for a name
	case len(s.InSite) > 0:
		named = r.named[plan.InAnySite(s.Target.Host)]
	case len(s.Target.Addresses) > 0:
		enough = time.After(nameHeadStart)
	}
	r.await(ctx, s.After, named, enough) // one answer is enough; the others are for comparison
	teaches := r.wouldTeach(s)
	switch {
	case len(s.InSite) > 0:
		var host string
		if host, teaches = r.inSite(ctx, s); teaches {
			s.Target.Host = host
		}
	case len(s.Better) > 0 && r.crowded(s.Target.Host):
		r.await(ctx, s.Better, r.near, time.After(siteHeadStart))
	}
	if ctx.Err() != nil {
		return // close writes it down as not-run
	}
	s.Target.Addresses = r.resolved(s)
	if !teaches {
		r.finish(s)
		return
	}
	r.send(Event{Kind: StepStarted, Step: s})
	close(r.begun[s.ID])
	for _, o := range r.attempt(ctx, s) {
		r.observe(s, o)
	}
	r.finish(s)
}

// await returns when all of the steps are over, or one of the other things
// happens.
func (r *runner) await(ctx context.Context, steps []string, early <-chan struct{}, enough <-chan time.Time) {
	for _, id := range steps {
		select {
		case <-r.done[id]:
		case <-early:
			return
		case <-enough:
			return
		case <-ctx.Done():
			return
		}
	}
}

// resolved gives the addresses a step is to try: an address literal is itself;
// a name that some resolver answered, its addresses (at most plan.MaxAddresses);
// a name that none did, the published ones, so that a port can be judged without
// DNS.
func (r *runner) resolved(s plan.Step) []netip.Addr {
	t := s.Target
	if a, err := netip.ParseAddr(t.Host); err == nil {
		return []netip.Addr{a}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.nearer(t, s.Better)
	if len(list) == 0 {
		list = r.addresses[t.Host]
	}
	if len(list) == 0 {
		list = t.Addresses
	}
	if len(list) > plan.MaxAddresses {
		list = list[:plan.MaxAddresses]
	}
	return list
}

func (r *runner) observe(s plan.Step, o probe.Observation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.note(s, o)
	}
}

// note gives an observation its ID and its place in time, and tells it. The
// caller holds mu.
func (r *runner) note(s plan.Step, o probe.Observation) {
	r.count++
	o.ID, o.Step = "o"+strconv.Itoa(r.count), s.ID
	o.StartedMS, o.ElapsedMS = probe.Milliseconds(o.Start.Sub(r.Started)), probe.Milliseconds(o.Elapsed)
	if d, isDNS := o.Detail.(probe.DNSDetail); isDNS && o.Outcome == probe.OK && len(d.Addresses) > 0 {
		if len(r.addresses[d.Name]) == 0 {
			r.addresses[d.Name] = usable(d.Addresses)
			r.release(d.Name)
		}
		if d.Service != "" {
			r.offer(d.Service, d.Addresses)
		}
	}
	r.learn(o)
	if refusedBy(o) {
		r.refused[o.Host()] = true
	}
	if portOperations[o.Operation] {
		r.seen[o.Endpoint] = append(r.seen[o.Endpoint], o)
	}
	r.tell(Event{Kind: Observed, Step: s, Observation: o})
}

// usable leaves out the addresses that nobody can connect to, unless there are no
// others: then they were asked for as they are.
func usable(list []netip.Addr) []netip.Addr {
	kept := slices.DeleteFunc(slices.Clone(list), func(a netip.Addr) bool { return !dns.Usable(a) })
	if len(kept) == 0 {
		return list
	}
	return kept
}

// release lets the steps go on that wait for a host's name. The caller holds mu.
func (r *runner) release(host string) {
	if named := r.named[host]; named != nil && !r.released[host] {
		r.released[host] = true
		close(named)
	}
}

// offer adds addresses of a host that offers a service to those of the service.
// Until the question for the service is over there may be more of them, so
// nobody who waits is released yet. The caller holds mu.
func (r *runner) offer(service string, addresses []netip.Addr) {
	if r.released[service] {
		return // another resolver was first
	}
	for _, a := range addresses {
		if !slices.Contains(r.addresses[service], a) {
			r.addresses[service] = append(r.addresses[service], a)
		}
	}
}

func (r *runner) send(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.tell(e)
	}
}

func (r *runner) finish(s plan.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.over[s.ID] = true
	if len(r.addresses[s.Target.Host]) > 0 {
		r.release(s.Target.Host)
		if len(s.InSite) > 0 && !r.isNear {
			r.isNear = true
			close(r.near)
		}
	}
	r.tell(Event{Kind: StepDone, Step: s})
}

// rescue keeps a prober's panic for Run. In a goroutine of its own it would end
// the program with Go's exit code, which here means wrong usage.
func (r *runner) rescue() {
	if v := recover(); v != nil {
		select {
		case r.panicked <- fmt.Sprintf("%v\n\n%s", v, debug.Stack()):
		default: // one is enough
		}
	}
}

// close ends the stream: steps that are not over are written down as not-run,
// and whatever a late prober still says is dropped.
func (r *runner) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, s := range r.Plan.Steps {
		if !r.over[s.ID] {
			o := probe.Observe(probe.NothingOperation, s.Target, now)
			o.Failure = probe.Interrupted
			r.note(s, o)
		}
	}
	r.closed = true
}
