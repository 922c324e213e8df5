package socket

import (
	"encoding/binary"
	"net/netip"
	"time"

	"wsdoctor/probe"
)

// What IcmpSendEcho2Ex and Icmp6SendEcho2 of Windows write (Microsoft,
// ipexport.h): ICMP_ECHO_REPLY begins with the address and the status, both of 32
// bits; ICMPV6_ECHO_REPLY_LH with an IPV6_ADDRESS_EX of 26 bytes, in which the
// address stands behind port and flow information, and then, aligned, the status.
const (
	echoAddress4 = 0
	echoStatus4  = 4
	echoAddress6 = 6
	echoStatus6  = 28
	echoSize     = 36 // as much as is read of either
)

// Status codes of such a reply (Microsoft, ipexport.h). The others say that
// nothing was sent, or nothing that this program sends.
const (
	echoSuccess  = 0
	echoTimedOut = 11010
)

// echoErrors are the statuses that stand for an ICMP error, with its type and
// code in ICMP and ICMPv6.
var echoErrors = map[uint32][2][2]int{
	11002: {{3, 0}, {1, 0}},  // IP_DEST_NET_UNREACHABLE
	11003: {{3, 1}, {1, 3}},  // IP_DEST_HOST_UNREACHABLE
	11004: {{3, 2}, {1, 1}},  // IP_DEST_PROT_UNREACHABLE, with IPv6 IP_DEST_PROHIBITED
	11005: {{3, 3}, {1, 4}},  // IP_DEST_PORT_UNREACHABLE
	11013: {{11, 0}, {3, 0}}, // IP_TTL_EXPIRED_TRANSIT
}

// echoAnswer reads the reply to an echo request. ok is false where it says
// nothing of the way.
func echoAnswer(b []byte, six bool, rtt time.Duration) (a probe.HopAnswer, ok bool) {
	if len(b) < echoSize {
		return a, false
	}
	status := binary.LittleEndian.Uint32(b[echoStatus4:])
	from, family := netip.AddrFrom4([4]byte(b[echoAddress4:echoAddress4+4])), 0
	if six {
		status = binary.LittleEndian.Uint32(b[echoStatus6:])
		from, family = netip.AddrFrom16([16]byte(b[echoAddress6:echoAddress6+16])).Unmap(), 1
	}
	a = probe.HopAnswer{From: from, RTT: rtt, Echo: true}
	switch codes, isError := echoErrors[status]; {
	case status == echoTimedOut:
		return probe.HopAnswer{Kind: probe.HopSilent, Echo: true}, true
	case from.IsUnspecified():
		return probe.HopAnswer{}, false
	case status == echoSuccess:
		a.Kind = probe.HopReply
	case isError:
		a.ICMP = &probe.ICMPError{Offender: from, Type: codes[family][0], Code: codes[family][1], OwnHost: isOwnAddress(from)}
		a.Failure = meant(six, a.ICMP.Type, a.ICMP.Code)
		a.Kind = probe.HopICMP
		if a.Failure == probe.TTLExceeded {
			a.Kind = probe.HopExpired
		}
	default:
		return probe.HopAnswer{}, false
	}
	return a, true
}
