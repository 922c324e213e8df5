package firewall

import "slices"

// fate is a set of ends a packet may come to.
type fate uint8

const (
	fateAccept fate = 1 << iota
	fateDrop
	fateReject
	fateLost   // out of the rules' hands
	fateReturn // not decided in this chain
	fates      = 5

	fateBlocked = fateDrop | fateReject
)

// cause is what decided: a rule of a chain, or its policy.
type cause struct {
	chain *chain
	rule  *rule // nil for the policy
}

// doubt is an expression that may hold or not, in a rule that would decide.
type doubt struct {
	cause
	op int
}

// decision is the set of ends, with the first cause of each, and what made it
// more than one.
type decision struct {
	fate   fate
	by     [fates]cause
	doubts []doubt
	timed  bool // the clock was asked
}

func (d *decision) add(f fate, by cause) {
	for i := range fates {
		if f&(1<<i) != 0 && d.fate&(1<<i) == 0 {
			d.by[i] = by
		}
	}
	d.fate |= f
}

// join adds all ends of another decision but those in not.
func (d *decision) join(o *decision, not fate) {
	for i := range fates {
		if o.fate&^not&(1<<i) != 0 {
			d.add(1<<i, o.by[i])
		}
	}
	d.timed = d.timed || o.timed
	d.doubt(o.doubts)
}

func (d *decision) doubt(list []doubt) {
	for _, n := range list {
		if len(d.doubts) < maxDoubts && !slices.Contains(d.doubts, n) {
			d.doubts = append(d.doubts, n)
		}
	}
}

// cause gives the first cause of any of some ends.
func (d *decision) cause(f fate) cause {
	for i := range fates {
		if f&(1<<i) != 0 && d.fate&(1<<i) != 0 {
			return d.by[i]
		}
	}
	return cause{}
}

// walker sends packets through the chains of a rule set.
type walker struct {
	set    *ruleset
	groups []group
	machine
	memo map[visit]*memo
}

// visit is a chain that is walked by a packet.
type visit struct {
	chain *chain
	stage stage
	travel
}

// memo is what a chain did to a packet.
type memo struct {
	open bool // being walked: a chain that leads to itself
	decision
	back    []travel // as what it came back, undecided
	through []travel // as what it was accepted
}

// group is the base chains that are visited at one moment. In which order is
// not known if they are several of one priority.
type group struct {
	stage    stage
	restores restoring
	chains   []*chain
	orders   [][]*chain
}

// newWalker makes one for the packets of a family that arrive on a device, or for the
// answers to them: those that open a connection, or later ones.
func newWalker(s *ruleset, f *facts, nfproto byte, answers, later bool) *walker {
	w := &walker{set: s, groups: groupsOf(s, f.device, nfproto, answers, later), memo: map[visit]*memo{}}
	for i := range w.groups {
		w.groups[i].orders = orders(w.groups[i].chains)
	}
	w.facts = f
	w.variants = map[variant]*packet{}
	return w
}

// looks says whether any chain that a packet meets has a rule, or a policy that
// drops.
func (w *walker) looks() bool {
	for _, g := range w.groups {
		for _, c := range g.chains {
			if c.base.drops || len(c.rules) > 0 {
				return true
			}
		}
	}
	return false
}

// maxOrdered is how many chains of one moment are tried in every order. With more,
// nothing is held for known that rules may change.
const maxOrdered = 4

// orders gives every order in which the chains of one moment may be visited.
func orders(list []*chain) (all [][]*chain) {
	if len(list) > maxOrdered {
		return [][]*chain{list}
	}
	var extend func(done, rest []*chain)
	extend = func(done, rest []*chain) {
		if len(rest) == 0 {
			all = append(all, slices.Clone(done))
		}
		for i, c := range rest {
			// Those of address translation have one moment, but priorities in it.
			if c.base.nat &&
				slices.ContainsFunc(
					rest,
					func(o *chain) bool { return o.base.nat && o.base.priority < c.base.priority },
				) {
				continue
			}
			extend(append(done, c), slices.Delete(slices.Clone(rest), i, i+1))
		}
	}
	extend(nil, list)
	return all
}

// walk sends a packet through all chains it would meet, and says as what it comes
// to its end if it does.
func (w *walker) walk(starts []travel) (decision, []travel) {
	clear(w.memo)
	var all decision
	var accepted cause
	states := starts
	for i := range w.groups {
		g := &w.groups[i]
		w.machine.stage = g.stage
		states = g.restores.apply(states)
		var last, other decision
		var next []travel
		if len(g.chains) > maxOrdered {
			states = unsureOf(states)
			if slices.ContainsFunc(g.chains, func(c *chain) bool { return c.base.nat }) {
				last.add(fateLost, cause{chain: g.chains[0]})
			}
		}
		for _, order := range g.orders {
			next = append(next, w.through(order, states, &last, &other, &accepted)...)
		}
		for j := range next {
			next[j].placed = false
		}
		states = trim(next)
		if len(states) == 0 {
			// This is where it ends at the latest, so this is named as the cause first.
			last.join(&other, 0)
			last.join(&all, 0)
			return last, nil
		}
		all.join(&last, 0)
		all.join(&other, 0)
	}
	all.add(fateAccept, accepted)
	return all, states
}

func unsureOf(list []travel) []travel {
	out := make([]travel, len(list))
	for i, t := range list {
		out[i] = t.unsure()
	}
	return trim(out)
}

// through sends packets through chains in one order: what becomes of them in the
// chain where the last of them ends, in the others, and as what they go on.
func (w *walker) through(order []*chain, states []travel, last, other *decision, accepted *cause) []travel {
	for _, c := range order {
		var next []travel
		var here decision
		for _, t := range states {
			if c.base.nat && (t.placed || t.tracking == trackingNone) { // which is not asked of this packet
				next = append(next, t)
				continue
			}
			m := w.visit(c, t)
			here.join(&m.decision, fateAccept|fateReturn)
			next = append(next, m.through...)
			if c.base.nat && t.tracking == trackingUnsure {
				next = append(next, t)
			}
			if m.fate&fateAccept == 0 {
				continue
			}
			if by := m.cause(fateAccept); by.rule != nil || accepted.chain == nil ||
				accepted.rule == nil && len(c.rules) > 0 {
				*accepted = by // the last rule, or else the policy of the last chain that has rules
			}
		}
		states = trim(next)
		if len(states) == 0 {
			last.join(&here, 0)
			return nil
		}
		other.join(&here, 0)
	}
	return states
}

// visit walks a base chain to its end, policy included.
func (w *walker) visit(c *chain, t travel) *memo {
	inner := w.chain(c, t, 0)
	if inner.fate&fateReturn == 0 {
		return inner
	}
	m := &memo{through: inner.through}
	m.join(&inner.decision, fateReturn)
	if c.base.drops {
		m.add(fateDrop, cause{chain: c})
		return m
	}
	m.add(fateAccept, cause{chain: c})
	m.through = trim(append(slices.Clone(inner.through), inner.back...))
	return m
}

// maxDepth is how deep jumps may nest: the kernel takes 16.
const maxDepth = 17

// chain walks a chain once for each packet and stage.
func (w *walker) chain(c *chain, t travel, depth int) *memo {
	key := visit{c, w.machine.stage, t}
	n := w.memo[key]
	if n != nil && !n.open {
		return n
	}
	if n != nil || depth > maxDepth {
		lost := &memo{}
		lost.add(fateLost, cause{chain: c})
		return lost
	}
	n = &memo{open: true}
	w.memo[key] = n
	states, next := []travel{t}, []travel(nil)
	for _, r := range c.rules {
		next = next[:0]
		for _, t := range states {
			next = w.rule(n, c, r, t, depth, next)
		}
		next = trim(next)
		states, next = next, states
		if len(states) == 0 {
			break
		}
	}
	if len(states) > 0 {
		n.add(fateReturn, cause{chain: c})
		n.back = append(n.back, states...)
	}
	n.back, n.through = trim(n.back), trim(n.through)
	n.open = false
	return n
}

// rule appends as what the packet gets past the rule, if it does.
func (w *walker) rule(n *memo, c *chain, r *rule, t travel, depth int, on []travel) []travel {
	w.start(t)
	var unsure [maxDoubts]int
	doubts := 0
	for i, o := range r.ops {
		switch o.run(&w.machine) {
		case no:
			n.timed = n.timed || w.timed
			return append(on, w.now)
		case maybe:
			on = append(on, w.now)
			if doubts < len(unsure) {
				unsure[doubts] = i
				doubts++
			}
		}
		if len(w.out) > 0 {
			break
		}
	}
	n.timed = n.timed || w.timed
	by := cause{c, r}
	if len(w.out) == 0 {
		if w.now != t { // what a later rule may ask for
			n.doubtful(by, unsure[:doubts])
		}
		return append(on, w.now)
	}
	// A chain that is jumped to runs other rules in this machine.
	var few [4]verdict
	verdicts := append(few[:0], w.out...)
	now := w.now
	for _, v := range verdicts {
		switch v.action {
		case actAccept:
			n.add(fateAccept, by)
			n.through = append(n.through, now)
		case actDrop:
			n.add(fateDrop, by)
		case actReject:
			n.add(fateReject, by)
		case actReturn:
			n.add(fateReturn, by)
			n.back = append(n.back, now)
		case actJump, actGoto:
			if v.chain == nil {
				n.add(fateLost, by)
				break
			}
			sub := w.chain(v.chain, now, depth+1)
			n.through = append(n.through, sub.through...)
			if v.action == actGoto {
				n.join(&sub.decision, 0)
				n.back = append(n.back, sub.back...)
				break
			}
			n.join(&sub.decision, fateReturn)
			on = append(on, sub.back...)
		case actContinue:
			on = append(on, now)
		default:
			n.add(fateLost, by)
			n.doubt([]doubt{{by, len(r.ops) - 1}})
		}
	}
	n.doubtful(by, unsure[:doubts])
	return on
}

func (d *decision) doubtful(by cause, ops []int) {
	for _, i := range ops {
		d.doubt([]doubt{{by, i}})
	}
}
