package diagnose

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// rivalCase is a world in which a finding could be taken for another one's, and what
// is right there.
type rivalCase struct {
	what       string
	world      *world
	status     Status
	code       string
	layer      layer.ID // empty: none
	confidence Confidence
	suspects   []layer.ID
}

func judgeRivals(t *testing.T, cases []rivalCase) {
	t.Helper()
	for _, c := range cases {
		v := Judge(c.world.in).Verdict
		var suspects []layer.ID
		for _, s := range v.Suspects {
			suspects = append(suspects, s.Layer)
		}
		slices.Sort(suspects)
		slices.Sort(c.suspects)
		if v.Status != c.status || v.Code != c.code || layerOf(v) != c.layer || v.Confidence != c.confidence || !slices.Equal(suspects, c.suspects) {
			t.Errorf("%s: %s %s %q %q, suspects %v; want %s %s %q %q, %v", c.what, v.Status, v.Code, layerOf(v), v.Confidence, suspects, c.status, c.code, c.layer, c.confidence, c.suspects)
		}
	}
}

func only(server string) func(string) bool { return func(r string) bool { return r == server } }

// noSuch lets some resolvers, "system" among them, say that there is no broker.
func (w *world) noSuch(by ...string) *world {
	return w.each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && o.Host() == brokerHost && slices.Contains(by, d.Resolver)
	}, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, probe.DNSNXDomain
		nameDetail(o, func(d *probe.DNSDetail) { d.Addresses = nil })
	}).endsAt(probe.TCPConnect, probe.Skipped, probe.NoAddress, nil, "broker")
}

// takes lets one resolver take so many milliseconds.
func (w *world) takes(by string, ms float64) *world {
	return w.each(func(o probe.Observation) bool {
		d, isDNS := o.Detail.(probe.DNSDetail)
		return isDNS && d.Resolver == by
	}, func(o *probe.Observation) { o.ElapsedMS = ms })
}

func TestWhoElseMayHaveSpoiltAName(t *testing.T) {
	const google, filter, systemd = "8.8.8.8:53", "127.0.2.2:53", "127.0.0.53:53"
	own := []layer.ID{layer.DNS, layer.LocalDevice}
	gone := func(w *world) *world {
		return w.endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}, "broker")
	}
	parked := probe.TLSDetail{Root: probe.RootOther, Issuer: "CN=Everybody Root X1", Chain: []probe.Certificate{{Subject: "CN=parking.example"}}}
	foreign := func(w *world) *world {
		return w.endsAt(probe.TLSHandshake, probe.Failed, probe.TLSInvalidHostname, parked, "broker").at("broker", "203.0.113.80")
	}
	sinkhole := func(w *world) *world {
		return w.endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}, webOrder...).each(at(webOrder...), func(o *probe.Observation) { o.Address = "10.9.9.9" })
	}
	bridged := func(way string) *world {
		return healthy().resolverRoute(probe.LinkBridge).each(func(o probe.Observation) bool {
			return detail[probe.RouteDetail](o).Endpoint == "" && o.Operation == probe.HostRoute
		}, func(o *probe.Observation) { d := detail[probe.RouteDetail](*o); d.Interface = way; o.Detail = d }).dnsSilent(anyResolver).withoutWeb()
	}
	judgeRivals(t, []rivalCase{
		{"a filter program's own name service says so, and nobody else was asked", healthy().asks(filter).noSuch("system", filter), StatusInconclusive, "dns_nxdomain", "", "", own},
		{"a service that only forwards says so", healthy().asks(systemd).noSuch("system", systemd), StatusFault, "dns_nxdomain", layer.DNS, Possible, []layer.ID{layer.LocalDevice}},
		{"nobody but the system was asked", healthy().noSuch("system").drop(func(o probe.Observation) bool { return detail[probe.DNSDetail](o).Resolver == resolver }), StatusFault, "dns_nxdomain", layer.DNS, Possible, []layer.ID{layer.LocalDevice}},
		{"the server behind the service says so too", healthy().second(filter).noSuch("system", filter, resolver), StatusFault, "dns_nxdomain", layer.DNS, Proven, nil},
		{"the service says so, and the server behind it does not", healthy().second(filter).noSuch("system", filter), StatusFault, "names_differ_here", layer.LocalDevice, Likely, nil},
		{"a public name server that filters nothing says so", healthy().asks(google).noSuch("system", google), StatusFault, "dns_nxdomain", layer.DNS, Possible, []layer.ID{layer.NetworkFirewall}},
		{"one of this network says so too", healthy().second(google).noSuch("system", google, resolver), StatusFault, "dns_nxdomain", layer.DNS, Proven, nil},

		{"every name has one address, for this computer only", sinkhole(healthy().oneAddress("10.9.9.9").each(is(probe.DNSQuery), func(o *probe.Observation) {
			if d := detail[probe.DNSDetail](*o); d.Resolver == resolver {
				nameDetail(o, func(d *probe.DNSDetail) { d.Addresses[0] = d.Addresses[0].Next() })
			}
		})), StatusInconclusive, "dns_one_address", "", "", own},
		{"nobody asked for a plain page", sinkhole(healthy().oneAddress("10.9.9.9").drop(at("portal-http", "address-echo"))), StatusFault, "dns_one_address", layer.DNS, Possible, []layer.ID{layer.CaptivePortal}},
		{"somebody else's host, to whom this computer alone is led", foreign(healthy().told("system", brokerHost, "203.0.113.80")), StatusInconclusive, "dns_wrong_host", "", "", own},
		{"a private address, where nobody is", gone(healthy().told("", brokerHost, "10.66.0.1")).at("broker", "10.66.0.1"), StatusFault, "dns_nowhere", layer.DNS, Possible, []layer.ID{layer.NetworkFirewall}},
		{"somebody else's address, where nobody is", gone(healthy().told("", brokerHost, "203.0.113.80")).at("broker", "203.0.113.80"), StatusFault, "dns_nowhere", layer.DNS, Likely, nil},
		{"the same, for this computer only", gone(healthy().told("system", brokerHost, "203.0.113.80")).at("broker", "203.0.113.80"), StatusInconclusive, "dns_nowhere", "", "", own},

		{"this computer waits, and the name server does not", healthy().takes("system", 3000), StatusDegraded, "dns_slow", "", Possible, own},
		{"a public name server is dead, which this computer waits for", healthy().second(google).takes("system", 2000).dnsSilent(only(google)), StatusDegraded, "dns_resolver_dead", "", Possible, []layer.ID{layer.DNS, layer.NetworkFirewall}},
		{"the bridge to the name server is this computer's way out", bridged("br-1"), StatusFault, "dns_silent", layer.DNS, Possible, []layer.ID{layer.NetworkFirewall, layer.LocalFirewall}},
		{"the bridge to the name server is beside its way out", bridged("eth0"), StatusFault, "dns_server_covered", layer.LocalDevice, Likely, nil},
		{"the name service of this computer is silent", healthy().asks(systemd).dnsSilent(anyResolver).withoutWeb(), StatusInconclusive, "dns_silent", "", "", []layer.ID{layer.DNS, layer.LocalDevice, layer.NetworkFirewall, layer.LocalFirewall}},
		{"so is the server behind it", healthy().second(systemd).dnsSilent(anyResolver).withoutWeb(), StatusFault, "dns_silent", layer.DNS, Possible, []layer.ID{layer.NetworkFirewall, layer.LocalFirewall}},
	})
}

func TestWhoElseMayStandBeforeAWebHost(t *testing.T) {
	says := func(status int) probe.ProxyConnectDetail {
		return probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Status: status, Reached: "proxy"}
	}
	refused := func(w *world, status int, ids ...string) *world {
		return w.endsAt(probe.ProxyConnect, probe.Failed, probe.ProxyRefused, says(status), ids...)
	}
	// openDirectly lets the broker answer without the proxy as well.
	openDirectly := func(w *world) *world {
		w.add("broker/https/direct", "broker", probe.HTTPGet, target(brokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", probe.HTTPDetail{Status: 200, Healthy: true})
		return w
	}
	page := func(status int, host string) *world {
		return healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{Root: probe.RootUnknown}, webOrder...).
			each(at(host), func(o *probe.Observation) {
				o.Outcome, o.Failure, o.Detail = probe.Failed, probe.HTTPRedirectedElsewhere, probe.HTTPDetail{Status: status, Location: "http://filter.example/no"}
			})
	}
	expired := func() *world {
		return healthy().endsAt(probe.TLSHandshake, probe.Failed, probe.TLSExpired, probe.TLSDetail{Root: probe.RootAmazonNamed, SystemTrust: true, Chain: []probe.Certificate{{}}}, "broker")
	}
	fw, service, clock := []layer.ID{layer.NetworkFirewall}, []layer.ID{layer.AuthGateway}, []layer.ID{layer.LocalDevice}
	judgeRivals(t, []rivalCase{
		{"one host shows a foreign page, another its own, and the ports pass", page(302, "portal-http"), StatusFault, "portal_answers", layer.CaptivePortal, Possible, fw},
		{"it is a sign-in that is asked for", page(511, "portal-http"), StatusFault, "portal_answers", layer.CaptivePortal, Likely, nil},
		{"the ports do not pass either", page(302, "portal-http").silence("pcoip-tcp", "dcv-tcp"), StatusFault, "portal_answers", layer.CaptivePortal, Likely, nil},

		{"the proxy reaches no host of AWS", refused(healthy().proxied(), 503, webOrder...), StatusFault, "proxy_refuses", layer.Proxy, Possible, fw},
		{"the broker answers without it", openDirectly(refused(healthy().proxied(), 503, webOrder...)), StatusFault, "proxy_refuses", layer.Proxy, Likely, nil},
		{"it reaches every host but the broker", refused(healthy().proxied(), 502, "broker"), StatusInconclusive, "proxy_refuses", "", "", append([]layer.ID{layer.Proxy}, append(fw, service...)...)},
		{"it refuses the broker", refused(healthy().proxied(), 403, "broker"), StatusFault, "proxy_refuses", layer.Proxy, Proven, nil},
		{"it takes connections and says nothing", healthy().proxied().endsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, says(0), webOrder...), StatusFault, "proxy_hangs", layer.Proxy, Possible, fw},
		{"the broker answers without the one that says nothing", openDirectly(healthy().proxied().endsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, says(0), webOrder...)), StatusFault, "proxy_hangs", layer.Proxy, Likely, nil},
		{"it answers nonsense", healthy().proxied().endsAt(probe.ProxyConnect, probe.Failed, probe.MalformedReply, says(0), webOrder...), StatusFault, "proxy_hangs", layer.Proxy, Likely, nil},

		{"a certificate is out of its dates, by a clock that others share", expired(), StatusFault, "service_certificate_expired", layer.AuthGateway, Likely, nil},
		{"nobody told the time", expired().each(is(probe.HTTPGet), func(o *probe.Observation) { d := detail[probe.HTTPDetail](*o); d.ClockMS = nil; o.Detail = d }), StatusFault, "service_certificate_expired", layer.AuthGateway, Possible, clock},
	})
}

func TestWhoElseMaySpeakForTheDirectory(t *testing.T) {
	known := func() *world {
		w := healthy().directory(probe.Failed, probe.DNSNXDomain)
		w.add("directory-dns/10.20.5.10:53/y", "directory-dns", probe.DNSQuery, "corp.example.com", "10.20.5.10:53", probe.OK, "", probe.DNSDetail{Resolver: "10.20.5.10:53", Name: "corp.example.com", Type: "A"})
		return w
	}
	judgeRivals(t, []rivalCase{
		{"the server knows nothing of the domain", healthy().directory(probe.Failed, probe.DNSNXDomain), StatusFault, "directory_records_missing", layer.DirectoryDNS, Possible, []layer.ID{layer.NetworkFirewall}},
		{"it knows the domain, and not its records", known(), StatusFault, "directory_records_missing", layer.DirectoryDNS, Proven, nil},
	})
}

// TestNoFaultGoesUnasked: a rule that accuses without the layer's own word names what
// else it could be, or what ruled that out, in sentences as short as all others.
func TestNoFaultGoesUnasked(t *testing.T) {
	worlds := goldens()
	maps.Copy(worlds, nameGoldens())
	for _, code := range []string{
		"hosts_file", "dns_stub_dead", "dns_server_left_behind", "dns_server_covered", "names_differ_here",
		"dns_blocked", "dns_wrong_host", "dns_nowhere", "dns_name_silent", "dns_nxdomain", "dns_servfail", "dns_refused", "dns_bogon", "dns_one_address", "dns_silent",
		"portal_answers", "proxy_refuses", "proxy_unreachable", "proxy_hangs",
		"tls_resigned", "amazon_root_unknown", "web_unreachable", "broker_unhealthy", "service_certificate_expired", "side_host_fails", "directory_records_missing",
	} {
		asked := false
		for _, f := range Judge(worlds[code].fires.in).Findings {
			if f.Code != code {
				continue
			}
			asked = f.Said || len(f.Rivals) > 0
			for _, r := range f.Rivals {
				if len(strings.Fields(r.Why)) > 25 || !strings.HasSuffix(r.Why, ".") || len(r.Out) > 0 && (r.By == "" || strings.HasSuffix(r.By, ".")) {
					t.Errorf("%s: rival %s: %q by %q", code, r.Layer, r.Why, r.By)
				}
			}
		}
		if !asked {
			t.Errorf("%s accuses, and names no rival", code)
		}
	}
}
