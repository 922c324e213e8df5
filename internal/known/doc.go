// Package known is what is known of names and addresses of the world around
// WorkSpaces: whose an address is, as far as its holder publishes it, and which
// product signs certificates in other hosts' names.
//
// It is data with a date and a source (data/), embedded and read once, when first
// asked: aws-ranges.txt is AWS's published ip-ranges.json in short; networks.json
// and inspectors.json were gathered from public pages, and each entry says from
// which, how well it is known and, where it can age, of what date. An entry says
// what its presence proves; an absence proves nothing. The vendor's own Regions and
// endpoints are the business of internal/catalog.
package known

import (
	"embed"
	"net/netip"
)

//go:embed data
var files embed.FS

// Confidence is how well a fact is known.
type Confidence string

// The closed list: a vendor's own page or an RFC, a vendor's page seen through
// another public copy, anything else.
const (
	High   Confidence = "H"
	Medium Confidence = "M"
	Low    Confidence = "L"
)

// table finds the longest prefix that holds an address.
type table[V any] struct {
	byPrefix map[netip.Prefix]V
	bits4    []int // prefix lengths in use, longest first
	bits6    []int
}

func (t *table[V]) add(p netip.Prefix, v V) {
	if t.byPrefix == nil {
		t.byPrefix = map[netip.Prefix]V{}
	}
	t.byPrefix[p] = v
	if p.Addr().Is4() {
		t.bits4 = insert(t.bits4, p.Bits())
	} else {
		t.bits6 = insert(t.bits6, p.Bits())
	}
}

func (t *table[V]) find(a netip.Addr) (v V, found bool) {
	a = a.Unmap().WithZone("")
	bits := t.bits4
	if a.Is6() {
		bits = t.bits6
	}
	for _, n := range bits {
		p, err := a.Prefix(n)
		if err != nil {
			return v, false // the zero Addr
		}
		if v, found = t.byPrefix[p]; found {
			return v, true
		}
	}
	return v, false
}

// insert keeps a list of numbers without repetition, the largest first.
func insert(list []int, n int) []int {
	i := 0
	for i < len(list) && list[i] > n {
		i++
	}
	if i < len(list) && list[i] == n {
		return list
	}
	list = append(list, 0)
	copy(list[i+1:], list[i:])
	list[i] = n
	return list
}
