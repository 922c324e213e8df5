package firewall

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// ipset is a set of the kernel's ip_set, as matches of iptables ask for it.
type ipset struct {
	name, kind string
	dimensions int
	six        bool       // of a kind that holds addresses: IPv6
	elements   []ipMember // longest networks first
	addresses  *set       // the elements of a kind with nothing but addresses, as intervals
	members    []*ipset   // of a list
	filled     bool       // rules add to it or take away
	why        string     // it cannot be judged, in words; empty if it can
}

// ipMember is one element. What a kind does not have stays empty.
type ipMember struct {
	from, to []uint32 // address
	from2    []uint32 // second address
	to2      []uint32
	port     uint16
	proto    byte
	bits     int
	except   bool // nomatch: what it holds is not in the set
	expires  bool
}

// kinds of sets that are understood, and what each dimension of theirs asks for: an
// address or a port.
var ipsetKinds = map[string]string{
	"hash:ip": "a", "hash:net": "a", "bitmap:ip": "a", "bitmap:port": "p", "hash:ip,port": "ap", "hash:net,port": "ap",
	"hash:ip,port,ip": "apa", "hash:ip,port,net": "apa", "list:set": "",
}

// maxSetDepth is how deep lists may hold lists; the kernel takes none.
const maxSetDepth = 4

// test asks whether the packet is in a set; source says of each dimension which end
// of the packet is meant.
func (s *ipset) test(m *machine, source []bool, depth int) truth {
	switch {
	case s.why != "" || depth > maxSetDepth || s.filled && s.kind == "list:set":
		return maybe
	case s.kind == "list:set":
		t := no
		for _, one := range s.members {
			t = anyTrue(t, one.test(m, source, depth+1))
		}
		return t
	case len(source) < s.dimensions:
		return no
	case s.kind != "bitmap:port" && s.six != (m.pkt.nfproto == nfIPv6):
		return no
	case s.filled:
		return maybe
	}
	parts := ipsetKinds[s.kind]
	var ends [3][]word
	for i, part := range []byte(parts) {
		ends[i] = m.end(part, source[i])
	}
	if s.addresses != nil {
		return s.addresses.holds(ends[0])
	}
	t := no
	open := yes // nothing more special has decided yet
	for i := range s.elements {
		e := &s.elements[i]
		is := e.holds(m, parts, ends)
		if is == no {
			continue
		}
		if e.expires {
			is = maybe
		}
		if e.except {
			open = both(open, is.not())
			continue
		}
		if t = anyTrue(t, both(open, is)); t == yes {
			break
		}
	}
	return t
}

// fill notes that rules change the set, or one of those in a list.
func (s *ipset) fill(depth int) {
	s.filled = true
	for _, one := range s.members {
		if depth < maxSetDepth {
			one.fill(depth + 1)
		}
	}
}

// end is the address or the port of one end of the packet.
func (m *machine) end(part byte, source bool) []word {
	if part == 'p' {
		if source {
			return []word{m.pkt.sport}
		}
		return []word{m.pkt.dport}
	}
	at := loadAddress(source, m.pkt.nfproto == nfIPv6)
	ws := make([]word, at.size/4)
	m.pkt.network.load(at.offset, at.size, ws)
	return ws
}

func (e *ipMember) holds(m *machine, parts string, ends [3][]word) truth {
	t := yes
	for i, part := range []byte(parts) {
		switch {
		case part == 'p':
			port := []uint32{uint32(e.port) << 16}
			t = both(t, within(ends[i], port, port))
			if parts != "p" {
				t = both(t, split(e.proto == m.pkt.proto, true))
			}
		case i > 1:
			t = both(t, within(ends[i], e.from2, e.to2))
		default:
			t = both(t, within(ends[i], e.from, e.to))
		}
		if t == no {
			return no
		}
	}
	return t
}

// setMatch is the "set" match.
type setMatch struct {
	set     *ipset
	source  []bool
	not     bool
	counted bool // asks for what was counted too
}

func (o *setMatch) run(m *machine) truth {
	t := o.set.test(m, o.source, 0)
	if o.counted && t != no {
		t = maybe
	}
	return negated(t, o.not)
}

func (o *setMatch) text(*printer) string {
	var ends []string
	for _, source := range o.source {
		ends = append(ends, map[bool]string{true: "src", false: "dst"}[source])
	}
	s := "match-set " + o.set.name + " " + strings.Join(ends, ",")
	if o.not {
		s = "! " + s
	}
	if o.set.why != "" {
		s += " (" + o.set.why + ")"
	}
	return s
}

// ipsetSource finds sets by name, or by the number that rules know them by. Both give
// one with a why where it cannot be read.
type ipsetSource struct {
	byName  func(string) *ipset
	byIndex func(uint16) *ipset
}

func (d *decoding) ipset(index uint16) *ipset {
	if d.sets.byIndex == nil {
		return &ipset{name: fmt.Sprint("number ", index), why: "not read"}
	}
	return d.sets.byIndex(index)
}

const noIPSet = 0xffff // IPSET_INVALID_ID

// xtSet is struct xt_set_info_match_v1, 3 and 4, which begin alike: the set's number,
// how many dimensions, and flags: not, then of each dimension whether it is the source.
func xtSet(d *decoding, revision int, b []byte) ([]op, error) {
	const returnNoMatch = 1 << 7
	if revision < 1 || revision > 4 || len(b) < 4 || revision > 2 && len(b) < 36 || b[2] > 6 {
		return nil, short("xt_set_info_match")
	}
	if revision == 2 && b[3]&returnNoMatch != 0 {
		return nil, errNotUnderstood
	}
	o := &setMatch{set: d.ipset(binary.NativeEndian.Uint16(b)), not: b[3]&1 != 0}
	for i := range int(b[2]) {
		o.source = append(o.source, b[3]&(2<<i) != 0)
	}
	if revision > 2 {
		rest := b[4:36]
		if revision == 4 && len(b) >= 44 {
			rest = b[4:44]
		}
		o.counted = slices.ContainsFunc(rest, func(c byte) bool { return c != 0 }) // counters and flags
		o.counted = o.counted && !onlyUpdates(revision, b)
	}
	return []op{o}, nil
}

// onlyUpdates: nothing is asked of the counters, which are only counted or not.
func onlyUpdates(revision int, b []byte) bool {
	const skipCounter = 0x3 << 3 // IPSET_FLAG_SKIP_COUNTER_UPDATE, IPSET_FLAG_SKIP_SUBCOUNTER_UPDATE
	at := 36
	if revision == 4 {
		at = 40
	}
	if len(b) < at+4 {
		return false
	}
	quiet := !slices.ContainsFunc(b[4:at], func(c byte) bool { return c != 0 })
	return quiet && binary.NativeEndian.Uint32(b[at:])&^skipCounter == 0
}

// xtSetTarget is struct xt_set_info_target_v1 to 3: what it adds to, takes from and,
// in the last one, maps to a mark.
func xtSetTarget(d *decoding, revision int, b []byte) []op {
	n := binary.NativeEndian
	touched := 0
	for i := 0; i < 2 && len(b) >= 4*i+4; i++ {
		if index := n.Uint16(b[4*i:]); index != noIPSet {
			d.ipset(index).fill(0)
			touched++
		}
	}
	if revision > 2 || touched == 0 {
		return []op{&spoilMarks{"SET"}}
	}
	return []op{&inert{"SET"}}
}

// Commands and attributes of ip_set (linux/netfilter/ipset/ip_set.h).
const (
	ipsetList    = 7
	ipsetByIndex = 15

	ipsetProtocol = 1
	ipsetName     = 2
	ipsetIndex    = 11
	ipsetType     = 3
	ipsetFamily   = 5
	ipsetData     = 7
	ipsetADT      = 8

	ipsetIP      = 1
	ipsetIPTo    = 2
	ipsetCIDR    = 3
	ipsetPort    = 4
	ipsetPortTo  = 5
	ipsetTimeout = 6
	ipsetProto   = 7
	ipsetFlags   = 8
	ipsetBitmask = 12
	ipsetMember  = 18
	ipsetNetmask = 20
	ipsetIP2     = 20
	ipsetCIDR2   = 21
)

// parseIPSet makes a set of the kernel's answers to a question for it. Members of a
// list are found by name.
func parseIPSet(name string, list []message, most int, byName func(string) *ipset) *ipset {
	s := &ipset{name: probe.Clean(name, 64)}
	netmask := 0
	for _, m := range list {
		f, err := m.attributes()
		if err != nil {
			s.why = "cannot be read"
			return s
		}
		if f.has(ipsetType) {
			kind, six := probe.Clean(f.text(ipsetType), 40), len(f[ipsetFamily]) == 1 && f[ipsetFamily][0] == nfIPv6
			if s.kind != "" && (kind != s.kind || six != s.six) {
				s.why = "changed while it was read"
				return s
			}
			s.kind, s.six = kind, six
			parts, known := ipsetKinds[s.kind]
			s.dimensions = len(parts)
			if !known {
				s.why = "is of the kind " + s.kind
				return s
			}
		}
		if f.has(ipsetData) {
			head, err := numbered(f[ipsetData])
			if err != nil || head.has(ipsetBitmask) {
				s.why = "has a mask"
				return s
			}
			if len(head[ipsetNetmask]) == 1 {
				netmask = int(head[ipsetNetmask][0])
			}
		}
		elements, err := attrs(f[ipsetADT])
		if err == nil && len(s.elements)+len(elements) > most {
			err = fmt.Errorf("has more than %d elements", most)
		}
		for _, a := range elements {
			if err != nil {
				break
			}
			err = s.add(a.data, netmask, byName)
		}
		if err != nil {
			s.why = probe.Clean(err.Error(), 80)
			return s
		}
	}
	if s.kind == "" {
		s.why = "cannot be read"
		return s
	}
	s.arrange()
	return s
}

// numbered are attributes by number, others left out.
func numbered(b []byte) (f fields, err error) { return message{attrs: b}.attributes() }

var errElement = errors.New("has an element that is not understood")

func (s *ipset) add(b []byte, netmask int, byName func(string) *ipset) error {
	if s.kind == "" {
		return errElement
	}
	f, err := numbered(b)
	if err != nil {
		return err
	}
	if s.kind == "list:set" {
		if !f.has(ipsetMember) || f.has(ipsetTimeout) && f.long32(ipsetTimeout) != 0 {
			return errElement
		}
		s.members = append(s.members, byName(f.text(ipsetMember)))
		return nil
	}
	const except = 4
	e := ipMember{except: f.long32(ipsetFlags)&except != 0, expires: f.long32(ipsetTimeout) != 0}
	parts := ipsetKinds[s.kind]
	if f.has(ipsetIPTo) || f.has(ipsetPortTo) {
		return errElement
	}
	if parts[0] == 'a' {
		if e.from, e.to, e.bits, err = s.network(f[ipsetIP], f[ipsetCIDR], netmask); err != nil {
			return err
		}
	}
	if parts == "apa" {
		bits := 0
		if e.from2, e.to2, bits, err = s.network(f[ipsetIP2], f[ipsetCIDR2], 0); err != nil {
			return err
		}
		e.bits += bits
	}
	if strings.Contains(parts, "p") {
		if len(f[ipsetPort]) != 2 {
			return errElement
		}
		e.port = binary.BigEndian.Uint16(f[ipsetPort])
		if len(f[ipsetProto]) == 1 {
			e.proto = f[ipsetProto][0]
		}
	}
	s.elements = append(s.elements, e)
	return nil
}

// long32 reads a number of ip_set, in network order; 0 if there is none.
func (f *fields) long32(kind int) uint32 { return uint32(f.number(kind)) }

// network reads an address with the length of its network.
func (s *ipset) network(address, cidr []byte, netmask int) (from, to []uint32, bits int, err error) {
	in, err := numbered(address)
	if err != nil {
		return nil, nil, 0, err
	}
	size := 4
	if s.six {
		size = 16
	}
	a := in[1]
	if s.six {
		a = in[2]
	}
	if len(a) != size {
		return nil, nil, 0, errElement
	}
	bits = 8 * size
	switch {
	case len(cidr) == 1:
		bits = int(cidr[0])
	case netmask > 0:
		bits = netmask
	}
	ip, _ := netip.AddrFromSlice(a)
	p, err := ip.Prefix(bits)
	if err != nil {
		return nil, nil, 0, errElement
	}
	low := p.Addr().AsSlice()
	high := slices.Clone(low)
	for i := range high {
		high[i] |= ^byte(uint32(0xff00) >> min(max(bits-8*i, 0), 8))
	}
	return wordsOf(low), wordsOf(high), bits, nil
}

// arrange makes intervals of a set of addresses, so that a network that lies across
// several is known to be in it, and sorts others by how special they are.
func (s *ipset) arrange() {
	plain := !slices.ContainsFunc(s.elements, func(e ipMember) bool { return e.except || e.expires })
	if ipsetKinds[s.kind] == "a" && plain {
		s.addresses = &set{size: 4}
		if s.six {
			s.addresses.size = 16
		}
		for _, e := range s.elements {
			s.addresses.elements = append(s.addresses.elements, element{from: e.from, to: e.to})
		}
		s.addresses.merged()
		s.elements = nil
		return
	}
	slices.SortStableFunc(s.elements, func(a, b ipMember) int { return cmp.Compare(b.bits, a.bits) })
}
