//go:build linux

package lab

import (
	"slices"
	"sync"
	"testing"
)

// insideAtOnce is how many WorkSpaces are looked at side by side. A run waits
// for silence most of its time, so more than there are processors.
const insideAtOnce = 4

// TestInsideSuite runs the built program inside every WorkSpace and compares its
// verdicts with the table, as TestSuite does at the desk.
func TestInsideSuite(t *testing.T) {
	needLab(t)
	program := buildProgram(t)
	free := make(chan struct{}, insideAtOnce)
	var mu sync.Mutex
	var rows []row
	t.Run("scenario", func(t *testing.T) {
		for _, s := range inSet(insideSet) {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				directory := realDirectory(t, s.Scenario)
				free <- struct{}{}
				defer func() { <-free }()
				r := diagnoseIn(t, program, s, directory)
				settle(t, []row{r}, func() row { return diagnoseIn(t, program, s, directory) })
				mu.Lock()
				defer mu.Unlock()
				rows = append(rows, r)
			})
		}
	})
	t.Log("\n" + table(rows))
	for _, r := range rows {
		if r.accused && knownWrong[r.scenario.Name] == "" {
			t.Errorf("%s is falsely accused: %s", r.scenario.Name, r.got())
		}
	}
}

func TestInsideScenariosCoverTheirLayers(t *testing.T) {
	var names []string
	layers := map[string]int{}
	for _, s := range workspaces() {
		names = append(names, s.Name)
		_, best := s.Expect.Best()
		layers[string(best)]++
		if s.Command() != "inside" || s.Loopback {
			t.Errorf("%s: command %s, loopback %v", s.Name, s.Command(), s.Loopback)
		}
	}
	if len(names) < 36 {
		t.Errorf("only %d scenarios", len(names))
	}
	for _, l := range []string{"management-interface", "workspace-firewall", "streaming-host", "primary-interface", "directory-dns", "vpc-egress"} {
		if layers[l] < 2 {
			t.Errorf("%s: %d scenarios", l, layers[l])
		}
	}
	for _, name := range withSamba {
		if !slices.Contains(names, name) {
			t.Errorf("no scenario %q for the real directory", name)
		}
	}
	if s := (Scenario{}); s.Command() != "check" {
		t.Errorf("a scenario at the desk runs %s", s.Command())
	}
}
