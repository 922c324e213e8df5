package servers

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Lookup gives the address behind a name, for machines in the middle that have
// their own resolver.
type Lookup func(host string) (netip.Addr, bool)

// Proxy is a web proxy that understands CONNECT and nothing else.
type Proxy struct {
	Stack  Stack
	Lookup Lookup
	Mode   string // see proxyModes; empty: it connects
}

// proxyModes are the ways a proxy says no. An empty text means silence.
var proxyModes = map[string]string{
	"auth":   "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"Contoso\"\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n",
	"deny":   "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
	"broken": "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
	"hang":   "",
	"escape": "HTTP/1.1 403 \x1b[31mowned\x1b]0;t\x07\r\nContent-Length: 0\r\n\r\n",
	"noise":  "\x00\x01\x02 this is no HTTP \xff\xfe\r\n\r\n",
}

// ProxyModes lists the ways a Proxy says no.
func ProxyModes() []string { return slices.Collect(maps.Keys(proxyModes)) }

// Serve accepts clients at an address.
func (p *Proxy) Serve(at netip.AddrPort) error {
	l, err := p.Stack.Listen(at)
	if err != nil {
		return err
	}
	go accept(l, p.client)
	return nil
}

func (p *Proxy) client(c net.Conn) {
	_ = c.SetReadDeadline(time.Now().Add(patience))
	br := bufio.NewReader(c)
	r, err := http.ReadRequest(br)
	if err != nil {
		return
	}
	if no, refuses := proxyModes[p.Mode]; refuses {
		_, _ = io.WriteString(c, no)
		if no == "" {
			_, _ = io.Copy(io.Discard, c)
		}
		return
	}
	up, err := p.connect(r)
	if err != nil {
		_, _ = io.WriteString(c, proxyModes["broken"])
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	splice(&replay{c, br}, up)
}

func (p *Proxy) connect(r *http.Request) (net.Conn, error) {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || r.Method != http.MethodConnect {
		return nil, errors.New("no CONNECT request")
	}
	addr, known := p.Lookup(host)
	if !known {
		return nil, errors.New("unknown host")
	}
	to, err := netip.ParseAddrPort(net.JoinHostPort(addr.String(), port))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return p.Stack.Dial(ctx, "tcp", to)
}

// Interceptor stands in the way of HTTPS connections that a firewall redirects
// to it. It signs again with its own authority, or resets connections to some
// names and lets the others through untouched.
type Interceptor struct {
	Stack  Stack
	Lookup Lookup
	CA     *Authority        // signs; nil: nothing is opened
	Trust  *x509.Certificate // the authority of the real servers
	Reset  []string          // names whose connections are reset after the ClientHello
	Only   []string          // names that are opened; none means all
}

// Serve takes redirected connections at an address.
func (i *Interceptor) Serve(at netip.AddrPort) error {
	l, err := i.Stack.Listen(at)
	if err != nil {
		return err
	}
	go accept(l, i.client)
	return nil
}

func (i *Interceptor) client(c net.Conn) {
	name, c := peek(c)
	if slices.Contains(i.Reset, name) {
		reset(c)
		return
	}
	addr, known := i.Lookup(name)
	if !known {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	up, err := i.Stack.Dial(ctx, "tcp", netip.AddrPortFrom(addr, 443))
	if err != nil {
		return
	}
	if i.CA == nil || len(i.Only) > 0 && !slices.Contains(i.Only, name) {
		splice(c, up)
		return
	}
	roots := x509.NewCertPool()
	roots.AddCert(i.Trust)
	outer := tls.Client(up, &tls.Config{ServerName: name, RootCAs: roots, NextProtos: []string{"http/1.1"}})
	inner := tls.Server(c, i.CA.ServerConfig(0))
	if outer.HandshakeContext(ctx) != nil || inner.HandshakeContext(ctx) != nil {
		up.Close()
		return
	}
	splice(inner, outer)
}

// peek reads the name in a ClientHello and gives the connection back unread.
func peek(c net.Conn) (string, net.Conn) {
	var seen bytes.Buffer
	var name string
	_ = c.SetReadDeadline(time.Now().Add(patience))
	_ = tls.Server(&listenOnly{c, io.TeeReader(c, &seen)}, &tls.Config{
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			name = strings.ToLower(h.ServerName)
			return nil, errSpoilt
		},
	}).Handshake()
	_ = c.SetReadDeadline(time.Time{})
	return name, &replay{c, io.MultiReader(&seen, c)}
}

// replay is a connection whose first bytes were already read.
type replay struct {
	net.Conn
	r io.Reader
}

func (c *replay) Read(b []byte) (int, error) { return c.r.Read(b) }

// SetLinger lets reset reach the connection behind.
func (c *replay) SetLinger(sec int) error {
	if t, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return t.SetLinger(sec)
	}
	return nil
}

// listenOnly is a connection on which nothing can be said.
type listenOnly struct {
	net.Conn
	r io.Reader
}

func (c *listenOnly) Read(b []byte) (int, error)  { return c.r.Read(b) }
func (c *listenOnly) Write(b []byte) (int, error) { return len(b), nil }
func (c *listenOnly) Close() error                { return nil }

// Portal is a hotspot's sign-in page: every plain request is sent to it, and
// HTTPS gets its certificate.
type Portal struct {
	Stack Stack
	CA    *Authority
	Name  string // of the sign-in host
	Login string // "redirect" (302 to the sign-in host) or "page" (200 with the page itself)
}

// Serve answers HTTP at plain and HTTPS at secure; an invalid address leaves
// that one out.
func (p *Portal) Serve(plain, secure netip.AddrPort) error {
	if plain.IsValid() {
		l, err := p.Stack.Listen(plain)
		if err != nil {
			return err
		}
		p.serve(l)
	}
	if secure.IsValid() {
		l, err := p.Stack.Listen(secure)
		if err != nil {
			return err
		}
		p.serve(tls.NewListener(l, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return p.CA.Leaf(p.Name, 0)
		}}))
	}
	return nil
}

func (p *Portal) serve(l net.Listener) {
	s := &http.Server{
		ErrorLog:    quiet,
		ReadTimeout: patience,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if p.Login == "redirect" && r.Host != p.Name {
				http.Redirect(w, r, "http://"+p.Name+"/login?from="+r.Host, http.StatusFound)
				return
			}
			_, _ = io.WriteString(
				w,
				"<!doctype html><title>Welcome to Hotel WiFi</title><form>Room number and last name</form>",
			)
		}),
	}
	go func() { _ = s.Serve(l) }()
}
