// Package report is the one result of a run: the struct behind the JSON, the
// text and the terminal UI, built by folding the run's events, checked by the
// JSON Schema beside it, and redacted here before anybody sees it.
package report

import (
	"net/netip"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

// Schema is the identifier of the report's format.
const Schema = "wsdoctor.report/v1"

// Report is one finished (or interrupted) run. Fields are only ever added.
type Report struct {
	Schema string `json:"schema" redact:"keep"`
	Tool   Tool   `json:"tool"`
	Run    Run    `json:"run"`
	Target Target `json:"target"`
	About         // what whoever made it says of it
	// Policy is the company's policy that it was made under.
	Policy       *PolicyMark          `json:"policy,omitempty"`
	Lang         string               `json:"lang,omitempty" redact:"keep"` // the language of what it says; empty in older ones, which speak English
	Verdict      Verdict              `json:"verdict"`
	Layers       []finding.LayerState `json:"layers"`
	Findings     []Finding            `json:"findings"`
	Observations []probe.Observation  `json:"observations"`
	Gaps         []string             `json:"gaps" redact:"text"`
	// Pseudonyms says that names and addresses are pseudonyms, and whose: see RunPseudonyms.
	Pseudonyms string `json:"redacted,omitempty" redact:"keep"`
	// Egress are the public addresses that this computer's traffic was seen to come from.
	Egress []netip.Addr `json:"egress,omitempty" redact:"own"`
}

// PolicyMark names a company's policy.
type PolicyMark struct {
	Name    string `json:"name,omitempty" redact:"text"`
	Version string `json:"version,omitempty" redact:"keep"`
}

// Tool is the program that made the report.
type Tool struct {
	Version string `json:"version" redact:"keep"`
	Commit  string `json:"commit" redact:"keep"`
	Go      string `json:"go" redact:"keep"`
}

// Run is the run the report is about.
type Run struct {
	ID          string        `json:"id" redact:"keep"`
	Vantage     probe.Vantage `json:"vantage"`
	StartedAt   time.Time     `json:"started_at"`
	DurationMS  float64       `json:"duration_ms"`
	OS          string        `json:"os" redact:"keep"`
	Arch        string        `json:"arch" redact:"keep"`
	Privileged  bool          `json:"privileged"`
	Interrupted bool          `json:"interrupted"`
	// Demo names the simulated scenario, empty for a real run.
	Demo string `json:"demo,omitempty" redact:"keep"`
}

// Target is what the run was pointed at.
type Target struct {
	Region       string         `json:"region" redact:"keep"`
	Protocol     probe.Protocol `json:"protocol" redact:"keep"`
	Gateway      string         `json:"gateway" redact:"gateway"`
	DirectoryID  string         `json:"directory_id" redact:"directory-id"`
	Registration string         `json:"registration" redact:"registration"` // tail redacted, for example "SLiad+******"
	Domain       string         `json:"domain,omitempty" redact:"directory"`
	Symptom      string         `json:"symptom,omitempty" redact:"keep"`
	AllowedCIDRs []string       `json:"allowed_cidrs,omitempty" redact:"text"`
}
