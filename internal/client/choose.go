package client

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/catalog"
)

// Choice is the registration to work with.
type Choice struct {
	Entry        Entry
	Registration catalog.Registration
	// Region is the Region's ID; empty where the code is a DNS name and the
	// client's list does not tell: its TXT record must be asked.
	Region string
	Note   string // what the user should know about the choice; may be empty
}

// ErrNone says that the client left no registration here.
var ErrNone = errors.New("the WorkSpaces client has no registration on this machine")

// unknown stands in for a Region the client's files do not tell.
const unknown = "unknown"

// Several says that the client knows registrations in different Regions and
// none of them is the current one.
type Several struct {
	Regions []string // sorted; "unknown" stands for those not known
}

func (e *Several) Error() string {
	return fmt.Sprintf("the WorkSpaces client has registrations in several Regions (%s) and does not say which is in use: give one with --region",
		strings.Join(e.Regions, ", "))
}

// Default picks the registration the client uses now, or the only one, or the
// first if all are in the same Region. Entries that are no registration are
// left out; if only such are there, the error says what is wrong with the first.
func Default(c *catalog.Catalog, entries []Entry) (Choice, error) {
	var choices []Choice
	var regions []string
	var problem error
	for _, e := range entries {
		choice, err := choose(c, e)
		if err != nil {
			err = fmt.Errorf("the WorkSpaces client's registration cannot be used: %w", err)
			if e.Current { // another one would be somebody else's answer
				return Choice{}, err
			}
			problem = cmp.Or(problem, err)
			continue
		}
		if e.Current {
			return choice, nil
		}
		choices = append(choices, choice)
		name := choice.Region
		if name == "" {
			name = unknown
		}
		if !slices.Contains(regions, name) || name == unknown {
			regions = append(regions, name)
		}
	}
	switch {
	case len(choices) == 0 && problem != nil:
		return Choice{}, problem
	case len(choices) == 0:
		return Choice{}, ErrNone
	case len(regions) > 1:
		slices.Sort(regions)
		return Choice{}, &Several{Regions: slices.Compact(regions)}
	}
	if len(choices) > 1 {
		choices[0].Note = fmt.Sprintf("The WorkSpaces client has %d registrations, all in this Region, and does not say which is in use; the first is taken.", len(choices))
	}
	return choices[0], nil
}

// choose finds the Region of one entry. The client's own key goes before a
// prefix that is only inferred, and after one that is known.
func choose(c *catalog.Catalog, e Entry) (Choice, error) {
	var key string
	if id, known := c.RegionOfPrefix(e.RegionKey); known { // what macOS's client writes
		key = id
	} else if r, err := c.Find(e.RegionKey); err == nil {
		key = r.ID
	}
	choice := Choice{Entry: e}
	var err error
	choice.Registration, err = c.ParseRegistration(e.RegistrationCode)
	if err != nil {
		if key == "" {
			return Choice{}, err
		}
		choice.Note = "The registration code in the WorkSpaces client's list is not understood; its Region is taken from the list."
	}
	choice.Region = choice.Registration.Region
	if choice.Region == "" || (key != "" && choice.Registration.Confidence != "high") {
		choice.Region = key
	}
	if code := choice.Registration.Region; code != "" && key != "" && code != key {
		choice.Note = fmt.Sprintf("The WorkSpaces client's list says Region %s, its registration code says %s; %s is taken.", key, code, choice.Region)
	}
	return choice, nil
}
