package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"

	"wsdoctor/internal/attention"
	"wsdoctor/internal/cli"
	"wsdoctor/internal/lab"
	"wsdoctor/internal/lab/alone"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
)

func TestMain(m *testing.M) {
	if lab.IsHost() {
		main() // the host of a lab that a test, or a demo in a script, started
	}
	if strings.HasSuffix(os.Args[0], ".test") {
		attention.Ignore() // these are the tests, and not the program in a script
	}
	alone.Enter()
	// The race detector waits a second at the end of every process; a test here
	// starts hundreds.
	os.Setenv(raceOptions, os.Getenv(raceOptions)+" atexit_sleep_ms=0")
	testscript.Main(m, map[string]func(){"wsdoctor": main})
}

const raceOptions = "GORACE"

// TestScripts drives the command line as a user does. Whatever could send
// packets runs in a network of its own in which there is nothing (offline,
// refused), or is a demo on loopback.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "C.UTF-8")
			e.Setenv(alone.Mark, os.Getenv(alone.Mark))
			e.Setenv("ESC", "\x1b")
			e.Setenv(raceOptions, os.Getenv(raceOptions))
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "empty-network" {
				return haveEmptyNetwork(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"offline": offline, "refused": refused, "schema": validate, "lines": lines, "plain": plain, "same": same, "fill": fill, "sample": sample, "paste": paste,
		},
	})
}

// haveEmptyNetwork says whether a process can be started in a network of its own.
func haveEmptyNetwork() bool { return runtime.GOOS == "linux" && os.Getenv(lab.Disable) != "1" }

// runAlone runs the program in an empty network, and gives its exit code. Where there
// is none to be had, only what sends nothing may be run.
func runAlone(ts *testscript.TestScript, args []string) (out, errs []byte, code int) {
	program, err := exec.LookPath("wsdoctor")
	ts.Check(err)
	cmd := exec.Command(program, args...)
	cmd.Dir = ts.Getenv("WORK")
	for _, name := range []string{"HOME", "LANG", "PATH", "HTTPS_PROXY", "GOCOVERDIR", raceOptions} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	if haveEmptyNetwork() {
		cmd.SysProcAttr = emptyNetwork()
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v; %s=1 does without network namespaces", err, lab.Disable)
	}
	return stdout.Bytes(), stderr.Bytes(), cmd.ProcessState.ExitCode()
}

// offline CODE ARGUMENT... runs the program in an empty network, wants that exit
// code and writes what it said to the files out and err.
func offline(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if !haveEmptyNetwork() && !slices.Contains(args, "--plan") && !slices.Contains(args, "rejudge") && !slices.Contains(args, "merge") {
		ts.Fatalf("this would send packets to the real network; begin the script with [!empty-network] skip")
	}
	out, errs, code := runAlone(ts, args[1:])
	ts.Check(os.WriteFile(ts.MkAbs("out"), out, 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("err"), errs, 0o644))
	if code != want || neg {
		ts.Fatalf("wsdoctor %s: exit code %d, want %d\n%.1000s\n%.1000s", strings.Join(args[1:], " "), code, want, out, errs)
	}
}

// secret is in everything the scripts type that must not be shown again.
const secret = "SECRET"

// refused PROBLEM HINT -- ARGUMENT... runs the program with bad input: it must
// end with exit code 2, print nothing to stdout, and say in plain characters on
// stderr what was wrong and how to go on. PROBLEM and HINT are patterns.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	split := slices.Index(args, "--")
	if split != 2 || neg {
		ts.Fatalf("usage: refused PROBLEM HINT -- ARGUMENT...")
	}
	args, patterns := args[3:], args[:2]
	out, errs, code := runAlone(ts, args)
	said, name := string(errs), "wsdoctor "+strings.Join(args, " ")
	if code != 2 {
		ts.Fatalf("%s: exit code %d, want 2\n%.1000s", name, code, errs)
	}
	if len(out) > 0 {
		ts.Fatalf("%s: wrote to stdout:\n%.300s", name, out)
	}
	if i := bytes.IndexFunc(errs, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }); i >= 0 || len(said) > 2000 {
		ts.Fatalf("%s: control character at byte %d of %d:\n%q", name, i, len(said), said)
	}
	if strings.Contains(strings.ToUpper(said), secret) {
		ts.Fatalf("%s: repeats a secret:\n%s", name, said)
	}
	for i, pattern := range []string{"wsdoctor: .*" + patterns[0], "  hint: .*" + patterns[1]} {
		if !regexp.MustCompile("(?m)^" + pattern).MatchString(said) {
			ts.Fatalf("%s: no line that begins with %q (pattern %d):\n%s", name, pattern, i+1, said)
		}
	}
}

// schema FILE wants a report, or a joined verdict, that fits the published schema.
func validate(ts *testscript.TestScript, neg bool, args []string) {
	err := fitsSchema([]byte(ts.ReadFile(args[0])))
	if neg != (err != nil) {
		ts.Fatalf("%s: %v", args[0], err)
	}
}

func fitsSchema(b []byte) error {
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	published := report.SchemaJSON
	switch v["schema"] {
	case merge.Schema:
		published = merge.SchemaJSON
	case cli.PathSchema:
		published = cli.PathSchemaJSON
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(published, &s); err != nil {
		return err
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return err
	}
	return resolved.Validate(v)
}

// lines FILE EVENT... wants one JSON object per line: the first and the last of
// the events named at the ends, and the others somewhere between. The report of
// the last line must fit the schema.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	var events []string
	var last json.RawMessage
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var l struct {
			Event  string          `json:"event"`
			Report json.RawMessage `json:"report"`
		}
		ts.Check(json.Unmarshal([]byte(line), &l))
		events, last = append(events, l.Event), l.Report
	}
	want := args[1:]
	if len(events) == 0 || events[0] != want[0] || events[len(events)-1] != want[len(want)-1] || neg {
		ts.Fatalf("events %q", events)
	}
	for _, e := range want {
		if !slices.Contains(events, e) {
			ts.Fatalf("no event %q in %q", e, events)
		}
	}
	ts.Check(fitsSchema(last))
}

// plain FILE wants text without control characters.
func plain(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 })
	if neg != (i >= 0) || text == "" {
		ts.Fatalf("%s: control character at byte %d of %d", args[0], i, len(text))
	}
}

// same A B wants two reports with the same judgement.
func same(ts *testscript.TestScript, neg bool, args []string) {
	read := func(name string) (v struct{ Verdict, Layers, Findings, Observations, Gaps any }) {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(name)), &v))
		return v
	}
	if diff := cmp.Diff(read(args[0]), read(args[1])); neg != (diff != "") {
		ts.Fatalf("(-%s +%s):\n%s", args[0], args[1], diff)
	}
}

// fill FILE BYTES TEXT writes the text again and again, up to that size.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	text, err := strconv.Unquote(`"` + args[2] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat(text, size/len(text)+1)[:size]), 0o644))
}
