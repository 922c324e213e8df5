//go:build linux

package netns

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Translator is a NAT64 (RFC 7915 for the headers, RFC 6146 for what it is for):
// it turns IPv6 packets to addresses of a prefix into IPv4 ones and back, errors
// with what they quote included. Each IPv6 sender gets an IPv4 address of its own;
// many behind one public address is the business of the router's own NAT. It sends
// no errors itself and passes no fragments on.
type Translator struct {
	Prefix netip.Prefix // of 96 bits (RFC 6052)
	Pool   netip.Prefix // IPv4, of 24 bits: the router has its first address, senders the following ones
	Inner  netip.Prefix // IPv6, of 64 bits: the link to the translator

	tap     *tap
	router  net.HardwareAddr
	own     net.HardwareAddr
	senders []netip.Addr // the n-th has the n-th address after the router's
}

// translatorLink is the router's interface towards the translator.
const translatorLink = "xlat"

// Attach joins the translator to a router, routes both its sides to it, and
// starts it.
func (t *Translator) Attach(router *Space) error {
	space, err := New("translator")
	if err != nil {
		return err
	}
	if err := space.Sysctl("net/ipv6/conf/default/disable_ipv6", "1"); err != nil {
		return err
	}
	first4, first6 := t.Pool.Addr().Next(), t.Inner.Addr().Next()
	a := End{
		Space:     router,
		Interface: translatorLink,
		Addresses: []string{
			netip.PrefixFrom(first4, t.Pool.Bits()).String(),
			netip.PrefixFrom(first6, t.Inner.Bits()).String(),
		},
	}
	b := End{Space: space, Interface: "eth0"}
	if err := Cable(a, b, 0); err != nil {
		return err
	}
	if err := a.Plain(); err != nil {
		return err
	}
	if t.router, err = router.hardware(translatorLink); err != nil {
		return err
	}
	if t.own, err = space.hardware("eth0"); err != nil {
		return err
	}
	next4, next6 := first4.Next(), first6.Next()
	for range 8 { // as many senders as a lab has, and one IPv6 neighbour
		if err := router.neighbour(translatorLink, next4, t.own); err != nil {
			return err
		}
		next4 = next4.Next()
	}
	if err := router.neighbour(translatorLink, next6, t.own); err != nil {
		return err
	}
	if err := router.Via(t.Prefix.String(), next6.String()); err != nil {
		return err
	}
	if err := space.Do(func() (err error) { t.tap, err = openTap("eth0"); return err }); err != nil {
		return fmt.Errorf("open the translator: %w", err)
	}
	go t.run()
	return nil
}

func (s *Space) hardware(iface string) (net.HardwareAddr, error) {
	link, err := s.nl.LinkByName(iface)
	if err != nil {
		return nil, err
	}
	return link.Attrs().HardwareAddr, nil
}

func (s *Space) neighbour(iface string, a netip.Addr, at net.HardwareAddr) error {
	link, err := s.nl.LinkByName(iface)
	if err != nil {
		return err
	}
	family := netlink.FAMILY_V4
	if a.Is6() {
		family = netlink.FAMILY_V6
	}
	return s.nl.NeighSet(
		&netlink.Neigh{
			LinkIndex:    link.Attrs().Index,
			Family:       family,
			State:        netlink.NUD_PERMANENT,
			IP:           a.AsSlice(),
			HardwareAddr: at,
		},
	)
}

// run translates until the process ends.
func (t *Translator) run() {
	for {
		b, err := t.tap.receive()
		if err != nil {
			return
		}
		if len(b) < ethernetHeader {
			continue
		}
		var out []byte
		kind := uint16(unix.ETH_P_IP)
		switch binary.BigEndian.Uint16(b[12:]) {
		case unix.ETH_P_IPV6:
			out = t.to4(b[ethernetHeader:])
		case unix.ETH_P_IP:
			out, kind = t.to6(b[ethernetHeader:], false), unix.ETH_P_IPV6
		}
		if out != nil {
			frame := append(append(append([]byte{}, t.router...), t.own...), byte(kind>>8), byte(kind))
			t.tap.send(append(frame, out...))
		}
	}
}

// Header lengths in bytes.
const header4, header6 = 20, 40

// sender4 is the IPv4 address of an IPv6 sender.
func (t *Translator) sender4(a netip.Addr) netip.Addr {
	at := t.Pool.Addr().Next()
	for _, s := range t.senders {
		if at = at.Next(); s == a {
			return at
		}
	}
	t.senders = append(t.senders, a)
	return at.Next()
}

// sender6 is the way back.
func (t *Translator) sender6(a netip.Addr) (netip.Addr, bool) {
	at := t.Pool.Addr().Next()
	for _, s := range t.senders {
		if at = at.Next(); at == a {
			return s, true
		}
	}
	return netip.Addr{}, false
}

// embedded puts an IPv4 address into the prefix.
func (t *Translator) embedded(a netip.Addr) netip.Addr {
	b, last := t.Prefix.Addr().As16(), a.As4()
	copy(b[12:], last[:])
	return netip.AddrFrom16(b)
}

// to4 translates a TCP or UDP packet; nil means that it is dropped.
func (t *Translator) to4(p []byte) []byte {
	if len(p) < header6 || p[6] != unix.IPPROTO_TCP && p[6] != unix.IPPROTO_UDP {
		return nil
	}
	from, to := netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40]))
	if !t.Prefix.Contains(to) {
		return nil
	}
	payload := append([]byte{}, p[header6:min(len(p), header6+int(binary.BigEndian.Uint16(p[4:])))]...)
	from4, to4 := t.sender4(from), netip.AddrFrom4([4]byte(p[36:40]))
	if !readdressed(payload, p[6], [][]byte{p[8:40]}, [][]byte{from4.AsSlice(), to4.AsSlice()}) {
		return nil
	}
	return append(ip4(p[6], p[7], from4, to4, len(payload)), payload...)
}

// ip4 is a header without options that nobody may take apart.
func ip4(protocol, ttl byte, from, to netip.Addr, payload int) []byte {
	const dontFragment = 0x40
	h := make([]byte, header4)
	h[0] = 0x45
	binary.BigEndian.PutUint16(h[2:], uint16(header4+payload))
	h[6], h[8], h[9] = dontFragment, ttl, protocol
	copy(h[12:], from.AsSlice())
	copy(h[16:], to.AsSlice())
	binary.BigEndian.PutUint16(h[10:], ^sum(0, h))
	return h
}

// to6 translates a packet from the IPv4 side, or one that an error from there
// quotes, which goes the other way and may be cut short.
func (t *Translator) to6(p []byte, quoted bool) []byte {
	const offsetMask = 0x3fff // more fragments, or not the first
	if len(p) < header4 || p[0] != 0x45 || binary.BigEndian.Uint16(p[6:])&offsetMask != 0 {
		return nil
	}
	whole := int(binary.BigEndian.Uint16(p[2:]))
	payload := append([]byte{}, p[header4:max(header4, min(len(p), whole))]...)
	from4, to4 := netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20]))
	from, to := t.embedded(from4), t.embedded(to4)
	mine, far := &to, to4
	if quoted {
		mine, far = &from, from4
	}
	known := false
	if *mine, known = t.sender6(far); !known {
		return nil
	}
	protocol, length := p[9], whole-header4
	switch {
	case protocol == unix.IPPROTO_ICMP && !quoted:
		if payload = t.error6(payload, from, to); payload == nil {
			return nil
		}
		protocol, length = unix.IPPROTO_ICMPV6, len(payload)
	case protocol != unix.IPPROTO_TCP && protocol != unix.IPPROTO_UDP:
		return nil
	case !quoted && !readdressed(payload, protocol, [][]byte{p[12:20]}, [][]byte{from.AsSlice(), to.AsSlice()}):
		return nil
	}
	h := make([]byte, header6)
	h[0] = 0x60
	binary.BigEndian.PutUint16(h[4:], uint16(length))
	h[6], h[7] = protocol, p[8]
	copy(h[8:], from.AsSlice())
	copy(h[24:], to.AsSlice())
	return append(h, payload...)
}

// errors6 are the ICMPv6 type and code for ICMP's (RFC 7915 section 4.2); those
// of "unreachable" that are not in it mean "no route".
var errors6 = map[[2]byte][2]byte{
	{11, 0}: {3, 0}, {11, 1}: {3, 1},
	{3, 3}: {1, 4}, {3, 4}: {2, 0}, {3, 9}: {1, 1}, {3, 10}: {1, 1}, {3, 13}: {1, 1}, {3, 15}: {1, 1},
}

// error6 translates an ICMP error and the packet it quotes.
func (t *Translator) error6(p []byte, from, to netip.Addr) []byte {
	const head, grown, unreachable, noRoute = 8, header6 - header4, 3, 1
	if len(p) < head+header4 {
		return nil
	}
	kind, known := errors6[[2]byte{p[0], p[1]}]
	if !known && p[0] != unreachable {
		return nil
	}
	if !known {
		kind = [2]byte{noRoute, 0}
	}
	quote := t.to6(p[head:], true)
	if quote == nil {
		return nil
	}
	out := make([]byte, head, head+len(quote))
	out[0], out[1] = kind[0], kind[1]
	if p[0] == 3 && p[1] == 4 {
		binary.BigEndian.PutUint32(out[4:], uint32(binary.BigEndian.Uint16(p[6:]))+grown)
	}
	out = append(out, quote...)
	pseudo := sum(0, from.AsSlice(), to.AsSlice(), []byte{byte(len(out) >> 8), byte(len(out)), 0, unix.IPPROTO_ICMPV6})
	binary.BigEndian.PutUint16(out[2:], ^sum(pseudo, out))
	return out
}

// readdressed corrects the checksum of a TCP segment or UDP datagram for other
// addresses: the pseudo headers' lengths and protocols are the same numbers.
func readdressed(payload []byte, protocol byte, was, is [][]byte) bool {
	at := map[byte]int{unix.IPPROTO_TCP: 16, unix.IPPROTO_UDP: 6}[protocol]
	if len(payload) < at+2 {
		return false
	}
	check := ^binary.BigEndian.Uint16(payload[at:])
	old := ^sum(0, was...)
	binary.BigEndian.PutUint16(payload[at:], ^sum(sum(check, []byte{byte(old >> 8), byte(old)}), is...))
	return true
}

// sum is the Internet checksum's sum (RFC 1071), not inverted.
func sum(start uint16, parts ...[]byte) uint16 {
	total := uint32(start)
	for _, b := range parts {
		for i := 0; i < len(b); i += 2 {
			word := uint32(b[i]) << 8
			if i+1 < len(b) {
				word |= uint32(b[i+1])
			}
			total += word
		}
	}
	for total>>16 != 0 {
		total = total&0xffff + total>>16
	}
	return uint16(total)
}
