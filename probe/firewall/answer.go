package firewall

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"wsdoctor/probe"
)

// answer is what one engine does to packets for a run of ports.
type answer struct {
	transport   probe.Transport
	first, last uint16
	verdict     probe.FirewallVerdict
	rules       []string // what decides, at most maxCited
	manager     string
	unknown     []string
	back        bool // it is about what answers

	timed  bool      // the clock was asked
	until  time.Time // when another answer begins to hold, if one does
	then   probe.FirewallVerdict
	thenBy []string

	atRest     []string       // limits that are held for not reached
	limits     limits         // how many of them
	worn       bool           // slow limits are held for reached, as by a session they are at once
	counted    bool           // each packet of a connection counts for one of them
	later      bool           // it is about what follows the first packet, which is let in
	redirected netip.AddrPort // where accepted packets are sent on to; without a port to one that is not known
}

// maxCited is how many rules are named of a run of ports that different rules
// accept.
const maxCited = 3

// solver finds the answer for the ports first to last at once; splits says that
// it is not the same for all of them, or could not be told of all at once.
type solver func(t probe.Transport, first, last uint16) (a answer, splits bool)

// solve asks for runs of ports as long as one answer holds for them, by halving
// those that have several.
func solve(ports []Port, ask solver) []answer {
	var list []answer
	var half func(t probe.Transport, first, last uint16)
	half = func(t probe.Transport, first, last uint16) {
		a, splits := ask(t, first, last)
		if splits && first < last {
			middle := first + (last-first)/2
			half(t, first, middle)
			half(t, middle+1, last)
			return
		}
		a.transport, a.first, a.last = t, first, last
		list = append(list, a)
	}
	for _, p := range ports {
		half(p.Transport, p.First, max(p.First, p.Last))
	}
	return fold(list)
}

// fold joins neighbouring ports with the same answer.
func fold(list []answer) []answer {
	slices.SortStableFunc(list, func(a, b answer) int {
		if c := strings.Compare(string(a.transport), string(b.transport)); c != 0 {
			return c
		}
		return int(a.first) - int(b.first)
	})
	out := list[:0:0]
	for _, a := range list {
		if len(out) > 0 && out[len(out)-1].joins(a) {
			continue
		}
		out = append(out, a)
	}
	return out
}

// joins takes b into a if it is about the ports after a's, or about the same,
// and says the same. Accepting rules may differ, others may not: whoever mends a
// drop needs to know which rule it is.
func (a *answer) joins(b answer) bool {
	if a.transport != b.transport || int(b.first) > int(a.last)+1 || a.verdict != b.verdict || a.manager != b.manager ||
		a.back != b.back ||
		a.later != b.later ||
		a.counted != b.counted ||
		a.worn != b.worn ||
		a.until != b.until ||
		a.then != b.then ||
		a.redirected != b.redirected ||
		!slices.Equal(a.unknown, b.unknown) {
		return false
	}
	if !slices.Equal(a.rules, b.rules) {
		if a.verdict != probe.FirewallAccept {
			return false
		}
		for _, r := range b.rules {
			if !slices.Contains(a.rules, r) && len(a.rules) < maxCited {
				a.rules = append(slices.Clone(a.rules), r)
			}
		}
	}
	for _, r := range b.atRest {
		a.rests(r)
	}
	a.timed = a.timed || b.timed
	a.last = max(a.last, b.last)
	return true
}

// rests notes a limit that is held for not reached.
func (a *answer) rests(limit string) {
	if !slices.Contains(a.atRest, limit) && len(a.atRest) < maxCited {
		a.atRest = append(slices.Clone(a.atRest), limit)
	}
}

// outcomes says how an observation with a verdict ends.
var outcomes = map[probe.FirewallVerdict]struct {
	outcome probe.Outcome
	failure probe.Failure
}{
	probe.FirewallAccept:  {probe.OK, ""},
	probe.FirewallOff:     {probe.OK, ""},
	probe.FirewallDrop:    {probe.Failed, probe.FirewallDenied},
	probe.FirewallReject:  {probe.Failed, probe.FirewallDenied},
	probe.FirewallUnknown: {probe.Skipped, probe.Unsupported},
}

// observations writes the answers down.
func observations(a Ask, engine string, answers []answer) []probe.Observation {
	var list []probe.Observation
	for _, n := range answers {
		o := probe.Observe(
			probe.HostFirewall,
			probe.Target{Endpoint: endpoint, Host: a.Address.String(), Port: n.first, Transport: n.transport},
			time.Now(),
		)
		o.Step, o.Address = step, a.Address.String()
		d := probe.FirewallDetail{
			Engine:    engine,
			Interface: a.Interface,
			Address:   a.Address,
			Transport: n.transport,
			First:     n.first,
			Last:      n.last,
			Verdict:   n.verdict,
			Rule:      strings.Join(n.rules, "; "),
			Manager:   n.manager,
			Unknown:   n.unknown,
			Answers:   n.back,
			Later:     n.later,
			AtRest:    n.atRest,
		}
		n.conditions(&d)
		end := outcomes[d.Verdict]
		list = append(list, o.Finish(o.Start, end.outcome, end.failure, d))
	}
	return list
}

// conditions writes down on what the answer rests besides the rules. Packets that are
// let in on a condition are not known to be: the gateway may come at another hour, and
// with more than one of them.
func (n answer) conditions(d *probe.FirewallDetail) {
	var told []string
	if !n.until.IsZero() {
		d.Until, d.Then, d.ThenRule = n.until.UTC().Format(time.RFC3339), n.then, strings.Join(n.thenBy, "; ")
		text := string(n.verdict) + " until " + d.Until + " by this computer's clock"
		if n.then != "" {
			text += ", then " + string(n.then) + " by " + d.ThenRule
		}
		told = append(told, text)
	}
	if len(n.atRest) > 0 && (n.counted || n.verdict != probe.FirewallAccept) {
		told = append(told, string(n.verdict)+" so long as a limit is not reached: "+strings.Join(n.atRest, "; "))
	}
	if n.redirected.IsValid() {
		d.Redirected = &probe.Redirected{Address: n.redirected.Addr(), Port: n.redirected.Port()}
		told = append(told, "packets are sent on to "+whereto(n.redirected))
	}
	if len(told) == 0 || n.verdict == probe.FirewallUnknown {
		return
	}
	d.Given = n.verdict
	if n.verdict == probe.FirewallAccept {
		d.Verdict, d.Unknown = probe.FirewallUnknown, append(slices.Clone(d.Unknown), told...)
	}
}

// whereto is an address with its port, if that is known.
func whereto(a netip.AddrPort) string {
	if a.Port() == 0 {
		return a.Addr().String() + ", to a port that is not known"
	}
	return a.String()
}

// alike gives the same answer for all ports.
func alike(ports []Port, a answer) []answer {
	return solve(ports, func(probe.Transport, uint16, uint16) (answer, bool) { return a, false })
}
