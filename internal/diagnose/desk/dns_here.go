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

// Causes by which names go wrong on this computer itself: its hosts file, its own
// name service, what programs left behind.

// hostsFile: the hosts file names an address for a host that name servers place
// elsewhere, and nobody genuine answers there. Its rival, a wrong name server, says
// the same when it is asked itself.
var hostsFile = rule{
	Code: "hosts_file", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.HostNames}, Explains: namedWrongly,
	Where: inHostsFile,
	Check: func(e evidence) (finding.Finding, bool) {
		entries := map[string]netip.Addr{}
		var file probe.Observation
		for _, o := range e.Of(probe.HostNames) {
			file = o
			for _, entry := range facts.Detail[probe.HostNamesDetail](o).Entries {
				entries[strings.ToLower(entry.Name)] = entry.Address.Unmap()
			}
		}
		var wrong []named
		for _, n := range e.named() {
			a, held := entries[n.host]
			told := slices.Contains(n.addresses(), a) || !facts.IsOK(n.system)
			if !held || e.reached(n) || !told || slices.ContainsFunc(n.answered(), func(o probe.Observation) bool {
				return slices.Contains(facts.Detail[probe.DNSDetail](o).Addresses, a)
			}) {
				continue
			}
			wrong = append(wrong, n)
		}
		severity, blocks, costs := e.costOf(wrong)
		if len(wrong) == 0 || !costs {
			return finding.Finding{}, false
		}
		answers := answersOf(wrong)
		return finding.Finding{
			Severity:    severity,
			Said:        len(answers) > 0,
			Blocks:      blocks,
			Supports:    facts.IDs(append(allOf(wrong), file)...),
			Contradicts: facts.IDs(answers...),
			Rivals: []finding.Rival{{
				Layer: layer.DNS, Why: words.Say("cause.hosts_file.dns.why"),
				By: words.Say("cause.hosts_file.dns.by"), Out: facts.IDs(append(answers, file)...),
			}},
			Summary: words.Say(
				"cause.hosts_file.summary",
				words.Args{"address": entries[wrong[0].host], "names": someNames(systemOf(wrong))},
			),
		}, true
	},
}

// stubDead: the name service at an address of this computer itself refuses, in the
// kernel's own word. Its rival, a local firewall, refuses other addresses too.
var stubDead = rule{
	Code: "dns_stub_dead", Layer: layer.LocalDevice, Needs: []probe.Operation{probe.DNSQuery}, Explains: nameless,
	Where: atOwnResolver,
	Check: func(e evidence) (finding.Finding, bool) {
		dead := facts.Where(e.At("name", probe.DNSQuery), func(o probe.Observation) bool {
			return isLoopbackResolver(o) && o.Failure == probe.ConnectionRefused
		})
		if len(dead) == 0 || slices.ContainsFunc(e.At("name", probe.DNSQuery), facts.IsOK) {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityFault,
			Said:     true,
			Blocks:   probe.StreamingProtocols(),
			Supports: facts.IDs(facts.Where(e.At("name", probe.DNSQuery), unansweredName)...),
			Summary:  words.Say("cause.dns_stub_dead.summary", words.Args{"server": resolverOf(dead[0])}),
		}, true
	},
}

// resolverLeft: the name server in the list is one that a VPN program answers on
// while it runs, it is silent, and this computer has no address of that program's.
var resolverLeft = rule{
	Code:     "dns_server_left_behind",
	Layer:    layer.LocalDevice,
	Needs:    []probe.Operation{probe.DNSQuery},
	Explains: nameless,
	Where:    atOwnResolver,
	Check: func(e evidence) (finding.Finding, bool) {
		quiet := facts.Where(e.At("name", probe.DNSQuery), unansweredName)
		for _, o := range quiet {
			product, own, left := known.VPNResolver(resolverOf(o))
			if !left || e.hasAddressIn(own) || slices.ContainsFunc(e.At("name", probe.DNSQuery), facts.IsOK) {
				continue
			}
			return finding.Finding{
				Severity: finding.SeverityFault,
				Blocks:   probe.StreamingProtocols(),
				Supports: facts.IDs(quiet...),
				Where:    finding.At(finding.OnComputer, resolverOf(o).String()).By(product),
				Rivals: []finding.Rival{
					{Layer: layer.DNS, Rare: true, Why: words.Say("cause.dns_server_left_behind.dns.why")},
				},
				Summary: words.Say(
					"cause.dns_server_left_behind.summary",
					words.Args{"server": resolverOf(o), "program": product},
				),
			}, true
		}
		return finding.Finding{}, false
	},
}

// resolverCovered: packets for the name server go to a network of containers or
// virtual machines on this computer, because its range covers the address.
var resolverCovered = rule{
	Code:     "dns_server_covered",
	Layer:    layer.LocalDevice,
	Needs:    []probe.Operation{probe.DNSQuery, probe.HostRoute},
	Explains: nameless,
	Where:    atOwnResolver,
	Check: func(e evidence) (finding.Finding, bool) {
		for _, o := range e.Of(probe.HostRoute) {
			r := facts.Detail[probe.RouteDetail](o)
			if r.Endpoint != "resolver" || r.Gateway.IsValid() ||
				r.Kind != probe.LinkBridge && r.Kind != probe.LinkVeth {
				continue
			}
			quiet := facts.Where(e.At("name", probe.DNSQuery), func(q probe.Observation) bool {
				return resolverOf(q) == r.Destination.Unmap() && unansweredName(q)
			})
			// Behind a bridge that the way to the internet leaves by too is the wire.
			wire := slices.ContainsFunc(e.Routes(), func(q probe.Observation) bool {
				return facts.IsOK(q) && r.Interface != "" && facts.Detail[probe.RouteDetail](q).Interface == r.Interface
			})
			if wire || len(quiet) == 0 || slices.ContainsFunc(e.At("name", probe.DNSQuery), facts.IsOK) {
				continue
			}
			return finding.Finding{
				Severity: finding.SeverityFault,
				Blocks:   probe.StreamingProtocols(),
				Supports: facts.IDs(append(facts.Where(e.At("name", probe.DNSQuery), unansweredName), o)...),
				Where:    finding.At(finding.OnComputer, r.Interface),
				Rivals: []finding.Rival{{
					Layer: layer.DNS, Why: words.Say("cause.dns_server_covered.dns.why"),
					By: words.Say("cause.dns_server_covered.dns.by"), Out: facts.IDs(o),
				}},
				Summary: words.Say(
					"cause.dns_server_covered.summary",
					words.Args{"network": r.Interface, "server": r.Destination},
				),
			}, true
		}
		return finding.Finding{}, false
	},
}

// namesDifferHere: programs are told something else about a name than every name
// server says itself. Its rival, a wrong name server, says it when it is asked.
var namesDifferHere = rule{
	Code:     "names_differ_here",
	Layer:    layer.LocalDevice,
	Needs:    []probe.Operation{probe.DNSQuery},
	Explains: namedWrongly,
	Where:    onThisComputer,
	Check: func(e evidence) (finding.Finding, bool) {
		var wrong []named
		for _, n := range e.named() {
			fails := n.system.Outcome == probe.Failed && !unansweredName(n.system)
			if fails && len(n.direct) > 0 &&
				!slices.ContainsFunc(n.servers(), func(o probe.Observation) bool { return !facts.IsOK(o) }) &&
				!e.reached(n) {
				wrong = append(wrong, n)
			}
		}
		severity, blocks, costs := e.costOf(wrong)
		if len(wrong) == 0 || !costs {
			return finding.Finding{}, false
		}
		answers := answersOf(wrong)
		return finding.Finding{
			Severity:    severity,
			Blocks:      blocks,
			Supports:    facts.IDs(programsOf(wrong)...),
			Contradicts: facts.IDs(answers...),
			Rivals: []finding.Rival{
				{
					Layer: layer.DNS,
					Why:   words.Say("cause.names_differ_here.dns.why"),
					By:    words.Say("cause.names_differ_here.dns.by"),
					Out:   facts.IDs(answers...),
				},
			},
			Summary: words.Say(
				"cause.names_differ_here.summary",
				words.Args{"names": someNames(systemOf(wrong))},
			),
		}, true
	},
}

// hasAddressIn: an interface of this computer has an address in a range.
func (e evidence) hasAddressIn(p netip.Prefix) bool {
	for _, o := range e.Of(probe.HostLinks) {
		for _, i := range facts.Detail[probe.LinksDetail](o).Interfaces {
			if i.Up &&
				slices.ContainsFunc(i.Addresses, func(a netip.Prefix) bool { return p.Contains(a.Addr().Unmap()) }) {
				return true
			}
		}
	}
	return false
}

// systemOf gives one observation for each name, for what is said of it.
func systemOf(list []named) []probe.Observation {
	var out []probe.Observation
	for _, n := range list {
		out = append(out, n.all()[len(n.all())-1])
	}
	return out
}

// programsOf is what programs of this computer are told, by the system or by its own
// name service.
func programsOf(list []named) (out []probe.Observation) {
	for _, n := range list {
		out = append(out, n.system)
		out = append(
			out,
			facts.Where(n.direct, func(o probe.Observation) bool { return isLoopbackResolver(o) && !facts.IsOK(o) })...)
	}
	return out
}

// answersOf are the addresses that the name servers themselves give.
func answersOf(list []named) (out []probe.Observation) {
	for _, n := range list {
		out = append(out, n.answered()...)
	}
	return out
}

func allOf(list []named) []probe.Observation {
	var out []probe.Observation
	for _, n := range list {
		out = append(out, n.all()...)
	}
	return out
}
