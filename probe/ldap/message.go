package ldap

import (
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"

	"wsdoctor/probe"
)

// Identifier octets (X.690 section 8.1.2; RFC 4511 section 4 and appendix B).
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagString     = 0x04
	tagEnumerated = 0x0a
	tagSequence   = 0x30
	tagSet        = 0x31
	searchRequest = 0x63
	searchEntry   = 0x64
	searchDone    = 0x65
	extended      = 0x78 // an unsolicited one, with message ID 0, ends the session
	filterAnd     = 0xa0
	filterEqual   = 0xa3
	filterPresent = 0x87
)

// maxReply in bytes is the most that is read of a connection. A rootDSE has 3 KB
// in full.
const maxReply = 64 << 10

// longestHeader in bytes is a tag and a length.
const longestHeader = 6

// maxAttributes of an entry are looked at; six are asked for.
const maxAttributes = 64

// element splits the first BER element off b. Lengths may be longer than need
// be: Windows writes all of them in four bytes.
func element(b []byte) (tag byte, content, rest []byte, ok bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return 0, nil, nil, false
	}
	more, ok := lengthBytes(b[1])
	if !ok || len(b) < 2+more {
		return 0, nil, nil, false
	}
	size, body := length(b[1], b[2:2+more]), b[2+more:]
	if size > uint64(len(body)) {
		return 0, nil, nil, false
	}
	return b[0], body[:size:size], body[size:], true
}

// lengthBytes is how many bytes of length follow the first one; the indefinite
// form is not allowed (RFC 4511 section 5.1).
func lengthBytes(first byte) (n int, ok bool) {
	if first < 0x80 {
		return 0, true
	}
	n = int(first & 0x7f)
	return n, n >= 1 && n <= 4
}

func length(first byte, more []byte) uint64 {
	if len(more) == 0 {
		return uint64(first)
	}
	return number(more)
}

func number(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// take is element for a tag that must come.
func take(b []byte, tag byte) (content, rest []byte, ok bool) {
	got, content, rest, ok := element(b)
	return content, rest, ok && got == tag
}

// takeNumber reads a non-negative INTEGER or ENUMERATED of 31 bits.
func takeNumber(b []byte, tag byte) (v int, rest []byte, ok bool) {
	content, rest, ok := take(b, tag)
	if !ok || len(content) < 1 || len(content) > 4 || content[0] >= 0x80 {
		return 0, nil, false
	}
	return int(number(content)), rest, true
}

// message is one LDAPMessage.
type message struct {
	id   int
	op   byte // identifier of the operation
	body []byte
}

// parseMessage splits the first LDAPMessage off b.
func parseMessage(b []byte) (m message, rest []byte, ok bool) {
	content, rest, ok := take(b, tagSequence)
	if !ok {
		return m, nil, false
	}
	if m.id, content, ok = takeNumber(content, tagInteger); !ok {
		return m, nil, false
	}
	m.op, m.body, _, ok = element(content) // controls may follow
	return m, rest, ok
}

// attributes gives the name and first value of each attribute of a search
// result entry (RFC 4511 section 4.5.2). False: the entry is no valid one.
func (m message) attributes(each func(name string, value []byte)) bool {
	_, b, ok := take(m.body, tagString) // the object's name
	if !ok {
		return false
	}
	list, _, ok := take(b, tagSequence)
	for n := 0; ok && len(list) > 0 && n < maxAttributes; n++ {
		var one, name, values []byte
		if one, list, ok = take(list, tagSequence); !ok {
			break
		}
		if name, one, ok = take(one, tagString); !ok {
			break
		}
		if values, _, ok = take(one, tagSet); !ok || len(values) == 0 {
			continue
		}
		var value []byte
		if value, _, ok = take(values, tagString); ok {
			each(string(name), value)
		}
	}
	return ok
}

// result reads the LDAPResult of a message (RFC 4511 section 4.1.9).
func (m message) result() (code int, diagnostic string, ok bool) {
	code, b, ok := takeNumber(m.body, tagEnumerated)
	if !ok {
		return 0, "", false
	}
	_, b, ok = take(b, tagString) // matchedDN
	if !ok {
		return 0, "", false
	}
	text, _, ok := take(b, tagString)
	return code, probe.Clean(string(text), maxError), ok
}

// readMessage reads one LDAPMessage of a stream, of at most budget bytes. The
// error is one of the stream, or a *probe.NetError.
func readMessage(r io.Reader, budget int) ([]byte, error) {
	b := make([]byte, 2, longestHeader)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	more, ok := lengthBytes(b[1])
	if b[0] != tagSequence || !ok {
		return nil, errMalformed
	}
	b = b[:2+more]
	if _, err := io.ReadFull(r, b[2:]); err != nil {
		return nil, err
	}
	size := length(b[1], b[2:])
	if size+uint64(len(b)) > uint64(max(budget, 0)) {
		return nil, errTooLarge
	}
	whole := append(make([]byte, 0, len(b)+int(size)), b...)
	whole = whole[:cap(whole)]
	_, err := io.ReadFull(r, whole[len(b):])
	return whole, err
}

// tlv writes one BER element.
func tlv(tag byte, parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	b := []byte{tag, byte(size)}
	if size > math.MaxInt8 {
		b = binary.BigEndian.AppendUint16([]byte{tag, 0x82}, uint16(size))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// newID gives a message ID that four bytes hold and three do not, with room for
// the ones after it below 2^31 (RFC 4511 section 4.1.1.1). It is what tells
// answers from forgeries.
func newID() uint32 { return 1<<24 + rand.Uint32N(1<<30) }

func text(s string) []byte { return tlv(tagString, []byte(s)) }

// integer writes a number of newID.
func integer(v uint32) []byte { return tlv(tagInteger, binary.BigEndian.AppendUint32(nil, v)) }

// search writes a SearchRequest for attributes of the rootDSE.
func search(id uint32, filter []byte, attributes ...string) []byte {
	var names [][]byte
	for _, a := range attributes {
		names = append(names, text(a))
	}
	zero := []byte{0}
	return tlv(tagSequence, integer(id), tlv(searchRequest,
		text(""),                 // base: the rootDSE
		tlv(tagEnumerated, zero), // scope: base object
		tlv(tagEnumerated, zero), // never dereference
		tlv(tagInteger, zero),    // no limit of entries
		tlv(tagInteger, zero),    // nor of seconds
		tlv(tagBoolean, zero),    // values too
		filter,
		tlv(tagSequence, names...)))
}
