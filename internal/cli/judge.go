package cli

import (
	"slices"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// judged is a report's observations under this version's rules. It depends on the
// report and the catalog alone, so that a stored report is judged as it was.
func judged(vantage string, t report.Target, interrupted bool, seen []probe.Observation, gaps []string) diagnose.Result {
	result := diagnose.Judge(input(vantage, t, interrupted, seen, gaps))
	if vantage == deskVantage && pcoipAlone(result.Verdict) {
		result.Verdict.Remedy = append(slices.Clone(result.Verdict.Remedy), beforePCoIP())
	}
	return result
}

// input is what of a report is judged.
func input(vantage string, t report.Target, interrupted bool, seen []probe.Observation, gaps []string) diagnose.Input {
	evidence, guesses := evidence(t.Region, seen)
	for _, host := range guesses {
		gap := "The name " + host + " only follows from those of other Regions, and what was asked of it had no good answer. That proves nothing and was not judged."
		if !slices.Contains(gaps, gap) {
			gaps = append(slices.Clone(gaps), gap)
		}
	}
	return diagnose.Input{
		Vantage: vantage, Protocol: t.Protocol, Region: t.Region, Symptom: t.Symptom,
		AllowedCIDRs: t.AllowedCIDRs, Interrupted: interrupted, Observations: evidence, Gaps: gaps,
	}
}

const deskVantage = "desk"

// pcoipAlone says whether PCoIP is what does not work, and DCV is not.
func pcoipAlone(v finding.Verdict) bool {
	return v.Status == finding.StatusFault && v.Protocols.PCoIP == finding.ProtocolBlocked && v.Protocols.DCV != finding.ProtocolBlocked
}

// beforePCoIP is the step for whoever is about to open a network for a protocol
// that ends: what is opened now is of no use a little later.
func beforePCoIP() string {
	ends, _ := catalog.EndingByID(catalog.PCoIPEnds)
	return ends.Sentence() + " Ask the WorkSpaces administrator about the move to DCV before much is done for PCoIP."
}

// evidence leaves out what a name that is only guessed did not answer, and gives
// those names. Whether such a host exists is not known, so that silence, an unknown
// name and a stranger's answer say nothing of this network.
func evidence(region string, seen []probe.Observation) (kept []probe.Observation, guesses []string) {
	c, err := catalog.Load()
	if err != nil {
		return seen, nil
	}
	r, err := c.Find(region)
	if err != nil || region == "" {
		return seen, nil
	}
	for _, o := range seen {
		host := o.Host()
		if !r.Guessed(host) || o.Outcome == probe.OK {
			kept = append(kept, o)
			continue
		}
		if !slices.Contains(guesses, host) && (o.Outcome == probe.Failed || o.Outcome == probe.Silent) {
			guesses = append(guesses, host)
		}
	}
	return kept, guesses
}
