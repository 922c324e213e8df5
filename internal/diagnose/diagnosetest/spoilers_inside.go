package diagnosetest

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/probe"
)

// Services replaces what the service manager said.
func (w *World) Services(manager string, list ...probe.Service) *World {
	return With(w, probe.HostServices, func(d *probe.ServicesDetail) { d.Manager, d.Services = manager, list })
}

// Listening adds listeners.
func (w *World) Listening(list ...probe.Listener) *World {
	return With(w, probe.HostListeners, func(d *probe.ListenersDetail) { d.Listeners = append(slices.Clone(d.Listeners), list...) })
}

// ConnectedFrom adds a connection from outside to a port of eth0.
func (w *World) ConnectedFrom(remote string, port uint16) *World {
	return With(w, probe.HostListeners, func(d *probe.ListenersDetail) {
		d.Connections = append(slices.Clone(d.Connections), probe.Connection{Local: netip.AddrPortFrom(netip.MustParseAddr(Eth0IP), port), Remote: netip.MustParseAddrPort(remote)})
	})
}

// RulesNotRead: an ordinary user may not read the firewall's rules.
func (w *World) RulesNotRead() *World {
	w.Drop(Is(probe.HostFirewall))
	w.Add("host", "workspace-firewall", probe.HostFirewall, "", "", probe.Skipped, probe.PermissionDenied, probe.FirewallDetail{Repeat: "sudo wsdoctor inside"})
	return w
}

// NamesControllers lets the directory's DNS name so many domain controllers.
func (w *World) NamesControllers(n int) *World {
	return w.Each(At("directory-dns"), func(o *probe.Observation) {
		if d := o.Detail.(probe.DNSDetail); d.Type == "SRV" && facts.IsOK(*o) {
			d.Services = slices.Repeat([]string{"dc.corp.example.com:389"}, n)
			o.Detail = d
		}
	})
}

// NamesInSite lets the directory's DNS name so many controllers in this computer's
// site, with addresses.
func (w *World) NamesInSite(n int, addresses ...string) *World {
	const name = "_ldap._tcp.Berlin._sites.dc._msdcs.corp.example.com"
	w.Add("site-dns/"+DNS1, "site-dns", probe.DNSQuery, name, DNS1+":53", probe.OK, "", probe.DNSDetail{Resolver: DNS1 + ":53", Name: name, Type: "SRV", Services: slices.Repeat([]string{"dc.corp.example.com:389"}, n)})
	for _, a := range addresses {
		w.Add("site-dns/"+DNS1, "site-dns", probe.DNSQuery, "dc.corp.example.com", DNS1+":53", probe.OK, "", probe.DNSDetail{Resolver: DNS1 + ":53", Name: "dc.corp.example.com", Type: "A", Service: name, Addresses: []netip.Addr{netip.MustParseAddr(a)}})
	}
	return w
}

// Pac sets a proxy script, which is not run.
func (w *World) Pac() *World {
	return With(w, probe.HostProxy, func(d *probe.ProxyDetail) { d.PAC = "http://wpad.corp.example.com/wpad.dat" })
}

// Opened lets every host of AWS show a certificate of somebody else's.
func (w *World) Opened() *World {
	w.Drop(func(o probe.Observation) bool {
		return o.Operation == probe.HTTPGet && (o.Endpoint == "broker" || o.Endpoint == "login") || o.Endpoint == "address-echo"
	})
	return w.Each(Is(probe.TLSHandshake), func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Failed, probe.TLSUnknownAuthority, probe.TLSDetail{Root: probe.RootOther, Issuer: "Example Corp Inspection CA"}
	})
}

// OwnPort adds a connection to an own port that failed.
func (w *World) OwnPort(port uint16, failure probe.Failure) *World {
	w.Add("own-port/x/tcp", "own-port", probe.TCPConnect, Target(Eth0IP, port, "tcp"), Eth0IP, probe.Failed, failure, probe.ConnectDetail{})
	return w
}

// Schemes are how a proxy lets people log in.
func (w *World) Schemes(list ...string) *World {
	return With(w, probe.ProxyConnect, func(d *probe.ProxyConnectDetail) { d.AuthSchemes = list })
}

// Readdressed gives eth0 an address in no management range of the Region's.
func (w *World) Readdressed(address string) *World {
	return w.Unmanaged().Card("eth0", func(i *probe.Interface) { i.Addresses = []netip.Prefix{netip.MustParsePrefix(address)} })
}

// NoWayOut: the system knows no way to the internet.
func (w *World) NoWayOut() *World {
	return w.Drop(func(o probe.Observation) bool {
		return o.Operation == probe.HostRoute && o.Address != "169.254.169.254"
	})
}

// OnWindows: the firewall and the service manager are Windows'.
func (w *World) OnWindows() *World {
	With(w, probe.HostServices, func(d *probe.ServicesDetail) { d.Manager = "scm" })
	return With(w, probe.HostFirewall, func(d *probe.FirewallDetail) { d.Engine = "windows" })
}

// ControllersElsewhere: the name servers are no domain controllers, and nothing else
// was asked of them.
func (w *World) ControllersElsewhere() *World { return w.ControllersAt("10.90.3.10", "10.91.3.11") }
