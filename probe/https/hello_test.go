package https_test

import (
	"context"
	"crypto/tls"
	"crypto/x509/pkix"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/probe"
	"wsdoctor/probe/chain/chaintest"
	"wsdoctor/probe/probetest"
)

// deaf gives a server that treats the first bytes of every connection: a filter
// that sees no more than large of them lets them pass.
func deaf(large int, certificate tls.Certificate, end func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		first := make([]byte, 8192)
		n, err := c.Read(first)
		if err != nil {
			return
		}
		if n > large {
			end(c)
			return
		}
		saying("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhealthy")(tls.Server(&replay{c, first[:n]}, &tls.Config{Certificates: []tls.Certificate{certificate}}))
	}
}

// replay is a connection whose first bytes have been read already.
type replay struct {
	net.Conn
	first []byte
}

func (r *replay) Read(p []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(p, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}

func hang(c net.Conn)   { io.Copy(io.Discard, c) }
func hangUp(c net.Conn) {}

// sizes gives the size and phase of each handshake.
func sizes(seen []probe.Observation) (list []string) {
	for _, o := range seen {
		if d, is := o.Detail.(probe.TLSDetail); is {
			list = append(list, string(d.Hello)+" "+string(o.Outcome)+" "+string(d.Phase))
		}
	}
	return list
}

func TestAHandshakeWithoutAnAnswerIsTriedOnceMoreWithTheOtherSize(t *testing.T) {
	const all, some = 0, 600 // bytes that pass the filter
	for name, c := range map[string]struct {
		hello probe.HelloSize
		pass  int
		end   func(net.Conn)
		want  []string
		ends  probe.Operation
	}{
		"a large one is dropped for its size":  {probe.HelloLarge, some, hang, []string{"large silent hello-unacked", "small ok "}, probe.HTTPGet},
		"a large one is reset for its size":    {probe.HelloLarge, some, probetest.Reset, []string{"large failed reset-after-hello", "small ok "}, probe.HTTPGet},
		"a large one is closed for its size":   {probe.HelloLarge, some, hangUp, []string{"large failed closed-after-hello", "small ok "}, probe.HTTPGet},
		"both are dropped for their content":   {probe.HelloSmall, all, hang, []string{"small silent hello-unacked", "large silent hello-unacked"}, probe.TLSHandshake},
		"both are reset for their content":     {"", all, probetest.Reset, []string{"small failed reset-after-hello", "large failed reset-after-hello"}, probe.TLSHandshake},
		"an answer needs no second":            {probe.HelloLarge, 9000, hang, []string{"large ok "}, probe.HTTPGet},
		"a wrong certificate needs no second":  {probe.HelloSmall, -1, hang, []string{"small failed "}, probe.TLSHandshake},
		"a size nobody knows is the small one": {"enormous", some, hang, []string{"small ok "}, probe.HTTPGet},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ca := chaintest.New(t, pkix.Name{CommonName: "Test Root"})
				certificate, pass := ca.Issue(t, chaintest.Options{}, host), c.pass
				if pass < 0 {
					certificate, pass = ca.Issue(t, chaintest.Options{}, "other.example"), 9000
				}
				n := probetest.New().On(probe.TCP, "192.0.2.1:443", probetest.Accept(20*ms, deaf(pass, certificate, c.end)))
				n.CAs = ca.Pool()
				n.Info = func(netip.AddrPort) (probe.TCPInfo, bool) { return probe.TCPInfo{}, true }
				asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "healthy")
				asked.Hello = c.hello
				start := time.Now()
				seen := ask(t.Context(), n, asked)
				checkStored(t, seen)
				if diff := cmp.Diff(c.want, sizes(seen)); diff != "" || seen[len(seen)-1].Operation != c.ends || seen[0].Operation != probe.TCPConnect {
					t.Errorf("ends with %s; handshakes (-want +got):\n%s", seen[len(seen)-1].Operation, diff)
				}
				if took := time.Since(start); took > 3500*ms || len(n.Sent()) != len(c.want) {
					t.Errorf("took %v and %d connections", took, len(n.Sent()))
				}
				for _, o := range seen {
					if o.Address != "192.0.2.1" {
						t.Errorf("%s at %q", o.Operation, o.Address)
					}
				}
			})
		})
	}
}

func TestASecondHandshakeGoesToTheSameAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New()
		for _, at := range []string{"192.0.2.1:443", "192.0.2.2:443"} {
			n.On(probe.TCP, at, probetest.Accept(20*ms, hang))
		}
		asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "")
		asked.Addresses = append(asked.Addresses, netip.MustParseAddr("192.0.2.2"))
		ask(t.Context(), n, asked)
		for _, s := range n.Sent() {
			if s.To.Addr() != asked.Addresses[0] {
				t.Errorf("connected to %s", s.To)
			}
		}
	})
}

// Whoever dislikes a ClientHello may shut the sender out for a while.
func TestNoSecondConnectionIsASkippedHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reset := deaf(0, tls.Certificate{}, probetest.Reset)
		n := probetest.New().On(probe.TCP, "192.0.2.1:443", probetest.Sequence(probetest.Accept(20*ms, reset), probetest.Refuse(20*ms)))
		seen := ask(t.Context(), n, target(netip.MustParseAddrPort("192.0.2.1:443"), ""))
		checkStored(t, seen)
		d := want[probe.TLSDetail](t, seen, tcpOK, "tls_handshake failed connection_reset", "tls_handshake skipped connection_refused")
		if d.Hello != probe.HelloLarge || d.HelloBytes != 0 {
			t.Errorf("%+v", d)
		}
	})
}

func TestTheSecondHandshakeNeedsItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, "192.0.2.1:443", probetest.Accept(20*ms, hang))
		ctx, cancel := context.WithTimeout(t.Context(), 1390*ms) // the first takes 1.17 s, another needs 0.225 s
		defer cancel()
		want[probe.TLSDetail](t, ask(ctx, n, target(netip.MustParseAddrPort("192.0.2.1:443"), "")), tcpOK, "tls_handshake silent generic_timeout_error")
	})
}

func TestTheSecondHandshakeAsksTheProxyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		connects := 0
		proxy := func(c net.Conn) {
			readRequest(c)
			connects++
			c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
			hang(c)
		}
		n := probetest.New().On(probe.TCP, "192.0.2.8:3128", probetest.Accept(20*ms, proxy))
		asked := target(netip.MustParseAddrPort("192.0.2.1:443"), "")
		asked.Proxy = "http://192.0.2.8:3128"
		const silent = "tls_handshake silent generic_timeout_error"
		d := want[probe.TLSDetail](t, ask(t.Context(), n, asked), "proxy_connect ok", silent, silent)
		if connects != 2 || d.Via != "192.0.2.8:3128" {
			t.Errorf("%d CONNECTs, via %q", connects, d.Via)
		}
	})
}
