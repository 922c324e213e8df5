package lab

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"time"

	"wsdoctor/internal/lab/netns"
)

// iface is the interface that a fault is about.
func (n *network) iface(f Fault) string { return cmp.Or(f.Interface, n.topology.link) }

func noLease(n *network, f Fault) error {
	if n.iface(f) == n.topology.link {
		if err := n.command().DropDefault(familiesOf(f)...); err != nil {
			return err
		}
	}
	return n.command().DropAddresses(n.iface(f), familiesOf(f)...)
}

// readdress gives an interface another address. The routes that led over its
// gateway go with the old one.
func readdress(n *network, f Fault) error {
	if err := n.command().DropAddresses(n.iface(f), familiesOf(f)...); err != nil {
		return err
	}
	return n.command().AddAddress(n.iface(f), f.Network)
}

func defaultVia(n *network, f Fault) error {
	if err := n.command().DropDefault(familiesOf(f)...); err != nil {
		return err
	}
	return n.command().Via("0.0.0.0/0", f.Addresses[0].String())
}

// overlaps are the things that claim a network which is another's, by
// Fault.Mode. The bridge and the tunnel have its first address.
var overlaps = map[string]func(n *network, network netip.Prefix, own string) error{
	"bridge": func(n *network, _ netip.Prefix, own string) error { return n.command().AddBridge("docker0", own) },
	// A cable to nobody and not a TUN device, which not every user may open.
	"vpn": func(n *network, _ netip.Prefix, own string) error {
		nobody, err := netns.New("vpn")
		if err != nil {
			return err
		}
		return netns.Cable(
			netns.End{Space: n.command(), Interface: "tun0", Addresses: []string{own}},
			netns.End{Space: nobody, Interface: "tun0"},
			0,
		)
	},
	"route": func(n *network, network netip.Prefix, _ string) error {
		return n.command().Via(network.String(), eth1Gateway)
	},
}

func overlap(n *network, f Fault) error {
	network, err := netip.ParsePrefix(f.Network)
	if err != nil {
		return err
	}
	claim, known := overlaps[f.Mode]
	if !known {
		return fmt.Errorf("nothing called %q overlaps", f.Mode)
	}
	return claim(n, network.Masked(), netip.PrefixFrom(network.Masked().Addr().Next(), network.Bits()).String())
}

// noCarrier takes the other end of the interface's cable down.
func noCarrier(n *network, f Fault) error {
	for _, c := range n.topology.cables {
		if c.a == n.topology.runs && c.ifA == n.iface(f) {
			return n.space[c.b].LinkDown(c.ifB)
		}
	}
	return fmt.Errorf("no cable leads from %s", n.iface(f))
}

// sessionPatience is how long a gateway waits for the WorkSpace's answer.
const sessionPatience = 2 * time.Second

// session connects from a streaming gateway to eth0 and keeps the connections.
func session(n *network, f Fault) error {
	ctx, cancel := context.WithTimeout(context.Background(), sessionPatience)
	defer cancel()
	for _, port := range f.Ports {
		c, err := n.space[Management].DialFrom(
			ctx,
			"tcp",
			netip.MustParseAddr(gatewayNear),
			netip.AddrPortFrom(netip.MustParseAddr(eth0IP), port),
		)
		if err != nil {
			return err
		}
		n.keep(c)
	}
	return nil
}

// loadRuleset loads firewall rules into the WorkSpace.
func loadRuleset(n *network, f Fault) error {
	if r, known := rulesets[f.Mode]; known {
		return n.command().Load(r...)
	}
	if beyond.ruleset != nil {
		if known, err := beyond.ruleset(n, f.Mode); known {
			return err
		}
	}
	return fmt.Errorf("no rule set is called %q", f.Mode)
}
