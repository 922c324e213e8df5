package cli

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/report/reporttest"
)

func kept(t *testing.T, r report.Report) string {
	t.Helper()
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAnAccountsReportIsDrawn(t *testing.T) {
	file := kept(t, accounttest.Worlds["faults"].Report("en"))
	for _, language := range []string{"en", "ja"} {
		r := execute(t.Context(), "rejudge", file, "-o", "svg", "--lang", language)
		if r.stderr != "" || r.code != 20 || !strings.HasPrefix(r.out, "<?xml") || !strings.Contains(r.out, ">members_shut<") {
			t.Errorf("%s: %d %s", language, r.code, r.stderr)
		}
		if err := xml.Unmarshal([]byte(r.out), new(struct{})); err != nil {
			t.Errorf("%s: %v", language, err)
		}
	}
	if r := execute(t.Context(), "rejudge", file, "-v"); !strings.Contains(r.out, "eth0, management interface") {
		t.Errorf("no architecture in\n%s", r.out)
	}
	if r := execute(t.Context(), "rejudge", file, "-o", "svg", "--redact"); r.code != 20 || strings.Contains(r.out, "mmajor") {
		t.Errorf("redacted: %d", r.code)
	}
}

// What another end saw is no architecture, and that is said before anything is sent.
func TestNoOtherReportIsDrawn(t *testing.T) {
	desk := kept(t, reporttest.Samples()["healthy"])
	for _, args := range [][]string{
		{"rejudge", desk, "-o", "svg"},
		{"check", "--region", "us-east-1", "-o", "svg"},
		{"inside", "--force", "--region", "us-east-1", "-o", "svg"},
	} {
		r := execute(t.Context(), args...)
		if r.code != layer.ExitUsage || r.out != "" || !strings.Contains(r.stderr, "hint: wsdoctor rejudge -o svg ACCOUNT.json") {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

// Whoever knows EC2 finds both cards, and why security groups do not touch the stream.
func TestTheArchitectureIsExplained(t *testing.T) {
	for language, want := range map[string][]string{
		"en": {"EC2 instance", "eth0, management interface", "eth1, primary interface", "security groups", "╭", "┆"},
		"ja": {"EC2 インスタンス", "eth0 管理インターフェイス", "eth1 プライマリインターフェイス", "セキュリティグループ"},
	} {
		r := execute(t.Context(), "explain", "architecture", "--lang", language)
		for _, text := range want {
			if r.code != 0 || !strings.Contains(r.out, text) {
				t.Errorf("%s: exit code %d, no %q in\n%s", language, r.code, text, r.out)
			}
		}
	}
	if r := execute(t.Context(), "explain"); !strings.Contains(r.out, "wsdoctor explain architecture") {
		t.Errorf("explain alone does not list it:\n%s", r.out)
	}
	plain := execute(t.Context(), "explain", "architecture", "--plain")
	for _, c := range plain.out {
		if c > '~' {
			t.Fatalf("plain: %q in\n%s", c, plain.out)
		}
	}
}
