package udp

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"wsdoctor/probe"
)

// Exchange asks to the question q and waits until every datagram is answered or
// refused, or until n.RTT().Silence() after the last one was sent, or until ctx
// ends. Outcomes: ok (an answer), failed (the failure of the first refusal, or
// malformed_reply if only garbage came), silent, and not-run if ctx was
// cancelled before any of these could be said.
//
// An answer to one datagram outweighs the refusal of another; both are recorded.
// An ICMP error does not say which datagram it is about, so on a shared socket
// refusals are laid to the oldest datagrams without an answer.
func Exchange(
	ctx context.Context,
	n probe.Network,
	to netip.AddrPort,
	q Question,
) (probe.ExchangeDetail, probe.Outcome, probe.Failure) {
	e := &exchange{q: q.defaults(), n: n, to: to, start: time.Now()}
	e.events = make(chan event)
	e.done = make(chan struct{})
	defer e.close()
	e.run(ctx)
	return e.result(ctx)
}

// event is one datagram or one error that a socket received.
type event struct {
	socket int // the datagram it was opened for
	at     time.Time
	reply  []byte
	err    error
}

// sent is one datagram.
type sent struct {
	at       time.Time
	left     bool      // the system took it
	answered time.Time // zero: not
	failed   time.Time // zero: not; the send failed, or a refusal came back on its own socket
	failure  probe.Failure
}

// refusal is an error that came back on a shared socket.
type refusal struct {
	at      time.Time
	failure probe.Failure
}

type exchange struct {
	q      Question
	n      probe.Network
	to     netip.AddrPort
	start  time.Time
	events chan event
	done   chan struct{}
	wait   sync.WaitGroup

	shared   net.Conn   // the one socket, unless each datagram has its own
	conns    []net.Conn // every socket opened
	sent     []sent
	refusals []refusal
	said     *probe.NetError // the first refusal
	answered int
	garbage  int
	read     int // datagrams and errors received
}

// close ends the sockets and waits for their readers.
func (e *exchange) close() {
	close(e.done)
	for _, c := range e.conns {
		c.Close()
	}
	e.wait.Wait()
}

func (e *exchange) run(ctx context.Context) {
	next := time.NewTimer(0)
	defer next.Stop()
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for ctx.Err() == nil && !e.settled() {
		events := e.events
		if e.read >= e.q.Attempts+maxExtra {
			events = nil // somebody floods; the readers are left standing
		}
		select {
		case <-ctx.Done():
			return
		case <-next.C:
			if e.sending() && e.send(ctx) {
				next.Reset(e.q.Spacing)
			}
		case ev := <-events:
			e.read++
			e.take(ev)
		case <-tick.C:
			if !e.sending() && time.Since(e.sent[len(e.sent)-1].at) >= e.n.RTT().Silence() {
				return
			}
		}
	}
}

// sending tells whether datagrams remain to be sent.
func (e *exchange) sending() bool {
	return len(e.sent) < e.q.Attempts && (e.answered > 0 || e.refused() < e.enough())
}

// enough refusals end the exchange: of a router on the way, which forbids every
// datagram alike, fewer than of the other end.
func (e *exchange) enough() int {
	if e.said != nil && e.said.Failure == probe.AdministrativelyProhibited && e.said.ICMP != nil &&
		!e.said.ICMP.OwnHost &&
		e.said.ICMP.Offender.Unmap() != e.to.Addr().Unmap() {
		return enoughOfRouter
	}
	return enoughRefusals
}

// refused counts the datagrams that met a no.
func (e *exchange) refused() int {
	count := len(e.refusals)
	for _, s := range e.sent {
		if !s.failed.IsZero() {
			count++
		}
	}
	return count
}

// settled tells whether nothing more is awaited.
func (e *exchange) settled() bool {
	if e.q.StopAtFirst && e.answered > 0 {
		return true
	}
	return !e.sending() && e.answered+e.refused() >= len(e.sent)
}

// send sends the next datagram. False: ctx ended before it could.
func (e *exchange) send(ctx context.Context) bool {
	i := len(e.sent)
	if e.shared == nil || e.q.Fresh {
		c, err := e.n.DialUDP(ctx, e.to)
		if err != nil {
			if ctx.Err() != nil {
				return false
			}
			e.sent = append(e.sent, sent{at: time.Now()})
			e.fail(i, time.Now(), err)
			return true
		}
		e.shared, e.conns = c, append(e.conns, c)
		e.wait.Add(1)
		go e.receive(i, c)
	}
	payload := e.q.Payload(i)
	e.sent = append(e.sent, sent{at: time.Now(), left: true})
	if _, err := e.shared.Write(payload); err != nil {
		e.sent[i].left = false
		e.fail(i, time.Now(), err)
	}
	return true
}

// receive hands over what a socket receives until it is closed.
func (e *exchange) receive(socket int, c net.Conn) {
	defer e.wait.Done()
	for {
		b := make([]byte, maxSize+1)
		k, err := c.Read(b)
		ev := event{socket: socket, at: time.Now(), reply: b[:k], err: err}
		if err != nil && classify(err).Failure == probe.Interrupted {
			return
		}
		select {
		case e.events <- ev:
		case <-e.done:
			return
		}
	}
}
