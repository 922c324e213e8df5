//go:build !nodemo

package cli

import (
	"slices"
	"testing"

	"wsdoctor/internal/lab"
	"wsdoctor/internal/lab/right"
	"wsdoctor/internal/layer"
)

// What a newcomer is shown exists, breaks the layer it stands under, and is not much.
func TestTheFirstLookShowsEachLayersFault(t *testing.T) {
	n := 0
	answers, err := right.Load("../lab/testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range firstLook {
		for _, name := range group.names {
			n++
			_, known := lab.Find(name)
			if !known {
				t.Errorf("there is no scenario %s", name)
				continue
			}
			if len(name) > longestFirst {
				t.Errorf("%s is longer than %d", name, longestFirst)
			}
			answer := answers[name].Answers[0]
			if group.layer != "" && !slices.Contains(answer.Layers, group.layer) {
				t.Errorf("%s stands under %s, and breaks %v", name, group.layer, answer.Layers)
			}
		}
	}
	for _, l := range layer.All {
		if l.Desk && l.ID != layer.DirectoryDNS && !slices.ContainsFunc(firstLook, func(g struct {
			layer layer.ID
			names []string
		}) bool {
			return g.layer == l.ID
		}) {
			t.Errorf("nothing of %s is shown", l.ID)
		}
	}
	if n < 12 || n > 18 {
		t.Errorf("%d scenarios", n)
	}
}
