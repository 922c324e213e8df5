//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// proof looks at what a run said (standard output, then standard error) and
// says why the run did not do its work, or nil if it did. Only such a run counts.
type proof func(said []byte) error

// says asks for a pattern.
func says(pattern string) proof {
	p := regexp.MustCompile(pattern)
	return func(said []byte) error {
		if !p.Match(said) {
			return fmt.Errorf("the output does not match %q", p)
		}
		return nil
	}
}

// verdictOf is a report's status and layer, and whether it is a report.
func verdictOf(said []byte) (string, bool) {
	var report struct {
		Schema  string `json:"schema"`
		Verdict struct {
			Status string `json:"status"`
			Layer  string `json:"layer"`
		} `json:"verdict"`
	}
	if err := json.NewDecoder(bytes.NewReader(said)).Decode(&report); err != nil || report.Schema == "" {
		return "", false
	}
	return strings.TrimSpace(report.Verdict.Status + " " + report.Verdict.Layer), true
}

// lastHop is the office firewall as the client sees it: the last device that
// answers for the dropped ports, because it drops only what it passes on.
var lastHop = netip.MustParseAddr("10.20.0.1")

// located asks wsdoctor's report for the finding that packets end behind lastHop.
func located(said []byte) error {
	var report struct {
		Findings []struct {
			Code string `json:"code"`
			Path struct {
				After netip.Addr `json:"after"`
			} `json:"path"`
		} `json:"findings"`
	}
	if err := json.NewDecoder(bytes.NewReader(said)).Decode(&report); err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	for _, f := range report.Findings {
		if f.Code == "path_located" && f.Path.After == lastHop {
			return nil
		}
	}
	return fmt.Errorf("no finding path_located after %s", lastHop)
}

// lastInMtr and lastInTraceroute ask that lastHop was the second hop, and that
// nobody behind it answered.
var (
	lastInMtr = says(
		`(?m)^\s*2\.\|-- ` + regexp.QuoteMeta(lastHop.String()) + ` [^\n]*\n(\s*\d+\.\|-- \?\?\?[^\n]*\n)*\z`,
	)
	lastInTraceroute = says(`(?m)^\s*2  ` + regexp.QuoteMeta(lastHop.String()) + ` [^\n]*\n(\s*\d+  \*\n)+\z`)
)
