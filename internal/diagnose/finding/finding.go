package finding

import (
	"encoding/json"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
)

// Part is what of a WorkSpace a finding says does not do its work.
type Part string

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
	// Explains are the observations that are no surprise where this is the cause:
	// what rests on them alone is its symptom. Empty: what it rests on itself.
	Explains []string `json:"-"`
	Part     Part     `json:"-"` // what of a WorkSpace it is about
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

// Path says where on the way packets to a port end; see package sweep.
type Path = sweep.Path

// Odds are what a silence is worth; see package sweep.
type Odds = sweep.Odds
