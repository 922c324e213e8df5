package report_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
)

func keyOf(t *testing.T, text string) report.PseudonymKey {
	t.Helper()
	key, err := report.ReadPseudonymKey(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Two desks of a company, which know each other's names in another order, give them the
// same pseudonyms; another company's are others, and nobody's name is left.
func TestAKeyGivesOnePseudonymInEveryReport(t *testing.T) {
	const ours, theirs = "0123456789abcdef", "fedcba9876543210"
	secrets := []string{"10.1.20.1", "fw7.corp.megacorp.test", "10.1.20.34"}
	redacted := func(key string, order ...int) string {
		r := reporttest.Samples()["host-firewall"]
		r.Target.Domain = "corp.megacorp.test"
		for _, i := range order {
			r.Gaps = append(r.Gaps, "It is "+secrets[i]+" that does not answer.")
		}
		b, err := report.NewKeyedRedactor(report.Names{}, keyOf(t, key)).Report(r).JSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	lineOf := func(text string, n int) string {
		var lines []string
		for line := range strings.Lines(text) {
			if strings.Contains(line, "that does not answer") {
				lines = append(lines, strings.Trim(line, " ,\n"))
			}
		}
		if len(lines) != len(secrets) {
			t.Fatalf("%d lines of %s", len(lines), text)
		}
		return lines[n]
	}
	first, second, other := redacted(ours, 0, 1, 2), redacted(ours, 2, 1, 0), redacted(theirs, 0, 1, 2)
	for i, secret := range secrets {
		if lineOf(first, i) != lineOf(second, len(secrets)-1-i) || lineOf(first, i) == lineOf(other, i) {
			t.Errorf("%s: %s and %s, with another key %s", secret, lineOf(first, i), lineOf(second, len(secrets)-1-i), lineOf(other, i))
		}
		if strings.Contains(first, secret) {
			t.Errorf("%s is left", secret)
		}
	}
	level := keyOf(t, ours).Level()
	if !strings.Contains(first, fmt.Sprintf("%q: %q", "redacted", level)) || level == keyOf(t, theirs).Level() || !strings.HasPrefix(level, "key:") {
		t.Errorf("the level is %q", level)
	}
	r, err := report.Parse(strings.NewReader(first))
	if err != nil || !r.IsRedacted() || r.Pseudonyms != level {
		t.Errorf("read back: %v, %q", err, r.Pseudonyms)
	}
	again := report.NewRedactor(report.Names{}).Report(reporttest.Samples()["healthy"])
	if again.Pseudonyms != report.RunPseudonyms {
		t.Errorf("without a key the level is %q", again.Pseudonyms)
	}
}

// Addresses keep their family and what they still may tell, and no two of a large
// company meet.
func TestKeyedAddressesDoNotMeet(t *testing.T) {
	r := reporttest.Samples()["healthy"]
	var list []string
	r.Gaps = nil
	for i := range 250 {
		list = append(list, fmt.Sprintf("10.9.%d.%d", i%7, i), fmt.Sprintf("fd00:9::%x", i+1))
	}
	r.Gaps = slices.Clone(list) // each without a space: programs read them
	red := report.NewKeyedRedactor(report.Names{}, keyOf(t, "0123456789abcdef")).Report(r)
	seen := map[netip.Addr]bool{}
	for i, text := range red.Gaps[:len(list)] {
		a, err := netip.ParseAddr(text)
		if err != nil || seen[a] || a.Is4() != (i%2 == 0) || a.Is4() && (a.As4()[0] < 240 || a.As4()[0] > 243) {
			t.Errorf("%s became %s: %v", list[i], text, err)
		}
		seen[a] = true
	}
}

func TestAKeyHasToHideSomething(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat(" ", 100), strings.Repeat("k", 5000)} {
		if _, err := report.ReadPseudonymKey(strings.NewReader(text)); !errors.Is(err, report.ErrKey) {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
}
