//go:build linux

package netns

import (
	"fmt"
	"net"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/xt"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Unseen makes a router that is no hop: it gives every packet back, before it
// looks at it, the one step of lifetime that forwarding will take.
//
// It does so before connection tracking, which remembers a sum over the header of larger
// datagrams: changed later, those for the router itself would be discarded.
func (s *Space) Unseen() error {
	const increase = 1
	both := map[string]nftables.TableFamily{"TTL": nftables.TableFamilyIPv4, "HL": nftables.TableFamilyIPv6}
	return s.lifetimes(both, increase, 1, nftables.Chain{
		Name: "PREROUTING", Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityRaw,
	})
}

// RenewLifetimes makes a router that gives whatever it passes on over IPv4 a whole lifetime,
// so that nobody behind it is a hop.
func (s *Space) RenewLifetimes() error {
	const set, usual = 0, 64
	four := map[string]nftables.TableFamily{"TTL": nftables.TableFamilyIPv4}
	return s.lifetimes(four, set, usual, nftables.Chain{
		Name: "POSTROUTING", Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityMangle,
	})
}

// lifetimes changes those of all packets at a hook, by targets of their families.
func (s *Space) lifetimes(targets map[string]nftables.TableFamily, mode, number byte, at nftables.Chain) error {
	// struct ipt_TTL_info and ip6t_HL_info: a mode and a number. The kernel takes
	// these targets only in a table of that name and of their own family.
	const size = 8
	err := s.Do(func() error {
		conn, err := nftables.New()
		if err != nil {
			return err
		}
		for target, family := range targets {
			chain := at
			chain.Table = conn.AddTable(&nftables.Table{Family: family, Name: "mangle"})
			info := make(xt.Unknown, size)
			info[0], info[1] = mode, number
			conn.AddRule(&nftables.Rule{
				Table: chain.Table, Chain: conn.AddChain(&chain),
				Exprs: []expr.Any{&expr.Target{Name: target, Info: &info}},
			})
		}
		return conn.Flush()
	})
	if err != nil {
		return fmt.Errorf("%s: change lifetimes: %w", s.Name, err)
	}
	return nil
}

// SpeakAs makes what this namespace itself sends out of an interface, ICMP
// errors above all, come from one of its other addresses.
func (s *Space) SpeakAs(iface string, source net.IP) error {
	link, err := s.nl.LinkByName(iface)
	if err != nil {
		return err
	}
	family := netlink.FAMILY_V4
	if source.To4() == nil {
		family = netlink.FAMILY_V6
	}
	routes, err := s.nl.RouteList(link, family)
	if err != nil {
		return err
	}
	for _, r := range routes {
		if r.Dst != nil && r.Dst.IP.IsLinkLocalUnicast() || r.Type != unix.RTN_UNICAST {
			continue
		}
		if err := s.nl.RouteDel(&r); err != nil {
			return fmt.Errorf("%s: route %v: %w", s.Name, r.Dst, err)
		}
		r.Src = source
		if err := s.nl.RouteAdd(&r); err != nil {
			return fmt.Errorf("%s: route %v from %s: %w", s.Name, r.Dst, source, err)
		}
	}
	return nil
}
