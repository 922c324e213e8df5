package architecture

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// severities are the states of boxes that findings are about.
var severities = map[finding.Severity]State{
	finding.SeverityFault: Wrong, finding.SeverityDegraded: Limited,
	finding.SeveritySuspect: Suspect, finding.SeverityInfo: Noted,
}

// mark puts a report's findings on the boxes they are about: those that they name, or
// that of their layer. One that another explains is no more than worth knowing, and one
// that rests on elimination alone leaves its layer suspect.
func (d Drawing) mark(r report.Report) {
	for _, f := range r.Findings {
		state := severities[f.Severity]
		switch {
		case f.SuppressedBy != nil:
			state = Noted
		case state == Wrong && f.Confidence == finding.Possible:
			state = Suspect
		}
		for _, b := range d.meant(r.Run.Vantage, f) {
			b.note(state, f.Code)
		}
	}
}

// decide marks what the verdict says and no finding: the layer that it names by what it
// leaves, and its suspects.
func (d Drawing) decide(v report.Verdict) {
	named := func(b *Box) bool { return b.State >= Limited && slices.Contains(b.Codes, v.Code) }
	if v.Layer != nil && !slices.ContainsFunc(d.Boxes(), named) {
		d.home("", *v.Layer).note(Suspect, v.Code)
	}
	for _, s := range v.Suspects {
		if b := d.home("", s.Layer); b.State < Suspect {
			b.note(Suspect, v.Code)
		}
	}
}

// meant are the boxes that a finding is about. One about the WorkSpace means the part of
// it that its layer is.
func (d Drawing) meant(from probe.Vantage, f report.Finding) (list []*Box) {
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
	return []*Box{d.home(from, f.Layer)}
}

// note adds a finding to a box. The first is the gravest, because findings are so
// ordered.
func (b *Box) note(s State, code string) {
	b.State = max(b.State, s)
	if !slices.Contains(b.Codes, code) {
		b.Codes = append(b.Codes, code)
	}
}
