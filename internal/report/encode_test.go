package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
)

var update = flag.Bool("update", false, "write golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

var names = report.Names{Hosts: []string{"LAPTOP-7F3K.corp.example.org"}, Users: []string{"jdoe", "Jane Doe"}}

func TestGoldenReports(t *testing.T) {
	samples := reporttest.Samples()
	golden(t, "interrupted.json", encoded(t, samples["interrupted"]))
	golden(t, "captive-portal.json", encoded(t, samples["captive-portal"]))
	golden(t, "redacted.json", encoded(t, report.NewRedactor(names).Report(samples["captive-portal"])))
}

func TestEmptyReportHasNoNullLists(t *testing.T) {
	b := encoded(t, report.Report{Observations: []probe.Observation{{Operation: probe.HostLinks, Detail: probe.LinksDetail{}}}, Layers: []finding.LayerState{{}}})
	for _, want := range []string{`"findings": []`, `"gaps": []`, `"remedy": []`, `"suspects": []`, `"interfaces": []`, `"confidence": null`, `"layer": null`, `"failure": null`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
}

func TestJSONDoesNotEscapeForWebPages(t *testing.T) {
	r := reporttest.Samples()["captive-portal"]
	o := &r.Observations[len(r.Observations)-1]
	d := o.Detail.(probe.HTTPDetail)
	d.Title = `<b>Fish & Chips</b> \u003c`
	o.Detail, r.Verdict.Summary = d, "1 < 2 & 3 > 2"
	b := encoded(t, r)
	for _, want := range []string{`<b>Fish & Chips</b> \\u003c`, `1 < 2 & 3 > 2`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in the JSON", want)
		}
	}
	back, err := report.Parse(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got := back.Observations[len(r.Observations)-1].Detail.(probe.HTTPDetail).Title; got != d.Title {
		t.Errorf("title read back as %q", got)
	}
}

func TestJSONHoldsNothingATerminalObeys(t *testing.T) {
	b := encoded(t, reporttest.Samples()["hostile"])
	for _, r := range string(b) {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2028) {
			t.Fatalf("%U in the JSON", r)
		}
	}
}

func TestBuilderFoldsARun(t *testing.T) {
	sample := reporttest.Samples()["host-firewall"]
	b := report.New(sample.Tool, sample.Run, sample.Target)
	for _, o := range sample.Observations {
		b.Observe(o)
	}
	b.Gap("one")
	b.Gap("two")
	b.Gap("one")
	result := report.Told{Verdict: sample.Verdict, Findings: sample.Findings, Gaps: []string{"two", "three"}, Layers: []finding.LayerState{{ID: layer.DNS, Status: finding.LayerOK}}}
	r := b.Finish(result, 1500*time.Millisecond, true)
	if diff := cmp.Diff([]string{"one", "two", "three"}, r.Gaps); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	if r.Run.DurationMS != 1500 || !r.Run.Interrupted || r.Schema != report.Schema || len(r.Observations) != len(sample.Observations) {
		t.Errorf("run %+v, schema %q, %d observations", r.Run, r.Schema, len(r.Observations))
	}
	if len(r.Layers) != len(layer.All) {
		t.Fatalf("%d layers", len(r.Layers))
	}
	for i, l := range r.Layers {
		want := finding.LayerNotTested
		if l.ID == layer.DNS {
			want = finding.LayerOK
		}
		if l.ID != layer.All[i].ID || l.Status != want {
			t.Errorf("layer %d is %s %s", i, l.ID, l.Status)
		}
	}
}

func TestStreamIsOneObjectPerLine(t *testing.T) {
	sample := reporttest.Samples()["dns"]
	var out bytes.Buffer
	e := report.NewEncoder(&out, nil)
	lines := []report.Line{
		report.StartLine(sample.Tool, sample.Run, sample.Target), report.StepStartedLine("name/a", "to see <it>\nresolve"),
		report.ObservationLine(sample.Observations[0]), report.StepDoneLine("name/a"), report.FindingLine(report.Finding{Code: "x"}), report.DoneLine(sample),
	}
	for _, l := range lines {
		if err := e.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(got) != len(report.Events) {
		t.Fatalf("%d lines for %d events", len(got), len(report.Events))
	}
	for i, text := range got {
		v := object(t, []byte(text))
		if v["event"] != string(report.Events[i]) {
			t.Errorf("line %d is %v", i, v["event"])
		}
		if v["event"] == "done" {
			want := object(t, encoded(t, sample))
			if diff := cmp.Diff(want, v["report"]); diff != "" {
				t.Errorf("report in the stream (-alone +stream):\n%s", diff)
			}
		}
	}
	if !strings.Contains(got[1], "to see <it> resolve") || !strings.Contains(got[4], `"supports":[]`) {
		t.Errorf("lines: %s %s", got[1], got[4])
	}
}
