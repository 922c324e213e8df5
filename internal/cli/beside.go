package cli

import (
	"context"
	"sync"
	"time"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/netstate"
	"wsdoctor/probe/software"
	"wsdoctor/probe/wireless"
)

// besideFacts are facts of this computer that are read while the probes run.
type besideFacts struct {
	facts []probe.Observation
	gaps  []string
}

// beside reads what this computer says of the software on it, of its wireless networks
// and, on Windows, of its networks and of name servers for some of the names. Each part
// has its own bound.
func beside(names []string) func(context.Context) besideFacts {
	return func(ctx context.Context) (b besideFacts) {
		parts := []func() besideFacts{
			func() besideFacts {
				found, gaps := software.Look(ctx)
				return besideFacts{[]probe.Observation{software.Observation(found, time.Now())}, gaps}
			},
			func() besideFacts {
				found, gaps := wireless.Look(ctx)
				if len(found.Links) == 0 {
					return besideFacts{gaps: gaps} // a cable, or nothing that could be told
				}
				return besideFacts{[]probe.Observation{wireless.Observation(found, time.Now())}, gaps}
			},
			func() besideFacts {
				facts, gaps := netstate.Look(ctx, names)
				return besideFacts{facts, gaps}
			},
		}
		read := make([]besideFacts, len(parts))
		var all sync.WaitGroup
		for i, part := range parts {
			all.Go(func() { read[i] = part() })
		}
		all.Wait()
		for _, r := range read {
			b.facts, b.gaps = append(b.facts, r.facts...), append(b.gaps, r.gaps...)
		}
		return b
	}
}

// lateBeside is told in English here, as probes tell what they could not see.
var lateBeside = words.English().Tell(words.Say("cli.gap.beside"))

// later is a reading that goes on beside a run.
type later struct {
	ready chan besideFacts // nil: nothing is read
	gaps  []string         // what it left open, once the run is over
}

// besideHeadStart lets the run's first packets out before programs are looked through:
// until the first answers come this computer has little else to do.
const besideHeadStart = 20 * time.Millisecond

// startBeside begins as soon as the run does: the run does not wait for it, and only its
// end takes what is there.
func startBeside(ctx context.Context, read func(context.Context) besideFacts) *later {
	l := &later{}
	if read == nil {
		return l
	}
	l.ready = make(chan besideFacts, 1)
	go func() {
		select {
		case <-time.After(besideHeadStart):
		case <-ctx.Done(): // whoever reads sees it, too
		}
		l.ready <- read(ctx)
	}()
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
