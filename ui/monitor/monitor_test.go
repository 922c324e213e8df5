package monitor_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
	"wsdoctor/ui/monitor"
)

var update = flag.Bool("update", false, "write golden files")

// evil is text that means something to one of the forms.
const evil = "a|b\nc\r\td \"e\" 'f' <g> & h=\\ \x1b[2J\x00 ]]> \u2028 ￿ end"

// measured are the numbers of the samples' runs, which the forms do not compute.
func measured() facts.Measures {
	rtt := 41.25
	return facts.Measures{RTTMS: &rtt, Lost: 1, Sent: 40, Ports: []facts.PortMeasure{
		{Transport: probe.TCP, Port: 4172, State: facts.PortAnswers},
		{Transport: probe.UDP, Port: 4172, State: facts.PortSilent},
		{Transport: probe.TCP, Port: 4195, State: facts.PortSilent},
		{Transport: probe.UDP, Port: 4195, State: facts.PortFails},
	}}
}

func samples(t *testing.T) map[string]monitor.Snapshot {
	t.Helper()
	list := map[string]monitor.Snapshot{}
	for name, r := range reporttest.Samples() {
		if name == "host-firewall" {
			r.About = report.About{Ticket: "INC-4711", Labels: map[string]string{"site": "Osaka", "a.b": "1", "a-b": "2"}}
			r.Verdict.Where = &finding.Where{Kind: finding.OnComputer, Ports: []string{"tcp/4172"}}
		}
		list[name] = monitor.Of(r, measured())
	}
	r := reporttest.Samples()["host-firewall"]
	r.Verdict.Summary, r.Verdict.Owner, r.Ticket = evil, evil, evil
	r.Labels = map[string]string{"site": evil}
	r.Verdict.Where = &finding.Where{Kind: finding.Between, From: evil, To: evil, Product: evil, Ports: []string{evil}}
	for i := range r.Findings {
		r.Findings[i].Summary, r.Findings[i].Code = evil, evil
	}
	list["evil"] = monitor.Of(r, measured())
	if len(list) < 10 {
		t.Fatalf("only %d samples", len(list))
	}
	return list
}

var forms = map[string]func(monitor.Snapshot) []byte{
	"nagios": monitor.Nagios, "prom": monitor.Metrics, "xml": monitor.JUnit, "intune": monitor.Intune,
}

// What each form says of a report, to be read in review.
func TestGolden(t *testing.T) {
	all := samples(t)
	for _, name := range []string{"healthy", "host-firewall", "evil", "inside-broken"} {
		for ending, form := range forms {
			s, there := all[name]
			if !there {
				t.Fatalf("no sample %s", name)
			}
			got, file := form(s), filepath.Join("testdata", name+"."+ending)
			if *update {
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
	}
}

// The grammar of the Monitoring Plugins development guidelines.
var plugin = regexp.MustCompile(`^WORKSPACES (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ \|( '[a-z_0-9]+'=-?[0-9]+(\.[0-9]+)?(ms|%)?;;;[0-9]*(;[0-9]+)?)+\n$`)

func TestNagiosIsOneLineOfText(t *testing.T) {
	for name, s := range samples(t) {
		if out := monitor.Nagios(s); !plugin.Match(out) || len(out) > 4000 {
			t.Errorf("%s: %q", name, out)
		}
	}
	if out := string(monitor.NagiosFailed(evil)); !strings.HasPrefix(out, "WORKSPACES UNKNOWN - a/b c") || strings.Count(out, "\n") != 1 {
		t.Errorf("%q", out)
	}
	if out := string(monitor.Nagios(samples(t)["healthy"])); strings.Contains(out, "udp_4172") {
		t.Errorf("a silent UDP port is told: %s", out)
	}
}

func TestOTLPIsARequestOfGauges(t *testing.T) {
	for name, s := range samples(t) {
		out, err := monitor.OTLP(s)
		if err != nil {
			t.Fatal(err)
		}
		var request struct {
			ResourceMetrics []struct {
				ScopeMetrics []struct {
					Metrics []struct {
						Name, Unit, Description string
						Gauge                   struct {
							DataPoints []struct {
								TimeUnixNano string
								AsDouble     *float64
							}
						}
					}
				}
			}
		}
		if err := json.Unmarshal(out, &request); err != nil || len(request.ResourceMetrics) != 1 {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		units := map[string]string{}
		for _, m := range request.ResourceMetrics[0].ScopeMetrics[0].Metrics {
			if units[m.Name] != "" || m.Description == "" || len(m.Gauge.DataPoints) == 0 {
				t.Errorf("%s: %s is there twice, or says nothing", name, m.Name)
			}
			units[m.Name] = m.Unit
			for _, p := range m.Gauge.DataPoints {
				if len(p.TimeUnixNano) < 10 || p.AsDouble == nil {
					t.Errorf("%s: %s has a point without time or value", name, m.Name)
				}
			}
		}
		if units["wsdoctor.rtt"] != "s" || units["wsdoctor.loss"] != "1" || units["wsdoctor.status"] != "1" {
			t.Errorf("%s: units %v", name, units)
		}
	}
}

// What collectors are generated from reads it, and knows every field of it. MetricsData is
// laid out as the request is (opentelemetry-proto, metrics_service.proto).
func TestOTLPIsWhatTheProtocolSays(t *testing.T) {
	for name, s := range samples(t) {
		out, err := monitor.OTLP(s)
		if err != nil {
			t.Fatal(err)
		}
		var request metrics.MetricsData
		if err := protojson.Unmarshal(out, &request); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		if name != "healthy" {
			continue
		}
		of := request.ResourceMetrics[0]
		if a := of.Resource.Attributes[0]; a.Key != "service.name" || a.Value.GetStringValue() != "wsdoctor" {
			t.Errorf("%v", of.Resource)
		}
		scope := of.ScopeMetrics[0]
		if scope.Scope.Name != "wsdoctor" || len(scope.Metrics) < 4 {
			t.Errorf("%v", scope)
		}
		for _, m := range scope.Metrics {
			for _, p := range m.GetGauge().GetDataPoints() {
				at := time.Unix(0, int64(p.TimeUnixNano))
				if _, number := p.Value.(*metrics.NumberDataPoint_AsDouble); !number || at.Before(s.Report.Run.StartedAt) {
					t.Errorf("%s: %v at %v", m.Name, p, at)
				}
			}
		}
		spoilt := bytes.Replace(out, []byte(`"dataPoints"`), []byte(`"points"`), 1)
		if err := protojson.Unmarshal(spoilt, &request); err == nil {
			t.Error("a field that the protocol does not have is not noticed")
		}
	}
}

func TestExitCodesFollowTheStatus(t *testing.T) {
	for status, want := range map[finding.Status][2]int{
		finding.StatusOK: {0, 0}, finding.StatusDegraded: {1, 1}, finding.StatusFault: {2, 1}, finding.StatusInconclusive: {3, 1}, "sunny": {3, 1},
	} {
		r := report.Report{Verdict: report.Verdict{Status: status}}
		if got := [2]int{monitor.NagiosExit(r), monitor.IntuneExit(r)}; got != want {
			t.Errorf("%s: exit codes %v, want %v", status, got, want)
		}
	}
}

// The grammar of Prometheus' text format, version 0.0.4.
var (
	comment = regexp.MustCompile(`^# (HELP wsdoctor_[a-z_]+ .+|TYPE wsdoctor_[a-z_]+ gauge)$`)
	series  = regexp.MustCompile(`^(wsdoctor_[a-z_]+(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\")*",?)+\})?) -?[0-9][0-9.e+]*$`)
)

func TestMetricsKeepTheFormat(t *testing.T) {
	for name, s := range samples(t) {
		out := string(monitor.Metrics(s))
		seen := map[string]bool{}
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			key := line
			if m := series.FindStringSubmatch(line); m != nil {
				key = m[1]
			} else if !comment.MatchString(line) {
				t.Errorf("%s: %q", name, line)
			}
			if seen[key] {
				t.Errorf("%s: twice: %q", name, key)
			}
			seen[key] = true
		}
		if !strings.HasSuffix(out, "\n") || !strings.Contains(out, "\nwsdoctor_run_timestamp_seconds ") {
			t.Errorf("%s: not whole:\n%s", name, out)
		}
	}
}

// What Jenkins' junit-plugin reads.
type suites struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Name    string    `xml:"name,attr"`
			Class   string    `xml:"classname,attr"`
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnitCountsItsCases(t *testing.T) {
	failed := map[finding.Status]bool{}
	for name, s := range samples(t) {
		out := monitor.JUnit(s)
		var read suites
		if err := xml.Unmarshal(out, &read); err != nil || len(read.Suites) != 1 {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		suite := read.Suites[0]
		var failures, errs, skipped int
		for _, c := range suite.Cases {
			switch {
			case c.Failure != nil:
				failures++
			case c.Error != nil:
				errs++
			case c.Skipped != nil:
				skipped++
			}
			if c.Name == "" || c.Class == "" {
				t.Errorf("%s: a case without a name", name)
			}
		}
		want := []int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}
		if got := []int{len(suite.Cases), failures, errs, skipped}; !slices.Equal(got, want) || len(suite.Cases) != 1+len(s.Report.Layers) {
			t.Errorf("%s: counted %v, says %v", name, got, want)
		}
		bad := suite.Cases[0].Failure != nil || suite.Cases[0].Error != nil
		if bad != (s.Report.Verdict.Status != finding.StatusOK) {
			t.Errorf("%s: the verdict is %s, its case is bad: %v", name, s.Report.Verdict.Status, bad)
		}
		failed[s.Report.Verdict.Status] = true
	}
	if len(failed) < 4 {
		t.Errorf("only these statuses were tried: %v", failed)
	}
}

func TestIntuneIsOneShortLine(t *testing.T) {
	all := samples(t)
	long := all["host-firewall"]
	long.Report.Verdict.Summary = strings.Repeat("界 ", 5000)
	long.Report.Verdict.Owner = strings.Repeat(`"\ `, 5000)
	all["long"] = long
	for name, s := range all {
		out := monitor.Intune(s)
		if bytes.Count(out, []byte("\n")) != 1 || !bytes.HasSuffix(out, []byte("\n")) || utf8.RuneCount(out) > 2048 || !utf8.Valid(out) {
			t.Errorf("%s: %d characters: %q", name, utf8.RuneCount(out), out)
		}
		if !bytes.HasPrefix(out, []byte(fmt.Sprintf("status=%s ", s.Report.Verdict.Status))) && name != "hostile" {
			t.Errorf("%s: %q", name, out)
		}
	}
}

func FuzzForms(f *testing.F) {
	f.Add(evil, evil, evil)
	f.Add("", "=", "\\")
	f.Fuzz(func(t *testing.T, summary, label, from string) {
		r := report.Report{Verdict: report.Verdict{Status: finding.StatusFault, Summary: summary, Where: &finding.Where{From: from}}}
		r.Labels = map[string]string{"site": label}
		s := monitor.Of(r, measured())
		if out := monitor.Nagios(s); bytes.Count(out, []byte("\n")) != 1 || bytes.Count(out, []byte("|")) != 1 {
			t.Errorf("%q", out)
		}
		for line := range strings.Lines(string(monitor.Metrics(s))) {
			if line = strings.TrimSuffix(line, "\n"); !series.MatchString(line) && !comment.MatchString(line) {
				t.Errorf("%q", line)
			}
		}
		var read suites
		if err := xml.Unmarshal(monitor.JUnit(s), &read); err != nil {
			t.Error(err)
		}
		if out := monitor.Intune(s); bytes.Count(out, []byte("\n")) != 1 || utf8.RuneCount(out) > 2048 {
			t.Errorf("%q", out)
		}
	})
}
