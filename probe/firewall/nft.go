package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"wsdoctor/probe"
)

// message is one answer of the kernel about nf_tables: the family it is about
// and its attributes (behind struct nfgenmsg).
type message struct {
	family family
	attrs  []byte
}

// dumps are the kernel's lists of everything, as they were read.
type dumps struct {
	tables, chains, rules, sets, objects []message
	// elements reads those of one set.
	elements func(t tableID, set string) ([]message, error)
	ipsets   ipsetSource
}

// newNFT makes the rule set of what was read. What cannot be read becomes a
// problem of the set.
func newNFT(d dumps) *ruleset {
	s := &ruleset{engine: engineNFT}
	n := &nftReader{
		ruleset: s,
		dumps:   d,
		dormant: map[tableID]bool{},
		chains:  map[tableID]map[string]*chain{},
		sets:    map[tableID]map[string]*set{},
		objects: map[objectID][]byte{},
	}
	n.each("table", d.tables, n.table)
	n.each("chain", d.chains, n.chain)
	n.each("set", d.sets, n.set)
	n.each("object", d.objects, n.object)
	if len(d.rules) > maxRules {
		s.problems = append(s.problems, fmt.Sprintf("more than %d rules", maxRules))
		return s
	}
	n.each("rule", d.rules, n.rule)
	s.link()
	return s
}

type nftReader struct {
	*ruleset
	dumps   dumps
	dormant map[tableID]bool // tables that are switched off
	chains  map[tableID]map[string]*chain
	sets    map[tableID]map[string]*set
	objects map[objectID][]byte
	loaded  int // elements so far
}

// problem notes what could not be read, a few times.
func (s *ruleset) problem(format string, args ...any) {
	if text := probe.Clean(
		fmt.Sprintf(format, args...),
		maxText,
	); len(s.problems) < maxDoubts &&
		!slices.Contains(s.problems, text) {
		s.problems = append(s.problems, text)
	}
}

func (n *nftReader) each(what string, list []message, read func(message) error) {
	for _, m := range list {
		if err := read(m); err != nil {
			n.problem("a %s of %s: %v", what, familyNames[m.family], err)
		}
	}
}

// attributes puts the attributes of a message by number in their places. Newer
// kernels may tell more of a table or chain than is read here.
func (m message) attributes() (fields, error) {
	list, err := attrs(m.attrs)
	var f fields
	for _, a := range list {
		if a.kind < maxKind {
			f[a.kind] = a.data
		}
	}
	return f, err
}

func (n *nftReader) table(m message) error {
	f, err := m.attributes()
	const dormant = 1
	n.dormant[tableID{m.family, f.text(1)}] = f.number(2)&dormant != 0
	return err
}

func (n *nftReader) chain(m message) error {
	f, err := m.attributes()
	if err != nil {
		return err
	}
	t := tableID{m.family, f.text(1)}
	c := &chain{table: t, name: f.text(3)}
	if f.has(4) && !n.dormant[t] {
		if c.base, err = decodeHook(f[4]); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.base.nat = f.text(7) == "nat"
		c.base.drops = f.has(5) && f.number(5) == 0
	}
	if n.chains[t] == nil {
		n.chains[t] = map[string]*chain{}
	}
	n.chains[t][f.text(3)] = n.add(c)
	return nil
}

func decodeHook(b []byte) (*base, error) {
	f, err := parse(b, 5)
	if err != nil || len(f[1]) != 4 || len(f[2]) != 4 {
		return nil, errAttribute
	}
	h := &base{hook: f.number(1), priority: int(int32(f.number(2)))}
	if f.has(3) {
		h.devices = append(h.devices, f.text(3))
	}
	list, err := attrs(f[4])
	for _, a := range list {
		switch a.kind {
		case 1:
			h.devices = append(h.devices, trimName(a.data))
		case 2:
			h.wildcard = append(h.wildcard, trimName(a.data))
		default:
			return nil, errAttribute
		}
	}
	return h, err
}

func (n *nftReader) rule(m message) error {
	f, err := m.attributes()
	if err != nil {
		return err
	}
	t := tableID{m.family, f.text(1)}
	c := n.chains[t][f.text(2)]
	if c == nil {
		return fmt.Errorf("of unknown chain %q", f.text(2))
	}
	r := &rule{}
	if len(f[3]) == 8 {
		r.handle = binary.BigEndian.Uint64(f[3])
	}
	r.comment = commentOf(f[7])
	list, err := attrs(f[4])
	if err != nil {
		return err
	}
	d := &decoding{
		family: m.family,
		sets:   n.dumps.ipsets,
		object: func(kind int, name string) []byte { return n.objects[objectID{t, kind, name}] },
		set:    func(name string) *set { return n.find(t, name) },
	}
	for _, a := range list {
		r.ops = append(r.ops, decodeExpression(d, a.data)...)
	}
	c.rules = append(c.rules, r)
	return nil
}

// commentOf reads a rule's comment, which nft keeps in the rule's user data as
// type 0, length, text.
func commentOf(b []byte) string {
	for len(b) >= 2 {
		n := int(b[1])
		if 2+n > len(b) {
			break
		}
		if b[0] == 0 {
			return probe.Clean(trimName(b[2:2+n]), 128)
		}
		b = b[2+n:]
	}
	return ""
}

// Flags of sets and elements.
const (
	setInterval = 4
	setMap      = 8
	setFilled   = 0x20 // by packets
	setObject   = 0x40
	setConcat   = 0x80

	elementEnd      = 1
	elementCatchall = 2
)

// maxElements is how many elements are read of all sets together.
const maxElements = 200_000

// verdictType is the data type of a map to verdicts (NFT_DATA_VERDICT).
const verdictType = 0xffffff00

func (n *nftReader) set(m message) error {
	f, err := m.attributes()
	if err != nil {
		return err
	}
	t := tableID{m.family, f.text(1)}
	flags := f.number(3)
	s := &set{
		name:      probe.Clean(f.text(2), 64),
		size:      f.number(5),
		verdicts:  flags&setMap != 0 && uint32(f.number(6)) == verdictType,
		truncated: "not read",
	}
	if s.size < 1 || s.size > registers*4 {
		return fmt.Errorf("%s has keys of %d bytes", s.name, s.size)
	}
	if flags&setConcat != 0 {
		if s.fields, err = concatenation(f[9], s.size); err != nil {
			s.truncated = "its keys cannot be read"
		}
	}
	s.flags, s.filled = flags, flags&setFilled != 0
	if n.sets[t] == nil {
		n.sets[t] = map[string]*set{}
	}
	n.sets[t][f.text(2)] = s
	return nil
}

// objectID names a limit, quota or other object that rules share.
type objectID struct {
	tableID
	kind int
	name string
}

// object keeps what an object holds, as an expression of its kind would.
func (n *nftReader) object(m message) error {
	f, err := m.attributes()
	n.objects[objectID{tableID{m.family, f.text(1)}, f.number(3), f.text(2)}] = f[4]
	return err
}

// concatenation reads the lengths of the parts of a key, in words.
func concatenation(b []byte, size int) (words []int, err error) {
	f, err := parse(b, 2)
	if err != nil {
		return nil, err
	}
	list, err := attrs(f[2])
	total := 0
	for _, a := range list {
		in, err := parse(a.data, 1)
		if err != nil || in.number(1) < 1 || in.number(1) > registers*4 {
			return nil, errAttribute
		}
		n := (in.number(1) + 3) / 4
		words, total = append(words, n), total+n
	}
	if total != (size+3)/4 {
		return nil, errors.Join(err, errAttribute)
	}
	return words, err
}

// find gives a set with its elements, which are read when they are first asked
// for.
func (n *nftReader) find(t tableID, name string) *set {
	s := n.sets[t][name]
	if s == nil || s.truncated != "not read" {
		return s
	}
	s.truncated = ""
	list, err := n.dumps.elements(t, name)
	if err == nil {
		err = s.fill(list, maxElements-n.loaded)
	}
	if err != nil {
		s.truncated = probe.Clean(err.Error(), 80)
	}
	n.loaded += len(s.elements)
	return s
}
