//go:build linux

package netns

import (
	"slices"
	"testing"

	"github.com/google/nftables/expr"
)

func TestRulesOfATableAreUnderstoodWholeOrNotAtAll(t *testing.T) {
	for _, c := range []struct {
		text string
		want int // expressions; 0 for an error
	}{
		{"accept", 1},
		{"iifname eth0 tcp dport 4172 drop", 2 + 4 + 1},
		{"udp dport 8201-8250 counter reject", 4 + 1 + 1},
		{"ct state established accept", 3 + 1},
		{"ct state new accept", 3 + 1},
		{"ip saddr 198.19.0.0/16 goto blocked", 5 + 1},
		{"limit over 10 drop", 1 + 1},
		{"", 0},
		{"tcp dport", 0},
		{"tcp dport many drop", 0},
		{"tcp dport 1-70000 drop", 0},
		{"ip saddr 198.19.0.0 drop", 0},
		{"ct state open drop", 0},
		{"iifname", 0},
		{"meta mark 1 drop", 0},
	} {
		list, err := compile(c.text)
		if got := len(list); got != c.want || (err != nil) != (c.want == 0 && c.text != "") {
			t.Errorf("%q: %d expressions, %v", c.text, got, err)
		}
	}
}

func TestVerdictEndsARule(t *testing.T) {
	list, err := compile("tcp dport 4172 jump blocked")
	if err != nil {
		t.Fatal(err)
	}
	v, is := list[len(list)-1].(*expr.Verdict)
	if !is || v.Kind != expr.VerdictJump || v.Chain != "blocked" || slices.ContainsFunc(list[:len(list)-1], func(e expr.Any) bool { _, is := e.(*expr.Verdict); return is }) {
		t.Errorf("%+v", list)
	}
}
