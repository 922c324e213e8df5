package finding

import (
	"encoding/json"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
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

// Finding is one cause that a rule found, with its evidence. What it says are texts
// that no language has told yet; package report tells them.
type Finding struct {
	Code         string
	Layer        layer.ID
	Severity     Severity
	Confidence   Confidence
	Summary      words.Text // one plain sentence, and those that say more
	Supports     []string   // observation IDs
	Contradicts  []string   // observation IDs
	SuppressedBy *string
	Path         *Path // where on the way, if the finding is about that
	// Where is the culprit's place, if it is the finding's layer; nil where none is known.
	Where *Where
	Odds  *Odds // what the silence that it rests on is worth

	// RuledOut are the layers that something contradicts.
	RuledOut []RuledOut
	// Owner is who fixes it, where the place has another owner than the layer.
	Owner words.Text

	// What the verdict takes over when this finding decides it.
	Remedy   []words.Text
	NextTest words.Text
	Suspects []Suspect
	// Said: the layer at fault said it itself, or this system of itself, or it is
	// written in what nobody else could have written (a signature). Rivals are what
	// else would look the same; from both follows how sure the finding is (weigh). Why
	// is the finding's own sentence beside them; empty: the rule's meaning.
	Said   bool
	Rivals []Rival
	Why    words.Text
	// Undecided: the layer is only the likeliest of several, and no accusation.
	Undecided bool
	// Blocks names the protocols this finding takes away.
	Blocks []probe.Protocol
	// Degrades names the protocols that work less well.
	Degrades []probe.Protocol
	// Unsure names the protocols that were shown to work by what does not count here:
	// their ports are shut and they may come by others, or only small packets passed.
	Unsure []probe.Protocol
	// Explains are the observations that are no surprise where this is the cause:
	// what rests on them alone is its symptom. Empty: what it rests on itself.
	Explains []string
	Part     Part // what of a WorkSpace it is about
}

// RuledOut is a layer that is not at fault, and what shows it.
type RuledOut struct {
	Layer   layer.ID
	Because string     // a look of package candidates, or "observed"
	Why     words.Text // what was observed, in words that follow "not LAYER: "
	By      []string   // observation IDs
}

// Suspect is a layer that could be at fault and was not proven to be.
type Suspect struct {
	Layer      layer.ID
	Confidence Confidence
	Why        words.Text
	Where      *Where // its place, if it is the one; nil where none is known
}

// Path says where on the way packets to a port end; see package sweep.
type Path = sweep.Path

// Odds are what a silence is worth; see package sweep.
type Odds = sweep.Odds
