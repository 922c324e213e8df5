package inside

import (
	"cmp"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// services are what the service manager said; nil where it was not asked.
func (e evidence) services() []probe.Service {
	for _, o := range facts.Where(e.Of(probe.HostServices), facts.IsOK) {
		return append([]probe.Service{}, facts.Detail[probe.ServicesDetail](o).Services...)
	}
	return nil
}

// concerns are the protocols a service carries, of those that matter here.
func (e evidence) concerns(s probe.Service) []probe.Protocol {
	var list []probe.Protocol
	if e.pool() {
		return nil
	}
	for _, protocol := range probe.StreamingProtocols() {
		if e.Wants(protocol) && e.installed(protocol) && (s.Role == probe.SkyLight || s.Streams(protocol)) {
			list = append(list, protocol)
		}
	}
	return list
}

// serviceStopped: the service manager itself says that a service is installed
// and does not run. Its rival, a service that runs and does not listen, is
// another rule.
var serviceStopped = rule{
	Code:  "service_stopped",
	Layer: layer.StreamingHost,
	Part:  servicesPart,
	Needs: []probe.Operation{probe.HostServices},
	Where: atServices,
	Check: func(e evidence) (finding.Finding, bool) {
		var names, odd words.List
		var protocols []probe.Protocol
		for _, s := range e.services() {
			if !s.Installed || (s.State != "stopped" && s.State != "failed" && s.State != "paused") {
				continue
			}
			concerned := e.concerns(s)
			if len(concerned) == 0 || e.doneByAnother(s) {
				continue
			}
			text := words.Say("inside.service-is", words.Args{"service": serviceText(s), "state": stateText(s)})
			if e.mayBeDue(s) {
				odd = append(odd, text)
				continue
			}
			protocols = union(protocols, concerned)
			names = append(names, text)
		}
		due := finding.Rival{
			Layer: layer.StreamingGateway, Harmless: true, Why: words.Say("cause.service_stopped.due.why"),
			By:   words.Say("cause.service_stopped.due.by"),
			Next: words.Say("cause.service_stopped.due.next"),
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Said:     true,
			Supports: facts.IDs(e.Of(probe.HostServices)...),
			Blocks:   protocols,
		}
		switch {
		case len(names) > 0:
			due.Out = f.Supports
			f.Summary = words.Say("cause.service_stopped.summary", words.Args{"services": names})
		case len(odd) > 0:
			f.Supports = append(f.Supports, facts.IDs(e.Of(probe.HostListeners)...)...)
			f.Summary = words.Say("cause.service_stopped.odd", words.Args{"services": odd})
		default:
			return e.leftOvers()
		}
		f.Rivals = []finding.Rival{due, e.noWorkspace(layer.ManagementInterface)}
		return f, true
	},
}

// mayBeDue: something else explains that a service is stopped: Windows starts it after
// the others and has not yet; its port is listened on all the same; it helps a DCV
// server that runs, whose ports may come with a session; or it is the management
// agent in what may be a pool, which may do without.
func (e evidence) mayBeDue(s probe.Service) bool {
	runs := func() bool {
		return slices.ContainsFunc(e.services(), func(s probe.Service) bool {
			return s.Streams(probe.DCV) && s.State == "running" && strings.HasPrefix(s.Name, "dcvserver")
		})
	}
	switch {
	case s.State != "stopped" || stoppedByError(s):
		return false
	case s.Enabled == "enabled" && strings.HasSuffix(s.Result, neverStarted):
		return true
	case s.Role == probe.SkyLight:
		return e.listensAt(probe.Eth0Agent.Transport, probe.Eth0Agent.First) || e.maybePool()
	}
	return s.Streams(probe.DCV) && !strings.HasPrefix(s.Name, "dcvserver") && runs()
}

// listensAt: somebody listens on a port of eth0.
func (e evidence) listensAt(t probe.Transport, port uint16) bool {
	eth0, found := e.eth0()
	return found && slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
		return l.Transport == t && l.Port == port && l.Takes(eth0.Address.Addr())
	})
}

// leftOvers tells of a protocol that this WorkSpace no longer streams by.
func (e evidence) leftOvers() (finding.Finding, bool) {
	for _, protocol := range probe.StreamingProtocols() {
		there := slices.ContainsFunc(
			e.services(),
			func(s probe.Service) bool { return s.Streams(protocol) && s.Installed },
		)
		if !there || e.pool() || !e.Wants(protocol) || !e.leftOver(protocol) {
			continue
		}
		other := protocol.Other()
		return finding.Finding{
			Severity: finding.SeverityInfo,
			Supports: facts.IDs(e.Of(probe.HostServices)...),
			Summary: words.Say(
				"inside.left-overs.summary",
				words.Args{
					"what":     words.Protocols{other},
					"what2":    words.Protocols{protocol},
					"what3":    words.Protocols{protocol},
					"protocol": protocol,
				},
			),
		}, true
	}
	return finding.Finding{}, false
}

// serviceText names a service by what it is, and as the service manager does.
func serviceText(s probe.Service) words.Text {
	return words.Say("inside.service", words.Args{"role": s.Role, "name": s.Name})
}

// stateText says how a service that does not run stands.
func stateText(s probe.Service) words.Text {
	switch {
	case s.State == "failed" && s.Result != "" && s.Result != "success":
		return words.Say("inside.service-state.failed-by", words.Args{"result": s.Result})
	case s.State == "failed":
		return words.Say("inside.service-state.failed")
	case s.State == "paused":
		return words.Say("inside.service-state.paused")
	case s.Enabled == "disabled" || s.Enabled == "masked":
		return words.Say("inside.service-state.barred", words.Args{"how": s.Enabled})
	}
	return words.Say("inside.service-state.stopped")
}

// hostAdapter begins the name of the service that joins AWS's side to the DCV
// server. It listens on none of the ports, so that they show nothing of it.
const hostAdapter = "wspdcvhostadapter"

// doneByAnother: a further service of the same role runs, and the role's ports
// are listened on, so the stopped one is not what is missing. (PCoIP and DCV come
// as several services, of which some start with a session.)
func (e evidence) doneByAnother(stopped probe.Service) bool {
	eth0, found := e.eth0()
	if !found || stopped.Role == probe.SkyLight || stopped.State == "failed" ||
		stopped.Enabled == "enabled" && strings.HasPrefix(stopped.Name, hostAdapter) {
		return false
	}
	runs := slices.ContainsFunc(
		e.services(),
		func(s probe.Service) bool { return s.Role == stopped.Role && s.State == "running" },
	)
	return runs && slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
		p, known := streamPortOf(l.Transport, l.Port)
		return known && stopped.Streams(p.protocol) && p.needed && p.Transport == probe.TCP &&
			l.Takes(eth0.Address.Addr())
	})
}

// serviceNotEnabled: it runs now and will not after a restart.
var serviceNotEnabled = rule{
	Code:  "service_not_enabled",
	Layer: layer.StreamingHost,
	Part:  startTypePart,
	Needs: []probe.Operation{probe.HostServices},
	Where: atServices,
	Check: func(e evidence) (finding.Finding, bool) {
		var names words.List
		var protocols []probe.Protocol
		alone := false  // nothing else is known that starts it
		barred := false // nothing can start it
		for _, s := range e.services() {
			if s.Installed && s.State == "running" && (s.Enabled == "disabled" || s.Enabled == "masked") &&
				len(e.concerns(s)) > 0 {
				alone = alone || !e.startedByAnother(s)
				barred = barred || s.Enabled == "masked"
				names = append(names, serviceText(s))
				protocols = union(protocols, e.concerns(s))
			}
		}
		if len(names) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityDegraded,
			Said:     true,
			Supports: facts.IDs(e.Of(probe.HostServices)...),
			Degrades: protocols,
			Summary:  words.Say("cause.service_not_enabled.all", words.Args{"services": names}),
		}
		if !alone {
			f.Severity, f.Degrades = finding.SeverityInfo, nil
			f.Summary = f.Summary.Then(words.Say("cause.service_not_enabled.summary"))
			return f, true
		}
		f.Rivals = []finding.Rival{
			{
				Layer:    layer.LocalDevice,
				Rare:     true,
				Harmless: true,
				Why:      words.Say("cause.service_not_enabled.local-device.why"),
				By:       words.Say("cause.service_not_enabled.local-device.by"),
				Next:     words.Say("cause.service_not_enabled.local-device.next"),
				Out: facts.IDs(
					facts.Where(
						e.Of(probe.HostServices),
						func(probe.Observation) bool { return barred || e.onWindows() },
					)...),
			},
		}
		return f, true
	},
}

// startedByAnother: a further service of the role runs and starts with the system,
// and may take this one along.
func (e evidence) startedByAnother(s probe.Service) bool {
	return slices.ContainsFunc(e.services(), func(o probe.Service) bool {
		return o.Role == s.Role && o.Name != s.Name && o.State == "running" && o.Enabled == "enabled"
	})
}

// listensElsewhere: a listener on the port exists, and none of them takes packets
// for eth0's address. Its rival, nobody listens at all, is another rule.
var listensElsewhere = rule{
	Code:  "listens_elsewhere",
	Layer: layer.StreamingHost,
	Part:  listensAtPart,
	Needs: []probe.Operation{probe.HostListeners},
	Where: hereOnEth0,
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		if !found {
			return finding.Finding{}, false
		}
		var f finding.Effect
		var texts words.List
		for _, p := range streamPorts {
			loss := e.takesAway(p)
			on := e.listenersOn(p)
			if p.protocol == probe.DCV && p.Transport == probe.TCP &&
				!slices.ContainsFunc(on, func(l probe.Listener) bool { return l.Process != "" }) {
				continue // whose they are is not known, and DCV may open its own with a session
			}
			if loss.Severity() == finding.SeverityInfo || len(on) == 0 ||
				slices.ContainsFunc(on, func(l probe.Listener) bool { return l.Takes(eth0.Address.Addr()) }) {
				continue
			}
			f.Blocks, f.Degrades = union(f.Blocks, loss.Blocks), union(f.Degrades, loss.Degrades)
			texts = append(
				texts,
				words.Say("cause.listens_elsewhere.at", words.Args{"port": p.Text(), "address": on[0].Address}),
			)
		}
		if len(texts) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: f.Severity(),
			Said:     true,
			Supports: facts.IDs(append(e.Of(probe.HostListeners), e.Of(probe.HostManagement)...)...),
			Blocks:   f.Blocks,
			Degrades: f.Degrades,
			Rivals:   []finding.Rival{e.noWorkspace(layer.ManagementInterface)},
			Summary: words.Say(
				"cause.listens_elsewhere.summary",
				words.Args{
					"interface": eth0.Name,
					"address":   eth0.Address.Addr(),
					"loss":      consequence(f),
					"ports":     texts,
				},
			),
		}, true
	},
}

// listenersOn gives the listeners on a row's ports.
func (e evidence) listenersOn(p streamPort) []probe.Listener {
	var list []probe.Listener
	for _, l := range e.listeners() {
		if l.Transport == p.Transport && p.First <= l.Port && l.Port <= p.Last && !foreign(l, p.protocol) {
			list = append(list, l)
		}
	}
	return list
}

// notListening: the service manager says that the service runs, and nobody
// listens on its port. For the management agent and PCoIP that is a fault; DCV
// may open its ports with a session, which is not documented, so there it is only
// odd.
var notListening = rule{
	Code:  "not_listening",
	Layer: layer.StreamingHost,
	Part:  listeningPart,
	Needs: []probe.Operation{probe.HostListeners},
	Where: atServices,
	Check: func(e evidence) (finding.Finding, bool) {
		var sure, odd []streamPort
		_, managed := e.eth0()
		for _, p := range streamPorts {
			switch {
			case e.listeners() == nil || !p.needed || p.Transport != probe.TCP || len(e.takesAway(p).Blocks) == 0:
			case p.protocol == probe.DCV && e.listensOnEth0(probe.DCV),
				(p.protocol != probe.DCV || !managed) && len(e.listenersOn(p)) > 0,
				e.servedElsewhere(p):
			case p.protocol == probe.DCV:
				odd = append(odd, p)
			default:
				sure = append(sure, p)
			}
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(e.Of(probe.HostListeners), e.Of(probe.HostServices)...)...),
		}
		if len(sure) == 0 && len(odd) == 0 {
			return finding.Finding{}, false
		}
		if len(sure) == 0 {
			f.Summary = words.Say("cause.not_listening.dcv")
			f.Why = words.Say("cause.not_listening.why")
			f.Rivals = []finding.Rival{
				{
					Layer:    layer.StreamingGateway,
					Harmless: true,
					Why:      words.Say("cause.not_listening.streaming-gateway.why"),
					Next:     words.Say("cause.not_listening.streaming-gateway.next"),
				},
			}
			return f, true
		}
		var titles words.List
		for _, p := range sure {
			titles, f.Blocks = append(titles, p.Text()), union(f.Blocks, e.takesAway(p).Blocks)
		}
		waits := finding.Rival{
			Layer: layer.DirectoryDNS, Why: words.Say("cause.not_listening.waits.why"),
			By:   words.Say("cause.not_listening.waits.by"),
			Next: words.Say("cause.not_listening.waits.next"),
		}
		pool := e.inPool()
		f.Why = words.Say("cause.not_listening.why-2")
		switch {
		case e.settling(sure):
			f.Summary = words.Say("cause.not_listening.settling", words.Args{"titles": titles})
		case e.agentUnknown(sure):
			f.Summary = words.Say("cause.not_listening.agent-missing", words.Args{"titles": titles})
			f.Why, pool.Out, pool.Adds = words.Say("cause.not_listening.why-3"), nil, words.Text{}
			waits.Out = facts.IDs(e.Of(probe.HostServices)...)
		default:
			f.Summary = words.Say(
				"cause.not_listening.all",
				words.Args{"ports": titles, "loss": consequence(finding.Effect{Blocks: f.Blocks})},
			)
			waits.Out = f.Supports
		}
		f.Rivals = []finding.Rival{waits, pool, e.noWorkspace(layer.ManagementInterface)}
		return f, true
	},
}

// settling: the services behind these ports are on their way up or down, as after
// a start of the system.
func (e evidence) settling(ports []streamPort) bool {
	return !slices.ContainsFunc(ports, func(p streamPort) bool {
		role := cmp.Or(probe.ServiceRole(p.protocol), probe.SkyLight)
		return !slices.ContainsFunc(
			e.services(),
			func(s probe.Service) bool { return s.Role == role && (s.State == "starting" || s.State == "stopping") },
		)
	})
}

// agentUnknown: of these ports only the management agent's is missing, and the
// service manager answered and does not know the agent.
func (e evidence) agentUnknown(ports []streamPort) bool {
	return e.services() != nil && !slices.ContainsFunc(ports, func(p streamPort) bool { return p.protocol != "" }) &&
		!slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.Role == probe.SkyLight && s.Installed })
}

// notInstalled: the service manager knows neither PCoIP's nor DCV's services, and
// nobody listens on their ports.
var notInstalled = rule{
	Code:  "streaming_not_installed",
	Layer: layer.StreamingHost,
	Part:  installedPart,
	Needs: []probe.Operation{probe.HostServices, probe.HostListeners},
	Where: here,
	Check: func(e evidence) (finding.Finding, bool) {
		if e.listeners() == nil || e.installed(probe.PCoIP) || e.installed(probe.DCV) || e.pool() {
			return finding.Finding{}, false
		}
		f := finding.Finding{
			Severity: finding.SeverityFault,
			Supports: facts.IDs(append(e.Of(probe.HostServices), e.Of(probe.HostListeners)...)...),
			Blocks:   probe.StreamingProtocols(),
			Summary:  words.Say("cause.streaming_not_installed.neither"),
			Why:      words.Say("cause.streaming_not_installed.why"),
		}
		// What the DCV services are called on Windows is not documented for WorkSpaces.
		otherName := finding.Rival{
			Layer: layer.StreamingGateway, Harmless: true,
			Why:  words.Say("cause.streaming_not_installed.other-name.why"),
			By:   words.Say("cause.streaming_not_installed.other-name.by"),
			Next: words.Say("cause.streaming_not_installed.other-name.next"),
			Out: facts.IDs(facts.Where(e.Of(probe.HostServices), func(o probe.Observation) bool {
				return facts.IsOK(o) && facts.Detail[probe.ServicesDetail](o).Manager == "systemd"
			})...),
		}
		if len(otherName.Out) == 0 {
			f.Summary = words.Say("cause.streaming_not_installed.not-found")
			if e.services() == nil {
				f.Summary = words.Say("cause.streaming_not_installed.not-asked")
			}
		}
		f.Rivals = []finding.Rival{otherName, e.inPool(), e.noWorkspace(layer.ManagementInterface)}
		return f, true
	},
}
