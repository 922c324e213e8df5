//go:build linux

package netns

import (
	"encoding/binary"

	"github.com/google/nftables/expr"
	"github.com/google/nftables/xt"
	"golang.org/x/sys/unix"
)

// special gives what a rule compares beyond addresses and ports.
func (r Rule) special() []expr.Any {
	var list []expr.Any
	if r.ICMPErrors {
		list = append(list, icmpErrors(r.Family)...)
	}
	if r.Quoting != "" {
		list = append(list, quoting(r.Family, protocols[r.Quoting])...)
	}
	if r.First {
		bit := binary.NativeEndian.AppendUint32(nil, expr.CtStateBitNEW)
		list = append(list,
			&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
			&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: bit, Xor: make([]byte, 4)},
			&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)})
	}
	if r.Data {
		list = append(list, pushed()...)
	}
	if r.Larger > 0 {
		list = append(list,
			&expr.Meta{Key: expr.MetaKeyLEN, Register: 1},
			&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
			&expr.Cmp{Op: expr.CmpOpGt, Register: 1, Data: binary.BigEndian.AppendUint32(nil, uint32(r.Larger))})
	}
	if r.Text != "" {
		list = append(list, holding(r.Text))
	}
	return list
}

// icmpErrors matches error messages: of ICMP everything but echo (RFC 792), of
// ICMPv6 the types below 128 (RFC 4443 section 2.1).
func icmpErrors(family string) []expr.Any {
	proto := byte(unix.IPPROTO_ICMP)
	types := []expr.Any{
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{0}},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{8}},
	}
	if family == "ip6" {
		proto = unix.IPPROTO_ICMPV6
		types = []expr.Any{&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: []byte{128}}}
	}
	return append([]expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{proto}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
	}, types...)
}

// quoting matches ICMP errors about packets of one protocol: it stands in the
// quoted header, which follows the error's own eight bytes (RFC 792, RFC 4443
// section 3).
func quoting(family string, protocol byte) []expr.Any {
	const errorHeader, protocol4, next6 = 8, 9, 6
	offset := uint32(errorHeader + protocol4)
	if family == "ip6" {
		offset = errorHeader + next6
	}
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{protocol}},
	}
}

// pushed matches TCP segments with the PSH flag (RFC 9293 section 3.1), which
// ends every piece of data and no handshake has.
func pushed() []expr.Any {
	const flags, psh = 13, 0x08
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: flags, Len: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{psh}, Xor: []byte{0}},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{0}},
	}
}

// holding matches packets with a text anywhere in them, by the kernel's
// "string" match: struct xt_string_info of linux/netfilter/xt_string.h, that is
// two offsets between which the text must begin, the algorithm's name, the
// text, its length, flags, and a pointer of the kernel's own.
func holding(text string) expr.Any {
	const algorithm, pattern, length, size = 4, 20, 148, 160
	info := make(xt.Unknown, size)
	binary.NativeEndian.PutUint16(info[2:], 65535)
	copy(info[algorithm:], "bm")
	info[length] = byte(copy(info[pattern:length-1], text))
	return &expr.Match{Name: "string", Rev: 1, Info: &info}
}

// queue is the "NFQUEUE" target (struct xt_NFQ_info of
// linux/netfilter/xt_NFQUEUE.h, a queue's number), which kernels without
// nftables' own have as well.
func queue() expr.Any {
	const size = 8 // rounded up, as the kernel wants it
	info := make(xt.Unknown, size)
	binary.NativeEndian.PutUint16(info, nobodyListens)
	return &expr.Target{Name: "NFQUEUE", Info: &info}
}

// nobodyListens is the number of a queue that no program serves.
const nobodyListens = 4172
