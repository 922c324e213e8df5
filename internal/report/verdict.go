package report

import (
	"net/netip"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// Verdict is the answer of a run, told in the run's language; see finding.Verdict for
// what the fields mean.
type Verdict struct {
	Status        finding.Status        `json:"status"`
	Layer         *layer.ID             `json:"layer"`
	Code          string                `json:"code" redact:"keep"`
	Confidence    finding.Confidence    `json:"confidence"` // empty (written as null) where the status has none
	Summary       string                `json:"summary" redact:"text"`
	Owner         string                `json:"owner" redact:"text"`
	Where         *finding.Where        `json:"where,omitempty"`
	Remedy        []string              `json:"remedy" redact:"text"`
	NextTest      *string               `json:"next_test" redact:"text"`
	Suspects      []Suspect             `json:"suspects"`
	Candidates    []Suspect             `json:"candidates"`
	Rivals        []Suspect             `json:"rivals"`
	Protocols     finding.Protocols     `json:"protocols"`
	ProtocolsSeen finding.ProtocolsSeen `json:"protocols_seen"`
}

// AsFarAsSeen: nothing wrong was found, and not everything could be shown.
func (v Verdict) AsFarAsSeen() bool {
	return v.Status == finding.StatusOK && v.Code == finding.CodeAsFarAsSeen
}

// Split parts the suspects; see finding.Verdict.
func (v *Verdict) Split() {
	v.Candidates, v.Rivals = []Suspect{}, []Suspect{}
	if v.Layer == nil {
		v.Candidates = append(v.Candidates, v.Suspects...)
	} else {
		v.Rivals = append(v.Rivals, v.Suspects...)
	}
}

// Suspect is a layer that could be at fault, told.
type Suspect struct {
	Layer      layer.ID           `json:"layer"`
	Confidence finding.Confidence `json:"confidence"`
	Why        string             `json:"why" redact:"text"`
	Where      *finding.Where     `json:"where,omitempty"`
}

// RuledOut is a layer that is not at fault, told.
type RuledOut struct {
	Layer   layer.ID `json:"layer"`
	Because string   `json:"because" redact:"keep"`       // a look of package candidates, or "observed"
	Why     string   `json:"why,omitempty" redact:"text"` // what was observed, in words that follow "not LAYER: "
	By      []string `json:"by" redact:"keep"`            // observation IDs
}

// Finding is one cause that a rule found, told; see finding.Finding for what the
// fields mean.
type Finding struct {
	Code         string             `json:"code" redact:"keep"`
	Layer        layer.ID           `json:"layer"`
	Severity     finding.Severity   `json:"severity"`
	Confidence   finding.Confidence `json:"confidence"`
	Summary      string             `json:"summary" redact:"text"`
	Supports     []string           `json:"supports" redact:"keep"`
	Contradicts  []string           `json:"contradicts" redact:"keep"`
	SuppressedBy *string            `json:"suppressed_by" redact:"keep"`
	Path         *finding.Path      `json:"path,omitempty"`
	Where        *finding.Where     `json:"where,omitempty"`
	Odds         *finding.Odds      `json:"odds,omitempty"`
	RuledOut     []RuledOut         `json:"ruled_out,omitempty"`
	Owner        string             `json:"owner,omitempty" redact:"text"`
	// Args are what the sentences of the summary are about, for programs: see
	// words.Text.Data.
	Args []map[string]any `json:"args,omitempty" redact:"text"`

	// What only a report that was just judged has, and the one it is merged into.
	Remedy    []string  `json:"-"`
	NextTest  string    `json:"-"`
	Suspects  []Suspect `json:"-"`
	Undecided bool      `json:"-"`
}

// Told is a judgement in one language.
type Told struct {
	Lang     string
	Verdict  Verdict
	Layers   []finding.LayerState
	Findings []Finding
	Gaps     []string
	Egress   []netip.Addr
}

// Tell tells a judgement in the language of a catalogue.
func Tell(c *words.Catalogue, r diagnose.Result) Told {
	t := Told{
		Lang:     c.Name(),
		Layers:   r.Layers,
		Gaps:     c.All(r.Gaps),
		Egress:   r.Egress,
		Findings: make([]Finding, 0, len(r.Findings)),
	}
	for _, f := range r.Findings {
		t.Findings = append(t.Findings, tellFinding(c, f))
	}
	v := r.Verdict
	t.Verdict = Verdict{
		Status:     v.Status,
		Layer:      v.Layer,
		Code:       v.Code,
		Confidence: v.Confidence,
		Summary: c.Tell(
			v.Summary,
		),
		Owner:    c.Tell(v.Owner),
		Where:    v.Where,
		Remedy:   c.All(v.Remedy),
		NextTest: pointer(c.Tell(v.NextTest)),
		Suspects: tellSuspects(
			c,
			v.Suspects,
		),
		Candidates:    tellSuspects(c, v.Candidates),
		Rivals:        tellSuspects(c, v.Rivals),
		Protocols:     v.Protocols,
		ProtocolsSeen: v.ProtocolsSeen,
	}
	return t
}

func tellFinding(c *words.Catalogue, f finding.Finding) Finding {
	told := Finding{
		Code:         f.Code,
		Layer:        f.Layer,
		Severity:     f.Severity,
		Confidence:   f.Confidence,
		Summary:      c.Tell(f.Summary),
		Supports:     f.Supports,
		Contradicts:  f.Contradicts,
		SuppressedBy: f.SuppressedBy,
		Path:         f.Path,
		Odds:         f.Odds,
		Owner:        c.Tell(f.Owner),
		Where:        f.Where,
		Args:         f.Summary.Data(),
		Remedy: c.All(
			f.Remedy,
		),
		NextTest:  c.Tell(f.NextTest),
		Suspects:  tellSuspects(c, f.Suspects),
		Undecided: f.Undecided,
	}
	for _, out := range f.RuledOut {
		told.RuledOut = append(told.RuledOut, RuledOut{out.Layer, out.Because, c.Tell(out.Why), out.By})
	}
	return told
}

func tellSuspects(c *words.Catalogue, list []finding.Suspect) []Suspect {
	told := make([]Suspect, 0, len(list))
	for _, s := range list {
		told = append(told, Suspect{s.Layer, s.Confidence, c.Tell(s.Why), s.Where})
	}
	return told
}

// pointer is nil for what is not said.
func pointer(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
