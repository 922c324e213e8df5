package socket

import (
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
	"wsdoctor/probe/mtu"
)

// offering answers QUIC's version negotiation on a UDP port of a namespace until
// the test ends.
func offering(t *testing.T, ns thinWay, at ...netip.AddrPort) {
	t.Helper()
	for _, a := range at {
		var c *net.UDPConn
		err := within(ns.server, func() (err error) { c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(a)); return })
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for b := make([]byte, 2048); ; {
				k, from, err := c.ReadFromUDPAddrPort(b)
				if err != nil {
					return
				}
				if k < 1200 {
					continue
				}
				r := append([]byte{0x80, 0, 0, 0, 0, 8}, b[15:23]...)
				r = append(append(r, 8), b[6:14]...)
				_, _ = c.WriteToUDPAddrPort(append(r, 0, 0, 0, 1), from)
			}
		}()
		t.Cleanup(func() { c.Close(); <-done })
	}
}

// T18: how large packets end on a path that narrows.
func TestSizesThatAPathCarries(t *testing.T) {
	const at = 4195
	way := thinSide(t)
	wide := thinWay{server: serverNS}
	offering(t, way, netip.AddrPortFrom(thinServer, at), netip.AddrPortFrom(thinServer6, at))
	offering(t, wide, netip.AddrPortFrom(server, at), netip.AddrPortFrom(server6, at))
	mute := func(t *testing.T) { // a router whose ICMP errors are filtered
		filter(t, way.router, nftables.TableFamilyIPv4, sending, append(protocol(unix.IPPROTO_ICMP), dropped()...))
		// Only "packet too big" (type 2): neighbour discovery is ICMPv6 as well.
		tooBig := []expr.Any{
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{2}},
		}
		filter(t, way.router, nftables.TableFamilyIPv6, sending, append(append(protocol(unix.IPPROTO_ICMPV6), tooBig...), dropped()...))
	}
	link := func(bytes int) func(*testing.T) {
		return func(t *testing.T) {
			set := func(bytes int) {
				if err := width(clientNS, "thin", bytes); err != nil {
					t.Error(err)
				}
			}
			set(bytes)
			t.Cleanup(func() { set(1500) })
		}
	}
	nothing := func(*testing.T) {}
	for name, test := range map[string]struct {
		to   netip.Addr
		set  func(*testing.T)
		want probe.MTUDetail
	}{
		"wide":             {server, nothing, probe.MTUDetail{Smallest: 1228, Largest: 1500}},
		"wide, IPv6":       {server6, nothing, probe.MTUDetail{Smallest: 1248, Largest: 1500}},
		"narrow":           {thinServer, nothing, probe.MTUDetail{Smallest: 1228, Largest: 1280, ReportedMTU: narrow, Offender: thinRouter}},
		"narrow, IPv6":     {thinServer6, nothing, probe.MTUDetail{Smallest: 1248, Largest: 1280, ReportedMTU: narrow, Offender: thinRouter6}},
		"black hole":       {thinServer, mute, probe.MTUDetail{Smallest: 1228, Largest: 1280, BlackHole: true}},
		"black hole, IPv6": {thinServer6, mute, probe.MTUDetail{Smallest: 1248, Largest: 1280, BlackHole: true}},
		"own link":         {thinServer, link(1300), probe.MTUDetail{Smallest: 1228, Largest: 1280, LocalMTU: 1300}},
		"own link, IPv6":   {thinServer6, link(1300), probe.MTUDetail{Smallest: 1248, Largest: 1280, LocalMTU: 1300}},
	} {
		t.Run(name, func(t *testing.T) {
			test.set(t)
			// Twice: what the kernel has learnt of the path must not change it.
			for range 2 {
				o := mtu.Prober{}.Probe(t.Context(), New(Options{}), probe.Target{Host: "gateway", Port: at, Transport: probe.UDP, Addresses: []netip.Addr{test.to}})[0]
				test.want.Question = "quic"
				if diff := cmp.Diff(test.want, o.Detail, cmpopts.IgnoreFields(probe.MTUDetail{}, "Sizes"), addr); diff != "" || o.Outcome != probe.OK {
					t.Errorf("%s, detail (-want +got):\n%s%+v", o.Outcome, diff, o.Detail)
				}
				for _, s := range o.Detail.(probe.MTUDetail).Sizes {
					if fits := test.want.LocalMTU == 0 || s.Bytes <= test.want.LocalMTU; (s.Sent > 0) != fits {
						t.Errorf("%d bytes: %d sent", s.Bytes, s.Sent)
					}
				}
			}
		})
	}
}
