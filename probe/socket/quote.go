package socket

import (
	"encoding/binary"
	"net/netip"

	"wsdoctor/probe"
)

// quote is an ICMP error message and what it says of the packet it is about.
type quote struct {
	icmp    probe.ICMPError
	failure probe.Failure
	to      netip.AddrPort // where the packet was going
	proto   uint8          // IP protocol number
	port    uint16         // its source port, the socket that sent it
}

// IP protocol numbers.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// Lengths in bytes.
const (
	header4    = 20 // IPv4 without options
	header6    = 40
	icmpHeader = 8
	ports      = 4 // both, at the start of TCP and UDP
)

// parseQuote4 reads an ICMP message as a socket for ICMP gives it: behind its
// IPv4 header, which some systems strip. No length in either IP header is
// looked at: BSD kernels hand them over in host byte order and with the header
// subtracted (XNU, bsd/netinet/ip_icmp.c and ip_input.c). from is who sent it.
func parseQuote4(from netip.Addr, b []byte) (quote, bool) {
	if len(b) > 0 && b[0]>>4 == 4 { // no ICMP error has such a type
		own := int(b[0]&15) * 4
		if own < header4 || len(b) < own || b[9] != protoICMP {
			return quote{}, false
		}
		from, b = netip.AddrFrom4([4]byte(b[12:16])), b[own:]
	}
	// Unreachable (3) and time exceeded (11), RFC 792.
	if len(b) < icmpHeader+header4 || (b[0] != 3 && b[0] != 11) {
		return quote{}, false
	}
	q := quote{icmp: probe.ICMPError{Offender: from.Unmap(), Type: int(b[0]), Code: int(b[1])}}
	if q.failure = meant(false, q.icmp.Type, q.icmp.Code); q.failure == probe.MessageSize {
		q.icmp.MTU = int(binary.BigEndian.Uint16(b[6:])) // RFC 1191 section 4
	}
	inner := b[icmpHeader:]
	size := int(inner[0]&15) * 4
	if inner[0]>>4 != 4 || size < header4 || len(inner) < size+ports {
		return quote{}, false
	}
	q.proto = inner[9]
	return q.with(netip.AddrFrom4([4]byte(inner[16:20])), inner[size:])
}

// parseQuote6 reads an ICMPv6 message, which never comes with its IPv6 header
// (RFC 3542 section 3). Extension headers in the quotation are not stepped over:
// what is asked for here has none.
func parseQuote6(from netip.Addr, b []byte) (quote, bool) {
	// Types 1 to 127 are errors; unreachable (1) to parameter problem (4) exist,
	// RFC 4443.
	if len(b) < icmpHeader+header6+ports || b[0] < 1 || b[0] > 4 {
		return quote{}, false
	}
	q := quote{icmp: probe.ICMPError{Offender: from.Unmap().WithZone(""), Type: int(b[0]), Code: int(b[1])}}
	if q.failure = meant(true, q.icmp.Type, q.icmp.Code); q.failure == probe.MessageSize {
		q.icmp.MTU = int(binary.BigEndian.Uint32(b[4:]))
	}
	inner := b[icmpHeader:]
	if inner[0]>>4 != 6 {
		return quote{}, false
	}
	q.proto = inner[6]
	return q.with(netip.AddrFrom16([16]byte(inner[24:40])), inner[header6:])
}

// with fills in what the transport's first bytes say.
func (q quote) with(to netip.Addr, transport []byte) (quote, bool) {
	if q.proto != protoTCP && q.proto != protoUDP {
		return quote{}, false
	}
	q.port = binary.BigEndian.Uint16(transport)
	q.to = netip.AddrPortFrom(to, binary.BigEndian.Uint16(transport[2:]))
	return q, q.port != 0
}
