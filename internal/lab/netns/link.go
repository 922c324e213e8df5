//go:build linux

package netns

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// End is one end of a cable: an interface name in a namespace and its
// addresses.
type End struct {
	Space     *Space
	Interface string
	Addresses []string // CIDR notation
}

// Cable joins two ends by a veth pair with the given MTU in bytes (0: 1500),
// sets the addresses without duplicate detection, so that they can be used at
// once, and brings both up.
func Cable(a, b End, mtu int) error {
	if mtu == 0 {
		mtu = 1500
	}
	veth := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: a.Interface, MTU: mtu},
		PeerName:      b.Interface,
		PeerMTU:       uint32(mtu),
		PeerNamespace: netlink.NsFd(b.Space.FD()),
	}
	if err := a.Space.nl.LinkAdd(veth); err != nil {
		return fmt.Errorf("cable %s/%s to %s/%s: %w", a.Space.Name, a.Interface, b.Space.Name, b.Interface, err)
	}
	for _, end := range []End{a, b} {
		if err := end.up(); err != nil {
			return fmt.Errorf("%s/%s: %w", end.Space.Name, end.Interface, err)
		}
	}
	// The kernel takes up to a second to notice that the first end now has a
	// carrier, and IPv6 waits for that. Asking for the link state makes it look.
	for _, end := range []End{a, b} {
		if err := end.Space.Do(func() error { return ethtool(end.Interface, unix.ETHTOOL_GLINK) }); err != nil {
			return fmt.Errorf("%s/%s: link state: %w", end.Space.Name, end.Interface, err)
		}
	}
	return nil
}

func (e End) up() error {
	for _, key := range []string{"accept_dad", "accept_ra", "dad_transmits", "router_solicitations"} {
		if err := e.Space.Sysctl("net/ipv6/conf/"+e.Interface+"/"+key, "0"); err != nil {
			return err
		}
	}
	if err := e.Space.Sysctl("net/ipv4/conf/"+e.Interface+"/rp_filter", "0"); err != nil {
		return err
	}
	for _, a := range e.Addresses {
		if err := e.Space.AddAddress(e.Interface, a); err != nil {
			return err
		}
	}
	return e.Space.linkUp(e.Interface)
}

func (s *Space) linkUp(name string) error {
	link, err := s.nl.LinkByName(name)
	if err != nil {
		return err
	}
	return s.nl.LinkSetUp(link)
}

// SetMTU sets the MTU of an interface in bytes. Below 1280 it loses IPv6.
func (s *Space) SetMTU(iface string, mtu int) error {
	link, err := s.nl.LinkByName(iface)
	if err != nil {
		return err
	}
	if err := s.nl.LinkSetMTU(link, mtu); err != nil {
		return fmt.Errorf("%s/%s: MTU %d: %w", s.Name, iface, mtu, err)
	}
	return nil
}

// LinkDown takes an interface down.
func (s *Space) LinkDown(name string) error {
	link, err := s.nl.LinkByName(name)
	if err != nil {
		return err
	}
	return s.nl.LinkSetDown(link)
}

// RemoveLink takes an interface away, and with it the other end of its cable.
func (s *Space) RemoveLink(name string) error {
	link, err := s.nl.LinkByName(name)
	if err != nil {
		return err
	}
	return s.nl.LinkDel(link)
}

// AddBridge makes a bridge without members, as container engines do, and brings
// it up with an address in CIDR notation.
func (s *Space) AddBridge(name, address string) error {
	if err := s.nl.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: name}}); err != nil {
		return fmt.Errorf("%s: bridge %s: %w", s.Name, name, err)
	}
	if err := s.AddAddress(name, address); err != nil {
		return err
	}
	return s.linkUp(name)
}

// AddAddress gives an interface an address in CIDR notation.
func (s *Space) AddAddress(iface, cidr string) error {
	link, err := s.nl.LinkByName(iface)
	if err != nil {
		return err
	}
	addr, err := netlink.ParseAddr(cidr)
	if err != nil {
		return err
	}
	if addr.IP.To4() == nil {
		addr.Flags = unix.IFA_F_NODAD
	}
	if err := s.nl.AddrAdd(link, addr); err != nil {
		return fmt.Errorf("%s: address %s: %w", s.Name, cidr, err)
	}
	return nil
}

// DropAddresses removes every global address of the given families
// (unix.AF_INET, unix.AF_INET6) from an interface.
func (s *Space) DropAddresses(iface string, families ...int) error {
	link, err := s.nl.LinkByName(iface)
	if err != nil {
		return err
	}
	for _, family := range families {
		list, err := s.nl.AddrList(link, family)
		if err != nil {
			return err
		}
		for _, a := range list {
			if a.IP.IsLinkLocalUnicast() {
				continue
			}
			if err := s.nl.AddrDel(link, &a); err != nil {
				return err
			}
		}
	}
	return nil
}

// Via adds a route to a prefix through a gateway.
func (s *Space) Via(prefix, gateway string) error {
	dst, err := parse(prefix)
	if err != nil {
		return err
	}
	if err := s.nl.RouteAdd(&netlink.Route{Dst: dst, Gw: net.ParseIP(gateway)}); err != nil {
		return fmt.Errorf("%s: route %s via %s: %w", s.Name, prefix, gateway, err)
	}
	return nil
}

// answersTable is a table that nobody else uses.
const answersTable = 1001

// AnswersVia lets everything that has an address of this space as its sender take a
// table of its own, which holds a default route through a gateway and nothing else;
// of one source port over UDP or TCP where that is not 0.
func (s *Space) AnswersVia(from, gateway string, protocol int, port uint16) error {
	if err := s.nl.RouteAdd(
		&netlink.Route{
			Dst:   &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)},
			Gw:    net.ParseIP(gateway),
			Table: answersTable,
		},
	); err != nil {
		return fmt.Errorf("%s: table %d via %s: %w", s.Name, answersTable, gateway, err)
	}
	src, err := parse(from)
	if err != nil {
		return err
	}
	rule := netlink.NewRule()
	rule.Priority, rule.Table, rule.Family, rule.Src = 100, answersTable, netlink.FAMILY_V4, src
	if port != 0 {
		rule.IPProto, rule.Sport = protocol, netlink.NewRulePortRange(port, port)
	}
	if err := s.nl.RuleAdd(rule); err != nil {
		return fmt.Errorf("%s: rule from %s: %w", s.Name, from, err)
	}
	return nil
}

// Over adds a route to a prefix through an interface.
func (s *Space) Over(prefix, iface string) error {
	dst, err := parse(prefix)
	if err != nil {
		return err
	}
	link, err := s.nl.LinkByName(iface)
	if err != nil {
		return err
	}
	if err := s.nl.RouteAdd(&netlink.Route{Dst: dst, LinkIndex: link.Attrs().Index}); err != nil {
		return fmt.Errorf("%s: route %s over %s: %w", s.Name, prefix, iface, err)
	}
	return nil
}

// DropRoute removes the route to exactly that prefix.
func (s *Space) DropRoute(prefix string) error {
	dst, err := parse(prefix)
	if err != nil {
		return err
	}
	if err := s.nl.RouteDel(&netlink.Route{Dst: dst}); err != nil {
		return fmt.Errorf("%s: remove the route %s: %w", s.Name, prefix, err)
	}
	return nil
}

// Blackhole adds a route that discards. Kind is unix.RTN_BLACKHOLE,
// unix.RTN_UNREACHABLE or unix.RTN_PROHIBIT.
func (s *Space) Blackhole(prefix string, kind int) error {
	dst, err := parse(prefix)
	if err != nil {
		return err
	}
	return s.nl.RouteAdd(&netlink.Route{Dst: dst, Type: kind})
}

// DropDefault removes the default routes of the given families.
func (s *Space) DropDefault(families ...int) error {
	for _, family := range families {
		routes, err := s.nl.RouteList(nil, family)
		if err != nil {
			return err
		}
		for _, r := range routes {
			if r.Dst == nil || r.Dst.IP.IsUnspecified() && r.Gw != nil {
				if err := s.nl.RouteDel(&r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Prohibit adds a policy rule that forbids a destination port, as VPN clients
// and endpoint agents do. Proto is unix.IPPROTO_TCP or unix.IPPROTO_UDP.
func (s *Space) Prohibit(family, proto int, port uint16) error {
	rule := netlink.NewRule()
	rule.Family, rule.IPProto, rule.Priority = family, proto, 50
	rule.Dport = netlink.NewRulePortRange(port, port)
	rule.Type = unix.FR_ACT_PROHIBIT
	return s.nl.RuleAdd(rule)
}

// Counters gives the packets sent and received by an interface so far.
func (s *Space) Counters(iface string) (tx, rx uint64, err error) {
	link, err := s.nl.LinkByName(iface)
	if err != nil {
		return 0, 0, err
	}
	st := link.Attrs().Statistics
	if st == nil {
		return 0, 0, fmt.Errorf("%s: %s has no counters", s.Name, iface)
	}
	return st.TxPackets, st.RxPackets, nil
}

func parse(prefix string) (*net.IPNet, error) {
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		return nil, err
	}
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}, nil
}
