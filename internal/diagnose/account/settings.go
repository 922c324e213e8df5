package account

import (
	"net/netip"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/probe"
)

// Settings are what an account tells of how a user's WorkSpace is to be reached. A field
// that nothing tells is empty.
type Settings struct {
	Protocol    probe.Protocol // the only one that the user's WorkSpaces have
	DirectoryID string
	Domain      string
	DNS         []netip.Addr // the directory's name servers
	// AllowedCIDRs are the rules of the directory's IP access control groups, where they
	// hold for sessions over the internet.
	AllowedCIDRs []string
	// Endpoint is the VPC endpoint by which DCV streams, and Host a name of it.
	Endpoint, Host string
	FIPS           bool         // clients have to use other hosts
	Management     netip.Prefix // the range of eth0 of a WorkSpace on the company's own licence
}

// SettingsOf reads them out of a report's observations.
func SettingsOf(observations []probe.Observation) Settings {
	e := evidence{facts.Gather(facts.Input{Vantage: probe.InAccount, Observations: observations})}
	s := Settings{Protocol: OnlyProtocol(observations)}
	d, known := e.directory()
	if !known {
		return s
	}
	s.DirectoryID, s.Domain, s.FIPS = d.ID, d.Name, d.Encryption == "FIPS_VALIDATED"
	s.DNS = e.nameServers(d)
	if its, known := e.service(d.ID); known && len(its.DNS) > 0 {
		s.DNS = onlyIPv4(its.DNS) // where they differ, these are the directory's
	}
	if rules, known := AllowedCIDRs(observations); known {
		s.AllowedCIDRs = rules
	}
	if id, has := e.streamingEndpoint(); has {
		s.Endpoint = id
		if v, read := e.vpcEndpoint(id); read {
			s.Host = first(v.Names)
		}
	}
	if d.Tenancy == "DEDICATED" {
		for _, o := range e.answers(probe.AccountTenancy) {
			s.Management = facts.Detail[probe.TenancyDetail](o).Management
		}
	}
	return s
}
