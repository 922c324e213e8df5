package inside

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// firewallRedirects: the rules send packets for a port that streaming needs to another
// one, on which no program listens, or a stranger. Of those of TCP alone: a session may
// open its UDP port when it begins. The rivals are that a relay should listen there,
// which the service contradicts that listens on the port itself, and that the stranger
// is one.
var firewallRedirects = rule{
	Code:  "inside_firewall_redirects",
	Layer: layer.WorkspaceFirewall,
	Part:  redirectsPart,
	Needs: []probe.Operation{probe.HostFirewall},
	Where: byRules,
	Check: func(e evidence) (finding.Finding, bool) {
		var loss finding.Effect
		var sent []probe.Observation
		var ports []uint16
		var strangers []string
		to := map[uint16][]probe.Observation{}
		eth0, found := e.eth0()
		waits := found // the service, on the port itself
		for _, o := range e.Of(probe.HostFirewall) {
			d := facts.Detail[probe.FirewallDetail](o)
			of := e.lossOf(d)
			if !e.astray(d) || of.Severity() == finding.SeverityInfo {
				continue
			}
			loss.Blocks, loss.Degrades = union(loss.Blocks, of.Blocks), union(loss.Degrades, of.Degrades)
			sent = append(sent, o)
			if to[d.Redirected.Port] == nil {
				ports = append(ports, d.Redirected.Port)
			}
			to[d.Redirected.Port] = append(to[d.Redirected.Port], o)
			for _, l := range d.Redirected.Listeners {
				strangers = union(strangers, []string{probe.Clean(l.Process, 40)})
			}
			waits = waits && slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
				return l.Transport == d.Transport && d.First <= l.Port && l.Port <= d.Last &&
					l.Takes(eth0.Address.Addr()) &&
					!e.strangerTo(l, d)
			})
		}
		if len(sent) == 0 {
			return finding.Finding{}, false
		}
		var texts words.List
		for _, port := range ports {
			texts = append(
				texts,
				words.Say("cause.inside_firewall_redirects.to", words.Args{"ports": portsText(to[port]), "port": port}),
			)
		}
		f := finding.Finding{
			Severity: loss.Severity(),
			Said:     true,
			Supports: facts.IDs(sent...),
			Blocks:   loss.Blocks,
			Degrades: loss.Degrades,
			Why:      words.Say("cause.inside_firewall_redirects.why"),
		}
		another := finding.Rival{
			Layer: layer.StreamingHost, Why: words.Say("cause.inside_firewall_redirects.another.why"),
			By:   words.Say("cause.inside_firewall_redirects.another.by"),
			Next: words.Say("cause.inside_firewall_redirects.another.next"),
		}
		switch {
		case len(strangers) > 0:
			another.Harmless, another.Why = true, words.Say("cause.inside_firewall_redirects.another.why-2")
		case waits:
			another.Out = facts.IDs(e.Of(probe.HostListeners)...)
		}
		f.Summary = words.Say(
			"cause.inside_firewall_redirects.summary",
			words.Args{"ports": texts, "some": len(strangers) > 0, "strangers": strangers, "loss": consequence(loss)},
		)
		f.Rivals = []finding.Rival{another, e.inPool(), e.noWorkspace(layer.StreamingHost)}
		return f, true
	},
}

// lossOf is what shutting the ports of a firewall's answer would take away.
func (e evidence) lossOf(d probe.FirewallDetail) (loss finding.Effect) {
	for _, p := range streamPortsOf(d) {
		row := e.takesAway(p)
		if p.First < p.Last && e.listensBeside(p, d) {
			row.Blocks, row.Degrades = nil, union(row.Degrades, row.Blocks)
		}
		loss.Blocks, loss.Degrades = union(loss.Blocks, row.Blocks), union(loss.Degrades, row.Degrades)
	}
	return loss
}

// sentAway: packets that the rules let in are sent to a known port of this computer.
func (e evidence) sentAway(d probe.FirewallDetail) bool {
	return d.Given == probe.FirewallAccept && d.Redirected != nil && d.Redirected.Looked && d.Until == "" &&
		len(d.AtRest) == 0 &&
		e.aboutEth0(d.Interface)
}

// astray: they are, and nobody of the service listens there.
func (e evidence) astray(d probe.FirewallDetail) bool {
	if !e.sentAway(d) || d.Transport != probe.TCP {
		return false
	}
	return !slices.ContainsFunc(d.Redirected.Listeners, func(l probe.Listener) bool { return !e.strangerTo(l, d) })
}

// arrives: they are, and the service's own program listens there.
func (e evidence) arrives(d probe.FirewallDetail) bool {
	return e.sentAway(d) && slices.ContainsFunc(d.Redirected.Listeners, func(l probe.Listener) bool {
		return l.Process != "" && !e.strangerTo(l, d) || e.startedBy(l)
	})
}

// servedElsewhere: packets for these ports arrive at the service on another one.
func (e evidence) servedElsewhere(p streamPort) bool {
	return slices.ContainsFunc(e.Of(probe.HostFirewall), func(o probe.Observation) bool {
		d := facts.Detail[probe.FirewallDetail](o)
		return d.Transport == p.Transport && d.First <= p.First && p.Last <= d.Last && e.arrives(d)
	})
}

// strangerTo: the listener's process is known, and is none of those that should answer
// on the ports that were asked for.
func (e evidence) strangerTo(l probe.Listener, d probe.FirewallDetail) bool {
	return !e.startedBy(l) &&
		!slices.ContainsFunc(streamPortsOf(d), func(p streamPort) bool { return !stranger(l, p.protocol) })
}
