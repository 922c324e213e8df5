//go:build linux

package lab

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// The path suite runs every scenario once in a plain test, and as often as
// -repeat says. Two runs share the machine at a time, so that the time they take
// stays that of the program.
var repeatFlag = flag.Int("repeat", 1, "run every scenario about the path that many times")

const (
	pathAtOnce   = 2
	leastHitRate = 0.95 // of the intervals that the reports tell
)

// pathRow sums up the runs of one scenario.
type pathRow struct {
	scenario                     trial
	runs, right, unsure, accused int
	located, hits                int // intervals
	wrong                        []string
	wall                         time.Duration // median
	sent                         uint64        // most packets; 0 where other programs send too
}

// TestPathSuite runs the built program over every scenario about where packets
// end, again and again, with other packets lost every time. A right report
// names the layer that it may name, and an interval that holds the device.
func TestPathSuite(t *testing.T) {
	needLab(t)
	program := buildProgram(t)
	repeats := max(1, *repeatFlag)
	free := make(chan struct{}, pathAtOnce)
	var mu sync.Mutex
	var rows []row
	t.Run("scenario", func(t *testing.T) {
		for _, s := range inSet(pathSet) {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				var runs []row
				run := func(seed uint64) row {
					free <- struct{}{}
					defer func() { <-free }() // also where the test gives up
					s := s
					s.Seed = seed << 8 // far from the next one, which each direction of the wire counts up
					return diagnoseScenario(t, program, s)
				}
				for i := range repeats {
					runs = append(runs, run(uint64(i)))
				}
				settle(t, runs, func() row { return run(uint64(repeats)) })
				mu.Lock()
				defer mu.Unlock()
				rows = append(rows, runs...)
			})
		}
	})
	list := sumUp(rows)
	text, total := pathTable(list)
	t.Log("\n" + text)
	for _, p := range list {
		if p.accused > 0 && knownWrong[p.scenario.Name] == "" {
			t.Errorf("%d runs of %s accuse falsely", p.accused, p.scenario.Name)
		}
	}
	if len(list) == len(inSet(pathSet)) && total.located == 0 { // a few scenarios by -run may have none to tell
		t.Error("no interval was told")
	}
	if rate := float64(total.hits) / float64(max(1, total.located)); total.located > 0 && rate < leastHitRate {
		t.Errorf("%.1f %% of the intervals hold the device, want %.0f %%", 100*rate, 100*leastHitRate)
	}
}

// sumUp joins the runs of each scenario, in the order of the scenarios.
func sumUp(rows []row) []pathRow {
	sortRows(rows)
	var list []pathRow
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r row) bool { return r.scenario.Name != rows[0].scenario.Name })
		if n < 0 {
			n = len(rows)
		}
		list = append(list, sumUpOne(rows[:n]))
		rows = rows[n:]
	}
	return list
}

func sumUpOne(runs []row) pathRow {
	p := pathRow{scenario: runs[0].scenario, runs: len(runs)}
	var walls []time.Duration
	for _, r := range runs {
		switch {
		case r.accused:
			p.accused++
		case len(r.wrong) == 0:
			p.right++
		}
		if r.inconclusive() {
			p.unsure++
		}
		if len(r.wrong) > 0 {
			p.wrong = append(p.wrong, r.got()+" – "+r.outcome())
		}
		p.located, p.hits = p.located+r.located, p.hits+r.hits
		if _, others := r.scenario.has(Chatter); !others {
			p.sent = max(p.sent, r.result.TxPackets)
		}
		walls = append(walls, r.result.Wall)
	}
	slices.Sort(walls)
	p.wall = walls[len(walls)/2]
	return p
}

// pathTable prints the sums and gives the totals.
func pathTable(list []pathRow) (text string, total pathRow) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\texpected\truns\tright\tinconclusive\tfalsely accused\tinterval hits\tmedian time\tmost sent\twrong")
	for _, p := range list {
		slices.Sort(p.wrong)
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%.2fs\t%d\t%s\n", p.scenario.Name, p.scenario.Expect, p.runs, p.right, p.unsure, p.accused,
			hitRate(p.hits, p.located), p.wall.Seconds(), p.sent, strings.Join(slices.Compact(p.wrong), "; "))
		total.runs, total.right, total.unsure, total.accused = total.runs+p.runs, total.right+p.right, total.unsure+p.unsure, total.accused+p.accused
		total.hits, total.located, total.sent = total.hits+p.hits, total.located+p.located, max(total.sent, p.sent)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d scenarios, %d runs: %d right, %d inconclusive, %d falsely accused, %s of the intervals hold the device, at most %d packets sent\n",
		len(list), total.runs, total.right, total.unsure, total.accused, hitRate(total.hits, total.located), total.sent)
	return b.String(), total
}

func hitRate(hits, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%d of %d", hits, of)
}
