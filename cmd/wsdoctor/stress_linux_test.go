package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab"
	"wsdoctor/internal/report/reporttest"
)

// These run in the empty network that TestMain entered: nothing that the program
// sends gets anywhere.

// started starts the program with its output in buffers.
func started(t *testing.T, program string, args ...string) (cmd *exec.Cmd, out, errs *bytes.Buffer) {
	t.Helper()
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	cmd = exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out, errs
}

// earlyTries are made for each moment: for the first milliseconds of a process its
// signals are the kernel's, and on a busy machine those are many.
const earlyTries = 8

// Whenever the program is interrupted it ends with 130 and a report, from its
// first moments on.
func TestAnEarlyInterruptIsReported(t *testing.T) {
	if os.Getenv(lab.Disable) == "1" {
		t.Skip(lab.Disable + "=1 is set")
	}
	program := build(t)
	for name, args := range map[string][]string{
		"check": {"check", "--region", "us-east-1", "-o", "json"},
		"demo":  {"demo", whileAllDrops, "-o", "json"},
	} {
		for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			for _, after := range []time.Duration{10, 20, 30, 80, 160, 320} {
				after *= time.Millisecond
				t.Run(fmt.Sprintf("%s %v %v", name, s, after), func(t *testing.T) {
					for range earlyTries {
						cmd, out, errs := started(t, program, args...)
						time.Sleep(after)
						_ = cmd.Process.Signal(s)
						var exit *exec.ExitError
						if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
							t.Fatal(err)
						}
						if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
							continue // it was not there yet
						}
						if code := cmd.ProcessState.ExitCode(); code != 130 {
							t.Fatalf("exit code %d\n%s", code, errs)
						}
						if r := parse(t, out.Bytes()); !r.Run.Interrupted {
							t.Error("run.interrupted is false")
						}
						return
					}
					t.Errorf("%d times it was not there after %v", earlyTries, after)
				})
			}
		}
	}
}

// storedSample stores a report to be judged again: a run without a network.
func storedSample(t *testing.T, dir string) string {
	t.Helper()
	b, err := reporttest.Samples()["hostile"].JSON()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "stored.json")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// A disk of 64 KB holds the old file and no second one.
func TestAFullDiskCostsNoOldReport(t *testing.T) {
	program, stored := build(t), storedSample(t, t.TempDir())
	for _, args := range [][]string{{"-o", "json", "--output-file"}, {"-q", "--metrics-file"}} {
		onFullDisk(t, program, append([]string{"rejudge", stored}, args...)...)
	}
}

// onFullDisk runs the program with the name of a file as its last argument, on a disk
// that holds that file and has no room left.
func onFullDisk(t *testing.T, program string, args ...string) {
	t.Helper()
	const script = `mount -t tmpfs -o size=64k none /mnt && echo old > /mnt/report
cat /dev/zero > /mnt/filler 2>/dev/null
"$0" "$@" /mnt/report; echo "exit code $?"; cat /mnt/report; ls -A /mnt`
	cmd := exec.Command("sh", append([]string{"-c", script, program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	if !strings.HasSuffix(text, "exit code 4\nold\nfiller\nreport\n") || !strings.Contains(text, "no space left on device") || !strings.Contains(text, "still there") {
		t.Errorf("%q said:\n%s", args, text)
	}
}

// Killed at any moment, there is the old report or the new one.
func TestAKilledProgramLeavesAWholeReport(t *testing.T) {
	program, dir := build(t), t.TempDir()
	stored, name := storedSample(t, dir), filepath.Join(dir, "report.json")
	const old = `"old"`
	kept, renewed := 0, 0
	for i := 0; i < 40 && (kept == 0 || renewed == 0 || i < 12); i++ {
		if err := os.WriteFile(name, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd, _, _ := started(t, program, "rejudge", stored, "-o", "json", "--output-file", name)
		time.Sleep(time.Duration(i) * 3 * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(b) == old {
			kept++
			continue
		}
		renewed++
		parse(t, b)
	}
	if kept == 0 || renewed == 0 {
		t.Errorf("%d times the old report, %d times the new one: one of the halves was not tried", kept, renewed)
	}
}

func TestPipesDoNotHang(t *testing.T) {
	program, dir := build(t), t.TempDir()
	fifo := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	const soon = 6 * time.Second
	stored := storedSample(t, dir)
	for name, args := range map[string][]string{
		"rules of nobody":   {"check", "--region", "tokyo", "--plan", "--allowed-cidr", "@" + fifo},
		"report of nobody":  {"rejudge", fifo},
		"report for nobody": {"rejudge", stored, "--output-file", fifo},
	} {
		began := time.Now()
		_, errs, code := said(t, program, args...)
		if code != 2 || time.Since(began) > soon || !strings.Contains(errs, "  hint: ") {
			t.Errorf("%s: exit code %d after %v\n%s", name, code, time.Since(began), errs)
		}
	}

	// Somebody holds the other end and does nothing.
	end, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	if _, err := unix.FcntlInt(end.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil { // less than a report
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"check", "--region", "tokyo", "--plan", "--allowed-cidr", "@" + fifo},
		{"rejudge", stored, "-o", "json", "--output-file", fifo},
	} {
		cmd, _, errs := started(t, program, args...)
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			t.Fatalf("%q did not wait for the other end: %v\n%s", args, err, errs)
		case <-time.After(time.Second):
		}
		sent := time.Now()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if took := time.Since(sent); took > soon {
			t.Errorf("%q: ended %v after SIGTERM", args, took)
		}
	}

	// Somebody reads.
	end.Close()
	cmd, _, errs := started(t, program, "rejudge", stored, "-o", "json", "--output-file", fifo)
	b, err := os.ReadFile(fifo)
	_ = cmd.Wait()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs)
	}
	parse(t, b)
}
