package firewall

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// winRule is a rule of Windows Firewall as the registry keeps it: "v2.31|",
// then fields "Key=Value|" ([MS-GPFAS] section 2.2.2.19).
type winRule struct {
	id, name string
	store    string // whose rule it is
	block    bool
	bypass   bool // allows, against blocking rules too, who proves who they are
	active   bool
	in       bool
	broken   bool // could not be read

	profiles   winProfiles
	protocol   int // 0 to 255; anyProtocol
	local      portCondition
	remote     portCondition
	localAddr  addressCondition
	remoteAddr addressCondition
	interfaces []string // by GUID, in capitals
	types      []string // of interfaces: Lan, Wireless, RemoteAccess
	app, svc   string
	packaged   bool     // limited to an app package
	others     []string // conditions that cannot be told from outside
}

// winProfiles are bits of network profiles; 0 is all of them.
type winProfiles uint8

const (
	profileDomain winProfiles = 1 << iota
	profilePrivate
	profilePublic
)

const anyProtocol = 256

// portCondition holds ranges; keyword is set if ports were named that are given
// out at run time, and unknown if something was not understood.
type portCondition struct {
	ranges  [][2]uint16
	limited bool
	unknown bool
}

// addressCondition holds ranges of addresses, and whether there were others that
// only the running system knows, such as LocalSubnet.
type addressCondition struct {
	ranges  [][2]netip.Addr
	limited bool
	unknown bool
}

const maxRuleText = 64 << 10

var errWinRule = errors.New("not a rule of Windows Firewall")

// winFields are the fields that are understood. Others are conditions that
// cannot be decided.
var winFields = map[string]func(r *winRule, v string) error{
	"Action": func(r *winRule, v string) error {
		r.block, r.bypass = v == "Block", v == "ByPass"
		return oneOf(v, "Allow", "Block", "ByPass")
	},
	"Active":   func(r *winRule, v string) error { r.active = v == "TRUE"; return oneOf(v, "TRUE", "FALSE") },
	"Dir":      func(r *winRule, v string) error { r.in = v == "In"; return oneOf(v, "In", "Out") },
	"Protocol": winProtocol,
	"Profile":  winProfile,
	"LPort":    func(r *winRule, v string) error { r.local.add(v); return nil },
	"RPort":    func(r *winRule, v string) error { r.remote.add(v); return nil },
	"LA4":      func(r *winRule, v string) error { r.localAddr.add(v); return nil },
	"LA6":      func(r *winRule, v string) error { r.localAddr.add(v); return nil },
	"RA4":      func(r *winRule, v string) error { r.remoteAddr.add(v); return nil },
	"RA6":      func(r *winRule, v string) error { r.remoteAddr.add(v); return nil },
	"RA42":     func(r *winRule, v string) error { r.remoteAddr.add(v); return nil },
	"RA62":     func(r *winRule, v string) error { r.remoteAddr.add(v); return nil },
	"IF":       func(r *winRule, v string) error { r.interfaces = append(r.interfaces, strings.ToUpper(v)); return nil },
	"IFType":   func(r *winRule, v string) error { r.types = append(r.types, v); return nil },
	"App":      func(r *winRule, v string) error { r.app = v; return nil },
	"Svc":      func(r *winRule, v string) error { r.svc = v; return nil },
	"Name":     func(r *winRule, v string) error { r.name = probe.Clean(v, 100); return nil },
	"AppPkgId": func(r *winRule, v string) error { r.packaged = true; return nil },
	"PFN":      func(r *winRule, v string) error { r.packaged = true; return nil },
	// These say nothing of which packets it is for, or only of those that came
	// through a tunnel.
	"Desc":      nothing,
	"EmbedCtxt": nothing,
	"Edge":      nothing,
	"Defer":     nothing,
	"LSM":       nothing,
}

func nothing(*winRule, string) error { return nil }

func oneOf(v string, list ...string) error {
	for _, s := range list {
		if v == s {
			return nil
		}
	}
	return errWinRule
}

func winProtocol(r *winRule, v string) error {
	n, err := strconv.ParseUint(v, 10, 16)
	if err != nil || n > anyProtocol {
		return errWinRule
	}
	r.protocol = int(n)
	return nil
}

func winProfile(r *winRule, v string) error {
	p, known := map[string]winProfiles{"Domain": profileDomain, "Private": profilePrivate, "Public": profilePublic}[v]
	if !known {
		return errWinRule
	}
	r.profiles |= p
	return nil
}

// parseWinRule reads the data of a registry value. A rule that cannot be read is
// given back broken: what it does is not known.
func parseWinRule(store, id, text string) winRule {
	r := winRule{id: probe.Clean(id, 80), store: store, protocol: anyProtocol}
	if err := r.parse(text); err != nil {
		return winRule{id: r.id, store: store, broken: true, active: true, in: true, protocol: anyProtocol}
	}
	return r
}

func (r *winRule) parse(text string) error {
	version, rest, found := strings.Cut(text, "|")
	if !found || !strings.HasPrefix(version, "v") || len(text) > maxRuleText {
		return errWinRule
	}
	seen := map[string]bool{}
	for _, field := range strings.Split(strings.TrimSuffix(rest, "|"), "|") {
		key, value, found := strings.Cut(field, "=")
		if !found {
			return errWinRule
		}
		seen[key] = true
		// Later versions of a field have its number behind: LPort2_10, RA42.
		name := key
		if base, _, is := strings.Cut(key, "2_"); is && (base == "LPort" || base == "RPort") {
			name = base
		}
		read, known := winFields[name]
		if !known {
			if len(r.others) < maxDoubts {
				r.others = append(r.others, probe.Clean(key, 40))
			}
			continue
		}
		if err := read(r, value); err != nil {
			return err
		}
	}
	if !seen["Action"] || !seen["Dir"] {
		return errWinRule
	}
	return nil
}

// winDynamic are names of ports that the system gives out or that are others
// than those for streaming: RPC, 135, 443, 5353 and the like.
var winDynamic = map[string]bool{
	"RPC":         true,
	"RPC-EPMap":   true,
	"Teredo":      true,
	"IPTLSIn":     true,
	"IPHTTPSIn":   true,
	"IPTLSOut":    true,
	"IPHTTPSOut":  true,
	"Ply2Disc":    true,
	"mDNS":        true,
	"CORTANA_OUT": true,
}

func (c *portCondition) add(v string) {
	c.limited = true
	if winDynamic[v] {
		return
	}
	for _, part := range strings.Split(v, ",") {
		low, high, is := strings.Cut(part, "-")
		if !is {
			high = low
		}
		a, err := strconv.ParseUint(low, 10, 16)
		b, err2 := strconv.ParseUint(high, 10, 16)
		if err != nil || err2 != nil || a > b {
			c.unknown = true
			continue
		}
		c.ranges = append(c.ranges, [2]uint16{uint16(a), uint16(b)})
	}
}

// matches asks whether a port between two numbers is among them.
func (c *portCondition) matches(first, last uint16) truth {
	if !c.limited {
		return yes
	}
	t := no
	if c.unknown {
		t = maybe
	}
	for _, r := range c.ranges {
		t = anyTrue(t, split(r[0] <= first && last <= r[1], last < r[0] || r[1] < first))
	}
	return t
}

func (c *addressCondition) add(v string) {
	c.limited = true
	for _, part := range strings.Split(v, ",") {
		if part == "*" {
			c.limited = false
			return
		}
		if r, fine := addressRangeOf(part); fine {
			c.ranges = append(c.ranges, r)
		} else {
			c.unknown = true
		}
	}
}

// addressRangeOf reads an address, "a-b", "a/length" or "a/mask".
func addressRangeOf(s string) (r [2]netip.Addr, fine bool) {
	if low, high, is := strings.Cut(s, "-"); is {
		a, err := netip.ParseAddr(low)
		b, err2 := netip.ParseAddr(high)
		return [2]netip.Addr{a, b}, err == nil && err2 == nil && a.Is4() == b.Is4() && a.Zone() == "" && b.Zone() == ""
	}
	address, mask, is := strings.Cut(s, "/")
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" {
		return r, false
	}
	length := a.BitLen()
	if is {
		if m, err := netip.ParseAddr(mask); err == nil && m.Is4() && a.Is4() {
			b := m.As4()
			v := binary.BigEndian.Uint32(b[:])
			length = bits.LeadingZeros32(^v)
			if v != ^uint32(0)<<(32-length) {
				return r, false
			}
		} else if length, err = strconv.Atoi(mask); err != nil {
			return r, false
		}
	}
	p, err := a.Prefix(length)
	return [2]netip.Addr{p.Addr(), lastOf(p)}, err == nil
}

// lastOf is the highest address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	if !p.IsValid() {
		return netip.Addr{}
	}
	b := p.Masked().Addr().AsSlice()
	for i := range b {
		b[i] |= ^byte(uint32(0xff00) >> min(max(p.Bits()-8*i, 0), 8))
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// matches asks whether all, some or no addresses of a network are among them.
func (c *addressCondition) matches(p netip.Prefix) truth {
	if !c.limited {
		return yes
	}
	t := no
	if c.unknown {
		t = maybe
	}
	first, last := p.Masked().Addr(), lastOf(p)
	for _, r := range c.ranges {
		if r[0].Is4() == first.Is4() {
			t = anyTrue(
				t,
				split(r[0].Compare(first) <= 0 && last.Compare(r[1]) <= 0, last.Less(r[0]) || r[1].Less(first)),
			)
		}
	}
	return t
}
