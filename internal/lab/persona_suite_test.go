//go:build linux

package lab

import (
	"testing"
)

// personas are the systems whose abilities the lab tries; see internal/persona. What
// has next to none of them is not taken through the scenarios too, for they take
// minutes.
var personas = []struct {
	system string
	desk   bool
}{{"windows", true}, {"windows-2016", false}, {"darwin", true}}

// TestPersonas runs the kept random worlds, each with the abilities of one of the other
// systems in turn, and the scenarios of the desk. They see less, so what is expected of
// Linux need not hold; but nobody may be accused, cleared or alarmed falsely, twice in a
// row. With -persona TestWorlds runs every world for one system.
func TestPersonas(t *testing.T) {
	needLab(t)
	if *personaFlag != "" {
		t.Skip("-persona already says whose abilities all suites have")
	}
	for turn, p := range personas {
		system, program := p.system, buildPersona(t, p.system)
		t.Run(system+"/worlds", func(t *testing.T) {
			var seeds []uint64
			faulty := map[uint64]bool{} // known faults of the rules, whatever the system
			for i, k := range readKept(t) {
				if i%len(personas) != turn {
					continue
				}
				seeds = append(seeds, k.seed)
				faulty[k.seed] = k.category.False()
			}
			list := runWorlds(t, program, seeds)
			t.Log("\n" + calibration(list))
			for _, o := range list {
				if o.Category.False() && !faulty[o.Seed] && runWorlds(t, program, []uint64{o.Seed})[0].Category.False() {
					t.Errorf("seed %d, twice: %s: %s", o.Seed, o.Category, o.Summary)
				}
			}
		})
		if !p.desk {
			continue
		}
		t.Run(system+"/desk", func(t *testing.T) {
			rows := eachAtDesk(t, program, func(t *testing.T, r row, again func() row) {
				if r.accused && again().accused {
					t.Errorf("%s, twice; the verdict was: %s", r.outcome(), r.verdict.Summary)
				}
			})
			t.Log("\n" + table(rows))
		})
	}
}
