package diagnose

import (
	"net/netip"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// insideGoldens has one row per rule about the inside of a WorkSpace.
func insideGoldens() map[string]golden {
	const minutes = 60 * 1000.0
	prefix := netip.MustParsePrefix
	swallowed := true
	off := func(i *probe.Interface) { i.Up = false }
	noLink := func(i *probe.Interface) { i.Carrier = false }
	address := func(text string) func(*probe.Interface) {
		return func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix(text)} }
	}
	overlap := func(w *world, v probe.Overlap) *world {
		return with(w, probe.HostManagement, func(d *probe.ManagementDetail) { d.Overlaps = []probe.Overlap{v} })
	}
	docker := probe.Overlap{Prefix: prefix("198.19.0.0/24"), Interface: "docker0", Kind: "address", Why: "container bridge", Network: true, Sample: netip.MustParseAddr("198.19.0.1"), Through: "docker0"}
	harmless := docker
	harmless.Through = "eth0"
	silentMetadata := func() *world { return healthyInside().noMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{}) }
	deafDCV := func() *world { return healthyInside().deaf(8201, 8220) }
	return map[string]golden{
		"eth0_down": {
			healthyInside().card("eth0", noLink), StatusFault, layer.ManagementInterface, Proven,
			healthyInside().unmanaged().card("eth0", nil), "eth0_missing",
		},
		"eth0_missing": {
			healthyInside().unmanaged().card("eth0", nil), StatusFault, layer.ManagementInterface, Likely,
			healthyInside().unmanaged().card("eth0", off), "eth0_down",
		},
		"eth0_wrong_address": {
			silentMetadata().unmanaged().card("eth0", address("10.9.9.9/24")), StatusFault, layer.ManagementInterface, Likely,
			healthyInside().unmanaged().card("eth0", off), "eth0_down",
		},
		"eth0_default_route": {
			with(healthyInside().cutOff(), probe.HostRoute, func(d *probe.RouteDetail) { d.Interface = "eth0" }), StatusFault, layer.ManagementInterface, Proven,
			healthyInside(), "all_measured_passes",
		},
		"eth0_overlapped": {
			overlap(healthyInside(), docker), StatusFault, layer.ManagementInterface, Proven,
			overlap(healthyInside(), harmless), "all_measured_passes",
		},
		"eth0_narrow_mtu": {
			healthyInside().card("eth0", func(i *probe.Interface) { i.MTU = 576 }), StatusDegraded, layer.ManagementInterface, Likely,
			healthyInside().card("eth1", func(i *probe.Interface) { i.MTU = 576 }), "all_measured_passes",
		},
		"eth0_own_network_only": {
			ownNetworkOnly(), StatusOK, "", "",
			ownNetworkOnly().connectedFrom("198.19.130.9:4000", 4172), "all_measured_passes",
		},
		"metadata_unreachable": {
			healthyInside().noMetadata(probe.Failed, probe.NetworkUnreachable, probe.ConnectDetail{}), StatusFault, layer.ManagementInterface, Proven,
			healthyInside().noMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{HostDropped: &swallowed}), "metadata_unreachable",
		},
		"metadata_proxied": {
			with(healthyInside(), probe.HostProxy, func(d *probe.ProxyDetail) { d.HTTP, d.Metadata = "http://10.60.1.9:3128", "http://10.60.1.9:3128" }), StatusDegraded, layer.ManagementInterface, Likely,
			with(healthyInside(), probe.HostProxy, func(d *probe.ProxyDetail) { d.HTTP, d.NoProxy = "http://10.60.1.9:3128", "169.254.169.254" }), "all_measured_passes",
		},
		"kms_unreachable": {
			healthyInside().kms(probe.Silent, probe.Timeout), StatusOK, "", "",
			healthyInside().kms(probe.OK, ""), "all_measured_passes",
		},
		"inside_firewall_blocks": {
			healthyInside().firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 4172), StatusFault, layer.WorkspaceFirewall, Proven,
			healthyInside().firewall(probe.Skipped, probe.Unsupported, probe.FirewallUnknown, 4172), "inside_firewall_unclear",
		},
		"inside_firewall_unclear": {
			healthyInside().firewall(probe.Skipped, probe.Unsupported, probe.FirewallUnknown, 8200), StatusInconclusive, "", "",
			healthyInside().firewall(probe.Skipped, probe.Unsupported, probe.FirewallUnknown, 4172).connectedFrom("198.19.200.1:50000", 4172), "all_measured_passes",
		},
		"own_port_blocked": {
			healthyInside().drop(is(probe.HostFirewall)).refuse(probe.ConnectionRefused, 0, nil, "own-port"), StatusFault, layer.WorkspaceFirewall, Likely,
			healthyInside().deaf(4172), "not_listening",
		},
		"service_stopped": {
			healthyInside().state("pcoip", "failed", "enabled").deaf(4172, 4489), StatusFault, layer.StreamingHost, Proven,
			healthyInside().deaf(4172, 4489), "not_listening",
		},
		"service_not_enabled": {
			healthyInside().state("dcv", "running", "masked"), StatusDegraded, layer.StreamingHost, Proven,
			healthyInside().state("dcv", "running", "static"), "all_measured_passes",
		},
		"listens_elsewhere": {
			healthyInside().listenAt(8200, "127.0.0.1").drop(at("own-port")), StatusFault, layer.StreamingHost, Proven,
			healthyInside().deaf(8200), "not_listening",
		},
		"not_listening": {
			healthyInside().deaf(8200), StatusFault, layer.StreamingHost, Likely,
			deafDCV(), "not_listening",
		},
		"streaming_not_installed": {
			with(healthyInside().deaf(4172, 4489, 8201, 8220), probe.HostServices, func(d *probe.ServicesDetail) {
				d.Services = []probe.Service{{Role: "skylight", Name: "skylight-agent.service", Installed: true, State: "running", Enabled: "enabled"}, {Role: "pcoip", Name: "pcoip.service"}}
			}), StatusFault, layer.StreamingHost, Likely,
			deafDCV(), "not_listening",
		},
		"eth1_down": {
			healthyInside().card("eth1", off).cutOff(), StatusFault, layer.PrimaryInterface, Proven,
			healthyInside().cutOff(), "directory_dns_dead",
		},
		"eth1_no_default_route": {
			with(healthyInside(), probe.HostRoutes, func(d *probe.RoutingDetail) { d.Routes = d.Routes[1:] }).
				drop(func(o probe.Observation) bool {
					return o.Operation == probe.HostRoute && o.Address != "169.254.169.254"
				}).shutIn(), StatusFault, layer.PrimaryInterface, Proven,
			healthyInside().shutIn(), "egress_blocked",
		},
		"eth1_gateway_dead": {
			healthyInside().cutOff().each(is(probe.HostNeighbour), func(o *probe.Observation) {
				o.Outcome, o.Failure = probe.Failed, probe.HostUnreachable
			}), StatusFault, layer.PrimaryInterface, Likely,
			healthyInside().cutOff(), "directory_dns_dead",
		},
		"inside_sending_denied": {
			healthyInside().nameServer(dns1, "", probe.Failed, probe.LocalPolicyDenied).nameServer(dns2, "", probe.Failed, probe.LocalPolicyDenied), StatusFault, layer.WorkspaceFirewall, Proven,
			healthyInside().nameServer(dns1, "", probe.Silent, probe.Timeout).nameServer(dns2, "", probe.Silent, probe.Timeout), "directory_dns_dead",
		},
		"directory_dns_dead": {
			healthyInside().nameServer(dns1, "", probe.Silent, probe.Timeout).nameServer(dns2, "", probe.Silent, probe.Timeout), StatusFault, layer.DirectoryDNS, Likely,
			healthyInside().nameServer(dns1, "", probe.Silent, probe.Timeout), "directory_dns_one_dead",
		},
		"directory_dns_one_dead": {
			healthyInside().nameServer(dns2, "tcp", probe.Silent, probe.Timeout), StatusDegraded, layer.DirectoryDNS, Likely,
			healthyInside(), "all_measured_passes",
		},
		"inside_records_missing": {
			healthyInside().nameServer(dns1, "udp", probe.Failed, probe.DNSNXDomain).nameServer(dns2, "udp", probe.Failed, probe.DNSNXDomain), StatusFault, layer.DirectoryDNS, Proven,
			healthyInside().nameServer(dns1, "udp", probe.Failed, probe.DNSNXDomain), "directory_dns_one_dead",
		},
		"resolver_foreign": {
			healthyInside().foreign(probe.Failed, probe.DNSNXDomain), StatusFault, layer.DirectoryDNS, Likely,
			healthyInside().foreign(probe.OK, ""), "all_measured_passes",
		},
		"port_taken": {
			healthyInside().heldBy(4172, "nginx").state("pcoip", "failed", "enabled"), StatusFault, layer.StreamingHost, Proven,
			healthyInside().heldBy(4172, "pcoip-server"), "all_measured_passes",
		},
		"eth0_answers_astray": {
			healthyInside().answersBy("eth1"), StatusFault, layer.ManagementInterface, Proven,
			healthyInside().answersBy("eth0"), "all_measured_passes",
		},
		"controllers_silent": {
			healthyInside().controllersAt("10.60.3.10", "10.60.3.11").controllerPort(probe.Silent, probe.Timeout, ""), StatusFault, layer.DirectoryDNS, Likely,
			healthyInside().controllersAt("10.60.3.10", "10.60.3.11").controllerPort(probe.Silent, probe.Timeout, "", "dc-kerberos"), "controller_ports_shut",
		},
		"controller_ports_shut": {
			healthyInside().controllerPort(probe.Failed, probe.ConnectionRefused, "", "dc-smb"), StatusFault, layer.DirectoryDNS, Likely,
			healthyInside().controllerPort(probe.Failed, probe.ConnectionRefused, "", "dc-ldaps"), "all_measured_passes",
		},
		"controllers_mute": {
			healthyInside().controllerPort(probe.Failed, probe.MalformedReply, "", "dc-rootdse"), StatusFault, layer.DirectoryDNS, Likely,
			healthyInside().controllerPort(probe.OK, "", "", "dc-rootdse"), "all_measured_passes", // refuses the question: an answer
		},
		"directory_clock_wrong": {
			healthyInside().directoryClock(7 * minutes), StatusFault, layer.DirectoryDNS, Likely,
			healthyInside().directoryClock(7 * minutes).awsClock(7 * minutes), "workspace_clock_wrong",
		},
		"workspace_clock_wrong": {
			healthyInside().directoryClock(-7 * minutes).awsClock(-7 * minutes), StatusFault, layer.LocalDevice, Likely,
			healthyInside().directoryClock(-7 * minutes), "directory_clock_wrong",
		},
		"names_not_forwarded": {
			healthyInside().nameSays(probe.DNSRefused, brokerHost).shutIn().drop(at("broker", "login")), StatusFault, layer.DirectoryDNS, Likely,
			healthyInside().shutIn(), "egress_blocked",
		},
		"egress_blocked": {
			healthyInside().shutIn(), StatusFault, layer.VPCEgress, Likely,
			healthyInside(), "all_measured_passes",
		},
		"egress_proxy_fails": {
			healthyInside().shutIn().throughProxy(probe.Failed, probe.ProxyAuthRequired, 407), StatusFault, layer.VPCEgress, Proven,
			healthyInside().throughProxy(probe.Failed, probe.ProxyAuthRequired, 407), "all_measured_passes",
		},
	}
}

// ownNetworkOnly: eth0 has no route beyond its own network.
func ownNetworkOnly() *world {
	return with(healthyInside(), probe.HostRoutes, func(d *probe.RoutingDetail) {
		d.Routes = []probe.RouteEntry{d.Routes[0], {Destination: netip.MustParsePrefix("198.19.0.0/20"), Interface: "eth0"}, {Destination: netip.MustParsePrefix("169.254.169.254/32"), Interface: "eth0"}}
	})
}

// foreign makes a resolver that is none of the directory's the first one in use.
func (w *world) foreign(outcome probe.Outcome, failure probe.Failure) *world {
	const other = "10.60.1.2:53"
	with(w, probe.HostResolvers, func(d *probe.ResolversDetail) { d.Servers = []netip.AddrPort{netip.MustParseAddrPort(other)} })
	const name = "_ldap._tcp.corp.example.com"
	w.add("resolver/"+other+"/udp/"+name, "resolver", probe.DNSQuery, name, other, outcome, failure, probe.DNSDetail{Resolver: other, Name: name, Type: "SRV"})
	return w
}

// controllersAt gives the domain controllers addresses of their own.
func (w *world) controllersAt(first, second string) *world {
	return w.each(func(o probe.Observation) bool { return len(o.Endpoint) > 3 && o.Endpoint[:3] == "dc-" }, func(o *probe.Observation) {
		o.Address = map[string]string{dns1: first, dns2: second}[o.Address]
	})
}

// kms adds the questions to AWS's activation servers.
func (w *world) kms(outcome probe.Outcome, failure probe.Failure) *world {
	for _, a := range []string{"169.254.169.250", "169.254.169.251"} {
		w.add("kms/"+a+"/tcp", "kms", probe.TCPConnect, target(a, 1688, "tcp"), a, outcome, failure, probe.ConnectDetail{})
	}
	return w
}

// throughProxy adds a conversation through a proxy.
func (w *world) throughProxy(outcome probe.Outcome, failure probe.Failure, status int) *world {
	w.add("broker/https/proxy", "broker", probe.ProxyConnect, target(brokerHost, 443, "tcp"), "10.60.1.9", outcome, failure, probe.ProxyConnectDetail{Proxy: "10.60.1.9:3128", Status: status, Reached: "proxy"})
	return w
}
