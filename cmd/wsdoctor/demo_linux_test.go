package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wsdoctor/internal/lab"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
)

// said runs the program and gives what it wrote, and its exit code.
func said(t *testing.T, program string, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// A report of the simulated network says so in every format, at the desk and
// inside, and cannot be joined with one of a real network.
func TestADemoIsMarked(t *testing.T) {
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	program := build(t)
	const atDesk, within = "firewall-rejects-pcoip", "inside-healthy-pcoip"
	dir := t.TempDir()
	files := map[string]string{}
	for _, scenario := range []string{atDesk, within} {
		out, errs, _ := said(t, program, "demo", scenario, "-o", "json")
		if r := parse(t, []byte(out)); r.Run.Demo != scenario {
			t.Errorf("%s: run.demo is %q\n%s", scenario, r.Run.Demo, errs)
		}
		files[scenario] = filepath.Join(dir, scenario+".json")
		if err := os.WriteFile(files[scenario], []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, _, _ := said(t, program, "demo", atDesk)
	if want := "This is a demo in a simulated network (" + atDesk + ")."; !strings.Contains(out, want) {
		t.Errorf("the text does not say %q:\n%s", want, out)
	}
	out, _, _ = said(t, program, "demo", atDesk, "-o", "ndjson")
	if first, _, _ := strings.Cut(out, "\n"); !strings.Contains(first, `"demo":"`+atDesk+`"`) {
		t.Errorf("the first line of ndjson does not name the demo: %s", first)
	}
	if r := parse(t, lastReport(t, []byte(out))); r.Run.Demo != atDesk {
		t.Errorf("ndjson's report: run.demo is %q", r.Run.Demo)
	}

	real := map[string]string{}
	for _, name := range []string{"healthy", "inside-healthy"} {
		b, err := reporttest.Samples()[name].JSON()
		if err != nil {
			t.Fatal(err)
		}
		if r, err := report.Parse(bytes.NewReader(b)); err != nil || r.Run.Demo != "" {
			t.Fatalf("sample %s: demo %q, %v", name, r.Run.Demo, err)
		}
		real[name] = filepath.Join(dir, "real-"+name+".json")
		if err := os.WriteFile(real[name], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, pair := range [][2]string{{files[atDesk], real["inside-healthy"]}, {real["healthy"], files[within]}} {
		_, errs, code := said(t, program, "merge", pair[0], pair[1])
		if code != 2 || !strings.Contains(errs, "simulated network") || !strings.Contains(errs, "hint: ") {
			t.Errorf("merge %s %s: exit code %d\n%s", pair[0], pair[1], code, errs)
		}
	}
	if _, errs, code := said(t, program, "merge", files[atDesk], files[within]); code == 2 {
		t.Errorf("two demos are not joined:\n%s", errs)
	}
}
