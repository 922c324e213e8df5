//go:build unix

package cli

import (
	"bytes"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/systemlog"
	"wsdoctor/internal/words"
)

// A record for each change, with what programs ask of the journal; none for a run that
// brought no news.
func TestChangesGoIntoTheJournal(t *testing.T) {
	place := filepath.Join(t.TempDir(), "j")
	if len(place) > 100 {
		t.Chdir(filepath.Dir(place)) // a socket's name is short
		place = "j"
	}
	c, err := net.ListenPacket("unixgram", place)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var lines string
	synctest.Test(t, func(t *testing.T) {
		f := watchFlags{keep: keepNothing, log: "journald", logsAt: systemlog.Places{Journal: []string{place}}}
		f.redact = true
		r, _ := watchedAs(t, f, "hhffffh")
		lines = r.out
	})
	c.SetReadDeadline(time.Now().Add(time.Second))
	b := make([]byte, 1<<16)
	for _, want := range []string{
		"PRIORITY=6 WSDOCTOR_EVENT=first WSDOCTOR_STATUS=ok",
		"PRIORITY=3 WSDOCTOR_EVENT=changed WSDOCTOR_STATUS=fault WSDOCTOR_LAYER=network-firewall " +
			"WSDOCTOR_WHERE_KIND=device",
		"PRIORITY=3 WSDOCTOR_EVENT=classed WSDOCTOR_CLASS=sustained",
		"PRIORITY=6 WSDOCTOR_EVENT=changed WSDOCTOR_STATUS=ok",
	} {
		n, _, err := c.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range strings.Fields(want) {
			if !strings.Contains("\n"+string(b[:n]), "\n"+field+"\n") {
				t.Errorf("no %s in\n%s", field, b[:n])
			}
		}
		message, _, _ := strings.Cut(strings.TrimPrefix(string(b[:n]), "MESSAGE="), "\n")
		for _, part := range strings.Split(message, "  ") {
			if !strings.Contains(lines, part) {
				t.Errorf("the log says %q, and no line does\n%s", part, lines)
			}
		}
		if bytes.Contains(b[:n], []byte("10.20.0.1")) {
			t.Errorf("--redact, and the log says\n%s", b[:n])
		}
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if n, _, err := c.ReadFrom(b); err == nil {
		t.Errorf("one more: %s", b[:n])
	}
}

func TestALogThatIsNotThereCostsNoRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := watchFlags{keep: keepNothing, log: "syslog", logsAt: systemlog.Places{Syslog: []string{"/nonexistent"}}}
		r, err := watchedAs(t, f, "h")
		if _, usage := err.(*usageError); !usage || r.out != "" || !strings.Contains(told(words.English(), err), "/nonexistent") {
			t.Errorf("%v\n%s", err, r.out)
		}
	})
}

type deafLog struct{ deaf bool }

func (l *deafLog) Write(systemlog.Record) error {
	if l.deaf {
		return errDeaf
	}
	return nil
}

var errDeaf = words.Fail(words.Raw("deaf"))

// What the log lost is said once, and the watch goes on.
func TestALogThatIsGoneEndsNothing(t *testing.T) {
	var errs bytes.Buffer
	env := Env{Stderr: &errs, Words: words.English()}
	log := &deafLog{}
	w := watcher{env: env, log: log, side: &printer{env: env}}
	for _, deaf := range []bool{false, true, true, false, true} {
		log.deaf = deaf
		w.enter(watchLine{})
	}
	if n := strings.Count(errs.String(), "not written into the log: deaf"); n != 2 {
		t.Errorf("said %d times\n%s", n, errs.String())
	}
}

func TestWrongLogIsExitCodeTwo(t *testing.T) {
	r := execute(t.Context(), "watch", "--region", "tokyo", "--log", "eventlog", "--keep", "none")
	if r.code != layer.ExitUsage || !strings.Contains(r.stderr, "Windows") || !strings.Contains(r.stderr, "--log auto") {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}
