package socket

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A computer that does not tell its addresses holds nobody up, and is not asked by
// more than one at a time.
func TestOwnAddressesAreAskedForWithinABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		var asked atomic.Int32
		s := addresses{make(chan struct{}, 1), func() ([]net.Addr, error) {
			asked.Add(1)
			<-hang
			return []net.Addr{&net.IPNet{IP: net.IPv4(192, 0, 2, 7), Mask: net.CIDRMask(24, 32)}}, nil
		}}
		mine, began := netip.MustParseAddr("192.0.2.7"), time.Now()
		for range 3 {
			if s.hold(mine) {
				t.Error("it knows what it was not told")
			}
		}
		if took := time.Since(began); took != 3*ownPatience || asked.Load() != 1 {
			t.Errorf("three askers took %v and asked %d times", took, asked.Load())
		}
		close(hang)
		synctest.Wait()
		if !s.hold(mine) || !s.hold(netip.MustParseAddr("::ffff:192.0.2.7")) || s.hold(netip.MustParseAddr("192.0.2.8")) || !s.hold(netip.MustParseAddr("127.9.9.9")) {
			t.Error("it does not tell its own addresses from others")
		}
	})
}
