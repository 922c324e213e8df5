package inside

import (
	"cmp"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// portTaken: a program that is none of the service's holds its port on eth0, so that
// the gateway talks to a stranger. Its rival, a service whose program has another name
// than elsewhere, is contradicted where the service manager knows it and it does not
// run; a session that stands shows that the right one answers.
var portTaken = rule{
	Code: "port_taken", Layer: layer.StreamingHost, Part: takenPart, Needs: []probe.Operation{probe.HostListeners},
	Where: finding.NoPlace[evidence], // set as it is found
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		var texts words.List
		var roles []probe.ServiceRole
		var blocks []probe.Protocol
		var where *finding.Where
		for _, p := range streamPorts {
			taken := slices.DeleteFunc(
				e.listenersOn(p),
				func(l probe.Listener) bool { return found && !l.Takes(eth0.Address.Addr()) },
			)
			loss := e.takesAway(p).Blocks
			if p.protocol == probe.DCV || len(loss) == 0 || len(taken) == 0 || len(e.connections(p.protocol)) > 0 ||
				slices.ContainsFunc(
					taken,
					func(l probe.Listener) bool { return !stranger(l, p.protocol) || e.startedBy(l) },
				) {
				continue
			}
			blocks, roles = union(
				blocks,
				loss,
			), union(
				roles,
				[]probe.ServiceRole{cmp.Or(probe.ServiceRole(p.protocol), probe.SkyLight)},
			)
			program := probe.Clean(taken[0].Process, 40)
			texts = append(texts, words.Say("cause.port_taken.held", words.Args{"port": p.Text(), "program": program}))
			if where == nil {
				where = &finding.Where{
					Kind:    finding.OnComputer,
					Ports:   []string{ports(p.Transport, p.First, p.Last)},
					Product: program,
				}
			}
		}
		if len(texts) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Said:     true,
			Supports: facts.IDs(append(e.Of(probe.HostListeners), e.Of(probe.HostServices)...)...),
			Blocks:   blocks,
			Where:    where,
			Why:      words.Say("cause.port_taken.why"),
		}
		f.Summary = words.Say(
			"cause.port_taken.needed",
			words.Args{"ports": texts, "loss": consequence(finding.Effect{Blocks: blocks})},
		)
		named := finding.Rival{
			Layer: layer.StreamingHost, Harmless: true, Why: words.Say("cause.port_taken.named.why"),
			Next: words.Say("cause.port_taken.named.next"),
		}
		switch {
		case !slices.ContainsFunc(roles, func(role probe.ServiceRole) bool { return !e.standsStill(role) }):
			named.Out = facts.IDs(e.Of(probe.HostServices)...)
		case !slices.Contains(roles, probe.ServesPCoIP):
			// How the management agent's program is called on each system is not documented.
			f.Severity, f.Blocks = finding.SeverityInfo, nil
			f.Summary = words.Say("cause.port_taken.summary", words.Args{"texts": texts})
		}
		f.Rivals = []finding.Rival{named, e.noWorkspace(layer.ManagementInterface)}
		return f, true
	},
}

// startedBy: the service manager names this process as a service's own.
func (e evidence) startedBy(l probe.Listener) bool {
	return slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.PID > 0 && s.PID == l.PID })
}

// standsStill: the service manager knows a service of this role, and it does not run.
func (e evidence) standsStill(role probe.ServiceRole) bool {
	there := false
	for _, s := range e.services() {
		if s.Role == role && s.Installed {
			if s.State == "running" {
				return false
			}
			there = true
		}
	}
	return there
}
