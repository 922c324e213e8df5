package https

import (
	"context"
	"net"
	"net/netip"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain"
)

// otherSize is what a second handshake begins with: whoever drops a ClientHello
// for its size lets the small one pass, and whoever does for its content (the
// server name) lets neither.
var otherSize = map[probe.HelloSize]probe.HelloSize{
	probe.HelloSmall: probe.HelloLarge,
	probe.HelloLarge: probe.HelloSmall,
}

// secure does the TLS handshake, and others on fresh connections if the first
// got nothing back: one in small packets where the greeting was acknowledged, so
// that only what came back can be lost, and one with a greeting of the other size.
func (r *run) secure(ctx context.Context, conn net.Conn) (net.Conn, bool) {
	size := r.target.Hello
	if _, known := otherSize[size]; !known {
		size = probe.HelloSmall
	}
	secured, d := r.handshake(ctx, conn, size, firstPatience)
	if secured == nil && r.choked(d) && r.timeForAnother(ctx) {
		if small, ok := r.inSmallPackets(ctx); ok {
			return small, true
		}
	}
	if secured != nil || !r.unanswered(d) || !r.timeForAnother(ctx) {
		return secured, secured != nil
	}
	size = otherSize[size]
	fresh, ok := r.reconnect(ctx, size)
	if !ok {
		return nil, false
	}
	secured, _ = r.handshake(ctx, fresh, size, tlsPatience)
	return secured, secured != nil
}

// handshake is one of them. The connection is nil, not a nil pointer in an
// interface, unless it succeeded.
func (r *run) handshake(
	ctx context.Context,
	conn net.Conn,
	size probe.HelloSize,
	patience time.Duration,
) (net.Conn, probe.TLSDetail) {
	o := probe.Observe(probe.TLSHandshake, r.target, time.Now())
	detail, outcome, failure, secured := chain.Handshake(
		ctx,
		conn,
		r.target.Host,
		r.network.Roots(),
		chain.Options{Hello: size, Inspect: r.inspect(r.socket), Patience: patience + r.network.RTT().Silence()},
	)
	detail.Via = r.via
	if !r.record(o, outcome, failure, detail) {
		return nil, detail
	}
	return secured, detail
}

// timeForAnother says that ctx leaves time for a connect, a ClientHello and the
// wait after which silence may be said of it. A handshake cut off before would
// look silent and teach nothing.
func (r *run) timeForAnother(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	return ctx.Err() == nil && (!bounded || time.Until(deadline) >= r.network.RTT().Silence()*3/2)
}

// inspect looks into a connection's TCP, where the network can.
func (r *run) inspect(socket net.Conn) func() (probe.TCPInfo, bool) {
	inspector, can := r.network.(probe.TCPInspector)
	if !can || socket == nil {
		return nil
	}
	return func() (probe.TCPInfo, bool) { return inspector.TCPInfo(socket) }
}

// choked: the greeting arrived, and of the answer nothing came, or its first
// part. A server's certificates are its first packets of full size.
func (r *run) choked(d probe.TLSDetail) bool {
	silent := r.seen[len(r.seen)-1].Outcome == probe.Silent
	return silent && d.HelloBytes > 0 && r.via == "" && (d.ReplyBytes > 0 || d.HelloAcked != nil && *d.HelloAcked)
}

// inSmallPackets does the handshake again on a connection all of whose packets
// are small, both ways. Where the system or the network of this run cannot do
// that, nothing is written down.
func (r *run) inSmallPackets(ctx context.Context) (net.Conn, bool) {
	dialer, can := r.network.(probe.SegmentDialer)
	address, err := netip.ParseAddr(r.address)
	if !can || err != nil {
		return nil, false
	}
	dialling, cancel := context.WithTimeout(ctx, r.network.RTT().Silence())
	defer cancel()
	conn, err := dialer.DialTCPSegments(dialling, netip.AddrPortFrom(address, r.target.Port), probe.SmallMSS)
	if err != nil {
		return nil, false
	}
	r.open = append(r.open, conn)
	before := r.socket
	r.socket = conn
	secured, _ := r.handshake(ctx, conn, probe.HelloSmall, firstPatience)
	last := &r.seen[len(r.seen)-1]
	d := last.Detail.(probe.TLSDetail)
	d.MSS = probe.SmallMSS
	last.Detail = d
	if secured == nil {
		r.socket = before
		return nil, false
	}
	return secured, true
}

// lastFull is the last handshake in packets of full size.
func (r *run) lastFull() probe.Observation {
	for i := len(r.seen) - 1; i >= 0; i-- {
		if d, is := r.seen[i].Detail.(probe.TLSDetail); is && d.MSS == 0 {
			return r.seen[i]
		}
	}
	return probe.Observation{}
}

// unanswered tells whether the last handshake in full packets, of which d is the detail, ended
// in silence, a reset or a close without one byte from the other end.
func (r *run) unanswered(d probe.TLSDetail) bool {
	last := r.lastFull()
	silent := last.Outcome == probe.Silent && d.HelloBytes > 0 && d.ReplyBytes == 0
	return silent || d.Phase != ""
}

// reconnect opens a connection as reach does, to the address already in use, and
// writes nothing down if it succeeds. If it fails, the second handshake is
// skipped with the failure of the connect: whoever disliked the first one may
// shut everybody out for a while.
func (r *run) reconnect(ctx context.Context, size probe.HelloSize) (net.Conn, bool) {
	o := probe.Observe(probe.TLSHandshake, r.target, time.Now())
	fresh := &run{network: r.network, target: r.target}
	if address, err := netip.ParseAddr(r.address); err == nil && r.via == "" {
		fresh.target.Addresses = []netip.Addr{address}
	}
	conn, ok := fresh.reach(ctx)
	r.pending.Go(fresh.pending.Wait)
	r.open = append(r.open, fresh.open...)
	r.socket = fresh.socket
	if ok {
		r.address = fresh.address
		return conn, true
	}
	last := fresh.seen[len(fresh.seen)-1]
	outcome := probe.Skipped
	if last.Outcome == probe.NotRun {
		outcome = probe.NotRun
	}
	return nil, r.record(o, outcome, last.Failure, probe.TLSDetail{
		ServerName: probe.Clean(r.target.Host, maxURLRunes), Via: r.via, Root: probe.RootUnknown, Hello: size,
		Error: "no second connection to try another ClientHello on",
	})
}
