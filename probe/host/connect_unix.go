//go:build unix && !linux

package host

import (
	"context"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// errnos of connecting a UDP socket.
var errnos = []systemError{
	{unix.EACCES, "EACCES", probe.LocalPolicyDenied},
	{unix.EPERM, "EPERM", probe.LocalPolicyDenied},
	{unix.ENETUNREACH, "ENETUNREACH", probe.NetworkUnreachable},
	{
		unix.EHOSTUNREACH,
		"EHOSTUNREACH",
		probe.NetworkUnreachable,
	}, // nothing was sent, so no router said it: there is no route
	{unix.ENETDOWN, "ENETDOWN", probe.NetworkDown},
	{unix.EADDRNOTAVAIL, "EADDRNOTAVAIL", probe.AddressNotAvailable},
	{unix.EAFNOSUPPORT, "EAFNOSUPPORT", probe.NetworkUnreachable},
}

// standardLinks is what the standard library tells of the interfaces.
func standardLinks(ctx context.Context) ([]link, error) {
	found, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var links []link
	for _, i := range found {
		if ctx.Err() != nil {
			return links, ctx.Err()
		}
		l := link{
			Interface: probe.Interface{
				Name:     probe.Clean(i.Name, 64),
				Index:    i.Index,
				MTU:      i.MTU,
				Up:       i.Flags&net.FlagUp != 0,
				Carrier:  i.Flags&net.FlagRunning != 0,
				Loopback: i.Flags&net.FlagLoopback != 0,
			},
			PointToPoint: i.Flags&net.FlagPointToPoint != 0,
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // the interface went away while it was read
		}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				if p, ok := prefixOf(n); ok {
					l.Addresses = append(l.Addresses, p)
				}
			}
		}
		links = append(links, l)
	}
	return links, nil
}

// indexOf finds the interface that holds an own address, 0 if none does.
func indexOf(links []link, own netip.Addr) int {
	for _, l := range links {
		for _, p := range l.Addresses {
			if p.Addr() == own {
				return l.Index
			}
		}
	}
	return 0
}
