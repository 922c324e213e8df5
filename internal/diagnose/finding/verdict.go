package finding

import (
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

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

// Verdict is the answer to "why can't I get to my desktop, and who fixes it", in texts
// that no language has told yet.
type Verdict struct {
	Status     Status
	Layer      *layer.ID
	Code       string
	Confidence Confidence // empty where the status has none
	Summary    words.Text
	Owner      words.Text
	Where      *Where // the culprit's place; nil where none is named or known
	Remedy     []words.Text
	NextTest   words.Text
	// Suspects are Candidates and Rivals together, for readers of older reports.
	Suspects []Suspect
	// Candidates are all that remain where the answer is open, Rivals those that
	// could also be where it is decided.
	Candidates    []Suspect
	Rivals        []Suspect
	Protocols     Protocols
	ProtocolsSeen ProtocolsSeen
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

// Decide takes over what the deciding finding says.
func (v *Verdict) Decide(status Status, f Finding) {
	v.Status, v.Code, v.Summary, v.Confidence = status, f.Code, f.Summary, f.Confidence
	id := f.Layer
	v.Layer = &id
	if l, known := layer.Get(f.Layer); known {
		v.Owner = f.Owner.Or(words.Owner(l.Owner))
	}
	v.Where, v.Remedy, v.NextTest = f.Where, slices.Clone(f.Remedy), f.NextTest
}

// Acquit takes back whom the verdict names, and keeps what it says.
func (v *Verdict) Acquit() { v.Layer, v.Owner, v.Where = nil, words.Text{}, nil }

// Suspect adds suspects, each layer once, the surest first.
func (v *Verdict) Suspect(list []Suspect) {
	for _, s := range list {
		if v.Layer != nil && *v.Layer == s.Layer {
			continue
		}
		if !slices.ContainsFunc(v.Suspects, func(have Suspect) bool { return have.Layer == s.Layer }) {
			v.Suspects = append(v.Suspects, s)
		}
	}
	slices.SortStableFunc(v.Suspects, func(a, b Suspect) int { return b.Confidence.Sure() - a.Confidence.Sure() })
}

// Split parts the suspects into what remains of an open answer and the rivals of a
// decided one, which readers of older reports find together.
func (v *Verdict) Split() {
	v.Candidates, v.Rivals = []Suspect{}, []Suspect{}
	if v.Layer == nil {
		v.Candidates = append(v.Candidates, v.Suspects...)
	} else {
		v.Rivals = append(v.Rivals, v.Suspects...)
	}
}
