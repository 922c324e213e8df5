//go:build wine && linux

package netstate

import (
	"testing"

	"wsdoctor/internal/lab/headers"
)

func TestStructuresAreThoseOfTheHeaders(t *testing.T) {
	method := func(of, name string, place int64) headers.Fact {
		return headers.Fact{C: "offsetof(" + of + "Vtbl, " + name + ") / sizeof(void *)", Go: place}
	}
	headers.Check(t, []string{"netlistmgr.h", "objbase.h"}, []headers.Fact{
		method("INetworkListManager", "Release", methodRelease),
		method("INetworkListManager", "GetNetworks", managerGetNetworks),
		method("INetworkListManager", "GetConnectivity", managerGetConnectivity),
		method("IEnumNetworks", "Release", methodRelease),
		method("IEnumNetworks", "Next", enumNext),
		method("INetwork", "Release", methodRelease),
		method("INetwork", "GetCategory", networkGetCategory),
		{C: "NLM_ENUM_NETWORK_CONNECTED", Go: enumConnected},
		{C: "NLM_CONNECTIVITY_IPV4_NOTRAFFIC", Go: int64(reachIPv4.noTraffic)}, {C: "NLM_CONNECTIVITY_IPV6_NOTRAFFIC", Go: int64(reachIPv6.noTraffic)},
		{C: "NLM_CONNECTIVITY_IPV4_SUBNET", Go: int64(reachIPv4.subnet)}, {C: "NLM_CONNECTIVITY_IPV6_SUBNET", Go: int64(reachIPv6.subnet)},
		{C: "NLM_CONNECTIVITY_IPV4_LOCALNETWORK", Go: int64(reachIPv4.local)}, {C: "NLM_CONNECTIVITY_IPV6_LOCALNETWORK", Go: int64(reachIPv6.local)},
		{C: "NLM_CONNECTIVITY_IPV4_INTERNET", Go: int64(reachIPv4.internet)}, {C: "NLM_CONNECTIVITY_IPV6_INTERNET", Go: int64(reachIPv6.internet)},
		{C: "CLSCTX_ALL", Go: 0x17},
		{C: "sizeof(NLM_CONNECTIVITY)", Go: 4}, {C: "sizeof(NLM_NETWORK_CATEGORY)", Go: 4},
		{C: "NLM_NETWORK_CATEGORY_PUBLIC", Go: 0}, {C: "NLM_NETWORK_CATEGORY_PRIVATE", Go: 1}, {C: "NLM_NETWORK_CATEGORY_DOMAIN_AUTHENTICATED", Go: 2},
	})
}
