package socket

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// Behind the server, which becomes the second router, is a third hop:
//
//	client -- router -- server 198.18.3.1 -- .10 far
//	                    2001:db8:4::1 -- ::10
var (
	far, far6 = netip.MustParseAddr("198.18.3.10"), netip.MustParseAddr("2001:db8:4::10")
	farNS     netns.NsHandle
)

// Ports of far.
const (
	openPort = 7002 // TCP accepts, UDP answers
	lostPort = 7003 // the second router drops it
	admin4   = unreachable + 13
	admin6   = unreachable + 1
)

// farther lays the third hop once.
var farther = sync.OnceValue(func() error {
	steps := []func() error{
		func() error {
			return within(serverNS, func() (err error) {
				if err := sysctl("net/ipv4/ip_forward=1", "net/ipv6/conf/all/forwarding=1"); err != nil {
					return err
				}
				if farNS, err = netns.New(); err != nil {
					return err
				}
				return sysctl("net/ipv4/icmp_ratelimit=0", "net/ipv6/icmp/ratelimit=0")
			})
		},
		func() error {
			return wire(farNS, serverNS, "far", far.String()+"/24", far6.String()+"/64", "198.18.3.1/24", "2001:db8:4::1/64")
		},
		func() error { return route(farNS, "192.168.50.0/24", "198.18.3.1") },
		func() error { return route(farNS, "2001:db8:50::/64", "2001:db8:4::1") },
		func() error { return route(farNS, "192.0.2.0/24", "198.18.3.1") },
		func() error { return route(farNS, "2001:db8:2::/64", "2001:db8:4::1") },
		func() error { return route(routerNS, "198.18.3.0/24", server.String()) },
		func() error { return route(routerNS, "2001:db8:4::/64", server6.String()) },
		func() error { return route(clientNS, "198.18.3.0/24", routerHere.String()) },
		func() error { return route(clientNS, "2001:db8:4::/64", routerHere6.String()) },
		func() error {
			for _, family := range []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
				c, err := nftables.New(nftables.WithNetNSFd(int(serverNS)))
				if err != nil {
					return err
				}
				rule(c, chain(c, family, nftables.ChainHookForward), lostPort, &expr.Verdict{Kind: expr.VerdictDrop})
				if err := c.Flush(); err != nil {
					return err
				}
			}
			return nil
		},
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
})

// question is one packet to far with its TTL.
func question(to netip.Addr, port uint16, transport probe.Transport, ttl int) probe.HopQuestion {
	return probe.HopQuestion{To: netip.AddrPortFrom(to, port), Transport: transport, TTL: ttl, Payload: []byte("question")}
}

// ask waits for an answer as long as a test waits, or shortly where silence is
// what it looks for.
func ask(t *testing.T, a probe.HopAsker, q probe.HopQuestion, want probe.HopKind) probe.HopAnswer {
	t.Helper()
	patience := guard
	if want == probe.HopSilent {
		patience = 50 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	start := time.Now()
	got, ok := a.Hop(ctx, q)
	if !ok {
		t.Fatal("this system is said not to tell")
	}
	silent := got.Kind == probe.HopSilent || got.Kind == probe.HopLocal
	if took := time.Since(start); silent != (got.RTT == 0) || got.RTT > took || took > guard/2 {
		t.Errorf("round trip %v, took %v", got.RTT, took)
	}
	return got
}

// serveFar opens a port of far that accepts, and answers datagrams.
func serveFar(t *testing.T) {
	t.Helper()
	for _, a := range []netip.Addr{far, far6} {
		var l net.Listener
		var c net.PacketConn
		var err error
		at(t, farNS, func() {
			if l, err = net.Listen("tcp", netip.AddrPortFrom(a, openPort).String()); err == nil {
				c, err = net.ListenPacket("udp", netip.AddrPortFrom(a, openPort).String())
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close(); c.Close() })
		go func() {
			for b := make([]byte, 64); ; {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				c.WriteTo(b[:n], from)
			}
		}()
	}
}

// pair is what a test expects of the two families.
type pair struct{ v4, v6 probe.HopAnswer }

func (p pair) of(a netip.Addr) probe.HopAnswer {
	if a.Is4() {
		return p.v4
	}
	return p.v6
}

// same is an answer whose address is of the family asked.
func same(kind probe.HopKind, failure probe.Failure, v4, v6 netip.Addr) pair {
	return pair{probe.HopAnswer{Kind: kind, From: v4, Failure: failure}, probe.HopAnswer{Kind: kind, From: v6, Failure: failure}}
}

// saying adds the ICMP message behind it.
func (p pair) saying(type4, code4, type6, code6 int, own bool) pair {
	p.v4.ICMP = &probe.ICMPError{Offender: p.v4.From, Type: type4, Code: code4, OwnHost: own}
	p.v6.ICMP = &probe.ICMPError{Offender: p.v6.From, Type: type6, Code: code6, OwnHost: own}
	return p
}

type hopTest struct {
	name       string
	transports string
	port4      uint16
	port6      uint16
	ttl        int
	want       pair
}

var (
	near       = same(probe.HopExpired, probe.TTLExceeded, routerHere, routerHere6).saying(11, 0, 3, 0, false)
	second     = same(probe.HopExpired, probe.TTLExceeded, server, server6).saying(11, 0, 3, 0, false)
	denied     = same(probe.HopICMP, probe.AdministrativelyProhibited, routerHere, routerHere6).saying(3, 13, 1, 1, false)
	nothing    = same(probe.HopSilent, "", netip.Addr{}, netip.Addr{})
	accepted   = same(probe.HopSYNACK, "", far, far6)
	replied    = same(probe.HopReply, "", far, far6)
	reset      = same(probe.HopRST, probe.ConnectionRefused, far, far6)
	portClosed = same(probe.HopICMP, probe.ConnectionRefused, far, far6).saying(3, 3, 1, 4, false)
	policy     = same(probe.HopLocal, probe.LocalPolicyDenied, netip.Addr{}, netip.Addr{})
	unroutable = same(probe.HopLocal, probe.NetworkUnreachable, netip.Addr{}, netip.Addr{})
	ourselves4 = netip.MustParseAddr("192.168.50.10")
	ourselves6 = netip.MustParseAddr("2001:db8:50::10")
	ownReject  = same(probe.HopLocal, probe.AdministrativelyProhibited, ourselves4, ourselves6).saying(3, 13, 1, 1, true)
	ownSend    = same(probe.HopLocal, probe.LocalPolicyDenied, ourselves4, ourselves6).saying(3, 13, 1, 1, true)
)

// onThePath are the answers of others, which must not depend on how the system
// tells them.
var onThePath = []hopTest{
	{"router 1", "tcp udp", openPort, openPort, 1, near},
	{"router 2", "tcp udp", openPort, openPort, 2, second},
	{"accepted", "tcp", openPort, openPort, 3, accepted},
	{"accepted, lifetime to spare", "tcp", openPort, openPort, 64, accepted},
	{"replied", "udp", openPort, openPort, 3, replied},
	{"RST", "tcp", closed, closed, 3, reset},
	{"port unreachable", "udp", closed, closed, 3, portClosed},
	{"router 1 before it rejects", "tcp udp", admin4, admin6, 1, near},
	{"router 1 rejects", "tcp udp", admin4, admin6, 2, denied},
	{"router 2 before it drops", "tcp udp", lostPort, lostPort, 2, second},
	{"router 2 drops", "tcp udp", lostPort, lostPort, 3, nothing},
}

// byThisComputer are its own refusals, as Linux tells them.
var byThisComputer = []hopTest{
	{"own rule", "tcp udp", prohibited, prohibited, 1, policy},
	{"own blackhole", "tcp udp", blackholed, blackholed, 1, policy},
	{"own rule, unreachable", "tcp udp", ruledOut, ruledOut, 1, unroutable},
	{"own firewall drops", "udp", outputDrop, outputDrop, 1, policy},
	{"own firewall drops, which TCP does not say", "tcp", outputDrop, outputDrop, 1, nothing},
	{"own firewall rejects", "udp", outputDeny, outputDeny, 3, ownSend},
	{"own firewall rejects", "tcp", outputDeny, outputDeny, 3, ownReject},
}

func runHops(t *testing.T, a probe.HopAsker, tests []hopTest) {
	needsNamespace(t)
	if err := farther(); err != nil {
		t.Fatal(err)
	}
	serveFar(t)
	for _, test := range tests {
		for _, transport := range []probe.Transport{probe.TCP, probe.UDP} {
			if !slices.Contains([]string{string(transport), "tcp udp"}, test.transports) {
				continue
			}
			for _, to := range []netip.Addr{far, far6} {
				t.Run(fmt.Sprintf("%s %s %s", test.name, transport, to), func(t *testing.T) {
					port, want := test.port4, test.want.of(to)
					if to.Is6() {
						port = test.port6
					}
					got := ask(t, a, question(to, port, transport, test.ttl), want.Kind)
					if diff := cmp.Diff(want, got, addr, cmpopts.IgnoreFields(probe.HopAnswer{}, "RTT")); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

func TestEveryHopSaysWhatItDidWithThePacket(t *testing.T) {
	runHops(t, New(Options{}), slices.Concat(onThePath, byThisComputer))
}

// rawEars hears by a raw socket what macOS lets a datagram socket hear.
type rawEars struct{ ears }

func (r *rawEars) Hop(ctx context.Context, q probe.HopQuestion) (probe.HopAnswer, bool) {
	return r.hop(ctx, q, func(v6 bool) (int, error) {
		domain, protocol := unix.AF_INET, unix.IPPROTO_ICMP
		if v6 {
			domain, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
		}
		return unix.Socket(domain, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	})
}

func TestAnotherSocketHearsTheSame(t *testing.T) {
	runHops(t, new(rawEars), onThePath)
}

// Each of several at once must get the answer to its own packet.
func TestHopsAtTheSameTimeAreToldApart(t *testing.T) {
	needsNamespace(t)
	if err := farther(); err != nil {
		t.Fatal(err)
	}
	serveFar(t)
	want := []probe.HopKind{1: probe.HopExpired, 2: probe.HopExpired, 3: probe.HopRST, 4: probe.HopRST}
	from := []netip.Addr{1: routerHere, 2: server, 3: far, 4: far}
	for name, a := range map[string]probe.HopAsker{"error queue": New(Options{}), "listening": new(rawEars)} {
		var all sync.WaitGroup
		for range 5 {
			for ttl := 1; ttl <= 4; ttl++ {
				all.Go(func() {
					got := ask(t, a, question(far, closed, probe.TCP, ttl), want[ttl])
					if got.Kind != want[ttl] || got.From != from[ttl] {
						t.Errorf("%s: TTL %d: %s from %s", name, ttl, got.Kind, got.From)
					}
				})
			}
		}
		all.Wait()
	}
}

func TestRefusedListenerIsAGap(t *testing.T) {
	var e ears
	_, ok := e.hop(t.Context(), question(far, closed, probe.TCP, 1), func(bool) (int, error) { return -1, unix.EPERM })
	if ok {
		t.Error("a system that refuses the socket was said to tell")
	}
}

// The acknowledgement of the handshake is held back (see thrifty), so the reset
// comes in its place and the program that listens never sees the probe: the
// first connection it gets is a later one.
func TestAcceptedProbeIsNotSeenByTheListener(t *testing.T) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := l.Addr().(*net.TCPAddr).AddrPort()
	if got := ask(t, New(Options{}), question(to.Addr(), to.Port(), probe.TCP, 1), probe.HopSYNACK); got.Kind != probe.HopSYNACK {
		t.Fatalf("%+v", got)
	}
	later, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	l.SetDeadline(time.Now().Add(guard))
	first, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if first.RemoteAddr().String() != later.LocalAddr().String() {
		t.Errorf("the listener got %s first, the later connection is %s", first.RemoteAddr(), later.LocalAddr())
	}
}

func TestHopEndsWithItsContext(t *testing.T) {
	needsNamespace(t)
	if err := farther(); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]probe.HopAsker{"error queue": New(Options{}), "listening": new(rawEars)} {
		for _, transport := range []probe.Transport{probe.TCP, probe.UDP} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(10*time.Millisecond, cancel)
			start := time.Now()
			got, ok := a.Hop(ctx, question(far, lostPort, transport, 3))
			if !ok || got.Kind != probe.HopSilent || time.Since(start) > guard/2 {
				t.Errorf("%s %s: %+v after %v", name, transport, got, time.Since(start))
			}
		}
	}
}
