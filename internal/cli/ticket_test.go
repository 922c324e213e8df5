package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/report/reporttest"
)

// A page or a ticket is a report to every command that reads one.
func TestPagesAndTicketsAreReadAsReports(t *testing.T) {
	dir := t.TempDir()
	stored := map[string]string{}
	for _, name := range []string{"host-firewall", "inside-broken"} {
		b, err := reporttest.Samples()[name].JSON()
		if err != nil {
			t.Fatal(err)
		}
		stored[name] = filepath.Join(dir, name+".json")
		if err := os.WriteFile(stored[name], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	join := func(files map[string]string) result {
		return execute(t.Context(), "merge", "--any-age", "--any-region", files["host-firewall"], files["inside-broken"], "-o", "json")
	}
	wantMerged := join(stored)
	for ending, form := range map[string][]string{
		".html": {"-o", "html"}, ".txt": {"-o", "ticket"},
		".md": {"-o", "ticket", "--style", "markdown"}, ".jira": {"-o", "ticket", "--style", "jira"},
	} {
		written := map[string]string{}
		for name, file := range stored {
			written[name] = filepath.Join(t.TempDir(), name+ending)
			r := execute(t.Context(), append([]string{"rejudge", file, "--output-file", written[name]}, form...)...)
			if r.out != "" || r.stderr != "" || r.code < 10 {
				t.Fatalf("%s: %+v", ending, r)
			}
			want := execute(t.Context(), "rejudge", file, "-o", "json")
			if got := execute(t.Context(), "rejudge", written[name], "-o", "json"); want != got {
				t.Errorf("%s of %s: %d bytes instead of %d, %s", ending, name, len(got.out), len(want.out), got.stderr)
			}
		}
		if got := join(written); got.code != wantMerged.code || got.out != wantMerged.out {
			t.Errorf("%s merged: exit code %d instead of %d, %s", ending, got.code, wantMerged.code, got.stderr)
		}
		fleet := execute(t.Context(), "fleet", written["host-firewall"], written["inside-broken"], "-o", "html")
		if fleet.code != 0 || !strings.Contains(fleet.out, "2 reports") || !strings.HasPrefix(fleet.out, "<!DOCTYPE html>") {
			t.Errorf("%s in a fleet: %+v", ending, fleet)
		}
	}
}

func TestAStyleIsOfATicket(t *testing.T) {
	for hint, args := range map[string][]string{
		"-o ticket --style text|markdown|jira":           {"-o", "html", "--style", "jira"},
		"--style text, --style markdown or --style jira": {"-o", "ticket", "--style", "word"},
	} {
		r := execute(t.Context(), append([]string{"check", "--region", "us-east-1"}, args...)...)
		if r.code != layer.ExitUsage || r.out != "" || !strings.Contains(r.stderr, hint) {
			t.Errorf("%v: %+v", args, r)
		}
	}
}
