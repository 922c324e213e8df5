package cli

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/ui/architecture"
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

// Each end's report alone is drawn too, and so is what several tell together, in the picture,
// on the page and in the terminal.
func TestWhatEndsSawIsDrawn(t *testing.T) {
	samples := reporttest.Samples()
	desk, inside := kept(t, samples["healthy"]), kept(t, samples["inside-broken"])
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"desk":         {[]string{"rejudge", desk, "-o", "svg"}, []string{"<?xml", "User&#39;s computer", ">DCV TCP 4195: answers<"}},
		"inside":       {[]string{"rejudge", inside, "-o", "svg"}, []string{"<?xml", ">TCP 4172: dropped<", ">inside_firewall_blocks<"}},
		"both":         {[]string{"merge", desk, inside, "-o", "svg"}, []string{"<?xml", "User&#39;s computer", ">inside_firewall_blocks<"}},
		"page":         {[]string{"merge", desk, inside, "-o", "html"}, []string{"<!DOCTYPE html>", "User&#39;s computer", ">TCP 4172: dropped<"}},
		"terminal":     {[]string{"merge", desk, inside, "-v"}, []string{"as the reports show it", "User's computer", "TCP 4172: dropped"}},
		"for scripts":  {[]string{"merge", desk, inside, "-v", "--plain"}, []string{"User's computer", "x Operating system's firewall"}},
		"no addresses": {[]string{"merge", desk, inside, "-o", "svg", "--redact"}, []string{"<?xml", ">inside_firewall_blocks<"}},
	} {
		r := execute(t.Context(), c.args...)
		for _, want := range c.want {
			if r.stderr != "" || !strings.Contains(r.out, want) {
				t.Errorf("%s: exit code %d, no %q: %s\n%s", name, r.code, want, r.stderr, r.out)
			}
		}
		if strings.HasPrefix(r.out, "<?xml") {
			if err := xml.Unmarshal([]byte(r.out), new(struct{})); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if secret := "10.1.20.34"; strings.Contains(r.out, secret) == (name == "no addresses") && name != "inside" {
			t.Errorf("%s: %s in\n%s", name, secret, r.out)
		}
	}
	if r := execute(t.Context(), "merge", desk, inside); strings.Contains(r.out, "User's computer") {
		t.Errorf("drawn without being asked for:\n%s", r.out)
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

// The terminal interface draws a run with the account's report, where both are of one
// WorkSpace; otherwise alone.
func TestARunIsDrawnWithTheAccount(t *testing.T) {
	env := Env{Words: words.English()}
	desk, account := reporttest.Samples()["healthy"], accounttest.Worlds["nat"].Report("en")
	desk.Target.DirectoryID = ""
	account.Run.StartedAt = desk.Run.StartedAt
	draws := func(name string) bool {
		return slices.ContainsFunc(drawnWith(env, account)(desk).Boxes(), func(b *architecture.Box) bool { return b.Name == name })
	}
	if account.Target.Region = desk.Target.Region; !draws(world.VPCID) {
		t.Error("what the account told is not drawn")
	}
	if account.Target.Region = "ap-northeast-1"; draws(world.VPCID) {
		t.Error("another Region's account is drawn")
	}
}
