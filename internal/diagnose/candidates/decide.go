package candidates

import "slices"

// Owner says whose something at a place is, as the IDs of layers (the contract,
// section 2), which this package only compares.
type Owner struct {
	Layers []string // whose it is, the likeliest first; several where nothing tells which
	Also   []string // who it may be as well, though less commonly
}

// Worth is what a decision may be called.
type Worth int

// From nothing to a bracket by experiment. What somebody said of itself is more
// than any of these, and the caller's to say.
const (
	Open     Worth = iota // the candidates that remain have different owners
	Possible              // the rivals that remain are only less common
	Likely                // every candidate that remains has one owner
)

// Decision is what the remaining candidates come to.
type Decision struct {
	Worth Worth
	Layer string // the one accused; the first candidate's where the answer is open
	// Rest are the other layers that remain, each once: rivals of a decided answer,
	// candidates of an open one.
	Rest []string
}

// Decide folds places into an answer. They are those that remain, nearest first;
// pair says that the first two are the ends of one bracket: two devices of which
// either may be the one, because a device that filters answers for itself before
// it does. Then the nearer is the commoner. Without any place the decision is empty.
//
// Rare are places at which only rare candidates remain; their owners are rivals.
func Decide(places, rare []Place, owner func(Place) Owner, pair bool) Decision {
	var first, all []string
	add := func(list []string, names []string) []string {
		for _, name := range names {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
		return list
	}
	if len(places) == 0 {
		return Decision{}
	}
	for _, p := range places {
		first = add(first, owner(p).Layers)
	}
	all = slices.Clone(first)
	for _, p := range places {
		all = add(all, owner(p).Also)
	}
	for _, p := range rare {
		all = add(all, owner(p).Layers)
	}
	if len(all) == 0 {
		return Decision{}
	}
	d := Decision{Layer: first[0], Rest: all[1:]}
	switch {
	case len(all) == 1:
		d.Worth = Likely
	case len(first) == 1 && pair && len(rare) == 0 && len(owner(places[0]).Also) == 0:
		// The nearer end of the bracket is one's without a doubt; that the farther one
		// is another's and acts before it looks at lifetimes is two rare things at once.
		d.Worth, d.Rest = Likely, nil
	case len(first) == 1:
		d.Worth = Possible
	case pair && len(places) == 2 && len(owner(places[0]).Layers) == 1:
		d.Worth = Possible
	}
	return d
}
