package catalog

import (
	"net/netip"
	"slices"
	"testing"
)

func TestManagementRangesOfARegion(t *testing.T) {
	c := loaded(t)
	for _, s := range []struct {
		region   string
		in, out  string
		borrowed bool
	}{
		{"eu-central-1", "198.19.0.0/16", "172.31.0.0/16", false},
		{"ap-south-1", "192.168.0.0/16", "172.31.0.0/16", false},
		{"ap-south-1", "198.19.0.0/16", "172.31.0.0/16", false}, // a pool's
		{"us-east-2", "172.31.0.0/16", "0.0.0.0/0", true},       // none are published
		{"cn-northwest-1", "192.168.0.0/16", "0.0.0.0/0", true},
	} {
		list, borrowed := c.Management(found(t, s.region))
		has := func(p string) bool { return slices.Contains(list, netip.MustParsePrefix(p)) }
		if borrowed != s.borrowed || !has(s.in) || has(s.out) || !has("54.239.224.0/20") || !has("10.0.0.0/8") {
			t.Errorf("%s: %v, borrowed %v", s.region, list, borrowed)
		}
		slices.SortFunc(list, netip.Prefix.Compare)
		if len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Errorf("%s: %v holds a range twice", s.region, list)
		}
	}
}
