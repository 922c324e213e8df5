package path_test

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"wsdoctor/internal/lab/alone"
	"wsdoctor/internal/lab/netns"
	"wsdoctor/probe"
	"wsdoctor/probe/path"
	"wsdoctor/probe/socket"
)

// TestRealKernel runs TestInsideNamespace in a network of its own.
func TestRealKernel(t *testing.T) { alone.Again(t, "TestInsideNamespace") }

// The path, four hops long, with a wire of 40 ms there and back in the middle:
//
//	client -- near -- edge ~~ isp -- target
//
// near drops port 4001, edge 4002 and isp 4003 in forwarding; isp rejects 4004
// and edge resets 4005. The target has no firewall and listens on 443 alone.
var cables = []struct {
	a, b   string
	prefix int // of 10.0.prefix.0/24 and 2001:db8:prefix::/64
	wire   time.Duration
}{{"client", "near", 1, 0}, {"near", "edge", 2, 0}, {"edge", "isp", 3, 20 * time.Millisecond}, {"isp", "target", 4, 0}}

var kernelTests = []struct {
	name      string
	port      uint16
	transport probe.Transport
	outcome   probe.Outcome
	failure   probe.Failure
	end       probe.HopKind
	last      int
	distance  int
}{
	{"accepted", 443, probe.TCP, probe.OK, "", probe.HopSYNACK, 3, 4},
	{"replied", 443, probe.UDP, probe.OK, "", probe.HopReply, 3, 4},
	{"closed", 4000, probe.TCP, probe.OK, "", probe.HopRST, 3, 4},
	{"closed", 4000, probe.UDP, probe.OK, "", probe.HopICMP, 3, 4},
	{"dropped at hop 1", 4001, probe.TCP, probe.Silent, probe.Timeout, probe.HopSilent, 1, 0},
	{"dropped at hop 1", 4001, probe.UDP, probe.Silent, probe.Timeout, probe.HopSilent, 1, 0},
	{"dropped at hop 2", 4002, probe.TCP, probe.Silent, probe.Timeout, probe.HopSilent, 2, 0},
	{"dropped at hop 3", 4003, probe.UDP, probe.Silent, probe.Timeout, probe.HopSilent, 3, 0},
	{"rejected at hop 3", 4004, probe.TCP, probe.Failed, probe.AdministrativelyProhibited, probe.HopICMP, 3, 0},
	{"rejected at hop 3", 4004, probe.UDP, probe.Failed, probe.AdministrativelyProhibited, probe.HopICMP, 3, 0},
	{"reset at hop 2", 4005, probe.TCP, probe.OK, "", probe.HopRST, 2, 3},
}

// TestInsideNamespace is the other half of TestRealKernel. Outside a namespace
// it has nothing to do.
func TestInsideNamespace(t *testing.T) {
	if !alone.Inside(t) {
		return
	}
	client := lay(t)
	for _, to := range []netip.Addr{netip.MustParseAddr("10.0.4.2"), netip.MustParseAddr("2001:db8:4::2")} {
		for _, test := range kernelTests {
			t.Run(fmt.Sprintf("%s %s %s", test.name, test.transport, to), func(t *testing.T) {
				n := inSpace{socket.New(socket.Options{}), client}
				n.RTT().Learn(40 * time.Millisecond)
				list := path.Prober{}.Probe(t.Context(), n, probe.Target{Host: to.String(), Port: test.port, Transport: test.transport, Addresses: []netip.Addr{to}})
				o, d := list[0], list[0].Detail.(probe.SweepDetail)
				if o.Outcome != test.outcome || o.Failure != test.failure || d.End != test.end || d.Last != test.last || d.Distance != test.distance {
					t.Errorf("%s %q, end %s, last %d, distance %d: %+v", o.Outcome, o.Failure, d.End, d.Last, d.Distance, d.Hops)
				}
				t.Logf("%v, %d packets", o.Elapsed.Round(time.Millisecond), d.Packets)
			})
		}
	}
}

// lay builds the path and gives the client's namespace.
func lay(t *testing.T) *netns.Space {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	spaces := map[string]*netns.Space{}
	for _, name := range []string{"client", "near", "edge", "isp", "target"} {
		s, err := netns.New(name)
		check(err)
		spaces[name] = s
		// Each test is a run of its own, so the rate of ICMP errors is not limited;
		// the simulated paths have it.
		check(s.Sysctl("net/ipv4/icmp_ratelimit", "0"))
		check(s.Sysctl("net/ipv6/icmp/ratelimit", "0"))
		if name != "client" && name != "target" {
			check(s.Forward())
		}
	}
	for _, c := range cables {
		addresses := func(host int) []string {
			return []string{fmt.Sprintf("10.0.%d.%d/24", c.prefix, host), fmt.Sprintf("2001:db8:%d::%d/64", c.prefix, host)}
		}
		a := netns.End{Space: spaces[c.a], Interface: "to-" + c.b, Addresses: addresses(1)}
		b := netns.End{Space: spaces[c.b], Interface: "to-" + c.a, Addresses: addresses(2)}
		if c.wire > 0 {
			check(netns.Wire{Delay: c.wire}.Cable(a, b))
		} else {
			check(netns.Cable(a, b, 0))
		}
		check(netns.Acquaint(a, b))
		for _, further := range cables {
			if further.prefix > c.prefix {
				check(a.Space.Via(fmt.Sprintf("10.0.%d.0/24", further.prefix), fmt.Sprintf("10.0.%d.2", c.prefix)))
				check(a.Space.Via(fmt.Sprintf("2001:db8:%d::/64", further.prefix), fmt.Sprintf("2001:db8:%d::2", c.prefix)))
			}
			if further.prefix < c.prefix {
				check(b.Space.Via(fmt.Sprintf("10.0.%d.0/24", further.prefix), fmt.Sprintf("10.0.%d.1", c.prefix)))
				check(b.Space.Via(fmt.Sprintf("2001:db8:%d::/64", further.prefix), fmt.Sprintf("2001:db8:%d::1", c.prefix)))
			}
		}
	}
	for name, rules := range map[string][]netns.Rule{
		"near": {{Hook: netns.ForwardHook, Port: 4001, Action: netns.Drop}},
		"edge": {{Hook: netns.ForwardHook, Port: 4002, Action: netns.Drop}, {Hook: netns.ForwardHook, Proto: "tcp", Port: 4005, Action: netns.Reset}},
		"isp":  {{Hook: netns.ForwardHook, Port: 4003, Action: netns.Drop}, {Hook: netns.ForwardHook, Port: 4004, Action: netns.RejectAdmin}},
	} {
		check(spaces[name].Filter(rules...))
	}
	for _, at := range []string{"10.0.4.2:443", "[2001:db8:4::2]:443"} {
		l, err := spaces["target"].Listen(netip.MustParseAddrPort(at))
		check(err)
		t.Cleanup(func() { l.Close() })
		c, err := spaces["target"].ListenPacket(netip.MustParseAddrPort(at))
		check(err)
		t.Cleanup(func() { c.Close() })
		go func() {
			for b := make([]byte, 64); ; {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				_, _ = c.WriteTo(b[:n], from)
			}
		}()
	}
	return spaces["client"]
}

// inSpace is the real network, in the client's namespace.
type inSpace struct {
	*socket.Net
	client *netns.Space
}

func (n inSpace) Hop(ctx context.Context, q probe.HopQuestion) (a probe.HopAnswer, ok bool) {
	var done sync.WaitGroup
	done.Go(func() {
		runtime.LockOSThread() // never unlocked: the thread is in the wrong namespace
		if n.client.Enter() == nil {
			a, ok = n.Net.Hop(ctx, q)
		}
	})
	done.Wait()
	return a, ok
}
