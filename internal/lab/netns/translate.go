//go:build linux

package netns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Translator carries packets between an IPv6-only network and IPv4 (RFC 6146,
// RFC 7915), for one computer: its ports stay as they are, so nothing has to be
// remembered but its address. It takes no hop of a packet's lifetime itself; the
// router that it hangs on takes two, one for each family.
type Translator struct {
	Prefix netip.Prefix // whose last 32 bits are the IPv4 address (RFC 6052, section 2.2), so 96 bits long
	Pool   netip.Addr   // the IPv4 address of whoever comes from IPv6

	inside atomic.Value // netip.Addr of the computer that spoke last
}

// Hang joins the translator to a router. Near is the router's end, with its
// addresses; far are the translator's, by which the router has its routes.
func (t *Translator) Hang(near End, far []string) error {
	if t.Prefix.Bits() != 96 || !t.Pool.Is4() {
		return errors.New("a translator needs a prefix of 96 bits and an IPv4 address")
	}
	box, err := New("translator")
	if err != nil {
		return err
	}
	end := End{Space: box, Interface: "box", Addresses: far}
	if err := Cable(near, end, 0); err != nil {
		return err
	}
	if err := Acquaint(near, end); err != nil {
		return err
	}
	if err := near.Plain(); err != nil {
		return err
	}
	var line *tap
	var mac [6]byte
	err = box.Do(func() (err error) {
		line, err = openTap(end.Interface)
		return err
	})
	if err != nil {
		return fmt.Errorf("open the translator: %w", err)
	}
	link, err := near.Space.nl.LinkByName(near.Interface)
	if err != nil {
		return err
	}
	copy(mac[:], link.Attrs().HardwareAddr)
	go t.carry(line, mac)
	return nil
}

// carry translates what the router sends, and sends it back to it.
func (t *Translator) carry(line *tap, router [6]byte) {
	for {
		f, err := line.receive()
		if err != nil {
			return
		}
		if len(f) < ethernetHeader {
			continue
		}
		const ethertype = 12
		var packet []byte
		var kind uint16
		switch binary.BigEndian.Uint16(f[ethertype:]) {
		case unix.ETH_P_IPV6:
			packet, kind = t.toIPv4(f[ethernetHeader:]), unix.ETH_P_IP
		case unix.ETH_P_IP:
			packet, kind = t.toIPv6(f[ethernetHeader:]), unix.ETH_P_IPV6
		}
		if packet == nil {
			continue
		}
		out := append(append([]byte{}, router[:]...), f[0:6]...) // to the router, from whom it was for
		line.send(append(binary.BigEndian.AppendUint16(out, kind), packet...))
	}
}

const ip6Header = 40

// toIPv4 translates a packet on its way out, or gives nil for one that is not
// translated: errors, options, fragments and what is not for the prefix.
func (t *Translator) toIPv4(b []byte) []byte {
	if len(b) < ip6Header || b[0]>>4 != 6 {
		return nil
	}
	from, to := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	body := b[ip6Header:]
	size := int(binary.BigEndian.Uint16(b[4:]))
	if !t.Prefix.Contains(to) || t.Prefix.Contains(from) || size > len(body) {
		return nil
	}
	proto := b[6]
	if proto != unix.IPPROTO_TCP && proto != unix.IPPROTO_UDP {
		return nil
	}
	t.inside.Store(from)
	head := ip4(proto, b[7], t.Pool, embedded(to), size)
	return seal(head, append([]byte(nil), body[:size]...), proto, t.Pool, embedded(to))
}

// toIPv6 translates a packet on its way in.
func (t *Translator) toIPv6(b []byte) []byte {
	inside, known := t.inside.Load().(netip.Addr)
	if !known || len(b) < ipHeader || b[0] != 0x45 {
		return nil
	}
	from, to := netip.AddrFrom4([4]byte(b[sourceAt:targetAt])), netip.AddrFrom4([4]byte(b[targetAt:ipHeader]))
	size := int(binary.BigEndian.Uint16(b[2:])) - ipHeader
	body := b[ipHeader:]
	if to != t.Pool || size < 0 || size > len(body) {
		return nil
	}
	body = append([]byte(nil), body[:size]...)
	proto := b[protocolAt]
	switch proto {
	case unix.IPPROTO_TCP, unix.IPPROTO_UDP:
	case unix.IPPROTO_ICMP:
		if body = t.icmpError(body, inside); body == nil {
			return nil
		}
		proto = unix.IPPROTO_ICMPV6
	default:
		return nil
	}
	return seal(ip6(proto, b[8], t.embed(from), inside, len(body)), body, proto, t.embed(from), inside)
}

// icmp6Of gives the type and code of an ICMPv6 error for an ICMP one (RFC
// 7915, section 4.2).
var icmp6Of = map[[2]byte][2]byte{
	{11, 0}: {3, 0}, {11, 1}: {3, 1},
	{3, 0}: {1, 0}, {3, 1}: {1, 0}, {3, 3}: {1, 4}, {3, 9}: {1, 1}, {3, 10}: {1, 1}, {3, 13}: {1, 1}, {3, 4}: {2, 0},
}

// icmpError translates an ICMP error about a packet that was translated.
func (t *Translator) icmpError(b []byte, inside netip.Addr) []byte {
	const header, mtuAt = 8, 6
	if len(b) < header+ipHeader+quotedBytes {
		return nil
	}
	kind, known := icmp6Of[[2]byte(b[:2])]
	quoted := b[header:]
	if !known || quoted[0] != 0x45 {
		return nil
	}
	out := []byte{kind[0], kind[1], 0, 0, 0, 0, 0, 0}
	if kind[0] == 2 { // packet too big: an IPv6 header is twenty bytes longer
		binary.BigEndian.PutUint32(out[4:], uint32(binary.BigEndian.Uint16(b[mtuAt:]))+ip6Header-ipHeader)
	}
	size := int(binary.BigEndian.Uint16(quoted[2:])) - ipHeader
	to := netip.AddrFrom4([4]byte(quoted[targetAt:ipHeader]))
	out = append(out, ip6(quoted[protocolAt], quoted[8], inside, t.embed(to), size)...)
	return append(out, quoted[ipHeader:]...)
}

func (t *Translator) embed(a netip.Addr) netip.Addr {
	b := t.Prefix.Addr().As16()
	four := a.As4()
	copy(b[12:], four[:])
	return netip.AddrFrom16(b)
}

func embedded(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

func ip4(proto, lifetime byte, from, to netip.Addr, size int) []byte {
	const dontFragment = 0x40
	h := make([]byte, ipHeader)
	h[0], h[6], h[8], h[protocolAt] = 0x45, dontFragment, lifetime, proto
	binary.BigEndian.PutUint16(h[2:], uint16(ipHeader+size))
	copy(h[sourceAt:], from.AsSlice())
	copy(h[targetAt:], to.AsSlice())
	binary.BigEndian.PutUint16(h[10:], checksum(h))
	return h
}

func ip6(proto, lifetime byte, from, to netip.Addr, size int) []byte {
	h := make([]byte, 8, ip6Header)
	h[0], h[6], h[7] = 0x60, proto, lifetime
	binary.BigEndian.PutUint16(h[4:], uint16(max(0, size)))
	return append(append(h, from.AsSlice()...), to.AsSlice()...)
}

// checksumAt is where each protocol has its checksum.
var checksumAt = map[byte]int{unix.IPPROTO_TCP: 16, unix.IPPROTO_UDP: 6, unix.IPPROTO_ICMPV6: 2}

// seal puts the checksum right, which covers the addresses (RFC 8200, section
// 8.1; RFC 9293, section 3.1; RFC 768), and joins the packet.
func seal(head, body []byte, proto byte, from, to netip.Addr) []byte {
	at := checksumAt[proto]
	if len(body) < at+2 {
		return nil
	}
	binary.BigEndian.PutUint16(body[at:], 0)
	pseudo := append(from.AsSlice(), to.AsSlice()...)
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(body)))
	pseudo = append(pseudo, 0, 0, 0, proto)
	sum := checksum(append(pseudo, body...))
	if sum == 0 && proto == unix.IPPROTO_UDP {
		sum = 0xffff // none at all would be 0
	}
	binary.BigEndian.PutUint16(body[at:], sum)
	return append(head, body...)
}

// checksum is the Internet checksum (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
