package diagnose

import (
	"net/netip"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// nameGoldens are the rows of goldens about names and what is behind them.
func nameGoldens() map[string]golden {
	gone := []string{"broker"}
	dead := func(w *world) *world {
		return w.endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}, gone...)
	}
	parked := probe.TLSDetail{Root: probe.RootOther, Issuer: "CN=Everybody Root X1", Chain: []probe.Certificate{{Subject: "CN=parking.example"}}}
	return map[string]golden{
		"hosts_file": {
			dead(healthy().inHostsFile(brokerHost, "10.1.1.1").told("system", brokerHost, "10.1.1.1")), StatusFault, layer.LocalDevice, Proven,
			healthy().inHostsFile(brokerHost, "52.94.0.10"), "all_measured_passes",
		},
		"dns_stub_dead": {
			healthy().asks("127.0.0.53:53").dnsFails(probe.ConnectionRefused).withoutWeb(), StatusFault, layer.LocalDevice, Proven,
			healthy().asks("10.9.9.53:53").dnsFails(probe.ConnectionRefused).withoutWeb(), "dns_silent",
		},
		"dns_server_left_behind": {
			healthy().asks("100.100.100.100:53").dnsSilent(anyResolver).withoutWeb(), StatusFault, layer.LocalDevice, Possible,
			healthy().asks("100.100.100.100:53").hasAddress("100.101.7.7/32").dnsSilent(anyResolver).withoutWeb(), "dns_silent",
		},
		"dns_server_covered": {
			healthy().resolverRoute(probe.LinkBridge).dnsSilent(anyResolver).withoutWeb(), StatusFault, layer.LocalDevice, Likely,
			healthy().resolverRoute(probe.LinkEthernet).dnsSilent(anyResolver).withoutWeb(), "dns_silent",
		},
		"names_differ_here": {
			healthy().systemSays(probe.DNSNXDomain, brokerHost).endsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, gone...), StatusFault, layer.LocalDevice, Likely,
			healthy().nameSays(probe.DNSNXDomain, brokerHost).endsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, gone...), "dns_nxdomain",
		},
		"dns_blocked": {
			dead(healthy().told("", brokerHost, "146.112.61.106").at("broker", "146.112.61.106")), StatusFault, layer.DNS, Proven,
			dead(healthy().told("", brokerHost, "146.112.61.1").at("broker", "146.112.61.1")), "dns_nowhere",
		},
		"dns_wrong_host": {
			healthy().told("", brokerHost, "203.0.113.80").endsAt(probe.TLSHandshake, probe.Failed, probe.TLSInvalidHostname, parked, gone...).at("broker", "203.0.113.80"), StatusFault, layer.DNS, Likely,
			healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSInvalidHostname, parked, gone...), "web_unreachable",
		},
		"dns_nowhere": {
			dead(healthy().told("", brokerHost, "10.66.0.1")).at("broker", "10.66.0.1"), StatusFault, layer.DNS, Possible,
			healthy().told("", brokerHost, "10.66.0.1").at("broker", "10.66.0.1"), "all_measured_passes", // the inner side of a split horizon
		},
		"dns_slow": {
			healthy().namesTake(3000), StatusDegraded, layer.DNS, Likely,
			healthy().namesTake(400), "all_measured_passes",
		},
		"dns_name_silent": {
			healthy().dnsSilentFor(brokerHost).endsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, gone...), StatusFault, layer.DNS, Possible,
			healthy().dnsSilent(anyResolver).withoutWeb(), "dns_silent",
		},
	}
}

func nameDetail(o *probe.Observation, change func(*probe.DNSDetail)) {
	d := o.Detail.(probe.DNSDetail)
	change(&d)
	o.Detail = d
}

// told changes what one resolver, or every one, answers for a host.
func (w *world) told(by, host, address string) *world {
	return w.each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && o.Host() == host && (by == "" || d.Resolver == by)
	}, func(o *probe.Observation) {
		nameDetail(o, func(d *probe.DNSDetail) { d.Addresses = []netip.Addr{netip.MustParseAddr(address)} })
	})
}

// at lets an endpoint's observations go to another address.
func (w *world) at(endpoint, address string) *world {
	return w.each(at(endpoint), func(o *probe.Observation) { o.Address = address })
}

func (w *world) inHostsFile(host, address string) *world {
	w.add("host", "", probe.HostNames, "", "", probe.OK, "", probe.HostNamesDetail{Entries: []probe.HostNameEntry{{Name: host, Address: netip.MustParseAddr(address)}}})
	return w
}

// asks gives this computer another name server.
func (w *world) asks(server string) *world {
	return w.each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && d.Resolver != "system"
	}, func(o *probe.Observation) {
		o.Address = server
		nameDetail(o, func(d *probe.DNSDetail) { d.Resolver = server })
	})
}

func (w *world) dnsFails(failure probe.Failure) *world {
	return w.each(is(probe.DNSQuery), func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
		nameDetail(o, func(d *probe.DNSDetail) { d.Addresses, d.RCode = nil, "" })
	})
}

func (w *world) systemSays(failure probe.Failure, host string) *world {
	return w.each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && d.Resolver == "system" && o.Host() == host
	}, func(o *probe.Observation) { o.Outcome, o.Failure = probe.Failed, failure })
}

func (w *world) dnsSilentFor(host string) *world {
	return w.each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Host() == host }, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Silent, probe.Timeout
		nameDetail(o, func(d *probe.DNSDetail) { d.Addresses, d.RCode = nil, "" })
	})
}

// namesTake lets every look-up take so many milliseconds.
func (w *world) namesTake(ms float64) *world {
	return w.each(is(probe.DNSQuery), func(o *probe.Observation) { o.ElapsedMS = ms })
}

func (w *world) hasAddress(prefix string) *world {
	return w.each(is(probe.HostLinks), func(o *probe.Observation) {
		o.Detail = probe.LinksDetail{Interfaces: []probe.Interface{{Name: "ts0", Up: true, Addresses: []netip.Prefix{netip.MustParsePrefix(prefix)}}}}
	})
}

// resolverRoute adds the way that questions to the name server leave by.
func (w *world) resolverRoute(kind probe.LinkKind) *world {
	w.add("host", "", probe.HostRoute, "192.168.50.1", "", probe.OK, "", probe.RouteDetail{Family: "ip4", Endpoint: "resolver", Interface: "br-1", Kind: kind, Destination: netip.MustParseAddr("192.168.50.1")})
	return w
}
