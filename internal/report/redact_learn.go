package report

import (
	"net/netip"
	"net/url"
	"os"
	"os/user"
	"strings"

	"wsdoctor/probe"
)

// Names are what the machine a report is about, and its user, are called.
type Names struct {
	Hosts []string // host names, short or with domain
	Users []string // login and full names
}

// LocalNames asks this system. What it does not tell is left out.
func LocalNames() Names {
	var n Names
	if host, err := os.Hostname(); err == nil {
		n.Hosts = append(n.Hosts, host)
	}
	if u, err := user.Current(); err == nil {
		n.Users = append(n.Users, strings.FieldsFunc(u.Username, func(r rune) bool { return r == '\\' || r == '@' })...)
		n.Users = append(n.Users, u.Name)
	}
	return n
}

// observation learns secrets, and which addresses are AWS's, from typed fields.
func (x *Redactor) observation(o probe.Observation) {
	if isAWS(o.Host()) {
		x.addresses.aws(o.Addr())
	}
	switch d := o.Detail.(type) {
	case probe.LinksDetail:
		for _, i := range d.Interfaces {
			for _, p := range i.Addresses {
				x.addresses.own(p.Addr())
			}
		}
	case probe.RouteDetail:
		x.addresses.own(d.Source)
		if d.Endpoint != "" {
			x.addresses.aws(d.Destination)
		}
	case probe.ResolversDetail:
		for _, domain := range d.Search {
			x.names.add(kindDomain, domain)
		}
	case probe.ProxyDetail:
		for _, setting := range []string{d.HTTPS, d.HTTP, d.PAC, d.Metadata} {
			x.names.add(kindProxy, hostOf(setting))
		}
		for _, answer := range d.Script {
			x.names.add(kindProxy, hostOf(answer.Proxy))
		}
		for _, entry := range strings.Split(d.NoProxy, ",") {
			x.names.add(kindDomain, strings.Trim(entry, " .*"))
		}
	case probe.DNSDetail:
		if isAWS(d.Name) {
			for _, a := range d.Addresses {
				x.addresses.aws(a)
			}
		}
		for _, service := range d.Services { // domain controllers, by what they offer
			x.names.host(hostOf(service))
		}
		if d.Service != "" {
			x.names.host(d.Name)
		}
	case probe.SoftwareDetail:
		for _, p := range d.Products {
			x.addresses.aws(addressOf(p.Version)) // "4.3.0.190" is nobody's address, and stays in prose too
		}
	case probe.NamePolicyDetail:
		for _, r := range d.Holds {
			x.names.add(kindDomain, strings.Trim(r.Namespace, "."))
			for _, server := range r.Servers {
				x.names.host(hostOf(server))
			}
		}
	case probe.ManagementDetail:
		for _, r := range d.Ranges {
			x.addresses.stays(r)
		}
		for _, i := range d.Interfaces {
			x.addresses.stays(i.Range)
			x.addresses.own(i.Address.Addr())
		}
	case probe.DirectoryDetail:
		for _, domain := range append([]string{d.Domain}, d.Also...) {
			x.names.directory(domain)
		}
	case probe.LDAPDetail:
		x.names.directory(d.Domain)
		x.names.directory(dotted(d.Context))
		x.names.host(d.Host)
		x.names.add(kindSite, d.Site)
		x.names.add(kindSite, d.ClientSite)
		x.offender(d.ICMP)
	case probe.NTPDetail:
		x.offender(d.ICMP)
	case probe.ConnectDetail:
		x.addresses.own(addressOf(d.Local))
		x.offender(d.ICMP)
	case probe.TLSDetail:
		x.names.add(kindProxy, hostOf(d.Via))
	case probe.HTTPDetail:
		x.names.add(kindProxy, hostOf(d.Via))
		x.addresses.own(d.Egress)
	case probe.ProxyConnectDetail:
		x.names.add(kindProxy, hostOf(d.Proxy))
	case probe.ExchangeDetail:
		x.addresses.own(addressOf(d.Local))
		x.addresses.own(d.Mapped.Addr())
		x.offender(d.ICMP)
	}
}

func (x *Redactor) offender(e *probe.ICMPError) {
	if e != nil && e.OwnHost {
		x.addresses.own(e.Offender)
	}
}

// hostOf gives the host of a URL or of host:port, empty if it is an address.
func hostOf(s string) string {
	host, _, _ := probe.ParseTarget(s)
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		host = u.Hostname()
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	return host
}

// addressOf reads an address with or without a port.
func addressOf(s string) netip.Addr { return probe.Observation{Address: s}.Addr() }

// awsSuffixes are the domains whose names and addresses stay in a redacted
// report: AWS's own, from the port page of the WorkSpaces administration guide.
var awsSuffixes = []string{
	"amazonaws.com", "amazonaws.com.cn", "api.aws", "amazonworkspaces.com", "awsapps.com", "cloudfront.net",
	"a2z.com", "signin.aws", "amazon.com", "awsstatic.com", "workspaces.aws",
}

// isAWS says whether a DNS name is AWS's.
func isAWS(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, suffix := range awsSuffixes {
		if name == suffix || strings.HasSuffix(name, "."+suffix) {
			return true
		}
	}
	return false
}
