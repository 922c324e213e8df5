//go:build linux

package lab

import (
	"slices"
	"time"
)

// Addresses and ports that the faults on the way are tried with.
const (
	gw443   = "3.209.215.252:443"
	web443  = "52.119.198.10:443"
	web443x = "[2600:1f18:0:1::10]:443"
)

// way is each router's own address and its distance, as the client sees them.
var way = []struct {
	at     Place
	ttl    string
	v4, v6 string
}{
	{Router, "1", `192\.168\.50\.1`, "2001:db8:50::1"},
	{Firewall, "2", `10\.20\.0\.1`, "2001:db8:50:20::1"},
	{Provider, "3", `203\.0\.113\.9`, "2001:db8:10::9"},
	{Edge, "4", `52\.94\.0\.2`, "2600:1f18:0:9::2"},
}

// pathEffects says what faults on the way look like by TTL.
func pathEffects() []effect {
	list := []effect{{name: "distances"}}
	for i, w := range way {
		list[0].checks = append(list[0].checks,
			check{"ttl tcp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4}, check{"ttl udp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4},
			check{"ttl tcp " + gw4172x + " " + w.ttl, "3/0 from " + w.v6}, check{"ttl udp " + gw4172x + " " + w.ttl, "3/0 from " + w.v6})
		beyond := string(w.ttl[0] + 1)
		list = append(list,
			effect{name: string(w.at) + " drops, answers for its own TTL", faults: []Fault{{Kind: Drop, Where: w.at, Ports: pcoip}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4}, {"ttl udp " + gw4172x + " " + w.ttl, "3/0 from " + w.v6},
				{"ttl tcp " + gw4172 + " " + beyond, "silence"}, {"ttl udp " + gw4172x + " " + beyond, "silence"}, {"tcp " + gw4195, "ok"},
			}},
			effect{name: string(w.at) + " drops on arrival", faults: []Fault{{Kind: DropIn, Where: w.at, Ports: pcoip}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "silence"}, {"ttl udp " + gw4172x + " " + w.ttl, "silence"}, {"ttl tcp " + gw4195 + " " + w.ttl, "11/0 from " + w.v4},
			}},
			effect{name: string(w.at) + " drops IPv6 only", faults: []Fault{{Kind: Drop, Where: w.at, Family: "ip6", Ports: pcoip}}, checks: []check{
				{"tcp " + gw4172 + "", "ok"}, {"tcp " + gw4172x, "silence"}, {"stun " + gw4172x, "silence"}, {"tcp " + gw4195x, "ok"},
			}},
			effect{name: string(w.at) + " drops IPv4 only, on arrival", faults: []Fault{{Kind: DropIn, Where: w.at, Family: "ip4", Ports: pcoip}}, checks: []check{
				{"tcp " + gw4172 + "", "silence"}, {"tcp " + gw4172x, "ok"}, {"stun " + gw4172x, clientIP6},
			}},
			effect{name: string(w.at) + " drops UDP only", faults: []Fault{{Kind: Drop, Where: w.at, Proto: "udp", Ports: pcoip}}, checks: []check{
				{"tcp " + gw4172 + "", "ok"}, {"stun " + gw4172, "silence"}, {"stun " + gw4172x, "silence"}, {"stun " + stunUDP, publicIP},
			}},
			effect{name: string(w.at) + " drops replies", faults: []Fault{{Kind: DropReturn, Where: w.at, Ports: pcoip}}, checks: []check{
				{"tcp " + gw4172 + "", "silence"}, {"ttl tcp " + gw4172 + " 4", "11/0 from " + way[3].v4}, {"stun " + gw4172x, "silence"}, {"tcp " + gw4195, "ok"},
			}},
			effect{name: string(w.at) + " resets", faults: []Fault{{Kind: Reset, Where: w.at, Ports: pcoip}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4}, {"ttl tcp " + gw4172 + " " + beyond, "ECONNREFUSED"}, {"ttl tcp " + gw4172x + " " + beyond, "ECONNREFUSED"}, {"tcp " + gw4195, "ok"},
			}},
			effect{name: string(w.at) + " never sends ICMP errors", faults: []Fault{{Kind: Mute, Where: w.at}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "silence"}, {"ttl udp " + gw4172x + " " + w.ttl, "silence"}, {"tcp " + gw4172, "ok"},
				{"ttl tcp " + gw4172 + " " + way[(i+1)%4].ttl, "11/0 from " + way[(i+1)%4].v4},
			}},
			effect{name: string(w.at) + " sends no ICMPv6 errors", faults: []Fault{{Kind: Mute, Where: w.at, Family: "ip6"}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4}, {"ttl udp " + gw4172x + " " + w.ttl, "silence"},
			}},
			effect{name: string(w.at) + " sends one ICMP error a second", faults: []Fault{{Kind: SlowICMP, Where: w.at}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4}, {"ttl udp " + gw4172x + " " + w.ttl, "3/0 from " + w.v6},
				{"ttl tcp " + gw4172 + " " + w.ttl, "silence"}, {"ttl udp " + gw4172x + " " + w.ttl, "silence"},
				{"pause 1100", "ok"}, {"ttl udp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4},
			}},
		)
		if desk().inward[w.at] == "" {
			continue
		}
		list = append(list, effect{name: string(w.at) + " accepts for others", faults: []Fault{{Kind: FakeAccept, Where: w.at, Ports: pcoip}}, checks: []check{
			{"ttl tcp " + gw4172 + " " + w.ttl, "ok"}, {"ttl tcp " + gw4172x + " " + w.ttl, "ok"}, {"ttl tcp " + gw4195 + " " + w.ttl, "11/0 from " + w.v4},
			{"hello " + gw4172 + " x", "silence"}, {"hello " + gw4195 + " " + healthHost, "tls " + healthHost},
		}})
	}
	return slices.Concat(list, oddEffects)
}

// oddEffects are faults that look at more than the port, or sit elsewhere.
var oddEffects = []effect{
	{name: "silent local filter", faults: []Fault{{Kind: Swallow, Ports: pcoip}}, checks: []check{
		{"flood " + gw4172, "ok kept"}, {"flood " + gw4172x, "ok kept"}, {"flood " + gw4195, "ok left"}, {"stun " + gw4172, "silence"},
		{"tcp " + gw4172, "silence"}, {"tcp " + gw4172x, "silence"}, {"ttl tcp " + gw4172 + " 1", "silence"}, {"tcp " + gw4195, "ok"},
		// A socket that asks for errors is told so much, and so is TCP's own account.
		{"retrans " + gw4172, "1 tried 0 sent"}, {"offend udp " + gw4172, "ENOBUFS"},
	}},
	{name: "silent local filter in a program", faults: []Fault{{Kind: Swallow, Mode: "queue", Ports: pcoip}}, checks: []check{
		{"flood " + gw4172, "ok kept"}, {"flood " + gw4172x, "ok kept"}, {"flood " + gw4195, "ok left"}, {"stun " + gw4172, "silence"},
		{"tcp " + gw4172x, "silence"}, {"tcp " + gw4195, "ok"}, {"retrans " + gw4172, "1 tried 1 sent"}, {"offend udp " + gw4172, "silence"},
	}},
	{name: "what a drop further on does to retransmissions", faults: []Fault{{Kind: Drop, Where: Router, Ports: pcoip}}, checks: []check{
		{"retrans " + gw4172, "1 tried 1 sent"}, {"flood " + gw4172, "ok left"},
	}},
	{name: "silent local filter, IPv6 over UDP only", faults: []Fault{{Kind: Swallow, Proto: "udp", Family: "ip6", Ports: pcoip}}, checks: []check{
		{"stun " + gw4172, publicIP}, {"stun " + gw4172x, "silence"}, {"tcp " + gw4172x, "ok"},
	}},
	{name: "source ports", faults: []Fault{{Kind: Drop, Where: Firewall, Proto: "udp", FromPorts: pcoipSource}}, checks: []check{
		{"from 50002 " + gw4172, "silence"}, {"from 55002 " + gw4172, "silence"}, {"from 55002 " + gw4172x, "silence"}, {"from 50003 " + gw4172, publicIP}, {"from 50003 " + gw4172x, clientIP6},
	}},
	{name: "greeting dropped for a name", faults: []Fault{{Kind: Drop, Where: Firewall, Proto: "tcp", Ports: https, Names: []string{brokerHost}}}, checks: []check{
		{"tcp " + web443, "ok"}, {"hello " + web443 + " " + brokerHost, "silence"}, {"hello " + web443x + " " + brokerHost, "silence"}, {"issuer " + sessionHost, "CN=Amazon.*"},
	}},
	{name: "greeting reset for a name", faults: []Fault{{Kind: Reset, Where: Provider, Ports: https, Names: []string{brokerHost, sessionHost}}}, checks: []check{
		{"tcp " + web443, "ok"}, {"hello " + web443 + " " + brokerHost, "ECONNRESET"}, {"hello " + web443x + " " + sessionHost, "ECONNRESET"}, {"issuer " + signinHost, "CN=Amazon.*"},
	}},
	{name: "large greeting dropped", faults: []Fault{{Kind: Drop, Where: Firewall, Proto: "tcp", Ports: https, Larger: 800}}, checks: []check{
		{"tcp " + web443, "ok"}, {"hello " + web443 + " " + brokerHost, "silence"}, {"small " + web443 + " " + brokerHost, "tls .*"}, {"small " + web443x + " " + brokerHost, "tls .*"},
		{"hello " + gw4195 + " " + healthHost, "tls " + healthHost},
	}},
	{name: "path MTU", faults: []Fault{{Kind: NarrowLink, Where: Firewall, MTU: 1280}}, checks: []check{
		{"size " + stunUDP + " 1280", "silence"}, {"size " + stunUDP + " 1281", `3/4 mtu 1280 from 10\.20\.0\.1`}, {"size " + gw4172x + " 1281", "2/0 mtu 1280 from 2001:db8:50:20::1"},
		{"hello " + gw4195 + " " + healthHost, "tls " + healthHost}, {"hello " + gw4195x + " " + health6Host, "tls " + health6Host}, {"get " + broker, "200  healthy"},
	}},
	{name: "path MTU in silence", faults: []Fault{{Kind: Drop, Where: Firewall, Larger: 1280}}, checks: []check{
		{"size " + stunUDP + " 1281", "silence"}, {"size " + gw4172x + " 1281", "silence"}, {"quic " + gw4195, ".*00000001.*"}, {"hello " + gw4195 + " " + healthHost, "silence"}, {"tcp " + web443, "ok"},
	}},
	{name: "black hole below 1200 bytes", faults: []Fault{{Kind: Drop, Where: Provider, Larger: 1100}}, checks: []check{
		{"quic " + gw4195, "silence"}, {"quic " + gw4195x, "silence"}, {"stun " + gw4195, publicIP}, {"hello " + gw4195 + " " + healthHost, "silence"},
	}},
	{name: "IPv6 alone", faults: []Fault{{Kind: NoLease, Family: "ip4"}}, resolvers: []string{routerLAN6}, checks: []check{
		{"tcp " + gw4172, "ENETUNREACH"}, {"tcp " + gw4172x, "ok"}, {"resolve " + health6Host, "2600:1f18:74e9:4400::10"}, {"stun " + gw4195x, clientIP6},
	}},
	{name: "no IPv4 default route", faults: []Fault{{Kind: NoDefault, Family: "ip4"}}, checks: []check{{"tcp " + gw4172, "ENETUNREACH"}, {"tcp " + gw4172x, "ok"}}},
	{name: "rotating egress keeps the hops", faults: []Fault{{Kind: Rotate}, {Kind: Drop, Where: Provider, Ports: pcoip}}, checks: []check{
		{"ttl udp " + gw4172 + " 3", `11/0 from 203\.0\.113\.9`}, {"ttl udp " + gw4172 + " 3", `11/0 from 203\.0\.113\.9`}, {"ttl tcp " + gw443 + " 4", `11/0 from 52\.94\.0\.2`}, {"ttl tcp " + gw4172 + " 4", "silence"},
	}},
}

// pause is how an effect waits, for what refills with time.
func pause(milliseconds string) string {
	d, err := time.ParseDuration(milliseconds + "ms")
	if err != nil {
		return err.Error()
	}
	time.Sleep(d)
	return "ok"
}
