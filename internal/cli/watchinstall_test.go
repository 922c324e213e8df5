package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
)

// printedUnit is what install would lay down.
func printedUnit(t *testing.T, args ...string) string {
	t.Helper()
	r := execute(t.Context(), append([]string{"watch", "install", "--print"}, args...)...)
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("%q: exit code %d\n%s", args, r.code, r.stderr)
	}
	return r.out
}

// Every system's own form can be seen on every system.
func TestAUnitHoldsTheFlagsThatWereGiven(t *testing.T) {
	t.Chdir(t.TempDir())
	here, _ := os.Getwd()
	given := []string{
		"--region", "tokyo", "--every", "15m", "--label", "site=Osaka Nord", "--label", "floor=3", "-o", "ndjson",
		"--directory-dns", "10.0.0.10,10.0.1.10", "--domain", "example.com", "--keep", "kept",
		"--allowed-cidr", "203.0.113.0/24", "--lang", "ja",
	}
	for kind, wants := range map[string][]string{
		"systemd": {
			" watch ", "--region=tokyo", "--every=15m0s", `"--label=site=Osaka Nord"`, "--label=floor=3", "--output=ndjson",
			"--directory-dns=10.0.0.10,10.0.1.10", "--allowed-cidr=203.0.113.0/24", "--lang=ja", "--log=journald",
			"--keep=" + filepath.Join(here, "kept"), "WantedBy=default.target", "SuccessExitStatus=1 3 5 10 ",
		},
		"launchd": {"<string>--label=site=Osaka Nord</string>", "<string>--quiet</string>", "wsdoctor-watch.log"},
		"task":    {"--no-window", "--quiet", "--output-file=", "&#34;--label=site=Osaka Nord&#34;"},
		"service": {`\"--label=site=Osaka Nord\"`, "--as-service", "--log=eventlog"},
	} {
		unit := printedUnit(t, append(given, "--kind", kind)...)
		for _, want := range wants {
			if runtime.GOOS != "windows" && !strings.Contains(unit, want) {
				t.Errorf("%s: no %s in\n%s", kind, want, unit)
			}
		}
		for _, own := range []string{"--print", "--kind", "--policy", "--timeout"} {
			if strings.Contains(unit, own) {
				t.Errorf("%s: %s in\n%s", kind, own, unit)
			}
		}
	}
	if unit := printedUnit(t, "--kind", "systemd", "--log", "syslog", "-q"); strings.Contains(unit, "journald") ||
		!strings.Contains(unit, "--log=syslog") || !strings.Contains(unit, "--quiet=true") {
		t.Errorf("what was given is not what is laid down\n%s", unit)
	}
}

// What the company laid down is read when the watch runs, and stands in no unit.
func TestAUnitHoldsNothingOfThePolicy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.json")
	text := `{"schema":"wsdoctor.policy/v1","registration":"SLiad+ABC123","labels":{"site":"Osaka"}}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	unit := printedUnit(t, "--kind", "launchd", "--policy", file, "--label", "floor=3")
	if strings.Contains(unit, "SLiad") || strings.Contains(unit, "Osaka") || !strings.Contains(unit, "floor=3") ||
		!strings.Contains(unit, "--policy="+file) {
		t.Errorf("%s", unit)
	}
}

func TestWhatCannotBeInstalledIsRefused(t *testing.T) {
	for args, want := range map[string][2]string{
		"--registration SLiad+ABC123":                            {"registration code", "wsdoctor policy template json"},
		"--region tokyo --plan":                                  {"--plan", "wsdoctor watch --plan"},
		"--region atlantis":                                      {"atlantis", "regions"},
		"--region tokyo --kind cron":                             {`"cron"`, "--kind systemd"},
		"--region tokyo --every 1s":                              {"--every 1s", "--every 5m"},
		"--region tokyo --log papertrail":                        {"papertrail", "--log journald"},
		"--region tokyo --kind task --print --label a=50%":       {"%", "install"},
		"--region tokyo --proxy http://me:secret@proxy.example.": {"password", ""},
		"-q -v": {"-q and -v", ""},
	} {
		r := execute(t.Context(), append([]string{"watch", "install"}, strings.Fields(args)...)...)
		if r.code != layer.ExitUsage || r.out != "" || !strings.Contains(r.stderr, want[0]) ||
			!strings.Contains(r.stderr, want[1]) || strings.Contains(r.stderr, "SLiad") {
			t.Errorf("%s: exit code %d\n%s%s", args, r.code, r.out, r.stderr)
		}
	}
}
