package diagnose

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// verdict folds findings by the table of the contract, section 4: a fault
// nearest to the user first, then what is odd but unseparated, then what works
// badly, then nothing at all.
func verdict(e facts.Evidence, from view, findings []finding.Finding) finding.Verdict {
	v := finding.Verdict{Remedy: []words.Text{}, Suspects: []finding.Suspect{}}
	v.Protocols, v.ProtocolsSeen = from.Protocols(findings)
	faults, odd, slow := finding.Open(
		findings,
		finding.SeverityFault,
	), finding.Open(
		findings,
		finding.SeveritySuspect,
	), finding.Open(
		findings,
		finding.SeverityDegraded,
	)
	switch {
	case len(faults) > 0:
		v.Decide(finding.StatusFault, faults[0])
		v.Suspect(faults[0].Suspects)
	case e.Interrupted && !from.Enough():
		v.Status, v.Code = finding.StatusInconclusive, finding.CodeInterrupted
		v.Summary = words.Say("run.stopped")
		v.NextTest = words.Say("run.let-finish")
	case len(odd) > 0:
		f := odd[0]
		v.Decide(finding.StatusInconclusive, f)
		v.Acquit()
		v.Confidence = ""
		for _, f := range odd {
			v.Suspect(f.Suspects)
		}
	case !from.Enough():
		v.Status, v.Code = finding.StatusInconclusive, finding.CodeNotMeasured
		v.Summary = words.Say("run.too-little")
		v.NextTest = words.Say("run.read-gaps")
	case len(slow) > 0:
		v.Decide(finding.StatusDegraded, slow[0])
		if slow[0].Undecided {
			v.Acquit() // several could cost it
		}
		v.Suspect(slow[0].Suspects)
	default:
		from.Passes(&v)
	}
	v.Split()
	if l, known := layer.Get(layer.ManagementInterface); known && e.Inside() && v.Layer != nil &&
		*v.Layer == layer.LocalDevice {
		v.Owner = words.Owner(l.Owner) // this computer is the WorkSpace
	}
	return v
}

// layers gives every layer of the contract its state.
func layers(from view, v finding.Verdict, findings []finding.Finding) []finding.LayerState {
	list := make([]finding.LayerState, 0, len(layer.All))
	for _, l := range layer.All {
		s := finding.LayerState{ID: l.ID, Status: finding.LayerNotTested, Findings: []int{}}
		if from.Looked(l.ID) {
			s.Status = finding.LayerOK
		}
		suppressed := false
		for i, f := range findings {
			if f.Layer != l.ID {
				continue
			}
			s.Findings = append(s.Findings, i)
			if f.SuppressedBy != nil {
				suppressed = suppressed || f.Severity != finding.SeverityInfo
				continue
			}
			s.Status = worse(s.Status, f.Severity)
		}
		if suppressed && (s.Status == finding.LayerOK || s.Status == finding.LayerNotTested) {
			s.Status = finding.LayerUnknown // only symptoms of something else were seen here
		}
		named := slices.ContainsFunc(v.Suspects, func(c finding.Suspect) bool { return c.Layer == l.ID })
		if named &&
			(s.Status == finding.LayerOK || s.Status == finding.LayerNotTested || s.Status == finding.LayerUnknown) {
			s.Status = finding.LayerSuspect
		}
		if s.Status == finding.LayerOK && v.Status != finding.StatusOK && !from.Cleared(l.ID) {
			s.Status = finding.LayerUnknown
		}
		if s.Status == finding.LayerOK && l.ID == layer.StreamingGateway &&
			v.Code == finding.CodeAsFarAsSeen { // it never answered
			s.Status = finding.LayerUnknown
		}
		list = append(list, s)
	}
	return list
}

// unheard says what this system does not let the program look at.
func unheard(e facts.Evidence) []words.Text {
	var list []words.Text
	for _, u := range unseen {
		if slices.ContainsFunc(
			e.Of(u.op),
			func(o probe.Observation) bool { return o.Outcome == probe.Skipped && o.Failure == probe.Unsupported },
		) {
			list = append(list, words.Say(u.cannot))
		}
	}
	return list
}

var layerWorse = []finding.LayerStatus{finding.LayerFault, finding.LayerSuspect, finding.LayerDegraded}

func worse(have finding.LayerStatus, severity finding.Severity) finding.LayerStatus {
	want := map[finding.Severity]finding.LayerStatus{finding.SeverityFault: finding.LayerFault, finding.SeveritySuspect: finding.LayerSuspect, finding.SeverityDegraded: finding.LayerDegraded}[severity]
	if want == "" {
		return have
	}
	if i := slices.Index(layerWorse, have); i >= 0 && i <= slices.Index(layerWorse, want) {
		return have
	}
	return want
}

// unseen says what is missing where a system does not let the program look.
var unseen = []struct {
	op     probe.Operation
	cannot string
}{
	{probe.PathSweep, "gap.no-sweep"},
	{probe.PathMTU, "gap.no-sizes"},
	{probe.HostCounters, "gap.no-counters"},
}
