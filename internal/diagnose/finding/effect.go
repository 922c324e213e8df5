package finding

import (
	"slices"
	"wsdoctor/probe"
)

// Effect is what a set of blocked observations takes from the user. Severity
// comes from the protocol: PCoIP needs TCP and UDP 4172; DCV needs one of TCP
// and UDP 4195 and prefers UDP; both need the broker on 443.
type Effect struct {
	Blocks, Degrades []probe.Protocol
	Unsure           []probe.Protocol // shut on its own ports, and may come by 443
}

// Severity is what the effect alone makes of a finding.
func (f Effect) Severity() Severity {
	switch {
	case len(f.Blocks)+len(f.Unsure) > 0:
		return SeverityFault
	case len(f.Degrades) > 0:
		return SeverityDegraded
	}
	return SeverityInfo
}

// And joins two effects; what one of them blocks the other does not degrade.
func (f Effect) And(g Effect) Effect {
	var both Effect
	for _, p := range probe.StreamingProtocols() {
		switch {
		case slices.Contains(f.Blocks, p), slices.Contains(g.Blocks, p):
			both.Blocks = append(both.Blocks, p)
		case slices.Contains(f.Unsure, p), slices.Contains(g.Unsure, p):
			both.Unsure = append(both.Unsure, p)
		case slices.Contains(f.Degrades, p), slices.Contains(g.Degrades, p):
			both.Degrades = append(both.Degrades, p)
		}
	}
	return both
}
