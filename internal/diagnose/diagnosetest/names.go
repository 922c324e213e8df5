package diagnosetest

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// NameGoldens are the rows of goldens about names and what is behind them.
func NameGoldens() map[string]Golden {
	gone := []string{"broker"}
	dead := func(w *World) *World {
		return w.EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: Attempts(3, probe.Silent)}, gone...)
	}
	parked := probe.TLSDetail{Root: probe.RootOther, Issuer: "CN=Everybody Root X1", Chain: []probe.Certificate{{Subject: "CN=parking.example"}}}
	return map[string]Golden{
		"hosts_file": {
			dead(Healthy().inHostsFile(BrokerHost, "10.1.1.1").Told("system", BrokerHost, "10.1.1.1")), finding.StatusFault, layer.LocalDevice, finding.Proven,
			Healthy().inHostsFile(BrokerHost, "52.94.0.10"), "all_measured_passes",
		},
		"dns_stub_dead": {
			Healthy().Asks("127.0.0.53:53").dnsFails(probe.ConnectionRefused).WithoutWeb(), finding.StatusFault, layer.LocalDevice, finding.Proven,
			Healthy().Asks("10.9.9.53:53").dnsFails(probe.ConnectionRefused).WithoutWeb(), "dns_silent",
		},
		"dns_server_left_behind": {
			Healthy().Asks("100.100.100.100:53").DNSSilent(AnyResolver).WithoutWeb(), finding.StatusFault, layer.LocalDevice, finding.Possible,
			Healthy().Asks("100.100.100.100:53").HasAddress("100.101.7.7/32").DNSSilent(AnyResolver).WithoutWeb(), "dns_silent",
		},
		"dns_server_covered": {
			Healthy().ResolverRoute(probe.LinkBridge).DNSSilent(AnyResolver).WithoutWeb(), finding.StatusFault, layer.LocalDevice, finding.Likely,
			Healthy().ResolverRoute(probe.LinkEthernet).DNSSilent(AnyResolver).WithoutWeb(), "dns_silent",
		},
		"names_differ_here": {
			Healthy().SystemSays(probe.DNSNXDomain, BrokerHost).EndsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, gone...), finding.StatusFault, layer.LocalDevice, finding.Likely,
			Healthy().NameSays(probe.DNSNXDomain, BrokerHost).EndsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, gone...), "dns_nxdomain",
		},
		"dns_blocked": {
			dead(Healthy().Told("", BrokerHost, "146.112.61.106").At("broker", "146.112.61.106")), finding.StatusFault, layer.DNS, finding.Proven,
			dead(Healthy().Told("", BrokerHost, "146.112.61.1").At("broker", "146.112.61.1")), "dns_nowhere",
		},
		"dns_wrong_host": {
			Healthy().Told("", BrokerHost, "203.0.113.80").EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSInvalidHostname, parked, gone...).At("broker", "203.0.113.80"), finding.StatusFault, layer.DNS, finding.Likely,
			Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSInvalidHostname, parked, gone...), "web_unreachable",
		},
		"dns_nowhere": {
			dead(Healthy().Told("", BrokerHost, "10.66.0.1")).At("broker", "10.66.0.1"), finding.StatusFault, layer.DNS, finding.Possible,
			Healthy().Told("", BrokerHost, "10.66.0.1").At("broker", "10.66.0.1"), "all_measured_passes", // the inner side of a split horizon
		},
		"dns_slow": {
			Healthy().NamesTake(3000), finding.StatusDegraded, layer.DNS, finding.Likely,
			Healthy().NamesTake(400), "all_measured_passes",
		},
		"dns_name_silent": {
			Healthy().DNSSilentFor(BrokerHost).EndsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, gone...), finding.StatusFault, layer.DNS, finding.Possible,
			Healthy().DNSSilent(AnyResolver).WithoutWeb(), "dns_silent",
		},
	}
}

func NameDetail(o *probe.Observation, change func(*probe.DNSDetail)) {
	d := o.Detail.(probe.DNSDetail)
	change(&d)
	o.Detail = d
}

// Told changes what one resolver, or every one, answers for a host.
func (w *World) Told(by, host, address string) *World {
	return w.Each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && o.Host() == host && (by == "" || d.Resolver == by)
	}, func(o *probe.Observation) {
		NameDetail(o, func(d *probe.DNSDetail) { d.Addresses = []netip.Addr{netip.MustParseAddr(address)} })
	})
}

// At lets an endpoint's observations go to another address.
func (w *World) At(endpoint, address string) *World {
	return w.Each(At(endpoint), func(o *probe.Observation) { o.Address = address })
}

func (w *World) inHostsFile(host, address string) *World {
	w.Add("host", "", probe.HostNames, "", "", probe.OK, "", probe.HostNamesDetail{Entries: []probe.HostNameEntry{{Name: host, Address: netip.MustParseAddr(address)}}})
	return w
}

// Asks gives this computer another name server.
func (w *World) Asks(server string) *World {
	return w.Each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && d.Resolver != "system"
	}, func(o *probe.Observation) {
		o.Address = server
		NameDetail(o, func(d *probe.DNSDetail) { d.Resolver = server })
	})
}

func (w *World) dnsFails(failure probe.Failure) *World {
	return w.Each(Is(probe.DNSQuery), func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
		NameDetail(o, func(d *probe.DNSDetail) { d.Addresses, d.RCode = nil, "" })
	})
}

func (w *World) SystemSays(failure probe.Failure, host string) *World {
	return w.Each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && d.Resolver == "system" && o.Host() == host
	}, func(o *probe.Observation) { o.Outcome, o.Failure = probe.Failed, failure })
}

func (w *World) DNSSilentFor(host string) *World {
	return w.Each(func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Host() == host }, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Silent, probe.Timeout
		NameDetail(o, func(d *probe.DNSDetail) { d.Addresses, d.RCode = nil, "" })
	})
}

// NamesTake lets every look-up take so many milliseconds.
func (w *World) NamesTake(ms float64) *World {
	return w.Each(Is(probe.DNSQuery), func(o *probe.Observation) { o.ElapsedMS = ms })
}

func (w *World) HasAddress(prefix string) *World {
	return w.Each(Is(probe.HostLinks), func(o *probe.Observation) {
		o.Detail = probe.LinksDetail{Interfaces: []probe.Interface{{Name: "ts0", Up: true, Addresses: []netip.Prefix{netip.MustParsePrefix(prefix)}}}}
	})
}

// ResolverRoute adds the way that questions to the name server leave by.
func (w *World) ResolverRoute(kind probe.LinkKind) *World {
	w.Add("host", "", probe.HostRoute, "192.168.50.1", "", probe.OK, "", probe.RouteDetail{Family: "ip4", Endpoint: "resolver", Interface: "br-1", Kind: kind, Destination: netip.MustParseAddr("192.168.50.1")})
	return w
}

// NoSuch lets some resolvers, "system" among them, say that there is no broker.
func (w *World) NoSuch(by ...string) *World {
	return w.Each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && o.Host() == BrokerHost && slices.Contains(by, d.Resolver)
	}, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, probe.DNSNXDomain
		NameDetail(o, func(d *probe.DNSDetail) { d.Addresses = nil })
	}).EndsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, "broker")
}

// Takes lets one resolver take so many milliseconds.
func (w *World) Takes(by string, ms float64) *World {
	return w.Each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && d.Resolver == by
	}, func(o *probe.Observation) { o.ElapsedMS = ms })
}

// Said is a text in English.
func Said(t words.Text) string { return words.English().Tell(t) }
