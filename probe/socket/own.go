package socket

import (
	"net"
	"net/netip"
)

// own tells whether a is an address of this computer. It is asked anew each
// time, because addresses come and go and ICMP errors are rare.
func own(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return true
	}
	list, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, entry := range list {
		if p, err := netip.ParsePrefix(entry.String()); err == nil && p.Addr().Unmap() == a {
			return true
		}
	}
	return false
}
