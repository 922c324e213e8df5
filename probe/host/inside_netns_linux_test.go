package host

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/alone"
	"wsdoctor/probe"
)

// TestRealKernelOfAWorkSpace runs TestWorkSpaceNamespaces in a fresh network
// namespace.
func TestRealKernelOfAWorkSpace(t *testing.T) { alone.Again(t, "TestWorkSpaceNamespaces") }

// room builds one network in the namespace of its thread.
type room struct{ *testing.T }

func (r room) must(what string, err error) {
	r.Helper()
	if err != nil {
		r.Fatalf("%s: %v", what, err)
	}
}

// nic makes an interface that is up, with addresses. A pair's other end is up
// too, so that there is a carrier.
func (r room) nic(l netlink.Link, addresses ...string) int {
	r.Helper()
	r.must(l.Attrs().Name, netlink.LinkAdd(l))
	names := []string{l.Attrs().Name}
	if pair, ok := l.(*netlink.Veth); ok {
		names = append(names, pair.PeerName)
	}
	index := 0
	for i, name := range names {
		made, err := netlink.LinkByName(name)
		r.must(name, err)
		r.must(name+" up", netlink.LinkSetUp(made))
		if i == 0 {
			index = made.Attrs().Index
			for _, s := range addresses {
				a, err := netlink.ParseAddr(s)
				r.must(s, err)
				r.must(s, netlink.AddrAdd(made, a))
			}
		}
	}
	return index
}

func (r room) pair(name string, addresses ...string) int {
	r.Helper()
	a := netlink.NewLinkAttrs()
	a.Name = name
	return r.nic(&netlink.Veth{LinkAttrs: a, PeerName: "to-" + name}, addresses...)
}

func (r room) bridge(name string, addresses ...string) int {
	r.Helper()
	a := netlink.NewLinkAttrs()
	a.Name = name
	return r.nic(&netlink.Bridge{LinkAttrs: a}, addresses...)
}

func (r room) route(to string, index int, gateway string, change func(*netlink.Route)) {
	r.Helper()
	route := &netlink.Route{LinkIndex: index, Dst: cidr(to), Gw: net.ParseIP(gateway)}
	if gateway == "" && index != 0 {
		route.Scope = netlink.SCOPE_LINK
	}
	if change != nil {
		change(route)
	}
	r.must(to, netlink.RouteAdd(route))
}

// workspace is the healthy base: eth0 in the management network, eth1 in the
// VPC with the default route, the metadata through eth0.
func (r room) workspace() (eth0, eth1 int) {
	r.Helper()
	eth0, eth1 = r.pair("eth0", "172.31.4.5/20"), r.pair("eth1", "10.20.1.5/24")
	r.route("0.0.0.0/0", eth1, "10.20.1.1", nil)
	r.route("169.254.169.254/32", eth0, "172.31.0.1", nil)
	return eth0, eth1
}

// TestWorkSpaceNamespaces is the other half of TestRealKernelOfAWorkSpace. Each
// part has a network namespace of its own and looks as an ordinary user.
func TestWorkSpaceNamespaces(t *testing.T) {
	if !alone.Inside(t) {
		return
	}
	ranges := []netip.Prefix{prefix("10.0.0.0/8"), prefix("172.31.0.0/16"), prefix("198.19.0.0/16")}
	healthy := []string{"eth0 172.31.4.5/20 of 172.31.0.0/16", "eth1 10.20.1.5/24 of 10.0.0.0/8"}
	for _, c := range []struct {
		name     string
		build    func(room)
		managed  []string
		overlaps []string
		metadata string // the interface, or the failure
		routes   []string
		answers  string // the way of each service's answer; empty: all by eth0
	}{
		{
			name: "healthy", build: func(r room) { r.workspace() }, managed: healthy, metadata: "eth0",
			routes: []string{
				"0.0.0.0/0 10.20.1.1 eth1", "172.31.0.0/20  eth0", "10.20.1.0/24  eth1", "169.254.169.254/32 172.31.0.1 eth0",
			},
		},
		{
			name: "Docker over the whole range", managed: healthy, metadata: "eth0",
			build:    func(r room) { r.workspace(); r.bridge("docker0", "172.31.0.1/16") },
			overlaps: []string{"172.31.0.0/16 docker0 address true through docker0: Docker's bridge"},
		},
		{
			name: "Docker inside eth0's network", managed: healthy, metadata: "eth0",
			build:    func(r room) { r.workspace(); r.bridge("br-0123456789ab", "172.31.8.1/24") },
			overlaps: []string{"172.31.8.0/24 br-0123456789ab address true through br-0123456789ab: a bridge of Docker's"},
		},
		{
			name: "blackhole and policy table", managed: healthy, metadata: "host_unreachable",
			build: func(r room) {
				_, eth1 := r.workspace()
				r.route("172.31.64.0/18", 0, "", func(n *netlink.Route) { n.Type = unix.RTN_BLACKHOLE })
				r.route("169.254.169.254/32", 0, "", func(n *netlink.Route) { n.Type, n.Table = unix.RTN_UNREACHABLE, 1001 })
				r.route("172.31.0.0/16", eth1, "10.20.1.1", func(n *netlink.Route) { n.Table, n.Priority = 1001, 7 })
				rule := netlink.NewRule()
				rule.Priority, rule.Table, rule.Family = 50, 1001, netlink.FAMILY_V4
				r.must("rule", netlink.RuleAdd(rule))
			},
			overlaps: []string{
				"172.31.0.0/16 eth1 route true through eth1: ", // the table is asked before eth0's own network is looked at
				"172.31.64.0/18  route false through eth1: ",
			},
			routes:  []string{"172.31.64.0/18   blackhole", "172.31.0.0/16 10.20.1.1 eth1 in 1001 metric 7", "169.254.169.254/32   in 1001 unreachable"},
			answers: "tcp4172 eth1, udp4172 eth1, tcp8200 eth1, tcp8201 eth1, udp8220 eth1",
		},
		{
			name: "a rule for eth0's own address", managed: healthy, metadata: "eth0",
			build: func(r room) {
				_, eth1 := r.workspace()
				r.route("0.0.0.0/0", eth1, "10.20.1.1", func(n *netlink.Route) { n.Table = 1001 })
				rule := netlink.NewRule()
				rule.Priority, rule.Table, rule.Family, rule.Src = 50, 1001, netlink.FAMILY_V4, cidr("172.31.4.5/32")
				r.must("rule", netlink.RuleAdd(rule))
			},
			answers: "tcp4172 eth1, tcp8200 eth1, tcp8201 eth1", // what UDP's do depends on the program
		},
		{
			name: "a rule for another sender", managed: healthy, metadata: "eth0",
			build: func(r room) {
				_, eth1 := r.workspace()
				r.route("0.0.0.0/0", eth1, "10.20.1.1", func(n *netlink.Route) { n.Table = 1001 })
				rule := netlink.NewRule()
				rule.Priority, rule.Table, rule.Family, rule.Src = 50, 1001, netlink.FAMILY_V4, cidr("10.20.1.5/32")
				r.must("rule", netlink.RuleAdd(rule))
			},
		},
		{
			name: "a rule that forbids one port's answers", managed: healthy, metadata: "eth0",
			build: func(r room) {
				r.workspace()
				rule := netlink.NewRule()
				rule.Priority, rule.Family, rule.Type, rule.IPProto = 50, netlink.FAMILY_V4, unix.FR_ACT_PROHIBIT, unix.IPPROTO_UDP
				rule.Sport = netlink.NewRulePortRange(4172, 4172)
				r.must("rule", netlink.RuleAdd(rule))
			},
			answers: "tcp4172 eth0, udp4172 local_policy_denied, tcp8200 eth0, tcp8201 eth0, udp8220 eth0",
		},
		{
			name: "default route wrongly over eth0", metadata: "eth0", managed: healthy,
			build: func(r room) {
				eth0, eth1 := r.workspace()
				r.must("take away", netlink.RouteDel(&netlink.Route{LinkIndex: eth1, Dst: cidr("0.0.0.0/0")}))
				r.route("0.0.0.0/0", eth0, "172.31.0.1", nil)
			},
		},
		{
			name: "no interface in a range", metadata: "eth1",
			build: func(r room) {
				r.pair("eth0", "203.0.113.5/24")
				r.route("0.0.0.0/0", r.pair("eth1", "172.20.1.5/24"), "172.20.1.1", nil)
				r.bridge("virbr0", "198.19.122.1/24")
			},
		},
		{
			name: "eth0 is down", metadata: "eth1", managed: healthy,
			build: func(r room) {
				r.workspace()
				l, err := netlink.LinkByName("eth0")
				r.must("eth0", err)
				r.must("eth0 down", netlink.LinkSetDown(l))
			},
			answers: "tcp4172 eth1, udp4172 eth1, tcp8200 eth1, tcp8201 eth1, udp8220 eth1",
		},
		{
			name: "several ways at once", managed: healthy, metadata: "eth0",
			build: func(r room) {
				eth0, eth1 := r.workspace()
				r.route("192.0.2.0/24", 0, "", func(n *netlink.Route) {
					n.MultiPath = []*netlink.NexthopInfo{{LinkIndex: eth0, Gw: net.ParseIP("172.31.0.1")}, {LinkIndex: eth1, Gw: net.ParseIP("10.20.1.1")}}
				})
				r.route("2001:db8:66::/48", 0, "", func(n *netlink.Route) { n.Type = unix.RTN_PROHIBIT })
			},
			routes: []string{"192.0.2.0/24 172.31.0.1 eth0", "192.0.2.0/24 10.20.1.1 eth1", "2001:db8:66::/48   metric 1024 prohibit"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			runtime.LockOSThread() // and never unlock: the thread ends with its namespace
			r := room{t}
			r.must("network namespace", unix.Unshare(unix.CLONE_NEWNET))
			c.build(r)
			dropCapabilities(t)
			f := Gather(t.Context(), Ask{Environ: nowhere})
			in := Inside(t.Context(), f, InsideAsk{Ranges: ranges, Domain: "corp.example", DNS: []netip.Addr{addr("10.20.0.10")}})

			var managed, overlaps, routes []string
			for _, m := range in.Management.Interfaces {
				managed = append(managed, m.Name+" "+m.Address.String()+" of "+m.Range.String())
			}
			for _, o := range in.Management.Overlaps {
				overlaps = append(overlaps, o.Prefix.String()+" "+o.Interface+" "+o.Kind+" "+map[bool]string{true: "true", false: "false"}[o.Network]+" through "+o.Through+": "+o.Why)
			}
			for _, e := range in.Routing.Routes {
				routes = append(routes, entry(e))
			}
			if diff := cmp.Diff(c.managed, managed); diff != "" {
				t.Errorf("managed: %s", diff)
			}
			if diff := cmp.Diff(c.overlaps, overlaps); diff != "" {
				t.Errorf("overlaps: %s", diff)
			}
			for _, want := range c.routes {
				if !slices.Contains(routes, want) {
					t.Errorf("no route %q among %q", want, routes)
				}
			}
			if got := in.Routes[0].Interface + string(in.Routes[0].Failure); in.Routes[0].Endpoint != "metadata" || got != c.metadata {
				t.Errorf("metadata through %q, want %q", got, c.metadata)
			}
			if len(in.Gaps) != 0 {
				t.Errorf("gaps %q", in.Gaps)
			}
			var ways []string
			for _, a := range in.Management.Answers {
				ways = append(ways, fmt.Sprintf("%s%d %s%s", a.Transport, a.Port, a.Through, a.Failure))
			}
			want := c.answers
			if want == "" && len(c.managed) > 0 {
				want = "tcp4172 eth0, udp4172 eth0, tcp8200 eth0, tcp8201 eth0, udp8220 eth0"
			}
			if got := strings.Join(ways, ", "); got != want {
				t.Errorf("answers: %s, want %s", got, want)
			}
			failed := InsideObservations(in, time.Unix(0, 0))[1].Failure == probe.NoInterface
			if failed != (len(c.managed) == 0) {
				t.Errorf("no_interface: %v", failed)
			}
		})
	}
}

// Some distributions refuse IPv4 in IPv6 with a route that must not read as an
// IPv4 default.
func TestRouteOfMappedAddressesIsNoDefault(t *testing.T) {
	mapped := &net.IPNet{IP: net.ParseIP("::ffff:0.0.0.0"), Mask: net.CIDRMask(96, 128)}
	got := tableRoutes(netlink.Route{Family: netlink.FAMILY_V6, Dst: mapped, Type: unix.RTN_UNREACHABLE, Table: unix.RT_TABLE_MAIN, LinkIndex: 1})
	if len(got) != 1 || got[0].prefix.String() != "::ffff:0.0.0.0/96" || got[0].kind != "unreachable" || got[0].index != 0 {
		t.Errorf("%+v", got)
	}
	for _, kind := range []int{unix.RTN_LOCAL, unix.RTN_BROADCAST, unix.RTN_MULTICAST, unix.RTN_ANYCAST} {
		if got := tableRoutes(netlink.Route{Family: netlink.FAMILY_V4, Dst: cidr("192.0.2.1/32"), Type: kind, Table: unix.RT_TABLE_LOCAL}); got != nil {
			t.Errorf("type %d: %+v", kind, got)
		}
	}
}

// entry is a route in few words; the metric only where it is set.
func entry(e probe.RouteEntry) string {
	gateway := ""
	if e.Gateway.IsValid() {
		gateway = e.Gateway.String()
	}
	s := e.Destination.String() + " " + gateway + " " + e.Interface
	if e.Table != "" {
		s += " in " + e.Table
	}
	if e.Metric != 0 {
		s += " metric " + strconv.Itoa(e.Metric)
	}
	if e.Type != "" {
		s += " " + e.Type
	}
	return s
}
