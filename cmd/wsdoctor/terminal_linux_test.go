package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onTerminal runs the program with a terminal as its standard streams: one that
// shows everything and answers no question.
func onTerminal(t *testing.T, env []string, args ...string) (shown string, code int, took time.Duration) {
	t.Helper()
	ours, theirs := terminalPair(t)
	program, err := exec.LookPath("wsdoctor")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.Env = append([]string{"LANG=C.UTF-8", "TERM=xterm-256color", raceOptions + "=" + os.Getenv(raceOptions)}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	var all bytes.Buffer
	all.ReadFrom(ours) // ends with EIO when the program is gone
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return all.String(), cmd.ProcessState.ExitCode(), time.Since(began)
}

// terminalPair opens a pseudo-terminal of 80 columns.
func terminalPair(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	fd := int(ours.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// A question such as "what is your background colour" costs seconds where nobody
// answers, and what is typed meanwhile.
func TestErrorsAskTheTerminalNothing(t *testing.T) {
	for _, args := range []string{"explain xyzzy", "check --zzz", "chek", "rejudge /dev/null", "demo --loopback proxy-auth -q"} {
		shown, code, took := onTerminal(t, nil, strings.Fields(args)...)
		if code == 0 || took > 3*time.Second || strings.Contains(shown, "\x1b]") || strings.Contains(shown, "\x1b[c") {
			t.Errorf("%s: exit code %d after %s: %q", args, code, took, shown)
		}
	}
}

func TestColoursOnlyWhereTheyAreWanted(t *testing.T) {
	demo := []string{"demo", "--loopback", "healthy"}
	for name, c := range map[string]struct {
		env, args []string
		coloured  bool
	}{
		"terminal":      {nil, nil, true},
		"NO_COLOR":      {[]string{"NO_COLOR=1"}, nil, false},
		"dumb terminal": {[]string{"TERM=dumb"}, nil, false},
		"--no-color":    {nil, []string{"--no-color"}, false},
	} {
		shown, code, _ := onTerminal(t, c.env, append(demo, c.args...)...)
		if got := strings.Contains(shown, "\x1b[3"); got != c.coloured || code != 0 || !strings.Contains(shown, "Everything that can be measured") {
			t.Errorf("%s: exit code %d, coloured %v: %q", name, code, got, shown)
		}
	}
}

// Where a terminal knows nothing but lines, or somebody wants no more, whatever is
// run sends it nothing else: no colour, no cursor, no question.
func TestBareTerminalsGetLinesOnly(t *testing.T) {
	const faulty = "demo --loopback proxy-noise" // shows progress
	if drawn, code, _ := onTerminal(t, nil, strings.Fields(faulty)...); code != 14 || !strings.Contains(drawn, "\x1b[K") {
		t.Errorf("where it may, nothing is drawn over: exit code %d: %q", code, drawn)
	}
	for line, want := range map[string]int{
		faulty: 14, "demo --loopback --tui proxy-auth": 14, "demo --loopback proxy-auth -v": 14, "demo --list": 0,
		"--help": 0, "check --help": 0, "help exit-codes": 0, "--version": 0, "version": 0, "completion bash": 0,
		"explain": 0, "explain dns": 0, "regions --list": 0, "symptoms": 0,
		"check --region tokio": 2, "chek": 2, "rejudge /dev/null": 2,
	} {
		for name, c := range map[string]struct{ env, args []string }{
			"TERM=dumb":    {[]string{"TERM=dumb"}, nil},
			"--plain":      {nil, []string{"--plain"}},
			"ACCESSIBLE=1": {[]string{"ACCESSIBLE=1"}, nil},
		} {
			bare, code, _ := onTerminal(t, c.env, append(strings.Fields(line), c.args...)...)
			if strings.ContainsAny(strings.ReplaceAll(bare, "\r\n", "\n"), "\x1b\r\b") {
				t.Errorf("%s %s: more than lines: %q", name, line, bare)
			}
			if code != want || bare == "" {
				t.Errorf("%s %s: exit code %d, want %d: %q", name, line, code, want, bare)
			}
		}
	}
}

// The demo's own process shows no progress: the one in the simulation does.
func TestADemoShowsOneProgressLine(t *testing.T) {
	if !haveEmptyNetwork() {
		t.Skip("it needs the lab")
	}
	shown, code, _ := onTerminal(t, nil, "demo", "broker-hang")
	if code != 3 || !strings.Contains(shown, "Checking ") || strings.Contains(shown, "Checking 0/0") {
		t.Errorf("exit code %d: %q", code, shown)
	}
	page := shown[strings.LastIndex(shown, "Checking "):]
	if _, after, cleared := strings.Cut(page, "\r\x1b[K"); !cleared || strings.Contains(after, "\x1b[K") || !strings.Contains(after, "Layer by layer") {
		t.Errorf("the progress line is not gone before the report: %q", page)
	}
}
