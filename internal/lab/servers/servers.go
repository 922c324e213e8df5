// Package servers holds the servers of the simulated internet: name servers,
// HTTPS services with certificates of their own authority, streaming ports,
// STUN and QUIC responders, a domain controller and its clock, a web proxy, an
// HTTPS interceptor and a hotspot's sign-in page, together with the ways each of
// them can misbehave.
//
// A server is given a Stack to listen on and never opens a socket otherwise, so
// the same server runs in a network namespace and on loopback ports. Servers
// run until their Stack is closed or the process ends; they report nothing,
// because what they do is seen by the client. Nothing here knows of namespaces,
// scenarios or verdicts.
package servers

import (
	"context"
	"io"
	"log"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Stack is where a server listens and from where it connects.
type Stack interface {
	Listen(at netip.AddrPort) (net.Listener, error)
	ListenPacket(at netip.AddrPort) (net.PacketConn, error)
	Dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error)
}

// Fault is one way a server misbehaves, for some names or for all.
type Fault struct {
	Kind      string       // see the table of the server
	Names     []string     // names it is about; none means all
	Addresses []netip.Addr // what a lying name server answers
	Delay     time.Duration
}

// find gives the first fault about a name.
func find(faults []Fault, name string) (Fault, bool) {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	for _, f := range faults {
		if len(f.Names) == 0 || slices.Contains(f.Names, name) {
			return f, true
		}
	}
	return Fault{}, false
}

// quiet swallows what net/http would print: a client that hangs up is no news.
var quiet = log.New(io.Discard, "", 0)

// accept hands every connection of l to handle, until l is closed.
func accept(l net.Listener, handle func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			handle(c)
		}()
	}
}

// reset closes a connection with RST instead of FIN.
func reset(c net.Conn) {
	if t, ok := c.(interface{ SetLinger(int) error }); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// Silent serves ports that accept and never say a word.
func Silent(s Stack, at ...netip.AddrPort) error {
	for _, a := range at {
		l, err := s.Listen(a)
		if err != nil {
			return err
		}
		go accept(l, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	}
	return nil
}

// Resetting serves a port that accepts and resets a connection at its first data.
func Resetting(s Stack, at netip.AddrPort) error {
	l, err := s.Listen(at)
	if err != nil {
		return err
	}
	go accept(l, func(c net.Conn) {
		if n, _ := c.Read(make([]byte, 4096)); n > 0 {
			reset(c)
		}
	})
	return nil
}

// Relay serves a port that accepts at once, and then connects to another place,
// as programs do that look into connections and pass them on. It passes nothing on.
func Relay(s Stack, at, to netip.AddrPort) error {
	l, err := s.Listen(at)
	if err != nil {
		return err
	}
	go accept(l, func(c net.Conn) {
		ctx, cancel := context.WithTimeout(context.Background(), relayPatience)
		defer cancel()
		if up, err := s.Dial(ctx, "tcp", to); err == nil {
			defer up.Close()
		}
		_, _ = io.Copy(io.Discard, c)
	})
	return nil
}

// relayPatience bounds the connection onwards.
const relayPatience = 2 * time.Second

// splice copies both ways until one side ends.
func splice(a, b net.Conn) {
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			done <- struct{}{}
		}()
	}
	<-done
	a.Close()
	b.Close()
	<-done
}

// patience bounds what a server waits for from its client or its upstream.
const patience = 20 * time.Second
