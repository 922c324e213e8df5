package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// doubt is a WorkSpace that is healthy, or broken in another way than a rule could
// take it for. It must not be called faulty, and what is said of it must be one of
// the codes; a rule that may be mistaken there must not stand as a fault.
type doubt struct {
	world  *diagnosetest.World
	status finding.Status
	code   string
}

var (
	skylightRuns = probe.Service{Role: "skylight", Name: "skylight-agent.service", Installed: true, State: "running", Enabled: "enabled"}
	dcvRuns      = probe.Service{Role: "dcv", Name: "dcvserver.service", Installed: true, State: "running", Enabled: "enabled"}
	pcoipRuns    = probe.Service{Role: "pcoip", Name: "pcoip-agent.service", Installed: true, State: "running", Enabled: "enabled"}
)

func stopped(s probe.Service, enabled, result string) probe.Service {
	s.State, s.Enabled, s.Result = "stopped", enabled, result
	return s
}

func hostDoubts() map[string]doubt {
	denied := func(w *diagnosetest.World, ports ...uint16) *diagnosetest.World {
		return w.Firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, ports...)
	}
	pcoipOnly := func() *diagnosetest.World {
		return diagnosetest.HealthyInside().Deaf(8201, 8220).Services("systemd", skylightRuns, pcoipRuns)
	}
	dcvOnly := func() *diagnosetest.World {
		return diagnosetest.HealthyInside().Deaf(4172, 4489).Services("systemd", skylightRuns, dcvRuns)
	}
	node := probe.Listener{Transport: probe.TCP, Address: netip.IPv4Unspecified(), Port: 8222, Process: "node"}
	loopback := netip.MustParseAddr("127.0.0.1")
	noSkyLight := skylightRuns
	noSkyLight.Installed, noSkyLight.State = false, ""
	starting := skylightRuns
	starting.State = "starting"
	pool := diagnosetest.HealthyInside().Deaf(4172, 4489, 8200, 8201, 8220).Services("scm", noSkyLight, dcvRuns)
	pool.Add("pool-port/tcp", "pool-port", probe.TCPConnect, diagnosetest.Target(diagnosetest.Eth0IP, 8300, "tcp"), diagnosetest.Eth0IP, probe.OK, "", diagnosetest.Connected(0.1))
	deadPool := func(agent probe.Service) *diagnosetest.World {
		w := diagnosetest.HealthyInside().Deaf(4172, 4489, 8200, 8201, 8220).Services("scm", agent, dcvRuns)
		w.Add("pool-port/tcp", "pool-port", probe.TCPConnect, diagnosetest.Target(diagnosetest.Eth0IP, 8300, "tcp"), diagnosetest.Eth0IP, probe.Failed, probe.ConnectionRefused, probe.ConnectDetail{})
		return w
	}
	return map[string]doubt{
		"a pool whose agent is dead, made of an image with SkyLight":     {deadPool(skylightRuns), finding.StatusInconclusive, "not_listening"},
		"the same, with SkyLight switched off":                           {deadPool(stopped(skylightRuns, "disabled", "")), finding.StatusInconclusive, "service_stopped"},
		"the same, with a firewall for a pool's ports alone":             {denied(deadPool(skylightRuns), 4172, 8200, 8201), finding.StatusInconclusive, "inside_firewall_blocks"},
		"a pool of Linux without a service that is known":                {deadPool(skylightRuns).Services("systemd", skylightRuns), finding.StatusInconclusive, "streaming_not_installed"},
		"DCV after a change of the protocol, with a stopped PCoIP agent": {diagnosetest.HealthyInside().Deaf(4172, 4489).State("pcoip", "stopped", "enabled"), finding.StatusOK, "all_measured_passes"},
		"the same with a firewall that is shut for PCoIP":                {denied(diagnosetest.HealthyInside().Deaf(4172, 4489).State("pcoip", "stopped", "disabled"), 4172), finding.StatusOK, "all_measured_passes"},
		"PCoIP after a change of the protocol, with a stopped DCV":       {denied(diagnosetest.HealthyInside().Deaf(8201, 8220).State("dcv", "stopped", "manual"), 8201), finding.StatusOK, "all_measured_passes"},
		"a developer's server on a port of DCV's":                        {denied(pcoipOnly().Listening(node), 8201), finding.StatusOK, "all_measured_passes"},
		"a vault on a port of DCV's, unseen by an ordinary user":         {pcoipOnly().Listening(probe.Listener{Transport: probe.TCP, Address: loopback, Port: 8201}), finding.StatusOK, "all_measured_passes"},
		"DCV that has only a port of its own use open":                   {dcvOnly().ListenAt(8201, "127.0.0.1").Drop(diagnosetest.At("own-port")), finding.StatusInconclusive, "not_listening"},
		"some of DCV's ports are shut, and not those in use":             {dcvPortsPartly(dcvOnly()), finding.StatusDegraded, "inside_firewall_blocks"},
		"a helper of DCV's that comes with a session":                    {dcvOnly().Deaf(8201, 8220).Services("systemd", skylightRuns, dcvRuns, stopped(probe.Service{Role: "dcv", Name: "dcvsessionlauncher.service", Installed: true}, "static", "")), finding.StatusInconclusive, "service_stopped"},
		"the host adapter of DCV is stopped, and the ports are open":     {dcvOnly().Services("systemd", skylightRuns, dcvRuns, stopped(probe.Service{Role: "dcv", Name: "wspdcvhostadapter.service", Installed: true}, "enabled", "")), finding.StatusInconclusive, "service_stopped"},
		"the last of DCV's ports are shut, and none is in use yet":       {dcvPortsPartly(dcvOnly().Deaf(8201, 8220)), finding.StatusInconclusive, "not_listening"},
		"Windows has not started the agent yet":                          {diagnosetest.HealthyInside().Services("scm", stopped(skylightRuns, "enabled", "not started since the system was (error 1077)"), pcoipRuns), finding.StatusInconclusive, "service_stopped"},
		"the agent starts":                                               {diagnosetest.HealthyInside().Deaf(8200).Services("systemd", starting, pcoipRuns), finding.StatusInconclusive, "not_listening"},
		"another program does the agent's work":                          {diagnosetest.HealthyInside().Services("scm", stopped(skylightRuns, "manual", ""), pcoipRuns), finding.StatusInconclusive, "service_stopped"},
		"a service that another one starts":                              {diagnosetest.HealthyInside().Services("systemd", skylightRuns, dcvRuns, pcoipRuns, probe.Service{Role: "pcoip", Name: "pcoip.service", Installed: true, State: "running", Enabled: "disabled"}), finding.StatusOK, "all_measured_passes"},
		"a metadata service that accepts, and says nothing":              {diagnosetest.HealthyInside().EndsAt(probe.HTTPGet, probe.Silent, probe.Timeout, probe.HTTPDetail{}, "metadata"), finding.StatusInconclusive, "metadata_unreachable"},
		"a metadata service that wants a token":                          {diagnosetest.HealthyInside().EndsAt(probe.HTTPGet, probe.Failed, probe.HTTPUnexpectedStatus, probe.HTTPDetail{Status: 401}, "metadata"), finding.StatusOK, "all_measured_passes"},
		"a WorkSpace of a pool":                                          {pool, finding.StatusOK, finding.CodeAsFarAsSeen},
		"a WorkSpace without a known agent, which may be of a pool":      {diagnosetest.HealthyInside().Deaf(8200).Services("scm", noSkyLight, dcvRuns), finding.StatusInconclusive, "not_listening"},
		"nothing listens, and the services could not be asked":           {diagnosetest.HealthyInside().Deaf(4172, 4489, 8200, 8201, 8220).Each(diagnosetest.Is(probe.HostServices), func(o *probe.Observation) { o.Outcome, o.Failure = probe.Skipped, probe.Unsupported }), finding.StatusInconclusive, "streaming_not_installed"},
		"a subsystem inside a WorkSpace, with --force":                   {elsewhere(diagnosetest.HealthyInside().Unmanaged().Card("eth0", nil)), finding.StatusInconclusive, "eth0_missing"},
		"any computer with two cards, with --force":                      {elsewhere(diagnosetest.HealthyInside()), finding.StatusInconclusive, "not_measured"},
		"rules let the gateway in and drop this computer's own":          {diagnosetest.HealthyInside().Refuse(probe.ConnectionRefused, 0, nil, "own-port"), finding.StatusInconclusive, "own_port_blocked"},
		"the same while users are connected":                             {diagnosetest.HealthyInside().RulesNotRead().Deaf(8200).Listening(probe.Listener{Transport: probe.TCP, Address: netip.IPv4Unspecified(), Port: 8200}).Refuse(probe.ConnectionRefused, 0, nil, "own-port").ConnectedFrom("198.19.130.9:4000", 4172).ConnectedFrom("198.19.130.9:4001", 8201), finding.StatusOK, "all_measured_passes"},
		"a session of DCV's ended between two looks":                     {dcvOnly().RulesNotRead().Listening(probe.Listener{Transport: probe.TCP, Address: netip.IPv4Unspecified(), Port: 8203}).OwnPort(8203, probe.ConnectionRefused), finding.StatusOK, finding.CodeAsFarAsSeen},
	}
}

func dcvPortsPartly(w *diagnosetest.World) *diagnosetest.World {
	return diagnosetest.With(w, probe.HostFirewall, func(d *probe.FirewallDetail) {
		if d.First == 8201 {
			d.First, d.Verdict = 8230, probe.FirewallDrop
		}
	}).Each(func(o probe.Observation) bool { return o.Operation == probe.HostFirewall && o.Port() == 8201 }, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, probe.FirewallDenied
	})
}

func elsewhere(w *diagnosetest.World) *diagnosetest.World {
	return diagnosetest.With(w, probe.HostWorkspace, func(d *probe.WorkspaceDetail) { *d = probe.WorkspaceDetail{} })
}

func networkDoubts() map[string]doubt {
	prefix := netip.MustParsePrefix
	swallowed := true
	gateway := &probe.ICMPError{Offender: netip.MustParseAddr("198.19.0.1"), Type: 3, Code: 0}
	docker := probe.Overlap{Prefix: prefix("198.19.0.0/24"), Interface: "docker0", Kind: "address", Network: true, Sample: netip.MustParseAddr("198.19.0.1"), Through: "docker0"}
	overlapped := func() *diagnosetest.World {
		return diagnosetest.With(diagnosetest.HealthyInside(), probe.HostManagement, func(d *probe.ManagementDetail) { d.Overlaps = []probe.Overlap{docker} })
	}
	// eth0 lies in a range of the company's own, and eth1's VPC in one that AWS
	// publishes for the Region.
	own := diagnosetest.With(diagnosetest.HealthyInside().CutOff().Card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix("172.20.3.4/20")} }), probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: prefix("172.31.4.4/20"), Range: prefix("172.31.0.0/16")}}
	})
	vswitch := diagnosetest.HealthyInside().Card("eth1", func(i *probe.Interface) { i.Addresses = nil })
	diagnosetest.With(vswitch, probe.HostLinks, func(d *probe.LinksDetail) {
		d.Interfaces = append(slices.Clone(d.Interfaces), probe.Interface{Name: "vEthernet (External)", Up: true, Carrier: true, Addresses: []netip.Prefix{prefix(diagnosetest.Eth1IP + "/24")}})
	})
	diagnosetest.With(vswitch, probe.HostRoute, func(d *probe.RouteDetail) {
		if d.Interface == "eth1" {
			d.Interface = "vEthernet (External)"
		}
	})
	noDefault := func() *diagnosetest.World {
		return diagnosetest.With(diagnosetest.HealthyInside(), probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = []probe.RouteEntry{{Destination: prefix("10.0.0.0/8"), Gateway: netip.MustParseAddr("10.60.1.1"), Interface: "eth1"}, {Destination: prefix("198.19.0.0/16"), Interface: "eth0"}}
		}).Drop(func(o probe.Observation) bool {
			return o.Operation == probe.HostRoute && o.Address != "169.254.169.254"
		})
	}
	return map[string]doubt{
		"rules that let only the system ask the metadata service, silently": {diagnosetest.HealthyInside().RulesNotRead().NoMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{HostDropped: &swallowed}), finding.StatusInconclusive, "metadata_unreachable"},
		"rules that let only the system ask the metadata service":           {diagnosetest.HealthyInside().RulesNotRead().NoMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}), finding.StatusInconclusive, "metadata_unreachable"},
		"such rules, and a range of the company's own":                      {diagnosetest.HealthyInside().RulesNotRead().NoMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}).Unmanaged().Card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix("172.20.3.4/20")} }), finding.StatusInconclusive, "eth0_wrong_address"},
		"a Region without published ranges, and an eth0 of its own":         {borrowed(diagnosetest.HealthyInside().NoMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{}).Unmanaged().Card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix("172.20.3.4/20")} })), finding.StatusInconclusive, "eth0_wrong_address"},
		"a Region without published ranges, and one card":                   {borrowed(diagnosetest.HealthyInside().Unmanaged().Card("eth0", nil)), finding.StatusInconclusive, "eth0_missing"},
		"a router says that the metadata service cannot be reached":         {diagnosetest.HealthyInside().NoMetadata(probe.Failed, probe.NetworkUnreachable, probe.ConnectDetail{ICMP: gateway}), finding.StatusInconclusive, "metadata_unreachable"},
		"eth1's VPC lies in a published range, and eth0 in an own one":      {own, finding.StatusInconclusive, "eth0_wrong_address"},
		"an overlap that answers do not meet, by a table of eth0's own": {diagnosetest.With(overlapped(), probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = append(slices.Clone(d.Routes), probe.RouteEntry{Destination: prefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("198.19.0.1"), Interface: "eth0", Table: "10001"})
		}), finding.StatusDegraded, "eth0_overlapped"},
		"an overlap beside which sessions stand": {overlapped().ConnectedFrom("198.19.130.9:4000", 4172), finding.StatusDegraded, "eth0_overlapped"},
		"a virtual switch stands in for eth1":    {vswitch, finding.StatusOK, "all_measured_passes"},
		"eth1 in a subnet of IPv6 alone, and no way out on purpose": {diagnosetest.With(noDefault().Card("eth1", func(i *probe.Interface) {
			i.Addresses = []netip.Prefix{prefix("fe80::1234/64"), prefix("2600:1f18:1:2::10/128")}
		}), probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = []probe.RouteEntry{{Destination: prefix("::/0"), Gateway: netip.MustParseAddr("fe80::1"), Interface: "eth1"}, {Destination: prefix("198.19.0.0/16"), Interface: "eth0"}}
		}).Drop(diagnosetest.At("broker", "login", "address-echo")), finding.StatusOK, "all_measured_passes"},
		"no default route on purpose, and the way out is a proxy":  {noDefault(), finding.StatusOK, "all_measured_passes"},
		"no default route, and routes to the company's network":    {noDefault().ShutIn().Drop(diagnosetest.At("broker", "login")), finding.StatusDegraded, "eth1_no_default_route"},
		"DNS leads nowhere but to the proxy, which does the names": {diagnosetest.HealthyInside().NameSays(probe.DNSNXDomain, diagnosetest.BrokerHost), finding.StatusOK, "all_measured_passes"},
		"a closed VPC with endpoints inside":                       {oneBogon(diagnosetest.HealthyInside().NameSays(probe.DNSNXDomain, diagnosetest.BrokerHost)).ShutIn().Drop(diagnosetest.At("broker", "login")), finding.StatusOK, "all_measured_passes"},
		"an offline computer, with --force":                        {elsewhere(offline()), finding.StatusInconclusive, "eth1_down"},
		"a proxy script, and DNS that knows the company alone":     {diagnosetest.HealthyInside().Pac().NameSays(probe.DNSNXDomain, diagnosetest.BrokerHost).ShutIn().Drop(diagnosetest.At("broker", "login")), finding.StatusInconclusive, "names_not_forwarded"},
		"a proxy script, and no way out without it":                {diagnosetest.HealthyInside().Pac().ShutIn(), finding.StatusInconclusive, "egress_blocked"},
		"inspection of TLS on the way out":                         {diagnosetest.HealthyInside().Opened(), finding.StatusDegraded, "egress_blocked"},
		"a proxy that wants the user's account":                    {diagnosetest.HealthyInside().ShutIn().ThroughProxy(probe.Failed, probe.ProxyAuthRequired, 407).Schemes("Negotiate", "NTLM"), finding.StatusDegraded, "egress_proxy_fails"},
		"a proxy of this computer's own that answers for all":      {diagnosetest.HealthyInside().CutOff().ThroughProxy(probe.OK, "", 200).Each(diagnosetest.Is(probe.ProxyConnect), func(o *probe.Observation) { o.Address = "127.0.0.1" }), finding.StatusInconclusive, "directory_dns_dead"},
		"nothing answers but the subnet's own router":              {onlyTheRouter(), finding.StatusInconclusive, "directory_dns_dead"},
	}
}

// borrowed: the management ranges of the Region are not published.
func borrowed(w *diagnosetest.World) *diagnosetest.World {
	return diagnosetest.With(w, probe.HostManagement, func(d *probe.ManagementDetail) { d.Borrowed = true })
}

// oneBogon: one of the names has a private address here.
func oneBogon(w *diagnosetest.World) *diagnosetest.World {
	first := true
	return w.Each(diagnosetest.At("name"), func(o *probe.Observation) {
		if first {
			o.Failure, first = probe.DNSBogon, false
		}
	})
}

// offline is a computer with one card in a management range and nothing else.
func offline() *diagnosetest.World {
	return diagnosetest.HealthyInside().Card("eth1", nil).CutOff().Drop(diagnosetest.Is(probe.HostRoute)).Drop(diagnosetest.Is(probe.HostNeighbour))
}

// onlyTheRouter: a security group that lets nothing out looks so.
func onlyTheRouter() *diagnosetest.World {
	return diagnosetest.HealthyInside().CutOff().Each(diagnosetest.Is(probe.HostNeighbour), func(o *probe.Observation) { o.Outcome, o.Failure = probe.OK, "" })
}

func directoryDoubts() map[string]doubt {
	const minutes = 60 * 1000.0
	from := func(source string) func(*diagnosetest.World) *diagnosetest.World {
		return func(w *diagnosetest.World) *diagnosetest.World {
			return diagnosetest.With(w, probe.HostDirectory, func(d *probe.DirectoryDetail) { d.DomainSource = source })
		}
	}
	noRecords := func() *diagnosetest.World {
		return diagnosetest.HealthyInside().NameServer(diagnosetest.DNS1, "udp", probe.Failed, probe.DNSNXDomain).NameServer(diagnosetest.DNS2, "udp", probe.Failed, probe.DNSNXDomain)
	}
	bothDead := func() *diagnosetest.World {
		return diagnosetest.HealthyInside().NameServer(diagnosetest.DNS1, "", probe.Silent, probe.Timeout).NameServer(diagnosetest.DNS2, "", probe.Silent, probe.Timeout)
	}
	elsewhereAt := func() *diagnosetest.World {
		return diagnosetest.HealthyInside().ControllersAt("10.90.3.10", "10.91.3.11")
	}
	// The name servers are a company's own, and no domain controllers; its records
	// came too late, so the ports were asked of them.
	nameServersOnly := diagnosetest.HealthyInside().ControllerPort(probe.Failed, probe.ConnectionRefused, "")
	ownThird := diagnosetest.HealthyInside()
	ownThird.Add("directory-dns/"+diagnosetest.Eth1IP+":53/udp/"+diagnosetest.Service, "directory-dns", probe.DNSQuery, diagnosetest.Service, diagnosetest.Eth1IP+":53", probe.Failed, probe.ConnectionRefused, probe.DNSDetail{Resolver: diagnosetest.Eth1IP + ":53", Transport: probe.UDP, Name: diagnosetest.Service, Type: "SRV"})
	knows := diagnosetest.HealthyInside().Foreign(probe.Failed, probe.DNSNXDomain)
	knows.Add("domain-name/system/corp.example.com", "domain-name", probe.DNSQuery, "corp.example.com", "", probe.OK, "", probe.DNSDetail{Resolver: "system", Name: "corp.example.com", Type: "A"})
	oneClock := diagnosetest.HealthyInside().Each(func(o probe.Observation) bool {
		return o.Address == diagnosetest.DNS1 && (o.Operation == probe.LDAPRoot || o.Operation == probe.NTPTime)
	}, func(o *probe.Observation) {
		away := 7 * minutes
		switch o.Detail.(type) {
		case probe.LDAPDetail:
			o.Detail = probe.LDAPDetail{Transport: probe.TCP, ClockMS: &away}
		case probe.NTPDetail:
			o.Detail = probe.NTPDetail{ClockMS: &away}
		}
	})
	otherNTP := diagnosetest.With(diagnosetest.HealthyInside(), probe.NTPTime, func(d *probe.NTPDetail) { d.ClockMS = diagnosetest.MS(7 * minutes) })
	// Which the directory's are may be read by root only; eth0's lease has a
	// resolver too.
	assumed := func(order ...string) *diagnosetest.World {
		const other = "198.19.0.2"
		w := diagnosetest.With(diagnosetest.HealthyInside(), probe.HostDirectory, func(d *probe.DirectoryDetail) { d.DNSSource = probe.ResolversInUse })
		for _, name := range []string{"_ldap._tcp.corp.example.com", "_kerberos._tcp.corp.example.com"} {
			w.Add("directory-dns/"+other+":53/udp/"+name, "directory-dns", probe.DNSQuery, name, other+":53", probe.Failed, probe.DNSNXDomain, probe.DNSDetail{Resolver: other + ":53", Transport: probe.UDP, Name: name, Type: "SRV"})
		}
		return diagnosetest.With(w, probe.HostResolvers, func(d *probe.ResolversDetail) {
			d.Servers = nil
			for _, a := range order {
				d.Servers = append(d.Servers, netip.MustParseAddrPort(a+":53"))
			}
		})
	}
	return map[string]doubt{
		"eth0's resolver stands behind the directory's":                            {assumed(diagnosetest.DNS1, diagnosetest.DNS2, "198.19.0.2"), finding.StatusOK, "all_measured_passes"},
		"eth0's resolver stands behind systemd's stub, with the directory's":       {assumed("127.0.0.53", "198.19.0.2", diagnosetest.DNS1, diagnosetest.DNS2), finding.StatusOK, "all_measured_passes"},
		"eth0's resolver stands before the directory's":                            {assumed("198.19.0.2", diagnosetest.DNS1, diagnosetest.DNS2), finding.StatusDegraded, "directory_dns_one_dead"},
		"three of twenty controllers were asked, and this subnet uses others":      {elsewhereAt().NamesControllers(20).ControllerPort(probe.Silent, probe.Timeout, ""), finding.StatusInconclusive, "controllers_silent"},
		"the site's controllers were named too late, and others were asked":        {elsewhereAt().NamesControllers(20).NamesInSite(2, "10.92.3.10", "10.92.3.11").ControllerPort(probe.Silent, probe.Timeout, ""), finding.StatusInconclusive, "controllers_silent"},
		"two of the site's five controllers were asked":                            {elsewhereAt().NamesControllers(20).NamesInSite(5, "10.90.3.10", "10.91.3.11").ControllerPort(probe.Silent, probe.Timeout, ""), finding.StatusInconclusive, "controllers_silent"},
		"one of the site's two controllers is out of reach":                        {elsewhereAt().NamesControllers(20).NamesInSite(2, "10.90.3.10", "10.91.3.11").ControllerPort(probe.Silent, probe.Timeout, "10.90.3.10"), finding.StatusDegraded, "controllers_silent"},
		"one of twenty controllers is out of reach":                                {elsewhereAt().NamesControllers(20).ControllerPort(probe.Silent, probe.Timeout, "10.90.3.10"), finding.StatusOK, "all_measured_passes"},
		"one of twenty controllers is open for LDAP alone":                         {elsewhereAt().NamesControllers(20).ControllerPort(probe.Silent, probe.Timeout, "10.90.3.10", "dc-kerberos", "dc-smb"), finding.StatusOK, "all_measured_passes"},
		"three of twenty controllers were asked, and are open for LDAP alone":      {elsewhereAt().NamesControllers(20).ControllerPort(probe.Silent, probe.Timeout, "", "dc-kerberos", "dc-smb"), finding.StatusInconclusive, "controller_ports_shut"},
		"name servers that are no domain controllers":                              {nameServersOnly, finding.StatusOK, "all_measured_passes"},
		"the own address as third name server":                                     {ownThird, finding.StatusOK, "all_measured_passes"},
		"a domain that was guessed from the search list":                           {from("/etc/resolv.conf (search list)")(noRecords()), finding.StatusInconclusive, "inside_records_missing"},
		"a domain that was guessed from the computer's suffix":                     {from(`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Domain`)(noRecords()), finding.StatusInconclusive, "inside_records_missing"},
		"old name servers in the settings of the join, and new ones in use":        {bothDead().Foreign(probe.OK, ""), finding.StatusDegraded, "directory_dns_dead"},
		"the first resolver belongs to another interface, and Windows asks others": {knows, finding.StatusOK, "all_measured_passes"},
		"a cache of this computer's own that does not know the domain":             {onlyACache(), finding.StatusInconclusive, "resolver_foreign"},
		"one domain controller's clock is off":                                     {oneClock, finding.StatusDegraded, "directory_clock_wrong"},
		"a time service beside the controllers' own clocks":                        {otherNTP, finding.StatusOK, "all_measured_passes"},
		"controllers that tell no time, and a clock that AWS's contradict":         {diagnosetest.HealthyInside().Drop(diagnosetest.At("dc-rootdse", "dc-ntp")).AwsClock(7 * minutes), finding.StatusInconclusive, "workspace_clock_wrong"},
	}
}

// onlyACache: the directory's name servers are not known.
func onlyACache() *diagnosetest.World {
	w := diagnosetest.HealthyInside().Foreign(probe.Failed, probe.DNSNXDomain).Drop(diagnosetest.At("directory-dns")).Drop(func(o probe.Observation) bool { return strings.HasPrefix(o.Endpoint, "dc-") })
	w.Add("domain-name/system/corp.example.com", "domain-name", probe.DNSQuery, "corp.example.com", "", probe.Failed, probe.DNSNXDomain, probe.DNSDetail{Resolver: "system", Name: "corp.example.com", Type: "A"})
	return w
}

func TestNoHonestWorkspaceIsAccused(t *testing.T) {
	for _, set := range []map[string]doubt{hostDoubts(), networkDoubts(), directoryDoubts()} {
		for name, d := range set {
			t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
				r := Judge(d.world.In)
				v := r.Verdict
				if v.Status != d.status || v.Code != d.code {
					t.Errorf("%s %s, want %s %s: %s; findings: %s", v.Status, v.Code, d.status, d.code, diagnosetest.Said(v.Summary), diagnosetest.Codes(r.Findings))
				}
				if v.Status == finding.StatusInconclusive && (v.NextTest.Empty() || v.Code != "not_measured" && len(v.Suspects) < 2) {
					t.Errorf("inconclusive without a next test or with too few suspects: %+v", v)
				}
				for _, l := range r.Layers {
					if l.Status == finding.LayerFault {
						t.Errorf("the layer %s is faulty", l.ID)
					}
				}
			})
		}
	}
}

// What the doubts spare must still be named where it is bracketed.
func TestDoubtsDoNotHideFaults(t *testing.T) {
	asked := diagnosetest.HealthyInside().Deaf(4172, 4489).State("pcoip", "stopped", "enabled")
	asked.In.Protocol = "pcoip"
	windows := diagnosetest.HealthyInside().Deaf(4172, 4489)
	for name, c := range map[string]struct {
		world *diagnosetest.World
		code  string
		layer layer.ID
	}{
		"who asks for PCoIP is told that it is stopped":            {asked, "service_stopped", layer.StreamingHost},
		"nothing listens, where no pool has its interface":         {anywhereElse(diagnosetest.HealthyInside().Deaf(4172, 4489, 8200, 8201, 8220).Services("systemd", skylightRuns, dcvRuns)), "not_listening", layer.StreamingHost},
		"nothing listens, and PCoIP is installed":                  {diagnosetest.HealthyInside().Deaf(4172, 4489, 8200, 8201, 8220), "not_listening", layer.StreamingHost},
		"the agent of what may be a pool has failed":               {diagnosetest.HealthyInside().Deaf(4172, 4489, 8200, 8201, 8220).Services("systemd", failed(skylightRuns), dcvRuns), "service_stopped", layer.StreamingHost},
		"a PCoIP agent that ended with an error on Windows":        {windows.Services("scm", skylightRuns, dcvRuns, stopped(pcoipRuns, "enabled", "error 1067")), "service_stopped", layer.StreamingHost},
		"the metadata service is blocked for root too":             {diagnosetest.HealthyInside().NoMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}), "metadata_unreachable", layer.WorkspaceFirewall},
		"the controllers of the own site do not answer":            {diagnosetest.HealthyInside().NamesControllers(20).NamesInSite(2, "10.90.3.10", "10.91.3.11").ControllersAt("10.90.3.10", "10.91.3.11").ControllerPort(probe.Silent, probe.Timeout, ""), "controllers_silent", layer.DirectoryDNS},
		"the controllers of the own site are shut for Kerberos":    {diagnosetest.HealthyInside().NamesControllers(20).NamesInSite(2, "10.90.3.10", "10.91.3.11").ControllersAt("10.90.3.10", "10.91.3.11").ControllerPort(probe.Failed, probe.ConnectionRefused, "", "dc-kerberos"), "controller_ports_shut", layer.DirectoryDNS},
		"the only three controllers there are do not answer":       {diagnosetest.HealthyInside().NamesControllers(2).ControllersAt("10.90.3.10", "10.91.3.11").ControllerPort(probe.Silent, probe.Timeout, ""), "controllers_silent", layer.DirectoryDNS},
		"eth0 is off, and the metadata service answers over eth1":  {metadataOverEth1(), "eth0_down", layer.ManagementInterface},
		"no address on eth0, in a Region without published ranges": {borrowed(diagnosetest.HealthyInside().NoMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{}).Unmanaged().Card("eth0", func(i *probe.Interface) { i.Addresses = nil })), "eth0_wrong_address", layer.ManagementInterface},
		"all of DCV's ports are shut":                              {diagnosetest.HealthyInside().Firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 8201), "inside_firewall_blocks", layer.WorkspaceFirewall},
		"a domain that the join names has no records":              {diagnosetest.With(diagnosetest.HealthyInside(), probe.HostDirectory, func(d *probe.DirectoryDetail) { d.DomainSource = "/etc/sssd/sssd.conf" }).NameServer(diagnosetest.DNS1, "udp", probe.Failed, probe.DNSNXDomain).NameServer(diagnosetest.DNS2, "udp", probe.Failed, probe.DNSNXDomain), "inside_records_missing", layer.DirectoryDNS},
		"name servers silent while the internet answers":           {diagnosetest.HealthyInside().NameServer(diagnosetest.DNS1, "", probe.Silent, probe.Timeout).NameServer(diagnosetest.DNS2, "", probe.Silent, probe.Timeout), "directory_dns_dead", layer.DirectoryDNS},
		"a proxy that wants a login of its own, the only way":      {diagnosetest.HealthyInside().ShutIn().ThroughProxy(probe.Failed, probe.ProxyAuthRequired, 407).Schemes("Basic"), "egress_proxy_fails", layer.VPCEgress},
	} {
		if v := Judge(c.world.In).Verdict; v.Status != finding.StatusFault || v.Code != c.code || layerOf(v) != c.layer {
			t.Errorf("%s: %s %s %q: %s", name, v.Status, v.Code, layerOf(v), diagnosetest.Said(v.Summary))
		}
	}
}

func failed(s probe.Service) probe.Service {
	s.State = "failed"
	return s
}

// anywhereElse gives eth0 an address in a range that no pool has.
func anywhereElse(w *diagnosetest.World) *diagnosetest.World {
	return diagnosetest.With(w, probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth0", Address: netip.MustParsePrefix("192.168.5.10/20"), Range: netip.MustParsePrefix("192.168.0.0/16")}}
	})
}

// metadataOverEth1: every card of a virtual machine may lead to the metadata
// service.
func metadataOverEth1() *diagnosetest.World {
	w := diagnosetest.HealthyInside().Unmanaged().Card("eth0", func(i *probe.Interface) { i.Up = false })
	return diagnosetest.With(w, probe.HostRoute, func(d *probe.RouteDetail) { d.Interface = "eth1" })
}

// A pool is told from WorkSpaces Personal in words too.
func TestAPoolIsSaidToBeOne(t *testing.T) {
	r := Judge(hostDoubts()["a WorkSpace of a pool"].world.In)
	if !slices.ContainsFunc(words.English().All(r.Gaps), func(s string) bool { return strings.Contains(s, "pool") }) || r.Verdict.Protocols != (finding.Protocols{PCoIP: finding.ProtocolUnknown, DCV: finding.ProtocolUnknown}) {
		t.Errorf("protocols %+v, gaps %q", r.Verdict.Protocols, r.Gaps)
	}
}

// The adapter of a VPN that is not connected is not taken for eth1.
func TestAnIdleAdapterIsNotCalledThePrimaryInterface(t *testing.T) {
	w := diagnosetest.HealthyInside().CutOff().Card("eth1", func(i *probe.Interface) { i.Addresses = nil })
	diagnosetest.With(w, probe.HostLinks, func(d *probe.LinksDetail) {
		d.Interfaces = slices.Insert(slices.Clone(d.Interfaces), 1, probe.Interface{Name: "Ethernet 4"})
	})
	if v := Judge(w.In).Verdict; v.Code != "eth1_down" || !strings.Contains(diagnosetest.Said(v.Summary), "eth1 has no address") {
		t.Errorf("verdict %s: %s", v.Code, diagnosetest.Said(v.Summary))
	}
}
