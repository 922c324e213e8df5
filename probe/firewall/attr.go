package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// attr is one attribute of a netlink message (struct nlattr): its type without
// flags, and its bytes.
type attr struct {
	kind int
	data []byte
}

var errAttribute = errors.New("malformed netlink attribute")

// attrs splits a message's attributes.
func attrs(b []byte) ([]attr, error) {
	const head, kindMask = 4, 0x3fff
	var list []attr
	for len(b) >= head {
		n := int(binary.NativeEndian.Uint16(b))
		if n < head || n > len(b) {
			return list, errAttribute
		}
		list = append(list, attr{int(binary.NativeEndian.Uint16(b[2:]) & kindMask), b[head:n]})
		b = b[min((n+3)&^3, len(b)):]
	}
	if len(b) > 0 {
		return list, errAttribute
	}
	return list, nil
}

// maxKind is the highest number of an attribute that is read by number.
const maxKind = 32

// fields are attributes by number.
type fields [maxKind][]byte

// parse puts attributes up to a number in their places. Any other means that
// the kernel knows more than this program does, which is an error.
func parse(b []byte, upTo int) (f fields, err error) {
	list, err := attrs(b)
	for _, a := range list {
		if a.kind > upTo {
			return f, fmt.Errorf("unknown attribute %d", a.kind)
		}
		f[a.kind] = a.data
		if a.data == nil {
			f[a.kind] = []byte{}
		}
	}
	return f, err
}

// fill is parse for fields that are used again.
func (f *fields) fill(b []byte, upTo int) error {
	const head, kindMask = 4, 0x3fff
	clear(f[:])
	for len(b) >= head {
		n, kind := int(binary.NativeEndian.Uint16(b)), int(binary.NativeEndian.Uint16(b[2:])&kindMask)
		switch {
		case n < head || n > len(b):
			return errAttribute
		case kind > upTo:
			return fmt.Errorf("unknown attribute %d", kind)
		}
		f[kind] = b[head:n]
		b = b[min((n+3)&^3, len(b)):]
	}
	if len(b) > 0 {
		return errAttribute
	}
	return nil
}

// number reads a 32-bit number of nf_tables, which are in network order; 0 if
// there is none.
func (f *fields) number(kind int) int {
	if len(f[kind]) != 4 {
		return 0
	}
	return int(binary.BigEndian.Uint32(f[kind]))
}

func (f *fields) has(kind int) bool { return f[kind] != nil }

// text reads a string that ends with a zero.
func (f *fields) text(kind int) string { return trimName(f[kind]) }

// value reads a nested attribute NFTA_DATA_VALUE.
func (f *fields) value(kind int) ([]byte, error) {
	in, err := parse(f[kind], 2)
	if err != nil {
		return nil, err
	}
	if len(in[1]) == 0 || len(in[1]) > registers*4 {
		return nil, errAttribute
	}
	return in[1], nil
}

// register reads the number of a register, as a place among the words behind
// the verdict's: the old numbers 1 to 4 are of 16 bytes, those from 8 on of
// four (enum nft_registers). The verdict's own is -1.
func (f *fields) register(kind int) (int, error) {
	n := f.number(kind)
	switch {
	case !f.has(kind):
		return 0, errors.New("no register")
	case n == 0:
		return -1, nil
	case n <= 4:
		return (n - 1) * 4, nil
	case n >= 8 && n < 8+registers:
		return n - 8, nil
	}
	return 0, fmt.Errorf("register %d", n)
}
