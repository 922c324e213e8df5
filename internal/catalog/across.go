package catalog

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// across checks what all Regions must satisfy together, and fills the names
// that Find knows.
func (p *parser) across(c *Catalog) {
	for _, r := range c.regions {
		for _, name := range append([]string{r.ID, r.Name, r.AirportCode}, r.Aliases...) {
			key := fold(name)
			if other, taken := c.names[key]; key != "" && taken && other != r.ID {
				p.bad(r.ID, "%q is also a name of %s", name, other)
			}
			if key != "" {
				c.names[key] = r.ID
			}
		}
	}
	p.uniquePrefixes(c)
	p.uniqueHosts(c)
	p.uniqueAddresses(c)
	p.disjointRanges(c)
	for key := range p.sources {
		if !p.used[key] {
			p.bad("sources.json", "no fact has source %q", key)
		}
	}
}

func (p *parser) uniquePrefixes(c *Catalog) {
	seen := map[string]string{}
	for _, r := range c.regions {
		for _, x := range r.Prefixes {
			key := strings.ToLower(x.Prefix)
			if other, taken := seen[key]; taken {
				p.bad(r.ID, "prefix %q is also one of %s", x.Prefix, other)
			}
			seen[key] = r.ID
		}
	}
}

// uniqueHosts: within a Region no role twice and no two roles for the same
// request; between Regions no host twice, unless it is listed as shared or
// borrowed from the Region it belongs to.
func (p *parser) uniqueHosts(c *Catalog) {
	shared := map[string]bool{} // → used
	for _, s := range p.globalDoc.SharedHosts {
		if s.Why == "" {
			p.bad("global.json", "shared host %q needs a reason", s.Host)
		}
		shared[s.Host] = false
	}
	everywhere := map[string]bool{}
	for _, e := range p.globalDoc.Endpoints {
		everywhere[e.Host] = true
	}
	owner := map[string]string{}
	for _, r := range c.regions {
		roles, requests := map[string]bool{}, map[string]string{}
		for _, e := range r.Endpoints {
			if roles[e.ID] {
				p.bad(r.ID, "role %q stands there twice", e.ID)
			}
			roles[e.ID] = true
			request := e.Scheme + "://" + e.Host + ":" + strconv.Itoa(
				int(e.Port),
			) + "/" + string(
				e.Transport,
			) + e.Path + e.directoryPath
			if other, taken := requests[request]; taken {
				p.bad(r.ID, "%q and %q are the same request", e.ID, other)
			}
			requests[request] = e.ID
			other, taken := owner[e.Host]
			switch {
			case everywhere[e.Host] || e.HostRegion != "":
			case !taken:
				owner[e.Host] = r.ID
			case other != r.ID:
				if _, listed := shared[e.Host]; !listed {
					p.bad(r.ID, "host %q is also one of %s", e.Host, other)
				}
				shared[e.Host] = true
			}
		}
	}
	for host, used := range shared {
		if !used && !everywhere[host] {
			p.bad("global.json", "shared host %q is not shared", host)
		}
	}
}

// uniqueAddresses: a health-check address belongs to one Region, except in a
// listed contradiction of the vendor's page, of which one side must be marked
// doubtful. A contradiction that is no longer there must go from the list.
func (p *parser) uniqueAddresses(c *Catalog) {
	owners := map[netip.Addr][]string{}
	doubtful := map[string]bool{}
	for _, r := range c.regions {
		for _, e := range r.Endpoints {
			doubtful[r.ID] = doubtful[r.ID] || e.AddressesDoubtful
			for _, a := range e.Addresses {
				if !slices.Contains(owners[a], r.ID) {
					owners[a] = append(owners[a], r.ID)
				}
			}
		}
	}
	for _, x := range p.globalDoc.Contradictions {
		if x.Why == "" || !slices.ContainsFunc(x.Regions, func(id string) bool { return doubtful[id] }) {
			p.bad("global.json", "contradiction of %q needs a reason and a Region marked addresses_doubtful", x.Regions)
		}
		for _, a := range x.Addresses {
			if !slices.Equal(owners[a], slices.Sorted(slices.Values(x.Regions))) {
				p.bad("global.json", "contradiction: %v is not an address of all of %q", a, x.Regions)
			}
			delete(owners, a)
		}
	}
	for a, ids := range owners {
		if len(ids) > 1 {
			p.bad(ids[1], "address %v is also one of %s", a, ids[0])
		}
	}
}

// disjointRanges: published public ranges overlap neither each other nor the
// management ranges.
func (p *parser) disjointRanges(c *Catalog) {
	type owned struct {
		region string
		Range
	}
	var published, management []owned
	for _, r := range c.regions {
		for _, x := range r.Ranges {
			if slices.Contains(publicUses, x.Use) {
				published = append(published, owned{r.ID, x})
			} else {
				management = append(management, owned{r.ID, x})
			}
		}
	}
	for i, a := range published {
		for _, others := range [][]owned{published[:i], management} {
			for _, b := range others {
				if a.Prefix.Overlaps(b.Prefix) {
					p.bad(
						a.region,
						"%s range %v overlaps %s range %v of %s",
						a.Use,
						a.Prefix,
						b.Use,
						b.Prefix,
						b.region,
					)
				}
			}
		}
	}
}
