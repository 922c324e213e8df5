package firewall

import "slices"

// set is a set or map of nf_tables: elements are values, or intervals of them.
type set struct {
	name      string
	size      int   // of a key in bytes
	fields    []int // words of each part of a concatenation that holds intervals
	elements  []element
	otherwise *element // for every key that is not there, if there is one
	verdicts  bool     // a map to verdicts
	flags     int      // enum nft_set_flags
	truncated string   // why it is not complete; empty if it is
	filled    bool     // packets fill it
	sorted    bool     // elements are intervals that do not touch, in order
}

// element is one of them. Every field lies between from and to.
type element struct {
	from, to []uint32
	exact    bool // from is to, in a set without intervals
	verdict  verdict
	data     []byte
	limited  bool // has expressions of its own, which may say no
}

func (e *element) matches(ws []word, fields []int) truth {
	var t truth
	switch {
	case e.exact:
		t = equal(ws, e.from)
	case len(fields) < 2:
		t = within(ws, e.from, e.to)
	default:
		t, at := yes, 0
		for _, n := range fields {
			if t = both(t, within(ws[at:at+n], e.from[at:at+n], e.to[at:at+n])); t == no {
				return no
			}
			at += n
		}
		if t == yes && e.limited {
			return maybe
		}
		return t
	}
	if t == yes && e.limited {
		return maybe
	}
	return t
}

// lookup asks whether a key is in a set, or what a map has for it.
type lookup struct {
	set    *set
	reg    int
	to     int  // register for a map's value; -1 for a set
	absent bool // asks for the contrary
}

func (o *lookup) run(m *machine) truth {
	s := o.set
	ws := m.key(o.reg, s.size)
	switch {
	case ws == nil || s.truncated != "" || s.filled:
		if o.to >= 0 {
			m.forget(o.to)
		}
		if s.verdicts && o.to >= 0 {
			m.out = append(m.out, verdict{action: actLose})
		}
		return maybe
	case o.to >= 0:
		return o.mapped(m, ws)
	}
	t := no
	if m.oneOf != nil && m.oneOfR == o.reg && s.size == 4 {
		t = m.among(func(v uint32) bool {
			one := [1]word{exact(v)}
			return slices.ContainsFunc(s.elements, func(e element) bool { return e.matches(one[:], s.fields) == yes })
		})
	} else {
		t = s.holds(ws)
	}
	if s.otherwise != nil {
		t = yes
	}
	if o.absent {
		t = t.not()
	}
	return t
}

// holds asks whether a key is among the elements.
func (s *set) holds(ws []word) truth {
	list, t := s.elements, no
	if s.sorted { // those that end before the key need not be looked at, nor those behind it
		first, _ := slices.BinarySearchFunc(list, ws, func(e element, ws []word) int { return -lowest(ws, e.to) })
		list = list[first:]
	}
	for i := range list {
		if s.sorted && (t != no || highest(ws, list[i].from) < 0) {
			break
		}
		is := list[i].matches(ws, s.fields)
		t = anyTrue(t, is)
		if is == yes {
			break
		}
	}
	return t
}

// mapped finds the values that a map may have for the key.
func (o *lookup) mapped(m *machine, ws []word) truth {
	s := o.set
	var may []*element
	sure := false
	for i := range s.elements {
		e := &s.elements[i]
		is := e.matches(ws, s.fields)
		if is == yes {
			may, sure = append(may[:0], e), true
			break
		}
		if is == maybe {
			may = append(may, e)
		}
	}
	if !sure && s.otherwise != nil {
		may = append(may, s.otherwise)
		sure = len(may) == 1
	}
	if len(may) == 0 {
		return no
	}
	if !s.verdicts {
		if sure {
			(&immediate{reg: o.to, data: may[0].data}).run(m)
			return yes
		}
		m.forget(o.to)
		return maybe
	}
	for _, e := range may {
		v := e.verdict
		if v.action == actContinue { // on to the rest of the rule
			if sure {
				return yes
			}
			v.action = actLose
		}
		m.out = append(m.out, v)
	}
	if sure {
		return yes
	}
	return maybe
}

func (o *lookup) link(find func(string) *chain) {
	if !o.set.verdicts {
		return
	}
	for i := range o.set.elements {
		e := &o.set.elements[i]
		e.verdict = e.verdict.linked(find)
	}
	if o.set.otherwise != nil {
		o.set.otherwise.verdict = o.set.otherwise.verdict.linked(find)
	}
}

// anyPort is the "either port" of iptables' multiport.
type anyPort struct {
	set    *set
	absent bool
}

func (o *anyPort) run(m *machine) truth {
	t := no
	for i := range o.set.elements {
		e := &o.set.elements[i]
		t = anyTrue(t, anyTrue(within([]word{m.pkt.sport}, e.from, e.to), within([]word{m.pkt.dport}, e.from, e.to)))
	}
	if o.absent {
		t = t.not()
	}
	return t
}

// portSet makes a set of ranges of ports.
func portSet(ranges [][2]uint16) *set {
	s := &set{size: 2}
	for _, r := range ranges {
		s.elements = append(s.elements, element{from: []uint32{uint32(r[0]) << 16}, to: []uint32{uint32(r[1]) << 16}})
	}
	return s.merged()
}

// merged joins intervals that touch, so that a key that lies across several is
// known to be in the set. Only for sets of plain intervals.
func (s *set) merged() *set {
	if len(s.fields) > 1 {
		return s
	}
	slices.SortFunc(s.elements, func(a, b element) int { return slices.Compare(a.from, b.from) })
	out := s.elements[:0]
	for _, e := range s.elements {
		if n := len(out); n > 0 && !e.limited && !out[n-1].limited && slices.Compare(e.from, next(out[n-1].to, s.size)) <= 0 {
			if slices.Compare(e.to, out[n-1].to) > 0 {
				out[n-1].to = e.to
			}
			continue
		}
		out = append(out, e)
	}
	s.elements = out
	s.sorted = !slices.ContainsFunc(out, func(e element) bool { return e.limited })
	return s
}

// next is the value after v, of size bytes; v itself if there is none.
func next(v []uint32, size int) []uint32 { return step32(v, size, 1) }

// previous is the value before v; v itself if there is none.
func previous(v []uint32, size int) []uint32 { return step32(v, size, -1) }

func step32(v []uint32, size, by int) []uint32 {
	out := slices.Clone(v)
	unit := uint32(1)
	if size%4 != 0 {
		unit <<= 32 - 8*(size%4)
	}
	for i := len(out) - 1; i >= 0; i-- {
		old := out[i]
		if by > 0 {
			if out[i] += unit; out[i] > old {
				return out
			}
		} else if out[i] -= unit; out[i] < old {
			return out
		}
		unit = 1
	}
	return slices.Clone(v)
}
