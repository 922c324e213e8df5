//go:build !linux

package host

import (
	"context"
	"net"
	"net/netip"
)

// discard is the port of a lookup for an address alone (RFC 863). Nothing is
// sent to it.
const discard = 9

// sourceTowards asks the kernel for the source address of a packet to f by
// connecting a UDP socket, which sends nothing, and reading its own address.
func sourceTowards(ctx context.Context, f flow) (netip.Addr, error) {
	port := f.port
	if port == 0 {
		port = discard
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "udp", netip.AddrPortFrom(f.to, port).String())
	if err != nil {
		return netip.Addr{}, refused(err)
	}
	defer c.Close()
	local, ok := c.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}, nil
	}
	return local.AddrPort().Addr().Unmap().WithZone(""), nil
}

func refused(err error) *refusal { return refusalOf(err, errnos) }
