package https_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode"

	"go.uber.org/goleak"

	"wsdoctor/probe"
	"wsdoctor/probe/https"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const host = "ws-broker-service.eu-west-1.amazonaws.com"

// network is a Network whose dialling is a function.
type network struct {
	dial    func(context.Context, netip.AddrPort) (net.Conn, error)
	resolve func(family, host string) ([]netip.Addr, error)
	roots   *x509.CertPool
	rtt     probe.RTT
}

func (n *network) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return n.dial(ctx, to)
}
func (n *network) DialUDP(context.Context, netip.AddrPort) (net.Conn, error) {
	return nil, &probe.NetError{Op: "connect", Failure: probe.Unsupported, Err: syscall.ENOSYS}
}
func (n *network) Resolve(_ context.Context, family, host string) ([]netip.Addr, error) {
	if n.resolve == nil {
		return nil, &net.DNSError{Name: host, IsNotFound: true}
	}
	return n.resolve(family, host)
}
func (n *network) ResolveTXT(context.Context, string) ([]string, error) { return nil, nil }
func (n *network) Roots() *x509.CertPool                                { return n.roots }
func (n *network) RTT() *probe.RTT                                      { return &n.rtt }

// loopback dials for real; every test address is on this computer.
func loopback(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, &probe.NetError{Op: "connect", Failure: probe.ConnectionRefused, Err: err}
	}
	return conn, nil
}

// piped makes every dial succeed at once with a pipe to serve. It is for
// synctest bubbles.
func piped(serve func(net.Conn)) func(context.Context, netip.AddrPort) (net.Conn, error) {
	return func(context.Context, netip.AddrPort) (net.Conn, error) {
		client, server := net.Pipe()
		go func() { defer server.Close(); serve(server) }()
		return client, nil
	}
}

// listening serves connections on loopback until the test ends.
func listening(t testing.TB, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer conn.Close(); serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return netip.MustParseAddrPort(l.Addr().String())
}

// website is a real TLS web server with the given certificate.
func website(t testing.TB, c tls.Certificate, handler http.HandlerFunc) netip.AddrPort {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = silentLog
	s.TLS = &tls.Config{Certificates: []tls.Certificate{c}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return netip.MustParseAddrPort(s.Listener.Addr().String())
}

// readRequest reads up to the empty line that ends a request.
func readRequest(conn net.Conn) string {
	var got []byte
	for b := make([]byte, 1); !strings.HasSuffix(string(got), "\r\n\r\n"); {
		if _, err := conn.Read(b); err != nil {
			break
		}
		got = append(got, b...)
	}
	return string(got)
}

// saying answers any request with fixed bytes and closes.
func saying(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		conn.Write([]byte(answer))
	}
}

func target(at netip.AddrPort, expect string) probe.Target {
	return probe.Target{Endpoint: "broker", Scheme: "https", Host: host, Port: at.Port(), Path: "/ping", Expect: expect, Addresses: []netip.Addr{at.Addr()}}
}

func plain(at netip.AddrPort, expect string) probe.Target {
	t := target(at, expect)
	t.Scheme = "http"
	return t
}

func ask(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	return https.Prober{}.Probe(ctx, n, t)
}

// want compares "operation outcome failure" of each observation and insists on
// the rules that hold for all of them. It gives the last detail.
func want[D probe.Detail](t *testing.T, seen []probe.Observation, expected ...string) D {
	t.Helper()
	var got []string
	for _, o := range seen {
		got = append(got, strings.TrimSpace(string(o.Operation)+" "+string(o.Outcome)+" "+string(o.Failure)))
	}
	if strings.Join(got, "\n") != strings.Join(expected, "\n") {
		b, _ := json.MarshalIndent(seen, "", " ")
		t.Fatalf("got\n%s\nwant\n%s\n%s", strings.Join(got, "\n"), strings.Join(expected, "\n"), b)
	}
	checkStored(t, seen)
	d, fits := seen[len(seen)-1].Detail.(D)
	if !fits {
		t.Fatalf("the last detail is a %T", seen[len(seen)-1].Detail)
	}
	return d
}

// checkStored insists that observations can be stored, read back and shown.
func checkStored(t testing.TB, seen []probe.Observation) {
	t.Helper()
	for _, o := range seen {
		if o.Failure != "" && !o.Failure.Known() {
			t.Errorf("failure %q is not in the list", o.Failure)
		}
		if o.Outcome != probe.Skipped && (o.Failure == "") != (o.Outcome == probe.OK || o.Outcome == probe.NotRun) {
			t.Errorf("%s is %s with failure %q", o.Operation, o.Outcome, o.Failure)
		}
	}
	b, err := json.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	var back []probe.Observation
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if len(b) > 30_000 {
		t.Errorf("%d bytes are kept", len(b))
	}
	var text any
	if err := json.Unmarshal(b, &text); err != nil {
		t.Fatal(err)
	}
	printable(t, text)
}

func printable(t testing.TB, v any) {
	t.Helper()
	switch v := v.(type) {
	case string:
		for _, r := range v {
			if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Errorf("%U is kept in %q", r, v)
			}
		}
	case []any:
		for _, e := range v {
			printable(t, e)
		}
	case map[string]any:
		for _, e := range v {
			printable(t, e)
		}
	}
}
