package desk

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// directoryRecordsMissing: the directory's own name server answers and says
// that a record every domain has does not exist. Its rival, a server that
// cannot be reached from a desk, says nothing.
var directoryRecordsMissing = rule{
	Code: "directory_records_missing", Layer: layer.DirectoryDNS, Needs: []probe.Operation{probe.DNSQuery},
	Where: atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.At("directory-dns", probe.DNSQuery), func(o probe.Observation) bool {
			return o.Failure == probe.DNSNXDomain || o.Failure == probe.DNSNoAnswer || o.Failure == probe.DNSServfail ||
				o.Failure == probe.DNSRefused
		})
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		d := facts.Detail[probe.DNSDetail](list[0])
		knows := facts.Where(e.At("directory-dns", probe.DNSQuery), func(o probe.Observation) bool {
			return facts.IsOK(o) && facts.Detail[probe.DNSDetail](o).Resolver == d.Resolver
		})
		return finding.Finding{
			Severity:    finding.SeverityFault,
			Said:        true,
			Supports:    facts.IDs(list...),
			Contradicts: facts.IDs(knows...),
			Rivals: []finding.Rival{
				{
					Layer:    layer.NetworkFirewall,
					Rare:     true,
					Harmless: true,
					Why:      words.Say("cause.directory_records_missing.other-server.why"),
					By:       words.Say("cause.directory_records_missing.other-server.by"),
					Out:      facts.IDs(knows...),
					Next:     words.Say("cause.directory_records_missing.other-server.next"),
				},
			},
			Summary: words.Say(
				"cause.directory_records_missing.summary",
				words.Args{
					"server":  facts.HostOf(d.Resolver),
					"name":    d.Name,
					"failure": words.Failure(list[0].Failure),
				},
			),
		}, true
	},
}

// directoryUnreachable is normal from a desk and said so.
var directoryUnreachable = rule{
	Code: "directory_dns_unreachable", Layer: layer.DirectoryDNS, Needs: []probe.Operation{probe.DNSQuery},
	Where: atResolvers,
	Check: func(e evidence) (finding.Finding, bool) {
		all := e.At("directory-dns", probe.DNSQuery)
		quiet := facts.Where(all, func(o probe.Observation) bool {
			return facts.IsSilent(o) || o.Failure == probe.ConnectionRefused || o.Failure == probe.HostUnreachable ||
				o.Failure == probe.NetworkUnreachable ||
				o.Failure == probe.AdministrativelyProhibited
		})
		if len(quiet) == 0 {
			return finding.Finding{}, false
		}
		var servers []string
		for _, o := range quiet {
			if r := facts.HostOf(facts.Detail[probe.DNSDetail](o).Resolver); !slices.Contains(servers, r) {
				servers = append(servers, r)
			}
		}
		f := finding.Finding{Severity: finding.SeverityInfo, Supports: facts.IDs(quiet...),
			Summary: words.Say("cause.directory_dns_unreachable.summary", words.Args{"servers": servers})}
		if answered := facts.Where(all, facts.IsOK); len(answered) > 0 {
			f.Contradicts = facts.IDs(answered...)
			f.Severity = finding.SeverityDegraded
			f.Rivals = []finding.Rival{
				{
					Layer: layer.NetworkFirewall,
					Rare:  true,
					Why:   words.Say("cause.directory_dns_unreachable.firewall.why"),
				},
			}
			f.Summary = words.Say("cause.directory_dns_unreachable.only-one", words.Args{"servers": servers})
		}
		return f, true
	},
}
