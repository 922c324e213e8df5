package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

var firewallRemedy = []string{
	"Let in on the management interface (eth0), from AWS's management network, all of: TCP and UDP 4172 and TCP 4489 for PCoIP, TCP 8200 for every WorkSpace, TCP 8201 to 8250 and UDP 8220 for DCV.",
}

// firewallBlocks: the firewall's own rules, read from the system and evaluated
// for a new packet that comes in on eth0, discard or refuse it. A rule set with
// an expression that could not be evaluated is no rival: it says so and accuses
// nobody.
var firewallBlocks = Rule{
	Code: "inside_firewall_blocks", Layer: layer.WorkspaceFirewall, Inside: true, Part: osFirewallPart, Needs: []probe.Operation{probe.HostFirewall},
	Meaning: "The operating system's firewall inside the WorkSpace blocks ports that the streaming gateway or AWS's management needs on eth0.",
	Decided: "The rules in force were read and evaluated for a packet that comes in on the management interface to that port: it is dropped or rejected, by the rule that is quoted.",
	Remedy:  firewallRemedy,
	Check: func(e Evidence) (Finding, bool) {
		var f effect
		var denied []probe.Observation
		var rules []string
		for _, o := range e.Of(probe.HostFirewall) {
			d := detail[probe.FirewallDetail](o)
			if o.Failure != probe.FirewallDenied || !e.aboutEth0(d.Interface) {
				continue
			}
			var loss effect
			for _, p := range streamPortsOf(d) {
				row := e.takesAway(p)
				if p.first < p.last && e.listensBeside(p, d) {
					row.blocks, row.degrades = nil, union(row.degrades, row.blocks)
				}
				loss.blocks, loss.degrades = union(loss.blocks, row.blocks), union(loss.degrades, row.degrades)
			}
			if loss.severity() == SeverityInfo {
				continue
			}
			f.blocks, f.degrades = union(f.blocks, loss.blocks), union(f.degrades, loss.degrades)
			denied = append(denied, o)
			if d.Rule != "" {
				rules = union(rules, []string{quoted(d.Rule)})
			}
		}
		if len(denied) == 0 {
			return Finding{}, false
		}
		found := Finding{
			Severity: f.severity(), Said: true, Supports: IDs(denied...), Blocks: f.blocks, Degrades: f.degrades,
			Why:    "It blocks the ports by which a WorkSpace of WorkSpaces Personal is reached.",
			Rivals: []Rival{e.inPool(), e.noWorkspace(layer.StreamingHost)},
		}
		d := detail[probe.FirewallDetail](denied[0])
		what := portsText(denied)
		blocks := fmt.Sprintf("The firewall inside the WorkSpace blocks %s on the management interface %s", what, d.Interface)
		let := fmt.Sprintf("Let %s in on the management interface %s.", what, d.Interface)
		if !slices.ContainsFunc(denied, func(o probe.Observation) bool { return !detail[probe.FirewallDetail](o).Answers }) {
			blocks = fmt.Sprintf("The firewall inside the WorkSpace lets no answers out from %s on the management interface %s", what, d.Interface)
			let = fmt.Sprintf("Let answers out from %s on the management interface %s (connections that are established).", what, d.Interface)
		}
		found.Summary = blocks + insideConsequence(f)
		if len(rules) > 0 {
			found.Summary += fmt.Sprintf(", by the %s %s %s", orElse(engineTitles[d.Engine], d.Engine), plural("rule", len(rules)), sentenceList(firstFew(rules, 2)))
		}
		found.Summary += "."
		found.Remedy = append([]string{let}, firewallRemedy...)
		if d.Manager != "" {
			found.Remedy = append([]string{fmt.Sprintf("The rules come from %s: change them there.", d.Manager)}, found.Remedy...)
		}
		// A session that stands does not need a new connection, but it says that the
		// rules have not always been so.
		if slices.ContainsFunc(denied, func(o probe.Observation) bool {
			d := detail[probe.FirewallDetail](o)
			return slices.ContainsFunc(append(e.connections("pcoip"), e.connections("dcv")...), func(c probe.Connection) bool { return d.First <= c.Local.Port() && c.Local.Port() <= d.Last })
		}) {
			found.Contradicts = IDs(e.Of(probe.HostListeners)...)
		}
		return found, true
	},
}

// firewallUnclear: the rules were read, and what becomes of a packet to a port that
// streaming needs depends on something that only the kernel, or another program,
// knows. So long as nobody outside is connected, nothing shows that it is let in.
var firewallUnclear = Rule{
	Code: "inside_firewall_unclear", Layer: layer.WorkspaceFirewall, Inside: true, Part: rulesOutcomePart, Needs: []probe.Operation{probe.HostFirewall},
	Meaning: "What the operating system's firewall inside the WorkSpace does to ports that the streaming gateway or AWS's management needs cannot be told from its rules.",
	Decided: "The rules in force were read, and the one that is quoted decides by what is not known here; no connection from outside shows that it lets such packets in.",
	Remedy:  firewallRemedy,
	Check: func(e Evidence) (Finding, bool) {
		var unclear []probe.Observation
		var why []string
		for _, o := range e.Of(probe.HostFirewall) {
			d := detail[probe.FirewallDetail](o)
			if d.Verdict != probe.FirewallUnknown || d.Transport == "" || !e.aboutEth0(d.Interface) {
				continue
			}
			needed := slices.ContainsFunc(streamPortsOf(d), func(p streamPort) bool {
				return slices.ContainsFunc(e.takesAway(p).blocks, func(protocol string) bool { return len(e.connections(protocol)) == 0 })
			})
			if needed {
				unclear, why = append(unclear, o), union(why, d.Unknown)
			}
		}
		if len(unclear) == 0 {
			return Finding{}, false
		}
		f := Finding{Severity: SeverityFault, Supports: IDs(unclear...),
			Summary: fmt.Sprintf("Whether the firewall inside the WorkSpace lets %s in on the management interface, and their answers out, cannot be told from its rules", portsText(unclear)),
			Why:     "A rule that decides over these ports cannot be judged from here.",
			Rivals: []Rival{{
				Layer: layer.StreamingGateway, Harmless: true, Why: "If it lets them in, nothing is wrong here, and the cause lies elsewhere.",
				Next: tryToConnect,
			}}}
		if len(why) > 0 {
			f.Summary += ": " + sentenceList(firstFew(why, 2))
		}
		f.Summary += "."
		return f, true
	},
}

// tryToConnect is what shows that the gateway is let in, whatever the rules are.
const tryToConnect = "Run this again while the user tries to connect: a connection from the management network shows that the gateway comes through."

// aboutEth0: rules were asked about the interface that the evidence as a whole
// takes for eth0.
func (e Evidence) aboutEth0(name string) bool {
	eth0, found := e.eth0()
	return !found || eth0.Name == name
}

// listensBeside: of a run of ports of which one for each session is used, others
// than the denied ones are in use, or would be first.
func (e Evidence) listensBeside(p streamPort, d probe.FirewallDetail) bool {
	on := e.on(p)
	if len(on) == 0 {
		return d.First > p.first
	}
	return !slices.ContainsFunc(on, func(l probe.Listener) bool { return d.First <= l.Port && l.Port <= d.Last })
}

// insideConsequence says what an effect means for the user, seen from inside.
func insideConsequence(f effect) string {
	switch {
	case len(f.blocks) > 0:
		return ", so " + protocolNames(f.blocks) + " sessions cannot start"
	case len(f.degrades) > 0:
		return ", so " + protocolNames(f.degrades) + " works less well"
	}
	return ""
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
func portsText(denied []probe.Observation) string {
	var texts []string
	of := map[string]string{} // transports by ports
	for _, o := range denied {
		d := detail[probe.FirewallDetail](o)
		name := fmt.Sprintf("port %d", d.First)
		if d.First != d.Last {
			name = fmt.Sprintf("ports %d to %d", d.First, d.Last)
		}
		transport := strings.ToUpper(string(d.Transport))
		switch have := of[name]; {
		case have == "":
			of[name] = transport
			texts = append(texts, name)
		case !strings.Contains(have, transport):
			of[name] = have + " and " + transport
		}
	}
	for i, name := range texts {
		texts[i] = of[name] + " " + name
	}
	return sentenceList(texts)
}

func firstFew(list []string, n int) []string {
	if len(list) > n {
		return append(slices.Clone(list[:n]), fmt.Sprintf("%d more", len(list)-n))
	}
	return list
}

func union(a, b []string) []string {
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
var ownPortBlocked = Rule{
	Code: "own_port_blocked", Layer: layer.WorkspaceFirewall, Inside: true, Part: ownPortPart, Needs: []probe.Operation{probe.TCPConnect},
	Meaning: "A streaming service listens, and not even the WorkSpace itself can connect to it: a firewall or security software inside stops the packets.",
	Decided: "The system lists a program that listens on the port at eth0's address, and a connection from this computer to that address and port failed.",
	Remedy:  firewallRemedy,
	Check: func(e Evidence) (Finding, bool) {
		var f effect
		var refused, silent []probe.Observation
		var ports []string
		for _, o := range e.At("own-port", probe.TCPConnect) {
			p, known := streamPortOf(probe.TCP, o.Port())
			loss := e.takesAway(p)
			kept, _ := e.keptHere(o)
			if !known || loss.severity() == SeverityInfo || !e.unanswered(o) && !kept || e.ownPortPasses(p) {
				continue
			}
			if isSilent(o) {
				silent = append(silent, o)
			} else {
				refused = append(refused, o)
			}
			f.blocks, f.degrades = union(f.blocks, loss.blocks), union(f.degrades, loss.degrades)
			ports = append(ports, fmt.Sprint(o.Port()))
		}
		list := append(refused, silent...)
		if len(list) == 0 {
			return Finding{}, false
		}
		found := Finding{Severity: f.severity(), Supports: IDs(append(list, e.Of(probe.HostListeners)...)...), Blocks: f.blocks, Degrades: f.degrades,
			Why: "Security software beside the firewall's rules may stop the gateway's packets as well."}
		found.Contradicts = IDs(where(e.At("own-port", probe.TCPConnect), isOK)...)
		names := plural("TCP port", len(ports)) + " " + sentenceList(ports)
		found.Summary = fmt.Sprintf("A program listens on %s of the management interface, and even this WorkSpace itself cannot connect to it%s: its own firewall or security software is in the way.", names, insideConsequence(f))
		busy := Rival{
			Layer: layer.StreamingHost, Rare: true, Why: "A program that takes no new connections, because its queue is full, looks the same.",
			By:   "the connection was refused, which a full queue does not do",
			Next: "Run again with privileges (sudo wsdoctor inside) to read the firewall's rules.",
		}
		if !e.onWindows() { // which refuses where a queue is full
			busy.Out = IDs(refused...)
		}
		switch {
		case e.wayInStands(list):
			found.Severity, found.Blocks, found.Degrades = SeverityInfo, nil, nil
			found.Summary = fmt.Sprintf("This WorkSpace cannot connect to its own %s, but the gateway can: a connection from outside stands.", names)
			return found, true
		case e.rulesAccept(list):
			found.Summary = fmt.Sprintf("This WorkSpace cannot connect to its own %s, though a program listens there and the firewall's rules let packets in on the management interface.", names)
			// Such a connection comes in on the loopback interface, for which other rules hold.
			busy.Rare, busy.Harmless, busy.Out = false, true, nil
			busy.Why = "The program may have been busy or ending, or only what the WorkSpace says to itself is stopped."
			busy.Next = tryToConnect + " Look for security software beside the firewall."
		}
		found.Rivals = []Rival{busy, e.noWorkspace(layer.StreamingHost)}
		return found, true
	},
}

// onWindows: the service manager is Windows'.
func (e Evidence) onWindows() bool {
	return slices.ContainsFunc(e.Of(probe.HostServices), func(o probe.Observation) bool { return detail[probe.ServicesDetail](o).Manager == "scm" })
}

// ownPortPasses: of a run of ports one was connected to. Another one of it belongs
// to a session that may have ended meanwhile.
func (e Evidence) ownPortPasses(p streamPort) bool {
	return p.first < p.last && slices.ContainsFunc(e.At("own-port", probe.TCPConnect), func(o probe.Observation) bool {
		return isOK(o) && p.first <= o.Port() && o.Port() <= p.last
	})
}

// rulesAccept: the rules of a firewall were read for all these ports, and let
// packets in.
func (e Evidence) rulesAccept(ports []probe.Observation) bool {
	return !slices.ContainsFunc(ports, func(o probe.Observation) bool {
		return !slices.ContainsFunc(e.Of(probe.HostFirewall), func(w probe.Observation) bool {
			d := detail[probe.FirewallDetail](w)
			return isOK(w) && d.Transport == probe.TCP && d.First <= o.Port() && o.Port() <= d.Last && e.aboutEth0(d.Interface)
		})
	})
}

// wayInStands: a connection from outside stands to each of these ports.
func (e Evidence) wayInStands(ports []probe.Observation) bool {
	all := append(e.connections("pcoip"), e.connections("dcv")...)
	return !slices.ContainsFunc(ports, func(o probe.Observation) bool {
		return !slices.ContainsFunc(all, func(c probe.Connection) bool { return c.Local.Port() == o.Port() })
	})
}
