//go:build linux

package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
)

// The random worlds run with these: a number of worlds from a seed on, and a
// file for the outcomes. Without a number, the fixed seeds of keptFile run, and
// as many fresh ones.
var (
	worldsFlag  = flag.Int("worlds", 0, "run that many random worlds from -seed on; 0: the kept ones and as many fresh ones")
	seedFlag    = flag.Uint64("seed", 0, "first seed of the random worlds; 0: from the clock")
	onlyFlag    = flag.String("seeds", "", "run exactly these seeds, parted by commas")
	jsonFlag    = flag.String("worlds-json", "", "write the random worlds' outcomes to this file")
	reportsFlag = flag.String("worlds-reports", "", "keep every random world's report in this directory, by seed")
	keepFlag    = flag.Bool("keep", false, "write the categories of the kept seeds anew")
)

const (
	worldsAtOnce = 3
	freshWorlds  = 60
	freshFalse   = 3 // of the fresh worlds may be judged falsely: at the rate of 1 %, four are a chance of 1 in 300
	keptAgain    = 4 // further runs of a kept world that comes out worse: some lose packets by chance
)

var keptFile = filepath.Join("testdata", "worlds.txt")

// outcome is one world and what became of it.
type outcome struct {
	Seed      uint64             `json:"seed"`
	Category  Category           `json:"category"`
	World     string             `json:"world"`
	Truth     Truth              `json:"truth"`
	Status    finding.Status     `json:"status"`
	Layer     layer.ID           `json:"layer"`
	Code      string             `json:"code"`
	Sure      finding.Confidence `json:"confidence"`
	Named     []layer.ID         `json:"named"`
	Summary   string             `json:"summary"`
	Protocols finding.Protocols  `json:"protocols"`
	Wall      float64            `json:"wall_seconds"`
	Sent      uint64             `json:"packets"`
	LabError  []string           `json:"lab_error,omitempty"`
}

// TestWorlds runs the built program over random worlds and holds each verdict
// against the truth, which an independent client has confirmed. It prints the
// calibration: how often the program is right, and how often when it says that
// it is sure.
func TestWorlds(t *testing.T) {
	needLab(t)
	program := buildProgram(t)
	var seeds []uint64
	switch {
	case *onlyFlag != "":
		for _, s := range strings.Split(*onlyFlag, ",") {
			n, err := strconv.ParseUint(s, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			seeds = append(seeds, n)
		}
	case *worldsFlag > 0:
		seeds = from(max(*seedFlag, 1), *worldsFlag)
	default:
		t.Run("kept", func(t *testing.T) { runKept(t, program) })
		first := *seedFlag
		if first == 0 {
			first = uint64(time.Now().Unix())
		}
		t.Run("fresh", func(t *testing.T) {
			t.Logf("fresh seeds from %d on", first)
			list := runWorlds(t, program, from(first, freshWorlds))
			t.Log("\n" + calibration(list))
			if n := falsely(list); n > freshFalse {
				t.Errorf("%d of %d fresh worlds are judged falsely, at most %d may be", n, len(list), freshFalse)
			}
		})
		return
	}
	list := runWorlds(t, program, seeds)
	t.Log("\n" + calibration(list))
	if *jsonFlag == "" {
		return
	}
	b, err := json.MarshalIndent(list, "", " ")
	if err == nil {
		err = os.WriteFile(*jsonFlag, b, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}

func from(first uint64, n int) (list []uint64) {
	for i := range n {
		list = append(list, first+uint64(i))
	}
	return list
}

// runKept holds every kept world to what it was, or better.
func runKept(t *testing.T, program string) {
	kept := readKept(t)
	var seeds []uint64
	for _, k := range kept {
		seeds = append(seeds, k.seed)
	}
	list := runWorlds(t, program, seeds)
	t.Log("\n" + calibration(list))
	if *keepFlag {
		writeKept(t, list)
		return
	}
	rank := func(c Category) int { return slices.Index(Categories, c) }
	for i, o := range list {
		for range keptAgain {
			if rank(o.Category) > rank(kept[i].category) {
				o = runWorlds(t, program, []uint64{o.Seed})[0]
			}
		}
		if rank(o.Category) > rank(kept[i].category) {
			t.Errorf("seed %d was %s and is %s: %s", o.Seed, kept[i].category, o.Category, o.Summary)
		}
	}
}

type keptWorld struct {
	seed     uint64
	category Category
}

// readKept reads lines of a seed and a category.
func readKept(t *testing.T) (list []keptWorld) {
	t.Helper()
	b, err := os.ReadFile(keptFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(b), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		number, category, _ := strings.Cut(line, " ")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil || !slices.Contains(Categories, Category(category)) {
			t.Fatalf("%s: %q", keptFile, line)
		}
		list = append(list, keptWorld{n, Category(category)})
	}
	return list
}

func writeKept(t *testing.T, list []outcome) {
	t.Helper()
	text := "# Random worlds that must stay what they are, or become better: seed and category.\n# Those that are judged falsely are known faults of the rules.\n"
	for _, o := range list {
		text += fmt.Sprintf("%d %s\n", o.Seed, o.Category)
	}
	if err := os.WriteFile(keptFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runWorlds runs the worlds of the seeds, a few at a time, in their order.
func runWorlds(t *testing.T, program string, seeds []uint64) []outcome {
	t.Helper()
	list := eachSeed(seeds, worldsAtOnce, func(seed uint64) outcome { return runWorld(program, seed) })
	for i, o := range list {
		if len(o.LabError) > 0 { // the machine may have stood still while the witness looked
			t.Logf("seed %d, run again: %s", o.Seed, strings.Join(o.LabError, "; "))
			list[i] = runWorld(program, o.Seed)
		}
	}
	for _, o := range list {
		if len(o.LabError) > 0 {
			t.Errorf("seed %d, %s: the lab itself is wrong: %s", o.Seed, o.World, strings.Join(o.LabError, "; "))
		}
	}
	return list
}

// eachSeed runs one for every seed, at most atOnce at a time; the outcomes keep the order of the seeds.
func eachSeed(seeds []uint64, atOnce int, one func(seed uint64) outcome) []outcome {
	list := make([]outcome, len(seeds))
	var all sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for i, seed := range seeds {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			list[i] = one(seed)
		})
	}
	all.Wait()
	return list
}

// runWorld runs one world. What goes wrong with the lab is part of the outcome.
func runWorld(program string, seed uint64) outcome {
	d, link := Draw(seed)
	s := d.Scenario(link)
	o := outcome{Seed: seed, World: d.String(), Truth: d.Truth(link)}
	r := o.run(2*time.Minute, "", Options{
		Scenario: s, Command: append([]string{program, "check", "--region", region, "-o", "json"}, s.Args...), Witness: true,
	})
	if len(o.LabError) == 0 {
		var found map[Element]Tried
		if err := json.Unmarshal(r.Witness, &found); err != nil {
			o.LabError = []string{"the witness said nothing: " + err.Error()}
			return o
		}
		o.LabError = o.Truth.Contradiction(found, link)
	}
	return o
}

// run gives the program its time in the lab, and holds the verdict it prints against the truth. The report is kept
// where -reports names a folder, under the seed with prefix before it.
func (o *outcome) run(patience time.Duration, prefix string, opt Options) Result {
	var out, errs bytes.Buffer
	opt.Stdout, opt.Stderr = &out, &errs
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := Run(ctx, opt)
	o.Wall, o.Sent = r.Wall.Seconds(), r.TxPackets
	if *reportsFlag != "" {
		_ = os.WriteFile(filepath.Join(*reportsFlag, prefix+strconv.FormatUint(o.Seed, 10)+".json"), out.Bytes(), 0o644)
	}
	var report struct {
		Verdict Judged `json:"verdict"`
	}
	if err == nil {
		err = json.Unmarshal(out.Bytes(), &report)
	}
	if err != nil {
		o.LabError = append(o.LabError, fmt.Sprintf("no report: %v: %.500s %.500s", err, out.String(), errs.String()))
		return r
	}
	v := report.Verdict
	o.Status, o.Code, o.Sure, o.Summary, o.Named, o.Protocols = v.Status, v.Code, v.Confidence, v.Summary, v.Named(), v.Protocols
	if v.Layer != nil {
		o.Layer = *v.Layer
	}
	o.Category = o.Truth.Categorise(v)
	return r
}

func falsely(list []outcome) (n int) {
	for _, o := range list {
		if o.Category.False() {
			n++
		}
	}
	return n
}

// calibration is the table of what the verdicts are worth.
func calibration(list []outcome) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	blocked := 0
	for _, o := range list {
		if !o.Truth.Healthy() {
			blocked++
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", o.Seed, o.Category, o.said(), o.World)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d worlds, %d of them with a fault; half of the runs took less than %.2f s:\n", len(list), blocked, median(list))
	seeds := map[Category][]string{}
	for _, o := range list {
		seeds[o.Category] = append(seeds[o.Category], strconv.FormatUint(o.Seed, 10))
	}
	for _, c := range Categories {
		fmt.Fprintf(w, "%s\t%s\t", c, share(len(seeds[c]), len(list)))
		if c != Right {
			fmt.Fprint(w, strings.Join(seeds[c], " "))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "false in all\t%s\n", share(falsely(list), len(list)))
	undecided := 0
	for _, o := range list {
		if !o.Truth.Healthy() && (o.Category == Open || o.Category == Shy) {
			undecided++
		}
	}
	fmt.Fprintf(w, "open or shy where there is a fault\t%s\n", share(undecided, blocked))
	for _, sure := range []finding.Confidence{finding.Proven, finding.Likely, finding.Possible} {
		right, of := 0, 0
		for _, o := range list {
			if o.Sure != sure || o.Layer == "" {
				continue
			}
			if of++; o.Category == Right {
				right++
			}
		}
		fmt.Fprintf(w, "right where it says %s\t%s\n", sure, share(right, of))
	}
	wrongOK, wrongBlocked := 0, 0
	for _, o := range list {
		for _, p := range []struct {
			truth State
			said  finding.ProtocolState
		}{{o.Truth.PCoIP, o.Protocols.PCoIP}, {o.Truth.DCV, o.Protocols.DCV}} {
			if p.truth == Dead && p.said == finding.ProtocolOK {
				wrongOK++
			}
			if p.truth == Alive && p.said == finding.ProtocolBlocked {
				wrongBlocked++
			}
		}
	}
	fmt.Fprintf(w, "dead protocols called ok\t%d\nlive protocols called blocked\t%d\n", wrongOK, wrongBlocked)
	w.Flush()
	return b.String()
}

// said is the verdict in few words.
func (o outcome) said() string {
	text := string(o.Status)
	if o.Layer != "" {
		text += " " + string(o.Layer)
	}
	if o.Sure != "" {
		text += " " + string(o.Sure)
	}
	return fmt.Sprintf("%s %s %v", text, o.Code, o.Named)
}

// share is a share with its 95 % interval (Wilson's).
func share(n, of int) string {
	if of == 0 {
		return "0 of 0"
	}
	low, high := wilson(n, of)
	return fmt.Sprintf("%d of %d, %.1f %% (%.1f–%.1f)", n, of, 100*float64(n)/float64(of), 100*low, 100*high)
}

// median is the middle of the runs' own times.
func median(list []outcome) float64 {
	var all []float64
	for _, o := range list {
		all = append(all, o.Wall)
	}
	slices.Sort(all)
	return all[len(all)/2]
}
