//go:build unix

package userfile

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func write(t *testing.T, name, text string) error {
	t.Helper()
	w, err := Create(t.Context(), name)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return errors.Join(err, w.Discard())
	}
	return w.Commit()
}

func holds(t *testing.T, name, want string) {
	t.Helper()
	if b, err := os.ReadFile(name); string(b) != want {
		t.Errorf("%s holds %q, want %q (%v)", name, b, want, err)
	}
}

// alone wants no other file in a folder: nothing half-written is left.
func alone(t *testing.T, name string) {
	t.Helper()
	if list, _ := os.ReadDir(filepath.Dir(name)); len(list) != 1 {
		t.Errorf("the folder holds %v", list)
	}
}

func TestANewFileIsItsOwnersAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report")
	if err := write(t, name, "new"); err != nil {
		t.Fatal(err)
	}
	holds(t, name, "new")
	alone(t, name)
	if err := os.Chmod(name, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := write(t, name, "newer"); err != nil {
		t.Fatal(err)
	}
	holds(t, name, "newer")
	if info, _ := os.Stat(name); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestTheOldFileStaysUntilTheNewOneIsWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "half")
	holds(t, name, "old")
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	holds(t, name, "old")
	alone(t, name)
	// The folder is gone when the file is to be put into it.
	w, err = Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(filepath.Dir(name))
	if err := w.Commit(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), name+":") {
		t.Errorf("%v", err)
	}
}

func TestWhatCannotBeWrittenIsKnownAtOnce(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]error{dir: syscall.EISDIR, filepath.Join(dir, "missing", "x"): fs.ErrNotExist} {
		if _, err := Create(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

func TestLinksAreFollowedOnlyWhereNobodyElseCanLayThem(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "own", "link")
	os.Mkdir(filepath.Dir(link), 0o700)
	if err := errors.Join(os.WriteFile(target, []byte("precious"), 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o777, 0o777 | fs.ModeSticky} {
		if err := os.Chmod(filepath.Dir(link), mode); err != nil {
			t.Fatal(err)
		}
		if err := write(t, link, "new"); !errors.Is(err, ErrSharedLink) {
			t.Errorf("%v: %v", mode, err)
		}
		holds(t, target, "precious")
	}
	os.Chmod(filepath.Dir(link), 0o700)
	if err := write(t, link, "new"); err != nil {
		t.Fatal(err)
	}
	holds(t, target, "new")
	if to, err := os.Readlink(link); to != target {
		t.Errorf("the link leads to %q (%v)", to, err)
	}
}

func TestAnothersFileInASharedFolderIsLeftAlone(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away; CI runs as root")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "report")
	if err := errors.Join(os.WriteFile(name, []byte("theirs"), 0o666), os.Chown(name, 65534, 65534), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	if err := write(t, name, "mine"); !errors.Is(err, ErrForeign) {
		t.Errorf("%v", err)
	}
	holds(t, name, "theirs")
}

func pipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAPipeIsWrittenToDirectly(t *testing.T) {
	name := pipe(t)
	got := make(chan string, 1)
	go func() {
		b, _ := os.ReadFile(name)
		got <- string(b)
	}()
	if err := write(t, name, "told"); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != "told" {
		t.Errorf("read %q", s)
	}
	if info, err := os.Lstat(name); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("the pipe is gone: %v", err)
	}
}

func TestAPipeWithoutReaderDoesNotHang(t *testing.T) {
	if err := write(t, pipe(t), "told"); !errors.Is(err, ErrNoReader) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Create(ctx, pipe(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A reader who takes nothing holds the program up until it is asked to end.
func TestAReaderWhoDoesNotReadDoesNotHang(t *testing.T) {
	name := pipe(t)
	reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithCancel(t.Context())
	w, err := Create(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := io.WriteString(w, strings.Repeat("x", 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	w.Discard()
}

func TestADeviceThatIsFullSaysSo(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	if err := write(t, "/dev/full", "x"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
	if err := write(t, "/dev/null", "x"); err != nil {
		t.Error(err)
	}
}

func TestReadingAPipeThatNobodyWritesToEnds(t *testing.T) {
	f, err := Open(t.Context(), pipe(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(f); len(b) > 0 || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// What bash makes of <(command) is a pipe whose writer needs a moment.
func TestReadingAPipeWaitsForItsWriter(t *testing.T) {
	name := pipe(t)
	both, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	time.AfterFunc(50*time.Millisecond, func() {
		both.WriteString("10.0.0.0/8\n")
		both.Close()
	})
	if b, err := io.ReadAll(f); string(b) != "10.0.0.0/8\n" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

func TestReadingAPipeEndsWithTheContext(t *testing.T) {
	name := pipe(t)
	both, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer both.Close()
	ctx, cancel := context.WithCancel(t.Context())
	f, err := Open(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := io.ReadAll(f); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestAPublishedFileIsForEverybodyAndOrdinary(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "metrics.prom")
	for _, text := range []string{"old", "new"} {
		w, err := Publish(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		holds(t, name, text)
		alone(t, name)
		if info, _ := os.Stat(name); info.Mode().Perm() != 0o644 {
			t.Errorf("mode %v", info.Mode())
		}
	}
	link := filepath.Join(dir, "link.prom")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		name string
		err  error
	}{
		"a link": {link, ErrLink}, "a pipe": {pipe(t), ErrSpecial}, "a folder": {dir, syscall.EISDIR},
	} {
		if _, err := Publish(t.Context(), c.name); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	holds(t, name, "new")
}
