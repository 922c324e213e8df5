package lab

import (
	"wsdoctor/internal/layer"
)

// gateways are faults at the AWS end, access control among them.
func gateways() []trial {
	web := func(name, title, mode string, e Expect) trial {
		return trial{Scenario{Name: name, Title: title, Faults: []Fault{{Kind: Web, Where: AWS, Mode: mode, Names: []string{brokerHost, "ws-broker-service.us-east-1.api.aws"}}}}, e}
	}
	office := []string{"--allowed-cidr", publicIP + "/32"}
	// The service said it itself.
	said := fault(layer.AuthGateway, likely).sure(likely, proven)
	return []trial{
		{Scenario{Name: "cidr-out", Title: "the egress address is not on the allowed list", Args: []string{"--allowed-cidr", "198.51.100.0/24"}}, fault(layer.IPAccessControl, proven)},
		{Scenario{Name: "cidr-rotates", Title: "every second connection leaves from an address that is not on the allowed list", Args: office, Faults: []Fault{{Kind: Rotate}}}, fault(layer.IPAccessControl, likely).sure(likely, proven).or(degraded(layer.IPAccessControl).sure(possible, possible))}, // by turns, so that every page may be told the other address
		{Scenario{Name: "cidr-udp-differs", Title: "UDP leaves from an address that is not on the allowed list", Args: office, Faults: []Fault{{Kind: SplitUDP}}}, fault(layer.IPAccessControl, possible).or(degraded(layer.IPAccessControl)).states("ok|degraded|blocked|unknown", "ok|degraded|blocked|unknown")},
		{Scenario{Name: "cidr-proxy-differs", Title: "the web proxy leaves from an address that is not on the allowed list", Args: office, Faults: []Fault{{Kind: Proxy}, {Kind: ProxyEgress}, directHTTPSBlocked}}, fault(layer.IPAccessControl, possible).or(degraded(layer.IPAccessControl)).states("ok|degraded|blocked|unknown", "ok|degraded|blocked|unknown")},

		web("broker-503", "the broker is out of service", "error-503", said),
		web("broker-reset", "the broker resets connections after the greeting", "reset", oneName()),
		web("broker-hang", "the broker accepts and says nothing", "hang", oneName()),
		web("broker-garbage", "the broker answers nonsense", "garbage", oneName()),
		web("broker-endless", "the broker's answer never ends", "endless", said.or(oneName())),
		web("broker-big-chain", "the broker's certificate has a megabyte", "big-chain", oneName()),
		web("broker-expired", "the broker's certificate has expired", "expired", said),
		web("broker-wrong-name", "the broker's certificate is for another name", "wrong-name", unclear(layer.AuthGateway, layer.DNS).perhaps(layer.NetworkFirewall)),
		{Scenario{Name: "broker-closed", Title: "nothing listens on the broker's port 443", Faults: []Fault{{Kind: Closed, Proto: "tcp", Ports: https, Addresses: brokerAddresses}}}, oneName()},
		{Scenario{Name: "broker-silent", Title: "the broker does not answer, other HTTPS works", Faults: []Fault{{Kind: Drop, Where: AWS, Proto: "tcp", Ports: https, Addresses: brokerAddresses}}}, unclear(layer.AuthGateway, layer.NetworkFirewall).perhaps(layer.InternetPath, layer.LocalFirewall, layer.IPAccessControl).or(fault(layer.AuthGateway, possible).rivals(layer.NetworkFirewall).perhaps(layer.InternetPath, layer.LocalFirewall))},
		{Scenario{Name: "broker-rejects", Title: "the broker's own address rejects port 443", Faults: []Fault{{Kind: RejectAdmin, Where: AWS, Proto: "tcp", Ports: https, Addresses: brokerAddresses}}}, fault(layer.AuthGateway, likely).sure(likely, proven)},

		{Scenario{Name: "gateway-refuses", Title: "nothing listens on the gateway's streaming ports", Faults: []Fault{{Kind: Closed, Ports: streaming}}}, fault(layer.StreamingGateway, possible).sure(possible, proven).rivals(layer.IPAccessControl).noStreaming()},
		{Scenario{Name: "gateway-refuses-pcoip", Title: "nothing listens on the gateway's PCoIP port", Faults: []Fault{{Kind: Closed, Ports: pcoip}}}, fault(layer.StreamingGateway, possible).sure(possible, proven).rivals(layer.IPAccessControl).noPCoIP()},
		// The reset may also be forged on the way.
		{Scenario{Name: "gateway-refuses-tcp", Title: "the gateway refuses DCV over TCP, UDP works", Faults: []Fault{{Kind: Closed, Proto: "tcp", Ports: dcv}}}, degraded(layer.StreamingGateway).perhaps(layer.NetworkFirewall, layer.InternetPath).or(unclear(layer.StreamingGateway).perhaps(layer.NetworkFirewall, layer.InternetPath)).states("ok", "degraded|unknown")},
		{Scenario{Name: "gateway-rejects", Title: "the gateway's own address rejects PCoIP", Faults: []Fault{{Kind: RejectAdmin, Where: AWS, Ports: pcoip}}}, fault(layer.StreamingGateway, likely).sure(likely, proven).noPCoIP()},
		{Scenario{Name: "gateway-silent", Title: "the gateway is silent on the streaming ports", Faults: []Fault{{Kind: Drop, Where: AWS, Ports: streaming}}}, outOfSight()},
		{Scenario{Name: "edge-drops", Title: "the edge of AWS drops the streaming ports", Faults: []Fault{{Kind: Drop, Where: Edge, Ports: streaming}}}, outOfSight()},
	}
}

// elimination are scenarios in which everything that can be measured from the
// desk passes, or does not, and the client's own message is given.
func elimination() []trial {
	symptom := func(name, title, id string, l layer.ID, rivals ...layer.ID) trial {
		e := fault(l, possible).sure(possible, possible).rivals(rivals...).states("ok", "ok")
		return trial{Scenario{Name: name, Title: title, Args: []string{"--symptom", id}}, e}
	}
	// A server that knows nothing of a domain may be any other, which a network lets answer
	// in its place.
	unknownDomain := fault(layer.DirectoryDNS, possible).rivals(layer.NetworkFirewall).states("ok", "ok")
	directory := []string{"--directory-dns", directory1 + "," + directory2, "--domain", domain}
	return []trial{
		symptom("symptom-loading", "the ports pass, and the client goes back to the login page", "loading-then-login", layer.ManagementInterface, layer.WorkspaceFirewall, layer.StreamingHost),
		symptom("symptom-launch-error", "the ports pass, and the WorkSpace does not launch", "launch-error", layer.StreamingHost, layer.DirectoryDNS, layer.ManagementInterface),
		symptom("symptom-unhealthy", "the ports pass, and the WorkSpace is called unhealthy", "unhealthy", layer.StreamingHost, layer.WorkspaceFirewall, layer.ManagementInterface),
		symptom("symptom-not-authorized", "the ports pass, and the device is not authorized", "not-authorized", layer.IPAccessControl, layer.Directory, layer.LocalDevice),
		symptom("symptom-unknown-user", "the ports pass, and the user is not known", "unrecognized-user", layer.Directory, layer.LocalDevice),
		{Scenario{Name: "symptom-overruled", Title: "the client shows a message of the WorkSpace, but the firewall rejects streaming", Args: []string{"--symptom", "loading-then-login"},
			Faults: []Fault{{Kind: RejectAdmin, Where: Firewall, Ports: streaming}}}, ownWord(proven)},
		{Scenario{Name: "directory-dns-no-srv", Title: "the directory's name servers do not know the domain", Args: directory,
			Faults: []Fault{{Kind: DNS, Where: Office, Mode: "nxdomain"}}}, unknownDomain},
		{Scenario{Name: "directory-dns-fails", Title: "the directory's name servers fail", Args: directory,
			Faults: []Fault{{Kind: DNS, Where: Office, Mode: "servfail"}}}, unknownDomain},
	}
}
