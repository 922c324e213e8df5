package firewall

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"wsdoctor/probe"
)

// manyRules is a firewall of nf_tables with so many rules, each about a network of its
// own and a port, before those that let the streaming ports in.
func manyRules(count int) dumps {
	load := func(base, offset, size uint32) []byte {
		return expression("payload", nlaNumber(1, 1), nlaNumber(2, base), nlaNumber(3, offset), nlaNumber(4, size))
	}
	mask := expression("bitwise", nlaNumber(1, 1), nlaNumber(2, 1), nlaNumber(3, 4), value(4, 255, 255, 255, 0), value(5, 0, 0, 0, 0))
	is := func(b ...byte) []byte { return expression("cmp", nlaNumber(1, 1), nlaNumber(2, cmpEq), value(3, b...)) }
	proto := expression("meta", nlaNumber(1, 1), nlaNumber(2, metaL4Proto))
	var rules [][]byte
	for i := range count {
		rules = append(rules, join(load(1, 12, 4), mask, is(10, byte(i>>8), byte(i), 0), proto, is(protoTCP), load(2, 2, 2),
			is(binary.BigEndian.AppendUint16(nil, uint16(4000+i%500))...), verdictOf(1)))
	}
	return tableOf(append(rules, join(loadDport, is4172, dropIt))...)
}

func BenchmarkEvaluate9900Rules(b *testing.B) { benchmarkMany(b, 9900) }

func benchmarkMany(b *testing.B, count int) {
	s := newNFT(manyRules(count))
	if len(s.problems) > 0 {
		b.Fatal(s.problems)
	}
	a := Ask{Interface: "eth0", Address: eth0, Sources: []netip.Prefix{netip.MustParsePrefix("198.19.0.0/16")}, Ports: ports}
	for b.Loop() {
		if got := summary(evaluate(s, onEth0, a)); !strings.HasPrefix(got, "tcp 4172 drop") {
			b.Fatal(got)
		}
	}
}

func BenchmarkRead9900Rules(b *testing.B) {
	d := manyRules(9900)
	for b.Loop() {
		newNFT(d)
	}
}

func TestTooManyRulesAreSaidToBe(t *testing.T) {
	s := newNFT(manyRules(maxRules + 1))
	list := evaluate(s, onEth0, Ask{Interface: "eth0", Address: eth0, Sources: management, Ports: ports})
	for _, a := range list {
		if a.verdict != probe.FirewallUnknown || len(a.unknown) == 0 || !strings.Contains(a.unknown[0], "more than") {
			t.Errorf("%+v", a)
		}
	}
}
