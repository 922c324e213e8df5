//go:build linux

package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
)

// Limits of a run (the "Speed" and "Bad input and hostile peers").
const (
	deadline      = 10*time.Second + 500*time.Millisecond
	healthyBudget = 150      // packets sent where nothing is wrong
	memoryLimit   = 64 << 20 // bytes of resident memory, however hostile the peers
)

// stored is the part of a report that the suites read.
type stored struct {
	Schema   string          `json:"schema"`
	Verdict  Verdict         `json:"verdict"`
	Findings []storedFinding `json:"findings"`
	Gaps     []string        `json:"gaps"`
}

// storedFinding is the part of a finding that the suites read.
type storedFinding struct {
	Code         string           `json:"code"`
	Layer        layer.ID         `json:"layer"`
	Severity     finding.Severity `json:"severity"`
	SuppressedBy *string          `json:"suppressed_by"`
	Path         *Interval        `json:"path"`
}

// row is one run of a scenario.
type row struct {
	scenario trial
	verdict  Verdict
	result   Result
	wrong    []string
	accused  bool
	located  int // intervals that findings told
	hits     int // those of them that hold a device at fault
}

// outcome is a run's result in few words.
func (r row) outcome() string {
	switch {
	case r.accused:
		return "FALSELY ACCUSED: " + strings.Join(r.wrong, ", ")
	case len(r.wrong) > 0:
		return "WRONG: " + strings.Join(r.wrong, ", ")
	}
	return "right"
}

func (r row) inconclusive() bool { return r.verdict.Status == finding.StatusInconclusive }

// got is the verdict in few words.
func (r row) got() string {
	if r.verdict.Layer == nil {
		return string(r.verdict.Status)
	}
	return string(r.verdict.Status) + " " + string(*r.verdict.Layer)
}

// inSet gives the scenarios of a suite.
func inSet(set string) []trial {
	return slices.DeleteFunc(slices.Concat(trials(), realTrials()), func(s trial) bool { return s.Set != set })
}

// TestSuite runs the built program over every scenario and compares its
// verdicts with the table. Verdicts that name a layer which is not at fault are
// counted apart: there must be none.
func TestSuite(t *testing.T) {
	needLab(t)
	program := buildProgram(t)
	t.Log("\n" + table(eachAtDesk(t, program, func(t *testing.T, r row, again func() row) { settle(t, []row{r}, again) })))
}

// eachAtDesk runs the program over the scenarios of the desk and lets every run be
// judged; again runs its scenario once more.
func eachAtDesk(t *testing.T, program string, judge func(t *testing.T, r row, again func() row)) []row {
	t.Helper()
	var mu sync.Mutex
	var rows []row
	t.Run("scenario", func(t *testing.T) {
		for _, s := range inSet("") {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				r := diagnoseScenario(t, program, s)
				judge(t, r, func() row { return diagnoseScenario(t, program, s) })
				mu.Lock()
				defer mu.Unlock()
				rows = append(rows, r)
			})
		}
	})
	return rows
}

// TestAHealthyRunIsThrifty counts packets of one run at a time. An answer that a
// busy machine hands over late costs a second attempt, so the most thrifty of a
// few counts.
func TestAHealthyRunIsThrifty(t *testing.T) {
	needLab(t)
	program := buildProgram(t)
	s, known := Find("healthy")
	if !known {
		t.Fatal("no scenario healthy")
	}
	var sent []uint64
	for range 5 {
		r := diagnoseScenario(t, program, trial{Scenario: s})
		if r.result.TxPackets > 0 && r.result.TxPackets <= healthyBudget {
			return
		}
		sent = append(sent, r.result.TxPackets)
	}
	t.Errorf("%d packets were sent, at most %d are promised", sent, healthyBudget)
}

// personaFlag makes every suite run the program with the abilities of another
// system. What is expected of Linux need not hold then, and only a layer that is
// accused falsely is an error.
var personaFlag = flag.String("persona", "", "run the program with the abilities of another system: windows, windows-2016 or darwin (internal/persona)")

// buildProgram builds the program as it is shipped, or as -persona says.
func buildProgram(t *testing.T) string {
	t.Helper()
	if *personaFlag != "" {
		return buildPersona(t, *personaFlag)
	}
	return goBuild(t, "wsdoctor/cmd/wsdoctor")
}

// buildPersona builds the program with the abilities of another system.
func buildPersona(t *testing.T, system string) string {
	t.Helper()
	return goBuild(t, "-ldflags=-X main.system="+system, "wsdoctor/internal/persona")
}

func goBuild(t *testing.T, args ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "wsdoctor")
	cmd := exec.Command("go", append([]string{"build", "-o", program}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return program
}

func diagnoseScenario(t *testing.T, program string, s trial) row {
	t.Helper()
	return diagnoseIn(t, program, s, "")
}

// diagnoseIn is diagnoseScenario with the data of a real directory.
func diagnoseIn(t *testing.T, program string, s trial, directory string) row {
	t.Helper()
	var out, errs bytes.Buffer
	command := append([]string{program, s.Command(), "-o", "json"}, s.Flags()...)
	r := row{scenario: s}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	r.result, err = Run(ctx, Options{Scenario: s.Scenario, Command: command, Stdout: &out, Stderr: &errs, Directory: directory})
	if err != nil {
		t.Fatal(err)
	}
	var got stored
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Schema != "wsdoctor.report/v1" {
		t.Fatalf("no report (exit %d): %v\n%.2000s\n%.2000s", r.result.ExitCode, err, out.String(), errs.String())
	}
	if err := validate(out.Bytes()); err != nil {
		r.wrong = append(r.wrong, "the report breaks its own schema: "+err.Error())
	}
	r.verdict = got.Verdict
	r.wrong, r.accused = s.Expect.Accepts(r.verdict)
	r.judgeFindings(got.Findings)
	if word := s.Expect.Gap; word != "" && !slices.ContainsFunc(got.Gaps, func(g string) bool { return strings.Contains(g, word) }) {
		r.wrong = append(r.wrong, "no gap about "+word)
	}
	if want := exitCode(r.verdict); r.result.ExitCode != want {
		r.wrong = append(r.wrong, fmt.Sprintf("exit code %d, want %d", r.result.ExitCode, want))
	}
	if r.result.Wall > deadline {
		r.wrong = append(r.wrong, fmt.Sprintf("took %v", r.result.Wall))
	}
	if r.result.MaxRSS > memoryLimit {
		r.wrong = append(r.wrong, fmt.Sprintf("used %d MB", r.result.MaxRSS>>20))
	}
	if i := bytes.IndexFunc(out.Bytes(), func(c rune) bool { return c < ' ' && c != '\n' }); i >= 0 {
		r.wrong = append(r.wrong, fmt.Sprintf("control character at byte %d of the output", i))
	}
	return r
}

// schema is the JSON Schema that every report promises to keep.
var schema = sync.OnceValues(func() (*jsonschema.Resolved, error) {
	var s jsonschema.Schema
	if err := json.Unmarshal(report.SchemaJSON, &s); err != nil {
		return nil, err
	}
	return s.Resolve(nil)
})

func validate(text []byte) error {
	s, err := schema()
	if err != nil {
		return err
	}
	var instance any
	if err := json.Unmarshal(text, &instance); err != nil {
		return err
	}
	return s.Validate(instance)
}

// judgeFindings looks for the findings that must be there, and holds the
// intervals of those that tell one against where the faults are.
func (r *row) judgeFindings(list []storedFinding) {
	e := r.scenario.Expect
	list = slices.DeleteFunc(list, func(f storedFinding) bool { return f.SuppressedBy != nil || f.Severity == finding.SeverityInfo })
	for _, l := range e.Findings {
		if !slices.ContainsFunc(list, func(f storedFinding) bool { return f.Layer == l }) {
			r.wrong = append(r.wrong, "no finding about "+string(l))
		}
	}
	for _, f := range list {
		if f.Path == nil || len(e.Devices()) == 0 {
			continue
		}
		hit, _, why := e.Judge(*f.Path)
		r.located++
		if hit {
			r.hits++
		}
		if why != "" {
			r.wrong = append(r.wrong, f.Code+": "+why)
		}
	}
}

// exitCode is what the contract says for a verdict.
func exitCode(v Verdict) int {
	switch v.Status {
	case finding.StatusOK:
		if v.Code == passesAsFarAsSeen {
			return exitSeenPartly
		}
		return layer.ExitOK
	case finding.StatusDegraded:
		return layer.ExitDegraded
	case finding.StatusInconclusive:
		return layer.ExitInconclusive
	}
	if v.Layer == nil {
		return layer.ExitInternal
	}
	l, _ := layer.Get(*v.Layer)
	return l.Exit
}

// table prints the rows in the order of the scenarios, with the totals.
func table(rows []row) string {
	sortRows(rows)
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\texpected\tgot\tconfidence\ttime\tsent\tMB\tresult")
	var right, unsure int
	var falsely []string
	for _, r := range rows {
		switch {
		case r.accused:
			falsely = append(falsely, r.scenario.Name)
		case len(r.wrong) == 0:
			right++
		}
		if r.inconclusive() {
			unsure++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.2fs\t%d\t%d\t%s\n", r.scenario.Name, r.scenario.Expect, r.got(), r.verdict.Confidence,
			r.result.Wall.Seconds(), r.result.TxPackets, r.result.MaxRSS>>20, r.outcome())
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d scenarios: %d right, %d inconclusive, %d falsely accused %s\n", len(rows), right, unsure, len(falsely), strings.Join(falsely, " "))
	return b.String()
}

// sortRows brings runs into the order of the scenarios.
func sortRows(rows []row) {
	order := map[string]int{}
	for i, s := range slices.Concat(trials(), realTrials()) {
		order[s.Name] = i
	}
	slices.SortStableFunc(rows, func(a, b row) int { return order[a.scenario.Name] - order[b.scenario.Name] })
}
