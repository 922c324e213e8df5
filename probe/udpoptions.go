package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// UDPOptions asks for more than DialUDP gives. The zero value asks for nothing.
type UDPOptions struct {
	LocalPort uint16 // port to send from; 0 for any
	// Whole sends every datagram in one piece (IPv4 "don't fragment"; IPv6 never
	// divides on the way) whatever the system believes of the path's MTU. One
	// that the own interface cannot take fails on Write with message_size and
	// an ICMPError of this computer that holds the interface's MTU.
	Whole bool
}

// UDPDialer is a Network that can open UDP sockets with options. The error is a
// *NetError: address_not_available if the local port is taken, unsupported if
// the system cannot do what the options ask for.
type UDPDialer interface {
	DialUDPWith(ctx context.Context, to netip.AddrPort, o UDPOptions) (net.Conn, error)
}

// WithUDP gives n with every DialUDP done as o says. Where n is no UDPDialer,
// every DialUDP fails with unsupported.
func WithUDP(n Network, o UDPOptions) Network { return udpWith{n, o} }

type udpWith struct {
	Network
	o UDPOptions
}

func (u udpWith) DialUDP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	if d, can := u.Network.(UDPDialer); can {
		return d.DialUDPWith(ctx, to, u.o)
	}
	return nil, &NetError{Op: "connect", Failure: Unsupported, Err: errors.ErrUnsupported}
}
