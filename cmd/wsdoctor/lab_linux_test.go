package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"wsdoctor/internal/lab"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// What users are promised, as far as a busy machine can show it: that a run
// outlives its limit by half a second at most is proved on simulated time in
// internal/run; here slack is only shorter than what a run does without a limit.
const (
	slack          = 1500 * time.Millisecond
	defaultLimit   = 10 * time.Second
	memoryLimit    = 40 << 20 // bytes of resident memory, however hostile the peers
	whileAllDrops  = "firewall-drops-all"
	interruptAfter = time.Second // well within the five seconds and more that scenario takes
)

// TestInTheLab runs the program as it is shipped in the simulated network.
func TestInTheLab(t *testing.T) {
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	program := build(t)
	// Each of these is over before the next begins: they measure times.
	t.Run("interrupt", func(t *testing.T) { interrupts(t, program) })
	t.Run("demo", func(t *testing.T) { demoInterrupts(t, program) })
	t.Run("deadline", func(t *testing.T) { deadline(t, program) })
	t.Run("plan", func(t *testing.T) { planSendsNothing(t, program) })
	t.Run("hostile", func(t *testing.T) { hostilePeers(t, program) })
}

// build builds the program, where the lab's unprivileged user can run it.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "wsdoctor")
	cmd := exec.Command("go", "build", "-o", program, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return program
}

// inLab runs a command in a scenario and gives what it wrote to stdout.
func inLab(t *testing.T, scenario string, command ...string) (lab.Result, []byte) {
	r, out, _ := inLabWithErrors(t, scenario, command...)
	return r, out
}

func inLabWithErrors(t *testing.T, scenario string, command ...string) (r lab.Result, stdout, stderr []byte) {
	t.Helper()
	s, known := lab.Find(scenario)
	if !known {
		t.Fatalf("no scenario %q", scenario)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	r, err := lab.Run(ctx, lab.Options{Scenario: s, Command: append(command, s.Args...), Stdout: &out, Stderr: &errs})
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return r, out.Bytes(), errs.Bytes()
}

// watched runs a command and writes the peak of its memory to stderr every 10 ms.
// The kernel's own account (ru_maxrss) begins with what the process that started
// it held, which here is a test.
var watched = []string{"sh", "-c", `"$@" & p=$!
while kill -0 $p 2>/dev/null; do sed -n 's/VmHWM:/peak/p' /proc/$p/status >&2; sleep 0.01; done
wait $p`, "watched"}

// peak reads the memory that a watched command used, in bytes.
func peak(t *testing.T, stderr []byte) (most int) {
	t.Helper()
	for line := range strings.Lines(string(stderr)) {
		var kb int
		if _, err := fmt.Sscanf(line, "peak %d kB", &kb); err == nil {
			most = max(most, kb<<10)
		}
	}
	if most == 0 {
		t.Errorf("no memory was measured: %.300s", stderr)
	}
	return most
}

// parse wants a report that fits the schema.
func parse(t *testing.T, b []byte) report.Report {
	t.Helper()
	if err := fitsSchema(b); err != nil {
		t.Fatalf("%v in\n%.2000s", err, b)
	}
	r, err := report.Parse(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// partial wants the report of an interrupted run: what was not done is in it.
func partial(t *testing.T, r report.Report) {
	t.Helper()
	if !r.Run.Interrupted {
		t.Error("run.interrupted is false")
	}
	for _, o := range r.Observations {
		if o.Outcome == probe.NotRun {
			return
		}
	}
	t.Errorf("none of %d observations is not-run", len(r.Observations))
}

// timeout(1) sends the signal to the program and then to the whole process group,
// so the program gets it twice.
func interrupts(t *testing.T, program string) {
	for _, signal := range []string{"INT", "TERM"} {
		for _, format := range []string{"json", "ndjson"} {
			t.Run(signal+" "+format, func(t *testing.T) {
				t.Parallel()
				r, out := inLab(t, whileAllDrops, "timeout", "--preserve-status", "--signal="+signal, interruptAfter.String(),
					program, "check", "--region", "us-east-1", "-o", format)
				if r.ExitCode != 130 {
					t.Errorf("exit code %d, want 130", r.ExitCode)
				}
				if r.Wall < interruptAfter || r.Wall > interruptAfter+slack {
					t.Errorf("ended after %s", r.Wall)
				}
				if format == "ndjson" {
					out = lastReport(t, out)
				}
				partial(t, parse(t, out))
			})
		}
	}
}

// lastReport is the report of the last line of an ndjson stream.
func lastReport(t *testing.T, out []byte) []byte {
	t.Helper()
	list := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var last struct {
		Event  string
		Report json.RawMessage
	}
	if err := json.Unmarshal(list[len(list)-1], &last); err != nil || last.Event != "done" {
		t.Fatalf("the last of %d lines is %q: %v", len(list), last.Event, err)
	}
	return last.Report
}

// A demo is interrupted through two processes more: Ctrl-C reaches all of them
// from the terminal, a signal of another program only the first.
func demoInterrupts(t *testing.T, program string) {
	for name, send := range map[string]func(pid int) error{
		"Ctrl-C":  func(pid int) error { return syscall.Kill(-pid, syscall.SIGINT) },
		"SIGINT":  func(pid int) error { return syscall.Kill(pid, syscall.SIGINT) },
		"SIGTERM": func(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			cmd := exec.Command(program, "demo", whileAllDrops, "-o", "json")
			cmd.Stdout, cmd.Stderr = &out, &errs
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * interruptAfter) // the lab is built first
			sent := time.Now()
			if err := send(cmd.Process.Pid); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			if took := time.Since(sent); took > slack {
				t.Errorf("ended %s after the signal", took)
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 130 {
				t.Errorf("%v, want exit code 130\n%s", err, errs.String())
			}
			partial(t, parse(t, out.Bytes()))
		})
	}
}

func deadline(t *testing.T, program string) {
	r, out := inLab(t, whileAllDrops, program, "check", "--region", "us-east-1", "-o", "json", "--timeout", "1s")
	if r.Wall > time.Second+slack {
		t.Errorf("took %s", r.Wall)
	}
	if rep := parse(t, out); rep.Run.Interrupted || r.ExitCode != 3 {
		t.Errorf("interrupted %v, exit code %d: reaching the time limit is no interrupt", rep.Run.Interrupted, r.ExitCode)
	}
	if r.TxPackets == 0 {
		t.Error("no packet was counted: the other half of this test could not fail")
	}
}

// planSendsNothing counts packets at the computer's interface. The kernel may send
// one of its own, such as a router solicitation, at any time, so one silent run of
// three is enough: a plan that sent something would send it every time.
func planSendsNothing(t *testing.T, program string) {
	var sent []uint64
	for range 3 {
		r, out := inLab(t, "healthy", program, "check", "--region", "us-east-1", "--plan")
		if r.ExitCode != 0 || !bytes.Contains(out, []byte("Nothing has been sent.")) {
			t.Fatalf("exit code %d:\n%.300s", r.ExitCode, out)
		}
		if r.TxPackets == 0 {
			return
		}
		sent = append(sent, r.TxPackets)
	}
	t.Errorf("packets were sent in every run: %d", sent)
}

// hostile are scenarios whose servers want to hang, flood or deface the program.
var hostile = []string{
	"broker-endless", "broker-big-chain", "broker-garbage", "broker-hang", "dns-escapes", "dns-garbage",
	"inspection-escapes", "proxy-noise", "proxy-escape", "healthy-udp-garbage",
}

func hostilePeers(t *testing.T, program string) {
	for _, name := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(args ...string) (lab.Result, []byte) {
				command := append(slices.Clone(watched), program, "check", "--region", "us-east-1")
				r, out, errs := inLabWithErrors(t, name, append(command, args...)...)
				if r.Wall > defaultLimit+slack {
					t.Errorf("took %s", r.Wall)
				}
				memory := peak(t, errs)
				if memory > memoryLimit {
					t.Errorf("%d KB of memory", memory>>10)
				}
				t.Logf("%s, %d KB", r.Wall.Round(time.Millisecond), memory>>10)
				return r, out
			}
			r, stored := run("-o", "json")
			first := parse(t, stored)

			_, page := run("-v")
			if i := bytes.IndexFunc(page, control); i >= 0 {
				t.Errorf("control character at byte %d of the text: %q", i, page[max(0, i-40):min(len(page), i+40)])
			}
			if len(page) == 0 || !strings.Contains(string(page), "Layer by layer") {
				t.Errorf("no page: %.300s", page)
			}

			// What a hostile peer had written down is judged again to the same end.
			cmd := exec.Command(program, "rejudge", "-", "-o", "json")
			cmd.Stdin = bytes.NewReader(stored)
			again, err := cmd.Output()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			second := parse(t, again)
			if cmd.ProcessState.ExitCode() != r.ExitCode || second.Verdict.Code != first.Verdict.Code || second.Verdict.Status != first.Verdict.Status {
				t.Errorf("judged again: exit code %d, %s %s; first %d, %s %s", cmd.ProcessState.ExitCode(), second.Verdict.Status, second.Verdict.Code,
					r.ExitCode, first.Verdict.Status, first.Verdict.Code)
			}
		})
	}
}

func control(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }
