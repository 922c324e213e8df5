package reporttest

import (
	"fmt"
	"net/netip"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Hops is a report of an office firewall that drops PCoIP, found by sweeps of
// the ports and of a control. It stands beside Samples.
func Hops() report.Report {
	const firewall, provider, edge = "10.20.0.1", "203.0.113.9", "52.93.127.4"
	s := begin("run-hops")
	s.hostFacts()
	s.signIn(41)
	s.name(healthHost, healthAddr, 8)
	tcp := s.connectFails("pcoip-tcp", healthHost, 4172, healthAddr, 250, probe.Silent, probe.Timeout, nil, "")
	udp := s.udpSilent("pcoip-udp", 4172)
	s.connect("dcv-tcp", healthHost, 4195, healthAddr, 40.7)
	s.udp("dcv-udp", 4195, 41)
	s.echo(39)
	sweep := func(endpoint string, port int, control bool, routers ...string) string {
		d := probe.SweepDetail{Control: control, Last: len(routers), End: probe.HopSilent, Packets: 48}
		for i, r := range routers {
			d.Hops = append(d.Hops, probe.Hop{TTL: i + 1, Sent: 3, Kind: probe.HopExpired, From: addr(r), RTTMS: []float64{0.4 + 4*float64(i)}})
		}
		outcome, failure := probe.Silent, probe.Timeout
		if control {
			d.Distance, d.End = len(routers)+1, probe.HopSYNACK
			d.Hops = append(d.Hops, probe.Hop{TTL: d.Distance, Sent: 1, Kind: probe.HopSYNACK, From: addr(healthAddr), RTTMS: []float64{40.9}})
			outcome, failure = probe.OK, ""
		} else {
			d.Hops = append(d.Hops, probe.Hop{TTL: len(routers) + 1, Sent: 9, Kind: probe.HopSilent})
		}
		return s.see(endpoint+"/path", endpoint, probe.PathSweep, fmt.Sprintf("%s:%d/tcp", healthHost, port), healthAddr, 900, outcome, failure, d)
	}
	died := sweep("pcoip-tcp", 4172, false, router, firewall)
	passed := sweep("control", 443, true, router, firewall, provider, edge)
	f := s.find("path_located", layer.NetworkFirewall, finding.SeverityFault, finding.Likely,
		"Your network blocks the desktop (PCoIP). Packets to TCP and UDP port 4172 are dropped between "+firewall+" (a private address) and "+provider+" (a public address); those to TCP port 443 pass.",
		[]string{tcp, udp, died, passed}, nil)
	odds := finding.Odds{Probes: 9, ControlProbes: 34, ControlLoss: 0.014, Chance: 0.001}
	s.r.Findings[0].Odds = &odds
	s.r.Findings[0].Path = &finding.Path{
		After: addr(firewall), Before: netip.MustParseAddr(provider), AfterTTL: 2, BeforeTTL: 3, Odds: odds,
	}
	v := s.decide(finding.StatusFault, f, both(finding.ProtocolBlocked, finding.ProtocolOK),
		"Ask the network team whether firewall "+firewall+" blocks outbound TCP and UDP port 4172. If not, ask your internet provider about "+provider+".",
		"It must allow outbound TCP and UDP port 4172 to the WorkSpaces gateways of Region eu-central-1.",
		"To get on meanwhile, try another network, such as a phone's hotspot.")
	v.NextTest = text("Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault.")
	v.Suspects = []report.Suspect{{Layer: layer.InternetPath, Confidence: finding.Possible, Why: "The next device, " + provider + " (a public address), may drop them on arrival."}}
	m := deskOK()
	m[layer.NetworkFirewall], m[layer.InternetPath] = finding.LayerFault, finding.LayerSuspect
	return s.finish(m)
}

// MissingEth0 is a report from inside a WorkSpace whose management interface is
// gone. It stands beside Samples.
func MissingEth0() report.Report {
	r := insideHealthy()
	r.Run.ID = "run-missing-eth0"
	id := layer.ManagementInterface
	var supports []string
	for i, o := range r.Observations {
		if o.Operation == probe.HostManagement {
			r.Observations[i].Outcome, r.Observations[i].Failure = probe.Failed, probe.NoInterface
			r.Observations[i].Detail = probe.ManagementDetail{Ranges: o.Detail.(probe.ManagementDetail).Ranges}
			supports = append(supports, o.ID)
		}
	}
	f := report.Finding{
		Code: "management_missing", Layer: id, Severity: finding.SeverityFault, Confidence: finding.Proven, Supports: supports,
		Summary: "The WorkSpace has no network card in AWS's management range (eth0), so the streaming gateway cannot reach it.",
	}
	r.Findings = []report.Finding{f}
	for i := range r.Layers {
		r.Layers[i].Findings = nil
		switch r.Layers[i].ID {
		case id:
			r.Layers[i].Status, r.Layers[i].Findings = finding.LayerFault, []int{0}
		case layer.WorkspaceFirewall, layer.StreamingHost:
			r.Layers[i].Status = finding.LayerUnknown
		}
	}
	l, _ := layer.Get(id)
	r.Verdict = report.Verdict{
		Status: finding.StatusFault, Layer: &id, Code: f.Code, Confidence: f.Confidence, Summary: f.Summary, Owner: words.English().Tell(words.Owner(l.Owner)),
		Remedy:    []string{"Restart the WorkSpace from the WorkSpaces console.", "If it stays, rebuild or restore the WorkSpace: its management card cannot be added from inside."},
		Protocols: both(finding.ProtocolBlocked, finding.ProtocolBlocked),
	}
	return r
}
