// Package diagnose turns observations into blame. It is a pure function of
// what was written down: it sends nothing, opens nothing, and imports no net
// (only net/netip), so that a stored report can be judged again by today's
// rules.
//
// Start with Judge (engine.go). A verdict is reached in five steps:
//
//   - gather (evidence.go) sorts the observations.
//   - The family of ways (way.go) asks of every port that does not work what could
//     explain that: its flows (flow.go) are turned into clues, package candidates
//     says which explanations no clue contradicts, package sweep what a comparison
//     of sweeps is worth, owner.go whose those places are, and explanation.go
//     joins the flows that one device explains. Every other cause is a Rule of its
//     own, in a file named for its layer or family; rules.go lists them all.
//   - A finding is a symptom where another one explains everything odd that it
//     rests on (explains.go); inside a WorkSpace, where it is about a part
//     that stands on another broken one (inside_parts.go).
//   - protocols.go says how far each protocol was shown to work, and verdict.go
//     folds all of it into one verdict, by the contract, sections 4 and 7.
//   - The words are each rule's own, and way_words.go for the family of ways.
package diagnose

import (
	"encoding/json"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Status is the outcome of a whole run.
type Status string

// The closed list of statuses.
const (
	StatusOK           Status = "ok"
	StatusDegraded     Status = "degraded"
	StatusFault        Status = "fault"
	StatusInconclusive Status = "inconclusive"
)

// Confidence is how sure a finding is; see the contract, section 4.
type Confidence string

// From surest to least sure. Sure orders them.
const (
	Proven   Confidence = "proven"
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// Sure gives 3 for proven, 2 for likely, 1 for possible, 0 for anything else.
func (c Confidence) Sure() int {
	switch c {
	case Proven:
		return 3
	case Likely:
		return 2
	case Possible:
		return 1
	}
	return 0
}

// MarshalJSON writes the empty confidence as null.
func (c Confidence) MarshalJSON() ([]byte, error) {
	if c == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(c))
}

// Severity says what a finding does to the verdict.
type Severity string

// The closed list of severities.
const (
	SeverityFault    Severity = "fault"    // the layer is broken: something the user needs does not work
	SeverityDegraded Severity = "degraded" // it works, but slowly, with loss, or on a fallback
	SeveritySuspect  Severity = "suspect"  // odd or silent; nothing separates the candidates
	SeverityInfo     Severity = "info"     // worth knowing, changes nothing
)

// Finding is one cause that a rule found, with its evidence.
type Finding struct {
	Code         string     `json:"code"`
	Layer        layer.ID   `json:"layer"`
	Severity     Severity   `json:"severity"`
	Confidence   Confidence `json:"confidence"`
	Summary      string     `json:"summary"`     // one plain sentence
	Supports     []string   `json:"supports"`    // observation IDs
	Contradicts  []string   `json:"contradicts"` // observation IDs
	SuppressedBy *string    `json:"suppressed_by"`
	Path         *Path      `json:"path,omitempty"` // where on the way, if the finding is about that
	Odds         *Odds      `json:"odds,omitempty"` // what the silence that it rests on is worth

	// RuledOut are the layers that something contradicts.
	RuledOut []RuledOut `json:"ruled_out,omitempty"`
	// Owner is who fixes it, where the place has another owner than the layer.
	Owner string `json:"owner,omitempty"`

	// What the verdict takes over when this finding decides it.
	Remedy   []string  `json:"-"`
	NextTest string    `json:"-"`
	Suspects []Suspect `json:"-"`
	// Said: the layer at fault said it itself, or this system of itself, or it is
	// written in what nobody else could have written (a signature). Rivals are what
	// else would look the same; from both follows how sure the finding is (weigh). Why
	// is the finding's own sentence beside them; empty: the rule's meaning.
	Said   bool    `json:"-"`
	Rivals []Rival `json:"-"`
	Why    string  `json:"-"`
	// Undecided: the layer is only the likeliest of several, and no accusation.
	Undecided bool `json:"-"`
	// Blocks names the protocols this finding takes away ("pcoip", "dcv").
	Blocks []string `json:"-"`
	// Degrades names the protocols that work less well.
	Degrades []string `json:"-"`
	// Unsure names the protocols that were shown to work by what does not count here:
	// their ports are shut and they may come by others, or only small packets passed.
	Unsure []string `json:"-"`
	// explains are the observations that are no surprise where this is the cause:
	// what rests on them alone is its symptom. Empty: what it rests on itself.
	explains []string
	part     Part // what of a WorkSpace it is about
}

// RuledOut is a layer that is not at fault, and what shows it.
type RuledOut struct {
	Layer   layer.ID `json:"layer"`
	Because string   `json:"because"`       // a look of package candidates, or "observed"
	Why     string   `json:"why,omitempty"` // what was observed, in words that follow "not LAYER: "
	By      []string `json:"by"`            // observation IDs
}

// Suspect is a layer that could be at fault and was not proven to be.
type Suspect struct {
	Layer      layer.ID   `json:"layer"`
	Confidence Confidence `json:"confidence"`
	Why        string     `json:"why"`
}

// ProtocolState is what can be said of one streaming protocol.
type ProtocolState string

// The closed list of protocol states.
const (
	ProtocolOK       ProtocolState = "ok"
	ProtocolDegraded ProtocolState = "degraded"
	ProtocolBlocked  ProtocolState = "blocked"
	ProtocolUnknown  ProtocolState = "unknown"
)

// Protocols is the state of both streaming protocols.
type Protocols struct {
	PCoIP ProtocolState `json:"pcoip"`
	DCV   ProtocolState `json:"dcv"`
}

// Verdict is the answer to "why can't I get to my desktop, and who fixes it".
type Verdict struct {
	Status     Status     `json:"status"`
	Layer      *layer.ID  `json:"layer"`
	Code       string     `json:"code"`
	Confidence Confidence `json:"confidence"` // empty (written as null) where the status has none
	Summary    string     `json:"summary"`
	Owner      string     `json:"owner"`
	Remedy     []string   `json:"remedy"`
	NextTest   *string    `json:"next_test"`
	// Suspects are Candidates and Rivals together, for readers of older reports.
	Suspects []Suspect `json:"suspects"`
	// Candidates are all that remain where the answer is open, Rivals those that
	// could also be where it is decided.
	Candidates    []Suspect     `json:"candidates"`
	Rivals        []Suspect     `json:"rivals"`
	Protocols     Protocols     `json:"protocols"`
	ProtocolsSeen ProtocolsSeen `json:"protocols_seen"`
}

// AsFarAsSeen: nothing wrong was found, and not everything could be shown.
func (v Verdict) AsFarAsSeen() bool { return v.Status == StatusOK && v.Code == CodeAsFarAsSeen }

// LayerStatus is the state of one layer in the report.
type LayerStatus string

// The closed list of layer states.
const (
	LayerOK        LayerStatus = "ok"
	LayerDegraded  LayerStatus = "degraded"
	LayerFault     LayerStatus = "fault"
	LayerSuspect   LayerStatus = "suspect"
	LayerUnknown   LayerStatus = "unknown"
	LayerNotTested LayerStatus = "not-tested"
)

// LayerState is one layer of the report.
type LayerState struct {
	ID       layer.ID    `json:"id"`
	Status   LayerStatus `json:"status"`
	Findings []int       `json:"findings"` // indexes into Result.Findings
}

// Input is everything a judgement depends on.
type Input struct {
	Vantage      string // "desk" or "workspace"
	Protocol     string // "pcoip", "dcv" or "both"
	Region       string
	Symptom      string   // symptom ID or empty
	AllowedCIDRs []string // of the IP access control group; nil: not given
	Interrupted  bool
	Observations []probe.Observation
	Gaps         []string // what the probes and the host could not look at
}

// Result is a judgement.
type Result struct {
	Verdict  Verdict
	Layers   []LayerState
	Findings []Finding
	Gaps     []string
}

// Path says where on the way packets to a port end; see package sweep.
type Path = sweep.Path

// Odds are what a silence is worth; see package sweep.
type Odds = sweep.Odds
