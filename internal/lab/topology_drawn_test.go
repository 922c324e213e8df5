package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
)

// Where the name servers of a random world may be, by Drawn.Resolver.
var resolverPlaces = map[string]string{"router": routerLAN, "provider": providerDNS}

// topology builds the network of a random world: a chain of routers, and behind
// the last one hosts of their own for the web, for streaming and for STUN.
func (d Drawn) topology() topology {
	t := topology{
		command: "check", runs: Client, link: clientLink, resolvers: []string{resolverPlaces[d.Resolver]},
		places: []Place{Client}, inward: map[Place]string{},
		proxy:  endpoint{"tcp", Router, netip.MustParseAddrPort(routerLAN + ":3128")},
		holder: drawnHolder,
		serve:  []func(*services) error{(*services).startDrawn},
	}
	if d.SixOnly != "" {
		t.resolvers = []string{d.six(0, 1)}
	}
	names := d.nameServerAt()
	for i, h := range d.Hops {
		t.places, t.routers = append(t.places, h.At), append(t.routers, h.At)
		t.inward[h.At] = "lan"
		c := cable{Client, h.At, clientLink, "lan", []string{clientIP + "/24"}, []string{routerLAN + "/24"}}
		if i > 0 {
			c = cable{d.Hops[i-1].At, h.At, "wan", "lan", []string{withBits(h.inner(), h.Link)}, []string{withBits(h.address(), h.Link)}}
		}
		if i == 0 && d.SixOnly != "" {
			c.addrA = nil
		}
		if d.IPv6 {
			c.addrA, c.addrB = append(c.addrA, d.six(i, 2)+"/64"), append(c.addrB, d.six(i, 1)+"/64")
		}
		if i > 0 && i-1 == d.WireAfter {
			t.wire = c
		} else {
			t.cables = append(t.cables, c)
		}
		if h.NAT {
			t.nat = append(t.nat, translation{h.At, "wan", ""})
		}
	}
	last := d.Hops[len(d.Hops)-1].At
	for i, at := range drawnHosts {
		t.places = append(t.places, at)
		near, far := fmt.Sprintf("52.93.236.%d", 4*i+1), fmt.Sprintf("52.93.236.%d", 4*i+2)
		c := cable{last, at, "to-" + string(at), "eth0", []string{near + "/30"}, []string{far + "/30"}}
		near6, far6 := fmt.Sprintf("2600:1f00:0:f%d::1", i), fmt.Sprintf("2600:1f00:0:f%d::2", i)
		if d.IPv6 {
			c.addrA, c.addrB = append(c.addrA, near6+"/64"), append(c.addrB, far6+"/64")
		}
		t.cables = append(t.cables, c)
		t.routes = append(t.routes, route{at: at, prefix: "0.0.0.0/0", via4: near})
		if d.IPv6 {
			t.routes = append(t.routes, route{at: at, prefix: "::/0", via6: near6})
		}
		for _, a := range drawnHeld() {
			r := route{at: last, prefix: netip.PrefixFrom(a, a.BitLen()).String(), via4: far}
			if drawnHolder(a) != at || a.Is6() && !d.IPv6 {
				continue
			}
			if a.Is6() {
				r.via4, r.via6 = "", far6
			}
			t.routes = append(t.routes, r)
		}
	}
	t.holds = []holding{{names, "lo", providerDNS + "/32"}, {d.last(UserNetwork), "lo", coveredDNS + "/32"}}
	t.routes = append(t.routes, d.ways(names)...)
	return t
}

// nameServerAt is the first provider's hop, where the provider's name server is.
func (d Drawn) nameServerAt() Place {
	i := slices.IndexFunc(d.Hops, func(h Hop) bool { return h.Owner == Transit })
	return d.Hops[max(i, 0)].At
}

// ways are the routes along the chain: everything outward, and back to every
// network that is further in.
func (d Drawn) ways(names Place) []route {
	var list []route
	if d.SixOnly == "" {
		list = append(list, route{Client, "0.0.0.0/0", routerLAN, ""})
	}
	if d.IPv6 {
		list = append(list, route{Client, "::/0", "", d.six(0, 1)})
	}
	for i, h := range d.Hops {
		if i+1 < len(d.Hops) {
			list = append(list, route{h.At, "0.0.0.0/0", d.Hops[i+1].address().String(), ""})
			if d.IPv6 {
				list = append(list, route{h.At, "::/0", "", d.six(i+1, 1)})
			}
		}
		if i == 0 {
			continue
		}
		back, back6 := h.inner().String(), d.six(i, 2)
		for j := range i {
			prefix := d.Hops[j].Link
			if j == 0 {
				prefix = netip.MustParsePrefix("192.168.50.0/24")
			}
			list = append(list, route{h.At, prefix.String(), back, ""})
			if d.IPv6 {
				list = append(list, route{h.At, d.six(j, 0) + "/64", "", back6})
			}
		}
		for place, address := range map[Place]string{names: providerDNS, d.last(UserNetwork): coveredDNS} {
			if d.distance(place) < i+1 {
				list = append(list, route{h.At, address + "/32", back, ""})
			}
		}
	}
	return list
}

// six is an address of the link to the hop of that index.
func (d Drawn) six(i, host int) string {
	base := "2001:db8:10" // the provider's
	switch d.Hops[i].Owner {
	case UserNetwork:
		base = "2001:db8:50"
	case AWSBorder:
		base = "2600:1f00:0"
	}
	if host == 0 {
		return fmt.Sprintf("%s:%x::", base, i+1)
	}
	return fmt.Sprintf("%s:%x::%x", base, i+1, host)
}

func withBits(a netip.Addr, p netip.Prefix) string { return netip.PrefixFrom(a, p.Bits()).String() }

// drawnHolder says which host has an address of AWS's services.
func drawnHolder(a netip.Addr) Place {
	switch {
	case slices.Contains(health, a):
		return streamHosts
	case a == stunAddr:
		return stunHosts
	}
	return webHosts
}

// drawnHeld are the addresses of AWS's services. Without a catalog the lab fails
// to build, with its error.
var drawnHeld = sync.OnceValue(func() []netip.Addr {
	z, err := world()
	if err != nil {
		return nil
	}
	return held(z)
})
