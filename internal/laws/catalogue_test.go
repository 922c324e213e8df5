package laws

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wsdoctor/internal/words"
)

// Every language says the same: the same messages, about the same things.
func TestEveryLanguageHasEveryMessage(t *testing.T) {
	english := words.English()
	if len(english.IDs()) < 500 {
		t.Fatalf("only %d messages", len(english.IDs()))
	}
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		for _, id := range c.IDs() {
			if !english.Has(id) {
				t.Errorf("%s: %s is in no other language", name, id)
			}
			if strings.TrimSpace(c.Source(id)) != c.Source(id) && !strings.HasPrefix(id, "language.") {
				t.Errorf("%s: %s has spaces around it", name, id)
			}
		}
		for _, id := range english.IDs() {
			want, _ := english.Arguments(id)
			got, err := c.Arguments(id)
			switch {
			case !c.Has(id):
				t.Errorf("%s: %s is missing", name, id)
			case err != nil:
				t.Errorf("%s: %s: %v", name, id, err)
			case !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))):
				t.Errorf("%s: %s is about %v, in English about %v", name, id, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
		}
	}
}

// saying is a call in the source that names a message.
type saying struct {
	where, id string
	args      []string
	literal   bool // its arguments stand there to be read
}

// sayings finds the calls of words.Say and words.Several with a name in them, and gives
// every other text that could be a message's name too.
func sayings(t *testing.T) (calls []saying, mentioned map[string]bool) {
	mentioned = map[string]bool{}
	for _, f := range sources(t) {
		if !f.product() {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					mentioned[text] = true
				}
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || fun.Sel.Name != "Say" && fun.Sel.Name != "Several" {
				return true
			}
			lit, ok := call.Args[0].(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			id, _ := strconv.Unquote(lit.Value)
			s := saying{where: f.name, id: id, literal: len(call.Args) == 1}
			if fun.Sel.Name == "Several" {
				s.id += ".0"
			}
			if len(call.Args) == 2 {
				if args, ok := call.Args[1].(*ast.CompositeLit); ok {
					s.literal = true
					for _, e := range args.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok {
							if key, ok := kv.Key.(*ast.BasicLit); ok {
								name, _ := strconv.Unquote(key.Value)
								s.args = append(s.args, name)
							}
						}
					}
				}
			}
			calls = append(calls, s)
			return true
		})
	}
	data, err := filepath.Glob(filepath.Join(top, "internal/*/data/*.json")) // owners, endpoints and Regions are named there
	if err != nil || len(data) == 0 {
		t.Fatalf("%d files of data, %v", len(data), err)
	}
	for _, name := range append(data, filepath.Join(top, "internal/lab/scenarios.json")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.Split(string(text), `"`) {
			mentioned[word] = true
		}
	}
	return calls, mentioned
}

// What the source says is in the catalogue, with the arguments it gives; and nothing
// stands in the catalogue that nobody says.
func TestTheSourceAndTheCatalogueAgree(t *testing.T) {
	english := words.English()
	calls, mentioned := sayings(t)
	if len(calls) < 20 {
		t.Fatalf("only %d calls were found", len(calls))
	}
	for _, s := range calls {
		want, _ := english.Arguments(s.id)
		slices.Sort(s.args)
		switch {
		case !english.Has(s.id):
			t.Errorf("%s says %s, which no catalogue has", s.where, s.id)
		case s.literal && !slices.Equal(s.args, slices.Sorted(maps.Keys(want))):
			t.Errorf("%s says %s of %v, the catalogue of %v", s.where, s.id, s.args, slices.Sorted(maps.Keys(want)))
		}
	}
	for _, id := range english.IDs() {
		if !said(id, mentioned) && !strings.HasPrefix(id, unseen) { // see TestWhatProbesCouldNotSeeIsToldInEveryLanguage
			t.Errorf("nobody says %s", id)
		}
	}
}

var number = regexp.MustCompile(`^\d+$`)

// said: the source names a message, whole, or as the beginning that it puts the rest
// to, of which it names every part: "tui.word." and "closed". A list's elements are
// numbered.
func said(id string, mentioned map[string]bool) bool {
	if mentioned[id] {
		return true
	}
	for i := range id {
		if id[i] != '.' || !mentioned[id[:i]] && !mentioned[id[:i+1]] {
			continue
		}
		if mentioned[id[i+1:]] || !slices.ContainsFunc(strings.Split(id[i+1:], "."), func(part string) bool {
			return !mentioned[part] && !mentioned["."+part] && !number.MatchString(part)
		}) {
			return true
		}
	}
	return false
}

func TestWhatNobodySaysIsNoticed(t *testing.T) {
	mentioned := map[string]bool{"gap.": true, "no-sweep": true, "a.b": true, "layer": true, ".title": true, "dns": true, "list": true}
	for id, want := range map[string]bool{"gap.no-sweep": true, "gap.other": false, "a.b": true, "a.b.0": true, "a.b.c": false, "layer.dns.title": true, "layer.dns.about": false, "a": false} {
		if got := said(id, mentioned); got != want {
			t.Errorf("%s: %v", id, got)
		}
	}
}

// wordy are the packages of the program whose texts are no sentences to the user, or are
// told by the catalogue all the same. All others hold none: what is shipped and not in
// this table says what it says by the catalogue. None is added without a reason that
// every text of the package has.
var wordy = map[string]string{
	"wsdoctor/probe/...":        "probes know no catalogue; what they could not see, words.Heard finds in it",
	"wsdoctor/internal/lab/...": "why a simulated network could not be built, for who builds one",
	"wsdoctor/internal/words":   "what is wrong with a catalogue, for who writes one",
	"wsdoctor/internal/catalog": "what is wrong with the data, which tests find",
	"wsdoctor/internal/known":   "the same",
	"wsdoctor/internal/fleet":   "why a value could not be written as JSON, which is a defect",
	"wsdoctor/internal/run":     "a plan that cannot be, which is a defect",
	"wsdoctor/internal/packed":  "the form's own lines",
	"wsdoctor/ui/monitor":       "forms that programs read",
}

// noSentence are texts of other packages that have three words and are none.
var noSentence = map[string]string{
	"registration (region key %q, current %v) from %s": "for tests that fail",
	"Amazon Web Services":                              "a folder",
	"Amazon WorkSpaces Client":                         "a package",
	"unknown shorthand flag: ":                         "the library's, cut off",
	"flag needs an argument: ":                         "the library's, cut off",
	"get identity: get credentials":                    "the SDK's, looked for",
	"AWS created network interface for directory ":     "how AWS describes an interface",
}

// inReport are texts of internal/report: what redaction says, whose English is what
// recognises it, what scrubbing takes out, and words that are no names.
const inReport = "wsdoctor/internal/report"

func TestNoSentenceStandsOutsideTheCatalogue(t *testing.T) {
	ours, used := dependencies(t, "wsdoctor/cmd/wsdoctor", "wsdoctor/cmd/wsdoctor-account"), map[string]bool{}
	for _, f := range sources(t) {
		if f.test || !slices.Contains(ours, f.pkg) || excused(f.pkg, used) {
			continue
		}
		for _, text := range sentences(f.syntax) {
			if _, known := noSentence[text]; known {
				used[text] = true
				continue
			}
			if f.pkg == inReport && (strings.HasPrefix(path.Base(f.name), "redact") || path.Base(f.name) == "scrub.go") {
				continue
			}
			t.Errorf("%s: %q belongs in the catalogue", f.name, text)
		}
	}
	for pattern := range wordy {
		if !used[pattern] {
			t.Errorf("%s is no package of the program", pattern)
		}
	}
	for text, why := range noSentence {
		if !used[text] || why == "" {
			t.Errorf("%q stands nowhere, or has no reason", text)
		}
	}
}

func excused(pkg string, used map[string]bool) bool {
	for pattern := range wordy {
		if in(pkg, pattern) {
			used[pattern] = true
			return true
		}
	}
	return false
}

// sentences are the texts of a file that only people read: three words and more, and
// neither commands nor forms.
func sentences(syntax *ast.File) (list []string) {
	ast.Inspect(syntax, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && field.Tag != nil {
			return false
		}
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if err == nil && len(strings.Fields(text)) >= 3 && len(spoken.FindAllString(verb.ReplaceAllString(text, " "), 3)) == 3 && !command.MatchString(text) {
			list = append(list, text)
		}
		return true
	})
	return list
}

var (
	verb    = regexp.MustCompile(`%[-+# 0-9.*]*[a-zA-Z]`)
	spoken  = regexp.MustCompile(`[A-Za-z][a-z']+`)
	command = regexp.MustCompile(`^\s*(sudo |source <\()?(wsdoctor|aws) |^(merge|path) [A-Z]|^--|HTTP/1\.1\r\n`)
)

func TestASentenceIsNoticed(t *testing.T) {
	f, err := parseSource("x.go", []byte("package x\n\nvar a, b = \"Ask the network team.\", \"two words\"\n\nvar e, f = \"%s %s %d\", \"  wsdoctor check --region tokyo\"\n\ntype c struct{ d int `json:\"a b c\"` }\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := sentences(f.syntax); !slices.Equal(got, []string{"Ask the network team."}) {
		t.Errorf("%q", got)
	}
}
