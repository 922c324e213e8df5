package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/run"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/probe/socket"
	"wsdoctor/ui/tui"
)

func getenv(list ...string) func(string) string {
	return func(name string) string {
		for _, e := range list {
			if k, v, _ := strings.Cut(e, "="); k == name {
				return v
			}
		}
		return ""
	}
}

func TestPicturesAreDrawnWhereTheFontHasThem(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want bool
	}{
		{[]string{"TERM=xterm-256color", "LANG=en_US.UTF-8"}, true},
		{[]string{"TERM=xterm-256color", "LC_ALL=C", "LANG=en_US.UTF-8"}, runtime.GOOS == "windows"},
		{[]string{"TERM=linux", "LANG=en_US.UTF-8"}, false},
		{[]string{"TERM=dumb", "LANG=en_US.UTF-8"}, false},
		{[]string{"WT_SESSION=1"}, runtime.GOOS == "windows"}, // elsewhere it says nothing of a terminal
		{nil, false},
	} {
		if got := drawsUnicode(getenv(c.env...)); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

func TestATerminalWithoutANameIsDumb(t *testing.T) {
	for term, want := range map[string]bool{"xterm-256color": false, "linux": false, "dumb": true, "": runtime.GOOS != "windows"} {
		if got := dumb(getenv("TERM=" + term)); got != want {
			t.Errorf("%q: %v", term, got)
		}
	}
}

// What is for the inside of a WorkSpace only is not silently left out elsewhere.
func TestTheInterfaceTakesTheFlagsOfTheInside(t *testing.T) {
	env := Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Getenv: getenv("TERM=xterm")}
	base := insideFlags{flags: flags{protocol: "both", timeout: defaultTimeout, output: output{of: aReport, format: "text"}}}
	forced := base
	forced.force, forced.management = true, []string{"172.30.0.0/16"}
	if o, _, err := interfaceOf(t.Context(), env, forced, looks{}); err != nil || o.Vantage != "workspace" || !o.Known {
		t.Errorf("--force: %+v, %v", o, err)
	}
	bad := forced
	bad.management = []string{"172.30.0.0"}
	outside := base
	outside.management = []string{"172.30.0.0/16"}
	for want, f := range map[string]insideFlags{"--management-cidr 172.30.0.0/16": bad, "wsdoctor --force --management-cidr 172.30.0.0/16, if": outside} {
		_, _, err := interfaceOf(t.Context(), env, f, looks{})
		var usage *usageError
		if !errors.As(err, &usage) || !strings.HasPrefix(words.English().Tell(usage.hint), want) {
			t.Errorf("%v: %v, hint %+v", f.management, err, usage)
		}
	}
}

func TestOnlyAPersonGetsTheInterface(t *testing.T) {
	notTerminal := Env{Stdin: strings.NewReader(""), Stdout: &strings.Builder{}, Getenv: getenv()}
	if interactive(notTerminal, output{format: "text"}) {
		t.Error("without a terminal")
	}
}

// What asks for something printed, or for lines only, is no place for the interface.
func TestNothingIsBrowsedWherePrintedOrRead(t *testing.T) {
	env := Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Getenv: getenv("TERM=xterm")}
	err := browsable(env, output{format: "text"}, words.Raw("wsdoctor rejudge -v report.json"))
	var usage *usageError
	if !errors.As(err, &usage) || words.English().Tell(usage.hint) != "wsdoctor rejudge -v report.json" {
		t.Errorf("%v", err)
	}
	for name, o := range map[string]output{
		"format": {format: "json"}, "file": {format: "text", file: "x"}, "metrics": {format: "text", metricsFile: "x"},
		"quiet": {format: "text", quiet: true}, "verbose": {format: "text", verbose: true},
	} {
		if o.printsNothing() {
			t.Errorf("%s asks for nothing printed", name)
		}
	}
	if !(output{format: "text", redact: true, noColor: true}).printsNothing() {
		t.Error("redacted and colourless, the interface can be shown")
	}
}

func TestWatchIsBounded(t *testing.T) {
	for seconds, good := range map[int]bool{0: true, 4: false, 5: true, 3600: true, 3601: false, -1: false} {
		err := (&looks{watch: seconds}).check()
		var usage *usageError
		if (err == nil) != good || err != nil && !errors.As(err, &usage) {
			t.Errorf("%d: %v", seconds, err)
		}
	}
}

func TestSavedFilesAreNewAndPrivate(t *testing.T) {
	t.Chdir(t.TempDir())
	r := reporttest.Samples()["healthy"]
	for i := range 3 {
		paths, err := saveReport(r)
		if err != nil || len(paths) != 3 {
			t.Fatalf("%q %v", paths, err)
		}
		if i > 0 {
			continue
		}
		for _, path := range []string{paths[0], paths[2]} { // the page holds the report too
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			back, err := report.Parse(f)
			f.Close()
			if err != nil || back.Verdict.Summary != r.Verdict.Summary {
				t.Errorf("%s: %v: %+v", path, err, back.Verdict)
			}
		}
	}
	if path, err := keepTicket(r.Redacted(), "ticket"); err != nil || !strings.HasSuffix(path, "-redacted-ticket.txt") {
		t.Errorf("%s %v", path, err)
	}
	all, _ := filepath.Glob("wsdoctor-*")
	if len(all) != 10 {
		t.Errorf("%q", all)
	}
	for _, name := range all {
		if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}

func TestViewerPassesARunOn(t *testing.T) {
	var got []tui.Event
	v := &viewer{words: words.English(), tell: func(e tui.Event) { got = append(got, e) }}
	v.start(report.Tool{}, report.Run{Vantage: "desk"}, report.Target{Region: "us-east-1", Protocol: "dcv"})
	v.expect(7)
	step := plan.Step{ID: "a", Why: words.Raw("Why.")}
	o := probe.Observation{ID: "o1"}
	for _, e := range []run.Event{{Kind: run.StepStarted, Step: step}, {Kind: run.Observed, Step: step, Observation: o}, {Kind: run.StepDone, Step: step}} {
		v.event(e)
	}
	if len(got) != 4 || got[0].Total != 7 || got[0].Region != "us-east-1" || got[0].Vantage != "desk" || got[1].Why != "Why." || got[2].Observation.ID != "o1" || got[3].Kind != tui.Done {
		t.Errorf("%+v", got)
	}
	if _, err := v.ended(errors.New("broken")); err == nil {
		t.Error("a run without a report has no error")
	}
	if err := v.done(report.Report{Verdict: report.Verdict{Code: "x"}}); err != nil {
		t.Fatal(err)
	}
	if r, err := v.ended(exitError(16)); err != nil || r.Verdict.Code != "x" {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := v.ended(errors.New("broken")); err == nil {
		t.Error("an error behind the report is lost")
	}
}

func TestLeavingTellsTheVerdict(t *testing.T) {
	firewall := reporttest.Hops()
	partial := reporttest.Samples()["interrupted"]
	hint, defect := badInput(words.Raw("hint"), words.Raw("problem")), errors.New("the catalog cannot be read")
	for name, c := range map[string]struct {
		result tui.Result
		want   error
		said   string
	}{
		"fault":       {tui.Result{Report: &firewall}, exitError(16), "Your network blocks the desktop (PCoIP)."},
		"interrupted": {tui.Result{Report: &partial}, exitError(layer.ExitInterrupted), "The run was stopped early."},
		"nothing":     {tui.Result{}, exitError(layer.ExitInterrupted), ""},
		"bad input":   {tui.Result{Err: hint}, hint, ""},
		"defect":      {tui.Result{Err: defect}, defect, ""},
		"left":        {tui.Result{Err: errors.Join(tui.ErrLeft, io.EOF)}, exitError(layer.ExitInterrupted), ""},
		"stopped":     {tui.Result{Err: fmt.Errorf("gather: %w", context.Canceled)}, exitError(layer.ExitInterrupted), ""},
	} {
		var out strings.Builder
		err := leave(Env{Stdout: &out, Getenv: getenv()}, output{format: "text"}, c.result, false)
		if !errors.Is(err, c.want) || !strings.Contains(out.String(), c.said) || (c.said == "") != (out.Len() == 0) || strings.Contains(out.String(), "Layer by layer") {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
}

// A measurement that was given up says of nobody that there was no answer.
func TestRegionsThatWereNotWaitedForAreNotCalledDead(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // before anything is sent
	pingRegions(ctx, c, socket.New(socket.Options{}), func(p tui.Ping) { t.Errorf("%+v", p) })
}
