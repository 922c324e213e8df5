package firewall

import "net/netip"

// facts are what holds for every packet of an Ask.
type facts struct {
	device     string
	index      uint32       // of the interface; 0 if not known
	deviceType uint16       // ARPHRD number of linux/if_arp.h
	typed      bool         // deviceType is known
	own        []netip.Addr // of the interface, in its order
	keepsMark  bool         // an answer over TCP gets its request's mark (net.ipv4.tcp_fwmark_accept)
	zeroNames  bool         // an interface that is not there has the number zero and no name
	elsewhere  alterations  // what another engine does to packets
	limits     limits       // which are held for not reached
	clock      clock
	queues     queues
	routes     *routes // nil: not known
}

// alterations are what the rules of one engine change for those of another.
type alterations struct{ marks, connmarks, untracks, types, translates bool }

// stage is where in its way a packet is. Only what connection tracking knows of
// it depends on that.
type stage uint8

const (
	stageIngress stage = iota
	stageEarly         // before connection tracking
	stageEdge          // at its very priority: before or after
	stageTracked
	stages
)

// registers is their number, of four bytes each.
const registers = 16

// machine evaluates the expressions of a rule, as nf_tables does: they load
// parts of the packet into registers and compare those.
type machine struct {
	facts *facts
	now   travel  // what has become of the packet
	pkt   *packet // of now
	stage stage
	timed bool // the clock was asked
	regs  [registers]word
	out   []verdict // that the rule has come to; several if it may be any of them

	// A register that holds one of a few values.
	oneOf  []uint32
	oneOfR int

	scratch  [registers]word
	variants map[variant]*packet
}

// start forgets the registers.
func (m *machine) start(t travel) {
	m.now, m.pkt, m.timed = t, t.pkt, false
	for i := range m.regs {
		m.regs[i] = anything
	}
	m.out, m.oneOf = m.out[:0], nil
}

// write fills registers from r on. Those that do not exist are ignored: the
// kernel takes no such rule.
func (m *machine) write(r int, words ...word) {
	m.oneOf = nil
	for i, w := range words {
		if j := r + i; j >= 0 && j < registers {
			m.regs[j] = w
		}
	}
}

// forget makes all registers from r on unknown.
func (m *machine) forget(r int) {
	m.oneOf = nil
	for j := max(r, 0); j < registers; j++ {
		m.regs[j] = anything
	}
}

// read gives n words from register r on.
func (m *machine) read(r, n int) []word {
	if r < 0 || n < 1 || r+n > registers {
		return nil
	}
	return m.regs[r : r+n]
}

// key gives the words of n bytes from register r on, the last filled up with
// zeros; nil where there are no such registers.
func (m *machine) key(r, n int) []word {
	ws := m.read(r, (n+3)/4)
	if ws == nil || n%4 == 0 {
		return ws
	}
	k := copy(m.scratch[:], ws)
	m.scratch[k-1] = m.scratch[k-1].top(n % 4)
	return m.scratch[:k]
}

// lowest compares the lowest value that some words may have with a value, as
// strings of bytes: -1, 0 or 1. highest does so with the highest.
func lowest(ws []word, v []uint32) int {
	for i, w := range ws {
		if w.low != v[i] {
			return sign(w.low, v[i])
		}
	}
	return 0
}

func highest(ws []word, v []uint32) int {
	for i, w := range ws {
		if w.high != v[i] {
			return sign(w.high, v[i])
		}
	}
	return 0
}

func sign(a, b uint32) int {
	if a < b {
		return -1
	}
	return 1
}

// within asks whether some words lie between two values, both included.
func within(ws []word, from, to []uint32) truth {
	switch {
	case highest(ws, from) < 0 || lowest(ws, to) > 0:
		return no
	case lowest(ws, from) >= 0 && highest(ws, to) <= 0:
		return yes
	}
	return maybe
}

// equal asks whether some words have a value.
func equal(ws []word, v []uint32) truth {
	for i, w := range ws {
		if (w.val^v[i])&w.known != 0 {
			return no
		}
	}
	return within(ws, v, v)
}
