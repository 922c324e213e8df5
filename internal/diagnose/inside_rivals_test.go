package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// weighed is a world, and what may be said of it: how sure, and who stands beside.
type weighed struct {
	world    *diagnosetest.World
	status   finding.Status
	layer    layer.ID // of the verdict; empty: null
	sure     finding.Confidence
	suspects []layer.ID
}

func cardRivals() map[string]weighed {
	prefix := netip.MustParsePrefix
	off := func(i *probe.Interface) { i.Carrier = false }
	silent := func(d probe.ConnectDetail) *diagnosetest.World {
		return diagnosetest.HealthyInside().NoMetadata(probe.Silent, probe.Timeout, d)
	}
	// eth1 lies in a VPC of 10.0.0.0/8, which is a management range too, and eth0 in a
	// range of the company's own; nothing beyond answers.
	swapped := diagnosetest.With(diagnosetest.HealthyInside().CutOff().Drop(diagnosetest.At("metadata")).Card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix("172.20.3.4/20")} }), probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: prefix(diagnosetest.Eth1IP + "/24"), Range: prefix("10.0.0.0/8")}}
	}).Drop(func(o probe.Observation) bool {
		return o.Operation == probe.HostRoute && o.Address == "169.254.169.254"
	})
	overEth1 := func(d probe.ConnectDetail) *diagnosetest.World {
		return diagnosetest.With(silent(d), probe.HostRoute, func(d *probe.RouteDetail) { d.Interface = "eth1" })
	}
	// eth1, in a VPC of 10.0.0.0/8, is off, and the default route has moved to eth0.
	eth1Off := diagnosetest.With(diagnosetest.HealthyInside().CutOff().Card("eth1", off), probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = append(slices.Clone(d.Interfaces), probe.ManagedInterface{Name: "eth1", Address: prefix(diagnosetest.Eth1IP + "/24"), Range: prefix("10.0.0.0/8")})
	}).Each(func(o probe.Observation) bool { return o.Operation == probe.HostRoute }, func(o *probe.Observation) {
		d := o.Detail.(probe.RouteDetail)
		d.Interface = "eth0"
		o.Detail = d
	})
	overTunnel := diagnosetest.HealthyInside().CutOff().Each(diagnosetest.Is(probe.HostNeighbour), func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Failed, probe.HostUnreachable, probe.NeighbourDetail{Gateway: netip.MustParseAddr("10.250.0.1"), Interface: "tap0"}
	})
	proxied := func(source string) *diagnosetest.World {
		return diagnosetest.With(diagnosetest.HealthyInside(), probe.HostProxy, func(d *probe.ProxyDetail) {
			d.HTTP, d.Metadata, d.Source = "http://10.60.1.9:3128", "http://10.60.1.9:3128", source
		})
	}
	noRoute := diagnosetest.With(diagnosetest.HealthyInside().NoMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}), probe.HostRoutes, func(d *probe.RoutingDetail) {
		d.Routes = append(slices.Clone(d.Routes), probe.RouteEntry{Destination: prefix("169.254.169.254/32"), Type: "prohibit"})
	})
	return map[string]weighed{
		"any computer with a card that has no link, with --force":          {elsewhere(diagnosetest.HealthyInside().Card("eth0", off)), finding.StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.StreamingHost}},
		"any computer without a metadata service, with --force":            {elsewhere(diagnosetest.HealthyInside().NoMetadata(probe.Failed, probe.NetworkUnreachable, probe.ConnectDetail{})), finding.StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.StreamingHost}},
		"a range outside the published ones, and no metadata was asked":    {diagnosetest.HealthyInside().Drop(diagnosetest.At("metadata")).Readdressed("172.20.3.4/20"), finding.StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.StreamingHost}},
		"a range outside the published ones, and no metadata service":      {silent(probe.ConnectDetail{}).Readdressed("172.20.3.4/20"), finding.StatusFault, layer.ManagementInterface, finding.Likely, nil},
		"one card is left, and leads nowhere":                              {diagnosetest.HealthyInside().CutOff().Unmanaged().Card("eth0", nil).NoWayOut(), finding.StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.PrimaryInterface}},
		"one card is left, and carries the default route":                  {diagnosetest.HealthyInside().CutOff().Unmanaged().Card("eth0", nil), finding.StatusFault, layer.ManagementInterface, finding.Likely, nil},
		"eth1 is off in a VPC of a shared range, and eth0 has the default": {eth1Off, finding.StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.PrimaryInterface}},
		"eth0 is off, and nothing else lies in a management range":         {diagnosetest.HealthyInside().Drop(diagnosetest.At("metadata")).Card("eth0", off), finding.StatusFault, layer.ManagementInterface, finding.Proven, nil},
		"one of two cards is off, and the other leads nowhere":             {diagnosetest.HealthyInside().CutOff().Unmanaged().Card("eth0", off).NoWayOut(), finding.StatusInconclusive, "", "", []layer.ID{layer.ManagementInterface, layer.PrimaryInterface}},
		"the default route may lie on eth1, in a VPC of a shared range":    {swapped, finding.StatusFault, layer.ManagementInterface, finding.Possible, []layer.ID{layer.StreamingHost}},
		"a route forbids the metadata service":                             {noRoute, finding.StatusFault, layer.ManagementInterface, finding.Proven, nil},
		"rules of Windows, which may be about one user alone":              {diagnosetest.HealthyInside().OnWindows().NoMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}), finding.StatusFault, layer.WorkspaceFirewall, finding.Possible, []layer.ID{layer.ManagementInterface}},
		"the metadata service is sought over eth1, and questions leave":    {overEth1(probe.ConnectDetail{HostDropped: new(bool)}), finding.StatusFault, layer.ManagementInterface, finding.Likely, nil},
		"the metadata service is sought over eth1, and perhaps not asked":  {overEth1(probe.ConnectDetail{}), finding.StatusFault, layer.ManagementInterface, finding.Possible, []layer.ID{layer.WorkspaceFirewall}},
		"a proxy that was given for this run alone":                        {proxied("flag"), finding.StatusOK, "", "", nil},
		"a proxy in the environment of this user":                          {proxied("environment"), finding.StatusDegraded, layer.ManagementInterface, finding.Possible, []layer.ID{layer.Proxy}},
		"a proxy in the system's settings":                                 {proxied("system"), finding.StatusDegraded, layer.ManagementInterface, finding.Likely, nil},
		"the default route lies on a VPN's adapter, whose router is mute":  {overTunnel, finding.StatusInconclusive, "", "", []layer.ID{layer.PrimaryInterface, layer.LocalDevice}},
	}
}

func hostRivals() map[string]weighed {
	denied := func(w *diagnosetest.World) *diagnosetest.World {
		return w.Firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 4172)
	}
	refused := func() *diagnosetest.World {
		return diagnosetest.HealthyInside().Refuse(probe.ConnectionRefused, 0, nil, "own-port")
	}
	return map[string]weighed{
		"any computer whose firewall lets no streaming in, with --force":   {elsewhere(denied(diagnosetest.HealthyInside())), finding.StatusInconclusive, "", "", []layer.ID{layer.WorkspaceFirewall, layer.StreamingHost}},
		"any computer with a stopped service, with --force":                {elsewhere(diagnosetest.HealthyInside().Deaf(4172, 4489).State("pcoip", "failed", "enabled")), finding.StatusInconclusive, "", "", []layer.ID{layer.StreamingHost, layer.ManagementInterface}},
		"any computer on which nothing listens, with --force":              {elsewhere(diagnosetest.HealthyInside().Deaf(8200)), finding.StatusInconclusive, "", "", []layer.ID{layer.StreamingHost, layer.ManagementInterface}},
		"any computer with a program on loopback, with --force":            {elsewhere(diagnosetest.HealthyInside().ListenAt(8200, "127.0.0.1").Drop(diagnosetest.At("own-port"))), finding.StatusInconclusive, "", "", []layer.ID{layer.StreamingHost, layer.ManagementInterface}},
		"a refusal of the own port on Windows, as a full queue's":          {refused().OnWindows().Drop(diagnosetest.Is(probe.HostFirewall)), finding.StatusFault, layer.WorkspaceFirewall, finding.Possible, []layer.ID{layer.StreamingHost}},
		"a refusal of the own port elsewhere":                              {refused().Drop(diagnosetest.Is(probe.HostFirewall)), finding.StatusFault, layer.WorkspaceFirewall, finding.Likely, nil},
		"a service that is not enabled, and may be started by another one": {diagnosetest.HealthyInside().State("dcv", "running", "disabled"), finding.StatusDegraded, layer.StreamingHost, finding.Possible, []layer.ID{layer.LocalDevice}},
		"a service that Windows starts for nobody":                         {diagnosetest.HealthyInside().OnWindows().State("dcv", "running", "disabled"), finding.StatusDegraded, layer.StreamingHost, finding.Proven, nil},
	}
}

func networkRivals() map[string]weighed {
	bothSilent := func(transport string) *diagnosetest.World {
		return diagnosetest.HealthyInside().NameServer(diagnosetest.DNS1, transport, probe.Silent, probe.Timeout).NameServer(diagnosetest.DNS2, transport, probe.Silent, probe.Timeout)
	}
	router := &probe.ICMPError{Offender: netip.MustParseAddr("10.60.0.9"), Type: 3, Code: 3}
	prohibits := &probe.ICMPError{Offender: router.Offender, Type: 3, Code: 13}
	// refusing lets both name servers' questions be refused, by a router or themselves.
	refusing := func(by *probe.ICMPError) *diagnosetest.World {
		failure := probe.ConnectionRefused
		if by == prohibits {
			failure = probe.AdministrativelyProhibited
		}
		w := diagnosetest.HealthyInside().NameServer(diagnosetest.DNS1, "", probe.Failed, failure).NameServer(diagnosetest.DNS2, "", probe.Failed, failure).ControllersElsewhere()
		return w.Each(diagnosetest.At("directory-dns"), func(o *probe.Observation) {
			d := o.Detail.(probe.DNSDetail)
			d.Offender = by
			o.Detail = d
		})
	}
	// unreachable lets nothing reach the directory's computers, by this system's word.
	unreachable := func(network string) *diagnosetest.World {
		w := diagnosetest.HealthyInside().NameServer(diagnosetest.DNS1, "", probe.Failed, probe.HostUnreachable).NameServer(diagnosetest.DNS2, "", probe.Failed, probe.HostUnreachable)
		if network != "0.0.0.0/0" {
			w.ControllerPort(probe.Failed, probe.HostUnreachable, "")
		}
		return diagnosetest.With(w, probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = append(slices.Clone(d.Routes), probe.RouteEntry{Destination: netip.MustParsePrefix(network), Type: "unreachable", Metric: 4278198272})
		})
	}
	mute := func(silentDNS bool) *diagnosetest.World {
		w := diagnosetest.HealthyInside().ControllerPort(probe.Silent, probe.Timeout, "", "dc-rootdse")
		if silentDNS {
			w.ControllersElsewhere()
		}
		return w
	}
	onlyUDP := diagnosetest.HealthyInside().ShutIn().Drop(func(o probe.Observation) bool {
		return len(o.Endpoint) > 3 && o.Endpoint[:3] == "dc-"
	}).Drop(func(o probe.Observation) bool {
		d, dns := o.Detail.(probe.DNSDetail)
		return dns && d.Transport == probe.TCP
	})
	ownProxy := diagnosetest.HealthyInside().ShutIn().ThroughProxy(probe.Failed, probe.ConnectionRefused, 0).Each(diagnosetest.Is(probe.ProxyConnect), func(o *probe.Observation) {
		o.Address = "127.0.0.1"
		o.Detail = probe.ProxyConnectDetail{Proxy: "127.0.0.1:7890"}
	})
	antivirus := diagnosetest.HealthyInside().Opened().Each(diagnosetest.Is(probe.TLSHandshake), func(o *probe.Observation) {
		o.Detail = probe.TLSDetail{Root: probe.RootOther, Issuer: "CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab"}
	})
	return map[string]weighed{
		"name servers that answer over TCP alone":                           {bothSilent("udp"), finding.StatusInconclusive, "", "", []layer.ID{layer.DirectoryDNS, layer.VPCEgress}},
		"silent name servers on computers that answer otherwise":            {bothSilent(""), finding.StatusFault, layer.DirectoryDNS, finding.Likely, nil},
		"silent name servers of which nothing else is known":                {bothSilent("").ControllersElsewhere(), finding.StatusFault, layer.DirectoryDNS, finding.Possible, []layer.ID{layer.VPCEgress}},
		"name servers that refuse":                                          {refusing(nil), finding.StatusFault, layer.DirectoryDNS, finding.Proven, nil},
		"a router that prohibits the way to the name servers":               {refusing(prohibits), finding.StatusFault, layer.VPCEgress, finding.Proven, nil},
		"a refusal from another address than the name servers'":             {refusing(router), finding.StatusFault, layer.VPCEgress, finding.Possible, []layer.ID{layer.DirectoryDNS}},
		"a router that prohibits Kerberos to the domain controllers":        {diagnosetest.HealthyInside().Refuse(probe.AdministrativelyProhibited, 5, prohibits, "dc-kerberos"), finding.StatusFault, layer.VPCEgress, finding.Proven, nil},
		"a router that prohibits everything to the domain controllers":      {diagnosetest.HealthyInside().ControllersElsewhere().Drop(diagnosetest.At("dc-rootdse", "dc-ntp")).Refuse(probe.AdministrativelyProhibited, 5, prohibits, "dc-dns", "dc-kerberos", "dc-rpc", "dc-ldap", "dc-smb", "dc-kpasswd", "dc-ldaps", "dc-gc"), finding.StatusFault, layer.VPCEgress, finding.Proven, nil},
		"a router that prohibits the way out":                               {diagnosetest.HealthyInside().ShutIn().Refuse(probe.AdministrativelyProhibited, 5, prohibits, "broker", "login"), finding.StatusFault, layer.VPCEgress, finding.Proven, nil},
		"the same where a script names a proxy":                             {diagnosetest.HealthyInside().Pac().ShutIn().Refuse(probe.AdministrativelyProhibited, 5, prohibits, "broker", "login"), finding.StatusInconclusive, "", "", []layer.ID{layer.VPCEgress, layer.Proxy}},
		"a route of the WorkSpace's own that leads nowhere":                 {unreachable("10.60.0.0/16"), finding.StatusFault, layer.PrimaryInterface, finding.Proven, nil},
		"a dead name server next door, and such a route for all the rest":   {unreachable("0.0.0.0/0"), finding.StatusFault, layer.DirectoryDNS, finding.Likely, nil},
		"a first resolver that cannot say, and nobody looked further":       {diagnosetest.HealthyInside().Foreign(probe.Failed, probe.DNSServfail), finding.StatusFault, layer.DirectoryDNS, finding.Possible, []layer.ID{layer.StreamingHost}},
		"forwarders that fail, in a VPC of which nothing leaves":            {diagnosetest.HealthyInside().NameSays(probe.DNSServfail, diagnosetest.BrokerHost).ShutIn().Drop(diagnosetest.At("broker", "login")), finding.StatusFault, layer.DirectoryDNS, finding.Possible, []layer.ID{layer.VPCEgress}},
		"mute controllers whose name service answers over TCP":              {mute(false), finding.StatusFault, layer.DirectoryDNS, finding.Likely, nil},
		"mute controllers of which nothing was heard but an accept":         {mute(true), finding.StatusFault, layer.DirectoryDNS, finding.Possible, []layer.ID{layer.VPCEgress}},
		"no way out, and whether the questions left cannot be seen":         {diagnosetest.HealthyInside().ShutIn().EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{}, "broker", "login"), finding.StatusFault, layer.VPCEgress, finding.Possible, []layer.ID{layer.WorkspaceFirewall}},
		"no way out, and answers came over UDP alone":                       {onlyUDP, finding.StatusFault, layer.VPCEgress, finding.Possible, []layer.ID{layer.WorkspaceFirewall}},
		"a proxy program of the WorkSpace itself that does not run":         {ownProxy, finding.StatusFault, layer.LocalDevice, finding.Proven, nil},
		"an antivirus in the WorkSpace that opens HTTPS and is not trusted": {antivirus, finding.StatusDegraded, layer.WorkspaceFirewall, finding.Likely, nil},
	}
}

// What else would look the same stands beside a verdict, or takes it back, until
// something contradicts it.
func TestRivalsInsideAreWeighed(t *testing.T) {
	for _, set := range []map[string]weighed{cardRivals(), hostRivals(), networkRivals()} {
		for name, c := range set {
			r := Judge(c.world.In)
			v := r.Verdict
			var suspects []layer.ID
			for _, s := range v.Suspects {
				suspects = append(suspects, s.Layer)
			}
			if v.Status != c.status || layerOf(v) != c.layer || v.Confidence != c.sure || !slices.Equal(suspects, c.suspects) {
				t.Errorf("%s: %s %q %q %v, want %s %q %q %v (%s: %s); findings: %s", name, v.Status, layerOf(v), v.Confidence, suspects, c.status, c.layer, c.sure, c.suspects, v.Code, diagnosetest.Said(v.Summary), diagnosetest.Codes(r.Findings))
			}
			if v.Status == finding.StatusInconclusive && v.NextTest.Empty() {
				t.Errorf("%s: no next test", name)
			}
		}
	}
}

// Every accusation about the inside that the layer did not make itself was weighed
// against a rival, in every world of the tests.
func TestNoAccusationInsideIsWithoutARival(t *testing.T) {
	look := func(name string, w *diagnosetest.World) {
		for _, f := range Judge(w.In).Findings {
			if f.Severity == finding.SeverityFault && !f.Said && len(f.Rivals) == 0 {
				t.Errorf("%s: %s accuses, and asks for no rival", name, f.Code)
			}
			for _, r := range f.Rivals {
				for _, id := range r.Out {
					if !slices.ContainsFunc(w.In.Observations, func(o probe.Observation) bool { return o.ID == id }) {
						t.Errorf("%s: %s: %s, which nobody observed, contradicts %s", name, f.Code, id, r.Layer)
					}
				}
			}
		}
	}
	for name, g := range diagnosetest.InsideGoldens() {
		look(name, g.Fires)
		look("the rival of "+name, g.Rival)
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

// TestWhichCardIsEth0IsDoubted: eth0 has no address, and eth1 lies in a VPC of 10.0.0.0/8,
// which is a management range too. Nobody can tell which card is which, unless the
// metadata service answers.
func TestWhichCardIsEth0IsDoubted(t *testing.T) {
	bare := func(w *diagnosetest.World) *diagnosetest.World {
		return diagnosetest.With(w.CutOff().NoWayOut().Card("eth0", func(i *probe.Interface) { i.Addresses = nil }), probe.HostManagement, func(d *probe.ManagementDetail) {
			eth1 := netip.MustParsePrefix(diagnosetest.Eth1IP + "/24")
			d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: eth1, Range: netip.MustParsePrefix("10.0.0.0/8")}}
		})
	}
	down := func(r Result) finding.Finding {
		i := slices.IndexFunc(r.Findings, func(f finding.Finding) bool { return f.Code == "eth1_down" })
		if i < 0 {
			t.Fatalf("no finding about eth1: %s", diagnosetest.Codes(r.Findings))
		}
		return r.Findings[i]
	}
	r := Judge(bare(diagnosetest.HealthyInside().NoMetadata(probe.Failed, probe.NetworkUnreachable, probe.ConnectDetail{})).In)
	if f := down(r); !f.Undecided || !slices.ContainsFunc(f.Suspects, func(s finding.Suspect) bool { return s.Layer == layer.ManagementInterface }) {
		t.Errorf("without the metadata service: %+v", f)
	}
	if p := r.Verdict.Protocols.PCoIP; p != finding.ProtocolUnknown {
		t.Errorf("without the metadata service PCoIP is %s", p)
	}
	if f := down(Judge(bare(diagnosetest.HealthyInside()).In)); f.Undecided || f.Confidence != finding.Proven {
		t.Errorf("with the metadata service: %+v", f)
	}
}
