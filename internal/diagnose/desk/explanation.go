package desk

import (
	"slices"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// explanation is one cause for several flows: the places that are left to each of
// them have something in common.
type explanation struct {
	flows    []flow
	places   []candidates.Place
	rare     []candidates.Place // where only rare candidates of the first flow are
	to       *destination       // of the first flow: where the places lie
	decision candidates.Decision
	most     candidates.Worth // what the decision may be called at most
}

// explanations joins the flows that need one by what could explain them: a single
// place where there is one, several only where no single one fits all.
func (e evidence) explanations(flows []flow) []explanation {
	wide := e.wide(flows)
	var list []explanation
	for _, f := range flows {
		if !f.abnormal() {
			continue
		}
		i := slices.IndexFunc(list, func(x explanation) bool { return len(x.common(f)) > 0 })
		if i < 0 {
			list = append(list, f.alone())
			continue
		}
		list[i].places = list[i].common(f)
		list[i].flows = append(list[i].flows, f)
	}
	for i := range list {
		x := &list[i]
		if wide && len(x.places) > 1 && x.places[len(x.places)-1] == x.to.way.End {
			x.places = x.places[:len(x.places)-1] // not one of many hosts
		}
		e.decide(x, wide)
	}
	return list
}

// alone is the explanation of one flow by itself.
func (f flow) alone() explanation {
	x := explanation{flows: []flow{f}, places: f.places(), to: f.to, most: candidates.Likely}
	for _, c := range f.left {
		if c.Rare && !slices.Contains(x.places, c.Place) && !slices.Contains(x.rare, c.Place) {
			x.rare = append(x.rare, c.Place)
		}
	}
	return x
}

func (e evidence) decide(x *explanation, wide bool) {
	act := x.act()
	if act == candidates.Cut {
		// Reading what is said and ending it there is what inspecting firewalls do;
		// where one can be, the others are rivals.
		own := slices.DeleteFunc(slices.Clone(x.places), func(p candidates.Place) bool {
			return e.ownerOf(x.to, p, act, wide).Layers[0] != string(layer.NetworkFirewall)
		})
		if len(own) > 0 {
			x.rare = append(
				x.rare,
				slices.DeleteFunc(
					slices.Clone(x.places),
					func(p candidates.Place) bool { return slices.Contains(own, p) },
				)...)
			x.places = own
		}
	}
	if stayed := x.has(
		func(c candidates.Clue) bool { return c.Look == candidates.Stayed },
	); act == candidates.Accept &&
		!stayed &&
		!e.speaks(x.to) {
		// A host that says nothing itself, behind a device that accepts and carries
		// everything on, looks exactly like this. Who carries on sends something.
		x.most = candidates.Possible
		if !slices.ContainsFunc(
			x.flows,
			func(f flow) bool { return facts.Detail[probe.SweepDetail](f.control).Distance > 0 },
		) {
			x.most = candidates.Open // the address gave no sign of life at all: it may be the dead one of several
		}
	}
	x.decision = candidates.Decide(
		x.places,
		x.rare,
		func(p candidates.Place) candidates.Owner { return e.ownerOf(x.to, p, act, wide) },
		x.pair(),
	)
	x.decision.Worth = min(x.decision.Worth, x.most)
}

// speaks: the host of a way spoke on some streaming port, so that its silence on
// another one means something.
func (e evidence) speaks(d *destination) bool {
	return slices.ContainsFunc(e.Of(probe.TCPConnect), func(o probe.Observation) bool {
		spoke := facts.Detail[probe.ConnectDetail](o).Spoke
		return o.Addr() == d.address && facts.IsOK(o) && o.Port() != probe.HTTPSPort &&
			(spoke == "tls" || spoke == "bytes")
	})
}

// act is what is done to the first flow, if it is anything more telling than a
// drop that some flow ended in.
func (x explanation) act() candidates.Act {
	for _, f := range x.flows {
		switch f.ending {
		case candidates.WasReset, candidates.Refusal:
			return candidates.Reset
		case candidates.WasCut:
			return candidates.Cut
		case candidates.Mute:
			return candidates.Accept
		}
	}
	return candidates.Drop
}

// abnormal: the flow needs an explanation. A host may be silent to a datagram it
// does not know, and mute after an accept; that is no fault by itself.
func (f flow) abnormal() bool {
	switch f.ending {
	case candidates.Alive, candidates.Rejected: // an ICMP error says itself who
		return false
	case candidates.Mute:
		return len(f.left) > 0 && !f.carried &&
			!slices.ContainsFunc(
				f.left,
				func(c candidates.Candidate) bool { return c.Act == candidates.Accept && c.Place == f.to.way.End },
			)
	case candidates.Silent:
		if f.direct[0].Transport() == probe.UDP {
			return len(f.left) > 0 &&
				!slices.ContainsFunc(f.left, func(c candidates.Candidate) bool { return c.Act == candidates.Unheard })
		}
	}
	return true
}

// common gives the places at which one device could explain a further flow too.
// Places of two destinations are the same only where the same device stands, and
// only sweeps tell that.
func (x explanation) common(f flow) []candidates.Place {
	denied := func(g flow) bool { return g.ending == candidates.Denied }
	if slices.ContainsFunc(x.flows, denied) != denied(f) &&
		!slices.ContainsFunc(x.flows, func(g flow) bool { return g.direct[0].Port() == f.direct[0].Port() }) {
		return nil // what this computer refuses to send says nothing of other ports
	}
	other := f.to.address != x.to.address
	if other && !(x.located() && f.alone().located()) {
		return nil
	}
	return slices.DeleteFunc(candidates.Common(x.places, f.places()), func(p candidates.Place) bool {
		elsewhere := other && p != candidates.Here && (!x.to.hops[p].IsValid() || x.to.hops[p] != f.to.hops[p])
		return elsewhere ||
			slices.ContainsFunc(
				x.flows,
				func(g flow) bool { return g.before(p) && f.behind(p) || g.behind(p) && f.before(p) },
			)
	})
}

// before and behind: if the device at a place is the one, it acts before, or
// after, it looks at a packet's lifetime. One device does not do both.
func (f flow) before(p candidates.Place) bool {
	return slices.ContainsFunc(f.clues, func(c candidates.Clue) bool {
		return c.Look == candidates.Swept && c.Kind == candidates.Ends && c.To == p
	})
}

func (f flow) behind(p candidates.Place) bool {
	return slices.ContainsFunc(f.clues, func(c candidates.Clue) bool {
		return c.Look == candidates.Swept && c.Kind == candidates.Ends && c.From == p
	})
}

// located: sweeps bracket the places.
func (x explanation) located() bool {
	return slices.ContainsFunc(x.flows, func(f flow) bool {
		return slices.ContainsFunc(f.clues, func(c candidates.Clue) bool {
			return c.Look == candidates.Swept && (c.Kind == candidates.Ends || c.Kind == candidates.Forged)
		})
	})
}

// pair: the places are the two ends of one bracket, each of them a device that
// was seen.
func (x explanation) pair() bool {
	return x.located() && len(x.places) == 2 && x.places[1] == x.places[0]+1 && x.places[0] != candidates.Here &&
		x.to.hops[x.places[1]].IsValid()
}

// wide: TCP to several unrelated hosts fails, and to none of them works: then no
// host is the reason.
func (e evidence) wide(flows []flow) bool {
	failing := map[string]bool{}
	for _, w := range e.Webs(false) {
		if w.Last.Operation != probe.TCPConnect || facts.IsOK(w.Last) {
			return false
		}
		failing[w.Last.Host()] = true
	}
	for _, f := range flows {
		if f.ending == candidates.Alive && f.direct[0].Transport() == probe.TCP {
			return false
		}
		failing[f.direct[0].Host()] = true
	}
	return len(failing) >= 3
}

// layer gives the layer that an explanation comes to first.
func (x explanation) layer() layer.ID { return layer.ID(x.decision.Layer) }

// rest gives the other layers that remain.
func (x explanation) rest() []layer.ID {
	var list []layer.ID
	for _, name := range x.decision.Rest {
		list = append(list, layer.ID(name))
	}
	return list
}

// observed gives what was observed of all flows.
func (x explanation) observed() []probe.Observation {
	var list []probe.Observation
	for _, f := range x.flows {
		list = append(list, f.observed()...)
	}
	return list
}

// ported gives one observation of each flow, for what is said of ports.
func (x explanation) ported() []probe.Observation {
	var list []probe.Observation
	for _, f := range x.flows {
		list = append(list, f.direct[0])
	}
	return list
}

// has says whether a clue of a kind was seen of some flow.
func (x explanation) has(fits func(candidates.Clue) bool) bool {
	return slices.ContainsFunc(x.flows, func(f flow) bool { return slices.ContainsFunc(f.clues, fits) })
}

// path gives the interval in the report's form, of the flow that knows it best.
func (x explanation) path() *finding.Path {
	var best *finding.Path
	for i, f := range x.flows {
		if f.sweep.ID == "" || f.path == (finding.Path{}) && f.kind != "bracketed" && f.kind != "forged" {
			continue
		}
		if best == nil || f.path.Probes > best.Probes {
			best = &x.flows[i].path
		}
	}
	return best
}
