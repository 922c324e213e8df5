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
