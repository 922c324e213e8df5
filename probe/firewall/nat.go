package firewall

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// translateTo is a translation of the destination: to another port of this computer,
// or to another address, where the packet is out of these rules' sight. It ends its
// chain, and what follows meets the packet as it is then.
type translateTo struct {
	name          string
	of            family // the IP version it is for, in a table of both; 0 for any
	redirect      bool   // to this computer, whatever the address
	address, port int    // registers; -1 for none
	portEnd       int    // register of the last of several ports; -1 for none
	low, high     netip.Addr
	first, last   uint16 // ports, where there are no registers; 0 for none
	unclear       bool   // whereto is not understood
}

// variant names what address translation makes of a packet.
type variant struct {
	of      *packet
	port    word
	address netip.Addr
	masked  bool
}

// newPort is what is known of the port. Of several the kernel keeps the one that is
// there, or takes any.
func (o *translateTo) newPort(m *machine) word {
	switch {
	case o.port >= 0 && o.portEnd >= 0:
		first, last := m.one(o.port).top(2), m.one(o.portEnd).top(2)
		return oneOfPorts(m.pkt.dport, first.low, last.high, first.known&last.known == ^uint32(0))
	case o.port >= 0:
		return m.one(o.port).top(2)
	case o.first == 0:
		return m.pkt.dport
	case o.first == o.last:
		return exact(uint32(o.first) << 16)
	}
	return oneOfPorts(m.pkt.dport, uint32(o.first)<<16, uint32(o.last)<<16, true)
}

func oneOfPorts(now word, low, high uint32, known bool) word {
	switch {
	case low > high:
		return between(0, 65535<<16).top(2)
	case known && low <= now.low && now.high <= high:
		return now
	}
	return between(low, high).top(2)
}

// newAddress is what the destination becomes; without one it is not known.
func (o *translateTo) newAddress(m *machine) (a netip.Addr) {
	switch own := m.facts.own; {
	case o.redirect && m.pkt.nfproto == nfIPv4:
		for _, a := range own { // the kernel takes the first one
			if a.Is4() {
				return a
			}
		}
	case o.redirect:
		var global []netip.Addr
		for _, a := range own {
			if a.Is6() && !a.IsLinkLocalUnicast() {
				global = append(global, a)
			}
		}
		if len(global) == 1 {
			return global[0]
		}
	case o.address < 0 && !o.low.IsValid(): // the port alone
		return m.pkt.to
	case o.low.IsValid() && o.low == o.high:
		return o.low
	case o.address >= 0:
		n := 4
		if m.pkt.nfproto == nfIPv6 {
			n = 16
		}
		ws := m.read(o.address, n/4)
		b := make([]byte, 0, 16)
		for _, w := range ws {
			if w.known != ^uint32(0) {
				return a
			}
			b = binary.BigEndian.AppendUint32(b, w.val)
		}
		a, _ = netip.AddrFromSlice(b)
	}
	return a
}

func (o *translateTo) run(m *machine) truth {
	if o.of != 0 && o.of != familyInet && o.of != family(m.pkt.nfproto) { // on to the next rule
		return yes
	}
	address, port := o.newAddress(m), o.newPort(m)
	mine := o.redirect
	for _, a := range m.facts.own {
		mine = mine || a == address
	}
	mine = mine || address == m.pkt.to
	if port != m.pkt.dport && port.low <= m.pkt.dport.high &&
		port.high >= m.pkt.dport.low { // some of these ports keep theirs
		m.out = append(m.out, verdict{action: actLose})
		return yes
	}
	if o.unclear || !address.IsValid() || !mine {
		m.out = append(m.out, verdict{action: actLose})
		return yes
	}
	m.now.pkt = m.variant(variant{of: m.pkt, port: port, address: address})
	m.pkt, m.now.placed = m.now.pkt, true
	m.out = append(m.out, verdict{action: actAccept})
	return yes
}

// hideSource is a translation of the source.
type hideSource struct {
	name string
	of   family
}

func (o *hideSource) run(m *machine) truth {
	if o.of != 0 && o.of != familyInet && o.of != family(m.pkt.nfproto) {
		return yes
	}
	m.now.pkt = m.variant(variant{of: m.pkt, port: m.pkt.dport, address: m.pkt.to, masked: true})
	m.pkt, m.now.placed = m.now.pkt, true
	m.out = append(m.out, verdict{action: actAccept})
	return yes
}

// variant gives the packet that a translation makes, the same one for the same.
func (m *machine) variant(v variant) *packet {
	if p := m.variants[v]; p != nil {
		return p
	}
	p := *v.of
	p.moved = p.moved || v.port != v.of.dport || v.address != v.of.to
	p.masked = p.masked || v.masked
	p.dport, p.to = v.port, v.address
	p.first, p.last = uint16(v.port.low>>16), uint16(v.port.high>>16)
	if p.masked {
		p.sport = between(0, 65535<<16).top(2)
		p.hide(12, 8)
	}
	at := 16
	if p.nfproto == nfIPv6 {
		at = 24
	}
	p.network.prefix(at, netip.PrefixFrom(v.address, v.address.BitLen()))
	p.ports()
	m.variants[v] = &p
	return &p
}

// hide forgets the address that stands at one place in IPv4, at another in IPv6.
func (p *packet) hide(at4, at6 int) {
	at, n := at4, 4
	if p.nfproto == nfIPv6 {
		at, n = at6, 16
	}
	for i := range n {
		p.network.val[at+i], p.network.known[at+i] = 0, 0
	}
}

func (o *translateTo) text(*printer) string { return o.name }
func (o *hideSource) text(*printer) string  { return o.name }

func (o *translateTo) mark(s *ruleset) { s.alters.translates = true }
func (o *hideSource) mark(s *ruleset)  { s.alters.translates = true }

// restoring says whether a packet was translated by connection tracking at some moment:
// what answers, back as it was asked; what comes later, as the first one was.
type restoring uint8

const (
	restoresNothing restoring = iota
	restoresPerhaps           // at the very priority at which it happens
	restores
)

func restoringAt(order, priority int) restoring {
	switch {
	case order == orderEgress, order == orderPostrouting && priority > prioritySNAT,
		order == orderInput, order == orderPrerouting && priority > priorityDNAT:
		return restores
	case order == orderPostrouting && priority == prioritySNAT, order == orderPrerouting && priority == priorityDNAT:
		return restoresPerhaps
	}
	return restoresNothing
}

func (r restoring) apply(list []travel) []travel {
	if r == restoresNothing {
		return list
	}
	var out []travel
	for _, t := range list {
		plain := t.pkt.restored == nil || t.tracking == trackingNone
		if plain || r == restoresPerhaps || t.tracking == trackingUnsure {
			out = append(out, t)
		}
		if !plain {
			t.pkt = t.pkt.restored
			out = append(out, t)
		}
	}
	return out
}

// Flags of a range (linux/netfilter/nf_nat.h).
const (
	rangeAddresses = 1
	rangePorts     = 2
	rangeOffset    = 32
)

// xtTranslate reads DNAT and REDIRECT: revision 0 for IPv4 is struct
// nf_nat_ipv4_multi_range_compat, else they are nf_nat_range and nf_nat_range2.
func xtTranslate(name string, of family, revision int, b []byte) ([]op, error) {
	o := &translateTo{name: name, redirect: name == "REDIRECT", address: -1, port: -1, portEnd: -1}
	n := binary.NativeEndian
	flags := uint32(0)
	size := 4
	var ports []byte
	switch {
	case revision == 0 && of == familyIP:
		if len(b) < 20 || n.Uint32(b) != 1 {
			return nil, short("nf_nat_ipv4_multi_range_compat")
		}
		flags, ports = n.Uint32(b[4:]), b[16:]
		o.low, o.high = ipOf(b[8:12]), ipOf(b[12:16])
	default:
		if len(b) < 40 {
			return nil, short("nf_nat_range")
		}
		if of == familyIP6 {
			size = 16
		}
		flags, ports = n.Uint32(b), b[36:]
		o.low, o.high = ipOf(b[4:4+size]), ipOf(b[20:20+size])
	}
	if flags&rangeAddresses == 0 {
		o.low, o.high = netip.Addr{}, netip.Addr{}
	}
	if flags&rangePorts != 0 {
		o.first, o.last = binary.BigEndian.Uint16(ports), binary.BigEndian.Uint16(ports[2:])
	}
	o.unclear = flags&rangeOffset != 0
	o.name += o.whereto()
	return []op{o}, nil
}

func ipOf(b []byte) netip.Addr { a, _ := netip.AddrFromSlice(b); return a }

// whereto writes the destination.
func (o *translateTo) whereto() string {
	s := ""
	if o.low.IsValid() {
		s = o.low.String()
	}
	if o.first != 0 {
		s += fmt.Sprintf(":%d", o.first)
		if o.last != o.first {
			s += fmt.Sprintf("-%d", o.last)
		}
	}
	if s == "" {
		return ""
	}
	return " to " + s
}

// translation of iptables-save: --to-ports 9999, --to-destination 198.19.5.10:9999.
func saveTranslate(name string, words []string) []op {
	o := &translateTo{name: name, redirect: name == "REDIRECT", address: -1, port: -1, portEnd: -1}
	for i := 0; i+1 < len(words); i++ {
		to := words[i+1]
		switch words[i] {
		case "--to-destination":
			if address, err := netip.ParseAddr(to); err == nil {
				o.low, o.high = address, address
			} else if both, err := netip.ParseAddrPort(to); err == nil {
				o.low, o.high, o.first, o.last = both.Addr(), both.Addr(), both.Port(), both.Port()
			} else if port, is := strings.CutPrefix(to, ":"); is {
				o.ports(port)
			} else {
				o.unclear = true
			}
		case "--to-ports":
			o.ports(to)
		}
	}
	o.name += o.whereto()
	return []op{o}
}

func (o *translateTo) ports(s string) {
	r, err := parsePorts(strings.Replace(s, "-", ":", 1))
	o.first, o.last, o.unclear = r[0], r[1], err != nil || r[0] == 0
}
