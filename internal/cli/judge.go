package cli

import (
	"slices"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// judged is a report's observations under this version's rules. It depends on the
// report and the catalog alone, so that a stored report is judged as it was.
func judged(vantage probe.Vantage, t report.Target, interrupted bool, seen []probe.Observation) diagnose.Result {
	in, guesses := input(vantage, t, interrupted, seen)
	result := diagnose.Judge(in)
	for _, host := range guesses {
		result.Gaps = append(result.Gaps, words.Say("gap.guessed-name", words.Args{"host": host}))
	}
	if vantage == probe.AtDesk && pcoipAlone(result.Verdict) {
		result.Verdict.Remedy = append(slices.Clone(result.Verdict.Remedy), beforePCoIP())
	}
	return result
}

// input is what of a report is judged, and the names that were only guessed and left out.
func input(
	vantage probe.Vantage,
	t report.Target,
	interrupted bool,
	seen []probe.Observation,
) (in diagnose.Input, guesses []string) {
	evidence, guesses := evidence(t.Region, seen)
	return diagnose.Input{
		Vantage: vantage, Protocol: t.Protocol, Region: t.Region, Symptom: t.Symptom,
		AllowedCIDRs: t.AllowedCIDRs, Interrupted: interrupted, Observations: evidence,
	}, guesses
}

// pcoipAlone says whether PCoIP is what does not work, and DCV is not.
func pcoipAlone(v finding.Verdict) bool {
	return v.Status == finding.StatusFault && v.Protocols.PCoIP == finding.ProtocolBlocked &&
		v.Protocols.DCV != finding.ProtocolBlocked
}

// beforePCoIP is the step for whoever is about to open a network for a protocol
// that ends: what is opened now is of no use a little later.
func beforePCoIP() words.Text {
	ends, _ := catalog.EndingByID(catalog.PCoIPEnds)
	return ends.Sentence().Then(words.Say("explain.before-pcoip"))
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
