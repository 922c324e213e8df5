package diagnose

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// rivalCase is a world in which a finding could be taken for another one's, and what
// is right there.
type rivalCase struct {
	what       string
	world      *diagnosetest.World
	status     finding.Status
	code       string
	layer      layer.ID // empty: none
	confidence finding.Confidence
	suspects   []layer.ID
}

func judgeRivals(t *testing.T, cases []rivalCase) {
	t.Helper()
	for _, c := range cases {
		v := Judge(c.world.In).Verdict
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

func TestWhoElseMayHaveSpoiltAName(t *testing.T) {
	const google, filter, systemd = "8.8.8.8:53", "127.0.2.2:53", "127.0.0.53:53"
	own := []layer.ID{layer.DNS, layer.LocalDevice}
	gone := func(w *diagnosetest.World) *diagnosetest.World {
		return w.EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)}, "broker")
	}
	parked := probe.TLSDetail{Root: probe.RootOther, Issuer: "CN=Everybody Root X1", Chain: []probe.Certificate{{Subject: "CN=parking.example"}}}
	foreign := func(w *diagnosetest.World) *diagnosetest.World {
		return w.EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSInvalidHostname, parked, "broker").At("broker", "203.0.113.80")
	}
	sinkhole := func(w *diagnosetest.World) *diagnosetest.World {
		return w.EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)}, diagnosetest.WebOrder...).Each(diagnosetest.At(diagnosetest.WebOrder...), func(o *probe.Observation) { o.Address = "10.9.9.9" })
	}
	bridged := func(way string) *diagnosetest.World {
		return diagnosetest.Healthy().ResolverRoute(probe.LinkBridge).Each(func(o probe.Observation) bool {
			return facts.Detail[probe.RouteDetail](o).Endpoint == "" && o.Operation == probe.HostRoute
		}, func(o *probe.Observation) { d := facts.Detail[probe.RouteDetail](*o); d.Interface = way; o.Detail = d }).DNSSilent(diagnosetest.AnyResolver).WithoutWeb()
	}
	judgeRivals(t, []rivalCase{
		{"a filter program's own name service says so, and nobody else was asked", diagnosetest.Healthy().Asks(filter).NoSuch("system", filter), finding.StatusInconclusive, "dns_nxdomain", "", "", own},
		{"a service that only forwards says so", diagnosetest.Healthy().Asks(systemd).NoSuch("system", systemd), finding.StatusFault, "dns_nxdomain", layer.DNS, finding.Possible, []layer.ID{layer.LocalDevice}},
		{"nobody but the system was asked", diagnosetest.Healthy().NoSuch("system").Drop(func(o probe.Observation) bool {
			return facts.Detail[probe.DNSDetail](o).Resolver == diagnosetest.Resolver
		}), finding.StatusFault, "dns_nxdomain", layer.DNS, finding.Possible, []layer.ID{layer.LocalDevice}},
		{"the server behind the service says so too", diagnosetest.Healthy().Second(filter).NoSuch("system", filter, diagnosetest.Resolver), finding.StatusFault, "dns_nxdomain", layer.DNS, finding.Proven, nil},
		{"the service says so, and the server behind it does not", diagnosetest.Healthy().Second(filter).NoSuch("system", filter), finding.StatusFault, "names_differ_here", layer.LocalDevice, finding.Likely, nil},
		{"a public name server that filters nothing says so", diagnosetest.Healthy().Asks(google).NoSuch("system", google), finding.StatusFault, "dns_nxdomain", layer.DNS, finding.Possible, []layer.ID{layer.NetworkFirewall}},
		{"one of this network says so too", diagnosetest.Healthy().Second(google).NoSuch("system", google, diagnosetest.Resolver), finding.StatusFault, "dns_nxdomain", layer.DNS, finding.Proven, nil},

		{"every name has one address, for this computer only", sinkhole(diagnosetest.Healthy().OneAddress("10.9.9.9").Each(diagnosetest.Is(probe.DNSQuery), func(o *probe.Observation) {
			if d := facts.Detail[probe.DNSDetail](*o); d.Resolver == diagnosetest.Resolver {
				diagnosetest.NameDetail(o, func(d *probe.DNSDetail) { d.Addresses[0] = d.Addresses[0].Next() })
			}
		})), finding.StatusInconclusive, "dns_one_address", "", "", own},
		{"nobody asked for a plain page", sinkhole(diagnosetest.Healthy().OneAddress("10.9.9.9").Drop(diagnosetest.At("portal-http", "address-echo"))), finding.StatusFault, "dns_one_address", layer.DNS, finding.Possible, []layer.ID{layer.CaptivePortal}},
		{"somebody else's host, to whom this computer alone is led", foreign(diagnosetest.Healthy().Told("system", diagnosetest.BrokerHost, "203.0.113.80")), finding.StatusInconclusive, "dns_wrong_host", "", "", own},
		{"a private address, where nobody is", gone(diagnosetest.Healthy().Told("", diagnosetest.BrokerHost, "10.66.0.1")).At("broker", "10.66.0.1"), finding.StatusFault, "dns_nowhere", layer.DNS, finding.Possible, []layer.ID{layer.NetworkFirewall}},
		{"somebody else's address, where nobody is", gone(diagnosetest.Healthy().Told("", diagnosetest.BrokerHost, "203.0.113.80")).At("broker", "203.0.113.80"), finding.StatusFault, "dns_nowhere", layer.DNS, finding.Likely, nil},
		{"the same, for this computer only", gone(diagnosetest.Healthy().Told("system", diagnosetest.BrokerHost, "203.0.113.80")).At("broker", "203.0.113.80"), finding.StatusInconclusive, "dns_nowhere", "", "", own},

		{"this computer waits, and the name server does not", diagnosetest.Healthy().Takes("system", 3000), finding.StatusDegraded, "dns_slow", "", finding.Possible, own},
		{"a public name server is dead, which this computer waits for", diagnosetest.Healthy().Second(google).Takes("system", 2000).DNSSilent(only(google)), finding.StatusDegraded, "dns_resolver_dead", "", finding.Possible, []layer.ID{layer.DNS, layer.NetworkFirewall}},
		{"the bridge to the name server is this computer's way out", bridged("br-1"), finding.StatusFault, "dns_silent", layer.DNS, finding.Possible, []layer.ID{layer.NetworkFirewall, layer.LocalFirewall}},
		{"the bridge to the name server is beside its way out", bridged("eth0"), finding.StatusFault, "dns_server_covered", layer.LocalDevice, finding.Likely, nil},
		{"the name service of this computer is silent", diagnosetest.Healthy().Asks(systemd).DNSSilent(diagnosetest.AnyResolver).WithoutWeb(), finding.StatusInconclusive, "dns_silent", "", "", []layer.ID{layer.DNS, layer.LocalDevice, layer.NetworkFirewall, layer.LocalFirewall}},
		{"so is the server behind it", diagnosetest.Healthy().Second(systemd).DNSSilent(diagnosetest.AnyResolver).WithoutWeb(), finding.StatusFault, "dns_silent", layer.DNS, finding.Possible, []layer.ID{layer.NetworkFirewall, layer.LocalFirewall}},
	})
}

func TestWhoElseMayStandBeforeAWebHost(t *testing.T) {
	says := func(status int) probe.ProxyConnectDetail {
		return probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Status: status, Reached: "proxy"}
	}
	refused := func(w *diagnosetest.World, status int, ids ...string) *diagnosetest.World {
		return w.EndsAt(probe.ProxyConnect, probe.Failed, probe.ProxyRefused, says(status), ids...)
	}
	// openDirectly lets the broker answer without the proxy as well.
	openDirectly := func(w *diagnosetest.World) *diagnosetest.World {
		w.Add("broker/https/direct", "broker", probe.HTTPGet, diagnosetest.Target(diagnosetest.BrokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", probe.HTTPDetail{Status: 200, Healthy: true})
		return w
	}
	page := func(status int, host string) *diagnosetest.World {
		return diagnosetest.Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{Root: probe.RootUnknown}, diagnosetest.WebOrder...).
			Each(diagnosetest.At(host), func(o *probe.Observation) {
				o.Outcome, o.Failure, o.Detail = probe.Failed, probe.HTTPRedirectedElsewhere, probe.HTTPDetail{Status: status, Location: "http://filter.example/no"}
			})
	}
	expired := func() *diagnosetest.World {
		return diagnosetest.Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSExpired, probe.TLSDetail{Root: probe.RootAmazonNamed, SystemTrust: true, Chain: []probe.Certificate{{}}}, "broker")
	}
	fw, service, clock := []layer.ID{layer.NetworkFirewall}, []layer.ID{layer.AuthGateway}, []layer.ID{layer.LocalDevice}
	judgeRivals(t, []rivalCase{
		{"one host shows a foreign page, another its own, and the ports pass", page(302, "portal-http"), finding.StatusFault, "portal_answers", layer.CaptivePortal, finding.Possible, fw},
		{"it is a sign-in that is asked for", page(511, "portal-http"), finding.StatusFault, "portal_answers", layer.CaptivePortal, finding.Likely, nil},
		{"the ports do not pass either", page(302, "portal-http").Silence("pcoip-tcp", "dcv-tcp"), finding.StatusFault, "portal_answers", layer.CaptivePortal, finding.Likely, nil},

		{"the proxy reaches no host of AWS", refused(diagnosetest.Healthy().Proxied(), 503, diagnosetest.WebOrder...), finding.StatusFault, "proxy_refuses", layer.Proxy, finding.Possible, fw},
		{"the broker answers without it", openDirectly(refused(diagnosetest.Healthy().Proxied(), 503, diagnosetest.WebOrder...)), finding.StatusFault, "proxy_refuses", layer.Proxy, finding.Likely, nil},
		{"it reaches every host but the broker", refused(diagnosetest.Healthy().Proxied(), 502, "broker"), finding.StatusInconclusive, "proxy_refuses", "", "", append([]layer.ID{layer.Proxy}, append(fw, service...)...)},
		{"it refuses the broker", refused(diagnosetest.Healthy().Proxied(), 403, "broker"), finding.StatusFault, "proxy_refuses", layer.Proxy, finding.Proven, nil},
		{"it takes connections and says nothing", diagnosetest.Healthy().Proxied().EndsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, says(0), diagnosetest.WebOrder...), finding.StatusFault, "proxy_hangs", layer.Proxy, finding.Possible, fw},
		{"the broker answers without the one that says nothing", openDirectly(diagnosetest.Healthy().Proxied().EndsAt(probe.ProxyConnect, probe.Silent, probe.Timeout, says(0), diagnosetest.WebOrder...)), finding.StatusFault, "proxy_hangs", layer.Proxy, finding.Likely, nil},
		{"it answers nonsense", diagnosetest.Healthy().Proxied().EndsAt(probe.ProxyConnect, probe.Failed, probe.MalformedReply, says(0), diagnosetest.WebOrder...), finding.StatusFault, "proxy_hangs", layer.Proxy, finding.Likely, nil},

		{"a certificate is out of its dates, by a clock that others share", expired(), finding.StatusFault, "service_certificate_expired", layer.AuthGateway, finding.Likely, nil},
		{"nobody told the time", expired().Each(diagnosetest.Is(probe.HTTPGet), func(o *probe.Observation) { d := facts.Detail[probe.HTTPDetail](*o); d.ClockMS = nil; o.Detail = d }), finding.StatusFault, "service_certificate_expired", layer.AuthGateway, finding.Possible, clock},
	})
}

func TestWhoElseMaySpeakForTheDirectory(t *testing.T) {
	known := func() *diagnosetest.World {
		w := diagnosetest.Healthy().Directory(probe.Failed, probe.DNSNXDomain)
		w.Add("directory-dns/10.20.5.10:53/y", "directory-dns", probe.DNSQuery, "corp.example.com", "10.20.5.10:53", probe.OK, "", probe.DNSDetail{Resolver: "10.20.5.10:53", Name: "corp.example.com", Type: "A"})
		return w
	}
	judgeRivals(t, []rivalCase{
		{"the server knows nothing of the domain", diagnosetest.Healthy().Directory(probe.Failed, probe.DNSNXDomain), finding.StatusFault, "directory_records_missing", layer.DirectoryDNS, finding.Possible, []layer.ID{layer.NetworkFirewall}},
		{"it knows the domain, and not its records", known(), finding.StatusFault, "directory_records_missing", layer.DirectoryDNS, finding.Proven, nil},
	})
}

// TestNoFaultGoesUnasked: a rule that accuses without the layer's own word names what
// else it could be, or what ruled that out, in sentences as short as all others.
func TestNoFaultGoesUnasked(t *testing.T) {
	worlds := diagnosetest.Goldens()
	maps.Copy(worlds, diagnosetest.NameGoldens())
	for _, code := range []string{
		"hosts_file", "dns_stub_dead", "dns_server_left_behind", "dns_server_covered", "names_differ_here",
		"dns_blocked", "dns_wrong_host", "dns_nowhere", "dns_name_silent", "dns_nxdomain", "dns_servfail", "dns_refused", "dns_bogon", "dns_one_address", "dns_silent",
		"portal_answers", "proxy_refuses", "proxy_unreachable", "proxy_hangs",
		"tls_resigned", "amazon_root_unknown", "web_unreachable", "broker_unhealthy", "service_certificate_expired", "side_host_fails", "directory_records_missing",
	} {
		asked := false
		for _, f := range Judge(worlds[code].Fires.In).Findings {
			if f.Code != code {
				continue
			}
			asked = f.Said || len(f.Rivals) > 0
			for _, r := range f.Rivals {
				if len(strings.Fields(diagnosetest.Said(r.Why))) > 25 || !strings.HasSuffix(diagnosetest.Said(r.Why), ".") || len(r.Out) > 0 && (r.By.Empty() || strings.HasSuffix(diagnosetest.Said(r.By), ".")) {
					t.Errorf("%s: rival %s: %q by %q", code, r.Layer, diagnosetest.Said(r.Why), r.By)
				}
			}
		}
		if !asked {
			t.Errorf("%s accuses, and names no rival", code)
		}
	}
}
