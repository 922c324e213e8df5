package catalog

import (
	"cmp"
	"slices"
)

// global checks and keeps what holds in every Region.
func (p *parser) global() {
	const file = "global.json"
	p.used, p.roles = map[string]bool{}, map[string]int{}
	p.checkSources()
	g := p.globalDoc
	for i, r := range g.Roles {
		if _, twice := p.roles[r.ID]; twice {
			p.bad(file, "role %q stands there twice", r.ID)
		}
		p.roles[r.ID] = i
		p.checkRole(file, r)
	}
	for _, e := range g.Endpoints {
		p.checkEndpoint(file, "", e)
		if len(e.Partitions) == 0 {
			p.bad(file, "endpoint %q names no partition", e.Role)
		}
		for _, name := range e.Partitions {
			p.oneOf(file, "partition", name, partitions)
		}
	}
	for _, r := range g.Ranges {
		p.checkRange(file, r, globalUses)
		p.globals.Ranges = append(p.globals.Ranges, Range{r.Use, r.CIDR, r.Source, r.AsOf})
	}
	for _, a := range g.Addresses {
		p.checkInside(file, a)
		p.globals.Inside = append(
			p.globals.Inside,
			InsideAddress{a.ID, a.Purpose, a.Address, a.Eth0Suffix, a.Transport, a.Port, a.Source, a.AsOf},
		)
	}
	for _, c := range g.Contradictions {
		p.fact(file, c.fact)
	}
	p.globals.Notes = g.Notes
}

// region checks one Region's document and makes the Region of it.
func (p *parser) region(file string, d regionDoc) Region {
	p.checkRegion(file, d)
	r := Region{ID: d.ID, Name: d.Name, Partition: d.Partition, Aliases: d.Aliases, Notes: d.Notes, Gap: d.Gap}
	if len(r.Aliases) == 0 {
		r.Aliases = []string{d.ID} // already a problem; City must not panic before it is told
	}
	if d.Airport != nil {
		r.AirportCode = d.Airport.Code
	}
	for _, x := range d.Prefixes {
		r.Prefixes = append(r.Prefixes, RegistrationPrefix{x.Prefix, x.Confidence, x.Source, x.AsOf})
	}
	r.Endpoints = p.endpoints(file, d)
	for _, x := range d.Ranges {
		p.checkRange(file, x, regionUses)
		r.Ranges = append(r.Ranges, Range{x.Use, x.CIDR, x.Source, x.AsOf})
	}
	r.Management, r.ManagementDCV = r.Nets(UseManagement), r.Nets(UseManagementDCV)
	r.Gateways = Gateways{PCoIP: r.Nets(UsePCoIPGateway), DCV: r.Nets(UseDCVGateway), AGA: r.Nets(UseDCVAccelerated)}
	for _, x := range d.Domains {
		p.checkDomain(file, x)
		r.Gateways.Domains = append(r.Gateways.Domains, Domain{x.Use, x.Domain, x.Source, x.AsOf})
	}
	return r
}

// endpoints joins the Region's own hosts, its health-check host and the global
// hosts of its partition with their roles, in the order of the roles.
func (p *parser) endpoints(file string, d regionDoc) (list []Endpoint) {
	add := func(e endpointDoc) {
		if i, ok := p.roles[e.Role]; ok {
			list = append(list, p.globalDoc.Roles[i].endpoint(d.ID, e))
		}
	}
	for _, e := range d.Endpoints {
		p.checkEndpoint(file, d.ID, e)
		add(e)
	}
	for _, e := range p.globalDoc.Endpoints {
		if slices.Contains(e.Partitions, d.Partition) {
			add(e)
		}
	}
	if d.Health != nil {
		p.checkHealth(file, *d.Health)
		for _, r := range p.globalDoc.Roles {
			host := d.Health.Host
			if r.Family == "ip6" {
				host = d.Health.HostV6
			}
			if !r.Health || host == "" {
				continue
			}
			e := r.endpoint(d.ID, endpointDoc{Host: host, fact: d.Health.fact})
			if r.Family == "ip4" {
				e.Addresses, e.AddressesDoubtful = d.Health.Addresses, d.Health.AddressesDoubtful
			}
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b Endpoint) int { return cmp.Compare(p.roles[a.ID], p.roles[b.ID]) })
	return list
}
