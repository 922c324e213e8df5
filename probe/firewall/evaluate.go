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
	nfproto := byte(nfIPv4)
	if a.Address.Is6() {
		nfproto = nfIPv6
	}
	in, out := newWalker(s, &f, nfproto, false), newWalker(s, &f, nfproto, true)
	switch {
	case len(s.problems) > 0:
		return alike(a.Ports, answer{verdict: probe.FirewallUnknown, unknown: s.problems})
	case !in.looks() && !out.looks():
		return alike(a.Ports, answer{verdict: probe.FirewallOff})
	}
	sources := a.sources()
	return solve(a.Ports, func(t probe.Transport, first, last uint16) (answer, bool) {
		var there, back decision
		for _, from := range sources {
			one := in.walk(newPacket(a.Interface, a.Address, from, t, first, last))
			there.join(&one, 0)
			one = out.walk(newAnswer(a.Interface, a.Address, from, t, first, last))
			back.join(&one, 0)
		}
		n, m := there.answer(s, a.Interface, sources), back.answer(s, a.Interface, sources)
		if !in.looks() {
			n = answer{verdict: probe.FirewallOff}
		}
		splits := there.splits(n) || back.splits(m)
		return n.with(m), splits
	})
}

// splits: it is not the same for all ports, or could not be told of all at once.
func (d *decision) splits(n answer) bool {
	return n.verdict == probe.FirewallUnknown || d.fate&fateBlocked != 0 && len(d.doubts) > 0
}

// with joins what becomes of packets with what becomes of their answers. Whoever asks
// hears nothing of an answer that is stopped, however that is done.
func (n answer) with(back answer) answer {
	blocked := func(v probe.FirewallVerdict) bool { return v == probe.FirewallDrop || v == probe.FirewallReject }
	switch {
	case blocked(n.verdict):
		return n
	case blocked(back.verdict):
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
func (d *decision) answer(s *ruleset, device string, sources []netip.Prefix) answer {
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
		if other.table == c.table && (strings.HasPrefix(other.name, "ufw-user-input") || strings.HasPrefix(other.name, "ufw6-user-input")) {
			return "ufw"
		}
		if other.table == c.table && other.name == "INPUT_ZONES" {
			return "firewalld"
		}
	}
	return ""
}
