package lab

import (
	"fmt"
	"net/netip"
	"slices"
)

// Interval is where a report says that packets end: after the last hop known to
// have passed or seen them, before the next one the control saw. No After means
// this computer, no Before means the destination, unless a distance in hops says
// which hop it is that has no known address.
type Interval struct {
	After     netip.Addr `json:"after"`
	Before    netip.Addr `json:"before"`
	AfterTTL  int        `json:"after_ttl"`
	BeforeTTL int        `json:"before_ttl"`
}

// widest is how many links an interval may span, unless the scenario says
// otherwise: one device between two hops that answer. It keeps an interval that
// holds everything from being right.
const widest = 2

// Judge says whether an interval holds one of the devices that are truly at
// fault, and how many links it spans. Why is empty or says what is wrong with
// it. It must not be asked where no device is named: see Devices.
func (e Expect) Judge(i Interval) (hit bool, links int, why string) {
	after, why := rank(i.After, i.AfterTTL, 0)
	before, whyBefore := rank(i.Before, i.BeforeTTL, len(chain)-1)
	if why += whyBefore; why != "" {
		return false, 0, why
	}
	links = before - after
	limit := max(e.Widest, widest)
	holds := func(d [2]Place) bool {
		return slices.Index(chain, d[0]) <= before && after <= slices.Index(chain, d[1])
	}
	switch {
	case links < 0:
		return false, links, fmt.Sprintf("%s lies behind %s", i.After, i.Before)
	case !slices.ContainsFunc(e.Devices(), holds):
		return false, links, fmt.Sprintf("between %s and %s there is not %v", word(i.After, "this computer"), word(i.Before, "the destination"), e.Devices())
	case links > limit:
		return true, links, fmt.Sprintf("%d links wide, at most %d can be told", links, limit)
	}
	return true, links, ""
}

// rank is how far along the way an end of an interval is, in hops; none for an
// end of which nothing is known.
func rank(a netip.Addr, ttl, none int) (hops int, why string) {
	if !a.IsValid() {
		if ttl > 0 {
			return min(ttl, len(chain)-1), ""
		}
		return none, ""
	}
	place, _ := PlaceOf(a)
	hops = slices.Index(chain, place)
	switch {
	case hops < 0:
		return 0, fmt.Sprintf("%s is no hop of the way", a)
	case ttl > 0 && ttl != hops:
		return 0, fmt.Sprintf("%s is hop %d, not %d", a, hops, ttl)
	}
	return hops, ""
}

// Devices are the places of the faults that a report may locate, each from one
// place to another, or to itself; none where the lab does not say.
func (e Expect) Devices() [][2]Place {
	var list [][2]Place
	for _, d := range [][2]Place{e.Between, e.Other} {
		if d != ([2]Place{}) {
			list = append(list, d)
		}
	}
	return list
}

func word(a netip.Addr, none string) string {
	if !a.IsValid() {
		return none
	}
	return a.String()
}
