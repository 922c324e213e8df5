package diagnose

import (
	"fmt"
	"net/netip"
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

var dnsRemedy = []string{
	"Ask the network team to check the name server named in the evidence for amazonaws.com, amazonworkspaces.com, signin.aws and cloudfront.net.",
	"To get on meanwhile, try another network, such as a phone's hotspot.",
}

// names gives the questions for AWS names by the family in use, those asked of
// the system resolver apart from those asked of one resolver directly.
func (e Evidence) names() (system, direct []probe.Observation) {
	for _, o := range e.At("name", probe.DNSQuery) {
		d := detail[probe.DNSDetail](o)
		if !sent(o) || (d.Type == "AAAA") != e.onlyIPv6() {
			continue
		}
		if d.Resolver == "system" {
			system = append(system, o)
		} else {
			direct = append(direct, o)
		}
	}
	return system, direct
}

// badName is one name that the system resolver could not turn into an address.
type badName struct {
	failure     probe.Failure // what the resolver that was asked directly said, if one said something
	system      probe.Observation
	same, right []probe.Observation // direct questions that failed alike, and that were answered
}

// badNames gives the names that fail on this computer. The system resolver
// blurs the reason (it cannot tell REFUSED from nonsense), so the direct
// question decides which failure it is.
func (e Evidence) badNames() []badName {
	system, direct := e.names()
	var list []badName
	for _, o := range system {
		if o.Outcome != probe.Failed && !isSilent(o) {
			continue
		}
		bad := badName{failure: o.Failure, system: o}
		for _, d := range direct {
			switch {
			case d.Host() != o.Host():
			case isOK(d):
				bad.right = append(bad.right, d)
			case d.Outcome == probe.Failed && (len(bad.same) == 0 || d.Failure == bad.failure):
				bad.failure = d.Failure
				bad.same = append(bad.same, d)
			}
		}
		list = append(list, bad)
	}
	return list
}

// wrongAnswer builds the rules for a resolver's own statement: the resolver
// that gave the wrong answer is named, and its rival, a network that eats DNS,
// gives no answer at all.
func wrongAnswer(code string, failures []probe.Failure, meaning, saying string) Rule {
	return Rule{
		Code: code, Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery}, Explains: namedWrongly,
		Meaning: meaning,
		Decided: "The system resolver gave this answer for a name WorkSpaces needs; the configured resolvers, asked directly, show which of them says so.",
		Remedy:  dnsRemedy,
		Check: func(e Evidence) (Finding, bool) {
			f := Finding{Severity: SeverityFault, Confidence: Likely}
			var wrong, same []probe.Observation
			for _, bad := range e.badNames() {
				if e.onlyIPv6() && bad.failure == probe.DNSNoAnswer {
					continue // a name for IPv4 alone, where there is no DNS64
				}
				if !slices.Contains(failures, bad.failure) || len(e.namesBlock([]probe.Observation{bad.system})) == 0 {
					continue
				}
				wrong = append(wrong, bad.system)
				same = append(same, bad.same...)
				f.Contradicts = append(f.Contradicts, IDs(bad.right...)...)
			}
			if len(wrong) == 0 {
				return Finding{}, false
			}
			f.Supports = IDs(append(slices.Clone(wrong), same...)...)
			f.Blocks = e.namesBlock(wrong)
			who := "The name server"
			if len(same) > 0 {
				f.Confidence = Proven
				who = "The name server " + host(detail[probe.DNSDetail](same[0]).Resolver)
			}
			f.Summary = fmt.Sprintf("%s %s for %s, which WorkSpaces needs.", who, saying, someNames(wrong))
			return f, true
		},
	}
}

var (
	dnsNXDomain = wrongAnswer("dns_nxdomain", []probe.Failure{probe.DNSNXDomain, probe.DNSNoAnswer}, "A name server says that a name WorkSpaces needs does not exist.", "says \"no such name\"")
	dnsServfail = wrongAnswer("dns_servfail", []probe.Failure{probe.DNSServfail, probe.DNSMisbehaving, probe.MalformedReply}, "A name server fails to find a name WorkSpaces needs.", "fails to answer (SERVFAIL or nonsense)")
	dnsRefused  = wrongAnswer("dns_refused", []probe.Failure{probe.DNSRefused}, "A name server refuses to answer for a name WorkSpaces needs.", "refuses to answer")
	dnsBogon    = wrongAnswer("dns_bogon", []probe.Failure{probe.DNSBogon}, "A name server gives an address for an AWS name that cannot be right, such as a private one.", "gives an address that cannot be right")
)

// namesBlock says which protocols need one of these names.
func (e Evidence) namesBlock(list []probe.Observation) []string {
	needed := map[string]string{}
	for _, endpoint := range requiredWeb {
		for _, o := range e.byEndpoint[endpoint] {
			protocol := ""
			if endpoint == "session-broker" {
				protocol = "pcoip"
			}
			needed[o.Host()] = protocol
		}
	}
	for _, r := range StreamingRoles {
		for _, id := range []string{r.Endpoint, "gateway-" + r.Endpoint} {
			for _, o := range e.byEndpoint[id] {
				if have, there := needed[o.Host()]; there && have != r.Protocol {
					needed[o.Host()] = ""
				} else {
					needed[o.Host()] = r.Protocol
				}
			}
		}
	}
	var blocks []string
	for _, o := range list {
		protocol, needs := needed[detail[probe.DNSDetail](o).Name]
		for _, p := range []string{"pcoip", "dcv"} {
			if needs && e.wants(p) && (protocol == "" || protocol == p) && !slices.Contains(blocks, p) {
				blocks = append(blocks, p)
			}
		}
	}
	return blocks
}

// oneAddress: names of different services all resolve to one address, which no
// truth does. Its rival, a genuine shared front end, never covers both the
// health host and the broker.
var oneAddress = Rule{
	Code: "dns_one_address", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery}, Explains: everything,
	Meaning: "A name server answers every question with the same address, as sign-in pages and some filters do.",
	Decided: "At least three names of unrelated AWS services resolved to one single address.",
	Remedy:  dnsRemedy,
	Check: func(e Evidence) (Finding, bool) {
		system, _ := e.names()
		byAddress := map[netip.Addr][]probe.Observation{}
		for _, o := range system {
			if d := detail[probe.DNSDetail](o); len(d.Addresses) == 1 {
				byAddress[d.Addresses[0]] = append(byAddress[d.Addresses[0]], o)
			}
		}
		for address, list := range byAddress {
			hosts := map[string]bool{}
			for _, o := range list {
				hosts[o.Host()] = true
			}
			if len(hosts) >= 3 && len(hosts) > len(system)/2 && !webWorks(e) {
				return Finding{Severity: SeverityFault, Confidence: Proven, Supports: IDs(list...), Blocks: []string{"pcoip", "dcv"},
					Summary: fmt.Sprintf("The name server gives the same address, %s, for %d different AWS names.", address, len(hosts))}, true
			}
		}
		return Finding{}, false
	},
}

// dnsSilent: no resolver answers while addresses that need no name do. Its
// rival, a dead network, answers on no address either.
var dnsSilent = Rule{
	Code: "dns_silent", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery}, Explains: nameless,
	Meaning: "No configured name server answers, so no service can be found by name.",
	Decided: "Neither the system resolver nor any configured resolver answered, while AWS hosts answered at their published addresses.",
	Remedy:  []string{"Check the name servers set on this computer; take them automatically (DHCP) if unsure.", "Ask the network team whether the name servers in the evidence are up and reachable on port 53."},
	Check: func(e Evidence) (Finding, bool) {
		system, direct := e.names()
		unanswered := func(o probe.Observation) bool {
			return isSilent(o) || o.Failure == probe.ConnectionRefused || o.Failure == probe.AdministrativelyProhibited ||
				o.Failure == probe.HostUnreachable || o.Failure == probe.NetworkUnreachable || o.Failure == probe.DNSTemporary
		}
		if len(system) == 0 || slices.ContainsFunc(system, func(o probe.Observation) bool { return !unanswered(o) }) ||
			slices.ContainsFunc(direct, func(o probe.Observation) bool { return !unanswered(o) }) {
			return Finding{}, false
		}
		f := Finding{Severity: SeverityFault, Confidence: Likely, Supports: IDs(append(system, direct...)...), Blocks: []string{"pcoip", "dcv"},
			Summary: "No name server answers, so this computer cannot find any service by name."}
		control := append(e.control(), e.answeredUDP()...)
		if len(control) == 0 {
			f.Severity, f.Confidence, f.Blocks = SeveritySuspect, Possible, nil
			f.Suspects = []Suspect{{layer.DNS, Possible, "No name server answers."}, {layer.NetworkFirewall, Possible, "Nothing else was seen to answer either."}, {layer.InternetPath, Possible, "Nothing else was seen to answer either."}}
			f.NextTest = "Open any web page in a browser on this computer: if none opens, the network as a whole is down, not its name servers."
			return f, true
		}
		f.Supports = append(f.Supports, IDs(control...)...)
		refused := where(direct, func(o probe.Observation) bool { return o.Outcome == probe.Failed })
		if len(refused) == len(direct) && len(direct) > 0 {
			f.Confidence = Proven
		}
		return f, true
	},
}

// oneResolverDead: one resolver does not answer while another does. Nothing is
// lost but time at each look-up.
var oneResolverDead = Rule{
	Code: "dns_resolver_dead", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery},
	Meaning: "One of the configured name servers does not answer. Names still resolve, but may take seconds.",
	Decided: "The same names were asked of each configured resolver at the same moment: one answered, one did not.",
	Remedy:  []string{"Have the network team mend or remove the name server that does not answer."},
	Check: func(e Evidence) (Finding, bool) {
		_, direct := e.names()
		answered, quiet := map[string]bool{}, map[string][]probe.Observation{}
		for _, o := range direct {
			r := detail[probe.DNSDetail](o).Resolver
			switch {
			case isSilent(o) || (o.Outcome == probe.Failed && (o.Failure == probe.ConnectionRefused || o.Failure == probe.AdministrativelyProhibited)):
				quiet[r] = append(quiet[r], o)
			default:
				answered[r] = true
			}
		}
		for r, list := range quiet {
			if answered[r] || len(answered) == 0 {
				continue
			}
			return Finding{Severity: SeverityDegraded, Confidence: Likely, Supports: IDs(list...),
				Summary: fmt.Sprintf("The name server %s does not answer; another one does, so names resolve slowly at times.", host(r))}, true
		}
		return Finding{}, false
	},
}

func someNames(list []probe.Observation) string {
	var names []string
	for _, o := range list {
		if !slices.Contains(names, o.Host()) {
			names = append(names, o.Host())
		}
	}
	if len(names) > 2 {
		return fmt.Sprintf("%s and %d other names", names[0], len(names)-1)
	}
	return sentenceList(names)
}

// host drops the port of a resolver's address.
func host(resolver string) string {
	if ap, err := netip.ParseAddrPort(resolver); err == nil {
		return ap.Addr().String()
	}
	return resolver
}
