package firewall

import "slices"

// travel is what rules may change of a packet on its way. Two that are equal go on
// alike, so what a chain does to one is kept (walk.go).
type travel struct {
	pkt      *packet // as it is now: address translation makes another one of it
	mark     word    // of the packet, as a register holds it
	connmark word    // of its connection
	kind     word    // its packet type, for whom the card took it
	tracking tracking
	placed   bool // address translation has had its say at this hook
}

// tracking is what connection tracking makes of the packet.
type tracking uint8

const (
	trackingUsual  tracking = iota // nothing yet before its priority; then new, or an answer
	trackingNone                   // a rule keeps the packet from it
	trackingUnsure                 // it, or another, at the very priority at which packets are tracked
	trackingStray                  // an answer to a packet that was not tracked
)

// newTravel is how a packet comes in.
func newTravel(p *packet) travel {
	return travel{pkt: p, mark: exact(0), connmark: exact(0), kind: exact(0)}
}

// answered is how the answer to a packet goes out, p, if the packet came in as t.
func (t travel) answered(p *packet, keepsMark bool) travel {
	out := travel{pkt: p, mark: exact(0), connmark: t.connmark, kind: exact(0)} // packets are made so
	if keepsMark && p.proto == protoTCP {
		out.mark = t.mark
	}
	switch t.tracking {
	case trackingNone:
		out.tracking, out.connmark = trackingStray, exact(0)
	case trackingUnsure:
		out.tracking, out.connmark = trackingUnsure, anything
	}
	return out
}

// unsure is a packet of which only its bytes are known.
func (t travel) unsure() travel {
	t.mark, t.connmark, t.kind, t.tracking = anything, anything, anything, trackingUnsure
	return t
}

// maxTravels is how many ways of one packet are followed beside each other.
const maxTravels = 16

// trim leaves out what is there twice, and makes one of several that differ in their
// marks where they are too many.
func trim(list []travel) []travel {
	if len(list) < 2 {
		return list
	}
	out := list[:0]
	for _, t := range list {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	if len(out) <= maxTravels {
		return out
	}
	few := out[:0:0]
	for _, t := range out {
		i := slices.IndexFunc(few, func(f travel) bool {
			return f.pkt == t.pkt && f.tracking == t.tracking && f.placed == t.placed
		})
		if i < 0 {
			few = append(few, t)
			continue
		}
		few[i].mark, few[i].connmark, few[i].kind = eitherWord(
			few[i].mark,
			t.mark,
		), eitherWord(
			few[i].connmark,
			t.connmark,
		), eitherWord(
			few[i].kind,
			t.kind,
		)
	}
	return few
}

// eitherWord is what is known of something that is a or b.
func eitherWord(a, b word) word {
	known := a.known & b.known &^ (a.val ^ b.val)
	return word{val: a.val & known, known: known, low: min(a.low, b.low), high: max(a.high, b.high)}
}
