package reporttest

import (
	"fmt"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// Samples of verdicts that had rivals.

// Routers of the way to the health host.
const (
	officeRouter = "10.20.0.1"
	ispRouter    = "203.0.113.9"
	awsRouter    = "52.93.127.4"
)

// sweep adds a sweep of a port, or of a control, that these routers answered. A
// control that is answered at the end has its distance from there.
func (s *sample) sweep(endpoint string, port int, transport probe.Transport, control, answered bool, routers ...string) string {
	d := probe.SweepDetail{Control: control, Last: len(routers), End: probe.HopSilent, Packets: 12}
	for i, r := range routers {
		d.Hops = append(d.Hops, probe.Hop{TTL: i + 1, Sent: 2, Kind: probe.HopExpired, From: addr(r), RTTMS: []float64{0.4 + 9*float64(i), 0.5 + 9*float64(i)}})
	}
	end := probe.Hop{TTL: len(routers) + 1, Sent: 2, Kind: probe.HopSilent}
	outcome, failure := probe.Silent, probe.Timeout
	if answered {
		d.Distance, d.End = end.TTL, probe.HopSYNACK
		end = probe.Hop{TTL: end.TTL, Sent: 1, Kind: probe.HopSYNACK, From: addr(healthAddr), RTTMS: []float64{40.9}}
		outcome, failure = probe.OK, ""
	}
	d.Hops = append(d.Hops, end)
	return s.see(endpoint+"/sweep", endpoint, probe.PathSweep, fmt.Sprintf("%s:%d/%s", healthHost, port, transport), healthAddr, 310, outcome, failure, d)
}

// asFarAsSeen is a good run whose host answers no datagram: the way was shown as
// far as the last router, and exit code 5 says so.
func asFarAsSeen() report.Report {
	s := begin("run-as-far-as-seen")
	s.hostFacts()
	s.signIn(41)
	s.name(healthHost, healthAddr, 8)
	s.connect("pcoip-tcp", healthHost, 4172, healthAddr, 40.5)
	s.connect("dcv-tcp", healthHost, 4195, healthAddr, 40.7)
	s.udpSilent("pcoip-udp", 4172)
	s.udpSilent("dcv-udp", 4195)
	s.sweep("pcoip-udp", 4172, probe.UDP, false, false, router, officeRouter, ispRouter, awsRouter)
	s.sweep("control-udp", 443, probe.UDP, true, false, router, officeRouter, ispRouter, awsRouter)
	s.r.Verdict = report.Verdict{
		Status: finding.StatusOK, Code: finding.CodeAsFarAsSeen, Protocols: both(finding.ProtocolUnknown, finding.ProtocolOK),
		ProtocolsSeen: finding.ProtocolsSeen{PCoIP: finding.SeenLastRouter, DCV: finding.SeenHost},
		Summary:       "Nothing wrong was found, but PCoIP was not shown to work. Its packets pass every router that can be seen, and AWS's host did not answer them. Round trip 41 ms.",
	}
	return s.finish(deskOK())
}

// undecided is a silent port that software on this computer or the first router may
// drop: two candidates remain.
func undecided() report.Report {
	s := begin("run-undecided")
	s.hostFacts()
	s.signIn(41)
	s.name(healthHost, healthAddr, 8)
	tcp := s.connectFails("pcoip-tcp", healthHost, 4172, healthAddr, 250, probe.Silent, probe.Timeout, nil, "")
	udp := s.udpSilent("pcoip-udp", 4172)
	s.connect("dcv-tcp", healthHost, 4195, healthAddr, 40.7)
	s.udp("dcv-udp", 4195, 41)
	died := s.sweep("pcoip-tcp", 4172, probe.TCP, false, false)
	passed := s.sweep("control", 443, probe.TCP, true, true, router, officeRouter, ispRouter, awsRouter)
	f := s.find("path_located", layer.NetworkFirewall, finding.SeveritySuspect, finding.Possible,
		"This computer or your router "+router+" blocks the desktop (PCoIP). Packets to TCP and UDP port 4172 are dropped; those to TCP port 443 pass.",
		[]string{tcp, udp, died, passed}, nil)
	s.r.Findings[0].RuledOut = []report.RuledOut{
		{Layer: layer.InternetPath, Because: "swept", By: []string{died, passed}},
		{Layer: layer.StreamingGateway, Because: "swept", By: []string{died, passed}},
	}
	s.r.Verdict = report.Verdict{
		Status: finding.StatusInconclusive, Code: f.Code, Summary: f.Summary,
		Remedy:    []string{"First run the test below. If only this computer fails, ask desktop IT to let outbound TCP and UDP port 4172 pass its security software untouched.", "If other computers of this network fail too, ask the network team about your router " + router + "."},
		NextTest:  text("Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault, else software on this computer."),
		Protocols: both(finding.ProtocolUnknown, finding.ProtocolOK),
		Suspects: []report.Suspect{
			{Layer: layer.NetworkFirewall, Confidence: finding.Possible, Why: "A firewall or router of this network can look exactly like this."},
			{Layer: layer.LocalFirewall, Confidence: finding.Possible, Why: "Security software on this computer can do the same."},
		},
	}
	m := deskOK()
	m[layer.NetworkFirewall], m[layer.LocalFirewall], m[layer.InternetPath], m[layer.StreamingGateway] = finding.LayerSuspect, finding.LayerSuspect, finding.LayerUnknown, finding.LayerUnknown
	return s.finish(m)
}

// rivals is a port that is dropped between the office's router and the provider's:
// decided, with a rival, and others ruled out.
func rivals() report.Report {
	s := begin("run-rivals")
	s.hostFacts()
	s.signIn(41)
	s.name(healthHost, healthAddr, 8)
	tcp := s.connectFails("pcoip-tcp", healthHost, 4172, healthAddr, 250, probe.Silent, probe.Timeout, nil, "")
	udp := s.udpSilent("pcoip-udp", 4172)
	s.connect("dcv-tcp", healthHost, 4195, healthAddr, 40.7)
	s.udp("dcv-udp", 4195, 41)
	died := s.sweep("pcoip-tcp", 4172, probe.TCP, false, false, router, officeRouter)
	passed := s.sweep("control", 443, probe.TCP, true, true, router, officeRouter, ispRouter, awsRouter)
	f := s.find("path_located", layer.NetworkFirewall, finding.SeverityFault, finding.Possible,
		"Your network probably blocks the desktop (PCoIP). Packets to TCP and UDP port 4172 are dropped between "+officeRouter+" (a private address) and "+ispRouter+" (a public address); those to TCP port 443 pass.",
		[]string{tcp, udp, died, passed}, nil)
	odds := finding.Odds{Probes: 4, ControlProbes: 34, ControlLoss: 0.014, Chance: 0.00001}
	s.r.Findings[0].Odds = &odds
	s.r.Findings[0].Path = &finding.Path{After: addr(officeRouter), Before: addr(ispRouter), AfterTTL: 2, BeforeTTL: 3, Odds: odds}
	s.r.Findings[0].RuledOut = []report.RuledOut{
		{Layer: layer.LocalFirewall, Because: "heard", By: []string{died}},
		{Layer: layer.StreamingGateway, Because: "swept", By: []string{died, passed}},
	}
	v := s.decide(finding.StatusFault, f, both(finding.ProtocolBlocked, finding.ProtocolOK),
		"Ask the network team whether firewall "+officeRouter+" blocks outbound TCP and UDP port 4172. If not, ask your internet provider about "+ispRouter+".",
		"It must allow outbound TCP and UDP port 4172 to the WorkSpaces gateways of Region eu-central-1.")
	v.NextTest = text("Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault.")
	v.Suspects = []report.Suspect{{Layer: layer.InternetPath, Confidence: finding.Possible, Why: "A provider's device can look exactly like this."}}
	m := deskOK()
	m[layer.NetworkFirewall], m[layer.InternetPath] = finding.LayerFault, finding.LayerSuspect
	return s.finish(m)
}
