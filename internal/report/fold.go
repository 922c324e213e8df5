package report

import (
	"slices"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Builder folds the events of one run into its report. It is for one goroutine:
// the one that receives the run's events in order.
type Builder struct {
	report Report
}

// New starts a report. The times of the run are set by Finish.
func New(tool Tool, run Run, target Target) *Builder {
	return &Builder{Report{Schema: Schema, Tool: tool, Run: run, Target: target}}
}

// Observe adds an observation. Its ID, step and times are the runner's.
func (b *Builder) Observe(o probe.Observation) {
	b.report.Observations = append(b.report.Observations, o)
}

// Observations are the observations so far, in order of arrival, for the judge.
func (b *Builder) Observations() []probe.Observation {
	return slices.Clone(b.report.Observations)
}

// Gap adds something that could not be observed. The same gap counts once.
func (b *Builder) Gap(gap string) {
	if gap != "" && !slices.Contains(b.report.Gaps, gap) {
		b.report.Gaps = append(b.report.Gaps, gap)
	}
}

// Gaps are the gaps so far, for the judge.
func (b *Builder) Gaps() []string { return slices.Clone(b.report.Gaps) }

// Finish gives the report: scrubbed, with every layer of the closed list in its
// order. A layer the judge did not mention is not-tested.
func (b *Builder) Finish(result Told, duration time.Duration, interrupted bool) Report {
	for _, gap := range result.Gaps {
		b.Gap(gap)
	}
	r := b.report
	r.Run.DurationMS = probe.Milliseconds(duration)
	r.Run.Interrupted = interrupted
	r.Lang, r.Verdict, r.Findings = result.Lang, result.Verdict, result.Findings
	r.Layers, r.Egress = everyLayer(result.Layers), result.Egress
	return r.Scrubbed()
}

func everyLayer(judged []finding.LayerState) []finding.LayerState {
	all := make([]finding.LayerState, 0, len(layer.All))
	for _, l := range layer.All {
		state := finding.LayerState{ID: l.ID, Status: finding.LayerNotTested}
		for _, j := range judged {
			if j.ID == l.ID {
				state = j
			}
		}
		all = append(all, state)
	}
	return all
}
