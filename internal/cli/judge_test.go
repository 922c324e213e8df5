package cli

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// elsewhere is a healthy report as it would be of another Region, in which the
// broker's name is unknown to every name server.
func elsewhere(region string) report.Report {
	r := reporttest.Samples()["healthy"]
	home := r.Target.Region
	r.Target.Region = region
	var list []probe.Observation
	for _, o := range r.Observations {
		o.Target = strings.ReplaceAll(o.Target, home, region)
		if strings.HasPrefix(o.Host(), "ws-broker-service.") {
			switch d := o.Detail.(type) {
			case probe.DNSDetail:
				d.Name, d.RCode, d.Addresses = o.Host(), "NXDOMAIN", nil
				o.Outcome, o.Failure, o.Detail = probe.Failed, probe.DNSNXDomain, d
			case probe.ConnectDetail:
				o.Outcome, o.Failure, o.Detail, o.Address = probe.Skipped, probe.NoAddress, probe.NoDetail{}, ""
			default:
				continue
			}
		}
		list = append(list, o)
	}
	r.Observations = list
	return r
}

// Whether a host exists whose name is only guessed is not known: that it does not
// answer accuses nobody, and is said.
func TestANameByPatternAccusesNobody(t *testing.T) {
	faults := func(list []report.Finding) (codes []string) {
		for _, f := range list {
			if f.Severity != finding.SeverityInfo {
				codes = append(codes, f.Code)
			}
		}
		return codes
	}
	known := rejudged(words.English(), elsewhere("us-west-2"))
	if got := faults(known.Findings); len(got) == 0 {
		t.Fatal("a published name that is unknown is no finding: this test could not fail")
	}
	r := rejudged(words.English(), elsewhere("us-east-2"))
	if got := faults(r.Findings); len(got) > 0 || r.Verdict.Status == finding.StatusFault {
		t.Errorf("findings %q, status %s", got, r.Verdict.Status)
	}
	said := 0
	for _, gap := range r.Gaps {
		if strings.Contains(gap, "ws-broker-service.us-east-2.amazonaws.com") {
			said++
		}
	}
	if again := rejudged(words.English(), r); said != 1 || len(again.Gaps) != len(r.Gaps) {
		t.Errorf("said %d times; %d gaps, judged again %d", said, len(r.Gaps), len(again.Gaps))
	}
	if len(r.Observations) != len(elsewhere("us-east-2").Observations) {
		t.Error("observations were taken out of the report")
	}
}

// Whoever opens a network for PCoIP alone is told that it ends.
func TestAVerdictOnPCoIPAloneNamesItsEnd(t *testing.T) {
	told := map[bool]int{}
	for name, r := range reporttest.Samples() {
		v := rejudged(words.English(), r).Verdict
		said := slices.ContainsFunc(v.Remedy, func(s string) bool { return strings.Contains(s, "2027-10-31") })
		alone := r.Run.Vantage == "desk" && v.Status == finding.StatusFault && v.Protocols.PCoIP == finding.ProtocolBlocked && v.Protocols.DCV != finding.ProtocolBlocked
		if said != alone {
			t.Errorf("%s: said %v, PCoIP %s, DCV %s", name, said, v.Protocols.PCoIP, v.Protocols.DCV)
		}
		told[said]++
	}
	if told[true] == 0 || told[false] == 0 {
		t.Errorf("told in %d samples, not in %d: one half was not tried", told[true], told[false])
	}
}

// Only the build that wrote a report knows what verdict it should hold.
func TestAnEditedReportIsKnownByTheBuildThatWroteIt(t *testing.T) {
	by := report.Tool{Version: "v1.2.3", Commit: "0123456789ab", Go: "go1.26"}
	r := rejudged(words.English(), reporttest.Samples()["host-firewall"])
	r.Tool = by
	whitewashed := r
	whitewashed.Verdict.Status, whitewashed.Verdict.Code, whitewashed.Verdict.Layer = finding.StatusOK, "all_measured_passes", nil
	older, hidden := whitewashed, whitewashed
	older.Tool.Commit = "ba9876543210"
	hidden.Gaps = append(slices.Clone(hidden.Gaps), report.RedactionGap(words.English()))
	for name, c := range map[string]struct {
		stored report.Report
		want   bool
	}{"as it was written": {r, false}, "with another verdict": {whitewashed, true}, "of another build": {older, false}, "redacted": {hidden, false}} {
		if got := edited(c.stored, rejudged(words.English(), c.stored), by); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if unknown := (report.Tool{Version: "devel", Go: "go1.26"}); edited(whitewashed, rejudged(words.English(), whitewashed), unknown) {
		t.Error("a build that does not know what it is knows another")
	}
}

func TestEveryTextOfAFactSheetSaysWhatItTellsOfTheUser(t *testing.T) {
	for _, problem := range reporttest.Untagged(reflect.TypeFor[factSheet]()) {
		t.Error(problem)
	}
}

func TestThatNamesWereReplacedIsToldAnewInAnotherLanguage(t *testing.T) {
	r := report.NewRedactor(report.Names{}).Report(rejudged(words.English(), reporttest.Samples()["healthy"]))
	ja, _ := words.In("ja")
	told := rejudged(ja, r)
	back := rejudged(words.English(), told)
	if !slices.Contains(told.Gaps, report.RedactionGap(ja)) || !slices.Contains(back.Gaps, report.RedactionGap(words.English())) {
		t.Errorf("%q, and back %q", told.Gaps, back.Gaps)
	}
}
