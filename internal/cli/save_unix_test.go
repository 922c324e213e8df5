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
