package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// weighed is a world, and what may be said of it: how sure, and who stands beside.
type weighed struct {
	world    *world
	status   Status
	layer    layer.ID // of the verdict; empty: null
	sure     Confidence
	suspects []layer.ID
}

// readdressed gives eth0 an address in no management range of the Region's.
func (w *world) readdressed(address string) *world {
	return w.unmanaged().card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{netip.MustParsePrefix(address)} })
}

// noWayOut: the system knows no way to the internet.
func (w *world) noWayOut() *world {
	return w.drop(func(o probe.Observation) bool {
		return o.Operation == probe.HostRoute && o.Address != "169.254.169.254"
	})
}

// onWindows: the firewall and the service manager are Windows'.
func (w *world) onWindows() *world {
	with(w, probe.HostServices, func(d *probe.ServicesDetail) { d.Manager = "scm" })
	return with(w, probe.HostFirewall, func(d *probe.FirewallDetail) { d.Engine = "windows" })
}

// controllersElsewhere: the name servers are no domain controllers, and nothing else
// was asked of them.
func (w *world) controllersElsewhere() *world { return w.controllersAt("10.90.3.10", "10.91.3.11") }

func cardRivals() map[string]weighed {
	prefix := netip.MustParsePrefix
	off := func(i *probe.Interface) { i.Carrier = false }
	silent := func(d probe.ConnectDetail) *world {
		return healthyInside().noMetadata(probe.Silent, probe.Timeout, d)
	}
	// eth1 lies in a VPC of 10.0.0.0/8, which is a management range too, and eth0 in a
	// range of the company's own; nothing beyond answers.
	swapped := with(healthyInside().cutOff().drop(at("metadata")).card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix("172.20.3.4/20")} }), probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: prefix(eth1IP + "/24"), Range: prefix("10.0.0.0/8")}}
	}).drop(func(o probe.Observation) bool {
		return o.Operation == probe.HostRoute && o.Address == "169.254.169.254"
	})
	overEth1 := func(d probe.ConnectDetail) *world {
		return with(silent(d), probe.HostRoute, func(d *probe.RouteDetail) { d.Interface = "eth1" })
	}
	// eth1, in a VPC of 10.0.0.0/8, is off, and the default route has moved to eth0.
	eth1Off := with(healthyInside().cutOff().card("eth1", off), probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = append(slices.Clone(d.Interfaces), probe.ManagedInterface{Name: "eth1", Address: prefix(eth1IP + "/24"), Range: prefix("10.0.0.0/8")})
	}).each(func(o probe.Observation) bool { return o.Operation == probe.HostRoute }, func(o *probe.Observation) {
		d := o.Detail.(probe.RouteDetail)
		d.Interface = "eth0"
		o.Detail = d
	})
	overTunnel := healthyInside().cutOff().each(is(probe.HostNeighbour), func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Failed, probe.HostUnreachable, probe.NeighbourDetail{Gateway: netip.MustParseAddr("10.250.0.1"), Interface: "tap0"}
	})
	proxied := func(source string) *world {
		return with(healthyInside(), probe.HostProxy, func(d *probe.ProxyDetail) {
			d.HTTP, d.Metadata, d.Source = "http://10.60.1.9:3128", "http://10.60.1.9:3128", source
		})
	}
	noRoute := with(healthyInside().noMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}), probe.HostRoutes, func(d *probe.RoutingDetail) {
		d.Routes = append(slices.Clone(d.Routes), probe.RouteEntry{Destination: prefix("169.254.169.254/32"), Type: "prohibit"})
	})
	return map[string]weighed{
		"any computer with a card that has no link, with --force":          {elsewhere(healthyInside().card("eth0", off)), StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.StreamingHost}},
		"any computer without a metadata service, with --force":            {elsewhere(healthyInside().noMetadata(probe.Failed, probe.NetworkUnreachable, probe.ConnectDetail{})), StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.StreamingHost}},
		"a range outside the published ones, and no metadata was asked":    {healthyInside().drop(at("metadata")).readdressed("172.20.3.4/20"), StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.StreamingHost}},
		"a range outside the published ones, and no metadata service":      {silent(probe.ConnectDetail{}).readdressed("172.20.3.4/20"), StatusFault, layer.ManagementInterface, Likely, nil},
		"one card is left, and leads nowhere":                              {healthyInside().cutOff().unmanaged().card("eth0", nil).noWayOut(), StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.PrimaryInterface}},
		"one card is left, and carries the default route":                  {healthyInside().cutOff().unmanaged().card("eth0", nil), StatusFault, layer.ManagementInterface, Likely, nil},
		"eth1 is off in a VPC of a shared range, and eth0 has the default": {eth1Off, StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.PrimaryInterface}},
		"eth0 is off, and nothing else lies in a management range":         {healthyInside().drop(at("metadata")).card("eth0", off), StatusFault, layer.ManagementInterface, Proven, nil},
		"one of two cards is off, and the other leads nowhere":             {healthyInside().cutOff().unmanaged().card("eth0", off).noWayOut(), StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.PrimaryInterface}},
		"the default route may lie on eth1, in a VPC of a shared range":    {swapped, StatusFault, layer.ManagementInterface, Possible, []layer.ID{layer.StreamingHost}},
		"a route forbids the metadata service":                             {noRoute, StatusFault, layer.ManagementInterface, Proven, nil},
		"rules of Windows, which may be about one user alone":              {healthyInside().onWindows().noMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}), StatusFault, layer.WorkspaceFirewall, Possible, []layer.ID{layer.ManagementInterface}},
		"the metadata service is sought over eth1, and questions leave":    {overEth1(probe.ConnectDetail{HostDropped: new(bool)}), StatusFault, layer.ManagementInterface, Likely, nil},
		"the metadata service is sought over eth1, and perhaps not asked":  {overEth1(probe.ConnectDetail{}), StatusFault, layer.ManagementInterface, Possible, []layer.ID{layer.WorkspaceFirewall}},
		"a proxy that was given for this run alone":                        {proxied("flag"), StatusOK, "", "", nil},
		"a proxy in the environment of this user":                          {proxied("environment"), StatusDegraded, layer.ManagementInterface, Possible, []layer.ID{layer.Proxy}},
		"a proxy in the system's settings":                                 {proxied("system"), StatusDegraded, layer.ManagementInterface, Likely, nil},
		"the default route lies on a VPN's adapter, whose router is mute":  {overTunnel, StatusInconclusive, "", "", []layer.ID{layer.PrimaryInterface, layer.LocalDevice}},
	}
}

func hostRivals() map[string]weighed {
	denied := func(w *world) *world {
		return w.firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 4172)
	}
	refused := func() *world { return healthyInside().refuse(probe.ConnectionRefused, 0, nil, "own-port") }
	return map[string]weighed{
		"any computer whose firewall lets no streaming in, with --force":   {elsewhere(denied(healthyInside())), StatusInconclusive, "", "", []layer.ID{layer.WorkspaceFirewall, layer.StreamingHost}},
		"any computer with a stopped service, with --force":                {elsewhere(healthyInside().deaf(4172, 4489).state("pcoip", "failed", "enabled")), StatusInconclusive, "", "", []layer.ID{layer.StreamingHost, layer.ManagementInterface}},
		"any computer on which nothing listens, with --force":              {elsewhere(healthyInside().deaf(8200)), StatusInconclusive, "", "", []layer.ID{layer.StreamingHost, layer.ManagementInterface}},
		"any computer with a program on loopback, with --force":            {elsewhere(healthyInside().listenAt(8200, "127.0.0.1").drop(at("own-port"))), StatusInconclusive, "", "", []layer.ID{layer.StreamingHost, layer.ManagementInterface}},
		"a refusal of the own port on Windows, as a full queue's":          {refused().onWindows().drop(is(probe.HostFirewall)), StatusFault, layer.WorkspaceFirewall, Possible, []layer.ID{layer.StreamingHost}},
		"a refusal of the own port elsewhere":                              {refused().drop(is(probe.HostFirewall)), StatusFault, layer.WorkspaceFirewall, Likely, nil},
		"a service that is not enabled, and may be started by another one": {healthyInside().state("dcv", "running", "disabled"), StatusDegraded, layer.StreamingHost, Possible, []layer.ID{layer.LocalDevice}},
		"a service that Windows starts for nobody":                         {healthyInside().onWindows().state("dcv", "running", "disabled"), StatusDegraded, layer.StreamingHost, Proven, nil},
	}
}

func networkRivals() map[string]weighed {
	bothSilent := func(transport string) *world {
		return healthyInside().nameServer(dns1, transport, probe.Silent, probe.Timeout).nameServer(dns2, transport, probe.Silent, probe.Timeout)
	}
	router := &probe.ICMPError{Offender: netip.MustParseAddr("10.60.0.9"), Type: 3, Code: 3}
	prohibits := &probe.ICMPError{Offender: router.Offender, Type: 3, Code: 13}
	// refusing lets both name servers' questions be refused, by a router or themselves.
	refusing := func(by *probe.ICMPError) *world {
		failure := probe.ConnectionRefused
		if by == prohibits {
			failure = probe.AdministrativelyProhibited
		}
		w := healthyInside().nameServer(dns1, "", probe.Failed, failure).nameServer(dns2, "", probe.Failed, failure).controllersElsewhere()
		return w.each(at("directory-dns"), func(o *probe.Observation) {
			d := o.Detail.(probe.DNSDetail)
			d.Offender = by
			o.Detail = d
		})
	}
	// unreachable lets nothing reach the directory's computers, by this system's word.
	unreachable := func(network string) *world {
		w := healthyInside().nameServer(dns1, "", probe.Failed, probe.HostUnreachable).nameServer(dns2, "", probe.Failed, probe.HostUnreachable)
		if network != "0.0.0.0/0" {
			w.controllerPort(probe.Failed, probe.HostUnreachable, "")
		}
		return with(w, probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = append(slices.Clone(d.Routes), probe.RouteEntry{Destination: netip.MustParsePrefix(network), Type: "unreachable", Metric: 4278198272})
		})
	}
	mute := func(silentDNS bool) *world {
		w := healthyInside().controllerPort(probe.Silent, probe.Timeout, "", "dc-rootdse")
		if silentDNS {
			w.controllersElsewhere()
		}
		return w
	}
	onlyUDP := healthyInside().shutIn().drop(func(o probe.Observation) bool {
		return len(o.Endpoint) > 3 && o.Endpoint[:3] == "dc-"
	}).drop(func(o probe.Observation) bool {
		d, dns := o.Detail.(probe.DNSDetail)
		return dns && d.Transport == probe.TCP
	})
	ownProxy := healthyInside().shutIn().throughProxy(probe.Failed, probe.ConnectionRefused, 0).each(is(probe.ProxyConnect), func(o *probe.Observation) {
		o.Address = "127.0.0.1"
		o.Detail = probe.ProxyConnectDetail{Proxy: "127.0.0.1:7890"}
	})
	antivirus := healthyInside().opened().each(is(probe.TLSHandshake), func(o *probe.Observation) {
		o.Detail = probe.TLSDetail{Root: probe.RootOther, Issuer: "CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab"}
	})
	return map[string]weighed{
		"name servers that answer over TCP alone":                           {bothSilent("udp"), StatusInconclusive, "", "", []layer.ID{layer.DirectoryDNS, layer.VPCEgress}},
		"silent name servers on computers that answer otherwise":            {bothSilent(""), StatusFault, layer.DirectoryDNS, Likely, nil},
		"silent name servers of which nothing else is known":                {bothSilent("").controllersElsewhere(), StatusFault, layer.DirectoryDNS, Possible, []layer.ID{layer.VPCEgress}},
		"name servers that refuse":                                          {refusing(nil), StatusFault, layer.DirectoryDNS, Proven, nil},
		"a router that prohibits the way to the name servers":               {refusing(prohibits), StatusFault, layer.VPCEgress, Proven, nil},
		"a refusal from another address than the name servers'":             {refusing(router), StatusFault, layer.VPCEgress, Possible, []layer.ID{layer.DirectoryDNS}},
		"a router that prohibits Kerberos to the domain controllers":        {healthyInside().refuse(probe.AdministrativelyProhibited, 5, prohibits, "dc-kerberos"), StatusFault, layer.VPCEgress, Proven, nil},
		"a router that prohibits everything to the domain controllers":      {healthyInside().controllersElsewhere().drop(at("dc-rootdse", "dc-ntp")).refuse(probe.AdministrativelyProhibited, 5, prohibits, "dc-dns", "dc-kerberos", "dc-rpc", "dc-ldap", "dc-smb", "dc-kpasswd", "dc-ldaps", "dc-gc"), StatusFault, layer.VPCEgress, Proven, nil},
		"a router that prohibits the way out":                               {healthyInside().shutIn().refuse(probe.AdministrativelyProhibited, 5, prohibits, "broker", "login"), StatusFault, layer.VPCEgress, Proven, nil},
		"the same where a script names a proxy":                             {healthyInside().pac().shutIn().refuse(probe.AdministrativelyProhibited, 5, prohibits, "broker", "login"), StatusInconclusive, "", "", []layer.ID{layer.VPCEgress, layer.Proxy}},
		"a route of the WorkSpace's own that leads nowhere":                 {unreachable("10.60.0.0/16"), StatusFault, layer.PrimaryInterface, Proven, nil},
		"a dead name server next door, and such a route for all the rest":   {unreachable("0.0.0.0/0"), StatusFault, layer.DirectoryDNS, Likely, nil},
		"a first resolver that cannot say, and nobody looked further":       {healthyInside().foreign(probe.Failed, probe.DNSServfail), StatusFault, layer.DirectoryDNS, Possible, []layer.ID{layer.StreamingHost}},
		"forwarders that fail, in a VPC of which nothing leaves":            {healthyInside().nameSays(probe.DNSServfail, brokerHost).shutIn().drop(at("broker", "login")), StatusFault, layer.DirectoryDNS, Possible, []layer.ID{layer.VPCEgress}},
		"mute controllers whose name service answers over TCP":              {mute(false), StatusFault, layer.DirectoryDNS, Likely, nil},
		"mute controllers of which nothing was heard but an accept":         {mute(true), StatusFault, layer.DirectoryDNS, Possible, []layer.ID{layer.VPCEgress}},
		"no way out, and whether the questions left cannot be seen":         {healthyInside().shutIn().endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{}, "broker", "login"), StatusFault, layer.VPCEgress, Possible, []layer.ID{layer.WorkspaceFirewall}},
		"no way out, and answers came over UDP alone":                       {onlyUDP, StatusFault, layer.VPCEgress, Possible, []layer.ID{layer.WorkspaceFirewall}},
		"a proxy program of the WorkSpace itself that does not run":         {ownProxy, StatusFault, layer.LocalDevice, Proven, nil},
		"an antivirus in the WorkSpace that opens HTTPS and is not trusted": {antivirus, StatusDegraded, layer.WorkspaceFirewall, Likely, nil},
	}
}

// What else would look the same stands beside a verdict, or takes it back, until
// something contradicts it.
func TestRivalsInsideAreWeighed(t *testing.T) {
	for _, set := range []map[string]weighed{cardRivals(), hostRivals(), networkRivals()} {
		for name, c := range set {
			r := Judge(c.world.in)
			v := r.Verdict
			var suspects []layer.ID
			for _, s := range v.Suspects {
				suspects = append(suspects, s.Layer)
			}
			if v.Status != c.status || layerOf(v) != c.layer || v.Confidence != c.sure || !slices.Equal(suspects, c.suspects) {
				t.Errorf("%s: %s %q %q %v, want %s %q %q %v (%s: %s); findings: %s", name, v.Status, layerOf(v), v.Confidence, suspects, c.status, c.layer, c.sure, c.suspects, v.Code, v.Summary, codes(r.Findings))
			}
			if v.Status == StatusInconclusive && v.NextTest == nil {
				t.Errorf("%s: no next test", name)
			}
		}
	}
}

// Every accusation about the inside that the layer did not make itself was weighed
// against a rival, in every world of the tests.
func TestNoAccusationInsideIsWithoutARival(t *testing.T) {
	look := func(name string, w *world) {
		for _, f := range Judge(w.in).Findings {
			if f.Severity == SeverityFault && !f.Said && len(f.Rivals) == 0 {
				t.Errorf("%s: %s accuses, and asks for no rival", name, f.Code)
			}
			for _, r := range f.Rivals {
				for _, id := range r.Out {
					if !slices.ContainsFunc(w.in.Observations, func(o probe.Observation) bool { return o.ID == id }) {
						t.Errorf("%s: %s: %s, which nobody observed, contradicts %s", name, f.Code, id, r.Layer)
					}
				}
			}
		}
	}
	for name, g := range insideGoldens() {
		look(name, g.fires)
		look("the rival of "+name, g.rival)
	}
	for _, set := range []map[string]doubt{hostDoubts(), networkDoubts(), directoryDoubts()} {
		for name, d := range set {
			look(name, d.world)
		}
	}
	for _, set := range []map[string]weighed{cardRivals(), hostRivals(), networkRivals()} {
		for name, c := range set {
			look(name, c.world)
		}
	}
}
