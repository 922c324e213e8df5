package chain_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"go.uber.org/goleak"

	"wsdoctor/probe"
	"wsdoctor/probe/chain"
	"wsdoctor/probe/chain/chaintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const host = "ws-broker-service.eu-west-1.amazonaws.com"

// tcpPair is a connected pair over loopback.
func tcpPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

type result struct {
	detail  probe.TLSDetail
	outcome probe.Outcome
	failure probe.Failure
	conn    *tls.Conn
}

// against runs a handshake with a server that behaves as serve says.
func against(t testing.TB, serverName string, roots *x509.CertPool, serve func(net.Conn)) result {
	t.Helper()
	client, server := tcpPair(t)
	done := make(chan struct{})
	go func() { defer close(done); serve(server) }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var r result
	r.detail, r.outcome, r.failure, r.conn = chain.Handshake(ctx, client, serverName, roots, chain.Options{})
	client.Close()
	server.Close()
	<-done
	return r
}

// presenting is a TLS server with one certificate.
func presenting(c tls.Certificate) func(net.Conn) {
	return func(conn net.Conn) {
		s := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{c}})
		s.Handshake()
		s.Read(make([]byte, 1))
	}
}

func (r result) want(t *testing.T, outcome probe.Outcome, failure probe.Failure) {
	t.Helper()
	if r.outcome != outcome || r.failure != failure {
		t.Errorf("%s %q (%s), want %s %q", r.outcome, r.failure, r.detail.Error, outcome, failure)
	}
	if (r.conn != nil) != (outcome == probe.OK) {
		t.Errorf("connection handed back: %v", r.conn != nil)
	}
	if r.failure != "" && !r.failure.Known() {
		t.Errorf("failure %q is not in the list", r.failure)
	}
}

var (
	contoso = pkix.Name{CommonName: "Contoso Web Inspection", Organization: []string{"Contoso"}}
	amazon  = pkix.Name{CommonName: "Amazon Root CA 1", Organization: []string{"Amazon"}, Country: []string{"US"}}
)

func TestWhatAChainSays(t *testing.T) {
	like, inspector := chaintest.New(t, amazon), chaintest.New(t, contoso)
	dressed := inspector.Issue(t, chaintest.Options{}, host)
	dressed.Certificate = append(dressed.Certificate, like.Certificate.Raw)
	hour := time.Hour
	for _, c := range []struct {
		name        string
		certificate tls.Certificate
		roots       *x509.CertPool
		server      string
		failure     probe.Failure
		root        probe.RootVerdict
		trust, fits bool
		issuer      string
	}{
		{"trusted, named like Amazon with another key", like.Issue(t, chaintest.Options{}, host), like.Pool(), host, "", probe.RootAmazonNamed, true, true, "Amazon Root CA 1"},
		{"not trusted, named like Amazon", like.Issue(t, chaintest.Options{}, host), inspector.Pool(), host, probe.TLSUnknownAuthority, probe.RootAmazonNamed, false, true, "Amazon Root CA 1"},
		{"inspection this computer trusts", inspector.Issue(t, chaintest.Options{}, host), inspector.Pool(), host, "", probe.RootOther, true, true, "Contoso Web Inspection"},
		{"inspection this computer does not trust", inspector.Issue(t, chaintest.Options{}, host), like.Pool(), host, probe.TLSUnknownAuthority, probe.RootOther, false, true, "Contoso Web Inspection"},
		{"inspection behind an intermediate", inspector.Sub(t, chaintest.Options{Subject: pkix.Name{CommonName: "box 7"}}).Issue(t, chaintest.Options{}, host), like.Pool(), host, probe.TLSUnknownAuthority, probe.RootOther, false, true, "Contoso Web Inspection"},
		{"inspection dressed up with an appended root", dressed, like.Pool(), host, probe.TLSUnknownAuthority, probe.RootOther, false, true, "Contoso Web Inspection"},
		{"wrong host name", like.Issue(t, chaintest.Options{}, "portal.hotel.example"), like.Pool(), host, probe.TLSInvalidHostname, probe.RootAmazonNamed, true, false, "Amazon Root CA 1"},
		{"expired", like.Issue(t, chaintest.Options{NotBefore: time.Now().Add(-3 * hour), NotAfter: time.Now().Add(-hour)}, host), like.Pool(), host, probe.TLSExpired, probe.RootAmazonNamed, true, true, "Amazon Root CA 1"},
		{"not yet valid", like.Issue(t, chaintest.Options{NotBefore: time.Now().Add(hour)}, host), like.Pool(), host, probe.TLSExpired, probe.RootAmazonNamed, true, true, "Amazon Root CA 1"},
		{"expired and not trusted", inspector.Issue(t, chaintest.Options{NotBefore: time.Now().Add(-3 * hour), NotAfter: time.Now().Add(-hour)}, host), like.Pool(), host, probe.TLSUnknownAuthority, probe.RootOther, false, true, "Contoso"},
		{"not for servers", like.Issue(t, chaintest.Options{Usage: x509.ExtKeyUsageCodeSigning}, host), like.Pool(), host, probe.TLSInvalid, probe.RootAmazonNamed, false, true, "Amazon Root CA 1"},
		{"IPv4 literal", like.Issue(t, chaintest.Options{}, "192.0.2.7"), like.Pool(), "192.0.2.7", "", probe.RootAmazonNamed, true, true, "Amazon"},
		{"IPv6 literal in brackets with a zone", like.Issue(t, chaintest.Options{}, "2001:db8::7"), like.Pool(), "[2001:db8::7%eth0]", "", probe.RootAmazonNamed, true, true, "Amazon"},
		{"IP literal the certificate does not hold", like.Issue(t, chaintest.Options{}, host), like.Pool(), "192.0.2.7", probe.TLSInvalidHostname, probe.RootAmazonNamed, true, false, "Amazon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := against(t, c.server, c.roots, presenting(c.certificate))
			outcome := probe.Failed
			if c.failure == "" {
				outcome = probe.OK
			}
			r.want(t, outcome, c.failure)
			d := r.detail
			if d.Root != c.root || d.SystemTrust != c.trust || d.HostnameFits != c.fits || !strings.Contains(d.Issuer, c.issuer) {
				t.Errorf("root %s, trust %v, name %v, issuer %q", d.Root, d.SystemTrust, d.HostnameFits, d.Issuer)
			}
			if len(d.Chain) != len(c.certificate.Certificate) || d.ChainBytes == 0 || d.Version != "TLS 1.3" {
				t.Errorf("%d certificates, %d bytes, %s", len(d.Chain), d.ChainBytes, d.Version)
			}
		})
	}
}

func TestNothingIsSentAfterAFailedVerification(t *testing.T) {
	inspector := chaintest.New(t, contoso)
	var serverErr error
	r := against(t, host, x509.NewCertPool(), func(conn net.Conn) {
		s := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{inspector.Issue(t, chaintest.Options{}, host)}})
		serverErr = s.Handshake()
	})
	r.want(t, probe.Failed, probe.TLSUnknownAuthority)
	if serverErr == nil {
		t.Error("the handshake was finished towards a peer that was not verified")
	}
}

func TestPeersThatDoNotSpeakTLS(t *testing.T) {
	for name, c := range map[string]struct {
		serve   func(net.Conn)
		failure probe.Failure
		says    string
	}{
		"closes at once":         {func(c net.Conn) { c.Read(make([]byte, 4096)); c.Close() }, probe.EOF, ""},
		"resets after the hello": {func(c net.Conn) { c.Read(make([]byte, 10)); c.(*net.TCPConn).SetLinger(0); c.Close() }, probe.ConnectionReset, ""},
		"answers in plain HTTP":  {func(c net.Conn) { c.Read(make([]byte, 4096)); c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }, probe.TLSFailedHandshake, `"HTTP/"`},
		"refuses by alert":       {func(c net.Conn) { c.Read(make([]byte, 4096)); c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) }, probe.TLSFailedHandshake, "handshake failure"},
		"speaks only TLS 1.1": {func(c net.Conn) {
			tls.Server(c, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}).Handshake()
		}, probe.TLSFailedHandshake, ""},
		"sends a broken record":    {func(c net.Conn) { c.Read(make([]byte, 4096)); c.Write([]byte{22, 3, 3, 0xff, 0xff, 1, 2}) }, probe.TLSFailedHandshake, ""},
		"presents no parsable one": {presenting(tls.Certificate{Certificate: [][]byte{{0x30, 3, 1, 2, 3}}, PrivateKey: chaintest.New(t, contoso).Issue(t, chaintest.Options{}).PrivateKey}), probe.TLSInvalid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := against(t, host, nil, c.serve)
			r.want(t, probe.Failed, c.failure)
			if !strings.Contains(r.detail.Error, c.says) || r.detail.Error == "" || r.detail.Root != probe.RootUnknown {
				t.Errorf("error %q, root %s", r.detail.Error, r.detail.Root)
			}
		})
	}
}

func TestAPeerThatAcceptsAndSaysNothingIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		go func() {
			for b := make([]byte, 4096); ; {
				if _, err := server.Read(b); err != nil {
					return
				}
			}
		}()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		d, outcome, failure, conn := chain.Handshake(ctx, client, host, nil, chain.Options{})
		result{d, outcome, failure, conn}.want(t, probe.Silent, probe.Timeout)
		if took := time.Since(start); took != 2*time.Second || d.Error != "no byte came back" {
			t.Errorf("took %v, error %q", took, d.Error)
		}
	})
}

func TestACancelledHandshakeAccusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		d, outcome, failure, conn := chain.Handshake(ctx, client, host, nil, chain.Options{})
		result{d, outcome, failure, conn}.want(t, probe.NotRun, "")
	})
}

// counting counts what is read from a connection.
type counting struct {
	net.Conn
	read int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read += n
	return n, err
}

func TestAMegabyteOfCertificatesCostsLittle(t *testing.T) {
	authority := chaintest.New(t, contoso)
	big := authority.Issue(t, chaintest.Options{}, host)
	for len(big.Certificate) < 20 {
		extra := authority.Issue(t, chaintest.Options{Padding: 60_000}, host)
		big.Certificate = append(big.Certificate, extra.Certificate[0])
	}
	for name, serve := range map[string]func(net.Conn){
		"one message": presenting(big),
		"one message TLS 1.2": func(c net.Conn) {
			tls.Server(c, &tls.Config{Certificates: []tls.Certificate{big}, MaxVersion: tls.VersionTLS12}).Handshake()
		},
		"endless small records": func(c net.Conn) {
			// A handshake record of a ServerHello that never ends.
			for head := []byte{22, 3, 3, 0, 4, 2, 0, 255, 255}; ; head = []byte{22, 3, 3, 0, 1, 0} {
				if _, err := c.Write(head); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := tcpPair(t)
			done := make(chan struct{})
			go func() { defer close(done); serve(server) }()
			counted := &counting{Conn: client}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			d, outcome, failure, conn := chain.Handshake(t.Context(), counted, host, nil, chain.Options{})
			runtime.ReadMemStats(&after)
			server.Close()
			<-done
			result{d, outcome, failure, conn}.want(t, probe.Failed, probe.ReplyTooLarge)
			// The server writes its megabyte on the same heap: 20 MiB is its
			// share, of which a peer that only writes needs nothing.
			limit := uint64(20 << 20)
			if name == "endless small records" {
				limit = 2 << 20
			}
			if used := after.TotalAlloc - before.TotalAlloc; counted.read > 256<<10 || used > limit {
				t.Errorf("read %d bytes, allocated %d", counted.read, used)
			}
		})
	}
}

func TestTheBoundEndsWithTheHandshake(t *testing.T) {
	authority := chaintest.New(t, amazon)
	client, server := tcpPair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{authority.Issue(t, chaintest.Options{}, host)}})
		s.Write(make([]byte, 1<<20))
		s.Close()
	}()
	d, outcome, failure, conn := chain.Handshake(t.Context(), client, host, authority.Pool(), chain.Options{})
	result{d, outcome, failure, conn}.want(t, probe.OK, "")
	if n, err := io.Copy(io.Discard, conn); n != 1<<20 || err != nil {
		t.Errorf("read %d bytes: %v", n, err)
	}
	<-done
}

func TestManySmallCertificatesAreCutToTen(t *testing.T) {
	authority := chaintest.New(t, amazon)
	names := []string{host}
	for len(names) < 40 {
		names = append(names, strings.Repeat("x", len(names))+".example")
	}
	long := authority.Issue(t, chaintest.Options{}, names...)
	for len(long.Certificate) < 100 {
		long.Certificate = append(long.Certificate, authority.Certificate.Raw)
	}
	r := against(t, host, authority.Pool(), presenting(long))
	r.want(t, probe.OK, "")
	if len(r.detail.Chain) != 10 || len(r.detail.Chain[0].Names) != 8 {
		t.Errorf("kept %d certificates, %d names", len(r.detail.Chain), len(r.detail.Chain[0].Names))
	}
}

func TestTerminalEscapesInCertificatesAreStripped(t *testing.T) {
	evil := chaintest.New(t, pkix.Name{CommonName: "\x1b]0;owned\x07\x1b[31mAmazon\u202e", Organization: []string{"x\r\ny\u009b2J"}})
	r := against(t, "nothing\x1b[2J.example", nil, presenting(evil.Issue(t, chaintest.Options{Subject: pkix.Name{CommonName: "\x1b[8m" + strings.Repeat("w", 5000)}}, host)))
	r.want(t, probe.Failed, probe.TLSUnknownAuthority)
	b, err := json.Marshal(r.detail)
	if err != nil {
		t.Fatal(err)
	}
	assertPrintable(t, string(b))
	for _, c := range r.detail.Chain {
		if len(c.Subject) > 210 {
			t.Errorf("subject of %d bytes kept", len(c.Subject))
		}
	}
}

func assertPrintable(t testing.TB, s string) {
	t.Helper()
	var text any
	if err := json.Unmarshal([]byte(s), &text); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			for _, r := range v {
				if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
					t.Errorf("%U in %q", r, v)
				}
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(text)
}

func TestErrorsOfAConnectionAreClassified(t *testing.T) {
	for _, c := range []struct {
		err     error
		outcome probe.Outcome
		failure probe.Failure
	}{
		{&probe.NetError{Op: "receive", Failure: probe.HostUnreachable, Err: syscall.EHOSTUNREACH}, probe.Failed, probe.HostUnreachable},
		{&probe.NetError{Op: "receive", Failure: probe.Timeout, Err: context.DeadlineExceeded}, probe.Silent, probe.Timeout},
		{&probe.NetError{Op: "receive", Failure: probe.Interrupted, Err: net.ErrClosed}, probe.NotRun, ""},
		{&net.OpError{Op: "write", Err: syscall.EPIPE}, probe.Failed, probe.ConnectionReset},
		{context.Canceled, probe.NotRun, ""},
		{syscall.E2BIG, probe.Failed, probe.MalformedReply},
	} {
		if outcome, failure := chain.FailureOf(c.err, probe.MalformedReply); outcome != c.outcome || failure != c.failure {
			t.Errorf("%v: %s %q, want %s %q", c.err, outcome, failure, c.outcome, c.failure)
		}
	}
}
