package firewall

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

var operators = []string{cmpEq: "", cmpNeq: "!= ", cmpLt: "< ", cmpLte: "<= ", cmpGt: "> ", cmpGte: ">= "}

func (o *compare) text(p *printer) string {
	l := p.reg(o.reg)
	how := "? "
	if o.how >= 0 && o.how < len(operators) {
		how = operators[o.how]
	}
	value := l.value(o.data)
	if l.host && len(l.mask) == 4 { // bits of a mark
		mask := binary.NativeEndian.Uint32(l.mask)
		if mask == math.MaxUint32 {
			return l.name + " " + how + value
		}
		return fmt.Sprintf("%s & 0x%x %s%s", l.name, mask, cmp.Or(how, "== "), value)
	}
	if l.mask != nil {
		length, whole := prefixLength(l.mask)
		switch zero := len(bytes.Trim(o.data, "\x00")) == 0; {
		case zero && o.how == cmpNeq && !whole: // some of these bits
			value, how = l.value(l.mask), ""
		case zero && o.how == cmpEq && !whole:
			value, how = l.value(l.mask), "!= "
		case whole:
			value += "/" + strconv.Itoa(length)
		default:
			value = "& " + hexValue(l.mask) + " == " + value
		}
	}
	p.learn(l.name, how, value)
	return l.name + " " + how + value
}

// learn remembers which protocol the rule has asked for.
func (p *printer) learn(name, how, value string) {
	if how != "" {
		return
	}
	switch name + " " + value {
	case "meta l4proto tcp", "ip protocol tcp", "ip6 nexthdr tcp":
		p.proto = "tcp"
	case "meta l4proto udp", "ip protocol udp", "ip6 nexthdr udp":
		p.proto = "udp"
	case "meta nfproto ipv6":
		p.ip = "ip6"
	}
}

// prefixLength gives the length of a mask that is a prefix's.
func prefixLength(mask []byte) (length int, is bool) {
	ended := false
	for _, b := range mask {
		n := bits.LeadingZeros8(^b)
		if ended && b != 0 || n < 8 && b<<n != 0 {
			return 0, false
		}
		ended = ended || n < 8
		length += n
	}
	return length, length > 0
}

func (o *interval) text(p *printer) string {
	l := p.reg(o.reg)
	how := " "
	if o.outside {
		how = " != "
	}
	return l.name + how + l.value(o.from) + "-" + l.value(o.to)
}

func (o *bitwise) text(p *printer) string {
	l := p.reg(o.from)
	if o.mask == nil {
		l.name, l.value = "shifted "+l.name, nil
	}
	l.mask = o.mask
	p.regs[o.to] = l
	return ""
}

func (o *byteOrder) text(p *printer) string {
	l := p.reg(o.from)
	if l.host && o.size == 4 {
		l.value, l.host = decimal, false
	}
	p.regs[o.to] = l
	return ""
}

func (o *immediate) text(p *printer) string { return p.load(o.reg, hexValue(o.data), nil) }

func (o *lookup) text(p *printer) string {
	s := p.joined(o.reg, o.set.size)
	if o.absent {
		s += " !="
	}
	name := "@" + o.set.name
	if strings.HasPrefix(o.set.name, "__") || o.set.name == "" {
		name = p.listed(o.set, o.reg)
	}
	if o.to >= 0 {
		if !o.set.verdicts {
			p.load(o.to, s+" map "+name, nil)
			return ""
		}
		s += " vmap"
	}
	return s + " " + name
}

// joined names the registers of a concatenated key.
func (p *printer) joined(reg, size int) string {
	var names []string
	for r := reg; r < reg+(size+3)/4; r++ {
		if l, there := p.regs[r]; there && l.name != "" {
			names = append(names, l.name)
		}
	}
	if len(names) == 0 {
		return p.reg(reg).name
	}
	return strings.Join(names, " . ")
}

// maxListed is how many elements of a set are written.
const maxListed = 6

func (p *printer) listed(s *set, reg int) string {
	value := p.reg(reg).value
	var list []string
	for i, e := range s.elements {
		if i == maxListed {
			list = append(list, "…")
			break
		}
		from, to := bytesOf(e.from, s.size), bytesOf(e.to, s.size)
		if s.size > 4 && s.size != 16 {
			value = hexValue
		}
		item := value(from)
		if !bytes.Equal(from, to) {
			item += "-" + value(to)
		}
		list = append(list, item)
	}
	return "{ " + strings.Join(list, ", ") + " }"
}

func bytesOf(ws []uint32, size int) []byte {
	out := make([]byte, 0, len(ws)*4)
	for _, w := range ws {
		out = append(out, byte(w>>24), byte(w>>16), byte(w>>8), byte(w))
	}
	return out[:min(size, len(out))]
}

func (o *anyPort) text(p *printer) string {
	p.load(-1, p.proto+" ports", decimal)
	not := " "
	if o.absent {
		not = " != "
	}
	return p.proto + " sport or dport" + not + p.listed(o.set, -1)
}

var actionNames = []string{
	actContinue: "continue",
	actAccept:   "accept",
	actDrop:     "drop",
	actReject:   "reject",
	actReturn:   "return",
	actJump:     "jump",
	actGoto:     "goto",
	actLose:     "queue",
}

func (o *decide) text(*printer) string {
	return strings.TrimSpace(actionNames[o.action] + " " + o.name)
}

func (o *refuse) text(*printer) string {
	if o.reset {
		return "reject with tcp reset"
	}
	return "reject"
}

func (o *constant) text(*printer) string    { return o.name }
func (o *lose) text(*printer) string        { return o.name }
func (o *inert) text(*printer) string       { return o.name }
func (o *rewrite) text(*printer) string     { return "packet bytes set" }
func (o *addressType) text(*printer) string { return "address type" }

func (o *opaque) text(p *printer) string {
	if o.reg >= 0 {
		p.load(o.reg, o.name, nil)
		return ""
	}
	return o.name
}
