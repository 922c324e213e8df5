package merge

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// Codes of verdicts that only both reports together give.
const (
	CodeBothPass    = "both_ends_pass"
	CodeUnexplained = "symptom_unexplained"
	CodeLeftOver    = "only_suspect_left"
	CodeOtherRegion = "other_region"
)

// decision is a verdict and whose it is.
type decision struct {
	report.Verdict
	by End
}

// judge follows the contract, section 4, over what both ends saw: measured
// faults nearest to the user first, proven and likely ones before possible ones;
// then what is odd, each end clearing what it is the one to see; then what the
// client shows; then what was not measured, what works badly, and nothing.
func (p pair) judge() decision {
	for _, step := range []func(pair) (decision, bool){
		pair.firmFault, pair.weakFault, pair.oddity, pair.shown, pair.unmeasured, pair.slowness,
	} {
		if d, decided := step(p); decided {
			return p.complete(d)
		}
	}
	return p.complete(p.passes())
}

// complete fills what every verdict has.
func (p pair) complete(d decision) decision {
	d.Protocols, d.ProtocolsSeen = p.protocols(), p.seen()
	if d.Remedy == nil {
		d.Remedy = []string{}
	}
	if d.Suspects == nil {
		d.Suspects = []report.Suspect{}
	}
	d.Split()
	if d.Status == finding.StatusInconclusive && d.NextTest == nil {
		again := "Make both reports again while the client shows the fault, and merge those."
		d.NextTest = &again
	}
	return d
}

func (p pair) firmFault() (decision, bool) {
	list := p.nearest(faultsOf, firm)
	if len(list) == 0 {
		return decision{}, false
	}
	return p.decide(finding.StatusFault, list[0]), true
}

func (p pair) weakFault() (decision, bool) {
	list := p.nearest(faultsOf, weak)
	if len(list) == 0 {
		return decision{}, false
	}
	return p.decide(finding.StatusFault, list[0]), true
}

// decide takes over what a finding says, its suspects without those that an end
// clears.
func (p pair) decide(status finding.Status, f found) decision {
	d := decision{by: f.end}
	d.Status, d.Code, d.Summary = status, f.Code, f.Summary
	d.name(f.Layer, f.Confidence)
	if l, known := layer.Get(f.Layer); known && f.end == Inside && !l.Inside() {
		d.Owner = administrator // "this computer" is the WorkSpace there
	}
	d.Remedy = slices.Clone(f.Remedy)
	if f.NextTest != "" {
		d.NextTest = &f.NextTest
	}
	d.Suspects, _ = p.sift(f.Suspects)
	d.Suspects = slices.DeleteFunc(d.Suspects, func(s report.Suspect) bool { return s.Layer == f.Layer })
	return d
}

// administrator fixes what is wrong with the WorkSpace as a computer.
const administrator = "the WorkSpaces administrator"

// name sets the layer a verdict accuses.
func (d *decision) name(id layer.ID, c finding.Confidence) {
	d.Layer, d.Confidence = &id, c
	if l, known := layer.Get(id); known {
		d.Owner = words.English().Tell(words.Owner(l.Owner))
	}
}

// sift leaves out suspects that the end which sees them clears, each layer
// once, and gives the ones left out.
func (p pair) sift(list []report.Suspect) (left, cleared []report.Suspect) {
	for _, s := range list {
		switch {
		case slices.ContainsFunc(append(slices.Clone(left), cleared...), func(have report.Suspect) bool { return have.Layer == s.Layer }):
		case p.desk.clears(s.Layer), p.inside.clears(s.Layer):
			cleared = append(cleared, s)
		default:
			left = append(left, s)
		}
	}
	return left, cleared
}

// oddity: something is silent or odd. The other end may leave one suspect only,
// which is then named, as possible.
func (p pair) oddity() (decision, bool) {
	list := p.nearest(oddOf, every)
	if len(list) == 0 {
		return decision{}, false
	}
	d := p.decide(finding.StatusInconclusive, list[0])
	d.Layer, d.Confidence, d.Owner = nil, "", ""
	var suspects []report.Suspect
	for _, f := range list {
		suspects = append(suspects, f.Suspects...)
	}
	var cleared []report.Suspect
	d.Suspects, cleared = p.sift(suspects)
	if shown := p.eliminated(); len(shown) > 0 { // what the client shows, next to what is odd
		both := slices.DeleteFunc(slices.Clone(d.Suspects), func(s report.Suspect) bool { return !contains(shown, s.Layer) })
		if len(both) > 0 && len(both) < len(d.Suspects) {
			d.Suspects = append(both, slices.DeleteFunc(d.Suspects, func(s report.Suspect) bool { return contains(shown, s.Layer) })...)
		}
	}
	if len(d.Suspects) == 1 && len(cleared) > 0 {
		last := d.Suspects[0]
		d.Status, d.Code, d.Suspects, d.by = finding.StatusFault, CodeLeftOver, nil, Neither
		d.name(last.Layer, finding.Possible)
		d.Summary += " The reports clear " + titles(cleared) + ", so " + title(last.Layer) + " is left."
	}
	return d, true
}

// eliminated are the layers that the desk's elimination left, nothing if the
// client's words were not given or said nothing.
func (p pair) eliminated() []report.Suspect {
	f := p.desk.symptom
	if f == nil {
		return nil
	}
	return append([]report.Suspect{{Layer: f.Layer, Confidence: f.Confidence, Why: "Of what the client's message points to, it comes first."}}, f.Suspects...)
}

// shown: the desk measured nothing wrong and went by what the client shows. The
// inside report confirms that by its own faults, which come before this, or
// clears the layers one by one.
func (p pair) shown() (decision, bool) {
	f := p.desk.symptom
	if f == nil {
		return decision{}, false
	}
	var left, cleared []report.Suspect
	for _, s := range p.eliminated() {
		if p.inside.clears(s.Layer) {
			cleared = append(cleared, s)
		} else {
			left = append(left, s)
		}
	}
	if len(left) == 0 {
		return p.unexplained(cleared), true
	}
	slices.SortStableFunc(left, func(a, b report.Suspect) int { return p.oddness(b.Layer) - p.oddness(a.Layer) })
	d := p.decide(finding.StatusFault, found{Desk, *f})
	d.name(left[0].Layer, finding.Possible)
	d.Suspects = left[1:]
	if next := p.inside.report.Verdict.NextTest; !p.inside.measured() && next != nil {
		again := "In the WorkSpace: " + *next
		d.NextTest = &again
	}
	if len(cleared) == 0 {
		return d, true
	}
	d.by = Neither
	d.Summary = "The desk's measurements pass, and the inside report clears " + titles(cleared) + ". Of what the client's words point to, " + title(left[0].Layer) + " is left."
	if !p.inside.measuredLayer(left[0].Layer) {
		again := "Run `wsdoctor inside` again in the WorkSpace, with administrator rights if it was run without: it could not look at " + title(left[0].Layer) + "."
		d.NextTest = &again
	}
	return d, true
}

// oddness is 1 for a layer in which the inside saw something that works badly.
func (p pair) oddness(id layer.ID) int {
	if slices.ContainsFunc(p.inside.slow, func(f report.Finding) bool { return f.Layer == id }) {
		return 1
	}
	return 0
}

func (w view) measuredLayer(id layer.ID) bool {
	l, _ := layer.Get(id)
	s := w.state(id)
	return !l.Inside() || s != finding.LayerNotTested && s != finding.LayerUnknown
}

// unexplained: what the client shows points inside, and the inside is clean.
// What is left was seen by neither end.
func (p pair) unexplained(cleared []report.Suspect) decision {
	d := decision{Verdict: report.Verdict{Status: finding.StatusInconclusive, Code: CodeUnexplained}}
	d.Summary = "Both ends pass. The client's words point to " + titles(cleared) + ", and the inside report clears all of that."
	if port, connected := p.arrivals(); !connected || port == managementOnly {
		d.Suspects = append(d.Suspects, report.Suspect{Layer: layer.StreamingGateway, Confidence: finding.Possible,
			Why: "The path from the gateway to eth0 lies inside AWS and was seen by neither end."})
	}
	test := "Connect, and while the client tries run `wsdoctor inside` in the WorkSpace: a connection on eth0 from the management network shows that the gateway reaches it."
	if p.desk.state(layer.IPAccessControl) != finding.LayerOK {
		d.Suspects = append(d.Suspects, report.Suspect{Layer: layer.IPAccessControl, Confidence: finding.Possible,
			Why: "The list is consulted when streaming begins, after sign-in, and this desk's public address was not compared with it."})
		test = "Run `wsdoctor check` at the desk with --allowed-cidr and the rules of the IP access control group. If the address is on the list, connect and run `wsdoctor inside` meanwhile: a connection on eth0 shows that the gateway reaches it."
	}
	d.Suspects = append(d.Suspects, report.Suspect{Layer: layer.Directory, Confidence: finding.Possible,
		Why: "The user may be assigned another WorkSpace than the one that was looked at."})
	d.Remedy = []string{"Ask the WorkSpaces administrator to check in the console that this user is assigned the WorkSpace that was looked at.",
		"If it is, restart the WorkSpace from the console; if that does not help, hand both reports to AWS."}
	d.NextTest = &test
	return d
}

// unmeasured: one end did not see enough to pass.
func (p pair) unmeasured() (decision, bool) {
	for _, w := range p.views() {
		if w.measured() {
			continue
		}
		v := w.report.Verdict
		if w.elsewhere {
			next := "Run `wsdoctor check` at the desk for the Region of the WorkSpace, and merge again."
			return decision{Verdict: report.Verdict{Status: finding.StatusInconclusive, Code: CodeOtherRegion, NextTest: &next,
				Summary: "The network path from this desk to the WorkSpace's Region was not measured: the desk report is about another Region. The desk's own network and the inside report show no fault."}}, true
		}
		d := decision{Verdict: report.Verdict{Status: finding.StatusInconclusive, Code: v.Code, Summary: v.Summary, NextTest: v.NextTest}, by: w.end}
		if w.end == Inside {
			d.Summary = "Inside the WorkSpace: " + lowerFirst(v.Summary)
		} else {
			d.Summary = "At the desk: " + lowerFirst(v.Summary)
		}
		return d, true
	}
	return decision{}, false
}

func (p pair) slowness() (decision, bool) {
	list := p.nearest(slowOf, every)
	if len(list) == 0 {
		return decision{}, false
	}
	d := p.decide(finding.StatusDegraded, list[0])
	if list[0].Undecided { // several could cost it
		d.Layer, d.Confidence, d.Owner = nil, list[0].Confidence, ""
		d.Suspects, _ = p.sift(list[0].Suspects)
	}
	return d, true
}

func (p pair) passes() decision {
	d := decision{Verdict: report.Verdict{Status: finding.StatusOK, Code: CodeBothPass}}
	d.Summary = "Everything that could be measured at both ends passes."
	switch {
	case p.desk.report.Verdict.AsFarAsSeen():
		d.Code = finding.CodeAsFarAsSeen
		d.Summary = "Nothing wrong was found at either end, but the last part of the path was not shown. AWS's host did not answer all that the desk asked."
	case !p.someProtocolWorks():
		d.Code = finding.CodeAsFarAsSeen
		d.Summary = "Nothing wrong was found at either end, but nothing inside the WorkSpace shows that the streaming gateway is let in."
	}
	if port, connected := p.arrivals(); connected {
		d.Summary += " A connection from the management network to eth0, TCP port " + port + ", stands."
	} else {
		d.Summary += " The path from the gateway to eth0 was seen by neither."
	}
	if unseen := p.unseenBy(p.inside); len(unseen) > 0 {
		d.Summary += " The inside report could not look at " + titles(unseen) + "."
	}
	return d
}

// someProtocolWorks: both ends saw the same protocol work. A WorkSpace streams by
// one of them, so that the other need not.
func (p pair) someProtocolWorks() bool {
	joined := p.protocols()
	return joined.PCoIP != finding.ProtocolUnknown || joined.DCV != finding.ProtocolUnknown
}

// protocols joins the states: what one end sees blocked is blocked, and ok is
// what both see to be ok.
func (p pair) protocols() finding.Protocols {
	a, b := p.desk.report.Verdict.Protocols, p.inside.report.Verdict.Protocols
	if p.desk.elsewhere {
		a = finding.Protocols{PCoIP: finding.ProtocolUnknown, DCV: finding.ProtocolUnknown}
	}
	return finding.Protocols{PCoIP: worse(a.PCoIP, b.PCoIP), DCV: worse(a.DCV, b.DCV)}
}

// seen is how far the streaming ways were shown, which only the desk can tell.
func (p pair) seen() finding.ProtocolsSeen {
	s := p.desk.report.Verdict.ProtocolsSeen
	if p.desk.elsewhere || s == (finding.ProtocolsSeen{}) { // of an older version
		s = finding.ProtocolsSeen{PCoIP: finding.SeenNothing, DCV: finding.SeenNothing}
	}
	return s
}

// protocolOrder is from the state that decides to the one that never does.
var protocolOrder = []finding.ProtocolState{finding.ProtocolBlocked, finding.ProtocolUnknown, finding.ProtocolDegraded, finding.ProtocolOK}

func worse(a, b finding.ProtocolState) finding.ProtocolState {
	for _, s := range protocolOrder {
		if a == s || b == s {
			return s
		}
	}
	return finding.ProtocolUnknown
}

// also lists what else was found wrong.
func (p pair) also(d decision) []Also {
	list := []Also{}
	add := func(f found) {
		if (f.end == d.by || d.by == Neither) && strings.HasPrefix(d.Summary, f.Summary) {
			return // it is what the verdict says
		}
		a := Also{End: f.end, Code: f.Code, Layer: f.Layer, Severity: f.Severity, Confidence: f.Confidence, Summary: f.Summary, Remedy: slices.Clone(f.Remedy)}
		if l, known := layer.Get(f.Layer); known {
			a.Owner = words.English().Tell(words.Owner(l.Owner))
		}
		list = append(list, a)
	}
	for _, of := range []func(view) []report.Finding{faultsOf, oddOf, slowOf} {
		for _, keep := range []func(report.Finding) bool{firm, weak} {
			for _, f := range p.nearest(of, keep) {
				add(f)
			}
		}
	}
	for _, f := range p.needless {
		add(f)
	}
	return list
}

func contains(list []report.Suspect, id layer.ID) bool {
	return slices.ContainsFunc(list, func(s report.Suspect) bool { return s.Layer == id })
}

// title is a layer's name inside a sentence.
func title(id layer.ID) string {
	l, known := layer.Get(id)
	if !known {
		return string(id)
	}
	return words.English().Tell(words.Named(l.ID))
}

// titles writes "the a, the b and the c".
func titles(list []report.Suspect) string {
	var names []string
	for _, s := range list {
		names = append(names, title(s.Layer))
	}
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
