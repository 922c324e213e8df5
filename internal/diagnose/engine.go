package diagnose

import (
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Rule is one cause: what it is called, what `explain` says of it, and, but for the
// family of ways, how it is found. Its doc comment names the observation pair that
// separates it from its nearest rival; Decided says the same to a user.
type Rule struct {
	Code  string
	Layer layer.ID
	// Inside: the rule is about a run inside a WorkSpace; otherwise about one at
	// the desk.
	Inside bool
	// Needs are the operations of which at least one must have been observed;
	// without them the rule was not asked, which is not the same as "no".
	Needs []probe.Operation
	// Part is what of a WorkSpace the rule is about, if Inside: see standsOn.
	Part Part
	// Explains, at the desk, gives the IDs of the observations that are no surprise
	// where the finding is the cause; nil: those that it rests on itself.
	Explains func(Evidence, Finding) []string
	// Meaning, Decided and Remedy are what `explain` and the report say.
	Meaning string
	Decided string
	Remedy  []string
	// Family names who finds it, if no function of the rule's own does: see ways.
	Family string
	// Check looks for the cause once; All, for causes that can be found in several
	// places at the same time, as often as it is there. A rule has one of the three.
	Check func(Evidence) (Finding, bool)
	All   func(Evidence) []Finding
}

// look runs the rule.
func (r Rule) look(e Evidence) []Finding {
	switch {
	case r.All != nil:
		return r.All(e)
	case r.Check != nil:
		if f, fired := r.Check(e); fired {
			return []Finding{f}
		}
	}
	return nil
}

// Judge asks every family what it finds and folds the findings into one verdict.
func Judge(in Input) Result {
	e := gather(in)
	var findings []Finding
	for _, rule := range Rules() {
		if rule.Inside != e.inside() || !slices.ContainsFunc(rule.Needs, func(op probe.Operation) bool { return len(e.Of(op)) > 0 }) {
			continue
		}
		for _, f := range rule.look(e) {
			f.Code = rule.Code
			f = complete(e, f, rule)
			f.weigh(rule)
			findings = append(findings, f)
		}
	}
	if !e.inside() {
		for _, f := range e.ways() { // weighed already: their words need to know
			rule, _ := RuleByCode(f.Code)
			findings = append(findings, complete(e, f, rule))
		}
	}
	e.shy(findings)
	suppress(e, findings)
	if f, asked := symptom(e, findings); asked {
		findings = append(findings, f)
	}
	sortFindings(findings)
	r := Result{Findings: findings, Gaps: gaps(e)}
	r.Verdict = verdict(e, findings)
	r.Layers = layers(e, r.Verdict, findings)
	return r
}

// shy takes back what a run that was stopped early may not accuse: the step that
// would have refuted it may be one that was not made.
func (e Evidence) shy(findings []Finding) {
	for i := range findings {
		if f := &findings[i]; e.Interrupted && f.Severity == SeverityFault && f.Confidence != Proven && !f.Undecided {
			f.undecide("The run was stopped, and nothing that was asked until then contradicts it.")
			f.NextTest = orElse(f.NextTest, "Run the check again and let it finish.")
		}
	}
}

// complete fills what the rule's row already says.
func complete(e Evidence, f Finding, rule Rule) Finding {
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
	switch {
	case rule.Explains != nil:
		f.explains = rule.Explains(e, f)
	case f.explains == nil:
		f.explains = f.Supports
	}
	f.part = rule.Part
	if e.inside() {
		return f
	}
	for _, o := range e.Observations {
		if !slices.Contains(f.Supports, o.ID) && e.beyondReach(f.Layer, o) {
			f.explains = slices.DeleteFunc(slices.Clone(f.explains), func(id string) bool { return id == o.ID })
		}
	}
	return f
}

// suppress marks every finding whose cause was found too. Inside a WorkSpace one part
// stands on another (inside_parts.go); at the desk a finding is a symptom if another
// one explains everything odd that it rests on. A finding that is itself only worth
// knowing hides nothing.
func suppress(e Evidence, findings []Finding) {
	if e.inside() {
		suppressParts(findings)
		return
	}
	odd := map[string]bool{}
	for _, o := range e.Observations {
		odd[o.ID] = !isOK(o)
	}
	order := make([]int, len(findings))
	for i := range order {
		order[i] = i
	}
	// What explains more weighs more; of two that explain as much, the one that was
	// seen in something else too.
	weight := func(f Finding) int {
		n := 0
		for _, id := range f.explains {
			if odd[id] {
				n += len(e.Observations) + 1
			}
		}
		for _, id := range f.Supports {
			if !odd[id] {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(order, func(a, b int) int {
		f, g := findings[a], findings[b]
		if s := slices.Index(severityOrder, f.Severity) - slices.Index(severityOrder, g.Severity); s != 0 {
			return s
		}
		if s := g.Confidence.Sure() - f.Confidence.Sure(); s != 0 {
			return s
		}
		if w := weight(g) - weight(f); w != 0 {
			return w
		}
		return distance(f.Layer) - distance(g.Layer)
	})
	for place, i := range order {
		for _, j := range order[:place] {
			cause := &findings[j]
			if cause.SuppressedBy == nil && (cause.Severity == SeverityFault || cause.Severity == SeveritySuspect) && explainsAll(*cause, findings[i], odd) {
				code := cause.Code
				findings[i].SuppressedBy = &code
				break
			}
		}
	}
}

// explainsAll: everything odd that a finding rests on is explained by a cause, and
// there is something odd.
func explainsAll(cause, symptom Finding, odd map[string]bool) bool {
	some := false
	for _, id := range symptom.Supports {
		if !odd[id] {
			continue
		}
		if !slices.Contains(cause.explains, id) {
			return false
		}
		some = true
	}
	return some
}

var severityOrder = []Severity{SeverityFault, SeveritySuspect, SeverityDegraded, SeverityInfo}

// sortFindings puts causes before symptoms, worse before better, and within
// that the layer nearest to the user first: that one must be mended first. Of one
// layer the surest is said first.
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
		if s := b.Confidence.Sure() - a.Confidence.Sure(); s != 0 {
			return s
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
