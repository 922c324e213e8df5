package sweep

import "math"

// Odds are what a silence is worth: how many probes went unanswered, what the
// controls lost meanwhile, and how likely such a loss alone explains it.
type Odds struct {
	Probes        int     `json:"probes"`         // all of them silent
	ControlProbes int     `json:"control_probes"` // to what does answer
	ControlLost   int     `json:"control_lost"`   // of those
	ControlLoss   float64 `json:"control_loss"`   // the rate that follows
	Chance        float64 `json:"chance"`         // that plain loss explains the silence, 0 to 1
}

// ChanceLimit is how likely plain loss may be as the explanation of a silence
// before the silence decides nothing.
const ChanceLimit = 0.02

// OddsOf gives the odds of so many silent probes. No loss seen is not no loss
// (the estimator of Krichevsky and Trofimov), and losses are taken to be
// independent, which spaced probes from fresh ports nearly are.
func OddsOf(probes, lost, sent int) Odds {
	rate := (float64(lost) + 0.5) / (float64(sent) + 1)
	return Odds{
		Probes:        probes,
		ControlProbes: sent,
		ControlLost:   lost,
		ControlLoss:   rate,
		Chance:        math.Pow(rate, float64(probes)),
	}
}
