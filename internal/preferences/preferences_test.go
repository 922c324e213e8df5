package preferences

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The files in testdata are written in the two forms of property lists, with the keys
// that a user's global preferences have.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheUsersLanguagesAreRead(t *testing.T) {
	want := []string{"ja-JP", "en-US"}
	for _, name := range []string{"japanese.plist", "japanese-xml.plist"} {
		home := t.TempDir()
		path := filepath.Join(home, "Library", "Preferences", ".GlobalPreferences.plist")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, recorded(t, name), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := Languages(home); !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := Languages(t.TempDir()); got != nil {
		t.Errorf("without a file: %q", got)
	}
}

func TestADamagedFileTellsNothing(t *testing.T) {
	whole := recorded(t, "japanese.plist")
	for cut := range whole {
		if got := languages(whole[:cut]); len(got) > 0 {
			t.Fatalf("the first %d bytes: %q", cut, got)
		}
	}
	huge := slices.Clone(whole)
	binary.BigEndian.PutUint64(huge[len(huge)-24:], 1<<62) // objects
	if got := languages(huge); got != nil {
		t.Errorf("%q", got)
	}
	far := slices.Clone(whole)
	binary.BigEndian.PutUint64(far[len(far)-8:], 1<<63) // where the table is
	if got := languages(far); got != nil {
		t.Errorf("%q", got)
	}
	hostile := "<plist><dict><key>AppleLanguages</key><array><string>ja\x1b[31m" + strings.Repeat("x", 300) + "</string></array></dict></plist>"
	if got := languages([]byte(hostile)); len(got) > 0 && (len(got[0]) > longestName+10 || strings.Contains(got[0], "\x1b")) {
		t.Errorf("%q", got)
	}
}

func FuzzLanguages(f *testing.F) {
	f.Add([]byte("bplist00\xd1\x01\x02^AppleLanguages\xa1\x03Rja\x08\x0b\x1a\x1c\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x1f"))
	f.Add(recorded(f, "japanese-xml.plist"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list := languages(b); len(list) > mostLanguages {
			t.Errorf("%d languages", len(list))
		}
	})
}
