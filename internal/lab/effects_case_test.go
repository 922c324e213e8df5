//go:build linux

package lab

import (
	"crypto/tls"
	"fmt"
	"net"
)

// caseEffects are those of what cases from the field need besides.
func caseEffects() []effect {
	lie := func(k Kind, a string) []Fault { return []Fault{{Kind: k, Addresses: addrs(a)}} }
	held := func(k Kind, mode, a string) []Fault {
		return []Fault{{Kind: k, Mode: mode, Where: Firewall, Addresses: addrs(a)}}
	}
	return []effect{
		{name: "the genuine broker at a private address", faults: held(Genuine, "", endpointIP), checks: []check{{"hello " + endpointIP + ":443 " + brokerHost, "tls " + brokerHost}, {"tcp " + endpointIP + ":4172", "ECONNREFUSED"}}},
		{name: "a private address that refuses", faults: held(Genuine, "refuses", endpointIP), checks: []check{{"tcp " + endpointIP + ":443", "ECONNREFUSED"}, {"tcp " + gw4172, "ok"}}},
		{name: "a block page", faults: held(BlockPage, "", blockIP), checks: []check{{"hello " + blockIP + ":443 " + brokerHost, "tls: failed .* unknown authority"}, {"tcp " + blockIP + ":4172", "ECONNREFUSED"}, {"get " + broker, "200  healthy"}}},
		{name: "servers behind a stub", faults: []Fault{{Kind: LocalStub}, {Kind: BehindStub, Addresses: addrs("192.168.50.1 192.168.50.53")}}, checks: []check{
			{"show /run/systemd/resolve/resolv.conf", `nameserver 192\.168\.50\.1\|nameserver 192\.168\.50\.53\|`}, {"show /etc/resolv.conf", `nameserver 127\.0\.0\.53\|`}}},
		{name: "chains of the lab's size", checks: []check{{"chain " + gw4195, `[0-9]{3}`}}},
		{name: "chains of real size", faults: []Fault{{Kind: RealChains}}, checks: []check{{"chain " + gw4195, `4[0-9]{3}`}, {"chain " + web443, `4[0-9]{3}`}, {"get " + broker, "200  healthy"}}},
		{name: "a forged refusal", faults: []Fault{{Kind: ForgedRefusal, Where: Firewall, Proto: "udp", Ports: pcoip}}, checks: []check{
			{"offend udp " + gw4172, `3/3 from 3\.209\.215\.252`}, {"stun " + gw4172, publicIP}, {"offend udp " + gw4172, "silence"}, {"tcp " + gw4172, "ok"}}},
		{name: "a forged refusal of a connection", faults: []Fault{{Kind: ForgedRefusal, Where: Firewall, Proto: "tcp", Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "ok|ECONNREFUSED"}, {"tcp " + gw4172, "ok"}, {"tcp " + gw4195, "ok"}}},
		{name: "STUN that lies", faults: lie(STUNLies, "10.9.9.9"), checks: []check{{"stun " + stunUDP, `10\.9\.9\.9`}, {"get http://" + checkipHost + "/", "200  " + publicIP}}},
		{name: "an echo that lies", faults: lie(EchoLies, "10.0.0.1"), checks: []check{{"get http://" + checkipHost + "/", `200  10\.0\.0\.1`}, {"stun " + stunUDP, publicIP}}},
		{name: "a product's name in the certificate", faults: []Fault{{Kind: Intercept, Where: Client, Mode: "trusted", Issuer: "Everyday Antivirus"}}, checks: []check{{"issuer " + brokerHost, "CN=Everyday Antivirus,O=Everyday Antivirus"}, {"get " + broker, "200  healthy"}}},
	}
}

// chainSize is how many bytes of certificates a server presents.
func chainSize(to string) string {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: shortPatience}, "tcp", to, &tls.Config{ServerName: healthHost, InsecureSkipVerify: true})
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	size := 0
	for _, cert := range c.ConnectionState().PeerCertificates {
		size += len(cert.Raw)
	}
	return fmt.Sprint(size)
}
