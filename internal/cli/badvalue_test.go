package cli

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// badValues are values that a flag cannot take. Those that the library of flags reads
// have one for their type.
var badValues = map[string][]string{
	"duration": {"soon", "10", "2 minutes", "1d", "", "-"},
	"int":      {"often", "10s", "1.5", "99999999999999999999"},
	"uint16":   {"https", "99999", "-1", "443/tcp"}, "bool": {"maybe"},
	"stringSlice": {`"`, `10.0.0.10" 10.0.1.10`},

	"--region": {"tokio", ""}, "--registration": {"SLiad"}, "--protocol": {"rdp"},
	"--directory-id": {"906734e1b2"},
	"--domain":       {"corp example"}, "--directory-dns": {"dc.example.com", "10.0.0"},
	"--gateway":         {"not a host", "gw.example.com:x"},
	"--allowed-cidr":    {"office", "10.0.0.0/33", "10.0.0.0/255.255.255.0", "10.1/16", "10.1.2.*", "/24", "1.2.3.4.5"},
	"--management-cidr": {"172.30.0.0", "172.30.0.0/40", "172.30.0.0/255.255.0.0", "eth0"},
	"--symptom":         {"blackscreen"}, "--proxy": {"socks5://proxy.example.com"}, "--lang": {"tlh"},
	"--output": {"xml"},
	"--since":  {"yesterday", "24 hours", "-1h"}, "--group-by": {"colour"}, "--label": {"site"},
	"--ticket":  {"\n"},
	"--timeout": {"1ms", "1h"}, "--watch": {"1", "86400"}, "--control": {"0"},
	"--every": {"1s", "2d"}, "--for": {"-1h", "a day"}, "--spread": {"100h"}, "--keep": {"file"}, "--policy": {"none/policy.json"},
	"--workspace": {"jdoe", "ws-"}, "--user": {"j\n", strings.Repeat("x", 200)}, "--egress": {"office", "10.1.2.3"},
	"--system": {"beos"}, "--expect": {"the best"},
	"--style": {"html"}, "--log": {"papertrail"}, "--kind": {"cron"},
	"--output-file": {"none/report.json"}, "--metrics-file": {"none/m.prom"}, "--redact-key": {"none/key"},
	"--account": {"none/account.json", "file"},
}

// anyText are flags that take whatever is typed, with the reason.
var anyText = map[string]string{
	"title": "a heading is for people", "site-label": "a label may be called anything",
	"profile": "a profile may be called anything",
}

// besides are what a flag needs beside it, and what a command does.
var besides = map[string][]string{
	"--domain": {"--directory-dns", "10.0.0.10"}, "--directory-dns": {"--domain", "example.com"},
	"path": {"192.0.2.1", "4172"}, "rejudge": {"none.json"}, "merge": {"none.json", "nothing.json"},
	"fleet": {"."}, "sql": {"duckdb"},
	"demo": {"healthy"}, "watch": {"--region", "us-east-1"},
	"install":  {"--region", "us-east-1", "--print"},
	"inside":   {"--force", "--region", "us-east-1", "--plan"},
	"check":    {"--region", "us-east-1", "--plan"},
	"account":  {"--region", "us-east-1", "--plan"},
	"wsdoctor": {"--region", "us-east-1", "--plan"},
}

// notRead are flags that a command refuses before it reads them.
var notRead = map[string]string{
	"wsdoctor --watch":                      "there is no terminal to watch at",
	"wsdoctor --management-cidr":            "the terminal interface alone reads it",
	"wsdoctor watch install --registration": "it refuses every one",
	"wsdoctor watch install --keep":         "what is printed may be for another computer",
	"wsdoctor watch install --output-file":  "likewise",
	"wsdoctor watch install --metrics-file": "likewise",
	"wsdoctor watch install --redact-key":   "likewise",
	"wsdoctor rejudge --output-file":        "there is no report to write",
	"wsdoctor rejudge --metrics-file":       "there is no report",
	"wsdoctor rejudge --redact-key":         "there is no report",
	"wsdoctor merge --output-file":          "there are no reports",
	"wsdoctor merge --redact-key":           "there are no reports",
}

// Whatever is typed wrong for any flag of any command is told in our words, with the
// flag that was meant and the command that is right.
func TestEveryFlagRefusesKindlyWhatItCannotTake(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	seen := 0
	everyCommand(func(cmd *cobra.Command) {
		cmd.InheritedFlags() // gathers them
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			list := slices.Clone(badValues[f.Value.Type()])
			if f.NoOptDefVal == "" {
				list = append(list, badValues["--"+f.Name]...)
			}
			if len(list) == 0 && anyText[f.Name] == "" {
				t.Errorf("%s --%s: no value is known that it cannot take", cmd.CommandPath(), f.Name)
			}
			if notRead[cmd.CommandPath()+" --"+f.Name] != "" {
				list = badValues[f.Value.Type()]
			}
			for _, bad := range list {
				seen++
				refusesKindly(t, cmd, f, bad)
			}
		})
	})
	if seen < 200 {
		t.Errorf("only %d", seen)
	}
}

func refusesKindly(t *testing.T, cmd *cobra.Command, f *pflag.Flag, bad string) {
	t.Helper()
	args := append(strings.Fields(cmd.CommandPath())[1:], besides[cmd.Name()]...)
	args = append(args, besides["--"+f.Name]...)
	args = append(args, "--"+f.Name+"="+bad)
	r := execute(t.Context(), args...)
	line := strings.Join(args, " ")
	if r.code != layer.ExitUsage || r.out != "" {
		t.Errorf("%q: exit code %d\n%.300s%s", line, r.code, r.out, r.stderr)
		return
	}
	problem, hint, hinted := strings.Cut(r.stderr, "\n  hint: ")
	for _, theirs := range []string{"strconv", "invalid", "parse", "time:", "ParseAddr", "argument"} {
		if strings.Contains(problem, theirs) {
			t.Errorf("%q: says %q: %s", line, theirs, r.stderr)
		}
	}
	want := "" // any hint
	if _, typed := valueKinds[f.Value.Type()]; typed || strings.HasSuffix(f.Name, "-cidr") {
		want = "--" + f.Name
	}
	if !hinted || !strings.Contains(hint, want) {
		t.Errorf("%q: no hint at %s: %s", line, f.Name, r.stderr)
	}
}

func TestWhatWasMeantIsUnderstood(t *testing.T) {
	for _, c := range []struct {
		mend        func(string) (string, bool)
		typed, want string
	}{
		{mendDuration, "10", "10s"}, {mendDuration, "２ minutes", "2m"}, {mendDuration, "1.5 sec", "1.5s"},
		{mendDuration, "1,5s", "1.5s"},
		{mendDuration, "10秒", "10s"}, {mendDuration, "500 ms", "500ms"}, {mendDuration, "10 parsecs", ""},
		{mendDuration, "3 hours", "3h"}, {mendDuration, "soon", ""},
		{mendNumber, "10s", "10"}, {mendNumber, "1.5", ""}, {mendNumber, "3", ""},
		{mendPort, "443/tcp", "443"}, {mendPort, ":80", "80"}, {mendPort, "99999", ""},
		{mendList, `10.0.0.1" 10.0.0.2`, "10.0.0.1,10.0.0.2"}, {mendList, `"`, ""}, {mendList, `a"b`, ""},
		{mendCIDR, "10.0.0.0/255.255.255.0", "10.0.0.0/24"}, {mendCIDR, "10.1/16", "10.1.0.0/16"},
		{mendCIDR, "10.1.2.*", "10.1.2.0/24"},
		{mendCIDR, "10.1.x.x", "10.1.0.0/16"}, {mendCIDR, `10.1.2.0\24`, "10.1.2.0/24"},
		{mendCIDR, "10.1.2.3 / 24", "10.1.2.0/24"}, {mendCIDR, "10.1.2.", "10.1.2.0/24"},
		{mendCIDR, "10.0.0.0/33", ""}, {mendCIDR, "10.0.0.0/255.0.255.0", ""},
		{mendCIDR, "172.30.0.0", ""}, {mendCIDR, "office", ""}, {mendCIDR, "*", ""},
		{mendCIDR, "1.2.3.4.5", ""}, {mendCIDR, "0.0.0.0/0.0.0.0", ""}, {mendCIDR, "", ""}, {mendCIDR, "/24", ""},
	} {
		if got, sure := c.mend(c.typed); sure != (c.want != "") || sure && got != c.want {
			t.Errorf("%q: got %q, %v; want %q", c.typed, got, sure, c.want)
		}
	}
}

// The command that a hint names is the one that was typed, and works.
func TestAWrongSinceIsMended(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.Local)
	for typed, want := range map[string]string{
		"yesterday": "2026-11-26", "24 hours": "24h", "-1h": "1h", "2 weeks": "14d", "3 days ago": "3d", "7 d": "7d",
		"2026/11/27": "2026-11-27", "2026.11.7": "2026-11-07", "10 minutes ago": "10m", "３日": "3d", "soon": "", "11/27/2026": "",
	} {
		got, sure := mendSince(typed, now)
		if sure != (want != "") || sure && got != want {
			t.Errorf("%q: %q, %v; want %q", typed, got, sure, want)
		}
		if _, err := sinceWhen(got, now); sure && err != nil {
			t.Errorf("%q: the hint %q is no time either", typed, got)
		}
	}
	r := execute(t.Context(), "fleet", "--since", "2 weeks", ".", "a file")
	if r.code != layer.ExitUsage || !strings.Contains(r.stderr, "hint: wsdoctor fleet --since 14d . 'a file'\n") {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}

// A hint must not lead to the next error.
func TestHintedValuesAreTaken(t *testing.T) {
	everyCommand(func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if _, read := valueKinds[f.Value.Type()]; read && f.NoOptDefVal == "" {
				if err := f.Value.Set(goodValue(f)); err != nil || goodValue(f) == "" {
					t.Errorf("%s --%s %s: %v", cmd.CommandPath(), f.Name, goodValue(f), err)
				}
			}
		})
	})
}

func TestBadValuesAreToldInEveryLanguage(t *testing.T) {
	for _, name := range words.Languages() {
		for kind, k := range valueKinds {
			c, _ := words.In(name)
			told := c.Tell(words.Say(k.id, words.Args{"flag": "--zzz", "value": `"yyy"`}))
			if !strings.Contains(told, "--zzz") || !strings.Contains(told, `"yyy"`) {
				t.Errorf("%s, %s: %s", name, kind, told)
			}
		}
	}
}
