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
	memo  [stages][]memo
	round int
}

// memo is what a chain did to the packet of a round. A chain always does the
// same: what rules change is not followed but held for unknown.
type memo struct {
	round int
	open  bool // being walked: a chain that leads to itself
	decision
}

// group is the base chains that are visited at one moment. In which order is
// not known if they are several.
type group struct {
	stage  stage
	chains []*chain
}

// newWalker makes one for the packets of a family that arrive on a device, or for the
// answers to them.
func newWalker(s *ruleset, f *facts, nfproto byte, answers bool) *walker {
	f.marks, f.connmarks, f.untracks, f.types = f.marks || s.marks, f.connmarks || s.connmarks, f.untracks || s.untracks, f.types || s.types
	w := &walker{set: s, groups: groupsOf(s, f.device, nfproto, answers)}
	w.facts = f
	for i := range w.memo {
		w.memo[i] = make([]memo, len(s.chains))
	}
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

// walk sends a packet through all chains it would meet.
func (w *walker) walk(p *packet) decision {
	w.pkt = p
	w.round++
	var all decision
	var accepted cause
	for _, g := range w.groups {
		w.machine.stage = g.stage
		var surely, perhaps decision
		passes := true
		for _, c := range g.chains {
			d := w.visit(c)
			if d.fate&fateAccept == 0 {
				passes = false
				surely.join(&d, 0)
				continue
			}
			if by := d.cause(fateAccept); by.rule != nil || accepted.chain == nil || accepted.rule == nil && len(c.rules) > 0 {
				accepted = by // the last rule, or else the policy of the last chain that has rules
			}
			perhaps.join(&d, fateAccept)
		}
		if !passes {
			// This is where it ends at the latest, so this is named as the cause first.
			surely.join(&perhaps, 0)
			surely.join(&all, 0)
			return surely
		}
		all.join(&perhaps, 0)
	}
	all.add(fateAccept, accepted)
	return all
}

// visit walks a base chain to its end, policy included.
func (w *walker) visit(c *chain) decision {
	inner := w.chain(c, 0)
	var d decision
	d.join(inner, fateReturn)
	if inner.fate&fateReturn != 0 {
		end := fateAccept
		if c.base.drops {
			end = fateDrop
		}
		d.add(end, cause{chain: c})
	}
	return d
}

// maxDepth is how deep jumps may nest: the kernel takes 16.
const maxDepth = 17

// chain walks a chain once for each packet and stage.
func (w *walker) chain(c *chain, depth int) *decision {
	n := &w.memo[w.machine.stage][c.id]
	if n.round == w.round && !n.open {
		return &n.decision
	}
	if n.open || depth > maxDepth {
		lost := &decision{}
		lost.add(fateLost, cause{chain: c})
		return lost
	}
	*n = memo{round: w.round, open: true}
	for _, r := range c.rules {
		if w.rule(n, c, r, depth) {
			n.open = false
			return &n.decision
		}
	}
	n.add(fateReturn, cause{chain: c})
	n.open = false
	return &n.decision
}

// rule says whether the packet surely does not get past the rule.
func (w *walker) rule(n *memo, c *chain, r *rule, depth int) (ends bool) {
	w.start()
	var unsure [maxDoubts]int
	doubts := 0
	for i, o := range r.ops {
		switch o.run(&w.machine) {
		case no:
			return false
		case maybe:
			if doubts < len(unsure) {
				unsure[doubts] = i
				doubts++
			}
		}
		if len(w.out) > 0 {
			break
		}
	}
	if len(w.out) == 0 {
		return false
	}
	// A chain that is jumped to runs other rules in this machine.
	var few [4]verdict
	verdicts := append(few[:0], w.out...)
	by := cause{c, r}
	passes := doubts > 0
	for _, v := range verdicts {
		switch v.action {
		case actAccept:
			n.add(fateAccept, by)
		case actDrop:
			n.add(fateDrop, by)
		case actReject:
			n.add(fateReject, by)
		case actReturn:
			n.add(fateReturn, by)
		case actJump, actGoto:
			if v.chain == nil {
				n.add(fateLost, by)
				break
			}
			sub := w.chain(v.chain, depth+1)
			if v.action == actGoto {
				n.join(sub, 0)
				break
			}
			n.join(sub, fateReturn)
			passes = passes || sub.fate&fateReturn != 0
		case actContinue:
			passes = true
		default:
			n.add(fateLost, by)
			n.doubt([]doubt{{by, len(r.ops) - 1}})
		}
	}
	for _, i := range unsure[:doubts] {
		n.doubt([]doubt{{by, i}})
	}
	return !passes
}
