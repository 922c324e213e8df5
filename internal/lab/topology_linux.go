package lab

import (
	"fmt"
	"hash/fnv"
	"net/netip"

	"wsdoctor/internal/lab/netns"
)

// network is the built topology.
type network struct {
	scenario Scenario
	held     []netip.Addr // addresses at AWS
	space    map[Place]*netns.Space
}

// places is the order in which namespaces are made.
var places = []Place{Client, Router, Firewall, Office, Provider, Edge, AWS}

// routes are the static routes; the prefix "" is the default of both families.
var routes = []struct {
	at         Place
	prefix     string
	via4, via6 string
}{
	{Client, "", routerLAN, routerLAN6},
	{Router, "", firewallLAN, "2001:db8:50:20::1"},
	{Firewall, "", providerIP, "2001:db8:10::9"},
	{Firewall, "2001:db8:50::/64", "", "2001:db8:50:20::2"},
	{Office, "", "10.30.0.1", ""},
	{Provider, "", edgeIP, edgeIP6},
	{Provider, "2001:db8:50::/48", "", "2001:db8:10::10"},
	{Provider, "203.0.113.16/29", publicIP, ""}, // further addresses of the office
	{Edge, "203.0.113.0/24", "52.94.0.1", ""},
	{Edge, "2001:db8::/32", "", "2600:1f18:0:9::1"},
	{Edge, "", "52.93.0.2", "2600:1f00:0:1::2"},
	{AWS, "", "52.93.0.1", "2600:1f00:0:1::1"},
}

// build makes the namespaces, joins them and injects the network's faults.
// Address translation comes last, so that a fault's rule goes before it.
func build(s Scenario, held []netip.Addr) (*network, error) {
	n := &network{scenario: s, held: held, space: map[Place]*netns.Space{}}
	for _, p := range places {
		space, err := netns.New(string(p))
		if err != nil {
			return nil, err
		}
		n.space[p] = space
		if p != Client && p != Office && p != AWS {
			if err := space.Forward(); err != nil {
				return nil, err
			}
		}
	}
	for _, step := range []func() error{n.connect, n.route, func() error { return n.inject(injections) }, n.translate} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *network) connect() error {
	for _, c := range cables {
		a := netns.End{Space: n.space[c.a], Interface: c.ifA, Addresses: c.addrA}
		b := netns.End{Space: n.space[c.b], Interface: c.ifB, Addresses: c.addrB}
		if err := netns.Cable(a, b, 0); err != nil {
			return err
		}
		if c.a == Client { // resolves its router's address itself; its packets are counted
			if err := a.Plain(); err != nil {
				return err
			}
			continue
		}
		if err := netns.Acquaint(a, b); err != nil {
			return err
		}
	}
	near := netns.End{Space: n.space[transit.a], Interface: transit.ifA, Addresses: transit.addrA}
	far := netns.End{Space: n.space[transit.b], Interface: transit.ifB, Addresses: transit.addrB}
	if err := n.join(near, far); err != nil {
		return err
	}
	if err := netns.Acquaint(near, far); err != nil {
		return err
	}
	if err := n.space[Provider].AddAddress("lo", providerDNS+"/32"); err != nil {
		return err
	}
	for _, a := range n.held {
		if err := n.space[AWS].AddAddress("lo", fmt.Sprintf("%s/%d", a, a.BitLen())); err != nil {
			return err
		}
	}
	return nil
}

// join makes the wire between the provider and AWS.
func (n *network) join(near, far netns.End) error {
	l := n.scenario.Link
	if l == (Link{}) {
		return netns.Cable(near, far, 0)
	}
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(n.scenario.Name))
	return netns.Wire{Delay: l.RTT / 2, Jitter: l.Jitter, Loss: l.Loss, MTU: l.MTU, Seed: seed.Sum64() + n.scenario.Seed}.Cable(near, far)
}

func (n *network) route() error {
	for _, r := range routes {
		prefix4, prefix6 := r.prefix, r.prefix
		if r.prefix == "" {
			prefix4, prefix6 = "0.0.0.0/0", "::/0"
		}
		if r.via4 != "" {
			if err := n.space[r.at].Via(prefix4, r.via4); err != nil {
				return err
			}
		}
		if r.via6 != "" {
			if err := n.space[r.at].Via(prefix6, r.via6); err != nil {
				return err
			}
		}
	}
	return nil
}

// translate hides the LAN behind the router and the office behind its public
// address. IPv6 is routed as it is.
func (n *network) translate() error {
	if err := n.space[Router].Filter(netns.Rule{Hook: netns.SNAT, Out: "wan", Family: "ip4", Action: netns.Masquerade}); err != nil {
		return err
	}
	return n.space[Firewall].Filter(sourceNAT(publicIP, netns.Rule{}))
}
