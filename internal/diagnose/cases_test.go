package diagnose

import (
	"net/netip"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// golden is what one rule must do: fire in its own world with this verdict, and
// keep still in the world of its nearest rival.
type golden struct {
	fires      *world
	status     Status
	layer      layer.ID // of the verdict; empty: null
	confidence Confidence
	rival      *world
	rivalIs    string // the code the rival's verdict carries
}

// goldens has one row per rule; TestEveryRuleHasItsGoldenCases insists on it.
func goldens() map[string]golden {
	router := &probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
	public := &probe.ICMPError{Offender: netip.MustParseAddr("198.51.100.77"), Type: 3, Code: 13}
	own := &probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.10"), Type: 3, Code: 13, OwnHost: true}
	noWay := &probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.1"), Type: 3, Code: 0}
	everything := append(append(append([]string{}, webOrder...), allPorts...), "stun")
	resigned := probe.TLSDetail{Root: probe.RootOther, Issuer: "Contoso Web Inspection", Chain: []probe.Certificate{{}}}
	unknownAmazon := probe.TLSDetail{Root: probe.RootAmazonNamed, Issuer: "Amazon Root CA 9", Chain: []probe.Certificate{{}}}
	needing := func(status int) probe.ProxyConnectDetail {
		return probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Status: status, Reached: "proxy"}
	}
	return map[string]golden{
		"no_interface": {
			healthy().dark().fact(probe.HostLinks, probe.NoInterface), StatusFault, layer.LocalDevice, Proven,
			healthy().dark(), "nothing_answers",
		},
		"no_route": {
			healthy().refuse(probe.NetworkUnreachable, 0, nil, everything...).endsAt(probe.TCPConnect, probe.Failed, probe.NetworkUnreachable, nil, webOrder...).fact(probe.HostRoute, probe.NoRoute), StatusFault, layer.LocalDevice, Proven,
			healthy().also("host", probe.HostRoute, "::", probe.Failed, probe.NoRoute, probe.RouteDetail{Family: "ip6"}).dark(), "nothing_answers",
		},
		"no_resolver": {
			healthy().dnsSays(probe.DNSTemporary, anyResolver).withoutWeb().fact(probe.HostResolvers, probe.NoResolver), StatusFault, layer.LocalDevice, Proven,
			healthy().fact(probe.HostResolvers, probe.NoResolver), "all_measured_passes",
		},
		"gateway_not_answering": {
			healthy().dark().also("host", probe.HostNeighbour, "192.168.50.1", probe.Failed, probe.HostUnreachable, probe.NeighbourDetail{State: "failed"}), StatusFault, layer.LocalDevice, Proven,
			healthy().dark().also("host", probe.HostNeighbour, "192.168.50.1", probe.OK, "", probe.NeighbourDetail{State: "reachable"}), "nothing_answers",
		},
		"clock_wrong": {
			healthy().clock(26*60*60*1000, "clients.amazonworkspaces.com", "checkip.amazonaws.com").endsAt(probe.TLSHandshake, probe.Failed, probe.TLSExpired, probe.TLSDetail{Root: probe.RootAmazon}, webOrder...), StatusFault, layer.LocalDevice, Proven,
			healthy().clock(26*60*60*1000, "checkip.amazonaws.com"), "all_measured_passes",
		},
		"amazon_root_missing": {
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{Root: probe.RootAmazon, Chain: []probe.Certificate{{}}}, webOrder...), StatusFault, layer.LocalDevice, Proven,
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, webOrder...), "tls_resigned",
		},
		"host_denies_send": {
			healthy().refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp"), StatusFault, layer.LocalFirewall, Proven,
			healthy().refuse(probe.AdministrativelyProhibited, 1, router, "pcoip-udp"), "router_prohibits",
		},
		"host_rejects": {
			healthy().refuse(probe.AdministrativelyProhibited, 0, own, "dcv-tcp", "dcv-udp"), StatusFault, layer.LocalFirewall, Proven,
			healthy().refuse(probe.AdministrativelyProhibited, 1, router, "dcv-tcp", "dcv-udp"), "router_prohibits",
		},
		"dns_nxdomain": {
			healthy().nameSays(probe.DNSNXDomain, brokerHost).endsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, "broker"), StatusFault, layer.DNS, Proven,
			healthy().systemSays(probe.DNSNXDomain, brokerHost).endsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, "broker"), "names_differ_here",
		},
		"dns_servfail": {
			healthy().dnsSays(probe.DNSServfail, anyResolver).withoutWeb(), StatusFault, layer.DNS, Proven,
			healthy().dnsSays(probe.DNSServfail, func(r string) bool { return r != "system" }), "all_measured_passes",
		},
		"dns_refused": {
			healthy().dnsSays(probe.DNSRefused, anyResolver).withoutWeb(), StatusFault, layer.DNS, Proven,
			healthy().dnsSays(probe.DNSServfail, anyResolver).withoutWeb(), "dns_servfail",
		},
		"dns_bogon": {
			healthy().nameSays(probe.DNSBogon, healthHost), StatusFault, layer.DNS, Proven,
			healthy().silence("pcoip-tcp"), "port_silent",
		},
		"dns_one_address": {
			healthy().oneAddress("10.9.9.9").endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, webOrder...), StatusFault, layer.DNS, Proven,
			healthy().oneAddress("3.3.3.3"), "all_measured_passes", // a front end for all is no fault while the broker works
		},
		"dns_silent": {
			healthy().dnsSilent(anyResolver).withoutWeb(), StatusFault, layer.DNS, Possible,
			healthy().dark(), "nothing_answers",
		},
		"dns_resolver_dead": {
			healthy().second("203.0.113.53:53").namesTake(2000).dnsSilent(func(r string) bool { return r == "203.0.113.53:53" }), StatusDegraded, layer.DNS, Likely,
			healthy().second("203.0.113.53:53").dnsSilent(func(r string) bool { return r == "203.0.113.53:53" }), "all_measured_passes", // this computer does not wait for it
		},
		"portal_answers": {
			healthy().plain(probe.HTTPRedirectedElsewhere, 302, "http://login.hotel.example/welcome").endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, webOrder...), StatusFault, layer.CaptivePortal, Proven,
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, webOrder...), "tls_resigned",
		},
		"proxy_refuses": {
			healthy().proxied().endsAt(probe.ProxyConnect, probe.Failed, probe.ProxyAuthRequired, needing(407), webOrder...), StatusFault, layer.Proxy, Proven,
			healthy().proxied(), "all_measured_passes",
		},
		"proxy_unreachable": {
			healthy().proxied().endsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Reached: "none"}, webOrder...), StatusFault, layer.Proxy, Possible,
			healthy().proxied().dark().endsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Reached: "none"}, webOrder...), "nothing_answers",
		},
		"proxy_hangs": {
			healthy().proxied().endsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, needing(0), webOrder...), StatusFault, layer.Proxy, Possible,
			healthy().proxied().endsAt(probe.ProxyConnect, probe.Failed, probe.ProxyAuthRequired, needing(407), webOrder...), "proxy_refuses",
		},
		"tls_resigned": {
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, webOrder...), StatusFault, layer.TLSInspection, Proven,
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, unknownAmazon, webOrder...), "amazon_root_unknown",
		},
		"amazon_root_unknown": {
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, unknownAmazon, webOrder...), StatusInconclusive, "", "",
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, webOrder...), "tls_resigned",
		},
		"router_prohibits": {
			healthy().refuse(probe.AdministrativelyProhibited, 1, router, "pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp"), StatusFault, layer.NetworkFirewall, Proven,
			healthy().silence("pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp"), "port_silent",
		},
		"host_answers": {
			healthy().refuse(probe.ConnectionRefused, 1, nil, "pcoip-tcp").sweep("pcoip-tcp", 0, probe.HopRST).controlSweep(5).knocked("pcoip-tcp", probe.CountersDetail{Flat: true}), StatusFault, layer.LocalFirewall, Likely,
			healthy().refuse(probe.ConnectionRefused, 1, nil, "pcoip-tcp").sweep("pcoip-tcp", 0, probe.HopRST).controlSweep(5).knocked("pcoip-tcp", probe.CountersDetail{Left: true}), "answer_forged",
		},
		"host_inspects": {
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, webOrder...).answered443(probe.CountersDetail{Flat: true}), StatusFault, layer.LocalFirewall, Likely,
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, resigned, webOrder...).answered443(probe.CountersDetail{Left: true}), "tls_resigned",
		},
		"host_swallows": {
			healthy().silence("pcoip-tcp", "pcoip-udp").counters("pcoip-udp", true), StatusFault, layer.LocalFirewall, Likely,
			healthy().silence("pcoip-tcp", "pcoip-udp").counters("pcoip-udp", false), "port_silent",
		},
		"large_hello_lost": {
			healthy().hello("login", probe.HelloLarge, probe.HelloUnacked), StatusInconclusive, "", "",
			healthy().hello("login", probe.HelloSmall, probe.HelloUnacked), "all_measured_passes",
		},
		"mtu_black_hole": {
			healthy().mtu(1280, true), StatusDegraded, "", Possible,
			healthy().mtu(1280, false), "all_measured_passes",
		},
		"source_port_blocked": {
			healthy().fromSourcePort(probe.Silent), StatusInconclusive, "", "",
			healthy().fromSourcePort(probe.OK), "all_measured_passes",
		},
		"path_located": {
			healthy().silence("pcoip-tcp", "pcoip-udp").sweep("pcoip-tcp", 2, "").sweep("pcoip-udp", 2, "").controlSweep(5), StatusFault, layer.NetworkFirewall, Possible,
			healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 4, "").controlSweep(5), "path_passes",
		},
		"answer_forged": {
			healthy().refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").sweep("pcoip-tcp", 1, probe.HopRST).controlSweep(5), StatusFault, layer.NetworkFirewall, Likely,
			healthy().refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").sweep("pcoip-tcp", 4, probe.HopRST).controlSweep(5), "gateway_refuses",
		},
		"gateway_refuses": {
			healthy().refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").sweep("pcoip-tcp", 4, probe.HopRST).controlSweep(5), StatusFault, layer.StreamingGateway, Likely,
			healthy().refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").sweep("pcoip-tcp", 3, probe.HopRST).controlSweep(5), "answer_forged",
		},
		"path_passes": {
			healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 4, "").controlSweep(5), StatusInconclusive, "", "",
			healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 1, "").controlSweep(5), "path_located",
		},
		"port_silent": {
			healthy().silence("pcoip-tcp", "dcv-tcp"), StatusInconclusive, "", "",
			healthy().dark(), "nothing_answers",
		},
		"data_reset": {
			healthy().cut(2, "pcoip-tcp"), StatusInconclusive, "", "",
			healthy().cut(40, "pcoip-tcp"), CodeAsFarAsSeen, // the host itself does not like what it was told
		},
		"port_refused": {
			healthy().refuse(probe.ConnectionRefused, 1, nil, "dcv-tcp", "pcoip-tcp"), StatusInconclusive, "", "",
			healthy().refuse(probe.AdministrativelyProhibited, 40, public, "dcv-tcp", "pcoip-tcp"), "router_prohibits",
		},
		"port_accept_unreal": {
			healthy().accept(1, "nothing", "pcoip-tcp", "dcv-tcp"), StatusInconclusive, "", "",
			healthy().accept(40, "nothing", "pcoip-tcp", "dcv-tcp"), CodeAsFarAsSeen,
		},
		"udp_not_passing": {
			healthy().silence("pcoip-udp", "dcv-udp", "stun"), StatusInconclusive, "", "",
			healthy().silence("pcoip-udp", "dcv-udp"), "not_shown", // the STUN server answers: nothing is known of the ports
		},
		"router_unreachable": {
			healthy().dark().refuse(probe.NetworkUnreachable, 1, noWay, everything...), StatusInconclusive, "", "",
			healthy().refuse(probe.HostUnreachable, 1, noWay, allPorts...), "router_unreachable", // carries the rest: its own doing, see TestARouterThatCarriesTheRestIsAccused
		},
		"nothing_answers": {
			healthy().dark(), StatusInconclusive, "", "",
			healthy().dark().also("host", probe.HostNeighbour, "192.168.50.1", probe.Failed, probe.HostUnreachable, probe.NeighbourDetail{State: "failed"}), "gateway_not_answering",
		},
		"rtt_high": {
			healthy().slow(280), StatusDegraded, layer.InternetPath, Likely,
			healthy().slow(60), "all_measured_passes",
		},
		"loss_high": {
			healthy().lossy(72, 18), StatusDegraded, "", Possible,
			healthy().lossy(72, 4), "all_measured_passes",
		},
		"port_lossy": {
			healthy().sampled("pcoip-tcp", 24, 8), StatusDegraded, "", Possible,
			healthy().lossy(72, 30).sampled("pcoip-tcp", 24, 8), "loss_high",
		},
		"jitter_high": {
			healthy().jittery(70), StatusOK, "", "",
			healthy(), "all_measured_passes",
		},
		"ipv6_broken": {
			healthy().also("broker-v6/https/direct", probe.TCPConnect, "2600:1f18::1", probe.Silent, probe.Timeout, probe.ConnectDetail{}), StatusOK, "", "",
			healthy().also("broker-v6/https/direct", probe.TCPConnect, "2600:1f18::1", probe.OK, "", connected(40)), "all_measured_passes",
		},
		"egress_not_allowed": {
			healthy().allow("198.51.100.0/24"), StatusFault, layer.IPAccessControl, Proven,
			healthy().allow("203.0.113.0/24"), "all_measured_passes",
		},
		"egress_varies": {
			healthy().egress(probe.STUNBinding, "203.0.113.77"), StatusOK, "", "",
			healthy(), "all_measured_passes",
		},
		"web_unreachable": {
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.ConnectionReset, probe.TLSDetail{Root: probe.RootUnknown}, "broker"), StatusInconclusive, "", "",
			healthy().endsAt(probe.HTTPGet, probe.Failed, probe.HTTPUnexpectedStatus, probe.HTTPDetail{Status: 503}, "broker"), "broker_unhealthy",
		},
		"broker_unhealthy": {
			healthy().endsAt(probe.HTTPGet, probe.Failed, probe.HTTPUnexpectedStatus, probe.HTTPDetail{Status: 503}, "broker"), StatusFault, layer.AuthGateway, Proven,
			healthy().endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, "broker"), "web_unreachable",
		},
		"service_certificate_expired": {
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSExpired, probe.TLSDetail{Root: probe.RootAmazonNamed, SystemTrust: true, Chain: []probe.Certificate{{}}}, "broker"), StatusFault, layer.AuthGateway, Likely,
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSExpired, probe.TLSDetail{Root: probe.RootOther, Chain: []probe.Certificate{{}}}, "broker"), "tls_resigned",
		},
		"side_host_fails": {
			healthy().endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, "connectivity"), StatusDegraded, "", Possible,
			healthy().endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, "broker"), "web_unreachable",
		},
		"port_accepts_silently": {
			healthy().accept(40, "nothing", "pcoip-tcp"), StatusOK, "", "",
			healthy(), "all_measured_passes",
		},
		"gateway_address_dead": {
			healthy().oneDead("dcv-tcp"), StatusOK, "", "",
			healthy().silence("dcv-tcp"), "port_silent",
		},
		"gateway_only_dead": {
			healthy().also("gateway-dcv-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}).also("gateway-dcv-udp/quic", probe.QUICVersion, "3.227.4.9", probe.Silent, probe.Timeout, probe.ExchangeDetail{Attempts: attempts(3, probe.Silent)}), StatusFault, layer.StreamingGateway, Possible,
			healthy().silence("dcv-tcp").also("gateway-dcv-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}), "port_silent",
		},
		"aws_host_rejects": {
			healthy().closedUDP("pcoip-udp"), StatusFault, layer.StreamingGateway, Proven,
			healthy().refuse(probe.ConnectionRefused, 1, router, "pcoip-udp"), "router_prohibits",
		},
		"directory_records_missing": {
			healthy().directory(probe.Failed, probe.DNSNXDomain), StatusFault, layer.DirectoryDNS, Possible,
			healthy().directory(probe.Silent, probe.Timeout), "all_measured_passes",
		},
		"directory_dns_unreachable": {
			healthy().directory(probe.Silent, probe.Timeout), StatusOK, "", "",
			healthy().directory(probe.OK, ""), "all_measured_passes",
		},
	}
}
