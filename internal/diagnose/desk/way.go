package desk

import (
	"slices"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// ways is the family of what happens to packets on their way: it asks of every
// port that does not work what could explain that, and says what remains.
func (e evidence) ways() []finding.Finding {
	var list []finding.Finding
	for _, x := range e.judged.ways() {
		if slices.ContainsFunc(x.flows, func(f flow) bool { return f.ending == candidates.Denied }) {
			continue // this computer said so itself: host_denies_send and host_rejects
		}
		if f, tells := e.explain(x); tells {
			list = append(list, f)
		}
	}
	return list
}

// explain turns one explanation into a finding.
func (e evidence) explain(x explanation) (finding.Finding, bool) {
	effect := e.effectOfWay(x)
	act := x.act()
	f := finding.Finding{
		Code: x.code(), Severity: effect.Severity(), Supports: facts.IDs(x.observed()...), RuledOut: e.ruledOut(x),
		Blocks: effect.Blocks, Degrades: effect.Degrades, Unsure: effect.Unsure,
	}
	if x.located() {
		f.Path = x.path()
	}
	for _, clue := range x.clues() {
		f.Supports = appendNew(f.Supports, clue.IDs...)
	}
	layers, open := append([]layer.ID{x.layer()}, x.rest()...), x.decision.Worth == candidates.Open
	if open && !slices.ContainsFunc(x.flows, func(f flow) bool { return f.role != "broker" }) {
		return f, false // what is behind a web host that does not answer is web_unreachable's to say
	}
	if act == candidates.Drop {
		f.Odds = e.odds(facts.Where(x.directs(), facts.IsSilent))
		if f.Path != nil && f.Path.Probes > 0 {
			f.Odds = &f.Path.Odds
		}
		if f.Odds != nil && f.Odds.Chance > sweep.ChanceLimit && !open {
			// So much is lost that the answers may be among it.
			open, layers = true, append(
				slices.DeleteFunc(layers, func(l layer.ID) bool { return l == layer.InternetPath }),
				layer.InternetPath,
			)
		}
	}
	if open {
		slices.SortStableFunc(
			layers,
			func(a, b layer.ID) int { return slices.Index(commonness, a) - slices.Index(commonness, b) },
		)
	}
	f.Layer, f.Why = layers[0], wayWhy(e, x, layers[0])
	f.Where = e.whereOf(x, f.Layer, !open)
	for _, l := range layers[1:] {
		f.Rivals = append(
			f.Rivals,
			finding.Rival{Layer: l, Rare: !open, Why: wayWhy(e, x, l), Where: e.whereOf(x, l, false)},
		)
	}
	if len(f.Rivals) == 0 && (open || x.decision.Worth == candidates.Possible) {
		// One owner, and it may be no fault of his: see explanation.most. Nothing is
		// blocked then, and nothing is shown to work either.
		f.Rivals = []finding.Rival{
			{Layer: f.Layer, Harmless: true, Rare: !open, Why: words.Say("desk.why.host-or-loss")},
		}
		f.Unsure = appendNew(f.Unsure, f.Blocks...)
	}
	f.Weigh(words.Text{})
	if x.end() && e.isEndpoint(x.to) {
		f.Owner = words.Owner(layer.VPCAdministrator)
	}
	e.wordWay(&f, x, effect)
	f.Explains = e.sameFlows(x)
	return f, true
}

// commonness orders the layers of an open answer for the reader: a firewall that
// drops what it does not know is the most common cause (AWS's troubleshooting
// guide).
var commonness = []layer.ID{
	layer.DNS,
	layer.NetworkFirewall,
	layer.InternetPath,
	layer.StreamingGateway,
	layer.AuthGateway,
	layer.IPAccessControl,
	layer.LocalFirewall,
}

// code names what was found, by what is done and how well its place is known.
func (x explanation) code() string {
	act := x.act()
	alike := x.has(func(c candidates.Clue) bool { return c.Look == candidates.Alike })
	switch {
	case alike && x.decision.Worth != candidates.Open && x.end():
		return "gateway_only_dead"
	case len(x.places) == 1 && x.places[0] == candidates.Here && act == candidates.Drop:
		return "host_swallows"
	case len(x.places) == 1 && x.places[0] == candidates.Here:
		return "host_answers"
	case act == candidates.Cut:
		return "data_reset"
	case act == candidates.Reset && x.decision.Worth != candidates.Open && isAWSLayer(x.decision.Layer):
		return "gateway_refuses"
	case x.located() && act == candidates.Drop:
		return "path_located"
	case x.located():
		return "answer_forged"
	case act == candidates.Reset:
		return "port_refused"
	case act == candidates.Accept:
		return "port_accept_unreal"
	case slices.ContainsFunc(x.flows, func(f flow) bool { return f.kind == sweep.Passes }):
		return "path_passes"
	}
	return "port_silent"
}

// end: what remains is AWS's end of the way alone.
func (x explanation) end() bool {
	return !slices.ContainsFunc(
		x.places,
		func(p candidates.Place) bool { return p < x.to.way.End-1 || p < x.to.way.End && !x.to.way.IsHidden(p) },
	)
}

// clues gives the clues of all flows that are about this computer itself.
func (x explanation) clues() []candidates.Clue {
	var list []candidates.Clue
	for _, f := range x.flows {
		for _, c := range f.clues {
			if c.Look == candidates.Left || c.Look == candidates.Stayed || c.Look == candidates.Unsent {
				list = append(list, c)
			}
		}
	}
	return list
}

// directs gives the connects and datagrams of all flows.
func (x explanation) directs() []probe.Observation {
	var list []probe.Observation
	for _, f := range x.flows {
		list = append(list, f.direct...)
	}
	return list
}

// effectOfWay: what the flows' failure costs. An accept that was somebody else's
// takes a port away although it seems open; so does a reset behind it.
func (e evidence) effectOfWay(x explanation) finding.Effect {
	effect := e.effectOf(x.ported())
	for _, f := range x.flows {
		if f.ending == candidates.Mute || f.ending == candidates.WasCut {
			effect = effect.And(e.effectOfFalseAccepts(f.direct[:1]))
		}
	}
	return effect
}

// ruledOut lists, for every layer that does not remain, the observations that
// contradict the first of its candidates that did not fall to the ending alone. A
// layer of which something is left to each of the flows, however rare, is not on it.
func (e evidence) ruledOut(x explanation) []finding.RuledOut {
	var list []finding.RuledOut
	kept := append(x.rest(), x.layer())
	for _, l := range layer.All {
		if !slices.ContainsFunc(x.flows, func(f flow) bool { return !e.mayBe(l.ID, f) }) {
			kept = append(kept, l.ID)
		}
	}
	for _, f := range x.flows {
		for _, r := range f.out {
			if r.By.Look == candidates.Ended {
				continue // that the port ended otherwise is no news of anybody
			}
			for _, name := range e.ownerOf(f.to, r.Place, r.Act, false).Layers {
				l := layer.ID(name)
				if slices.Contains(kept, l) ||
					slices.ContainsFunc(list, func(have finding.RuledOut) bool { return have.Layer == l }) {
					continue
				}
				list = append(
					list,
					finding.RuledOut{Layer: l, Because: string(r.By.Look), By: append([]string{}, r.By.IDs...)},
				)
			}
		}
	}
	return list
}

// mayBe: a candidate is left to the flow that is this layer's.
func (e evidence) mayBe(l layer.ID, f flow) bool {
	return slices.ContainsFunc(f.left, func(c candidates.Candidate) bool {
		return slices.Contains(e.ownerOf(f.to, c.Place, c.Act, false).Layers, string(l))
	})
}

// sameFlows gives everything that was observed of the same ports, which this
// cause explains: of the same hosts only, and of all where a web host is dead.
func (e evidence) sameFlows(x explanation) []string {
	var ids []string
	for _, o := range e.Observations {
		for _, f := range x.flows {
			d := f.direct[0]
			if o.Transport() == d.Transport() && o.Port() == d.Port() && !facts.IsOK(o) || o.Target == d.Target {
				ids = appendNew(ids, o.ID)
			}
		}
	}
	return ids
}

func appendNew[T ~string](list []T, more ...T) []T {
	for _, s := range more {
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// unclearedBy gives the layers that may be at fault where a port was not shown to
// work and nothing shows that it does not.
func (e evidence) unclearedBy() []layer.ID {
	var list []layer.ID
	for _, f := range e.flows() {
		if f.to.name == "broker" || e.seenOf(f) != finding.SeenNothing {
			continue
		}
		left := f.left
		if f.ending == candidates.Rejected { // in the host's own name, from nearer than it is
			left = []candidates.Candidate{
				{Act: candidates.Reject, Place: candidates.Here},
				{Act: candidates.Reject, Place: f.to.way.End - 1},
			}
		}
		for _, c := range left {
			for _, name := range e.ownerOf(f.to, c.Place, c.Act, f.ending == candidates.Rejected).Layers {
				if l := layer.ID(name); !slices.Contains(list, l) {
					list = append(list, l)
				}
			}
		}
	}
	if len(list) == 0 {
		list = []layer.ID{layer.NetworkFirewall, layer.InternetPath, layer.StreamingGateway, layer.LocalFirewall}
	}
	slices.SortStableFunc(
		list,
		func(a, b layer.ID) int { return slices.Index(commonness, a) - slices.Index(commonness, b) },
	)
	return list
}
