package inside

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// nameServer is one of the directory's name servers and what became of it.
type nameServer struct {
	address  string
	udp, tcp []probe.Observation
	udpOK    bool // it answered, whatever it said
	refused  bool // its own computer said that nothing listens
}

func (e evidence) nameServers() []nameServer {
	var list []nameServer
	for _, o := range e.At("directory-dns", probe.DNSQuery) {
		d := facts.Detail[probe.DNSDetail](o)
		if !facts.Sent(o) || d.Service != "" { // the addresses of a service's hosts come from the same question
			continue
		}
		address := facts.HostOf(d.Resolver)
		if e.isOwnAddress(address) {
			continue
		}
		i := slices.IndexFunc(list, func(s nameServer) bool { return s.address == address })
		if i < 0 && len(list) == mostServers {
			continue
		}
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
		s.refused = s.refused ||
			o.Failure == probe.ConnectionRefused && (facts.ICMP(o) == nil || facts.ICMP(o).Offender.String() == address)
	}
	return list
}

// nonsense: bytes came that are no answer.
func nonsense(o probe.Observation) bool {
	return o.Failure == probe.MalformedReply || o.Failure == probe.ReplyTooLarge || o.Failure == probe.EOF
}

// useless keeps the servers that answer nothing over UDP, by which resolvers ask.
func (e evidence) useless(list []nameServer) (dead []nameServer, seen []probe.Observation, names []string) {
	for _, s := range list {
		if len(s.udp) > 0 &&
			!slices.ContainsFunc(s.udp, func(o probe.Observation) bool { return !e.unanswered(o) && !nonsense(o) }) {
			dead, seen, names = append(dead, s), append(seen, append(s.udp, s.tcp...)...), append(names, s.address)
		}
	}
	return dead, seen, names
}

// unanswered: nothing came back, or the network or the other computer said that
// there is nobody. What failed on this computer says nothing of the other one.
func (e evidence) unanswered(o probe.Observation) bool {
	if kept, _ := e.keptHere(o); kept {
		return false
	}
	return facts.IsSilent(o) || slices.Contains([]probe.Failure{
		probe.ConnectionRefused,
		probe.ConnectionReset,
		probe.HostUnreachable,
		probe.NetworkUnreachable,
		probe.AdministrativelyProhibited,
	}, o.Failure)
}

// answeredBy gives what answered the queries of name servers, for contradiction.
func answeredBy(list []nameServer) []probe.Observation {
	var out []probe.Observation
	for _, s := range list {
		out = append(out, facts.Where(append(slices.Clone(s.udp), s.tcp...), answeredDNS)...)
	}
	return out
}

// directoryDNSDead: none of the directory's name servers answers, while
// something else on eth1 does: that pair leaves out eth1 itself.
var directoryDNSDead = rule{
	Code:  "directory_dns_dead",
	Layer: layer.DirectoryDNS,
	Part:  nameServersPart,
	Needs: []probe.Operation{probe.DNSQuery},
	Where: atNameServers,
	Check: func(e evidence) (finding.Finding, bool) {
		all := e.nameServers()
		dead, seen, names := e.useless(all)
		if len(dead) == 0 || len(dead) < len(all) {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity:    finding.SeverityFault,
			Supports:    facts.IDs(append(seen, e.answers()...)...),
			Contradicts: facts.IDs(answeredBy(dead)...),
			Summary:     words.Say("cause.directory_dns_dead.summary", words.Args{"servers": names}),
			Why:         words.Say("cause.directory_dns_dead.why"),
		}
		if !slices.ContainsFunc(seen, func(o probe.Observation) bool { return !nonsense(o) && !facts.IsSilent(o) }) &&
			slices.ContainsFunc(seen, nonsense) {
			f.Summary = words.Say("cause.directory_dns_dead.nonsense", words.Args{"servers": names})
			f.Rivals = []finding.Rival{e.cutOff(facts.Where(seen, nonsense)...)}
			return f, true
		}
		if closedOnTheWay(&f, names, seen) {
			return f, true
		}
		closed := finding.Rival{
			Layer: layer.VPCEgress, Rare: true,
			Why:  words.Say("cause.directory_dns_dead.closed.why"),
			By:   words.Say("cause.directory_dns_dead.closed.by"),
			Next: words.Say("cause.directory_dns_dead.closed.next"),
			Out:  facts.IDs(e.reachedAt(names, seen)...),
		}
		answered := answeredBy(dead)
		if len(answered) > 0 {
			f.Summary = words.Say("cause.directory_dns_dead.over-tcp", words.Args{"servers": names})
			closed.Rare, closed.Out, closed.Why = false, nil, words.Say("cause.directory_dns_dead.closed.why-2")
		}
		// Their own computers say that no name service runs.
		f.Said = !slices.ContainsFunc(dead, func(s nameServer) bool { return !s.refused })
		inUse := facts.Where(
			e.At("resolver", probe.DNSQuery),
			func(o probe.Observation) bool { return facts.IsOK(o) && !e.isOwnAddress(facts.HostOf(o.Address)) },
		)
		if len(inUse) > 0 {
			f.Severity, f.Said, f.Contradicts = finding.SeverityDegraded, false, facts.IDs(inUse...)
			f.Summary = words.Say(
				"cause.directory_dns_dead.in-use",
				words.Args{"servers": names, "resolver": facts.HostOf(inUse[0].Address)},
			)
			return f, true
		}
		cut := e.cutOff(e.reachedAt(names, seen)...)
		if beyond := facts.Where(
			e.outwardTries(),
			func(o probe.Observation) bool { return facts.Sent(o) && facts.Direct(o) },
		); len(
			beyond,
		) == 0 {
			// A router that answers for its hardware address says something only where nothing
			// was tried that would have to come further.
			cut.Out = union(cut.Out, facts.IDs(e.answers()...))
		}
		f.Rivals = []finding.Rival{cut, closed}
		return f, true
	},
}

// closedOnTheWay moves the blame to the router that refused, in its own name, everything
// that was asked at these addresses, unless it looked for a computer and found none.
func closedOnTheWay(f *finding.Finding, addresses []string, seen []probe.Observation) bool {
	by := refusedBy(seen)
	if by == "" || slices.Contains(addresses, by) {
		return false
	}
	f.Layer, f.Said, f.Where = layer.VPCEgress, true, finding.At(finding.OnDevice, by)
	f.Summary = f.Summary.Then(words.Say("inside.closed-on-the-way.summary", words.Args{"by": by}))
	f.Remedy = append([]words.Text{words.Say("inside.closed-on-the-way.remedy", words.Args{"by": by})}, f.Remedy...)
	f.Rivals = append(f.Rivals, finding.Rival{
		Layer: layer.DirectoryDNS,
		Rare:  true,
		Why:   words.Say("inside.closed-on-the-way.directory-dns.why"),
		By:    words.Say("inside.closed-on-the-way.directory-dns.by"),
		Out: facts.IDs(
			facts.Where(seen, func(o probe.Observation) bool { return o.Failure != probe.ConnectionRefused })...),
	})
	return true
}

// refusedBy is the address of the one router that refused everything.
func refusedBy(seen []probe.Observation) (by string) {
	for i, o := range seen {
		m := facts.ICMP(o)
		if m == nil || m.OwnHost || o.Failure == probe.HostUnreachable || !m.Offender.IsValid() ||
			i > 0 && by != m.Offender.String() {
			return ""
		}
		by = m.Offender.String()
	}
	return by
}

// reachedAt is what the computers at these addresses say: their refusals, and answers of
// other ports than the name service's. They are reached.
func (e evidence) reachedAt(addresses []string, seen []probe.Observation) []probe.Observation {
	list := facts.Where(seen, func(o probe.Observation) bool {
		m := facts.ICMP(o)
		return o.Failure == probe.ConnectionRefused && (m == nil || slices.Contains(addresses, m.Offender.String()))
	})
	return append(list, facts.Where(e.Observations, func(o probe.Observation) bool {
		return strings.HasPrefix(o.Endpoint, "dc-") && facts.IsOK(o) && slices.Contains(addresses, o.Addr().String())
	})...)
}

// directoryDNSHalf: one of several name servers answers nothing, or one answers
// over UDP and not over TCP, while others do.
var directoryDNSHalf = rule{
	Code:  "directory_dns_one_dead",
	Layer: layer.DirectoryDNS,
	Part:  oneServerPart,
	Needs: []probe.Operation{probe.DNSQuery},
	Where: atNameServers,
	Check: func(e evidence) (finding.Finding, bool) {
		all := e.nameServers()
		dead, seen, names := e.useless(all)
		living := answeredBy(all)
		if len(dead) == len(all) && len(all) > 0 {
			return finding.Finding{}, false
		}
		if len(dead) > 0 {
			return finding.Finding{Severity: finding.SeverityDegraded, Supports: facts.IDs(append(seen, living...)...),
				Summary: words.Say("cause.directory_dns_one_dead.summary", words.Args{"names": names})}, true
		}
		for _, s := range all {
			if len(s.tcp) > 0 && s.udpOK &&
				!slices.ContainsFunc(s.tcp, func(o probe.Observation) bool { return !e.unanswered(o) }) {
				seen, names = append(seen, s.tcp...), append(names, s.address)
			}
		}
		if len(names) == 0 {
			return e.recordsDiffer()
		}
		return finding.Finding{Severity: finding.SeverityDegraded, Supports: facts.IDs(append(seen, living...)...),
			Summary: words.Say("cause.directory_dns_one_dead.over-tcp", words.Args{"names": names})}, true
	},
}

// recordsDiffer: one name server says that a record of the domain does not exist,
// and another one has it. The first answer is final to whoever asks, so the domain
// is found or not by chance.
func (e evidence) recordsDiffer() (finding.Finding, bool) {
	has := map[string]probe.Observation{}
	for _, o := range facts.Where(e.At("directory-dns", probe.DNSQuery), facts.IsOK) {
		if d := facts.Detail[probe.DNSDetail](o); d.Type == "SRV" {
			has[d.Name] = o
		}
	}
	var seen []probe.Observation
	var servers []string
	for _, o := range e.At("directory-dns", probe.DNSQuery) {
		d := facts.Detail[probe.DNSDetail](o)
		if other, known := has[d.Name]; known && d.Type == "SRV" &&
			(o.Failure == probe.DNSNXDomain || o.Failure == probe.DNSNoAnswer) {
			seen, servers = append(seen, o, other), union(servers, []string{facts.HostOf(d.Resolver)})
		}
	}
	if len(servers) == 0 {
		return finding.Finding{}, false
	}
	if e.serversAssumed() && !slices.Contains(servers, e.firstResolver()) {
		return finding.Finding{Severity: finding.SeverityInfo, Supports: facts.IDs(seen...),
			Summary: words.Say("inside.records-differ.first", words.Args{"servers": servers})}, true
	}
	return finding.Finding{Severity: finding.SeverityDegraded, Supports: facts.IDs(seen...),
		Summary: words.Say("inside.records-differ.lacks", words.Args{"servers": servers})}, true
}

// serversAssumed: which name servers are the directory's could not be read (the
// file may be root's alone), so all resolvers in use stand in for them. The
// management network's, or a VPN's, may be among them.
func (e evidence) serversAssumed() bool {
	return slices.ContainsFunc(e.Of(probe.HostDirectory), func(o probe.Observation) bool {
		return facts.Detail[probe.DirectoryDetail](o).DNSSource == probe.ResolversInUse
	})
}

// firstResolver is the one that programs ask first.
func (e evidence) firstResolver() string {
	for _, o := range e.Of(probe.HostResolvers) {
		for _, s := range facts.Detail[probe.ResolversDetail](o).Servers {
			return s.Addr().String()
		}
	}
	return ""
}

// unknownHere are the answers of a name server that does not know a name.
var unknownHere = []probe.Failure{probe.DNSNXDomain, probe.DNSNoAnswer, probe.DNSServfail, probe.DNSRefused}

// recordsMissing: a name server of the directory answers, and says that a service
// record of the domain does not exist, while no other one knows it.
var recordsMissing = rule{
	Code:  "inside_records_missing",
	Layer: layer.DirectoryDNS,
	Part:  recordsPart,
	Needs: []probe.Operation{probe.DNSQuery},
	Where: atNameServers,
	Check: func(e evidence) (finding.Finding, bool) {
		missing := map[string][]probe.Observation{}
		known := map[string]bool{}
		sure := true
		for _, o := range e.At("directory-dns", probe.DNSQuery) {
			d := facts.Detail[probe.DNSDetail](o)
			switch {
			case d.Type != "SRV":
			case facts.IsOK(o):
				known[d.Name] = true
			case slices.Contains(unknownHere, o.Failure):
				missing[d.Name] = append(missing[d.Name], o)
			}
		}
		var names, servers []string
		var seen []probe.Observation
		for _, o := range e.At("directory-dns", probe.DNSQuery) {
			d := facts.Detail[probe.DNSDetail](o)
			if len(missing[d.Name]) == 0 || known[d.Name] || d.Type != "SRV" || facts.IsSilent(o) {
				continue
			}
			seen, names, servers = append(
				seen,
				o,
			), union(
				names,
				[]string{d.Name},
			), union(
				servers,
				[]string{facts.HostOf(d.Resolver)},
			)
			sure = sure && (o.Failure == probe.DNSNXDomain || o.Failure == probe.DNSNoAnswer)
		}
		if len(names) == 0 {
			return finding.Finding{}, false
		}
		// Who could not find out, or would not say, says nothing of the records.
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Said:     sure,
			Supports: facts.IDs(seen...),
			Rivals:   []finding.Rival{e.otherDomain()},
			Summary: words.Say(
				"cause.inside_records_missing.summary",
				words.Args{"servers": servers, "records": firstFew(names, 2)},
			),
			Why: words.Say("cause.inside_records_missing.why"),
		}
		return f, true
	},
}

// otherDomain: the directory's domain is another one than was asked for. It is
// contradicted where the settings of the join name it, or some of its records are there.
func (e evidence) otherDomain() finding.Rival {
	r := finding.Rival{
		Layer: layer.StreamingHost, Harmless: true,
		Why:  words.Say("inside.other-domain.why"),
		By:   words.Say("inside.other-domain.by"),
		Next: words.Say("inside.other-domain.next"),
		Out: facts.IDs(facts.Where(e.At("directory-dns", probe.DNSQuery), func(o probe.Observation) bool {
			return facts.IsOK(o) && facts.Detail[probe.DNSDetail](o).Type == "SRV"
		})...),
	}
	source, guessed := e.domainGuessed()
	if guessed {
		r.Adds = words.Say("inside.other-domain.adds", words.Args{"source": source})
	} else {
		r.Out = append(r.Out, facts.IDs(e.Of(probe.HostDirectory)...)...)
	}
	return r
}

// domainGuessed: the domain was read where other names stand too: a search list,
// or the suffix of a computer's own name, which need not be that of its domain.
func (e evidence) domainGuessed() (source string, guessed bool) {
	for _, o := range e.Of(probe.HostDirectory) {
		source = facts.Detail[probe.DirectoryDetail](o).DomainSource
		guessed = guessed || strings.Contains(source, "search list") ||
			strings.HasSuffix(source, `Tcpip\Parameters\Domain`)
	}
	return source, guessed
}

// resolverForeign: the first resolver in use is none of the directory's and does
// not know the domain, while the directory's own name server does.
var resolverForeign = rule{
	Code: "resolver_foreign", Layer: layer.DirectoryDNS, Part: resolverPart, Needs: []probe.Operation{probe.DNSQuery},
	Where: atNameServers,
	Check: func(e evidence) (finding.Finding, bool) {
		own := facts.Where(e.At("directory-dns", probe.DNSQuery), func(o probe.Observation) bool {
			return facts.IsOK(o) && facts.Detail[probe.DNSDetail](o).Type == "SRV"
		})
		foreign := facts.Where(
			e.At("resolver", probe.DNSQuery),
			func(o probe.Observation) bool { return slices.Contains(unknownHere, o.Failure) },
		)
		if len(e.Endpoint("directory-dns")) == 0 && len(foreign) > 0 {
			return e.onlyForeign(foreign)
		}
		if len(own) == 0 || len(foreign) == 0 {
			return finding.Finding{}, false
		}
		by := facts.HostOf(facts.Detail[probe.DNSDetail](foreign[0]).Resolver)
		if by != e.firstResolver() {
			return finding.Finding{}, false // the ones before it answer first
		}
		if known := facts.Where(e.At("domain-name", probe.DNSQuery), facts.IsOK); len(known) > 0 {
			return finding.Finding{Severity: finding.SeverityInfo, Supports: facts.IDs(append(foreign, known...)...),
				Summary: words.Say("cause.resolver_foreign.first", words.Args{"by": by})}, true
		}
		final := func(o probe.Observation) bool {
			return o.Failure == probe.DNSNXDomain || o.Failure == probe.DNSNoAnswer
		}
		another := finding.Rival{
			Layer:    layer.StreamingHost,
			Rare:     true,
			Harmless: true,
			Why:      words.Say("cause.resolver_foreign.another.why"),
			By:       words.Say("cause.resolver_foreign.another.by"),
			Next:     words.Say("cause.resolver_foreign.another.next"),
			Out: facts.IDs(
				append(
					facts.Where(foreign, final),
					facts.Where(e.At("domain-name", probe.DNSQuery), facts.Sent)...)...),
		}
		return finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(foreign, own...)...),
			Rivals:   []finding.Rival{another},
			Summary: words.Say(
				"cause.resolver_foreign.only",
				words.Args{"by": by, "resolver": facts.HostOf(facts.Detail[probe.DNSDetail](own[0]).Resolver)},
			),
		}, true
	},
}

// onlyForeign: which name servers are the directory's is not known, and the
// resolvers in use (a cache of this computer's own, say) do not know the domain.
func (e evidence) onlyForeign(foreign []probe.Observation) (finding.Finding, bool) {
	system := e.At("domain-name", probe.DNSQuery)
	if slices.ContainsFunc(append(e.At("resolver", probe.DNSQuery), system...), facts.IsOK) || len(system) == 0 {
		return finding.Finding{}, false
	}
	return finding.Finding{
		Severity: finding.SeverityFault,
		Supports: facts.IDs(append(foreign, system...)...),
		Summary: words.Say(
			"inside.only-foreign.summary",
			words.Args{"resolver": facts.HostOf(facts.Detail[probe.DNSDetail](foreign[0]).Resolver)},
		),
		Why:      words.Say("inside.only-foreign.why"),
		NextTest: words.Say("inside.only-foreign.next"),
		Rivals: []finding.Rival{{
			Layer: layer.PrimaryInterface, Why: words.Say("inside.only-foreign.primary-interface.why"),
		}},
	}, true
}

// namesNotForwarded: the directory's name servers live and know no public name.
var namesNotForwarded = rule{
	Code:  "names_not_forwarded",
	Layer: layer.DirectoryDNS,
	Part:  forwardersPart,
	Needs: []probe.Operation{probe.DNSQuery},
	Where: atNameServers,
	Check: func(e evidence) (finding.Finding, bool) {
		public := facts.Where(e.At("name", probe.DNSQuery), facts.Sent)
		living := facts.Where(e.At("directory-dns", probe.DNSQuery), answeredDNS)
		said := facts.Where(public, func(o probe.Observation) bool { return slices.Contains(unknownHere, o.Failure) })
		if len(said) == 0 || len(living) == 0 || slices.ContainsFunc(public, facts.IsOK) {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(append(said, living...)...),
			Summary: words.Say("cause.names_not_forwarded.summary")}
		switch {
		case e.reachedOut():
			f.Severity = finding.SeverityInfo
			f.Summary = f.Summary.Then(words.Say("cause.names_not_forwarded.by-proxy"))
		case slices.ContainsFunc(public, func(o probe.Observation) bool { return o.Failure == probe.DNSBogon }):
			f.Severity = finding.SeverityInfo
			f.Summary = words.Say("cause.names_not_forwarded.closed-vpc")
		default:
			f.Why = words.Say("cause.names_not_forwarded.why")
			f.Rivals = []finding.Rival{
				e.scriptLeads(),
				{
					Layer: layer.VPCEgress,
					Rare:  true,
					Why:   words.Say("cause.names_not_forwarded.vpcegress.why"),
					By:    words.Say("cause.names_not_forwarded.vpcegress.by"),
					Next:  words.Say("cause.names_not_forwarded.vpcegress.next"),
					Out: facts.IDs(
						facts.Where(said, func(o probe.Observation) bool { return o.Failure != probe.DNSServfail })...),
				},
			}
		}
		return f, true
	},
}
