package listen

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"

	"wsdoctor/internal/lab/alone"
	"wsdoctor/probe"
)

// TestRealKernel runs TestInsideNamespace in a fresh network namespace.
func TestRealKernel(t *testing.T) { alone.Again(t, "TestInsideNamespace") }

// TestInsideNamespace is the other half of TestRealKernel. Outside a namespace
// it has nothing to do.
func TestInsideNamespace(t *testing.T) {
	if !alone.Inside(t) {
		return
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	lo, err := netlink.LinkByName("lo")
	must(err)
	must(netlink.LinkSetUp(lo))
	for _, a := range []string{"198.19.1.2/32", "198.10.100.7/32"} {
		parsed, err := netlink.ParseAddr(a)
		must(err)
		must(netlink.AddrAdd(lo, parsed))
	}

	if d, gaps := Look(t.Context()); d.Listeners == nil || len(d.Listeners) != 0 || len(d.Connections) != 0 || !d.Owners || len(gaps) != 0 {
		t.Errorf("nobody listens: %+v, gaps %q", d, gaps)
	}

	accept := func(network, at string) {
		t.Helper()
		l, err := net.Listen(network, at)
		must(err)
		t.Cleanup(func() { l.Close() })
	}
	bind := func(network, at string) {
		t.Helper()
		c, err := net.ListenPacket(network, at)
		must(err)
		t.Cleanup(func() { c.Close() })
	}
	connect := func(from, to string) netip.AddrPort {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.DialContext(t.Context(), "tcp", to)
		must(err)
		t.Cleanup(func() { c.Close() })
		return netip.MustParseAddrPort(c.LocalAddr().String())
	}
	accept("tcp4", "127.0.0.1:4172")
	accept("tcp4", "0.0.0.0:4489")
	accept("tcp4", "198.19.1.2:8200")
	accept("tcp", ":8201")       // :: and IPv4
	accept("tcp6", "[::]:8250")  // IPV6_V6ONLY
	accept("tcp4", "0.0.0.0:22") // nobody's business
	bind("udp4", "198.19.1.2:4172")
	bind("udp", ":8220")
	bind("udp6", "[::]:4172")
	bind("udp4", "0.0.0.0:53")
	gateway := connect("198.10.100.7", "198.19.1.2:8200")
	mapped := connect("198.10.100.7", "198.19.1.2:8201")
	connect("198.19.1.2", "198.19.1.2:8200")
	connect("127.0.0.1", "127.0.0.1:4172")
	connect("198.10.100.7", "198.19.1.2:22")

	comm, err := os.ReadFile("/proc/self/comm")
	must(err)
	me := func(transport probe.Transport, at string, both bool) probe.Listener {
		a := addrPort(at)
		return probe.Listener{Transport: transport, Address: a.Addr(), Port: a.Port(), Both: both, PID: os.Getpid(), Process: strings.TrimSpace(string(comm))}
	}
	want := probe.ListenersDetail{
		Listeners: []probe.Listener{
			me(probe.TCP, "127.0.0.1:4172", false), me(probe.TCP, "0.0.0.0:4489", false), me(probe.TCP, "198.19.1.2:8200", false),
			me(probe.TCP, "[::]:8201", true), me(probe.TCP, "[::]:8250", false),
			me(probe.UDP, "198.19.1.2:4172", false), me(probe.UDP, "[::]:4172", false), me(probe.UDP, "[::]:8220", true),
		},
		Connections: []probe.Connection{
			{Local: addrPort("198.19.1.2:8200"), Remote: gateway}, {Local: addrPort("198.19.1.2:8201"), Remote: mapped},
		},
		Owners: true,
	}
	d, gaps := Look(t.Context())
	if diff := cmp.Diff(want, d, plainValues); diff != "" || len(gaps) != 0 {
		t.Errorf("gaps %q (-want +got):\n%s", gaps, diff)
	}
}
