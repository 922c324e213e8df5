package desk

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/known"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Causes by which a name leads to somebody else. An address is judged by what is
// behind it: whoever shows Amazon's certificate is the host, whatever its address.

// dnsBlocked: the answer is the published block page of a DNS filter.
var dnsBlocked = rule{
	Code: "dns_blocked", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery}, Explains: namedWrongly,
	Where: atFilter,
	Check: func(e evidence) (finding.Finding, bool) {
		var list []named
		var filter known.Network
		for _, n := range e.named() {
			if page, found := blockPage(n.addresses()); found {
				list, filter = append(list, n), page
			}
		}
		severity, blocks, costs := e.costOf(list)
		if len(list) == 0 || !costs {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: severity,
			Said:     true,
			Blocks:   blocks,
			Supports: facts.IDs(facts.Where(allOf(list), facts.IsOK)...),
			Owner:    words.Say("cause.dns_blocked.owner", words.Args{"filter": filter.Name}),
			Remedy: []words.Text{
				words.Say(
					"cause.dns_blocked.ask",
					words.Args{"filter": filter.Name, "hosts": hostList(systemOf(list))},
				),
				meanwhile,
			},
			Summary: words.Say(
				"cause.dns_blocked.summary",
				words.Args{"filter": filter.Name, "names": someNames(systemOf(list))},
			),
		}, true
	},
}

// dnsWrongHost: what answers at the address of a name shows a certificate of its
// own name. Whoever inspects forges the right one; and AWS's own hosts do not stand
// at addresses that are not AWS's.
var dnsWrongHost = rule{
	Code:     "dns_wrong_host",
	Layer:    layer.DNS,
	Needs:    []probe.Operation{probe.DNSQuery, probe.TLSHandshake},
	Explains: namedWrongly,
	Where:    atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		if _, portal := portalAnswers.Check(e); portal {
			return finding.Finding{}, false // a hotspot's name server does so on purpose
		}
		var list []named
		var shown []probe.Observation
		for _, n := range e.named() {
			foreign := facts.Where(e.Of(probe.TLSHandshake), func(o probe.Observation) bool {
				return o.Host() == n.host && e.otherName(o) && !facts.IsAWS(o.Addr())
			})
			if len(foreign) > 0 && !e.reached(n) {
				list, shown = append(list, n), append(shown, foreign...)
			}
		}
		severity, blocks, costs := e.costOf(list)
		if len(list) == 0 || !costs {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: severity,
			Blocks:   blocks,
			Supports: facts.IDs(append(facts.Where(allOf(list), facts.IsOK), shown...)...),
			Rivals: []finding.Rival{e.whoNames(list), e.signInPage(), {
				Layer: layer.NetworkFirewall, Why: words.Say("cause.dns_wrong_host.device.why"),
				By: words.Say("cause.dns_wrong_host.device.by"), Out: facts.IDs(shown...),
			}},
			Summary: words.Say(
				"cause.dns_wrong_host.summary",
				words.Args{"names": someNames(systemOf(list)), "address": shown[0].Addr()},
			),
		}, true
	},
}

// otherName: a handshake showed a chain for another name that is not Amazon's.
func (e evidence) otherName(o probe.Observation) bool {
	d := facts.Detail[probe.TLSDetail](o)
	return e.primary(o) && facts.Sent(o) && o.Port() == probe.HTTPSPort && d.Root == probe.RootOther &&
		len(d.Chain) > 0 &&
		!d.HostnameFits
}

// dnsNowhere: the name leads to an address that cannot be AWS's, and nobody genuine
// is behind it. Its rivals, a stand-in that a program carries on and the inner side
// of a VPC, have the genuine host behind the address.
var dnsNowhere = rule{
	Code: "dns_nowhere", Layer: layer.DNS, Needs: []probe.Operation{probe.DNSQuery}, Explains: namedWrongly,
	Where: atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		if _, portal := portalAnswers.Check(e); portal {
			return finding.Finding{}, false // a hotspot's name server does so on purpose
		}
		lossy, unsteady := e.losesSome(), e.losesAny()
		var list []named
		var why words.Text
		for _, n := range e.named() {
			if e.reached(n) || len(n.addresses()) == 0 || e.tried(n.host) == 0 || e.isGatewayName(n.host) {
				continue
			}
			at := n.addresses()[0]
			reason := standIn(at)
			// AWS has more addresses than it publishes, and loss silences any.
			doubtful := lossy || unsteady && e.onlySilent(n.host)
			if reason.Empty() && !facts.IsAWS(at) && !facts.IsNAT64(at) && !doubtful {
				reason = words.Say("desk.stand-in.foreign")
			}
			if _, page := blockPage(n.addresses()); reason.Empty() || page || !e.failsAll(n.host) {
				continue
			}
			list, why = append(list, n), reason
		}
		severity, blocks, costs := e.costOf(list)
		if len(list) == 0 || !costs {
			return finding.Finding{}, false
		}
		if _, all := oneAddress.Check(e); all {
			return finding.Finding{}, false // every name, which says more
		}
		at := list[0].addresses()[0]
		failedThere := func(o probe.Observation) bool {
			return facts.OnPort(o) && !facts.IsOK(o) &&
				slices.ContainsFunc(list, func(n named) bool { return n.host == o.Host() })
		}
		failed := facts.Where(e.Observations, failedThere)
		args := words.Args{"names": someNames(systemOf(list)), "address": at, "kind": why}
		f := finding.Finding{
			Severity: severity,
			Blocks:   blocks,
			Supports: facts.IDs(append(facts.Where(allOf(list), facts.IsOK), failed...)...),
			Rivals:   []finding.Rival{e.whoNames(list), e.signInPage()},
			Summary:  words.Say("cause.dns_nowhere.summary", args),
		}
		if facts.BenchmarkSpace.Contains(at) || facts.SharedSpace.Contains(at) {
			// The program that gives such addresses is meant to carry on what goes there.
			f.Summary = words.Say("cause.dns_nowhere.stand-in.summary", args)
			f.Remedy = []words.Text{words.Say("cause.dns_nowhere.stand-in.ask")}
			f.Rivals = []finding.Rival{
				{Layer: layer.Proxy, Rare: true, Why: words.Say("cause.dns_nowhere.stand-in.proxy")},
				{Layer: layer.NetworkFirewall, Rare: true, Why: words.Say("cause.dns_nowhere.stand-in.router")},
				{Layer: layer.LocalFirewall, Rare: true, Why: words.Say("cause.dns_nowhere.stand-in.computer")},
			}
		} else if at.Unmap().IsPrivate() {
			f.Rivals = append(f.Rivals, finding.Rival{
				Layer: layer.NetworkFirewall,
				Rare:  true,
				Why:   words.Say("cause.dns_nowhere.private.why"),
				By: words.Say(
					"cause.dns_nowhere.private.by",
				),
				Out: facts.IDs(
					facts.Where(
						e.Of(probe.TLSHandshake),
						func(o probe.Observation) bool { return o.Addr() == at && e.otherName(o) },
					)...),
				Next: words.Say("cause.dns_nowhere.private.next"),
			})
		}
		return f, true
	},
}

// whoNames: a name server elsewhere gives the address that this computer takes, or
// something here does.
func (e evidence) whoNames(list []named) finding.Rival {
	var same, other []probe.Observation
	for _, n := range list {
		taken := n.addresses()
		for _, o := range n.answered() {
			if slices.ContainsFunc(
				facts.Detail[probe.DNSDetail](o).Addresses,
				func(a netip.Addr) bool { return slices.Contains(taken, a) },
			) {
				same = append(same, o)
			} else {
				other = append(other, o)
			}
		}
	}
	return ownNames(same, other)
}

// tried counts the connections and datagrams to a host.
func (e evidence) tried(host string) int {
	return len(
		facts.Where(
			e.Observations,
			func(o probe.Observation) bool { return o.Host() == host && facts.OnPort(o) && facts.Sent(o) },
		),
	)
}

// onlySilent: nothing at all came back from where a host's name leads.
func (e evidence) onlySilent(host string) bool {
	return !slices.ContainsFunc(e.Observations, func(o probe.Observation) bool {
		return o.Host() == host && facts.OnPort(o) && facts.Sent(o) && !facts.IsSilent(o)
	})
}

// failsAll: nothing that was sent to a host came to a good end.
func (e evidence) failsAll(host string) bool {
	return !slices.ContainsFunc(e.Observations, func(o probe.Observation) bool {
		web := o.Operation == probe.TCPConnect &&
			o.Port() == probe.HTTPSPort // whoever is there may show another's certificate
		return o.Host() == host && facts.IsOK(o) && (o.Operation == probe.HTTPGet || facts.OnPort(o) && !web)
	})
}

// isGatewayName: the user named this host as gateway, which may be the company's
// own endpoint.
func (e evidence) isGatewayName(host string) bool {
	return slices.ContainsFunc(
		e.Observations,
		func(o probe.Observation) bool { return strings.HasPrefix(o.Endpoint, "gateway-") && o.Host() == host },
	)
}
