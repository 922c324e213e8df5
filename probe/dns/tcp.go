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

// exchangeTCP asks once over TCP. An answer is at most 64 KiB long, because its
// length is sent in two bytes before it (RFC 1035, section 4.2.2).
func (s *server) exchangeTCP(ctx context.Context) reply {
	ctx, cancel := context.WithTimeout(ctx, handshakePatience+s.silence())
	defer cancel()
	conn, err := s.network.DialTCP(ctx, s.resolver)
	if err != nil {
		if failureOf(err) == probe.Interrupted { // by the timeout above, or by conclude's ctx
			err = errSilence
		}
		return reply{err: err}
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
	r, err := s.exchange(conn)
	switch {
	case ctx.Err() != nil && err != nil:
		return reply{err: errSilence} // the error is only that of the closed connection
	case err != nil:
		return reply{err: err}
	}
	return r
}

// exchange sends the question and reads messages until one is an answer.
func (s *server) exchange(conn net.Conn) (reply, error) {
	id := miekg.Id()
	query := s.message.query(id, !s.plain)
	// Length and message in one segment: some servers take no less (RFC 7766, section 8).
	framed := append(binary.BigEndian.AppendUint16(make([]byte, 0, len(query)+2), uint16(len(query))), query...)
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
		r, ok := s.receive(buf, id)
		switch {
		case ok && r.truncated: // nothing larger than TCP can be asked for
			r.truncated, r.detail.Error = false, "the answer says it is truncated, over TCP too"
			return r, nil
		case ok:
			return r, nil
		}
	}
}
