package servers

import (
	"context"
	"crypto/tls"
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

// Web plays every HTTPS and HTTP service of AWS, told apart by name.
type Web struct {
	Stack  Stack
	CA     *Authority
	Evil   *Authority // signs where a fault says that somebody else does
	Faults []Fault
	Ahead  time.Duration           // how far the service's clock is ahead of this computer's
	Egress func(netip.Addr) string // what the address echo says of a peer
}

var errSpoilt = errors.New("the scenario ends this handshake")

// tlsFaults spoil a handshake before the certificate is chosen. They end the
// connection themselves.
var tlsFaults = map[string]func(c net.Conn){
	"reset": reset,
	"hang":  func(c net.Conn) { _ = c.SetDeadline(time.Now().Add(patience)); _, _ = io.Copy(io.Discard, c) },
	"garbage": func(c net.Conn) {
		_, _ = c.Write([]byte("\x1b[2J\x00\xffnot TLS at all\r\n" + strings.Repeat("\x00\x17\xfe", 400)))
		c.Close()
	},
}

// chainFaults present a chain of their own.
var chainFaults = map[string]func(w *Web, name string) (*tls.Certificate, error){
	"wrong-name": func(w *Web, _ string) (*tls.Certificate, error) { return w.CA.Leaf("intranet.contoso.example", 0) },
	"expired":    func(w *Web, name string) (*tls.Certificate, error) { return w.CA.Expired(name) },
	"big-chain":  func(w *Web, name string) (*tls.Certificate, error) { return w.CA.Big(name, 1<<20) },
	"escapes":    func(w *Web, name string) (*tls.Certificate, error) { return w.Evil.Leaf(name, 0) },
}

// pageFaults answer the request instead of the service.
var pageFaults = map[string]http.HandlerFunc{
	"error-503": func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
	},
	"escapes": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "x\x1b[31mowned")
		_, _ = io.WriteString(w, "<title>\x1b]0;owned\x07\u202ehealthy</title>")
	},
	"endless": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		block := []byte(strings.Repeat("<!-- and so on -->", 1000))
		for r.Context().Err() == nil {
			if _, err := w.Write(block); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	},
}

// WebFaults lists the ways a Web misbehaves.
func WebFaults() []string {
	list := slices.Collect(maps.Keys(tlsFaults))
	list = slices.AppendSeq(list, maps.Keys(chainFaults))
	return slices.AppendSeq(list, maps.Keys(pageFaults))
}

// ServeTLS answers HTTPS at an address.
func (w *Web) ServeTLS(at netip.AddrPort) error {
	l, err := w.Stack.Listen(at)
	if err != nil {
		return err
	}
	w.serve(tls.NewListener(l, w.config()))
	return nil
}

// ServePlain answers HTTP at an address.
func (w *Web) ServePlain(at netip.AddrPort) error {
	l, err := w.Stack.Listen(at)
	if err != nil {
		return err
	}
	w.serve(l)
	return nil
}

func (w *Web) serve(l net.Listener) {
	s := &http.Server{Handler: w, ErrorLog: quiet, ReadTimeout: patience}
	go func() { _ = s.Serve(l) }()
}

func (w *Web) config() *tls.Config {
	base := w.CA.ServerConfig(w.Ahead)
	base.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		f, wrong := find(w.Faults, h.ServerName)
		if !wrong {
			return nil, nil
		}
		if spoil := tlsFaults[f.Kind]; spoil != nil {
			spoil(h.Conn)
			return nil, errSpoilt
		}
		if chain := chainFaults[f.Kind]; chain != nil {
			c, err := chain(w, nameOf(h))
			if err != nil {
				return nil, err
			}
			return &tls.Config{NextProtos: base.NextProtos, Certificates: []tls.Certificate{*c}}, nil
		}
		return nil, nil
	}
	return base
}

// ServeHTTP answers as the service that the Host header names.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	rw.Header().Set("Date", time.Now().Add(w.Ahead).UTC().Format(http.TimeFormat))
	if f, wrong := find(w.Faults, host); wrong && r.TLS != nil {
		if page := pageFaults[f.Kind]; page != nil {
			page(rw, r)
			return
		}
	}
	switch {
	case strings.HasPrefix(host, "ws-broker-service") && r.URL.Path == "/ping":
		_, _ = io.WriteString(rw, "healthy")
	case strings.HasPrefix(host, "checkip."):
		peer, _ := netip.ParseAddrPort(r.RemoteAddr)
		_, _ = io.WriteString(rw, w.Egress(peer.Addr().Unmap())+"\n")
	case r.TLS == nil:
		http.Redirect(rw, r, "https://"+host+r.URL.RequestURI(), http.StatusMovedPermanently)
	case strings.HasSuffix(host, ".cloudfront.net"):
		rw.Header().Set("Server", "CloudFront")
		rw.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(rw, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>`)
	case strings.HasPrefix(host, "skylight-") || strings.HasPrefix(host, "ws-") || strings.HasPrefix(host, "workspaces"):
		rw.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(rw, `{"__type":"UnknownOperationException"}`)
	default:
		_, _ = io.WriteString(rw, "<!doctype html><title>Amazon WorkSpaces</title><p>OK</p>")
	}
}

// Stream serves streaming ports: they speak TLS and then wait.
type Stream struct {
	Stack Stack
	CA    *Authority
	Name  string // of the default certificate
	Ahead time.Duration
	Own   bool // has no other certificate
}

// Serve accepts at an address.
func (s *Stream) Serve(at netip.AddrPort) error {
	l, err := s.Stack.Listen(at)
	if err != nil {
		return err
	}
	config := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		name := h.ServerName
		if name == "" || s.Own {
			name = s.Name
		}
		return s.CA.Leaf(name, s.Ahead)
	}}
	go accept(l, func(c net.Conn) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		t := tls.Server(c, config)
		if t.HandshakeContext(ctx) == nil {
			_, _ = io.Copy(io.Discard, t)
		}
	})
	return nil
}
