package https

import (
	"context"
	"net"
	"sync"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain"
)

// How long an answer may be awaited beyond the path's own silence, by stage.
const (
	// tlsPatience covers three losses in a row of one segment: TCP sends again
	// 0.2, 0.6 and 1.4 s after the first (RFC 6298 doubling from Linux's floor).
	tlsPatience = 2 * time.Second
	// firstPatience covers two, because a second handshake follows.
	firstPatience = time.Second
	// answerPatience is longer: a proxy resolves and connects first, and a
	// server may have to fetch the page.
	answerPatience = 3 * time.Second
)

// Prober asks web addresses. The zero value is ready.
type Prober struct{}

// Probe implements probe.Prober for targets of scheme "https" (the default) or
// "http". Direct: tcp_connect, tls_handshake, http_get. With Target.Proxy:
// proxy_connect, tls_handshake, http_get, the latter two with Via set. A plain
// http target through a proxy has no CONNECT: its proxy_connect says only
// whether the proxy was reached. A path with a query is sent whole and
// recorded without it.
//
// Target.Expect is "healthy" (200 and the word in the body), "ip" (200 and the
// body is an address), "any-http" (a status below 500), or empty (any answer);
// a login demanded by a proxy (407), a network's sign-in (511) and a redirect
// to somebody else's host are failures whatever is expected.
//
// Target.Hello is the size of the first ClientHello. A handshake that gets not
// one byte back is tried once more on a fresh connection with the other size,
// which is a tls_handshake observation of its own; if it succeeds, the exchange
// goes on over it.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	r := &run{network: n, target: withDefaults(t)}
	defer r.pending.Wait()
	defer r.closeAll()
	conn, ok := r.reach(ctx)
	if !ok {
		return r.seen
	}
	secured := conn
	if r.target.Scheme == "https" {
		if secured, ok = r.secure(ctx, conn); !ok {
			return r.seen
		}
	}
	r.get(ctx, secured)
	return r.seen
}

// run is one call of Probe.
type run struct {
	network probe.Network
	target  probe.Target
	via     string // proxy in use, "host:port"
	address string // address of the connection in use
	seen    []probe.Observation
	pending sync.WaitGroup // sockets that lost the race and are being closed
	socket  net.Conn       // the TCP connection in use, below any tunnel
	open    []net.Conn     // connections to close in the end
}

// closeAll does without a TLS farewell, which could block on a deaf peer.
func (r *run) closeAll() {
	for _, c := range r.open {
		c.Close()
	}
}

func withDefaults(t probe.Target) probe.Target {
	if t.Scheme == "" {
		t.Scheme = "https"
	}
	if t.Port == 0 {
		t.Port = defaultPort(t.Scheme)
	}
	if t.Transport == "" {
		t.Transport = probe.TCP
	}
	if t.Path == "" {
		t.Path = "/"
	}
	return t
}

func defaultPort(scheme string) uint16 {
	if scheme == "http" {
		return 80
	}
	return 443
}

// record finishes an observation and reports whether the next stage may run.
func (r *run) record(o probe.Observation, outcome probe.Outcome, failure probe.Failure, detail probe.Detail) bool {
	o = o.Finish(time.Now(), outcome, failure, detail)
	o.Address = r.address
	r.seen = append(r.seen, o)
	return outcome == probe.OK
}

// reach connects to the target or, by way of the proxy, to what answers for it.
func (r *run) reach(ctx context.Context) (net.Conn, bool) {
	if r.target.Proxy != "" {
		return r.throughProxy(ctx)
	}
	o := probe.Observe(probe.TCPConnect, r.target, time.Now())
	d := r.connect(ctx, addresses(r.target), r.target.Port)
	if d.conn != nil && d.firstSYN() {
		r.network.RTT().Learn(d.took)
	}
	return d.conn, r.record(o, d.outcome, d.failure, d.detail)
}

// stopAt makes conn's reads and writes fail when ctx ends. The returned
// function undoes it.
func stopAt(ctx context.Context, conn net.Conn) func() bool {
	return context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}

// failureOf classifies an error of an exchange that ctx bounds; otherwise is
// for errors that are the parser's.
func failureOf(ctx context.Context, err error, otherwise probe.Failure) (probe.Outcome, probe.Failure) {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return chain.FailureOf(err, otherwise)
}
