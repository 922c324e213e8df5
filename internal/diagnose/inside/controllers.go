package inside

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// controllerPorts are what the loss of one port of the domain controllers means, by
// endpoint.
var controllerPorts = map[string]struct {
	title  words.Text
	needed bool // nobody logs on without it
	spare  bool // often not served, by choice
}{
	"dc-dns": {
		words.Say("inside.port.dc-dns"),
		false,
		true,
	},
	"dc-kerberos": {words.Say("inside.port.dc-kerberos"), true, false},
	"dc-rpc":      {words.Say("inside.port.dc-rpc"), false, false},
	"dc-ldap":     {words.Say("inside.port.dc-ldap"), true, false},
	"dc-smb": {
		words.Say("inside.port.dc-smb"),
		true,
		false,
	},
	"dc-kpasswd": {words.Say("inside.port.dc-kpasswd"), false, false},
	"dc-ldaps":   {words.Say("inside.port.dc-ldaps"), false, true},
	"dc-gc":      {words.Say("inside.port.dc-gc"), false, true},
}

// controller is one domain controller, by address.
type controller struct {
	address  string
	ports    map[string]probe.Observation // TCP, by endpoint
	answered []probe.Observation
}

// mostServers bounds what a stored report may make of a directory: a run asks
// three controllers and four name servers.
const mostServers = 50

func (e evidence) controllers() []controller {
	var list []controller
	for _, o := range e.Observations {
		if !strings.HasPrefix(o.Endpoint, "dc-") || !facts.Sent(o) || o.Address == "" {
			continue
		}
		address := o.Addr().String()
		i := slices.IndexFunc(list, func(c controller) bool { return c.address == address })
		if i < 0 && len(list) == mostServers {
			continue
		}
		if i < 0 {
			i = len(list)
			list = append(list, controller{address: address, ports: map[string]probe.Observation{}})
		}
		if o.Operation == probe.TCPConnect {
			list[i].ports[o.Endpoint] = o
		}
		if facts.IsOK(o) {
			list[i].answered = append(list[i].answered, o)
		}
	}
	// A name server of the directory is a computer too: one that answers lives.
	servers := e.nameServers()
	for i, c := range list {
		for _, s := range servers {
			if s.address == c.address {
				list[i].answered = append(list[i].answered, answeredBy([]nameServer{s})...)
			}
		}
	}
	return list
}

// controllersSilent: a domain controller answers nothing at all on any port. If
// others do, it is only one of them.
var controllersSilent = rule{
	Code:  "controllers_silent",
	Layer: layer.DirectoryDNS,
	Part:  controllersPart,
	Needs: []probe.Operation{probe.TCPConnect},
	Where: atControllers,
	Check: func(e evidence) (finding.Finding, bool) {
		all := e.controllers()
		var names []string
		var seen, living []probe.Observation
		for _, c := range all {
			// A refusal is an answer, and what failed on this computer says nothing.
			other := slices.ContainsFunc(slices.Collect(values(c.ports)), func(o probe.Observation) bool {
				return o.Failure == probe.ConnectionRefused || o.Failure == probe.ConnectionReset || !e.unanswered(o)
			})
			if len(c.answered) > 0 || other || len(c.ports) == 0 {
				living = append(living, c.answered...)
				continue
			}
			names = append(names, c.address)
			seen = append(seen, slices.Collect(values(c.ports))...)
		}
		if len(names) == 0 {
			return finding.Finding{}, false
		}
		sortByID(seen)
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(seen, facts.Where(e.At("directory-dns", probe.DNSQuery), facts.IsOK)...)...),
			Rivals:   []finding.Rival{e.notSent(seen)},
			Summary:  words.Say("cause.controllers_silent.all", words.Args{"servers": names}),
		}
		if len(names) < len(all) {
			f.Severity = finding.SeverityDegraded
			f.Supports = append(f.Supports, facts.IDs(living...)...)
			f.Summary = words.Say("cause.controllers_silent.some", words.Args{"names": names})
			if e.otherSites(names) {
				f.Severity = finding.SeverityInfo
				f.Summary = f.Summary.Then(words.Say("cause.controllers_silent.other-sites"))
			}
		} else {
			f.Why = words.Say("cause.controllers_silent.why")
			f.Rivals = append(f.Rivals, e.othersMeant())
		}
		closedOnTheWay(&f, names, seen)
		return f, true
	},
}

// controllerPortsShut: a port of a domain controller is shut while another port
// of the same address answers at the same moment: the way is open, the port is
// not.
var controllerPortsShut = rule{
	Code:  "controller_ports_shut",
	Layer: layer.DirectoryDNS,
	Part:  portsPart,
	Needs: []probe.Operation{probe.TCPConnect},
	Where: atControllers,
	Check: func(e evidence) (finding.Finding, bool) {
		shut := map[string][]probe.Observation{}
		passes := map[string]bool{}
		var proof []probe.Observation
		alive := 0
		for _, c := range e.controllers() {
			if len(c.answered) == 0 || !e.isController(c) {
				continue
			}
			alive++
			proof = append(proof, c.answered[0])
			for endpoint, o := range c.ports {
				if facts.IsOK(o) {
					passes[endpoint] = true
				} else if e.unanswered(o) {
					shut[endpoint] = append(shut[endpoint], o)
				}
			}
		}
		f := finding.Finding{Severity: finding.SeverityInfo}
		needed := false
		var titles words.List
		var servers []string
		var seen []probe.Observation
		for _, endpoint := range []string{"dc-kerberos", "dc-ldap", "dc-smb", "dc-rpc", "dc-kpasswd"} {
			list := shut[endpoint]
			if len(list) == 0 {
				continue
			}
			p := controllerPorts[endpoint]
			severity := finding.SeverityDegraded
			var at []string
			for _, o := range list {
				at = append(at, o.Addr().String())
			}
			switch {
			case p.needed && !passes[endpoint]:
				severity = finding.SeverityFault
			case passes[endpoint] && e.otherSites(at):
				severity = finding.SeverityInfo
			}
			needed = needed || p.needed && severity == finding.SeverityFault
			if slices.Index(finding.SeverityOrder, severity) < slices.Index(finding.SeverityOrder, f.Severity) {
				f.Severity = severity
			}
			titles, seen = append(titles, p.title), append(seen, list...)
			for _, o := range list {
				servers = union(servers, []string{o.Addr().String()})
			}
		}
		if len(titles) == 0 {
			return finding.Finding{}, false
		}
		slices.Sort(servers)
		sortByID(seen)
		f.Supports = facts.IDs(append(seen, proof...)...)
		f.Summary = words.Say("cause.controller_ports_shut.summary", words.Args{"ports": titles, "servers": servers})
		f.Rivals = []finding.Rival{e.notSent(seen)}
		if needed && alive < e.controllersNamed() {
			f.Why = words.Say("cause.controller_ports_shut.why")
			f.Rivals = append(f.Rivals, e.othersMeant())
		}
		closedOnTheWay(&f, servers, seen)
		return f, true
	},
}

// othersMeant: this subnet is meant to use other domain controllers than those that
// were asked. It is contradicted where the directory's DNS names no others.
func (e evidence) othersMeant() finding.Rival {
	r := finding.Rival{
		Layer: layer.StreamingHost, Harmless: true,
		Why:  words.Say("inside.others-meant.why"),
		By:   words.Say("inside.others-meant.by"),
		Next: words.Say("inside.others-meant.next"),
	}
	if more := e.controllersNamed() - len(e.controllers()); more > 0 {
		r.Adds = words.Say("inside.others-meant.adds", words.Args{"more": more})
		return r
	}
	r.Out = facts.IDs(
		facts.Where(append(e.At("directory-dns", probe.DNSQuery), e.At("site-dns", probe.DNSQuery)...), facts.IsOK)...)
	return r
}

// inSite is how many domain controllers the directory's DNS names for this
// computer's own site, where it is those that were asked; else 0.
func (e evidence) inSite() (n int) {
	asked := slices.ContainsFunc(e.controllers(), func(c controller) bool {
		return len(c.ports) > 0 && slices.ContainsFunc(e.At("site-dns", probe.DNSQuery), answersWith(c.address))
	})
	if !asked {
		return 0
	}
	for _, o := range facts.Where(e.At("site-dns", probe.DNSQuery), facts.IsOK) {
		n = max(n, len(facts.Detail[probe.DNSDetail](o).Services))
	}
	return n
}

// answersWith: an answer gives this address for a host of a service.
func answersWith(address string) func(probe.Observation) bool {
	return func(o probe.Observation) bool {
		d := facts.Detail[probe.DNSDetail](o)
		return facts.IsOK(o) && d.Service != "" &&
			slices.ContainsFunc(d.Addresses, func(a netip.Addr) bool { return a.String() == address })
	}
}

// controllersNamed is how many domain controllers the directory's DNS names, of
// which a run asks only a few: those of this computer's site, if they are known.
func (e evidence) controllersNamed() (n int) {
	if n = e.inSite(); n > 0 {
		return n
	}
	for _, o := range facts.Where(e.At("directory-dns", probe.DNSQuery), facts.IsOK) {
		if d := facts.Detail[probe.DNSDetail](o); strings.HasPrefix(d.Name, "_ldap._tcp.dc._msdcs.") {
			n = max(n, len(d.Services))
		}
	}
	return n
}

// fewControllers: a directory with no more has them where its WorkSpaces are.
const fewControllers = 2

// otherSites: the directory has more controllers than one site needs, and these
// are none of the WorkSpace's own name servers. A company may let a subnet reach
// only those of its site. Where that site is known, those that were asked are in it.
func (e evidence) otherSites(addresses []string) bool {
	return e.inSite() == 0 && max(e.controllersNamed(), len(e.controllers())) > fewControllers &&
		!slices.ContainsFunc(e.nameServers(), func(s nameServer) bool { return slices.Contains(addresses, s.address) })
}

// isController: the directory's DNS names it, or it speaks as one. Where the
// service records came too late, the name servers' addresses stand in for the
// controllers', and name servers of a company's own need not be controllers.
func (e evidence) isController(c controller) bool {
	speaks := func(o probe.Observation) bool {
		return o.Operation == probe.LDAPRoot || o.Endpoint == "dc-kerberos" || o.Endpoint == "dc-ldap"
	}
	return !slices.ContainsFunc(e.nameServers(), func(s nameServer) bool { return s.address == c.address }) ||
		slices.ContainsFunc(
			append(e.At("directory-dns", probe.DNSQuery), e.At("site-dns", probe.DNSQuery)...),
			answersWith(c.address),
		) || slices.ContainsFunc(c.answered, speaks)
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

// answersOverUDP: the directory service of a controller answered a CLDAP ping.
func (e evidence) answersOverUDP(c controller) bool {
	return slices.ContainsFunc(
		facts.Where(e.At("dc-cldap", probe.LDAPRoot), facts.IsOK),
		func(o probe.Observation) bool { return o.Addr().String() == c.address },
	)
}

// controllersMute: a domain controller accepts LDAP connections and gives no
// valid answer to the one question that every directory server answers without
// credentials. Its rival refuses that question, which is an answer.
var controllersMute = rule{
	Code: "controllers_mute", Layer: layer.DirectoryDNS, Part: ldapPart, Needs: []probe.Operation{probe.LDAPRoot},
	Where: atControllers,
	Check: func(e evidence) (finding.Finding, bool) {
		var mute, speaks, late []probe.Observation
		var names, slow []string
		for _, c := range e.controllers() {
			root := facts.Where(
				e.At("dc-rootdse", probe.LDAPRoot),
				func(o probe.Observation) bool { return o.Addr().String() == c.address },
			)
			if len(root) == 0 || !facts.IsOK(c.ports["dc-ldap"]) {
				continue
			}
			switch o := root[0]; {
			case facts.IsOK(o):
				speaks = append(speaks, o)
			case facts.IsSilent(o) && e.answersOverUDP(c):
				late, slow = append(late, o), append(slow, c.address) // busy is not mute
			case facts.IsSilent(o), nonsense(o), o.Failure == probe.ConnectionReset:
				mute, names = append(mute, o, c.ports["dc-ldap"]), append(names, c.address)
			}
		}
		if len(mute) == 0 && len(late) > 0 {
			return finding.Finding{Severity: finding.SeverityDegraded, Supports: facts.IDs(late...),
				Summary: words.Say("cause.controllers_mute.late", words.Args{"servers": slow}),
				Rivals: []finding.Rival{{
					Layer: layer.VPCEgress, Rare: true, Why: words.Say("cause.controllers_mute.vpcegress.why"),
					Next: words.Say("cause.controllers_mute.vpcegress.next"),
				}}}, true
		}
		if len(mute) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(append(mute, speaks...)...),
			Summary: words.Say("cause.controllers_mute.summary", words.Args{"servers": names})}
		f.Rivals = []finding.Rival{
			{
				Layer: layer.VPCEgress,
				Rare:  true,
				Why:   words.Say("cause.controllers_mute.vpcegress.why"),
				By:    words.Say("cause.controllers_mute.vpcegress.by"),
				Out: facts.IDs(
					append(
						facts.Where(mute, func(o probe.Observation) bool { return nonsense(o) }),
						e.spokenTo(names)...)...),
			},
		}
		if len(speaks)+len(late) > 0 || e.controllersNamed() > len(names) {
			f.Severity = finding.SeverityDegraded
		}
		return f, true
	},
}

// spokenTo are answers over TCP to what was asked, not only accepted, at these addresses.
func (e evidence) spokenTo(addresses []string) []probe.Observation {
	return facts.Where(e.At("directory-dns", probe.DNSQuery), func(o probe.Observation) bool {
		return answeredDNS(o) && strings.Contains(o.Step, "/tcp/") &&
			slices.Contains(addresses, facts.HostOf(facts.Detail[probe.DNSDetail](o).Resolver))
	})
}
