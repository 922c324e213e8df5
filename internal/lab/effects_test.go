//go:build linux

package lab

import (
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// effect is a fault and what it must look like from the client.
type effect struct {
	name      string
	faults    []Fault
	resolvers []string
	checks    []check
}

// effects covers every kind of fault; pathEffects adds where it sits.
var effects = []effect{
	{name: "host drop", faults: []Fault{{Kind: Drop, Where: Client, Ports: pcoip}}, checks: []check{{"stun " + gw4172, "EPERM"}, {"stun " + gw4172x, "EPERM"}, {"tcp " + gw4172, "silence"}, {"tcp " + gw4195, "ok"}}},
	{name: "host reject", faults: []Fault{{Kind: RejectAdmin, Where: Client, Proto: "tcp", Ports: pcoip}}, checks: []check{{"offend tcp " + gw4172, `3/13 from 192\.168\.50\.10`}, {"tcp " + gw4195, "ok"}}},
	{name: "host reset", faults: []Fault{{Kind: Reset, Where: Client, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "ECONNREFUSED"}, {"stun " + gw4172, publicIP}}},
	{name: "host drops replies", faults: []Fault{{Kind: DropReturn, Where: Client, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "silence"}, {"stun " + gw4172, "silence"}, {"tcp " + gw4195, "ok"}}},
	{name: "policy rule", faults: []Fault{{Kind: Prohibit, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "EACCES"}, {"stun " + gw4172x, "EACCES"}, {"tcp " + gw4195, "ok"}}},
	{name: "blackhole route", faults: []Fault{{Kind: Blackhole, Where: Client, Addresses: health}}, checks: []check{{"tcp " + gw4172, "EINVAL"}, {"tcp " + gw4172x, "EINVAL"}, {"stun " + stunUDP, publicIP}}},
	{name: "no default route", faults: []Fault{{Kind: NoDefault}}, checks: []check{{"tcp " + gw4172, "ENETUNREACH"}, {"tcp " + gw4172x, "ENETUNREACH"}, {"dns udp 192.168.50.1 " + healthHost + " A", "NOERROR .*"}}},
	{name: "link down", faults: []Fault{{Kind: LinkDown}}, checks: []check{{"tcp " + gw4172, "ENETUNREACH"}}},
	{name: "cable out", faults: []Fault{{Kind: NoCarrier}}, checks: []check{{"tcp " + gw4172, "silence|EHOSTUNREACH|ENETUNREACH"}, {"show /sys/class/net/" + clientLink + "/carrier", `0\|`}}},
	{name: "no address", faults: []Fault{{Kind: NoLease}}, checks: []check{{"tcp " + gw4172, "ENETUNREACH"}, {"tcp " + gw4172x, "ENETUNREACH|EADDRNOTAVAIL"}}},
	{name: "no resolver", faults: []Fault{{Kind: NoResolver}}, checks: []check{{"show /etc/resolv.conf", ""}, {"tcp " + gw4172, "ok"}}},
	{name: "dead gateway", faults: []Fault{{Kind: GatewayDead}}, checks: []check{{"tcp " + gw4172, "silence|EHOSTUNREACH"}, {"dns udp 192.168.50.1 " + healthHost + " A", "silence|EHOSTUNREACH"}}},
	{name: "router drop on arrival", faults: []Fault{{Kind: DropIn, Where: Router, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "silence"}, {"stun " + gw4172, "silence"}, {"tcp " + gw4195, "ok"}}},
	{name: "router host unreachable", faults: []Fault{{Kind: RejectHost, Where: Router, Ports: pcoip}}, checks: []check{{"offend tcp " + gw4172, `3/1 from 192\.168\.50\.1`}, {"offend udp " + gw4172x, "1/3 from 2001:db8:50::1"}}},
	{name: "firewall drop", faults: []Fault{{Kind: Drop, Where: Firewall, Proto: "udp", Ports: streaming}}, checks: []check{{"stun " + gw4172, "silence"}, {"tcp " + gw4172, "ok"}}},
	{name: "firewall reject", faults: []Fault{{Kind: RejectAdmin, Where: Firewall, Ports: pcoip}}, checks: []check{{"offend tcp " + gw4172, `3/13 from 10\.20\.0\.1`}, {"offend udp " + gw4172, `3/13 from 10\.20\.0\.1`}, {"offend udp " + gw4172x, "1/1 from 2001:db8:50:20::1"}, {"tcp " + gw4195, "ok"}}},
	{name: "firewall port unreachable", faults: []Fault{{Kind: RejectPort, Where: Firewall, Ports: pcoip}}, checks: []check{{"offend udp " + gw4172, `3/3 from 10\.20\.0\.1`}}},
	{name: "firewall reset", faults: []Fault{{Kind: Reset, Where: Firewall, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "ECONNREFUSED"}, {"tcp " + gw4172x, "ECONNREFUSED"}, {"stun " + gw4172, publicIP}}},
	{name: "firewall accepts for others", faults: []Fault{{Kind: FakeAccept, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "ok"}, {"hello " + gw4172 + " x", "silence"}, {"hello " + gw4172x + " x", "silence"}, {"hello " + gw4195 + " x", "tls x"}}},
	{name: "https only by proxy", faults: []Fault{{Kind: Proxy}, directHTTPSBlocked}, checks: []check{{"tcp 52.119.198.10:443", "silence"}, {"tcp [2600:1f18:0:1::10]:443", "silence"}, {"get " + broker, "200  healthy"}}},
	{name: "lossy firewall", faults: []Fault{{Kind: Lossy, Where: Firewall, Share: 1}}, checks: []check{{"tcp " + gw4172, "silence"}}},
	{name: "a quiet computer", checks: []check{{"others", "few"}}},
	{name: "a call", faults: []Fault{{Kind: Chatter, Mode: "call"}}, checks: []check{{"others", "some"}, {"stun " + stunUDP, publicIP}}},
	{name: "an upload", faults: []Fault{{Kind: Chatter, Mode: "upload"}}, checks: []check{{"others", "many"}, {"stun " + stunUDP, publicIP}}},
	{name: "rotating egress", faults: []Fault{{Kind: Rotate}}, checks: []check{{"stun " + stunUDP, rotatedIP}, {"stun " + stunUDP, publicIP}, {"stun " + stunUDP, rotatedIP}}},
	{name: "UDP egress differs", faults: []Fault{{Kind: SplitUDP}}, checks: []check{{"stun " + stunUDP, udpIP}, {"get http://" + checkipHost + "/", "200  " + publicIP}}},
	{name: "provider reject", faults: []Fault{{Kind: RejectAdmin, Where: Provider, Ports: pcoip}}, checks: []check{{"offend tcp " + gw4172, `3/13 from 203\.0\.113\.9`}, {"offend udp " + gw4172x, "1/1 from 2001:db8:10::9"}}},
	{name: "provider net unreachable", faults: []Fault{{Kind: RejectNet, Where: Provider, Ports: pcoip}}, checks: []check{{"offend udp " + gw4172, `3/0 from 203\.0\.113\.9`}}},
	{name: "provider without route", faults: []Fault{{Kind: Blackhole, Where: Provider, Mode: "unreachable", Addresses: health}}, checks: []check{{"offend tcp " + gw4172, `3/1 from 203\.0\.113\.9`}}},
	{name: "provider drops replies", faults: []Fault{{Kind: DropReturn, Where: Provider, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "silence"}, {"tcp " + gw4195, "ok"}}},
	{name: "no IPv6", faults: []Fault{{Kind: Drop, Where: Provider, Family: "ip6"}}, checks: []check{{"tcp " + gw4172x, "silence"}, {"tcp " + gw4172, "ok"}}},
	{name: "edge drop", faults: []Fault{{Kind: Drop, Where: Edge, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "silence"}, {"tcp " + gw4195, "ok"}}},
	{name: "one address dead", faults: []Fault{{Kind: Drop, Where: AWS, Addresses: health[:1]}}, checks: []check{{"tcp " + gw4172, "silence"}, {"tcp 3.212.50.30:4172", "ok"}}},
	{name: "AWS reject", faults: []Fault{{Kind: RejectAdmin, Where: AWS, Ports: pcoip}}, checks: []check{{"offend tcp " + gw4172, `3/13 from 3\.209\.215\.252`}}},
	{name: "closed gateway", faults: []Fault{{Kind: Closed, Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "ECONNREFUSED"}, {"offend udp " + gw4172, `3/3 from 3\.209\.215\.252`}, {"tcp " + gw4195, "ok"}}},
	{name: "silent UDP", faults: []Fault{{Kind: UDPSilent, Ports: streaming}}, checks: []check{{"stun " + gw4172, "silence"}, {"stun " + stunUDP, publicIP}, {"tcp " + gw4172, "ok"}}},
	{name: "garbage over UDP", faults: []Fault{{Kind: UDPGarbage, Ports: streaming}}, checks: []check{{"stun " + gw4172, "malformed"}}},

	{name: "DNS nxdomain", faults: []Fault{{Kind: DNS, Where: Router, Mode: "nxdomain", Names: []string{healthHost}}}, checks: []check{{"resolve " + healthHost, "notfound=true .*"}, {"resolve " + brokerHost, `52.*`}}},
	{name: "DNS servfail", faults: []Fault{{Kind: DNS, Where: Provider, Mode: "servfail"}}, checks: []check{{"dns udp 192.168.50.1 " + healthHost + " A", "SERVFAIL"}}},
	{name: "DNS refused", faults: []Fault{{Kind: DNS, Where: Router, Mode: "refused"}}, checks: []check{{"dns udp 192.168.50.1 " + healthHost + " A", "REFUSED"}, {"dns udp 203.0.113.53 " + healthHost + " A", "NOERROR .*"}}},
	{name: "DNS silent", faults: []Fault{{Kind: DNS, Where: Router, Mode: "silent"}}, checks: []check{{"dns udp 192.168.50.1 " + healthHost + " A", "silence"}}},
	{name: "DNS empty", faults: []Fault{{Kind: DNS, Where: Router, Mode: "empty"}}, checks: []check{{"dns udp 192.168.50.1 " + healthHost + " A", "NOERROR"}}},
	{name: "DNS one address", faults: []Fault{{Kind: DNS, Where: Router, Mode: "one-address", Addresses: nowhere}}, checks: []check{{"resolve " + healthHost, `203\.0\.113\.80`}, {"resolve any.name.example", `203\.0\.113\.80`}}},
	{name: "DNS escapes", faults: []Fault{{Kind: DNS, Where: Router, Mode: "escapes", Addresses: nowhere}}, checks: []check{{"dns udp 192.168.50.1 " + healthHost + " A", `NOERROR \\027\[31mowned.* 203\.0\.113\.80`}}},
	{name: "DNS truncated", faults: []Fault{{Kind: DNS, Where: Router, Mode: "truncated"}}, checks: []check{{"dns udp 192.168.50.1 " + brokerHost + " A", "NOERROR truncated"}, {"resolve " + brokerHost, "52.*"}}},
	{name: "DNS garbage", faults: []Fault{{Kind: DNS, Where: Router, Mode: "garbage"}}, checks: []check{{"dns udp 192.168.50.1 " + brokerHost + " A", "dns: .*|bad .*|silence"}}},
	{name: "first resolver dead", resolvers: []string{"192.168.50.53", routerLAN}, checks: []check{{"dns udp 192.168.50.53 " + brokerHost + " A", "silence|EHOSTUNREACH"}, {"dns udp 192.168.50.1 " + brokerHost + " A", "NOERROR .*"}}},

	{name: "interception", faults: []Fault{{Kind: Intercept}}, checks: []check{{"issuer " + brokerHost, `untrusted: "Contoso Web Inspection": .*`}}},
	{name: "trusted interception", faults: []Fault{{Kind: Intercept, Mode: "trusted"}}, checks: []check{{"issuer " + brokerHost, "CN=Contoso Web Inspection,O=Contoso Ltd"}, {"get " + broker, "200  healthy"}}},
	{name: "interception of one name", faults: []Fault{{Kind: Intercept, Names: []string{sessionHost}}}, checks: []check{{"issuer " + sessionHost, `untrusted: .*`}, {"get " + broker, "200  healthy"}}},
	{name: "reset by name", faults: []Fault{{Kind: SNIReset, Names: []string{brokerHost}}}, checks: []check{{"get " + broker, "ECONNRESET"}, {"issuer " + signinHost, "CN=Amazon.*"}}},
	{name: "portal", faults: []Fault{{Kind: Portal, Mode: "redirect"}}, checks: []check{{"get http://" + clientsHost + "/", "302 http://" + portalHost + "/login.*"}, {"issuer " + brokerHost, `untrusted: "Hotel WiFi Gateway": .*`}, {"tcp " + gw4172, "silence"}}},
	{name: "portal page", faults: []Fault{{Kind: Portal, Mode: "page"}}, checks: []check{{"get http://" + checkipHost + "/", "200  .*Hotel WiFi.*"}}},
	{name: "portal without HTTPS", faults: []Fault{{Kind: Portal, Mode: "http-only"}}, checks: []check{{"get http://" + checkipHost + "/", "302 .*"}, {"tcp 52.119.198.10:443", "silence"}}},
	{name: "portal by DNS", faults: []Fault{{Kind: Portal, Mode: "dns"}}, checks: []check{{"resolve " + brokerHost, `192\.168\.50\.1`}, {"get http://" + clientsHost + "/", "302 http://" + portalHost + "/login.*"}}},

	{name: "proxy login", faults: []Fault{{Kind: Proxy, Mode: "auth"}}, checks: []check{{"get " + broker, "Proxy Authentication Required"}}},
	{name: "proxy hangs", faults: []Fault{{Kind: Proxy, Mode: "hang"}}, checks: []check{{"get " + broker, "silence"}}},
	{name: "proxy closed", faults: []Fault{{Kind: Proxy, Mode: "closed"}}, checks: []check{{"get " + broker, "ECONNREFUSED"}}},
	{name: "proxy gone", faults: []Fault{{Kind: Proxy, Mode: "gone"}}, checks: []check{{"get " + broker, "silence"}}},
	{name: "proxy egress", faults: []Fault{{Kind: Proxy}, {Kind: ProxyEgress}}, checks: []check{{"get " + broker, "200  healthy"}, {"stun " + stunUDP, publicIP}}},

	{name: "web reset", faults: []Fault{{Kind: Web, Where: AWS, Mode: "reset", Names: []string{brokerHost}}}, checks: []check{{"get " + broker, "ECONNRESET"}, {"issuer " + signinHost, "CN=Amazon.*"}}},
	{name: "web hang", faults: []Fault{{Kind: Web, Where: AWS, Mode: "hang"}}, checks: []check{{"get " + broker, "silence"}}},
	{name: "web garbage", faults: []Fault{{Kind: Web, Where: AWS, Mode: "garbage"}}, checks: []check{{"get " + broker, "(tls|http): .*"}}},
	{name: "web endless", faults: []Fault{{Kind: Web, Where: AWS, Mode: "endless"}}, checks: []check{{"get " + broker, "200  <!-- and so on.*"}}},
	{name: "web big chain", faults: []Fault{{Kind: Web, Where: AWS, Mode: "big-chain"}}, checks: []check{{"get " + broker, "tls: .*exceeds maximum.*"}}},
	{name: "web escapes", faults: []Fault{{Kind: Web, Where: AWS, Mode: "escapes"}}, checks: []check{{"issuer " + brokerHost, `untrusted: "\\x1b\]0;owned.*`}}},
	{name: "web 503", faults: []Fault{{Kind: Web, Where: AWS, Mode: "error-503"}}, checks: []check{{"get " + broker, "503 .*"}}},
	{name: "web wrong name", faults: []Fault{{Kind: Web, Where: AWS, Mode: "wrong-name"}}, checks: []check{{"issuer " + brokerHost, "untrusted: .*intranet.contoso.example.*"}}},
	{name: "web expired", faults: []Fault{{Kind: Web, Where: AWS, Mode: "expired"}}, checks: []check{{"issuer " + brokerHost, "untrusted: .*expired.*"}}},
	{name: "clock", faults: []Fault{{Kind: Clock, Ahead: 400 * 24 * time.Hour}}, checks: []check{{"issuer " + brokerHost, "untrusted: .*not yet valid.*"}}},
}

func TestFaultsHaveTheEffectTheirNameSays(t *testing.T) {
	needLab(t)
	for _, e := range slices.Concat(effects, pathEffects(), lifeEffects(), caseEffects()) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := Scenario{Name: e.name, Faults: e.faults, Resolvers: e.resolvers}
			expect(t, Options{Scenario: s}, e.checks)
		})
	}
}

func TestEveryKindOfFaultHasAnEffectTest(t *testing.T) {
	tested := map[Kind]bool{}
	for _, e := range slices.Concat(effects, pathEffects(), lifeEffects(), caseEffects()) {
		for _, f := range e.faults {
			tested[f.Kind] = true
		}
	}
	for _, k := range conditions {
		tested[k] = true
	}
	for _, e := range allInsideEffects() {
		for _, f := range e.scenario.Faults {
			tested[f.Kind] = true
		}
	}
	for _, k := range slices.Concat(slices.Collect(maps.Keys(injections)), slices.Collect(maps.Keys(lateInjections)), loopbackKinds, insideServerKinds, conditions, []Kind{HostsEntry, LocalStub, LocalProxy, FakeIP, Parking, BehindStub, RealChains, STUNLies, EchoLies}) {
		if !tested[k] {
			t.Errorf("no test shows what %s does", k)
		}
	}
}

func TestSixHopsLieBetweenClientAndGateway(t *testing.T) {
	// A topology that lost a hop would still pass the tests above.
	hops := []netip.Addr{}
	for _, r := range routes {
		if r.prefix == "" && r.at != Office && r.at != AWS {
			hops = append(hops, netip.MustParseAddr(r.via4))
		}
	}
	if len(hops) < 5 {
		t.Errorf("only %d hops: %v", len(hops), hops)
	}
}
