package lab

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// How often the witness tries each element over TCP and over UDP, and how far
// apart its datagrams are.
const (
	connectionTries = 3
	datagramTries   = 40
	datagramGap     = 3 * time.Millisecond
)

// witness is an independent client at the client's place, which shares no code
// with the program under test.
type witness struct {
	n        *network
	v        *services
	patience time.Duration
	resolver *net.Resolver
}

// testify tries every element of a random world, after the command has ended,
// and says what it found.
func (n *network) testify(v *services) map[Element]Tried {
	w := witness{n: n, v: v, patience: 3*n.scenario.Link.RTT + 500*time.Millisecond}
	w.resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, to string) (net.Conn, error) {
		at, err := netip.ParseAddrPort(to)
		if err != nil {
			return nil, err
		}
		return n.command().Dial(ctx, network[:3], at)
	}}
	found := map[Element]Tried{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for e, try := range map[Element]func() Tried{
		SignIn: w.signIn, ByProxy: w.byProxy,
		T4172: func() Tried { return w.connections(4172) }, T4195: func() Tried { return w.connections(4195) },
		U4172: func() Tried { return w.datagrams(4172) }, U4195: func() Tried { return w.datagrams(4195) },
	} {
		all.Go(func() {
			r := try()
			mu.Lock()
			found[e] = r
			mu.Unlock()
		})
	}
	all.Wait()
	return found
}

// lookup gives a name's addresses of the family that everything has, as this computer's programs see them.
func (w witness) lookup(name string) (list []netip.Addr, err error) {
	family := "ip4"
	if d := w.n.scenario.drawn(); d != nil && d.SixOnly != "" {
		family = "ip6"
	}
	for range connectionTries {
		ctx, cancel := context.WithTimeout(context.Background(), w.patience+slowAnswer)
		list, err = w.resolver.LookupNetIP(ctx, family, name)
		cancel()
		if lost := (*net.DNSError)(nil); err == nil || errors.As(err, &lost) && !lost.IsTimeout {
			break
		}
	}
	return list, err
}

// connections tries a streaming port, with small and with large messages, at
// several addresses.
func (w witness) connections(port uint16) Tried {
	list, err := w.lookup(healthHost)
	if err != nil {
		return Tried{Of: connectionTries, Why: err.Error()}
	}
	r := Tried{Of: connectionTries}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range connectionTries {
		for _, size := range []int{witnessSmall, witnessLarge} {
			all.Go(func() {
				err := w.exchange(netip.AddrPortFrom(list[(i+1)%len(list)].Unmap(), port), size)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					r.Why = err.Error()
				case size == witnessSmall:
					r.Small++
				default:
					r.Large++
				}
			})
		}
	}
	all.Wait()
	return r
}

func (w witness) exchange(to netip.AddrPort, size int) error {
	ctx, cancel := context.WithTimeout(context.Background(), w.patience)
	defer cancel()
	c, err := w.n.command().Dial(ctx, "tcp", to)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(w.patience))
	if _, err := c.Write(witnessMessage(size)); err != nil {
		return err
	}
	_, err = io.ReadFull(c, make([]byte, size))
	return err
}

// datagrams counts those that come back.
func (w witness) datagrams(port uint16) Tried {
	list, err := w.lookup(healthHost)
	if err != nil {
		return Tried{Of: datagramTries, Why: err.Error()}
	}
	c, err := w.n.command().Dial(context.Background(), "udp", netip.AddrPortFrom(list[len(list)-1].Unmap(), port))
	if err != nil {
		return Tried{Of: datagramTries, Why: err.Error()}
	}
	defer c.Close()
	go func() {
		for range datagramTries {
			_, _ = c.Write(witnessMessage(witnessSmall))
			time.Sleep(datagramGap)
		}
	}()
	r := Tried{Of: datagramTries}
	_ = c.SetReadDeadline(time.Now().Add(w.patience + datagramTries*datagramGap))
	b := make([]byte, 2*witnessSmall)
	for r.Small < datagramTries {
		n, err := c.Read(b)
		if err != nil {
			if r.Why = err.Error(); strings.Contains(r.Why, "timeout") {
				break
			}
			time.Sleep(datagramGap) // an ICMP error ends nothing
			continue
		}
		if bytes.Equal(b[:n], witnessMessage(witnessSmall)) {
			r.Small++
		}
	}
	r.Large = r.Small
	return r
}

// signIn counts the hosts that show a chain of AWS's authority for their name.
func (w witness) signIn() Tried {
	roots := x509.NewCertPool()
	roots.AddCert(w.v.amazon.Root())
	r := Tried{Of: len(neededNames)}
	var mu sync.Mutex
	var every sync.WaitGroup
	for _, name := range neededNames {
		every.Go(func() {
			err := w.genuine(name, roots)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				r.Small++
			} else {
				r.Why += name + ": " + err.Error() + " "
			}
		})
	}
	every.Wait()
	if r.Small < r.Of { // one host is enough to keep a user out
		r.Small = 0
	}
	r.Large = r.Small
	return r
}

func (w witness) genuine(name string, roots *x509.CertPool) (err error) {
	list, err := w.lookup(name)
	if err != nil {
		return err
	}
	for range connectionTries { // a lost packet is no closed port
		if err = w.handshake(netip.AddrPortFrom(list[0].Unmap(), 443), name, roots); err == nil {
			return nil
		}
	}
	return err
}

func (w witness) handshake(to netip.AddrPort, name string, roots *x509.CertPool) error {
	ctx, cancel := context.WithTimeout(context.Background(), w.patience)
	defer cancel()
	c, err := w.n.command().Dial(ctx, "tcp", to)
	if err != nil {
		return err
	}
	defer c.Close()
	return tls.Client(c, &tls.Config{ServerName: name, RootCAs: roots}).HandshakeContext(ctx)
}

// byProxy asks the configured proxy for a connection, where there is one.
func (w witness) byProxy() Tried {
	const key = "HTTPS_PROXY=http://"
	for _, v := range w.n.scenario.environment() {
		at, is := strings.CutPrefix(v, key)
		if !is {
			continue
		}
		r := Tried{Of: 1}
		if err := w.connectBy(at); err != nil {
			r.Why = err.Error()
		} else {
			r.Small, r.Large = 1, 1
		}
		return r
	}
	return Tried{}
}

func (w witness) connectBy(proxy string) error {
	ctx, cancel := context.WithTimeout(context.Background(), w.patience)
	defer cancel()
	to, err := netip.ParseAddrPort(proxy)
	if err != nil {
		return err
	}
	c, err := w.n.command().Dial(ctx, "tcp", to)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(w.patience))
	fmt.Fprintf(c, "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n", brokerHost, brokerHost)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the proxy says %d", answer.StatusCode)
	}
	return nil
}
