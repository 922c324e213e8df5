package diagnosetest

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/probe"
)

// Addresses of the WorkSpace that HealthyInside plays.
const (
	Eth0IP  = "198.19.5.10"
	Eth1IP  = "10.60.1.20"
	DNS1    = "10.60.1.10"
	DNS2    = "10.60.2.10"
	Service = "_ldap._tcp.dc._msdcs.corp.example.com"
)

// HealthyInside is a run inside a healthy WorkSpace with PCoIP and DCV, made with
// privileges, that a case then spoils.
func HealthyInside() *World {
	w := &World{In: facts.Input{Vantage: "workspace", Protocol: "both", Region: "us-east-1"}}
	prefix := netip.MustParsePrefix
	w.Add("host", "", probe.HostLinks, "", "", probe.OK, "", probe.LinksDetail{Interfaces: []probe.Interface{
		{Name: "lo", Index: 1, Up: true, Carrier: true, Loopback: true, MTU: 65536, Addresses: []netip.Prefix{prefix("127.0.0.1/8")}},
		{Name: "eth0", Index: 2, Up: true, Carrier: true, MTU: 1500, Addresses: []netip.Prefix{prefix(Eth0IP + "/20")}},
		{Name: "eth1", Index: 3, Up: true, Carrier: true, MTU: 9001, Addresses: []netip.Prefix{prefix(Eth1IP + "/24")}},
	}})
	w.Add("host", "", probe.HostRoute, "3.209.215.252", "3.209.215.252", probe.OK, "", probe.RouteDetail{Family: "ip4", Destination: netip.MustParseAddr("3.209.215.252"), Interface: "eth1"})
	w.Add("host", "", probe.HostRoute, "169.254.169.254", "169.254.169.254", probe.OK, "", probe.RouteDetail{Family: "ip4", Destination: netip.MustParseAddr("169.254.169.254"), Interface: "eth0", Endpoint: "metadata"})
	w.Add("host", "", probe.HostResolvers, "", "", probe.OK, "", probe.ResolversDetail{Servers: []netip.AddrPort{netip.MustParseAddrPort(DNS1 + ":53"), netip.MustParseAddrPort(DNS2 + ":53")}})
	w.Add("host", "", probe.HostProxy, "", "", probe.OK, "", probe.ProxyDetail{})
	w.Add("host", "", probe.HostWorkspace, "", "", probe.OK, "", probe.WorkspaceDetail{Inside: true})
	w.Add("host", "", probe.HostRoutes, "", "", probe.OK, "", probe.RoutingDetail{Routes: []probe.RouteEntry{
		{Destination: prefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("10.60.1.1"), Interface: "eth1"},
		{Destination: prefix("198.19.0.0/16"), Interface: "eth0"},
	}})
	w.Add("host", "", probe.HostManagement, "", "", probe.OK, "", probe.ManagementDetail{
		Ranges: []netip.Prefix{prefix("198.19.0.0/16")}, Interfaces: []probe.ManagedInterface{{Name: "eth0", Address: prefix(Eth0IP + "/20"), Range: prefix("198.19.0.0/16")}},
	})
	w.Add("host", "", probe.HostDirectory, "", "", probe.OK, "", probe.DirectoryDetail{Domain: "corp.example.com", DNS: []netip.Addr{netip.MustParseAddr(DNS1), netip.MustParseAddr(DNS2)}})
	services := probe.ServicesDetail{Manager: "systemd"}
	for role, name := range map[probe.ServiceRole]string{
		probe.SkyLight:    "skylight-agent.service",
		probe.ServesPCoIP: "pcoip-agent.service",
		probe.ServesDCV:   "dcvserver.service",
	} {
		services.Services = append(services.Services, probe.Service{Role: role, Name: name, Installed: true, State: "running", Enabled: "enabled"})
	}
	slices.SortFunc(services.Services, func(a, b probe.Service) int { return cmp.Compare(b.Role, a.Role) })
	w.Add("host", "", probe.HostServices, "", "", probe.OK, "", services)
	any := netip.IPv4Unspecified()
	w.Add("host", "", probe.HostListeners, "", "", probe.OK, "", probe.ListenersDetail{Listeners: []probe.Listener{
		{Transport: probe.TCP, Address: any, Port: 4172}, {Transport: probe.UDP, Address: any, Port: 4172}, {Transport: probe.TCP, Address: any, Port: 4489},
		{Transport: probe.TCP, Address: any, Port: 8200}, {Transport: probe.TCP, Address: any, Port: 8201}, {Transport: probe.UDP, Address: any, Port: 8220},
	}})
	for _, p := range portsOfEth0 {
		w.Add("host", "workspace-firewall", probe.HostFirewall, Target(Eth0IP, p.first, string(p.transport)), Eth0IP, probe.OK, "", probe.FirewallDetail{
			Engine: "nftables", Interface: "eth0", Transport: p.transport, First: p.first, Last: p.last, Verdict: probe.FirewallAccept,
		})
	}
	for _, port := range []uint16{4172, 8200, 8201} {
		w.Add("own-port/"+strconv.Itoa(int(port))+"/tcp", "own-port", probe.TCPConnect, Target(Eth0IP, port, "tcp"), Eth0IP, probe.OK, "", Connected(0.1))
	}
	w.Add("metadata/https/direct", "metadata", probe.TCPConnect, "169.254.169.254:80/tcp", "169.254.169.254", probe.OK, "", Connected(0.3))
	w.Add("metadata/https/direct", "metadata", probe.HTTPGet, "169.254.169.254:80/tcp", "169.254.169.254", probe.OK, "", probe.HTTPDetail{Status: 200, ClockMS: MS(100)})
	for _, server := range []string{DNS1, DNS2} {
		for _, name := range []string{Service, "_ldap._tcp.corp.example.com", "_kerberos._tcp.corp.example.com"} {
			w.Add("directory-dns/"+server+":53/udp/"+name, "directory-dns", probe.DNSQuery, name, server+":53", probe.OK, "", probe.DNSDetail{Resolver: server + ":53", Transport: probe.UDP, Name: name, Type: "SRV", RCode: "NOERROR", Services: []string{"dc1.corp.example.com:389"}})
		}
		w.Add("directory-dns/"+server+":53/tcp/corp.example.com", "directory-dns", probe.DNSQuery, "corp.example.com", server+":53", probe.OK, "", probe.DNSDetail{Resolver: server + ":53", Transport: probe.TCP, Name: "corp.example.com", Type: "A", RCode: "NOERROR"})
		for endpoint, port := range dcTestPorts {
			w.Add(endpoint+"/tcp", endpoint, probe.TCPConnect, Target(Service, port, "tcp"), server, probe.OK, "", Connected(1))
		}
		w.Add("dc-rootdse/ldap", "dc-rootdse", probe.LDAPRoot, Target(Service, 389, "tcp"), server, probe.OK, "", probe.LDAPDetail{Transport: probe.TCP, ClockMS: MS(200)})
		w.Add("dc-ntp/ntp", "dc-ntp", probe.NTPTime, Target(Service, 123, "udp"), server, probe.OK, "", probe.NTPDetail{ClockMS: MS(3)})
	}
	w.Name(BrokerHost, "52.94.0.10")
	w.web("broker", "52.94.0.10", false)
	w.web("login", "52.94.0.11", false)
	w.Add("address-echo/https/direct/1", "address-echo", probe.HTTPGet, "checkip.amazonaws.com:80/tcp", "3.4.5.7", probe.OK, "", probe.HTTPDetail{Status: 200, Healthy: true, Egress: netip.MustParseAddr(Egress), ClockMS: MS(120)})
	w.Add("host", "", probe.HostNeighbour, "10.60.1.1", "", probe.OK, "", probe.NeighbourDetail{Gateway: netip.MustParseAddr("10.60.1.1"), Interface: "eth1", State: "reachable"})
	return w
}

var dcTestPorts = map[string]uint16{"dc-dns": 53, "dc-kerberos": 88, "dc-rpc": 135, "dc-ldap": 389, "dc-smb": 445, "dc-kpasswd": 464, "dc-ldaps": 636, "dc-gc": 3268}

// With changes the details of one operation.
func With[D probe.Detail](w *World, op probe.Operation, change func(*D)) *World {
	return w.Each(Is(op), func(o *probe.Observation) {
		d := o.Detail.(D)
		change(&d)
		o.Detail = d
	})
}

// Card changes an interface, or takes it away where change is nil.
func (w *World) Card(name string, change func(*probe.Interface)) *World {
	return With(w, probe.HostLinks, func(d *probe.LinksDetail) {
		d.Interfaces = slices.Clone(d.Interfaces)
		i := slices.IndexFunc(d.Interfaces, func(i probe.Interface) bool { return i.Name == name })
		if change == nil {
			d.Interfaces = slices.Delete(d.Interfaces, i, i+1)
			return
		}
		change(&d.Interfaces[i])
	})
}

// Unmanaged: no interface lies in a management range.
func (w *World) Unmanaged() *World {
	return With(w, probe.HostManagement, func(d *probe.ManagementDetail) { d.Interfaces = nil }).
		Each(Is(probe.HostManagement), func(o *probe.Observation) { o.Outcome, o.Failure = probe.Failed, probe.NoInterface }).
		Drop(At("own-port", "workspace-firewall"))
}

// NoMetadata lets the metadata service end with a failure.
func (w *World) NoMetadata(outcome probe.Outcome, failure probe.Failure, d probe.ConnectDetail) *World {
	w.Drop(func(o probe.Observation) bool { return o.Endpoint == "metadata" && o.Operation == probe.HTTPGet })
	return w.Each(func(o probe.Observation) bool { return o.Endpoint == "metadata" }, func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = outcome, failure, d
	})
}

// Firewall lets the rules deny ports.
func (w *World) Firewall(outcome probe.Outcome, failure probe.Failure, verdict probe.FirewallVerdict, ports ...uint16) *World {
	return w.Each(Is(probe.HostFirewall), func(o *probe.Observation) {
		d := o.Detail.(probe.FirewallDetail)
		if slices.Contains(ports, d.First) {
			d.Verdict, d.Rule = verdict, "inet filter input: tcp dport 4172 drop"
			o.Outcome, o.Failure, o.Detail = outcome, failure, d
		}
	})
}

// SentOn lets the firewall send the packets for a TCP port to another one, where these
// programs listen.
func (w *World) SentOn(port, to uint16, programs ...string) *World {
	return w.Each(Is(probe.HostFirewall), func(o *probe.Observation) {
		d := o.Detail.(probe.FirewallDetail)
		if d.First > port || port > d.Last || d.Transport != probe.TCP {
			return
		}
		d.Verdict, d.Given, d.Rule, d.Unknown = probe.FirewallUnknown, probe.FirewallAccept, "", []string{"packets are sent on"}
		d.Redirected = &probe.Redirected{Address: d.Address, Port: to, Looked: true}
		for i, name := range programs {
			d.Redirected.Listeners = append(d.Redirected.Listeners, probe.Listener{Transport: probe.TCP, Address: netip.IPv4Unspecified(), Port: to, PID: 700 + i, Process: name})
		}
		o.Outcome, o.Failure, o.Detail = probe.Skipped, probe.Unsupported, d
	})
}

// State changes a service.
func (w *World) State(role probe.ServiceRole, state, enabled string) *World {
	return With(w, probe.HostServices, func(d *probe.ServicesDetail) {
		d.Services = slices.Clone(d.Services)
		for i := range d.Services {
			if d.Services[i].Role == role {
				d.Services[i].State, d.Services[i].Enabled = state, enabled
			}
		}
	})
}

// Deaf takes the listeners of ports away.
func (w *World) Deaf(ports ...uint16) *World {
	w.Drop(func(o probe.Observation) bool { return o.Endpoint == "own-port" && slices.Contains(ports, o.Port()) })
	return With(w, probe.HostListeners, func(d *probe.ListenersDetail) {
		d.Listeners = slices.DeleteFunc(slices.Clone(d.Listeners), func(l probe.Listener) bool { return slices.Contains(ports, l.Port) })
	})
}

// ListenAt moves the listeners of a port to one address.
func (w *World) ListenAt(port uint16, address string) *World {
	return With(w, probe.HostListeners, func(d *probe.ListenersDetail) {
		d.Listeners = slices.Clone(d.Listeners)
		for i := range d.Listeners {
			if d.Listeners[i].Port == port {
				d.Listeners[i].Address = netip.MustParseAddr(address)
			}
		}
	})
}

// NameServer lets the questions to one of the directory's name servers over a
// transport end otherwise.
func (w *World) NameServer(server, transport string, outcome probe.Outcome, failure probe.Failure) *World {
	return w.Each(func(o probe.Observation) bool {
		return o.Endpoint == "directory-dns" && strings.HasPrefix(o.Step, "directory-dns/"+server+":53/"+transport)
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.DNSDetail)
		d.Services, d.Addresses, d.RCode = nil, nil, ""
		o.Outcome, o.Failure, o.Detail = outcome, failure, d
	})
}

// Left: the kernel saw the silent connects of endpoints leave.
func (w *World) Left(endpoints ...string) *World {
	return w.Each(At(endpoints...), func(o *probe.Observation) {
		if d, connect := o.Detail.(probe.ConnectDetail); connect && o.Outcome == probe.Silent {
			d.HostDropped = new(bool)
			o.Detail = d
		}
	})
}

// HeldBy names the program that listens on a port.
func (w *World) HeldBy(port uint16, program string) *World {
	return With(w, probe.HostListeners, func(d *probe.ListenersDetail) {
		d.Listeners = slices.Clone(d.Listeners)
		for i := range d.Listeners {
			if d.Listeners[i].Port == port {
				d.Listeners[i].Process, d.Listeners[i].PID = program, 4711
			}
		}
	})
}

// AnswersBy lets the system name an interface for what the services answer; without
// one it refuses.
func (w *World) AnswersBy(name string, ports ...uint16) *World {
	return With(w, probe.HostManagement, func(d *probe.ManagementDetail) {
		d.Answers = nil
		for _, p := range portsOfEth0 {
			a := probe.Answer{To: netip.MustParseAddr("198.19.0.1"), Transport: p.transport, Port: p.first, Through: "eth0"}
			if len(ports) == 0 || slices.Contains(ports, p.first) {
				if a.Through = name; name == "" {
					a.Failure = probe.LocalPolicyDenied
				}
			}
			d.Answers = append(d.Answers, a)
		}
	})
}

// ControllerPort shuts ports of domain controllers.
func (w *World) ControllerPort(outcome probe.Outcome, failure probe.Failure, server string, endpoints ...string) *World {
	return w.Each(func(o probe.Observation) bool {
		fits := len(endpoints) == 0 && strings.HasPrefix(o.Endpoint, "dc-") || slices.Contains(endpoints, o.Endpoint)
		return fits && (server == "" || o.Address == server)
	}, func(o *probe.Observation) {
		o.Outcome, o.Failure = outcome, failure
		switch o.Detail.(type) {
		case probe.ConnectDetail:
			o.Detail = probe.ConnectDetail{Attempts: Attempts(3, probe.Silent), HostDropped: new(bool)} // the kernel saw them leave
		case probe.LDAPDetail:
			o.Detail = probe.LDAPDetail{Transport: probe.TCP}
		case probe.NTPDetail:
			o.Detail = probe.NTPDetail{}
		}
	})
}

// DirectoryClock sets how far the domain controllers' clocks are away, in
// milliseconds of this computer's clock minus theirs.
func (w *World) DirectoryClock(away float64) *World {
	With(w, probe.LDAPRoot, func(d *probe.LDAPDetail) { d.ClockMS = &away })
	return With(w, probe.NTPTime, func(d *probe.NTPDetail) { d.ClockMS = &away })
}

// AwsClock does the same for AWS's.
func (w *World) AwsClock(away float64) *World {
	return With(w, probe.HTTPGet, func(d *probe.HTTPDetail) { d.ClockMS = &away })
}

// ShutIn lets nothing beyond the VPC answer.
func (w *World) ShutIn() *World {
	w.Drop(func(o probe.Observation) bool { return o.Endpoint == "address-echo" })
	return w.EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: Attempts(3, probe.Silent), HostDropped: new(bool)}, "broker", "login") // the kernel saw them leave
}

// CutOff lets nothing beyond eth1 answer.
func (w *World) CutOff() *World {
	for _, server := range []string{DNS1, DNS2} {
		w.NameServer(server, "", probe.Silent, probe.Timeout)
	}
	w.ControllerPort(probe.Silent, probe.Timeout, "")
	w.Drop(func(o probe.Observation) bool { return o.Endpoint == "name" })
	return w.ShutIn().Each(Is(probe.HostNeighbour), func(o *probe.Observation) { o.Outcome, o.Failure = probe.Skipped, probe.Unsupported })
}

// portsOfEth0 are those that the gateway needs on the management interface.
var portsOfEth0 = []struct {
	transport   probe.Transport
	first, last uint16
}{
	{probe.TCP, 4172, 4172}, {probe.UDP, 4172, 4172}, {probe.TCP, 4489, 4489},
	{probe.TCP, 8200, 8200}, {probe.TCP, 8201, 8250}, {probe.UDP, 8220, 8220},
}
