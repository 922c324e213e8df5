package cli

import (
	"context"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/software"
)

// besideFacts are facts of this computer that are read while the probes run.
type besideFacts struct {
	facts []probe.Observation
	gaps  []string
}

// beside reads what this computer says of the software on it and of its networks.
// Each part has its own bound.
func beside(_ []string) func(context.Context) besideFacts {
	return func(ctx context.Context) (b besideFacts) {
		found, gaps := software.Look(ctx)
		b.facts = append(b.facts, software.Observation(found, time.Now()))
		b.gaps = append(b.gaps, gaps...)
		return b
	}
}

const lateBeside = "software on this computer and its wireless networks: the run ended before they were read"

// later is a reading that goes on beside a run.
type later struct {
	ready chan besideFacts // nil: nothing is read
	gaps  []string         // what it left open, once the run is over
}

// startBeside begins at once: the run does not wait for it, and only its end takes
// what is there.
func startBeside(ctx context.Context, read func(context.Context) besideFacts) *later {
	l := &later{}
	if read == nil {
		return l
	}
	l.ready = make(chan besideFacts, 1)
	go func() { l.ready <- read(ctx) }()
	return l
}

// after adds what was read to a run's last facts.
func (l *later) after(last func(context.Context) []probe.Observation) func(context.Context) []probe.Observation {
	if l.ready == nil {
		return last
	}
	return func(ctx context.Context) (list []probe.Observation) {
		if last != nil {
			list = last(ctx)
		}
		var b besideFacts
		select {
		case b = <-l.ready:
		default: // the deadline may have passed; what is there counts all the same
			select {
			case b = <-l.ready:
			case <-ctx.Done():
				b.gaps = []string{lateBeside}
			}
		}
		l.gaps = b.gaps
		return append(list, b.facts...)
	}
}
