package tui

import (
	"slices"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
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
	mark  string
	look  style
	words string
}{
	stateUnseen:   {" ", muted, "not visible from here"},
	stateUntested: {"–", muted, "not tested"},
	stateWaiting:  {"·", muted, "waiting"},
	stateOK:       {"✓", good, "works"},
	stateUnclear:  {"–", muted, "unclear"},
	stateLimited:  {"!", limited, "limited"},
	stateSuspect:  {"?", doubtful, "suspect"},
	stateFault:    {"✗", bad, "fault"},
}

// ofLayer are the states of a report's layers.
var ofLayer = map[diagnose.LayerStatus]state{
	diagnose.LayerOK: stateOK, diagnose.LayerDegraded: stateLimited, diagnose.LayerFault: stateFault,
	diagnose.LayerSuspect: stateSuspect, diagnose.LayerUnknown: stateUnclear, diagnose.LayerNotTested: stateUntested,
}

// board is the state of every box and link of a map at one moment.
type board struct {
	nodes    []state
	captions []string // on the boxes that the verdict names
	links    []state
	spokes   []state
	words    []string // beside the spokes
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
		if r != nil && len(n.layers) == 0 && f.reached[i] {
			b.nodes[i] = stateOK // a place between, of which no layer speaks
		}
	}
	for i, p := range s.spokes {
		b.spokes[i], b.words[i] = spokeState(p, &f.spokes[i], r, protocol)
	}
	for i, l := range s.links {
		b.links[i] = linkState(b.nodes[l.from], b.nodes[l.to], f.reached[l.from] && f.reached[l.to] && !(l.within && r != nil), r != nil)
	}
	if r != nil {
		b.caption(s, r.Verdict)
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
		if known, is := layer.Get(l.ID); st == stateUntested && is && r.Run.Vantage != "workspace" && !known.Desk {
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
	said := diagnose.ProtocolUnknown
	switch p.protocol {
	case "pcoip":
		said = r.Verdict.Protocols.PCoIP
	case "dcv":
		said = r.Verdict.Protocols.DCV
	default:
		for _, l := range r.Layers {
			if l.ID == p.layer && l.Status == diagnose.LayerOK {
				said = diagnose.ProtocolOK
			}
		}
	}
	switch {
	case said == diagnose.ProtocolOK && len(f.answered) > 0:
		return stateOK, ""
	case said == diagnose.ProtocolBlocked && st > stateOK:
		return stateFault, word
	}
	return st, word
}

// linkState is a link's between two boxes: packets passed it, or nobody knows,
// or it leads to where it breaks.
func linkState(from, to state, passed, judged bool) state {
	switch {
	case from == stateUnseen || to == stateUnseen:
		return stateUnseen
	case passed:
		return stateOK
	case !judged:
		return stateWaiting
	case from == stateFault || to == stateFault:
		return stateFault
	case from == stateOK && to == stateOK:
		return stateOK
	}
	return stateUntested
}

// caption writes on the boxes of the verdict's layer and of its suspects.
func (b *board) caption(s *scheme, v diagnose.Verdict) {
	find := func(id layer.ID) int {
		return slices.IndexFunc(s.nodes, func(n node) bool { return slices.Contains(n.layers, id) })
	}
	suspect := "MAYBE HERE"
	if v.Layer != nil {
		b.broken = find(*v.Layer)
		suspect = "OR HERE"
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
	case v.Status == diagnose.StatusDegraded:
		b.captions[b.broken] = "LIMITED"
	case v.Status == diagnose.StatusFault && v.Confidence == diagnose.Possible:
		b.captions[b.broken] = "MAYBE HERE"
	case v.Status == diagnose.StatusFault:
		b.captions[b.broken] = "BREAKS HERE"
	}
	if v.Status == diagnose.StatusFault {
		b.nodes[b.broken] = stateFault
	}
}
