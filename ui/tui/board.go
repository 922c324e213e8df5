package tui

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
	"wsdoctor/ui/labels"
)

// state is how a box or a link is drawn.
type state int

// The closed list of states, the gravest last.
const (
	stateUnseen   state = iota // out of sight of this vantage
	stateUntested              // this run left it out
	stateWaiting               // nothing is known yet
	stateOK
	stateUnclear // looked at, and nothing can be said
	stateLimited
	stateSuspect
	stateFault
)

// drawn are the marks of the states, different without colour too, and their
// looks.
var drawn = [...]struct {
	mark string
	look style
	name string // in the catalogue
}{
	stateUnseen:   {" ", muted, "unseen"},
	stateUntested: {"–", muted, "untested"},
	stateWaiting:  {"·", muted, "waiting"},
	stateOK:       {"✓", good, "ok"},
	stateUnclear:  {"–", muted, "unclear"},
	stateLimited:  {"!", limited, "limited"},
	stateSuspect:  {"?", doubtful, "suspect"},
	stateFault:    {"✗", bad, "fault"},
}

// stateWords are a state in a few words.
func (m *Model) stateWords(s state) string { return m.speak.Say("tui.state." + drawn[s].name) }

// ofLayer are the states of a report's layers.
var ofLayer = map[finding.LayerStatus]state{
	finding.LayerOK: stateOK, finding.LayerDegraded: stateLimited, finding.LayerFault: stateFault,
	finding.LayerSuspect: stateSuspect, finding.LayerUnknown: stateUnclear, finding.LayerNotTested: stateUntested,
}

// board is the state of every box and link of a map at one moment.
type board struct {
	nodes    []state
	captions []string // on the boxes that the verdict names, as they are called in the catalogue
	links    []state
	spokes   []state
	words    []string // beside the spokes, as they are called in the catalogue
	broken   int      // the box the verdict's layer belongs to, -1 for none
}

// newBoard takes the states from the report, and from the facts where there is
// none yet, or where it says nothing of a port.
func newBoard(s *scheme, f *facts, r *report.Report, protocol string) board {
	b := board{
		nodes: make([]state, len(s.nodes)), captions: make([]string, len(s.nodes)), links: make([]state, len(s.links)),
		spokes: make([]state, len(s.spokes)), words: make([]string, len(s.spokes)), broken: -1,
	}
	for i, n := range s.nodes {
		switch {
		case r != nil:
			b.nodes[i] = nodeState(n, *r)
		case f.reached[i]:
			b.nodes[i] = stateOK
		case len(n.reached) > 0:
			b.nodes[i] = stateWaiting
		}
		if r != nil && n.protocols && b.nodes[i] == stateOK && slices.ContainsFunc(labels.Speak(nil).Protocols(*r), func(p labels.Protocol) bool { return p.State == finding.ProtocolUnknown }) {
			b.nodes[i] = stateUnclear // nothing was seen to fail there, and not everything to work
		}
		if r != nil && len(n.layers) == 0 { // a place between, of which no layer speaks
			b.nodes[i] = stateUntested
			if f.reached[i] {
				b.nodes[i] = stateOK
			}
		}
	}
	for i, p := range s.spokes {
		b.spokes[i], b.words[i] = spokeState(p, &f.spokes[i], r, protocol)
	}
	if r != nil {
		b.caption(s, r.Verdict)
	}
	for i, l := range s.links {
		b.links[i] = linkState(b.nodes[l.from], b.nodes[l.to], f.reached[l.from] && f.reached[l.to] && !(l.within && r != nil), r != nil, l.within)
	}
	return b
}

// nodeState is the gravest state of a box's layers.
func nodeState(n node, r report.Report) state {
	worst := stateUnseen
	for _, l := range r.Layers {
		if !slices.Contains(n.layers, l.ID) {
			continue
		}
		st := ofLayer[l.Status]
		if known, is := layer.Get(l.ID); st == stateUntested && is && r.Run.Vantage != probe.InWorkspace && !known.Desk {
			st = stateUnseen
		}
		worst = max(worst, st)
	}
	if worst == stateUntested && len(n.reached) == 0 {
		return stateUnseen // nobody looked, because nobody here could
	}
	return worst
}

// spokeState is what was answered on a port. The report has the last word: what
// it calls blocked does not work, though something on the way may have answered.
func spokeState(p spoke, f *spokeFacts, r *report.Report, protocol string) (state, string) {
	st, word := f.state()
	if p.protocol != "" && protocol != "both" && protocol != p.protocol {
		return stateUntested, ""
	}
	if r == nil {
		return st, word
	}
	if st == stateWaiting {
		st = stateUntested
	}
	said := finding.ProtocolUnknown
	switch p.protocol {
	case "pcoip":
		said = r.Verdict.Protocols.PCoIP
	case "dcv":
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
		return stateFault, "forged"
	case said == finding.ProtocolOK && len(f.answered) > 0:
		return stateOK, ""
	case st == stateSuspect && p.blamed(f, *r):
		return stateFault, word
	}
	return st, word
}

// blamed says whether what got no answer on this port, a sweep of it that did not
// arrive, or the count of what left this computer, is what a fault was found by:
// silence alone is none.
func (p spoke) blamed(s *spokeFacts, r report.Report) bool {
	lost := slices.Clone(s.lost)
	for _, o := range r.Observations {
		sweep, swept := o.Detail.(probe.SweepDetail)
		shows := swept && !sweep.Control && sweep.Distance == 0 || o.Operation == probe.HostCounters
		if shows && p.match.port != 0 && o.Port() == p.match.port && o.Transport() == p.match.transport {
			lost = append(lost, o.ID)
		}
	}
	return slices.ContainsFunc(r.Findings, func(f report.Finding) bool {
		return f.Severity == finding.SeverityFault && slices.ContainsFunc(f.Supports, func(id string) bool { return slices.Contains(lost, id) })
	})
}

// forgeries are the findings that somebody else answers in AWS's place, and the
// operations that show it of their own port; others of theirs are controls.
var forgeries = map[string]probe.Operation{"answer_forged": probe.PathSweep, "port_accept_unreal": probe.TCPConnect}

// forged says whether what answers on this port is not AWS.
func (p spoke) forged(r report.Report) bool {
	for _, f := range r.Findings {
		shows, is := forgeries[f.Code]
		if !is || f.Severity != finding.SeverityFault || shows == probe.TCPConnect && p.protocol == "" {
			continue
		}
		for _, o := range r.Observations {
			sweep, _ := o.Detail.(probe.SweepDetail)
			if o.Operation == shows && !sweep.Control && p.match.port != 0 && o.Port() == p.match.port && o.Transport() == p.match.transport && slices.Contains(f.Supports, o.ID) {
				return true
			}
		}
	}
	return false
}

// linkState is a link's between two boxes: packets passed it, or nobody knows,
// or it leads to where it breaks. What is behind that nobody knows, unless it is
// within the same machine.
func linkState(from, to state, passed, judged, within bool) state {
	switch {
	case from == stateUnseen || to == stateUnseen:
		return stateUnseen
	case passed:
		return stateOK
	case !judged:
		return stateWaiting
	case to == stateFault || from == stateFault && within:
		return stateFault
	case from == stateOK && to == stateOK:
		return stateOK
	}
	return stateUntested
}

// caption writes on the boxes of the verdict's layer and of its suspects.
func (b *board) caption(s *scheme, v report.Verdict) {
	find := func(id layer.ID) int {
		return slices.IndexFunc(s.nodes, func(n node) bool { return slices.Contains(n.layers, id) })
	}
	suspect := "maybe"
	if v.Layer != nil {
		b.broken = find(*v.Layer)
		suspect = "or"
	}
	for _, x := range v.Suspects {
		if i := find(x.Layer); i >= 0 && b.captions[i] == "" {
			b.captions[i] = suspect
			b.nodes[i] = max(b.nodes[i], stateSuspect)
		}
	}
	if b.broken < 0 {
		return
	}
	switch {
	case v.Status == finding.StatusDegraded:
		b.captions[b.broken] = "limited"
	case v.Status == finding.StatusFault && v.Confidence == finding.Possible:
		b.captions[b.broken] = "maybe"
	case v.Status == finding.StatusFault:
		b.captions[b.broken] = "breaks"
	}
	switch {
	case v.Status != finding.StatusFault:
	case v.Confidence == finding.Possible:
		b.nodes[b.broken] = stateSuspect // by elimination only: nothing there was seen to fail
	default:
		b.nodes[b.broken] = stateFault
	}
}
