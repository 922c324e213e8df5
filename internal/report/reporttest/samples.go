// Package reporttest holds sample reports, built by hand, that the tests of the
// encoders and of every renderer share. They show what reports look like; what
// the rules make of such observations is tested where the rules live.
package reporttest

import (
	"net/netip"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// Samples gives fresh reports by name.
func Samples() map[string]report.Report {
	return map[string]report.Report{
		"healthy":             healthy(),
		"office-firewall":     officeFirewall(),
		"host-firewall":       hostFirewall(),
		"tls-inspection":      tlsInspection(),
		"ip-access-control":   ipAccessControl(),
		"dns":                 dns(),
		"captive-portal":      captivePortal(),
		"slow":                slow(),
		"tcp-only":            tcpOnly(),
		"interrupted":         interrupted(),
		"as-far-as-seen":      asFarAsSeen(),
		"undecided":           undecided(),
		"rivals":              rivals(),
		"inside-healthy":      insideHealthy(),
		"inside-broken":       insideBroken(),
		"inside-unprivileged": insideUnprivileged(),
		"hostile":             hostile(),
	}
}

// states gives layers the same state.
func states(status finding.LayerStatus, ids ...layer.ID) map[layer.ID]finding.LayerStatus {
	m := map[layer.ID]finding.LayerStatus{}
	for _, id := range ids {
		m[id] = status
	}
	return m
}

// deskOK are the desk layers as a good run leaves them.
func deskOK() map[layer.ID]finding.LayerStatus {
	return states(finding.LayerOK, layer.LocalDevice, layer.LocalFirewall, layer.DNS, layer.CaptivePortal, layer.Proxy,
		layer.TLSInspection, layer.NetworkFirewall, layer.InternetPath, layer.AuthGateway, layer.StreamingGateway)
}

// both gives the state of the two protocols.
func both(pcoip, dcv finding.ProtocolState) finding.Protocols {
	return finding.Protocols{PCoIP: pcoip, DCV: dcv}
}

func healthy() report.Report {
	s := begin("run-healthy")
	s.hostFacts()
	s.signIn(41)
	s.name(healthHost, healthAddr, 8)
	s.connect("pcoip-tcp", healthHost, 4172, healthAddr, 40.5)
	s.connect("dcv-tcp", healthHost, 4195, healthAddr, 40.7)
	s.udp("pcoip-udp", 4172, 41.2)
	s.udp("dcv-udp", 4195, 40.9)
	s.echo(39)
	s.r.Verdict = report.Verdict{
		Status: finding.StatusOK, Code: "all_measured_passes", Protocols: both(finding.ProtocolOK, finding.ProtocolOK),
		Summary: "Everything that can be measured from here works: sign-in on port 443 and the streaming ports answer. Round trip 41 ms.",
	}
	return s.finish(deskOK())
}

func officeFirewall() report.Report {
	s := begin("run-office-firewall")
	s.hostFacts()
	web := s.signIn(41)
	s.name(healthHost, healthAddr, 8)
	tcp := s.connectFails("pcoip-tcp", healthHost, 4172, healthAddr, 250, probe.Silent, probe.Timeout, nil, "")
	udp := s.udpSilent("pcoip-udp", 4172)
	dcv := s.connect("dcv-tcp", healthHost, 4195, healthAddr, 40.7)
	s.udp("dcv-udp", 4195, 41)
	f := s.find("streaming_port_silent", layer.NetworkFirewall, finding.SeveritySuspect, finding.Possible,
		"The desktop (PCoIP) gets no answer, while other ports do. Packets to TCP and UDP port 4172 are dropped on the way, or the AWS host does not answer them.", []string{tcp, udp, dcv}, nil)
	s.find("streaming_port_silent_far", layer.InternetPath, finding.SeveritySuspect, finding.Possible,
		"A network beyond the local one could drop port 4172.", []string{tcp, udp}, []string{web[1]})
	s.r.Verdict = report.Verdict{
		Status: finding.StatusInconclusive, Code: f.Code, Summary: f.Summary,
		Remedy:   []string{"Try the check from another network, such as a phone's hotspot."},
		NextTest: text("Run `wsdoctor path " + healthHost + " 4172` to see where the packets end."),
		Suspects: []report.Suspect{
			{Layer: layer.NetworkFirewall, Confidence: finding.Possible, Why: "office firewalls often leave out ports that are not for the web"},
			{Layer: layer.StreamingGateway, Confidence: finding.Possible, Why: "the other end could be down on this port alone"},
		},
		Protocols: both(finding.ProtocolBlocked, finding.ProtocolOK),
	}
	m := deskOK()
	m[layer.NetworkFirewall], m[layer.StreamingGateway], m[layer.InternetPath] = finding.LayerSuspect, finding.LayerSuspect, finding.LayerUnknown
	return s.finish(m)
}

func hostFirewall() report.Report {
	s := begin("run-host-firewall")
	s.hostFacts()
	web := s.signIn(41)
	s.name(healthHost, healthAddr, 8)
	own := &probe.ICMPError{Offender: addr(ownAddress), Type: 3, Code: 13, OwnHost: true}
	tcp := s.connectFails("pcoip-tcp", healthHost, 4172, healthAddr, 0.1, probe.Failed, probe.LocalPolicyDenied, nil, "connect: operation not permitted")
	s.connectFails("dcv-tcp", healthHost, 4195, healthAddr, 0.1, probe.Failed, probe.AdministrativelyProhibited, own, "connect: no route to host")
	software := s.see("host", "", probe.HostSoftware, "", "", 0, probe.OK, "", probe.SoftwareDetail{
		Products: []probe.Product{
			{Name: "Zscaler Client Connector", Version: "4.3.0.190", Running: true, Kinds: []probe.SoftwareKind{probe.VPN, probe.WebGateway},
				Signs: []probe.SoftwareSign{{In: "process", Name: "ZSATunnel"}, {In: "package", Name: "zscaler-client"}}},
			{Name: "NordVPN", Version: "4.2.0", Kinds: []probe.SoftwareKind{probe.VPN}, Signs: []probe.SoftwareSign{{In: "package", Name: "nordvpn"}}},
		},
		Looked: []string{"processes", "units", "packages"},
	})
	f := s.find("host_denies_send", layer.LocalFirewall, finding.SeverityFault, finding.Proven,
		"This computer's own firewall or security software blocks the desktop (PCoIP and DCV). It refuses to send to TCP ports 4172 and 4195. Zscaler Client Connector 4.3.0.190 runs here.", []string{tcp, "o9", software}, nil)
	s.find("streaming_port_dead", layer.NetworkFirewall, finding.SeverityFault, finding.Likely,
		"Ports 4172 and 4195 cannot be reached, while port 443 can.", []string{tcp, "o9", web[1]}, nil)
	s.hide(f.Code)
	s.decide(finding.StatusFault, f, both(finding.ProtocolBlocked, finding.ProtocolBlocked),
		"Ask desktop IT to allow TCP and UDP ports 4172 and 4195 outwards for the WorkSpaces client.",
		"If a VPN client is running, switch it off once and try again.")
	m := deskOK()
	m[layer.LocalFirewall], m[layer.NetworkFirewall], m[layer.InternetPath], m[layer.StreamingGateway] =
		finding.LayerFault, finding.LayerUnknown, finding.LayerUnknown, finding.LayerUnknown
	return s.finish(m)
}

func tlsInspection() report.Report {
	s := begin("run-tls-inspection")
	s.hostFacts()
	s.see("host/proxy", "", probe.HostProxy, "", "", 0.1, probe.OK, "", probe.ProxyDetail{
		HTTPS: "http://proxy.corp.example.org:3128", NoProxy: "localhost,.corp.example.org,10.0.0.0/8", Credentials: true, Source: "environment",
	})
	s.see("broker/https/proxy", "broker", probe.ProxyConnect, brokerHost+":443/tcp", "10.1.0.8", 12, probe.OK, "", probe.ProxyConnectDetail{
		Proxy: "proxy.corp.example.org:3128", Status: 200, Reason: "Connection established", Reached: "target",
	})
	id := s.see("broker/https/proxy", "broker", probe.TLSHandshake, brokerHost+":443/tcp", "10.1.0.8", 60, probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{
		ServerName: brokerHost, Version: "TLS 1.3", Via: "http://proxy.corp.example.org:3128", Root: probe.RootOther, HostnameFits: true,
		Issuer: "CN=Example Web Security CA,O=Example Organisation", ChainBytes: 2310, Chain: []probe.Certificate{{
			Subject: "CN=" + brokerHost, Issuer: "CN=Example Web Security CA,O=Example Organisation", NotBefore: "2026-10-01T00:00:00Z",
			NotAfter: "2027-10-01T00:00:00Z", SHA256: "6b1f0c", SPKI: "93aa01", Names: []string{brokerHost},
		}},
		Error: "x509: certificate signed by unknown authority",
	})
	f := s.find("tls_resigned", layer.TLSInspection, finding.SeverityFault, finding.Proven,
		"A device or program inspects HTTPS to AWS, which WorkSpaces does not support. The certificate of "+brokerHost+" is signed by \"Example Web Security CA\", not by Amazon.", []string{id}, nil)
	s.decide(finding.StatusFault, f, both(finding.ProtocolUnknown, finding.ProtocolUnknown),
		"Ask the network team to exempt the WorkSpaces host names from HTTPS inspection.")
	m := states(finding.LayerOK, layer.LocalDevice, layer.DNS, layer.CaptivePortal, layer.Proxy)
	m[layer.TLSInspection], m[layer.AuthGateway] = finding.LayerFault, finding.LayerUnknown
	return s.finish(m)
}

func ipAccessControl() report.Report {
	s := begin("run-ip-access-control")
	s.r.Target.AllowedCIDRs = []string{"198.51.100.0/24", "192.0.2.0/25"}
	s.hostFacts()
	s.signIn(22)
	web := s.echo(21)
	udp := s.udp("stun", 3478, 21.5)
	f := s.find("egress_not_allowed", layer.IPAccessControl, finding.SeverityFault, finding.Proven,
		"Your network's public address, "+egress+", is not in the IP access control group.", []string{web, udp}, nil)
	s.decide(finding.StatusFault, f, both(finding.ProtocolOK, finding.ProtocolOK),
		"Ask the WorkSpaces administrator to add "+egress+" to the IP access control group.", "Or connect from a network that is on the list.")
	m := deskOK()
	m[layer.IPAccessControl] = finding.LayerFault
	return s.finish(m)
}

func dns() report.Report {
	s := begin("run-dns")
	s.hostFacts()
	ask := func(resolver string, transport probe.Transport) string {
		return s.see("name/"+brokerHost, "name", probe.DNSQuery, brokerHost, "", 6, probe.Failed, probe.DNSNXDomain, probe.DNSDetail{
			Resolver: resolver, Transport: transport, Name: brokerHost, Type: "A", RCode: "NXDOMAIN", Attempts: 1, Extended: "15 Blocked",
		})
	}
	system, direct := ask("system", ""), ask(resolver+":53", probe.UDP)
	f := s.find("dns_nxdomain", layer.DNS, finding.SeverityFault, finding.Proven,
		"The name server "+resolver+" says \"no such name\" for "+brokerHost+", which WorkSpaces needs.", []string{system, direct}, nil)
	s.decide(finding.StatusFault, f, both(finding.ProtocolUnknown, finding.ProtocolUnknown),
		"Ask the network team to check the name server for amazonaws.com and amazonworkspaces.com.")
	m := states(finding.LayerOK, layer.LocalDevice)
	m[layer.DNS], m[layer.AuthGateway] = finding.LayerFault, finding.LayerUnknown
	return s.finish(m)
}

func captivePortal() report.Report {
	s := begin("run-captive-portal")
	s.hostFacts()
	s.name(brokerHost, router, 3)
	id := s.see("portal/http", "portal", probe.HTTPGet, "ocsp.rootca1.amazontrust.com:80/tcp", router, 9, probe.Failed, probe.HTTPRedirectedElsewhere, probe.HTTPDetail{
		URL: "http://ocsp.rootca1.amazontrust.com/", Status: 302, Location: "https://login.hotel.example.net/welcome", Server: "portal/2", BodyBytes: 154,
		Title: "Welcome to our guest network",
	})
	f := s.find("portal_answers", layer.CaptivePortal, finding.SeverityFault, finding.Proven,
		"This network wants you to sign in on its own web page first.", []string{id}, nil)
	s.find("dns_bogon", layer.DNS, finding.SeverityFault, finding.Likely,
		"The name server gives an address that cannot be right for "+brokerHost+".", []string{"o4"}, nil)
	s.hide(f.Code)
	s.decide(finding.StatusFault, f, both(finding.ProtocolUnknown, finding.ProtocolUnknown),
		"Open a web browser and sign in to the guest network.", "Then run this check again.")
	m := states(finding.LayerOK, layer.LocalDevice)
	m[layer.CaptivePortal], m[layer.DNS], m[layer.AuthGateway] = finding.LayerFault, finding.LayerUnknown, finding.LayerUnknown
	return s.finish(m)
}

func slow() report.Report {
	s := begin("run-slow")
	s.r.Run.DurationMS = 1830
	s.r.Target.Protocol = probe.PCoIP
	s.r.Target.Symptom = "slow"
	s.hostFacts()
	s.signIn(262)
	s.name(healthHost, healthAddr, 31)
	tcp := s.connect("pcoip-tcp", healthHost, 4172, healthAddr, 260)
	udp := s.udp("pcoip-udp", 4172, 264)
	f := s.find("rtt_high", layer.InternetPath, finding.SeverityDegraded, finding.Likely,
		"PCoIP and DCV desktops are slow: the round trip to AWS takes 260 ms.", []string{tcp, udp}, nil)
	s.decide(finding.StatusDegraded, f, both(finding.ProtocolDegraded, finding.ProtocolUnknown),
		"Use a cable instead of Wi-Fi, and close what uses the connection.",
		"Run `wsdoctor regions`: if another Region is much nearer, tell the WorkSpaces administrator.")
	m := deskOK()
	m[layer.InternetPath] = finding.LayerDegraded
	return s.finish(m)
}

func tcpOnly() report.Report {
	s := begin("run-tcp-only")
	s.r.Run.Demo = "dcv-udp-reject"
	s.hostFacts()
	s.signIn(41)
	s.name(healthHost, healthAddr, 8)
	tcp := s.connect("dcv-tcp", healthHost, 4195, healthAddr, 40)
	udp := s.see("dcv-udp/quic", "dcv-udp", probe.QUICVersion, healthHost+":4195/udp", healthAddr, 5, probe.Failed, probe.AdministrativelyProhibited, probe.ExchangeDetail{
		Sent: 1, Attempts: []probe.Attempt{{ElapsedMS: 5, Outcome: probe.Failed, Failure: probe.AdministrativelyProhibited}}, Local: ownAddress,
		ICMP: &probe.ICMPError{Offender: netip.MustParseAddr("10.1.255.1"), Type: 3, Code: 13}, Error: "recvmsg: no route to host",
	})
	s.connect("pcoip-tcp", healthHost, 4172, healthAddr, 40)
	s.udp("pcoip-udp", 4172, 41)
	f := s.find("network_rejects", layer.NetworkFirewall, finding.SeverityDegraded, finding.Proven,
		"Your network's firewall 10.1.255.1 blocks UDP port 4195; DCV desktops work less well. It answers that it forbids UDP port 4195.", []string{udp}, []string{tcp})
	s.decide(finding.StatusDegraded, f, both(finding.ProtocolOK, finding.ProtocolDegraded),
		"Ask the network team to allow UDP port 4195 outwards on the router 10.1.255.1.")
	m := deskOK()
	m[layer.NetworkFirewall], m[layer.StreamingGateway] = finding.LayerDegraded, finding.LayerOK
	return s.finish(m)
}

func interrupted() report.Report {
	s := begin("run-interrupted")
	s.r.Run.Interrupted, s.r.Run.DurationMS = true, 96.2
	s.hostFacts()
	s.name(brokerHost, brokerAddr, 8)
	s.see("broker/tcp", "broker", probe.TCPConnect, brokerHost+":443/tcp", brokerAddr, 80, probe.Failed, probe.Interrupted, probe.ConnectDetail{})
	s.see("pcoip-tcp/tcp", "pcoip-tcp", probe.TCPConnect, healthHost+":4172/tcp", "", 0, probe.NotRun, "", probe.NoDetail{})
	s.see("dcv-udp/quic", "dcv-udp", probe.NothingOperation, healthHost+":4195/udp", "", 0, probe.Skipped, "", probe.NoDetail{})
	s.r.Verdict = report.Verdict{
		Status: finding.StatusInconclusive, Code: "interrupted", Summary: "The run was stopped before enough was measured to say anything.",
		NextTest: text("Run the check again and let it finish."), Protocols: both(finding.ProtocolUnknown, finding.ProtocolUnknown),
	}
	m := states(finding.LayerOK, layer.LocalDevice, layer.DNS)
	m[layer.AuthGateway] = finding.LayerUnknown
	return s.finish(m)
}
