package diagnose

import (
	"net/netip"
	"slices"
	"sync"

	"wsdoctor/internal/catalog"
	"wsdoctor/probe"
)

// place says whose device sent an ICMP error, as far as its address tells.
type place int

const (
	placeOwn     place = iota // this computer
	placeLocal                // a private address, the default gateway, or this network's own public address
	placeTarget               // the host that was asked
	placeCarrier              // shared address space (RFC 6598): a provider's NAT, or an office that borrowed it
	placeAWS                  // an address that AWS publishes for WorkSpaces
	placePublic               // some public address
)

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

func (e Evidence) place(o probe.Observation) (place, netip.Addr) {
	m := icmp(o)
	a := m.Offender.Unmap()
	switch {
	case m.OwnHost:
		return placeOwn, a
	case a == o.Addr():
		return placeTarget, a
	case e.isGateway(a), a.IsPrivate(), a.IsLinkLocalUnicast(), e.isEgress(a):
		return placeLocal, a
	case sharedSpace.Contains(a):
		return placeCarrier, a
	case isAWS(a):
		return placeAWS, a
	}
	return placePublic, a
}

func (e Evidence) isGateway(a netip.Addr) bool {
	return slices.ContainsFunc(e.Of(probe.HostRoute), func(o probe.Observation) bool {
		return detail[probe.RouteDetail](o).Gateway.Unmap() == a
	})
}

func (e Evidence) isEgress(a netip.Addr) bool {
	for _, t := range []probe.Transport{probe.TCP, probe.UDP} {
		if seen, _ := e.egress(t); len(seen[a]) > 0 {
			return true
		}
	}
	return false
}

// publishedRanges are the addresses that AWS publishes for WorkSpaces in every
// Region, with their date: the catalog's. AWS has many more, so an address outside
// them may be AWS's all the same.
var publishedRanges = sync.OnceValue(func() []netip.Prefix {
	c, err := catalog.Load()
	if err != nil {
		return nil // the catalog's own tests see to it that it loads
	}
	var list []netip.Prefix
	for _, r := range c.Regions() {
		for _, use := range []catalog.Use{catalog.UseHealth, catalog.UsePCoIPGateway, catalog.UseDCVGateway, catalog.UseDCVAccelerated} {
			list = append(list, r.Nets(use)...)
		}
		for _, e := range r.Endpoints {
			for _, a := range e.Addresses {
				list = append(list, netip.PrefixFrom(a, a.BitLen()))
			}
		}
	}
	return list
})

func isAWS(a netip.Addr) bool {
	return slices.ContainsFunc(publishedRanges(), func(p netip.Prefix) bool { return p.Contains(a) })
}
