package https_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain/chaintest"
)

var (
	silentLog = log.New(io.Discard, "", 0)
	amazon    = pkix.Name{CommonName: "Amazon Root CA 1", Organization: []string{"Amazon"}}
	contoso   = pkix.Name{CommonName: "Contoso Web Inspection", Organization: []string{"Contoso"}}
)

const (
	tcpOK = "tcp_connect ok"
	tlsOK = "tls_handshake ok"
	getOK = "http_get ok"
)

func TestARightAnswerIsThreeObservations(t *testing.T) {
	ca := chaintest.New(t, amazon)
	var request atomic.Pointer[http.Request]
	at := website(t, ca.Issue(t, chaintest.Options{}, host), func(w http.ResponseWriter, r *http.Request) {
		request.Store(r)
		w.Header().Set("Server", "Server")
		io.WriteString(w, "healthy: Wed Jan 02")
	})
	n := &network{dial: loopback, roots: ca.Pool()}
	asked := target(at, "healthy")
	asked.Path = "/ping?token=abc"
	seen := ask(t.Context(), n, asked)
	d := want[probe.HTTPDetail](t, seen, tcpOK, tlsOK, getOK)
	if d.Status != 200 || !d.Healthy || d.Server != "Server" || d.Date == "" || d.ClockMS == nil || d.BodyBytes != 19 || d.Body != "healthy: Wed Jan 02" {
		t.Errorf("%+v", d)
	}
	if want := fmt.Sprintf("https://%s:%d/ping", host, at.Port()); d.URL != want {
		t.Errorf("URL %q, want %q without the query", d.URL, want)
	}
	got := request.Load()
	if got.Host != fmt.Sprintf("%s:%d", host, at.Port()) || got.URL.RawQuery != "token=abc" || got.UserAgent() != "wsdoctor" || len(got.Header) != 3 || got.Header.Get("Accept") != "*/*" || !got.Close && got.Header.Get("Connection") != "close" {
		t.Errorf("sent host %q, %q, header %v", got.Host, got.URL, got.Header)
	}
	connect := seen[0].Detail.(probe.ConnectDetail)
	if _, known := n.rtt.Smoothed(); !known || connect.RTTMS <= 0 || connect.Local != "127.0.0.1" || len(connect.Attempts) != 1 {
		t.Errorf("round trip known: %v; %+v", known, connect)
	}
	if d := seen[1].Detail.(probe.TLSDetail); d.Root != probe.RootAmazonNamed || d.ServerName != host || len(d.Chain) != 1 {
		t.Errorf("%+v", d)
	}
	for _, o := range seen {
		if o.Address != "127.0.0.1" || o.Endpoint != "broker" || o.Target != fmt.Sprintf("%s:%d/tcp", host, at.Port()) || o.Elapsed <= 0 {
			t.Errorf("%s: address %q, target %q, %v", o.Operation, o.Address, o.Target, o.Elapsed)
		}
	}
}

func TestNoRequestIsSentOverAnUnverifiedConnection(t *testing.T) {
	like, inspector := chaintest.New(t, amazon), chaintest.New(t, contoso)
	past := chaintest.Options{NotBefore: time.Now().Add(-3 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}
	for name, c := range map[string]struct {
		certificate tls.Certificate
		failure     probe.Failure
		root        probe.RootVerdict
	}{
		"interceptor":     {inspector.Issue(t, chaintest.Options{}, host), probe.TLSUnknownAuthority, probe.RootOther},
		"wrong host name": {like.Issue(t, chaintest.Options{}, "wifi.hotel.example"), probe.TLSInvalidHostname, probe.RootAmazonNamed},
		"expired":         {like.Issue(t, past, host), probe.TLSExpired, probe.RootAmazonNamed},
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			at := website(t, c.certificate, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
			seen := ask(t.Context(), &network{dial: loopback, roots: like.Pool()}, target(at, "healthy"))
			d := want[probe.TLSDetail](t, seen, tcpOK, "tls_handshake failed "+string(c.failure))
			if d.Root != c.root || len(d.Chain) != 1 || requests.Load() != 0 {
				t.Errorf("root %s, %d certificates, %d requests", d.Root, len(d.Chain), requests.Load())
			}
		})
	}
}

func TestAnInspectorThisComputerTrustsIsWrittenDown(t *testing.T) {
	inspector := chaintest.New(t, contoso)
	at := website(t, inspector.Issue(t, chaintest.Options{}, host), func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "healthy") })
	seen := ask(t.Context(), &network{dial: loopback, roots: inspector.Pool()}, target(at, "healthy"))
	want[probe.HTTPDetail](t, seen, tcpOK, tlsOK, getOK)
	if d := seen[1].Detail.(probe.TLSDetail); d.Root != probe.RootOther || !d.SystemTrust || !strings.Contains(d.Issuer, "Contoso Web Inspection") {
		t.Errorf("root %s, trust %v, issuer %q", d.Root, d.SystemTrust, d.Issuer)
	}
}

func TestAnAddressInPlaceOfANameIsAskedAndVerified(t *testing.T) {
	ca := chaintest.New(t, amazon)
	at := website(t, ca.Issue(t, chaintest.Options{}, "127.0.0.1"), func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	asked := probe.Target{Host: "127.0.0.1", Port: at.Port(), Expect: "any-http"}
	want[probe.HTTPDetail](t, ask(t.Context(), &network{dial: loopback, roots: ca.Pool()}, asked), tcpOK, tlsOK, getOK)
}

func TestAMegabyteChainEndsTheHandshake(t *testing.T) {
	ca := chaintest.New(t, contoso)
	big := ca.Issue(t, chaintest.Options{}, host)
	for len(big.Certificate) < 20 {
		big.Certificate = append(big.Certificate, ca.Issue(t, chaintest.Options{Padding: 60_000}, host).Certificate[0])
	}
	at := listening(t, func(conn net.Conn) { tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{big}}).Handshake() })
	seen := ask(t.Context(), &network{dial: loopback, roots: ca.Pool()}, target(at, "healthy"))
	want[probe.TLSDetail](t, seen, tcpOK, "tls_handshake failed reply_too_large")
}

// The peers answer on the plain port; the same bytes inside TLS are read by the
// same code.
func TestHostilePeersOnHTTP(t *testing.T) {
	forever := func(part string) func(net.Conn) {
		return func(conn net.Conn) {
			readRequest(conn)
			conn.Write([]byte("HTTP/1.1 200 OK\r\n"))
			for {
				if _, err := conn.Write([]byte(strings.Repeat(part, 100))); err != nil {
					return
				}
			}
		}
	}
	for name, c := range map[string]struct {
		serve func(net.Conn)
		last  string
	}{
		"garbage":            {saying("\x00\x01\x02 hello\r\n\r\n"), "http_get failed malformed_reply"},
		"another protocol":   {saying("SSH-2.0-OpenSSH_9.2\r\n"), "http_get failed malformed_reply"},
		"endless headers":    {forever("X-Header: yes\r\n"), "http_get failed reply_too_large"},
		"one endless header": {forever("xxxxxxxxxxxx"), "http_get failed reply_too_large"},
		"endless interim":    {saying(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 50)), "http_get failed malformed_reply"},
		"endless body":       {forever("\r\n<p>unending"), "http_get failed http_unexpected_body"},
		"chunks without end": {func(conn net.Conn) {
			readRequest(conn)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			for {
				if _, err := io.WriteString(conn, "1;"+strings.Repeat("x", 2000)+"\r\na\r\n"); err != nil {
					return
				}
			}
		}, "http_get failed malformed_reply"},
		"closes without a word": {func(conn net.Conn) { readRequest(conn) }, "http_get failed eof_error"},
		"closes in the header":  {saying("HTTP/1.1 200 OK\r\nServer: x"), "http_get failed eof_error"},
		"closes in the body":    {saying("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nheal"), "http_get failed eof_error"},
		"resets":                {func(conn net.Conn) { conn.Read(make([]byte, 3)); conn.(*net.TCPConn).SetLinger(0) }, "http_get failed connection_reset"},
	} {
		t.Run(name, func(t *testing.T) {
			at := listening(t, c.serve)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			seen := ask(t.Context(), &network{dial: loopback}, plain(at, "healthy"))
			runtime.ReadMemStats(&after)
			d := want[probe.HTTPDetail](t, seen, tcpOK, c.last)
			if d.BodyBytes > 16<<10 {
				t.Errorf("%d bytes of body read", d.BodyBytes)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 || time.Since(start) > 3*time.Second {
				t.Errorf("took %v and %d bytes", time.Since(start), used)
			}
		})
	}
}

func TestSilenceAtEachStageEndsIt(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(net.Conn, tls.Certificate)
		limit time.Duration
		seen  []string
	}{
		"after the connect": {func(conn net.Conn, _ tls.Certificate) { io.Copy(io.Discard, conn) }, 6 * time.Second, []string{tcpOK, "tls_handshake silent generic_timeout_error", "tls_handshake silent generic_timeout_error"}},
		"after the handshake": {func(conn net.Conn, c tls.Certificate) {
			io.Copy(io.Discard, tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{c}}))
		}, 5 * time.Second, []string{tcpOK, tlsOK, "http_get silent generic_timeout_error"}},
		"in the body": {func(conn net.Conn, c tls.Certificate) {
			s := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{c}})
			s.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhea"))
			io.Copy(io.Discard, s)
		}, 5 * time.Second, []string{tcpOK, tlsOK, "http_get silent generic_timeout_error"}},
		"a header byte a second": {func(conn net.Conn, c tls.Certificate) {
			s := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{c}})
			s.Write([]byte("HTTP/1.1 200 OK\r\nX: "))
			for range 100 {
				if _, err := s.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}, 5 * time.Second, []string{tcpOK, tlsOK, "http_get silent generic_timeout_error"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ca := chaintest.New(t, amazon)
				certificate := ca.Issue(t, chaintest.Options{}, host)
				n := &network{roots: ca.Pool(), dial: piped(func(conn net.Conn) { c.serve(conn, certificate) })}
				start := time.Now()
				want[probe.Detail](t, ask(t.Context(), n, target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy")), c.seen...)
				if took := time.Since(start); took > c.limit || took < time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestAnInterruptedProbeAccusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{roots: x509.NewCertPool(), dial: piped(func(conn net.Conn) { io.Copy(io.Discard, conn) })}
		for _, scheme := range []string{"https", "http"} {
			asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy")
			asked.Scheme = scheme
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			seen := ask(ctx, n, asked)
			if len(seen) != 2 || seen[1].Outcome != probe.NotRun || seen[1].Failure != "" {
				t.Errorf("%s: %+v", scheme, seen)
			}
		}
	})
}
