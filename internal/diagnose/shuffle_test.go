package diagnose

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

// A verdict does not hang on which answer came first: the same steps in another order
// say the same. What one step saw has an order of its own, as a connection has.
func TestTheOrderOfStepsSaysNothing(t *testing.T) {
	all := map[string]*diagnosetest.World{"healthy": diagnosetest.Healthy(), "healthy inside": diagnosetest.HealthyInside()}
	for _, set := range []map[string]diagnosetest.Golden{diagnosetest.Goldens(), diagnosetest.InsideGoldens(), diagnosetest.NameGoldens()} {
		for name, c := range set {
			all[name], all[name+"'s rival"] = c.Fires, c.Rival
		}
	}
	for _, set := range []map[string]doubt{hostDoubts(), networkDoubts(), directoryDoubts()} {
		for name, d := range set {
			all[name] = d.world
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		in := all[name].In
		want := told(Judge(in))
		for range 4 {
			in.Observations = shuffled(random, in.Observations)
			if got := told(Judge(in)); got != want {
				t.Errorf("%s:\n in order  %s\n otherwise %s", name, want, got)
				break
			}
		}
	}
}

// shuffled gives the observations of every step together, the steps in any order.
func shuffled(random *rand.Rand, list []probe.Observation) []probe.Observation {
	var steps [][]probe.Observation
	for _, o := range list {
		i := slices.IndexFunc(steps, func(s []probe.Observation) bool { return s[0].Step == o.Step })
		if i < 0 {
			i = len(steps)
			steps = append(steps, nil)
		}
		steps[i] = append(steps[i], o)
	}
	random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	return slices.Concat(steps...)
}

// told is what a result says to whoever acts on it.
func told(r Result) string {
	var findings []string
	for _, f := range r.Findings {
		hidden := ""
		if f.SuppressedBy != nil {
			hidden = " by " + *f.SuppressedBy
		}
		findings = append(findings, fmt.Sprintf("%s %s %s %s%s", f.Code, f.Layer, f.Severity, f.Confidence, hidden))
	}
	slices.Sort(findings)
	v := r.Verdict
	return fmt.Sprintf("%s %s %q %s %v %+v; %s", v.Status, v.Code, layerOf(v), v.Confidence, layersOf(v.Suspects), v.Protocols, strings.Join(findings, ", "))
}

func layersOf(list []finding.Suspect) (names []string) {
	for _, s := range list {
		names = append(names, string(s.Layer))
	}
	slices.Sort(names)
	return names
}
