package finding

import (
	"encoding/json"
	"slices"
)

// Seen is how far a protocol's way was shown.
type Seen string

// The closed list: to a host that answered, as far as the last router that packets
// of that kind reach, or not at all.
const (
	SeenHost       Seen = "host"
	SeenLastRouter Seen = "last-router"
	SeenNothing    Seen = "nothing"
)

// ProtocolsSeen is how far the way of each protocol was shown.
type ProtocolsSeen struct {
	PCoIP Seen `json:"pcoip"`
	DCV   Seen `json:"dcv"`
}

// SeenOrder is from the least that was shown to the most.
var SeenOrder = []Seen{SeenNothing, SeenLastRouter, SeenHost}

// Lesser gives the one by which less was shown.
func Lesser(a, b Seen) Seen {
	return SeenOrder[min(slices.Index(SeenOrder, a), slices.Index(SeenOrder, b))]
}

// MarshalJSON writes what was never looked at as "nothing".
func (s Seen) MarshalJSON() ([]byte, error) {
	if s == "" {
		s = SeenNothing
	}
	return json.Marshal(string(s))
}
