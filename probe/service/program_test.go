//go:build unix

package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// script writes a program that stands in for systemctl.
func script(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "systemctl")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{filepath.Join(t.TempDir(), "absent"), path}
}

func TestProgramSeesItsArgumentsAndNothingOfTheUser(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/tmp/somebody")
	t.Setenv("LD_PRELOAD", "")
	out, err := runFirst(script(t, `echo "$@"; echo "$LC_ALL $PATH $DBUS_SYSTEM_BUS_ADDRESS $HOME"; pwd`))(t.Context(), "show", "a.service", "b c")
	if want := "show a.service b c\nC /usr/bin:/bin  \n/\n"; err != nil || string(out) != want {
		t.Errorf("%q, %v, want %q", out, err, want)
	}
}

func TestProgramThatFails(t *testing.T) {
	for text, want := range map[string]string{
		"echo half; echo 'Failed to connect to bus' >&2; echo more >&2; exit 1": "run systemctl: exit status 1: Failed to connect to bus",
		"exit 4": "run systemctl: exit status 4",
		"i=0; while [ $i -lt 2000 ]; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; i=$((i+1)); done": "run systemctl: more than 65536 bytes came back",
	} {
		if out, err := runFirst(script(t, text))(t.Context()); err == nil || err.Error() != want || out != nil {
			t.Errorf("%q: %d bytes, %v", text, len(out), err)
		}
	}
	absent := filepath.Join(t.TempDir(), "systemctl")
	if _, err := runFirst([]string{absent})(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no systemctl") {
		t.Errorf("absent: %v", err)
	}
}

func TestOnlyTheSystemsOwnProgramIsRun(t *testing.T) {
	for _, path := range systemctlPaths {
		if dir := filepath.Dir(path); dir != "/usr/bin" && dir != "/bin" {
			t.Errorf("%s", path)
		}
	}
}

// The program says over a pipe that it runs; only then is it given up.
func TestProgramIsEndedWithTheRun(t *testing.T) {
	defer goleak.VerifyNone(t)
	pipe := filepath.Join(t.TempDir(), "started")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan error)
	go func() {
		_, err := os.ReadFile(pipe)
		cancel()
		started <- err
	}()
	_, err := runFirst(script(t, "echo yes >'"+pipe+"'; exec sleep 600"))(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-started; err != nil {
		t.Error(err)
	}
}

func TestLookAsksARealProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answer")
	if err := os.WriteFile(path, []byte(amazonLinux2PCoIP), 0o600); err != nil {
		t.Fatal(err)
	}
	run := runFirst(script(t, "exec cat '"+path+"'"))
	if d, gaps := look(t.Context(), "systemd", systemd(run)); len(d.Services) != len(linuxUnits) || len(gaps) != 0 {
		t.Errorf("%+v, gaps %q", d, gaps)
	}
}
