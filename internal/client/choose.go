package client

import (
	"cmp"
	"slices"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
)

// Choice is the registration to work with.
type Choice struct {
	Entry        Entry
	Registration catalog.Registration
	// Region is the Region's ID; empty where the code is a DNS name and the
	// client's list does not tell: its TXT record must be asked.
	Region string
	Note   words.Text // what the user should know about the choice; may be empty
}

// ErrNone says that the client left no registration here.
var ErrNone error = words.Fail(words.Say("client.none"))

// unknown stands in for a Region the client's files do not tell.
const unknown = "unknown"

// Several says that the client knows registrations in different Regions and
// none of them is the current one.
type Several struct {
	Regions []string // sorted; "unknown" stands for those not known
}

// Told is what the error says.
func (e *Several) Told() words.Text {
	names := make([]words.Text, 0, len(e.Regions))
	for _, r := range e.Regions {
		name := words.Raw(r)
		if r == unknown {
			name = words.Say("client.unknown-region")
		}
		names = append(names, name)
	}
	list := names[0]
	for _, next := range names[1:] {
		list = words.Say("region.more", words.Args{"one": list, "other": next})
	}
	return words.Say("client.several", words.Args{"regions": list})
}

func (e *Several) Error() string { return words.English().Tell(e.Told()) }

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
			err = words.Fail(words.Say("client.unusable", words.Args{"why": words.Reason(err)})).Because(err)
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
		choices[0].Note = words.Say("client.note.many", words.Args{"n": len(choices)})
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
		choice.Note = words.Say("client.note.code")
	}
	choice.Region = choice.Registration.Region
	if choice.Region == "" || (key != "" && choice.Registration.Confidence != "high") {
		choice.Region = key
	}
	if code := choice.Registration.Region; code != "" && key != "" && code != key {
		choice.Note = words.Say("client.note.differ", words.Args{"key": key, "code": code, "taken": choice.Region})
	}
	return choice, nil
}
