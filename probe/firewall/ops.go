package firewall

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Bases of a payload (enum nft_payload_bases).
const (
	baseLink      = 0
	baseNetwork   = 1
	baseTransport = 2
)

// payload loads bytes of the packet.
type payload struct {
	base, offset, size int
	reg                int
}

func (o *payload) run(m *machine) truth {
	var ws [registers]word
	n := (o.size + 3) / 4
	if n < 1 || n > registers {
		m.forget(o.reg)
		return maybe
	}
	switch {
	case o.base == baseTransport && o.size == 2 && o.offset == 0:
		m.write(o.reg, m.pkt.sport)
	case o.base == baseTransport && o.size == 2 && o.offset == 2:
		m.write(o.reg, m.pkt.dport)
	case o.base == baseTransport && m.pkt.transport.load(o.offset, o.size, ws[:n]),
		o.base == baseNetwork && m.pkt.network.load(o.offset, o.size, ws[:n]):
		m.write(o.reg, ws[:n]...)
	default: // a packet that is too short ends the rule
		m.forget(o.reg)
		return maybe
	}
	return yes
}

// rewrite changes bytes of the packet.
type rewrite struct{ base, offset int }

// harmless are the bytes of a network header that no rule here looks at with a
// known value: type of service, traffic class, TTL, hop limit.
func (o *rewrite) run(m *machine) truth {
	if o.base == baseNetwork &&
		(o.offset < 2 || o.offset == 7 && m.pkt.nfproto == nfIPv6 || o.offset == 8 && m.pkt.nfproto == nfIPv4) {
		return yes
	}
	m.out = append(m.out, verdict{action: actLose})
	return yes
}

// compare is a comparison of a register with a value.
type compare struct {
	how  int // enum nft_cmp_ops
	reg  int
	data []byte
	want []uint32 // data as words
}

const (
	cmpEq = iota
	cmpNeq
	cmpLt
	cmpLte
	cmpGt
	cmpGte
)

func newCompare(how, reg int, data []byte) *compare {
	return &compare{how: how, reg: reg, data: data, want: wordsOf(data)}
}

func (o *compare) run(m *machine) truth {
	ws := m.key(o.reg, len(o.data))
	if ws == nil {
		return maybe
	}
	if m.oneOf != nil && m.oneOfR == o.reg && len(o.data) == 4 && o.how <= cmpNeq {
		t := m.among(func(v uint32) bool { return v == o.want[0] })
		if o.how == cmpNeq {
			t = t.not()
		}
		return t
	}
	switch o.how {
	case cmpEq:
		return equal(ws, o.want)
	case cmpNeq:
		return equal(ws, o.want).not()
	case cmpLt:
		return split(highest(ws, o.want) < 0, lowest(ws, o.want) >= 0)
	case cmpLte:
		return split(highest(ws, o.want) <= 0, lowest(ws, o.want) > 0)
	case cmpGt:
		return split(lowest(ws, o.want) > 0, highest(ws, o.want) <= 0)
	case cmpGte:
		return split(lowest(ws, o.want) >= 0, highest(ws, o.want) < 0)
	}
	return maybe
}

func split(surely, surelyNot bool) truth {
	switch {
	case surely:
		return yes
	case surelyNot:
		return no
	}
	return maybe
}

// among asks whether all, none or some of the register's values fit.
func (m *machine) among(fits func(uint32) bool) truth {
	n := 0
	for _, v := range m.oneOf {
		if fits(v) {
			n++
		}
	}
	return split(n == len(m.oneOf), n == 0)
}

// wordsOf gives bytes as words, the last filled up with zeros.
func wordsOf(b []byte) []uint32 {
	out := make([]uint32, (len(b)+3)/4)
	for i, c := range b {
		out[i/4] |= uint32(c) << (24 - 8*(i%4))
	}
	return out
}

// interval asks whether a register lies between two values.
type interval struct {
	outside  bool // asks for the contrary
	reg      int
	from, to []byte
	low, top []uint32
}

func newInterval(outside bool, reg int, from, to []byte) *interval {
	return &interval{outside, reg, from, to, wordsOf(from), wordsOf(to)}
}

func (o *interval) run(m *machine) truth {
	ws := m.key(o.reg, len(o.from))
	if ws == nil || len(o.low) != len(o.top) {
		return maybe
	}
	t := within(ws, o.low, o.top)
	if o.outside {
		t = t.not()
	}
	return t
}

// bitwise is dst = src & mask ^ flip. Without a mask it is another operation,
// of which the result is not known.
type bitwise struct {
	from, to, size int
	mask, flip     []byte
	and, xor       []uint32
}

func (o *bitwise) run(m *machine) truth {
	ws := m.read(o.from, (o.size+3)/4)
	if ws == nil || len(o.and) != len(ws) || len(o.xor) != len(ws) {
		m.forget(o.to)
		return yes
	}
	var out [registers]word
	for i, w := range ws {
		known := w.known | ^o.and[i]
		out[i] = partly(w.val&o.and[i]^o.xor[i], known)
		// A prefix of a range is a range.
		if o.xor[i] == 0 && o.and[i] == ^uint32(0)<<bits.TrailingZeros32(o.and[i]) {
			out[i].low, out[i].high = max(out[i].low, w.low&o.and[i]), min(out[i].high, w.high&o.and[i])
		}
	}
	var values []uint32
	if m.oneOf != nil && m.oneOfR == o.from && len(ws) == 1 {
		for _, v := range m.oneOf {
			values = append(values, v&o.and[0]^o.xor[0])
		}
	}
	m.write(o.to, out[:len(ws)]...)
	m.oneOf, m.oneOfR = values, o.to
	return yes
}

// byteOrder swaps the bytes of each of a register's numbers of width bytes,
// where this computer's order is not the network's.
type byteOrder struct{ from, to, size, width int }

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// The kernel swaps whole numbers only (nft_byteorder_eval): of a part that is shorter
// than one, as the protocol before a port in a concatenation with intervals is,
// nothing is written, and the register stays as it was.
func (o *byteOrder) run(m *machine) truth {
	whole := 0
	if o.width > 0 {
		whole = o.size / o.width * o.width
	}
	ws := m.read(o.from, (whole+3)/4)
	switch {
	case o.width != 2 && o.width != 4 && o.width != 8 || whole%4 != 0 && whole != 2 || whole > 0 && ws == nil || o.size-whole > 4:
		m.forget(o.to)
		return yes
	case whole == 0:
		m.oneOf = nil
		return yes
	case !littleEndian:
		m.write(o.to, append([]word(nil), ws...)...)
		return yes
	}
	var out [registers]word
	for i, w := range ws {
		j := i
		if o.width == 8 {
			j = i ^ 1
		}
		out[j] = partly(swap(w.val, o.width), swap(w.known, o.width))
	}
	m.write(o.to, out[:len(ws)]...)
	return yes
}

func swap(v uint32, width int) uint32 {
	if width == 2 {
		return v&0xff00ff00>>8 | v&0x00ff00ff<<8
	}
	return bits.ReverseBytes32(v)
}

// immediate puts a value into a register.
type immediate struct {
	reg  int
	data []byte
}

func (o *immediate) run(m *machine) truth {
	for i, v := range wordsOf(o.data) {
		m.write(o.reg+i, exact(v))
	}
	return yes
}

// decide comes to a verdict.
type decide struct{ verdict }

func (o *decide) run(m *machine) truth {
	if o.action != actContinue {
		m.out = append(m.out, o.verdict)
	}
	return yes
}

func (o *decide) link(find func(string) *chain) { o.verdict = o.linked(find) }

func (v verdict) linked(find func(string) *chain) verdict {
	if v.action == actJump || v.action == actGoto {
		v.chain = find(v.name)
	}
	return v
}

// refuse rejects. A TCP reset can only answer TCP; other packets are dropped.
type refuse struct{ reset bool }

func (o *refuse) run(m *machine) truth {
	act := actReject
	if o.reset && m.pkt.proto != protoTCP {
		act = actDrop
	}
	m.out = append(m.out, verdict{action: act})
	return yes
}

// constant is an answer that does not depend on more than the kind of packet.
type constant struct {
	answer truth
	name   string
}

func (o *constant) run(*machine) truth { return o.answer }

// opaque is an expression that this program does not understand, or whose
// answer depends on what cannot be known: a rate, a time, a random number.
type opaque struct {
	name string
	reg  int // that it loads something into; -1 for none
}

func (o *opaque) run(m *machine) truth {
	if o.reg >= 0 {
		m.forget(o.reg)
	}
	return maybe
}

// lose gives the packet away: a queue for a program, another host or port.
type lose struct{ name string }

func (o *lose) run(m *machine) truth {
	m.out = append(m.out, verdict{action: actLose})
	return yes
}

// inert is an expression that changes nothing that is followed here.
type inert struct{ name string }

func (o *inert) run(*machine) truth { return yes }

// trimName cuts the zeros off an interface name.
func trimName(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }
