package desk

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/known"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// awsQuestions gives the questions for AWS names by the family in use, those asked of
// the system resolver apart from those asked of one resolver directly.
func (e evidence) awsQuestions() (system, direct []probe.Observation) {
	for _, o := range e.At("name", probe.DNSQuery) {
		d := facts.Detail[probe.DNSDetail](o)
		if !facts.Sent(o) || (d.Type == "AAAA") != e.OnlyIPv6() {
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
func (e evidence) badNames() []badName {
	system, direct := e.awsQuestions()
	var list []badName
	for _, o := range system {
		if o.Outcome != probe.Failed && !facts.IsSilent(o) {
			continue
		}
		bad := badName{failure: o.Failure, system: o}
		for _, d := range direct {
			switch {
			case d.Host() != o.Host():
			case facts.IsOK(d):
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
func wrongAnswer(code string, failures ...probe.Failure) rule {
	return rule{
		Code:     code,
		Layer:    layer.DNS,
		Needs:    []probe.Operation{probe.DNSQuery},
		Explains: namedWrongly,
		Where:    atResolvers,
		Check: func(e evidence) (finding.Finding, bool) {
			f := finding.Finding{Severity: finding.SeverityFault}
			var wrong, same, right []probe.Observation
			for _, bad := range e.badNames() {
				if e.OnlyIPv6() && bad.failure == probe.DNSNoAnswer {
					continue // a name for IPv4 alone, where there is no DNS64
				}
				needed := len(e.namesBlock([]probe.Observation{bad.system})) > 0 || e.isSide(bad.system.Host())
				if !slices.Contains(failures, bad.failure) || !needed {
					continue
				}
				if !slices.ContainsFunc(bad.same, notOurs) && slices.ContainsFunc(bad.right, notOurs) {
					continue // no server beyond this computer says so: see names_differ_here
				}
				wrong = append(wrong, bad.system)
				same, right = append(same, bad.same...), append(right, bad.right...)
			}
			if len(wrong) == 0 {
				return finding.Finding{}, false
			}
			f.Supports = facts.IDs(append(slices.Clone(wrong), same...)...)
			f.Contradicts = facts.IDs(right...)
			f.Blocks = e.namesBlock(wrong)
			f.Said = len(same) > 0
			f.Rivals = []finding.Rival{ownNames(same, nil)}
			if len(f.Blocks) == 0 {
				f.Severity = finding.SeverityDegraded // the client can do without for a while
			}
			who := words.Say("desk.wrong-answer.unknown")
			if len(same) > 0 {
				server := facts.HostOf(facts.Detail[probe.DNSDetail](same[0]).Resolver)
				who = words.Say("desk.wrong-answer.known", words.Args{"server": server})
				if r, public := known.ResolverOf(resolverOf(same[0])); public {
					who = words.Say("desk.wrong-answer.public", words.Args{"server": server, "name": r.Name})
					if r.Filters {
						f.Owner = words.Say("desk.wrong-answer.owner", words.Args{"name": r.Name})
					} else {
						f.Rivals = append(f.Rivals, answeredOnTheWay(same))
					}
				}
			}
			f.Summary = words.Say(
				"desk.wrong-answer.summary",
				words.Args{"who": who, "cause": code, "names": someNames(wrong)},
			)
			return f, true
		},
	}
}

// answeredOnTheWay: some networks answer in every name server's place, whoever is
// asked. It is contradicted by a server of this network that says the same.
func answeredOnTheWay(same []probe.Observation) finding.Rival {
	return finding.Rival{
		Layer: layer.NetworkFirewall, Rare: true,
		Why:  words.Say("desk.wrong-answer.on-the-way.why"),
		By:   words.Say("desk.wrong-answer.on-the-way.by"),
		Next: words.Say("desk.wrong-answer.on-the-way.next"),
		Out: facts.IDs(facts.Where(same, func(o probe.Observation) bool {
			_, public := known.ResolverOf(resolverOf(o))
			return notOurs(o) && !public
		})...),
	}
}

var (
	dnsNXDomain = wrongAnswer("dns_nxdomain", probe.DNSNXDomain, probe.DNSNoAnswer)
	dnsServfail = wrongAnswer("dns_servfail", probe.DNSServfail, probe.DNSMisbehaving, probe.MalformedReply)
	dnsRefused  = wrongAnswer("dns_refused", probe.DNSRefused)
	dnsBogon    = wrongAnswer("dns_bogon", probe.DNSBogon)
)

// namesBlock says which protocols need one of these names.
func (e evidence) namesBlock(list []probe.Observation) []probe.Protocol {
	needed := map[string]probe.Protocol{}
	for _, endpoint := range facts.RequiredWeb {
		if e.byProxy(endpoint) {
			continue
		}
		for _, o := range e.Endpoint(endpoint) {
			var protocol probe.Protocol
			if endpoint == "session-broker" {
				protocol = probe.PCoIP
			}
			needed[o.Host()] = protocol
		}
	}
	for _, r := range facts.StreamingRoles {
		for _, id := range []string{r.Endpoint, "gateway-" + r.Endpoint} {
			for _, o := range e.Endpoint(id) {
				if have, there := needed[o.Host()]; there && have != r.Protocol {
					needed[o.Host()] = ""
				} else {
					needed[o.Host()] = r.Protocol
				}
			}
		}
	}
	var blocks []probe.Protocol
	for _, o := range list {
		protocol, needs := needed[facts.Detail[probe.DNSDetail](o).Name]
		for _, p := range probe.StreamingProtocols() {
			if needs && e.Wants(p) && (protocol == "" || protocol == p) && !slices.Contains(blocks, p) {
				blocks = append(blocks, p)
			}
		}
	}
	return blocks
}

// oneAddress: names of different services all resolve to one address, which no
// truth does. Its rival, a genuine shared front end, never covers both the
// health host and the broker.
var oneAddress = rule{
	Code: "dns_one_address", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery}, Explains: namedWrongly,
	Where: atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		if _, portal := portalAnswers.Check(e); portal {
			return finding.Finding{}, false // a hotspot's name server does so on purpose
		}
		system, direct := e.awsQuestions()
		byAddress := map[netip.Addr][]probe.Observation{}
		for _, o := range system {
			if d := facts.Detail[probe.DNSDetail](o); len(d.Addresses) == 1 {
				byAddress[d.Addresses[0]] = append(byAddress[d.Addresses[0]], o)
			}
		}
		for address, list := range byAddress {
			hosts := map[string]bool{}
			for _, o := range list {
				hosts[o.Host()] = true
			}
			if len(hosts) >= 3 && len(hosts) > len(system)/2 && !webWorks(e) {
				gives := func(o probe.Observation) bool {
					return slices.Contains(facts.Detail[probe.DNSDetail](o).Addresses, address)
				}
				same, other := facts.Where(
					direct,
					gives,
				), facts.Where(
					direct,
					func(o probe.Observation) bool { return facts.IsOK(o) && !gives(o) },
				)
				return finding.Finding{
					Severity:    finding.SeverityFault,
					Said:        len(same) > 0,
					Supports:    facts.IDs(append(list, same...)...),
					Contradicts: facts.IDs(other...),
					Blocks:      probe.StreamingProtocols(),
					Rivals:      []finding.Rival{ownNames(same, other), e.signInPage()},
					Summary: words.Say(
						"cause.dns_one_address.summary",
						words.Args{"address": address, "n": len(hosts)},
					),
				}, true
			}
		}
		return finding.Finding{}, false
	},
}

// someNames names what was asked for, in a sentence.
func someNames(list []probe.Observation) words.Text {
	return words.Say("desk.some-names", firstOf(hostList(list)))
}

// firstOf gives up to two names, of more the first and how many "more" there are.
func firstOf(names []string) words.Args {
	if len(names) > 2 {
		return words.Args{"names": names[:1], "more": len(names) - 1}
	}
	return words.Args{"names": names, "more": 0}
}
