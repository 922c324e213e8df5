package reporttest

import (
	"net/netip"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// Addresses and names of the WorkSpace that every sample from inside uses.
const (
	eth0Address  = "10.66.3.5"
	eth0Network  = eth0Address + "/18"
	eth0Range    = "10.0.0.0/8"
	eth0Router   = "10.66.0.1"
	gatewayInner = "10.66.9.20" // a gateway, as the WorkSpace sees it
	eth1Address  = "172.20.4.77"
	eth1Router   = "172.20.4.1"
	firstDNS     = "172.20.10.10"
	secondDNS    = "172.20.11.10"
	insideDomain = "corp.example.org"
	firstDC      = "dc1." + insideDomain
	secondDC     = "dc2." + insideDomain
	controllers  = "_ldap._tcp.dc._msdcs." + insideDomain
	vpcEgress    = "198.51.100.44"
	metadataHost = "169.254.169.254"
)

// insideSample begins a run inside the WorkSpace, 15 minutes after the desk's.
func insideSample(id string) *sample {
	s := begin(id)
	s.r.Run.Vantage, s.r.Run.DurationMS = "workspace", 874.2
	s.r.Run.StartedAt = s.r.Run.StartedAt.Add(15 * time.Minute)
	s.r.Target.Registration, s.r.Target.Domain = "", insideDomain
	return s
}

// insideFacts adds what the WorkSpace says of itself.
func (s *sample) insideFacts() {
	prefix := netip.MustParsePrefix
	s.see("host/workspace", "", probe.HostWorkspace, "", "", 0.1, probe.OK, "", probe.WorkspaceDetail{
		Inside: true, Agent: true, Signs: []string{"skylight-agent.service", "an interface in a management range"},
	})
	s.see("host/links", "", probe.HostLinks, "", "", 0.2, probe.OK, "", probe.LinksDetail{Interfaces: []probe.Interface{
		{Name: "eth0", Index: 2, Up: true, Carrier: true, MTU: 1500, Addresses: []netip.Prefix{prefix(eth0Network)}},
		{Name: "eth1", Index: 3, Up: true, Carrier: true, MTU: 9001, Addresses: []netip.Prefix{prefix(eth1Address + "/24")}},
	}})
	s.see("host/management", "", probe.HostManagement, "", "", 0.1, probe.OK, "", probe.ManagementDetail{
		Ranges:     []netip.Prefix{prefix("172.31.0.0/16"), prefix("198.19.0.0/16"), prefix(eth0Range)},
		Interfaces: []probe.ManagedInterface{{Name: "eth0", Address: prefix(eth0Network), Range: prefix(eth0Range)}},
	})
	s.see("host/routes", "", probe.HostRoutes, "", "", 0.1, probe.OK, "", probe.RoutingDetail{Routes: []probe.RouteEntry{
		{Destination: prefix("0.0.0.0/0"), Gateway: addr(eth1Router), Interface: "eth1", Metric: 100},
		{Destination: prefix("10.66.0.0/18"), Interface: "eth0"},
		{Destination: prefix(metadataHost + "/32"), Gateway: addr(eth0Router), Interface: "eth0"},
		{Destination: prefix("172.20.4.0/24"), Interface: "eth1", Metric: 100},
	}})
	s.see("host/resolvers", "", probe.HostResolvers, "", "", 0.1, probe.OK, "", probe.ResolversDetail{
		Servers: []netip.AddrPort{netip.AddrPortFrom(addr(firstDNS), 53), netip.AddrPortFrom(addr(secondDNS), 53)},
		Search:  []string{insideDomain, "eu-central-1.compute.internal"}, Source: "/etc/resolv.conf",
	})
	s.see("host/proxy", "", probe.HostProxy, "", "", 0.1, probe.OK, "", probe.ProxyDetail{Source: "environment"})
	s.see("host/directory", "", probe.HostDirectory, "", "", 0.1, probe.OK, "", probe.DirectoryDetail{
		Domain: insideDomain, DomainSource: "/etc/sssd/sssd.conf", DNS: []netip.Addr{addr(firstDNS), addr(secondDNS)}, DNSSource: "/etc/netplan/zz-workspaces-domain.yaml",
	})
}

// services adds the services, all running, unless pcoip says otherwise.
func (s *sample) services(pcoip string) string {
	result := ""
	if pcoip == "failed" {
		result = "exit-code 203"
	}
	return s.see("host/services", "", probe.HostServices, "", "", 4, probe.OK, "", probe.ServicesDetail{Manager: "systemd", Services: []probe.Service{
		{Role: probe.SkyLight, Name: "skylight-agent.service", Installed: true, State: "running", Enabled: "enabled", PID: 812},
		{Role: probe.ServesPCoIP, Name: "pcoip-agent.service", Installed: true, State: pcoip, Enabled: "enabled", Result: result},
		{Role: probe.ServesDCV, Name: "dcvserver.service"},
	}})
}

// listeners adds the streaming ports' listeners, and connections to them.
func (s *sample) listeners(connections ...probe.Connection) string {
	return s.see("host/listeners", "", probe.HostListeners, "", "", 2, probe.OK, "", probe.ListenersDetail{
		Listeners: []probe.Listener{
			{Transport: probe.TCP, Address: addr("::"), Port: 4172, Both: true, PID: 1290, Process: "pcoip-server"},
			{Transport: probe.UDP, Address: addr("0.0.0.0"), Port: 4172, PID: 1290, Process: "pcoip-server"},
			{Transport: probe.TCP, Address: addr(eth0Address), Port: 8200, PID: 812, Process: "skylight-agent"},
		}, Connections: connections, Owners: true,
	})
}

// connected is a connection from a gateway to a port of eth0.
func connected(port uint16) probe.Connection {
	return probe.Connection{Local: netip.AddrPortFrom(addr(eth0Address), port), Remote: netip.AddrPortFrom(addr(gatewayInner), 51422)}
}

// firewall adds what nftables does to packets for ports of eth0.
func (s *sample) firewall(transport probe.Transport, first, last uint16, verdict probe.FirewallVerdict, rule string) string {
	outcome, failure := probe.OK, probe.Failure("")
	if verdict == probe.FirewallDrop || verdict == probe.FirewallReject {
		outcome, failure = probe.Failed, probe.FirewallDenied
	}
	return s.see("host/firewall", "", probe.HostFirewall, "", "", 1, outcome, failure, probe.FirewallDetail{
		Engine: "nftables", Interface: "eth0", Address: addr(eth0Address), Transport: transport, First: first, Last: last, Verdict: verdict, Rule: rule,
	})
}

// unreadable adds a firewall whose rules only an administrator may read.
func (s *sample) unreadable() string {
	return s.see("host/firewall", "", probe.HostFirewall, "", "", 1, probe.Skipped, probe.PermissionDenied, probe.FirewallDetail{
		Engine: "nftables", Interface: "eth0", Address: addr(eth0Address), Transport: probe.TCP, First: 4172, Last: 4172, Repeat: "sudo wsdoctor inside --region eu-central-1",
	})
}

// ownPort adds a connection of the WorkSpace to its own port.
func (s *sample) ownPort(port int, outcome probe.Outcome, failure probe.Failure) string {
	if outcome == probe.OK {
		return s.connect("own-port", eth0Address, port, eth0Address, 0.1)
	}
	return s.connectFails("own-port", eth0Address, port, eth0Address, 1000, outcome, failure, nil, "")
}

// lookup adds the question for the domain controllers, put to one name server.
func (s *sample) lookup(server string, outcome probe.Outcome) string {
	d := probe.DNSDetail{Resolver: server + ":53", Transport: probe.UDP, Name: controllers, Type: "SRV", Attempts: 1}
	failure, ms := probe.Failure(""), 3.1
	if outcome == probe.OK {
		d.RCode, d.Services = "NOERROR", []string{firstDC + ":389", secondDC + ":389"}
	} else {
		failure, d.Attempts, ms = probe.Timeout, 3, 450
	}
	return s.see("directory-dns/"+server+":53/udp/"+controllers, "directory-dns", probe.DNSQuery, controllers, server, ms, outcome, failure, d)
}

// controller adds what a domain controller says of itself, its clock behind or
// ahead of this computer's by so many seconds.
func (s *sample) controller(host, address string, clockS float64) []string {
	clock, precise := clockS*1000, clockS*1000+12
	return []string{
		s.see("dc-rootdse/ldap", "dc-rootdse", probe.LDAPRoot, controllers+":389/tcp", address, 5, probe.OK, "", probe.LDAPDetail{
			Transport: probe.TCP, Host: host, Domain: insideDomain, Context: "DC=corp,DC=example,DC=org", Time: "2026-11-23T14:20:06Z", ClockMS: &clock, RTTMS: 1.2,
		}),
		s.see("dc-cldap/ldap", "dc-cldap", probe.LDAPRoot, controllers+":389/udp", address, 2, probe.OK, "", probe.LDAPDetail{
			Transport: probe.UDP, Host: host, Domain: insideDomain, Site: "Frankfurt-Office", Sent: 1, RTTMS: 1.1,
		}),
		s.see("dc-ntp/ntp", "dc-ntp", probe.NTPTime, controllers+":123/udp", address, 2, probe.OK, "", probe.NTPDetail{ClockMS: &precise, Stratum: 3, RTTMS: 1.3, Sent: 1}),
	}
}

// wayOut adds sign-in and the public address, both reached from the VPC.
func (s *sample) wayOut() {
	s.see("metadata/https/direct", "metadata", probe.HTTPGet, metadataHost+":80/tcp", metadataHost, 1.4, probe.OK, "", probe.HTTPDetail{
		URL: "http://" + metadataHost + "/", Status: 200, BodyBytes: 210, Healthy: true,
	})
	s.name(brokerHost, brokerAddr, 3)
	s.connect("broker", brokerHost, 443, brokerAddr, 1.8)
	s.tls("broker", brokerHost, brokerAddr, 4)
	s.ping(2)
	s.see("address-echo/https", "address-echo", probe.HTTPGet, echoHost+":443/tcp", echoAddr, 20, probe.OK, "", probe.HTTPDetail{
		URL: plainEchoIP, Status: 200, BodyBytes: 13, Body: vpcEgress, Healthy: true, Egress: addr(vpcEgress),
	})
}

// insideOK are the layers as a good run inside leaves them.
func insideOK() map[layer.ID]finding.LayerStatus {
	return states(finding.LayerOK, layer.ManagementInterface, layer.WorkspaceFirewall, layer.StreamingHost, layer.PrimaryInterface, layer.DirectoryDNS, layer.VPCEgress)
}

func insideHealthy() report.Report {
	s := insideSample("run-inside-healthy")
	s.r.Run.Privileged = true
	s.insideFacts()
	s.services("running")
	s.listeners(connected(4172), connected(8200))
	s.firewall(probe.TCP, 4172, 4172, probe.FirewallAccept, "inet filter input: tcp dport 4172 accept")
	s.firewall(probe.UDP, 4172, 4172, probe.FirewallAccept, "inet filter input: udp dport 4172 accept")
	s.firewall(probe.TCP, 8200, 8200, probe.FirewallOff, "")
	s.ownPort(4172, probe.OK, "")
	s.lookup(firstDNS, probe.OK)
	s.lookup(secondDNS, probe.OK)
	s.controller(firstDC, firstDNS, 0.02)
	s.controller(secondDC, secondDNS, -0.01)
	s.wayOut()
	s.r.Verdict = report.Verdict{
		Status: finding.StatusOK, Code: "all_measured_passes", Protocols: both(finding.ProtocolOK, finding.ProtocolUnknown),
		Summary: "Everything that can be measured inside this WorkSpace works.",
	}
	return s.finish(insideOK())
}

func insideBroken() report.Report {
	s := insideSample("run-inside-broken")
	s.r.Run.Privileged = true
	s.insideFacts()
	docker := probe.ManagementDetail{
		Ranges: []netip.Prefix{netip.MustParsePrefix(eth0Range)}, Interfaces: []probe.ManagedInterface{{Name: "eth0", Address: netip.MustParsePrefix(eth0Network), Range: netip.MustParsePrefix(eth0Range)}},
		Overlaps: []probe.Overlap{{
			Prefix: netip.MustParsePrefix("10.66.8.0/24"), Interface: "docker0", Kind: "address", Why: "a container bridge", Network: true, Sample: addr(gatewayInner), Through: "eth0",
		}},
	}
	s.r.Observations[2].Detail = docker
	s.services("running")
	s.listeners()
	denied := s.firewall(probe.TCP, 4172, 4172, probe.FirewallDrop, "inet hardening input: iifname \"eth0\" ip saddr 10.66.0.0/18 drop")
	udp := s.firewall(probe.UDP, 4172, 4172, probe.FirewallDrop, "inet hardening input: policy drop")
	own := s.ownPort(4172, probe.Silent, probe.Timeout)
	dead := s.lookup(firstDNS, probe.Silent)
	alive := s.lookup(secondDNS, probe.OK)
	clock := s.controller(secondDC, secondDNS, 431)
	s.wayOut()
	f := s.find("inside_firewall_blocks", layer.WorkspaceFirewall, finding.SeverityFault, finding.Proven,
		"The firewall inside the WorkSpace drops TCP and UDP port 4172 on eth0.", []string{denied, udp, own}, nil)
	s.find("directory_clock_wrong", layer.DirectoryDNS, finding.SeverityFault, finding.Likely,
		"The clock of this WorkSpace is 431 s ahead of "+secondDC+"; Kerberos allows 300 s.", clock, nil)
	s.find("directory_dns_one_dead", layer.DirectoryDNS, finding.SeverityDegraded, finding.Likely,
		"One of two name servers of "+insideDomain+", "+firstDNS+", does not answer.", []string{dead}, []string{alive})
	s.decide(finding.StatusFault, f, both(finding.ProtocolBlocked, finding.ProtocolUnknown),
		"Inside the WorkSpace, let TCP and UDP port 4172 in on eth0.", "Then connect again.")
	m := insideOK()
	m[layer.WorkspaceFirewall], m[layer.DirectoryDNS], m[layer.ManagementInterface] = finding.LayerFault, finding.LayerFault, finding.LayerUnknown
	return s.finish(m)
}

func insideUnprivileged() report.Report {
	s := insideSample("run-inside-unprivileged")
	s.insideFacts()
	s.services("running")
	s.listeners()
	s.unreadable()
	s.ownPort(4172, probe.OK, "")
	s.lookup(firstDNS, probe.OK)
	s.lookup(secondDNS, probe.OK)
	s.wayOut()
	s.r.Verdict = report.Verdict{
		Status: finding.StatusOK, Code: "all_measured_passes", Protocols: both(finding.ProtocolUnknown, finding.ProtocolUnknown),
		Summary: "Everything that can be measured inside this WorkSpace without privileges works.",
	}
	s.r.Gaps = []string{"The firewall's rules can be read with privileges only: sudo wsdoctor inside --region eu-central-1."}
	m := insideOK()
	m[layer.WorkspaceFirewall] = finding.LayerUnknown
	return s.finish(m)
}
