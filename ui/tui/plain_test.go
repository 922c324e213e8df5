package tui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/charmbracelet/x/exp/golden"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
)

// tellAll runs the plain view with typed answers, and gives its transcript.
func tellAll(ctx context.Context, t *testing.T, d Deps, o Options, typed string) (string, Result) {
	t.Helper()
	var out bytes.Buffer
	r, err := Plain(ctx, d, o, strings.NewReader(typed), &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range out.String() {
		if c != '\n' && unicode.IsControl(c) {
			t.Fatalf("%q in the transcript:\n%s", c, out.String())
		}
	}
	return out.String(), r
}

func TestPlain(t *testing.T) {
	office := func(int) report.Report { return reporttest.Hops() }
	for name, c := range map[string]struct {
		runs  *runs
		o     Options
		typed string
	}{
		"known":          {&runs{takes: time.Second}, Options{Known: true}, ""},
		"asks":           {&runs{takes: 5 * time.Second, report: office}, Options{}, "moon\nus-\ntokyo\n2\n"},
		"registration":   {&runs{}, Options{}, "SLiad+ABC123\n\n"},
		"leaves":         {&runs{}, Options{}, "\n"},
		"end-of-input":   {&runs{}, Options{Problem: "No Region was given."}, ""},
		"ascii-redacted": {&runs{report: office}, Options{Known: true, Redact: true}, ""},
		"inside":         {&runs{report: func(int) report.Report { return reporttest.MissingEth0() }}, Options{Known: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.o.Unicode, c.runs.slow = !strings.HasPrefix(name, "ascii"), true
				said, r := tellAll(t.Context(), t, withRuns(c.runs), c.o, c.typed)
				if (r.Report == nil) != (c.runs.count() == 0) {
					t.Errorf("report %v after %d runs", r.Report != nil, c.runs.count())
				}
				golden.RequireEqual(t, said)
			})
		})
	}
}

func TestPlainTellsTheChoice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{}
		tellAll(t.Context(), t, withRuns(r), Options{}, "us-east-1\n2\n")
		if want := (Choice{Region: "us-east-1", Symptom: "black-screen"}); len(r.asked) != 1 || r.asked[0] != want {
			t.Errorf("%+v", r.asked)
		}
	})
}

func TestPlainWatchTellsChangesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
		defer cancel()
		r := &runs{takes: time.Second, report: func(n int) report.Report {
			if n == 2 {
				return reporttest.Samples()["office-firewall"]
			}
			return reporttest.Samples()["healthy"]
		}}
		said, got := tellAll(ctx, t, withRuns(r), Options{Known: true, Watching: true, Unicode: true, Watch: 10 * time.Second}, "")
		if r.count() != 5 || got.Report == nil || got.Report.Run.Interrupted {
			t.Errorf("%d runs, %+v", r.count(), got.Report)
		}
		golden.RequireEqual(t, said)
	})
}

func TestPlainIsInterruptedInARunAndInAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, r := tellAll(ctx, t, withRuns(&runs{takes: time.Hour}), Options{Known: true, Unicode: true}, "")
		if r.Report == nil || !r.Report.Run.Interrupted {
			t.Errorf("%+v", r.Report)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		in, keyboard := io.Pipe()
		r, err := Plain(ctx, withRuns(&runs{}), Options{}, in, io.Discard)
		if err != nil || r.Report != nil || r.Err == nil {
			t.Errorf("%+v %v", r, err)
		}
		keyboard.Close()
	})
}

func TestPlainSaysNothingHostile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{report: func(int) report.Report { return reporttest.Samples()["hostile"] }}
		d := withRuns(r)
		d.Symptoms = append(d.Symptoms, Symptom{reporttest.Escape, reporttest.Escape})
		tellAll(t.Context(), t, d, Options{Problem: reporttest.Escape, Unicode: true}, "us-east-1"+reporttest.Escape+"\nus-east-1\n\n")
	})
}
