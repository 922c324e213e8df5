package laws

import (
	"maps"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/probe"
)

// mayExit are the packages that may end the program, and why. Anybody else gives
// an error to its caller, which still has a report to print.
var mayExit = map[string]string{
	"wsdoctor/cmd/wsdoctor":          "the exit code is the diagnosis",
	"wsdoctor/cmd/wsdoctor-account":  "the same",
	"wsdoctor/internal/cli":          "commands decide the exit code",
	"wsdoctor/internal/lab":          "the lab's host is a process of its own: when its job is over it ends, and its namespaces with it",
	"wsdoctor/internal/lab/alone":    "the first process of a test is over when the one in the empty network is",
	"wsdoctor/internal/lab/race":     "a program of its own, that compares this one with its peers",
	"wsdoctor/internal/lab/pictures": "a program of its own, that makes the README's pictures",
	"wsdoctor/internal/words/list":   "a program of its own, that prints the catalogue for reviewers",
	"wsdoctor/internal/schemagen":    "a program of its own, that writes the schemas",
	"wsdoctor/internal/persona":      "a program of its own, that the lab runs in the place of this one",
}

func TestNobodyElseEndsTheProgram(t *testing.T) {
	enders := []struct{ pkg, name string }{{"os", "Exit"}, {"log", "Fatal"}, {"log", "Fatalf"}, {"log", "Fatalln"}, {"syscall", "Exit"}, {"runtime", "Goexit"}}
	unused := maps.Clone(mayExit)
	for _, f := range sources(t) {
		delete(unused, f.pkg)
		if !f.product() || mayExit[f.pkg] != "" {
			continue
		}
		for _, e := range enders {
			if f.calls(e.pkg, e.name) {
				t.Errorf("%s calls %s.%s", f.name, e.pkg, e.name)
			}
		}
	}
	for pkg := range unused {
		t.Errorf("%s is in the table and does not exist", pkg)
	}
}

func TestAnExitIsNoticed(t *testing.T) {
	for source, want := range map[string]bool{
		`package p; import "os"; func f() { os.Exit(1) }`:                        true,
		`package p; import sys "os"; var f = sys.Exit`:                           true,
		`package p; import "os"; func f(os interface{ Getpid() int }) { _ = 1 }`: false,
		`package p; import "exit"; func f() { exit.Exit(1) }`:                    false,
	} {
		f, err := parseSource("p/p.go", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if f.calls("os", "Exit") != want {
			t.Errorf("%s: want %v", source, want)
		}
	}
}

// Probers, rules and commands stand in tables that a reader can enumerate, not in
// code that runs before main.
func TestNothingRunsBeforeMain(t *testing.T) {
	for _, f := range sources(t) {
		if f.product() && f.hasInit() {
			t.Errorf("%s has a func init", f.name)
		}
	}
	f, err := parseSource("p/p.go", []byte("package p\nfunc init() {}"))
	if err != nil || !f.hasInit() {
		t.Errorf("a func init is not noticed: %v", err)
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	const least = 40 // bytes: "Package x does y." in a whole sentence
	comment, all := map[string]int{}, map[string]string{}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		all[f.pkg] = f.syntax.Name.Name
		if doc := f.syntax.Doc.Text(); doc != "" {
			comment[f.pkg]++
			start := "Package " + f.syntax.Name.Name + " "
			if f.syntax.Name.Name == "main" {
				start = "Command "
			}
			if !strings.HasPrefix(doc, start) || len(doc) < least {
				t.Errorf("%s: the package comment begins %.40q, want %q", f.name, doc, start)
			}
		}
	}
	for pkg, name := range all {
		if comment[pkg] != 1 {
			t.Errorf("package %s (%s) has %d package comments, want 1", name, pkg, comment[pkg])
		}
	}
}

// topLevel is what may lie at the top of the repository, besides dot-files.
var topLevel = []string{"cmd", "probe", "ui", "internal", "go.mod", "go.sum", "README.md", "CHANGELOG.md"}

func TestTheTopLevelHoldsOnlyWhatBelongsThere(t *testing.T) {
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	cmd.Dir = top
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	seen := map[string]bool{}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		first, _, _ := strings.Cut(name, "/")
		seen[first] = true
	}
	if !seen["go.mod"] {
		t.Fatalf("git lists no files: %q", out)
	}
	for name := range seen {
		if !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) {
			t.Errorf("%s lies at the top of the repository; it belongs below one of %s", name, strings.Join(topLevel, ", "))
		}
	}
}

// Every prober of the table is used by some plan, or by nobody.
func TestEveryProberIsPlannedSomewhere(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, r := range c.Regions() {
		in := plan.Input{Region: r, Facts: probe.HostFacts{HasIPv4: true, HasIPv6: true}, Options: plan.Options{Protocol: "both", Timeout: 10 * time.Second}}
		inside := plan.Inside(plan.InsideInput{Input: in, Directory: probe.DirectoryDetail{Domain: "corp.example.com", DNS: []netip.Addr{netip.IPv4Unspecified()}}})
		for _, s := range append(plan.Make(in).Steps, inside.Steps...) {
			used[s.Probe] = true
		}
	}
	probers := run.Probers()
	for name := range probers {
		if !used[name] {
			t.Errorf("no plan uses the prober %q", name)
		}
	}
	for name := range used {
		if probers[name] == nil {
			t.Errorf("plans name the prober %q, which is not in the table", name)
		}
	}
}
