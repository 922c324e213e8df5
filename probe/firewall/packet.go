package firewall

import (
	"encoding/binary"
	"net/netip"

	"wsdoctor/probe"
)

// word is what is known of four bytes of a packet or register, the first byte
// on top: the bits in known have the value of val, and the whole lies between
// low and high.
type word struct{ val, known, low, high uint32 }

var anything = word{high: ^uint32(0)}

func exact(v uint32) word { return word{val: v, known: ^uint32(0), low: v, high: v} }

// partly knows some bits.
func partly(val, known uint32) word {
	val &= known
	return word{val: val, known: known, low: val, high: val | ^known}
}

// between lies in a range; the leading bits that both ends share are known.
func between(low, high uint32) word {
	known := ^uint32(0)
	for diff := low ^ high; diff != 0; diff >>= 1 {
		known <<= 1
	}
	return word{val: low & known, known: known, low: low, high: high}
}

// host is a number as the kernel keeps it in a register: in this computer's
// order of bytes.
func host(v uint32) uint32 {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], v)
	return binary.BigEndian.Uint32(b[:])
}

// top keeps the first n bytes (1 to 4), the others being zero.
func (w word) top(n int) word {
	m := ^uint32(0) << (32 - 8*n)
	return word{val: w.val & m, known: w.known | ^m, low: w.low & m, high: w.high & m}
}

// Numbers of the transports (IANA protocol numbers), and the kernel's of the IP
// versions (NFPROTO_IPV4, NFPROTO_IPV6).
const (
	protoTCP = 6
	protoUDP = 17

	nfIPv4 = 2
	nfIPv6 = 10
)

var protocols = map[probe.Transport]byte{probe.TCP: protoTCP, probe.UDP: protoUDP}

// header is a header's bytes, as far as they are known.
type header struct {
	val, known [40]byte
	size       int
}

func (h *header) set(at int, bytes ...byte) {
	for i, b := range bytes {
		h.val[at+i], h.known[at+i] = b, 0xff
	}
}

// load reads n bytes at an offset into words. It is false beyond the header.
func (h *header) load(at, n int, into []word) bool {
	if at < 0 || at+n > h.size {
		return false
	}
	for i := 0; i < n; i += 4 {
		var val, known uint32
		for j := range 4 {
			val, known = val<<8, known<<8
			if i+j < n {
				val, known = val|uint32(h.val[at+i+j]), known|uint32(h.known[at+i+j])
			} else {
				known |= 0xff // registers are filled up with zeros
			}
		}
		into[i/4] = partly(val, known)
	}
	return true
}

// packet is a new packet from outside, or the answer to one, as far as it is known.
// See the package comment for what is assumed.
type packet struct {
	answer     bool         // it is sent by this computer
	later      bool         // its connection was opened and answered before
	source     netip.Prefix // of a packet that comes in
	to         netip.Addr
	moved      bool    // its destination was translated
	masked     bool    // its source was
	restored   *packet // what connection tracking makes of it on its way: an answer as before the translation, a later packet as the first one; nil for the same
	nfproto    byte
	proto      byte
	first      uint16
	last       uint16 // of the destination port
	network    header
	transport  header
	sport      word // in the upper half
	dport      word
	asked      word // the port that the connection was opened to
	deviceName [4]word
}

// Lengths of headers without options, in bytes.
const (
	ipv4Header = 20
	ipv6Header = 40
	tcpHeader  = 20
	udpHeader  = 8
)

// newPacket makes one for a run of ports of an address, from somewhere in source.
func newPacket(device string, to netip.Addr, source netip.Prefix, t probe.Transport, first, last uint16) *packet {
	p := &packet{proto: protocols[t], first: first, last: last, source: source, to: to}
	p.sport = between(1024<<16, 65535<<16).top(2)
	p.dport = between(uint32(first)<<16, uint32(last)<<16).top(2)
	p.asked = p.dport
	p.headers(source, netip.PrefixFrom(to, to.BitLen()), tcpSYN)
	p.setInterface(device)
	return p
}

// newAnswer makes the answer to such a packet.
func newAnswer(device string, from netip.Addr, source netip.Prefix, t probe.Transport, first, last uint16) *packet {
	p := &packet{answer: true, proto: protocols[t], first: first, last: last}
	p.sport = between(uint32(first)<<16, uint32(last)<<16).top(2)
	p.dport = between(firstEphemeral<<16, 65535<<16).top(2)
	p.asked = p.sport
	p.headers(netip.PrefixFrom(from, from.BitLen()), source, tcpSYN|tcpACK)
	p.setInterface(device)
	return p
}

// followed makes a later packet of the same connection: over TCP it acknowledges, with
// data or without.
func (p *packet) followed() *packet {
	out := *p
	out.later = true
	if out.proto == protoTCP {
		const push = 0x08
		out.transport.val[13], out.transport.known[13] = tcpACK, 0x3f&^push
	}
	if p.restored != nil {
		out.restored = p.restored.followed()
	}
	return &out
}

// firstEphemeral is the first port that Linux gives to whoever connects (ip(7),
// ip_local_port_range; RFC 6056 and Windows begin higher). A rule about lower ones is
// meant for what this computer asks itself.
const firstEphemeral = 32768

// Flags of TCP.
const (
	tcpSYN = 0x02
	tcpACK = 0x10
)

// headers fills the headers with what is known of both ends.
func (p *packet) headers(from, to netip.Prefix, flags byte) {
	if to.Addr().Is4() {
		p.nfproto, p.network.size = nfIPv4, ipv4Header
		p.network.val[0], p.network.known[0] = 0x40, 0xf0 // version 4; it may have options
		p.network.val[6], p.network.known[6] = 0, 0x3f    // no fragment
		p.network.set(7, 0)
		p.network.set(9, p.proto)
		p.network.prefix(12, from)
		p.network.prefix(16, to)
	} else {
		p.nfproto, p.network.size = nfIPv6, ipv6Header
		p.network.val[0], p.network.known[0] = 0x60, 0xf0
		p.network.set(6, p.proto)
		p.network.prefix(8, from)
		p.network.prefix(24, to)
	}
	p.transport.size = udpHeader
	if p.proto == protoTCP {
		p.transport.size = tcpHeader
		p.transport.val[13], p.transport.known[13] = flags, 0x3f // ECN may be offered, and taken
	}
	p.ports()
}

// ports writes what is known of both ports into the header.
func (p *packet) ports() {
	for i, w := range []word{p.sport, p.dport} {
		binary.BigEndian.PutUint16(p.transport.val[2*i:], uint16(w.val>>16))
		binary.BigEndian.PutUint16(p.transport.known[2*i:], uint16(w.known>>16))
	}
}

// setInterface says by which interface the packet comes or goes.
func (p *packet) setInterface(device string) {
	name := make([]byte, 16)
	copy(name[:15], device)
	for i := range p.deviceName {
		p.deviceName[i] = exact(binary.BigEndian.Uint32(name[4*i:]))
	}
}

// prefix writes the known bits of a network's addresses.
func (h *header) prefix(at int, p netip.Prefix) {
	bits := p.Bits()
	for i, b := range p.Masked().Addr().AsSlice() {
		n := min(max(bits-8*i, 0), 8)
		mask := byte(uint32(0xff00) >> n)
		h.val[at+i], h.known[at+i] = b&mask, mask
	}
}
