package watch

import (
	"time"

	"wsdoctor/internal/diagnose/finding"
)

// Class is what a spell turned out to be.
type Class string

// The classes.
const (
	Undecided Class = "undecided" // too young to say
	OneOff    Class = "one-off"   // over again before it had lasted
	Sustained Class = "sustained" // it lasts
	Recurring Class = "recurring" // not for the first time
)

const (
	// lasting is how many runs in a row make a state a lasting one: two may be one
	// event that fell between them.
	lasting = 3
	// again is how often a state must have begun to be one that keeps coming back.
	again = 3
	// memory is for how long a spell counts for that: what comes once a day is another
	// matter than what comes every hour.
	memory = 24 * time.Hour
	// mostSpells are kept; at the shortest interval more than a day of nothing but changes.
	mostSpells = 4096
)

// Spell is a time in which nothing changed.
type Spell struct {
	State State     `json:"state"`
	From  time.Time `json:"from"` // of its first run
	Last  time.Time `json:"last"`
	Runs  int       `json:"runs"`
	Class Class     `json:"class"`
	Times int       `json:"times"` // that this state began within a day, this time included
	begun bool      // its beginning was seen: of the first spell it was not
}

func (s Spell) troubled() bool { return s.State.Status != finding.StatusOK }

// rules say what a spell is, the first that fits. over: another has begun.
var rules = []struct {
	class Class
	fits  func(s Spell, over bool) bool
}{
	{Recurring, func(s Spell, _ bool) bool { return s.Times >= again }},
	{Sustained, func(s Spell, _ bool) bool { return s.Runs >= lasting }},
	{OneOff, func(s Spell, over bool) bool { return over && s.begun }},
	{Undecided, func(Spell, bool) bool { return true }},
}

func classOf(s Spell, over bool) Class {
	for _, r := range rules {
		if r.fits(s, over) {
			return r.class
		}
	}
	return Undecided
}

// Event is what a run meant for the history.
type Event string

// The events.
const (
	First   Event = "first"
	Same    Event = "same"
	Changed Event = "changed" // another state than before
	Classed Event = "classed" // the same state, of which it is now known what it is
)

// Turn is one run in the history.
type Turn struct {
	Event  Event
	Spell  Spell  // that it belongs to
	Before *Spell // of a change: what is over
}

// Totals are what a history came to.
type Totals struct {
	From    time.Time      `json:"from"`
	Last    time.Time      `json:"last"`
	Runs    int            `json:"runs"`
	Changes int            `json:"changes"`
	States  map[string]int `json:"states"`  // runs by status
	Classes map[Class]int  `json:"classes"` // spells in which not all was well
}

// History is what the runs so far came to. The zero value has none.
type History struct {
	spells  []Spell // the newest last
	from    time.Time
	runs    int
	changes int
	states  map[string]int
	classes map[Class]int // of spells that are over
}

// Add adds a run.
func (h *History) Add(at time.Time, s State) Turn {
	if h.runs++; h.states == nil {
		h.from, h.states, h.classes = at, map[string]int{}, map[Class]int{}
	}
	h.states[string(s.Status)]++
	if len(h.spells) == 0 {
		h.spells = append(h.spells, Spell{State: s, From: at, Last: at, Runs: 1, Class: Undecided})
		return Turn{Event: First, Spell: h.spells[0]}
	}
	now := &h.spells[len(h.spells)-1]
	if now.State == s {
		now.Last, now.Runs = at, now.Runs+1
		before := now.Class
		if now.Class = classOf(*now, false); now.Class != before && now.begun {
			return Turn{Event: Classed, Spell: *now}
		}
		return Turn{Event: Same, Spell: *now}
	}
	now.Class = classOf(*now, true)
	before := *now
	if before.troubled() {
		h.classes[before.Class]++
	}
	next := Spell{State: s, From: at, Last: at, Runs: 1, Times: 1 + h.began(s, at), begun: true}
	next.Class = classOf(next, false)
	h.changes++
	h.spells = append(h.spells, next)
	h.spells = h.spells[max(0, len(h.spells)-mostSpells):]
	return Turn{Event: Changed, Spell: next, Before: &before}
}

// began is how often a state was seen to begin within the memory.
func (h *History) began(s State, now time.Time) (times int) {
	for _, spell := range h.spells {
		if spell.begun && spell.State == s && now.Sub(spell.From) <= memory {
			times++
		}
	}
	return times
}

// Totals gives what it came to so far.
func (h *History) Totals() Totals {
	t := Totals{
		From:    h.from,
		Last:    h.from,
		Runs:    h.runs,
		Changes: h.changes,
		States:  map[string]int{},
		Classes: map[Class]int{},
	}
	for status, runs := range h.states {
		t.States[status] = runs
	}
	for class, spells := range h.classes {
		t.Classes[class] = spells
	}
	if n := len(h.spells); n > 0 {
		last := h.spells[n-1]
		if t.Last = last.Last; last.troubled() {
			t.Classes[last.Class]++
		}
	}
	return t
}
