package desk

import (
	"fmt"
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/known"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Causes by which names get no answer, or a late one.

// dnsSilent: no resolver answers while addresses that need no name do. Its rival, a
// dead network, answers on no address either. Whether the servers are down or their
// packets are stopped on the way is seldom told, and both are the network team's.
var dnsSilent = rule{
	Code: "dns_silent", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery}, Explains: nameless,
	Where: atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		for _, rival := range []rule{stubDead, resolverLeft, resolverCovered} {
			if _, fits := rival.Check(e); fits {
				return finding.Finding{}, false // it says why
			}
		}
		system, direct := e.awsQuestions()
		if len(system) == 0 ||
			slices.ContainsFunc(
				append(slices.Clone(system), direct...),
				func(o probe.Observation) bool { return !unansweredName(o) },
			) {
			return finding.Finding{}, false
		}
		refused := facts.Where(direct, func(o probe.Observation) bool {
			return o.Outcome == probe.Failed && o.Failure == probe.ConnectionRefused && facts.ICMP(o) != nil &&
				facts.ICMP(o).Offender.Unmap() == resolverOf(o)
		})
		if len(refused) < len(direct) {
			refused = nil
		}
		control := append(e.Control(), e.AnsweredUDP()...)
		closed := words.Say("cause.dns_silent.closed.by")
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Said:     len(refused) > 0,
			Supports: facts.IDs(append(append(system, direct...), control...)...),
			Blocks:   probe.StreamingProtocols(),
			Summary:  words.Say("cause.dns_silent.summary"),
			Why:      words.Say("cause.dns_silent.why"),
			Rivals: []finding.Rival{
				{
					Layer: layer.NetworkFirewall,
					Rare:  len(control) > 0,
					Out:   facts.IDs(refused...),
					By:    closed,
					Why:   words.Say("cause.dns_silent.firewall.why"),
				},
				{
					Layer: layer.InternetPath,
					Out:   facts.IDs(append(control, refused...)...),
					By:    words.Say("cause.dns_silent.path.by"),
					Why:   words.Say("cause.dns_silent.path.why"),
					Next:  words.Say("cause.dns_silent.path.next"),
				},
				{
					Layer: layer.LocalFirewall,
					Rare:  true,
					Out:   facts.IDs(refused...),
					By:    closed,
					Why:   words.Say("cause.dns_silent.software.why"),
				},
			},
		}
		if slices.ContainsFunc(direct, isLoopbackResolver) {
			f.Rivals = append(f.Rivals, finding.Rival{
				Layer: layer.LocalDevice, Why: words.Say("cause.dns_silent.own-service.why"),
				By: words.Say("cause.dns_silent.own-service.by"), Out: facts.IDs(facts.Where(direct, notOurs)...),
				Next: words.Say("cause.dns_silent.own-service.next"),
			})
		}
		return f, true
	},
}

// dnsSlow: the name servers do answer, after so long that programs wait or give up.
var dnsSlow = rule{
	Code: "dns_slow", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery},
	Where: atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		system, direct := e.awsQuestions()
		ok := facts.Where(system, facts.IsOK)
		late := func(o probe.Observation) bool { return o.ElapsedMS >= facts.SlowAnswer }
		slow := facts.Where(ok, late)
		_, lossy := lossyPath.Check(e) // then questions are lost, and asked again
		if len(slow) == 0 || len(slow)*2 < len(ok) || lossy || e.Paused() {
			return finding.Finding{}, false
		}
		servers := facts.Where(direct, notOurs)
		alike := facts.Where(servers, func(o probe.Observation) bool { return late(o) || unansweredName(o) })
		if _, one := oneResolverDead.Check(e); one &&
			!slices.ContainsFunc(servers, func(o probe.Observation) bool { return late(o) && !unansweredName(o) }) {
			return finding.Finding{}, false // it waits for one that is silent, and the others are quick
		}
		return finding.Finding{
			Severity: finding.SeverityDegraded,
			Supports: facts.IDs(slow...),
			Rivals: []finding.Rival{{
				Layer: layer.LocalDevice, Rare: len(servers) == 0, Why: words.Say("cause.dns_slow.own-service.why"),
				By: words.Say("cause.dns_slow.own-service.by"), Out: facts.IDs(alike...),
				Next: words.Say("cause.dns_slow.own-service.next"),
			}},
			Summary: words.Say(
				"cause.dns_slow.summary",
				words.Args{"seconds": fmt.Sprintf("%.1f", slow[0].ElapsedMS/1000)},
			),
		}, true
	},
}

// nameSilent: one name gets no answer from any name server that answers others.
var nameSilent = rule{
	Code: "dns_name_silent", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery}, Explains: namedWrongly,
	Where: atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		var quiet []named
		asked := map[probe.Transport]bool{} // over which the silent names were asked for
		for _, n := range e.named() {
			if n.silent() {
				quiet = append(quiet, n)
				for _, o := range n.direct {
					asked[facts.Detail[probe.DNSDetail](o).Transport] = true
				}
			}
		}
		// Like is compared with like: servers that answer over TCP alone are silent for
		// every name that was asked for over UDP, and what the system found by ways of its
		// own says nothing of servers that were asked by themselves.
		answers := slices.ContainsFunc(e.named(), func(n named) bool {
			return slices.ContainsFunc(
				n.answered(),
				func(o probe.Observation) bool { return asked[facts.Detail[probe.DNSDetail](o).Transport] },
			) ||
				len(n.direct) == 0 && facts.IsOK(n.system)
		})
		severity, blocks, costs := e.costOf(quiet)
		if len(quiet) == 0 || !answers || !costs {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: severity,
			Blocks:   blocks,
			Supports: facts.IDs(allOf(quiet)...),
			Rivals: []finding.Rival{
				{Layer: layer.NetworkFirewall, Rare: true, Why: words.Say("cause.dns_name_silent.filter.why")},
			},
			Summary: words.Say("cause.dns_name_silent.summary", words.Args{"names": someNames(systemOf(quiet))}),
		}, true
	},
}

// oneResolverDead: one resolver does not answer while another does. Nothing is
// lost but time at each look-up, and that only where this computer asks the silent
// one first: then its own look-ups are slow.
var oneResolverDead = rule{
	Code: "dns_resolver_dead", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery},
	Where: atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		system, direct := e.awsQuestions()
		answered, quiet := map[netip.Addr]bool{}, map[netip.Addr][]probe.Observation{}
		for _, o := range direct {
			if r := resolverOf(o); unansweredName(o) {
				quiet[r] = append(quiet[r], o)
			} else {
				answered[r] = true
			}
		}
		waits := slices.ContainsFunc(
			system,
			func(o probe.Observation) bool { return !facts.IsOK(o) || o.ElapsedMS >= facts.SlowAnswer },
		)
		for r, list := range quiet {
			if answered[r] || len(answered) == 0 {
				continue
			}
			f := finding.Finding{Severity: finding.SeverityInfo, Supports: facts.IDs(list...),
				Summary: words.Say("cause.dns_resolver_dead.summary", words.Args{"server": r})}
			if _, lossy := lossyPath.Check(e); waits && !lossy && !e.Paused() {
				f.Severity = finding.SeverityDegraded
				f.Summary = words.Say("cause.dns_resolver_dead.slow", words.Args{"server": r})
			}
			if p, public := known.ResolverOf(r); public {
				// Such a server is seldom down, and companies often allow none but their own.
				f.Rivals = []finding.Rival{
					{
						Layer: layer.NetworkFirewall,
						Why:   words.Say("cause.dns_resolver_dead.firewall.why", words.Args{"name": p.Name}),
						Next:  words.Say("cause.dns_resolver_dead.firewall.next"),
					},
				}
			}
			return f, true
		}
		return finding.Finding{}, false
	},
}
