//go:build linux

package netns

import (
	"net/netip"
	"testing"

	"github.com/google/nftables/expr"
)

func TestPortOfNoProtocolTakesOneKernelRuleEach(t *testing.T) {
	for _, c := range []struct {
		name string
		rule Rule
		want int
	}{
		{"port alone", Rule{Port: 4172, Action: Drop}, 2},
		{"source port alone", Rule{SourcePort: 4172, Action: Drop}, 2},
		{"udp port", Rule{Proto: "udp", Port: 4172, Action: Drop}, 1},
		{"everything", Rule{Action: Drop}, 1},
	} {
		if got := len(c.rule.exprs()); got != c.want {
			t.Errorf("%s: %d kernel rules, want %d", c.name, got, c.want)
		}
	}
}

func TestAddressIsComparedInsideItsFamilyOnly(t *testing.T) {
	for _, a := range []string{"192.0.2.1", "2001:db8::1"} {
		addr := netip.MustParseAddr(a)
		list := Rule{Destination: addr, Action: Drop}.match()
		meta, isMeta := list[0].(*expr.Meta)
		load, isLoad := list[2].(*expr.Payload)
		if !isMeta || meta.Key != expr.MetaKeyNFPROTO || !isLoad || int(load.Len) != addr.BitLen()/8 {
			t.Errorf("%s: %+v", a, list)
		}
	}
}

func TestOnlyAddressResolutionIsSparedFromLoss(t *testing.T) {
	frame := func(kind uint16, rest ...byte) []byte {
		b := make([]byte, ethernetHeader, 100)
		b[12], b[13] = byte(kind>>8), byte(kind)
		return append(b, rest...)
	}
	ip6 := func(next, icmpType byte) []byte {
		p := make([]byte, 48)
		p[6], p[40] = next, icmpType
		return frame(0x86dd, p...)
	}
	for name, c := range map[string]struct {
		frame []byte
		want  bool
	}{
		"IPv4":                   {frame(0x0800, 0x45), true},
		"ARP":                    {frame(0x0806), false},
		"IPv6 TCP":               {ip6(6, 135), true},
		"ICMPv6 unreachable":     {ip6(58, 1), true},
		"neighbour solicitation": {ip6(58, 135), false},
		"cut short":              {[]byte{1, 2}, false},
	} {
		if got := isIP(c.frame); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
