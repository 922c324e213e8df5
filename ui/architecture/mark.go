package architecture

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
)

// severities are the states of boxes that findings are about.
var severities = map[finding.Severity]State{
	finding.SeverityFault: Wrong, finding.SeverityDegraded: Limited,
	finding.SeveritySuspect: Suspect, finding.SeverityInfo: Noted,
}

// mark puts the report's findings on the boxes they are about: those that they name, or
// that of their layer. One that another explains is no more than worth knowing. A suspect
// of the verdict is marked as one.
func (d *Drawing) mark(r report.Report) {
	for _, f := range r.Findings {
		state := severities[f.Severity]
		if f.SuppressedBy != nil {
			state = Noted
		}
		for _, b := range d.meant(f) {
			b.note(state, f.Code)
		}
	}
	if r.Verdict.Layer != nil {
		return
	}
	for _, s := range r.Verdict.Suspects {
		for _, b := range d.Boxes() {
			if b.ID == home(s.Layer) && b.State < Suspect {
				b.note(Suspect, r.Verdict.Code)
			}
		}
	}
}

// meant are the boxes that a finding is about. One about the WorkSpace means the part of
// it that its layer is.
func (d *Drawing) meant(f report.Finding) (list []*Box) {
	var names []string
	if f.Where != nil && f.Where.Kind == finding.AtResource {
		names = append([]string{f.Where.From}, f.Where.Also...)
	}
	for _, b := range d.Boxes() {
		if slices.ContainsFunc(names, b.means) && b.ID != atWorkspace {
			list = append(list, b)
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, place := range []string{home(f.Layer), atWorkspace} {
		for _, b := range d.Boxes() {
			if b.ID == place {
				return []*Box{b}
			}
		}
	}
	return nil
}

// note adds a finding to a box. The first is the gravest, because findings are so
// ordered.
func (b *Box) note(s State, code string) {
	b.State = max(b.State, s)
	if !slices.Contains(b.Codes, code) {
		b.Codes = append(b.Codes, code)
	}
}
