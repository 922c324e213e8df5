package merge

import (
	"cmp"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
)

// Codes of verdicts that only several reports together give.
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

// judge follows the contract, section 4, over what all ends saw: measured
// faults nearest to the user first, proven and likely ones before possible ones;
// then what is odd, each end clearing what it is the one to see; then what the
// client shows; then what was not measured, what works badly, and nothing.
func (p joint) judge() decision {
	for _, step := range []func(joint) (decision, bool){
		joint.firmFault, joint.weakFault, joint.oddity, joint.shown, joint.unmeasured, joint.slowness,
	} {
		if d, decided := step(p); decided {
			return p.complete(d)
		}
	}
	return p.complete(p.passes())
}

// complete fills what every verdict has.
func (p joint) complete(d decision) decision {
	d.Protocols, d.ProtocolsSeen = p.protocols(), p.seen()
	if d.Remedy == nil {
		d.Remedy = []string{}
	}
	if d.Suspects == nil {
		d.Suspects = []report.Suspect{}
	}
	d.Split()
	if d.Status == finding.StatusInconclusive && d.NextTest == nil {
		again := p.tell(words.Say("merge.again"))
		d.NextTest = &again
	}
	return d
}

func (p joint) firmFault() (decision, bool) {
	list := p.nearest(faultsOf, firm)
	if len(list) == 0 {
		return decision{}, false
	}
	return p.decide(finding.StatusFault, list[0]), true
}

func (p joint) weakFault() (decision, bool) {
	list := p.nearest(faultsOf, weak)
	if len(list) == 0 {
		return decision{}, false
	}
	return p.decide(finding.StatusFault, list[0]), true
}

// decide takes over what a finding says, its suspects without those that an end
// clears.
func (p joint) decide(status finding.Status, f found) decision {
	d := decision{by: f.end}
	d.Status, d.Code, d.Summary = status, f.Code, f.Summary
	p.name(&d, f.Layer, f.Confidence)
	r := p.of(f.end).report
	if v := r.Verdict; v.Code == f.Code && v.Summary == f.Summary && v.Layer != nil && v.Owner != "" &&
		cmp.Or(r.Lang, words.Default) == p.words.Name() {
		d.Owner = v.Owner // the place may have another owner than the layer
	}
	if l, known := layer.Get(f.Layer); known && f.end == Inside && !l.Inside() {
		d.Owner = p.tell(words.Owner(layer.WorkSpacesAdministrator)) // "this computer" is the WorkSpace there
	}
	d.Where, d.Remedy = f.Where, slices.Clone(f.Remedy)
	if f.NextTest != "" {
		d.NextTest = &f.NextTest
	}
	d.Suspects, _ = p.sift(f.Suspects)
	d.Suspects = slices.DeleteFunc(d.Suspects, func(s report.Suspect) bool { return s.Layer == f.Layer })
	return d
}

// name sets the layer a verdict accuses.
func (p joint) name(d *decision, id layer.ID, c finding.Confidence) {
	d.Layer, d.Confidence = &id, c
	if l, known := layer.Get(id); known {
		d.Owner = p.tell(words.Owner(l.Owner))
	}
}

// sift leaves out suspects that the end which sees them clears, each layer
// once, and gives the ones left out.
func (p joint) sift(list []report.Suspect) (left, cleared []report.Suspect) {
	for _, s := range list {
		same := func(have report.Suspect) bool { return have.Layer == s.Layer }
		switch {
		case slices.ContainsFunc(left, same), slices.ContainsFunc(cleared, same):
		case p.cleared(s.Layer):
			cleared = append(cleared, s)
		default:
			left = append(left, s)
		}
	}
	return left, cleared
}

// oddity: something is silent or odd. The other end may leave one suspect only,
// which is then named, as possible.
func (p joint) oddity() (decision, bool) {
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
		both := slices.DeleteFunc(
			slices.Clone(d.Suspects),
			func(s report.Suspect) bool { return !contains(shown, s.Layer) },
		)
		if len(both) > 0 && len(both) < len(d.Suspects) {
			d.Suspects = append(
				both,
				slices.DeleteFunc(d.Suspects, func(s report.Suspect) bool { return contains(shown, s.Layer) })...)
		}
	}
	if len(d.Suspects) == 1 && len(cleared) > 0 {
		last := d.Suspects[0]
		d.Status, d.Code, d.Suspects, d.by = finding.StatusFault, CodeLeftOver, nil, Neither
		p.name(&d, last.Layer, finding.Possible)
		d.Summary = p.tell(
			words.Raw(d.Summary).
				Then(words.Say("merge.left-over", words.Args{"cleared": titles(cleared), "left": title(last.Layer)})),
		)
	}
	return d, true
}

// eliminated are the layers that the desk's elimination left, nothing if the
// client's words were not given or said nothing.
func (p joint) eliminated() []report.Suspect {
	f := p.desk.symptom
	if f == nil {
		return nil
	}
	return append(
		[]report.Suspect{{Layer: f.Layer, Confidence: f.Confidence, Why: p.tell(words.Say("merge.comes-first"))}},
		f.Suspects...)
}

// shown: the desk measured nothing wrong and went by what the client shows. The
// inside report confirms that by its own faults, which come before this, or
// clears the layers one by one.
func (p joint) shown() (decision, bool) {
	f := p.desk.symptom
	if f == nil {
		return decision{}, false
	}
	var left, cleared []report.Suspect
	for _, s := range p.eliminated() {
		if p.inside.clears(s.Layer) || p.account.clears(s.Layer) {
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
	p.name(&d, left[0].Layer, finding.Possible)
	d.Suspects = left[1:]
	if next := p.inside.report.Verdict.NextTest; !p.inside.measured() && next != nil {
		again := p.tell(words.Say("merge.next-inside", words.Args{"test": *next}))
		d.NextTest = &again
	}
	if len(cleared) == 0 {
		return d, true
	}
	d.by = Neither
	d.Summary = p.tell(
		words.Say("merge.shown-left", words.Args{"cleared": titles(cleared), "left": title(left[0].Layer)}),
	)
	if !p.inside.measuredLayer(left[0].Layer) {
		again := p.tell(words.Say("merge.next-privileged", words.Args{"layer": title(left[0].Layer)}))
		d.NextTest = &again
	}
	return d, true
}

// oddness is 1 for a layer in which the inside saw something that works badly.
func (p joint) oddness(id layer.ID) int {
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
func (p joint) unexplained(cleared []report.Suspect) decision {
	d := decision{Verdict: report.Verdict{Status: finding.StatusInconclusive, Code: CodeUnexplained}}
	d.Summary = p.tell(words.Say("merge.unexplained", words.Args{"cleared": titles(cleared)}))
	if port, connected := p.arrivals(); !connected || port == managementOnly {
		d.Suspects = append(d.Suspects, report.Suspect{Layer: layer.StreamingGateway, Confidence: finding.Possible,
			Why: p.tell(words.Say("merge.why-gateway"))})
	}
	test := p.tell(words.Say("merge.next-connect"))
	if p.desk.state(layer.IPAccessControl) != finding.LayerOK {
		d.Suspects = append(d.Suspects, report.Suspect{Layer: layer.IPAccessControl, Confidence: finding.Possible,
			Why: p.tell(words.Say("merge.why-access-control"))})
		test = p.tell(words.Say("merge.next-access-control"))
	}
	d.Suspects = append(d.Suspects, report.Suspect{Layer: layer.Directory, Confidence: finding.Possible,
		Why: p.tell(words.Say("merge.why-directory"))})
	d.Remedy = p.words.All(words.Several("merge.remedy"))
	d.NextTest = &test
	return d
}

// unmeasured: one end did not see enough to pass.
func (p joint) unmeasured() (decision, bool) {
	for _, w := range p.views() {
		if w.measured() {
			continue
		}
		v := w.report.Verdict
		if w.elsewhere {
			next := p.tell(words.Say("merge.next-region"))
			return decision{
				Verdict: report.Verdict{Status: finding.StatusInconclusive, Code: CodeOtherRegion, NextTest: &next,
					Summary: p.tell(words.Say("merge.other-region"))},
			}, true
		}
		if w.end == Account && len(p.views()) > 2 {
			continue // both ends of the way were looked at, and what the account forbids was asked
		}
		d := decision{
			Verdict: report.Verdict{Status: finding.StatusInconclusive, Code: v.Code, NextTest: v.NextTest},
			by:      w.end,
		}
		d.Summary = p.tell(words.Say("merge.at-one-end", words.Args{"end": string(w.end), "says": v.Summary}))
		return d, true
	}
	return decision{}, false
}

func (p joint) slowness() (decision, bool) {
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

func (p joint) passes() decision {
	d := decision{Verdict: report.Verdict{Status: finding.StatusOK, Code: CodeBothPass}}
	summary := words.Say("merge.passes.both")
	switch {
	case p.desk.end == Neither, p.inside.end == Neither:
		d.Code = finding.CodeAsFarAsSeen
		d.Summary = p.tell(words.Say("merge.passes.one-end", words.Args{"end": string(p.unlooked())}))
		next := p.tell(words.Say("merge.next-end", words.Args{"end": string(p.unlooked())}))
		d.NextTest = &next
		return d
	case p.desk.report.Verdict.AsFarAsSeen():
		d.Code = finding.CodeAsFarAsSeen
		summary = words.Say("merge.passes.as-far-as-seen")
	case !p.someProtocolWorks():
		d.Code = finding.CodeAsFarAsSeen
		summary = words.Say("merge.passes.not-let-in")
	}
	if port, connected := p.arrivals(); connected {
		summary = summary.Then(words.Say("merge.connection", words.Args{"port": port}))
	} else {
		summary = summary.Then(words.Say("merge.passes.path-unseen"))
	}
	if unseen := p.unseenBy(p.inside); len(unseen) > 0 {
		summary = summary.Then(words.Say("merge.passes.inside-unseen", words.Args{"layers": titles(unseen)}))
	}
	d.Summary = p.tell(summary)
	return d
}

// unlooked is the end of the way of which there is no report.
func (p joint) unlooked() End {
	if p.desk.end == Neither {
		return Desk
	}
	return Inside
}

// someProtocolWorks: both ends saw the same protocol work. A WorkSpace streams by
// one of them, so that the other need not.
func (p joint) someProtocolWorks() bool {
	joined := p.protocols()
	return joined.PCoIP != finding.ProtocolUnknown || joined.DCV != finding.ProtocolUnknown
}

// protocols joins the states: what one end sees blocked is blocked, and ok is
// what both see to be ok.
func (p joint) protocols() finding.Protocols {
	a, b := p.desk.report.Verdict.Protocols, p.inside.report.Verdict.Protocols
	if p.desk.elsewhere || p.desk.end == Neither {
		a = finding.Protocols{PCoIP: finding.ProtocolUnknown, DCV: finding.ProtocolUnknown}
	}
	if p.inside.end == Neither {
		b = finding.Protocols{PCoIP: finding.ProtocolUnknown, DCV: finding.ProtocolUnknown}
	}
	together := finding.Protocols{PCoIP: worse(a.PCoIP, b.PCoIP), DCV: worse(a.DCV, b.DCV)}
	if p.account.end != Neither { // it shows what is shut, and never what works
		c := p.account.report.Verdict.Protocols
		together.PCoIP, together.DCV = shutBy(c.PCoIP, together.PCoIP), shutBy(c.DCV, together.DCV)
	}
	return together
}

func shutBy(settings, seen finding.ProtocolState) finding.ProtocolState {
	if settings == finding.ProtocolBlocked {
		return settings
	}
	return seen
}

// seen is how far the streaming ways were shown, which only the desk can tell.
func (p joint) seen() finding.ProtocolsSeen {
	s := p.desk.report.Verdict.ProtocolsSeen
	if p.desk.elsewhere || s == (finding.ProtocolsSeen{}) { // of an older version
		s = finding.ProtocolsSeen{PCoIP: finding.SeenNothing, DCV: finding.SeenNothing}
	}
	return s
}

// protocolOrder is from the state that decides to the one that never does.
var protocolOrder = []finding.ProtocolState{
	finding.ProtocolBlocked,
	finding.ProtocolUnknown,
	finding.ProtocolDegraded,
	finding.ProtocolOK,
}

func worse(a, b finding.ProtocolState) finding.ProtocolState {
	for _, s := range protocolOrder {
		if a == s || b == s {
			return s
		}
	}
	return finding.ProtocolUnknown
}

// also lists what else was found wrong.
func (p joint) also(d decision) []Also {
	list := []Also{}
	add := func(f found) {
		if (f.end == d.by || d.by == Neither) && strings.HasPrefix(d.Summary, f.Summary) {
			return // it is what the verdict says
		}
		a := Also{
			End:        f.end,
			Code:       f.Code,
			Layer:      f.Layer,
			Severity:   f.Severity,
			Confidence: f.Confidence,
			Summary:    f.Summary,
			Remedy:     slices.Clone(f.Remedy),
		}
		if l, known := layer.Get(f.Layer); known {
			a.Owner = p.tell(words.Owner(l.Owner))
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
func title(id layer.ID) words.Text {
	if _, known := layer.Get(id); !known {
		return words.Raw(string(id))
	}
	return words.Named(id)
}

// titles are the layers' names inside a sentence.
func titles(of []report.Suspect) (list words.List) {
	for _, s := range of {
		list = append(list, title(s.Layer))
	}
	return list
}
