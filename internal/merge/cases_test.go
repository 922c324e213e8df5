package merge_test

import (
	"slices"
	"time"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// sample gives a fresh sample report.
// elsewhere makes a desk's report one of another Region.
func elsewhere(r report.Report) report.Report {
	r.Target.Region, r.Target.Registration = "us-west-2", "WSpdx+******"
	return r
}

func sample(name string) report.Report { return reporttest.Samples()[name] }

// showing is a desk at which everything passes while the client shows something.
func showing(id string) report.Report {
	r := sample("healthy")
	s, known := diagnose.SymptomByID(id)
	if !known {
		panic("no symptom " + id)
	}
	r.Target.Symptom = id
	f := report.Finding{
		Code: s.Code(), Layer: s.Then[0], Severity: finding.SeverityFault, Confidence: finding.Possible, Supports: []string{"o5"}, Contradicts: []string{},
		Summary: "Everything measurable from this desk passes. The client's words point further.", Remedy: []string{"Do what the symptom's table says."}, NextTest: "Look there.",
	}
	for _, id := range s.Then[1:] {
		f.Suspects = append(f.Suspects, report.Suspect{Layer: id, Confidence: finding.Possible, Why: "Elimination leaves it too."})
	}
	accuse(&r, finding.StatusFault, f)
	for i := range r.Layers {
		if slices.Contains(s.Then, r.Layers[i].ID) {
			r.Layers[i].Status = finding.LayerSuspect
		}
	}
	return r
}

// accuse adds a finding that decides the report's verdict.
func accuse(r *report.Report, status finding.Status, f report.Finding) {
	r.Findings = append([]report.Finding{f}, r.Findings...)
	for i := range r.Layers {
		for j := range r.Layers[i].Findings {
			r.Layers[i].Findings[j]++
		}
	}
	v := &r.Verdict
	v.Status, v.Code, v.Summary, v.Confidence, v.Remedy, v.Suspects = status, f.Code, f.Summary, f.Confidence, f.Remedy, f.Suspects
	if f.NextTest != "" {
		v.NextTest = &f.NextTest
	}
	v.Layer = &f.Layer
	if l, known := layer.Get(f.Layer); known {
		v.Owner = words.English().Tell(words.Owner(l.Owner))
	}
	if status == finding.StatusInconclusive {
		v.Layer, v.Confidence, v.Owner = nil, "", ""
	}
	words := map[finding.Severity]finding.LayerStatus{finding.SeverityFault: finding.LayerFault, finding.SeverityDegraded: finding.LayerDegraded, finding.SeveritySuspect: finding.LayerSuspect}
	set(r, words[f.Severity], f.Layer)
}

func set(r *report.Report, status finding.LayerStatus, ids ...layer.ID) {
	for i := range r.Layers {
		if slices.Contains(ids, r.Layers[i].ID) {
			r.Layers[i].Status = status
		}
	}
}

// plain is a plain finding with evidence.
func plain(code string, id layer.ID, severity finding.Severity, confidence finding.Confidence, summary string, suspects ...report.Suspect) report.Finding {
	return report.Finding{
		Code: code, Layer: id, Severity: severity, Confidence: confidence, Summary: summary, Supports: []string{"o1"}, Contradicts: []string{},
		Remedy: []string{"Mend it."}, Suspects: suspects,
	}
}

func suspect(id layer.ID) report.Suspect {
	return report.Suspect{Layer: id, Confidence: finding.Possible, Why: "It could be."}
}

// with gives a report with one more deciding finding.
func with(r report.Report, status finding.Status, f report.Finding) report.Report {
	accuse(&r, status, f)
	return r
}

// unconnected is a healthy inside to which nobody is connected.
func unconnected() report.Report { return connectedTo() }

// connectedTo keeps the connections to those ports only.
func connectedTo(ports ...uint16) report.Report {
	r := sample("inside-healthy")
	for i := range r.Observations {
		if d, is := r.Observations[i].Detail.(probe.ListenersDetail); is {
			d.Connections = slices.DeleteFunc(slices.Clone(d.Connections), func(c probe.Connection) bool { return !slices.Contains(ports, c.Local.Port()) })
			r.Observations[i].Detail = d
		}
	}
	return r
}

// blind is an inside run that saw too little.
func blind() report.Report {
	r := sample("inside-unprivileged")
	next := "Run the command again with -v and read the list of what could not be observed."
	r.Observations = r.Observations[:2]
	r.Verdict = report.Verdict{Status: finding.StatusInconclusive, Code: "not_measured", Summary: "Too little could be measured to say anything.", NextTest: &next,
		Protocols: finding.Protocols{PCoIP: finding.ProtocolUnknown, DCV: finding.ProtocolUnknown}}
	for i := range r.Layers {
		r.Layers[i].Status = finding.LayerNotTested
	}
	return r
}

// onTheList is a desk whose public address is on the access control list.
func onTheList(r report.Report) report.Report {
	set(&r, finding.LayerOK, layer.IPAccessControl)
	return r
}

// oneServerDead is an inside that works on one of two name servers.
func oneServerDead() report.Report {
	return with(sample("inside-healthy"), finding.StatusDegraded, plain("directory_dns_one_dead", layer.DirectoryDNS, finding.SeverityDegraded, finding.Likely,
		"One of the directory's two name servers does not answer."))
}

// gatewayOrList is a desk that finds the AWS end shut.
func gatewayOrList() report.Report {
	r := with(sample("healthy"), finding.StatusFault, plain("gateway_refuses", layer.StreamingGateway, finding.SeverityFault, finding.Possible,
		"The AWS end of port 4172 does not let this desk in.", suspect(layer.IPAccessControl)))
	r.Verdict.Protocols.PCoIP = finding.ProtocolBlocked
	return r
}

// eth0Down, deafFirewall and clock are more that can be wrong inside.
func eth0Down() report.Report {
	r := with(unconnected(), finding.StatusFault, plain("eth0_down", layer.ManagementInterface, finding.SeverityFault, finding.Proven, "The management interface eth0 is down."))
	r.Verdict.Protocols = finding.Protocols{PCoIP: finding.ProtocolBlocked, DCV: finding.ProtocolBlocked}
	return r
}

func clockWrong() report.Report {
	return with(sample("inside-healthy"), finding.StatusFault, plain("workspace_clock_wrong", layer.LocalDevice, finding.SeverityFault, finding.Likely,
		"The clock of this WorkSpace is seven minutes ahead."))
}

// nobodyComes is an inside that finds it odd that no gateway connects.
func nobodyComes(suspects ...layer.ID) report.Report {
	f := plain("nobody_connects", layer.WorkspaceFirewall, finding.SeveritySuspect, finding.Possible, "Nobody connects to eth0 although the client tries.")
	for _, id := range suspects {
		f.Suspects = append(f.Suspects, suspect(id))
	}
	r := with(unconnected(), finding.StatusInconclusive, f)
	set(&r, finding.LayerSuspect, suspects...)
	set(&r, finding.LayerOK, layer.ManagementInterface)
	return r
}

// domainUnknown is a desk that was told of a name server and blames it.
func domainUnknown() report.Report {
	return with(sample("healthy"), finding.StatusFault, plain("directory_records_missing", layer.DirectoryDNS, finding.SeverityFault, finding.Proven,
		"The directory's name server answers, but not for the domain."))
}

func later(r report.Report, by time.Duration) report.Report {
	r.Run.StartedAt = r.Run.StartedAt.Add(by)
	return r
}

// combination is a pair of reports and what has to come of it. A golden file
// holds the page; this table holds what scripts rely on.
type combination struct {
	desk, inside report.Report
	status       finding.Status
	layer        layer.ID
	confidence   finding.Confidence
	by           string // desk, inside or ""
	legs         string // first letters: ok, degraded, fault, inconclusive, not-seen
	also         []string
	suspects     []layer.ID
}

const (
	stOK, stSlow, stFault, stUnclear = finding.StatusOK, finding.StatusDegraded, finding.StatusFault, finding.StatusInconclusive
	proven, likely, possible         = finding.Proven, finding.Likely, finding.Possible
)

func combinations() map[string]combination {
	ids := func(list ...layer.ID) []layer.ID { return list }
	return map[string]combination{
		"both-pass":              {desk: sample("healthy"), inside: sample("inside-healthy"), status: stOK, legs: "ok ok ok ok"},
		"both-pass-unprivileged": {desk: sample("healthy"), inside: sample("inside-unprivileged"), status: stOK, legs: "ok not-seen inconclusive ok"},
		"management-connected":   {desk: sample("healthy"), inside: connectedTo(8200), status: stOK, legs: "ok ok ok ok"},
		"symptom-confirmed": {desk: showing("loading-then-login"), inside: sample("inside-broken"), status: stFault, layer: layer.WorkspaceFirewall, confidence: proven, by: "inside",
			legs: "ok not-seen fault fault", also: []string{"directory_clock_wrong", "directory_dns_one_dead"}},
		"symptom-confirmed-eth0": {desk: showing("loading-then-login"), inside: eth0Down(), status: stFault, layer: layer.ManagementInterface, confidence: proven, by: "inside", legs: "ok fault ok ok"},
		"symptom-unexplained": {desk: showing("loading-then-login"), inside: unconnected(), status: stUnclear, legs: "ok not-seen ok ok",
			suspects: ids(layer.StreamingGateway, layer.IPAccessControl, layer.Directory)},
		"symptom-unexplained-managed":   {desk: onTheList(showing("unhealthy")), inside: connectedTo(8200), status: stUnclear, legs: "ok ok ok ok", suspects: ids(layer.StreamingGateway, layer.Directory)},
		"symptom-unexplained-connected": {desk: onTheList(showing("launch-error")), inside: sample("inside-healthy"), status: stUnclear, legs: "ok ok ok ok", suspects: ids(layer.Directory)},
		"symptom-narrowed":              {desk: showing("loading-then-login"), inside: sample("inside-unprivileged"), status: stFault, layer: layer.WorkspaceFirewall, confidence: possible, legs: "ok not-seen inconclusive ok"},
		"symptom-of-the-desk": {desk: showing("black-screen"), inside: sample("inside-healthy"), status: stFault, layer: layer.NetworkFirewall, confidence: possible,
			legs: "inconclusive ok ok ok", suspects: ids(layer.LocalFirewall)},
		"symptom-of-the-account": {desk: showing("unrecognized-user"), inside: sample("inside-healthy"), status: stFault, layer: layer.Directory, confidence: possible, by: "desk", legs: "ok ok ok inconclusive", suspects: ids(layer.LocalDevice)},
		"symptom-and-limited": {desk: showing("launch-error"), inside: oneServerDead(), status: stFault, layer: layer.DirectoryDNS, confidence: possible,
			legs: "ok ok ok degraded", also: []string{"directory_dns_one_dead"}},
		"symptom-and-odd": {desk: showing("launch-error"), inside: nobodyComes(layer.VPCEgress, layer.StreamingHost), status: stUnclear, by: "inside",
			legs: "ok not-seen inconclusive inconclusive", suspects: ids(layer.StreamingHost, layer.VPCEgress)},
		"symptom-and-blind": {desk: showing("loading-then-login"), inside: blind(), status: stFault, layer: layer.ManagementInterface, confidence: possible, by: "desk",
			legs: "ok not-seen not-seen not-seen", suspects: ids(layer.WorkspaceFirewall, layer.StreamingHost)},
		"desk-fault": {desk: sample("host-firewall"), inside: sample("inside-healthy"), status: stFault, layer: layer.LocalFirewall, confidence: proven, by: "desk", legs: "fault ok ok ok"},
		"both-fault": {desk: sample("ip-access-control"), inside: sample("inside-broken"), status: stFault, layer: layer.IPAccessControl, confidence: proven, by: "desk",
			legs: "fault not-seen fault fault", also: []string{"inside_firewall_blocks", "directory_clock_wrong", "directory_dns_one_dead"}},
		"weak-desk-firm-inside": {desk: gatewayOrList(), inside: sample("inside-broken"), status: stFault, layer: layer.WorkspaceFirewall, confidence: proven, by: "inside",
			legs: "fault not-seen fault fault", also: []string{"directory_clock_wrong", "gateway_refuses", "directory_dns_one_dead"}},
		"weak-desk":               {desk: gatewayOrList(), inside: sample("inside-healthy"), status: stFault, layer: layer.StreamingGateway, confidence: possible, by: "desk", legs: "fault ok ok ok", suspects: ids(layer.IPAccessControl)},
		"desk-inconclusive":       {desk: sample("office-firewall"), inside: sample("inside-healthy"), status: stUnclear, by: "desk", legs: "inconclusive ok ok ok", suspects: ids(layer.NetworkFirewall, layer.StreamingGateway), also: []string{"streaming_port_silent_far"}},
		"desk-odd-inside-fault":   {desk: sample("office-firewall"), inside: eth0Down(), status: stFault, layer: layer.ManagementInterface, confidence: proven, by: "inside", legs: "inconclusive fault ok ok", also: []string{"streaming_port_silent", "streaming_port_silent_far"}},
		"inside-odd-desk-clears":  {desk: sample("healthy"), inside: nobodyComes(layer.NetworkFirewall, layer.WorkspaceFirewall), status: stFault, layer: layer.WorkspaceFirewall, confidence: possible, legs: "ok not-seen inconclusive ok"},
		"desk-slow":               {desk: sample("slow"), inside: sample("inside-healthy"), status: stSlow, layer: layer.InternetPath, confidence: likely, by: "desk", legs: "degraded ok ok ok"},
		"inside-limited":          {desk: sample("healthy"), inside: oneServerDead(), status: stSlow, layer: layer.DirectoryDNS, confidence: likely, by: "inside", legs: "ok ok ok degraded"},
		"inside-blind":            {desk: sample("healthy"), inside: blind(), status: stUnclear, by: "inside", legs: "ok not-seen not-seen not-seen"},
		"desk-overruled":          {desk: domainUnknown(), inside: sample("inside-healthy"), status: stOK, legs: "ok ok ok ok"},
		"clock-inside":            {desk: sample("healthy"), inside: clockWrong(), status: stFault, layer: layer.LocalDevice, confidence: likely, by: "inside", legs: "ok ok fault ok"},
		"elsewhere":               {desk: elsewhere(sample("healthy")), inside: sample("inside-healthy"), status: stUnclear, legs: "inconclusive ok ok ok"},
		"elsewhere-own-network":   {desk: elsewhere(sample("host-firewall")), inside: sample("inside-healthy"), status: stFault, layer: layer.LocalFirewall, confidence: proven, by: "desk", legs: "fault ok ok ok"},
		"elsewhere-their-gateway": {desk: elsewhere(gatewayOrList()), inside: sample("inside-healthy"), status: stUnclear, legs: "inconclusive ok ok ok"},
		"elsewhere-symptom":       {desk: elsewhere(showing("loading-then-login")), inside: unconnected(), status: stUnclear, legs: "inconclusive not-seen ok ok"},
		"elsewhere-inside-fault":  {desk: elsewhere(sample("healthy")), inside: eth0Down(), status: stFault, layer: layer.ManagementInterface, confidence: proven, by: "inside", legs: "inconclusive fault ok ok"},
		"far-apart":               {desk: sample("healthy"), inside: later(unconnected(), 31*time.Hour), status: stOK, legs: "ok not-seen ok ok"},
	}
}
