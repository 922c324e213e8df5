package dns

import (
	"encoding/binary"

	miekg "github.com/miekg/dns"
)

const (
	// ednsSize is the UDP payload size offered: the largest that crosses every
	// usual path unfragmented (DNS Flag Day 2020: 1280 − 40 − 8 bytes).
	ednsSize   = 1232
	headerSize = 12 // bytes, RFC 1035, section 4.1.1
	optSize    = 11 // bytes of an OPT record without options, RFC 6891, section 6.1.2
)

// message is a question in wire form. It is packed once: between attempts only
// the ID and the presence of the EDNS0 record, which stands last, change.
type message struct {
	wire  []byte
	qtype uint16
}

// pack makes the message for a name that IsDomainName accepts.
func pack(host string, qtype uint16) (message, error) {
	var m miekg.Msg
	m.SetQuestion(miekg.Fqdn(host), qtype) // sets "recursion desired" too
	m.SetEdns0(ednsSize, false)
	wire, err := m.Pack()
	return message{wire: wire, qtype: qtype}, err
}

// query gives the bytes to send. They are valid until the next call.
func (m message) query(id uint16, edns bool) []byte {
	binary.BigEndian.PutUint16(m.wire, id)
	if edns {
		m.wire[11] = 1 // ARCOUNT
		return m.wire
	}
	m.wire[11] = 0
	return m.wire[:len(m.wire)-optSize]
}

// question is the question section, which every answer must repeat.
func (m message) question() []byte { return m.wire[headerSize : len(m.wire)-optSize] }

// match says whether raw can be an answer to the message sent with this ID. It
// looks at the header and the question only, so that a flood of wrong answers
// costs next to nothing, and it does not tell whether the rest is well-formed.
//
// Some servers answer an error without repeating the question, mostly REFUSED
// and FORMERR. The ID is all that ties that to the question, and no record is
// read from it, so it is let through.
func (m message) match(raw []byte, id uint16) bool {
	if len(raw) < headerSize || binary.BigEndian.Uint16(raw) != id {
		return false
	}
	const response, opcode = 0x80, 0x78
	if raw[2]&response == 0 || raw[2]&opcode != 0 {
		return false
	}
	question, count := m.question(), binary.BigEndian.Uint16(raw[4:])
	if count == 0 {
		return rcode(raw) != miekg.RcodeSuccess
	}
	return count == 1 && len(raw) >= headerSize+len(question) &&
		equalFold(raw[headerSize:headerSize+len(question)], question)
}

// equalFold compares question sections. ASCII letters in names may change case
// on the way (RFC 4343); the length bytes in between are below 64 and the types
// asked for below 65, so none of them is taken for a letter.
func equalFold(a, b []byte) bool {
	for i := range a {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// truncated reads the TC bit of a header.
func truncated(raw []byte) bool { return raw[2]&0x02 != 0 }

// rcode reads the lower four bits of the response code of a header.
func rcode(raw []byte) int { return int(raw[3] & 0x0f) }
