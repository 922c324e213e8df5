package laws

import (
	"go/ast"
	"maps"
	"slices"
	"strconv"
	"testing"

	"wsdoctor/probe"
)

// barelyNamed are the files of the program that may write a protocol's name as a plain
// text, and why. Anybody else takes the constant, so that the compiler knows a protocol
// from any other text.
var barelyNamed = map[string]string{
	"probe/ports.go":                     "declares them",
	"internal/diagnose/inside/inside.go": "programs are called so too",
}

func TestAProtocolIsNamedByItsConstant(t *testing.T) {
	unused := maps.Clone(barelyNamed)
	for _, f := range sources(t) {
		if !f.product() {
			continue
		}
		for _, name := range f.protocolNames() {
			delete(unused, f.name)
			if barelyNamed[f.name] == "" {
				t.Errorf("%s writes %q", f.name, name)
			}
		}
	}
	for name := range unused {
		t.Errorf("%s is in the table and names none", name)
	}
}

// protocolNames are the texts of a file that are a protocol's name and nothing else. A
// tag of a field is no text of the program's.
func (f file) protocolNames() (names []string) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			n.Tag = nil
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if err == nil && slices.Contains(probe.StreamingProtocols(), probe.Protocol(text)) {
				names = append(names, text)
			}
		}
		return true
	})
	return names
}

func TestABareProtocolIsNoticed(t *testing.T) {
	for source, want := range map[string]int{
		`package p; var only = "pcoip"`:                        1,
		"package p; var both = []string{`dcv`, \"pcoip\"}":     2,
		"package p; type t struct { P string `json:\"dcv\"` }": 0,
		`package p; const port, name = "pcoip-tcp", "DCV"`:     0,
	} {
		f, err := parseSource("p/p.go", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.protocolNames(); len(got) != want {
			t.Errorf("in %s: %q", source, got)
		}
	}
}
