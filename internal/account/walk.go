package account

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

const (
	// MostCalls are made of one user's run, unless everything is asked for: seven answer
	// most questions, and five further ones separate what remains.
	MostCalls = 12
	// MostExpecting are made to hold an account against what it is expected to be, which
	// looks at every part of it.
	MostExpecting = 24
	// callTimeout is what one call may take with its repetitions: an endpoint that hangs
	// must leave the others their time.
	callTimeout = 5 * time.Second
	// mostSearched directories are searched for a user by default. Each costs a call.
	mostSearched = 4
	// mostTogether WorkSpaces are in one question for their connections (the API's bound),
	// and as many addresses in one for interfaces.
	mostTogether = 25
)

// Kind is what an Event tells.
type Kind string

// The closed list of kinds.
const (
	Started  Kind = "started"
	Observed Kind = "observed"
	Done     Kind = "done"
)

// Event is one thing that happened in a walk. The step is one of the plan's.
type Event struct {
	Kind        Kind
	Step        plan.Step
	Observation probe.Observation // for Observed
}

// ErrSeveral says that there are several directories, and nothing chooses among them.
type ErrSeveral struct{ IDs []string }

func (e *ErrSeveral) Error() string { return "several directories: " + strings.Join(e.IDs, ", ") }

// Walk asks the account, each call when what was answered makes it teach something, and
// tells what happens in order and from one goroutine at a time. What could not be seen,
// and what was not asked, are gaps. The error is an *Error if not one call was let in
// with these credentials, or an *ErrSeveral.
func Walk(ctx context.Context, api API, q Question, tell func(Event)) (gaps []words.Text, err error) {
	w := &walker{
		api:    api,
		q:      q,
		tell:   tell,
		asked:  map[string]bool{},
		known:  knowledge{searched: map[string]bool{}},
		failed: map[string]bool{},
	}
	if w.left = q.Most(); w.left == 0 {
		w.left = math.MaxInt32
	}
	now := time.Now()
	o := probe.Observe(probe.AccountQuestion, probe.Target{}, now).Finish(now, probe.OK, "", q.detail())
	w.tell(Event{Kind: Observed, Step: plan.Step{ID: stepOf(probe.AccountQuestion)}, Observation: o})
	for _, next := range []func() []ask{w.first, w.further} {
		for asks := next(); len(asks) > 0 && ctx.Err() == nil; asks = next() {
			w.round(ctx, asks)
			if w.refused != nil && !w.let {
				return w.gaps, w.refused
			}
		}
	}
	if ids := w.undecided(); len(ids) > 0 && ctx.Err() == nil {
		return w.gaps, &ErrSeveral{ids}
	}
	if ids := w.known.directoriesOf(); len(ids) > 1 {
		w.note("account.gap.several", words.Args{"directories": ids})
	}
	w.tellSpared()
	return w.gaps, nil
}

type walker struct {
	api   API
	q     Question
	left  int             // calls
	asked map[string]bool // by key

	mu      sync.Mutex // what is below; calls of a round run side by side
	tell    func(Event)
	known   knowledge
	gaps    []words.Text
	failed  map[string]bool // actions that are in a gap already
	let     bool            // a call was answered, or refused for another reason than its credentials
	refused *Error          // for its credentials
}

// ask is a call that could be made now.
type ask struct {
	operation probe.Operation
	key       string // of its arguments: nothing is asked twice
	calls     int    // it costs
	get       func(context.Context) (probe.Detail, error)
	keep      func(probe.Detail) // called under the lock
	weight    weight
	absent    probe.Detail // what NotFound is an answer to; nil: the step says it
}

// asking makes an ask of one method of the API.
func asking[T probe.Detail](op probe.Operation, get func(context.Context) (T, error), keep func(T)) ask {
	return ask{
		operation: op,
		calls:     1,
		get:       func(ctx context.Context) (probe.Detail, error) { return get(ctx) },
		keep: func(d probe.Detail) {
			if keep != nil {
				keep(d.(T))
			}
		},
	}
}

func (a ask) of(key string) ask { a.key = key; return a }

func (a ask) id() string { return string(a.operation) + "/" + a.key }

// open are the asks that were not made yet.
func (w *walker) open(asks []ask) []ask {
	return slices.DeleteFunc(asks, func(a ask) bool { return w.asked[a.id()] })
}

// round makes calls side by side, as far as there are any left.
func (w *walker) round(ctx context.Context, asks []ask) {
	var all sync.WaitGroup
	for _, a := range asks {
		if w.asked[a.id()] = true; w.left < a.calls {
			w.spare(a.operation)
			continue
		}
		w.left -= a.calls
		all.Go(func() { w.call(ctx, a) })
	}
	all.Wait()
}

// call makes one call, and writes down what came of it.
func (w *walker) call(ctx context.Context, a ask) {
	step := stepFor(a.operation)
	w.send(Event{Kind: Started, Step: step})
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	start := time.Now()
	detail, err := a.get(limited)
	end := time.Now()
	o := probe.Observe(a.operation, step.Target, start)
	w.mu.Lock()
	defer w.mu.Unlock()
	var said *Error
	switch {
	case err == nil:
		o = o.Finish(end, probe.OK, "", detail)
		w.let = true
		a.keep(detail)
	case ctx.Err() != nil:
		o = o.Finish(end, probe.NotRun, probe.Interrupted, nil)
	case limited.Err() != nil:
		o = o.Finish(end, probe.Failed, probe.Timeout, nil)
		w.miss(&Error{Action: step.Target.Host, Failure: probe.Timeout})
	case errors.As(err, &said):
		var what probe.Detail
		if said.Failure == probe.NotFound {
			what = a.absent
		}
		o = o.Finish(end, probe.Failed, said.Failure, what)
		w.miss(said)
	default:
		o = o.Finish(end, probe.Failed, probe.UnknownFailure, nil)
		w.miss(&Error{Action: step.Target.Host, Failure: probe.UnknownFailure, Message: err.Error()})
	}
	w.tell(Event{Kind: Observed, Step: step, Observation: o})
	w.tell(Event{Kind: Done, Step: step})
}

func (w *walker) send(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(e)
}

// miss notes what a call did not tell. The caller holds mu.
func (w *walker) miss(e *Error) {
	if e.Failure == probe.CredentialsInvalid {
		w.refused = e
	} else if e.Failure == probe.NotFound || e.Failure == probe.AccessDenied || e.Failure == probe.Throttled {
		w.let = true // somebody read who asks
	}
	if e.Failure == probe.NotFound || w.failed[e.Action] {
		return // the first is an answer, the second was said
	}
	w.failed[e.Action] = true
	w.gaps = append(w.gaps, missed(e))
}

// missed says which call gave no answer, and why.
func missed(e *Error) words.Text {
	so := words.Args{"action": e.Action}
	switch e.Failure {
	case probe.AccessDenied:
		return words.Say("account.gap.denied", so)
	case probe.Throttled:
		return words.Say("account.gap.throttled", so)
	case probe.CredentialsInvalid:
		return words.Say("account.gap.credentials", so)
	case probe.Timeout:
		return words.Say("account.gap.silent", so)
	}
	so["why"] = e.Message
	if e.Message == "" {
		so["why"] = string(e.Failure)
	}
	return words.Say("account.gap.failed", so)
}

// tellSpared says what would teach something and was not asked.
func (w *walker) tellSpared() {
	var actions []string
	for _, a := range w.wanted() {
		actions = add(actions, actionsOf(a.operation)...)
	}
	for _, op := range w.known.spared {
		actions = add(actions, actionsOf(op)...)
	}
	if len(actions) > 0 {
		w.gaps = append(w.gaps, words.Say("account.gap.budget", words.Args{"most": w.q.Most(), "actions": actions}))
	}
}

// spare notes that a call was not made for want of calls.
func (w *walker) spare(op probe.Operation) { w.known.spared = append(w.known.spared, op) }
