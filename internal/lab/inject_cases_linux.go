package lab

import (
	"fmt"
	"net/netip"
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

// Addresses between the provider and its translator, and the one that comes out.
var (
	toTranslator = []string{"203.0.113.65/30", "2001:db8:64::1/64"}
	translatorIP = []string{"203.0.113.66/30", "2001:db8:64::2/64"}
	translatedIP = netip.MustParseAddr("203.0.113.68")
)

// translated hangs a translator on the provider's router.
func translated(n *network, f Fault) error {
	prefix, err := netip.ParsePrefix(f.Network)
	if err != nil {
		return err
	}
	t := &netns.Translator{Prefix: prefix, Pool: translatedIP}
	if err := t.Hang(netns.End{Space: n.space[Provider], Interface: "translator", Addresses: toTranslator}, translatorIP); err != nil {
		return err
	}
	if err := n.space[Provider].Via(prefix.String(), "2001:db8:64::2"); err != nil {
		return err
	}
	return n.space[Provider].Via(translatedIP.String()+"/32", "203.0.113.66")
}
