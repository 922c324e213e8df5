package merge_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/text"
)

var update = flag.Bool("update", false, "write golden files")

var options = merge.Options{AnyAge: true, AnyRegion: true, Tool: report.Tool{Version: "0.1.0"}}

func merged(t testing.TB, desk, inside report.Report) merge.Result {
	t.Helper()
	r, err := merge.Merge([]report.Report{desk, inside}, options)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func page(t testing.TB, r merge.Result, o text.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := text.RenderMerge(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCombinationsGiveTheirVerdict(t *testing.T) {
	for name, c := range combinations() {
		r := merged(t, c.desk, c.inside)
		got := combination{status: r.Verdict.Status, confidence: r.Verdict.Confidence, by: string(r.DecidedBy)}
		if r.Verdict.Layer != nil {
			got.layer = *r.Verdict.Layer
		}
		var legs []string
		for _, l := range r.Legs {
			legs = append(legs, string(l.Status))
		}
		got.legs = strings.Join(legs, " ")
		for _, a := range r.Also {
			got.also = append(got.also, a.Code)
		}
		for _, s := range r.Verdict.Suspects {
			got.suspects = append(got.suspects, s.Layer)
		}
		want := c
		want.desk, want.inside = report.Report{}, report.Report{}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(combination{}), cmp.FilterPath(func(p cmp.Path) bool {
			return p.String() == "desk" || p.String() == "inside"
		}, cmp.Ignore())); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", name, diff, page(t, r, text.Options{}))
		}
	}
}

// What neither end was shown alive is not ok without a word, whatever the reports'
// own codes say: those of older versions say that all passes.
func TestBothEndsPassOnlyIfTheDesktopWasShownToBeLetIn(t *testing.T) {
	for name, want := range map[string]string{"both-pass": merge.CodeBothPass, "both-pass-unprivileged": finding.CodeAsFarAsSeen} {
		c := combinations()[name]
		if v := merged(t, c.desk, c.inside).Verdict; v.Status != finding.StatusOK || v.Code != want {
			t.Errorf("%s: %s %s, want %s", name, v.Status, v.Code, want)
		}
	}
}

func TestPages(t *testing.T) {
	for name, c := range combinations() {
		r := merged(t, c.desk, c.inside)
		golden(t, name+".txt", page(t, r, text.Options{Unicode: true}))
		if name == "both-fault" {
			golden(t, name+"-verbose.txt", page(t, r, text.Options{Unicode: true, Verbose: true}))
			golden(t, name+"-quiet.txt", page(t, r, text.Options{Unicode: true, Quiet: true}))
			b, err := r.JSON()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", string(b))
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestEveryGoldenBelongsToACombination(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d golden pages, %v", len(files), err)
	}
	all := combinations()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		name = strings.TrimSuffix(strings.TrimSuffix(name, "-verbose"), "-quiet")
		if _, known := all[name]; !known {
			t.Errorf("%s is of no combination", file)
		}
	}
}

// A merged verdict may accuse only what one of the reports accuses or suspects,
// or, where both are clean, what neither end can see.
func TestNobodyIsAccusedWhomNoReportSuspects(t *testing.T) {
	named := func(r report.Report, id layer.ID) bool {
		for _, f := range r.Findings {
			if f.Layer == id && f.SuppressedBy == nil && f.Severity != finding.SeverityInfo {
				return true
			}
			for _, s := range f.Suspects {
				if s.Layer == id {
					return true
				}
			}
		}
		for _, s := range r.Verdict.Suspects {
			if s.Layer == id {
				return true
			}
		}
		return false
	}
	desks, insides := map[string]report.Report{}, map[string]report.Report{}
	for name, c := range combinations() {
		desks[name], insides[name] = c.desk, c.inside
	}
	for name, r := range reporttest.Samples() {
		if r.Run.Interrupted || r.Run.Demo != "" || name == "hostile" {
			continue
		}
		if r.Run.Vantage == "desk" {
			desks["sample "+name] = r
		} else {
			insides["sample "+name] = r
		}
	}
	for dn, d := range desks {
		for in, w := range insides {
			r := merged(t, d, w)
			if l := r.Verdict.Layer; l != nil && !named(d, *l) && !named(w, *l) {
				t.Errorf("%s with %s: %s is accused, and no report names it", dn, in, *l)
			}
			if r.Verdict.Status == finding.StatusOK && (len(r.Also) > 0 || r.Verdict.Layer != nil) {
				t.Errorf("%s with %s: ok, and yet %+v", dn, in, r.Also)
			}
			if r.Verdict.Status == finding.StatusInconclusive && r.Verdict.NextTest == nil {
				t.Errorf("%s with %s: inconclusive without a next step", dn, in)
			}
			if l := r.Legs[1]; l.Status == merge.LegOK && !l.Inferred {
				t.Errorf("%s with %s: the leg that nobody measures is called measured", dn, in)
			}
		}
	}
}

func TestEveryLayerIsInOneLeg(t *testing.T) {
	for _, l := range layer.All {
		end, broken := sample("healthy"), sample("inside-healthy")
		if l.Inside() {
			accuse(&broken, stFault, plain("x", l.ID, finding.SeverityFault, proven, "It is broken."))
		} else {
			accuse(&end, stFault, plain("x", l.ID, finding.SeverityFault, proven, "It is broken."))
		}
		count := 0
		for _, leg := range merged(t, end, broken).Legs {
			if leg.Status == merge.LegFault {
				count++
			}
		}
		if count != 1 {
			t.Errorf("a fault of %s shows in %d legs", l.ID, count)
		}
	}
}

// Only a connection from the management network, to eth0, to one of its ports
// shows that the leg between passes.
func TestTheLegBetweenIsInferredFromArrivalsOnly(t *testing.T) {
	for name, c := range map[string]struct {
		local, remote string
		want          merge.LegStatus
	}{
		"a gateway streams":        {"10.66.3.5:4172", "10.66.9.20:51422", merge.LegOK},
		"a DCV stream":             {"10.66.3.5:8231", "10.66.9.20:51422", merge.LegOK},
		"management":               {"10.66.3.5:8200", "10.66.9.20:51422", merge.LegOK},
		"over IPv6's form of IPv4": {"[::ffff:10.66.3.5]:4172", "[::ffff:10.66.9.20]:51422", merge.LegOK},
		"another port":             {"10.66.3.5:22", "10.66.9.20:51422", merge.LegNotSeen},
		"on eth1":                  {"172.20.4.77:4172", "10.66.9.20:51422", merge.LegNotSeen},
		"from elsewhere":           {"10.66.3.5:4172", "192.168.1.9:51422", merge.LegNotSeen},
		"from itself":              {"10.66.3.5:4172", "10.66.3.5:51422", merge.LegNotSeen},
	} {
		r := sample("inside-healthy")
		for i := range r.Observations {
			if d, is := r.Observations[i].Detail.(probe.ListenersDetail); is {
				d.Connections = []probe.Connection{connection(c.local, c.remote)}
				r.Observations[i].Detail = d
			}
		}
		if got := merged(t, sample("healthy"), r).Legs[1].Status; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestReportsThatDoNotBelongTogetherAreRefused(t *testing.T) {
	change := func(name string, f func(*report.Report)) report.Report {
		r := sample(name)
		f(&r)
		return r
	}
	desk, inside := sample("healthy"), sample("inside-healthy")
	seen := map[merge.Reason]bool{}
	for name, c := range map[string]struct {
		desk, inside report.Report
		want         merge.Reason
		end          merge.End
	}{
		"two desks":            {desk, desk, merge.TwoDesks, merge.Inside},
		"two accounts":         {ofAccount(nil), ofAccount(nil), merge.TwoAccounts, merge.Desk},
		"two insides":          {inside, inside, merge.TwoInsides, merge.Desk},
		"from the moon":        {desk, change("inside-healthy", func(r *report.Report) { r.Run.Vantage = "moon" }), merge.UnknownVantage, merge.Inside},
		"desk interrupted":     {sample("interrupted"), inside, merge.Interrupted, merge.Desk},
		"inside interrupted":   {desk, change("inside-healthy", func(r *report.Report) { r.Run.Interrupted = true }), merge.Interrupted, merge.Inside},
		"demo at the desk":     {sample("tcp-only"), inside, merge.DemoMixed, merge.Desk},
		"demo inside":          {desk, change("inside-healthy", func(r *report.Report) { r.Run.Demo = "eth0-down" }), merge.DemoMixed, merge.Inside},
		"other Region":         {desk, change("inside-healthy", func(r *report.Report) { r.Target.Region = "us-east-1" }), merge.OtherRegion, merge.Neither},
		"other directory":      {desk, change("inside-healthy", func(r *report.Report) { r.Target.DirectoryID = "d-9067099999" }), merge.OtherDirectory, merge.Neither},
		"other registration":   {desk, change("inside-healthy", func(r *report.Report) { r.Target.Registration = "SLiad+******" }), merge.OtherRegistration, merge.Neither},
		"other protocol":       {change("healthy", func(r *report.Report) { r.Target.Protocol = "dcv" }), change("inside-healthy", func(r *report.Report) { r.Target.Protocol = "pcoip" }), merge.OtherProtocol, merge.Desk},
		"two hours and a bit":  {desk, later(inside, 2*time.Hour-15*time.Minute+time.Second), merge.TooFarApart, merge.Neither},
		"the inside was first": {desk, later(inside, -3*time.Hour), merge.TooFarApart, merge.Neither},
		"no time at all":       {desk, change("inside-healthy", func(r *report.Report) { r.Run.StartedAt = time.Time{} }), merge.TooFarApart, merge.Neither},
	} {
		_, err := merge.Merge([]report.Report{c.desk, c.inside}, merge.Options{})
		var refused *merge.Refusal
		if !errors.As(err, &refused) || refused.Reason != c.want || refused.End != c.end || refused.Error() == "" || strings.HasSuffix(refused.Error(), ".") {
			t.Errorf("%s: %#v", name, err)
			continue
		}
		seen[refused.Reason] = true
	}
	for _, reason := range merge.Reasons {
		if !seen[reason] {
			t.Errorf("%s was not tried", reason)
		}
	}
}

func TestReportsThatBelongTogetherAreTaken(t *testing.T) {
	for name, f := range map[string]func(desk, inside *report.Report){
		"as they are":                func(*report.Report, *report.Report) {},
		"one without Region":         func(_, inside *report.Report) { inside.Target.Region = "" },
		"Region in other letters":    func(_, inside *report.Report) { inside.Target.Region = "EU-Central-1" },
		"one without directory":      func(_, inside *report.Report) { inside.Target.DirectoryID = "" },
		"a code that is a DNS name":  func(_, inside *report.Report) { inside.Target.Registration = "desktop.example.org" },
		"two hours":                  func(_, inside *report.Report) { *inside = later(*inside, 2*time.Hour-15*time.Minute) },
		"the same demo":              func(desk, inside *report.Report) { desk.Run.Demo, inside.Run.Demo = "x", "x" },
		"a redacted one's directory": func(_, inside *report.Report) { *inside = report.NewRedactor(report.Names{}).Report(*inside) },
		"a redacted one's registration": func(desk, inside *report.Report) {
			inside.Target.Registration = "a.example"
			desk.Target.Registration = "b.example"
			*inside = report.NewRedactor(report.Names{}).Report(*inside)
		},
		"a desk that saw both protocols": func(desk, inside *report.Report) { desk.Target.Protocol, inside.Target.Protocol = "both", "pcoip" },
	} {
		desk, inside := sample("healthy"), sample("inside-healthy")
		f(&desk, &inside)
		if _, err := merge.Merge([]report.Report{desk, inside}, merge.Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReportsFarApartAreTakenOnRequestAndSaySo(t *testing.T) {
	r := merged(t, sample("healthy"), later(unconnected(), 31*time.Hour))
	out := page(t, r, text.Options{Verbose: true})
	if r.HoursApart != 31.25 || !strings.Contains(out, "31.2 hours apart") || strings.Count(out, "what one end saw may have changed") < 2 {
		t.Errorf("%g hours\n%s", r.HoursApart, out)
	}
}

func TestGapsSayWhoseTheyAre(t *testing.T) {
	desk, inside := sample("healthy"), sample("inside-unprivileged")
	judged := diagnose.Judge(diagnose.Input{Vantage: "desk", Protocol: "both", Observations: desk.Observations})
	desk.Gaps = words.English().All(judged.Gaps) // as the rules write them
	inside = report.NewRedactor(report.Names{}).Report(inside)
	r := merged(t, desk, inside)
	all, redaction := strings.Join(r.Gaps, "\n"), report.RedactionGap(words.English())
	if !strings.Contains(all, "Desk: IP access control") || !strings.Contains(all, "Inside: The firewall's rules") ||
		strings.Count(all, redaction) != 1 || strings.Contains(all, ": "+redaction) {
		t.Errorf("gaps:\n%s", all)
	}
	if len(judged.Gaps) < 2 || strings.Contains(all, "cannot be seen from a desk") {
		t.Errorf("the desk's blind spot is still named:\n%s", all)
	}
}

// What stands in a stored report alone, without the rules' remedies, is enough.
func TestTheVerdictKeepsTheRemedyOfAStoredReport(t *testing.T) {
	b, err := sample("host-firewall").JSON()
	if err != nil {
		t.Fatal(err)
	}
	stored, err := report.Parse(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r := merged(t, stored, sample("inside-healthy"))
	if diff := cmp.Diff(sample("host-firewall").Verdict.Remedy, r.Verdict.Remedy); diff != "" {
		t.Error(diff)
	}
}

func TestMergingChangesNeitherReport(t *testing.T) {
	for name, c := range combinations() {
		before := [2]string{encoded(t, c.desk), encoded(t, c.inside)}
		merged(t, c.desk, c.inside)
		if before[0] != encoded(t, c.desk) || before[1] != encoded(t, c.inside) {
			t.Errorf("%s: a report was changed", name)
		}
	}
}

func encoded(t testing.TB, r report.Report) string {
	t.Helper()
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What one end left open stays open in both: its layer is one of those that remain.
func TestWhatSeveralCouldCostAccusesNobody(t *testing.T) {
	loss := plain("loss_high", layer.InternetPath, finding.SeverityDegraded, finding.Possible, "18 of 72 probes to AWS were lost.", suspect(layer.InternetPath), suspect(layer.NetworkFirewall))
	desk := with(sample("healthy"), finding.StatusDegraded, loss)
	desk.Verdict.Layer, desk.Verdict.Owner = nil, ""
	loss.Suspects = nil // a stored report keeps them in its verdict only
	desk.Findings[0] = loss
	set(&desk, finding.LayerSuspect, layer.NetworkFirewall)
	// Beside it, something that the other end saw to work decided the report.
	beside := with(sample("healthy"), finding.StatusDegraded, loss)
	accuse(&beside, finding.StatusFault, plain("directory_records_missing", layer.DirectoryDNS, finding.SeverityFault, finding.Proven, "The directory's name server does not know the domain."))
	for name, c := range map[string]struct {
		desk report.Report
		want []layer.ID
	}{
		"it decides":              {desk, []layer.ID{layer.InternetPath, layer.NetworkFirewall}},
		"beside what was refuted": {beside, []layer.ID{layer.InternetPath}},
	} {
		v := merged(t, c.desk, sample("inside-healthy")).Verdict
		var got []layer.ID
		for _, s := range v.Candidates {
			got = append(got, s.Layer)
		}
		if v.Status != finding.StatusDegraded || v.Code != "loss_high" || v.Layer != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %s %s, layer %v, candidates %v", name, v.Status, v.Code, v.Layer, got)
		}
	}
}
