package catalog

import "wsdoctor/internal/words"

// Ending is an end of support that the vendor has announced.
type Ending struct {
	ID   string // as in `wsdoctor explain ID`
	Day  string // YYYY-MM-DD: the last day
	AsOf string // as everywhere in the catalog
}

// PCoIPEnds is the ID of the ending that a network which opens PCoIP's ports alone
// should know.
const PCoIPEnds = "pcoip-end"

// Endings lists what the vendor ends, the next first (admin guides, pages on the
// end of support of PCoIP, of Pools and of the Thin Client).
func Endings() []Ending {
	const asOf = "2026-11-26"
	return []Ending{
		{"thin-client-end", "2027-03-31", asOf},
		{PCoIPEnds, "2027-10-31", asOf},
		{"pools-end", "2027-12-31", asOf},
	}
}

// EndingByID finds an ending.
func EndingByID(id string) (Ending, bool) {
	for _, e := range Endings() {
		if e.ID == id {
			return e, true
		}
	}
	return Ending{}, false
}

// Sentence says it for people.
func (e Ending) Sentence() words.Text {
	return words.Say("explain.ending."+e.ID+".ends", words.Args{"day": e.Day})
}

// Then is what happens then, and what to do.
func (e Ending) Then() words.Text { return words.Say("explain.ending." + e.ID + ".then") }

// OldestClient is the oldest WorkSpaces client of each system (as in runtime.GOOS)
// that the vendor still supports (admin guide, end of life of clients). Whether
// older ones are refused is not documented.
var OldestClient = map[string]string{"windows": "5.22.1", "darwin": "5.22.1", "linux": "2025.0", "android": "5.0.1"}

// Defect is one of the vendor's client that looks like the network.
type Defect struct {
	System string // as in runtime.GOOS
	Fixed  string // the first client without it
	ID     string // of what it does, among cli.defect of the messages
}

// Defects lists what the release notes of the clients say, the newest first.
var Defects = []Defect{
	{"windows", "5.34.0", "no-reconnection"},
	{"windows", "5.33.0", "saml-as-administrator"},
	{"darwin", "5.33.0", "own-proxy"},
	{"windows", "5.32.1", "no-start"},
	{"windows", "5.23.0", "no-dcv-443"},
	{"darwin", "5.23.0", "no-dcv-443"},
	{"linux", "2024.3", "no-dcv-443"},
}
