package finding

import (
	"slices"

	"wsdoctor/internal/layer"
)

// Outcome is a verdict's code that no rule gives: nothing was found to be wrong, or
// too little was looked at.
type Outcome struct {
	Code    string
	Meaning string
	Exit    int    // of a run that ends so
	Then    string // what to do
}

// Outcomes lists them all.
func Outcomes() []Outcome {
	return []Outcome{
		{CodeAllPasses, "Every protocol that was asked for was shown to work.", layer.ExitOK, "If the client still shows a message, name it: wsdoctor check --symptom ID; wsdoctor symptoms lists them."},
		{CodeAsFarAsSeen, "Nothing wrong was found, and not everything was shown. At a desk, packets pass every router that can be seen, and AWS's host did not answer them, which it need not. Inside a WorkSpace, the firewall's rules could not be read, so nothing shows that the gateway is let in.", layer.ExitAsFarAsSeen, "A script may take it as ok for the network. Inside a WorkSpace, run it with privileges to see the rules."},
		{CodeNotShown, "Nothing wrong was found, and nothing shows that every protocol works.", layer.ExitInconclusive, "Run the same check on another network, such as a phone's hotspot, and compare."},
		{CodeNotMeasured, "Too little was measured to judge anything.", layer.ExitInconclusive, "The report lists as gaps what was not looked at."},
		{CodeInterrupted, "The run was stopped before it was complete, and what was seen decides nothing.", layer.ExitInterrupted, "Run the check again, to its end."},
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
