//go:build wine && linux

package wine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A service that was installed runs, and ends when it is told to: the service manager's own
// words, and the lines that it writes.
func TestAWatchIsAServiceOfWindows(t *testing.T) {
	dir := t.TempDir()
	lines := filepath.Join(dir, "lines.ndjson")
	install := []string{
		"watch", "install", "--kind", "service", "--region", "us-east-1", "--every", "30s", "--spread", "0s",
		"--timeout", "2s", "--keep", "none", "-o", "ndjson", "--output-file", path(lines), "--label", "site=Osaka Nord",
	}
	if s := windows(t, install...); s.code != 0 || !strings.Contains(s.out, "Installed: wsdoctor-watch") {
		t.Fatalf("exit code %d\n%s%s", s.code, s.out, s.err)
	}
	written := func() string {
		b, _ := os.ReadFile(lines)
		return string(b)
	}
	for end := time.Now().Add(longest / 2); !strings.Contains(written(), `"event":"first"`); time.Sleep(time.Second / 5) {
		if time.Now().After(end) {
			t.Fatalf("no run\n%s", written())
		}
	}
	if !strings.Contains(written(), `"site":"Osaka Nord"`) {
		t.Errorf("it got other flags\n%s", written())
	}
	if s := windows(t, install...); s.code != 2 || !strings.Contains(s.err, "--replace") {
		t.Errorf("a second one: exit code %d\n%s%s", s.code, s.out, s.err)
	}
	if s := windows(t, "watch", "uninstall", "--kind", "service"); s.code != 0 || !strings.Contains(s.out, "no longer installed") {
		t.Fatalf("exit code %d\n%s%s", s.code, s.out, s.err)
	}
	for end := time.Now().Add(longest / 4); !strings.Contains(written(), `"event":"end"`); time.Sleep(time.Second / 5) {
		if time.Now().After(end) {
			t.Fatalf("it was not ended\n%s", written())
		}
	}
}
