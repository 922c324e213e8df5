//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"testing"

	"wsdoctor/internal/report/reporttest"
)

// A folder that is gone is one that nobody, root included, can write to.
func TestSavingTellsWhyItCannot(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(gone, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(gone)
	os.Remove(gone)
	t.Setenv("HOME", gone)
	if paths, err := saveReport(reporttest.Samples()["healthy"]); err == nil {
		t.Errorf("saved %q in a folder that is gone", paths)
	}
}

// It names each folder once, and why, in words that fit on a line.
func TestSavingSaysWhichFolderAndWhy(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	r := reporttest.Samples()["healthy"]
	name := filepath.Join(dir, "wsdoctor-"+r.Run.StartedAt.UTC().Format("20060102-150405"))
	for i := 1; i <= mostCopies; i++ {
		if _, err := keepTicket(r, "x"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := keepTicket(r, "x")
	if want := "no folder to write to: " + dir + ": file exists"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := os.Stat(name + "-ticket.txt"); err != nil {
		t.Error(err)
	}
}
