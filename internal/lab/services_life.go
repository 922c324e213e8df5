package lab

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"wsdoctor/internal/lab/servers"
)

// Addresses of programs on the computer that is looked at, and of stand-ins.
const (
	stubIP      = "127.0.0.53"
	localProxy  = "127.0.0.1:7890" // as a widespread proxy program has it
	fakeNetwork = "198.18.0.1/16"
	parkingHost = "parking.example"
)

// hostsEntries are the further lines of the hosts file.
func (s Scenario) hostsEntries() string {
	var lines strings.Builder
	for _, f := range s.Faults {
		if f.Kind != HostsEntry {
			continue
		}
		for _, a := range f.Addresses {
			fmt.Fprintf(&lines, "%s %s\n", a, strings.Join(f.Names, " "))
		}
	}
	return lines.String()
}

// dns64 is the prefix of which a router's name server makes addresses up; none
// where it does not.
func (v *services) dns64() netip.Prefix {
	if f, set := v.scenario.has(NAT64); set {
		return netip.MustParsePrefix(f.Network)
	}
	return netip.Prefix{}
}

// startLife starts the programs that only some faults bring.
func (v *services) startLife() error {
	at := v.scenario.topology().runs
	for _, f := range v.scenario.Faults {
		var err error
		switch f.Kind {
		case LocalStub:
			err = v.startStub(at, f.Mode)
		case LocalProxy:
			if f.Mode != "dead" {
				p := &servers.Proxy{Stack: v.stacks[at], Lookup: v.lookup, Mode: f.Mode}
				err = p.Serve(netip.MustParseAddrPort(localProxy))
			}
		case FakeIP:
			err = v.startFakes(f)
		case Parking:
			err = v.startParking(f)
		}
		if err != nil {
			return fmt.Errorf("start %s: %w", f.Kind, err)
		}
	}
	return nil
}

func (v *services) startStub(at Place, mode string) error {
	here := netip.AddrPortFrom(netip.MustParseAddr(stubIP), 53)
	switch mode {
	case "dead":
		return nil
	case "silent":
		return servers.ServeUDP(v.stacks[at], here)
	}
	up := netip.AddrPortFrom(netip.MustParseAddr(v.scenario.upstream()[0]), 53)
	return (&servers.DNS{Stack: v.stacks[at], Forward: up}).Serve(here)
}

// onwardPorts and above are the ports from which a program in the middle connects
// on, if it is the computer's own: beyond those that Linux gives to others, so that
// its connections do not come back to it.
const onwardPorts = 61000

// onward is the stack of a machine in the middle that connects on.
func (v *services) onward(at Place) servers.Stack {
	if at != v.scenario.topology().runs {
		return v.stacks[at]
	}
	if s, able := v.stacks[at].(portStack); able {
		return &fromAbove{Stack: v.stacks[at], dial: s.DialFromPort}
	}
	return v.stacks[at]
}

// portStack is a stack whose connections can be given a port.
type portStack interface {
	DialFromPort(ctx context.Context, network string, from netip.Addr, port uint16, to netip.AddrPort) (net.Conn, error)
}

// fromAbove connects from ports above onwardPorts, each once until all were used.
type fromAbove struct {
	servers.Stack
	dial func(ctx context.Context, network string, from netip.Addr, port uint16, to netip.AddrPort) (net.Conn, error)
	next atomic.Uint32
}

func (f *fromAbove) Dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	const count = 65536 - onwardPorts
	return f.dial(ctx, network, netip.Addr{}, uint16(onwardPorts+f.next.Add(1)%count), to)
}

// standIns are made-up addresses and what is behind them.
type standIns struct {
	zone   servers.Zone
	behind map[netip.Addr]netip.Addr
}

// fakes gives every name that has an IPv4 address a stand-in, as proxy programs do that
// learn by it which name a connection is for.
func (v *services) fakes() standIns {
	s := standIns{servers.Zone{Hosts: map[string][]netip.Addr{}}, map[netip.Addr]netip.Addr{}}
	next := netip.MustParsePrefix(fakeNetwork).Addr()
	for _, name := range slices.Sorted(maps.Keys(v.zone.Hosts)) {
		i := slices.IndexFunc(v.zone.Hosts[name], netip.Addr.Is4)
		if i < 0 {
			s.zone.Hosts[name] = nil
			continue
		}
		next = next.Next()
		s.zone.Hosts[name] = []netip.Addr{next}
		s.behind[next] = v.zone.Hosts[name][i]
	}
	return s
}

// startFakes starts the router's proxy program.
func (v *services) startFakes(f Fault) error {
	at := cmp.Or(f.Where, Router)
	fakes := v.fakes()
	tcp, udp := []uint16{80, 443, 4172, 4195}, []uint16{443, 4172, 4195}
	if f.Mode == "web-only" {
		tcp, udp = tcp[:2], nil
	}
	behind := func(c net.Conn) (netip.AddrPort, bool) {
		local, err := netip.ParseAddrPort(c.LocalAddr().String())
		to, known := fakes.behind[local.Addr().Unmap()]
		return netip.AddrPortFrom(to, local.Port()), err == nil && known
	}
	for _, port := range tcp {
		if err := servers.CarryOn(v.stacks[at], wildcard(port), behind); err != nil {
			return err
		}
	}
	for fake, real := range fakes.behind {
		for _, port := range udp {
			if err := servers.CarryDatagrams(
				v.stacks[at],
				netip.AddrPortFrom(fake, port),
				netip.AddrPortFrom(real, port),
			); err != nil {
				return err
			}
		}
	}
	return nil
}

// startParking starts hosts that have nothing to do with AWS and are trusted for
// their own name.
func (v *services) startParking(f Fault) error {
	for _, a := range f.Addresses {
		s := &servers.Stream{Stack: v.stacks[f.Where], CA: v.public, Name: parkingHost, Own: true}
		if err := s.Serve(netip.AddrPortFrom(a, 443)); err != nil {
			return err
		}
	}
	return nil
}
