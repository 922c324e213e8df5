// Package tcp connects to ports.
//
// A connect that stands proves that something answered for the address, not
// that the right one did: middleboxes accept for others. So where the target
// may speak TLS, what comes back to a ClientHello is noted too, and a chain of
// certificates becomes an observation of its own. A refusal (RST) proves that
// something said no, not who; an ICMP error names its sender; silence proves
// nothing. Not speaking TLS is no fault.
//
// It decides no blame, and it opens sockets only through probe.Network.
package tcp

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"wsdoctor/probe"
)

// How a port is asked. Fresh sockets a little apart see in milliseconds what
// one socket's own SYN timer sees after a second.
const (
	defaultAttempts = 3
	maxAttempts     = 32
	defaultSpacing  = 50 * time.Millisecond
	// secondAsking is when a refused connect is tried once more, so that one
	// forged or odd RST is not everything that is known.
	secondAsking = 20 * time.Millisecond
	// maxParallel bounds how many addresses are asked at the same time.
	maxParallel = 8
	// recheck is how often the patience is looked up while waiting, because
	// another prober may learn the round-trip time meanwhile.
	recheck = 25 * time.Millisecond
	// firstSYN is below the second after which systems send a SYN again. A
	// connect that took longer does not measure the round trip.
	firstSYN = 900 * time.Millisecond
)

// ExpectTLS as a target's Expect asks for a look at what the port speaks.
const ExpectTLS = "tls"

// Prober connects to every address of the target, at most 8 at a time: up to 3
// fresh sockets 50 ms apart for each (Target.Attempts and Target.Spacing
// override), none after one was answered.
type Prober struct{}

var _ probe.Prober = Prober{}

// Probe gives for each address, in order, one tcp_connect observation. The first
// address is also looked at for TLS, which shows what is behind the port at a
// fraction of the packets that asking all of them would cost; certificates seen
// there become a tls_handshake observation after it. Without an address there
// is one observation, skipped for no_address. A sample (ExpectSample) counts
// instead.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	if len(t.Addresses) == 0 {
		o := probe.Observe(probe.TCPConnect, t, time.Now())
		return []probe.Observation{o.Finish(time.Now(), probe.Skipped, probe.NoAddress, probe.ConnectDetail{})}
	}
	if t.Expect == ExpectSample {
		return sample(ctx, n, t)
	}
	lists := make([][]probe.Observation, len(t.Addresses))
	var group errgroup.Group
	group.SetLimit(maxParallel)
	for i, address := range t.Addresses {
		group.Go(func() error {
			lists[i] = one(ctx, n, t, address)
			return nil
		})
	}
	_ = group.Wait()
	return slices.Concat(lists...)
}

// one asks one address.
func one(ctx context.Context, n probe.Network, t probe.Target, address netip.Addr) []probe.Observation {
	o := probe.Observe(probe.TCPConnect, t, time.Now())
	o.Address = address.String()
	detail, outcome, failure, conn := connect(ctx, n, t, netip.AddrPortFrom(address, t.Port))
	o = o.Finish(time.Now(), outcome, failure, detail)
	if conn == nil {
		return []probe.Observation{o}
	}
	defer conn.Close()
	if t.Expect != ExpectTLS || address != t.Addresses[0] {
		return []probe.Observation{o}
	}
	handshake, spoke, took := look(ctx, n, t, conn)
	handshake.Address = o.Address
	d, ok := handshake.Detail.(probe.TLSDetail)
	detail.Spoke, detail.Phase, detail.SpokeMS = spoke, d.Phase, probe.Milliseconds(took)
	o.Detail = detail
	if ok && len(d.Chain) > 0 {
		return []probe.Observation{o, handshake}
	}
	return []probe.Observation{o}
}
