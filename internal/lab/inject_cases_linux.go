package lab

import (
	"fmt"
	"slices"

	"wsdoctor/internal/lab/netns"
)

// forgeRefusal sends one ICMP error in the name of whoever the first packet to
// one of the ports is for.
func forgeRefusal(n *network, f Fault) error {
	iface, known := n.topology.inward[f.Where]
	if !known {
		return fmt.Errorf("nothing passes %q", f.Where)
	}
	forger, err := n.space[f.Where].Forge(iface, func(p netns.Passing) bool {
		return slices.Contains(f.Ports, p.To.Port()) && (f.Proto == "" || f.Proto == p.Proto)
	})
	if err == nil {
		n.keep(forger)
	}
	return err
}
