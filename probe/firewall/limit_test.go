package firewall

import (
	"encoding/binary"
	"testing"
)

func TestLimitsAtRest(t *testing.T) {
	n := binary.NativeEndian
	hashlimit1 := func(mode, cost uint32) []byte {
		b := make([]byte, 112)
		copy(b, "ssh")
		n.PutUint32(b[16:], mode)
		n.PutUint32(b[20:], cost)
		return b
	}
	hashlimit3 := func(mode uint32, cost uint64) []byte {
		b := make([]byte, 336)
		copy(b, "ssh")
		n.PutUint64(b[256:], cost)
		n.PutUint32(b[272:], mode)
		return b
	}
	const inverted, bytes = 1 << 4, 1 << 5
	long := func(kind int, v uint64) []byte { return nla(kind, binary.BigEndian.AppendUint64(nil, v)...) }
	for _, c := range []struct {
		name string
		ops  []op
		want truth
	}{
		{"hashlimit, ten a second", hashlimitOf(t, 1, hashlimit1(0, 1000)), yes},
		{"hashlimit, above ten a second", hashlimitOf(t, 1, hashlimit1(inverted, 1000)), no},
		{"hashlimit, one an hour", hashlimitOf(t, 1, hashlimit1(0, 36_000_000)), maybe},
		{"hashlimit of newer kernels, above ten a second", hashlimitOf(t, 3, hashlimit3(inverted, 100_000)), no},
		{"hashlimit of newer kernels, one an hour", hashlimitOf(t, 2, hashlimit3(0, 3_600_000_000)), maybe},
		{"hashlimit of bytes", hashlimitOf(t, 3, hashlimit3(bytes, 1<<40)), yes},
		{"nft, ten a minute", decodeExpression(&decoding{}, expression("limit", long(1, 10), long(2, 60))[4:]), yes},
		{"nft, over ten a minute", decodeExpression(&decoding{}, expression("limit", long(1, 10), long(2, 60), nlaNumber(5, 1))[4:]), no},
		{"nft, ten an hour", decodeExpression(&decoding{}, expression("limit", long(1, 10), long(2, 3600))[4:]), maybe},
		{"nft, an unknown attribute", decodeExpression(&decoding{}, expression("limit", long(1, 10), long(2, 60), nlaNumber(9, 1))[4:]), maybe},
		{"a quota with room", decodeExpression(&decoding{}, expression("quota", long(1, 1<<30), nlaNumber(2, 1))[4:]), no},
		{"a quota that is used up", decodeExpression(&decoding{}, expression("quota", long(1, 1<<30), nlaNumber(2, 1), long(4, 1<<30))[4:]), yes},
		{"a quota that is nearly used up", decodeExpression(&decoding{}, expression("quota", long(1, 1<<30), nlaNumber(2, 1), long(4, 1<<30-100))[4:]), maybe},
		{"connections", decodeExpression(&decoding{}, expression("connlimit", nlaNumber(1, 20), nlaNumber(2, 1))[4:]), no},
	} {
		m := &machine{facts: &facts{limits: limitsAtRest}, pkt: &packet{}}
		got := yes
		for _, o := range c.ops {
			got = both(got, o.run(m))
		}
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		m.facts.limits = limitsMayBe
		if _, is := c.ops[0].(*limiter); is && c.ops[0].run(m) != maybe {
			t.Errorf("%s: certain without being at rest", c.name)
		}
	}
}

func hashlimitOf(t *testing.T, revision int, b []byte) []op {
	t.Helper()
	ops, err := xtHashlimit(nil, revision, b)
	if err != nil {
		t.Fatal(err)
	}
	return ops
}
