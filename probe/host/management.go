package host

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

const (
	// wideRange: a range wider than this is one that companies use for their VPCs
	// as well (10.0.0.0/8, in which DCV WorkSpaces have eth0 in every Region; AWS,
	// "IP address and port requirements"). A network inside such a range is no
	// conflict unless it meets the management interface's own network.
	wideRange = 12
	// defaultWidth: one half of all addresses is a default route too; VPN
	// programs enter two of them so as to leave the real one alone.
	defaultWidth = 1
	// overlapsListed bounds the report and the questions to the kernel.
	overlapsListed = 40
)

// containers are the names that container and virtual machine programs give
// their bridges. digits or hex are what must follow.
var containers = []struct{ prefix, rest, why string }{
	{"docker0", "", "Docker's bridge"},
	{"docker_gwbridge", "", "Docker's bridge"},
	{"br-", "hex", "a bridge of Docker's"},
	{"virbr", "digits", "libvirt's bridge for virtual machines"},
	{"lxdbr", "digits", "LXD's bridge"},
	{"incusbr", "digits", "Incus's bridge"},
	{"lxcbr", "digits", "LXC's bridge"},
	{"cni", "digits", "the bridge of a container network (CNI)"},
	{"cni-podman", "digits", "Podman's bridge"},
	{"podman", "digits", "Podman's bridge"},
	{"vEthernet (WSL", "any", "the network of the Windows Subsystem for Linux"},
	{"vEthernet (Default Switch)", "", "Hyper-V's network for virtual machines"},
	{"vEthernet (nat)", "", "the network of Windows containers"},
	{"vEthernet (DockerNAT)", "", "Docker's network"},
}

var restFits = map[string]func(string) bool{
	"":       func(s string) bool { return s == "" },
	"digits": func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" },
	"hex":    func(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789abcdef") == "" },
	"any":    func(string) bool { return true },
}

// containerWhy says which container network l is, or "". Where the system tells
// what made an interface, only a bridge is one.
func containerWhy(l link) string {
	if l.Kind != "" && l.Kind != "bridge" {
		return ""
	}
	for _, c := range containers {
		if rest, ok := strings.CutPrefix(l.Name, c.prefix); ok && restFits[c.rest](rest) {
			return c.why
		}
	}
	return ""
}

// management finds the interfaces with an address in a range, the best
// candidate first, and what overlaps the best one's network; more is how many
// overlaps are not listed. Container bridges and VPN interfaces are no
// candidates: their networks are the ones that collide.
func management(
	links []link,
	table []tableRoute,
	ranges []netip.Prefix,
	through func(netip.Addr) string,
) (found []probe.ManagedInterface, overlapping []probe.Overlap, more int) {
	found = []probe.ManagedInterface{}
	votes := map[string]int{}
	carriers := defaultCarriers(links, table, through)
	for _, l := range links {
		if l.Loopback || containerWhy(l) != "" || vpnWhy(l) != "" {
			continue
		}
		for _, p := range l.Addresses {
			r, ok := narrowest(p.Addr(), ranges)
			if !ok {
				continue
			}
			m := probe.ManagedInterface{Name: l.Name, Address: p, Range: r}
			found = append(found, m)
			votes[l.Name] = max(votes[l.Name], candidacy(m, l, table, carriers[l.Name]))
		}
	}
	slices.SortStableFunc(found, func(a, b probe.ManagedInterface) int {
		return cmp.Or(cmp.Compare(votes[b.Name], votes[a.Name]), cmp.Compare(b.Range.Bits(), a.Range.Bits()))
	})
	if len(found) == 0 {
		return found, []probe.Overlap{}, 0
	}
	overlapping, more = overlaps(found[0], links, table, through)
	return found, overlapping, more
}

// candidacy counts what speaks for an interface where several lie in ranges,
// as eth1 does in a VPC that uses 10.0.0.0/8 or the default VPC's
// 172.31.0.0/16. No sign is enough alone: the default route may be the fault
// that is looked for, a VPC's range may be the narrower one, and only Linux
// calls the management interface eth0 (AWS, "Network interfaces").
func candidacy(m probe.ManagedInterface, l link, table []tableRoute, carries bool) (votes int) {
	if !carries {
		votes += 2
	}
	if best, ok := longest(table, metadata, 0); ok && best.index == l.Index && best.prefix.Bits() > defaultWidth {
		votes += 2
	}
	if l.Name == "eth0" {
		votes += 2
	}
	if m.Range.Bits() >= wideRange {
		votes++
	}
	return votes
}

// defaultCarriers are the interfaces of the main table's best default route and
// of the kernel's own answer, which differ where a VPN is on.
func defaultCarriers(links []link, table []tableRoute, through func(netip.Addr) string) map[string]bool {
	carriers := map[string]bool{through(afar[0]): true}
	var best *tableRoute
	for i, r := range table {
		if r.table == "" && r.kind == "" && r.prefix.Addr().Is4() && r.prefix.Bits() == 0 &&
			(best == nil || r.metric < best.metric) {
			best = &table[i]
		}
	}
	for _, l := range links {
		if best != nil && l.Index == best.index {
			carriers[l.Name] = true
		}
	}
	return carriers
}

func narrowest(a netip.Addr, ranges []netip.Prefix) (best netip.Prefix, found bool) {
	for _, r := range ranges {
		if r.Contains(a.Unmap()) && (!found || r.Bits() > best.Bits()) {
			best, found = r.Masked(), true
		}
	}
	return best, found
}

// overlaps lists the networks and routes of other interfaces that meet m's own
// network or, unless it is a wide one, the management range around it. Default
// routes are none; link-local and multicast lie in no such range.
func overlaps(
	m probe.ManagedInterface,
	links []link,
	table []tableRoute,
	through func(netip.Addr) string,
) (list []probe.Overlap, more int) {
	near := surroundings{own: map[netip.Addr]bool{}, name: m.Name, network: m.Address.Masked(), through: through}
	near.around = near.network
	if m.Range.Bits() >= wideRange && m.Range.Bits() < near.network.Bits() {
		near.around = m.Range
	}
	list = []probe.Overlap{}
	byIndex := map[int]link{}
	seen := map[probe.Overlap]bool{}
	add := func(p netip.Prefix, l link, kind string) {
		as := probe.Overlap{Prefix: p, Interface: l.Name}
		if l.Name == m.Name || p.Bits() <= defaultWidth || !near.around.Overlaps(p) || seen[as] {
			return
		}
		seen[as] = true
		as.Kind, as.Network, as.Why = kind, near.network.Overlaps(p), cmp.Or(containerWhy(l), vpnWhy(l))
		list = append(list, as)
	}
	for _, l := range links {
		byIndex[l.Index] = l
		for _, p := range l.Addresses {
			near.own[p.Addr()] = true
			if l.Up && !l.Loopback {
				add(p.Masked(), l, "address")
			}
		}
	}
	for _, r := range table {
		if l := byIndex[r.index]; !l.Loopback {
			add(r.prefix, l, "route")
		}
	}
	slices.SortStableFunc(list, func(a, b probe.Overlap) int { return cmp.Compare(nearness(a), nearness(b)) })
	more = max(0, len(list)-overlapsListed)
	list = list[:len(list)-more]
	for i := range list {
		list[i].Sample, list[i].Through = near.sample(list[i].Prefix)
	}
	return list, more
}

// nearness sorts what meets the own network before the rest, and an interface's
// own network before a route.
func nearness(o probe.Overlap) (n int) {
	if !o.Network {
		n += 2
	}
	if o.Kind == "route" {
		n++
	}
	return n
}

// surroundings is the management interface's place among the networks.
type surroundings struct {
	name    string
	network netip.Prefix // its own
	around  netip.Prefix // the range, or network again
	own     map[netip.Addr]bool
	through func(netip.Addr) string
}

// sample gives an address of p in the network or, if that one is sent through
// the management interface as it should be, one outside the network but in the
// range: Docker's 172.31.0.0/16 leaves an eth0 in 172.31.4.0/20 its own network
// and takes the rest.
func (s surroundings) sample(p netip.Prefix) (to netip.Addr, through string) {
	for _, part := range []netip.Prefix{meet(p, s.network), beside(meet(p, s.around), s.network)} {
		if !part.IsValid() {
			continue
		}
		a, foreign := s.addressIn(part)
		if !foreign { // the system would keep the packet
			if !to.IsValid() {
				to = a
			}
			continue
		}
		if by := s.through(a); !to.IsValid() || s.own[to] || through == s.name && by != s.name {
			to, through = a, by
		}
	}
	return to, through
}

// addressIn picks an address that is not this computer's, past the network's
// own name where there is room; false if all tried are.
func (s surroundings) addressIn(p netip.Prefix) (netip.Addr, bool) {
	a := p.Addr()
	if p.Bits() < 31 {
		a = a.Next()
	}
	for range 16 {
		if !p.Contains(a) {
			break
		}
		if !s.own[a] {
			return a, true
		}
		a = a.Next()
	}
	return p.Addr(), false
}

// meet is what two networks share; invalid if nothing.
func meet(a, b netip.Prefix) netip.Prefix {
	switch {
	case !a.Overlaps(b):
		return netip.Prefix{}
	case a.Bits() > b.Bits():
		return a
	}
	return b
}

// beside is the half of p in which network does not lie, or p if they share
// nothing; invalid if network covers p.
func beside(p, network netip.Prefix) netip.Prefix {
	switch {
	case !p.IsValid() || !p.Overlaps(network):
		return p
	case p.Bits() >= network.Bits() || !p.Addr().Is4():
		return netip.Prefix{}
	}
	a := network.Addr().As4()
	a[p.Bits()/8] ^= 0x80 >> (p.Bits() % 8)
	return netip.PrefixFrom(netip.AddrFrom4(a), p.Bits()+1).Masked()
}
