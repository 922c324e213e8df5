//go:build wine && linux

package host

import (
	"testing"

	"wsdoctor/internal/lab/headers"
)

func TestStructuresAreThoseOfTheHeaders(t *testing.T) {
	at := func(of, field string, ours int64) headers.Fact {
		return headers.Fact{C: "offsetof(" + of + ", " + field + ")", Go: ours}
	}
	const adapter, unicast, server, row = "IP_ADAPTER_ADDRESSES", "IP_ADAPTER_UNICAST_ADDRESS", "IP_ADAPTER_DNS_SERVER_ADDRESS", "MIB_IPFORWARD_ROW2"
	headers.Check(t, []string{"ws2tcpip.h", "ws2ipdef.h", "iphlpapi.h", "netioapi.h", "winhttp.h"}, []headers.Fact{
		{C: "sizeof(" + adapter + ")", Go: adapterSize},
		at(adapter, "IfIndex", adapterIndex4), at(adapter, "Next", adapterNext), at(adapter, "FirstUnicastAddress", adapterUnicast),
		at(adapter, "FirstDnsServerAddress", adapterServers), at(adapter, "DnsSuffix", adapterSuffix), at(adapter, "Description", adapterDescription),
		at(adapter, "FriendlyName", adapterName), at(adapter, "Mtu", adapterMTU), at(adapter, "IfType", adapterType), at(adapter, "OperStatus", adapterState),
		at(adapter, "Ipv6IfIndex", adapterIndex6), at(adapter, "Ipv4Metric", adapterMetric4), at(adapter, "Ipv6Metric", adapterMetric6),
		{C: "sizeof(" + unicast + ")", Go: unicastSize}, at(unicast, "Next", entryNext), at(unicast, "Address", entryAddress), at(unicast, "OnLinkPrefixLength", unicastPrefix),
		{C: "sizeof(" + server + ")", Go: serverSize}, at(server, "Next", entryNext), at(server, "Address", entryAddress),
		at("SOCKET_ADDRESS", "lpSockaddr", 0), at("SOCKET_ADDRESS", "iSockaddrLength", 8),
		{C: "sizeof(" + row + ")", Go: forwardSize}, at("MIB_IPFORWARD_TABLE2", "NumEntries", 0), at("MIB_IPFORWARD_TABLE2", "Table", forwardHead),
		at(row, "InterfaceIndex", forwardIndex), at(row, "DestinationPrefix.Prefix", forwardPrefix), at(row, "DestinationPrefix.PrefixLength", forwardBits),
		at(row, "NextHop", forwardGateway), at(row, "Metric", forwardMetric),
		{C: "sizeof(SOCKADDR_IN)", Go: socketSize4}, {C: "sizeof(SOCKADDR_IN6)", Go: socketSize6}, {C: "sizeof(SOCKADDR_INET)", Go: socketSize6},
		at("SOCKADDR_IN", "sin_addr", socketAddress4), at("SOCKADDR_IN6", "sin6_addr", socketAddress6), at("SOCKADDR_IN6", "sin6_scope_id", socketScope),
		{C: "sizeof(WINHTTP_AUTOPROXY_OPTIONS)", Go: autoOptionsSize}, at("WINHTTP_AUTOPROXY_OPTIONS", "lpszAutoConfigUrl", autoOptionsURL),
		at("WINHTTP_AUTOPROXY_OPTIONS", "fAutoLogonIfChallenged", autoOptionsLogon),
		{C: "sizeof(WINHTTP_PROXY_INFO)", Go: proxyInfoSize}, at("WINHTTP_PROXY_INFO", "lpszProxy", proxyInfoProxy),
		{C: "WINHTTP_ACCESS_TYPE_NO_PROXY", Go: 1}, {C: "WINHTTP_ACCESS_TYPE_NAMED_PROXY", Go: 3},
		{C: "WINHTTP_AUTOPROXY_AUTO_DETECT", Go: 1}, {C: "WINHTTP_AUTOPROXY_CONFIG_URL", Go: 2},
		{C: "WINHTTP_AUTO_DETECT_TYPE_DHCP", Go: 1}, {C: "WINHTTP_AUTO_DETECT_TYPE_DNS_A", Go: 2},
		{C: "ERROR_WINHTTP_AUTODETECTION_FAILED", Go: 12180}, {C: "ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT", Go: 12167}, {C: "ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT", Go: 12166},
		{C: "AF_INET", Go: winFamily4}, {C: "AF_INET6", Go: winFamily6},
		{C: "IF_TYPE_PPP", Go: winTypePPP}, {C: "IF_TYPE_SOFTWARE_LOOPBACK", Go: winTypeLoopback}, {C: "IfOperStatusUp", Go: winStateUp},
	})
}
