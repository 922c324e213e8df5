package userfile

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"wsdoctor/internal/words"
)

const (
	// readerPatience is how long a pipe may be without a reader: it is started by
	// the same line of a script as this program.
	readerPatience = 2 * time.Second
	readerPause    = 20 * time.Millisecond
	// writePatience is how long a reader may take nothing from a full pipe.
	writePatience = 30 * time.Second
	// lastPatience is that time after the program was asked to end: a report of what
	// was seen until then is still wanted, by a reader who reads.
	lastPatience = time.Second
)

// ErrSharedLink refuses to write through a symbolic link in a folder that others
// may write to: one of them may have laid it there, to have another file of the
// user's overwritten.
var ErrSharedLink = error(words.Fail(words.Say("userfile.shared-link")))

// ErrForeign refuses to put a file in the place of somebody else's in a shared folder.
var ErrForeign = error(words.Fail(words.Say("userfile.foreign")))

// ErrNoReader says that nobody opened the other end of a pipe.
var ErrNoReader = error(words.Fail(words.Say("userfile.no-reader")))

// Writer writes one file. What was written counts when Commit has returned nil.
type Writer struct {
	name string
	path string       // where an ordinary file goes, links resolved
	mode fs.FileMode  // of an ordinary file; 0: its owner alone may read it
	text bytes.Buffer // of an ordinary file
	file *os.File     // a pipe or a device; nil for an ordinary file
	ctx  context.Context
	stop func() bool
}

// Create makes ready to write to a file, and fails where that can be known to
// fail: the folder is not there, or may not be written to. Pipes and devices are
// written to directly. When ctx ends, what waits for a pipe's reader ends soon.
func Create(ctx context.Context, name string) (*Writer, error) {
	w := &Writer{name: name, path: name, ctx: ctx}
	info, err := os.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if shared(filepath.Dir(name)) {
			return nil, w.failed(ErrSharedLink)
		}
		if info, err = os.Stat(name); err != nil {
			return nil, w.failed(err)
		}
		// What leads to a pipe (/dev/stdout does) may have no path of its own.
		if info.Mode().IsRegular() || info.IsDir() {
			if w.path, err = filepath.EvalSymlinks(name); err != nil {
				return nil, w.failed(err)
			}
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, w.failed(err)
	case info.IsDir():
		return nil, w.failed(errIsDirectory)
	case !info.Mode().IsRegular():
		return w, w.openDirectly()
	case foreign(info) && shared(filepath.Dir(w.path)):
		return nil, w.failed(ErrForeign)
	}
	trial, err := w.beside()
	if err != nil {
		return nil, w.failed(err)
	}
	return w, errors.Join(trial.Close(), os.Remove(trial.Name()))
}

// ErrLink and ErrSpecial refuse what is no ordinary file where one is to be published.
var (
	ErrLink    = error(words.Fail(words.Say("userfile.link")))
	ErrSpecial = error(words.Fail(words.Say("userfile.special")))
)

// Publish is Create for a file that another program reads whenever it likes: everybody may
// read it, and it is an ordinary one, or not there yet.
func Publish(ctx context.Context, name string) (*Writer, error) {
	if info, err := os.Lstat(name); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		err = ErrSpecial
		if info.Mode()&fs.ModeSymlink != 0 {
			err = ErrLink
		}
		return nil, (&Writer{name: name}).failed(err)
	}
	w, err := Create(ctx, name)
	if err == nil {
		const everybody = 0o644
		w.mode = everybody
	}
	return w, err
}

// Append is Create for a file that is written to line by line: what is there already
// stays, and everybody who may read it sees each line at once.
func Append(ctx context.Context, name string) (*Writer, error) {
	w, err := Create(ctx, name)
	if err != nil || w.file != nil {
		return w, err
	}
	w.stop = func() bool { return true }
	w.file, err = os.OpenFile(w.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	return w, w.failed(err)
}

// beside makes the file that is to be renamed; only its owner may read it.
func (w *Writer) beside() (*os.File, error) {
	return os.CreateTemp(filepath.Dir(w.path), "."+filepath.Base(w.path)+"-*.part")
}

// openDirectly opens a pipe, once it has a reader, or a device.
func (w *Writer) openDirectly() (err error) {
	for end := time.Now().Add(readerPatience); ; {
		w.file, err = os.OpenFile(w.path, os.O_WRONLY|withoutWaiting, 0)
		switch {
		case err == nil:
			w.stop = context.AfterFunc(w.ctx, func() { _ = w.file.SetWriteDeadline(time.Now().Add(lastPatience)) })
			return nil
		case !withoutReader(err):
			return w.failed(err)
		case !time.Now().Before(end):
			return w.failed(ErrNoReader)
		}
		select {
		case <-w.ctx.Done():
			return w.failed(w.ctx.Err())
		case <-time.After(readerPause):
		}
	}
}

// Write writes to a pipe or a device, or remembers it for Commit.
func (w *Writer) Write(b []byte) (int, error) {
	if w.file == nil {
		return w.text.Write(b)
	}
	if w.ctx.Err() == nil {
		_ = w.file.SetWriteDeadline(time.Now().Add(writePatience)) // devices know none
	}
	n, err := w.file.Write(b)
	return n, w.failed(err)
}

// Commit brings the file under its name. On an error the old one still is there.
func (w *Writer) Commit() error {
	if w.file != nil {
		return w.Discard()
	}
	part, err := w.beside()
	if err != nil {
		return w.failed(err)
	}
	_, err = part.Write(w.text.Bytes())
	if err == nil && w.mode != 0 {
		err = part.Chmod(w.mode)
	}
	if err == nil {
		err = part.Sync() // a disk that is full may say so only now
	}
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(part.Name(), w.path)
	}
	if err != nil {
		os.Remove(part.Name())
	}
	return w.failed(err)
}

// Discard closes what is open; an ordinary file is left as it was.
func (w *Writer) Discard() error {
	if w.file == nil {
		return nil
	}
	w.stop()
	return w.failed(w.file.Close())
}

// failed puts the name the user typed into an error, in place of that of the file
// beside it.
func (w *Writer) failed(err error) error {
	if err == nil {
		return nil
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	return &fs.PathError{Op: "open", Path: w.name, Err: err}
}
