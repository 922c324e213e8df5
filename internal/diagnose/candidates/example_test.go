package candidates_test

import (
	"fmt"

	"wsdoctor/internal/diagnose/candidates"
)

// A port is silent. Its packets are last heard of at the second router, those of a
// control at the third as well, and they did leave this computer.
func Example() {
	way := candidates.Way{End: 5}
	left, out := candidates.Remaining(way, []candidates.Clue{
		{Look: candidates.Ended, Ending: candidates.Silent, IDs: []string{"o1"}},
		{Look: candidates.Left, IDs: []string{"o2"}},
		{Look: candidates.Swept, Kind: candidates.Ends, From: 2, To: 3, IDs: []string{"o3", "o4"}},
	})
	fmt.Println("places:", candidates.Places(left))
	for _, r := range out {
		if r.Act == candidates.Drop && (r.Place == candidates.Here || r.Place == way.End) {
			fmt.Printf("place %d is out: %s, see %v\n", r.Place, r.By.Look, r.By.IDs)
		}
	}
	owner := func(p candidates.Place) candidates.Owner {
		if p < 3 {
			return candidates.Owner{Layers: []string{"the office"}}
		}
		return candidates.Owner{Layers: []string{"the provider"}}
	}
	d := candidates.Decide(candidates.Places(left), nil, owner, true)
	fmt.Println(d.Layer, d.Worth == candidates.Possible, d.Rest)
	// Output:
	// places: [2 3]
	// place 0 is out: left, see [o2]
	// place 5 is out: swept, see [o3 o4]
	// the office true [the provider]
}
