package architecture_test

import (
	"regexp"
	"slices"
	"strconv"
	"testing"

	"wsdoctor/ui/architecture"
)

// link is a line between two boxes.
type link struct {
	kind  string
	parts []area // straight and thin
	ends  [2]area
}

var (
	moved = regexp.MustCompile(`^M-?\d+ -?\d+(L-?\d+ -?\d+)+$`)
	spots = regexp.MustCompile(`(-?\d+) (-?\d+)`)
)

// lined reads a line.
func lined(kind, way string) (l link) {
	l.kind = kind
	var at []area
	for _, m := range spots.FindAllStringSubmatch(way, -1) {
		x, _ := strconv.ParseFloat(m[1], 64)
		y, _ := strconv.ParseFloat(m[2], 64)
		at = append(at, area{x, y, 1, 1})
	}
	for i, b := range at[1:] {
		a := at[i]
		l.parts = append(l.parts, area{min(a.x, b.x), min(a.y, b.y), max(a.x, b.x) - min(a.x, b.x) + 1, max(a.y, b.y) - min(a.y, b.y) + 1})
	}
	l.ends = [2]area{at[0], at[len(at)-1]}
	return l
}

// through says whether a line goes through a box that is not around one of its ends. The
// head of a line reaches a bit further than the line.
func (l link) through(box area) bool {
	inner := area{box.x + 2, box.y + 2, box.w - 4, box.h - 4}
	wide := area{box.x - 6, box.y - 6, box.w + 12, box.h + 12}
	return slices.ContainsFunc(l.parts, inner.meets) && !wide.holds(l.ends[0]) && !wide.holds(l.ends[1])
}

// count counts links of a kind.
func (s seen) count(kind architecture.Kind) (n int) {
	for _, l := range s.links {
		if l.kind == string(kind) {
			n++
		}
	}
	return n
}

// joinedBy holds that every link of these kinds is drawn, on paper and in a terminal, and
// counts those over an endpoint.
func joinedBy(t *testing.T, d architecture.Drawing, s seen, kinds ...architecture.Kind) (privates int) {
	t.Helper()
	for _, kind := range kinds {
		want := 0
		for _, l := range d.Links {
			if l.Kind == kind {
				want++
			}
		}
		if got := s.count(kind); got != want {
			t.Errorf("%d of %d links (%s) are drawn", got, want, kind)
		}
		if kind == architecture.Private {
			privates = want
		}
	}
	for _, width := range []int{72, 80, 100, 120} {
		for _, l := range architecture.Crossing(d, width) {
			t.Errorf("%d columns: %v goes over a text", width, l)
		}
		for _, l := range architecture.Undrawn(d, width) {
			if slices.Contains(kinds, l.Kind) {
				t.Errorf("%d columns: %v is not drawn", width, l)
			}
		}
	}
	return privates
}
