package report

import (
	"io"
	"sync"

	"wsdoctor/probe"
)

// Event names what a Line tells.
type Event string

// The closed list of events of `--output ndjson`, in the order they can come.
const (
	EventStart       Event = "start"        // schema, tool, run, target
	EventStepStarted Event = "step_started" // step, why
	EventObservation Event = "observation"  // observation
	EventStepDone    Event = "step_done"    // step
	EventFinding     Event = "finding"      // finding
	EventDone        Event = "done"         // report
)

// Events lists every event.
var Events = []Event{EventStart, EventStepStarted, EventObservation, EventStepDone, EventFinding, EventDone}

// Line is one line of `--output ndjson`. Event says which other fields are set.
type Line struct {
	Event       Event              `json:"event"`
	Schema      string             `json:"schema,omitempty" redact:"keep"`
	Tool        *Tool              `json:"tool,omitempty"`
	Run         *Run               `json:"run,omitempty"`
	Target      *Target            `json:"target,omitempty"`
	Step        string             `json:"step,omitempty" redact:"text"`
	Why         string             `json:"why,omitempty" redact:"text"`
	Observation *probe.Observation `json:"observation,omitempty"`
	Finding     *Finding           `json:"finding,omitempty"`
	Report      *Report            `json:"report,omitempty"`
}

// StartLine is the first line of a run.
func StartLine(tool Tool, run Run, target Target) Line {
	return Line{Event: EventStart, Schema: Schema, Tool: &tool, Run: &run, Target: &target}
}

// StepStartedLine tells that a step of the plan begins, and why it is there.
func StepStartedLine(step, why string) Line {
	return Line{Event: EventStepStarted, Step: step, Why: why}
}

// ObservationLine tells what happened.
func ObservationLine(o probe.Observation) Line { return Line{Event: EventObservation, Observation: &o} }

// StepDoneLine tells that a step is over.
func StepDoneLine(step string) Line { return Line{Event: EventStepDone, Step: step} }

// FindingLine tells what a rule found.
func FindingLine(f Finding) Line { return Line{Event: EventFinding, Finding: &f} }

// DoneLine is the last line: the whole report.
func DoneLine(r Report) Line { return Line{Event: EventDone, Report: &r} }

// Encoder writes lines, one JSON object each. It may be used by several
// goroutines.
type Encoder struct {
	mu     sync.Mutex
	w      io.Writer
	redact *Redactor
}

// NewEncoder writes to w. With a Redactor (for --redact) every line is redacted
// by what that Redactor has learnt so far; nil means scrubbing only.
func NewEncoder(w io.Writer, redact *Redactor) *Encoder { return &Encoder{w: w, redact: redact} }

// Write writes one line. The error is the writer's.
func (e *Encoder) Write(line Line) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	line = scrubbed(line)
	if e.redact != nil {
		line = e.redact.Line(line)
	}
	b, err := encode(line, "")
	if err != nil {
		return err
	}
	_, err = e.w.Write(b)
	return err
}
