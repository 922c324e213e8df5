package laws

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"wsdoctor/internal/words"
)

// unseen is the family of what probes could not see. They know no catalogue and write
// English, which words.Heard finds there.
const unseen = "unseen."

// notAProbes are reasons that probes hand on in somebody else's words.
var notAProbes = map[string]string{"unseen.because-deadline": "the standard library's"}

// What a probe writes of what it could not see can be told in every language, and the
// catalogue holds nothing that no probe writes.
func TestWhatProbesCouldNotSeeIsToldInEveryLanguage(t *testing.T) {
	var written, gaps []string
	for _, f := range sources(t) {
		if !f.product() || !in(f.pkg, "wsdoctor/probe/...") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			written = append(written, literal(n)...)
			gaps = append(gaps, gapsOf(n)...)
			return true
		})
	}
	if len(gaps) < 30 {
		t.Fatalf("only %d texts of gaps were found", len(gaps))
	}
	all := strings.Join(written, "\n")
	known := ""
	for _, id := range words.English().IDs() {
		if !strings.HasPrefix(id, unseen) {
			continue
		}
		known += words.English().Source(id) + "\n"
		for _, part := range parts(words.English().Source(id)) {
			if notAProbes[id] == "" && !strings.Contains(all, part) {
				t.Errorf("%s: no probe writes %q", id, part)
			}
		}
	}
	for _, gap := range gaps {
		if text := strings.Trim(gap, " :.,;()"); len(strings.Fields(text)) > 1 && !strings.Contains(known, text) {
			t.Errorf("a probe writes %q, which no message of %s holds", gap, unseen)
		}
	}
}

// parts are what stands between a message's arguments.
func parts(message string) (list []string) {
	for _, p := range strings.FieldsFunc(message, func(r rune) bool { return r == '{' || r == '}' || r == ':' || r == ',' || r == ';' }) {
		if p = strings.Trim(p, " :.,;()"); strings.Contains(p, " ") {
			list = append(list, p)
		}
	}
	return list
}

func literal(n ast.Node) []string {
	lit, is := n.(*ast.BasicLit)
	if !is || lit.Kind != token.STRING {
		return nil
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return nil
	}
	return []string{text}
}

// gapsOf are the texts that an expression adds to gaps: append(gaps, …), gap(…), and
// gaps: []string{…}. Formats are cut at their verbs.
func gapsOf(n ast.Node) (list []string) {
	var from []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		switch fun := n.Fun.(type) {
		case *ast.Ident:
			if fun.Name == "gap" || fun.Name == "append" && len(n.Args) > 1 && named(n.Args[0], "gaps") {
				from = n.Args
			}
		}
	case *ast.KeyValueExpr:
		if named(n.Key, "gaps") {
			from = []ast.Expr{n.Value}
		}
	}
	for _, e := range from {
		ast.Inspect(e, func(n ast.Node) bool {
			for _, text := range literal(n) {
				list = append(list, strings.FieldsFunc(strings.NewReplacer("%d", "\x00", "%s", "\x00", "%q", "\x00").Replace(text), func(r rune) bool { return r == 0 })...)
			}
			return true
		})
	}
	return list
}

// named: a variable or field that is called so, whatever its letters' case.
func named(e ast.Expr, name string) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.HasSuffix(strings.ToLower(e.Name), name)
	case *ast.SelectorExpr:
		return strings.EqualFold(e.Sel.Name, name)
	}
	return false
}

func TestAGapIsNoticed(t *testing.T) {
	f, err := parseSource("x.go", []byte(`package x
var f = facts{gaps: []string{"one two"}}
func g() { in.Gaps = append(in.Gaps, fmt.Sprintf("three %d four five", 4)); gap("six seven", nil); other("eight nine") }
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ast.Inspect(f.syntax, func(n ast.Node) bool { got = append(got, gapsOf(n)...); return true })
	if want := "one two|three | four five|six seven"; strings.Join(got, "|") != want {
		t.Errorf("%q", got)
	}
}
