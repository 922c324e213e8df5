package finding

import (
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// Outcome is a verdict's code that no rule gives: nothing was found to be wrong, or
// too little was looked at.
type Outcome struct {
	Code string
	Exit int // of a run that ends so
}

// Meaning says what it is.
func (o Outcome) Meaning() words.Text { return words.Say("outcome." + o.Code + ".meaning") }

// Then says what to do.
func (o Outcome) Then() words.Text { return words.Say("outcome." + o.Code + ".then") }

// Outcomes lists them all.
func Outcomes() []Outcome {
	return []Outcome{
		{CodeAllPasses, layer.ExitOK},
		{CodeAsFarAsSeen, layer.ExitAsFarAsSeen},
		{CodeNotShown, layer.ExitInconclusive},
		{CodeNotMeasured, layer.ExitInconclusive},
		{CodeInterrupted, layer.ExitInterrupted},
	}
}

// OutcomeByCode finds one.
func OutcomeByCode(code string) (Outcome, bool) {
	list := Outcomes()
	i := slices.IndexFunc(list, func(o Outcome) bool { return o.Code == code })
	if i < 0 {
		return Outcome{}, false
	}
	return list[i], true
}

// CodeAsFarAsSeen is the verdict's code where nothing wrong was found, and not
// everything could be shown: see Verdict.AsFarAsSeen.
const CodeAsFarAsSeen = "passes_as_far_as_seen"

// The other codes of verdicts that no rule gives: see Outcomes.
const (
	CodeAllPasses   = "all_measured_passes"
	CodeNotShown    = "not_shown"
	CodeNotMeasured = "not_measured"
	CodeInterrupted = "interrupted"
)
