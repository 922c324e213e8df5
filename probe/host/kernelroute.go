package host

import (
	"math/bits"
	"net/netip"

	"wsdoctor/probe"
)

// What macOS says of a route, in the flags of rt_msghdr (net/route.h). The numbers stand
// in a file of every system, so that what is made of them is tried on every system; on
// macOS they are compared with the system's when the program is compiled.
const (
	routeUp        = 0x1
	routeGateway   = 0x2
	routeHost      = 0x4
	routeReject    = 0x8
	routeBlackhole = 0x1000
	routeScoped    = 0x1000000 // it serves only sockets that are bound to its interface
)

// kernelRoute is one message of macOS's routing table. An address that is not in it, or is
// none of IP, is the zero one: a gateway may be a link.
type kernelRoute struct {
	flags, index      int
	to, mask, gateway netip.Addr
}

// line is the route as a line of the table; false for one that serves no ordinary packet.
func (r kernelRoute) line() (tableRoute, bool) {
	if r.flags&routeUp == 0 || r.flags&routeScoped != 0 || !r.to.IsValid() {
		return tableRoute{}, false
	}
	length := r.to.BitLen()
	if r.flags&routeHost == 0 {
		switch {
		case r.mask.IsValid():
			length = min(ones(r.mask), length)
		case r.to.IsUnspecified():
			length = 0 // the default route may come without a mask
		}
	}
	line := tableRoute{prefix: netip.PrefixFrom(r.to, length).Masked(), index: r.index}
	if r.flags&routeGateway != 0 {
		line.gateway = r.gateway
	}
	switch {
	case r.flags&routeBlackhole != 0:
		line.refused = &refusal{probe.LocalPolicyDenied, "RTF_BLACKHOLE"}
	case r.flags&routeReject != 0:
		line.refused = &refusal{probe.HostUnreachable, "RTF_REJECT"}
	}
	return line, true
}

// ones counts the leading ones of a mask.
func ones(mask netip.Addr) (n int) {
	for _, b := range mask.AsSlice() {
		n += bits.LeadingZeros8(^b)
		if b != 0xff {
			break
		}
	}
	return n
}
