package facts

import (
	"net/netip"
	"testing"
)

func TestPublishedRangesAreOfAllRegions(t *testing.T) {
	if n := len(publishedRanges()); n < 100 {
		t.Errorf("only %d ranges", n)
	}
	for address, want := range map[string]bool{"3.209.215.252": true, "3.217.228.9": true, "2600:1f18:74e9:4400::7": true, "198.51.100.1": false, "10.0.0.1": false, "64:ff9b::345d:18a9": true, "64:ff9b:1::345d:18a9": true, "64:ff9b::c633:6401": false} {
		if got := IsAWS(netip.MustParseAddr(address)); got != want {
			t.Errorf("IsAWS(%s) = %v", address, got)
		}
	}
}
