package diagnose

import (
	"net/netip"
	"slices"
	"strconv"

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
			healthy().proxied().endsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Reached: "none"}, webOrder...), StatusFault, layer.Proxy, Likely,
			healthy().proxied().dark().endsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Reached: "none"}, webOrder...), "nothing_answers",
		},
		"proxy_hangs": {
			healthy().proxied().endsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, needing(0), webOrder...), StatusFault, layer.Proxy, Likely,
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
			healthy().directory(probe.Failed, probe.DNSNXDomain), StatusFault, layer.DirectoryDNS, Proven,
			healthy().directory(probe.Silent, probe.Timeout), "all_measured_passes",
		},
		"directory_dns_unreachable": {
			healthy().directory(probe.Silent, probe.Timeout), StatusOK, "", "",
			healthy().directory(probe.OK, ""), "all_measured_passes",
		},
	}
}

// The rest are the spoilers of the table above.

func (w *world) counters(role string, flat bool) *world {
	return w.counted(role, probe.CountersDetail{Sent: 32, ControlSent: 32, ControlMoved: 32, Flat: flat})
}

func (w *world) counted(role string, d probe.CountersDetail) *world {
	w.add(role+"/counters", role, probe.HostCounters, target(healthHost, udpRoles[role], "udp"), gateways[0], probe.OK, "", d)
	return w
}

// answered443 lets the broker's port be accepted from no farther than the first
// router, and says what the packet counter did meanwhile.
func (w *world) answered443(d probe.CountersDetail) *world {
	swept := probe.SweepDetail{Distance: 1, End: probe.HopSYNACK, Packets: 1, Hops: []probe.Hop{{TTL: 1, Sent: 1, Kind: probe.HopSYNACK, RTTMS: []float64{0.1}}}}
	w.add("broker/sweep", "broker", probe.PathSweep, target(brokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", swept)
	w.add("broker/counters", "broker", probe.HostCounters, target(brokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", d)
	return w
}

// knocked is the packet counter while connections to a port were opened.
func (w *world) knocked(role string, d probe.CountersDetail) *world {
	w.add(role+"/counters", role, probe.HostCounters, target(healthHost, tcpRoles[role], "tcp"), gateways[0], probe.OK, "", d)
	return w
}

// hello adds a handshake of this size that got no answer, before the good one.
func (w *world) hello(id string, size probe.HelloSize, phase probe.HelloPhase) *world {
	w.each(func(o probe.Observation) bool { return o.Endpoint == id && o.Operation == probe.TLSHandshake }, func(o *probe.Observation) {
		d := o.Detail.(probe.TLSDetail)
		d.Hello = probe.HelloSmall
		o.Detail = d
	})
	w.add(id+"/https/direct", "elsewhere", probe.TLSHandshake, target(webHosts[id], 443, "tcp"), "52.94.0.12", probe.Silent, probe.Timeout, probe.TLSDetail{Hello: size, Phase: phase})
	return w
}

func (w *world) mtu(largest int, blackHole bool) *world {
	w.add("stun/mtu", "stun", probe.PathMTU, "stun.example:443/udp", "3.4.5.6", probe.OK, "", probe.MTUDetail{Smallest: 600, Largest: largest, BlackHole: blackHole})
	return w
}

func (w *world) fromSourcePort(outcome probe.Outcome) *world {
	failure := probe.Failure("")
	if outcome == probe.Silent {
		failure = probe.Timeout
	}
	w.add("pcoip-source/stun/50002", "pcoip-source", probe.STUNBinding, target(healthHost, 4172, "udp"), gateways[0], outcome, failure, probe.ExchangeDetail{Sent: 3, Local: "192.168.50.10:50002"})
	return w
}

// pathHops are the routers of the way, from TTL 1; the destination is at TTL 5.
var pathHops = []string{"192.168.50.1", "10.20.0.1", "203.0.113.9", "52.93.0.1"}

// sweep adds a sweep whose packets were heard of up to this many hops; end is
// the answer that came at the next TTL, if one did.
func (w *world) sweep(endpoint string, last int, end probe.HopKind) *world {
	transport, port := "tcp", uint16(4172)
	if endpoint[:3] == "dcv" {
		port = 4195
	}
	if endpoint[len(endpoint)-3:] == "udp" {
		transport = "udp"
	}
	d := probe.SweepDetail{Last: last, End: probe.HopSilent, Packets: 8}
	for ttl := 1; ttl <= 6; ttl++ {
		h := probe.Hop{TTL: ttl, Sent: 2, Kind: probe.HopSilent}
		switch {
		case ttl <= last:
			h = probe.Hop{TTL: ttl, Sent: 1, Kind: probe.HopExpired, From: netip.MustParseAddr(pathHops[ttl-1]), RTTMS: []float64{10}}
		case end != "":
			h = probe.Hop{TTL: ttl, Sent: 1, Kind: end, From: netip.MustParseAddr(gateways[0]), RTTMS: []float64{10}}
			if d.Distance == 0 {
				d.Distance, d.End = ttl, end
			}
		}
		d.Hops = append(d.Hops, h)
	}
	w.add(endpoint+"/sweep", endpoint, probe.PathSweep, target(healthHost, port, transport), gateways[0], probe.Silent, probe.Timeout, d)
	return w
}

// controlSweep adds the control: every hop answers, and the destination at this
// distance.
func (w *world) controlSweep(distance int) *world {
	d := probe.SweepDetail{Control: true, Distance: distance, Last: distance - 1, End: probe.HopRST, Packets: distance}
	for ttl := 1; ttl < distance; ttl++ {
		d.Hops = append(d.Hops, probe.Hop{TTL: ttl, Sent: 1, Kind: probe.HopExpired, From: netip.MustParseAddr(pathHops[ttl-1]), RTTMS: []float64{10}})
	}
	d.Hops = append(d.Hops, probe.Hop{TTL: distance, Sent: 1, Kind: probe.HopRST, From: netip.MustParseAddr(gateways[0]), RTTMS: []float64{40}})
	w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.OK, "", d)
	d.End, d.Distance, d.Hops = probe.HopSilent, 0, slices.Clone(d.Hops)
	d.Hops[distance-1] = probe.Hop{TTL: distance, Sent: 2, Kind: probe.HopSilent}
	w.add("control-udp/sweep", "control-udp", probe.PathSweep, target(healthHost, 443, "udp"), gateways[0], probe.Silent, probe.Timeout, d)
	return w
}

// cut ends connections after the handshake: so many milliseconds after the first
// data was sent.
func (w *world) cut(after float64, roles ...string) *world {
	return w.each(at(roles...), func(o *probe.Observation) {
		d := o.Detail.(probe.ConnectDetail)
		d.Spoke, d.SpokeMS = "reset", after
		o.Detail = d
	})
}

func (w *world) fact(op probe.Operation, failure probe.Failure) *world {
	return w.each(is(op), func(o *probe.Observation) { o.Outcome, o.Failure = probe.Failed, failure })
}

func (w *world) also(step string, op probe.Operation, address string, outcome probe.Outcome, failure probe.Failure, d probe.Detail) *world {
	endpoint, _, _ := cutStep(step)
	w.add(step, endpoint, op, target("host.example", 4195, "tcp"), address, outcome, failure, d)
	return w
}

func cutStep(step string) (endpoint, rest string, found bool) {
	for i := range step {
		if step[i] == '/' {
			return step[:i], step[i+1:], true
		}
	}
	if step == "host" {
		return "", "", false
	}
	return step, "", false
}

// withoutWeb: names failed, so nothing that needs one was tried.
func (w *world) withoutWeb() *world {
	return w.drop(func(o probe.Observation) bool {
		return slices.Contains(webOrder, o.Endpoint) && o.Operation != probe.TCPConnect
	}).
		endsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, webOrder...)
}

func (w *world) clock(offset float64, hosts ...string) *world {
	return w.each(func(o probe.Observation) bool {
		return o.Operation == probe.HTTPGet && slices.Contains(hosts, o.Host())
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.HTTPDetail)
		d.ClockMS = &offset
		o.Detail = d
	})
}

func (w *world) nameSays(failure probe.Failure, name string) *world {
	return w.each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Host() == name }, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
	})
}

func (w *world) oneAddress(address string) *world {
	return w.each(is(probe.DNSQuery), func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		d.Addresses = []netip.Addr{netip.MustParseAddr(address)}
		o.Detail = d
	})
}

func (w *world) dnsSilent(which func(string) bool) *world {
	return w.each(func(o probe.Observation) bool {
		return o.Operation == probe.DNSQuery && which(o.Detail.(probe.DNSDetail).Resolver)
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.DNSDetail{Resolver: d.Resolver, Name: d.Name, Type: d.Type}
	})
}

// second adds another resolver that answers everything.
func (w *world) second(server string) *world {
	for _, o := range slices.Clone(w.in.Observations) {
		if d, isDNS := o.Detail.(probe.DNSDetail); isDNS && d.Resolver == resolver {
			d.Resolver = server
			w.add("dns/"+server+"/"+d.Name, "name", probe.DNSQuery, d.Name, server, probe.OK, "", d)
		}
	}
	return w
}

func (w *world) plain(failure probe.Failure, status int, location string) *world {
	return w.each(at("portal-http", "address-echo"), func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Failed, failure, probe.HTTPDetail{Status: status, Location: location}
	})
}

// proxied: the client's HTTPS goes through a proxy, and direct HTTPS is shut.
func (w *world) proxied() *world {
	w.endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, webOrder...)
	for i, id := range webOrder {
		w.web(id, "52.94.0."+strconv.Itoa(10+i), true)
	}
	return w
}

func (w *world) accept(after float64, spoke string, ids ...string) *world {
	return w.each(at(ids...), func(o *probe.Observation) {
		d := connected(after)
		d.Spoke = spoke
		o.Detail = d
	})
}

func (w *world) slow(rtt float64) *world {
	return w.each(is(probe.TCPConnect), func(o *probe.Observation) { o.Detail = connected(rtt) }).
		each(is(probe.DNSQuery), func(o *probe.Observation) { o.ElapsedMS = 2 })
}

func (w *world) lossy(sent, lost int) *world {
	return w.each(is(probe.STUNBinding), func(o *probe.Observation) {
		d := answered(sent, sent-lost)
		d.Mapped = o.Detail.(probe.ExchangeDetail).Mapped
		o.Detail = d
	})
}

func (w *world) jittery(swing float64) *world {
	return w.each(at("stun"), func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		for i := range d.RTTMS {
			d.RTTMS[i] = 40 + swing*float64(i%2)
		}
	})
}

func (w *world) allow(cidrs ...string) *world {
	w.in.AllowedCIDRs = cidrs
	return w
}

func (w *world) egress(op probe.Operation, address string) *world {
	return w.each(func(o probe.Observation) bool { return o.Endpoint == "stun" && o.Operation == op }, func(o *probe.Observation) {
		d := o.Detail.(probe.ExchangeDetail)
		d.Mapped = netip.AddrPortFrom(netip.MustParseAddr(address), 4000)
		o.Detail = d
	})
}

func (w *world) oneDead(role string) *world {
	return w.each(func(o probe.Observation) bool { return o.Endpoint == role && o.Address == gateways[0] }, func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}
	})
}

// closedUDP: every address says itself that the port is closed.
func (w *world) closedUDP(role string) *world {
	return w.each(at(role), func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, probe.ConnectionRefused
		o.Detail = probe.ExchangeDetail{Sent: 1, ICMP: &probe.ICMPError{Offender: o.Addr(), Type: 3, Code: 3}}
	})
}

func (w *world) directory(outcome probe.Outcome, failure probe.Failure) *world {
	w.add("directory-dns/10.20.5.10:53/x", "directory-dns", probe.DNSQuery, "_ldap._tcp.corp.example.com", "10.20.5.10:53", outcome, failure,
		probe.DNSDetail{Resolver: "10.20.5.10:53", Name: "_ldap._tcp.corp.example.com", Type: "SRV"})
	return w
}
