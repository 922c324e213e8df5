package socket

import (
	"context"
	"crypto/tls"
	"crypto/x509/pkix"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
	handshake "wsdoctor/probe/chain"
	"wsdoctor/probe/chain/chaintest"
)

// patience is for a ClientHello on a path of less than a millisecond. The kernel
// sends it again after 0.2 s.
const patience = 450 * time.Millisecond

// serveAt accepts TCP at the server until the test ends.
func serveAt(t *testing.T, at netip.AddrPort, serve func(net.Conn)) {
	t.Helper()
	var l net.Listener
	atServer(t, func() {
		var err error
		if l, err = net.Listen("tcp", at.String()); err != nil {
			t.Error(err)
		}
	})
	if l == nil {
		t.FailNow()
	}
	var all sync.WaitGroup
	ended := make(chan struct{})
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer c.Close(); serve(c) })
			all.Go(func() { <-ended; c.Close() }) // whose client's farewell was dropped too
		}
	})
	t.Cleanup(func() { l.Close(); close(ended); all.Wait() })
}

// T16 of a handshake: what a filter on the path, or the other end, does to a
// ClientHello is told apart by this kernel's own books.
func TestWhatBecameOfAClientHello(t *testing.T) {
	needsNamespace(t)
	const sizeDrop, sizeReset, contentDrop, deaf, cut = 7443, 7444, 7445, 7446, 7447
	reset := []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}
	for _, family := range []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
		filter(t, routerNS, family, forwarding,
			slices.Concat(port(sizeDrop), longer(900), dropped()),
			slices.Concat(port(sizeReset), longer(900), reset),
			slices.Concat(port(contentDrop), longer(150), dropped()))
	}
	const small, large = probe.HelloSmall, probe.HelloLarge
	authority := chaintest.New(t, pkix.Name{CommonName: "Test Root"})
	certificate := authority.Issue(t, chaintest.Options{}, "gateway.example")
	answering := func(c net.Conn) {
		tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
		io.Copy(io.Discard, c)
	}
	tests := []struct {
		port    uint16
		hello   probe.HelloSize
		outcome probe.Outcome
		phase   probe.HelloPhase
		acked   bool
		repeats bool
	}{
		{sizeDrop, large, probe.Silent, probe.HelloUnacked, false, true},
		{sizeDrop, small, probe.OK, "", false, false},
		{sizeReset, large, probe.Failed, probe.HelloReset, false, false},
		{sizeReset, small, probe.OK, "", false, false},
		{contentDrop, large, probe.Silent, probe.HelloUnacked, false, true},
		{contentDrop, small, probe.Silent, probe.HelloUnacked, false, true},
		{deaf, large, probe.Silent, probe.HelloUnanswered, true, false},
		{deaf, small, probe.Silent, probe.HelloUnanswered, true, false},
		{cut, large, probe.Failed, probe.HelloReset, true, false},
		{cut, small, probe.Failed, probe.HelloReset, true, false},
	}
	for _, host := range []netip.Addr{server, server6} {
		for p, serve := range map[uint16]func(net.Conn){
			sizeDrop: answering, sizeReset: answering, contentDrop: answering,
			deaf: func(c net.Conn) { io.Copy(io.Discard, c) },
			cut: func(c net.Conn) {
				io.ReadFull(c, make([]byte, 200))
				time.Sleep(20 * time.Millisecond) // the rest arrives and is acknowledged
				c.(*net.TCPConn).SetLinger(0)
			},
		} {
			serveAt(t, netip.AddrPortFrom(host, p), serve)
		}
		var all sync.WaitGroup
		for _, test := range tests {
			all.Go(func() {
				n := New(Options{})
				conn, err := n.DialTCP(t.Context(), netip.AddrPortFrom(host, test.port))
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				d, outcome, _, _ := handshake.Handshake(ctx, conn, "gateway.example", authority.Pool(), handshake.Options{
					Hello: test.hello, Inspect: func() (probe.TCPInfo, bool) { return n.TCPInfo(conn) }})
				if outcome != test.outcome || d.Phase != test.phase {
					t.Errorf("%s, port %d, %s: %s, phase %q (%s)", host, test.port, test.hello, outcome, d.Phase, d.Error)
				}
				if test.phase != "" && (d.HelloAcked == nil || *d.HelloAcked != test.acked || (d.Retransmits > 0) != test.repeats) {
					t.Errorf("%s, port %d, %s: %+v", host, test.port, test.hello, d)
				}
			})
		}
		all.Wait()
	}
}

// T6: a SYN that the own firewall swallows cannot be sent again; one that is
// dropped later can.
func TestASwallowedSYNIsToldFromALostOne(t *testing.T) {
	needsNamespace(t)
	const lost, swallowed = 7448, 7449
	for _, family := range []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
		filter(t, routerNS, family, forwarding, slices.Concat(port(lost), dropped()))
	}
	filter(t, clientNS, nftables.TableFamilyNetdev, leaving, slices.Concat(port(swallowed), dropped()))
	var all sync.WaitGroup
	for _, host := range []netip.Addr{server, server6} {
		for p, own := range map[uint16]bool{outputDrop: true, swallowed: true, lost: false} {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 1300*time.Millisecond)
				defer cancel()
				_, err := New(Options{}).DialTCP(ctx, netip.AddrPortFrom(host, p))
				e := asNetError(t, err)
				if e.Failure != probe.Timeout || e.TCP == nil || e.TCP.Timeouts == 0 || e.TCP.HostDropped() != own {
					t.Errorf("%s port %d: %v, %+v", host, p, e, e.TCP)
				}
			})
		}
	}
	all.Wait()
}

func TestOnlyConnectionsOfOurOwnAreInspected(t *testing.T) {
	near, other := net.Pipe()
	defer near.Close()
	defer other.Close()
	if _, ok := New(Options{}).TCPInfo(near); ok {
		t.Error("a pipe has no TCP")
	}
}
