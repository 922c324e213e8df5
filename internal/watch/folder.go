package watch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/userfile"
)

// Bounds of a folder: a report has some 70 kB, so that months of changes fit.
const (
	MostKept      = 200
	MostKeptBytes = 32 << 20
)

// What a kept report's name begins and ends with. Other files are left alone.
const keptPrefix, keptEnding = "wsdoctor-watch-", ".json"

// Folder keeps reports. The oldest go first.
type Folder struct {
	Dir   string
	Most  int   // files
	Bytes int64 // of all together
}

// OpenFolder makes the folder if it is not there, and fails if it cannot be written to.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	trial, err := os.CreateTemp(dir, "."+keptPrefix+"*.part")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(trial.Close(), os.Remove(trial.Name())); err != nil {
		return nil, err
	}
	return &Folder{dir, MostKept, MostKeptBytes}, nil
}

// Keep writes a report of that time, and gives the file's name. Room for it is made
// first: on a full disk that is what helps.
func (f *Folder) Keep(ctx context.Context, at time.Time, b []byte) (string, error) {
	f.makeRoom(int64(len(b)))
	const layout = "20060102-150405.000" // sorts by time
	name := filepath.Join(f.Dir, keptPrefix+strings.ReplaceAll(at.UTC().Format(layout), ".", "")+keptEnding)
	w, err := userfile.Create(ctx, name)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(b); err != nil {
		return "", errors.Join(err, w.Discard())
	}
	return name, w.Commit()
}

// makeRoom removes the oldest until one more of that size fits. What cannot be removed
// is left, and counts no more.
func (f *Folder) makeRoom(size int64) {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return // which shows when the report is written
	}
	kept := slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		name := e.Name()
		return !e.Type().IsRegular() || !strings.HasPrefix(name, keptPrefix) || !strings.HasSuffix(name, keptEnding)
	})
	total := size
	sizes := make([]int64, len(kept))
	for i, e := range kept {
		if info, err := e.Info(); err == nil {
			sizes[i] = info.Size()
		}
		total += sizes[i]
	}
	for i, e := range kept { // in the order of their names, which is that of their times
		if len(kept)-i < f.Most && total <= f.Bytes {
			return
		}
		os.Remove(filepath.Join(f.Dir, e.Name()))
		total -= sizes[i]
	}
}
