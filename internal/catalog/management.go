package catalog

import (
	"net/netip"
	"slices"
)

// Management gives every network in which the management interface of a
// WorkSpace of the Region may lie: the Region's own, those of companies with
// their own licences, and those of pools. Where none are published for the
// Region they are those of every other one, and borrowed says so: an address
// outside them proves nothing.
func (c *Catalog) Management(r Region) (list []netip.Prefix, borrowed bool) {
	add := func(ranges ...netip.Prefix) {
		for _, p := range ranges {
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	own := func(r Region) { add(r.Management...); add(r.ManagementDCV...) }
	own(r)
	borrowed = len(list) == 0
	for _, use := range []Use{UseManagementBYOLPCoIP, UseManagementBYOLDCV, UsePools, UsePoolsBYOLDCV} {
		add(c.global.Nets(use)...)
	}
	if borrowed {
		for _, other := range c.regions {
			own(other)
		}
	}
	return list, borrowed
}
