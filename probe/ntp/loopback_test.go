package ntp

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	beevik "github.com/beevik/ntp"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
	"wsdoctor/probe/socket"
)

// one is a stack that hands out one socket, bound already.
type one struct {
	servers.Stack
	net.PacketConn
}

func (o one) ListenPacket(netip.AddrPort) (net.PacketConn, error) { return o.PacketConn, nil }

func serve(t testing.TB, c servers.Clock) probe.Target {
	t.Helper()
	pc, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	if err := servers.ServeUDP(one{nil, pc}, netip.AddrPort{}, servers.NTP(c)); err != nil {
		t.Fatal(err)
	}
	at := pc.LocalAddr().(*net.UDPAddr).AddrPort()
	return probe.Target{Host: "clock", Port: at.Port(), Transport: probe.UDP, Addresses: []netip.Addr{at.Addr().Unmap()}}
}

// The library is a second opinion on the server and on the sign.
func TestTheLibraryAgrees(t *testing.T) {
	at := serve(t, servers.Clock{Ahead: 7 * time.Minute})
	o, d := observe(t, t.Context(), socket.New(socket.Options{}), at)
	r, err := beevik.Query(netip.AddrPortFrom(at.Addresses[0], at.Port).String())
	if err != nil || r.Validate() != nil {
		t.Fatalf("%v, %v", err, r.Validate())
	}
	if o.Outcome != probe.OK || d.ClockMS == nil || d.Stratum != int(r.Stratum) {
		t.Fatalf("%+v", o)
	}
	if apart := time.Duration(*d.ClockMS*float64(time.Millisecond)) + r.ClockOffset; apart.Abs() > 5*time.Second {
		t.Errorf("%v ms, the library has %v", *d.ClockMS, r.ClockOffset)
	}
}

// BenchmarkQuery asks a loopback server, by turns through Prober and through the
// library. ratio is Prober's time over the library's.
func BenchmarkQuery(b *testing.B) {
	at := serve(b, servers.Clock{})
	n, to := socket.New(socket.Options{}), netip.AddrPortFrom(at.Addresses[0], at.Port).String()
	var own, plain time.Duration
	for b.Loop() {
		start := time.Now()
		if o := (Prober{}).Probe(b.Context(), n, at); o[0].Outcome != probe.OK {
			b.Fatalf("%+v", o)
		}
		middle := time.Now()
		if _, err := beevik.Query(to); err != nil {
			b.Fatal(err)
		}
		own, plain = own+middle.Sub(start), plain+time.Since(middle)
	}
	b.ReportMetric(float64(own)/float64(plain), "ratio")
	b.ReportMetric(float64(own.Microseconds())/float64(b.N), "probe-µs")
	b.ReportMetric(float64(plain.Microseconds())/float64(b.N), "library-µs")
}
