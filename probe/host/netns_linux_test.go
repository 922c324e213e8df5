package host

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/alone"
	"wsdoctor/probe"
)

// TestRealKernel runs TestInsideNamespace in a fresh network namespace.
func TestRealKernel(t *testing.T) { alone.Again(t, "TestInsideNamespace") }

// TestInsideNamespace is the other half of TestRealKernel. Outside a namespace
// it has nothing to do, because it would change this computer's network.
func TestInsideNamespace(t *testing.T) {
	if !alone.Inside(t) {
		return
	}
	runtime.LockOSThread() // capabilities belong to the thread
	at := time.Unix(0, 0)
	targets := []RouteQuery{
		{"web", addr("198.51.100.7"), probe.TCP, 443},
		{"streaming", addr("198.51.100.7"), probe.TCP, 4172},
		{"streaming", addr("198.51.100.7"), probe.UDP, 4172},
		{"streaming", addr("2001:db8:7::7"), probe.UDP, 4172},
		{"streaming", addr("2001:db8:7::7"), probe.UDP, 4195},
		{"holed", addr("203.0.113.7"), probe.TCP, 443},
		{"holed", addr("2001:db8:66::7"), probe.TCP, 443},
		{"unreachable", addr("203.0.114.7"), "", 0},
		{"prohibited", addr("203.0.115.7"), probe.UDP, 4195},
		{"udp", addr("203.0.116.7"), probe.UDP, 4195},
	}
	ask := Ask{Environ: nowhere, Targets: targets}

	t.Run("nothing is up", func(t *testing.T) {
		f := Gather(t.Context(), ask)
		got := outcomes(Observations(f, at))
		want := []string{
			"host_links failed no_interface", "host_route 0.0.0.0 failed no_route", "host_route :: failed no_route",
			"host_route 198.51.100.7:443/tcp failed no_route",
		}
		if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
			t.Error(diff)
		}
		if f.HasIPv4 || f.HasIPv6 {
			t.Errorf("HasIPv4 %v, HasIPv6 %v", f.HasIPv4, f.HasIPv6)
		}
	})

	tun := build(t)
	if tun {
		ask.Targets = append(ask.Targets, RouteQuery{"tunnelled", addr("198.18.0.7"), probe.TCP, 443})
	}
	raised := Gather(t.Context(), ask)
	dropCapabilities(t)
	// Only this goroutine's thread is without them, so everything is asked here.
	f := Gather(t.Context(), ask)
	again := Routes(t.Context(), f, ask.Targets)

	t.Run("an ordinary user sees the same", func(t *testing.T) {
		if diff := cmp.Diff(raised, f, plainValues); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("links", func(t *testing.T) {
		byName := map[string]probe.Interface{}
		for _, i := range f.Links.Interfaces {
			byName[i.Name] = i
		}
		for name, want := range map[string]struct {
			up, carrier bool
			address     string
		}{
			"lan0": {true, true, "192.0.2.10/24"}, "docker0": {true, true, "172.17.0.1/16"}, "spare0": {false, false, ""}, "tun0": {true, false, "10.9.0.1/24"},
		} {
			i, found := byName[name]
			has := want.address == "" || slices.Contains(i.Addresses, prefix(want.address))
			// Whether an empty bridge has a carrier depends on the moment.
			if !found || i.Up != want.up || (i.Carrier != want.carrier && name != "docker0") || !has || i.VPN != "" || i.Index == 0 || i.MTU == 0 {
				t.Errorf("%s: %+v, want %+v", name, i, want)
			}
		}
		for name, kind := range map[string]probe.LinkKind{"lo": probe.LinkLoopback, "lan0": probe.LinkVeth, "docker0": probe.LinkBridge, "tun0": probe.LinkVeth} {
			if byName[name].Kind != kind {
				t.Errorf("%s is said to be of kind %q, want %q", name, byName[name].Kind, kind)
			}
		}
		if !byName["lo"].Loopback {
			t.Errorf("lo: %+v", byName["lo"])
		}
	})

	t.Run("routes and rules", func(t *testing.T) {
		got := outcomes(Observations(f, at))
		want := []string{
			"host_links ok ",
			"host_route 0.0.0.0 ok ",
			"host_route :: ok ",
			"host_route 198.51.100.7:443/tcp ok ",
			"host_route 198.51.100.7:4172/tcp ok ",
			"host_route 198.51.100.7:4172/udp failed local_policy_denied",
			"host_route [2001:db8:7::7]:4172/udp failed local_policy_denied",
			"host_route [2001:db8:7::7]:4195/udp ok ",
			"host_route 203.0.113.7:443/tcp failed local_policy_denied",
			"host_route [2001:db8:66::7]:443/tcp failed local_policy_denied",
			"host_route 203.0.114.7 failed host_unreachable",
			"host_route 203.0.115.7:4195/udp failed local_policy_denied",
			"host_route 203.0.116.7:4195/udp failed local_policy_denied",
		}
		if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("details", func(t *testing.T) {
		if !f.HasIPv4 || !f.HasIPv6 || !slices.Contains(f.Own, addr("192.0.2.10")) {
			t.Errorf("HasIPv4 %v, HasIPv6 %v, own %v", f.HasIPv4, f.HasIPv6, f.Own)
		}
		way := probe.RouteDetail{Kind: probe.LinkVeth, Family: "ip4", Interface: "lan0", Gateway: addr("192.0.2.1"), Source: addr("192.0.2.10"), Destination: addr("198.51.100.7"), Endpoint: "streaming", Port: 4172}
		free, denied := way, way
		free.Transport, denied.Transport = probe.TCP, probe.UDP
		denied.Failure, denied.Error = probe.LocalPolicyDenied, "EACCES" // and the way the rest would take
		way6 := probe.RouteDetail{Kind: probe.LinkVeth, Family: "ip6", Interface: "lan0", Gateway: addr("2001:db8:1::1"), Source: addr("2001:db8:1::10"), Destination: addr("2001:db8:7::7"), Endpoint: "streaming", Port: 4195, Transport: probe.UDP}
		holed := probe.RouteDetail{Family: "ip4", Destination: addr("203.0.113.7"), Endpoint: "holed", Port: 443, Transport: probe.TCP, Failure: probe.LocalPolicyDenied, Error: "EINVAL"}
		udp := way // a rule on all UDP leaves the address its route
		udp.Destination, udp.Endpoint, udp.Port, udp.Transport, udp.Failure, udp.Error = addr("203.0.116.7"), "udp", 4195, probe.UDP, probe.LocalPolicyDenied, "EACCES"
		for i, want := range map[int]probe.RouteDetail{3: free, 4: denied, 6: way6, 7: holed, 11: udp} {
			if diff := cmp.Diff(want, f.Routes[i], plainValues); diff != "" {
				t.Errorf("route %d (-want +got):\n%s", i, diff)
			}
		}
		if diff := cmp.Diff(f.Routes[2:], again, plainValues); diff != "" {
			t.Errorf("asked again: %s", diff)
		}
	})

	t.Run("vpn", func(t *testing.T) {
		want := []probe.VPNInterface{}
		if tun {
			want = []probe.VPNInterface{{Name: "office", Why: kindWhy["tun"] + " (point to point)", Carries: true}}
		}
		if diff := cmp.Diff(want, f.VPN.Interfaces); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("a cancelled run stops", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if f := Gather(ctx, ask); len(f.Links.Interfaces) != 0 {
			t.Errorf("went on: %+v", f.Links)
		}
	})
}

// build makes the network of a desk: a veth pair as the cable, a bridge as
// Docker makes it, default routes, a policy rule on PCoIP's port, and routes
// that refuse. It says whether a TUN interface could be made too.
func build(t *testing.T) (tun bool) {
	t.Helper()
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	attrs := func(name string) netlink.LinkAttrs {
		a := netlink.NewLinkAttrs()
		a.Name = name
		return a
	}
	must("veth", netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs("lan0"), PeerName: "router0"}))
	must("bridge", netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attrs("docker0")}))
	must("spare", netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs("spare0"), PeerName: "spare1"}))
	// A name is not enough: this one is no tunnel.
	must("misnamed", netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs("tun0"), PeerName: "tun1"}))
	for _, name := range []string{"lo", "lan0", "router0", "docker0", "tun0"} {
		l, err := netlink.LinkByName(name)
		must(name, err)
		must(name+" up", netlink.LinkSetUp(l))
	}
	lan, err := netlink.LinkByName("lan0")
	must("lan0", err)
	docker, err := netlink.LinkByName("docker0")
	must("docker0", err)
	address := func(l netlink.Link, s string) {
		t.Helper()
		a, err := netlink.ParseAddr(s)
		must(s, err)
		if a.IP.To4() == nil {
			a.Flags = unix.IFA_F_NODAD
		}
		must(s, netlink.AddrAdd(l, a))
	}
	address(lan, "192.0.2.10/24")
	address(lan, "2001:db8:1::10/64")
	address(docker, "172.17.0.1/16")
	misnamed, err := netlink.LinkByName("tun0")
	must("tun0", err)
	address(misnamed, "10.9.0.1/24")
	must("default route", netlink.RouteAdd(&netlink.Route{LinkIndex: lan.Attrs().Index, Gw: net.ParseIP("192.0.2.1")}))
	must("default route, IPv6", netlink.RouteAdd(&netlink.Route{LinkIndex: lan.Attrs().Index, Gw: net.ParseIP("2001:db8:1::1"), Dst: cidr("::/0")}))
	for _, r := range []struct {
		dst  string
		kind int
	}{
		{"203.0.113.0/24", unix.RTN_BLACKHOLE}, {"203.0.114.0/24", unix.RTN_UNREACHABLE}, {"203.0.115.0/24", unix.RTN_PROHIBIT}, {"2001:db8:66::/48", unix.RTN_BLACKHOLE},
	} {
		must(r.dst, netlink.RouteAdd(&netlink.Route{Dst: cidr(r.dst), Type: r.kind}))
	}
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		rule := netlink.NewRule()
		rule.Family, rule.Priority, rule.IPProto, rule.Type = family, 50, unix.IPPROTO_UDP, unix.RTN_PROHIBIT
		rule.Dport = netlink.NewRulePortRange(4172, 4172)
		must(fmt.Sprintf("rule of family %d", family), netlink.RuleAdd(rule))
	}
	rule := netlink.NewRule()
	rule.Family, rule.Priority, rule.IPProto, rule.Type, rule.Dst = netlink.FAMILY_V4, 51, unix.IPPROTO_UDP, unix.RTN_PROHIBIT, cidr("203.0.116.0/24")
	must("rule on UDP", netlink.RuleAdd(rule))
	if os.Getenv("WSDOCTOR_NO_TUN") == "1" {
		return false
	}
	for name, mode := range map[string]netlink.TuntapMode{"office": netlink.TUNTAP_MODE_TUN, "vm0": netlink.TUNTAP_MODE_TAP} {
		l := &netlink.Tuntap{LinkAttrs: attrs(name), Mode: mode}
		must("make a TUN interface (set WSDOCTOR_NO_TUN=1 to do without it)", netlink.LinkAdd(l))
		must(name+" up", netlink.LinkSetUp(l))
	}
	office, err := netlink.LinkByName("office")
	must("office", err)
	address(office, "10.8.0.2/24")
	must("route over TUN", netlink.RouteAdd(&netlink.Route{LinkIndex: office.Attrs().Index, Dst: cidr("198.18.0.0/15"), Scope: netlink.SCOPE_LINK}))
	vm, err := netlink.LinkByName("vm0")
	must("vm0", err)
	must("vm0 into the bridge", netlink.LinkSetMaster(vm, docker))
	return true
}

// dropCapabilities makes the thread that of an ordinary user, as the product's
// is: no lookup may need the powers with which the test built the network.
func dropCapabilities(t *testing.T) {
	t.Helper()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		t.Fatalf("drop capabilities: %v", err)
	}
	if err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "never0"}}); err == nil {
		t.Fatal("still privileged")
	}
}

func cidr(s string) *net.IPNet {
	_, n, err := net.ParseCIDR(s)
	if err != nil {
		panic(err)
	}
	return n
}

func TestKernelRelease(t *testing.T) {
	for release, want := range map[string]bool{"4.18.0-553.el8": true, "4.17.19": false, "3.10.0-1160": false, "6.1.0-13-amd64": true, "5.4": true, "odd": true, "": true} {
		if got := kernelAtLeast(release, 4, 18); got != want {
			t.Errorf("%q: %v, want %v", release, got, want)
		}
	}
}
