package text_test

import (
	"bytes"
	"strings"
	"testing"

	"wsdoctor/internal/report/reporttest"
	"wsdoctor/ui/text"
)

// In a pipe the verdict is one line of four fields, whatever a file holds.
func TestQuietIsOneLineOfFourFields(t *testing.T) {
	samples := reporttest.Samples()
	if len(samples) < 10 {
		t.Fatalf("only %d samples", len(samples))
	}
	for name, r := range samples {
		r.Verdict.Owner += "\t\nmore"
		var out bytes.Buffer
		if err := text.Render(&out, r, text.Options{Quiet: true, OneLine: true, Width: 40, Unicode: true}); err != nil {
			t.Fatal(err)
		}
		line, found := strings.CutSuffix(out.String(), "\n")
		fields := strings.Split(line, "\t")
		if !found || strings.Contains(line, "\n") || len(fields) != 4 {
			t.Fatalf("%s: %q", name, out.String())
		}
		layer := "-"
		if r.Verdict.Layer != nil {
			layer = string(*r.Verdict.Layer)
		}
		if name != "hostile" && (fields[0] != string(r.Verdict.Status) || fields[1] != layer || fields[3] != r.Verdict.Summary) {
			t.Errorf("%s: %q", name, fields)
		}
	}
}
