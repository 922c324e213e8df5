package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// eth1Faults are what makes everything behind eth1 silent.
var eth1Faults = []string{"eth1_down", "eth1_no_default_route", "eth1_gateway_dead", "eth0_default_route"}

// nameServer is one of the directory's name servers and what became of it.
type nameServer struct {
	address  string
	udp, tcp []probe.Observation
	udpOK    bool // it answered, whatever it said
	refused  bool // its own computer said that nothing listens
}

func (e Evidence) nameServers() []nameServer {
	var list []nameServer
	for _, o := range e.At("directory-dns", probe.DNSQuery) {
		d := detail[probe.DNSDetail](o)
		if !sent(o) || d.Service != "" { // the addresses of a service's hosts come from the same question
			continue
		}
		address := host(d.Resolver)
		i := slices.IndexFunc(list, func(s nameServer) bool { return s.address == address })
		if i < 0 {
			i = len(list)
			list = append(list, nameServer{address: address})
		}
		s := &list[i]
		if strings.Contains(o.Step, "/tcp/") {
			s.tcp = append(s.tcp, o)
		} else {
			s.udp, s.udpOK = append(s.udp, o), s.udpOK || answeredDNS(o)
		}
		s.refused = s.refused || o.Failure == probe.ConnectionRefused
	}
	return list
}

// useless keeps the servers that answer nothing over UDP, by which resolvers ask.
func useless(list []nameServer) (dead []nameServer, seen []probe.Observation, names []string) {
	for _, s := range list {
		if len(s.udp) > 0 && !slices.ContainsFunc(s.udp, func(o probe.Observation) bool { return !unanswered(o) }) {
			dead, seen, names = append(dead, s), append(seen, append(s.udp, s.tcp...)...), append(names, s.address)
		}
	}
	return dead, seen, names
}

// unanswered: nothing came back, or the network or the other computer said that
// there is nobody. What failed on this computer says nothing of the other one.
func unanswered(o probe.Observation) bool {
	return isSilent(o) || slices.Contains([]probe.Failure{
		probe.ConnectionRefused, probe.ConnectionReset, probe.HostUnreachable, probe.NetworkUnreachable, probe.AdministrativelyProhibited,
	}, o.Failure)
}

// answeredBy gives what answered the queries of name servers, for contradiction.
func answeredBy(list []nameServer) []probe.Observation {
	var out []probe.Observation
	for _, s := range list {
		out = append(out, where(append(slices.Clone(s.udp), s.tcp...), answeredDNS)...)
	}
	return out
}

var directoryRemedy = []string{
	"Ask the directory administrator whether the name servers run, and whether the security groups, network ACLs and routes between the WorkSpace's subnet and them let TCP and UDP port 53 pass.",
	"If the directory's name servers have new addresses, change them in the WorkSpace (SkyLight's DomainJoinDns on Windows, the DNS settings of eth1 on Linux) before the old ones go.",
}

// directoryDNSDead: none of the directory's name servers answers, while
// something else on eth1 does: that pair leaves out eth1 itself.
var directoryDNSDead = Rule{
	Code: "directory_dns_dead", Layer: layer.DirectoryDNS, Inside: true, Needs: []probe.Operation{probe.DNSQuery}, DependsOn: eth1Faults,
	Meaning: "None of the directory's name servers answers this WorkSpace: it finds no domain controller, and logging on fails or takes minutes.",
	Decided: "Each of the directory's name servers was asked by itself over UDP and TCP and answered nothing over UDP, while the primary interface itself works.",
	Remedy:  directoryRemedy,
	Check: func(e Evidence) (Finding, bool) {
		all := e.nameServers()
		dead, seen, names := useless(all)
		if len(dead) == 0 || len(dead) < len(all) {
			return Finding{}, false
		}
		f := Finding{Severity: SeverityFault, Confidence: Likely, Supports: IDs(append(seen, e.answers()...)...), Contradicts: IDs(answeredBy(dead)...),
			Summary: fmt.Sprintf("The directory's %s %s %s not answer from this WorkSpace.", plural("name server", len(names)), sentenceList(names), does(len(names)))}
		switch {
		case !slices.ContainsFunc(dead, func(s nameServer) bool { return !s.refused }):
			f.Confidence = Proven // their own computers say that no name service runs
		case len(e.answers()) == 0:
			f.Severity, f.Confidence = SeveritySuspect, Possible
			f.Summary += " Nothing else beyond the primary interface answers either."
			f.NextTest = "Look at another WorkSpace of the same subnet: if its name servers answer, this WorkSpace's primary interface or its security group is the cause."
			f.Suspects = []Suspect{
				{layer.DirectoryDNS, Possible, "Its name servers give no answer."},
				{layer.PrimaryInterface, Possible, "Nothing beyond eth1 answered, so eth1 itself may be cut off."},
				{layer.VPCEgress, Possible, "The VPC's routes or security group may let nothing out of this subnet."},
			}
		}
		return f, true
	},
}

func does(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

// directoryDNSHalf: one of several name servers answers nothing, or one answers
// over UDP and not over TCP, while others do.
var directoryDNSHalf = Rule{
	Code: "directory_dns_one_dead", Layer: layer.DirectoryDNS, Inside: true, Needs: []probe.Operation{probe.DNSQuery}, DependsOn: append([]string{"directory_dns_dead"}, eth1Faults...),
	Meaning: "One of the directory's name servers does not answer, or not over TCP: names resolve slowly at times, and everything stops if the other one fails.",
	Decided: "Each of the directory's name servers was asked by itself: one gave no answer, another one did, at the same moment.",
	Remedy:  directoryRemedy,
	Check: func(e Evidence) (Finding, bool) {
		all := e.nameServers()
		dead, seen, names := useless(all)
		living := answeredBy(all)
		if len(dead) == len(all) && len(all) > 0 {
			return Finding{}, false
		}
		if len(dead) > 0 {
			return Finding{Severity: SeverityDegraded, Confidence: Likely, Supports: IDs(append(seen, living...)...),
				Summary: fmt.Sprintf("The directory's name server %s does not answer, while another one does.", sentenceList(names))}, true
		}
		for _, s := range all {
			if len(s.tcp) > 0 && s.udpOK && !slices.ContainsFunc(s.tcp, func(o probe.Observation) bool { return !unanswered(o) }) {
				seen, names = append(seen, s.tcp...), append(names, s.address)
			}
		}
		if len(names) == 0 {
			return Finding{}, false
		}
		return Finding{Severity: SeverityDegraded, Confidence: Likely, Supports: IDs(append(seen, living...)...),
			Summary: fmt.Sprintf("The directory's name server %s answers over UDP port 53 and not over TCP port 53, which large answers need.", sentenceList(names))}, true
	},
}

// unknownHere are the answers of a name server that does not know a name.
var unknownHere = []probe.Failure{probe.DNSNXDomain, probe.DNSNoAnswer, probe.DNSServfail, probe.DNSRefused}

// recordsMissing: a name server of the directory answers, and says that a service
// record of the domain does not exist, while no other one knows it.
var recordsMissing = Rule{
	Code: "inside_records_missing", Layer: layer.DirectoryDNS, Inside: true, Needs: []probe.Operation{probe.DNSQuery}, DependsOn: []string{"resolver_foreign"},
	Meaning: "The name servers this WorkSpace uses lack the records by which computers find the domain (_ldap._tcp and _kerberos._tcp).",
	Decided: "The name servers answered, and said that the record does not exist or that they do not know the domain.",
	Remedy: []string{
		"Check that the addresses are the directory's own name servers, and the domain's name.",
		"Have the directory administrator restore the service records (restarting the Netlogon service on a domain controller registers them anew).",
	},
	Check: func(e Evidence) (Finding, bool) {
		missing := map[string][]probe.Observation{}
		known := map[string]bool{}
		for _, o := range e.At("directory-dns", probe.DNSQuery) {
			d := detail[probe.DNSDetail](o)
			switch {
			case d.Type != "SRV":
			case isOK(o):
				known[d.Name] = true
			case slices.Contains(unknownHere, o.Failure):
				missing[d.Name] = append(missing[d.Name], o)
			}
		}
		var names, servers []string
		var seen []probe.Observation
		for _, o := range e.At("directory-dns", probe.DNSQuery) {
			d := detail[probe.DNSDetail](o)
			if len(missing[d.Name]) == 0 || known[d.Name] || d.Type != "SRV" || isSilent(o) {
				continue
			}
			seen, names, servers = append(seen, o), union(names, []string{d.Name}), union(servers, []string{host(d.Resolver)})
		}
		if len(names) == 0 {
			return Finding{}, false
		}
		return Finding{Severity: SeverityFault, Confidence: Proven, Supports: IDs(seen...),
			Summary: fmt.Sprintf("The %s %s %s, and %s not know %s: without this record the domain is not found.", plural("name server", len(servers)), sentenceList(servers), answerWord(len(servers)), does(len(servers)), sentenceList(firstFew(names, 2)))}, true
	},
}

func answerWord(n int) string {
	if n == 1 {
		return "answers"
	}
	return "answer"
}

// resolverForeign: the first resolver in use is none of the directory's and does
// not know the domain, while the directory's own name server does.
var resolverForeign = Rule{
	Code: "resolver_foreign", Layer: layer.DirectoryDNS, Inside: true, Needs: []probe.Operation{probe.DNSQuery},
	Meaning: "This WorkSpace asks a resolver that does not know the directory's domain, instead of the directory's name servers.",
	Decided: "The resolver in use says that the domain's service record does not exist; the directory's own name server, asked at the same moment, has it.",
	Remedy:  []string{"Set the directory's name servers on the primary interface again (SkyLight's DomainJoinDns on Windows; the DNS settings of eth1 on Linux).", "Remove whatever sets another one: a VPN client, a script, a fixed setting."},
	Check: func(e Evidence) (Finding, bool) {
		own := where(e.At("directory-dns", probe.DNSQuery), func(o probe.Observation) bool {
			return isOK(o) && detail[probe.DNSDetail](o).Type == "SRV"
		})
		foreign := where(e.At("resolver", probe.DNSQuery), func(o probe.Observation) bool { return slices.Contains(unknownHere, o.Failure) })
		if len(own) == 0 || len(foreign) == 0 {
			return Finding{}, false
		}
		first := ""
		for _, o := range e.Of(probe.HostResolvers) {
			for _, s := range detail[probe.ResolversDetail](o).Servers {
				first = orElse(first, s.Addr().String())
			}
		}
		by := host(detail[probe.DNSDetail](foreign[0]).Resolver)
		if by != first {
			return Finding{}, false // the ones before it answer first
		}
		return Finding{Severity: SeverityFault, Confidence: Likely, Supports: IDs(append(foreign, own...)...),
			Summary: fmt.Sprintf("This WorkSpace asks the resolver %s, which does not know the directory's domain; the directory's name server %s does.", by, host(detail[probe.DNSDetail](own[0]).Resolver))}, true
	},
}

// controllerPort is what the loss of one port of the domain controllers means.
var controllerPorts = map[string]struct {
	title  string
	needed bool // nobody logs on without it
	spare  bool // often not served, by choice
}{
	"dc-dns": {"53 (DNS)", false, true}, "dc-kerberos": {"88 (Kerberos)", true, false}, "dc-rpc": {"135 (RPC)", false, false}, "dc-ldap": {"389 (LDAP)", true, false},
	"dc-smb": {"445 (SMB)", true, false}, "dc-kpasswd": {"464 (password change)", false, false}, "dc-ldaps": {"636 (LDAPS)", false, true}, "dc-gc": {"3268 (global catalog)", false, true},
}

// controller is one domain controller, by address.
type controller struct {
	address  string
	ports    map[string]probe.Observation // TCP, by endpoint
	answered []probe.Observation
}

func (e Evidence) controllers() []controller {
	var list []controller
	for _, o := range e.Observations {
		if !strings.HasPrefix(o.Endpoint, "dc-") || !sent(o) || o.Address == "" {
			continue
		}
		address := o.Addr().String()
		i := slices.IndexFunc(list, func(c controller) bool { return c.address == address })
		if i < 0 {
			i = len(list)
			list = append(list, controller{address: address, ports: map[string]probe.Observation{}})
		}
		if o.Operation == probe.TCPConnect {
			list[i].ports[o.Endpoint] = o
		}
		if isOK(o) {
			list[i].answered = append(list[i].answered, o)
		}
	}
	// A name server of the directory is a computer too: one that answers lives.
	for i, c := range list {
		for _, s := range e.nameServers() {
			if s.address == c.address {
				list[i].answered = append(list[i].answered, answeredBy([]nameServer{s})...)
			}
		}
	}
	return list
}

// controllersSilent: a domain controller answers nothing at all on any port. If
// others do, it is only one of them.
var controllersSilent = Rule{
	Code: "controllers_silent", Layer: layer.DirectoryDNS, Inside: true, Needs: []probe.Operation{probe.TCPConnect},
	DependsOn: append([]string{"directory_dns_dead", "inside_records_missing", "resolver_foreign"}, eth1Faults...),
	Meaning:   "Domain controllers that the directory's DNS names do not answer this WorkSpace on any port.",
	Decided:   "Every port of the domain controller stayed silent or unreachable, while the name servers answered.",
	Remedy: []string{
		"Ask the directory administrator whether the domain controller runs, and whether security groups, network ACLs and routes let the WorkSpace's subnet reach it (the group DIRECTORY-ID_controllers lets only the VPC's primary CIDR in).",
		"If it is gone for good, remove its records from DNS.",
	},
	Check: func(e Evidence) (Finding, bool) {
		all := e.controllers()
		var names []string
		var seen, living []probe.Observation
		for _, c := range all {
			// A refusal is an answer, and what failed on this computer says nothing.
			other := slices.ContainsFunc(slices.Collect(values(c.ports)), func(o probe.Observation) bool {
				return o.Failure == probe.ConnectionRefused || o.Failure == probe.ConnectionReset || !unanswered(o)
			})
			if len(c.answered) > 0 || other || len(c.ports) == 0 {
				living = append(living, c.answered...)
				continue
			}
			names = append(names, c.address)
			seen = append(seen, slices.Collect(values(c.ports))...)
		}
		if len(names) == 0 {
			return Finding{}, false
		}
		sortByID(seen)
		f := Finding{Severity: SeverityFault, Confidence: Likely, Supports: IDs(append(seen, where(e.At("directory-dns", probe.DNSQuery), isOK)...)...),
			Summary: fmt.Sprintf("The domain %s %s %s not answer on any port.", plural("controller", len(names)), sentenceList(names), does(len(names)))}
		if len(names) < len(all) {
			f.Severity = SeverityDegraded
			f.Supports = append(f.Supports, IDs(living...)...)
			f.Summary = fmt.Sprintf("The domain controller %s does not answer on any port, while another one does.", sentenceList(names))
		}
		return f, true
	},
}

// controllerPortsShut: a port of a domain controller is shut while another port
// of the same address answers at the same moment: the way is open, the port is
// not.
var controllerPortsShut = Rule{
	Code: "controller_ports_shut", Layer: layer.DirectoryDNS, Inside: true, Needs: []probe.Operation{probe.TCPConnect},
	DependsOn: append([]string{"inside_records_missing", "resolver_foreign"}, eth1Faults...),
	Meaning:   "Ports of the domain controllers that logging on needs are shut for this WorkSpace.",
	Decided:   "The port was refused or silent, while another port of the same domain controller answered at the same moment.",
	Remedy: []string{
		"Ask the directory administrator to open, from the WorkSpace's subnets to the domain controllers: TCP and UDP 53, 88, 389, 445, 464; TCP 135, 636, 3268, 3269, 1024 to 65535; UDP 123, 138.",
		"Check the security group of the directory (DIRECTORY-ID_controllers), network ACLs, firewalls on the way, and the controller's own firewall.",
	},
	Check: func(e Evidence) (Finding, bool) {
		shut := map[string][]probe.Observation{}
		passes := map[string]bool{}
		var proof []probe.Observation
		alive := 0
		for _, c := range e.controllers() {
			if len(c.answered) == 0 {
				continue
			}
			alive++
			proof = append(proof, c.answered[0])
			for endpoint, o := range c.ports {
				if isOK(o) {
					passes[endpoint] = true
				} else if unanswered(o) {
					shut[endpoint] = append(shut[endpoint], o)
				}
			}
		}
		f := Finding{Severity: SeverityInfo, Confidence: Likely}
		var titles, servers []string
		var seen []probe.Observation
		for _, endpoint := range []string{"dc-kerberos", "dc-ldap", "dc-smb", "dc-rpc", "dc-kpasswd"} {
			list := shut[endpoint]
			if len(list) == 0 {
				continue
			}
			p := controllerPorts[endpoint]
			severity := SeverityDegraded
			if p.needed && !passes[endpoint] {
				severity = SeverityFault
			}
			if slices.Index(severityOrder, severity) < slices.Index(severityOrder, f.Severity) {
				f.Severity = severity
			}
			titles, seen = append(titles, p.title), append(seen, list...)
			for _, o := range list {
				servers = union(servers, []string{o.Addr().String()})
			}
		}
		if len(titles) == 0 {
			return Finding{}, false
		}
		slices.Sort(servers)
		f.Supports = IDs(append(seen, proof...)...)
		f.Summary = fmt.Sprintf("TCP %s %s of the domain controller %s %s shut for this WorkSpace, while other ports of it answer.", plural("port", len(titles)), sentenceList(titles), sentenceList(servers), are(len(titles)))
		return f, true
	},
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// values gives a map's observations.
func values(m map[string]probe.Observation) func(func(probe.Observation) bool) {
	return func(yield func(probe.Observation) bool) {
		for _, o := range m {
			if !yield(o) {
				return
			}
		}
	}
}

// sortByID brings observations that went through a map into the run's order.
func sortByID(list []probe.Observation) {
	slices.SortFunc(list, func(a, b probe.Observation) int {
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// namesNotForwarded: the directory's name servers live and know no public name.
var namesNotForwarded = Rule{
	Code: "names_not_forwarded", Layer: layer.DirectoryDNS, Inside: true, Needs: []probe.Operation{probe.DNSQuery},
	DependsOn: append([]string{"directory_dns_dead", "resolver_foreign"}, eth1Faults...),
	Meaning:   "The name servers this WorkSpace uses answer, and resolve no public name: their forwarders are missing or dead.",
	Decided:   "Every public name that was asked for failed with an answer of the name server, while it answers questions for the domain.",
	Remedy:    []string{"Have the directory administrator set forwarders on the directory's name servers (in AWS: the VPC's resolver, the base address of the VPC plus two).", "If this VPC is closed on purpose, run again with --no-egress."},
	Check: func(e Evidence) (Finding, bool) {
		public := where(e.At("name", probe.DNSQuery), sent)
		living := where(e.At("directory-dns", probe.DNSQuery), answeredDNS)
		said := where(public, func(o probe.Observation) bool { return slices.Contains(unknownHere, o.Failure) })
		if len(said) == 0 || len(living) == 0 || slices.ContainsFunc(public, isOK) {
			return Finding{}, false
		}
		return Finding{Severity: SeverityFault, Confidence: Likely, Supports: IDs(append(said, living...)...),
			Summary: "The name servers this WorkSpace uses answer, but resolve no name of the internet."}, true
	},
}
