package dns

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

const (
	defaultAttempts = 3
	// maxAttempts bounds what a plan can make a name server endure.
	maxAttempts = 6
	// firstSpacing is between the first two attempts; every further distance is
	// twice the one before, so that one burst of loss does not take them all.
	firstSpacing = 100 * time.Millisecond
	// recursionPatience is the least time an answer is awaited after the last
	// attempt. A resolver next door answers in a millisecond what it knows, but
	// for what it does not it asks several servers, some across an ocean, and
	// asks again if one of them is slow (unbound waits 376 ms first). The measured
	// round-trip time knows nothing of that.
	recursionPatience = 500 * time.Millisecond
	// writePatience ends a send that a full interface queue holds up.
	writePatience = time.Second
	// datagramSize is the largest datagram read. Servers that disregard ednsSize
	// exist; what is longer still does not unpack and is garbage.
	datagramSize = 4096
)

// errSilence is the end of an exchange in which no valid answer came.
var errSilence = &probe.NetError{Op: "receive", Failure: probe.Timeout, Err: errors.New("no valid answer")}

// silence is how long to wait after the last attempt.
func (s *server) silence() time.Duration {
	return max(s.network.RTT().Silence(), recursionPatience, time.Duration(s.target.Patience))
}

// attempts gives the number of UDP attempts.
func (q *question) attempts() int {
	if q.target.Attempts <= 0 {
		return defaultAttempts
	}
	return min(q.target.Attempts, maxAttempts)
}

// due is when attempt i (0 is the first) is sent, since the start.
func (q *question) due(i int) time.Duration {
	if q.target.Spacing > 0 {
		return time.Duration(i) * time.Duration(q.target.Spacing)
	}
	return firstSpacing * (1<<i - 1)
}

// opening starts one attempt. await waits for how it ends, which end makes
// happen soon; neither is given with an error. A question reaches the wire with
// this ID, and without EDNS0 if the server is plain.
type opening func(ctx context.Context, id uint16) (await func() reply, end func(), err error)

// spaced makes the attempts, each with a socket and an ID of its own, until
// one of them is answered. It says false if none was; the reply then holds the
// error to tell.
//
// A refusal (ICMP, local policy) ends its attempt only: the next may fare
// better, and they are fractions of a second apart. An answer FORMERR to a
// question with EDNS0 makes the next attempt go without, and at once (RFC 6891,
// section 7).
func (s *server) spaced(ctx context.Context, d *probe.DNSDetail, open opening) (reply, bool) {
	var (
		start   = time.Now()
		total   = s.attempts()
		replies = make(chan reply, total) // each attempt gives exactly one
		ends    = make([]func(), 0, total)
		readers sync.WaitGroup
		waiting = 0
		last    = reply{err: errSilence} // the best there is to tell without an answer
	)
	defer func() {
		for _, end := range ends {
			end()
		}
		readers.Wait()
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if d.Attempts == total || ctx.Err() != nil {
				return last, last.err == nil
			}
			await, end, err := open(ctx, miekg.Id())
			d.Attempts++
			waiting++
			if err != nil {
				replies <- reply{err: err}
			} else {
				ends = append(ends, end)
				readers.Go(func() { replies <- await() })
			}
			if d.Attempts < total {
				timer.Reset(time.Until(start.Add(s.due(d.Attempts))))
			} else {
				timer.Reset(s.silence())
			}
		case r := <-replies:
			waiting--
			switch {
			case r.err != nil:
				last = telling(last, r)
			case r.code == miekg.RcodeFormatError && r.edns && (s.plain || d.Attempts < total):
				last = r
				if !s.plain {
					s.plain = true
					timer.Reset(0)
				}
			default:
				return r, true
			}
			if waiting == 0 && d.Attempts == total {
				return last, last.err == nil
			}
		case <-ctx.Done():
			return last, last.err == nil
		}
	}
}

// telling picks which of two ends says more: an answer, then an ICMP error with
// its sender, then any error, then silence.
func telling(a, b reply) reply {
	rank := func(r reply) int {
		var netErr *probe.NetError
		switch {
		case r.err == nil:
			return 3
		case errors.As(r.err, &netErr) && netErr.ICMP != nil:
			return 2
		case r.err != errSilence:
			return 1
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// openUDP is one attempt by a datagram.
func (s *server) openUDP(ctx context.Context, id uint16) (await func() reply, end func(), err error) {
	conn, err := s.send(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	edns := !s.plain
	return func() reply { return s.await(conn, id, edns) }, func() { conn.Close() }, nil
}

// send opens a socket and sends the question.
func (s *server) send(ctx context.Context, id uint16) (net.Conn, error) {
	conn, err := s.network.DialUDP(ctx, s.resolver)
	if err != nil {
		return nil, err
	}
	if err := conn.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
		conn.Close()
		return nil, err
	}
	if _, err := conn.Write(s.message.query(id, !s.plain)); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// await reads until an answer or an error comes. Closing conn ends it.
func (s *server) await(conn net.Conn, id uint16, edns bool) reply {
	buf := make([]byte, datagramSize)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return reply{err: err, edns: edns}
		}
		if r, ok := s.receive(buf[:n], id); ok {
			r.edns = edns
			return r
		}
	}
}
