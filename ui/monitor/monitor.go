// Package monitor writes a report in the forms that monitoring systems read: one line
// for Nagios and its kin, metrics for Prometheus, test cases for Jenkins, one line for
// the detection script of an Intune remediation.
//
// It shows a report and the numbers that were computed of it, and judges nothing: each
// state and exit code is a look-up by what the verdict says. Every text of a report may
// come from a file that anybody has written, so each form has its own escape.
package monitor

import (
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// Snapshot is a report and the numbers of its run.
type Snapshot struct {
	Report   report.Report
	Measures facts.Measures
}

// Of takes a report whose texts are made fit to be shown.
func Of(r report.Report, m facts.Measures) Snapshot { return Snapshot{r.Printable(mostText), m} }

// mostText bounds one text of a report, in runes: plugins' lines and labels are short.
const mostText = 700

// severity is how bad a status is for a monitor: 0 to 3 as Nagios counts.
var severity = map[finding.Status]int{
	finding.StatusOK: 0, finding.StatusDegraded: 1, finding.StatusFault: 2, finding.StatusInconclusive: unknown,
}

// unknown is said of what no verdict tells.
const unknown = 3

func severityOf(v report.Verdict) int {
	if n, known := severity[v.Status]; known {
		return n
	}
	return unknown
}

// named is the verdict's layer, or nothing.
func named(v report.Verdict) string {
	if v.Layer == nil {
		return ""
	}
	return string(*v.Layer)
}

// line is a text on one line, without runs of spaces.
func line(s string) string { return strings.Join(strings.Fields(probe.Clean(s, mostText)), " ") }
