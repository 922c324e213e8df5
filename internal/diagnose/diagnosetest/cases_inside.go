package diagnosetest

import (
	"net/netip"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// InsideGoldens has one row per rule about the inside of a WorkSpace.
func InsideGoldens() map[string]Golden {
	const minutes = 60 * 1000.0
	prefix := netip.MustParsePrefix
	swallowed := true
	off := func(i *probe.Interface) { i.Up = false }
	noLink := func(i *probe.Interface) { i.Carrier = false }
	address := func(text string) func(*probe.Interface) {
		return func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix(text)} }
	}
	overlap := func(w *World, v probe.Overlap) *World {
		return With(w, probe.HostManagement, func(d *probe.ManagementDetail) { d.Overlaps = []probe.Overlap{v} })
	}
	docker := probe.Overlap{Prefix: prefix("198.19.0.0/24"), Interface: "docker0", Kind: "address", Why: "container bridge", Network: true, Sample: netip.MustParseAddr("198.19.0.1"), Through: "docker0"}
	harmless := docker
	harmless.Through = "eth0"
	silentMetadata := func() *World { return HealthyInside().NoMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{}) }
	deafDCV := func() *World { return HealthyInside().Deaf(8201, 8220) }
	return map[string]Golden{
		"eth0_down": {
			HealthyInside().Card("eth0", noLink), finding.StatusFault, layer.ManagementInterface, finding.Proven,
			HealthyInside().Unmanaged().Card("eth0", nil), "eth0_missing",
		},
		"eth0_missing": {
			HealthyInside().Unmanaged().Card("eth0", nil), finding.StatusFault, layer.ManagementInterface, finding.Likely,
			HealthyInside().Unmanaged().Card("eth0", off), "eth0_down",
		},
		"eth0_wrong_address": {
			silentMetadata().Unmanaged().Card("eth0", address("10.9.9.9/24")), finding.StatusFault, layer.ManagementInterface, finding.Likely,
			HealthyInside().Unmanaged().Card("eth0", off), "eth0_down",
		},
		"eth0_default_route": {
			With(HealthyInside().CutOff(), probe.HostRoute, func(d *probe.RouteDetail) { d.Interface = "eth0" }), finding.StatusFault, layer.ManagementInterface, finding.Proven,
			HealthyInside(), "all_measured_passes",
		},
		"eth0_overlapped": {
			overlap(HealthyInside(), docker), finding.StatusFault, layer.ManagementInterface, finding.Proven,
			overlap(HealthyInside(), harmless), "all_measured_passes",
		},
		"eth0_narrow_mtu": {
			HealthyInside().Card("eth0", func(i *probe.Interface) { i.MTU = 576 }), finding.StatusDegraded, layer.ManagementInterface, finding.Likely,
			HealthyInside().Card("eth1", func(i *probe.Interface) { i.MTU = 576 }), "all_measured_passes",
		},
		"eth0_own_network_only": {
			ownNetworkOnly(), finding.StatusOK, "", "",
			ownNetworkOnly().ConnectedFrom("198.19.130.9:4000", 4172), "all_measured_passes",
		},
		"metadata_unreachable": {
			HealthyInside().NoMetadata(probe.Failed, probe.NetworkUnreachable, probe.ConnectDetail{}), finding.StatusFault, layer.ManagementInterface, finding.Proven,
			HealthyInside().NoMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{HostDropped: &swallowed}), "metadata_unreachable",
		},
		"metadata_proxied": {
			With(HealthyInside(), probe.HostProxy, func(d *probe.ProxyDetail) { d.HTTP, d.Metadata = "http://10.60.1.9:3128", "http://10.60.1.9:3128" }), finding.StatusDegraded, layer.ManagementInterface, finding.Likely,
			With(HealthyInside(), probe.HostProxy, func(d *probe.ProxyDetail) { d.HTTP, d.NoProxy = "http://10.60.1.9:3128", "169.254.169.254" }), "all_measured_passes",
		},
		"kms_unreachable": {
			HealthyInside().kms(probe.Silent, probe.Timeout), finding.StatusOK, "", "",
			HealthyInside().kms(probe.OK, ""), "all_measured_passes",
		},
		"inside_firewall_blocks": {
			HealthyInside().Firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 4172), finding.StatusFault, layer.WorkspaceFirewall, finding.Proven,
			HealthyInside().Firewall(probe.Skipped, probe.Unsupported, probe.FirewallUnknown, 4172), "inside_firewall_unclear",
		},
		"inside_firewall_redirects": {
			HealthyInside().SentOn(4172, 9999), finding.StatusFault, layer.WorkspaceFirewall, finding.Proven,
			HealthyInside().SentOn(4172, 9999, "pcoip-server"), "all_measured_passes",
		},
		"inside_firewall_unclear": {
			HealthyInside().Firewall(probe.Skipped, probe.Unsupported, probe.FirewallUnknown, 8200), finding.StatusInconclusive, "", "",
			HealthyInside().Firewall(probe.Skipped, probe.Unsupported, probe.FirewallUnknown, 4172).ConnectedFrom("198.19.200.1:50000", 4172), "all_measured_passes",
		},
		"own_port_blocked": {
			HealthyInside().Drop(Is(probe.HostFirewall)).Refuse(probe.ConnectionRefused, 0, nil, "own-port"), finding.StatusFault, layer.WorkspaceFirewall, finding.Likely,
			HealthyInside().Deaf(4172), "not_listening",
		},
		"service_stopped": {
			HealthyInside().State(probe.ServesPCoIP, "failed", "enabled").Deaf(4172, 4489), finding.StatusFault, layer.StreamingHost, finding.Proven,
			HealthyInside().Deaf(4172, 4489), "not_listening",
		},
		"service_not_enabled": {
			HealthyInside().State(probe.ServesDCV, "running", "masked"), finding.StatusDegraded, layer.StreamingHost, finding.Proven,
			HealthyInside().State(probe.ServesDCV, "running", "static"), "all_measured_passes",
		},
		"listens_elsewhere": {
			HealthyInside().ListenAt(8200, "127.0.0.1").Drop(At("own-port")), finding.StatusFault, layer.StreamingHost, finding.Proven,
			HealthyInside().Deaf(8200), "not_listening",
		},
		"not_listening": {
			HealthyInside().Deaf(8200), finding.StatusFault, layer.StreamingHost, finding.Likely,
			deafDCV(), "not_listening",
		},
		"streaming_not_installed": {
			With(HealthyInside().Deaf(4172, 4489, 8201, 8220), probe.HostServices, func(d *probe.ServicesDetail) {
				d.Services = []probe.Service{{Role: probe.SkyLight, Name: "skylight-agent.service", Installed: true, State: "running", Enabled: "enabled"}, {Role: probe.ServesPCoIP, Name: "pcoip.service"}}
			}), finding.StatusFault, layer.StreamingHost, finding.Likely,
			deafDCV(), "not_listening",
		},
		"eth1_down": {
			HealthyInside().Card("eth1", off).CutOff(), finding.StatusFault, layer.PrimaryInterface, finding.Proven,
			HealthyInside().CutOff(), "directory_dns_dead",
		},
		"eth1_no_default_route": {
			With(HealthyInside(), probe.HostRoutes, func(d *probe.RoutingDetail) { d.Routes = d.Routes[1:] }).
				Drop(func(o probe.Observation) bool {
					return o.Operation == probe.HostRoute && o.Address != "169.254.169.254"
				}).ShutIn(), finding.StatusFault, layer.PrimaryInterface, finding.Proven,
			HealthyInside().ShutIn(), "egress_blocked",
		},
		"eth1_gateway_dead": {
			HealthyInside().CutOff().Each(Is(probe.HostNeighbour), func(o *probe.Observation) {
				o.Outcome, o.Failure = probe.Failed, probe.HostUnreachable
			}), finding.StatusFault, layer.PrimaryInterface, finding.Likely,
			HealthyInside().CutOff(), "directory_dns_dead",
		},
		"inside_sending_denied": {
			HealthyInside().NameServer(DNS1, "", probe.Failed, probe.LocalPolicyDenied).NameServer(DNS2, "", probe.Failed, probe.LocalPolicyDenied), finding.StatusFault, layer.WorkspaceFirewall, finding.Proven,
			HealthyInside().NameServer(DNS1, "", probe.Silent, probe.Timeout).NameServer(DNS2, "", probe.Silent, probe.Timeout), "directory_dns_dead",
		},
		"directory_dns_dead": {
			HealthyInside().NameServer(DNS1, "", probe.Silent, probe.Timeout).NameServer(DNS2, "", probe.Silent, probe.Timeout), finding.StatusFault, layer.DirectoryDNS, finding.Likely,
			HealthyInside().NameServer(DNS1, "", probe.Silent, probe.Timeout), "directory_dns_one_dead",
		},
		"directory_dns_one_dead": {
			HealthyInside().NameServer(DNS2, "tcp", probe.Silent, probe.Timeout), finding.StatusDegraded, layer.DirectoryDNS, finding.Likely,
			HealthyInside(), "all_measured_passes",
		},
		"directory_dns_slow": {
			HealthyInside().Takes(DNS1+":53", 2500).Takes(DNS2+":53", 2500), finding.StatusDegraded, layer.DirectoryDNS, finding.Likely,
			HealthyInside().NameServer(DNS1, "", probe.Silent, probe.Timeout).NameServer(DNS2, "", probe.Silent, probe.Timeout), "directory_dns_dead",
		},
		"inside_records_missing": {
			HealthyInside().NameServer(DNS1, "udp", probe.Failed, probe.DNSNXDomain).NameServer(DNS2, "udp", probe.Failed, probe.DNSNXDomain), finding.StatusFault, layer.DirectoryDNS, finding.Proven,
			HealthyInside().NameServer(DNS1, "udp", probe.Failed, probe.DNSNXDomain), "directory_dns_one_dead",
		},
		"resolver_foreign": {
			HealthyInside().Foreign(probe.Failed, probe.DNSNXDomain), finding.StatusFault, layer.DirectoryDNS, finding.Likely,
			HealthyInside().Foreign(probe.OK, ""), "all_measured_passes",
		},
		"port_taken": {
			HealthyInside().HeldBy(4172, "nginx").State(probe.ServesPCoIP, "failed", "enabled"), finding.StatusFault, layer.StreamingHost, finding.Proven,
			HealthyInside().HeldBy(4172, "pcoip-server"), "all_measured_passes",
		},
		"eth0_answers_astray": {
			HealthyInside().AnswersBy("eth1"), finding.StatusFault, layer.ManagementInterface, finding.Proven,
			HealthyInside().AnswersBy("eth0"), "all_measured_passes",
		},
		"controllers_silent": {
			HealthyInside().ControllersAt("10.60.3.10", "10.60.3.11").ControllerPort(probe.Silent, probe.Timeout, ""), finding.StatusFault, layer.DirectoryDNS, finding.Likely,
			HealthyInside().ControllersAt("10.60.3.10", "10.60.3.11").ControllerPort(probe.Silent, probe.Timeout, "", "dc-kerberos"), "controller_ports_shut",
		},
		"controller_ports_shut": {
			HealthyInside().ControllerPort(probe.Failed, probe.ConnectionRefused, "", "dc-smb"), finding.StatusFault, layer.DirectoryDNS, finding.Likely,
			HealthyInside().ControllerPort(probe.Failed, probe.ConnectionRefused, "", "dc-ldaps"), "all_measured_passes",
		},
		"controllers_mute": {
			HealthyInside().ControllerPort(probe.Failed, probe.MalformedReply, "", "dc-rootdse"), finding.StatusFault, layer.DirectoryDNS, finding.Likely,
			HealthyInside().ControllerPort(probe.OK, "", "", "dc-rootdse"), "all_measured_passes", // refuses the question: an answer
		},
		"directory_clock_wrong": {
			HealthyInside().DirectoryClock(7 * minutes), finding.StatusFault, layer.DirectoryDNS, finding.Likely,
			HealthyInside().DirectoryClock(7 * minutes).AwsClock(7 * minutes), "workspace_clock_wrong",
		},
		"workspace_clock_wrong": {
			HealthyInside().DirectoryClock(-7 * minutes).AwsClock(-7 * minutes), finding.StatusFault, layer.LocalDevice, finding.Likely,
			HealthyInside().DirectoryClock(-7 * minutes), "directory_clock_wrong",
		},
		"names_not_forwarded": {
			HealthyInside().NameSays(probe.DNSRefused, BrokerHost).ShutIn().Drop(At("broker", "login")), finding.StatusFault, layer.DirectoryDNS, finding.Likely,
			HealthyInside().ShutIn(), "egress_blocked",
		},
		"egress_blocked": {
			HealthyInside().ShutIn(), finding.StatusFault, layer.VPCEgress, finding.Likely,
			HealthyInside(), "all_measured_passes",
		},
		"egress_proxy_fails": {
			HealthyInside().ShutIn().ThroughProxy(probe.Failed, probe.ProxyAuthRequired, 407), finding.StatusFault, layer.VPCEgress, finding.Proven,
			HealthyInside().ThroughProxy(probe.Failed, probe.ProxyAuthRequired, 407), "all_measured_passes",
		},
	}
}

// ownNetworkOnly: eth0 has no route beyond its own network.
func ownNetworkOnly() *World {
	return With(HealthyInside(), probe.HostRoutes, func(d *probe.RoutingDetail) {
		d.Routes = []probe.RouteEntry{d.Routes[0], {Destination: netip.MustParsePrefix("198.19.0.0/20"), Interface: "eth0"}, {Destination: netip.MustParsePrefix("169.254.169.254/32"), Interface: "eth0"}}
	})
}

// Foreign makes a resolver that is none of the directory's the first one in use.
func (w *World) Foreign(outcome probe.Outcome, failure probe.Failure) *World {
	const other = "10.60.1.2:53"
	With(w, probe.HostResolvers, func(d *probe.ResolversDetail) { d.Servers = []netip.AddrPort{netip.MustParseAddrPort(other)} })
	const name = "_ldap._tcp.corp.example.com"
	w.Add("resolver/"+other+"/udp/"+name, "resolver", probe.DNSQuery, name, other, outcome, failure, probe.DNSDetail{Resolver: other, Name: name, Type: "SRV"})
	return w
}

// ControllersAt gives the domain controllers addresses of their own.
func (w *World) ControllersAt(first, second string) *World {
	return w.Each(func(o probe.Observation) bool { return len(o.Endpoint) > 3 && o.Endpoint[:3] == "dc-" }, func(o *probe.Observation) {
		o.Address = map[string]string{DNS1: first, DNS2: second}[o.Address]
	})
}

// kms adds the questions to AWS's activation servers.
func (w *World) kms(outcome probe.Outcome, failure probe.Failure) *World {
	for _, a := range []string{"169.254.169.250", "169.254.169.251"} {
		w.Add("kms/"+a+"/tcp", "kms", probe.TCPConnect, Target(a, 1688, "tcp"), a, outcome, failure, probe.ConnectDetail{})
	}
	return w
}

// ThroughProxy adds a conversation through a proxy.
func (w *World) ThroughProxy(outcome probe.Outcome, failure probe.Failure, status int) *World {
	w.Add("broker/https/proxy", "broker", probe.ProxyConnect, Target(BrokerHost, 443, "tcp"), "10.60.1.9", outcome, failure, probe.ProxyConnectDetail{Proxy: "10.60.1.9:3128", Status: status, Reached: "proxy"})
	return w
}
