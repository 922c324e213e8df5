package desk

import (
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/probe"
)

// odds judges ports that stayed silent by the one that was asked least.
func (e evidence) odds(silent []probe.Observation) *finding.Odds {
	perPort := map[string]int{}
	for _, o := range silent {
		attempts := facts.AttemptsOf(o)
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
	lost, sent, _ := e.Loss()
	o := sweep.OddsOf(least, lost, sent)
	return &o
}
