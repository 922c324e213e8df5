package watch

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
)

// State is what of a run is compared with the next.
type State struct {
	Status finding.Status    `json:"status"`
	Layer  layer.ID          `json:"layer,omitempty"`
	Code   string            `json:"code"`
	Place  string            `json:"-"` // who is at fault, where that is somebody who stays the same
	Works  finding.Protocols `json:"protocols"`
}

// steady are the places that are the same in every run if nothing changed. A host of
// AWS has another address each time its name is resolved, and an interval is narrower
// or wider as routers happen to answer.
var steady = []finding.Kind{finding.OnDevice, finding.AtResolver, finding.AtProxy, finding.ByRule}

// StateOf is the state that a report tells of.
func StateOf(r report.Report) State {
	v := r.Verdict
	s := State{Status: v.Status, Code: v.Code, Works: v.Protocols}
	if v.Layer != nil {
		s.Layer = *v.Layer
	}
	if w := v.Where; w != nil && slices.Contains(steady, w.Kind) {
		also := slices.Sorted(slices.Values(append([]string{w.From}, w.Also...)))
		s.Place = string(w.Kind) + " " + strings.Join(also, " ")
	}
	return s
}
