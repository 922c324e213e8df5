package report_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
)

func schema(t testing.TB) (*jsonschema.Schema, *jsonschema.Resolved) {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(report.SchemaJSON, &s); err != nil {
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

func encoded(t testing.TB, r report.Report) []byte {
	t.Helper()
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSamplesFitTheSchema(t *testing.T) {
	_, s := schema(t)
	for name, r := range reporttest.Samples() {
		for kind, r := range map[string]report.Report{"plain": r, "redacted": r.Redacted()} {
			if err := s.Validate(object(t, encoded(t, r))); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

func TestGoldenReportsFitTheSchema(t *testing.T) {
	_, s := schema(t)
	files, err := filepath.Glob("testdata/golden/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden reports: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(object(t, b)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestBrokenReportsAreRefusedByTheSchema(t *testing.T) {
	_, s := schema(t)
	at := func(v map[string]any, list string, i int) map[string]any {
		return v[list].([]any)[i].(map[string]any)
	}
	verdict := func(v map[string]any) map[string]any { return v["verdict"].(map[string]any) }
	for name, breakIt := range map[string]func(v map[string]any){
		"missing layer":              func(v map[string]any) { v["layers"] = v["layers"].([]any)[1:] },
		"layers out of order":        func(v map[string]any) { slices.Reverse(v["layers"].([]any)) },
		"a layer too many":           func(v map[string]any) { v["layers"] = append(v["layers"].([]any), at(v, "layers", 0)) },
		"unknown layer status":       func(v map[string]any) { at(v, "layers", 0)["status"] = "green" },
		"unknown failure":            func(v map[string]any) { at(v, "observations", 8)["failure"] = "gremlins" },
		"failure of a success":       func(v map[string]any) { at(v, "observations", 0)["failure"] = "eof_error" },
		"failed without failure":     func(v map[string]any) { at(v, "observations", 8)["failure"] = nil },
		"unknown outcome":            func(v map[string]any) { at(v, "observations", 0)["outcome"] = "maybe" },
		"unknown operation":          func(v map[string]any) { at(v, "observations", 0)["operation"] = "telepathy" },
		"detail of a wrong type":     func(v map[string]any) { at(v, "observations", 0)["detail"] = map[string]any{"interfaces": "eth0"} },
		"observation without detail": func(v map[string]any) { delete(at(v, "observations", 0), "detail") },
		"time as text":               func(v map[string]any) { at(v, "observations", 0)["elapsed_ms"] = "41 ms" },
		"finding without evidence":   func(v map[string]any) { at(v, "findings", 0)["supports"] = nil },
		"finding without confidence": func(v map[string]any) { at(v, "findings", 0)["confidence"] = nil },
		"unknown severity":           func(v map[string]any) { at(v, "findings", 0)["severity"] = "bad" },
		"unknown status":             func(v map[string]any) { verdict(v)["status"] = "broken" },
		"fault without layer":        func(v map[string]any) { verdict(v)["layer"] = nil },
		"empty confidence":           func(v map[string]any) { verdict(v)["confidence"] = "" },
		"accusing while unsure":      func(v map[string]any) { verdict(v)["status"] = "inconclusive" },
		"no protocols":               func(v map[string]any) { delete(verdict(v), "protocols") },
		"another schema":             func(v map[string]any) { v["schema"] = "wsdoctor.report/v2" },
		"gaps null":                  func(v map[string]any) { v["gaps"] = nil },
		"unknown firewall verdict": func(v map[string]any) {
			o := at(v, "observations", 0)
			o["operation"], o["detail"] = "host_firewall", map[string]any{"verdict": "maybe"}
		},
		"port out of range": func(v map[string]any) {
			o := at(v, "observations", 0)
			o["operation"], o["detail"] = "host_listeners", map[string]any{"listeners": []any{map[string]any{"port": 70000}}}
		},
		"whole registration code": func(v map[string]any) { v["target"].(map[string]any)["registration"] = "WSfra+ABC123" },
	} {
		v := object(t, encoded(t, reporttest.Samples()["host-firewall"]))
		breakIt(v)
		if err := s.Validate(v); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestUnknownFieldsFitTheSchema(t *testing.T) {
	_, s := schema(t)
	v := object(t, encoded(t, reporttest.Samples()["healthy"]))
	v["weather"] = "fine"
	v["run"].(map[string]any)["mood"] = 1
	v["observations"].([]any)[0].(map[string]any)["detail"].(map[string]any)["later"] = true
	if err := s.Validate(v); err != nil {
		t.Error(err)
	}
}

func TestSchemaHoldsTheProgramsClosedLists(t *testing.T) {
	s, _ := schema(t)
	failures := []string{}
	for _, f := range probe.Failures {
		failures = append(failures, string(f))
	}
	layers := []string{}
	for _, l := range layer.All {
		layers = append(layers, string(l.ID))
	}
	for name, want := range map[string][]string{
		"layer": layers, "failure": failures, "outcome": texts(probe.Outcomes), "operation": texts(probe.Operations()),
		"status": texts(report.Statuses), "layer_status": texts(report.LayerStatuses), "confidence": texts(report.Confidences),
		"severity": texts(report.Severities), "protocol_state": texts(report.ProtocolStates),
		"firewall_verdict": texts(report.FirewallVerdicts), "place_kind": texts(finding.Kinds),
	} {
		got := []string{}
		for _, v := range s.Defs[name].Enum {
			got = append(got, v.(string))
		}
		if name != "layer" { // only layers have an order
			slices.Sort(got)
			slices.Sort(want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("schema.json, $defs/%s (-program +schema):\n%s", name, diff)
		}
	}
	for i, l := range layer.All {
		if got := *s.Properties["layers"].PrefixItems[i].AllOf[1].Properties["id"].Const; got != string(l.ID) {
			t.Errorf("schema.json: layer %d is %v, want %s", i, got, l.ID)
		}
	}
}

func texts[T ~string](list []T) []string {
	out := []string{}
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// TestSchemaKnowsEveryField walks the Go types beside the schema, so that a new
// field or a new operation cannot be forgotten there.
func TestSchemaKnowsEveryField(t *testing.T) {
	s, _ := schema(t)
	compare(t, s, "report", reflect.TypeFor[report.Report](), s)
	rules := map[string]*jsonschema.Schema{}
	for _, rule := range s.Defs["observation"].AllOf {
		if op := rule.If.Properties["operation"]; op != nil {
			rules[(*op.Const).(string)] = rule.Then.Properties["detail"]
		}
	}
	for _, op := range probe.Operations() {
		var o probe.Observation
		if err := json.Unmarshal([]byte(`{"operation":"`+string(op)+`"}`), &o); err != nil {
			t.Fatal(err)
		}
		if rules[string(op)] == nil {
			t.Errorf("schema.json does not describe the detail of %s", op)
			continue
		}
		compare(t, s, string(op), reflect.TypeOf(o.Detail), rules[string(op)])
	}
}

// compare checks that the object at "at" has exactly the JSON fields of goType.
func compare(t *testing.T, root *jsonschema.Schema, path string, goType reflect.Type, at *jsonschema.Schema) {
	for at != nil && at.Ref != "" {
		at = root.Defs[strings.TrimPrefix(at.Ref, "#/$defs/")]
	}
	for goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	switch {
	case at == nil:
		t.Errorf("schema.json lacks %s", path)
	case goType.Kind() == reflect.Slice && at.Items != nil:
		of := at.Items
		if len(at.PrefixItems) > 0 {
			of = at.PrefixItems[0].AllOf[0]
		}
		compare(t, root, path+"[]", goType.Elem(), of)
	case goType.Kind() == reflect.Struct && strings.HasPrefix(goType.PkgPath(), "wsdoctor/"):
		fields := map[string]bool{}
		for _, f := range reflect.VisibleFields(goType) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" || f.Anonymous || !f.IsExported() { // the fields of an embedded struct stand among the others
				continue
			}
			fields[name] = true
			compare(t, root, path+"."+name, f.Type, at.Properties[name])
		}
		for name := range at.Properties {
			if !fields[name] {
				t.Errorf("schema.json has %s.%s, which no Go field has", path, name)
			}
		}
	}
}
