package diagnose

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// decided are the fields of a finding that follow from its rivals.
var decided = []string{"Confidence", "Suspects", "Undecided"}

// readsSuspect are the files of rules that ask for the severity and give it to nobody.
var readsSuspect = []string{"desk/protocols.go", "desk/suppress.go", "inside/parts.go", "inside/view.go"}

// TestNoRuleSaysItselfHowSureItIs: how sure a finding is follows from who said it and
// what else it could be, in package finding and nowhere else.
func TestNoRuleSaysItselfHowSureItIs(t *testing.T) {
	set := token.NewFileSet()
	vocabulary, at := decidedIn(t, set, "finding", nobody{})
	if len(at) < 4 {
		t.Fatalf("package finding sets only %v: this test is blind", at)
	}
	for _, dir := range []string{"desk", "inside"} {
		_, at := decidedIn(t, set, dir, nobody{vocabulary})
		for _, place := range at {
			t.Errorf("set by hand: %s", place)
		}
	}
}

// decidedIn gives a folder's package, and where it sets what follows from rivals.
func decidedIn(t *testing.T, set *token.FileSet, dir string, imports types.Importer) (pkg *types.Package, at []string) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatal(dir, err)
	}
	var files []*ast.File
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
	// What other packages say matters not.
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	pkg, _ = (&types.Config{Importer: imports, Error: func(error) {}}).Check("wsdoctor/internal/diagnose/"+dir, set, files, &info)
	found := func(n ast.Node, what string) {
		at = append(at, set.Position(n.Pos()).String()+": "+what)
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
				if n.Name == "SeveritySuspect" && !slices.Contains(readsSuspect, filepath.ToSlash(set.Position(n.Pos()).Filename)) {
					found(n, "SeveritySuspect")
				}
			}
			return true
		})
	}
	return pkg, at
}

// nobody imports one package, if any.
type nobody struct{ known *types.Package }

func (n nobody) Import(path string) (*types.Package, error) {
	if n.known != nil && n.known.Path() == path {
		return n.known, nil
	}
	return nil, errors.New("not imported")
}

func isFinding(t types.Type) bool {
	if p, is := t.(*types.Pointer); is {
		t = p.Elem()
	}
	named, is := t.(*types.Named)
	return is && named.Obj().Name() == "Finding"
}
