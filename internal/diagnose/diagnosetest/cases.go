package diagnosetest

import (
	"net/netip"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Golden is what one rule must do: fire in its own world with this verdict, and
// keep still in the world of its nearest rival.
type Golden struct {
	Fires      *World
	Status     finding.Status
	Layer      layer.ID // of the verdict; empty: null
	Confidence finding.Confidence
	Rival      *World
	RivalIs    string // the code the rival's verdict carries
}

// Goldens has one row per rule; TestEveryRuleHasItsGoldenCases insists on it.
func Goldens() map[string]Golden {
	router := &probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
	public := &probe.ICMPError{Offender: netip.MustParseAddr("198.51.100.77"), Type: 3, Code: 13}
	own := &probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.10"), Type: 3, Code: 13, OwnHost: true}
	noWay := &probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.1"), Type: 3, Code: 0}
	everything := append(append(append([]string{}, WebOrder...), AllPorts...), "stun")
	resigned := probe.TLSDetail{Root: probe.RootOther, Issuer: "Contoso Web Inspection", Chain: []probe.Certificate{{}}}
	unknownAmazon := probe.TLSDetail{Root: probe.RootAmazonNamed, Issuer: "Amazon Root CA 9", Chain: []probe.Certificate{{}}}
	needing := func(status int) probe.ProxyConnectDetail {
		return probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Status: status, Reached: "proxy"}
	}
	return map[string]Golden{
		"no_interface": {
			Healthy().Dark().Fact(probe.HostLinks, probe.NoInterface), finding.StatusFault, layer.LocalDevice, finding.Proven,
			Healthy().Dark(), "nothing_answers",
		},
		"no_route": {
			Healthy().Refuse(probe.NetworkUnreachable, 0, nil, everything...).EndsAt(probe.TCPConnect, probe.Failed, probe.NetworkUnreachable, nil, WebOrder...).Fact(probe.HostRoute, probe.NoRoute), finding.StatusFault, layer.LocalDevice, finding.Proven,
			Healthy().Also("host", probe.HostRoute, "::", probe.Failed, probe.NoRoute, probe.RouteDetail{Family: "ip6"}).Dark(), "nothing_answers",
		},
		"no_resolver": {
			Healthy().dnsSays(probe.DNSTemporary, AnyResolver).WithoutWeb().Fact(probe.HostResolvers, probe.NoResolver), finding.StatusFault, layer.LocalDevice, finding.Proven,
			Healthy().Fact(probe.HostResolvers, probe.NoResolver), "all_measured_passes",
		},
		"gateway_not_answering": {
			Healthy().Dark().Also("host", probe.HostNeighbour, "192.168.50.1", probe.Failed, probe.HostUnreachable, probe.NeighbourDetail{State: "failed"}), finding.StatusFault, layer.LocalDevice, finding.Proven,
			Healthy().Dark().Also("host", probe.HostNeighbour, "192.168.50.1", probe.OK, "", probe.NeighbourDetail{State: "reachable"}), "nothing_answers",
		},
		"clock_wrong": {
			Healthy().Clock(26*60*60*1000, "clients.amazonworkspaces.com", "checkip.amazonaws.com").EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSExpired, probe.TLSDetail{Root: probe.RootAmazon}, WebOrder...), finding.StatusFault, layer.LocalDevice, finding.Proven,
			Healthy().Clock(26*60*60*1000, "checkip.amazonaws.com"), "all_measured_passes",
		},
		"amazon_root_missing": {
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{Root: probe.RootAmazon, Chain: []probe.Certificate{{}}}, WebOrder...), finding.StatusFault, layer.LocalDevice, finding.Proven,
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, WebOrder...), "tls_resigned",
		},
		"host_denies_send": {
			Healthy().Refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp"), finding.StatusFault, layer.LocalFirewall, finding.Proven,
			Healthy().Refuse(probe.AdministrativelyProhibited, 1, router, "pcoip-udp"), "router_prohibits",
		},
		"host_rejects": {
			Healthy().Refuse(probe.AdministrativelyProhibited, 0, own, "dcv-tcp", "dcv-udp"), finding.StatusFault, layer.LocalFirewall, finding.Proven,
			Healthy().Refuse(probe.AdministrativelyProhibited, 1, router, "dcv-tcp", "dcv-udp"), "router_prohibits",
		},
		"dns_nxdomain": {
			Healthy().NameSays(probe.DNSNXDomain, BrokerHost).EndsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, "broker"), finding.StatusFault, layer.DNS, finding.Proven,
			Healthy().SystemSays(probe.DNSNXDomain, BrokerHost).EndsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, "broker"), "names_differ_here",
		},
		"dns_servfail": {
			Healthy().dnsSays(probe.DNSServfail, AnyResolver).WithoutWeb(), finding.StatusFault, layer.DNS, finding.Proven,
			Healthy().dnsSays(probe.DNSServfail, func(r string) bool { return r != "system" }), "all_measured_passes",
		},
		"dns_refused": {
			Healthy().dnsSays(probe.DNSRefused, AnyResolver).WithoutWeb(), finding.StatusFault, layer.DNS, finding.Proven,
			Healthy().dnsSays(probe.DNSServfail, AnyResolver).WithoutWeb(), "dns_servfail",
		},
		"dns_bogon": {
			Healthy().NameSays(probe.DNSBogon, HealthHost), finding.StatusFault, layer.DNS, finding.Proven,
			Healthy().Silence("pcoip-tcp"), "port_silent",
		},
		"dns_one_address": {
			Healthy().OneAddress("10.9.9.9").EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, WebOrder...), finding.StatusFault, layer.DNS, finding.Proven,
			Healthy().OneAddress("3.3.3.3"), "all_measured_passes", // a front end for all is no fault while the broker works
		},
		"dns_silent": {
			Healthy().DNSSilent(AnyResolver).WithoutWeb(), finding.StatusFault, layer.DNS, finding.Possible,
			Healthy().Dark(), "nothing_answers",
		},
		"dns_resolver_dead": {
			Healthy().Second("203.0.113.53:53").NamesTake(2000).DNSSilent(func(r string) bool { return r == "203.0.113.53:53" }), finding.StatusDegraded, layer.DNS, finding.Likely,
			Healthy().Second("203.0.113.53:53").DNSSilent(func(r string) bool { return r == "203.0.113.53:53" }), "all_measured_passes", // this computer does not wait for it
		},
		"portal_answers": {
			Healthy().plain(probe.HTTPRedirectedElsewhere, 302, "http://login.hotel.example/welcome").EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, WebOrder...), finding.StatusFault, layer.CaptivePortal, finding.Proven,
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, WebOrder...), "tls_resigned",
		},
		"proxy_refuses": {
			Healthy().Proxied().EndsAt(probe.ProxyConnect, probe.Failed, probe.ProxyAuthRequired, needing(407), WebOrder...), finding.StatusFault, layer.Proxy, finding.Proven,
			Healthy().Proxied(), "all_measured_passes",
		},
		"proxy_unreachable": {
			Healthy().Proxied().EndsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Reached: "none"}, WebOrder...), finding.StatusFault, layer.Proxy, finding.Possible,
			Healthy().Proxied().Dark().EndsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Reached: "none"}, WebOrder...), "nothing_answers",
		},
		"proxy_hangs": {
			Healthy().Proxied().EndsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, needing(0), WebOrder...), finding.StatusFault, layer.Proxy, finding.Possible,
			Healthy().Proxied().EndsAt(probe.ProxyConnect, probe.Failed, probe.ProxyAuthRequired, needing(407), WebOrder...), "proxy_refuses",
		},
		"tls_resigned": {
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, WebOrder...), finding.StatusFault, layer.TLSInspection, finding.Proven,
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, unknownAmazon, WebOrder...), "amazon_root_unknown",
		},
		"amazon_root_unknown": {
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, unknownAmazon, WebOrder...), finding.StatusInconclusive, "", "",
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, WebOrder...), "tls_resigned",
		},
		"router_prohibits": {
			Healthy().Refuse(probe.AdministrativelyProhibited, 1, router, "pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp"), finding.StatusFault, layer.NetworkFirewall, finding.Proven,
			Healthy().Silence("pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp"), "port_silent",
		},
		"host_answers": {
			Healthy().Refuse(probe.ConnectionRefused, 1, nil, "pcoip-tcp").Sweep("pcoip-tcp", 0, probe.HopRST).ControlSweep(5).Knocked("pcoip-tcp", probe.CountersDetail{Flat: true}), finding.StatusFault, layer.LocalFirewall, finding.Likely,
			Healthy().Refuse(probe.ConnectionRefused, 1, nil, "pcoip-tcp").Sweep("pcoip-tcp", 0, probe.HopRST).ControlSweep(5).Knocked("pcoip-tcp", probe.CountersDetail{Left: true}), "answer_forged",
		},
		"host_inspects": {
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, WebOrder...).answered443(probe.CountersDetail{Flat: true}), finding.StatusFault, layer.LocalFirewall, finding.Likely,
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, WebOrder...).answered443(probe.CountersDetail{Left: true}), "tls_resigned",
		},
		"host_swallows": {
			Healthy().Silence("pcoip-tcp", "pcoip-udp").Counters("pcoip-udp", true), finding.StatusFault, layer.LocalFirewall, finding.Likely,
			Healthy().Silence("pcoip-tcp", "pcoip-udp").Counters("pcoip-udp", false), "port_silent",
		},
		"large_hello_lost": {
			Healthy().Hello("login", probe.HelloLarge, probe.HelloUnacked), finding.StatusInconclusive, "", "",
			Healthy().Hello("login", probe.HelloSmall, probe.HelloUnacked), "all_measured_passes",
		},
		"mtu_black_hole": {
			Healthy().MTU(1280, true), finding.StatusDegraded, "", finding.Possible,
			Healthy().MTU(1280, false), "all_measured_passes",
		},
		"source_port_blocked": {
			Healthy().fromSourcePort(probe.Silent), finding.StatusInconclusive, "", "",
			Healthy().fromSourcePort(probe.OK), "all_measured_passes",
		},
		"path_located": {
			Healthy().Silence("pcoip-tcp", "pcoip-udp").Sweep("pcoip-tcp", 2, "").Sweep("pcoip-udp", 2, "").ControlSweep(5), finding.StatusFault, layer.NetworkFirewall, finding.Possible,
			Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 4, "").ControlSweep(5), "path_passes",
		},
		"answer_forged": {
			Healthy().Refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").Sweep("pcoip-tcp", 1, probe.HopRST).ControlSweep(5), finding.StatusFault, layer.NetworkFirewall, finding.Likely,
			Healthy().Refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").Sweep("pcoip-tcp", 4, probe.HopRST).ControlSweep(5), "gateway_refuses",
		},
		"gateway_refuses": {
			Healthy().Refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").Sweep("pcoip-tcp", 4, probe.HopRST).ControlSweep(5), finding.StatusFault, layer.StreamingGateway, finding.Likely,
			Healthy().Refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").Sweep("pcoip-tcp", 3, probe.HopRST).ControlSweep(5), "answer_forged",
		},
		"path_passes": {
			Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 4, "").ControlSweep(5), finding.StatusInconclusive, "", "",
			Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 1, "").ControlSweep(5), "path_located",
		},
		"port_silent": {
			Healthy().Silence("pcoip-tcp", "dcv-tcp"), finding.StatusInconclusive, "", "",
			Healthy().Dark(), "nothing_answers",
		},
		"data_reset": {
			Healthy().Cut(2, "pcoip-tcp"), finding.StatusInconclusive, "", "",
			Healthy().Cut(40, "pcoip-tcp"), finding.CodeAsFarAsSeen, // the host itself does not like what it was told
		},
		"port_refused": {
			Healthy().Refuse(probe.ConnectionRefused, 1, nil, "dcv-tcp", "pcoip-tcp"), finding.StatusInconclusive, "", "",
			Healthy().Refuse(probe.AdministrativelyProhibited, 40, public, "dcv-tcp", "pcoip-tcp"), "router_prohibits",
		},
		"port_accept_unreal": {
			Healthy().Accept(1, "nothing", "pcoip-tcp", "dcv-tcp"), finding.StatusInconclusive, "", "",
			Healthy().Accept(40, "nothing", "pcoip-tcp", "dcv-tcp"), finding.CodeAsFarAsSeen,
		},
		"udp_not_passing": {
			Healthy().Silence("pcoip-udp", "dcv-udp", "stun"), finding.StatusInconclusive, "", "",
			Healthy().Silence("pcoip-udp", "dcv-udp"), "not_shown", // the STUN server answers: nothing is known of the ports
		},
		"router_unreachable": {
			Healthy().Dark().Refuse(probe.NetworkUnreachable, 1, noWay, everything...), finding.StatusInconclusive, "", "",
			Healthy().Refuse(probe.HostUnreachable, 1, noWay, AllPorts...), "router_unreachable", // carries the rest: its own doing, see TestARouterThatCarriesTheRestIsAccused
		},
		"nothing_answers": {
			Healthy().Dark(), finding.StatusInconclusive, "", "",
			Healthy().Dark().Also("host", probe.HostNeighbour, "192.168.50.1", probe.Failed, probe.HostUnreachable, probe.NeighbourDetail{State: "failed"}), "gateway_not_answering",
		},
		"line_slept": {
			Healthy().Unheard().Sweep("pcoip-tcp", 4, probe.HopSYNACK).Sweep("dcv-tcp", 4, probe.HopSYNACK).ControlSweep(5), finding.StatusInconclusive, "", "",
			Healthy().Unheard().Sweep("pcoip-tcp", 4, probe.HopSYNACK).Sweep("dcv-tcp", 2, "").ControlSweep(5), "path_located",
		},
		"rtt_high": {
			Healthy().Slow(280), finding.StatusDegraded, layer.InternetPath, finding.Likely,
			Healthy().WakesUp(380), "all_measured_passes", // what follows the handshakes is quick
		},
		"loss_high": {
			Healthy().Lossy(72, 18), finding.StatusDegraded, "", finding.Possible,
			Healthy().Lossy(72, 4), "all_measured_passes",
		},
		"port_lossy": {
			Healthy().Sampled("pcoip-tcp", 24, 8), finding.StatusDegraded, "", finding.Possible,
			Healthy().Lossy(72, 30).Sampled("pcoip-tcp", 24, 8), "loss_high",
		},
		"jitter_high": {
			Healthy().Jittery(70), finding.StatusOK, "", "",
			Healthy(), "all_measured_passes",
		},
		"ipv6_broken": {
			Healthy().Also("broker-v6/https/direct", probe.TCPConnect, "2600:1f18::1", probe.Silent, probe.Timeout, probe.ConnectDetail{}), finding.StatusOK, "", "",
			Healthy().Also("broker-v6/https/direct", probe.TCPConnect, "2600:1f18::1", probe.OK, "", Connected(40)), "all_measured_passes",
		},
		"egress_not_allowed": {
			Healthy().Allow("198.51.100.0/24"), finding.StatusFault, layer.IPAccessControl, finding.Proven,
			Healthy().Allow("203.0.113.0/24"), "all_measured_passes",
		},
		"egress_varies": {
			Healthy().Egress(probe.STUNBinding, "203.0.113.77"), finding.StatusOK, "", "",
			Healthy(), "all_measured_passes",
		},
		"web_unreachable": {
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.ConnectionReset, probe.TLSDetail{Root: probe.RootUnknown}, "broker"), finding.StatusInconclusive, "", "",
			Healthy().EndsAt(probe.HTTPGet, probe.Failed, probe.HTTPUnexpectedStatus, probe.HTTPDetail{Status: 503}, "broker"), "broker_unhealthy",
		},
		"broker_unhealthy": {
			Healthy().EndsAt(probe.HTTPGet, probe.Failed, probe.HTTPUnexpectedStatus, probe.HTTPDetail{Status: 503}, "broker"), finding.StatusFault, layer.AuthGateway, finding.Proven,
			Healthy().EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, "broker"), "web_unreachable",
		},
		"service_certificate_expired": {
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSExpired, probe.TLSDetail{Root: probe.RootAmazonNamed, SystemTrust: true, Chain: []probe.Certificate{{}}}, "broker"), finding.StatusFault, layer.AuthGateway, finding.Likely,
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSExpired, probe.TLSDetail{Root: probe.RootOther, Chain: []probe.Certificate{{}}}, "broker"), "tls_resigned",
		},
		"side_host_fails": {
			Healthy().EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, "connectivity"), finding.StatusDegraded, "", finding.Possible,
			Healthy().EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, "broker"), "web_unreachable",
		},
		"port_accepts_silently": {
			Healthy().Accept(40, "nothing", "pcoip-tcp"), finding.StatusOK, "", "",
			Healthy(), "all_measured_passes",
		},
		"gateway_address_dead": {
			Healthy().oneDead("dcv-tcp"), finding.StatusOK, "", "",
			Healthy().Silence("dcv-tcp"), "port_silent",
		},
		"gateway_only_dead": {
			Healthy().Also("gateway-dcv-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: Attempts(3, probe.Silent)}).Also("gateway-dcv-udp/quic", probe.QUICVersion, "3.227.4.9", probe.Silent, probe.Timeout, probe.ExchangeDetail{Attempts: Attempts(3, probe.Silent)}), finding.StatusFault, layer.StreamingGateway, finding.Possible,
			Healthy().Silence("dcv-tcp").Also("gateway-dcv-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: Attempts(3, probe.Silent)}), "port_silent",
		},
		"aws_host_rejects": {
			Healthy().ClosedUDP("pcoip-udp"), finding.StatusFault, layer.StreamingGateway, finding.Proven,
			Healthy().Refuse(probe.ConnectionRefused, 1, router, "pcoip-udp"), "router_prohibits",
		},
		"directory_records_missing": {
			Healthy().Directory(probe.Failed, probe.DNSNXDomain), finding.StatusFault, layer.DirectoryDNS, finding.Possible,
			Healthy().Directory(probe.Silent, probe.Timeout), "all_measured_passes",
		},
		"directory_dns_unreachable": {
			Healthy().Directory(probe.Silent, probe.Timeout), finding.StatusOK, "", "",
			Healthy().Directory(probe.OK, ""), "all_measured_passes",
		},
	}
}
