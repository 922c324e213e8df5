package monitor

import (
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// mostIntune is how many characters of a detection script's output are kept.
const mostIntune = 2048

// IntuneExit is a detection script's exit code: 1 asks for the remediation, and for
// somebody's eye. What was not shown to work is no reason for peace.
func IntuneExit(r report.Report) int {
	if r.Verdict.Status == finding.StatusOK {
		return 0
	}
	return 1
}

// Intune writes one line of at most 2,048 characters: what scripts read as key=value,
// then the sentence, which is cut if need be.
func Intune(s Snapshot) []byte {
	v := s.Report.Verdict
	fields := append([]label{{"status", string(v.Status)}}, culprit(v)...)
	fields = append(fields, label{"ticket", s.Report.Ticket})
	const mostField = 120 // of one value, so that the sentence finds room
	var parts []string
	for _, f := range fields {
		value := probe.Clean(line(f.value), mostField)
		if strings.ContainsAny(value, " \"=\\") {
			value = strconv.Quote(value)
		}
		if f.value != "" {
			parts = append(parts, f.name+"="+value)
		}
	}
	whole := strings.Join(parts, " ") + ": " + line(v.Summary)
	return append([]byte(probe.Clean(whole, mostIntune-1)), '\n')
}
