package prose

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// Plural adds an s to a noun of which there are several.
func Plural(noun string, n int) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// List writes "a", "a and b", "a, b and c".
func List(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Protocols writes protocol IDs as people write them.
func Protocols(list []string) string {
	names := map[string]string{"pcoip": "PCoIP", "dcv": "DCV"}
	var out []string
	for _, p := range list {
		out = append(out, names[p])
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(b, a) })
	return List(out)
}

// Addresses lists addresses in order.
func Addresses(m map[netip.Addr]probe.Transport) string {
	var list []string
	for _, a := range slices.SortedFunc(maps.Keys(m), netip.Addr.Compare) {
		list = append(list, a.String())
	}
	return List(list)
}

// Sentences joins two sentences of which either may be empty.
func Sentences(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + " " + second
}

// Milliseconds writes a round trip for people.
func Milliseconds(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
