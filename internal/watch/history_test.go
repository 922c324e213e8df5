package watch

import (
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
)

var start = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

// letters are states: o is ok, every other one a fault of its own.
func state(letter byte) State {
	if letter == 'o' {
		return State{Status: finding.StatusOK}
	}
	return State{Status: finding.StatusFault, Code: string(letter)}
}

// told runs a history of one letter for each run, and gives a letter for each turn: .
// for nothing new, and the class of the spell, behind a slash that of the one that is over.
func told(runs string, every time.Duration) (turns []string, h *History) {
	h = &History{}
	for i := range len(runs) {
		t := h.Add(start.Add(time.Duration(i)*every), state(runs[i]))
		said := "."
		switch t.Event {
		case First:
			said = "first"
		case Classed:
			said = string(t.Spell.Class)
		case Changed:
			said = string(t.Spell.Class) + "/" + string(t.Before.Class)
		}
		turns = append(turns, said)
	}
	return turns, h
}

func TestASpellIsClassed(t *testing.T) {
	for name, c := range map[string]struct{ runs, want string }{
		"nothing happens":               {"oooo", "first . . ."},
		"once, and over":                {"oofo", "first . undecided/undecided undecided/one-off"},
		"twice in a row may be chance":  {"ooooffo", "first . . . undecided/sustained . undecided/one-off"},
		"three in a row last":           {"offfo", "first undecided/undecided . sustained undecided/sustained"},
		"it comes back":                 {"ofofof", "first undecided/undecided undecided/one-off undecided/one-off undecided/one-off recurring/one-off"},
		"and so does its end":           {"ofofofo", "first undecided/undecided undecided/one-off undecided/one-off undecided/one-off recurring/one-off recurring/recurring"},
		"what recurs stays that":        {"ofofoffff", "first undecided/undecided undecided/one-off undecided/one-off undecided/one-off recurring/one-off . . ."},
		"others are no repetition":      {"ofogoh", "first undecided/undecided undecided/one-off undecided/one-off undecided/one-off undecided/one-off"},
		"one fault becomes another":     {"ofgg", "first undecided/undecided undecided/one-off ."},
		"what was there first may last": {"ffffo", "first . . . undecided/sustained"},
		"or not":                        {"fo", "first undecided/undecided"},
	} {
		turns, _ := told(c.runs, 5*time.Minute)
		if got := strings.Join(turns, " "); got != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", name, c.runs, got, c.want)
		}
	}
}

// What comes once a day is no repetition of yesterday's: it is another matter than
// what comes every hour.
func TestOnlyADayIsRemembered(t *testing.T) {
	turns, h := told("ofofof", 13*time.Hour)
	if last := turns[5]; last != "undecided/one-off" {
		t.Errorf("%s", last)
	}
	if got := h.Totals(); got.Classes[Recurring] != 0 || got.Changes != 5 || got.Runs != 6 || got.States["fault"] != 3 {
		t.Errorf("%+v", got)
	}
	turns, _ = told("ofofof", 6*time.Hour) // the first was exactly a day ago, minus two hours
	if last := turns[5]; last != "recurring/one-off" {
		t.Errorf("%s", last)
	}
}

func TestTheTotalsCountEveryTroubleOnce(t *testing.T) {
	_, h := told("oooofoofffofoo", time.Minute)
	got := h.Totals()
	want := map[Class]int{OneOff: 1, Sustained: 1, Recurring: 1} // f, fff, and f for the third time
	for class, n := range want {
		if got.Classes[class] != n {
			t.Errorf("%s: %d, want %d; %+v", class, got.Classes[class], n, got)
		}
	}
	if got.Runs != 14 || got.Changes != 6 || got.States["ok"] != 9 || !got.Last.Equal(start.Add(13*time.Minute)) {
		t.Errorf("%+v", got)
	}
}

func TestAHistoryIsBounded(t *testing.T) {
	h := &History{}
	for i := range 3 * mostSpells {
		h.Add(start.Add(time.Duration(i)*Least), state("of"[i%2]))
	}
	if len(h.spells) != mostSpells || h.Totals().Changes != 3*mostSpells-1 {
		t.Errorf("%d spells, %d changes", len(h.spells), h.Totals().Changes)
	}
}

func TestAStateIsWhoIsAtFaultAndNotWhatIsOtherEachTime(t *testing.T) {
	firewall := layer.NetworkFirewall
	with := func(w *finding.Where) State {
		return StateOf(
			report.Report{Verdict: report.Verdict{Status: finding.StatusFault, Layer: &firewall, Code: "x", Where: w}},
		)
	}
	device := func(from string) *finding.Where { return &finding.Where{Kind: finding.OnDevice, From: from} }
	if with(device("10.0.0.1")) == with(device("10.0.0.2")) {
		t.Error("another device is the same state")
	}
	if with(device("10.0.0.1")) == with(nil) {
		t.Error("a device that is known and one that is not are the same state")
	}
	host := func(from string) *finding.Where { return &finding.Where{Kind: finding.AtHost, From: from} }
	if with(host("203.0.113.1")) != with(host("203.0.113.2")) {
		t.Error("an address of AWS makes another state")
	}
	dns := func(list ...string) *finding.Where { return finding.At(finding.AtResolver, list...) }
	if with(dns("10.0.0.1", "10.0.0.2")) != with(dns("10.0.0.2", "10.0.0.1")) {
		t.Error("the order of name servers makes another state")
	}
}
