package firewall

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// translation is a rule of iptables on its way to ops.
type translation struct {
	six   bool
	match string // the extension named last by -m
	ops   []op
	end   []op // of the target
	sets  ipsetSource
	whole string            // of an extension that is gathered
	more  map[string]string // its options so far, with "!" before those that are negated
}

// gather ends an extension that is gathered.
func (t *translation) gather() {
	read, is := gathered[t.whole]
	if !is {
		return
	}
	ops, err := read(t, t.more)
	if err != nil {
		var words []string
		for name, value := range t.more {
			words = append(words, name+" "+value)
		}
		slices.Sort(words)
		ops = []op{&opaque{name: probe.Clean("-m "+t.whole+" "+strings.Join(words, " "), 80), reg: -1}}
	}
	t.ops = append(t.ops, ops...)
	t.whole, t.more = "", nil
}

// option is one of a rule's: how many words follow it, and what they mean.
type option struct {
	words int
	make  func(t *translation, not bool, words []string) ([]op, error)
}

// errNotUnderstood makes an option opaque.
var errNotUnderstood = errors.New("not understood")

// options of iptables-save. Others are opaque, whatever they ask.
var options = map[string]option{
	"-s": {
		1,
		func(t *translation, not bool, w []string) ([]op, error) { return t.address(true, not, w[0]) },
	},
	"-d": {
		1,
		func(t *translation, not bool, w []string) ([]op, error) { return t.address(false, not, w[0]) },
	},
	"-i": {
		1,
		func(t *translation, not bool, w []string) ([]op, error) { return device(metaIIFName, not, w[0]) },
	},
	"-o": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return device(metaOIFName, not, w[0]) },
	},
	"-p": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return protocolNamed(not, w[0]) },
	},
	"-f": {
		0,
		func(_ *translation, not bool, _ []string) ([]op, error) { return always(not, "fragment"), nil },
	},
	"-m": {1, func(t *translation, not bool, w []string) ([]op, error) { return t.extension(w[0]) }},
	"--sport": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return portsNamed(0, not, w[0]) },
	},
	"--dport": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return portsNamed(2, not, w[0]) },
	},
	"--sports": {1, func(_ *translation, not bool, w []string) ([]op, error) { return portList(0, not, w[0]) }},
	"--dports": {1, func(_ *translation, not bool, w []string) ([]op, error) { return portList(1, not, w[0]) }},
	"--ports":  {1, func(_ *translation, not bool, w []string) ([]op, error) { return portList(2, not, w[0]) }},
	"--tcp-flags": {
		2,
		func(_ *translation, not bool, w []string) ([]op, error) { return flagsNamed(not, w[0], w[1]) },
	},
	"--syn": {
		0,
		func(_ *translation, not bool, _ []string) ([]op, error) { return tcpFlags(0x17, 0x02, not), nil },
	},
	"--state":   {1, func(_ *translation, not bool, w []string) ([]op, error) { return statesNamed(not, w[0]) }},
	"--ctstate": {1, func(_ *translation, not bool, w []string) ([]op, error) { return statesNamed(not, w[0]) }},
	"--comment": {1, func(*translation, bool, []string) ([]op, error) { return nil, nil }},
	"--src-type": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return typeNamed(true, not, w[0]) },
	},
	"--dst-type": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return typeNamed(false, not, w[0]) },
	},
	"--limit-iface-in": {0, func(*translation, bool, []string) ([]op, error) { return nil, nil }},
	"--src-range": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return rangeNamed(true, not, w[0]) },
	},
	"--dst-range": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return rangeNamed(false, not, w[0]) },
	},
	"--pkt-type": {
		1,
		func(_ *translation, not bool, w []string) ([]op, error) { return packetTypeNamed(not, w[0]) },
	},
	"--mark": {1, func(t *translation, not bool, w []string) ([]op, error) { return t.mark(not, w[0]) }},
}

// extensions whose options are all above. Any other asks something of its own.
var extensions = map[string]bool{
	"tcp": true, "udp": true, "multiport": true, "state": true, "conntrack": true, "comment": true, "addrtype": true,
	"iprange": true, "pkttype": true, "mark": true, "connmark": true,
}

// gathered are extensions whose options make one expression together; they are read
// when all of them are there.
var gathered = map[string]func(t *translation, options map[string]string) ([]op, error){
	"time":      func(_ *translation, o map[string]string) ([]op, error) { return timeNamed(o) },
	"limit":     func(_ *translation, o map[string]string) ([]op, error) { return limitNamed(o) },
	"hashlimit": func(_ *translation, o map[string]string) ([]op, error) { return hashlimitNamed(o) },
	"connlimit": func(_ *translation, o map[string]string) ([]op, error) { return connlimitNamed(o) },
	"rpfilter":  func(_ *translation, o map[string]string) ([]op, error) { return reversePathNamed(o) },
	"statistic": func(_ *translation, o map[string]string) ([]op, error) { return statisticNamed(o) },
	"recent":    func(_ *translation, o map[string]string) ([]op, error) { return recentNamed(o) },
	"set":       func(t *translation, o map[string]string) ([]op, error) { return t.setNamed(o) },
}

// translate makes the ops of a rule's words behind "-A CHAIN".
func translate(six bool, sets ipsetSource, words []string) []op {
	t := &translation{six: six, sets: sets}
	for len(words) > 0 {
		not := words[0] == "!"
		if not {
			words = words[1:]
			if len(words) == 0 {
				break
			}
		}
		name := words[0]
		words = words[1:]
		if name == "-j" || name == "-g" {
			t.gather()
			t.target(name, words)
			break
		}
		n := 0 // words up to the next option
		for n < len(words) && words[n] != "!" && !strings.HasPrefix(words[n], "-") {
			n++
		}
		if name == "-m" || len(name) == 2 {
			t.gather()
		}
		if t.whole != "" {
			if not {
				name = "!" + name
			}
			t.more[name] = strings.Join(words[:n], " ")
			words = words[n:]
			continue
		}
		if _, is := gathered[strings.Join(words[:n], " ")]; is && name == "-m" && !not {
			t.whole, t.more = words[0], map[string]string{}
			words = words[1:]
			continue
		}
		o, known := options[name]
		if known && o.words > n && o.words <= len(words) && name == "--comment" {
			n = o.words // which may look like an option
		}
		var ops []op
		err := errNotUnderstood
		if known && o.words == n {
			ops, err = o.make(t, not, words[:n])
		}
		if err != nil {
			ops = []op{&opaque{name: probe.Clean(name+" "+strings.Join(words[:n], " "), 80), reg: -1}}
		}
		t.ops = append(t.ops, ops...)
		words = words[n:]
	}
	t.gather()
	return append(t.ops, t.end...)
}

// target reads what stands behind -j or -g, of which only what REJECT answers
// with matters.
func (t *translation) target(how string, words []string) {
	if len(words) == 0 {
		t.end = []op{&lose{"a target without a name"}}
		return
	}
	name := words[0]
	reset := false
	for i, w := range words[1:] {
		if w == "--reject-with" && i+2 < len(words) {
			reset = words[i+2] == "tcp-reset"
		}
	}
	switch _, built := targets[name]; {
	case how == "-g":
		t.end = []op{&decide{verdict{action: actGoto, name: name}}}
	case savedTargets[name] != nil:
		t.end = savedTargets[name](t, words[1:])
	case built:
		t.end = target(name, reset)
	case len(words) > 1: // a target with options is an extension; a chain has none
		t.end = []op{&lose{probe.Clean(name, 40)}}
	default: // a chain, or an extension without options: linking tells
		t.end = []op{&decide{verdict{action: actJump, name: name}}}
	}
}

// extension notes a match. One whose options are not known is opaque already
// here, because it may ask something without any option.
func (t *translation) extension(name string) ([]op, error) {
	t.match = name
	if elsewhere[name] {
		return always(false, "match "+name), nil
	}
	if !extensions[name] {
		return nil, errNotUnderstood
	}
	return nil, nil
}

// always is an answer that is no, or with not yes.
func always(not bool, name string) []op {
	return []op{&constant{split(not, true), name}}
}

// address asks for a network, with its mask as a length or an address, which
// need not be a prefix's.
func (t *translation) address(source, not bool, s string) ([]op, error) {
	address, mask, _ := strings.Cut(s, "/")
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is6() != t.six || a.Zone() != "" {
		return nil, errNotUnderstood
	}
	bits := a.AsSlice()
	m := make([]byte, len(bits))
	length, err := strconv.Atoi(mask)
	switch parsed, wrong := netip.ParseAddr(mask); {
	case mask == "":
		length = 8 * len(bits)
		fallthrough
	case err == nil && length >= 0 && length <= 8*len(bits):
		for i := range m {
			m[i] = byte(uint32(0xff00) >> min(max(length-8*i, 0), 8))
		}
	case wrong == nil && parsed.Is6() == t.six && parsed.Zone() == "":
		copy(m, parsed.AsSlice())
	default:
		return nil, errNotUnderstood
	}
	for i := range bits {
		bits[i] &= m[i]
	}
	how := cmpEq
	if not {
		how = cmpNeq
	}
	return []op{loadAddress(source, t.six), masked(m), newCompare(how, 0, bits)}, nil
}

// device asks for an interface; a plus at the end stands for any more letters.
func device(key int, not bool, name string) ([]op, error) {
	how := cmpEq
	if not {
		how = cmpNeq
	}
	if prefix, any := strings.CutSuffix(name, "+"); any {
		if prefix == "" {
			return always(!not, "any interface"), nil
		}
		return []op{&loadMeta{key: key}, newCompare(how, 0, []byte(prefix))}, nil
	}
	if len(name) > 15 {
		return nil, errNotUnderstood
	}
	full := make([]byte, 16)
	copy(full, name)
	return []op{&loadMeta{key: key}, newCompare(how, 0, full)}, nil
}

func protocolNamed(not bool, s string) ([]op, error) {
	numbers := map[string]byte{
		"tcp":       protoTCP,
		"udp":       protoUDP,
		"icmp":      1,
		"igmp":      2,
		"gre":       47,
		"esp":       50,
		"ah":        51,
		"ipv6-icmp": 58,
		"icmpv6":    58,
		"sctp":      132,
		"udplite":   136,
		"dccp":      33,
	}
	if s == "all" || s == "0" {
		return always(!not, "any protocol"), nil
	}
	n, named := numbers[s]
	if !named {
		v, err := strconv.ParseUint(s, 10, 8)
		if err != nil {
			return nil, errNotUnderstood
		}
		n = byte(v)
	}
	return protocolIs(n, not), nil
}

func parsePorts(s string) (r [2]uint16, err error) {
	low, high, is := strings.Cut(s, ":")
	if !is {
		high = low
	}
	for i, p := range []string{low, high} {
		if p == "" && is {
			p = []string{"0", "65535"}[i]
		}
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return r, errNotUnderstood
		}
		r[i] = uint16(n)
	}
	return r, nil
}

func portsNamed(offset int, not bool, s string) ([]op, error) {
	r, err := parsePorts(s)
	return portRange(offset, r[0], r[1], not), err
}

func portList(which int, not bool, s string) ([]op, error) {
	var list [][2]uint16
	for _, part := range strings.Split(s, ",") {
		r, err := parsePorts(part)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return multiport(which, list, not)
}

func flagsNamed(not bool, mask, want string) ([]op, error) {
	bits := map[string]byte{"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ALL": 63, "NONE": 0}
	var both [2]byte
	for i, s := range []string{mask, want} {
		for _, name := range strings.Split(s, ",") {
			b, known := bits[name]
			if !known {
				return nil, errNotUnderstood
			}
			both[i] |= b
		}
	}
	return tcpFlags(both[0], both[1], not), nil
}

func statesNamed(not bool, s string) ([]op, error) {
	bits := map[string]uint32{
		"INVALID":     stateInvalid,
		"ESTABLISHED": stateEstablished,
		"RELATED":     stateRelated,
		"NEW":         stateNew,
		"UNTRACKED":   1 << 8,
		"SNAT":        1 << 6,
		"DNAT":        1 << 7,
	}
	var mask uint32
	for _, name := range strings.Split(s, ",") {
		b, known := bits[name]
		if !known {
			return nil, errNotUnderstood
		}
		mask |= b
	}
	return connState(mask, not), nil
}

func typeNamed(source, not bool, s string) ([]op, error) {
	numbers := map[string]int{
		"UNSPEC":      0,
		"UNICAST":     routeUnicast,
		"LOCAL":       routeLocal,
		"BROADCAST":   routeBroadcast,
		"ANYCAST":     routeAnycast,
		"MULTICAST":   routeMulticast,
		"BLACKHOLE":   6,
		"UNREACHABLE": 7,
		"PROHIBIT":    8,
		"THROW":       9,
		"NAT":         10,
		"XRESOLVE":    11,
	}
	var mask uint16
	for _, name := range strings.Split(s, ",") {
		n, known := numbers[name]
		if !known {
			return nil, errNotUnderstood
		}
		mask |= 1 << n
	}
	if source {
		return []op{&addressType{source: mask, notSource: not}}, nil
	}
	return []op{&addressType{destination: mask, notDestination: not}}, nil
}

func rangeNamed(source, not bool, s string) ([]op, error) {
	from, to, is := strings.Cut(s, "-")
	if !is {
		to = from
	}
	a, err := netip.ParseAddr(from)
	b, err2 := netip.ParseAddr(to)
	if err != nil || err2 != nil || a.Is6() != b.Is6() || a.Zone() != "" || b.Zone() != "" {
		return nil, errNotUnderstood
	}
	return addressRange(source, a, b, not), nil
}

func packetTypeNamed(not bool, s string) ([]op, error) {
	numbers := map[string]byte{"unicast": 0, "broadcast": 1, "multicast": 2}
	n, known := numbers[s]
	if !known {
		return nil, errNotUnderstood
	}
	return packetType(n, not), nil
}

// mark asks for the packet's or the connection's mark, as the last -m said.
func (t *translation) mark(not bool, s string) ([]op, error) {
	value, mask, masked := strings.Cut(s, "/")
	if !masked {
		mask = "0xffffffff"
	}
	v, err := strconv.ParseUint(value, 0, 32)
	m, err2 := strconv.ParseUint(mask, 0, 32)
	if err != nil || err2 != nil {
		return nil, errNotUnderstood
	}
	switch t.match {
	case "mark":
		return markIs(&loadMeta{key: metaMark}, uint32(v), uint32(m), not), nil
	case "connmark":
		return markIs(&loadCT{key: ctMark}, uint32(v), uint32(m), not), nil
	}
	return nil, errNotUnderstood
}
