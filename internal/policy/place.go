package policy

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"wsdoctor/internal/words"
)

// ErrWritable refuses what somebody else but the administrator could have written.
var ErrWritable = error(words.Fail(words.Say("policy.writable")))

// Managed gives the text that this system's administrator laid down, and from where;
// no text: none was.
func Managed() (b []byte, from string, err error) { return managed() }

// guarded reads a file that only the administrator may write, and whose folder too. One
// that is not there is no error.
func guarded(path string) ([]byte, error) {
	for _, name := range []string{filepath.Dir(path), path} {
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil
		case err != nil:
			return nil, err
		case writable(info):
			return nil, &fs.PathError{Op: "open", Path: name, Err: ErrWritable}
		}
	}
	return ReadFile(path)
}

// ReadFile reads an ordinary file, as far as a policy can be large and a little more.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would wait for its writer
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrInvalid}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, Largest+1))
}
