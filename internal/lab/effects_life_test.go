//go:build linux

package lab

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	bigHello  = "hello " + gw4195 + " " + healthHost
	smallSTUN = "stun " + gw4172
)

// lifeEffects are those of what bites in life.
func lifeEffects() []effect {
	fakeBroker := `198\.18\.0\.\d+`
	list := []effect{
		{name: "reset at the first data", faults: []Fault{{Kind: ResetData, Where: Firewall, Ports: pcoip}}, checks: []check{
			{"tcp " + gw4172, "ok"}, {"hello " + gw4172 + " x", "ECONNRESET"}, {"hello " + gw4172x + " x", "ECONNRESET"}, {"hello " + gw4195 + " " + healthHost, "tls " + healthHost}}},
		{name: "loss of a port only", faults: []Fault{{Kind: Lossy, Where: Provider, Share: 1, Proto: "udp", Ports: pcoip}}, checks: []check{
			{smallSTUN, "silence"}, {"tcp " + gw4172, "ok"}, {"stun " + gw4195, publicIP}}},
		{name: "loss of every flow", faults: []Fault{{Kind: LossyFlows, Where: Provider, Share: 1, Proto: "udp", Ports: pcoip}}, checks: []check{
			{smallSTUN, "silence"}, {"tcp " + gw4172, "ok"}, {"stun " + gw4195, publicIP}}},
		{name: "a whole lifetime behind the router", faults: []Fault{{Kind: Rewrites, Where: Router}}, checks: []check{
			{"ttl tcp " + gw4172 + " 1", "11/0 from " + way[0].v4}, {"ttl tcp " + gw4172 + " 2", "ok"}, {"ttl tcp " + gw4172x + " " + way[1].ttl, "3/0 from " + way[1].v6}, {smallSTUN, publicIP}}},
		{name: "two connections begin at once", faults: []Fault{{Kind: RateLimit, Mode: "first", Where: Provider, Proto: "tcp", Ports: pcoip, PerSecond: 1, Count: 2}}, checks: []check{
			{"tcp " + gw4172, "ok"}, {"tcp " + gw4172, "ok"}, {"tcp " + gw4172, "silence"}, {"tcp " + gw4195, "ok"}, {smallSTUN, publicIP}}},
		{name: "three packets a second", faults: []Fault{{Kind: RateLimit, Where: Provider, Proto: "udp", Ports: pcoip, PerSecond: 1, Count: 2}}, checks: []check{
			{smallSTUN, publicIP}, {smallSTUN, publicIP}, {smallSTUN, "silence"}, {"stun " + gw4195, publicIP}, {"pause 1100", "ok"}, {smallSTUN, publicIP}}},
		{name: "large packets vanish on the way there", faults: []Fault{{Kind: Drop, Where: Provider, Larger: 1000, Toward: "aws"}}, checks: []check{
			{"size " + stunUDP + " 1300", "silence"}, {"small " + gw4195 + " " + healthHost, "tls " + healthHost}, {bigHello, "silence"}, {smallSTUN, publicIP}}},
		{name: "large packets vanish on the way back", faults: []Fault{{Kind: Drop, Where: Edge, Larger: 700, Toward: "client"}}, checks: []check{
			{"small " + gw4195 + " " + healthHost, "silence"}, {"tcp " + gw4195, "ok"}, {smallSTUN, publicIP}}},
		{name: "the computer drops large answers", faults: []Fault{{Kind: Drop, Where: Client, Larger: 700, Toward: "client"}}, checks: []check{
			{"small " + gw4195 + " " + healthHost, "silence"}, {"tcp " + gw4195, "ok"}}},
		{name: "AWS drops large answers", faults: []Fault{{Kind: Drop, Where: AWS, Larger: 700, Toward: "client"}}, checks: []check{
			{"small " + gw4195 + " " + healthHost, "silence"}, {"tcp " + gw4195, "ok"}}},
		{name: "AWS drops large arrivals", faults: []Fault{{Kind: Drop, Where: AWS, Larger: 1000, Toward: "aws"}}, checks: []check{
			{bigHello, "silence"}, {"small " + gw4195 + " " + healthHost, "tls " + healthHost}}},
		{name: "the computer's firewall queues", faults: []Fault{{Kind: Swallow, Mode: "queue", Ports: pcoip}}, checks: []check{{"tcp " + gw4172, "silence"}, {"tcp " + gw4195, "ok"}}},
		{name: "hosts file", faults: []Fault{{Kind: HostsEntry, Names: []string{brokerHost, "other.example"}, Addresses: []netip.Addr{netip.MustParseAddr("0.0.0.0")}}}, checks: []check{
			{"resolve " + brokerHost, `0\.0\.0\.0`}, {"dns udp 192.168.50.1 " + brokerHost + " A", `NOERROR 52\.119\.198\.10`}, {"resolve " + signinHost, ".*52.119.199.20.*"}}},
		{name: "local stub", faults: []Fault{{Kind: LocalStub}}, checks: []check{
			{"show /etc/resolv.conf", `nameserver 127\.0\.0\.53\|`}, {"resolve " + brokerHost, `52\.119\.198\.10`}}},
		{name: "local stub is dead", faults: []Fault{{Kind: LocalStub, Mode: "dead"}}, checks: []check{
			{"offend udp 127.0.0.53:53", `3/3 from 127\.0\.0\.53`}, {"dns udp 192.168.50.1 " + brokerHost + " A", `NOERROR 52\.119\.198\.10`}}},
		{name: "local stub is silent", faults: []Fault{{Kind: LocalStub, Mode: "silent"}}, checks: []check{
			{"dns udp 127.0.0.53 " + brokerHost + " A", "silence"}}},
		{name: "local proxy", faults: []Fault{{Kind: LocalProxy}}, checks: []check{{"get " + broker, "200  healthy"}}},
		{name: "local proxy is dead", faults: []Fault{{Kind: LocalProxy, Mode: "dead"}}, checks: []check{{"get " + broker, "ECONNREFUSED"}, {"tcp " + web443, "ok"}}},
		{name: "local proxy denies", faults: []Fault{{Kind: LocalProxy, Mode: "deny"}}, checks: []check{{"get " + broker, "Forbidden"}}},
		{name: "a container network covers the name server", resolvers: []string{coveredDNS}, faults: []Fault{{Kind: Overlap, Mode: "bridge", Network: "172.20.0.0/16"}}, checks: []check{
			{"dns udp " + coveredDNS + " " + brokerHost + " A", "silence|EHOSTUNREACH"}, {"dns udp 192.168.50.1 " + brokerHost + " A", `NOERROR 52\.119\.198\.10`}, {"tcp " + gw4172, "ok"}}},
		{name: "the name server that nothing covers", resolvers: []string{coveredDNS}, checks: []check{{"resolve " + brokerHost, `52\.119\.198\.10`}}},
		{name: "a leftover tunnel covers the name server", resolvers: []string{coveredDNS}, faults: []Fault{{Kind: Overlap, Mode: "vpn", Network: "172.20.0.0/16"}}, checks: []check{
			{"dns udp " + coveredDNS + " " + brokerHost + " A", "silence|EHOSTUNREACH"}, {"tcp " + gw4172, "ok"}}},
		{name: "a router carries on what it accepts", faults: []Fault{{Kind: FakeAccept, Where: Router, Mode: "carry", Ports: []uint16{443, 4195}}}, checks: []check{
			{"ttl tcp " + gw4195 + " 1", "ok"}, {bigHello, "tls " + healthHost}, {"hello " + gw4195x + " " + health6Host, "tls " + health6Host}, {"get " + broker, "200  healthy"}, {"ttl tcp " + gw4172 + " 1", "11/0 from .*"}}},
		{name: "a program of the computer carries on what it accepts", faults: []Fault{{Kind: FakeAccept, Where: Client, Mode: "carry", Ports: []uint16{443, 4195}}}, checks: []check{
			{bigHello, "tls " + healthHost}, {"get " + broker, "200  healthy"}, {"ttl tcp " + gw4195 + " 1", "ok"}}},
		{name: "AWS accepts and is mute", faults: []Fault{{Kind: FakeAccept, Where: AWS, Ports: pcoip}}, checks: []check{
			{"tcp " + gw4172, "ok"}, {"hello " + gw4172 + " x", "silence"}, {"ttl tcp " + gw4172 + " 4", "11/0 from .*"}, {bigHello, "tls " + healthHost}}},
		{name: "AWS resets at the first data", faults: []Fault{{Kind: FakeAccept, Where: AWS, Mode: "reset", Ports: pcoip}}, checks: []check{
			{"tcp " + gw4172, "ok"}, {"hello " + gw4172 + " x", "ECONNRESET"}, {"ttl tcp " + gw4172 + " 4", "11/0 from .*"}, {bigHello, "tls " + healthHost}}},
		{name: "the computer passes the web only, and talks to itself", faults: []Fault{{Kind: LocalStub}, {Kind: RejectAdmin, Where: Client, Proto: "udp", Spared: dnsPort, Toward: "aws"}, {Kind: Drop, Where: Client, Proto: "tcp", Spared: []uint16{80, 443}, Toward: "aws"}}, checks: []check{
			{"resolve " + brokerHost, `52\.119\.198\.10`}, {"tcp " + gw4172, "silence"}, {"tcp " + web443, "ok"}, {"stun " + stunUDP, "EPERM"}}},
		{name: "answers of all but the web are dropped", faults: []Fault{{Kind: DropReturn, Where: Firewall, Proto: "tcp", Spared: []uint16{80, 443}, Toward: "client"}}, checks: []check{
			{"tcp " + gw4172, "silence"}, {"tcp " + web443, "ok"}, {smallSTUN, publicIP}}},
		{name: "antivirus signs anew", faults: []Fault{{Kind: Intercept, Where: Client, Mode: "trusted", Issuer: "Example Antivirus Root"}}, checks: []check{
			{"issuer " + brokerHost, "CN=Example Antivirus Root,O=Example Antivirus Root"}}},
		{name: "IPv6 only, with NAT64", resolvers: []string{routerLAN6}, faults: []Fault{{Kind: NoLease, Family: "ip4"}, {Kind: NAT64, Where: Router, Network: "64:ff9b::/96"}}, checks: []check{
			{"tcp " + gw4172, "ENETUNREACH"}, {"resolve " + brokerHost, "64:ff9b::3477:c60a.*"}, {"resolve " + health6Host, "2600:1f18:74e9:4400::10"}, {"get " + broker, "200  healthy"},
			{"hello [64:ff9b::3.209.215.252]:4195 " + healthHost, "tls " + healthHost}, {"stun [64:ff9b::3.80.12.40]:443", publicIP}, {"quic [64:ff9b::3.209.215.252]:4195", ".*00000001.*"},
			{"ttl udp [64:ff9b::3.209.215.252]:4172 1", "3/0 from 2001:db8:50::1"}, {"ttl tcp [64:ff9b::3.209.215.252]:4172 3", "3/0 from 64:ff9b::a14:1"}, {"ttl udp [64:ff9b::3.209.215.252]:4172 4", "3/0 from 64:ff9b::cb00:7109"},
			{"offend udp [64:ff9b::3.209.215.252]:80", "1/4 from 64:ff9b::3d1:d7fc"}, {"tcp [64:ff9b::3.209.215.252]:80", "ECONNREFUSED"}, {"tcp " + gw4172x, "ok"}}},
		{name: "NAT64, and the firewall says no", faults: []Fault{{Kind: NAT64, Where: Router, Network: "64:ff9b:1::/96"}, {Kind: RejectAdmin, Where: Firewall, Ports: pcoip}}, checks: []check{
			{"offend tcp [64:ff9b:1::3.209.215.252]:4172", "1/1 from 64:ff9b:1::a14:1"}, {"tcp [64:ff9b:1::3.209.215.252]:4195", "ok"}}},
		{name: "an invisible router's own name server", resolvers: []string{routerLAN6}, faults: []Fault{{Kind: Invisible, Where: Router}}, checks: []check{
			{"resolve " + brokerHost, `52\.119\.198\.10`}, {"resolve a-name-long-enough-for-a-larger-datagram.example", "notfound=true .*"}}},
		{name: "stand-in addresses", faults: []Fault{{Kind: FakeIP, Where: Router}}, checks: []check{
			{"resolve " + brokerHost, fakeBroker}, {"get " + broker, "200  healthy"}, {"named tcp " + healthHost + " 4172", "ok"}, {"named stun " + healthHost + " 4172", publicIP}, {"named stun " + stunHost + " 443", publicIP}}},
		{name: "stand-in addresses for the web only", faults: []Fault{{Kind: FakeIP, Where: Router, Mode: "web-only"}}, checks: []check{
			{"resolve " + brokerHost, fakeBroker}, {"get " + broker, "200  healthy"}, {"named tcp " + healthHost + " 4172", "ECONNREFUSED"}, {"named stun " + healthHost + " 4172", "ECONNREFUSED"}}},
		{name: "a parking host", faults: []Fault{{Kind: DNS, Where: Router, Mode: "one-address", Names: []string{signinHost}, Addresses: nowhere}, {Kind: Parking, Where: Provider, Addresses: nowhere}}, checks: []check{
			{"issuer " + signinHost, "untrusted: .*parking.example.*"}, {"hello " + nowhere[0].String() + ":443 " + parkingHost, "tls " + parkingHost}, {"get " + broker, "200  healthy"}}},
		{name: "a slow name server", faults: []Fault{{Kind: DNS, Where: Router, Mode: "slow", After: 600 * time.Millisecond, Names: []string{signinHost}}}, checks: []check{
			{"dns udp 192.168.50.1 " + signinHost + " A", "silence"}, {"resolve " + signinHost, ".*52.119.199.20.*"}, {"dns udp 192.168.50.1 " + brokerHost + " A", "NOERROR .*"}}},
	}
	for i, w := range way {
		other := map[Place][2]string{Router: {"10.99.0.1", "2001:db8:99::1"}, Firewall: {"10.99.0.2", "2001:db8:99::2"}, Provider: {"198.51.100.7", "2001:db8:99::3"}, Edge: {"150.222.1.1", "2600:1f00:0:7::1"}}[w.at]
		beyond := way[(i+1)%len(way)]
		list = append(list,
			effect{name: string(w.at) + " answers about TCP only", faults: []Fault{{Kind: AnswersOnly, Where: w.at, Proto: "tcp"}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4}, {"ttl udp " + gw4172 + " " + w.ttl, "silence"},
				{"ttl tcp " + gw4172x + " " + w.ttl, "3/0 from " + w.v6}, {"ttl udp " + gw4172x + " " + w.ttl, "silence"}, {smallSTUN, publicIP}}},
			effect{name: string(w.at) + " answers about UDP only", faults: []Fault{{Kind: AnswersOnly, Where: w.at, Proto: "udp"}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "silence"}, {"ttl udp " + gw4172 + " " + w.ttl, "11/0 from " + w.v4}, {"ttl tcp " + gw4172x + " " + w.ttl, "silence"}, {"tcp " + gw4172, "ok"}}},
			effect{name: string(w.at) + " answers from another interface", faults: []Fault{{Kind: OtherAddress, Where: w.at, Addresses: addrs(other[0] + " " + other[1])}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "11/0 from " + strings.ReplaceAll(other[0], ".", `\.`)}, {"ttl udp " + gw4172x + " " + w.ttl, "3/0 from " + other[1]},
				{"tcp " + gw4172, "ok"}, {"tcp " + gw4172x, "ok"}, {smallSTUN, publicIP}}},
		)
		if i+1 < len(way) {
			list = append(list, effect{name: string(w.at) + " is invisible", faults: []Fault{{Kind: Invisible, Where: w.at}}, checks: []check{
				{"ttl tcp " + gw4172 + " " + w.ttl, "11/0 from " + beyond.v4}, {"ttl udp " + gw4172x + " " + w.ttl, "3/0 from " + beyond.v6}, {"tcp " + gw4172, "ok"}, {smallSTUN, publicIP}}})
		}
	}
	return list
}

// conditions are the kinds that are no matter of the network.
var conditions = []Kind{Standstill, BusyLoops, EarlierRuns}

// Of half of the flows nothing arrives, and of the others everything.
func TestFlowsAreLostWhole(t *testing.T) {
	const flows = 16
	o := Options{Scenario: Scenario{Faults: []Fault{{Kind: LossyFlows, Where: Provider, Share: 0.5}}}}
	whole, lost := 0, 0
	for range flows {
		out, _ := look(t, o, "rtt "+stunUDP)
		switch n, _, _ := strings.Cut(out[0], " "); n {
		case "0":
			lost++
		case "30":
			whole++
		default:
			t.Errorf("%s of 30 datagrams of one flow", n)
		}
	}
	if whole == 0 || lost == 0 {
		t.Errorf("of %d flows %d arrived and %d did not", flows, whole, lost)
	}
}

func TestTheCommandStandsStill(t *testing.T) {
	spent := func(faults ...Fault) time.Duration {
		_, r := look(t, Options{Scenario: Scenario{Faults: faults}}, "pause 300")
		return r.Wall
	}
	if plain, stood := spent(), spent(Fault{Kind: Standstill, After: 50 * time.Millisecond, Lasts: 900 * time.Millisecond}); plain > 800*time.Millisecond || stood < 900*time.Millisecond {
		t.Errorf("it took %v, and %v with a standstill of 0.9 s in it", plain, stood)
	}
}

func TestBusyLoopsTakeTheProcessor(t *testing.T) {
	share := func(faults ...Fault) int {
		out, _ := look(t, Options{Scenario: Scenario{Faults: faults}}, "spin 400")
		n, err := strconv.Atoi(out[0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if alone, beside := share(), share(Fault{Kind: BusyLoops, Count: 16}); beside*2 > alone {
		t.Errorf("%d %% of one processor beside sixteen loops, %d %% without", beside, alone)
	}
}

// TestEarlierRunsAreRunsOfTheCommand: each run, and no other, writes down where it
// was; the earlier ones were where the last one was, and said nothing.
func TestEarlierRunsAreRunsOfTheCommand(t *testing.T) {
	needLab(t)
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // for the lab's ordinary user
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "runs")
	s := Scenario{Faults: []Fault{{Kind: EarlierRuns, Count: 2}}}
	if out, _ := look(t, Options{Scenario: s}, "mark "+file); !slices.Equal(out, []string{"marked"}) {
		t.Errorf("the command said %q; of three runs only the last may speak", out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if runs := strings.Fields(string(b)); len(runs) != 3 || runs[0] != runs[2] || runs[1] != runs[2] || runs[2] == here {
		t.Errorf("two earlier runs and the command itself were in %q, the test is in %s", runs, here)
	}
}
