//go:build unix

package policy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// info is a file of somebody's.
type info struct {
	fs.FileInfo
	mode fs.FileMode
	uid  uint32
}

func (i info) Mode() fs.FileMode { return i.mode }
func (i info) Sys() any          { return &syscall.Stat_t{Uid: i.uid} }

func TestOnlyTheAdministratorMayWriteAPolicy(t *testing.T) {
	for _, c := range []struct {
		mode fs.FileMode
		uid  uint32
		want bool
	}{{0o644, 0, false}, {0o600, 0, false}, {0o755, 0, false}, {0o664, 0, true}, {0o646, 0, true}, {0o777, 0, true}, {0o644, 1000, true}} {
		if got := writable(info{mode: c.mode, uid: c.uid}); got != c.want {
			t.Errorf("%v of %d: %v", c.mode, c.uid, got)
		}
	}
}

func TestAPolicyThatOthersMayWriteIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wsdoctor")
	file := filepath.Join(dir, "policy.json")
	if b, err := guarded(file); b != nil || err != nil {
		t.Errorf("what is not there is %q, %v", b, err)
	}
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(file, []byte("{}"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if b, err := guarded(file); os.Geteuid() == 0 && (err != nil || string(b) != "{}") ||
		os.Geteuid() != 0 && !errors.Is(err, ErrWritable) {
		t.Errorf("%q, %v", b, err)
	}
	for _, name := range []string{file, dir} {
		before, _ := os.Stat(name)
		os.Chmod(name, 0o777)
		if b, err := guarded(file); !errors.Is(err, ErrWritable) || b != nil {
			t.Errorf("%s: %q, %v", name, b, err)
		}
		os.Chmod(name, before.Mode().Perm())
	}
}

func TestAPipeIsNoPolicy(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(pipe); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("%v", err)
	}
}
