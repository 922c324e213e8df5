// Package netstate reads what Windows itself says of the networks that this computer
// is connected to: their profiles, how far it believes to reach, and its name
// resolution policy table (NRPT), by which single names are asked of other name
// servers. Other systems have neither, and nothing is told of them.
//
// It asks the system and sends nothing. What is in files without a system suffix is
// tried on every system.
package netstate

import (
	"context"
	"time"

	"wsdoctor/probe"
)

const (
	// step is the plan step that facts of this computer belong to.
	step = "host"
	// patience bounds each question to the system.
	patience = 150 * time.Millisecond
)

// Look asks this computer; names are those that the run asks for.
func Look(ctx context.Context, names []string) (list []probe.Observation, gaps []string) {
	return look(ctx, questions(names), time.Now)
}

// question is one fact of the system.
type question struct {
	about string // begins its gap
	op    probe.Operation
	ask   func() (probe.Detail, error)
}

// look asks everything at once. A question that hangs is a gap.
func look(ctx context.Context, questions []question, now func() time.Time) (list []probe.Observation, gaps []string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type answer struct {
		detail probe.Detail
		err    error
	}
	answers := make([]chan answer, len(questions))
	for i, q := range questions {
		answers[i] = make(chan answer, 1)
		go func() {
			d, err := q.ask()
			answers[i] <- answer{d, err}
		}()
	}
	for i, q := range questions {
		var a answer
		select {
		case a = <-answers[i]:
		case <-ctx.Done():
			select { // what was said before counts, though another used the time up
			case a = <-answers[i]:
			default:
				a.err = ctx.Err()
			}
		}
		if a.err != nil {
			gaps = append(gaps, q.about+": "+probe.Clean(a.err.Error(), 200))
			continue
		}
		o := probe.Observe(q.op, probe.Target{}, now()).Finish(now(), probe.OK, "", a.detail)
		o.Step = step
		list = append(list, o)
	}
	return list, gaps
}
