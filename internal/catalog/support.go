package catalog

// Ending is an end of support that the vendor has announced.
type Ending struct {
	ID   string // as in `wsdoctor explain ID`
	What string
	Day  string // YYYY-MM-DD: the last day
	Then string // what happens then, and what to do
	// Source and AsOf as everywhere in the catalog.
	Source, AsOf string
}

// PCoIPEnds is the ID of the ending that a network which opens PCoIP's ports alone
// should know.
const PCoIPEnds = "pcoip-end"

// Endings lists what the vendor ends, the next first (admin guides, pages on the
// end of support of PCoIP, of Pools and of the Thin Client).
func Endings() []Ending {
	const source, asOf = "admin guide, end of support", "2026-11-26"
	return []Ending{
		{"thin-client-end", "the WorkSpaces Thin Client device", "2027-03-31", "It stops working then.", source, asOf},
		{PCoIPEnds, "PCoIP for WorkSpaces Personal", "2027-10-31", "After that a PCoIP WorkSpace can be made or connected to in no Region. The successor is DCV, by \"Modify protocol\" or a migration, and DCV needs other ports and address ranges (TCP and UDP 4195, or 443): the network comes first. Zero clients cannot do DCV.", source, asOf},
		{"pools-end", "WorkSpaces Pools", "2027-12-31", "Their successor is WorkSpaces Applications.", source, asOf},
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
func (e Ending) Sentence() string { return "AWS ends " + e.What + " on " + e.Day + "." }

// OldestClient is the oldest WorkSpaces client of each system (as in runtime.GOOS)
// that the vendor still supports (admin guide, end of life of clients). Whether
// older ones are refused is not documented.
var OldestClient = map[string]string{"windows": "5.22.1", "darwin": "5.22.1", "linux": "2025.0", "android": "5.0.1"}
