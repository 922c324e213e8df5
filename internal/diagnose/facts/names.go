package facts

import (
	"net/netip"
)

// HostOf drops the port of a resolver's address.
func HostOf(resolver string) string {
	if ap, err := netip.ParseAddrPort(resolver); err == nil {
		return ap.Addr().String()
	}
	return resolver
}

// SlowAnswer in milliseconds: every program that asks for a name waits that long,
// and some give up after two seconds.
const SlowAnswer = 1500
