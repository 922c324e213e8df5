// Package candidates asks of what was seen of packets on their way: what could
// explain exactly this, and what would then have looked otherwise?
//
// A Candidate is one possible explanation: who (Place) does what (Act) to the
// packets of a flow. A Clue is something that was observed of the flow. The table
// in predictions.go says for every act and every kind of clue whether the act
// allows it; a candidate that some clue contradicts is out, and the clue is
// remembered as the reason. What remains is the answer, and Decide says what it
// is worth once the places have owners.
//
// The package is pure. It knows neither layers' names nor words: owners are
// handed in, and what is ruled out is told by the IDs of observations.
package candidates

// Act is what somebody does to the packets of a flow.
type Act string

// The closed list of acts on a way.
const (
	Drop        Act = "drop"         // discards them
	DropAnswers Act = "drop-answers" // lets them pass and discards what comes back
	Unheard     Act = "unheard"      // the host itself gives no answer
	Deny        Act = "deny"         // this computer refuses to send
	Reject      Act = "reject"       // answers by an ICMP error
	Reset       Act = "reset"        // answers a SYN by a reset
	Accept      Act = "accept"       // accepts a connection in the host's place and says nothing
	Refuse      Act = "refuse"       // the host itself says that it does not serve
	Cut         Act = "cut"          // lets the handshake pass and ends the connection at the first data
)

// Acts lists the acts that are weighed, in the order in which candidates are told.
// Refuse is not among them: what a host says of itself leaves nothing to weigh, and
// asks only whose the host is.
var Acts = []Act{Drop, DropAnswers, Unheard, Deny, Reject, Reset, Accept, Cut}

// Place is where on a way, in hops: 0 is this computer, k the k-th device, Way.End
// the host.
type Place int

// Here is this computer.
const Here Place = 0

// Way is the way to one host.
type Way struct {
	End Place // the host
	// Hidden: the host was not seen to be at its place itself, so that the place
	// before it stands for whatever devices answer nobody, or in its name.
	Hidden bool
}

// IsHidden says whether a place stands for devices that were not seen.
func (w Way) IsHidden(p Place) bool { return w.Hidden && p == w.End-1 }

// Candidate is one possible explanation of a flow.
type Candidate struct {
	Act   Act
	Place Place
	// Rare: something observed makes it possible still, but much less common.
	Rare bool
}

// All lists the candidates of a way: every act at every place where it can be.
func (w Way) All() []Candidate {
	var list []Candidate
	for _, a := range Acts {
		for p := Here; p <= w.End; p++ {
			if a == Deny && p != Here || a == Unheard && p != w.End {
				continue
			}
			list = append(list, Candidate{Act: a, Place: p})
		}
	}
	return list
}

// Ruled is a candidate that is out, and the clue that contradicts it.
type Ruled struct {
	Candidate
	By Clue
}

// Remaining parts the candidates of a way into those that no clue contradicts
// and those that one does, each with the first clue that did. The order of both is
// that of Way.All.
func Remaining(w Way, clues []Clue) (left []Candidate, out []Ruled) {
next:
	for _, c := range w.All() {
		for _, clue := range clues {
			if !clue.allows(c, w) {
				out = append(out, Ruled{c, clue})
				continue next
			}
			c.Rare = c.Rare || clue.makesRare(c, w)
		}
		left = append(left, c)
	}
	return left, out
}

// Places gives the places of candidates that are not rare, nearest first, each
// once; where all are rare, of these.
func Places(list []Candidate) []Place {
	var common, all []Place
	for _, c := range list {
		all = insert(all, c.Place)
		if !c.Rare {
			common = insert(common, c.Place)
		}
	}
	if len(common) == 0 {
		return all
	}
	return common
}

func insert(list []Place, p Place) []Place {
	i := 0
	for i < len(list) && list[i] < p {
		i++
	}
	if i < len(list) && list[i] == p {
		return list
	}
	list = append(list, 0)
	copy(list[i+1:], list[i:])
	list[i] = p
	return list
}

// Common gives the places that are in both lists, in the order of the first.
func Common(a, b []Place) []Place {
	var both []Place
	for _, p := range a {
		for _, q := range b {
			if p == q {
				both = append(both, p)
			}
		}
	}
	return both
}
