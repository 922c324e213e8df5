package chart

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

// State is how a box or a link is drawn.
type State int

// The closed list of states, the gravest last.
const (
	StateUnseen   State = iota // out of sight of this vantage
	StateUntested              // this run left it out
	StateWaiting               // nothing is known yet
	StateOK
	StateUnclear // looked at, and nothing can be said
	StateLimited
	StateSuspect
	StateFault
)

// stateMarks are the marks of the states, different without colour too, and their names in
// the catalogue.
var stateMarks = [...]struct{ mark, name string }{
	StateUnseen:   {" ", "unseen"},
	StateUntested: {"–", "untested"},
	StateWaiting:  {"·", "waiting"},
	StateOK:       {"✓", "ok"},
	StateUnclear:  {"–", "unclear"},
	StateLimited:  {"!", "limited"},
	StateSuspect:  {"?", "suspect"},
	StateFault:    {"✗", "fault"},
}

// Mark is one character.
func (s State) Mark() string { return stateMarks[s].mark }

// Called is the end of messages about the state: tui.state.NAME.
func (s State) Called() string { return stateMarks[s].name }

// OfLayer are the states of a report's layers.
var OfLayer = map[finding.LayerStatus]State{
	finding.LayerOK: StateOK, finding.LayerDegraded: StateLimited, finding.LayerFault: StateFault,
	finding.LayerSuspect: StateSuspect, finding.LayerUnknown: StateUnclear, finding.LayerNotTested: StateUntested,
}

// ofStatus are the states of verdicts.
var ofStatus = map[finding.Status]State{
	finding.StatusOK:           StateOK,
	finding.StatusDegraded:     StateLimited,
	finding.StatusFault:        StateFault,
	finding.StatusInconclusive: StateSuspect,
}

// OfVerdict is the state of a verdict. One that found nothing wrong and could not show
// everything is no plain "ok".
func OfVerdict(v report.Verdict) State {
	if v.AsFarAsSeen() {
		return StateUnclear
	}
	return ofStatus[v.Status]
}

// OfSeverity are the states of findings.
var OfSeverity = map[finding.Severity]State{
	finding.SeverityFault:    StateFault,
	finding.SeverityDegraded: StateLimited,
	finding.SeveritySuspect:  StateSuspect,
	finding.SeverityInfo:     StateUnclear,
}

// OfProtocol are the states of protocols.
var OfProtocol = map[finding.ProtocolState]State{
	finding.ProtocolOK:       StateOK,
	finding.ProtocolDegraded: StateLimited,
	finding.ProtocolBlocked:  StateFault,
	finding.ProtocolUnknown:  StateUnclear,
}

// Board is the state of every box and link of a map at one moment.
type Board struct {
	Nodes    []State
	Captions []string // on the boxes that the verdict names, as they are called in the catalogue
	Links    []State
	Spokes   []State
	Words    []string // beside the spokes, as they are called in the catalogue
	Broken   int      // the box the verdict's layer belongs to, -1 for none
}

// NewBoard takes the states from the report, and from the facts where there is
// none yet, or where it says nothing of a port.
func NewBoard(s *Scheme, f *Facts, r *report.Report, protocol probe.Protocol) Board {
	b := Board{
		Nodes: make([]State, len(s.Nodes)), Captions: make([]string, len(s.Nodes)), Links: make([]State, len(s.Links)),
		Spokes: make([]State, len(s.Spokes)), Words: make([]string, len(s.Spokes)), Broken: -1,
	}
	parted := r != nil && f.Parts != nil
	for i, n := range s.Nodes {
		switch {
		case parted:
			b.Nodes[i] = partState(n, f.Parts, nodeState(n, *r))
		case r != nil:
			b.Nodes[i] = nodeState(n, *r)
		case f.Reached[i]:
			b.Nodes[i] = StateOK
		case len(n.reached) > 0:
			b.Nodes[i] = StateWaiting
		}
		if r != nil && n.Protocols && b.Nodes[i] == StateOK &&
			slices.ContainsFunc(
				labels.Speak(nil).Protocols(*r),
				func(p labels.Protocol) bool { return p.State == finding.ProtocolUnknown },
			) {
			b.Nodes[i] = StateUnclear // nothing was seen to fail there, and not everything to work
		}
		if r != nil && !parted && len(n.Layers) == 0 { // a place between, of which no layer speaks
			b.Nodes[i] = StateUntested
			if f.Reached[i] {
				b.Nodes[i] = StateOK
			}
		}
	}
	for i, p := range s.Spokes {
		b.Spokes[i], b.Words[i] = spokeState(p, &f.Spokes[i], r, protocol)
	}
	if r != nil {
		b.caption(s, r.Verdict)
	}
	for i, l := range s.Links {
		b.Links[i] = linkState(
			b.Nodes[l.From],
			b.Nodes[l.To],
			f.Reached[l.From] && f.Reached[l.To] && !(l.within && r != nil),
			r != nil,
			l.within,
		)
	}
	return b
}

// nodeState is the gravest state of a box's layers.
func nodeState(n Node, r report.Report) State {
	worst := StateUnseen
	for _, l := range r.Layers {
		if !slices.Contains(n.Layers, l.ID) {
			continue
		}
		st := OfLayer[l.Status]
		if known, is := layer.Get(l.ID); st == StateUntested && is && r.Run.Vantage != probe.InWorkspace &&
			!known.Desk {
			st = StateUnseen
		}
		worst = max(worst, st)
	}
	if worst == StateUntested && len(n.reached) == 0 {
		return StateUnseen // nobody looked, because nobody here could
	}
	return worst
}

// spokeState is what was answered on a port. The report has the last word: what
// it calls blocked does not work, though something on the way may have answered.
func spokeState(p Spoke, f *SpokeFacts, r *report.Report, protocol probe.Protocol) (State, string) {
	st, word := f.State()
	if p.protocol != "" && protocol != probe.BothProtocols && protocol != p.protocol {
		return StateUntested, ""
	}
	if r == nil {
		return st, word
	}
	if st == StateWaiting {
		st = StateUntested
	}
	said := finding.ProtocolUnknown
	switch p.protocol {
	case probe.PCoIP:
		said = r.Verdict.Protocols.PCoIP
	case probe.DCV:
		said = r.Verdict.Protocols.DCV
	default:
		for _, l := range r.Layers {
			if l.ID == p.layer && l.Status == finding.LayerOK {
				said = finding.ProtocolOK
			}
		}
	}
	switch {
	case p.forged(*r):
		return StateFault, "forged"
	case said == finding.ProtocolOK && len(f.answered) > 0:
		return StateOK, ""
	case st == StateSuspect && p.blamed(f, *r):
		return StateFault, word
	}
	return st, word
}

// blamed says whether what got no answer on this port, a sweep of it that did not
// arrive, or the count of what left this computer, is what a fault was found by:
// silence alone is none.
func (p Spoke) blamed(s *SpokeFacts, r report.Report) bool {
	lost := slices.Clone(s.lost)
	for _, o := range r.Observations {
		sweep, swept := o.Detail.(probe.SweepDetail)
		shows := swept && !sweep.Control && sweep.Distance == 0 || o.Operation == probe.HostCounters
		if shows && p.Match.Port != 0 && o.Port() == p.Match.Port && o.Transport() == p.Match.Transport {
			lost = append(lost, o.ID)
		}
	}
	return slices.ContainsFunc(r.Findings, func(f report.Finding) bool {
		return f.Severity == finding.SeverityFault &&
			slices.ContainsFunc(f.Supports, func(id string) bool { return slices.Contains(lost, id) })
	})
}

// forgeries are the findings that somebody else answers in AWS's place, and the
// operations that show it of their own port; others of theirs are controls.
var forgeries = map[string]probe.Operation{"answer_forged": probe.PathSweep, "port_accept_unreal": probe.TCPConnect}

// forged says whether what answers on this port is not AWS.
func (p Spoke) forged(r report.Report) bool {
	for _, f := range r.Findings {
		shows, is := forgeries[f.Code]
		if !is || f.Severity != finding.SeverityFault || shows == probe.TCPConnect && p.protocol == "" {
			continue
		}
		for _, o := range r.Observations {
			sweep, _ := o.Detail.(probe.SweepDetail)
			if o.Operation == shows && !sweep.Control && p.Match.Port != 0 && o.Port() == p.Match.Port &&
				o.Transport() == p.Match.Transport &&
				slices.Contains(f.Supports, o.ID) {
				return true
			}
		}
	}
	return false
}

// linkState is a link's between two boxes: packets passed it, or nobody knows,
// or it leads to where it breaks. What is behind that nobody knows, unless it is
// within the same machine.
func linkState(from, to State, passed, judged, within bool) State {
	switch {
	case from == StateUnseen || to == StateUnseen:
		return StateUnseen
	case passed:
		return StateOK
	case !judged:
		return StateWaiting
	case to == StateFault || from == StateFault && within:
		return StateFault
	case from == StateOK && to == StateOK:
		return StateOK
	}
	return StateUntested
}

// caption writes on the boxes of the verdict's layer and of its suspects.
func (b *Board) caption(s *Scheme, v report.Verdict) {
	find := func(id layer.ID) int {
		return slices.IndexFunc(s.Nodes, func(n Node) bool { return slices.Contains(n.Layers, id) })
	}
	suspect := "maybe"
	if v.Layer != nil {
		b.Broken = find(*v.Layer)
		suspect = "or"
	}
	for _, x := range v.Suspects {
		if i := find(x.Layer); i >= 0 && b.Captions[i] == "" {
			b.Captions[i] = suspect
			b.Nodes[i] = max(b.Nodes[i], StateSuspect)
		}
	}
	if b.Broken < 0 {
		return
	}
	switch {
	case v.Status == finding.StatusDegraded:
		b.Captions[b.Broken] = "limited"
	case v.Status == finding.StatusFault && v.Confidence == finding.Possible:
		b.Captions[b.Broken] = "maybe"
	case v.Status == finding.StatusFault:
		b.Captions[b.Broken] = "breaks"
	}
	switch {
	case v.Status != finding.StatusFault:
	case v.Confidence == finding.Possible:
		b.Nodes[b.Broken] = StateSuspect // by elimination only: nothing there was seen to fail
	default:
		b.Nodes[b.Broken] = StateFault
	}
}
