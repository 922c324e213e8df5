package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// doubt is a WorkSpace that is healthy, or broken in another way than a rule could
// take it for. It must not be called faulty, and what is said of it must be one of
// the codes; a rule that may be mistaken there must not stand as a fault.
type doubt struct {
	world  *world
	status Status
	code   string
}

// services replaces what the service manager said.
func (w *world) services(manager string, list ...probe.Service) *world {
	return with(w, probe.HostServices, func(d *probe.ServicesDetail) { d.Manager, d.Services = manager, list })
}

// listening adds listeners.
func (w *world) listening(list ...probe.Listener) *world {
	return with(w, probe.HostListeners, func(d *probe.ListenersDetail) { d.Listeners = append(slices.Clone(d.Listeners), list...) })
}

// connectedFrom adds a connection from outside to a port of eth0.
func (w *world) connectedFrom(remote string, port uint16) *world {
	return with(w, probe.HostListeners, func(d *probe.ListenersDetail) {
		d.Connections = append(slices.Clone(d.Connections), probe.Connection{Local: netip.AddrPortFrom(netip.MustParseAddr(eth0IP), port), Remote: netip.MustParseAddrPort(remote)})
	})
}

// rulesNotRead: an ordinary user may not read the firewall's rules.
func (w *world) rulesNotRead() *world {
	w.drop(is(probe.HostFirewall))
	w.add("host", "workspace-firewall", probe.HostFirewall, "", "", probe.Skipped, probe.PermissionDenied, probe.FirewallDetail{Repeat: "sudo wsdoctor inside"})
	return w
}

// namesControllers lets the directory's DNS name so many domain controllers.
func (w *world) namesControllers(n int) *world {
	return w.each(at("directory-dns"), func(o *probe.Observation) {
		if d := o.Detail.(probe.DNSDetail); d.Type == "SRV" && isOK(*o) {
			d.Services = slices.Repeat([]string{"dc.corp.example.com:389"}, n)
			o.Detail = d
		}
	})
}

// namesInSite lets the directory's DNS name so many controllers in this computer's
// site, with addresses.
func (w *world) namesInSite(n int, addresses ...string) *world {
	const name = "_ldap._tcp.Berlin._sites.dc._msdcs.corp.example.com"
	w.add("site-dns/"+dns1, "site-dns", probe.DNSQuery, name, dns1+":53", probe.OK, "", probe.DNSDetail{Resolver: dns1 + ":53", Name: name, Type: "SRV", Services: slices.Repeat([]string{"dc.corp.example.com:389"}, n)})
	for _, a := range addresses {
		w.add("site-dns/"+dns1, "site-dns", probe.DNSQuery, "dc.corp.example.com", dns1+":53", probe.OK, "", probe.DNSDetail{Resolver: dns1 + ":53", Name: "dc.corp.example.com", Type: "A", Service: name, Addresses: []netip.Addr{netip.MustParseAddr(a)}})
	}
	return w
}

// pac sets a proxy script, which is not run.
func (w *world) pac() *world {
	return with(w, probe.HostProxy, func(d *probe.ProxyDetail) { d.PAC = "http://wpad.corp.example.com/wpad.dat" })
}

// opened lets every host of AWS show a certificate of somebody else's.
func (w *world) opened() *world {
	w.drop(func(o probe.Observation) bool {
		return o.Operation == probe.HTTPGet && (o.Endpoint == "broker" || o.Endpoint == "login") || o.Endpoint == "address-echo"
	})
	return w.each(is(probe.TLSHandshake), func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{Root: probe.RootOther, Issuer: "Example Corp Inspection CA"}
	})
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
	denied := func(w *world, ports ...uint16) *world {
		return w.firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, ports...)
	}
	pcoipOnly := func() *world { return healthyInside().deaf(8201, 8220).services("systemd", skylightRuns, pcoipRuns) }
	dcvOnly := func() *world { return healthyInside().deaf(4172, 4489).services("systemd", skylightRuns, dcvRuns) }
	node := probe.Listener{Transport: probe.TCP, Address: netip.IPv4Unspecified(), Port: 8222, Process: "node"}
	loopback := netip.MustParseAddr("127.0.0.1")
	noSkyLight := skylightRuns
	noSkyLight.Installed, noSkyLight.State = false, ""
	starting := skylightRuns
	starting.State = "starting"
	pool := healthyInside().deaf(4172, 4489, 8200, 8201, 8220).services("scm", noSkyLight, dcvRuns)
	pool.add("pool-port/tcp", "pool-port", probe.TCPConnect, target(eth0IP, 8300, "tcp"), eth0IP, probe.OK, "", connected(0.1))
	deadPool := func(agent probe.Service) *world {
		w := healthyInside().deaf(4172, 4489, 8200, 8201, 8220).services("scm", agent, dcvRuns)
		w.add("pool-port/tcp", "pool-port", probe.TCPConnect, target(eth0IP, 8300, "tcp"), eth0IP, probe.Failed, probe.ConnectionRefused, probe.ConnectDetail{})
		return w
	}
	return map[string]doubt{
		"a pool whose agent is dead, made of an image with SkyLight":     {deadPool(skylightRuns), StatusInconclusive, "not_listening"},
		"the same, with SkyLight switched off":                           {deadPool(stopped(skylightRuns, "disabled", "")), StatusInconclusive, "service_stopped"},
		"the same, with a firewall for a pool's ports alone":             {denied(deadPool(skylightRuns), 4172, 8200, 8201), StatusInconclusive, "inside_firewall_blocks"},
		"a pool of Linux without a service that is known":                {deadPool(skylightRuns).services("systemd", skylightRuns), StatusInconclusive, "streaming_not_installed"},
		"DCV after a change of the protocol, with a stopped PCoIP agent": {healthyInside().deaf(4172, 4489).state("pcoip", "stopped", "enabled"), StatusOK, "all_measured_passes"},
		"the same with a firewall that is shut for PCoIP":                {denied(healthyInside().deaf(4172, 4489).state("pcoip", "stopped", "disabled"), 4172), StatusOK, "all_measured_passes"},
		"PCoIP after a change of the protocol, with a stopped DCV":       {denied(healthyInside().deaf(8201, 8220).state("dcv", "stopped", "manual"), 8201), StatusOK, "all_measured_passes"},
		"a developer's server on a port of DCV's":                        {denied(pcoipOnly().listening(node), 8201), StatusOK, "all_measured_passes"},
		"a vault on a port of DCV's, unseen by an ordinary user":         {pcoipOnly().listening(probe.Listener{Transport: probe.TCP, Address: loopback, Port: 8201}), StatusOK, "all_measured_passes"},
		"DCV that has only a port of its own use open":                   {dcvOnly().listenAt(8201, "127.0.0.1").drop(at("own-port")), StatusInconclusive, "not_listening"},
		"some of DCV's ports are shut, and not those in use":             {dcvPortsPartly(dcvOnly()), StatusDegraded, "inside_firewall_blocks"},
		"a helper of DCV's that comes with a session":                    {dcvOnly().deaf(8201, 8220).services("systemd", skylightRuns, dcvRuns, stopped(probe.Service{Role: "dcv", Name: "dcvsessionlauncher.service", Installed: true}, "static", "")), StatusInconclusive, "service_stopped"},
		"the host adapter of DCV is stopped, and the ports are open":     {dcvOnly().services("systemd", skylightRuns, dcvRuns, stopped(probe.Service{Role: "dcv", Name: "wspdcvhostadapter.service", Installed: true}, "enabled", "")), StatusInconclusive, "service_stopped"},
		"the last of DCV's ports are shut, and none is in use yet":       {dcvPortsPartly(dcvOnly().deaf(8201, 8220)), StatusInconclusive, "not_listening"},
		"Windows has not started the agent yet":                          {healthyInside().services("scm", stopped(skylightRuns, "enabled", "not started since the system was (error 1077)"), pcoipRuns), StatusInconclusive, "service_stopped"},
		"the agent starts":                                               {healthyInside().deaf(8200).services("systemd", starting, pcoipRuns), StatusInconclusive, "not_listening"},
		"another program does the agent's work":                          {healthyInside().services("scm", stopped(skylightRuns, "manual", ""), pcoipRuns), StatusInconclusive, "service_stopped"},
		"a service that another one starts":                              {healthyInside().services("systemd", skylightRuns, dcvRuns, pcoipRuns, probe.Service{Role: "pcoip", Name: "pcoip.service", Installed: true, State: "running", Enabled: "disabled"}), StatusOK, "all_measured_passes"},
		"a metadata service that accepts, and says nothing":              {healthyInside().endsAt(probe.HTTPGet, probe.Silent, probe.Timeout, probe.HTTPDetail{}, "metadata"), StatusInconclusive, "metadata_unreachable"},
		"a metadata service that wants a token":                          {healthyInside().endsAt(probe.HTTPGet, probe.Failed, probe.HTTPUnexpectedStatus, probe.HTTPDetail{Status: 401}, "metadata"), StatusOK, "all_measured_passes"},
		"a WorkSpace of a pool":                                          {pool, StatusOK, CodeAsFarAsSeen},
		"a WorkSpace without a known agent, which may be of a pool":      {healthyInside().deaf(8200).services("scm", noSkyLight, dcvRuns), StatusInconclusive, "not_listening"},
		"nothing listens, and the services could not be asked":           {healthyInside().deaf(4172, 4489, 8200, 8201, 8220).each(is(probe.HostServices), func(o *probe.Observation) { o.Outcome, o.Failure = probe.Skipped, probe.Unsupported }), StatusInconclusive, "streaming_not_installed"},
		"a subsystem inside a WorkSpace, with --force":                   {elsewhere(healthyInside().unmanaged().card("eth0", nil)), StatusInconclusive, "eth0_missing"},
		"any computer with two cards, with --force":                      {elsewhere(healthyInside()), StatusInconclusive, "not_measured"},
		"rules let the gateway in and drop this computer's own":          {healthyInside().refuse(probe.ConnectionRefused, 0, nil, "own-port"), StatusInconclusive, "own_port_blocked"},
		"the same while users are connected":                             {healthyInside().rulesNotRead().deaf(8200).listening(probe.Listener{Transport: probe.TCP, Address: netip.IPv4Unspecified(), Port: 8200}).refuse(probe.ConnectionRefused, 0, nil, "own-port").connectedFrom("198.19.130.9:4000", 4172).connectedFrom("198.19.130.9:4001", 8201), StatusOK, "all_measured_passes"},
		"a session of DCV's ended between two looks":                     {dcvOnly().rulesNotRead().listening(probe.Listener{Transport: probe.TCP, Address: netip.IPv4Unspecified(), Port: 8203}).ownPort(8203, probe.ConnectionRefused), StatusOK, CodeAsFarAsSeen},
	}
}

func dcvPortsPartly(w *world) *world {
	return with(w, probe.HostFirewall, func(d *probe.FirewallDetail) {
		if d.First == 8201 {
			d.First, d.Verdict = 8230, probe.FirewallDrop
		}
	}).each(func(o probe.Observation) bool { return o.Operation == probe.HostFirewall && o.Port() == 8201 }, func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, probe.FirewallDenied
	})
}

func elsewhere(w *world) *world {
	return with(w, probe.HostWorkspace, func(d *probe.WorkspaceDetail) { *d = probe.WorkspaceDetail{} })
}

// ownPort adds a connection to an own port that failed.
func (w *world) ownPort(port uint16, failure probe.Failure) *world {
	w.add("own-port/x/tcp", "own-port", probe.TCPConnect, target(eth0IP, port, "tcp"), eth0IP, probe.Failed, failure, probe.ConnectDetail{})
	return w
}

func networkDoubts() map[string]doubt {
	prefix := netip.MustParsePrefix
	swallowed := true
	gateway := &probe.ICMPError{Offender: netip.MustParseAddr("198.19.0.1"), Type: 3, Code: 0}
	docker := probe.Overlap{Prefix: prefix("198.19.0.0/24"), Interface: "docker0", Kind: "address", Network: true, Sample: netip.MustParseAddr("198.19.0.1"), Through: "docker0"}
	overlapped := func() *world {
		return with(healthyInside(), probe.HostManagement, func(d *probe.ManagementDetail) { d.Overlaps = []probe.Overlap{docker} })
	}
	// eth0 lies in a range of the company's own, and eth1's VPC in one that AWS
	// publishes for the Region.
	own := with(healthyInside().cutOff().card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix("172.20.3.4/20")} }), probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth1", Address: prefix("172.31.4.4/20"), Range: prefix("172.31.0.0/16")}}
	})
	vswitch := healthyInside().card("eth1", func(i *probe.Interface) { i.Addresses = nil })
	with(vswitch, probe.HostLinks, func(d *probe.LinksDetail) {
		d.Interfaces = append(slices.Clone(d.Interfaces), probe.Interface{Name: "vEthernet (External)", Up: true, Carrier: true, Addresses: []netip.Prefix{prefix(eth1IP + "/24")}})
	})
	with(vswitch, probe.HostRoute, func(d *probe.RouteDetail) {
		if d.Interface == "eth1" {
			d.Interface = "vEthernet (External)"
		}
	})
	noDefault := func() *world {
		return with(healthyInside(), probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = []probe.RouteEntry{{Destination: prefix("10.0.0.0/8"), Gateway: netip.MustParseAddr("10.60.1.1"), Interface: "eth1"}, {Destination: prefix("198.19.0.0/16"), Interface: "eth0"}}
		}).drop(func(o probe.Observation) bool {
			return o.Operation == probe.HostRoute && o.Address != "169.254.169.254"
		})
	}
	return map[string]doubt{
		"rules that let only the system ask the metadata service, silently": {healthyInside().rulesNotRead().noMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{HostDropped: &swallowed}), StatusInconclusive, "metadata_unreachable"},
		"rules that let only the system ask the metadata service":           {healthyInside().rulesNotRead().noMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}), StatusInconclusive, "metadata_unreachable"},
		"such rules, and a range of the company's own":                      {healthyInside().rulesNotRead().noMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}).unmanaged().card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix("172.20.3.4/20")} }), StatusInconclusive, "eth0_wrong_address"},
		"a Region without published ranges, and an eth0 of its own":         {borrowed(healthyInside().noMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{}).unmanaged().card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{prefix("172.20.3.4/20")} })), StatusInconclusive, "eth0_wrong_address"},
		"a Region without published ranges, and one card":                   {borrowed(healthyInside().unmanaged().card("eth0", nil)), StatusInconclusive, "eth0_missing"},
		"a router says that the metadata service cannot be reached":         {healthyInside().noMetadata(probe.Failed, probe.NetworkUnreachable, probe.ConnectDetail{ICMP: gateway}), StatusInconclusive, "metadata_unreachable"},
		"eth1's VPC lies in a published range, and eth0 in an own one":      {own, StatusInconclusive, "eth0_wrong_address"},
		"an overlap that answers do not meet, by a table of eth0's own": {with(overlapped(), probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = append(slices.Clone(d.Routes), probe.RouteEntry{Destination: prefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("198.19.0.1"), Interface: "eth0", Table: "10001"})
		}), StatusDegraded, "eth0_overlapped"},
		"an overlap beside which sessions stand": {overlapped().connectedFrom("198.19.130.9:4000", 4172), StatusDegraded, "eth0_overlapped"},
		"a virtual switch stands in for eth1":    {vswitch, StatusOK, "all_measured_passes"},
		"eth1 in a subnet of IPv6 alone, and no way out on purpose": {with(noDefault().card("eth1", func(i *probe.Interface) {
			i.Addresses = []netip.Prefix{prefix("fe80::1234/64"), prefix("2600:1f18:1:2::10/128")}
		}), probe.HostRoutes, func(d *probe.RoutingDetail) {
			d.Routes = []probe.RouteEntry{{Destination: prefix("::/0"), Gateway: netip.MustParseAddr("fe80::1"), Interface: "eth1"}, {Destination: prefix("198.19.0.0/16"), Interface: "eth0"}}
		}).drop(at("broker", "login", "address-echo")), StatusOK, "all_measured_passes"},
		"no default route on purpose, and the way out is a proxy":  {noDefault(), StatusOK, "all_measured_passes"},
		"no default route, and routes to the company's network":    {noDefault().shutIn().drop(at("broker", "login")), StatusDegraded, "eth1_no_default_route"},
		"DNS leads nowhere but to the proxy, which does the names": {healthyInside().nameSays(probe.DNSNXDomain, brokerHost), StatusOK, "all_measured_passes"},
		"a closed VPC with endpoints inside":                       {oneBogon(healthyInside().nameSays(probe.DNSNXDomain, brokerHost)).shutIn().drop(at("broker", "login")), StatusOK, "all_measured_passes"},
		"an offline computer, with --force":                        {elsewhere(offline()), StatusInconclusive, "eth1_down"},
		"a proxy script, and DNS that knows the company alone":     {healthyInside().pac().nameSays(probe.DNSNXDomain, brokerHost).shutIn().drop(at("broker", "login")), StatusInconclusive, "names_not_forwarded"},
		"a proxy script, and no way out without it":                {healthyInside().pac().shutIn(), StatusInconclusive, "egress_blocked"},
		"inspection of TLS on the way out":                         {healthyInside().opened(), StatusDegraded, "egress_blocked"},
		"a proxy that wants the user's account":                    {healthyInside().shutIn().throughProxy(probe.Failed, probe.ProxyAuthRequired, 407).schemes("Negotiate", "NTLM"), StatusDegraded, "egress_proxy_fails"},
		"a proxy of this computer's own that answers for all":      {healthyInside().cutOff().throughProxy(probe.OK, "", 200).each(is(probe.ProxyConnect), func(o *probe.Observation) { o.Address = "127.0.0.1" }), StatusInconclusive, "directory_dns_dead"},
		"nothing answers but the subnet's own router":              {onlyTheRouter(), StatusInconclusive, "directory_dns_dead"},
	}
}

// borrowed: the management ranges of the Region are not published.
func borrowed(w *world) *world {
	return with(w, probe.HostManagement, func(d *probe.ManagementDetail) { d.Borrowed = true })
}

// oneBogon: one of the names has a private address here.
func oneBogon(w *world) *world {
	first := true
	return w.each(at("name"), func(o *probe.Observation) {
		if first {
			o.Failure, first = probe.DNSBogon, false
		}
	})
}

// offline is a computer with one card in a management range and nothing else.
func offline() *world {
	return healthyInside().card("eth1", nil).cutOff().drop(is(probe.HostRoute)).drop(is(probe.HostNeighbour))
}

// schemes are how a proxy lets people log in.
func (w *world) schemes(list ...string) *world {
	return with(w, probe.ProxyConnect, func(d *probe.ProxyConnectDetail) { d.AuthSchemes = list })
}

// onlyTheRouter: a security group that lets nothing out looks so.
func onlyTheRouter() *world {
	return healthyInside().cutOff().each(is(probe.HostNeighbour), func(o *probe.Observation) { o.Outcome, o.Failure = probe.OK, "" })
}

func directoryDoubts() map[string]doubt {
	const minutes = 60 * 1000.0
	from := func(source string) func(*world) *world {
		return func(w *world) *world {
			return with(w, probe.HostDirectory, func(d *probe.DirectoryDetail) { d.DomainSource = source })
		}
	}
	noRecords := func() *world {
		return healthyInside().nameServer(dns1, "udp", probe.Failed, probe.DNSNXDomain).nameServer(dns2, "udp", probe.Failed, probe.DNSNXDomain)
	}
	bothDead := func() *world {
		return healthyInside().nameServer(dns1, "", probe.Silent, probe.Timeout).nameServer(dns2, "", probe.Silent, probe.Timeout)
	}
	elsewhereAt := func() *world { return healthyInside().controllersAt("10.90.3.10", "10.91.3.11") }
	// The name servers are a company's own, and no domain controllers; its records
	// came too late, so the ports were asked of them.
	nameServersOnly := healthyInside().controllerPort(probe.Failed, probe.ConnectionRefused, "")
	ownThird := healthyInside()
	ownThird.add("directory-dns/"+eth1IP+":53/udp/"+service, "directory-dns", probe.DNSQuery, service, eth1IP+":53", probe.Failed, probe.ConnectionRefused, probe.DNSDetail{Resolver: eth1IP + ":53", Transport: probe.UDP, Name: service, Type: "SRV"})
	knows := healthyInside().foreign(probe.Failed, probe.DNSNXDomain)
	knows.add("domain-name/system/corp.example.com", "domain-name", probe.DNSQuery, "corp.example.com", "", probe.OK, "", probe.DNSDetail{Resolver: "system", Name: "corp.example.com", Type: "A"})
	oneClock := healthyInside().each(func(o probe.Observation) bool {
		return o.Address == dns1 && (o.Operation == probe.LDAPRoot || o.Operation == probe.NTPTime)
	}, func(o *probe.Observation) {
		away := 7 * minutes
		switch o.Detail.(type) {
		case probe.LDAPDetail:
			o.Detail = probe.LDAPDetail{Transport: probe.TCP, ClockMS: &away}
		case probe.NTPDetail:
			o.Detail = probe.NTPDetail{ClockMS: &away}
		}
	})
	otherNTP := with(healthyInside(), probe.NTPTime, func(d *probe.NTPDetail) { d.ClockMS = ms(7 * minutes) })
	// Which the directory's are may be read by root only; eth0's lease has a
	// resolver too.
	assumed := func(order ...string) *world {
		const other = "198.19.0.2"
		w := with(healthyInside(), probe.HostDirectory, func(d *probe.DirectoryDetail) { d.DNSSource = probe.ResolversInUse })
		for _, name := range []string{"_ldap._tcp.corp.example.com", "_kerberos._tcp.corp.example.com"} {
			w.add("directory-dns/"+other+":53/udp/"+name, "directory-dns", probe.DNSQuery, name, other+":53", probe.Failed, probe.DNSNXDomain, probe.DNSDetail{Resolver: other + ":53", Transport: probe.UDP, Name: name, Type: "SRV"})
		}
		return with(w, probe.HostResolvers, func(d *probe.ResolversDetail) {
			d.Servers = nil
			for _, a := range order {
				d.Servers = append(d.Servers, netip.MustParseAddrPort(a+":53"))
			}
		})
	}
	return map[string]doubt{
		"eth0's resolver stands behind the directory's":                            {assumed(dns1, dns2, "198.19.0.2"), StatusOK, "all_measured_passes"},
		"eth0's resolver stands behind systemd's stub, with the directory's":       {assumed("127.0.0.53", "198.19.0.2", dns1, dns2), StatusOK, "all_measured_passes"},
		"eth0's resolver stands before the directory's":                            {assumed("198.19.0.2", dns1, dns2), StatusDegraded, "directory_dns_one_dead"},
		"three of twenty controllers were asked, and this subnet uses others":      {elsewhereAt().namesControllers(20).controllerPort(probe.Silent, probe.Timeout, ""), StatusInconclusive, "controllers_silent"},
		"the site's controllers were named too late, and others were asked":        {elsewhereAt().namesControllers(20).namesInSite(2, "10.92.3.10", "10.92.3.11").controllerPort(probe.Silent, probe.Timeout, ""), StatusInconclusive, "controllers_silent"},
		"two of the site's five controllers were asked":                            {elsewhereAt().namesControllers(20).namesInSite(5, "10.90.3.10", "10.91.3.11").controllerPort(probe.Silent, probe.Timeout, ""), StatusInconclusive, "controllers_silent"},
		"one of the site's two controllers is out of reach":                        {elsewhereAt().namesControllers(20).namesInSite(2, "10.90.3.10", "10.91.3.11").controllerPort(probe.Silent, probe.Timeout, "10.90.3.10"), StatusDegraded, "controllers_silent"},
		"one of twenty controllers is out of reach":                                {elsewhereAt().namesControllers(20).controllerPort(probe.Silent, probe.Timeout, "10.90.3.10"), StatusOK, "all_measured_passes"},
		"one of twenty controllers is open for LDAP alone":                         {elsewhereAt().namesControllers(20).controllerPort(probe.Silent, probe.Timeout, "10.90.3.10", "dc-kerberos", "dc-smb"), StatusOK, "all_measured_passes"},
		"three of twenty controllers were asked, and are open for LDAP alone":      {elsewhereAt().namesControllers(20).controllerPort(probe.Silent, probe.Timeout, "", "dc-kerberos", "dc-smb"), StatusInconclusive, "controller_ports_shut"},
		"name servers that are no domain controllers":                              {nameServersOnly, StatusOK, "all_measured_passes"},
		"the own address as third name server":                                     {ownThird, StatusOK, "all_measured_passes"},
		"a domain that was guessed from the search list":                           {from("/etc/resolv.conf (search list)")(noRecords()), StatusInconclusive, "inside_records_missing"},
		"a domain that was guessed from the computer's suffix":                     {from(`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Domain`)(noRecords()), StatusInconclusive, "inside_records_missing"},
		"old name servers in the settings of the join, and new ones in use":        {bothDead().foreign(probe.OK, ""), StatusDegraded, "directory_dns_dead"},
		"the first resolver belongs to another interface, and Windows asks others": {knows, StatusOK, "all_measured_passes"},
		"a cache of this computer's own that does not know the domain":             {onlyACache(), StatusInconclusive, "resolver_foreign"},
		"one domain controller's clock is off":                                     {oneClock, StatusDegraded, "directory_clock_wrong"},
		"a time service beside the controllers' own clocks":                        {otherNTP, StatusOK, "all_measured_passes"},
		"controllers that tell no time, and a clock that AWS's contradict":         {healthyInside().drop(at("dc-rootdse", "dc-ntp")).awsClock(7 * minutes), StatusInconclusive, "workspace_clock_wrong"},
	}
}

// onlyACache: the directory's name servers are not known.
func onlyACache() *world {
	w := healthyInside().foreign(probe.Failed, probe.DNSNXDomain).drop(at("directory-dns")).drop(func(o probe.Observation) bool { return strings.HasPrefix(o.Endpoint, "dc-") })
	w.add("domain-name/system/corp.example.com", "domain-name", probe.DNSQuery, "corp.example.com", "", probe.Failed, probe.DNSNXDomain, probe.DNSDetail{Resolver: "system", Name: "corp.example.com", Type: "A"})
	return w
}

func TestNoHonestWorkspaceIsAccused(t *testing.T) {
	for _, set := range []map[string]doubt{hostDoubts(), networkDoubts(), directoryDoubts()} {
		for name, d := range set {
			t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
				r := Judge(d.world.in)
				v := r.Verdict
				if v.Status != d.status || v.Code != d.code {
					t.Errorf("%s %s, want %s %s: %s; findings: %s", v.Status, v.Code, d.status, d.code, v.Summary, codes(r.Findings))
				}
				if v.Status == StatusInconclusive && (v.NextTest == nil || v.Code != "not_measured" && len(v.Suspects) < 2) {
					t.Errorf("inconclusive without a next test or with too few suspects: %+v", v)
				}
				for _, l := range r.Layers {
					if l.Status == LayerFault {
						t.Errorf("the layer %s is faulty", l.ID)
					}
				}
			})
		}
	}
}

// What the doubts spare must still be named where it is bracketed.
func TestDoubtsDoNotHideFaults(t *testing.T) {
	asked := healthyInside().deaf(4172, 4489).state("pcoip", "stopped", "enabled")
	asked.in.Protocol = "pcoip"
	windows := healthyInside().deaf(4172, 4489)
	for name, c := range map[string]struct {
		world *world
		code  string
		layer layer.ID
	}{
		"who asks for PCoIP is told that it is stopped":            {asked, "service_stopped", layer.StreamingHost},
		"nothing listens, where no pool has its interface":         {anywhereElse(healthyInside().deaf(4172, 4489, 8200, 8201, 8220).services("systemd", skylightRuns, dcvRuns)), "not_listening", layer.StreamingHost},
		"nothing listens, and PCoIP is installed":                  {healthyInside().deaf(4172, 4489, 8200, 8201, 8220), "not_listening", layer.StreamingHost},
		"the agent of what may be a pool has failed":               {healthyInside().deaf(4172, 4489, 8200, 8201, 8220).services("systemd", failed(skylightRuns), dcvRuns), "service_stopped", layer.StreamingHost},
		"a PCoIP agent that ended with an error on Windows":        {windows.services("scm", skylightRuns, dcvRuns, stopped(pcoipRuns, "enabled", "error 1067")), "service_stopped", layer.StreamingHost},
		"the metadata service is blocked for root too":             {healthyInside().noMetadata(probe.Failed, probe.LocalPolicyDenied, probe.ConnectDetail{}), "metadata_unreachable", layer.WorkspaceFirewall},
		"the controllers of the own site do not answer":            {healthyInside().namesControllers(20).namesInSite(2, "10.90.3.10", "10.91.3.11").controllersAt("10.90.3.10", "10.91.3.11").controllerPort(probe.Silent, probe.Timeout, ""), "controllers_silent", layer.DirectoryDNS},
		"the controllers of the own site are shut for Kerberos":    {healthyInside().namesControllers(20).namesInSite(2, "10.90.3.10", "10.91.3.11").controllersAt("10.90.3.10", "10.91.3.11").controllerPort(probe.Failed, probe.ConnectionRefused, "", "dc-kerberos"), "controller_ports_shut", layer.DirectoryDNS},
		"the only three controllers there are do not answer":       {healthyInside().namesControllers(2).controllersAt("10.90.3.10", "10.91.3.11").controllerPort(probe.Silent, probe.Timeout, ""), "controllers_silent", layer.DirectoryDNS},
		"eth0 is off, and the metadata service answers over eth1":  {metadataOverEth1(), "eth0_down", layer.ManagementInterface},
		"no address on eth0, in a Region without published ranges": {borrowed(healthyInside().noMetadata(probe.Silent, probe.Timeout, probe.ConnectDetail{}).unmanaged().card("eth0", func(i *probe.Interface) { i.Addresses = nil })), "eth0_wrong_address", layer.ManagementInterface},
		"all of DCV's ports are shut":                              {healthyInside().firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 8201), "inside_firewall_blocks", layer.WorkspaceFirewall},
		"a domain that the join names has no records":              {with(healthyInside(), probe.HostDirectory, func(d *probe.DirectoryDetail) { d.DomainSource = "/etc/sssd/sssd.conf" }).nameServer(dns1, "udp", probe.Failed, probe.DNSNXDomain).nameServer(dns2, "udp", probe.Failed, probe.DNSNXDomain), "inside_records_missing", layer.DirectoryDNS},
		"name servers silent while the internet answers":           {healthyInside().nameServer(dns1, "", probe.Silent, probe.Timeout).nameServer(dns2, "", probe.Silent, probe.Timeout), "directory_dns_dead", layer.DirectoryDNS},
		"a proxy that wants a login of its own, the only way":      {healthyInside().shutIn().throughProxy(probe.Failed, probe.ProxyAuthRequired, 407).schemes("Basic"), "egress_proxy_fails", layer.VPCEgress},
	} {
		if v := Judge(c.world.in).Verdict; v.Status != StatusFault || v.Code != c.code || layerOf(v) != c.layer {
			t.Errorf("%s: %s %s %q: %s", name, v.Status, v.Code, layerOf(v), v.Summary)
		}
	}
}

func failed(s probe.Service) probe.Service {
	s.State = "failed"
	return s
}

// anywhereElse gives eth0 an address in a range that no pool has.
func anywhereElse(w *world) *world {
	return with(w, probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Interfaces = []probe.ManagedInterface{{Name: "eth0", Address: netip.MustParsePrefix("192.168.5.10/20"), Range: netip.MustParsePrefix("192.168.0.0/16")}}
	})
}

// metadataOverEth1: every card of a virtual machine may lead to the metadata
// service.
func metadataOverEth1() *world {
	w := healthyInside().unmanaged().card("eth0", func(i *probe.Interface) { i.Up = false })
	return with(w, probe.HostRoute, func(d *probe.RouteDetail) { d.Interface = "eth1" })
}

// A pool is told from WorkSpaces Personal in words too.
func TestAPoolIsSaidToBeOne(t *testing.T) {
	r := Judge(hostDoubts()["a WorkSpace of a pool"].world.in)
	if !slices.ContainsFunc(r.Gaps, func(s string) bool { return strings.Contains(s, "pool") }) || r.Verdict.Protocols != (Protocols{ProtocolUnknown, ProtocolUnknown}) {
		t.Errorf("protocols %+v, gaps %q", r.Verdict.Protocols, r.Gaps)
	}
}

// The adapter of a VPN that is not connected is not taken for eth1.
func TestAnIdleAdapterIsNotCalledThePrimaryInterface(t *testing.T) {
	w := healthyInside().cutOff().card("eth1", func(i *probe.Interface) { i.Addresses = nil })
	with(w, probe.HostLinks, func(d *probe.LinksDetail) {
		d.Interfaces = slices.Insert(slices.Clone(d.Interfaces), 1, probe.Interface{Name: "Ethernet 4"})
	})
	if v := Judge(w.in).Verdict; v.Code != "eth1_down" || !strings.Contains(v.Summary, "eth1 has no address") {
		t.Errorf("verdict %s: %s", v.Code, v.Summary)
	}
}
