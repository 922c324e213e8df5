package firewall

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"wsdoctor/probe"
)

// The extensions of iptables stand inside nf_tables rules as blobs: structures
// of the kernel in this computer's own order of bytes, from the headers
// linux/netfilter/xt_*.h. Those below are translated; others are opaque.
var matches = map[string]func(d *decoding, revision int, info []byte) ([]op, error){
	"comment":   func(*decoding, int, []byte) ([]op, error) { return nil, nil },
	"tcp":       xtTCP,
	"udp":       xtUDP,
	"multiport": xtMultiport,
	"conntrack": xtConntrack,
	"state":     xtState,
	"addrtype":  xtAddrtype,
	"mark":      xtMark,
	"connmark":  xtMark,
	"pkttype":   xtPkttype,
	"iprange":   xtIPRange,
	"time":      xtTime,
	"limit":     xtLimit,
	"hashlimit": xtHashlimit,
	"connlimit": xtConnlimit,
	"rpfilter":  xtReversePath,
	"set":       xtSet,
	"statistic": xtStatistic,
	"recent":    xtRecent,
}

// elsewhere are matches of protocols and headers that a packet for a streaming
// port does not have.
var elsewhere = map[string]bool{
	"icmp": true, "icmp6": true, "sctp": true, "dccp": true, "ah": true, "esp": true,
	"rt": true, "frag": true, "hbh": true, "dst": true, "mh": true, "srh": true,
}

func decodeMatch(d *decoding, f *fields) ([]op, error) {
	name := probe.Clean(f.text(1), 40)
	translate, known := matches[name]
	if known {
		if name == "connmark" {
			return xtMarkOf(f[3], &loadCT{key: ctMark})
		}
		if ops, err := translate(d, f.number(2), f[3]); err == nil {
			return ops, nil
		}
	}
	if elsewhere[name] {
		return always(false, "match "+name), nil
	}
	return []op{&opaque{name: "match " + name, reg: -1}}, nil
}

// targetKind is what a target of iptables does.
type targetKind uint8

const (
	targetPasses targetKind = iota // the next rule is looked at
	targetAccepts
	targetDrops
	targetRejects
	targetReturns
	targetLoses
	targetSpoils // marks
	targetNotrack
)

// targets of iptables by name. Any other is held for one that takes the packet
// away.
var targets = map[string]targetKind{
	"ACCEPT":      targetAccepts,
	"DROP":        targetDrops,
	"REJECT":      targetRejects,
	"RETURN":      targetReturns,
	"MARK":        targetSpoils,
	"HMARK":       targetSpoils,
	"CONNMARK":    targetSpoils,
	"SET":         targetSpoils,
	"NOTRACK":     targetNotrack,
	"LOG":         targetPasses,
	"NFLOG":       targetPasses,
	"ULOG":        targetPasses,
	"AUDIT":       targetPasses,
	"TRACE":       targetPasses,
	"SECMARK":     targetPasses,
	"CONNSECMARK": targetPasses,
	"CLASSIFY":    targetPasses,
	"TCPMSS":      targetPasses,
	"TOS":         targetPasses,
	"DSCP":        targetPasses,
	"TTL":         targetPasses,
	"HL":          targetPasses,
	"ECN":         targetPasses,
	"CHECKSUM":    targetPasses,
	"TCPOPTSTRIP": targetPasses,
	"LED":         targetPasses,
	"IDLETIMER":   targetPasses,
	"RATEEST":     targetPasses,
	"TEE":         targetPasses,
}

// target makes the ops of a target of which no options matter, or none are understood.
func target(name string, reset bool) []op {
	kind, known := targets[name]
	if !known {
		return []op{&lose{name}}
	}
	switch kind {
	case targetAccepts:
		return []op{&decide{verdict{action: actAccept}}}
	case targetDrops:
		return []op{&decide{verdict{action: actDrop}}}
	case targetRejects:
		return []op{&refuse{reset}}
	case targetReturns:
		return []op{&decide{verdict{action: actReturn}}}
	case targetSpoils:
		return []op{&spoilMarks{name}}
	case targetNotrack:
		return []op{&untrack{name}}
	}
	return []op{&inert{name}}
}

// builtTargets are those whose options matter, as structures of the kernel.
var builtTargets = map[string]func(d *decoding, revision int, info []byte) ([]op, error){
	"MARK":     func(_ *decoding, _ int, b []byte) ([]op, error) { return xtMarkTarget(b) },
	"CONNMARK": func(_ *decoding, revision int, b []byte) ([]op, error) { return xtConnmarkTarget(revision, b) },
	"CT":       func(_ *decoding, _ int, b []byte) ([]op, error) { return xtCT(b) },
	"NFQUEUE":  func(_ *decoding, revision int, b []byte) ([]op, error) { return xtQueue(revision, b) },
	"REDIRECT": func(d *decoding, revision int, b []byte) ([]op, error) {
		return xtTranslate("REDIRECT", d.family, revision, b)
	},
	"DNAT": func(d *decoding, revision int, b []byte) ([]op, error) {
		return xtTranslate("DNAT", d.family, revision, b)
	},
	"SET":        func(d *decoding, revision int, b []byte) ([]op, error) { return xtSetTarget(d, revision, b), nil },
	"SNAT":       func(*decoding, int, []byte) ([]op, error) { return []op{&hideSource{name: "SNAT"}}, nil },
	"MASQUERADE": func(*decoding, int, []byte) ([]op, error) { return []op{&hideSource{name: "MASQUERADE"}}, nil },
	"SYNPROXY":   func(*decoding, int, []byte) ([]op, error) { return synproxy(), nil },
}

// xtCT is struct xt_ct_target_info: its first bit keeps packets from being tracked.
func xtCT(b []byte) ([]op, error) {
	const notrack = 1
	if len(b) < 2 {
		return nil, short("xt_ct_target_info")
	}
	if binary.NativeEndian.Uint16(b)&notrack != 0 {
		return []op{&untrack{"CT notrack"}}, nil
	}
	return []op{&inert{"CT"}}, nil
}

// tcpResets are the numbers by which REJECT asks for a TCP reset
// (IPT_TCP_RESET, IP6T_TCP_RESET).
var tcpResets = map[family]uint32{familyIP: 7, familyIP6: 6}

func decodeTarget(d *decoding, f *fields) ([]op, error) {
	name := probe.Clean(f.text(1), 40)
	info := f[3]
	if build, known := builtTargets[name]; known {
		ops, err := build(d, f.number(2), info)
		if err != nil {
			ops = target(name, false)
		}
		return ops, nil
	}
	reset := name == "REJECT" && len(info) >= 4 && binary.NativeEndian.Uint32(info) == tcpResets[d.family]
	return target(name, reset), nil
}

func short(what string) error { return fmt.Errorf("%s is too short", what) }

// portRange asks for a port between two numbers; offset 0 for the source, 2 for
// the destination.
func portRange(offset int, first, last uint16, not bool) []op {
	if first == 0 && last == 65535 && !not {
		return nil
	}
	return []op{
		&payload{base: baseTransport, offset: offset, size: 2},
		newInterval(not, 0, binary.BigEndian.AppendUint16(nil, first), binary.BigEndian.AppendUint16(nil, last)),
	}
}

// protocol asks for one, if it is said to be.
func protocolIs(proto byte, not bool) []op {
	how := cmpEq
	if not {
		how = cmpNeq
	}
	return []op{&loadMeta{key: metaL4Proto}, newCompare(how, 0, []byte{proto})}
}

// tcpFlags asks whether of some flags just those in want are set.
func tcpFlags(mask, want byte, not bool) []op {
	how := cmpEq
	if not {
		how = cmpNeq
	}
	return []op{
		&payload{base: baseTransport, offset: 13, size: 1},
		masked([]byte{mask}),
		newCompare(how, 0, []byte{want}),
	}
}

// masked keeps some bits of the first register.
func masked(mask []byte) op {
	flip := make([]byte, len(mask))
	return &bitwise{size: len(mask), mask: mask, flip: flip, and: wordsOf(mask), xor: wordsOf(flip)}
}

// native writes a number in this computer's order.
func native(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }

// bits asks whether any of some bits of a number in the first register is set.
func anyBit(mask uint32, not bool) []op {
	how := cmpNeq
	if not {
		how = cmpEq
	}
	return []op{masked(native(mask)), newCompare(how, 0, make([]byte, 4))}
}

// xtTCP is struct xt_tcp: two ranges of ports, an option, flags, what is negated.
func xtTCP(_ *decoding, _ int, b []byte) ([]op, error) {
	if len(b) < 12 {
		return nil, short("xt_tcp")
	}
	n := binary.NativeEndian
	ops := protocolIs(protoTCP, false)
	ops = append(ops, portRange(0, n.Uint16(b), n.Uint16(b[2:]), b[11]&1 != 0)...)
	ops = append(ops, portRange(2, n.Uint16(b[4:]), n.Uint16(b[6:]), b[11]&2 != 0)...)
	if b[8] != 0 {
		ops = append(ops, &opaque{name: "tcp option", reg: -1})
	}
	if b[9] != 0 || b[11]&4 != 0 {
		ops = append(ops, tcpFlags(b[9], b[10], b[11]&4 != 0)...)
	}
	return ops, nil
}

// xtUDP is struct xt_udp.
func xtUDP(_ *decoding, _ int, b []byte) ([]op, error) {
	if len(b) < 9 {
		return nil, short("xt_udp")
	}
	n := binary.NativeEndian
	ops := protocolIs(protoUDP, false)
	ops = append(ops, portRange(0, n.Uint16(b), n.Uint16(b[2:]), b[8]&1 != 0)...)
	return append(ops, portRange(2, n.Uint16(b[4:]), n.Uint16(b[6:]), b[8]&2 != 0)...), nil
}

// xtMultiport is struct xt_multiport_v1 and, without ranges, xt_multiport.
func xtMultiport(_ *decoding, revision int, b []byte) ([]op, error) {
	const most = 15
	if len(b) < 2+2*most || revision == 1 && len(b) < 2+3*most+1 || revision > 1 || b[1] > most {
		return nil, short("xt_multiport")
	}
	var ranges [][2]uint16
	not := false
	for i := 0; i < int(b[1]); i++ {
		port := binary.NativeEndian.Uint16(b[2+2*i:])
		r := [2]uint16{port, port}
		if revision == 1 && b[2+2*most+i] != 0 && i+1 < int(b[1]) {
			i++
			r[1] = binary.NativeEndian.Uint16(b[2+2*i:])
		}
		ranges = append(ranges, r)
	}
	if revision == 1 {
		not = b[2+3*most] != 0
	}
	return multiport(int(b[0]), ranges, not)
}

func multiport(which int, ranges [][2]uint16, not bool) ([]op, error) {
	s := portSet(ranges)
	switch which {
	case 0:
		return []op{&payload{base: baseTransport, offset: 0, size: 2}, &lookup{set: s, to: -1, absent: not}}, nil
	case 1:
		return []op{&payload{base: baseTransport, offset: 2, size: 2}, &lookup{set: s, to: -1, absent: not}}, nil
	case 2:
		return []op{&anyPort{s, not}}, nil
	}
	return nil, fmt.Errorf("multiport of kind %d", which)
}

// xtConntrack is struct xt_conntrack_mtinfo1 to 3. Only questions for the state
// are understood.
func xtConntrack(_ *decoding, revision int, b []byte) ([]op, error) {
	const matchFlags, invertFlags, stateMask = 146, 148, 150
	const state, alias = 1, 1 << 13
	if revision < 1 || revision > 3 || len(b) < stateMask+4 {
		return nil, short("xt_conntrack")
	}
	n := binary.NativeEndian
	if n.Uint16(b[matchFlags:])&^alias != state {
		return nil, fmt.Errorf("conntrack asks for more than the state")
	}
	mask := uint32(b[stateMask])
	if revision > 1 {
		mask = uint32(n.Uint16(b[stateMask:]))
	}
	return connState(mask, n.Uint16(b[invertFlags:])&state != 0), nil
}

// connState asks for states by the bits of iptables, which has its own for
// untracked, and two for translated addresses.
func connState(mask uint32, not bool) []op {
	const source, destination, untracked = 1 << 6, 1 << 7, 1 << 8
	bits := mask & (stateInvalid | stateEstablished | stateRelated | stateNew)
	if mask&untracked != 0 {
		bits |= stateUntracked
	}
	if mask&(source|destination) != 0 {
		return []op{&translatedState{bits, mask&source != 0, mask&destination != 0, not}}
	}
	return append([]op{&loadCT{key: ctState}}, anyBit(bits, not)...)
}

// translatedState asks for states, or for a connection whose addresses were
// translated.
type translatedState struct {
	bits                     uint32
	source, destination, not bool
}

func (o *translatedState) run(m *machine) truth {
	is := m.tracked()
	n := 0
	for _, v := range states[is] {
		if v&o.bits != 0 {
			n++
		}
	}
	t := split(n == len(states[is]), n == 0)
	switch has := m.translated(); {
	case is.unsure() && t != yes:
		t = maybe
	case is != trackedNew && is != trackedAnswer && is != trackedLater:
	case o.source && has&statusSNAT != 0, o.destination && has&statusDNAT != 0:
		t = yes
	}
	return negated(t, o.not)
}

func (o *translatedState) text(*printer) string { return "ct state translated" }

// xtState is struct xt_state_info.
func xtState(_ *decoding, _ int, b []byte) ([]op, error) {
	if len(b) < 4 {
		return nil, short("xt_state")
	}
	const untracked = 1 << 6 // here, before there were the other two
	mask := binary.NativeEndian.Uint32(b)
	if mask&untracked != 0 {
		mask = mask&^untracked | 1<<8
	}
	return connState(mask, false), nil
}

// xtAddrtype is struct xt_addrtype_info_v1 and xt_addrtype_info.
func xtAddrtype(_ *decoding, revision int, b []byte) ([]op, error) {
	n := binary.NativeEndian
	switch {
	case revision == 1 && len(b) >= 8:
		flags := n.Uint32(b[4:])
		if flags&^(1|2|4) != 0 {
			return nil, fmt.Errorf("addrtype limited to an outgoing interface")
		}
		return []op{&addressType{n.Uint16(b), n.Uint16(b[2:]), flags&1 != 0, flags&2 != 0}}, nil
	case revision == 0 && len(b) >= 12:
		return []op{&addressType{n.Uint16(b), n.Uint16(b[2:]), n.Uint32(b[4:]) != 0, n.Uint32(b[8:]) != 0}}, nil
	}
	return nil, short("xt_addrtype")
}

func xtMark(_ *decoding, _ int, b []byte) ([]op, error) {
	return xtMarkOf(b, &loadMeta{key: metaMark})
}

// xtMarkOf is struct xt_mark_mtinfo1 and xt_connmark_mtinfo1: value, mask, not.
func xtMarkOf(b []byte, load op) ([]op, error) {
	if len(b) < 9 {
		return nil, short("xt_mark")
	}
	n := binary.NativeEndian
	return markIs(load, n.Uint32(b), n.Uint32(b[4:]), b[8] != 0), nil
}

func markIs(load op, value, mask uint32, not bool) []op {
	how := cmpEq
	if not {
		how = cmpNeq
	}
	return []op{load, masked(native(mask)), newCompare(how, 0, native(value))}
}

// xtPkttype is struct xt_pkttype_info: type and not.
func xtPkttype(_ *decoding, _ int, b []byte) ([]op, error) {
	if len(b) < 8 {
		return nil, short("xt_pkttype")
	}
	return packetType(byte(binary.NativeEndian.Uint32(b)), binary.NativeEndian.Uint32(b[4:]) != 0), nil
}

func packetType(kind byte, not bool) []op {
	how := cmpEq
	if not {
		how = cmpNeq
	}
	return []op{&loadMeta{key: metaPktType}, newCompare(how, 0, []byte{kind})}
}

// xtIPRange is struct xt_iprange_mtinfo: four addresses of 16 bytes and flags.
func xtIPRange(d *decoding, _ int, b []byte) ([]op, error) {
	const source, destination, notSource, notDestination = 1, 2, 16, 32
	if len(b) < 65 {
		return nil, short("xt_iprange")
	}
	n := 4
	if d.family == familyIP6 {
		n = 16
	}
	address := func(i int) netip.Addr { a, _ := netip.AddrFromSlice(b[16*i : 16*i+n]); return a }
	var ops []op
	if b[64]&source != 0 {
		ops = append(ops, addressRange(true, address(0), address(1), b[64]&notSource != 0)...)
	}
	if b[64]&destination != 0 {
		ops = append(ops, addressRange(false, address(2), address(3), b[64]&notDestination != 0)...)
	}
	return ops, nil
}

// loadAddress loads the source or the destination of an IP version.
func loadAddress(source, six bool) *payload {
	switch {
	case source && six:
		return &payload{base: baseNetwork, offset: 8, size: 16}
	case six:
		return &payload{base: baseNetwork, offset: 24, size: 16}
	case source:
		return &payload{base: baseNetwork, offset: 12, size: 4}
	}
	return &payload{base: baseNetwork, offset: 16, size: 4}
}

func addressRange(source bool, from, to netip.Addr, not bool) []op {
	return []op{loadAddress(source, from.Is6()), newInterval(not, 0, from.AsSlice(), to.AsSlice())}
}
