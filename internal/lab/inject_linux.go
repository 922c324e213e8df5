package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/netns"
)

// injections is the table of what each kind of fault does to the network. A
// kind that is not in it is a matter of the servers.
var injections = map[Kind]func(*network, Fault) error{
	Drop:        filter(netns.Drop),
	RejectAdmin: filter(netns.RejectAdmin),
	RejectPort:  filter(netns.RejectPort),
	RejectHost:  filter(netns.RejectHost),
	RejectNet:   filter(netns.RejectNet),
	Reset:       filter(netns.Reset),
	Lossy:       filter(netns.Drop),
	DropIn:      filter(netns.Drop),
	DropReturn:  filter(netns.Drop),
	Swallow:     swallow,
	Mute:        quieten(0),
	SlowICMP:    quieten(1),
	NarrowLink:  narrow,
	Prohibit:    prohibit,
	Blackhole:   blackhole,
	NoDefault:   func(n *network, f Fault) error { return n.command().DropDefault(familiesOf(f)...) },
	LinkDown:    func(n *network, f Fault) error { return n.command().LinkDown(n.iface(f)) },
	NoLease:     noLease,
	NoLink:      func(n *network, f Fault) error { return n.command().RemoveLink(n.iface(f)) },
	Readdress:   readdress,
	DefaultVia:  defaultVia,
	NoRoute:     func(n *network, f Fault) error { return n.command().DropRoute(f.Network) },
	Overlap:     overlap,
	AnswersVia: func(n *network, f Fault) error {
		port := uint16(0)
		if len(f.Ports) > 0 {
			port = f.Ports[0]
		}
		return n.space[Workspace].AnswersVia(eth0IP+"/32", eth1Gateway, unix.IPPROTO_UDP, port)
	},
	PublicAddress: func(n *network, _ Fault) error {
		return n.space[VPC].Filter(sourceNAT(eth1PublicIP, netns.Rule{Source: netip.MustParseAddr(eth1IP)}))
	},
	Rotate: func(n *network, _ Fault) error {
		return n.space[Firewall].Filter(sourceNAT(rotatedIP, netns.Rule{EveryOther: true}))
	},
	SplitUDP: func(n *network, _ Fault) error {
		return n.space[Firewall].Filter(sourceNAT(udpIP, netns.Rule{Proto: "udp"}))
	},
	ProxyEgress: func(n *network, _ Fault) error {
		return n.space[Firewall].Filter(sourceNAT(proxyOutIP, netns.Rule{Source: netip.MustParseAddr(proxyIP)}))
	},
	Portal: func(n *network, f Fault) error {
		if f.Mode == "dns" {
			return nil
		}
		return n.space[Router].Filter(netns.Rule{Hook: netns.ForwardHook, In: "lan", Action: netns.Drop})
	},
	Proxy: func(n *network, f Fault) error {
		if f.Mode != "gone" {
			return nil
		}
		return n.space[Office].Filter(netns.Rule{Hook: netns.Input, Proto: "tcp", Port: 3128, Action: netns.Drop})
	},
	ResetData:    filter(netns.Reset),
	RateLimit:    filter(netns.Drop),
	AnswersOnly:  answersOnly,
	OtherAddress: otherAddress,
	Invisible:    func(n *network, f Fault) error { return n.space[f.Where].Unseen() },
	Rewrites:     func(n *network, f Fault) error { return n.space[f.Where].RenewLifetimes() },
	LossyFlows:   filter(netns.Drop),
	NAT64:        translate6,
	Parking:      func(n *network, f Fault) error { return n.hold(f.Where, f.Addresses) },
	FakeIP:       func(n *network, f Fault) error { return n.space[f.Where].AddAddress("lo", fakeNetwork) },
	Genuine:      func(n *network, f Fault) error { return n.hold(f.Where, f.Addresses) },
	BlockPage:    func(n *network, f Fault) error { return n.hold(f.Where, f.Addresses) },
}

// lateInjections are those that would keep servers from starting.
var lateInjections = map[Kind]func(*network, Fault) error{
	NoCarrier: noCarrier,
	Ruleset:   loadRuleset,
	Session:   session,
	Chatter:   chatter,

	ForgedRefusal: forgeRefusal,
	GatewayDead: func(n *network, _ Fault) error {
		return n.space[Router].DropAddresses("lan", unix.AF_INET, unix.AF_INET6)
	},
}

func (n *network) inject(table map[Kind]func(*network, Fault) error) error {
	for _, f := range n.scenario.Faults {
		apply := table[f.Kind]
		if apply == nil {
			continue
		}
		if err := apply(n, f); err != nil {
			return fmt.Errorf("inject %s: %w", f.Kind, err)
		}
	}
	return nil
}

// hookAt is where a filter sits at each place.
var hookAt = map[Place]netns.Hook{
	Client: netns.Output, Router: netns.ForwardHook, Firewall: netns.ForwardHook, Office: netns.Input,
	Provider: netns.ForwardHook, Edge: netns.ForwardHook, AWS: netns.Input,
	Workspace: netns.Output, Management: netns.Input, VPC: netns.ForwardHook, DC1: netns.Input, DC2: netns.Input,
}

// hook is where a filter sits at a place: at the first computer on what it
// sends, at a router on what it passes on, at the others on what arrives.
func (n *network) hook(at Place) netns.Hook {
	if h, known := hookAt[at]; known {
		return h
	}
	switch {
	case at == n.topology.runs:
		return netns.Output
	case slices.Contains(n.topology.routers, at):
		return netns.ForwardHook
	}
	return netns.Input
}

// arriving is the interface that a filter at such a place is about: what a
// domain controller says to itself passes.
var arriving = map[Place]string{DC1: "eth0", DC2: "eth0"}

// filter turns a fault into packet filter rules with one action.
func filter(action netns.Action) func(*network, Fault) error {
	return func(n *network, f Fault) error {
		r := netns.Rule{
			Hook:   n.hook(f.Where),
			In:     arriving[f.Where],
			Family: f.Family,
			Proto:  f.Proto,
			Share:  f.Share,
			Larger: f.Larger,
			Action: action,
		}
		switch f.Kind {
		case DropIn:
			r.Hook = netns.Prerouting
		case DropReturn:
			if f.Where == n.topology.runs {
				r.Hook = netns.Input
			}
		case LossyFlows:
			r.Share, r.ShareFlows = 0, f.Share
		case ResetData:
			r.Data = true
		case RateLimit:
			r.PerSecond, r.Burst, r.First = uint64(f.PerSecond), uint32(f.Count), f.Mode == "first"
		}
		r, err := n.toward(f, r)
		if err != nil {
			return err
		}
		return n.space[f.Where].Filter(spread(f, r)...)
	}
}

// swallow discards on the client behind everything that would tell the sender,
// by Fault.Mode: a filter at the interface, or a queue to a program that does
// not answer.
func swallow(n *network, f Fault) error {
	r := netns.Rule{Hook: netns.Egress, Out: n.iface(f), Family: f.Family, Proto: f.Proto, Action: netns.Drop}
	if f.Mode == "queue" {
		r.Hook, r.Out, r.Action = netns.Output, "", netns.Queue
	}
	return n.command().Filter(spread(f, r)...)
}

// spread gives one rule for each port, address and name of a fault.
func spread(f Fault, r netns.Rule) []netns.Rule {
	var rules []netns.Rule
	to, from := f.Ports, f.FromPorts
	r.NotPorts = f.Spared
	if f.Kind == DropReturn {
		to, from = from, to
		r.NotPorts, r.NotSources = nil, f.Spared
	}
	for _, r.Port = range orZero(to) {
		for _, r.SourcePort = range orZero(from) {
			for _, far := range orZero(f.Addresses) {
				if r.Destination = far; f.Kind == DropReturn {
					r.Destination, r.Source = netip.Addr{}, far
				}
				for _, r.Text = range orZero(f.Names) {
					if !f.Except.IsValid() {
						rules = append(rules, r)
						continue
					}
					// The exception is an IPv4 address, so IPv6 has none.
					r4, r6 := r, r
					r4.NotSource, r6.Family = f.Except, "ip6"
					rules = append(rules, r4, r6)
				}
			}
		}
	}
	return rules
}

// quieten lets a place send no more ICMP errors than that a second.
func quieten(perSecond uint64) func(*network, Fault) error {
	return func(n *network, f Fault) error {
		return n.space[f.Where].Filter(
			netns.Rule{
				Hook:       netns.Output,
				Family:     f.Family,
				ICMPErrors: true,
				PerSecond:  perSecond,
				Action:     netns.Drop,
			},
		)
	}
}

// narrow sets the MTU at both ends of a link, because a packet that is too
// large for its receiver's interface vanishes without the ICMP error.
func narrow(n *network, f Fault) error {
	c, known := onward(f.Where)
	if !known || f.MTU < minMTU {
		return fmt.Errorf("no link leads on from %q, or its MTU %d is below %d", f.Where, f.MTU, minMTU)
	}
	if err := n.space[c.a].SetMTU(c.ifA, f.MTU); err != nil {
		return err
	}
	return n.space[c.b].SetMTU(c.ifB, f.MTU)
}

// minMTU is the least MTU at which Linux keeps IPv6 on a link (RFC 8200 section 5).
const minMTU = 1280

// familiesOf gives the address families that a fault is about.
func familiesOf(f Fault) []int {
	switch f.Family {
	case "ip4":
		return []int{unix.AF_INET}
	case "ip6":
		return []int{unix.AF_INET6}
	}
	return []int{unix.AF_INET, unix.AF_INET6}
}

func orZero[T any](list []T) []T {
	if len(list) == 0 {
		return make([]T, 1)
	}
	return list
}

func prohibit(n *network, f Fault) error {
	for _, family := range familiesOf(f) {
		for _, proto := range []int{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
			if f.Proto == "tcp" && proto != unix.IPPROTO_TCP || f.Proto == "udp" && proto != unix.IPPROTO_UDP {
				continue
			}
			for _, port := range f.Ports {
				if err := n.command().Prohibit(family, proto, port); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// routeKinds are the kinds of discarding routes, by Fault.Mode.
var routeKinds = map[string]int{
	"":            unix.RTN_BLACKHOLE,
	"unreachable": unix.RTN_UNREACHABLE,
	"prohibit":    unix.RTN_PROHIBIT,
}

// has says whether the computer that is looked at has a route for exactly this
// address.
func (n *network) has(a netip.Addr) bool {
	return slices.ContainsFunc(n.topology.routes, func(r route) bool {
		return r.at == n.topology.runs && r.prefix == netip.PrefixFrom(a, a.BitLen()).String()
	})
}

func blackhole(n *network, f Fault) error {
	for _, a := range f.Addresses {
		if f.Where == n.topology.runs && n.has(a) {
			if err := n.space[f.Where].DropRoute(fmt.Sprintf("%s/%d", a, a.BitLen())); err != nil {
				return err
			}
		}
		if err := n.space[f.Where].Blackhole(fmt.Sprintf("%s/%d", a, a.BitLen()), routeKinds[f.Mode]); err != nil {
			return err
		}
	}
	return nil
}

// sourceNAT makes a rule that lets IPv4 leave the office from a public address.
func sourceNAT(public string, match netns.Rule) netns.Rule {
	match.Hook, match.Out, match.Family = netns.SNAT, "wan", "ip4"
	match.Action, match.To = netns.SourceNAT, netip.AddrPortFrom(netip.MustParseAddr(public), 0)
	return match
}

// chatter sends datagrams from the client, to a server that ignores them, for as
// long as the network lasts.
func chatter(n *network, f Fault) error {
	rate, known := chatterRates[f.Mode]
	if !known {
		return fmt.Errorf("nobody sends like %q", f.Mode)
	}
	c, err := n.command().DialFrom(context.Background(), "udp", netip.Addr{}, netip.AddrPortFrom(stunAddr, 443))
	if err != nil {
		return err
	}
	n.keep(c)
	go func() {
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for range tick.C {
			if _, err := c.Write([]byte("x")); errors.Is(err, net.ErrClosed) {
				return
			}
		}
	}()
	return nil
}

// redirect sends TCP connections from the client's side, at the client its own,
// to a local port of the place.
func (n *network) redirect(at Place, port, to uint16) error {
	r := netns.Rule{
		Hook: netns.DNAT, In: n.topology.inward[at], Proto: "tcp", Port: port,
		Action: netns.RedirectToLocal, To: netip.AddrPortFrom(netip.Addr{}, to),
	}
	if at == n.topology.runs {
		r.Hook, r.SourceBelow = netns.OwnDNAT, onwardPorts
	}
	return n.space[at].Filter(r)
}
