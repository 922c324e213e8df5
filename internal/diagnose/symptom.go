package diagnose

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// symptom turns what the client shows into a finding, and only when nothing was
// measured to be wrong: a symptom never overrules a measurement.
func symptom(e facts.Evidence, from view, findings []finding.Finding) (finding.Finding, bool) {
	s, known := SymptomByID(e.Symptom)
	if !known || e.Inside() || e.Vantage == probe.InAccount {
		return finding.Finding{}, false
	}
	if len(finding.Open(findings, finding.SeverityFault))+len(finding.Open(findings, finding.SeveritySuspect)) > 0 ||
		!from.Enough() {
		return finding.Finding{}, false
	}
	then := slices.Clone(s.Then)
	// A layer that the run has cleared by measurement is left out.
	if e.Symptom == "not-authorized" && from.Looked(layer.IPAccessControl) {
		then = then[1:]
	}
	f := finding.Finding{
		Code: s.Code(), Layer: then[0], Severity: finding.SeverityFault,
		Summary:  words.Say("symptom-found.all-passes").Then(s.Why()),
		Supports: []string{}, Contradicts: []string{}, Remedy: s.Remedy(), NextTest: s.Next(),
	}
	if degraded := finding.Open(findings, finding.SeverityDegraded); len(degraded) > 0 {
		if slices.Contains(s.First, degraded[0].Layer) {
			return finding.Finding{}, false // the measurement explains the symptom
		}
		f.Summary = words.Say("symptom-found.not-well").Then(s.Why())
	}
	for _, id := range then[1:] {
		why := words.Say("symptom-found.not-ruled-out")
		if id == layer.LocalDevice && slices.Contains([]layer.ID{layer.Directory, layer.IPAccessControl}, s.Then[0]) {
			why = words.Say("symptom-found.typed-wrong")
		}
		f.Rivals = append(f.Rivals, finding.Rival{Layer: id, Rare: true, Why: why})
	}
	for _, role := range facts.StreamingRoles {
		f.Supports = append(f.Supports, facts.IDs(facts.StateOf(e.Port(role.Endpoint)).OK...)...)
	}
	if w, asked := e.Web("broker"); asked {
		f.Supports = append(f.Supports, facts.IDs(w.Last)...)
	}
	f.Weigh(words.Text{})
	return f, true
}

// Symptom is what the client shows, by the ID of the contract, section 6.
type Symptom struct {
	ID    string
	Facts []string   // where it is documented: rows of the symptom table
	First []layer.ID // desk layers that must be cleared first
	// Then are the layers that elimination leaves, the likeliest first. Empty:
	// the symptom speaks only about what the desk can measure.
	Then []layer.ID
}

// Shows is the client's words, shortened.
func (s Symptom) Shows() words.Text { return s.text("shows") }

// Why says why elimination leads there.
func (s Symptom) Why() words.Text { return s.text("why") }

// Remedy says what to do, step by step.
func (s Symptom) Remedy() []words.Text { return words.Several("symptom." + s.ID + ".remedy") }

// Next is the test that separates the first two.
func (s Symptom) Next() words.Text { return s.text("next") }

func (s Symptom) text(what string) words.Text { return words.Say("symptom." + s.ID + "." + what) }

// Symptoms is the table of all symptoms.
func Symptoms() []Symptom {
	return []Symptom{
		{
			ID:    "loading-then-login",
			Facts: []string{"A1"},
			First: []layer.ID{layer.NetworkFirewall, layer.StreamingGateway},
			Then:  []layer.ID{layer.ManagementInterface, layer.WorkspaceFirewall, layer.StreamingHost},
		},
		{
			ID:    "no-network",
			Facts: []string{"A2", "A3"},
			First: []layer.ID{layer.NetworkFirewall, layer.Proxy},
			Then:  []layer.ID{layer.NetworkFirewall, layer.Proxy, layer.ManagementInterface},
		},
		{
			ID:    "launch-error",
			Facts: []string{"A4"},
			Then:  []layer.ID{layer.StreamingHost, layer.DirectoryDNS, layer.ManagementInterface},
		},
		{
			ID:    "unhealthy",
			Facts: []string{"A5", "A6"},
			Then:  []layer.ID{layer.StreamingHost, layer.WorkspaceFirewall, layer.ManagementInterface},
		},
		{
			ID:    "black-screen",
			Facts: []string{"A8"},
			First: []layer.ID{layer.NetworkFirewall},
			Then:  []layer.ID{layer.NetworkFirewall, layer.LocalFirewall, layer.StreamingHost},
		},
		{
			ID:    "not-authorized",
			Facts: []string{"C2"},
			Then:  []layer.ID{layer.IPAccessControl, layer.Directory, layer.LocalDevice},
		},
		{
			ID:    "registration-service",
			Facts: []string{"C1"},
			First: []layer.ID{layer.AuthGateway},
			Then:  []layer.ID{layer.Directory, layer.LocalDevice},
		},
		{ID: "unrecognized-user", Facts: []string{"C4"}, Then: []layer.ID{layer.Directory, layer.LocalDevice}},
		{
			ID:    "invalid-certificate",
			Facts: []string{"B1", "B2"},
			First: []layer.ID{layer.TLSInspection, layer.LocalDevice},
			Then:  []layer.ID{layer.TLSInspection, layer.LocalDevice},
		},
		{
			ID:    "slow",
			Facts: []string{"A18"},
			First: []layer.ID{layer.InternetPath},
			Then:  []layer.ID{layer.InternetPath, layer.LocalDevice},
		},
		{
			ID:    "drops",
			Facts: []string{"A15", "A16", "A17"},
			First: []layer.ID{layer.InternetPath},
			Then:  []layer.ID{layer.InternetPath, layer.LocalDevice, layer.Directory},
		},
	}
}

// SymptomByID finds a symptom.
func SymptomByID(id string) (Symptom, bool) {
	for _, s := range Symptoms() {
		if s.ID == id {
			return s, true
		}
	}
	return Symptom{}, false
}

// Code is the code of the finding a symptom leads to: "symptom_black_screen".
func (s Symptom) Code() string { return "symptom_" + strings.ReplaceAll(s.ID, "-", "_") }
