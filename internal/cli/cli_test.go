package cli

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"go.uber.org/goleak"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/lab"
	"wsdoctor/internal/lab/alone"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

func TestMain(m *testing.M) {
	if lab.IsHost() {
		lab.HostMain(lab.Hooks{})
	}
	alone.Enter()
	goleak.VerifyTestMain(m)
}

// result is how one command line ended.
type result struct {
	code        int
	out, stderr string
}

// execute runs one command line in this process, with an empty environment.
func execute(ctx context.Context, args ...string) result {
	var out, errs bytes.Buffer
	env := Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }}
	code := Execute(ctx, env, args)
	return result{code, out.String(), errs.String()}
}

func TestEveryTopicIsExplained(t *testing.T) {
	list := topics()
	if len(list) < len(layer.All)+len(diagnose.Causes())+len(probe.Failures) {
		t.Fatalf("only %d topics", len(list))
	}
	const widest = explainWidth + 1 // a word may be broken after its hyphen
	for _, topic := range list {
		r := execute(t.Context(), "explain", topic)
		if r.code != 0 || r.stderr != "" || strings.Count(r.out, "\n") < 3 {
			t.Errorf("%s: exit code %d\n%s%s", topic, r.code, r.out, r.stderr)
		}
		for line := range strings.Lines(r.out) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > widest {
				t.Errorf("%s: a line of %d columns: %s", topic, n, line)
			}
		}
		if strings.Contains(r.out, "%!") || strings.Contains(r.out, "  1. \n") || strings.Contains(r.out, " ()") {
			t.Errorf("%s:\n%s", topic, r.out)
		}
	}
}

func TestExplainAloneListsTheLayersAndHowToGoOn(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		r := execute(t.Context(), "explain", "--lang", lang)
		if r.code != 0 || r.stderr != "" {
			t.Errorf("%s: exit code %d, %s", lang, r.code, r.stderr)
		}
		for _, l := range layer.All {
			if !strings.Contains(r.out, "\n"+string(l.ID)+" ") {
				t.Errorf("%s: %s is not listed:\n%s", lang, l.ID, r.out)
			}
		}
		for _, topic := range []string{"dns", "port_silent", "black-screen"} {
			if next := execute(t.Context(), "explain", topic); !strings.Contains(r.out, "wsdoctor explain "+topic) || next.code != 0 {
				t.Errorf("%s: explain %s is not told, or does not work", lang, topic)
			}
		}
	}
}

// Every example that --help shows must work as it is printed.
func TestExamplesWork(t *testing.T) {
	t.Chdir(t.TempDir()) // some write a file
	seen := 0
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if cmd.Name() != "wsdoctor" && cmd.Parent().Name() != "wsdoctor" {
			return // those of completion are not ours
		}
		for line := range strings.Lines(cmd.Example) {
			for part := range strings.SplitSeq(line, "|") {
				seen++
				example(t, strings.Fields(part))
			}
		}
	}
	walk(New(Env{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: os.Getenv}))
	if seen < 10 {
		t.Errorf("only %d examples", seen)
	}
}

// example runs a command line of --help without sending anything.
func example(t *testing.T, words []string) {
	t.Helper()
	line := strings.Join(words, " ")
	if len(words) > 0 && words[0] == "sudo" {
		words = words[1:]
	}
	if len(words) < 2 || words[0] != "wsdoctor" {
		t.Errorf("%q is no command line", line)
		return
	}
	args := words[1:]
	want := 0
	switch args[0] {
	case "check", "watch":
		args = append(args, "--plan")
	case "account":
		if args[1] != "policy" {
			args = append(args, "--plan")
		}
	case "regions":
		args = append(args, "--list")
	case "path": // the last thing looked at before anything is sent
		args, want = append(args, "--timeout", "1ms"), layer.ExitUsage
	case "inside": // this computer is no WorkSpace; --force goes on where it is not known to be one
		args = append(args, "--plan", "--force", "--region", "us-east-1")
	case "rejudge", "merge", "fleet": // there is no such file; the arguments are looked at first
		want = layer.ExitUsage
	case "demo":
		for _, a := range args[1:] {
			if _, known := lab.Find(a); !known && a != "all" && !strings.HasPrefix(a, "-") {
				t.Errorf("%q: no such scenario", line)
			}
		}
		args = []string{"demo", "--list"}
	}
	if r := execute(t.Context(), args...); r.code != want || strings.Contains(r.stderr, "rejudge needs") || strings.Contains(r.stderr, "merge needs") {
		t.Errorf("%q: exit code %d\n%s", line, r.code, r.stderr)
	}
}

func TestTheDefaultScenarioExists(t *testing.T) {
	if _, known := lab.Find(defaultScenario); !known {
		t.Errorf("%q is no scenario", defaultScenario)
	}
}

// What prints errors for a command line library would ask the terminal for its
// colours first. No error of ours may get that far, whatever it is.
func TestNoErrorReachesTheLibrary(t *testing.T) {
	for _, args := range []string{"chek", "--zzz", "check --zzz", "check extra", "explain zzz", "explain dns proxy", "help zzz", "completion tcsh", "completion bash x", "man x", "rejudge /dev/null"} {
		var failed error
		root := New(Env{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: os.Getenv})
		root.SetArgs(strings.Fields(args))
		guard(root, Env{}, &failed)
		if err := root.Execute(); err != nil {
			t.Errorf("%s: %v reached the library", args, err)
		}
		var usage *usageError
		if !errors.As(failed, &usage) || usage.hint.Empty() {
			t.Errorf("%s: got %v, want a usage error with a hint", args, failed)
		}
	}
}

func TestAPanicIsAnInternalErrorWithItsStack(t *testing.T) {
	var out, errs bytes.Buffer
	env := Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { panic("a defect") }}
	code := Execute(t.Context(), env, []string{"check", "--region", "us-east-1", "--plan"})
	if code != layer.ExitInternal || !strings.Contains(errs.String(), "internal error: a defect") || !strings.Contains(errs.String(), "cli_test.go") {
		t.Errorf("exit code %d\n%s", code, errs.String())
	}
}

func TestExitCodes(t *testing.T) {
	verdict := func(s finding.Status, l layer.ID) report.Report {
		r := report.Report{Verdict: report.Verdict{Status: s}}
		if l != "" {
			r.Verdict.Layer = &l
		}
		return r
	}
	check := func(name string, r report.Report, want int) {
		t.Helper()
		got := 0
		if err := exitOf(r); err != nil {
			var code exitError
			if !errors.As(err, &code) {
				t.Fatal(err)
			}
			got = int(code)
		}
		if got != want {
			t.Errorf("%s: exit code %d, want %d", name, got, want)
		}
	}
	check("ok", verdict(finding.StatusOK, ""), 0)
	check("degraded", verdict(finding.StatusDegraded, layer.DNS), 1)
	check("inconclusive", verdict(finding.StatusInconclusive, ""), 3)
	codes := map[int]layer.ID{}
	for _, l := range layer.All {
		check(string(l.ID), verdict(finding.StatusFault, l.ID), l.Exit)
		if other, taken := codes[l.Exit]; taken || l.Exit < 10 || l.Exit > 35 {
			t.Errorf("%s has exit code %d, like %q", l.ID, l.Exit, other)
		}
		codes[l.Exit] = l.ID
	}
	interrupted := verdict(finding.StatusFault, layer.DNS)
	interrupted.Run.Interrupted = true
	check("interrupted", interrupted, 130)
}

func TestRulesAreReadKindly(t *testing.T) {
	f := flags{allowedCIDR: []string{"203.0.113.9/24, 198.51.100.7", "2001:DB8::/32 # office"}}
	got, err := f.cidrs(t.Context())
	want := []string{"203.0.113.0/24", "198.51.100.7/32", "2001:db8::/32"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := (&flags{}).cidrs(t.Context()); got != nil || err != nil {
		t.Errorf("no rule given: %q, %v", got, err)
	}
}

func TestGatewaysAreReadKindly(t *testing.T) {
	for text, want := range map[string]string{
		"gw.example.com": "gw.example.com 0", "gw.example.com:4195": "gw.example.com 4195", "192.0.2.1:4172": "192.0.2.1 4172",
		"2001:db8::7": "2001:db8::7 0", "[2001:db8::7]": "2001:db8::7 0", "[2001:DB8::7]:4195": "2001:db8::7 4195",
		"gw": "gw 0", "-gw": "", "gw:4172x": "", "[gw]": "", "gw..com": "", strings.Repeat("a", 64) + ".com": "", "gw/path": "", "gw:+4172": "",
	} {
		f := flags{gateway: text, protocol: "both", timeout: defaultTimeout, output: output{of: aReport, format: "text"}}
		opt, err := f.check()
		got := ""
		if err == nil {
			got = opt.Gateway.Host + " " + itoa(opt.Gateway.Port)
		}
		if got != want {
			t.Errorf("%q: got %q (%v), want %q", text, got, err, want)
		}
	}
}

func itoa(n uint16) string {
	_, port, _ := strings.Cut(netip.AddrPortFrom(netip.IPv4Unspecified(), n).String(), ":")
	return port
}

func TestUnicodeFollowsTheLocale(t *testing.T) {
	for locale, want := range map[string]bool{"": true, "C.UTF-8": true, "de_DE.utf8": true, "C": false, "POSIX": false, "en_US.ISO-8859-1": false} {
		if got := unicodeLocale(func(name string) string { return map[string]string{"LANG": locale}[name] }); got != want {
			t.Errorf("LANG=%s: %v", locale, got)
		}
	}
	if unicodeLocale(func(name string) string { return map[string]string{"LC_ALL": "C", "LANG": "C.UTF-8"}[name] }) {
		t.Error("LC_ALL goes before LANG")
	}
}

func TestRegionQuality(t *testing.T) {
	for ms, want := range map[float64]string{12: "good good", 99.9: "good good", 100: "affected good", 200: "degraded good", 250: "degraded degraded", 375: "too slow degraded", 400: "too slow too slow"} {
		if got := quality(ms, pcoipLimits) + " " + quality(ms, dcvLimits); got != want {
			t.Errorf("%g ms: %q, want %q", ms, got, want)
		}
	}
}

// In a wide management range the gateway may have any address of any of them.
func TestSourcesOfTheGateway(t *testing.T) {
	all := []netip.Prefix{netip.MustParsePrefix("198.19.0.0/16"), netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		in   netip.Prefix
		want int
	}{{all[0], 1}, {all[1], 2}} {
		if got := sources(probe.ManagedInterface{Range: c.in}, all); len(got) != c.want || got[0] != all[0] {
			t.Errorf("eth0 in %s: %v", c.in, got)
		}
	}
}
