package diagnose

import (
	"slices"

	"wsdoctor/internal/diagnose/account"
	"wsdoctor/internal/diagnose/desk"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/inside"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// view is a run as it looks from where it is made.
type view interface {
	Findings() []finding.Finding         // what its rules found, weighed
	Suppress(findings []finding.Finding) // marks those whose cause was found too
	Looked(layer.ID) bool                // whether a layer was tested at all
	Cleared(layer.ID) bool               // whether it was seen to work in a run that is not ok
	Enough() bool                        // whether "nothing is wrong" would be more than "not looked"
	Protocols([]finding.Finding) (finding.Protocols, finding.ProtocolsSeen)
	Passes(*finding.Verdict) // what to say where nothing wrong was found
	Gaps() []words.Text      // what could not be looked at
}

func viewOf(e facts.Evidence) view {
	switch e.Vantage {
	case probe.InWorkspace:
		return inside.Look(e)
	case probe.InAccount:
		return account.Look(e)
	}
	return desk.Look(e)
}

// Judge asks every rule what it finds and folds the findings into one verdict.
func Judge(in Input) Result {
	e := facts.Gather(in)
	from := viewOf(e)
	findings := from.Findings()
	shy(e, findings)
	from.Suppress(findings)
	if f, asked := symptom(e, from, findings); asked {
		findings = append(findings, f)
	}
	sortFindings(findings)
	r := Result{Findings: findings, Egress: e.PublicAddresses(), Gaps: append(unheard(e), from.Gaps()...)}
	r.Verdict = verdict(e, from, findings)
	r.Layers = layers(from, r.Verdict, findings)
	return r
}

// shy takes back what a run that was stopped early may not accuse: the step that
// would have refuted it may be one that was not made.
func shy(e facts.Evidence, findings []finding.Finding) {
	for i := range findings {
		if f := &findings[i]; e.Interrupted && f.Severity == finding.SeverityFault && f.Confidence != finding.Proven &&
			!f.Undecided {
			f.Undecide(words.Say("run.stopped-why"))
			f.NextTest = f.NextTest.Or(words.Say("run.let-finish"))
		}
	}
}

// sortFindings puts causes before symptoms, worse before better, and within
// that the layer nearest to the user first: that one must be fixed first. Of one
// layer the surest is said first.
func sortFindings(findings []finding.Finding) {
	slices.SortStableFunc(findings, func(a, b finding.Finding) int {
		if (a.SuppressedBy == nil) != (b.SuppressedBy == nil) {
			if a.SuppressedBy == nil {
				return -1
			}
			return 1
		}
		if s := slices.Index(
			finding.SeverityOrder,
			a.Severity,
		) - slices.Index(
			finding.SeverityOrder,
			b.Severity,
		); s != 0 {
			return s
		}
		if d := distance(a.Layer) - distance(b.Layer); d != 0 {
			return d
		}
		if s := b.Confidence.Sure() - a.Confidence.Sure(); s != 0 {
			return s
		}
		return hops(a) - hops(b)
	})
}

// hops is how far away a finding places its device; 0 where it does not.
func hops(f finding.Finding) int {
	if f.Path == nil {
		return 0
	}
	return f.Path.AfterTTL
}

// distance is a layer's place from the user outward.
func distance(id layer.ID) int {
	return slices.IndexFunc(layer.All, func(l layer.Layer) bool { return l.ID == id })
}
