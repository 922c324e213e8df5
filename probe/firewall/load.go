package firewall

import "encoding/binary"

// loadMeta loads what the kernel knows of a packet besides its bytes.
type loadMeta struct{ key, reg int }

// Keys of meta (enum nft_meta_keys).
const (
	metaProtocol = 1
	metaMark     = 3
	metaIIF      = 4
	metaOIF      = 5
	metaIIFName  = 6
	metaOIFName  = 7
	metaIIFType  = 8
	metaOIFType  = 9
	metaNFTrace  = 12
	metaNFProto  = 15
	metaL4Proto  = 16
	metaPktType  = 19
)

const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
)

// metaLoads are the keys whose value may be known. Values of less than four
// bytes stand first in the word, filled up with zeros.
var metaLoads = map[int]func(*machine) (word, bool){
	metaProtocol: func(m *machine) (word, bool) {
		if m.pkt.nfproto == nfIPv4 {
			return exact(etherIPv4 << 16), true
		}
		return exact(etherIPv6 << 16), true
	},
	metaMark:    func(m *machine) (word, bool) { return m.now.mark, !m.facts.elsewhere.marks },
	metaIIF:     func(m *machine) (word, bool) { return exact(host(m.facts.index)), m.facts.index != 0 },
	metaIIFType: func(m *machine) (word, bool) { return exact(host16(m.facts.deviceType)), m.facts.typed },
	metaNFProto: func(m *machine) (word, bool) { return exact(uint32(m.pkt.nfproto) << 24), m.stage != stageIngress },
	metaL4Proto: func(m *machine) (word, bool) { return exact(uint32(m.pkt.proto) << 24), true },
	metaPktType: func(m *machine) (word, bool) { return m.now.kind, !m.facts.elsewhere.types }, // PACKET_HOST
	metaOIF:     func(m *machine) (word, bool) { return exact(host(m.facts.index)), m.facts.index != 0 },
	metaOIFType: func(m *machine) (word, bool) { return exact(host16(m.facts.deviceType)), m.facts.typed },
}

// deviceKeys are the keys about an interface: whether answers have it, which leave by
// one and came by none, and how many words it takes.
var deviceKeys = map[int]struct {
	answer bool
	count  int
}{
	metaIIF: {false, 1}, metaIIFName: {false, 4}, metaIIFType: {false, 1},
	metaOIF: {true, 1}, metaOIFName: {true, 4}, metaOIFType: {true, 1},
}

// host16 is host for two bytes.
func host16(v uint16) uint32 {
	var b [4]byte
	binary.NativeEndian.PutUint16(b[:], v)
	return binary.BigEndian.Uint32(b[:])
}

func (o *loadMeta) run(m *machine) truth {
	switch words, about := deviceKeys[o.key]; {
	case about && !words.answer && m.pkt.answer && m.pkt.nfproto == nfIPv6:
		// TCP over IPv6 has the interface it leaves by as the one it came by
		// (ip6_xmit, ip6_output), other packets have none.
		m.forget(o.reg)
		return maybe
	case about && words.answer != m.pkt.answer && (o.key == metaIIFType || o.key == metaOIFType):
		// Some kernels end the rule, others ask the interface that the packet is at.
		m.forget(o.reg)
		return maybe
	case about && words.answer != m.pkt.answer:
		// There is no such interface: newer kernels say zero, older ones end the rule.
		for i := range words.count {
			m.write(o.reg+i, exact(0))
		}
		if m.facts.zeroNames {
			return yes
		}
		return maybe
	case o.key == metaIIFName, o.key == metaOIFName:
		m.write(o.reg, m.pkt.deviceName[:]...)
		return yes
	}
	load, known := metaLoads[o.key]
	if !known {
		m.forget(o.reg)
		return maybe
	}
	w, sure := load(m)
	if !sure {
		w = anything
	}
	m.write(o.reg, w)
	return yes
}

// loadCT loads what connection tracking knows of a packet.
type loadCT struct {
	key, reg int
	reply    bool // of the direction that answers
}

// Keys of ct (enum nft_ct_keys).
const (
	ctState     = 0
	ctDirection = 1
	ctStatus    = 2
	ctMark      = 3
	ctL3Proto   = 7
	ctProtocol  = 10
	ctProtoDst  = 12
)

// Bits of ct state.
const (
	stateInvalid     = 1
	stateEstablished = 2
	stateRelated     = 4
	stateNew         = 8
	stateUntracked   = 64
)

// statusOfNew are the bits of ct status that are known of a new packet: it was
// not expected, saw no reply, is not confirmed, and whether an address was translated
// shows.
const statusOfNew = 0x3f

// Bits of ct status of a connection that was answered: it is confirmed and has seen
// a reply, and nobody expected it.
const (
	statusExpected = 1
	statusAnswered = 2 | 8

	statusSNAT       = 16
	statusDNAT       = 32
	statusTranslated = statusSNAT | statusDNAT
)

func (o *loadCT) run(m *machine) truth {
	is := m.tracked()
	if o.key == ctState {
		m.write(o.reg, partly(0, ^host(stateInvalid|stateEstablished|stateRelated|stateNew|stateUntracked)))
		if values := states[is]; len(values) == 1 {
			m.write(o.reg, exact(host(values[0])))
		} else {
			for _, v := range values {
				m.oneOf = append(m.oneOf, host(v))
			}
			m.oneOfR = o.reg
		}
		return yes
	}
	switch is {
	case trackedNot, trackedInvalid:
		return no // there is no connection, which ends the rule
	case trackedUnsure, trackedStray, trackedLoose:
		m.forget(o.reg)
		return maybe
	}
	answers := is == trackedAnswer
	answered := answers || is == trackedLater
	w := anything
	switch {
	case o.key == ctDirection && answers:
		w = exact(1 << 24)
	case o.key == ctDirection:
		w = exact(0)
	case o.key == ctStatus && answered:
		w = partly(host(statusAnswered|m.translated()), host(statusAnswered|statusExpected|statusTranslated))
	case o.key == ctStatus:
		w = partly(host(m.translated()), host(statusOfNew))
	case o.key == ctMark && !m.facts.elsewhere.connmarks:
		w = m.now.connmark
	case o.key == ctL3Proto:
		w = exact(uint32(m.pkt.nfproto) << 24)
	case o.key == ctProtocol:
		w = exact(uint32(m.pkt.proto) << 24)
	case o.key == ctProtoDst && is == trackedNew && m.pkt.answer: // a connection of its own
		w = m.pkt.dport
		if o.reply {
			w = m.pkt.sport
		}
	case o.key == ctProtoDst && !o.reply: // as it was asked for, whatever became of it
		w = m.pkt.asked
	case o.key == ctProtoDst && answers:
		w = m.pkt.dport
	case o.key == ctProtoDst && is == trackedLater:
		w = m.pkt.sport
	case o.key == ctMark, o.key == ctProtoDst:
	default:
		m.forget(o.reg)
		return maybe
	}
	m.write(o.reg, w)
	return yes
}

// tracked is what connection tracking knows of a packet.
type tracked uint8

const (
	trackedUnsure  tracked = iota
	trackedNot             // a rule kept it from being tracked
	trackedInvalid         // not yet, or it belongs to no connection
	trackedNew
	trackedAnswer
	trackedLater // what comes in after an answer

	// Later answers of a connection of which only answers are tracked: over UDP, over TCP.
	trackedStray
	trackedLoose
)

// unsure says whether nothing but the state is known of the connection, if that.
func (t tracked) unsure() bool {
	return t == trackedUnsure || t == trackedStray || t == trackedLoose
}

// states are what ct state may be.
var states = map[tracked][]uint32{
	trackedUnsure:  {stateInvalid, stateEstablished, stateNew, stateUntracked},
	trackedNot:     {stateUntracked},
	trackedInvalid: {stateInvalid},
	trackedNew:     {stateNew},
	trackedAnswer:  {stateEstablished},
	trackedLater:   {stateEstablished},
	// Without a packet from the other side it stays new; over TCP it may be no connection
	// at all (net.netfilter.nf_conntrack_tcp_loose).
	trackedStray: {stateNew},
	trackedLoose: {stateInvalid, stateNew},
}

// tracked says what connection tracking knows of the packet here. The answer to a
// packet that it never saw is the beginning of a connection over UDP; over TCP it
// belongs to none.
func (m *machine) tracked() tracked {
	switch early := m.stage == stageEarly; {
	case m.facts.elsewhere.untracks, m.stage == stageIngress, m.stage == stageEdge, m.now.tracking == trackingUnsure:
		return trackedUnsure
	case m.now.tracking == trackingNone:
		return trackedNot
	case early:
		return trackedInvalid
	case m.now.tracking == trackingStray && m.pkt.later && m.pkt.answer && m.pkt.proto == protoTCP:
		return trackedLoose
	case m.now.tracking == trackingStray && m.pkt.later && m.pkt.answer:
		return trackedStray
	case m.now.tracking == trackingStray && m.pkt.later: // it may be tracked by now
		return trackedUnsure
	case m.now.tracking == trackingStray && m.pkt.proto == protoTCP:
		return trackedInvalid
	case m.now.tracking == trackingStray || !m.pkt.answer && !m.pkt.later:
		return trackedNew
	case !m.pkt.answer:
		return trackedLater
	}
	return trackedAnswer
}

// translated are the bits of ct status that say so.
func (m *machine) translated() (bits uint32) {
	if m.pkt.moved {
		bits |= statusDNAT
	}
	if m.pkt.masked {
		bits |= statusSNAT
	}
	return bits
}

// loadFIB asks the routing table.
type loadFIB struct{ result, flags, reg int }

// Results and flags of fib (enum nft_fib_result, nft_fib_flags), and the types
// of addresses (linux/rtnetlink.h).
const (
	fibOIF     = 1
	fibOIFName = 2
	fibType    = 3

	fibSource      = 1
	fibDestination = 2
	fibMark        = 4
	fibIIF         = 8
	fibPresent     = 32

	routeUnicast   = 1
	routeLocal     = 2
	routeBroadcast = 3
	routeAnycast   = 4
	routeMulticast = 5

	routeUnreachable = 7
	routeTypes       = 12
)

// foreign are the types that the address of another computer may have.
var foreign = func() (list []uint32) {
	for t := range uint32(routeTypes) {
		if t < routeLocal || t > routeMulticast {
			list = append(list, host(t))
		}
	}
	return list
}()

func (o *loadFIB) run(m *machine) truth {
	switch {
	case (o.result == fibOIF || o.result == fibOIFName) && o.flags&^(fibMark|fibIIF|fibPresent) == fibSource:
		return o.wayBack(m)
	case o.result != fibType || o.flags&fibPresent != 0 || o.flags&(fibSource|fibDestination) == 0:
	case (o.flags&fibDestination == 0) == m.pkt.answer: // this computer's own address
		m.write(o.reg, exact(host(routeLocal)))
		return yes
	default:
		m.write(o.reg, anything)
		m.oneOf, m.oneOfR = foreign, o.reg
		return yes
	}
	m.forget(o.reg)
	return maybe
}

// wayBack loads the interface by which answers to the sender leave: with iif only if
// it is the one by which the packet came.
func (o *loadFIB) wayBack(m *machine) truth {
	uses, found := m.wayBack()
	t := found
	if o.flags&fibIIF != 0 {
		t = uses
	}
	switch {
	case t == maybe:
		m.forget(o.reg)
		return maybe
	case o.flags&fibPresent != 0 && t == yes:
		m.write(o.reg, exact(1<<24))
	case o.flags&fibPresent != 0:
		m.write(o.reg, exact(0))
	case t == no && o.result == fibOIF:
		m.write(o.reg, exact(0))
	case t == no:
		m.write(o.reg, exact(0), exact(0), exact(0), exact(0))
	case uses != yes:
		m.forget(o.reg)
		return maybe
	case o.result == fibOIF:
		m.write(o.reg, exact(host(m.facts.index)))
	default:
		m.write(o.reg, m.pkt.deviceName[:]...)
	}
	return yes
}

// extension loads an IPv6 extension header or an option.
type extension struct {
	kind, reg int
	present   bool // asks only whether it is there
	ipv6      bool
}

// The packet has no extension headers; whether it has options is not known.
func (o *extension) run(m *machine) truth {
	switch {
	case o.ipv6 && o.present:
		m.write(o.reg, exact(0))
		return yes
	case o.ipv6:
		return no
	}
	m.forget(o.reg)
	return maybe
}

// addressType is the "addrtype" match of iptables: bits by number of type.
type addressType struct {
	source, destination       uint16
	notSource, notDestination bool
}

func (o *addressType) run(m *machine) truth {
	is := addressIs
	if m.pkt.nfproto == nfIPv6 {
		is = address6Is
	}
	t := yes
	if o.destination != 0 {
		t = negated(is(o.destination, !m.pkt.answer), o.notDestination)
	}
	if o.source != 0 {
		t = both(t, negated(is(o.source, m.pkt.answer), o.notSource))
	}
	return t
}

func negated(t truth, not bool) truth {
	if not {
		return t.not()
	}
	return t
}

// addressIs asks whether this computer's address, or another's, is of one of
// some types.
func addressIs(types uint16, own bool) truth {
	const others = (1<<routeTypes - 1) &^ (1<<routeLocal | 1<<routeBroadcast | 1<<routeAnycast | 1<<routeMulticast)
	if own {
		return split(types&(1<<routeLocal) != 0, true)
	}
	return split(types&others == others, types&others == 0)
}

// address6Is does so for IPv6, where the kernel asks otherwise (match_type6 in
// xt_addrtype.c): by the address alone for the first three types, of which all
// must fit, and by its route for the others, of which one must.
func address6Is(types uint16, own bool) truth {
	const routed = 1<<routeLocal | 1<<routeAnycast | 1<<routeUnreachable
	switch {
	case types&(1<<routeMulticast|1<<0) != 0: // no single computer has such an address
		return no
	case types&routed == 0:
		return yes
	case own:
		return split(types&(1<<routeLocal) != 0, true)
	case types&(1<<routeUnreachable) != 0:
		return maybe
	}
	return no
}
