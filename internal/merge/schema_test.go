package merge_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/jsonschema-go/jsonschema"

	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
	"wsdoctor/ui/text"
)

func schema(t testing.TB) (*jsonschema.Schema, *jsonschema.Resolved) {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(merge.SchemaJSON, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &s, resolved
}

func object(t testing.TB, b []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	return v
}

func connection(local, remote string) probe.Connection {
	return probe.Connection{Local: netip.MustParseAddrPort(local), Remote: netip.MustParseAddrPort(remote)}
}

func TestEveryCombinationFitsTheSchema(t *testing.T) {
	_, s := schema(t)
	for name, c := range combinations() {
		r := merged(t, c.desk, c.inside)
		x := report.NewRedactor(report.Names{})
		x.Learn(c.desk)
		x.Learn(c.inside)
		for kind, r := range map[string]merge.Result{"plain": r, "redacted": report.Redact(x, r)} {
			b, err := r.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(object(t, b)); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
			if kind == "redacted" && bytes.Contains(b, []byte("10.66.3.5")) {
				t.Errorf("%s: eth0's address in the redacted result", name)
			}
		}
	}
}

func TestBrokenResultsAreRefusedByTheSchema(t *testing.T) {
	_, s := schema(t)
	leg := func(v map[string]any, i int) map[string]any { return v["legs"].([]any)[i].(map[string]any) }
	for name, breakIt := range map[string]func(v map[string]any){
		"a leg is missing":             func(v map[string]any) { v["legs"] = v["legs"].([]any)[1:] },
		"legs out of order":            func(v map[string]any) { slices.Reverse(v["legs"].([]any)) },
		"unknown leg state":            func(v map[string]any) { leg(v, 0)["status"] = "fine" },
		"not seen, and proved":         func(v map[string]any) { leg(v, 0)["status"] = "not-seen" },
		"ok by nobody":                 func(v map[string]any) { leg(v, 0)["proved_by"] = nil },
		"the leg between was measured": func(v map[string]any) { leg(v, 1)["inferred"] = false },
		"unknown end":                  func(v map[string]any) { v["decided_by"] = "moon" },
		"another schema":               func(v map[string]any) { v["schema"] = report.Schema },
		"fault without layer":          func(v map[string]any) { v["verdict"].(map[string]any)["status"] = "fault" },
		"gaps null":                    func(v map[string]any) { v["gaps"] = nil },
	} {
		b, err := merged(t, sample("healthy"), sample("inside-healthy")).JSON()
		if err != nil {
			t.Fatal(err)
		}
		v := object(t, b)
		breakIt(v)
		if err := s.Validate(v); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// clean fails unless a page holds nothing a terminal obeys and keeps its width.
func clean(t testing.TB, name, out string, width int) {
	t.Helper()
	for _, r := range out {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2028) {
			t.Fatalf("%s: %U in %q", name, r, out)
		}
	}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if ansi.StringWidth(line) > width || strings.TrimRight(line, " ") != line {
			t.Errorf("%s: %q", name, line)
		}
	}
}

func TestPagesAreCleanAndKeepTheirWidth(t *testing.T) {
	hostile := sample("hostile")
	for name, c := range combinations() {
		c.desk.Verdict.Summary += reporttest.Escape
		for i := range c.inside.Findings {
			c.inside.Findings[i].Summary += reporttest.Escape
		}
		c.inside.Gaps = append(c.inside.Gaps, hostile.Gaps...)
		for _, width := range []int{40, 64, 80, 200} {
			for i := range 4 {
				out := page(t, merged(t, c.desk, c.inside), text.Options{Width: width, Unicode: i&1 != 0, Verbose: i&2 != 0})
				clean(t, name, out, width)
			}
		}
		coloured := page(t, merged(t, c.desk, c.inside), text.Options{Unicode: true, Verbose: true, Color: true})
		if ansi.Strip(coloured) != page(t, merged(t, c.desk, c.inside), text.Options{Unicode: true, Verbose: true}) {
			t.Errorf("%s: colour adds more than colour", name)
		}
	}
}

func FuzzMergeStoredReports(f *testing.F) {
	for _, names := range [][2]string{{"healthy", "inside-healthy"}, {"host-firewall", "inside-broken"}, {"office-firewall", "inside-unprivileged"}} {
		var raw [2][]byte
		for i, name := range names {
			r := sample(name)
			r.Observations = slices.DeleteFunc(r.Observations, func(o probe.Observation) bool {
				return o.Operation != probe.HostManagement && o.Operation != probe.HostListeners
			})
			r.Gaps, r.Layers = nil, r.Layers[11:14] // short seeds: the fuzzer cuts at every byte
			for i := range r.Layers {
				r.Layers[i].Findings = nil
			}
			b, err := json.Marshal(r)
			if err != nil {
				f.Fatal(err)
			}
			raw[i] = b
		}
		f.Add(raw[0], raw[1])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		desk, err := report.Parse(bytes.NewReader(a))
		if err != nil {
			return
		}
		inside, err := report.Parse(bytes.NewReader(b))
		if err != nil {
			return
		}
		r, err := merge.Merge([]report.Report{desk, inside}, options)
		if err != nil {
			return
		}
		out, err := r.JSON()
		if err != nil || len(r.Legs) < 4 {
			t.Fatal(err, r.Legs)
		}
		object(t, out)
		clean(t, "fuzz", page(t, r, text.Options{Unicode: true, Verbose: true}), 80)
	})
}

func TestEveryTextOfAResultSaysWhatItTellsOfTheUser(t *testing.T) {
	for _, problem := range reporttest.Untagged(reflect.TypeFor[merge.Result]()) {
		t.Error(problem)
	}
}
