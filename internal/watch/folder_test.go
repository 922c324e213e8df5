package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestTheOldestReportsGoFirst(t *testing.T) {
	for name, bound := range map[string]Folder{"by number": {Most: 3, Bytes: 1 << 20}, "by size": {Most: 100, Bytes: 3 * 10}} {
		f, err := OpenFolder(filepath.Join(t.TempDir(), "new", "reports"))
		if err != nil {
			t.Fatal(err)
		}
		f.Most, f.Bytes = bound.Most, bound.Bytes
		others := []string{"desk.json", "wsdoctor-20261127-090000.json", "wsdoctor-watch-notes.txt"}
		for _, other := range others {
			if err := os.WriteFile(filepath.Join(f.Dir, other), []byte(strings.Repeat("x", 50)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 5 {
			file, err := f.Keep(t.Context(), start.Add(time.Duration(i)*time.Hour), []byte("0123456789"))
			if err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(file); string(b) != "0123456789" {
				t.Errorf("%s: %q, %v", file, b, err)
			}
		}
		want := append(
			others,
			"wsdoctor-watch-20261127-110000000.json",
			"wsdoctor-watch-20261127-120000000.json",
			"wsdoctor-watch-20261127-130000000.json",
		)
		slices.Sort(want)
		if got := names(t, f.Dir); !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAFolderThatCannotBeHadIsKnownAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := OpenFolder(dir); err == nil {
			t.Errorf("%s is no folder", dir)
		}
	}
	dir := t.TempDir()
	if _, err := OpenFolder(dir); err != nil || len(names(t, dir)) != 0 {
		t.Errorf("%v, left %q", err, names(t, dir))
	}
}

// What cannot be kept is an error, and leaves nothing behind.
func TestAReportThatCannotBeKeptIsAnError(t *testing.T) {
	f, err := OpenFolder(filepath.Join(t.TempDir(), "gone"))
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(f.Dir)
	if name, err := f.Keep(t.Context(), start, []byte("{}")); err == nil {
		t.Errorf("kept as %s", name)
	}
}
