// Package quic asks a port whether a QUIC server is behind it, without a
// session: a first packet of a version that nobody speaks, to which a server
// answers with the list of those it does (RFC 9000 sections 6 and 17.2.1).
//
// A Version Negotiation packet with our connection IDs, swapped, proves that
// UDP passes both ways and that a QUIC server answers. Silence proves nothing:
// a server may ignore unknown versions. An echo of our packet, IDs of somebody
// else, or a damaged list are garbage.
package quic

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"wsdoctor/probe"
	"wsdoctor/probe/udp"
)

const (
	// version is of the form 0x?a?a?a?a, which is reserved to force version
	// negotiation (RFC 9000 section 15).
	version = 0x1a2a3a4a
	// packetSize in bytes: a server must ignore an unknown version in a smaller
	// datagram (RFC 9000 section 14.1).
	packetSize = 1200
	// idSize in bytes: the least a client may choose for its first packet's
	// destination ID (RFC 9000 section 7.2).
	idSize = 8
	// maxVersions bounds what is kept of a server's list.
	maxVersions = 16
)

// Prober sends Version Negotiation triggers to every address of the target: 3
// of them 30 ms apart, until one is answered. Target.Attempts and Target.Spacing
// override; more than 3 attempts are all sent, as a sample of loss and jitter.
type Prober struct{}

var _ probe.Prober = Prober{}

// Probe gives one quic_version observation for each address.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	return udp.Probe(ctx, n, t, probe.QUICVersion, func() (udp.Question, func(*probe.ExchangeDetail)) {
		var e exchange
		q := udp.Question{Payload: e.packet, Match: e.match}
		return q, func(d *probe.ExchangeDetail) { d.Versions = e.versions }
	})
}

// ids are the connection IDs of one packet.
type ids struct{ destination, source [idSize]byte }

// exchange is the state of one exchange.
type exchange struct {
	sent     []ids
	versions []string // of the first answer, 8 hex digits each
}

// packet builds a long-header packet of the reserved version: everything after
// the IDs belongs to that version, and is random.
func (e *exchange) packet(int) []byte {
	b := make([]byte, packetSize)
	rand.Read(b) // never fails
	b[0] |= 0xc0
	binary.BigEndian.PutUint32(b[1:], version)
	var id ids
	const first = 5
	b[first], b[first+1+idSize] = idSize, idSize
	copy(id.destination[:], b[first+1:])
	copy(id.source[:], b[first+2+idSize:])
	e.sent = append(e.sent, id)
	return b
}

// match tells which packet a datagram answers.
func (e *exchange) match(reply []byte) (int, bool) {
	destination, source, versions, ok := parse(reply)
	if !ok {
		return 0, false
	}
	for i, id := range e.sent {
		if bytes.Equal(destination, id.source[:]) && bytes.Equal(source, id.destination[:]) {
			if e.versions == nil {
				e.versions = names(versions)
			}
			return i, true
		}
	}
	return 0, false
}

// parse reads a Version Negotiation packet: a long header with version 0, both
// IDs with their lengths, and to the datagram's end the versions, 4 bytes each.
// An empty list, or one that holds our own version, is not valid (RFC 9000
// section 6.2: a client must discard the latter).
func parse(b []byte) (destination, source []byte, versions []uint32, ok bool) {
	if len(b) < 5 || b[0]&0x80 == 0 || binary.BigEndian.Uint32(b[1:]) != 0 {
		return nil, nil, nil, false
	}
	rest := b[5:]
	if destination, rest, ok = cut(rest); !ok {
		return nil, nil, nil, false
	}
	if source, rest, ok = cut(rest); !ok || len(rest) == 0 || len(rest)%4 != 0 {
		return nil, nil, nil, false
	}
	for ; len(rest) > 0; rest = rest[4:] {
		v := binary.BigEndian.Uint32(rest)
		if v == version {
			return nil, nil, nil, false
		}
		versions = append(versions, v)
	}
	return destination, source, versions, true
}

// cut takes a connection ID with its length off b.
func cut(b []byte) (id, rest []byte, ok bool) {
	if len(b) == 0 || len(b)-1 < int(b[0]) {
		return nil, nil, false
	}
	size := int(b[0])
	return b[1 : 1+size], b[1+size:], true
}

func names(versions []uint32) []string {
	list := []string{}
	for _, v := range versions[:min(len(versions), maxVersions)] {
		list = append(list, fmt.Sprintf("%08x", v))
	}
	return list
}
