//go:build wine && linux

package socket

import (
	"testing"

	"wsdoctor/internal/lab/headers"
)

func TestStructuresAreThoseOfTheHeaders(t *testing.T) {
	headers.Check(t, []string{"ws2tcpip.h", "ws2ipdef.h", "mstcpip.h", "mswsock.h", "ipexport.h", "iphlpapi.h", "icmpapi.h"}, []headers.Fact{
		// ICMP_ERROR_INFO, which these headers lack, begins with a SOCKADDR_INET and the
		// protocol, an enumeration.
		{C: "sizeof(SOCKADDR_INET)", Go: infoProtocol},
		{C: "offsetof(SOCKADDR_INET, Ipv4.sin_addr)", Go: infoAddress4},
		{C: "offsetof(SOCKADDR_INET, Ipv6.sin6_addr)", Go: infoAddress6},
		{C: "sizeof(SOCKADDR_INET) + sizeof(int)", Go: infoType},
		{C: "AF_INET", Go: winInet}, {C: "AF_INET6", Go: winInet6},
		// TCP_INFO_v0
		{C: "SIO_TCP_INFO", Go: signed(winTCPInfo)},
		{C: "sizeof(TCP_INFO_v0)", Go: tcpInfoSize},
		{C: "offsetof(TCP_INFO_v0, RttUs)", Go: tcpInfoRTT},
		{C: "offsetof(TCP_INFO_v0, SynRetrans)", Go: tcpInfoRepeats},
		// Replies to echo requests. ICMPV6_ECHO_REPLY is not in these headers, and their
		// IPV6_ADDRESS_EX is not packed, as Microsoft's is.
		{C: "offsetof(ICMP_ECHO_REPLY, Address)", Go: echoAddress4},
		{C: "offsetof(ICMP_ECHO_REPLY, Status)", Go: echoStatus4},
		{C: "IP_REQ_TIMED_OUT", Go: echoTimedOut},
		{C: "IP_DEST_NET_UNREACHABLE", Go: 11002}, {C: "IP_DEST_HOST_UNREACHABLE", Go: 11003}, {C: "IP_DEST_PROT_UNREACHABLE", Go: 11004},
		{C: "IP_DEST_PORT_UNREACHABLE", Go: 11005}, {C: "IP_TTL_EXPIRED_TRANSIT", Go: 11013},
		{C: "sizeof(IP_OPTION_INFORMATION)", Go: 16}, {C: "offsetof(IP_OPTION_INFORMATION, OptionsData)", Go: 8},
		// WSAPoll
		{C: "sizeof(WSAPOLLFD)", Go: 16}, {C: "offsetof(WSAPOLLFD, events)", Go: 8}, {C: "offsetof(WSAPOLLFD, revents)", Go: 10}, {C: "POLLWRNORM", Go: 0x10},
		// options
		{C: "IP_TTL", Go: winIPTTL}, {C: "IPPROTO_TCP", Go: winTCP}, {C: "IPPROTO_IPV6", Go: winIPv6}, {C: "IPV6_UNICAST_HOPS", Go: winUnicastHops},
		{C: "FIONBIO", Go: signed(winNonBlocking)}, {C: "SIO_TCP_INITIAL_RTO", Go: signed(winTCPInitialRTO)}, {C: "SIO_UDP_CONNRESET", Go: signed(winUDPConnReset)},
		{C: "sizeof(TCP_INITIAL_RTO_PARAMETERS)", Go: winInitialRTOBytes}, {C: "offsetof(TCP_INITIAL_RTO_PARAMETERS, MaxSynRetransmissions)", Go: 2},
	})
}

// signed: the headers give these codes as signed numbers, or as unsigned ones.
func signed(code uint32) int64 { return int64(code) }
