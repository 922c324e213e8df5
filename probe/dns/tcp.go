package dns

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

// handshakePatience is added to the silence for a TCP exchange: time for one
// lost SYN, which the system sends again after 1 s (RFC 6298, section 2.1).
const handshakePatience = time.Second

// exchangeTCP asks once over TCP, with time for a lost SYN.
func (s *server) exchangeTCP(ctx context.Context) reply {
	ctx, cancel := context.WithTimeout(ctx, max(handshakePatience, probe.RefusalDelay(s.network))+s.silence())
	defer cancel()
	return s.converse(ctx, miekg.Id(), !s.plain)()
}

// openTCP is one of several fresh attempts over TCP. A lost SYN needs no time of
// its own: the next attempt sends another.
func (s *server) openTCP(ctx context.Context, id uint16) (await func() reply, end func(), err error) {
	ctx, end = context.WithCancel(ctx)
	return s.converse(ctx, id, !s.plain), end, nil
}

// converse prepares a question over TCP, which the function it gives then asks
// until ctx ends. An answer is at most 64 KiB long, because its length is sent
// in two bytes before it (RFC 1035, section 4.2.2).
func (s *server) converse(ctx context.Context, id uint16, edns bool) func() reply {
	query := s.message.query(id, edns)
	// Length and message in one segment: some servers take no less (RFC 7766, section 8).
	framed := append(binary.BigEndian.AppendUint16(make([]byte, 0, len(query)+2), uint16(len(query))), query...)
	return func() reply {
		conn, err := s.network.DialTCP(ctx, s.resolver)
		if err != nil {
			if failureOf(err) == probe.Interrupted { // by the end of ctx, which conclude judges
				err = errSilence
			}
			return reply{err: err, edns: edns}
		}
		defer conn.Close()
		closed := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			defer close(closed)
			conn.Close()
		})
		defer func() {
			if !stop() {
				<-closed
			}
		}()
		r, err := s.exchange(conn, framed, id)
		switch {
		case ctx.Err() != nil && err != nil:
			r = reply{err: errSilence} // the error is only that of the closed connection
		case err != nil:
			r = reply{err: err}
		}
		r.edns = edns
		return r
	}
}

// exchange sends the question and reads messages until one is an answer.
func (s *server) exchange(conn net.Conn, framed []byte, id uint16) (reply, error) {
	if _, err := conn.Write(framed); err != nil {
		return reply{}, err
	}
	var length [2]byte
	var buf []byte
	for {
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return reply{}, err
		}
		if n := int(binary.BigEndian.Uint16(length[:])); n <= cap(buf) {
			buf = buf[:n]
		} else {
			buf = make([]byte, n)
		}
		if _, err := io.ReadFull(conn, buf); err != nil {
			return reply{}, err
		}
		if r, ok := s.receive(buf, id); ok {
			return r, nil
		}
	}
}

// overTCP is a reply that came over TCP: nothing larger can be asked for.
func (r reply) overTCP() reply {
	if r.err == nil && r.truncated {
		r.truncated, r.detail.Error = false, "the answer says it is truncated, over TCP too"
	}
	return r
}
