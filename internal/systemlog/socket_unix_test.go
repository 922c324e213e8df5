//go:build unix

package systemlog

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// listen gives a place where a log of the test's own listens, and what it hears.
func listen(t *testing.T, kind string) (place string, heard func() string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "log") // a short name: sockets have at most 104 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	place = filepath.Join(dir, "socket")
	b := make([]byte, 1<<16)
	if kind == "unixgram" {
		c, err := net.ListenPacket(kind, place)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return place, func() string {
			c.SetReadDeadline(time.Now().Add(patience))
			n, _, err := c.ReadFrom(b)
			if err != nil {
				t.Error(err)
			}
			return string(b[:n])
		}
	}
	l, err := net.Listen(kind, place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return place, func() string {
		for {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
				return ""
			}
			n, _ := c.Read(b)
			if c.Close(); n > 0 { // the first only looked
				return string(b[:n])
			}
		}
	}
}

func open(t *testing.T, name string, at Places) Log {
	t.Helper()
	l, err := Open(name, at)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var example = Record{Error, "fault  network-firewall  Ask\nthem. \x1b[31m", []Field{
	{"WSDOCTOR_STATUS", "fault"}, {"WSDOCTOR_LAYER", ""}, {"WSDOCTOR_OWNER", "a\nb"},
}}

func TestTheJournalGetsFields(t *testing.T) {
	place, heard := listen(t, "unixgram")
	if err := open(t, "journald", Places{Journal: []string{place}}).Write(example); err != nil {
		t.Fatal(err)
	}
	got := heard()
	for _, want := range []string{"PRIORITY=3\n", "SYSLOG_IDENTIFIER=wsdoctor\n", "WSDOCTOR_STATUS=fault\n", "Ask"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if strings.Contains(got, "LAYER") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
	if strings.Contains(got, "\nb") {
		t.Errorf("a value begins a line of its own: %q", got)
	}
}

func TestSyslogGetsALineOverDatagramsAndStreams(t *testing.T) {
	form := regexp.MustCompile(
		`^<27>[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d wsdoctor\[\d+\]: ` +
			`fault network-firewall Ask[^\n]*them\.[^\n]*\n?$`,
	)
	for _, kind := range []string{"unixgram", "unix"} {
		place, heard := listen(t, kind)
		if err := open(t, "syslog", Places{Syslog: []string{"/nonexistent/log", place}}).Write(example); err != nil {
			t.Fatal(err)
		}
		if got := heard(); !form.MatchString(got) || strings.HasSuffix(got, "\n") != (kind == "unix") {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

func TestAutoTakesTheJournalFirst(t *testing.T) {
	journal, heard := listen(t, "unixgram")
	syslog, old := listen(t, "unixgram")
	open(t, Auto, Places{Journal: []string{journal}, Syslog: []string{syslog}}).Write(example)
	open(t, Auto, Places{Journal: []string{"/nonexistent"}, Syslog: []string{syslog}}).Write(example)
	if got := heard(); !strings.HasPrefix(got, "MESSAGE=") {
		t.Errorf("%q", got)
	}
	if got := old(); !strings.HasPrefix(got, "<27>") {
		t.Errorf("%q", got)
	}
}

func TestALogThatIsNotThereIsKnownAtOnce(t *testing.T) {
	nowhere := Places{Journal: []string{"/nonexistent/journal"}, Syslog: []string{"/nonexistent/log"}}
	for name, want := range map[string]string{
		"journald": "/nonexistent/journal", "syslog": "/nonexistent/log", "eventlog": "Windows",
		Auto: "no log", "xyz": "xyz",
	} {
		if _, err := Open(name, nowhere); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALogThatWasRestartedIsFoundAgain(t *testing.T) {
	place, _ := listen(t, "unixgram")
	l := open(t, "syslog", Places{Syslog: []string{place}})
	os.Remove(place)
	if err := l.Write(example); err == nil {
		t.Error("nobody listens, and it was written")
	}
	c, err := net.ListenPacket("unixgram", place)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := l.Write(example); err != nil {
		t.Error(err)
	}
}
