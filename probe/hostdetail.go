package probe

import "net/netip"

// PausesDetail is when this process stood still during the run, as its watchdog
// saw it: because the computer was too busy, was suspended, or the process was
// stopped. Written only if there was such a pause.
type PausesDetail struct {
	Pauses  []Pause `json:"pauses"`                       // in order; the longest run has at most 100
	TotalMS float64 `json:"total_ms"`                     // of all, those not listed too
	Load    string  `json:"load,omitempty" redact:"text"` // the system's load averages, where it tells
}

// Pause is one of them, in milliseconds.
type Pause struct {
	AtMS     float64 `json:"at_ms"` // since the start of the run
	LengthMS float64 `json:"length_ms"`
}

// HostNamesDetail is what this computer's hosts file says of names that the run
// asks for. Written only if it says something.
type HostNamesDetail struct {
	Entries []HostNameEntry `json:"entries"`
	Source  string          `json:"source" redact:"text"` // the file
}

// HostNameEntry is one name of a line of it.
type HostNameEntry struct {
	Name    string     `json:"name" redact:"text"`
	Address netip.Addr `json:"address"`
}

func (PausesDetail) detail()    {}
func (HostNamesDetail) detail() {}
