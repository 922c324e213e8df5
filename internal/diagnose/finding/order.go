package finding

// SeverityOrder is from worst to least.
var SeverityOrder = []Severity{SeverityFault, SeveritySuspect, SeverityDegraded, SeverityInfo}

// Open gives the findings that no cause hides, of one severity.
func Open(findings []Finding, severity Severity) []Finding {
	var list []Finding
	for _, f := range findings {
		if f.SuppressedBy == nil && f.Severity == severity {
			list = append(list, f)
		}
	}
	return list
}
