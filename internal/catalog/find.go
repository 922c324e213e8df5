package catalog

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// longestName is how many characters of a name are looked at; the longest
// Region name has under 30.
const longestName = 60

// UnknownRegion is a name that no Region has.
type UnknownRegion struct {
	Name        string   // cleaned for showing
	Suggestions []string // Region IDs, the likeliest first; may be empty
	cities      []words.Text
}

// Told is what the error says.
func (e *UnknownRegion) Told() words.Text {
	name := strconv.Quote(e.Name)
	if len(e.Suggestions) == 0 {
		return words.Say("region.unknown", words.Args{"name": name})
	}
	var near words.Text
	for i, id := range e.Suggestions {
		next := words.Raw(id)
		if i < len(e.cities) {
			next = words.Say("region.near", words.Args{"id": id, "city": e.cities[i]})
		}
		switch {
		case i == 0:
			near = next
		case i < len(e.Suggestions)-1:
			near = words.Say("region.more", words.Args{"one": near, "other": next})
		default:
			near = words.Say("region.or", words.Args{"one": near, "other": next})
		}
	}
	return words.Say("region.unknown-near", words.Args{"name": name, "near": near})
}

func (e *UnknownRegion) Error() string { return words.English().Tell(e.Told()) }

// fold makes names comparable: letters and digits only, in lower case.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// Find looks a Region up by its ID, name, city or airport code; case, spaces
// and punctuation do not matter ("AP_NORTHEAST_1", "tokyo", "nrt"). The error
// is an *UnknownRegion.
func (c *Catalog) Find(name string) (Region, error) {
	shown := probe.Clean(name, longestName)
	key := fold(shown)
	if r, ok := c.region(c.names[key]); ok {
		return r, nil
	}
	e := &UnknownRegion{Name: shown, Suggestions: c.suggest(key)}
	for _, id := range e.Suggestions {
		r, _ := c.region(id)
		e.cities = append(e.cities, r.City())
	}
	return Region{}, e
}

// suggest gives up to three Regions one of whose names is nearest to key: at
// most a third of it may differ, or key is the beginning of the name.
func (c *Catalog) suggest(key string) []string {
	const most, shortest = 3, 3
	if len(key) < shortest {
		return nil
	}
	best := min(max(len(key)/3, 1), most)
	var ids []string
	for name, id := range c.names {
		d := spelling.Distance(key, name)
		if strings.HasPrefix(name, key) {
			d = 1
		}
		if d < best {
			best, ids = d, nil
		}
		if d == best && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), most)]
}

// whatRange words the uses for Lookup.
var whatRange = map[Use]string{
	UseHealth:         "health-check range",
	UsePCoIPGateway:   "PCoIP gateway range",
	UseDCVGateway:     "DCV gateway range",
	UseGateway:        "gateway range",
	UseDCVAccelerated: "DCV range of Global Accelerator",
}

// Lookup says whether an address is published as one of WorkSpaces' on the
// internet, of which Region and for what: a health-check address, or a range of
// health checks, PCoIP or DCV gateways. An address the vendor gives to two
// Regions counts for the one whose list is not doubtful.
func (c *Catalog) Lookup(addr netip.Addr) (region, what string, ok bool) {
	addr = addr.Unmap().WithZone("")
	for _, r := range c.regions {
		for _, e := range r.Endpoints {
			if !e.AddressesDoubtful && slices.Contains(e.Addresses, addr) {
				return r.ID, "health-check address", true
			}
		}
		for _, x := range r.Ranges {
			if w := whatRange[x.Use]; w != "" && x.Prefix.Contains(addr) {
				return r.ID, w, true
			}
		}
	}
	return "", "", false
}
