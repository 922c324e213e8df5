package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// told is a system that notes what it is told, and fails at a word.
type told struct {
	commands []string
	fails    string
}

func (s *told) run(_ context.Context, args ...string) (string, error) {
	line := strings.Join(args, " ")
	s.commands = append(s.commands, line)
	if s.fails != "" && strings.Contains(line, s.fails) {
		return "no\x1b bus\n", errors.New("exit status 1")
	}
	return "", nil
}

// heard gives what was told since the last time.
func (s *told) heard() []string {
	list := s.commands
	s.commands = nil
	return list
}

func TestAUnitIsLaidDownAndTakenAway(t *testing.T) {
	at, system := Places{Config: t.TempDir()}, &told{}
	file := systemd.File(at)
	start := []string{"systemctl --user daemon-reload", "systemctl --user enable --now wsdoctor-watch.service"}
	stop := "systemctl --user disable --now wsdoctor-watch.service"
	holds := func(want string) {
		t.Helper()
		if b, err := os.ReadFile(file); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s, %v", b, err)
		}
	}
	install := func(arg string, replace bool) (bool, error) {
		return systemd.Install(t.Context(), system.run, at, job("/bin/true", arg), replace)
	}
	if was, err := systemd.Remove(t.Context(), system.run, at); was || err != nil || len(system.heard()) > 0 {
		t.Errorf("%v, %v", was, err)
	}
	if same, err := install("one", false); same || err != nil || !slices.Equal(system.heard(), start) {
		t.Errorf("%v, %v", same, err)
	}
	holds("true one\n")
	if same, err := install("one", false); !same || err != nil || !slices.Equal(system.heard(), append([]string{stop}, start...)) {
		t.Errorf("%v, %v", same, err)
	}
	if _, err := install("two", false); !errors.Is(err, ErrOther) || len(system.heard()) > 0 {
		t.Error(err)
	}
	holds("true one\n")
	if same, err := install("two", true); same || err != nil {
		t.Errorf("%v, %v", same, err)
	}
	holds("true two\n")
	system.fails = "enable"
	if _, err := install("three", true); err == nil || !strings.Contains(err.Error(), "no bus") {
		t.Error(err)
	}
	holds("true two\n") // as it was
	system.heard()
	if was, err := systemd.Remove(t.Context(), system.run, at); !was || err != nil ||
		!slices.Equal(system.heard(), []string{stop, start[0]}) {
		t.Errorf("%v, %v", was, err)
	}
	if _, err := install("four", false); err == nil {
		t.Error("it could not be enabled, and nobody says so")
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestEveryKindIsToldOfInTheWordsOfItsSystem(t *testing.T) {
	for _, c := range []struct {
		kind  Kind
		wants []string
	}{
		{launchd, []string{"launchctl bootstrap gui/501 FILE", "launchctl bootout gui/501/com.wsdoctor.watch"}},
		{task, []string{
			"schtasks.exe /Create /TN wsdoctor-watch /XML FILE /F", "schtasks.exe /Run /TN wsdoctor-watch",
			"schtasks.exe /End /TN wsdoctor-watch", "schtasks.exe /Delete /TN wsdoctor-watch /F",
		}},
	} {
		dir := t.TempDir()
		at, system := Places{Home: dir, Local: dir, User: "501"}, &told{}
		if _, err := c.kind.Install(t.Context(), system.run, at, job("/x", "watch"), false); err != nil {
			t.Error(err)
		}
		if was, err := c.kind.Remove(t.Context(), system.run, at); !was || err != nil {
			t.Error(err)
		}
		if got := strings.ReplaceAll(strings.Join(system.heard(), "\n"), c.kind.File(at), "FILE"); got != strings.Join(c.wants, "\n") {
			t.Errorf("%s:\n%s", c.kind.Name, got)
		}
	}
}

func TestTheUsualKindOfEachSystem(t *testing.T) {
	for system, want := range map[string]string{"linux": "systemd", "darwin": "launchd", "windows": "task", "plan9": ""} {
		if k, _ := Find("", system); k.Name != want {
			t.Errorf("%s: %s", system, k.Name)
		}
	}
	if k, known := Find("service", "linux"); !known || k.System != "windows" {
		t.Error(k.Name)
	}
}
