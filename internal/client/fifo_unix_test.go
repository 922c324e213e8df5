//go:build unix

package client

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAPipeInPlaceOfTheFileDoesNotHoldTheRunUp(t *testing.T) {
	home, env := machine(t, "linux", map[string]string{"other": ""})
	if err := unix.Mkfifo(filepath.Join(home, ".local/share/Amazon Web Services/Amazon WorkSpaces/UserSettings.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, gaps := registrations(home, env, "linux"); len(got) != 0 || len(gaps) != 1 || !strings.Contains(gaps[0], errNotRegular.Error()) {
		t.Errorf("got %v, gaps %q", got, gaps)
	}
}
