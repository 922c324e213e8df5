package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/lab"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
)

// TestInsideAWorkspace runs the program as it is shipped in the simulated
// WorkSpace.
func TestInsideAWorkspace(t *testing.T) {
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	program := build(t)
	t.Run("finds out by itself", func(t *testing.T) { findsOut(t, program) })
	t.Run("check offers inside", func(t *testing.T) { checkOffersInside(t, program) })
	t.Run("deadline", func(t *testing.T) { insideDeadline(t, program) })
	t.Run("interrupt", func(t *testing.T) { insideInterrupt(t, program) })
	t.Run("plan", func(t *testing.T) { insidePlan(t, program) })
	t.Run("merge", func(t *testing.T) { mergesRealRuns(t, program) })
}

// Without a flag: the Region, the domain, the name servers and eth0 are found.
func findsOut(t *testing.T, program string) {
	r, out := inLab(t, "inside-healthy-root", program, "inside", "-o", "json")
	rep := parse(t, out)
	if r.ExitCode != 0 || rep.Run.Vantage != "workspace" || rep.Target.Region != "us-east-1" || rep.Target.Domain != "corp.example.com" {
		t.Errorf("exit code %d, %s, %+v", r.ExitCode, rep.Run.Vantage, rep.Target)
	}
	if rep.Verdict.Protocols.PCoIP != finding.ProtocolOK {
		t.Errorf("PCoIP is %s where the firewall may be read: %s", rep.Verdict.Protocols.PCoIP, rep.Verdict.Summary)
	}
	judgedAgain(t, program, out, r.ExitCode)
}

// judgedAgain wants the same verdict from a stored report.
func judgedAgain(t *testing.T, program string, stored []byte, code int) {
	t.Helper()
	cmd := exec.Command(program, "rejudge", "-", "-o", "json")
	cmd.Stdin = bytes.NewReader(stored)
	again, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	first, second := parse(t, stored), parse(t, again)
	if cmd.ProcessState.ExitCode() != code || first.Verdict.Code != second.Verdict.Code || first.Verdict.Summary != second.Verdict.Summary {
		t.Errorf("judged again: exit code %d, %s; first %d, %s", cmd.ProcessState.ExitCode(), second.Verdict.Code, code, first.Verdict.Code)
	}
}

func checkOffersInside(t *testing.T, program string) {
	_, out, errs := inLabWithErrors(t, "inside-healthy-pcoip", program, "check", "--region", "us-east-1", "--timeout", "2s")
	if !strings.Contains(string(errs), "wsdoctor inside") {
		t.Errorf("stderr: %.300s\nstdout: %.300s", errs, out)
	}
	_, _, errs = inLabWithErrors(t, "healthy", program, "check", "--region", "us-east-1")
	if strings.Contains(string(errs), "wsdoctor inside") {
		t.Errorf("at a desk: %.300s", errs)
	}
}

func insideDeadline(t *testing.T, program string) {
	r, out := inLab(t, "inside-dns-both-dead", program, "inside", "-o", "json", "--timeout", "1s")
	if r.Wall > time.Second+slack {
		t.Errorf("took %s", r.Wall)
	}
	if rep := parse(t, out); rep.Run.Interrupted || rep.Verdict.Status == finding.StatusOK {
		t.Errorf("interrupted %v, %s: what was not asked is not ok", rep.Run.Interrupted, rep.Verdict.Status)
	}
}

func insideInterrupt(t *testing.T, program string) {
	r, out := inLab(t, "inside-dns-both-dead", "timeout", "--preserve-status", "--signal=INT", interruptAfter.String(), program, "inside", "-o", "json")
	if r.ExitCode != 130 || r.Wall > interruptAfter+slack {
		t.Errorf("exit code %d after %s", r.ExitCode, r.Wall)
	}
	partial(t, parse(t, out))
}

func insidePlan(t *testing.T, program string) {
	var sent []uint64
	for range 3 {
		r, out := inLab(t, "inside-healthy-pcoip", program, "inside", "--plan")
		for _, want := range []string{"Nothing has been sent.", "169.254.169.254", "_ldap._tcp.dc._msdcs.corp.example.com:88/tcp", "ws-broker-service.us-east-1.amazonaws.com:443/tcp"} {
			if r.ExitCode != 0 || !strings.Contains(string(out), want) {
				t.Fatalf("exit code %d, no %q in:\n%.800s", r.ExitCode, want, out)
			}
		}
		if r.TxPackets == 0 {
			return
		}
		sent = append(sent, r.TxPackets)
	}
	t.Errorf("packets were sent in every run: %d", sent)
}

// mergesRealRuns joins the reports of real runs at both ends.
func mergesRealRuns(t *testing.T, program string) {
	dir := t.TempDir()
	kept := func(name, scenario string, command ...string) string {
		_, out := inLab(t, scenario, append([]string{program}, command...)...)
		parse(t, out)
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, out, 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	loading := kept("loading.json", "healthy", "check", "--region", "us-east-1", "-o", "json", "--symptom", "loading-then-login")
	office := kept("office.json", "firewall-drops-all", "check", "--region", "us-east-1", "-o", "json")
	healthy := kept("inside.json", "inside-healthy-root", "inside", "-o", "json")
	blocked := kept("blocked.json", "inside-fw-pcoip", "inside", "-o", "json")
	for _, c := range []struct {
		name, desk, inside string
		status             finding.Status
		layer              layer.ID
		sure               finding.Confidence
	}{
		{"what the client shows is explained inside", loading, blocked, finding.StatusFault, layer.WorkspaceFirewall, finding.Proven},
		{"inside nothing explains it", loading, healthy, finding.StatusInconclusive, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := merged(t, program, c.desk, c.inside)
			got := layer.ID("")
			if m.Verdict.Layer != nil {
				got = *m.Verdict.Layer
			}
			if m.Verdict.Status != c.status || got != c.layer || m.Verdict.Confidence != c.sure {
				t.Errorf("%s %q %q: %s", m.Verdict.Status, got, m.Verdict.Confidence, m.Verdict.Summary)
			}
		})
	}
	// A desk that reaches nothing keeps its own verdict beside a healthy inside.
	var desk struct{ Verdict report.Verdict }
	b, err := os.ReadFile(office)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &desk); err != nil {
		t.Fatal(err)
	}
	if m := merged(t, program, office, healthy); m.Verdict.Code != desk.Verdict.Code {
		t.Errorf("the desk's %s became %s", desk.Verdict.Code, m.Verdict.Code)
	}
}

func merged(t *testing.T, program, desk, inside string) merge.Result {
	t.Helper()
	out, err := exec.Command(program, "merge", desk, inside, "-o", "json").Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var m merge.Result
	if err := json.Unmarshal(out, &m); err != nil || m.Schema != merge.Schema || len(m.Legs) != 4 {
		t.Fatalf("%v: %d legs in %.500s\n%s", err, len(m.Legs), out, errsOf(exit))
	}
	return m
}

func errsOf(e *exec.ExitError) string {
	if e == nil {
		return ""
	}
	return string(e.Stderr)
}
