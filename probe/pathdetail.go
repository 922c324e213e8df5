package probe

import "net/netip"

// MTUProbe is what became of packets of one size.
type MTUProbe struct {
	Bytes    int        `json:"bytes"`          // of the whole IP packet
	Sent     int        `json:"sent"`           // how many the system took; 0 for a size the own interface cannot carry
	Answered int        `json:"answered"`       // how many of them were answered, by a small packet
	ICMP     *ICMPError `json:"icmp,omitempty"` // what was said instead
}

// MTUDetail is which sizes of packets reach a server that answers them,
// whatever their size. It tells of the way there alone: the answers are small.
type MTUDetail struct {
	Question    string     `json:"question" redact:"text"` // "quic" or "stun": what was asked
	Sizes       []MTUProbe `json:"sizes"`                  // by size
	Smallest    int        `json:"smallest"`               // bytes of the smallest packet that was answered, 0 for none
	Largest     int        `json:"largest"`                // of the largest
	ReportedMTU int        `json:"reported_mtu,omitempty"` // that a router told (ICMP 3/4, ICMPv6 2/0); 0 also if it named none
	Offender    netip.Addr `json:"offender,omitzero"`      // the router that said "too big"
	LocalMTU    int        `json:"local_mtu,omitempty"`    // of the own interface, if it is too small for a size
	// BlackHole: packets larger than Largest vanish without a word, while ones
	// of that size are answered; asked twice, the second time side by side.
	BlackHole bool   `json:"black_hole"`
	Error     string `json:"error,omitempty" redact:"text"`
}

func (MTUDetail) detail() {}

// CountersDetail is the packet counter of an interface while datagrams (to a TCP
// port: connects) were handed to the system: in turns some for the target, as
// many datagrams for a control, another port of the same address, and none.
type CountersDetail struct {
	Interface    string `json:"interface" redact:"text"`
	Before       uint64 `json:"before"` // packets the interface sent since it came up
	After        uint64 `json:"after"`
	Sent         int    `json:"sent"`              // datagrams or connects for the target that the system did not refuse
	Dropped      int    `json:"dropped,omitempty"` // of them, that it took and said to have dropped before the interface (ENOBUFS): a filter there, or a full queue
	Moved        int    `json:"moved"`             // by how much the counter rose meanwhile; other programs' packets count too
	ControlPort  uint16 `json:"control_port"`      // of the same address
	ControlSent  int    `json:"control_sent"`
	ControlMoved int    `json:"control_moved"`
	QuietMoved   int    `json:"quiet_moved"` // in turns of the same length in which nothing was handed over
	// Flat: again and again the control's datagrams moved the counter and the
	// target's did not: they do not leave this computer. Left: they moved it by as
	// many as they were, or as a connect takes; after an accept these may also be
	// what a program that accepted here opened itself. Neither, where other programs
	// sent too much to tell.
	Flat  bool   `json:"flat"`
	Left  bool   `json:"left"`
	Error string `json:"error,omitempty" redact:"text"`
}

func (CountersDetail) detail() {}
