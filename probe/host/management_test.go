package host

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/probe"
)

// wsRanges are those of us-east-1 with the ones of DCV.
var wsRanges = []netip.Prefix{prefix("10.0.0.0/8"), prefix("172.31.0.0/16"), prefix("192.168.0.0/16"), prefix("198.19.0.0/16")}

func kind(l link, kind string) link  { l.Kind = kind; return l }
func describe(l link, d string) link { l.Description = d; return l }
func off(l link) link                { l.Up, l.Carrier = false, false; return l }
func onLink(to string, index int) tableRoute {
	return tableRoute{prefix: prefix(to), index: index}
}
func via(to string, index int, gateway string, metric uint32) tableRoute {
	return tableRoute{prefix: prefix(to), index: index, gateway: addr(gateway), metric: metric}
}

// kernel answers from the table alone, as a system without policy rules does.
func kernel(links []link, table []tableRoute) func(netip.Addr) string {
	names := nameByIndex(interfaces(links))
	return func(to netip.Addr) string {
		r, ok := longest(table, to, 0)
		if !ok || r.kind != "" {
			return ""
		}
		return names[r.index]
	}
}

// connected adds each interface's own network to a table, as a kernel does.
func connected(links []link, table ...tableRoute) []tableRoute {
	for _, l := range links {
		for _, p := range l.Addresses {
			if l.Up {
				table = append(table, tableRoute{prefix: p.Masked(), index: l.Index})
			}
		}
	}
	return table
}

func TestManagementInterfaceIsFoundAmongSeveral(t *testing.T) {
	preset := onLink("169.254.169.254/32", 2) // WorkSpaces set it on the management interface
	for name, c := range map[string]struct {
		links []link
		table []tableRoute
		want  []string // names in order, with the range
	}{
		"PCoIP, healthy": {
			[]link{eth(2, "eth0", "198.19.4.5/20"), eth(3, "eth1", "172.20.1.5/24")},
			[]tableRoute{via("0.0.0.0/0", 3, "172.20.1.1", 0)}, []string{"eth0 198.19.0.0/16"},
		},
		"VPC in 10/8": {
			[]link{eth(2, "eth0", "198.19.4.5/20"), eth(3, "eth1", "10.20.1.5/24")},
			[]tableRoute{via("0.0.0.0/0", 3, "10.20.1.1", 0)}, []string{"eth0 198.19.0.0/16", "eth1 10.0.0.0/8"},
		},
		"DCV eth0 in 10/8, default VPC in the narrower range": {
			[]link{eth(2, "a", "172.31.1.5/20"), eth(3, "b", "10.9.1.5/20")},
			[]tableRoute{via("0.0.0.0/0", 2, "172.31.1.1", 0)}, []string{"b 10.0.0.0/8", "a 172.31.0.0/16"},
		},
		"the same with the metadata routed astray": {
			[]link{eth(2, "eth0", "10.9.1.5/20"), eth(3, "eth1", "172.31.1.5/20")},
			[]tableRoute{via("0.0.0.0/0", 3, "172.31.1.1", 0), onLink("169.254.0.0/16", 3)}, []string{"eth0 10.0.0.0/8", "eth1 172.31.0.0/16"},
		},
		"both in 10/8": {
			[]link{eth(2, "a", "10.20.1.5/24"), eth(3, "b", "10.9.1.5/20")},
			[]tableRoute{via("0.0.0.0/0", 2, "10.20.1.1", 0)}, []string{"b 10.0.0.0/8", "a 10.0.0.0/8"},
		},
		"default route wrongly over eth0, VPC in 10/8": {
			[]link{eth(2, "eth0", "198.19.4.5/20"), eth(3, "eth1", "10.20.1.5/24")},
			[]tableRoute{via("0.0.0.0/0", 2, "198.19.0.1", 0), preset}, []string{"eth0 198.19.0.0/16", "eth1 10.0.0.0/8"},
		},
		"the same where the names say nothing": {
			[]link{eth(2, "Ethernet 2", "198.19.4.5/20"), eth(3, "Ethernet 3", "10.20.1.5/24")},
			[]tableRoute{via("0.0.0.0/0", 2, "198.19.0.1", 5), via("0.0.0.0/0", 3, "10.20.1.1", 20), preset}, []string{"Ethernet 2 198.19.0.0/16", "Ethernet 3 10.0.0.0/8"},
		},
		"eth0 is down": {
			[]link{off(eth(2, "eth0", "198.19.4.5/20")), eth(3, "eth1", "10.20.1.5/24")},
			[]tableRoute{via("0.0.0.0/0", 3, "10.20.1.1", 0)}, []string{"eth0 198.19.0.0/16", "eth1 10.0.0.0/8"},
		},
		"a VPN carries the default route": {
			[]link{eth(2, "a", "172.31.1.5/20"), eth(3, "b", "10.9.1.5/20"), kind(eth(4, "tun0", "10.8.0.2/24"), "tun")},
			[]tableRoute{via("0.0.0.0/0", 2, "172.31.1.1", 0), onLink("0.0.0.0/1", 4), onLink("128.0.0.0/1", 4)}, []string{"b 10.0.0.0/8", "a 172.31.0.0/16"},
		},
		"eth0 outside the range, container and VPN networks in it": {
			[]link{
				eth(2, "eth0", "203.0.113.5/24"), eth(3, "eth1", "172.20.1.5/24"), kind(eth(4, "docker0", "172.31.0.1/16"), "bridge"),
				kind(eth(5, "virbr0", "192.168.122.1/24"), "bridge"), kind(eth(6, "tun0", "10.8.0.2/24"), "tun"), eth(7, "vEthernet (WSL (Hyper-V firewall))", "172.31.16.1/20"),
			}, nil, []string{},
		},
		"loopback": {[]link{{Interface: probe.Interface{Name: "lo", Loopback: true, Up: true, Addresses: []netip.Prefix{prefix("10.0.0.1/32")}}}}, nil, []string{}},
		"two addresses": {
			[]link{eth(2, "eth0", "10.1.1.1/24", "198.19.4.5/20", "2001:db8::1/64")}, nil, []string{"eth0 198.19.0.0/16", "eth0 10.0.0.0/8"},
		},
		"IPv6 alone": {[]link{eth(2, "eth0", "2001:db8::1/64")}, nil, []string{}},
	} {
		table := connected(c.links, c.table...)
		found, _, _ := management(c.links, table, wsRanges, kernel(c.links, table))
		got := []string{}
		for _, m := range found {
			got = append(got, m.Name+" "+m.Range.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestOverlapsWithTheManagementNetwork(t *testing.T) {
	eth0, eth1 := eth(2, "eth0", "172.31.4.5/20"), eth(3, "eth1", "10.20.1.5/24")
	wide := eth(2, "eth0", "10.11.4.5/20")
	bridge := func(name, p string) link { return kind(eth(4, name, p), "bridge") }
	const around = "172.31.0.0/16"
	for name, c := range map[string]struct {
		eth0 link
		more []link
		in   []tableRoute
		want []string // prefix, interface, kind, network?, sample, through, why
	}{
		"nothing else": {eth0: eth0},
		"Docker's default network": {
			eth0: eth0, more: []link{bridge("docker0", "172.17.0.1/16")},
		},
		"Docker on the whole range leaves eth0 its network and takes the rest": {
			eth0: eth0, more: []link{bridge("docker0", "172.31.0.1/16")},
			want: []string{"172.31.0.0/16 docker0 address network 172.31.128.1 docker0: Docker's bridge"},
		},
		"Docker on a part of eth0's network": {
			eth0: eth0, more: []link{bridge("br-0123456789ab", "172.31.8.1/24")},
			want: []string{"172.31.8.0/24 br-0123456789ab address network 172.31.8.2 br-0123456789ab: a bridge of Docker's"},
		},
		"libvirt elsewhere in the range": {
			eth0: eth0, more: []link{bridge("virbr0", "172.31.200.1/24")},
			want: []string{"172.31.200.0/24 virbr0 address  172.31.200.2 virbr0: libvirt's bridge for virtual machines"},
		},
		"a bridge that is down": {eth0: eth0, more: []link{off(bridge("docker0", "172.31.8.1/24"))}},
		"VPN route into eth0's network": {
			eth0: eth0, more: []link{kind(eth(4, "tun0", "192.0.2.2/32"), "tun")}, in: []tableRoute{onLink("172.31.4.0/24", 4)},
			want: []string{"172.31.4.0/24 tun0 route network 172.31.4.1 tun0: a TUN interface, which VPN programs make"},
		},
		"route of the whole range by eth1": {
			eth0: eth0, in: []tableRoute{via(around, 3, "10.20.1.1", 0)},
			want: []string{"172.31.0.0/16 eth1 route network 172.31.128.1 eth1: "},
		},
		"wider route that eth0's own network wins against": {
			eth0: eth0, in: []tableRoute{via("172.16.0.0/12", 3, "10.20.1.1", 0), via(around, 2, "172.31.0.1", 0)},
			want: []string{"172.16.0.0/12 eth1 route network 172.31.0.1 eth0: "},
		},
		"the nearest first": {
			eth0: eth0, more: []link{bridge("virbr0", "172.31.200.1/24"), eth(5, "eth2", "172.31.8.1/24")},
			in: []tableRoute{via("172.31.208.0/24", 3, "10.20.1.1", 0), via("172.31.9.0/24", 3, "10.20.1.1", 0)},
			want: []string{
				"172.31.8.0/24 eth2 address network 172.31.8.2 eth2: ", "172.31.9.0/24 eth1 route network 172.31.9.1 eth1: ",
				"172.31.200.0/24 virbr0 address  172.31.200.2 virbr0: libvirt's bridge for virtual machines", "172.31.208.0/24 eth1 route  172.31.208.1 eth1: ",
			},
		},
		"blackhole": {
			eth0: eth0, in: []tableRoute{{prefix: prefix("172.31.64.0/18"), kind: "blackhole"}},
			want: []string{"172.31.64.0/18  route  172.31.64.1 : "},
		},
		"default, halves, link-local and multicast are none": {
			eth0: eth0, in: []tableRoute{via("0.0.0.0/0", 3, "10.20.1.1", 0), via("0.0.0.0/1", 3, "10.20.1.1", 0), via("128.0.0.0/1", 3, "10.20.1.1", 0), onLink("169.254.0.0/16", 3), onLink("224.0.0.0/4", 3)},
		},
		"single address of a VPN": {
			eth0: eth0, more: []link{kind(eth(4, "wg0", "172.31.9.9/32"), "wireguard")},
			want: []string{"172.31.9.9/32 wg0 address network 172.31.9.9 : a WireGuard interface"},
		},
		"same network twice": {
			eth0: eth0, more: []link{eth(4, "eth2", "172.31.4.6/20")},
			want: []string{"172.31.0.0/20 eth2 address network 172.31.0.1 eth0: "},
		},
		"wide range: the company's VPC is no overlap": {
			eth0: wide, in: []tableRoute{via("10.0.0.0/16", 3, "10.20.1.1", 0), via("10.128.0.0/9", 3, "10.20.1.1", 0)},
		},
		"wide range: eth0's own network counts": {
			eth0: wide, more: []link{bridge("docker0", "10.11.0.1/16")},
			want: []string{"10.11.0.0/16 docker0 address network 10.11.0.2 eth0: Docker's bridge"},
		},
		"wide range: route of all of it": {
			eth0: wide, in: []tableRoute{via("10.0.0.0/8", 3, "10.20.1.1", 0)},
			want: []string{"10.0.0.0/8 eth1 route network 10.11.0.1 eth0: "},
		},
	} {
		links := append([]link{c.eth0, eth1}, c.more...)
		table := connected(links, c.in...)
		_, list, more := management(links, table, wsRanges, kernel(links, table))
		var got []string
		for _, o := range list {
			in := ""
			if o.Network {
				in = "network"
			}
			got = append(got, strings.Join([]string{o.Prefix.String(), o.Interface, o.Kind, in, o.Sample.String(), o.Through + ": " + o.Why}, " "))
			if !o.Prefix.Contains(o.Sample) || !prefix(around).Contains(o.Sample) && !c.eth0.Addresses[0].Masked().Contains(o.Sample) {
				t.Errorf("%s: sample %s is not in both", name, o.Sample)
			}
		}
		if !slices.Equal(got, c.want) || more != 0 || list == nil {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestOverlapsAreBounded(t *testing.T) {
	links := []link{eth(2, "eth0", "172.31.4.5/20"), eth(3, "eth1", "10.20.1.5/24")}
	table := connected(links)
	for i := range 100 {
		table = append(table, tableRoute{prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 31, 100, byte(i)}), 32), index: 3})
	}
	if _, list, more := management(links, table, wsRanges, kernel(links, table)); len(list) != overlapsListed || more != 100-overlapsListed {
		t.Errorf("%d listed, %d more", len(list), more)
	}
}

func TestContainerBridgesByNameAndKind(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		want       bool
	}{
		{"docker0", "bridge", true}, {"br-1a2b3c4d5e6f", "bridge", true}, {"virbr0", "bridge", true}, {"lxdbr12", "bridge", true},
		{"cni0", "bridge", true}, {"cni-podman0", "bridge", true}, {"podman1", "bridge", true}, {"docker_gwbridge", "bridge", true},
		{"vEthernet (WSL)", "", true}, {"vEthernet (Default Switch)", "", true},
		{"docker0", "veth", false}, {"br-office", "bridge", false}, {"br-1a2b3c4d5e6", "bridge", false}, {"docker01", "bridge", false},
		{"virbr0-nic", "tap", false}, {"bridge0", "bridge", false}, {"cnix", "bridge", false}, {"eth0", "device", false}, {"vEthernet (External)", "", false},
	} {
		if got := containerWhy(kind(eth(2, c.name), c.kind)); (got != "") != c.want {
			t.Errorf("%s (%s): %q, want one: %v", c.name, c.kind, got, c.want)
		}
	}
	if got := containerWhy(describe(eth(2, "vEthernet (WSL (Hyper-V firewall))"), "Hyper-V Virtual Ethernet Adapter")); got == "" {
		t.Error("the subsystem's adapter was not recognised")
	}
}

func FuzzSampleLiesInBoth(f *testing.F) {
	f.Add([]byte{172, 31, 0, 0}, 16, []byte{172, 31, 4, 5}, 20)
	f.Add([]byte{172, 31, 4, 5}, 32, []byte{172, 31, 4, 5}, 32)
	f.Add([]byte{255, 255, 255, 255}, 31, []byte{255, 255, 255, 254}, 2)
	f.Fuzz(func(t *testing.T, other []byte, bits int, self []byte, ownBits int) {
		a, _ := netip.AddrFromSlice(other)
		b, _ := netip.AddrFromSlice(self)
		if !a.Is4() || !b.Is4() || bits < 2 || bits > 32 || ownBits < 2 || ownBits > 32 {
			return
		}
		m := probe.ManagedInterface{Name: "eth0", Address: netip.PrefixFrom(b, ownBits), Range: netip.PrefixFrom(b, 16).Masked()}
		l := link{Interface: probe.Interface{Name: "x", Index: 9, Up: true, Addresses: []netip.Prefix{netip.PrefixFrom(a, bits)}}}
		list, _ := overlaps(m, []link{l}, nil, func(netip.Addr) string { return "eth0" })
		for _, o := range list {
			near := m.Address.Masked()
			if !o.Prefix.Contains(o.Sample) || !near.Contains(o.Sample) && !m.Range.Contains(o.Sample) {
				t.Errorf("%v of %v: %s", o, m, o.Sample)
			}
		}
	})
}
