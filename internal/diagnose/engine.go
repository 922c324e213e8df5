package diagnose

import (
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Rule is one cause. Its doc comment names the observation pair that separates
// it from its nearest rival; Decided says the same to a user.
type Rule struct {
	Code  string
	Layer layer.ID
	// Inside: the rule is about a run inside a WorkSpace; otherwise about one at
	// the desk.
	Inside bool
	// Needs are the operations of which at least one must have been observed;
	// without them the rule was not asked, which is not the same as "no".
	Needs []probe.Operation
	// DependsOn are the codes of causes that make this finding a mere symptom.
	DependsOn []string
	// Meaning, Decided and Remedy are what `explain` and the report say.
	Meaning string
	Decided string
	Remedy  []string
	// Check looks for the cause once; All, for causes that can be found in several
	// places at the same time, as often as it is there. A rule has one of them.
	Check func(Evidence) (Finding, bool)
	All   func(Evidence) []Finding
}

// look runs the rule.
func (r Rule) look(e Evidence) []Finding {
	if r.All != nil {
		return r.All(e)
	}
	if f, fired := r.Check(e); fired {
		return []Finding{f}
	}
	return nil
}

// Judge runs every rule over the observations and folds the findings into one
// verdict.
func Judge(in Input) Result {
	e := gather(in)
	var findings []Finding
	for _, rule := range Rules() {
		if rule.Inside != e.inside() || !slices.ContainsFunc(rule.Needs, func(op probe.Operation) bool { return len(e.Of(op)) > 0 }) {
			continue
		}
		for _, f := range rule.look(e) {
			findings = append(findings, complete(f, rule))
		}
	}
	suppress(findings)
	if f, asked := symptom(e, findings); asked {
		findings = append(findings, f)
	}
	sortFindings(findings)
	r := Result{Findings: findings, Gaps: gaps(e)}
	r.Verdict = verdict(e, findings)
	r.Layers = layers(e, r.Verdict, findings)
	return r
}

// complete fills what the rule's row already says.
func complete(f Finding, rule Rule) Finding {
	f.Code = rule.Code
	if f.Layer == "" {
		f.Layer = rule.Layer
	}
	if f.Remedy == nil {
		f.Remedy = rule.Remedy
	}
	if f.Supports == nil {
		f.Supports = []string{}
	}
	if f.Contradicts == nil {
		f.Contradicts = []string{}
	}
	return f
}

// suppress marks every finding whose cause was found too. A finding that is
// itself only worth knowing hides nothing.
func suppress(findings []Finding) {
	rules := map[string]Rule{}
	for _, r := range Rules() {
		rules[r.Code] = r
	}
	for i := range findings {
		for _, cause := range rules[findings[i].Code].DependsOn {
			hides := slices.ContainsFunc(findings, func(f Finding) bool {
				return f.Code == cause && (f.Severity == SeverityFault || f.Severity == SeveritySuspect)
			})
			if hides {
				findings[i].SuppressedBy = &cause
				break
			}
		}
	}
}

var severityOrder = []Severity{SeverityFault, SeveritySuspect, SeverityDegraded, SeverityInfo}

// sortFindings puts causes before symptoms, worse before better, and within
// that the layer nearest to the user first: that one must be mended first.
func sortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		if (a.SuppressedBy == nil) != (b.SuppressedBy == nil) {
			if a.SuppressedBy == nil {
				return -1
			}
			return 1
		}
		if s := slices.Index(severityOrder, a.Severity) - slices.Index(severityOrder, b.Severity); s != 0 {
			return s
		}
		if d := distance(a.Layer) - distance(b.Layer); d != 0 {
			return d
		}
		return hops(a) - hops(b)
	})
}

// hops is how far away a finding places its device; 0 where it does not.
func hops(f Finding) int {
	if f.Path == nil {
		return 0
	}
	return f.Path.AfterTTL
}

// distance is a layer's place from the user outward.
func distance(id layer.ID) int {
	return slices.IndexFunc(layer.All, func(l layer.Layer) bool { return l.ID == id })
}

// open gives the findings that no cause hides, of one severity.
func open(findings []Finding, severity Severity) []Finding {
	var list []Finding
	for _, f := range findings {
		if f.SuppressedBy == nil && f.Severity == severity {
			list = append(list, f)
		}
	}
	return list
}
