package plan

import (
	"strings"
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
			var asked []string
			for _, suffix := range b.families() {
				asked = append(asked, e+suffix)
			}
			if e == sourcesOf {
				asked = append(asked, sourceEndpoint) // packets from these ports alone may pass
			}
			b.samplesOf(asked)
		}
	}
}

// samplesOf adds the samples of endpoints that ask one port. What some of them lost
// and others did not is a reason for all.
func (b *builder) samplesOf(asked []string) {
	var samples []Step
	var after []string
	for _, e := range asked {
		steps := b.direct(e)
		for _, s := range steps {
			after = append(after, s.ID)
		}
		if len(steps) == 0 || steps[0].Target.Scheme != "" {
			continue
		}
		for _, s := range steps {
			if s.Target.LocalPort == steps[0].Target.LocalPort && s.ID != steps[0].ID {
				continue // the same question once more
			}
			samples = append(samples, sampleOf(s, asked))
		}
	}
	for _, s := range samples {
		s.After = after
		b.add(s)
	}
}

// sampleOf is a step's question asked many times over.
func sampleOf(step Step, asked []string) Step {
	s := Step{
		Probe:   step.Probe,
		Target:  step.Target,
		IfFlaky: asked,
		Timeout: probe.Millis(portTimeout),
		Why:     words.Say("plan.why.sample"),
	}
	t := &s.Target
	t.Endpoint += "-sample"
	t.Attempts, t.Spacing, t.Extend = sampledDatagrams, probe.Millis(sampleSpacing), 0
	if t.Transport == probe.TCP {
		t.Attempts, t.Expect = sampledConnects, string(catalog.ExpectSample)
	}
	s.ID = t.Endpoint + strings.TrimPrefix(step.ID, step.Target.Endpoint)
	return s
}
