//go:build linux

package lab

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"
)

var insideFlag = flag.Int("inside-worlds", 0, "run that many random WorkSpaces from -seed on; 0: some fixed ones, and as many fresh ones")

const (
	insideWorlds  = 40
	insideFalse   = 2 // of the fresh ones may be judged falsely
	insideKept    = 1 // first of the fixed seeds
	insidePatient = time.Minute
)

// TestInsideWorlds runs the built program in random WorkSpaces and holds each verdict
// against the truth, as TestWorlds does for desks. It prints the calibration.
func TestInsideWorlds(t *testing.T) {
	needLab(t)
	program := buildProgram(t)
	if *insideFlag > 0 {
		t.Log("\n" + calibration(runInside(t, program, from(max(*seedFlag, 1), *insideFlag))))
		return
	}
	kept := runInside(t, program, from(insideKept, insideWorlds))
	t.Log("\n" + calibration(kept))
	if n := falsely(kept); n > 0 {
		t.Errorf("%d of the fixed WorkSpaces are judged falsely", n)
	}
	first := uint64(time.Now().Unix())
	fresh := runInside(t, program, from(first, insideWorlds))
	t.Logf("fresh seeds from %d on\n%s", first, calibration(fresh))
	if n := falsely(fresh); n > insideFalse {
		t.Errorf("%d of %d fresh WorkSpaces are judged falsely, at most %d may be", n, len(fresh), insideFalse)
	}
}

func runInside(t *testing.T, program string, seeds []uint64) []outcome {
	t.Helper()
	list := eachSeed(seeds, insideAtOnce, func(seed uint64) outcome { return runOneInside(program, seed) })
	for i, o := range list {
		if o.Category.False() { // a busy computer is looked at once more
			list[i] = runOneInside(program, o.Seed)
		}
		if len(list[i].LabError) > 0 {
			t.Errorf("seed %d, %s: %s", o.Seed, o.World, strings.Join(list[i].LabError, "; "))
		}
	}
	return list
}

func runOneInside(program string, seed uint64) outcome {
	s, truth, words := DrawInside(seed)
	o := outcome{Seed: seed, World: words, Truth: truth}
	o.run(insidePatient, "inside-", Options{
		Scenario: s, Command: append([]string{program, s.Command(), "-o", "json"}, s.Flags()...),
	})
	return o
}

// Every ill and every nuisance is drawn, and a seed always gives the same WorkSpace.
func TestEveryIllOfAWorkSpaceIsDrawn(t *testing.T) {
	missing := map[string]bool{}
	for _, i := range insideIlls() {
		missing[i.name] = true
	}
	for name := range insideNuisances() {
		missing["~"+name] = true
	}
	for seed := range uint64(4000) {
		_, truth, words := DrawInside(seed)
		for _, w := range strings.Fields(words) {
			delete(missing, w)
		}
		if strings.Contains(words, "no-nat") && strings.Contains(words, "~public-address") {
			t.Errorf("seed %d: %s: the address makes up for the fault", seed, words)
		}
		_, again, other := DrawInside(seed)
		if words != other || fmt.Sprint(truth) != fmt.Sprint(again) {
			t.Fatalf("seed %d: %s, then %s", seed, words, other)
		}
	}
	for name := range missing {
		t.Errorf("%s is never drawn", name)
	}
}
