//go:build linux

package lab

import (
	"bytes"
	"context"
	"encoding/json"
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

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/layer"
)

// Limits of a run (the "Speed" and "Bad input and hostile peers").
const (
	deadline      = 10*time.Second + 500*time.Millisecond
	healthyBudget = 150      // packets sent in the scenario "healthy"
	memoryLimit   = 64 << 20 // bytes of resident memory, however hostile the peers
)

// stored is the part of a report that the suite reads.
type stored struct {
	Schema  string           `json:"schema"`
	Verdict diagnose.Verdict `json:"verdict"`
}

// row is one line of the suite's table.
type row struct {
	scenario Scenario
	verdict  diagnose.Verdict
	result   Result
	wrong    []string
	accused  bool
}

// TestSuite runs the built program over every scenario and compares its
// verdicts with the table. Verdicts that name a layer which is not at fault are
// counted apart: there must be none.
func TestSuite(t *testing.T) {
	needLab(t)
	program := buildProgram(t)
	var mu sync.Mutex
	var rows []row
	t.Run("scenario", func(t *testing.T) {
		for _, s := range slices.Concat(Scenarios(), RealScenarios()) {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				r := diagnoseScenario(t, program, s)
				for _, w := range r.wrong {
					t.Errorf("%s; the verdict was: %s", w, r.verdict.Summary)
				}
				mu.Lock()
				defer mu.Unlock()
				rows = append(rows, r)
			})
		}
	})
	t.Log("\n" + table(rows))
}

// buildProgram builds the program as it is shipped.
func buildProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "wsdoctor")
	cmd := exec.Command("go", "build", "-o", program, "wsdoctor/cmd/wsdoctor")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return program
}

func diagnoseScenario(t *testing.T, program string, s Scenario) row {
	t.Helper()
	var out, errs bytes.Buffer
	command := append([]string{program, "check", "--region", region, "-o", "json"}, s.Args...)
	r := row{scenario: s}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	r.result, err = Run(ctx, Options{Scenario: s, Command: command, Stdout: &out, Stderr: &errs})
	if err != nil {
		t.Fatal(err)
	}
	var report stored
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || report.Schema != "wsdoctor.report/v1" {
		t.Fatalf("no report (exit %d): %v\n%.2000s\n%.2000s", r.result.ExitCode, err, out.String(), errs.String())
	}
	r.verdict = report.Verdict
	r.wrong, r.accused = s.Expect.Accepts(r.verdict)
	if want := exitCode(r.verdict); r.result.ExitCode != want {
		r.wrong = append(r.wrong, fmt.Sprintf("exit code %d, want %d", r.result.ExitCode, want))
	}
	if r.result.Wall > deadline {
		r.wrong = append(r.wrong, fmt.Sprintf("took %v", r.result.Wall))
	}
	if s.Name == "healthy" && r.result.TxPackets > healthyBudget {
		r.wrong = append(r.wrong, fmt.Sprintf("sent %d packets", r.result.TxPackets))
	}
	if r.result.MaxRSS > memoryLimit {
		r.wrong = append(r.wrong, fmt.Sprintf("used %d MB", r.result.MaxRSS>>20))
	}
	if i := bytes.IndexFunc(out.Bytes(), func(c rune) bool { return c < ' ' && c != '\n' }); i >= 0 {
		r.wrong = append(r.wrong, fmt.Sprintf("control character at byte %d of the output", i))
	}
	return r
}

// exitCode is what the contract says for a verdict.
func exitCode(v diagnose.Verdict) int {
	switch v.Status {
	case diagnose.StatusOK:
		return layer.ExitOK
	case diagnose.StatusDegraded:
		return layer.ExitDegraded
	case diagnose.StatusInconclusive:
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
	order := map[string]int{}
	for i, s := range slices.Concat(Scenarios(), RealScenarios()) {
		order[s.Name] = i
	}
	slices.SortFunc(rows, func(a, b row) int { return order[a.scenario.Name] - order[b.scenario.Name] })
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\texpected\tgot\tconfidence\ttime\tsent\tMB\tresult")
	var right, unsure, accused int
	var falsely []string
	for _, r := range rows {
		result := "right"
		switch {
		case r.accused:
			accused++
			falsely = append(falsely, r.scenario.Name)
			result = "FALSELY ACCUSED"
		case len(r.wrong) > 0:
			result = "WRONG: " + strings.Join(r.wrong, ", ")
		default:
			right++
		}
		if r.verdict.Status == diagnose.StatusInconclusive {
			unsure++
		}
		got := string(r.verdict.Status)
		if r.verdict.Layer != nil {
			got += " " + string(*r.verdict.Layer)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.2fs\t%d\t%d\t%s\n", r.scenario.Name, r.scenario.Expect, got, r.verdict.Confidence,
			r.result.Wall.Seconds(), r.result.TxPackets, r.result.MaxRSS>>20, result)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d scenarios: %d right, %d inconclusive, %d falsely accused %s\n", len(rows), right, unsure, accused, strings.Join(falsely, " "))
	return b.String()
}
