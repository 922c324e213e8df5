package firewall

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// evaluate says what a rule set does to the packets of an Ask and to what answers
// them: a port whose answers are stopped is as shut as one that nothing comes in to.
func evaluate(s *ruleset, f facts, a Ask) []answer {
	list := evaluateNow(s, f, a)
	byTheClock(list, &s.moments, f, func(later facts) []answer { return evaluateNow(s, later, a) })
	return list
}

func evaluateNow(s *ruleset, f facts, a Ask) []answer {
	nfproto := byte(nfIPv4)
	if a.Address.Is6() {
		nfproto = nfIPv6
	}
	f.limits = limitsMayBe
	e := &evaluation{set: s, facts: &f, ask: a, sources: a.sources()}
	e.in, e.out = newWalker(s, &f, nfproto, false, false), newWalker(s, &f, nfproto, true, false)
	e.laterIn, e.laterOut = newWalker(s, &f, nfproto, false, true), newWalker(s, &f, nfproto, true, true)
	switch {
	case len(s.problems) > 0:
		return alike(a.Ports, answer{verdict: probe.FirewallUnknown, unknown: s.problems})
	case !e.in.looks() && !e.out.looks():
		return alike(a.Ports, answer{verdict: probe.FirewallOff})
	}
	return solve(a.Ports, e.judge)
}

// evaluation holds what is the same for all ports of an Ask.
type evaluation struct {
	set               *ruleset
	facts             *facts
	ask               Ask
	sources           []netip.Prefix
	in, out           *walker
	laterIn, laterOut *walker
}

// judge asks what becomes of a connection's first packet, and if that is let in, of
// those that follow it (session.go). Where limits decide it looks again: they are held
// for not reached then, and the answer says so.
func (e *evaluation) judge(t probe.Transport, first, last uint16) (answer, bool) {
	walk := func() (answer, []doubt, []opening, bool) { return e.walk(t, first, last) }
	n, opened, splits := e.rested(walk, limitsAtRest)
	if n.verdict == probe.FirewallUnknown && e.set.slow {
		n, opened, splits = e.worn(walk, n, opened, splits)
	}
	if n.verdict == probe.FirewallAccept || n.verdict == probe.FirewallOff {
		n, splits = e.session(n, opened, splits)
	}
	if n.verdict == probe.FirewallOff && len(n.atRest) > 0 { // a rule about answers
		n.verdict = probe.FirewallAccept
	}
	return n, splits
}

// rested walks once with limits that may be reached, and where that does not tell,
// with less and less of them.
func (e *evaluation) rested(walk func() (answer, []doubt, []opening, bool), by ...limits) (answer, []opening, bool) {
	n, doubts, opened, splits := walk()
	if n.verdict != probe.FirewallUnknown || !e.set.rests {
		return n, opened, splits
	}
	defer func() { e.facts.limits = limitsMayBe }()
	for _, e.facts.limits = range by {
		rested, _, opened, restedSplits := walk()
		if rested.verdict == probe.FirewallUnknown {
			continue
		}
		for _, d := range doubts {
			if d.op < len(d.rule.ops) && isRest(d.rule.ops[d.op]) && len(rested.atRest) < maxCited {
				rested.atRest = append(rested.atRest, d.String())
			}
		}
		if len(rested.atRest) == 0 {
			rested.atRest = []string{"limits of the rules"}
		}
		rested.limits = e.facts.limits
		return rested, opened, restedSplits
	}
	return n, opened, splits
}

// worn looks at what is undecided as a session that has worn out the slow limits does.
// What is let in then is let in. What is let in only before is shut all the same, if
// its later packets are.
func (e *evaluation) worn(
	walk func() (answer, []doubt, []opening, bool),
	n answer,
	opened []opening,
	splits bool,
) (answer, []opening, bool) {
	defer func() { e.facts.limits = limitsMayBe }()
	e.facts.limits = limitsWorn
	if n, _, opened, splits := walk(); n.verdict != probe.FirewallUnknown && !n.blocked() {
		n.worn = true
		return n, opened, splits
	}
	e.facts.limits = limitsFresh
	fresh, _, begun, _ := walk()
	if fresh.verdict == probe.FirewallUnknown || fresh.blocked() {
		return n, opened, splits
	}
	e.facts.limits = limitsWorn
	if later, _, _, _ := e.follow(begun); later.blocked() {
		later.later, later.worn = true, true
		return later, nil, true
	}
	return n, opened, splits
}

func (n answer) blocked() bool {
	return n.verdict == probe.FirewallDrop || n.verdict == probe.FirewallReject
}

// walk sends packets in and their answers out.
func (e *evaluation) walk(t probe.Transport, first, last uint16) (answer, []doubt, []opening, bool) {
	var there, back decision
	var went destinations
	var opened []opening
	for _, from := range e.sources {
		clear(e.in.variants)
		sent := newPacket(e.ask.Interface, e.ask.Address, from, t, first, last)
		one, exits := e.in.walk([]travel{newTravel(sent)})
		there.join(&one, 0)
		if one.fate&fateLost != 0 {
			exits = append(exits, newTravel(sent).unsure())
		}
		clear(e.out.variants)
		for len(exits) > 0 {
			// Those that were translated alike are answered alike.
			came := exits[0].pkt
			p := newAnswer(e.ask.Interface, e.ask.Address, from, t, first, last)
			if came != sent {
				p = movedAnswer(p, came, e.ask.Interface, from, t)
			}
			var replies, others []travel
			for _, x := range exits {
				if x.pkt != came {
					others = append(others, x)
					continue
				}
				went.add(x, sent)
				replies = append(replies, x.answered(p, e.facts.keepsMark))
				// What answers a datagram that was not tracked is a connection of its own, of
				// which address translation is asked again.
				went.strange = went.strange ||
					x.tracking == trackingNone && p.proto == protoUDP && e.set.alters.translates
			}
			one, gone := e.out.walk(replies)
			back.join(&one, 0)
			went.leave(gone)
			opened = append(opened, opening{sent, came, p, gone})
			exits = others
		}
	}
	n, m := there.answer(e.set, e.sources), back.answer(e.set, e.sources)
	if !e.in.looks() {
		n = answer{verdict: probe.FirewallOff}
	}
	out := went.tell(n.with(m))
	out.timed = there.timed || back.timed
	splits := there.splits(n) || back.splits(m) || out.verdict == probe.FirewallUnknown
	return out, append(there.doubts, back.doubts...), opened, splits
}

// movedAnswer is the answer to a packet whose addresses were translated, which looks
// at its end as if they had not been.
func movedAnswer(plain, in *packet, device string, from netip.Prefix, t probe.Transport) *packet {
	p := newAnswer(device, in.to, from, t, in.first, in.last)
	p.moved, p.masked, p.asked, p.restored = in.moved, in.masked, plain.asked, plain
	plain.moved, plain.masked = in.moved, in.masked
	if in.masked {
		p.dport = between(0, 65535<<16).top(2)
		p.hide(16, 24)
		p.ports()
	}
	return p
}

// asTranslated are the answers of one engine where another may send packets elsewhere
// in between: which ones those are, its own answers tell.
func asTranslated(list, of []answer, other *ruleset) []answer {
	if other == nil || !other.alters.translates {
		return list
	}
	out := slices.Clone(list)
	for i := range out {
		for _, b := range of {
			if out[i].transport == b.transport && b.first <= out[i].last && out[i].first <= b.last &&
				(b.redirected.IsValid() || b.verdict == probe.FirewallUnknown) {
				out[i].verdict, out[i].unknown = probe.FirewallUnknown, append(
					slices.Clone(out[i].unknown),
					"rules of "+other.engine+" may send the packet elsewhere",
				)
				break
			}
		}
	}
	return out
}

// destinations are where packets for a port come to in the end.
type destinations struct {
	stay    bool
	strange bool // answers leave as nobody expects them
	to      []netip.AddrPort
}

// leave looks at answers as they leave: one that is kept from connection tracking is
// not translated back, and whoever asked does not know it.
func (w *destinations) leave(list []travel) {
	for _, t := range list {
		w.strange = w.strange || t.pkt.restored != nil && t.tracking != trackingUsual
	}
}

func (w *destinations) add(t travel, sent *packet) {
	if t.pkt.dport == sent.dport && t.pkt.to == sent.to {
		w.stay = true
		return
	}
	port := uint16(0)
	if t.pkt.first == t.pkt.last {
		port = t.pkt.first
	}
	if to := netip.AddrPortFrom(t.pkt.to, port); !slices.Contains(w.to, to) {
		w.to = append(w.to, to)
	}
}

// tell puts into the answer where packets end that are not stopped: whoever listens
// there decides.
func (w *destinations) tell(n answer) answer {
	switch {
	case n.verdict != probe.FirewallAccept:
	case w.strange:
		n.verdict, n.back = probe.FirewallUnknown, true
		n.unknown = append(
			n.unknown,
			"answers may leave from another address or port, as rules keep packets from being tracked and translate others",
		)
	case len(w.to) == 0:
	case w.stay || len(w.to) > 1:
		n.verdict = probe.FirewallUnknown
		n.unknown = append(n.unknown, "where the packet is sent on to")
	default:
		n.redirected = w.to[0]
	}
	return n
}

// splits: it is not the same for all ports, or could not be told of all at once.
func (d *decision) splits(n answer) bool {
	return n.verdict == probe.FirewallUnknown || d.fate&fateBlocked != 0 && len(d.doubts) > 0
}

// with joins what becomes of packets with what becomes of their answers. Whoever asks
// hears nothing of an answer that is stopped, however that is done.
func (n answer) with(back answer) answer {
	switch {
	case n.blocked():
		return n
	case back.blocked():
		back.verdict, back.back = probe.FirewallDrop, true
		return back
	case n.verdict != probe.FirewallUnknown && back.verdict == probe.FirewallUnknown:
		back.back = true
		return back
	}
	return n
}

// answer puts a decision into words. What is accepted from some sources and not
// from others is unknown, as is everything that doubts decide.
func (d *decision) answer(s *ruleset, sources []netip.Prefix) answer {
	var n answer
	cited := d.fate & fateBlocked
	switch {
	case d.fate&fateLost != 0 || d.fate&fateAccept != 0 && cited != 0:
		n.verdict, cited = probe.FirewallUnknown, d.fate&(fateBlocked|fateLost)
	case d.fate == fateDrop:
		n.verdict = probe.FirewallDrop
	case d.fate == fateReject:
		n.verdict = probe.FirewallReject
	case cited != 0: // surely one of both
		n.verdict = probe.FirewallDrop
	default:
		n.verdict, cited = probe.FirewallAccept, fateAccept
	}
	for i := range fates {
		if cited&(1<<i) == 0 {
			continue
		}
		if text := d.by[i].String(); text != "" && !slices.Contains(n.rules, text) {
			n.rules = append(n.rules, text)
		}
		if n.manager == "" {
			n.manager = manager(s, d.by[i].chain)
		}
	}
	if n.verdict == probe.FirewallUnknown {
		for _, x := range d.doubts {
			if text := x.String(); !slices.Contains(n.unknown, text) {
				n.unknown = append(n.unknown, text)
			}
		}
		if len(n.unknown) == 0 { // no expression is in doubt, so the sources must differ
			var list []string
			for _, p := range sources {
				list = append(list, p.String())
			}
			n.unknown = []string{"which of " + strings.Join(list, ", ") + " the packet comes from"}
		}
	}
	return n
}

// managers are programs that write rules, by how they name their chains. A
// chain of the kernel's own name belongs to who has chains of such names beside
// it and writes its policy too.
var managers = []struct{ prefix, name string }{
	{"ufw-", "ufw"}, {"ufw6-", "ufw"}, {"DOCKER", "docker"}, {"f2b-", "fail2ban"},
	{"INPUT_ZONES", "firewalld"}, {"PREROUTING_ZONES", "firewalld"}, {"IN_", "firewalld"}, {"PRE_", "firewalld"},
}

// manager names the program that wrote what a chain does, if that shows.
func manager(s *ruleset, c *chain) string {
	if c == nil {
		return ""
	}
	if c.table.name == "firewalld" {
		return "firewalld"
	}
	for _, m := range managers {
		if strings.HasPrefix(c.name, m.prefix) {
			return m.name
		}
	}
	if c.base == nil {
		return ""
	}
	for _, other := range s.chains {
		if other.table == c.table &&
			(strings.HasPrefix(other.name, "ufw-user-input") || strings.HasPrefix(other.name, "ufw6-user-input")) {
			return "ufw"
		}
		if other.table == c.table && other.name == "INPUT_ZONES" {
			return "firewalld"
		}
	}
	return ""
}
