package facts

import (
	"net/netip"
	"slices"
	"strings"
	"sync"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/known"
	"wsdoctor/probe"
)

// Place says whose device sent an ICMP error, as far as its address tells.
type Place int

const (
	PlaceOwn     Place = iota // this computer
	PlaceLocal                // a private address, the default gateway, or an address of this network's own
	PlaceTarget               // the host that was asked
	PlaceCarrier              // shared address space: a provider's NAT, or an office that borrowed it
	PlaceAWS                  // an address of AWS's own
	PlacePublic               // some public address
)

// Address space that belongs to nobody's network in particular.
var (
	SharedSpace = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	// protocolSpace (RFC 6890) is what a phone's or a provider's IPv6-only network
	// shows to IPv4: 464XLAT and DS-Lite number their own ends from it (RFC 7335).
	protocolSpace = netip.MustParsePrefix("192.0.0.0/24")
)

// Owner says whose device has an address, as far as the address alone tells.
func (e Evidence) Owner(a netip.Addr) Place {
	switch {
	case e.IsGateway(a), e.IsEgress(a), e.IsNeighbour(a), e.OnLink(a), a.IsPrivate(), a.IsLinkLocalUnicast():
		return PlaceLocal
	case SharedSpace.Contains(a), protocolSpace.Contains(a):
		return PlaceCarrier
	case IsAWS(a):
		return PlaceAWS
	}
	return PlacePublic
}

// IsGateway: the address is that of a default gateway of this computer.
func (e Evidence) IsGateway(a netip.Addr) bool {
	return slices.ContainsFunc(e.Routes(), func(o probe.Observation) bool {
		return Detail[probe.RouteDetail](o).Gateway.Unmap() == a
	})
}

// OnLink: the address is in a network that this computer is joined to directly.
func (e Evidence) OnLink(a netip.Addr) bool {
	for _, o := range e.Of(probe.HostLinks) {
		for _, i := range Detail[probe.LinksDetail](o).Interfaces {
			if i.Up && i.VPN == "" &&
				slices.ContainsFunc(
					i.Addresses,
					func(p netip.Prefix) bool { return p.Bits() > 0 && !p.IsSingleIP() && p.Masked().Contains(a) },
				) {
				return true
			}
		}
	}
	return false
}

// IsEgress: the address is this network's own, as the internet sees it.
func (e Evidence) IsEgress(a netip.Addr) bool {
	for _, t := range []probe.Transport{probe.TCP, probe.UDP} {
		if seen, _ := e.Egress(t); len(seen[a]) > 0 {
			return true
		}
	}
	return false
}

// How much of an address of this computer's that the internet sees another one
// shares. A site gets a /48 of IPv6 at most (RFC 6177); what shares less, down to
// what a provider or a university holds, may be either's.
const (
	siteBits = 48
	orgBits6 = 32
	orgBits4 = 16
)

// IsNeighbour: an address of the same site as one of this computer's own, where
// no translation hides that. Without it nothing marks the routers of an office
// that has public addresses, as IPv6 gives to everybody.
func (e Evidence) IsNeighbour(a netip.Addr) bool { return a.Is6() && e.shared(a) >= siteBits }

// MayBeOwn: a public address that this computer's own one resembles, so that it
// may be its organisation's or its provider's.
func (e Evidence) MayBeOwn(a netip.Addr) bool {
	if a.Is4() {
		return e.shared(a) >= orgBits4
	}
	return e.shared(a) >= orgBits6
}

// shared counts the leading bits that an address has in common with the public
// address that packets of its family leave this computer with.
func (e Evidence) shared(a netip.Addr) int {
	most := -1 // it has none
	for _, o := range e.Routes() {
		own := Detail[probe.RouteDetail](o).Source.Unmap()
		if own.BitLen() != a.BitLen() || own.IsPrivate() || own.IsLinkLocalUnicast() || SharedSpace.Contains(own) ||
			protocolSpace.Contains(own) {
			continue
		}
		bits := 0
		for bits < a.BitLen() && netip.PrefixFrom(own, bits+1).Masked().Contains(a) {
			bits++
		}
		most = max(most, bits)
	}
	return most
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
		for _, use := range []catalog.Use{catalog.UseHealth, catalog.UsePCoIPGateway, catalog.UseDCVGateway, catalog.UseDCVAccelerated, catalog.UseGateway} {
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

// IsAWS: the address is AWS's, or of what runs there.
func IsAWS(a netip.Addr) bool {
	a = standsFor(a)
	if slices.ContainsFunc(publishedRanges(), func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	_, found := known.AWS(a)
	return found
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	nat64Local = netip.MustParsePrefix("64:ff9b:1::/48")
)

// IsNAT64: an IPv6 address that stands for an IPv4 one (RFC 6052, RFC 8215).
func IsNAT64(a netip.Addr) bool { return nat64.Contains(a) || nat64Local.Contains(a) }

// standsFor gives the IPv4 address that a translator's IPv6 address stands for, and
// any other address as it is. It reads prefixes of 96 bits, the only ones whose
// length the address itself tells or that are common.
func standsFor(a netip.Addr) netip.Addr {
	if !IsNAT64(a) {
		return a
	}
	b := a.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// Rented: an address of EC2's in which no gateways of WorkSpaces are: any company
// may have a router of its own there.
func Rented(a netip.Addr) bool {
	b, found := known.AWS(standsFor(a))
	return found && strings.Contains(b.Services, "E") && !b.Gateway()
}
