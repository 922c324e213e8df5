package laws

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// file is one Go file of the repository, for whatever system it is built.
type file struct {
	name    string // from the top of the repository, with slashes
	pkg     string // import path, such as "wsdoctor/probe/dns"
	test    bool
	imports []string
	syntax  *ast.File
}

// product says whether a file is part of what a user may run or import: not a
// test, and not in a package that only tests use.
func (f file) product() bool { return !f.test && testOnly[f.pkg] == "" }

// testOnly are packages that only tests import, and what they are for.
var testOnly = map[string]string{
	"wsdoctor/probe/probetest":                   "a scripted network for the tests of probers",
	"wsdoctor/probe/chain/chaintest":             "certificates for tests",
	"wsdoctor/internal/report/reporttest":        "sample reports for the tests of renderers",
	"wsdoctor/internal/report/accounttest":       "reports of accounts for the tests of renderers",
	"wsdoctor/internal/diagnose/sweep/sweeptest": "sweeps drawn as texts",
	"wsdoctor/internal/diagnose/diagnosetest":    "worlds to judge",
	"wsdoctor/internal/lab/right":                "what is right in a simulated network",
	"wsdoctor/internal/lab/pane":                 "a terminal for tests",
	"wsdoctor/internal/lab/alone":                "a network of its own for tests",
	"wsdoctor/internal/account/fake":             "AWS, played over HTTP",
	"wsdoctor/internal/account/world":            "accounts to read",
	"wsdoctor/internal/laws":                     "these tests",
}

// top is the top of the repository, seen from this package.
const top = "../.."

// sources parses every Go file of the repository. The build constraints are not
// looked at: a law holds on every system.
func sources(t *testing.T) []file {
	t.Helper()
	var list []file
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != top && (strings.HasPrefix(base, ".") || base == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parse(name)
		list = append(list, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 100 {
		t.Fatalf("only %d Go files were found", len(list))
	}
	return list
}

func parse(name string) (file, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return file{}, err
	}
	rel, err := filepath.Rel(top, name)
	if err != nil {
		return file{}, err
	}
	return parseSource(filepath.ToSlash(rel), source)
}

func parseSource(name string, source []byte) (file, error) {
	f := file{name: name, pkg: path.Join("wsdoctor", path.Dir(name)), test: strings.HasSuffix(name, "_test.go")}
	var err error
	f.syntax, err = parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return f, err
	}
	for _, i := range f.syntax.Imports {
		text, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return f, err
		}
		f.imports = append(f.imports, text)
	}
	return f, nil
}

// calls says whether the file calls or names pkg.name, such as os.Exit, by
// whatever name it imports the package.
func (f file) calls(pkg, name string) bool {
	local := ""
	for _, i := range f.syntax.Imports {
		if text, _ := strconv.Unquote(i.Path.Value); text == pkg {
			local = path.Base(pkg)
			if i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	found := false
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			x, ok := s.X.(*ast.Ident)
			found = found || ok && local != "" && x.Name == local
		}
		return !found
	})
	return found
}

// hasInit says whether the file has a func init.
func (f file) hasInit() bool {
	return slices.ContainsFunc(f.syntax.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && fn.Name.Name == "init"
	})
}
