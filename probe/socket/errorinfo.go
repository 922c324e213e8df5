package socket

import (
	"encoding/binary"
	"net/netip"

	"wsdoctor/probe"
)

// ICMP_ERROR_INFO of Windows, what TCP_ICMP_ERROR_INFO gives (Microsoft,
// ws2ipdef.h): a SOCKADDR_INET, which is a union of sockaddr_in and the 28 bytes
// of sockaddr_in6, the protocol as a 32-bit number, and type and code as bytes.
const (
	infoSize     = 36
	infoAddress4 = 4
	infoAddress6 = 8
	infoProtocol = 28
	infoType     = 32
	infoCode     = 33
	winInet      = 2
	winInet6     = 23
)

// parseErrorInfo reads the structure. Numbers of the machine are little-endian
// on every Windows that Go runs on.
func parseErrorInfo(b []byte) (probe.ICMPError, probe.Failure, bool) {
	if len(b) < infoCode+1 {
		return probe.ICMPError{}, "", false
	}
	i := probe.ICMPError{Type: int(b[infoType]), Code: int(b[infoCode])}
	protocol := binary.LittleEndian.Uint32(b[infoProtocol:])
	switch family := binary.LittleEndian.Uint16(b); {
	case family == winInet && protocol == protoICMP:
		i.Offender = netip.AddrFrom4([4]byte(b[infoAddress4 : infoAddress4+4]))
	case family == winInet6 && protocol == protoICMPv6:
		i.Offender = netip.AddrFrom16([16]byte(b[infoAddress6 : infoAddress6+16])).Unmap()
	default:
		return probe.ICMPError{}, "", false
	}
	return i, meant(protocol == protoICMPv6, i.Type, i.Code), true
}
