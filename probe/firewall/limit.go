package firewall

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// limiter is a limit of packets, bytes or connections, which nobody can tell from
// outside how far it is used. At rest, a packet that comes alone does not reach it;
// an answer that rests on that says so. One that needs more than slowest for its next
// packet stays exhausted for long, and is not assumed to be at rest. If it has few to
// begin with, a session wears it out at once, and meets it so from then on.
type limiter struct {
	name   string
	rest   truth // what it says to a packet that comes alone
	counts bool  // connections: a packet more of one that stands is none more
	slow   bool  // after few packets
}

// limits are those that are held for not reached.
type limits uint8

const (
	limitsMayBe   limits = iota // none: each may be
	limitsOfRooms               // those that later packets of a connection do not bring nearer
	limitsAtRest                // all but slow ones
	limitsWorn                  // none, and slow ones are reached
	limitsFresh                 // slow ones only, by a connection's first packet
)

// fewPackets is how many a session has sent within a moment.
const fewPackets = 20

// slowest is how long, in seconds, a limit may need for one more packet.
const slowest = 60

func (o *limiter) run(m *machine) truth {
	switch how := m.facts.limits; {
	case o.slow && how == limitsWorn:
		return o.rest.not()
	case o.slow && how == limitsFresh, !o.slow && how == limitsAtRest, o.counts && how == limitsOfRooms:
		return o.rest
	}
	return maybe
}

func (o *limiter) text(*printer) string { return o.name }

// newLimiter makes one that lets so many pass in so many seconds, after some at once.
func newLimiter(name string, count, seconds, burst uint64, over bool) op {
	slow := count == 0 || seconds/count > slowest
	if slow && burst > fewPackets {
		return &opaque{name: name, reg: -1}
	}
	return &limiter{name: name, rest: split(!over, true), slow: slow}
}

// manyPackets is the burst of a limit that does not tell it, or tells bytes.
const manyPackets = math.MaxUint32

// long reads a 64-bit number.
func (f *fields) long(kind int) uint64 {
	if len(f[kind]) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(f[kind])
}

// decodeLimit reads attributes of enum nft_limit_attributes.
func decodeLimit(_ *decoding, f *fields) ([]op, error) {
	const over = 1
	name := "limit rate "
	if f.number(5)&over != 0 {
		name += "over "
	}
	unit, named := map[uint64]string{1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week"}[f.long(2)]
	if !named {
		unit = strconv.FormatUint(f.long(2), 10) + " s"
	}
	what := ""
	burst := uint64(f.number(3))
	if f.number(4) == 1 {
		what, burst = " bytes", manyPackets
	}
	name += strconv.FormatUint(f.long(1), 10) + what + "/" + unit
	return []op{newLimiter(name, f.long(1), f.long(2), burst, f.number(5)&over != 0)}, nil
}

// connections is a limit of connections. The first one is counted, so a limit of
// none is reached by it.
func connections(name string, most uint32, over bool) op {
	switch {
	case most == 0:
		return &constant{split(over, true), name}
	case most == math.MaxUint32:
		return &constant{split(!over, true), name}
	}
	return &limiter{name: name, rest: split(!over, true), counts: true}
}

// decodeConnlimit reads attributes of enum nft_connlimit_attributes.
func decodeConnlimit(_ *decoding, f *fields) ([]op, error) {
	const over = 1
	name := "ct count "
	if f.number(2)&over != 0 {
		name += "over "
	}
	return []op{connections(name+strconv.Itoa(f.number(1)), uint32(f.number(1)), f.number(2)&over != 0)}, nil
}

// Sizes of a packet, in bytes.
const (
	smallestPacket = 28 // IPv4 and UDP without data
	largestPacket  = 65_535
)

// quota is a number of bytes, of which the kernel tells how many are used.
type quota struct {
	name        string
	bytes, used uint64
	over        bool
}

// run does as nft_overquota. One with room for any packet is not reached by the first
// one of a connection. Those of a session may use it up.
func (o *quota) run(m *machine) truth {
	reached := maybe
	switch {
	case o.used >= o.bytes || o.bytes-o.used <= smallestPacket:
		reached = yes
	case o.bytes-o.used > largestPacket:
		reached = split(false, !m.pkt.later || m.facts.limits == limitsAtRest)
	}
	if !o.over {
		reached = reached.not()
	}
	return reached
}

func (o *quota) text(*printer) string { return o.name }

// decodeQuota reads attributes of enum nft_quota_attributes.
func decodeQuota(_ *decoding, f *fields) ([]op, error) {
	const over = 1
	o := &quota{bytes: f.long(1), used: f.long(4), over: f.number(2)&over != 0}
	o.name = "quota "
	if o.over {
		o.name += "over "
	}
	o.name += strconv.FormatUint(o.bytes, 10) + " bytes"
	return []op{o}, nil
}

// fills puts the packet's key into a set, which fails where the set is full.
type fills struct {
	set *set
	not bool
}

func (o *fills) run(m *machine) truth {
	if m.facts.limits == limitsOfRooms || m.facts.limits == limitsAtRest {
		return split(!o.not, true)
	}
	return maybe
}

func (o *fills) text(*printer) string { return "add @" + o.set.name }

// decodeDynset reads attributes of enum nft_dynset_attributes.
func decodeDynset(d *decoding, f *fields) ([]op, error) {
	const remove, inverted = 2, 1
	s := d.set(f.text(1))
	if s == nil {
		return nil, errAttribute
	}
	s.filled = true
	if f.number(3) == remove {
		return nil, nil
	}
	inner := &decoding{family: d.family, set: d.set, sets: d.sets} // for the expressions inside
	ops := []op{&fills{s, f.number(9)&inverted != 0}}
	if f.number(9)&inverted != 0 && (f.has(7) || f.has(10)) {
		return nil, errAttribute
	}
	if f.has(7) {
		return append(ops, decodeExpression(inner, f[7])...), nil
	}
	list, err := attrs(f[10])
	for _, a := range list {
		ops = append(ops, decodeExpression(inner, a.data)...)
	}
	return ops, err
}

// isRest says whether an expression is judged by what it says at rest.
func isRest(o op) bool {
	switch o.(type) {
	case *limiter, *fills, *quota:
		return true
	}
	return false
}

// xtConnlimit is struct xt_connlimit_info: a mask, the limit, flags.
func xtConnlimit(_ *decoding, revision int, b []byte) ([]op, error) {
	const inverted = 1
	if len(b) < 24 {
		return nil, short("xt_connlimit_info")
	}
	n := binary.NativeEndian
	most := n.Uint32(b[16:])
	over := n.Uint32(b[20:])&inverted == 0
	name := "connlimit above "
	if !over {
		name = "connlimit up to "
	}
	return []op{connections(name+strconv.FormatUint(uint64(most), 10), most, over)}, nil
}

// xtHashlimit is struct xt_hashlimit_mtinfo1 to 3. Rates are the cost of a packet in
// parts of a second, of which revision 1 has 10,000 and later ones 1,000,000; those of
// bytes are told otherwise, and refill at once.
func xtHashlimit(_ *decoding, revision int, b []byte) ([]op, error) {
	const inverted, bytes = 1 << 4, 1 << 5
	n := binary.NativeEndian
	var mode uint32
	var cost, scale uint64
	var name []byte
	switch {
	case revision == 1 && len(b) >= 16+8:
		name, mode, cost, scale = b[:16], n.Uint32(b[16:]), uint64(n.Uint32(b[20:])), 10_000
	case (revision == 2 || revision == 3) && len(b) >= 256+20:
		name, mode, cost, scale = b[:255], n.Uint32(b[256+16:]), n.Uint64(b[256:]), 1_000_000
	default:
		return nil, short("xt_hashlimit_mtinfo")
	}
	text := "hashlimit " + probe.Clean(trimName(name), 40)
	if mode&bytes == 0 && cost > slowest*scale {
		return []op{&opaque{name: text, reg: -1}}, nil
	}
	return []op{&limiter{name: text, rest: split(mode&inverted == 0, true)}}, nil
}

// xtLimit is struct xt_rateinfo: the cost of a packet, in 10,000 parts of a second.
func xtLimit(_ *decoding, _ int, b []byte) ([]op, error) {
	const scale = 10_000
	if len(b) < 8 {
		return nil, short("xt_rateinfo")
	}
	n := binary.NativeEndian
	cost, burst := n.Uint32(b), uint64(n.Uint32(b[4:]))
	text := fmt.Sprintf("limit %.3g/hour", 3600*scale/float64(max(1, cost)))
	if cost > slowest*scale && burst > fewPackets {
		return nil, errNotUnderstood
	}
	return []op{&limiter{name: text, rest: yes, slow: cost > slowest*scale}}, nil
}

// rateNamed reads a rate as iptables-save writes it: 5/sec, 3/min, 10kb/s.
func rateNamed(name string, not bool, s string, burst uint64) ([]op, error) {
	count, unit, _ := strings.Cut(s, "/")
	n, err := strconv.ParseUint(count, 10, 32)
	if err != nil && strings.HasSuffix(count, "b") && strings.HasPrefix(unit, "s") { // bytes
		n, err = 1, nil
	}
	seconds := uint64(0)
	for prefix, of := range map[string]uint64{"s": 1, "m": 60, "h": 3600, "d": secondsPerDay} {
		if strings.HasPrefix(unit, prefix) {
			seconds = of
		}
	}
	if err != nil || seconds == 0 {
		return nil, errNotUnderstood
	}
	return []op{newLimiter(name+" "+probe.Clean(s, 40), n, seconds, burst, not)}, nil
}
