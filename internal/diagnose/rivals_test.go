package diagnose

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// decided are the fields of a finding that follow from its rivals.
var decided = []string{"Confidence", "Suspects", "Undecided"}

// TestNoRuleSaysItselfHowSureItIs: how sure a finding is follows from who said it and
// what else it could be, in rivals.go and nowhere else.
func TestNoRuleSaysItselfHowSureItIs(t *testing.T) {
	set := token.NewFileSet()
	var files []*ast.File
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	// What other packages say matters not: the finding is this one's.
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	_, _ = (&types.Config{Importer: nobody{}, Error: func(error) {}}).Check("diagnose", set, files, &info)
	at := map[string][]string{}
	found := func(n ast.Node, field string) {
		p := set.Position(n.Pos())
		at[p.Filename] = append(at[p.Filename], p.String()+": "+field)
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if !isFinding(info.Types[n].Type) {
					return true
				}
				for _, e := range n.Elts {
					if pair, keyed := e.(*ast.KeyValueExpr); !keyed {
						found(n, "a finding without names of its fields")
					} else if field, named := pair.Key.(*ast.Ident); named && slices.Contains(decided, field.Name) {
						found(pair, field.Name)
					}
				}
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					if s, field := left.(*ast.SelectorExpr); field && slices.Contains(decided, s.Sel.Name) && isFinding(info.Types[s.X].Type) {
						found(s, s.Sel.Name)
					}
				}
			case *ast.Ident:
				if n.Name == "SeveritySuspect" && !readsSuspect[set.Position(n.Pos()).Filename] {
					found(n, "SeveritySuspect")
				}
			}
			return true
		})
	}
	if len(at["rivals.go"]) < 4 {
		t.Fatalf("rivals.go sets only %v: this test is blind", at["rivals.go"])
	}
	delete(at, "rivals.go")
	for _, name := range slices.Sorted(maps.Keys(at)) {
		t.Errorf("set by hand: %s", strings.Join(at[name], ", "))
	}
}

// readsSuspect are the files that ask for the severity and give it to nobody.
var readsSuspect = map[string]bool{"result.go": true, "engine.go": true, "verdict.go": true, "protocols.go": true, "symptom.go": true, "inside.go": true, "inside_parts.go": true}

// nobody imports nothing.
type nobody struct{}

func (nobody) Import(string) (*types.Package, error) { return nil, errors.New("not imported") }

func isFinding(t types.Type) bool {
	if p, is := t.(*types.Pointer); is {
		t = p.Elem()
	}
	named, is := t.(*types.Named)
	return is && named.Obj().Name() == "Finding"
}

// TestWhoeverIsAccusedHasRivals: what a layer did not say of itself could be something
// else, and every rule has asked what.
func TestWhoeverIsAccusedHasRivals(t *testing.T) {
	cases := goldens()
	maps.Copy(cases, insideGoldens())
	maps.Copy(cases, nameGoldens())
	asked := 0
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		for _, w := range []*world{cases[name].fires, cases[name].rival} {
			for _, f := range Judge(w.in).Findings {
				rule, _ := RuleByCode(f.Code)
				accuses := f.Severity == SeverityFault || f.Severity == SeveritySuspect
				if !accuses || f.SuppressedBy != nil || rule.Family != "" {
					continue
				}
				asked++
				if !f.Said && len(f.Rivals) == 0 {
					t.Errorf("%s in the world of %s: nobody said it, and it has no rival", f.Code, name)
				}
			}
		}
	}
	if asked < 50 {
		t.Errorf("only %d accusations in all worlds", asked)
	}
}
