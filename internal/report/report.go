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
	Schema       string               `json:"schema"`
	Tool         Tool                 `json:"tool"`
	Run          Run                  `json:"run"`
	Target       Target               `json:"target"`
	About                             // what whoever made it says of it
	Lang         string               `json:"lang,omitempty"` // the language of what it says; empty in older ones, which speak English
	Verdict      Verdict              `json:"verdict"`
	Layers       []finding.LayerState `json:"layers"`
	Findings     []Finding            `json:"findings"`
	Observations []probe.Observation  `json:"observations"`
	Gaps         []string             `json:"gaps"`
	// Egress are the public addresses that this computer's traffic was seen to come from.
	Egress []netip.Addr `json:"egress,omitempty"`
}

// Tool is the program that made the report.
type Tool struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

// Run is the run the report is about.
type Run struct {
	ID          string    `json:"id"`
	Vantage     string    `json:"vantage"` // desk or workspace
	StartedAt   time.Time `json:"started_at"`
	DurationMS  float64   `json:"duration_ms"`
	OS          string    `json:"os"`
	Arch        string    `json:"arch"`
	Privileged  bool      `json:"privileged"`
	Interrupted bool      `json:"interrupted"`
	// Demo names the simulated scenario, empty for a real run.
	Demo string `json:"demo,omitempty"`
}

// Target is what the run was pointed at.
type Target struct {
	Region       string   `json:"region"`
	Protocol     string   `json:"protocol"` // pcoip, dcv or both
	Gateway      string   `json:"gateway"`
	DirectoryID  string   `json:"directory_id"`
	Registration string   `json:"registration"` // tail redacted, for example "SLiad+******"
	Domain       string   `json:"domain,omitempty"`
	Symptom      string   `json:"symptom,omitempty"`
	AllowedCIDRs []string `json:"allowed_cidrs,omitempty"`
}
