package candidates

// Look is a kind of clue: how something was looked at.
type Look string

// The closed list of looks.
const (
	Ended   Look = "ended"    // what became of the connections or datagrams themselves
	Swept   Look = "swept"    // how far packets came, next to a control of the same transport
	Heard   Look = "heard"    // a device far away had such packets in its hands
	TooSoon Look = "too-soon" // the answer came in less time than the host's distance takes
	Left    Look = "left"     // the interface's packet counter moved: they left this computer
	Stayed  Look = "stayed"   // the counter stood still: they did not
	Unsent  Look = "unsent"   // this computer's TCP could not even send its SYN again
	Alike   Look = "alike"    // the same port of another host behind the same devices works
	Said    Look = "said"     // an ICMP error names its sender
)

// Ending is what became of a flow's own connections or datagrams.
type Ending string

// The closed list of endings.
const (
	Alive    Ending = "alive"    // the host's own answer came
	Mute     Ending = "mute"     // accepted, and nothing is behind it
	WasCut   Ending = "cut"      // accepted, and ended at the first data
	WasReset Ending = "reset"    // refused by a reset
	Rejected Ending = "rejected" // refused by an ICMP error
	Refusal  Ending = "refusal"  // refused by one of the two: the system does not tell by which
	Denied   Ending = "denied"   // this computer refused to send
	Silent   Ending = "silent"   // nothing came back
)

// SweepKind is what a sweep says next to its control.
type SweepKind string

// The closed list of sweep kinds.
const (
	Ends    SweepKind = "ends"    // packets end between From and To, where the control's go on
	Passes  SweepKind = "passes"  // they come as far as the control's; From is the last device that saw them
	Forged  SweepKind = "forged"  // the answer was given between From and To, the host is farther
	Refused SweepKind = "refused" // the answer was given between From and To, the host among them
)

// Clue is one thing that was observed of a flow.
type Clue struct {
	Look Look
	IDs  []string // of the observations that it was read from

	Ending   Ending    // for Ended
	Kind     SweepKind // for Swept
	From, To Place     // for Swept; for Heard and Said From alone, for TooSoon To
}

// allows says whether a candidate is possible in spite of a clue.
func (c Clue) allows(x Candidate, w Way) bool {
	row, known := predictions[c.Look]
	if !known {
		return true
	}
	predict, has := row[x.Act]
	return !has || predict(c, x.Place, w)
}

// prediction says whether an act at a place allows a clue.
type prediction func(c Clue, at Place, w Way) bool

func never(Clue, Place, Way) bool             { return false }
func within(c Clue, at Place, _ Way) bool     { return c.From <= at && at <= c.To }
func onlyHere(_ Clue, at Place, _ Way) bool   { return at == Here }
func notHere(_ Clue, at Place, _ Way) bool    { return at != Here }
func notFarther(c Clue, at Place, w Way) bool { return at <= c.To }
func notNearer(c Clue, at Place, _ Way) bool  { return at >= c.From }
func exactlyAt(c Clue, at Place, _ Way) bool  { return at == c.From }

func endings(list ...Ending) prediction {
	return func(c Clue, _ Place, _ Way) bool {
		for _, e := range list {
			if c.Ending == e {
				return true
			}
		}
		return false
	}
}

// kinds gives a prediction for each kind of sweep; a kind that is not in it is
// allowed.
func kinds(table map[SweepKind]prediction) prediction {
	return func(c Clue, at Place, w Way) bool {
		predict, has := table[c.Kind]
		return !has || predict(c, at, w)
	}
}

// makesRare: software that passes connections on can pass a refusal on, but most
// refusals that were preceded by packets are somebody else's; and most devices that
// filter a port do so whatever the host.
func (c Clue) makesRare(x Candidate, w Way) bool {
	switch c.Look {
	case Left:
		return x.Act == Reset && x.Place == Here
	case Alike:
		return x.Place != w.End
	}
	return false
}

// predictions is what every act allows to be seen: one row per look, one entry
// per act. No entry: the act allows whatever is seen there.
var predictions = map[Look]map[Act]prediction{
	Ended: {
		Drop:        endings(Silent),
		DropAnswers: endings(Silent),
		Unheard:     endings(Silent),
		Deny:        endings(Denied),
		Reject: endings(
			Rejected,
			Refusal,
		),
		Reset:  endings(WasReset, Refusal),
		Accept: endings(Mute),
		Cut:    endings(WasCut),
	},
	Swept: {
		// A router looks at the lifetime before it filters, so the one that drops
		// may still answer for itself: From is among the places.
		Drop: kinds(map[SweepKind]prediction{Ends: within, Passes: notNearer, Forged: never, Refused: never}),
		// Who drops answers, or gives none, lets the packets themselves pass, and the
		// routers' errors about them come from others than the host.
		DropAnswers: kinds(map[SweepKind]prediction{Ends: never, Forged: never, Refused: never}),
		Unheard:     kinds(map[SweepKind]prediction{Ends: never, Forged: never, Refused: never}),
		Reset:       kinds(map[SweepKind]prediction{Forged: within, Refused: within, Ends: within}),
		Accept:      kinds(map[SweepKind]prediction{Forged: within, Refused: within}),
	},
	// What a device had in its hands was not stopped before it.
	Heard:   {Drop: notNearer, Deny: never, Reset: notNearer, Accept: notNearer},
	TooSoon: {Reset: notFarther, Accept: notFarther, Cut: notFarther, Reject: notFarther},
	// Who drops answers does so after the packets left. A program here that accepts,
	// or refuses, may connect onwards itself, so that packets leave all the same.
	Left: {Drop: notHere, Deny: never},
	Stayed: {
		Drop:        onlyHere,
		DropAnswers: never,
		Unheard:     never,
		Reject:      onlyHere,
		Reset:       onlyHere,
		Accept:      onlyHere,
		Cut:         onlyHere,
	},
	Unsent: {Drop: onlyHere, DropAnswers: never, Unheard: never},
	Said:   {Reject: exactlyAt},
}
