package tcp

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain"
)

// What ConnectDetail.Spoke may say.
const (
	spokeTLS     = "tls"
	spokeBytes   = "bytes"
	spokeClosed  = "closed"
	spokeReset   = "reset"
	spokeNothing = "nothing"
)

// How long a peer has to answer a ClientHello: the run's patience, something
// for the peer to sign, and never more than longestLook.
const (
	signing     = 100 * time.Millisecond
	longestLook = time.Second
)

// look sends a TLS ClientHello and says what came back: "" if the run ended
// before anything did. The observation is of a handshake that need not have got
// anywhere; took is from the ClientHello to what came back, 0 for nothing. conn is
// closed.
func look(
	run context.Context,
	n probe.Network,
	t probe.Target,
	conn net.Conn,
) (handshake probe.Observation, spoke string, took time.Duration) {
	seen := probe.Observe(probe.TLSHandshake, t, time.Now())
	ear := &listener{Conn: conn}
	o := chain.Options{Patience: min(n.RTT().Silence()+signing, longestLook)}
	if inspector, can := n.(probe.TCPInspector); can {
		o.Inspect = func() (probe.TCPInfo, bool) { return inspector.TCPInfo(conn) }
	}
	detail, outcome, failure, session := chain.Handshake(run, ear, t.Host, n.Roots(), o)
	if session != nil {
		ear.Close() // without a TLS farewell, which would be a packet for nobody
	}
	seen = seen.Finish(time.Now(), outcome, failure, detail)
	if spoke = ear.spoke(); spoke == spokeNothing && run.Err() != nil {
		spoke = ""
	}
	if spoke != spokeNothing && spoke != "" {
		took = ear.took
	}
	return seen, spoke, took
}

// recordSize in bytes: type, version, length of a TLS record (RFC 8446 section 5.1).
const recordSize = 5

// listener is a connection that remembers how the peer began, and when.
type listener struct {
	net.Conn
	mu    sync.Mutex
	first []byte // at most recordSize
	err   error  // the first of a read or write

	greeted time.Time
	took    time.Duration // until something came back, an end of the connection among it
}

// answered notes when something came back first. The caller holds mu.
func (l *listener) answered() {
	if l.took == 0 && !l.greeted.IsZero() {
		l.took = time.Since(l.greeted)
	}
}

func (l *listener) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered()
	l.first = append(l.first, b[:min(n, recordSize-len(l.first))]...)
	if l.err == nil {
		l.err = err
	}
	return n, err
}

func (l *listener) Write(b []byte) (int, error) {
	l.mu.Lock()
	if l.greeted.IsZero() {
		l.greeted = time.Now()
	}
	l.mu.Unlock()
	n, err := l.Conn.Write(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
	return n, err
}

// spoke names what came first.
func (l *listener) spoke() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var e *probe.NetError
	switch {
	case record(l.first):
		return spokeTLS
	case len(l.first) > 0:
		return spokeBytes
	case errors.Is(l.err, io.EOF):
		return spokeClosed
	case errors.As(l.err, &e) && (e.Failure == probe.ConnectionReset || e.Failure == probe.ConnectionAborted):
		return spokeReset
	}
	return spokeNothing
}

// record tells the header of a TLS record: a handshake or an alert, which are
// what a server may begin with.
func record(b []byte) bool {
	const alert, handshake, major = 21, 22, 3
	return len(b) == recordSize && (b[0] == alert || b[0] == handshake) && b[1] == major && b[2] <= 4
}
