package firewall

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/alone"
	"wsdoctor/internal/lab/netns"
	"wsdoctor/probe"
)

// TestRealKernel runs TestInsideNamespace in a fresh network namespace.
func TestRealKernel(t *testing.T) {
	alone.Again(t, "TestInsideNamespace", "XTABLES_LOCKFILE="+t.TempDir()+"/lock")
}

// TestInsideNamespace is the other half of TestRealKernel.
func TestInsideNamespace(t *testing.T) {
	if !alone.Inside(t) {
		return
	}
	for program, pkg := range map[string]string{"nft": "nftables", "iptables-nft-restore": "iptables", "iptables-legacy-restore": "iptables", "iptables-legacy-save": "iptables", "ip6tables-legacy-restore": "iptables", "ipset": "ipset"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: install the Debian package %s", err, pkg)
		}
	}
	w := newWorld(t)
	t.Run("cases", func(t *testing.T) { testCases(t, w) })
	t.Run("timed", func(t *testing.T) { testTimed(t, w) })
	t.Run("detours", func(t *testing.T) { testDetours(t, w) })
	t.Run("random", func(t *testing.T) { testRandom(t, w) })
	t.Run("legacy", func(t *testing.T) { testLegacy(t, w) })
	t.Run("look", func(t *testing.T) { testLook(t, w) })
}

// world is a WorkSpace and a gateway, joined by a cable: the WorkSpace answers
// on all ports, the gateway has several addresses.
type world struct {
	workspace, gateway *netns.Space
	count              int
}

var (
	address4  = netip.MustParseAddr("198.19.5.10")
	address6  = netip.MustParseAddr("fd00:19::10")
	gateways4 = []netip.Addr{netip.MustParseAddr("198.19.1.1"), netip.MustParseAddr("198.19.200.7")}
	gateways6 = []netip.Addr{netip.MustParseAddr("fd00:19::1"), netip.MustParseAddr("fd00:19::f:7")}
	// asked are all addresses a packet may come from.
	asked = []netip.Prefix{netip.MustParsePrefix("198.19.0.0/16"), netip.MustParsePrefix("fd00:19::/64")}
)

type endpointPort struct {
	transport probe.Transport
	port      uint16
}

var tested = []endpointPort{
	{probe.TCP, 4172}, {probe.UDP, 4172}, {probe.TCP, 4489}, {probe.TCP, 8200}, {probe.TCP, 8201}, {probe.TCP, 8225}, {probe.TCP, 8250}, {probe.UDP, 8220},
}

// strange is a port on which something else listens, to which packets may be sent on.
const strange = 9999

// streaming is what the product asks for.
var streaming = probe.Eth0Ports

func newWorld(t *testing.T) *world {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w := &world{}
	var err error
	w.workspace, err = netns.New("workspace")
	must(err)
	t.Cleanup(w.workspace.Close)
	w.gateway, err = netns.New("gateway")
	must(err)
	t.Cleanup(w.gateway.Close)
	a := netns.End{Space: w.workspace, Interface: "eth0", Addresses: []string{"198.19.5.10/16", "fd00:19::10/64"}}
	b := netns.End{Space: w.gateway, Interface: "port0", Addresses: []string{"198.19.1.1/16", "198.19.200.7/16", "fd00:19::1/64", "fd00:19::f:7/64"}}
	must(netns.Cable(a, b, 0))
	must(netns.Acquaint(a, b))
	for key, value := range map[string]string{"net/ipv4/icmp_ratelimit": "0", "net/ipv4/icmp_msgs_per_sec": "1000000", "net/ipv4/icmp_msgs_burst": "1000000", "net/ipv6/icmp/ratelimit": "0"} {
		must(w.workspace.Sysctl(key, value))
	}
	for _, p := range append([]endpointPort{{probe.TCP, strange}, {probe.UDP, strange}, {probe.TCP, 8202}, {probe.UDP, 8200}, {probe.UDP, 8201}, {probe.UDP, 8202}}, tested...) {
		if p.transport == probe.TCP {
			l, err := w.workspace.Listen(netip.AddrPortFrom(netip.IPv6Unspecified(), p.port))
			must(err)
			t.Cleanup(func() { l.Close() })
			go acceptAll(l)
			continue
		}
		c, err := w.workspace.ListenPacket(netip.AddrPortFrom(netip.IPv6Unspecified(), p.port))
		must(err)
		t.Cleanup(func() { c.Close() })
		go w.hear(c)
	}
	return w
}

func acceptAll(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() { // the gateway ends it, once it has seen what it wants to
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(10 * time.Second)) // rules may stop its end
			_, _ = io.Copy(c, c)
		}()
	}
}

func (w *world) hear(c net.PacketConn) {
	b := make([]byte, 64)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		_, _ = c.WriteTo(b[:n], from) // rules may stop it
	}
}

// load gives the WorkSpace rules by an outside program.
func (w *world) load(program, rules string, args ...string) error {
	return w.workspace.Do(func() error {
		c := exec.Command(program, args...)
		c.Stdin = strings.NewReader(rules)
		out, err := c.CombinedOutput()
		if err != nil {
			return errors.New(string(out))
		}
		return nil
	})
}

func (w *world) flush(t *testing.T) {
	t.Helper()
	if err := w.load("nft", "flush ruleset", "-f", "-"); err != nil {
		t.Fatal(err)
	}
}

// shot is one packet on its way, and its answer.
type shot struct {
	fd     int
	udp    bool
	nonce  string
	more   bool // a second packet follows the answer
	second bool // is on its way
	happened
}

// happened is what became of a connection's first packet, and of the next one; empty if
// none was sent.
type happened struct{ first, later probe.FirewallVerdict }

// ask sends one packet to each port, and on some connections another one, and says what
// became of them: accepted, rejected, or, if nothing happens for the given time, dropped.
func (w *world) ask(t *testing.T, from netip.Addr, ports []endpointPort, more []bool, wait time.Duration) []happened {
	t.Helper()
	to := address4
	if from.Is6() {
		to = address6
	}
	shots := make([]shot, len(ports))
	err := w.gateway.Do(func() error {
		for i, p := range ports {
			w.count++
			var err error
			// Each from a port of its own: of a connection that an earlier set of rules
			// let in the kernel remembers that it is established.
			local := netip.AddrPortFrom(from, uint16(firstEphemeral+w.count%(60000-firstEphemeral)))
			if shots[i], err = shoot(local, netip.AddrPortFrom(to, p.port), p.transport, fmt.Sprint("datagram ", w.count)); err != nil {
				return err
			}
			shots[i].more = more[i]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(wait)
	for open := len(shots); open > 0 && time.Now().Before(end); time.Sleep(200 * time.Microsecond) {
		for i := range shots {
			s := &shots[i]
			switch {
			case s.first == "":
				if s.first = w.look(s); s.first == "" {
					continue
				}
				if s.more && s.first == probe.FirewallAccept {
					s.second, s.nonce = true, s.nonce+", again"
					end = time.Now().Add(wait)
					_, _ = unix.Write(s.fd, []byte(s.nonce)) // what comes of it is read
					continue
				}
				open--
			case s.second && s.later == "":
				if s.later = w.heard(s); s.later != "" {
					open--
				}
			}
		}
	}
	list := make([]happened, len(shots))
	for i, s := range shots {
		list[i] = s.happened
		if s.first == "" {
			list[i].first = probe.FirewallDrop
		}
		if s.second && s.later == "" {
			list[i].later = probe.FirewallDrop
		}
		unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		unix.Close(s.fd)
	}
	return list
}

// heard says what became of a second packet, empty if nothing did yet: whoever gets it
// sends it back.
func (w *world) heard(s *shot) probe.FirewallVerdict {
	b := make([]byte, 64)
	switch n, err := unix.Read(s.fd, b); {
	case err == nil && string(b[:n]) == s.nonce:
		return probe.FirewallAccept
	case err == nil && n == 0, err != nil && err != unix.EAGAIN:
		return probe.FirewallReject
	}
	return ""
}

func sockaddr(a netip.AddrPort) (int, unix.Sockaddr) {
	if a.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

func shoot(from, to netip.AddrPort, transport probe.Transport, nonce string) (s shot, err error) {
	of, target := sockaddr(to)
	kind := unix.SOCK_STREAM
	s.nonce = nonce
	if transport == probe.UDP {
		kind, s.udp = unix.SOCK_DGRAM, true
	}
	if s.fd, err = unix.Socket(of, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return s, err
	}
	if s.udp && of == unix.AF_INET {
		unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
	}
	if s.udp && of == unix.AF_INET6 {
		unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	}
	_, local := sockaddr(from)
	if err := unix.Bind(s.fd, local); err != nil {
		return s, err
	}
	if err := unix.Connect(s.fd, target); err != nil && err != unix.EINPROGRESS {
		return s, err
	}
	if s.udp {
		_, err = unix.Write(s.fd, []byte(nonce))
	}
	return s, err
}

// look says what became of a packet, empty if nothing did yet.
func (w *world) look(s *shot) probe.FirewallVerdict {
	if s.udp {
		b := make([]byte, 64)
		if n, err := unix.Read(s.fd, b); err == nil && string(b[:n]) == s.nonce {
			return probe.FirewallAccept
		} else if err != nil && err != unix.EAGAIN {
			return probe.FirewallReject
		}
	}
	if !s.udp { // rules may reject the second segment, which is not asked about
		if info, err := unix.GetsockoptTCPInfo(s.fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil && info.State == tcpEstablished {
			return probe.FirewallAccept
		}
	}
	code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	switch {
	case err == nil && code == int(unix.ECONNRESET):
		return probe.FirewallAccept
	case err != nil || code != 0:
		return probe.FirewallReject
	}
	return ""
}

// tcpEstablished is TCP_ESTABLISHED of linux/tcp.h.
const tcpEstablished = 1

const (
	shortWait = 15 * time.Millisecond
	longWait  = 400 * time.Millisecond
)

// evaluated is what one engine's rules say of a port.
func evaluated(list []answer, p endpointPort) answer {
	for _, a := range list {
		if a.transport == p.transport && a.first <= p.port && p.port <= a.last {
			return a
		}
	}
	return answer{}
}

// contradicts says whether a verdict cannot be what the kernel did. Of rules about
// what leaves, a refusal that this computer sends may be a victim too.
func contradicts(a answer, kernel happened, rules string) bool {
	first := kernel.first
	switch a.verdict {
	case probe.FirewallUnknown:
		return false
	case probe.FirewallDrop, probe.FirewallReject:
		if a.worn { // few packets may come through before
			return first == probe.FirewallAccept && kernel.later == probe.FirewallAccept
		}
		if a.later {
			return first != probe.FirewallAccept || kernel.later == probe.FirewallAccept
		}
		if a.verdict == probe.FirewallDrop {
			return first != a.verdict && !(first == probe.FirewallReject && (len(a.rules) > 1 || a.back))
		}
		return first != a.verdict && !(first == probe.FirewallDrop && leaving.MatchString(rules))
	}
	return first != probe.FirewallAccept || kernel.later != "" && kernel.later != probe.FirewallAccept
}

// tellsOfLater: the verdict is one on the packets that follow a first one, too. Where
// each of them counts for a limit, it is not.
func (a answer) tellsOfLater() bool {
	return a.later || (a.verdict == probe.FirewallAccept || a.verdict == probe.FirewallOff) && !a.counted
}

var leaving = regexp.MustCompile(`hook (output|postrouting|egress)|(?m)^(-A (OUTPUT|POSTROUTING)|:OUTPUT DROP)`)
