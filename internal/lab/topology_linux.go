package lab

import (
	"fmt"
	"hash/fnv"
	"io"
	"net/netip"
	"slices"
	"sync"

	"wsdoctor/internal/lab/netns"
)

// network is the built topology.
type network struct {
	scenario Scenario
	topology topology
	held     []netip.Addr // addresses at AWS
	space    map[Place]*netns.Space

	mu   sync.Mutex
	kept []io.Closer // what must stay open for as long as the network
}

// keep remembers what must stay open.
func (n *network) keep(c io.Closer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kept = append(n.kept, c)
}

// build makes the namespaces, joins them and injects the network's faults.
// Address translation comes last, so that a fault's rule goes before it.
func build(s Scenario, held []netip.Addr) (*network, error) {
	n := &network{scenario: s, topology: s.topology(), held: held, space: map[Place]*netns.Space{}}
	for _, p := range n.topology.places {
		space, err := netns.New(string(p))
		if err != nil {
			return nil, err
		}
		n.space[p] = space
		if slices.Contains(n.topology.routers, p) {
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

// command is the namespace that the command runs in.
func (n *network) command() *netns.Space { return n.space[n.topology.runs] }

func (n *network) connect() error {
	for _, c := range n.topology.cables {
		a := netns.End{Space: n.space[c.a], Interface: c.ifA, Addresses: c.addrA}
		b := netns.End{Space: n.space[c.b], Interface: c.ifB, Addresses: c.addrB}
		if err := netns.Cable(a, b, 0); err != nil {
			return err
		}
		if c.a == n.topology.runs { // resolves its router's address itself; its packets are counted
			if err := a.Plain(); err != nil {
				return err
			}
			continue
		}
		if err := netns.Acquaint(a, b); err != nil {
			return err
		}
	}
	wire := n.topology.wire
	near := netns.End{Space: n.space[wire.a], Interface: wire.ifA, Addresses: wire.addrA}
	far := netns.End{Space: n.space[wire.b], Interface: wire.ifB, Addresses: wire.addrB}
	if err := n.join(near, far); err != nil {
		return err
	}
	if err := netns.Acquaint(near, far); err != nil {
		return err
	}
	for _, h := range n.topology.holds {
		if err := n.space[h.at].AddAddress(h.iface, h.address); err != nil {
			return err
		}
	}
	for _, a := range n.held {
		at := AWS
		if n.topology.holder != nil {
			at = n.topology.holder(a)
		}
		if err := n.space[at].AddAddress("lo", fmt.Sprintf("%s/%d", a, a.BitLen())); err != nil {
			return err
		}
	}
	return nil
}

// join makes the wire.
func (n *network) join(near, far netns.End) error {
	l := n.scenario.Link
	if l == (Link{}) {
		return netns.Cable(near, far, 0)
	}
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(n.scenario.Name))
	return netns.Wire{
		Delay:  l.RTT / 2,
		Jitter: l.Jitter,
		Loss:   l.Loss,
		MTU:    l.MTU,
		Wakes:  l.Wakes,
		Gone:   l.Gone,
		Lasts:  l.Lasts,
		Twice:  l.Twice,
		Seed:   seed.Sum64() + n.scenario.Seed,
	}.Cable(
		near,
		far,
	)
}

func (n *network) route() error {
	for _, r := range n.topology.routes {
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

// translate hides senders behind the addresses that the topology says. IPv6 is
// routed as it is.
func (n *network) translate() error {
	if _, none := n.scenario.has(NoNAT); none {
		return nil
	}
	for _, t := range n.topology.nat {
		r := netns.Rule{Hook: netns.SNAT, Out: t.out, Family: "ip4", Action: netns.Masquerade}
		if t.to != "" {
			r = sourceNAT(t.to, netns.Rule{})
		}
		if err := n.space[t.at].Filter(r); err != nil {
			return err
		}
	}
	return nil
}
