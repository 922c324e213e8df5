package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

const (
	// settling is how long this process must have run again before what the system
	// kept for it meanwhile has surely been read.
	settling = 50 * time.Millisecond
	// leastWait is less than any prober waits before it says "silent". A shorter
	// silence is one that had no time.
	leastWait = 20 * time.Millisecond
	// maxRepeats is how often a step is done again because this computer stood still.
	maxRepeats = 2
	// repeatRoom must be left of the run besides the time that the step took.
	repeatRoom = 500 * time.Millisecond
	// maxListed pauses stand in the report.
	maxListed = 100
)

// timed are operations whose result is a count of what came in time, even where
// the outcome is ok: a standstill in their midst falsifies it.
var timed = map[probe.Operation]bool{probe.PathMTU: true, probe.HostCounters: true}

// attempt does a step, and does it again where this computer stood still so that
// its silence means nothing, as long as there is time for it. What is then still
// unsure is written down as not-run.
func (r *runner) attempt(ctx context.Context, s plan.Step) []probe.Observation {
	for repeat := 0; ; repeat++ {
		began := time.Now()
		list := r.once(ctx, s)
		pauses := r.stood()
		unsure := slices.ContainsFunc(list, func(o probe.Observation) bool { return r.unsure(o, pauses) })
		deadline, limited := ctx.Deadline()
		room := !limited || time.Until(deadline) > time.Since(began)+repeatRoom
		stood, _ := late(pauses, began, time.Now())
		if unsure && stood > 0 && repeat < maxRepeats && room && ctx.Err() == nil {
			continue
		}
		for i := range list {
			list[i] = r.marked(list[i], pauses)
		}
		return list
	}
}

// once does a step within its own limit, which does not count the time in which
// this process stood still.
func (r *runner) once(ctx context.Context, s plan.Step) []probe.Observation {
	if s.Timeout > 0 {
		first := time.Duration(s.Timeout)
		limit := func() time.Duration { return time.Duration(s.Timeout) }
		if s.Probe == nameProbe {
			first, limit = min(first, spareName), func() time.Duration { return r.nameLimit(s) }
		}
		limited, cancel := stretch(ctx, first, limit, func(from, to time.Time) time.Duration {
			total, _ := late(r.stood(), from, to)
			return total
		})
		defer cancel()
		ctx = limited
	}
	return r.Probers[s.Probe].Probe(ctx, r.Network, s.Target)
}

// Questions for names: nobody waits for one that another resolver has answered. It
// only has to show whether this one is slow or dead, and one that takes three
// seconds is slow.
const (
	nameProbe = "dns"
	spareName = 3250 * time.Millisecond
)

// nameLimit is how long a question for a name may take by now.
func (r *runner) nameLimit(s plan.Step) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.addresses[s.Target.Host]) > 0 {
		return min(time.Duration(s.Timeout), spareName)
	}
	return time.Duration(s.Timeout)
}

// stood gives the pauses up to now.
func (r *runner) stood() []Pause {
	if r.Paused != nil {
		return r.Paused()
	}
	r.dog.look(time.Now())
	return r.dog.all()
}

// unsure tells whether an observation rests on an answer that was not awaited for
// long enough.
func (r *runner) unsure(o probe.Observation, pauses []Pause) bool {
	total, last := late(pauses, o.Start, o.Start.Add(o.Elapsed))
	if timed[o.Operation] {
		return total > 0 && (o.Outcome == probe.OK || o.Outcome == probe.Silent)
	}
	if o.Outcome != probe.Silent && o.Failure != probe.Timeout && !unspoken(o) {
		return false
	}
	return o.Outcome == probe.Silent && o.Elapsed < leastWait || r.cheated(o.Start, o.Elapsed, total, last)
}

// cheated: of that wait too little was real, or it ended before what had come
// meanwhile could be read, or that was lost.
func (r *runner) cheated(start time.Time, elapsed, total time.Duration, last Pause) bool {
	return total > 0 && (last.Lost || elapsed-total < r.patience() || start.Add(elapsed).Sub(last.To) < settling)
}

func (r *runner) patience() time.Duration {
	if r.Network == nil {
		return 0
	}
	return r.Network.RTT().Silence()
}

// unspoken: a port accepted, and then said nothing in time.
func unspoken(o probe.Observation) bool {
	d, isConnect := o.Detail.(probe.ConnectDetail)
	return isConnect && d.Spoke == "nothing"
}

// marked writes into an observation what the standstills did to it.
func (r *runner) marked(o probe.Observation, pauses []Pause) probe.Observation {
	total, _ := late(pauses, o.Start, o.Start.Add(o.Elapsed))
	o.LateMS = probe.Milliseconds(total)
	if o.Outcome == probe.Failed && o.Failure == probe.ComputerExhausted {
		o.Outcome = probe.NotRun // nothing was sent
	}
	unsure := r.unsure(o, pauses)
	o.Detail = r.discounted(o, pauses, unsure)
	if unsure && !(o.Outcome == probe.OK && !timed[o.Operation]) {
		o.Outcome, o.Failure = probe.NotRun, probe.ComputerBusy
	}
	return o
}

// discounted takes out of a detail what a standstill falsified: attempts that look
// lost and were not awaited, round trips that a late reader measured, and a
// silence after an accept.
func (r *runner) discounted(o probe.Observation, pauses []Pause, unsure bool) probe.Detail {
	attempts := func(list []probe.Attempt) (kept []probe.Attempt, dropped int, rtts []float64) {
		for _, a := range list {
			from := o.Start.Add(millis(a.AtMS))
			total, last := late(pauses, from, from.Add(millis(a.ElapsedMS)))
			switch {
			case a.Outcome == probe.Silent && (unsure || r.cheated(from, millis(a.ElapsedMS), total, last)):
				a.Outcome, a.Failure = probe.NotRun, probe.ComputerBusy
				dropped++
			case a.Outcome == probe.OK && total == 0:
				rtts = append(rtts, a.ElapsedMS)
			}
			kept = append(kept, a)
		}
		return kept, dropped, rtts
	}
	if o.LateMS == 0 && !unsure {
		return o.Detail
	}
	switch d := o.Detail.(type) {
	case probe.ExchangeDetail:
		var dropped int
		d.Attempts, dropped, d.RTTMS = attempts(d.Attempts)
		d.Sent = max(d.Answered, d.Sent-dropped)
		return d
	case probe.ConnectDetail:
		var dropped int
		d.Attempts, dropped, _ = attempts(d.Attempts)
		d.Sent = max(d.Answered, d.Sent-dropped)
		if d.RTTSource != probe.RTTKernel {
			d.RTTMS = 0
		}
		d.SpokeMS = 0
		if unsure && d.Spoke == "nothing" {
			d.Spoke, d.Phase = "", ""
		}
		return d
	case probe.TLSDetail:
		d.EndMS = 0
		return d
	}
	return o.Detail
}

func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// pausesStep is the step of the observation that lists the standstills.
const pausesStep = "host/pauses"

// tellPauses writes down when this computer stood still, if it did.
func (r *runner) tellPauses() {
	pauses := r.stood()
	if len(pauses) == 0 {
		return
	}
	var d probe.PausesDetail
	var total time.Duration
	for _, p := range pauses {
		total += p.length()
		if len(d.Pauses) < maxListed {
			d.Pauses = append(
				d.Pauses,
				probe.Pause{AtMS: probe.Milliseconds(p.From.Sub(r.Started)), LengthMS: probe.Milliseconds(p.length())},
			)
		}
	}
	d.TotalMS = probe.Milliseconds(total)
	if r.Load != nil {
		d.Load = r.Load()
	}
	now := time.Now()
	o := probe.Observe(probe.HostPauses, probe.Target{}, now)
	r.observe(plan.Step{ID: pausesStep}, o.Finish(now, probe.OK, "", d))
}

// Gaps says in plain words what of a run's observations is missing because of
// this computer itself.
func Gaps(observations []probe.Observation) (list []words.Text) {
	count, kind := map[probe.Failure]int{}, ""
	for _, o := range observations {
		if d, is := o.Detail.(probe.PausesDetail); is {
			list = append(list, words.Say("run.gap.busy", words.Args{"time": fmt.Sprintf("%.0f ms", d.TotalMS)}))
		}
		if d, is := o.Detail.(probe.ProxyConnectDetail); is && o.Outcome == probe.Skipped &&
			o.Failure == probe.Unsupported {
			count[probe.Unsupported]++
			kind = d.Error
		}
		if o.Outcome == probe.NotRun {
			count[o.Failure]++
		}
	}
	if count[probe.Unsupported] > 0 {
		list = append(list, words.Say("run.gap.proxy", words.Args{"why": words.Heard(kind)}))
	}
	if n := count[probe.ComputerBusy]; n > 0 {
		list = append(list, words.Say("run.gap.late", words.Args{"n": n}))
	}
	if n := count[probe.TLSUnjudged]; n > 0 {
		list = append(list, words.Say("run.gap.unjudged", words.Args{"n": n}))
	}
	if n := count[probe.ComputerExhausted]; n > 0 {
		list = append(list, words.Say("run.gap.exhausted", words.Args{"n": n}))
	}
	return list
}
