package firewall

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"wsdoctor/probe"
)

// printer writes a rule down as the nft command would, about. It follows what is
// in the registers.
type printer struct {
	family family
	proto  string // tcp or udp, once the rule has asked
	ip     string // ip or ip6, once the rule has asked
	regs   map[int]loaded
}

// loaded is what a register holds: its name and how to write its values.
type loaded struct {
	name  string
	value func([]byte) string
	mask  []byte
	host  bool // a number in this computer's order
}

func newPrinter(f family) *printer {
	p := &printer{family: f, proto: "th", ip: "ip", regs: map[int]loaded{}}
	if f == familyIP6 {
		p.ip = "ip6"
	}
	return p
}

func (p *printer) load(reg int, name string, value func([]byte) string) string {
	p.regs[reg] = loaded{name: name, value: value}
	return ""
}

func (p *printer) reg(r int) loaded {
	l := p.regs[r]
	if l.name == "" {
		l.name = "something"
	}
	if l.value == nil {
		l.value = hexValue
	}
	return l
}

// phrases writes each expression; those that only load something are empty.
func phrases(c *chain, r *rule) []string {
	p := newPrinter(c.table.family)
	list := make([]string, len(r.ops))
	for i, o := range r.ops {
		list[i] = o.text(p)
	}
	return list
}

// String is the rule, or the policy, with its place.
func (by cause) String() string {
	if by.chain == nil {
		return ""
	}
	place := by.chain.qualifiedName()
	switch {
	case by.rule == nil && by.chain.base == nil:
		return place + ": chains that lead to themselves"
	case by.rule == nil && by.chain.base.drops:
		return place + ": policy drop"
	case by.rule == nil:
		return place + ": policy accept"
	case by.rule.source != "":
		return probe.Clean(place+": "+by.rule.source, maxText)
	}
	var words []string
	list := phrases(by.chain, by.rule)
	for i, s := range list {
		if s == "" || implied(s, list[i+1:]) {
			continue
		}
		words = append(words, s)
	}
	if by.rule.comment != "" {
		words = append(words, "comment "+strconv.Quote(by.rule.comment))
	}
	return probe.Clean(fmt.Sprintf("%s handle %d: %s", place, by.rule.handle, strings.Join(words, " ")), maxText)
}

// qualifiedName is the chain with its table, in the order of the nft command.
func (c *chain) qualifiedName() string {
	return probe.Clean(familyNames[c.table.family]+" "+c.table.name+" "+c.name, 160)
}

// implied says whether a phrase goes without saying, as another one names the
// protocol too.
func implied(s string, rest []string) bool {
	for prefix, word := range map[string]string{"meta l4proto tcp": "tcp ", "meta l4proto udp": "udp ", "meta nfproto ipv4": "ip ", "meta nfproto ipv6": "ip6 "} {
		if s != prefix {
			continue
		}
		for _, r := range rest {
			if strings.HasPrefix(r, word) {
				return true
			}
		}
	}
	return false
}

// String is the expression with the place of its rule.
func (d doubt) String() string {
	if d.rule.source != "" {
		return d.cause.String()
	}
	list := phrases(d.chain, d.rule)
	s := ""
	for _, s = range list[d.op:] { // what loads something has no words of its own
		if s != "" {
			break
		}
	}
	return probe.Clean(fmt.Sprintf("%s handle %d: %s", d.chain.qualifiedName(), d.rule.handle, s), maxText)
}

// Names of what payloads at well-known places hold.
func (o *payload) text(p *printer) string {
	name, value := "", hexValue
	switch {
	case o.base == baseTransport && o.size == 2 && o.offset < 4:
		name, value = p.proto+[]string{" sport", " sport", " dport"}[o.offset], decimal
	case o.base == baseTransport && o.offset == 13 && o.size == 1:
		name = "tcp flags"
	case o.base == baseNetwork && o.offset == 9 && o.size == 1:
		name, value = "ip protocol", protoValue
	case o.base == baseNetwork && o.offset == 6 && o.size == 1 && p.ip == "ip6":
		name, value = "ip6 nexthdr", protoValue
	case o.base == baseNetwork && o.size <= 4 && (o.offset == 12 || o.offset == 16):
		name, value = []string{"ip saddr", "ip daddr"}[o.offset/4-3], addressValue(4)
	case o.base == baseNetwork && (o.offset == 8 || o.offset == 24):
		name, value = map[int]string{8: "ip6 saddr", 24: "ip6 daddr"}[o.offset], addressValue(16)
	default:
		name = fmt.Sprintf("@%s,%d,%d", []string{"ll", "nh", "th", "ih"}[o.base&3], o.offset*8, o.size*8)
	}
	return p.load(o.reg, name, value)
}

func (o *loadClock) text(p *printer) string {
	switch o.key {
	case metaTimeHour: // in UTC: nft writes them in the zone of whoever asks
		return p.load(o.reg, "meta hour", func(b []byte) string {
			n := binary.BigEndian.Uint32(append(b[:len(b):len(b)], 0, 0, 0, 0))
			if other := bits.ReverseBytes32(n); n >= secondsPerDay ||
				other < n && other < secondsPerDay && other%60 == 0 && n%60 != 0 {
				n = other
			}
			return ofDay(n) + " UTC"
		})
	case metaTimeDay:
		return p.load(o.reg, "meta day", func(b []byte) string {
			if len(b) == 1 && b[0] < 7 {
				return time.Weekday(b[0]).String()
			}
			return hexValue(b)
		})
	}
	return p.load(o.reg, "meta time", func(b []byte) string {
		if len(b) != 8 {
			return hexValue(b)
		}
		for _, v := range []uint64{binary.BigEndian.Uint64(b), binary.LittleEndian.Uint64(b)} {
			if s := int64(v / 1e9); s > 0 && s < 1<<33 {
				return time.Unix(s, 0).UTC().Format(time.RFC3339)
			}
		}
		return hexValue(b)
	})
}

func (o *loadMeta) text(p *printer) string {
	names := map[int]string{
		0:  "length",
		1:  "protocol",
		2:  "priority",
		3:  "mark",
		4:  "iif",
		5:  "oif",
		6:  "iifname",
		7:  "oifname",
		8:  "iiftype",
		9:  "oiftype",
		10: "skuid",
		11: "skgid",
		13: "rtclassid",
		14: "secmark",
		15: "nfproto",
		16: "l4proto",
		19: "pkttype",
		20: "cpu",
		21: "iifgroup",
		22: "oifgroup",
		23: "cgroup",
		24: "random",
		25: "secpath",
		26: "iifkind",
		27: "oifkind",
		30: "time",
		31: "day",
		32: "hour",
		33: "sdif",
		34: "sdifname",
	}
	name, value := names[o.key], hostDecimal
	if name == "" {
		name = "key " + strconv.Itoa(o.key)
	}
	switch o.key {
	case metaIIFName, metaOIFName:
		return p.load(o.reg, name, func(b []byte) string {
			if s := trimName(b); len(s) < len(b) { // with its end, so all of it
				return strconv.Quote(s)
			}
			return strconv.Quote(string(b) + "*")
		})
	case metaProtocol:
		value = hexValue
	case metaL4Proto:
		value = protoValue
	case metaNFProto:
		value = func(b []byte) string {
			if len(b) > 0 && b[0] == nfIPv6 {
				return "ipv6"
			}
			return "ipv4"
		}
	case metaPktType:
		value = decimal
	}
	defer p.inHostOrder(o.reg, o.key == metaMark || name == "length")
	return p.load(o.reg, "meta "+name, value)
}

// inHostOrder notes that a register holds a number in this computer's order.
func (p *printer) inHostOrder(reg int, is bool) {
	if l, there := p.regs[reg]; is && there {
		l.host = true
		p.regs[reg] = l
	}
}

func (o *loadCT) text(p *printer) string {
	names := map[int]string{
		0:  "state",
		1:  "direction",
		2:  "status",
		3:  "mark",
		4:  "secmark",
		5:  "expiration",
		6:  "helper",
		7:  "l3proto",
		8:  "saddr",
		9:  "daddr",
		10: "protocol",
		11: "proto-src",
		12: "proto-dst",
		13: "label",
		14: "packets",
		15: "bytes",
		16: "avgpkt",
		17: "zone",
		23: "id",
	}
	name := names[o.key]
	if name == "" {
		name = "key " + strconv.Itoa(o.key)
	}
	value := hexValue
	switch o.key {
	case ctState:
		value = stateValue
	case ctMark:
		value = hostDecimal
	}
	defer p.inHostOrder(o.reg, o.key == ctMark)
	return p.load(o.reg, "ct "+name, value)
}

func (o *loadFIB) text(p *printer) string {
	var of []string
	for bit, word := range []string{"saddr", "daddr", "mark", "iif", "oif"} {
		if o.flags&(1<<bit) != 0 {
			of = append(of, word)
		}
	}
	names := map[int]string{1: "oif", 2: "oifname", 3: "type"}
	return p.load(o.reg, "fib "+strings.Join(of, " . ")+" "+names[o.result], func(b []byte) string {
		kinds := []string{
			"unspec",
			"unicast",
			"local",
			"broadcast",
			"anycast",
			"multicast",
			"blackhole",
			"unreachable",
			"prohibit",
		}
		if len(b) == 4 && o.result == fibType {
			if n := binary.NativeEndian.Uint32(b); int(n) < len(kinds) {
				return kinds[n]
			}
		}
		return hexValue(b)
	})
}

func (o *extension) text(p *printer) string {
	if o.ipv6 {
		return p.load(o.reg, fmt.Sprintf("exthdr %d", o.kind), nil)
	}
	return p.load(o.reg, fmt.Sprintf("option %d", o.kind), nil)
}

// Ways to write values.

func hexValue(b []byte) string { return fmt.Sprintf("0x%x", b) }

func decimal(b []byte) string {
	var n uint64
	for _, c := range b[:min(len(b), 8)] {
		n = n<<8 | uint64(c)
	}
	return strconv.FormatUint(n, 10)
}

func hostDecimal(b []byte) string {
	switch len(b) {
	case 4:
		return strconv.FormatUint(uint64(binary.NativeEndian.Uint32(b)), 10)
	case 2:
		return strconv.Itoa(int(binary.NativeEndian.Uint16(b)))
	}
	return decimal(b)
}

func protoValue(b []byte) string {
	names := map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp"}
	n := decimal(b)
	if s := names[n]; s != "" {
		return s
	}
	return n
}

func addressValue(size int) func([]byte) string {
	return func(b []byte) string {
		full := make([]byte, size)
		copy(full, b)
		a, _ := netip.AddrFromSlice(full)
		if len(b) < size {
			return netip.PrefixFrom(a, 8*len(b)).String()
		}
		return a.String()
	}
}

func stateValue(b []byte) string {
	if len(b) != 4 {
		return hexValue(b)
	}
	set := binary.NativeEndian.Uint32(b)
	var list []string
	for _, s := range []struct {
		bit  uint32
		name string
	}{{stateInvalid, "invalid"}, {stateEstablished, "established"}, {stateRelated, "related"}, {stateNew, "new"}, {stateUntracked, "untracked"}} {
		if set&s.bit != 0 {
			list = append(list, s.name)
		}
	}
	return strings.Join(list, ",")
}
