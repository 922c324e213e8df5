package firewall

import "encoding/binary"

// setMark gives the packet the mark in a register.
type setMark struct{ reg int }

func (o *setMark) run(m *machine) truth {
	m.now.mark = m.one(o.reg)
	return yes
}

// setConnmark gives its connection the mark in a register. Without a connection
// nothing happens, and the rule goes on.
type setConnmark struct{ reg int }

func (o *setConnmark) run(m *machine) truth {
	m.mark(m.one(o.reg))
	return yes
}

// one is what is known of a register.
func (m *machine) one(r int) word {
	if ws := m.read(r, 1); ws != nil {
		return ws[0]
	}
	return anything
}

// mark gives the connection a mark, if there is one.
func (m *machine) mark(w word) {
	switch m.tracked() {
	case trackedNot, trackedInvalid:
	case trackedUnsure, trackedStray, trackedLoose:
		m.now.connmark = anything
	default:
		m.now.connmark = w
	}
}

// setType changes the packet type, where the kernel takes it.
type setType struct{}

func (o *setType) run(m *machine) truth {
	m.now.kind = anything
	return yes
}

// untrack keeps a packet from connection tracking, if it is not tracked yet.
type untrack struct{ name string }

func (o *untrack) run(m *machine) truth {
	switch m.tracked() {
	case trackedUnsure:
		m.now.tracking = trackingUnsure
	case trackedInvalid:
		m.now.tracking = trackingNone
	}
	return yes
}

// markTarget is MARK of iptables: what is in the mask is replaced by value.
type markTarget struct{ value, mask uint32 }

func (o *markTarget) run(m *machine) truth {
	m.now.mark = combined(m.now.mark, host(o.mask), host(o.value))
	return yes
}

// combined is w without the bits in mask, and then value flipped in.
func combined(w word, mask, value uint32) word {
	out := partly((w.val&w.known&^mask)^value, w.known|mask)
	return out
}

// Ways of CONNMARK (enum of linux/netfilter/xt_connmark.h).
const (
	connmarkSet = iota
	connmarkSave
	connmarkRestore
)

// connmarkTarget is CONNMARK of iptables, which needs a connection.
type connmarkTarget struct {
	mode                  int
	value, ctmask, nfmask uint32
}

func (o *connmarkTarget) run(m *machine) truth {
	ctmask, nfmask := host(o.ctmask), host(o.nfmask)
	is := m.tracked()
	old := m.now.connmark
	if m.facts.elsewhere.connmarks || is.unsure() {
		old = anything
	}
	switch {
	case is == trackedNot || is == trackedInvalid:
	case o.mode == connmarkSet:
		m.mark(combined(old, ctmask, host(o.value)))
	case o.mode == connmarkSave:
		from := m.now.mark
		if m.facts.elsewhere.marks {
			from = anything
		}
		m.mark(flipped(old, ctmask, from, nfmask))
	case o.mode == connmarkRestore && is.unsure(): // or not
		m.now.mark = anything
	case o.mode == connmarkRestore:
		m.now.mark = flipped(m.now.mark, nfmask, old, ctmask)
	default: // a shift
		m.mark(anything)
		m.now.mark = anything
	}
	return yes
}

// flipped is w without the bits in mask, and then those of from in its own mask
// flipped in.
func flipped(w word, mask uint32, from word, fromMask uint32) word {
	known := (w.known | mask) & (from.known | ^fromMask)
	return partly((w.val&^mask)^(from.val&fromMask), known)
}

// spoilMarks is a target that gives marks which are not foreseen.
type spoilMarks struct{ name string }

func (o *spoilMarks) run(m *machine) truth {
	m.now.mark = anything
	return yes
}

func (o *setMark) text(p *printer) string   { return "meta mark set " + p.reg(o.reg).name }
func (o *setConnmark) text(*printer) string { return "ct mark set" }
func (o *setType) text(*printer) string     { return "meta pkttype set" }
func (o *untrack) text(*printer) string     { return o.name }
func (o *markTarget) text(*printer) string {
	return "MARK set " + hexOf(o.value) + "/" + hexOf(o.mask)
}
func (o *connmarkTarget) text(*printer) string { return "CONNMARK" }
func (o *spoilMarks) text(*printer) string     { return o.name }

func hexOf(v uint32) string { return hexValue(binary.BigEndian.AppendUint32(nil, v)) }

// What these change for the rules of another engine.
func (o *setMark) mark(s *ruleset)     { s.alters.marks = true }
func (o *setConnmark) mark(s *ruleset) { s.alters.connmarks = true }
func (o *setType) mark(s *ruleset)     { s.alters.types = true }
func (o *untrack) mark(s *ruleset)     { s.alters.untracks = true }
func (o *markTarget) mark(s *ruleset)  { s.alters.marks = true }
func (o *connmarkTarget) mark(s *ruleset) {
	s.alters.marks, s.alters.connmarks = s.alters.marks ||
		o.mode != connmarkSet, s.alters.connmarks ||
		o.mode != connmarkRestore
}
func (o *spoilMarks) mark(s *ruleset) { s.alters.marks = true }

// xtMarkTarget is struct xt_mark_tginfo2.
func xtMarkTarget(b []byte) ([]op, error) {
	if len(b) < 8 {
		return nil, short("xt_mark_tginfo2")
	}
	n := binary.NativeEndian
	return []op{&markTarget{n.Uint32(b), n.Uint32(b[4:])}}, nil
}

// xtConnmarkTarget is struct xt_connmark_tginfo1, and 2 where nothing is shifted.
func xtConnmarkTarget(revision int, b []byte) ([]op, error) {
	if revision < 1 || revision > 2 || len(b) < 13 || revision == 2 && len(b) < 15 {
		return nil, short("xt_connmark_tginfo1")
	}
	n := binary.NativeEndian
	o := &connmarkTarget{mode: int(b[12]), value: n.Uint32(b), ctmask: n.Uint32(b[4:]), nfmask: n.Uint32(b[8:])}
	if revision == 2 && b[14] != 0 {
		o.mode = -1
	}
	return []op{o}, nil
}
