// Package socket is probe.Network over the real sockets of this system, for an
// ordinary user.
//
// Its work is to say what a failed call means. On Linux the error queue of a
// socket (IP_RECVERR) names the router, or the own firewall, that sent an ICMP
// error; the other systems give only an error number, and what they cannot
// tell stays unsaid. errno_*.go hold the tables of error numbers, icmp.go
// the table of ICMP codes, extended_linux.go reads the error queue. hop*.go send
// with a limited lifetime.
//
// It imports no prober, decides no blame and sends nothing by itself.
package socket

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"

	"wsdoctor/probe"
)

// Options of New. The zero value is ready.
type Options struct {
	RTT *probe.RTT // shared by all probers of a run; nil makes a fresh one
}

// Net is this system's network. Make one with New; it may be used by any
// number of goroutines.
type Net struct {
	rtt      *probe.RTT
	resolver *net.Resolver
	hopper   hopper // how this system tells who dropped a packet
	// insists: the system was not to be told that a SYN is not repeated after a reset.
	// prompt: it was seen not to do so.
	insists, prompt atomic.Bool
}

var (
	_ probe.Network  = (*Net)(nil)
	_ probe.HopAsker = (*Net)(nil)
)

// New gives this system's network.
func New(o Options) *Net {
	finerClock()
	n := &Net{rtt: o.RTT}
	if n.rtt == nil {
		n.rtt = new(probe.RTT)
	}
	// Without cgo Linux has only Go's resolver, which reads resolv.conf as
	// applications do. Asking for it keeps builds with cgo (tests with the race
	// detector) the same. macOS and Windows go through the system's own.
	n.resolver = &net.Resolver{PreferGo: runtime.GOOS == "linux"}
	// Where the certificate authorities are files, reading them takes 10 to 30 ms,
	// which the first handshake would wait for. The library keeps them, so they
	// are read while names resolve. An error shows again, and counts, there.
	go func() { _, _ = x509.SystemCertPool() }()
	return n
}

// Roots is nil: the system's certificate authorities.
func (n *Net) Roots() *x509.CertPool { return nil }

// RTT is the round-trip time learnt so far.
func (n *Net) RTT() *probe.RTT { return n.rtt }

// Resolve asks the system resolver for the addresses of host; network is "ip4"
// or "ip6". The error is a *net.DNSError.
func (n *Net) Resolve(ctx context.Context, network, host string) ([]netip.Addr, error) {
	list, err := n.resolver.LookupNetIP(ctx, network, host)
	if err != nil {
		err = reasoned(ctx, host, recordKinds[network], err)
	}
	for i := range list {
		list[i] = list[i].Unmap()
	}
	return list, dnsError(host, err)
}

// recordKinds are the DNS types of what is asked for (RFC 1035 section 3.2.2, RFC
// 3596).
var recordKinds = map[string]uint16{"ip4": 1, "txt": 16, "ip6": 28}

// ResolveTXT asks the system resolver for TXT records. The error is a *net.DNSError.
func (n *Net) ResolveTXT(ctx context.Context, host string) ([]string, error) {
	texts, err := n.resolver.LookupTXT(ctx, host)
	if err != nil {
		err = reasoned(ctx, host, recordKinds["txt"], err)
	}
	return texts, dnsError(host, err)
}

// dnsError keeps the promise of probe.Network about the error's type.
func dnsError(host string, err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		// Go's resolver keeps only the words of an error of its own sockets.
		for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE} {
			if strings.Contains(dns.Err, errno.Error()) {
				dns.UnwrapErr = &probe.NetError{Op: "connect", Failure: probe.ComputerExhausted, Err: errno}
			}
		}
	}
	if err == nil || dns != nil {
		if dns != nil {
			return dns
		}
		return nil
	}
	return &net.DNSError{UnwrapErr: err, Err: err.Error(), Name: host, IsTimeout: errors.Is(err, context.DeadlineExceeded)}
}

// fault is a *probe.NetError for a call that met err. now says that the call
// itself failed at once, before any packet could have been answered; it
// separates this computer's policy from a distant no.
func fault(ctx context.Context, op string, err error, now bool) *probe.NetError {
	f := probe.UnknownFailure
	var errno syscall.Errno
	if errors.As(err, &errno) {
		f = meaning(op, errno, now)
	}
	switch {
	case f != probe.UnknownFailure:
	case ctx.Err() == context.Canceled, errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrClosed):
		f = probe.Interrupted
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
		f = probe.Timeout
	}
	return &probe.NetError{Op: op, Failure: f, Err: err}
}

// call is a key of the table refusedHere: what was called and what it gave.
type call struct {
	op    string
	errno syscall.Errno
}

// meaning looks an error number up in this system's tables.
func meaning(op string, errno syscall.Errno, now bool) probe.Failure {
	return numbers{refusedHere, errnos, exhausted}.meaning(op, errno, now)
}

// numbers are the tables of one system.
type numbers struct {
	refusedHere map[call]probe.Failure
	others      map[syscall.Errno]probe.Failure
	exhausted   map[syscall.Errno]bool
}

func (n numbers) meaning(op string, errno syscall.Errno, now bool) probe.Failure {
	if f, ok := n.refusedHere[call{op, errno}]; ok && now {
		return f
	}
	if f, ok := n.others[errno]; ok {
		return f
	}
	if n.exhausted[errno] && op == "connect" {
		return probe.ComputerExhausted
	}
	return probe.UnknownFailure
}

// family gives the last letter of "tcp4" and the like, and to without an
// IPv4-mapped address.
func family(to netip.AddrPort) (string, netip.AddrPort) {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if to.Addr().Is4() {
		return "4", to
	}
	return "6", to
}
