package https_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain/chaintest"
	"wsdoctor/probe/probetest"
)

// forwarding is a working CONNECT proxy to one address; the request's header
// goes to got.
func forwarding(to netip.AddrPort, got chan<- string) func(net.Conn) {
	return func(conn net.Conn) {
		got <- readRequest(conn)
		far, err := net.Dial("tcp", to.String())
		if err != nil {
			return
		}
		defer far.Close()
		io.WriteString(conn, "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n")
		go func() { io.Copy(far, conn); far.Close() }()
		io.Copy(conn, far)
	}
}

func TestThroughAProxy(t *testing.T) {
	ca := chaintest.New(t, amazon)
	site := website(t, ca.Issue(t, chaintest.Options{}, host), func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "" || r.Header.Get("Authorization") != "" {
			t.Error("credentials were sent to the target")
		}
		io.WriteString(w, "healthy")
	})
	got := make(chan string, 1)
	proxy := listening(t, forwarding(site, got))
	n := &network{dial: loopback, roots: ca.Pool(), resolve: func(family, name string) ([]netip.Addr, error) {
		if family == "ip4" && name == "proxy.example" {
			return []netip.Addr{proxy.Addr()}, nil
		}
		return nil, &net.DNSError{Name: name, IsNotFound: true}
	}}
	asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy")
	asked.Proxy = fmt.Sprintf("http://user:secret@proxy.example:%d", proxy.Port())
	seen := ask(t.Context(), n, asked)
	d := want[probe.HTTPDetail](t, seen, "proxy_connect ok", tlsOK, getOK)
	via := fmt.Sprintf("proxy.example:%d", proxy.Port())
	if sent := <-got; sent != "CONNECT "+host+":443 HTTP/1.1\r\nHost: "+host+":443\r\nUser-Agent: wsdoctor\r\nAccept: */*\r\nConnection: close\r\n\r\n" {
		t.Errorf("sent %q", sent)
	}
	p, s := seen[0].Detail.(probe.ProxyConnectDetail), seen[1].Detail.(probe.TLSDetail)
	if p.Reached != "target" || p.Proxy != via || p.Status != 200 || p.Reason != "Connection established" || s.Via != via || d.Via != via || !d.Healthy {
		t.Errorf("%+v\n%+v\n%+v", p, s, d)
	}
	if _, known := n.rtt.Smoothed(); known {
		t.Error("the proxy's round trip was taken for the path's")
	}
}

func TestAProxyThatDoesNotConnect(t *testing.T) {
	for name, c := range map[string]struct {
		serve   func(net.Conn)
		failure probe.Failure
		status  int
		schemes string
	}{
		"wants a login": {saying("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM, Basic realm=\"a, b\"\r\nContent-Length: 0\r\n\r\n"), probe.ProxyAuthRequired, 407, "[Negotiate NTLM Basic]"},
		"forbids":       {saying("HTTP/1.1 403 \x1b[31mForbidden\r\n\r\n<html>"), probe.ProxyRefused, 403, "[]"},
		"cannot reach":  {saying("HTTP/1.1 502 Bad Gateway\r\n\r\n"), probe.ProxyRefused, 502, "[]"},
		"redirects":     {saying("HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n"), probe.ProxyRefused, 302, "[]"},
		"closes":        {func(conn net.Conn) { readRequest(conn) }, probe.EOF, 0, "[]"},
		"resets":        {func(conn net.Conn) { conn.Read(make([]byte, 3)); conn.(*net.TCPConn).SetLinger(0) }, probe.ConnectionReset, 0, "[]"},
		"is no proxy":   {saying("220 mail.example ESMTP\r\n"), probe.MalformedReply, 0, "[]"},
		"never ends its headers": {func(conn net.Conn) {
			readRequest(conn)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := io.WriteString(conn, strings.Repeat("A: b\r\n", 100)); err != nil {
					return
				}
			}
		}, probe.ReplyTooLarge, 0, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			at := listening(t, c.serve)
			asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy")
			asked.Proxy = "http://" + at.String()
			d := want[probe.ProxyConnectDetail](t, ask(t.Context(), &network{dial: loopback}, asked), "proxy_connect failed "+string(c.failure))
			if d.Reached != "proxy" || d.Status != c.status || fmt.Sprint(d.AuthSchemes) != c.schemes {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestAProxyThatHangsIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, "192.0.2.8:3128", probetest.Accept(ms, nil))
		asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy")
		asked.Proxy = "http://192.0.2.8:3128"
		start := time.Now()
		d := want[probe.ProxyConnectDetail](t, ask(t.Context(), n, asked), "proxy_connect silent generic_timeout_error")
		if took := time.Since(start); d.Reached != "proxy" || took > 5*time.Second {
			t.Errorf("reached %s after %v", d.Reached, took)
		}
	})
}

func TestAProxyThatCannotBeReached(t *testing.T) {
	failing := func(err error) func(string, string) ([]netip.Addr, error) {
		return func(string, string) ([]netip.Addr, error) { return nil, err }
	}
	refused := func(err *probe.NetError) *network {
		return &network{dial: func(context.Context, netip.AddrPort) (net.Conn, error) { return nil, err }}
	}
	icmp := &probe.ICMPError{Offender: netip.MustParseAddr("10.0.0.1"), Type: 3, Code: 13}
	for name, c := range map[string]struct {
		n       *network
		proxy   string
		outcome probe.Outcome
		failure probe.Failure
	}{
		"refused":                   {refused(&probe.NetError{Op: "connect", Failure: probe.ConnectionRefused, Err: errors.New("refused")}), "http://192.0.2.8:3128", probe.Failed, probe.ConnectionRefused},
		"a router forbids":          {refused(&probe.NetError{Op: "connect", Failure: probe.AdministrativelyProhibited, ICMP: icmp, Err: errors.New("no")}), "192.0.2.8:3128", probe.Failed, probe.AdministrativelyProhibited},
		"its name does not exist":   {&network{}, "http://proxy.example:3128", probe.Failed, probe.DNSNXDomain},
		"its name server is silent": {&network{resolve: failing(&net.DNSError{IsTimeout: true})}, "http://proxy.example:3128", probe.Silent, probe.Timeout},
		"its name server is broken": {&network{resolve: failing(&net.DNSError{IsTemporary: true})}, "http://proxy.example:3128", probe.Failed, probe.DNSTemporary},
		"its name has no address":   {&network{resolve: failing(nil)}, "http://proxy.example:3128", probe.Failed, probe.DNSNoAnswer},
		"another scheme":            {&network{}, "socks5://u:secret@proxy.example:1080", probe.Skipped, probe.Unsupported},
		"nonsense":                  {&network{}, "http://u:secret@proxy example:%zz", probe.Skipped, ""},
		"no port":                   {&network{}, "http://u:secret@proxy.example:0", probe.Skipped, ""},
	} {
		t.Run(name, func(t *testing.T) {
			asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy")
			asked.Proxy = c.proxy
			d := want[probe.ProxyConnectDetail](t, ask(t.Context(), c.n, asked), strings.TrimSpace(fmt.Sprintf("proxy_connect %s %s", c.outcome, c.failure)))
			if d.Reached != "none" || d.Error == "" || strings.Contains(fmt.Sprint(d), "secret") || (d.ICMP != nil) != (c.failure == probe.AdministrativelyProhibited) {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestPlainHTTPThroughAProxyIsInAbsoluteForm(t *testing.T) {
	requests := make(chan *http.Request, 2)
	at := listening(t, func(conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		requests <- r
		io.WriteString(conn, reply("407 Proxy Authentication Required", "Proxy-Authenticate: Basic\r\n", ""))
	})
	asked := probe.Target{Scheme: "http", Host: "checkip.amazonaws.com", Expect: "ip", Proxy: "http://" + at.String()}
	seen := ask(t.Context(), &network{dial: loopback}, asked)
	d := want[probe.HTTPDetail](t, seen, "proxy_connect ok", "http_get failed proxy_auth_required")
	if r := <-requests; r.RequestURI != "http://checkip.amazonaws.com/" || r.Host != "checkip.amazonaws.com" || d.Via != at.String() {
		t.Errorf("asked %q of host %q via %q", r.RequestURI, r.Host, d.Via)
	}
	if p := seen[0].Detail.(probe.ProxyConnectDetail); p.Reached != "proxy" || p.Status != 0 {
		t.Errorf("%+v", p)
	}
}

func TestTheSlowFamilyOfAProxysNameIsNotAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &slowSix{Net: probetest.New().On(probe.TCP, "192.0.2.8:3128", probetest.Accept(10*ms, saying(reply("403 No", "", ""))))}
		asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy")
		asked.Proxy = "http://proxy.example:3128"
		start := time.Now()
		want[probe.ProxyConnectDetail](t, ask(t.Context(), n, asked), "proxy_connect failed proxy_refused")
		if took := time.Since(start); took > 100*ms {
			t.Errorf("took %v", took)
		}
	})
}

// slowSix resolves IPv4 at once and IPv6 never.
type slowSix struct{ *probetest.Net }

func (s *slowSix) Resolve(ctx context.Context, family, _ string) ([]netip.Addr, error) {
	if family == "ip4" {
		return []netip.Addr{netip.MustParseAddr("192.0.2.8")}, nil
	}
	<-ctx.Done()
	return nil, &net.DNSError{IsTimeout: true}
}
