package diagnose

import (
	"fmt"
	"math"
	"strings"

	"wsdoctor/probe"
)

// Odds are what a silence is worth: how many probes went unanswered, what the
// controls lost meanwhile, and how likely such a loss alone explains it.
type Odds struct {
	Probes        int     `json:"probes"`         // all of them silent
	ControlProbes int     `json:"control_probes"` // to what does answer
	ControlLost   int     `json:"control_lost"`   // of those
	ControlLoss   float64 `json:"control_loss"`   // the rate that follows
	Chance        float64 `json:"chance"`         // that plain loss explains the silence, 0 to 1
}

// chanceLimit is how likely plain loss may be as the explanation of a silence
// before the silence decides nothing.
const chanceLimit = 0.02

// oddsOf gives the odds of so many silent probes. No loss seen is not no loss
// (the estimator of Krichevsky and Trofimov), and losses are taken to be
// independent, which spaced probes from fresh ports nearly are.
func oddsOf(probes, lost, sent int) Odds {
	rate := (float64(lost) + 0.5) / (float64(sent) + 1)
	return Odds{Probes: probes, ControlProbes: sent, ControlLost: lost, ControlLoss: rate, Chance: math.Pow(rate, float64(probes))}
}

// odds judges ports that stayed silent by the one that was asked least.
func (e Evidence) odds(silent []probe.Observation) *Odds {
	perPort := map[string]int{}
	for _, o := range silent {
		attempts := attemptsOf(o)
		if attempts == nil {
			continue // stored by a version that did not count
		}
		perPort[o.Endpoint] += 0
		for _, a := range attempts {
			if a.Outcome == probe.Silent {
				perPort[o.Endpoint]++
			}
		}
	}
	least := 0
	for _, n := range perPort {
		if least == 0 || n < least {
			least = n
		}
	}
	if least == 0 {
		return nil
	}
	lost, sent, _ := e.loss()
	o := oddsOf(least, lost, sent)
	return &o
}

// Sentence says it in words, without a full stop.
func (o Odds) Sentence() string {
	return fmt.Sprintf("%d %s unanswered, of %d to what does answer %d lost: plain loss explains that with a chance of %s",
		o.Probes, plural("probe", o.Probes), o.ControlProbes, o.ControlLost, percent(o.Chance))
}

// percent writes a chance for people.
func percent(p float64) string {
	if p < 0.0001 {
		return "less than 0.01 %"
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*p), "0"), ".") + " %"
}
