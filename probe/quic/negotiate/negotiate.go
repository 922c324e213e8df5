// Package negotiate writes and reads the two packets of QUIC's version
// negotiation (RFC 9000 sections 6 and 17.2.1): a first packet of a version that
// nobody speaks, and the list of versions that a server answers with. It sends
// nothing; probe/quic and probe/mtu do.
package negotiate

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
)

const (
	// version is of the form 0x?a?a?a?a, which is reserved to force version
	// negotiation (RFC 9000 section 15).
	version = 0x1a2a3a4a
	// LeastSize in bytes: a server must ignore an unknown version in a smaller
	// datagram (RFC 9000 section 14.1).
	LeastSize = 1200
	// idSize in bytes: the least a client may choose for its first packet's
	// destination ID (RFC 9000 section 7.2).
	idSize = 8
	// maxVersions bounds what is kept of a server's list.
	maxVersions = 16
)

// ids are the connection IDs of one packet.
type ids struct{ destination, source [idSize]byte }

// Exchange is the state of one exchange. The zero value is ready; it must not be
// used by several goroutines at a time.
type Exchange struct {
	Versions []string // of the first answer, 8 hex digits each, at most 16

	sent []ids
}

// Packet builds the next packet: a long header of the reserved version, size
// bytes in all and never fewer than LeastSize. Everything after the IDs belongs
// to that version, and is random.
func (e *Exchange) Packet(size int) []byte {
	b := make([]byte, max(size, LeastSize))
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

// Match tells which packet, counted from 0, a datagram answers.
func (e *Exchange) Match(reply []byte) (int, bool) {
	destination, source, versions, ok := parse(reply)
	if !ok {
		return 0, false
	}
	for i, id := range e.sent {
		if bytes.Equal(destination, id.source[:]) && bytes.Equal(source, id.destination[:]) {
			if e.Versions == nil {
				e.Versions = names(versions)
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
