package firewall

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"wsdoctor/probe"
)

// detours are routes of the WorkSpace that lead to some of the gateway's addresses by
// another interface, and from which of them a packet then came the wrong way.
var detours = []struct {
	name   string
	routes []string
	astray map[string]bool // by the gateway's address
}{
	{"all on the link", nil, map[string]bool{"198.19.1.1": false, "198.19.200.7": false, "fd00:19::1": false}},
	{"a part by another interface", []string{"route add 198.19.200.0/24 dev eth1", "-6 route add fd00:19::f:0/112 dev eth1"},
		map[string]bool{"198.19.1.1": false, "198.19.200.7": true, "fd00:19::1": false, "fd00:19::f:7": true}},
	{"a worse one beside it", []string{"route add 198.19.0.0/16 dev eth1 metric 50"}, map[string]bool{"198.19.1.1": false}},
	{"none", []string{"route add unreachable 198.19.200.0/24"}, map[string]bool{"198.19.1.1": false, "198.19.200.7": true}},
	{"a rule of the own address", []string{"rule add from 198.19.5.10 lookup 77 priority 100", "route add default dev eth1 table 77"}, map[string]bool{"198.19.1.1": true, "198.19.200.7": true}},
	{"a rule of another address", []string{"rule add from 10.0.0.1 lookup 77 priority 100", "route add default dev eth1 table 77"}, map[string]bool{"198.19.1.1": false, "198.19.200.7": false}},
}

// testDetours holds the way back against what the kernel's own counters say: a packet
// whose sender is reached by another interface gets no answer either way.
func testDetours(t *testing.T, w *world) {
	ip := func(args string) error { return w.load("ip", "", strings.Fields(args)...) }
	for _, args := range []string{"link add eth1 type veth peer name far1", "link set eth1 up", "link set far1 up"} {
		if err := ip(args); err != nil {
			t.Fatal(err)
		}
	}
	defer ip("link del eth1")
	for _, c := range detours {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range c.routes {
				if err := ip(r); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := ip(strings.Replace(r, " add ", " del ", 1)); err != nil {
						t.Error(err)
					}
				}()
			}
			for gateway, astray := range c.astray {
				w.flush(t)
				const rules = "table inet raw { chain pre { type filter hook prerouting priority raw;\nmeta l4proto udp fib saddr . iif oif missing counter drop\nmeta l4proto udp counter\n}\n}\n"
				if err := w.load("nft", rules, "-f", "-"); err != nil {
					t.Fatal(err)
				}
				for _, of := range []string{"ip", "ip6"} {
					if err := w.load(of+"tables-nft-restore", "*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -p udp -m rpfilter --invert -j DROP\nCOMMIT\n"); err != nil {
						t.Fatal(err)
					}
				}
				from := netip.MustParseAddr(gateway)
				a := Ask{Interface: "eth0", Address: address4, Sources: []netip.Prefix{netip.PrefixFrom(from, from.BitLen())}, Ports: []Port{probe.Eth0PCoIPStream}}
				if from.Is6() {
					a.Address = address6
				}
				want := probe.FirewallAccept
				if astray {
					want = probe.FirewallDrop
				}
				list, _ := lookIn(t, w.workspace, a)
				if d := list[0].Detail.(probe.FirewallDetail); d.Verdict != want {
					t.Errorf("from %s: %+v, want %s", gateway, d, want)
				}
				w.ask(t, from, []endpointPort{{probe.UDP, 4172}}, []bool{false}, shortWait)
				dropped, passed := w.counters(t)
				if dropped != astray || passed == astray {
					t.Errorf("from %s: the kernel dropped %v, let pass %v", gateway, dropped, passed)
				}
			}
		})
	}
	w.flush(t)
}

// counters says whether the first and the second counter of the raw table counted.
func (w *world) counters(t *testing.T) (first, second bool) {
	t.Helper()
	var out []byte
	if err := w.workspace.Do(func() (err error) {
		out, err = output(t.Context(), "/usr/sbin/nft", "list", "table", "inet", "raw")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`counter packets (\d+)`).FindAllStringSubmatch(string(out), -1)
	if len(found) != 2 {
		t.Fatal(fmt.Errorf("counters of %s", out))
	}
	return found[0][1] != "0", found[1][1] != "0"
}
