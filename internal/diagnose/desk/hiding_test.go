package desk

import (
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// A finding that is only worth knowing, or that only slows things, hides nothing; a
// suspicion hides no other layer's fault.
func TestOnlyWhatIsWrongHides(t *testing.T) {
	is := func(code string, severity finding.Severity, confidence finding.Confidence, supports ...string) finding.Finding {
		return finding.Finding{Code: code, Layer: layer.DNS, Severity: severity, Confidence: confidence, Supports: supports, Explains: supports}
	}
	e := gather(facts.Input{Vantage: "desk", Observations: []probe.Observation{
		{ID: "o1", Outcome: probe.Failed}, {ID: "o2", Outcome: probe.Silent}, {ID: "o3", Outcome: probe.OK},
	}})
	for _, row := range []struct {
		name           string
		cause, symptom finding.Finding
		hidden         bool
	}{
		{"a fault that explains all", is("a", finding.SeverityFault, finding.Proven, "o1", "o2"), is("b", finding.SeverityFault, finding.Likely, "o1"), true},
		{"a fault that explains part", is("a", finding.SeverityFault, finding.Proven, "o1"), is("b", finding.SeverityFault, finding.Likely, "o1", "o2"), false},
		{"a suspicion that explains all of another", is("a", finding.SeveritySuspect, finding.Likely, "o1", "o2"), is("b", finding.SeveritySuspect, finding.Possible, "o1"), true},
		{"a suspicion and a fault", is("a", finding.SeveritySuspect, finding.Likely, "o1", "o2"), is("b", finding.SeverityFault, finding.Possible, "o1"), false},
		{"a limit", is("a", finding.SeverityDegraded, finding.Proven, "o1", "o2"), is("b", finding.SeverityDegraded, finding.Possible, "o1"), false},
		{"what is worth knowing", is("a", finding.SeverityInfo, finding.Proven, "o1", "o2"), is("b", finding.SeverityInfo, finding.Possible, "o1"), false},
		{"nothing odd in the symptom", is("a", finding.SeverityFault, finding.Proven, "o1", "o3"), is("b", finding.SeverityFault, finding.Likely, "o3"), false},
		{"something right beside what is odd", is("a", finding.SeverityFault, finding.Proven, "o1"), is("b", finding.SeverityFault, finding.Likely, "o1", "o3"), true},
	} {
		list := []finding.Finding{row.symptom, row.cause}
		suppress(e, list)
		if got := list[0].SuppressedBy != nil; got != row.hidden || list[1].SuppressedBy != nil && row.hidden {
			t.Errorf("%s: %s", row.name, diagnosetest.Codes(list))
		}
	}
	// A hidden cause hides nothing itself, so that a symptom names what stands.
	list := []finding.Finding{is("c", finding.SeveritySuspect, finding.Possible, "o1"), is("b", finding.SeveritySuspect, finding.Likely, "o1"), is("a", finding.SeverityFault, finding.Proven, "o1")}
	suppress(e, list)
	if list[0].SuppressedBy == nil || *list[0].SuppressedBy != "a" || list[2].SuppressedBy != nil {
		t.Errorf("of three: %s", diagnosetest.Codes(list))
	}
}
