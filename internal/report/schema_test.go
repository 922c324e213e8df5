package report_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
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
