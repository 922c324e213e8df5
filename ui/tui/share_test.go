package tui

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
)

func TestCopyGoesToTheTerminalAndToAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withRuns(&runs{})
		kept := ""
		d.Keep = func(_ report.Report, s string) (string, error) { kept = s; return "/tmp/ticket.txt", nil }
		x := launch(t.Context(), t, d, Options{Known: true})
		x.shows("Everything that can be measured")
		x.said()
		x.press("c")
		x.shows("Copied. If pasting gives nothing: /tmp/ticket.txt")
		_, rest, found := strings.Cut(x.said(), "\x1b]52;c;")
		coded, _, _ := strings.Cut(rest, "\x07")
		plain, err := base64.StdEncoding.DecodeString(coded)
		if !found || err != nil || string(plain) != kept || !strings.Contains(kept, "BEGIN WSDOCTOR REPORT") {
			t.Errorf("OSC 52 %v %v: %q, in the file %q", found, err, plain, kept)
		}
		x.press("q")
		x.end()
	})
}

func TestProblemsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withRuns(&runs{})
		d.Save = func(report.Report) ([]string, error) { return nil, errors.New("no space left on device") }
		d.Keep = func(report.Report, string) (string, error) { return "", errors.New("read-only file system") }
		x := launch(t.Context(), t, d, Options{Known: true})
		x.shows("Everything that can be measured")
		x.press("S")
		x.shows("The report could not be saved: no space left on device")
		x.press("c")
		x.shows("not kept in a file: read-only file")
		x.press("q")
		x.end()
	})
}

// What is redacted on the screen is redacted wherever it goes from there.
func TestWhatIsSharedIsRedactedAsWished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const own = "10.20.0.1" // a router that the verdict names
		d := withRuns(&runs{report: func(int) report.Report { return reporttest.Hops() }})
		kept, savedOpen, saved := "", false, 0
		d.Keep = func(_ report.Report, s string) (string, error) { kept = s; return "/tmp/ticket.txt", nil }
		d.Save = func(r report.Report) ([]string, error) {
			b, err := r.JSON()
			savedOpen = strings.Contains(string(b), own)
			saved++
			return []string{"/tmp/r.json"}, err
		}
		x := launch(t.Context(), t, d, Options{Known: true, Redact: true})
		x.shows("Your network blocks", "redacted")
		for i, redacted := range []bool{true, false, true} {
			if i > 0 {
				x.press("R")
			}
			if shown := strings.Contains(x.screen(), own); shown == redacted {
				t.Errorf("redacted %v, and the address is shown: %v", redacted, shown)
			}
			x.said()
			x.press("c")
			_, rest, found := strings.Cut(x.said(), "\x1b]52;c;")
			coded, _, _ := strings.Cut(rest, "\x07")
			copied, err := base64.StdEncoding.DecodeString(coded)
			if !found || err != nil || string(copied) != kept || strings.Contains(kept, own) == redacted {
				t.Errorf("redacted %v: copied %q, kept %q, %v", redacted, copied, kept, err)
			}
			x.press("S")
			if saved != i+1 || savedOpen == redacted {
				t.Errorf("redacted %v: saved %d times, with the address: %v", redacted, saved, savedOpen)
			}
		}
		x.press("q")
		if got := x.end(); got.Report == nil || got.Report.Observations[0].Detail == nil {
			t.Fatalf("%+v", got)
		} else if b, err := got.Report.JSON(); err != nil || strings.Contains(string(b), own) {
			t.Errorf("what stays on the screen is not redacted: %v", err)
		}
	})
}
