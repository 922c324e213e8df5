//go:build linux

package lab

import (
	"slices"
	"strings"
	"testing"
)

// knownWrong are the scenarios whose verdict is wrong today, and why. They keep
// their right expectation and are run like all others; a scenario that becomes
// right must be taken off, so the list only shrinks. What begins with sometimes
// is right in some runs.
var knownWrong = map[string]string{
	"case-w12b": "sometimes: takes a standstill for a long way",
	"case-w16":  "sometimes: takes loss of a port for a drop",
	"case-w5b":  "names the right layer as possible only: what is left of the router's word is over IPv6",
	"case-x1":   "sometimes: exit 0, though a standstill hid what answers over UDP",

	"firewall-lossy":                    "sometimes: undecided, and yet a protocol is blocked",
	"path-ipv6-only-provider-drops":     "sometimes: undecided, and yet a protocol is blocked",
	"path-loss-gateway-silent":          "sometimes: undecided, and yet a protocol is blocked",
	"path-loss-provider-drops":          "sometimes: undecided, and yet a protocol is blocked",
	"path-slow-icmp-all-provider-drops": "sometimes: undecided, and yet a protocol is blocked",
	"path-slow-icmp-edge-drops":         "sometimes: undecided, and yet a protocol is blocked",
	"path-slow-icmp-firewall-drops":     "sometimes: the next device was not ruled out",
}

// sometimes begins the reason of a scenario that is wrong in some runs only.
const sometimes = "sometimes: "

// further is how often a scenario that came out wrong is run again: the machine
// may have stood still, and some worlds lose packets by chance.
const further = 2

// settle fails the test for every run of a scenario that is wrong, and not right
// when run again, unless that is known; and for one that is right although it is
// known to be wrong. A layer accused falsely a second time fails in any case.
func settle(t *testing.T, runs []row, again func() row) {
	t.Helper()
	if *personaFlag != "" {
		for _, r := range runs {
			if r.accused && again().accused {
				t.Errorf("%s, twice; the verdict was: %s", r.outcome(), r.verdict.Summary)
			}
		}
		return
	}
	why, known := knownWrong[runs[0].scenario.Name]
	right := 0
	for i, r := range runs {
		switch {
		case len(r.wrong) == 0:
			right++
		case known:
			t.Logf("run %d, known to be wrong (%s): %s; the verdict was: %s", i+1, why, r.outcome(), r.verdict.Summary)
		case wrongAgain(t, r, again):
			t.Errorf("run %d: %s; the verdict was: %s", i+1, r.outcome(), r.verdict.Summary)
		}
	}
	if known && right == len(runs) && !strings.HasPrefix(why, sometimes) {
		t.Error("the verdict is right: take the scenario off the list of those known to be wrong")
	}
}

// wrongAgain tells whether a scenario that came out as r is wrong in all further
// runs, or accuses falsely in one of them as in r.
func wrongAgain(t *testing.T, r row, again func() row) bool {
	t.Helper()
	for range further {
		next := again()
		if len(next.wrong) == 0 {
			t.Logf("%s once, and right when run again; the verdict was: %s", r.outcome(), r.verdict.Summary)
			return false
		}
		if r.accused && next.accused {
			return true
		}
	}
	return true
}

func TestKnownWrongScenariosExist(t *testing.T) {
	for name, why := range knownWrong {
		known := slices.ContainsFunc(slices.Concat(trials(), realTrials()), func(s trial) bool { return s.Name == name })
		if !known || strings.TrimPrefix(why, sometimes) == "" {
			t.Errorf("%q: no such scenario, or no reason", name)
		}
	}
}
