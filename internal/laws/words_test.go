package laws

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// notOurWords are words that nobody in this field uses, which a reader has to guess,
// and what to say instead. Codes such as host_swallows are promises, and stay.
var notOurWords = []struct {
	word *regexp.Regexp
	say  string
}{
	{regexp.MustCompile(`(?i)\bopens? (HTTPS|TLS)\b`), "inspects HTTPS, TLS inspection"},
	{regexp.MustCompile(`(?i)\bsign(s|ed)? (it|them) (again|anew)\b|\bre-sign`), "inspects HTTPS, replaces the certificate"},
	{regexp.MustCompile(`(?i)\bno way on\b`), "no route"},
	{regexp.MustCompile(`(?i)\bways? out\b`), "internet access, egress"},
	{regexp.MustCompile(`(?i)\bmend(s|ed|ing)?\b`), "fix"},
	{regexp.MustCompile(`\bAWS end\b`), "AWS, the AWS host, the AWS gateway"},
	{regexp.MustCompile(`(?i)\b(comes?|came) about\b`), "say what failed"},
	{regexp.MustCompile(`(?i)\bswallow(s|ed|ing)?\b`), "drops"},
	{regexp.MustCompile(`(?i)\bcomputer around\b`), "the host computer"},
	{regexp.MustCompile(`(?i)\bcannot be told from here\b`), "say what remains, and leave the test to the next test"},
}

// notOurs gives the words of a text that are not the field's, with what to say.
func notOurs(text string) (found []string) {
	for _, w := range notOurWords {
		if hit := w.word.FindString(text); hit != "" {
			found = append(found, strconv.Quote(hit)+", say "+w.say)
		}
	}
	return found
}

// read are files that people read, or whose texts are shown to them.
var read = []string{"internal/words/en.json", "README.md", ".github/docs", "CHANGELOG.md", ".github/CONTRACT.md", "internal/catalog/data", "internal/known/data"}

func TestEverythingSpeaksTheFieldsWords(t *testing.T) {
	literals := 0
	for _, f := range sources(t) {
		if !f.product() || in(f.pkg, "wsdoctor/internal/lab/...") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			literals++
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, hit := range notOurs(text) {
				t.Errorf("%s: %s: %q", f.name, hit, text)
			}
			return true
		})
	}
	if literals < 5000 {
		t.Errorf("only %d texts were read", literals)
	}
	for _, name := range read {
		err := filepath.WalkDir(filepath.Join(top, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for i, line := range strings.Split(string(text), "\n") {
				if key, said, is := strings.Cut(line, `": "`); is && strings.HasPrefix(strings.TrimSpace(key), `"`) {
					line = said // names of scenarios are promises too
				}
				for _, hit := range notOurs(line) {
					t.Errorf("%s:%d: %s", path, i+1, hit)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestAWordThatIsNotTheFieldsIsNoticed(t *testing.T) {
	for text, want := range map[string]string{
		"Somebody opens HTTPS":                  "opens HTTPS",
		"and signs it again":                    "signs it again",
		"it has no way on":                      "no way on",
		"The way out is shut":                   "way out",
		"Have it mended":                        "mended",
		"the AWS end":                           "AWS end",
		"no connection comes about":             "comes about",
		"a rule swallows packets":               "swallows",
		"the computer around it":                "computer around",
		"whose it is cannot be told from here.": "cannot be told from here",
		"We recommend it; AWS ends PCoIP":       "",
		"host_swallows":                         "",
		"tls_resigned":                          "",
	} {
		switch found := notOurs(text); {
		case want == "" && len(found) > 0:
			t.Errorf("%q: %q", text, found)
		case want != "" && (len(found) != 1 || !strings.Contains(found[0], strconv.Quote(want))):
			t.Errorf("%q: %q was not noticed: %q", text, want, found)
		}
	}
}
