package candidates_test

import (
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/candidates"
)

func TestDecide(t *testing.T) {
	// whose has the owner of every place that a row names.
	type whose map[candidates.Place]candidates.Owner
	is := func(layers ...string) candidates.Owner { return candidates.Owner{Layers: layers} }
	also := func(layer string, more ...string) candidates.Owner {
		return candidates.Owner{Layers: []string{layer}, Also: more}
	}
	const open, possible, likely = candidates.Open, candidates.Possible, candidates.Likely
	for _, row := range []struct {
		name         string
		places, rare []candidates.Place
		owners       whose
		pair         bool
		worth        candidates.Worth
		layer        string
		rest         []string
	}{
		{"nothing remains", nil, nil, nil, false, open, "", nil},
		{"nothing but what is rare", nil, []candidates.Place{1}, whose{1: is("office")}, false, open, "", nil},
		{"one place of one owner", []candidates.Place{1}, nil, whose{1: is("office")}, false, likely, "office", nil},
		{"several places of one owner", []candidates.Place{1, 2, 3}, nil, whose{1: is("office"), 2: is("office"), 3: is("office")}, false, likely, "office", nil},
		{"one place that may be another's", []candidates.Place{2}, nil, whose{2: also("office", "provider")}, false, possible, "office", []string{"provider"}},
		{"one place of two owners", []candidates.Place{2}, nil, whose{2: is("office", "provider")}, false, open, "office", []string{"provider"}},
		{"two places of two owners", []candidates.Place{1, 3}, nil, whose{1: is("office"), 3: is("provider")}, false, open, "office", []string{"provider"}},
		{"here and the router", []candidates.Place{0, 1}, nil, whose{0: is("computer"), 1: is("office")}, false, open, "computer", []string{"office"}},
		{"a pair of two owners: the nearer", []candidates.Place{1, 2}, nil, whose{1: is("office"), 2: is("provider")}, true, possible, "office", []string{"provider"}},
		{"the same as no pair", []candidates.Place{1, 2}, nil, whose{1: is("office"), 2: is("provider")}, false, open, "office", []string{"provider"}},
		{"a pair whose nearer end may be two's", []candidates.Place{1, 2}, nil, whose{1: is("office", "provider"), 2: is("provider")}, true, open, "office", []string{"provider"}},
		{"a pair whose nearer end is one's for sure, the farther one's or another's", []candidates.Place{1, 2}, nil, whose{1: is("office"), 2: also("office", "provider")}, true, likely, "office", nil},
		{"the same as no pair", []candidates.Place{1, 2}, nil, whose{1: is("office"), 2: also("office", "provider")}, false, possible, "office", []string{"provider"}},
		{"a pair whose nearer end is in doubt itself", []candidates.Place{2, 3}, nil, whose{2: also("office", "provider"), 3: is("office")}, true, possible, "office", []string{"provider"}},
		{"a rare rival of another owner", []candidates.Place{2}, []candidates.Place{0}, whose{2: is("office"), 0: is("computer")}, false, possible, "office", []string{"computer"}},
		{"a rare rival beside a sure pair", []candidates.Place{1, 2}, []candidates.Place{0}, whose{1: is("office"), 2: also("office", "provider"), 0: is("computer")}, true, possible, "office", []string{"provider", "computer"}},
		{"a rare rival of the same owner", []candidates.Place{2}, []candidates.Place{1}, whose{2: is("office"), 1: is("office")}, false, likely, "office", nil},
		{"more than two places are no pair's ends", []candidates.Place{1, 2, 3}, nil, whose{1: is("office"), 2: is("office"), 3: is("provider")}, true, open, "office", []string{"provider"}},
	} {
		got := candidates.Decide(row.places, row.rare, func(p candidates.Place) candidates.Owner { return row.owners[p] }, row.pair)
		if got.Worth != row.worth || got.Layer != row.layer || !slices.Equal(got.Rest, row.rest) {
			t.Errorf("%s: worth %d, %q, rest %q; want %d, %q, %q", row.name, got.Worth, got.Layer, got.Rest, row.worth, row.layer, row.rest)
		}
	}
}
