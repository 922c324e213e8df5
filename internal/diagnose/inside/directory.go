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
