package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"time"
)

// Outcome is how one operation ended. It is never a bool: "not looked" differs
// from "no", and silence differs from refusal.
type Outcome string

// The closed list of outcomes.
const (
	OK      Outcome = "ok"      // the expected answer came
	Failed  Outcome = "failed"  // something said no; Failure says what
	Silent  Outcome = "silent"  // nothing came back in time; proves nothing by itself
	Skipped Outcome = "skipped" // not sent, because it could have taught nothing
	NotRun  Outcome = "not-run" // planned, but the run ended first, or this computer gave it no time or means
)

// Outcomes lists every outcome, for schema and lint tests.
var Outcomes = []Outcome{OK, Failed, Silent, Skipped, NotRun}

// Observation is one thing that happened, without any judgement.
//
// Start and Elapsed are the clock's; the report stores them as milliseconds
// since the start of the run (StartedMS) and milliseconds (ElapsedMS), which a
// stored report carries and a re-judged one reads back.
type Observation struct {
	ID        string        `json:"id" redact:"keep"`               // "o17", given by the runner in order of arrival
	Step      string        `json:"step" redact:"text"`             // the plan step that caused it
	Endpoint  string        `json:"endpoint" redact:"keep"`         // the catalog endpoint (role), for example "broker"; empty for host facts
	Operation Operation     `json:"operation"`                      // what was done; decides the type of Detail
	Target    string        `json:"target" redact:"text"`           // "host:port/transport" as in Target.String, or a name
	Address   string        `json:"address" redact:"aws,of=Target"` // the address really used; empty if none was
	Start     time.Time     `json:"-"`
	Elapsed   time.Duration `json:"-"`
	StartedMS float64       `json:"started_ms"`
	ElapsedMS float64       `json:"elapsed_ms"`
	Outcome   Outcome       `json:"outcome"`
	Failure   Failure       `json:"failure"` // null unless Outcome is failed (or silent: generic_timeout_error)
	// LateMS is for how long this computer stood still between start and end, in
	// milliseconds: round trips taken in user space meanwhile are not to be relied on.
	LateMS float64 `json:"late_ms,omitempty"`
	Detail Detail  `json:"detail"`
}

// Port returns the port of the observation's target, 0 if it has none.
func (o Observation) Port() uint16 { _, port, _ := ParseTarget(o.Target); return port }

// Host returns the host of the observation's target.
func (o Observation) Host() string { host, _, _ := ParseTarget(o.Target); return host }

// Transport returns the transport of the observation's target, "" if it has none.
func (o Observation) Transport() Transport { _, _, t := ParseTarget(o.Target); return t }

// Addr returns the address really used, and the zero Addr if there was none.
func (o Observation) Addr() netip.Addr {
	if a, err := netip.ParseAddr(o.Address); err == nil {
		return a
	}
	if ap, err := netip.ParseAddrPort(o.Address); err == nil {
		return ap.Addr()
	}
	return netip.Addr{}
}

// MarshalJSON writes the clock fields as milliseconds when they are set, and an
// absent failure as null.
func (o Observation) MarshalJSON() ([]byte, error) {
	type plain Observation
	p := plain(o)
	if p.Elapsed != 0 {
		p.ElapsedMS = Milliseconds(p.Elapsed)
	}
	if p.Detail == nil {
		p.Detail = NoDetail{}
	}
	return json.Marshal(p)
}

// UnmarshalJSON reads an observation of a stored report. The operation decides
// the type of the detail; an operation this version does not know is an error,
// because its detail could not be judged.
func (o *Observation) UnmarshalJSON(b []byte) error {
	type plain Observation
	aux := struct {
		*plain
		Detail json.RawMessage `json:"detail"`
	}{plain: (*plain)(o)}
	if err := json.Unmarshal(b, &aux); err != nil {
		return err
	}
	read := decoder(o.Operation)
	if read == nil {
		return fmt.Errorf("observation %q: unknown operation %q", o.ID, o.Operation)
	}
	detail, err := read(aux.Detail)
	if err != nil {
		return fmt.Errorf("observation %q: detail of %s: %w", o.ID, o.Operation, err)
	}
	if o.Detail = detail; isEmptyObject(aux.Detail) {
		o.Detail = NoDetail{} // which is how it was written
	}
	o.Elapsed = time.Duration(math.Round(o.ElapsedMS*1000)) * time.Microsecond // the reverse of Milliseconds
	return nil
}

func isEmptyObject(raw json.RawMessage) bool {
	inside, isObject := bytes.CutPrefix(bytes.TrimSpace(raw), []byte("{"))
	return isObject && string(bytes.TrimSpace(inside)) == "}"
}

// Milliseconds gives a duration in milliseconds, rounded to a microsecond.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Observe starts an observation of t: operation, target and start are set, and
// the outcome is not-run until Finish is called.
func Observe(op Operation, t Target, now time.Time) Observation {
	return Observation{
		Endpoint:  t.Endpoint,
		Operation: op,
		Target:    t.String(),
		Start:     now,
		Outcome:   NotRun,
		Detail:    NoDetail{},
	}
}

// Finish sets the end of an observation.
func (o Observation) Finish(now time.Time, outcome Outcome, failure Failure, detail Detail) Observation {
	o.Elapsed, o.Outcome, o.Failure = now.Sub(o.Start), outcome, failure
	if detail != nil {
		o.Detail = detail
	}
	return o
}
