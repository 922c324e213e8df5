package mtu

import (
	"net/netip"
	"strings"

	"github.com/pion/stun/v3"

	"wsdoctor/probe/quic/negotiate"
	"wsdoctor/probe/udp"
)

// kind is one way to ask.
type kind struct {
	name string
	// sizes are those of the IP packets, in bytes, smallest first. The smallest
	// is the control: it must pass wherever the service works at all.
	sizes func(netip.Addr) []int
	// question asks with datagrams of that many bytes of payload.
	question func(payload int) udp.Question
}

// Sizes in bytes of the headers before a datagram (RFC 791, 8200, 768).
const (
	headers4 = 20 + 8
	headers6 = 40 + 8
)

func overhead(a netip.Addr) int {
	if a.Is4() {
		return headers4
	}
	return headers6
}

// quicKind asks from the least that QUIC works with up to what an Ethernet
// carries. Between: the least every IPv6 link must carry (RFC 8200 section 5),
// and what is left inside most tunnels.
var quicKind = kind{
	name:  "quic",
	sizes: func(a netip.Addr) []int { return []int{negotiate.LeastSize + overhead(a), 1280, 1400, 1500} },
	question: func(payload int) udp.Question {
		var e negotiate.Exchange
		return udp.Question{Payload: func(int) []byte { return e.Packet(payload) }, Match: e.Match}
	},
}

// stunKind asks below that: a plain request, what every IPv4 host must accept
// with room to spare (RFC 791: 576), and more.
var stunKind = kind{
	name:  "stun",
	sizes: func(a netip.Addr) []int { return []int{stunLeast + overhead(a), 600, 1000} },
	question: func(payload int) udp.Question {
		var r requests
		return udp.Question{Payload: func(int) []byte { return r.next(payload) }, Match: r.match}
	},
}

const (
	// stunLeast in bytes: a Binding request with a fingerprint (RFC 8489
	// sections 5 and 14.7).
	stunLeast = 20 + stunFingerprint
	// stunFingerprint and stunAttribute in bytes: the fingerprint, and the header
	// of an attribute.
	stunFingerprint = 8
	stunAttribute   = 4
	// stunText in bytes is how much text an attribute gets: a multiple of 4, as
	// everything in STUN, and fewer than the 128 characters that a SOFTWARE
	// attribute may hold (RFC 8489 section 14.14).
	stunText = 124
)

// requests are padded Binding requests and the answers to them.
type requests struct {
	ids [][stun.TransactionIDSize]byte
}

// next builds a request of size bytes, rounded down to a multiple of 4. The
// padding is SOFTWARE attributes, which a server must skip if it does not know
// them; the PADDING of RFC 5780 it would have to refuse.
func (r *requests) next(size int) []byte {
	id := stun.NewTransactionID()
	r.ids = append(r.ids, id)
	setters := []stun.Setter{stun.NewTransactionIDSetter(id), stun.BindingRequest}
	for left := size&^3 - stunLeast; left >= stunAttribute; {
		text := min(left-stunAttribute, stunText)
		setters = append(setters, stun.NewSoftware(strings.Repeat("-", text)))
		left -= stunAttribute + text
	}
	return stun.MustBuild(append(setters, stun.Fingerprint)...).Raw
}

// match tells which request a datagram answers: with success or with an error.
func (r *requests) match(reply []byte) (int, bool) {
	if !stun.IsMessage(reply) {
		return 0, false
	}
	m := &stun.Message{Raw: append([]byte(nil), reply...)}
	if m.Decode() != nil || m.Type.Method != stun.MethodBinding ||
		(m.Type.Class != stun.ClassSuccessResponse && m.Type.Class != stun.ClassErrorResponse) {
		return 0, false
	}
	for i, id := range r.ids {
		if id == m.TransactionID {
			return i, true
		}
	}
	return 0, false
}
