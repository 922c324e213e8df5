package firewall

import (
	"strings"
	"testing"

	"wsdoctor/probe"
)

// timed are rules about the time as nft writes them, and what they must be held to do
// to TCP 4172 at some moments. The kernel cannot be asked for another time than now,
// but it keeps what nft made of the words, and the random rules are held against it.
var timed = []struct {
	name, rules, zone string
	at                map[string]string // answers by moment
	tell              string
}{
	{
		name: "open by day", zone: "UTC", rules: in("drop", `meta hour "07:00"-"19:00" th dport 4172 accept`), tell: "inet filter input handle 2: meta hour >= 07:00:00 UTC meta hour <= 19:00:00 UTC th dport 4172 accept",
		at: map[string]string{
			"2026-11-27 12:00:00": "accept until 2026-11-27T19:00:01Z then drop",
			"2026-11-27 20:00:00": "drop until 2026-11-28T07:00:00Z then accept",
			"2026-11-27 06:59:00": "unknown until 2026-11-27T07:00:00Z then accept",
		},
	},
	{
		name: "open by day, in Tokyo", zone: "Asia/Tokyo", rules: in("drop", `meta hour "09:00"-"17:00" th dport 4172 accept`),
		at: map[string]string{
			"2026-11-27 00:30:00": "accept until 2026-11-27T08:00:01Z then drop",
			"2026-11-27 12:00:00": "drop until 2026-11-28T00:00:00Z then accept",
		},
	},
	{
		name: "shut on some days", zone: "UTC", rules: in("accept", `meta day { "Saturday", "Sunday" } tcp dport 4172 drop`),
		at: map[string]string{
			"2026-11-27 12:00:00": "accept until 2026-11-28T00:00:00Z then drop",
			"2026-11-28 12:00:00": "drop until 2026-11-30T00:00:00Z then accept",
		},
	},
	{
		name: "shut from a day on", zone: "UTC", rules: in("accept", `meta time >= "2027-02-01 00:00:00" tcp dport 4172 reject`),
		at: map[string]string{
			"2026-11-27 12:00:00": "accept until 2027-02-01T00:00:00Z then reject",
			"2027-03-01 12:00:00": "reject",
		},
	},
}

func testTimed(t *testing.T, w *world) {
	for _, c := range timed {
		t.Run(c.name, func(t *testing.T) {
			w.flush(t)
			t.Setenv("TZ", c.zone) // of nft
			if err := w.load("nft", c.rules, "-f", "-"); err != nil {
				t.Fatal(err)
			}
			a := Ask{Interface: "eth0", Address: address4, Sources: asked, Ports: []Port{probe.Eth0PCoIP}}
			var s *ruleset
			var f facts
			if err := w.workspace.Do(func() (err error) {
				if s, err = readNFT(t.Context(), ipsetSource{}); err == nil {
					f, _, _ = factsOf(a, s)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			for moment, want := range c.at {
				f.clock = at(moment)
				list := evaluate(s, f, a)
				if got := untilOf(list[0]); got != want {
					t.Errorf("at %s: %s, want %s", moment, got, want)
				}
				if told := strings.Join(append(list[0].rules, list[0].thenBy...), "; "); !strings.Contains(told, c.tell) {
					t.Errorf("at %s told %q, want %q in it", moment, told, c.tell)
				}
			}
		})
	}
}
