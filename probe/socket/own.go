package socket

import (
	"net"
	"net/netip"
	"time"
)

// ownPatience is how long this computer is waited for when it is asked for its own
// addresses. It answers at once, except where security software holds the call up.
const ownPatience = 200 * time.Millisecond

// addresses asks this computer for its addresses, one asker at a time: a call that
// hangs is not joined by others like it. A test stands in for the system.
type addresses struct {
	turn chan struct{}
	list func() ([]net.Addr, error)
}

var interfaces = addresses{make(chan struct{}, 1), net.InterfaceAddrs}

// isOwnAddress says whether an address is this computer's, by its own word; false where it does
// not say in time.
func isOwnAddress(a netip.Addr) bool { return interfaces.hold(a) }

func (s addresses) hold(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return true
	}
	patience := time.NewTimer(ownPatience)
	defer patience.Stop()
	select {
	case s.turn <- struct{}{}:
	case <-patience.C:
		return false
	}
	said := make(chan bool, 1)
	go func() {
		defer func() { <-s.turn }()
		list, err := s.list()
		said <- err == nil && has(list, a)
	}()
	select {
	case is := <-said:
		return is
	case <-patience.C:
		return false
	}
}

func has(list []net.Addr, a netip.Addr) bool {
	for _, entry := range list {
		if p, err := netip.ParsePrefix(entry.String()); err == nil && p.Addr().Unmap() == a {
			return true
		}
	}
	return false
}
