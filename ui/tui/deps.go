package tui

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
)

// Choice is what a run is to be about. A Region or a registration code is set;
// neither leaves it to the installed client's own settings.
type Choice struct {
	Region       string // ID
	Registration string // as typed: never shown again
	Symptom      string // ID, empty for none
}

// EventKind is what an Event tells.
type EventKind int

// The closed list of event kinds.
const (
	Planned  EventKind = iota // the run is laid out: Total, Region, Protocol, Vantage
	Started                   // a step began: Step, Why
	Observed                  // Observation
	Done                      // a step is over: Step
)

// Event is one thing that happened in a run.
type Event struct {
	Kind        EventKind
	Step, Why   string
	Total       int // steps of the plan
	Region      string
	Protocol    probe.Protocol
	Vantage     probe.Vantage
	Observation probe.Observation
}

// Region is one row of the Region list.
type Region struct {
	ID, Name   string
	Measurable bool     // its broker is known
	Words      []string // other names people use
}

// Ping is the round trip to one Region, or that there was none.
type Ping struct {
	Region string
	RTTMS  float64 // 0: no answer
}

// Symptom is what the client can show.
type Symptom struct{ ID, Shows string }

// Deps is everything the interface is given. Functions that take a context or
// give an error may block; they are never called while a screen is drawn. They
// must be safe to call from several goroutines.
type Deps struct {
	Regions  []Region
	Symptoms []Symptom
	// MeasureRegions asks every Region at once and tells each answer.
	MeasureRegions func(ctx context.Context, tell func(Ping))
	// ParseRegistration gives the Region of a code, "" if the code does not tell.
	ParseRegistration func(code string) (region string, err error)
	// Run does one run and tells what happens, in order. A context that ends
	// gives a report of what was seen until then.
	Run func(ctx context.Context, c Choice, tell func(Event)) (report.Report, error)
	// Explain says what a layer, a finding or a failure code means.
	Explain func(topic string) (string, error)
	// Save writes the report and gives the paths of the files.
	Save func(r report.Report) (paths []string, err error)
	// Keep writes a text beside the reports, for terminals that keep the
	// clipboard to themselves.
	Keep func(r report.Report, text string) (path string, err error)
	// Redact replaces what tells who and where the user is. It may block, for
	// this computer may have to ask its network for the user's name.
	Redact func(r report.Report) report.Report
	// Draw draws the architecture as a report tells of it together with what else is known;
	// nil: the report alone. Redacted reports are drawn alone too.
	Draw func(r report.Report) architecture.Drawing
	Now  func() time.Time
}

// run is Run; a defect in it becomes an error, because the end of the program in
// the middle of a run would leave the terminal as it is and Go's own exit code.
func (d Deps) run(ctx context.Context, c Choice, tell func(Event)) (r result, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = words.Fail(words.Say("cli.internal", words.Args{"what": fmt.Sprint(v), "stack": string(debug.Stack())}))
		}
	}()
	open, err := d.Run(ctx, c, tell)
	if err != nil {
		return result{}, err
	}
	return d.result(open), nil
}

// result is a run's report, the same redacted, and the drawing of the former, if it is not
// of the report alone: they cost time which nobody shall wait for at a key.
type result struct {
	open, hidden report.Report
	drawing      *architecture.Drawing
}

func (d Deps) result(r report.Report) result {
	out := result{open: r, hidden: r}
	if d.Redact != nil {
		out.hidden = d.Redact(r)
	}
	if d.Draw != nil {
		drawing := d.Draw(r)
		out.drawing = &drawing
	}
	return out
}

// Ability is what an interface can do beyond showing a report; a sum of them says several.
type Ability int

// The abilities.
const (
	Again       Ability = 1 << iota // run again, and for another symptom
	Watching                        // run again and again
	OtherRegion                     // run for another WorkSpace's Region
)

// Options say how to show things.
type Options struct {
	Choice   Choice
	Known    bool           // Choice, or the installed client, tells the Region: run at once
	Lacks    Ability        // what it cannot do; those keys are not there
	Vantage  probe.Vantage  // until the run tells
	Protocol probe.Protocol // until the run tells
	Unicode  bool           // false: ASCII only
	NoColor  bool
	Redact   bool             // begin redacted
	Watch    time.Duration    // between the starts of runs; 0 means DefaultWatch
	Watching bool             // begin to watch
	Problem  string           // to be shown on the start screen
	Suspends bool             // a shell waits behind the program, so that Ctrl-Z has somewhere to go
	Words    *words.Catalogue // of the language of the screen; nil means English
	Title    string           // above the map, in place of its own; empty for that
}

// DefaultWatch is the time between the starts of two watched runs.
const DefaultWatch = 10 * time.Second

// Result is how the interface was left.
type Result struct {
	Report *report.Report // the last run's, redacted if that was wished; nil if none gave one
	Err    error          // why the last run could not be done
}
