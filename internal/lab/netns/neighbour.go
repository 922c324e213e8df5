//go:build linux

package netns

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// Acquaint gives both ends of a cable a permanent entry for every address of
// the other, so that no packet waits for address resolution. Between busy
// routers that is how it is; in a network made a moment ago every first packet
// would otherwise cost a further round trip of the wire.
func Acquaint(a, b End) error {
	for _, pair := range [][2]End{{a, b}, {b, a}} {
		if err := pair[0].know(pair[1]); err != nil {
			return fmt.Errorf("%s/%s: neighbour %s: %w", pair[0].Space.Name, pair[0].Interface, pair[1].Space.Name, err)
		}
	}
	return nil
}

// know writes down the link address of every address of other.
func (e End) know(other End) error {
	mine, err := e.Space.nl.LinkByName(e.Interface)
	if err != nil {
		return err
	}
	theirs, err := other.Space.nl.LinkByName(other.Interface)
	if err != nil {
		return err
	}
	for _, cidr := range other.Addresses {
		p, err := netip.ParsePrefix(cidr)
		if err != nil {
			return err
		}
		family := netlink.FAMILY_V4
		if p.Addr().Is6() {
			family = netlink.FAMILY_V6
		}
		err = e.Space.nl.NeighSet(&netlink.Neigh{
			LinkIndex: mine.Attrs().Index, Family: family, State: netlink.NUD_PERMANENT,
			IP: net.IP(p.Addr().AsSlice()), HardwareAddr: theirs.Attrs().HardwareAddr,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
