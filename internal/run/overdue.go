package run

import (
	"context"
	"slices"
	"time"

	"wsdoctor/internal/plan"
	"wsdoctor/probe"
)

// An answer is overdue after so many round trips, and so long, from when the second of
// a port's probes was sent: one alone is easily lost.
const (
	overdueTrips = 2
	overdueSlack = 30 * time.Millisecond
)

// overdue gives a channel that tells as soon as one of the steps has waited so long
// for an answer that hardly any will come. It tells nothing where all are over before that,
// and where no round trip is known to measure by, or this process got no time meanwhile:
// then nothing is overdue but this computer.
func (r *runner) overdue(ctx context.Context, steps []string) <-chan struct{} {
	late := make(chan struct{}, len(steps))
	for _, s := range r.Plan.Steps {
		if slices.Contains(steps, s.ID) {
			go func() {
				if r.waitsInVain(ctx, s) {
					late <- struct{}{}
				}
			}()
		}
	}
	return late
}

// waitsInVain: the step began, and is not over when an answer is overdue.
func (r *runner) waitsInVain(ctx context.Context, s plan.Step) bool {
	done := r.done[s.ID]
	select {
	case <-r.begun[s.ID]:
	case <-done:
		return false
	case <-ctx.Done():
		return false
	}
	start, second := time.Now(), time.Duration(s.Target.Spacing)
	for wait := second; ; {
		select {
		case <-done:
			return false
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
		now := time.Now()
		lost, _ := late(r.stood(), start, now)
		rtt, known := r.Network.RTT().Smoothed()
		if wait = second + overdueTrips*rtt + overdueSlack + lost - now.Sub(start); known && wait <= 0 {
			return true
		}
		wait = max(wait, overdueSlack)
	}
}

// pending: a port of which nothing good was heard is still waited for. The caller
// holds mu.
func (r *runner) pending(s plan.Step) bool {
	return s.Early && slices.ContainsFunc(r.Plan.Steps, func(asks plan.Step) bool {
		return slices.Contains(s.After, asks.ID) && !r.over[asks.ID] &&
			slices.Contains(s.IfDead, asks.Target.Endpoint) && !slices.ContainsFunc(r.seen[asks.Target.Endpoint], answeredWell)
	})
}

func answeredWell(o probe.Observation) bool { return o.Outcome == probe.OK }
