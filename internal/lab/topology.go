package lab

import (
	"net/netip"
	"slices"
	"strings"
)

// clientLink is the client's network interface, named as on many desktops.
const clientLink = "enp3s0"

// cable is one link and the addresses, in CIDR notation, of its ends.
type cable struct {
	a, b         Place
	ifA, ifB     string
	addrA, addrB []string
}

// cables are the links of the topology. The wire between provider and edge is
// made apart, because it may be slow.
var cables = []cable{
	{Client, Router, clientLink, "lan", []string{clientIP + "/24", clientIP6 + "/64"}, []string{routerLAN + "/24", routerLAN6 + "/64"}},
	{Router, Firewall, "wan", "lan", []string{"10.20.0.2/24", "2001:db8:50:20::2/64"}, []string{firewallLAN + "/24", "2001:db8:50:20::1/64"}},
	{Firewall, Office, "dmz", "eth0", []string{"10.30.0.1/24", "10.20.5.1/24"}, []string{proxyIP + "/24", directory1 + "/24", directory2 + "/24"}},
	{Firewall, Provider, "wan", "customer", []string{publicIP + "/30", "2001:db8:10::10/64"}, []string{providerIP + "/30", "2001:db8:10::9/64"}},
	{Edge, AWS, "inside", "eth0", []string{"52.93.0.1/30", "2600:1f00:0:1::1/64"}, []string{"52.93.0.2/30", "2600:1f00:0:1::2/64"}},
}

// transit is the wire. Its addresses are AWS's, from the ranges that AWS
// publishes for the Region, as they are where AWS meets a provider.
var transit = cable{Provider, Edge, "transit", "transit", []string{"52.94.0.1/30", "2600:1f18:0:9::1/64"}, []string{edgeIP + "/30", edgeIP6 + "/64"}}

// chain is the way of a packet from the user to AWS. The office lies aside.
var chain = []Place{Client, Router, Firewall, Provider, Edge, AWS}

// onward gives the link that leads from a place towards AWS, as seen by it.
func onward(from Place) (cable, bool) {
	for _, c := range append(slices.Clone(cables), transit) {
		if c.a == from && c.b != Office {
			return c, true
		}
	}
	return cable{}, false
}

// PlaceOf names the machine that holds an address, or false for an address that
// nobody in the simulated network holds. The office's translated addresses are
// the firewall's.
func PlaceOf(a netip.Addr) (Place, bool) {
	a = a.Unmap()
	for _, c := range append(slices.Clone(cables), transit) {
		for place, list := range map[Place][]string{c.a: c.addrA, c.b: c.addrB} {
			if slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, a.String()+"/") }) {
				return place, true
			}
		}
	}
	switch {
	case a == netip.MustParseAddr(providerDNS):
		return Provider, true
	case slices.Contains(addrs(rotatedIP+" "+udpIP+" "+proxyOutIP), a):
		return Firewall, true
	}
	z, err := world()
	if err == nil && slices.Contains(held(z), a) {
		return AWS, true
	}
	return "", false
}
