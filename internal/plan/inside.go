package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// InsideInput is what Inside depends on, and all of it.
type InsideInput struct {
	Input
	Management probe.ManagementDetail // where eth0 is; empty where it was not found
	Directory  probe.DirectoryDetail  // the directory this WorkSpace was told to use
	Listeners  probe.ListenersDetail  // who listens on the streaming ports
}

// Addresses inside every WorkSpace's management network (AWS WorkSpaces
// administration guide, port requirements, management interface ports).
const (
	metadataHost = "169.254.169.254"
	kmsPort      = 1688
	poolPort     = 8300 // of the stream, in a pool
)

var kmsHosts = []string{"169.254.169.250", "169.254.169.251"}

const (
	// maxDirectoryDNS of the directory's name servers are asked: a directory has
	// two, an AD Connector may be given a few more.
	maxDirectoryDNS = 4
	// maxSiteServers of them are asked for this computer's site: each knows it.
	maxSiteServers = 2
	// maxLocal ports of this computer are connected to from here: the streaming
	// ports of both protocols have fewer listeners, and one per session.
	maxLocal = 8
	// localTimeout is longer than the silence of a run inside takes to be said
	// (see probe.RTT.Floor), and no more: the kernel answers for itself.
	localTimeout = 1500 * time.Millisecond
	// directoryPatience: the directory's name servers are asked by themselves to tell
	// a slow one from a dead one, and one that needs two and a half seconds is slow.
	directoryPatience = 2800 * time.Millisecond
)

// controllerPorts are what a member of a domain needs of its domain controllers
// (AWS WorkSpaces administration guide, port requirements, primary interface;
// port 464 from AWS Directory Service's own list).
var controllerPorts = []struct {
	endpoint, probe string
	transport       probe.Transport
	port            uint16
}{
	{"dc-dns", "tcp", probe.TCP, 53},
	{"dc-kerberos", "tcp", probe.TCP, 88},
	{"dc-rpc", "tcp", probe.TCP, 135},
	{"dc-ldap", "tcp", probe.TCP, 389},
	{"dc-smb", "tcp", probe.TCP, 445},
	{"dc-kpasswd", "tcp", probe.TCP, 464},
	{"dc-ldaps", "tcp", probe.TCP, 636},
	{"dc-gc", "tcp", probe.TCP, 3268},
	{"dc-rootdse", "ldap", probe.TCP, 389},
	{"dc-cldap", "ldap", probe.UDP, 389},
	{"dc-ntp", "ntp", probe.UDP, 123},
}

// outward are the endpoints that show internet access: two independent hosts and
// the public address.
var outward = []string{"broker", "login", "address-echo"}

// ControllerService is the name under which a domain's controllers are found
// ([MS-ADTS] section 6.3.2.3); steps that ask them have it as their host.
func ControllerService(domain string) string { return "_ldap._tcp.dc._msdcs." + domain }

// Site stands in a name for the site of the directory that this computer is in,
// which a domain controller tells. InSite gives the name of a domain's
// controllers in it ([MS-ADTS] section 6.3.2.3), and InAnySite the way back.
const Site = "{site}"

const inSite = Site + "._sites."

// InSite turns a ControllerService into that of the site.
func InSite(service string) string { return strings.Replace(service, "_tcp.", "_tcp."+inSite, 1) }

// InAnySite turns it back.
func InAnySite(service string) string { return strings.Replace(service, inSite, "", 1) }

// Inside lays out a run inside a WorkSpace.
func Inside(in InsideInput) Plan {
	// The own address is a cache, third among the name servers of Amazon Linux.
	in.Directory.DNS = slices.DeleteFunc(
		slices.Clone(in.Directory.DNS),
		func(a netip.Addr) bool { return slices.Contains(in.Facts.Own, a) },
	)
	b := insideBuilder{builder{in: in.Input, planned: map[string]bool{}, spare: true}, in}
	b.plan = Plan{
		Region:  in.Region.ID,
		Timeout: probe.Millis(in.Options.Timeout),
		Steps:   []Step{},
		Notes:   []words.Text{},
		Read:    words.Say("plan.read"),
	}
	b.note(RegionGap(in.Region))
	b.ownPorts()
	b.poolPort()
	b.management()
	b.directoryDNS()
	b.controllers()
	b.wayOut()
	return b.plan
}

type insideBuilder struct {
	builder
	inside InsideInput
}

// ownPorts connects from this computer to its own streaming ports at eth0's
// address: only its own firewall can be in the way.
func (b *insideBuilder) ownPorts() {
	var asked []uint16
	for _, eth0 := range b.inside.Management.Interfaces {
		for _, l := range b.inside.Listeners.Listeners {
			if l.Transport != probe.TCP || !l.Takes(eth0.Address.Addr()) || slices.Contains(asked, l.Port) ||
				len(asked) == maxLocal {
				continue
			}
			asked = append(asked, l.Port)
			b.add(Step{
				ID:      fmt.Sprintf("own-port/%d/tcp", l.Port),
				Probe:   "tcp",
				Timeout: probe.Millis(localTimeout),
				Target: probe.Target{
					Endpoint:  "own-port",
					Host:      eth0.Address.Addr().String(),
					Port:      l.Port,
					Transport: probe.TCP,
					Spacing:   probe.Millis(attemptSpacing),
				},
				Why: words.Say("plan.why.own-port"),
			})
		}
		break // the first is the management interface
	}
}

// poolPort connects from this computer to its own port on which only the
// WorkSpaces of a pool are reached (AWS WorkSpaces administration guide, ports for
// WorkSpaces Pools), where the management agent of the others does not listen:
// nothing that those have is missed in a pool.
func (b *insideBuilder) poolPort() {
	listens := slices.ContainsFunc(b.inside.Listeners.Listeners, func(l probe.Listener) bool {
		return probe.Eth0Agent.Holds(l.Transport, l.Port)
	})
	if listens || len(b.inside.Management.Interfaces) == 0 {
		return
	}
	b.add(Step{
		ID:      "pool-port/tcp",
		Probe:   "tcp",
		Timeout: probe.Millis(localTimeout),
		Target: probe.Target{
			Endpoint:  "pool-port",
			Host:      b.inside.Management.Interfaces[0].Address.Addr().String(),
			Port:      poolPort,
			Transport: probe.TCP,
			Spacing:   probe.Millis(attemptSpacing),
		},
		Why: words.Say("plan.why.pool-port"),
	})
}

// management asks what every WorkSpace must reach over eth0.
func (b *insideBuilder) management() {
	b.add(Step{
		ID:      "metadata/https/direct",
		Probe:   "https",
		Timeout: probe.Millis(portTimeout),
		Target: probe.Target{
			Endpoint:  "metadata",
			Host:      metadataHost,
			Port:      80,
			Transport: probe.TCP,
			Scheme:    "http",
			Path:      "/",
			Expect:    string(catalog.ExpectAnyHTTP),
			Spacing:   probe.Millis(attemptSpacing),
		},
		Why: words.Say("plan.why.metadata"),
	})
	b.add(Step{
		ID:      "metadata/tcp",
		Probe:   "tcp",
		Timeout: probe.Millis(portTimeout),
		Target: probe.Target{
			Endpoint:  "metadata",
			Host:      metadataHost,
			Port:      80,
			Transport: probe.TCP,
			Spacing:   probe.Millis(attemptSpacing),
		},
		Why: words.Say("plan.why.metadata-leaves"),
	})
	if b.inside.OS != "windows" {
		return
	}
	for _, host := range kmsHosts {
		b.add(Step{
			ID:      "kms/" + host + "/tcp",
			Probe:   "tcp",
			Timeout: probe.Millis(portTimeout),
			Target: probe.Target{
				Endpoint:  "kms",
				Host:      host,
				Port:      kmsPort,
				Transport: probe.TCP,
				Spacing:   probe.Millis(attemptSpacing),
			},
			Why: words.Say("plan.why.kms"),
		})
	}
}

// question is one that is put to a name server of the directory.
type question struct {
	name      string
	kinds     []string // SRV with A or AAAA: the addresses of the hosts that offer the service too
	transport probe.Transport
}

var srv = []string{"SRV"}

// directoryDNS asks each of the directory's name servers by itself, over UDP and
// TCP, and each resolver in use that is not one of them.
func (b *insideBuilder) directoryDNS() {
	d := b.inside.Directory
	if d.Domain == "" {
		b.note(words.Say("plan.note.no-domain"))
	}
	ask := func(endpoint string, server netip.AddrPort, list []question, why words.Text) {
		for _, q := range list {
			b.add(Step{
				ID: endpoint + "/" + server.String() + "/" + string(
					q.transport,
				) + "/" + q.name,
				Probe:   "dns",
				Timeout: probe.Millis(nameTimeout),
				Target: probe.Target{
					Endpoint:  endpoint,
					Host:      q.name,
					Types:     q.kinds,
					Resolver:  server.String(),
					Transport: q.transport,
					Patience:  probe.Millis(directoryPatience),
				},
				Why: why,
			})
		}
	}
	for i, a := range d.DNS {
		if i == maxDirectoryDNS {
			b.note(words.Say("plan.note.name-servers", words.Args{"all": len(d.DNS), "asked": maxDirectoryDNS}))
			break
		}
		ask("directory-dns", netip.AddrPortFrom(a, 53), b.questions(), words.Say("plan.why.directory-dns"))
	}
	if d.Domain == "" {
		return
	}
	others := false
	for i, server := range b.in.Facts.Resolvers.Servers {
		if i == maxResolvers {
			break
		}
		if !slices.Contains(d.DNS, server.Addr()) {
			others = true
			ask(
				"resolver",
				server,
				[]question{{"_ldap._tcp." + d.Domain, srv, probe.UDP}},
				words.Say("plan.why.resolver"),
			)
		}
	}
	if others {
		b.add(Step{
			ID: "domain-name/system/" + d.Domain, Probe: "dns", Timeout: probe.Millis(nameTimeout),
			Target: probe.Target{Endpoint: "domain-name", Host: d.Domain, Types: []string{"A"}, Resolver: "system"},
			Why:    words.Say("plan.why.domain-name"),
		})
	}
}

// questions for a name server: the domain's service records, or, of a domain
// that is not known, any name at all.
func (b *insideBuilder) questions() []question {
	domain := b.inside.Directory.Domain
	if domain == "" {
		name := "amazonaws.com"
		if e, known := b.in.Region.Endpoint("broker"); known {
			name = e.Host
		}
		return []question{{name, []string{"A"}, probe.UDP}, {name, []string{"A"}, probe.TCP}}
	}
	return []question{
		{ControllerService(domain), b.hosts(), probe.UDP},
		{"_ldap._tcp." + domain, srv, probe.UDP},
		{"_kerberos._tcp." + domain, srv, probe.UDP},
		{domain, []string{"A"}, probe.TCP},
	}
}

// hosts are the types to ask for the hosts of a service: with the addresses that
// this computer can send to.
func (b *insideBuilder) hosts() []string {
	if b.in.Facts.HasIPv6 && !b.in.Facts.HasIPv4 {
		return []string{"SRV", "AAAA"}
	}
	return []string{"SRV", "A"}
}

// controllers asks every port of the domain controllers that the service records
// name. Where no name server answers, the directory's DNS addresses stand in for
// them: in the directories that AWS makes they are the domain controllers.
func (b *insideBuilder) controllers() {
	d := b.inside.Directory
	if d.Domain == "" {
		return
	}
	service := ControllerService(d.Domain)
	var after []string
	for _, s := range b.plan.Steps {
		if s.Target.Endpoint == "directory-dns" && s.Target.Host == service {
			after = append(after, s.ID)
		}
	}
	better := b.site(service, after)
	for _, p := range controllerPorts {
		b.add(Step{
			ID:      p.endpoint + "/" + p.probe,
			Probe:   p.probe,
			After:   after,
			Better:  better,
			Timeout: probe.Millis(portTimeout),
			Why:     words.Say("plan.why." + p.endpoint),
			Target: probe.Target{
				Endpoint: p.endpoint, Host: service, Port: p.port, Transport: p.transport, Domain: d.Domain,
				Addresses: d.DNS, Spacing: probe.Millis(attemptSpacing),
			},
		})
	}
}

// site asks in which site of the directory this computer is, and for the domain
// controllers there: in a directory of many sites these are the ones it is meant
// to use. A directory's name servers are domain controllers, as a rule.
func (b *insideBuilder) site(service string, after []string) (ids []string) {
	var told []string
	servers := b.inside.Directory.DNS[:min(len(b.inside.Directory.DNS), maxSiteServers)]
	for _, a := range servers {
		told = append(told, "site/"+a.String())
		b.add(Step{
			ID:      "site/" + a.String(),
			Probe:   "ldap",
			Timeout: probe.Millis(portTimeout),
			Target: probe.Target{
				Endpoint:  "site",
				Host:      a.String(),
				Port:      389,
				Transport: probe.UDP,
				Domain:    b.inside.Directory.Domain,
				Spacing:   probe.Millis(attemptSpacing),
			},
			Why: words.Say("plan.why.site"),
		})
	}
	for _, a := range servers {
		id := "site-dns/" + a.String()
		ids = append(ids, id)
		b.add(Step{
			ID:      id,
			Probe:   "dns",
			After:   after,
			InSite:  told,
			Timeout: probe.Millis(nameTimeout),
			Target: probe.Target{
				Endpoint:  "site-dns",
				Host:      InSite(service),
				Types:     b.hosts(),
				Resolver:  netip.AddrPortFrom(a, 53).String(),
				Transport: probe.UDP,
			},
			Why: words.Say("plan.why.site-dns"),
		})
	}
	return ids
}

// wayOut asks the Region's own services over eth1 and the internet access of the VPC.
func (b *insideBuilder) wayOut() {
	if b.in.Options.NoEgress {
		b.note(words.Say("plan.note.no-internet"))
		return
	}
	for _, id := range outward {
		if e, known := b.in.Region.Endpoint(id); known && e.Probe {
			b.endpoint(e.ForDirectory(b.in.Options.DirectoryID))
		}
	}
}
