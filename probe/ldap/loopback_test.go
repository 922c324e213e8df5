package ldap

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
	"wsdoctor/probe/socket"
)

// loopback is a stack of this computer's loopback.
type loopback struct {
	net.ListenConfig
	t testing.TB
}

func (l loopback) Listen(at netip.AddrPort) (net.Listener, error) {
	s, err := l.ListenConfig.Listen(context.Background(), "tcp", at.String())
	if err == nil {
		l.t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func (l loopback) ListenPacket(at netip.AddrPort) (net.PacketConn, error) {
	s, err := l.ListenConfig.ListenPacket(context.Background(), "udp", at.String())
	if err == nil {
		l.t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func (l loopback) Dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, to.String())
}

// serve starts a domain controller on a port of 127.0.0.1.
func serve(t testing.TB, d servers.Directory) probe.Target {
	t.Helper()
	d.Stack = loopback{t: t}
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		at := l.Addr().(*net.TCPAddr).AddrPort()
		l.Close()
		if d.Serve(at) == nil {
			return probe.Target{Host: d.Host, Port: at.Port(), Domain: d.Domain, Addresses: []netip.Addr{at.Addr()}}
		}
	}
	t.Fatal("no port is free for both transports")
	return probe.Target{}
}

func TestRealSockets(t *testing.T) {
	at := serve(t, *controller)
	n := socket.New(socket.Options{})
	for transport, context := range map[probe.Transport]string{probe.TCP: "DC=corp,DC=example,DC=com", probe.UDP: ""} {
		at.Transport = transport
		o, d := ask(t, t.Context(), n, at)
		if o.Outcome != probe.OK || d.Host != controller.Host || d.Domain != domain || d.Context != context || d.RTTMS <= 0 {
			t.Errorf("%+v", o)
		}
		if transport == probe.TCP && (d.ClockMS == nil || time.Duration(*d.ClockMS)*time.Millisecond > 1100*ms-controller.Ahead || time.Duration(*d.ClockMS)*time.Millisecond < -controller.Ahead) {
			t.Errorf("clock: %v", d.ClockMS)
		}
	}
}

func TestRealClosedPort(t *testing.T) {
	at := serve(t, *controller)
	at.Port = 1
	for _, transport := range []probe.Transport{probe.TCP, probe.UDP} {
		at.Transport = transport
		if o, _ := ask(t, t.Context(), socket.New(socket.Options{}), at); o.Outcome != probe.Failed || o.Failure != probe.ConnectionRefused {
			t.Errorf("%+v", o)
		}
	}
}

// BenchmarkRoot asks a loopback server for its rootDSE, by turns through Prober
// and through go-ldap, connect included. ratio is Prober's time over go-ldap's.
func BenchmarkRoot(b *testing.B) {
	at := serve(b, *controller)
	at.Transport = probe.TCP
	n := socket.New(socket.Options{})
	to := netip.AddrPortFrom(at.Addresses[0], at.Port).String()
	var own, plain time.Duration
	for b.Loop() {
		start := time.Now()
		if o := (Prober{}).Probe(b.Context(), n, at); o[0].Outcome != probe.OK {
			b.Fatalf("%+v", o)
		}
		middle := time.Now()
		c, err := goldap.DialURL("ldap://" + to)
		if err != nil {
			b.Fatal(err)
		}
		r, err := c.Search(goldap.NewSearchRequest("", goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", rootAttributes, nil))
		if err != nil || len(r.Entries) != 1 {
			b.Fatal(err)
		}
		c.Close()
		own, plain = own+middle.Sub(start), plain+time.Since(middle)
	}
	b.ReportMetric(float64(own)/float64(plain), "ratio")
	b.ReportMetric(float64(own.Microseconds())/float64(b.N), "probe-µs")
	b.ReportMetric(float64(plain.Microseconds())/float64(b.N), "go-ldap-µs")
}

// BenchmarkHostileMessage is what 64 KiB of the smallest attributes cost.
func BenchmarkHostileMessage(b *testing.B) {
	small := make([]byte, 0, maxReply)
	for len(small) < maxReply-64 {
		small = append(small, tagSequence, 7, tagString, 0, tagSet, 3, tagString, 1, 'x')
	}
	raw := envelope(1<<24, wide(searchEntry, wide(tagString), wide(tagSequence, small)))
	b.ReportAllocs()
	for b.Loop() {
		m, _, ok := parseMessage(raw)
		if !ok || !m.attributes(func(string, []byte) {}) {
			b.Fatal("no valid message")
		}
	}
}
