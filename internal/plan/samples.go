package plan

import (
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Shape of a sample of one streaming port: enough to tell a fifth lost from
// chance, in a third of a second, over all its addresses.
const (
	sampledConnects = 24
	// sampledDatagrams go to each address.
	sampledDatagrams = 8
	sampleSpacing    = 12 * time.Millisecond
)

// samples adds, for each streaming port, a sample of what gets lost there. It runs
// only where something was lost and something was not: loss on another port says
// nothing of a filter that polices this one.
func (b *builder) samples() {
	for _, group := range swept {
		for _, e := range group.endpoints {
			steps := b.direct(e)
			if len(steps) == 0 || steps[0].Target.Scheme != "" {
				continue
			}
			s := Step{Probe: steps[0].Probe, Target: steps[0].Target, IfFlaky: []string{e}, Timeout: probe.Millis(portTimeout), Why: words.Say("plan.why.sample")}
			t := &s.Target
			t.Endpoint += "-sample"
			t.Attempts, t.Spacing, t.Extend = sampledDatagrams, probe.Millis(sampleSpacing), 0
			if t.Transport == probe.TCP {
				t.Attempts, t.Expect = sampledConnects, string(catalog.ExpectSample)
			}
			s.ID = t.Endpoint + "/" + s.Probe
			for _, step := range steps {
				s.After = append(s.After, step.ID)
			}
			b.add(s)
		}
	}
}
