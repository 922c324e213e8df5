package firewall

import (
	"errors"
	"fmt"

	"wsdoctor/probe"
)

// decoder makes ops of an expression's attributes. The numbers are those of the
// expression's enum in linux/netfilter/nf_tables.h.
type decoder struct {
	upTo   int // highest attribute it knows
	decode func(d *decoding, f *fields) ([]op, error)
}

// decoding is where an expression stands.
type decoding struct {
	family family
	set    func(name string) *set
	sets   ipsetSource
	object func(kind int, name string) []byte // nil: none are known

	head, body fields // of the expression that is read
}

// decoders are the expressions that are understood, or known to change nothing.
// Everything else is opaque.
var decoders = map[string]decoder{
	"payload":   {8, decodePayload},
	"meta":      {3, decodeMeta},
	"ct":        {4, decodeCT},
	"cmp":       {3, decodeCmp},
	"range":     {4, decodeRange},
	"bitwise":   {8, decodeBitwise},
	"byteorder": {5, decodeByteOrder},
	"lookup":    {5, decodeLookup},
	"immediate": {2, decodeImmediate},
	"fib":       {3, decodeFIB},
	"exthdr":    {7, decodeExthdr},
	"reject":    {2, decodeReject},
	"nat":       {8, decodeNAT},
	"objref":    {4, decodeObjref},
	"match":     {3, decodeMatch},
	"target":    {3, decodeTarget},
	"masq":      {maxKind - 1, accepts("masquerade")},
	"redir":     {3, decodeRedirect},
	"tproxy":    {maxKind - 1, gives("tproxy")},
	"queue":     {4, decodeQueue},
	"fwd":       {maxKind - 1, gives("fwd")},
	"synproxy":  {maxKind - 1, func(*decoding, *fields) ([]op, error) { return synproxy(), nil }},
	"limit":     {6, decodeLimit},
	"quota":     {4, decodeQuota},
	"numgen":    {4, decodeNumgen},
	"connlimit": {2, decodeConnlimit},
	"counter":   {maxKind - 1, ignores("counter")},
	"log":       {maxKind - 1, ignores("log")},
	"last":      {maxKind - 1, ignores("last")},
	"dup":       {maxKind - 1, ignores("dup")},
	"notrack":   {maxKind - 1, func(*decoding, *fields) ([]op, error) { return []op{&untrack{"notrack"}}, nil }},
}

// ignores is an expression that lets every packet on. Its text stays empty: who
// mends a firewall does not look for counters.
func ignores(string) func(*decoding, *fields) ([]op, error) {
	return func(*decoding, *fields) ([]op, error) { return nil, nil }
}

func gives(name string) func(*decoding, *fields) ([]op, error) {
	return func(*decoding, *fields) ([]op, error) { return []op{&lose{name}}, nil }
}

// accepts is a translation of the source address, which ends its chain.
func accepts(name string) func(*decoding, *fields) ([]op, error) {
	return func(*decoding, *fields) ([]op, error) {
		return []op{&hideSource{name: name}}, nil
	}
}

// synproxy answers in the program's place, and tries to connect later: what comes of
// that is not followed. It takes no other packets but TCP's.
func synproxy() []op {
	return append(protocolIs(protoTCP, false), &lose{"synproxy"})
}

// decodeExpression reads one expression. What is not understood is opaque and
// forgets all registers, so that nothing behind it can be taken for certain.
func decodeExpression(d *decoding, b []byte) []op {
	head, f := &d.head, &d.body
	err := head.fill(b, 2)
	name := probe.Clean(head.text(1), 40)
	if err != nil || name == "" {
		return []op{
			&opaque{name: "an expression that cannot be read", reg: 0},
			&opaque{name: "an expression that cannot be read", reg: -1},
		}
	}
	dec, known := decoders[name]
	if name == "dynset" { // which holds expressions itself
		dec, known = decoder{10, decodeDynset}, true
	}
	if !known {
		return unreadable(name)
	}
	if err := f.fill(head[2], dec.upTo); err != nil && dec.upTo < maxKind-1 {
		return unreadable(name)
	}
	ops, err := dec.decode(d, f)
	if err != nil {
		return unreadable(name)
	}
	return ops
}

func unreadable(name string) []op {
	return []op{&opaque{name: name, reg: 0}, &opaque{name: name, reg: -1}}
}

func decodePayload(_ *decoding, f *fields) ([]op, error) {
	base, offset, size := f.number(2), f.number(3), f.number(4)
	if f.has(5) {
		return []op{&rewrite{base, offset}}, nil
	}
	reg, err := f.register(1)
	return []op{&payload{base, offset, size, reg}}, err
}

func decodeMeta(_ *decoding, f *fields) ([]op, error) {
	key := f.number(2)
	if f.has(3) {
		reg, err := f.register(3)
		switch key {
		case metaMark:
			return []op{&setMark{reg}}, err
		case metaPktType:
			return []op{&setType{}}, err
		}
		return nil, err
	}
	reg, err := f.register(1)
	if key == metaTimeNS || key == metaTimeDay || key == metaTimeHour {
		return []op{&loadClock{key, reg}}, err
	}
	return []op{&loadMeta{key, reg}}, err
}

func decodeCT(_ *decoding, f *fields) ([]op, error) {
	key := f.number(2)
	if f.has(4) {
		reg, err := f.register(4)
		if key == ctMark {
			return []op{&setConnmark{reg}}, err
		}
		return nil, err
	}
	reg, err := f.register(1)
	return []op{&loadCT{key, reg, len(f[3]) == 1 && f[3][0] != 0}}, err
}

func decodeCmp(_ *decoding, f *fields) ([]op, error) {
	reg, err := f.register(1)
	if err != nil {
		return nil, err
	}
	data, err := f.value(3)
	return []op{newCompare(f.number(2), reg, data)}, err
}

func decodeRange(_ *decoding, f *fields) ([]op, error) {
	reg, err := f.register(1)
	if err != nil {
		return nil, err
	}
	from, err := f.value(3)
	if err != nil {
		return nil, err
	}
	to, err := f.value(4)
	if err == nil && len(from) != len(to) {
		err = errAttribute
	}
	return []op{newInterval(f.number(2) != 0, reg, from, to)}, err
}

func decodeBitwise(_ *decoding, f *fields) ([]op, error) {
	from, err := f.register(1)
	if err != nil {
		return nil, err
	}
	to, err := f.register(2)
	if err != nil {
		return nil, err
	}
	o := &bitwise{from: from, to: to, size: f.number(3)}
	if o.size < 1 || o.size > registers*4 {
		return nil, errAttribute
	}
	if f.number(6) != 0 || f.has(8) { // a shift, or with a second register
		return []op{o}, nil
	}
	if o.mask, err = f.value(4); err != nil {
		return nil, err
	}
	o.flip, err = f.value(5)
	o.and, o.xor = wordsOf(o.mask), wordsOf(o.flip)
	return []op{o}, err
}

func decodeByteOrder(_ *decoding, f *fields) ([]op, error) {
	from, err := f.register(1)
	if err != nil {
		return nil, err
	}
	to, err := f.register(2)
	return []op{&byteOrder{from: from, to: to, size: f.number(4), width: f.number(5)}}, err
}

func decodeLookup(d *decoding, f *fields) ([]op, error) {
	s := d.set(f.text(1))
	if s == nil {
		return nil, fmt.Errorf("no set %q", f.text(1))
	}
	reg, err := f.register(2)
	if err != nil {
		return nil, err
	}
	o := &lookup{set: s, reg: reg, to: -1, absent: f.number(5)&1 != 0}
	if f.has(3) {
		to, err := f.register(3)
		if err != nil || (to < 0) != s.verdicts || o.absent {
			return nil, errAttribute
		}
		o.to = max(to, 0)
	}
	if f.number(5)&^1 != 0 {
		return nil, errAttribute
	}
	return []op{o}, nil
}

func decodeImmediate(_ *decoding, f *fields) ([]op, error) {
	reg, err := f.register(1)
	if err != nil {
		return nil, err
	}
	if reg < 0 {
		v, err := decodeVerdict(f[2])
		return []op{&decide{v}}, err
	}
	data, err := f.value(2)
	return []op{&immediate{reg, data}}, err
}

// actions are the codes of verdicts (enum nft_verdicts, and NF_DROP, NF_ACCEPT).
var actions = map[int32]action{0: actDrop, 1: actAccept, -1: actContinue, -3: actJump, -4: actGoto, -5: actReturn}

// decodeVerdict reads an attribute that holds NFTA_DATA_VERDICT.
func decodeVerdict(b []byte) (verdict, error) {
	data, err := parse(b, 2)
	if err != nil {
		return verdict{}, err
	}
	in, err := parse(data[2], 3)
	if err != nil || len(in[1]) != 4 {
		return verdict{}, errAttribute
	}
	act, known := actions[int32(in.number(1))]
	if !known {
		act = actLose
	}
	return verdict{action: act, name: in.text(2)}, nil
}

func decodeFIB(_ *decoding, f *fields) ([]op, error) {
	reg, err := f.register(1)
	return []op{&loadFIB{f.number(2), f.number(3), reg}}, err
}

func decodeExthdr(_ *decoding, f *fields) ([]op, error) {
	if f.has(7) || !f.has(1) { // sets an option, or removes one
		return nil, nil
	}
	reg, err := f.register(1)
	kind := 0
	if len(f[2]) == 1 {
		kind = int(f[2][0])
	}
	return []op{&extension{kind: kind, reg: reg, present: f.number(5)&1 != 0, ipv6: f.number(6) == 0}}, err
}

func decodeReject(_ *decoding, f *fields) ([]op, error) {
	return []op{&refuse{reset: f.number(1) == 1}}, nil
}

// decodeNAT reads attributes of enum nft_nat_attributes.
func decodeNAT(_ *decoding, f *fields) ([]op, error) {
	of := family(f.number(2))
	if f.number(1) == 0 {
		return []op{&hideSource{name: "snat", of: of}}, nil
	}
	o := &translateTo{name: "dnat", of: of, address: -1, port: -1, portEnd: -1}
	var err, err2 error
	if f.has(3) {
		o.address, err = f.register(3)
		o.unclear = f.has(4) && string(f[4]) != string(f[3])
	}
	if f.has(5) {
		o.port, err2 = f.register(5)
	}
	var err3 error
	if f.has(6) && string(f[6]) != string(f[5]) {
		o.portEnd, err3 = f.register(6)
	}
	return []op{o}, errors.Join(err, err2, err3)
}

// decodeRedirect reads attributes of enum nft_redir_attributes.
func decodeRedirect(_ *decoding, f *fields) ([]op, error) {
	o := &translateTo{name: "redirect", redirect: true, address: -1, port: -1, portEnd: -1}
	var err, err2 error
	if f.has(1) {
		o.port, err = f.register(1)
	}
	if f.has(2) && string(f[2]) != string(f[1]) {
		o.portEnd, err2 = f.register(2)
	}
	return []op{o}, errors.Join(err, err2)
}

// sharedDecoders are objects that say no at some time, by their number (NFT_OBJECT_*).
var sharedDecoders = map[int]decoder{2: {4, decodeQuota}, 4: {6, decodeLimit}, 5: {2, decodeConnlimit}}

// decodeObjref refers to a named object: counters and what belongs to connections
// change nothing here, quotas and limits say no at some time.
func decodeObjref(d *decoding, f *fields) ([]op, error) {
	const counter, helper, timeout, secmark, expectation, proxy = 1, 3, 7, 8, 9, 10
	if f.has(3) || f.has(4) {
		return []op{&opaque{name: "object of a map", reg: -1}}, nil
	}
	if dec, is := sharedDecoders[f.number(1)]; is && d.object != nil {
		var data fields
		if b := d.object(f.number(1), f.text(2)); b != nil && data.fill(b, dec.upTo) == nil {
			if ops, err := dec.decode(d, &data); err == nil {
				return ops, nil
			}
		}
	}
	switch f.number(1) {
	case counter, helper, timeout, secmark, expectation:
		return nil, nil
	case proxy:
		return synproxy(), nil
	}
	return []op{&opaque{name: "limit or quota " + probe.Clean(f.text(2), 40), reg: -1}}, nil
}
