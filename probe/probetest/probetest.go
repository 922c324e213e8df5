// Package probetest is a scripted probe.Network for the tests of probers. It
// opens no socket: every address and port behaves as its script says, on the
// clock of time, so that a test inside testing/synctest decides every moment.
//
// Start with New, give it scripts (Silent, Refuse, ICMP, Deny, Accept, Answer,
// Sequence), hand it to a prober, and look at Sent afterwards. An address
// without a script is silent.
package probetest

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"wsdoctor/probe"
)

// Script says how one transport, address and port behaves.
type Script struct {
	// Delay is the round trip: from connect or send to what comes back.
	Delay time.Duration
	// Fail, if set, is what comes back: from DialTCP, or from Read of a UDP
	// connection. With Local it is what DialTCP or Write give at once.
	Fail  *probe.NetError
	Local bool
	// Serve makes a TCP connect succeed; it gets the server's end of a pipe in
	// its own goroutine and must return when that end is closed.
	Serve func(server net.Conn)
	// Answer gives the replies to one datagram; nil or none is silence.
	Answer func(datagram []byte) [][]byte
	// Then, if not empty, replaces all of the above: the n-th socket (TCP) or
	// datagram (UDP) behaves as the n-th script, and the last one repeats.
	Then []Script
}

// Silent swallows everything.
func Silent() Script { return Script{} }

// Refuse is a closed port: an RST, or port unreachable without its sender.
func Refuse(delay time.Duration) Script {
	return Script{Delay: delay, Fail: &probe.NetError{Op: "connect", Failure: probe.ConnectionRefused, Err: fmt.Errorf("connection refused")}}
}

// ICMP is a router, or the target, that answers with an ICMP error.
func ICMP(delay time.Duration, f probe.Failure, icmp probe.ICMPError) Script {
	return Script{Delay: delay, Fail: &probe.NetError{Op: "receive", Failure: f, ICMP: &icmp, Err: fmt.Errorf("unreachable")}}
}

// Deny is a local policy: connect and send fail at once.
func Deny() Script {
	return Script{Local: true, Fail: &probe.NetError{Op: "send", Failure: probe.LocalPolicyDenied, Err: fmt.Errorf("operation not permitted")}}
}

// Accept lets TCP connects succeed. A nil serve reads and says nothing.
func Accept(delay time.Duration, serve func(server net.Conn)) Script {
	if serve == nil {
		serve = func(c net.Conn) {
			for b := make([]byte, 4096); ; {
				if _, err := c.Read(b); err != nil {
					return
				}
			}
		}
	}
	return Script{Delay: delay, Serve: serve}
}

// Answer replies to datagrams.
func Answer(delay time.Duration, answer func(datagram []byte) [][]byte) Script {
	return Script{Delay: delay, Answer: answer}
}

// Sequence behaves as each script in turn and then as the last.
func Sequence(scripts ...Script) Script { return Script{Then: scripts} }

// Key names what a script is for.
type Key struct {
	Transport probe.Transport
	To        netip.AddrPort
}

// Sent is one TCP connect or one UDP datagram that a prober sent.
type Sent struct {
	Key
	At      time.Time
	Payload []byte // of a datagram
	Socket  int    // which socket sent it, counted from 1
}

// Net is a probe.Network of scripts. Make one with New.
type Net struct {
	Hosts map[string][]netip.Addr // what Resolve knows; anything else is NXDOMAIN
	Texts map[string][]string     // what ResolveTXT knows
	CAs   *x509.CertPool

	Taken []uint16                                          // local ports that DialUDPWith finds in use
	Link  int                                               // MTU of the own interface in bytes, for whole datagrams; 0 for no limit
	Path  Path                                              // what whole datagrams meet behind it
	Small *Net                                              // what connections with a small segment size meet; nil for the same
	Info  func(remote netip.AddrPort) (probe.TCPInfo, bool) // what is told of a connection or a connect given up; nil for nothing

	Late time.Duration                                     // how late the system may tell a refusal
	Trip func(remote netip.AddrPort) (time.Duration, bool) // the round trip that the system itself measured; nil for nothing

	rtt     probe.RTT
	mu      sync.Mutex
	scripts map[Key]Script
	turns   map[Key]int
	sockets int
	sent    []Sent
}

var _ probe.Network = (*Net)(nil)

// New makes a network in which everything is silent.
func New() *Net {
	return &Net{Hosts: map[string][]netip.Addr{}, Texts: map[string][]string{}, scripts: map[Key]Script{}, turns: map[Key]int{}}
}

// On sets the script of transport ("tcp" or "udp") and an "ip:port", and
// returns n for chaining. It panics if that is no address and port.
func (n *Net) On(transport probe.Transport, addrPort string, s Script) *Net {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.scripts[Key{transport, netip.MustParseAddrPort(addrPort)}] = s
	return n
}

// Sent lists what was sent so far, in order.
func (n *Net) Sent() []Sent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Sent(nil), n.sent...)
}

// note records one packet and returns how the network treats it.
func (n *Net) note(k Key, socket int, payload []byte) Script {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent = append(n.sent, Sent{Key: k, At: time.Now(), Payload: append([]byte(nil), payload...), Socket: socket})
	s := n.scripts[k]
	turn := n.turns[k]
	n.turns[k]++
	if len(s.Then) > 0 {
		return s.Then[min(turn, len(s.Then)-1)]
	}
	return s
}

func (n *Net) socket() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sockets++
	return n.sockets
}

// Resolve answers from Hosts.
func (n *Net) Resolve(_ context.Context, network, host string) ([]netip.Addr, error) {
	var list []netip.Addr
	for _, a := range n.Hosts[host] {
		if a.Is4() == (network == "ip4") {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return list, nil
}

// ResolveTXT answers from Texts.
func (n *Net) ResolveTXT(_ context.Context, host string) ([]string, error) {
	if texts := n.Texts[host]; len(texts) > 0 {
		return texts, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// Roots gives CAs.
func (n *Net) Roots() *x509.CertPool { return n.CAs }

// RTT is this network's own.
func (n *Net) RTT() *probe.RTT { return &n.rtt }

// ended is the error of a call that its context ended.
func ended(ctx context.Context, op string) *probe.NetError {
	f := probe.Timeout
	if ctx.Err() == context.Canceled {
		f = probe.Interrupted
	}
	return &probe.NetError{Op: op, Failure: f, Err: ctx.Err()}
}
