package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// placeless are the causes that name no place in their own world, and why.
var placeless = map[string]string{
	"amazon_root_unknown": "whether anybody re-signs is open",
	"data_reset":          "no sweep was made in its world",
	"egress_blocked":      "nothing that was seen tells where in the VPC it ends",
	"egress_not_allowed":  "the rules are an account's; the addresses stand in egress",
	"egress_varies":       "it is no fault",
	"ipv6_broken":         "IPv6 is not followed",
	"jitter_high":         "a whole line is slow or lossy, not a place",
	"large_hello_lost":    "sizes are not followed hop by hop",
	"line_slept":          "a whole line is slow to wake up, not a place",
	"loss_high":           "a whole line is slow or lossy, not a place",
	"mtu_black_hole":      "sizes are not followed hop by hop",
	"nothing_answers":     "no router was heard",
	"port_lossy":          "a whole line is slow or lossy, not a place",
	"port_accept_unreal":  "no sweep was made in its world",
	"port_refused":        "no sweep was made in its world",
	"port_silent":         "no sweep was made in its world",
	"rtt_high":            "a whole line is slow or lossy, not a place",
	"side_host_fails":     "the host or a filter of it",
	"source_port_blocked": "source ports are not followed",
	"udp_not_passing":     "no router was heard",
	"web_unreachable":     "the host or a filter of it",
}

func worlds() map[string]diagnosetest.Golden {
	all := diagnosetest.Goldens()
	maps.Copy(all, diagnosetest.InsideGoldens())
	maps.Copy(all, diagnosetest.NameGoldens())
	return all
}

// The culprit's place as scripts read it, of every cause in its own world: it is there,
// and it stays as it is.
func TestEveryCauseThatKnowsAPlaceGivesIt(t *testing.T) {
	var out bytes.Buffer
	all := worlds()
	for _, code := range slices.Sorted(maps.Keys(all)) {
		judged := report.Tell(words.English(), diagnose.Judge(all[code].Fires.In))
		for _, f := range judged.Findings {
			if f.Code != code {
				continue
			}
			if _, none := placeless[code]; none != (f.Where == nil) {
				t.Errorf("%s: it has a place: %v; the list of those without: %q", code, f.Where != nil, placeless[code])
			}
			where, err := json.Marshal(f.Where)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s (%s) %s\n", code, f.Layer, where)
			for _, s := range f.Suspects {
				if s.Where != nil {
					where, _ := json.Marshal(s.Where)
					fmt.Fprintf(&out, "  or %s %s\n", s.Layer, where)
				}
			}
			break
		}
	}
	file := filepath.Join("testdata", "where.txt")
	if *update {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("where culprits are (-file +now); after review: go test ./internal/report -run Place -update\n%s", diff)
	}
}

// Whoever is not named has no place, and whoever is has the deciding finding's.
func TestOnlyANamedCulpritHasAPlace(t *testing.T) {
	named := 0
	for code, c := range worlds() {
		for _, w := range []*diagnosetest.World{c.Fires, c.Rival} {
			told := report.Tell(words.English(), diagnose.Judge(w.In))
			v := told.Verdict
			if v.Layer == nil && v.Where != nil {
				t.Errorf("a world of %s: %s names nobody, at %+v", code, v.Status, *v.Where)
			}
			if v.Layer == nil || v.Status == finding.StatusOK {
				continue
			}
			i := slices.IndexFunc(told.Findings, func(f report.Finding) bool { return f.Code == v.Code })
			if i < 0 || !cmp.Equal(told.Findings[i].Where, v.Where) {
				t.Errorf("a world of %s: the verdict is at %+v, which is not its finding's place", code, v.Where)
			}
			named++
		}
	}
	if named < 100 {
		t.Errorf("only %d verdicts name somebody", named)
	}
}

// What a report says of places is rewritten as the rest of it is.
func TestPlacesAndLabelsAreRedacted(t *testing.T) {
	var r report.Report
	found := false
	for code, c := range worlds() {
		if code == "path_located" {
			told := report.Tell(words.English(), diagnose.Judge(c.Fires.In))
			r = report.Report{Schema: report.Schema, Verdict: told.Verdict, Findings: told.Findings, Observations: c.Fires.In.Observations}
			found = r.Verdict.Where != nil && r.Verdict.Where.From != ""
		}
	}
	if !found {
		t.Fatal("no place to redact")
	}
	r.About = report.About{Labels: map[string]string{"lisa": "Lisa's desk in Osaka, " + r.Verdict.Where.From}, Ticket: "INC-4711"}
	red := report.NewRedactor(report.Names{Users: []string{"Lisa"}}).Report(r)
	if w := red.Verdict.Where; w.From != "192.0.2.1" || w.Kind != r.Verdict.Where.Kind || !slices.Equal(w.Ports, r.Verdict.Where.Ports) {
		t.Errorf("the place %+v became %+v", *r.Verdict.Where, *w)
	}
	want := map[string]string{"lisa": "user-1's desk in Osaka, private-1"}
	if red.Ticket != "INC-4711" || !cmp.Equal(red.Labels, want) {
		t.Errorf("the labels became %v, not %v; the ticket %q", red.Labels, want, red.Ticket)
	}
	if r.Labels["lisa"] == red.Labels["lisa"] {
		t.Error("the report that was redacted was changed as well")
	}
}

func TestLabelsAndTicketsAreBounded(t *testing.T) {
	long := string(bytes.Repeat([]byte("x"), report.LongestLabel+1))
	for label, want := range map[string]bool{
		"site=Osaka": true, "a.b-c_1=x=y": true, "ort=Zürich, 3. Stock": true,
		"site": false, "=Osaka": false, "1site=x": false, "si te=x": false, "site=": false, "site=" + long: false, "site=a\nb": false, "site=\x1b[2J": false,
	} {
		if _, _, ok := report.ReadLabel(label); ok != want {
			t.Errorf("the label %q is taken: %v", label, ok)
		}
	}
	before := report.About{Labels: map[string]string{"site": "Osaka", "floor": "3"}, Ticket: "A-1"}
	got := report.About{Labels: map[string]string{"site": "Kyoto"}}.Or(before)
	if want := (report.About{Labels: map[string]string{"site": "Kyoto", "floor": "3"}, Ticket: "A-1"}); !cmp.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
