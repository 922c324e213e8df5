package inside

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// firewallBlocks: the firewall's own rules, read from the system and evaluated
// for a new packet that comes in on eth0, discard or refuse it. A rule set with
// an expression that could not be evaluated is no rival: it says so and accuses
// nobody.
var firewallBlocks = rule{
	Code:  "inside_firewall_blocks",
	Layer: layer.WorkspaceFirewall,
	Part:  osFirewallPart,
	Needs: []probe.Operation{probe.HostFirewall},
	Where: byRules,
	Check: func(e evidence) (finding.Finding, bool) {
		var f finding.Effect
		var denied []probe.Observation
		var rules []string
		for _, o := range e.Of(probe.HostFirewall) {
			d := facts.Detail[probe.FirewallDetail](o)
			if o.Failure != probe.FirewallDenied || !e.aboutEth0(d.Interface) {
				continue
			}
			loss := e.lossOf(d)
			if loss.Severity() == finding.SeverityInfo {
				continue
			}
			f.Blocks, f.Degrades = union(f.Blocks, loss.Blocks), union(f.Degrades, loss.Degrades)
			denied = append(denied, o)
			if d.Rule != "" {
				rules = union(rules, []string{quoted(d.Rule)})
			}
		}
		if len(denied) == 0 {
			return finding.Finding{}, false
		}
		found := finding.Finding{
			Severity: f.Severity(), Said: true, Supports: facts.IDs(denied...), Blocks: f.Blocks, Degrades: f.Degrades,
			Why:    words.Say("cause.inside_firewall_blocks.why"),
			Rivals: []finding.Rival{e.inPool(), e.noWorkspace(layer.StreamingHost)},
		}
		d := facts.Detail[probe.FirewallDetail](denied[0])
		what := portsText(denied)
		kind := "in"
		if !slices.ContainsFunc(
			denied,
			func(o probe.Observation) bool { return !facts.Detail[probe.FirewallDetail](o).Answers },
		) {
			kind = "answers"
		}
		if !slices.ContainsFunc(
			denied,
			func(o probe.Observation) bool { return !facts.Detail[probe.FirewallDetail](o).Later },
		) {
			kind = "later"
		}
		found.Summary = words.Say(
			"cause.inside_firewall_blocks.summary",
			words.Args{"kind": kind, "ports": what, "interface": d.Interface, "loss": consequence(f)},
		)
		if len(rules) > 0 {
			found.Summary = found.Summary.Then(
				words.Say(
					"cause.inside_firewall_blocks.rules",
					words.Args{"engine": cmp.Or(engineTitles[d.Engine], d.Engine), "rules": firstFew(rules, 2)},
				),
			)
		}
		if until, known := moment(d.Until); known && d.Then == probe.FirewallAccept {
			found.Summary = found.Summary.Then(
				words.Say("cause.inside_firewall_blocks.again", words.Args{"until": until}),
			)
			kind = "hours"
		}
		found.Remedy = append(
			[]words.Text{
				words.Say(
					"cause.inside_firewall_blocks.let",
					words.Args{"kind": kind, "ports": what, "interface": d.Interface},
				),
			},
			words.Several("cause.inside_firewall_blocks.remedy")...)
		if d.Manager != "" {
			found.Remedy = append(
				[]words.Text{words.Say("cause.inside_firewall_blocks.managed", words.Args{"manager": d.Manager})},
				found.Remedy...)
		}
		// A session that stands does not need a new connection, but it says that the
		// rules have not always been so.
		if slices.ContainsFunc(denied, func(o probe.Observation) bool {
			d := facts.Detail[probe.FirewallDetail](o)
			return slices.ContainsFunc(
				append(e.connections(probe.PCoIP), e.connections(probe.DCV)...),
				func(c probe.Connection) bool { return d.First <= c.Local.Port() && c.Local.Port() <= d.Last },
			)
		}) {
			found.Contradicts = facts.IDs(e.Of(probe.HostListeners)...)
		}
		return found, true
	},
}

// firewallUnclear: the rules were read, and what becomes of a packet to a port that
// streaming needs depends on something that only the kernel, or another program,
// knows. So long as nobody outside is connected, nothing shows that it is let in.
var firewallUnclear = rule{
	Code:  "inside_firewall_unclear",
	Layer: layer.WorkspaceFirewall,
	Part:  rulesOutcomePart,
	Needs: []probe.Operation{probe.HostFirewall},
	Where: byRules,
	Check: func(e evidence) (finding.Finding, bool) {
		var unclear []probe.Observation
		var why []string
		for _, o := range e.Of(probe.HostFirewall) {
			d := facts.Detail[probe.FirewallDetail](o)
			if d.Verdict != probe.FirewallUnknown || d.Transport == "" || e.astray(d) || e.arrives(d) ||
				!e.aboutEth0(d.Interface) {
				continue
			}
			needed := slices.ContainsFunc(streamPortsOf(d), func(p streamPort) bool {
				return slices.ContainsFunc(
					e.takesAway(p).Blocks,
					func(protocol probe.Protocol) bool { return len(e.connections(protocol)) == 0 },
				)
			})
			if needed {
				unclear, why = append(unclear, o), union(why, d.Unknown)
			}
		}
		if len(unclear) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(unclear...),
			Summary: words.Say("cause.inside_firewall_unclear.summary", words.Args{"ports": portsText(unclear)}),
			Why:     words.Say("cause.inside_firewall_unclear.why"),
			Rivals: []finding.Rival{
				{
					Layer:    layer.StreamingGateway,
					Harmless: true,
					Why:      words.Say("cause.inside_firewall_unclear.streaming-gateway.why"),
					Next:     words.Say("inside.try-to-connect"),
				},
			}}
		if until, then, known := changes(unclear); known {
			f.Summary = words.Say(
				"cause.inside_firewall_unclear.until",
				words.Args{"ports": portsText(unclear), "until": until, "then": string(then)},
			)
			f.Why = words.Say("cause.inside_firewall_unclear.why-2")
			f.NextTest = words.Say("cause.inside_firewall_unclear.next")
		}
		if to := sentTo(unclear); to != 0 {
			f.Summary = f.Summary.Then(words.Say("cause.inside_firewall_unclear.sent-on", words.Args{"port": to}))
		}
		if len(why) > 0 {
			f.Summary = f.Summary.Then(
				words.Say("cause.inside_firewall_unclear.untold", words.Args{"what": firstFew(why, 2)}),
			)
		}
		return f, true
	},
}

// limited are the answers for ports on which a limit is held for not reached that a
// session, once it stands, does not meet.
func (e evidence) limited() []probe.Observation {
	return facts.Where(e.Of(probe.HostFirewall), func(o probe.Observation) bool {
		d := facts.Detail[probe.FirewallDetail](o)
		return d.Verdict == probe.FirewallAccept && len(d.AtRest) > 0 && e.aboutEth0(d.Interface) &&
			len(streamPortsOf(d)) > 0
	})
}

// changes tells until when the firewall lets in what it was asked about, and what it
// does then; empty where it does not all change at one time, and shut.
func changes(asked []probe.Observation) (until words.Moment, then probe.FirewallVerdict, known bool) {
	at := ""
	for _, o := range asked {
		d := facts.Detail[probe.FirewallDetail](o)
		if d.Given != probe.FirewallAccept || d.Until == "" || at != "" && d.Until != at ||
			d.Then != probe.FirewallDrop && d.Then != probe.FirewallReject {
			return until, "", false
		}
		at, then = d.Until, d.Then
	}
	until, known = moment(at)
	return until, then, known
}

// moment is a time of an observation; false where it is none.
func moment(rfc3339 string) (words.Moment, bool) {
	t, err := time.Parse(time.RFC3339, rfc3339)
	return words.Moment(t), err == nil
}

// sentTo names the port that packets for these are sent on to instead, if it is one.
func sentTo(asked []probe.Observation) uint16 {
	to := uint16(0)
	for _, o := range asked {
		r := facts.Detail[probe.FirewallDetail](o).Redirected
		if r == nil || r.Port == 0 {
			return 0
		}
		if to != 0 && to != r.Port {
			return 0
		}
		to = r.Port
	}
	return to
}

// aboutEth0: rules were asked about the interface that the evidence as a whole
// takes for eth0.
func (e evidence) aboutEth0(name string) bool {
	eth0, found := e.eth0()
	return !found || eth0.Name == name
}

// listensBeside: of a run of ports of which one for each session is used, others
// than the denied ones are in use, or would be first.
func (e evidence) listensBeside(p streamPort, d probe.FirewallDetail) bool {
	on := e.listenersOn(p)
	if len(on) == 0 {
		return d.First > p.First
	}
	return !slices.ContainsFunc(on, func(l probe.Listener) bool { return d.First <= l.Port && l.Port <= d.Last })
}

// consequence says what an effect means for the user, seen from inside, at the end of a
// sentence; nothing where it means nothing.
func consequence(f finding.Effect) words.Text {
	switch {
	case len(f.Blocks) > 0:
		return words.Say("inside.loss.blocks", words.Args{"protocols": words.Protocols(f.Blocks)})
	case len(f.Degrades) > 0:
		return words.Say("inside.loss.degrades", words.Args{"protocols": words.Protocols(f.Degrades)})
	}
	return words.Text{}
}

var engineTitles = map[string]string{"windows": "Windows Firewall"}

// quoted quotes a rule that does not hold quotes of its own.
func quoted(rule string) string {
	if strings.Contains(rule, "\"") {
		return rule
	}
	return "\"" + rule + "\""
}

// portsText names the ports of firewall answers: "TCP and UDP port 4172 and TCP
// ports 8201 to 8250".
func portsText(denied []probe.Observation) words.List {
	type run struct{ first, last uint16 }
	var runs []run
	of := map[run][]string{} // transports
	for _, o := range denied {
		d := facts.Detail[probe.FirewallDetail](o)
		r := run{d.First, d.Last}
		if of[r] == nil {
			runs = append(runs, r)
		}
		of[r] = union(of[r], []string{strings.ToUpper(string(d.Transport))})
	}
	var list words.List
	for _, r := range runs {
		list = append(list, portRun(of[r], r.first, r.last))
	}
	return list
}

// portText names ports of one transport.
func portText(t probe.Transport, first, last uint16) words.Text {
	return portRun([]string{strings.ToUpper(string(t))}, first, last)
}

func portRun(transports []string, first, last uint16) words.Text {
	return words.Say(
		"inside.port-run",
		words.Args{"transports": transports, "one": first == last, "first": int(first), "last": int(last)},
	)
}

// firstFew are some of a list, and how many more there are.
func firstFew(list []string, n int) words.List {
	if len(list) <= n {
		return words.Names(list)
	}
	return append(words.Names(list[:n]), words.Say("inside.more", words.Args{"n": len(list) - n}))
}

func union[T ~string](a, b []T) []T {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

// ownPortBlocked: a program listens on eth0's address, and a connection from
// this very computer to it is refused or discarded. Nothing but its own firewall
// lies between. The rival is a program whose queue is full, which refuses nobody but on
// Windows. Such a connection arrives on the loopback interface, so where
// the rules were read and let the gateway's packets in on eth0, or where somebody
// outside is connected, it says little.
var ownPortBlocked = rule{
	Code:  "own_port_blocked",
	Layer: layer.WorkspaceFirewall,
	Part:  ownPortPart,
	Needs: []probe.Operation{probe.TCPConnect},
	Where: hereOnPorts,
	Check: func(e evidence) (finding.Finding, bool) {
		var f finding.Effect
		var refused, silent []probe.Observation
		var ports []uint16
		for _, o := range e.At("own-port", probe.TCPConnect) {
			p, known := streamPortOf(probe.TCP, o.Port())
			loss := e.takesAway(p)
			kept, _ := e.keptHere(o)
			if !known || loss.Severity() == finding.SeverityInfo || !e.unanswered(o) && !kept || e.ownPortPasses(p) {
				continue
			}
			if facts.IsSilent(o) {
				silent = append(silent, o)
			} else {
				refused = append(refused, o)
			}
			f.Blocks, f.Degrades = union(f.Blocks, loss.Blocks), union(f.Degrades, loss.Degrades)
			ports = append(ports, o.Port())
		}
		list := append(refused, silent...)
		if len(list) == 0 {
			return finding.Finding{}, false
		}
		found := finding.Finding{
			Severity: f.Severity(),
			Supports: facts.IDs(append(list, e.Of(probe.HostListeners)...)...),
			Blocks:   f.Blocks,
			Degrades: f.Degrades,
			Why:      words.Say("cause.own_port_blocked.why"),
		}
		found.Contradicts = facts.IDs(facts.Where(e.At("own-port", probe.TCPConnect), facts.IsOK)...)
		shut := words.Ports{TCP: ports}
		found.Summary = words.Say("cause.own_port_blocked.summary", words.Args{"ports": shut, "loss": consequence(f)})
		busy := finding.Rival{
			Layer: layer.StreamingHost, Rare: true, Why: words.Say("cause.own_port_blocked.busy.why"),
			By:   words.Say("cause.own_port_blocked.busy.by"),
			Next: words.Say("cause.own_port_blocked.busy.next"),
		}
		if !e.onWindows() { // which refuses where a queue is full
			busy.Out = facts.IDs(refused...)
		}
		switch {
		case e.wayInStands(list):
			found.Severity, found.Blocks, found.Degrades = finding.SeverityInfo, nil, nil
			found.Summary = words.Say("cause.own_port_blocked.stands", words.Args{"ports": shut})
			return found, true
		case e.rulesAccept(list):
			found.Summary = words.Say("cause.own_port_blocked.let-in", words.Args{"ports": shut})
			// Such a connection comes in on the loopback interface, for which other rules hold.
			busy.Rare, busy.Harmless, busy.Out = false, true, nil
			busy.Why = words.Say("cause.own_port_blocked.busy.why-2")
			busy.Next = words.Say("inside.try-to-connect").Then(words.Say("inside.look-for-software"))
		}
		found.Rivals = []finding.Rival{busy, e.noWorkspace(layer.StreamingHost)}
		return found, true
	},
}

// onWindows: the service manager is Windows'.
func (e evidence) onWindows() bool {
	return slices.ContainsFunc(
		e.Of(probe.HostServices),
		func(o probe.Observation) bool { return facts.Detail[probe.ServicesDetail](o).Manager == "scm" },
	)
}

// ownPortPasses: of a run of ports one was connected to. Another one of it belongs
// to a session that may have ended meanwhile.
func (e evidence) ownPortPasses(p streamPort) bool {
	return p.First < p.Last && slices.ContainsFunc(e.At("own-port", probe.TCPConnect), func(o probe.Observation) bool {
		return facts.IsOK(o) && p.First <= o.Port() && o.Port() <= p.Last
	})
}

// rulesAccept: the rules of a firewall were read for all these ports, and let
// packets in.
func (e evidence) rulesAccept(ports []probe.Observation) bool {
	return !slices.ContainsFunc(ports, func(o probe.Observation) bool {
		return !slices.ContainsFunc(e.Of(probe.HostFirewall), func(w probe.Observation) bool {
			d := facts.Detail[probe.FirewallDetail](w)
			return facts.IsOK(w) && d.Transport == probe.TCP && d.First <= o.Port() && o.Port() <= d.Last &&
				e.aboutEth0(d.Interface)
		})
	})
}

// wayInStands: a connection from outside stands to each of these ports.
func (e evidence) wayInStands(ports []probe.Observation) bool {
	all := append(e.connections(probe.PCoIP), e.connections(probe.DCV)...)
	return !slices.ContainsFunc(ports, func(o probe.Observation) bool {
		return !slices.ContainsFunc(all, func(c probe.Connection) bool { return c.Local.Port() == o.Port() })
	})
}
