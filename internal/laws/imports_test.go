package laws

import (
	"go/ast"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/run"
)

// law forbids imports to some packages.
type law struct {
	who    string   // package, or "folder/..." for a folder and what is below
	not    []string // imports, in the same spelling
	except []string // allowed all the same
	reason string
}

// laws are the forbidden imports of product code.
var laws = []law{
	{who: "wsdoctor/internal/diagnose/...", not: []string{"net/...", "os/...", "syscall", "wsdoctor/probe/..."}, except: []string{"net/netip", "wsdoctor/probe"},
		reason: "a judgement depends on what was written down and on nothing else, or a stored report could not be judged again"},
	{who: "wsdoctor/internal/diagnose/...", not: []string{"wsdoctor/internal/plan", "wsdoctor/internal/run", "wsdoctor/internal/report", "wsdoctor/internal/cli", "wsdoctor/ui/..."},
		reason: "catalog, plan, probes, observations, diagnosis, report, renderers: one direction, no way back"},
	{who: "wsdoctor/internal/diagnose/facts", not: []string{"wsdoctor/internal/diagnose/..."},
		reason: "a fact is what was observed; were it to know a rule or a verdict, it would be blame"},
	{who: "wsdoctor/internal/diagnose/finding", not: []string{"wsdoctor/internal/diagnose/..."}, except: []string{"wsdoctor/internal/diagnose/sweep"},
		reason: "how sure a finding is follows from its rivals alone, whichever rule found it"},
	{who: "wsdoctor/internal/diagnose/desk", not: []string{"wsdoctor/internal/diagnose", "wsdoctor/internal/diagnose/inside"},
		reason: "a vantage knows its own causes and neither the other's nor the fold"},
	{who: "wsdoctor/internal/diagnose/inside", not: []string{"wsdoctor/internal/diagnose", "wsdoctor/internal/diagnose/desk"},
		reason: "a vantage knows its own causes and neither the other's nor the fold"},
	{who: "wsdoctor/ui/...", not: []string{"net/...", "wsdoctor/probe/...", "wsdoctor/internal/run", "wsdoctor/internal/plan"}, except: []string{"net/netip", "wsdoctor/probe"},
		reason: "a renderer shows a report and measures nothing"},
	{who: "wsdoctor/probe", not: []string{"wsdoctor/..."},
		reason: "the vocabulary is what everybody shares; were it to know a prober or a rule, nobody could be changed alone"},
	{who: "wsdoctor/probe/...", not: []string{"wsdoctor/internal/...", "wsdoctor/ui/..."},
		reason: "probes write facts; what they mean is decided elsewhere"},
	{who: "wsdoctor/internal/layer", not: []string{"wsdoctor/..."},
		reason: "the closed list of layers is names and numbers"},
	{who: "wsdoctor/internal/catalog/...", not: []string{"net/...", "os/...", "wsdoctor/probe/..."}, except: []string{"net/netip", "net/url", "wsdoctor/probe"},
		reason: "what is known of the vendor is embedded data; reading it sends nothing and opens nothing"},
	{who: "wsdoctor/internal/plan/...", not: []string{"net/...", "os/...", "wsdoctor/probe/...", "wsdoctor/internal/run", "wsdoctor/internal/diagnose"}, except: []string{"net/netip", "wsdoctor/probe"},
		reason: "Make is a pure function: --plan promises that nothing is sent"},
	{who: "wsdoctor/internal/report/...", not: []string{"net/...", "wsdoctor/probe/...", "wsdoctor/internal/run", "wsdoctor/ui/..."}, except: []string{"net/netip", "net/url", "wsdoctor/probe"},
		reason: "a report is a value, and reading one sends nothing"},
	{who: "wsdoctor/internal/merge/...", not: []string{"net/...", "os/...", "wsdoctor/probe/...", "wsdoctor/internal/run", "wsdoctor/internal/plan", "wsdoctor/internal/cli", "wsdoctor/ui/..."}, except: []string{"net/netip", "wsdoctor/probe"},
		reason: "two reports are joined by what they say, and by nothing else"},
	{
		who: "wsdoctor/internal/account",
		not: []string{
			"net/...", "os/...", "wsdoctor/probe/...", "wsdoctor/internal/run", "wsdoctor/internal/diagnose/...",
			"wsdoctor/internal/cli", "wsdoctor/internal/account/...",
		},
		except: []string{"net/netip", "wsdoctor/probe"},
		reason: "what is asked of an account, and when, is decided without knowing how; and it blames nobody",
	},
	{who: "wsdoctor/internal/client/...", not: []string{"net/...", "wsdoctor/probe/..."}, except: []string{"net/netip", "wsdoctor/probe", "wsdoctor/probe/installed"},
		reason: "what the installed client left is read and goes nowhere"},
	{who: "wsdoctor/internal/lab/...", not: []string{"wsdoctor/internal/run", "wsdoctor/internal/cli", "wsdoctor/internal/plan", "wsdoctor/ui/..."},
		reason: "the lab is the world the program is measured in; it must not share the program's ideas"},
	{who: "wsdoctor/internal/lab", not: []string{"wsdoctor/internal/diagnose/...", "wsdoctor/internal/layer", "wsdoctor/internal/report", "wsdoctor/internal/words"},
		reason: "the simulated networks ship; what a right verdict about them is, and everything else that only tests need, stands in their tests"},
	{who: "wsdoctor/...", not: []string{"github.com/quic-go/..."},
		reason: "a version-negotiation packet is 1200 bytes of our own; quic-go only proves it, in tests, and would double the program"},
	{who: "wsdoctor/...", not: []string{"C"},
		reason: "one static binary per system, cross-compiled"},
}

// in says whether a package is the one, or below the folder, that pattern names.
func in(pkg, pattern string) bool {
	folder, below := strings.CutSuffix(pattern, "/...")
	return pkg == folder || below && strings.HasPrefix(pkg, folder+"/")
}

func (l law) broken(f file) (imports []string) {
	if !in(f.pkg, l.who) {
		return nil
	}
	for _, i := range f.imports {
		forbidden := slices.ContainsFunc(l.not, func(p string) bool { return in(i, p) })
		if forbidden && !slices.Contains(l.except, i) {
			imports = append(imports, i)
		}
	}
	return imports
}

func TestForbiddenImports(t *testing.T) {
	files := sources(t)
	for _, l := range laws {
		held := false
		for _, f := range files {
			held = held || in(f.pkg, l.who)
			if !f.product() {
				continue
			}
			for _, i := range l.broken(f) {
				t.Errorf("%s imports %s: %s", f.name, i, l.reason)
			}
		}
		if !held || l.reason == "" {
			t.Errorf("the law for %s holds for no file, or gives no reason", l.who)
		}
	}
}

// Each law must be one that could be broken.
func TestLawsNoticeABreach(t *testing.T) {
	for _, l := range laws {
		for _, forbidden := range l.not {
			name := strings.TrimSuffix(forbidden, "/...")
			if slices.Contains(l.except, name) {
				name += "/dns"
			}
			f := file{pkg: strings.TrimSuffix(l.who, "/..."), imports: append(slices.Clone(l.except), name)}
			if got := l.broken(f); !slices.Equal(got, []string{name}) {
				t.Errorf("%s importing %s: noticed %q", l.who, name, got)
			}
		}
	}
}

func TestTestOnlyPackagesStayWithTests(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range sources(t) {
		seen[f.pkg] = true
		for _, i := range f.imports {
			if testOnly[i] != "" && f.product() {
				t.Errorf("%s imports %s (%s)", f.name, i, testOnly[i])
			}
		}
	}
	for pkg := range testOnly {
		if !seen[pkg] {
			t.Errorf("%s is in the table and does not exist", pkg)
		}
	}
}

// The probers are the folders of probe that are no part of another prober.
func TestNoProberImportsAnother(t *testing.T) {
	probers := map[string]bool{}
	for name := range run.Probers() {
		probers["wsdoctor/probe/"+name] = true
	}
	for _, f := range sources(t) {
		if !probers[f.pkg] || f.test {
			continue
		}
		for _, i := range f.imports {
			if probers[i] {
				t.Errorf("%s imports %s: a prober is one folder that can be read, changed and removed alone", f.name, i)
			}
		}
	}
}

// dependencies lists everything that is linked into programs.
func dependencies(t *testing.T, programs ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-deps"}, programs...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is shipped
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Fields(string(out))
}

// notShipped are packages that must not be in the program, not even behind
// another's back.
var notShipped = map[string]string{
	"github.com/quic-go":                         "only tests need a whole QUIC server",
	"github.com/google/go-cmp":                   "for tests",
	"github.com/google/jsonschema-go":            "for tests",
	"github.com/rogpeppe":                        "for tests",
	"go.uber.org/goleak":                         "for tests",
	"go.opentelemetry.io":                        "for tests",
	"google.golang.org/protobuf":                 "for tests",
	"testing":                                    "for tests",
	"wsdoctor/probe/probetest":                   "for tests",
	"wsdoctor/internal/laws":                     "for tests",
	"wsdoctor/internal/lab/right":                "for tests",
	"wsdoctor/internal/lab/pane":                 "for tests",
	"wsdoctor/internal/report/reporttest":        "for tests",
	"wsdoctor/internal/report/accounttest":       "for tests",
	"wsdoctor/internal/diagnose/sweep/sweeptest": "for tests",
	"wsdoctor/internal/diagnose/diagnosetest":    "for tests",
	"wsdoctor/internal/account/fake":             "for tests",
	"wsdoctor/internal/account/world":            "for tests",
	"github.com/fxamacker":                       "for tests",
	"runtime/cgo":                                "the program is static",
}

// sdk is what only the administrator's program holds, and there only one package knows.
const (
	sdk      = "github.com/aws"
	knowsSDK = "wsdoctor/internal/account/aws"
)

func TestOnlyOnePackageKnowsTheSDK(t *testing.T) {
	known := false
	for _, f := range sources(t) {
		for _, i := range f.imports {
			if strings.HasPrefix(i, sdk+"/") {
				if known = known || f.pkg == knowsSDK; f.pkg != knowsSDK {
					t.Errorf("%s imports %s", f.name, i)
				}
			}
		}
	}
	if !known {
		t.Errorf("%s does not know it either", knowsSDK)
	}
	for program, holds := range map[string]bool{"wsdoctor/cmd/wsdoctor": false, "wsdoctor/cmd/wsdoctor-account": true} {
		all := dependencies(t, program)
		if got := slices.ContainsFunc(all, func(pkg string) bool { return strings.HasPrefix(pkg, sdk+"/") }); got != holds {
			t.Errorf("%s holds the SDK: %v", program, got)
		}
	}
}

func TestTheProgramHoldsNothingThatIsForTests(t *testing.T) {
	all := dependencies(t, "wsdoctor/cmd/wsdoctor", "wsdoctor/cmd/wsdoctor-account")
	if !slices.Contains(all, "wsdoctor/internal/cli") {
		t.Fatalf("go list does not show the program: %d packages", len(all))
	}
	for _, pkg := range all {
		for prefix, reason := range notShipped {
			if pkg == prefix || strings.HasPrefix(pkg, prefix+"/") {
				t.Errorf("the program holds %s: %s", pkg, reason)
			}
		}
	}
}

// outsidePrograms are what tests of the lab run in place of its own servers.
var outsidePrograms = []string{"apt-get", "squid", "unbound", "turnserver", "samba", "iptables-"}

// What a released program holds of the lab names no program that only tests have.
func TestTheShippedLabRunsNoOutsideProgram(t *testing.T) {
	files := 0
	for _, f := range sources(t) {
		if f.pkg != "wsdoctor/internal/lab" || f.test {
			continue
		}
		files++
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			text, is := n.(*ast.BasicLit)
			for _, name := range outsidePrograms {
				// Scenario.Real names which built-in server is left out.
				if is && strings.Contains(text.Value, name) && !f.leavesOut(text.Value) {
					t.Errorf("%s: %s", f.name, text.Value)
				}
			}
			return true
		})
	}
	if files < 10 {
		t.Errorf("only %d files of the lab were found", files)
	}
}

// leavesOut says whether a text is only asked of the scenario: v.real("squid").
func (f file) leavesOut(text string) (only bool) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || len(call.Args) != 1 {
			return true
		}
		method, is := call.Fun.(*ast.SelectorExpr)
		literal, isText := call.Args[0].(*ast.BasicLit)
		only = only || is && isText && method.Sel.Name == "real" && literal.Value == text
		return true
	})
	return only
}
