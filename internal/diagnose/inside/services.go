package inside

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/prose"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// services are what the service manager said; nil where it was not asked.
func (e evidence) services() []probe.Service {
	for _, o := range facts.Where(e.Of(probe.HostServices), facts.IsOK) {
		return append([]probe.Service{}, facts.Detail[probe.ServicesDetail](o).Services...)
	}
	return nil
}

var roleTitles = map[string]string{"skylight": "the WorkSpaces management agent (SkyLight)", "pcoip": "the PCoIP agent", "dcv": "the DCV server"}

// concerns are the protocols a service's role carries, of those that matter here.
func (e evidence) concerns(role string) []string {
	var list []string
	if e.pool() {
		return nil
	}
	for _, protocol := range []string{"pcoip", "dcv"} {
		if e.Wants(protocol) && e.installed(protocol) && (role == "skylight" || role == protocol) {
			list = append(list, protocol)
		}
	}
	return list
}

// serviceStopped: the service manager itself says that a service is installed
// and does not run. Its rival, a service that runs and does not listen, is
// another rule.
var serviceStopped = rule{
	Code: "service_stopped", Layer: layer.StreamingHost, Part: servicesPart, Needs: []probe.Operation{probe.HostServices},
	Meaning: "A service that makes the WorkSpace reachable is installed and does not run.",
	Decided: "The system's service manager lists the service as stopped or failed.",
	Remedy:  []string{"Start the service and let it start with the system (Linux: systemctl enable --now NAME; Windows: Services, start type Automatic).", "If it stops again, read its log; restarting the WorkSpace from the console installs the PCoIP agent anew."},
	Check: func(e evidence) (finding.Finding, bool) {
		var names, protocols, odd []string
		for _, s := range e.services() {
			if !s.Installed || (s.State != "stopped" && s.State != "failed" && s.State != "paused") {
				continue
			}
			concerned := e.concerns(s.Role)
			if len(concerned) == 0 || e.doneByAnother(s) {
				continue
			}
			text := fmt.Sprintf("%s (%s) %s", cmp.Or(roleTitles[s.Role], "the service"), s.Name, stateWord(s))
			if e.mayBeDue(s) {
				odd = append(odd, text)
				continue
			}
			protocols = union(protocols, concerned)
			names = append(names, text)
		}
		due := finding.Rival{
			Layer: layer.StreamingGateway, Harmless: true, Why: "If the service starts only with a session, the gateway may not have asked for one.",
			By:   "the service is one that runs from the start",
			Next: "Wait two minutes and run this again while the user tries to connect; if the service is still stopped, start it.",
		}
		f := finding.Finding{Severity: finding.SeverityFault, Said: true, Supports: facts.IDs(e.Of(probe.HostServices)...), Blocks: protocols}
		switch {
		case len(names) > 0:
			due.Out = f.Supports
			f.Summary = capitalised(prose.List(names)) + "."
		case len(odd) > 0:
			f.Supports = append(f.Supports, facts.IDs(e.Of(probe.HostListeners)...)...)
			f.Summary = capitalised(prose.List(odd)) + ". It may start later, or only with a session, or another program may do its work."
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
	runs := func(role string) bool {
		return slices.ContainsFunc(e.services(), func(s probe.Service) bool {
			return s.Role == role && s.State == "running" && strings.HasPrefix(s.Name, "dcvserver")
		})
	}
	switch {
	case s.State != "stopped" || stoppedByError(s):
		return false
	case s.Enabled == "enabled" && strings.HasSuffix(s.Result, neverStarted):
		return true
	case s.Role == "skylight":
		return e.listensAt(probe.TCP, 8200) || e.maybePool()
	}
	return s.Role == "dcv" && !strings.HasPrefix(s.Name, "dcvserver") && runs("dcv")
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
	for _, protocol := range []string{"pcoip", "dcv"} {
		there := slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.Role == protocol && s.Installed })
		if !there || e.pool() || !e.Wants(protocol) || !e.leftOver(protocol) {
			continue
		}
		other := map[string]string{"pcoip": "dcv", "dcv": "pcoip"}[protocol]
		return finding.Finding{Severity: finding.SeverityInfo, Supports: facts.IDs(e.Of(probe.HostServices)...),
			Summary: fmt.Sprintf("This WorkSpace uses %s; %s is installed but stopped, which is normal after a protocol change. If it should use %s, run again with --protocol %s.",
				prose.Protocols([]string{other}), prose.Protocols([]string{protocol}), prose.Protocols([]string{protocol}), protocol)}, true
	}
	return finding.Finding{}, false
}

func capitalised(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func stateWord(s probe.Service) string {
	switch s.State {
	case "failed":
		if s.Result != "" && s.Result != "success" {
			return "has failed (" + s.Result + ")"
		}
		return "has failed"
	case "paused":
		return "is paused"
	}
	if s.Enabled == "disabled" || s.Enabled == "masked" {
		return "is stopped and " + s.Enabled
	}
	return "is stopped"
}

// hostAdapter begins the name of the service that joins AWS's side to the DCV
// server. It listens on none of the ports, so that they show nothing of it.
const hostAdapter = "wspdcvhostadapter"

// doneByAnother: a further service of the same role runs, and the role's ports
// are listened on, so the stopped one is not what is missing. (PCoIP and DCV come
// as several services, of which some start with a session.)
func (e evidence) doneByAnother(stopped probe.Service) bool {
	eth0, found := e.eth0()
	if !found || stopped.Role == "skylight" || stopped.State == "failed" || stopped.Enabled == "enabled" && strings.HasPrefix(stopped.Name, hostAdapter) {
		return false
	}
	runs := slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.Role == stopped.Role && s.State == "running" })
	return runs && slices.ContainsFunc(e.listeners(), func(l probe.Listener) bool {
		p, known := streamPortOf(l.Transport, l.Port)
		return known && p.protocol == stopped.Role && p.needed && p.transport == probe.TCP && l.Takes(eth0.Address.Addr())
	})
}

// serviceNotEnabled: it runs now and will not after a restart.
var serviceNotEnabled = rule{
	Code: "service_not_enabled", Layer: layer.StreamingHost, Part: startTypePart, Needs: []probe.Operation{probe.HostServices},
	Meaning: "A service that makes the WorkSpace reachable runs, and will not start by itself after a restart.",
	Decided: "The system's service manager lists the service as running, and as disabled.",
	Remedy:  []string{"Let the service start with the system (Linux: systemctl enable NAME; Windows: start type Automatic)."},
	Check: func(e evidence) (finding.Finding, bool) {
		var names, protocols []string
		alone := false  // nothing else is known that starts it
		barred := false // nothing can start it
		for _, s := range e.services() {
			if s.Installed && s.State == "running" && (s.Enabled == "disabled" || s.Enabled == "masked") && len(e.concerns(s.Role)) > 0 {
				alone = alone || !e.startedByAnother(s)
				barred = barred || s.Enabled == "masked"
				names = append(names, fmt.Sprintf("%s (%s)", cmp.Or(roleTitles[s.Role], "the service"), s.Name))
				protocols = union(protocols, e.concerns(s.Role))
			}
		}
		if len(names) == 0 {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityDegraded, Said: true, Supports: facts.IDs(e.Of(probe.HostServices)...), Degrades: protocols,
			Summary: capitalised(prose.List(names)) + " " + runWord(len(names)) + " not set to start with the system."}
		if !alone {
			f.Severity, f.Degrades = finding.SeverityInfo, nil
			f.Summary += " Another service beside it is, which may start it."
			return f, true
		}
		f.Rivals = []finding.Rival{{
			Layer: layer.LocalDevice, Rare: true, Harmless: true, Why: "Another service of this system that needs it may start it each time.",
			By:   "nothing starts a service that is masked, or disabled in Windows",
			Next: "Look whether it runs again after a restart of the WorkSpace (Linux: systemctl list-dependencies --reverse NAME says what starts it).",
			Out:  facts.IDs(facts.Where(e.Of(probe.HostServices), func(probe.Observation) bool { return barred || e.onWindows() })...),
		}}
		return f, true
	},
}

func runWord(n int) string {
	if n == 1 {
		return "runs, but is"
	}
	return "run, but are"
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
	Code: "listens_elsewhere", Layer: layer.StreamingHost, Part: listensAtPart, Needs: []probe.Operation{probe.HostListeners},
	Meaning: "A streaming service listens on another address than the management interface's, so the gateway cannot reach it.",
	Decided: "The system lists listeners on the port, and none at eth0's address.",
	Remedy:  []string{"Let the service listen on the management interface: undo the change in its configuration, and restart it.", "Restarting the WorkSpace from the console installs the PCoIP agent anew."},
	Check: func(e evidence) (finding.Finding, bool) {
		eth0, found := e.eth0()
		if !found {
			return finding.Finding{}, false
		}
		var f finding.Effect
		var texts []string
		for _, p := range streamPorts {
			loss := e.takesAway(p)
			on := e.on(p)
			if p.protocol == "dcv" && p.transport == probe.TCP && !slices.ContainsFunc(on, func(l probe.Listener) bool { return l.Process != "" }) {
				continue // whose they are is not known, and DCV may open its own with a session
			}
			if loss.Severity() == finding.SeverityInfo || len(on) == 0 || slices.ContainsFunc(on, func(l probe.Listener) bool { return l.Takes(eth0.Address.Addr()) }) {
				continue
			}
			f.Blocks, f.Degrades = union(f.Blocks, loss.Blocks), union(f.Degrades, loss.Degrades)
			texts = append(texts, fmt.Sprintf("%s only at %s", p.title, on[0].Address))
		}
		if len(texts) == 0 {
			return finding.Finding{}, false
		}
		return finding.Finding{Severity: f.Severity(), Said: true, Supports: facts.IDs(append(e.Of(probe.HostListeners), e.Of(probe.HostManagement)...)...), Blocks: f.Blocks, Degrades: f.Degrades, Rivals: []finding.Rival{e.noWorkspace(layer.ManagementInterface)},
			Summary: fmt.Sprintf("The streaming service does not listen on the management interface %s (%s)%s. It listens on %s.", eth0.Name, eth0.Address.Addr(), insideConsequence(f), prose.List(texts))}, true
	},
}

// on gives the listeners on a row's ports.
func (e evidence) on(p streamPort) []probe.Listener {
	var list []probe.Listener
	for _, l := range e.listeners() {
		if l.Transport == p.transport && p.first <= l.Port && l.Port <= p.last && !foreign(l, p.protocol) {
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
	Code: "not_listening", Layer: layer.StreamingHost, Part: listeningPart, Needs: []probe.Operation{probe.HostListeners},
	Meaning: "No program listens on a port that the streaming gateway or AWS's management needs.",
	Decided: "The system lists no listener on the port at all.",
	Remedy:  []string{"Restart the service, then the WorkSpace from the console.", "If it stays, read the service's log."},
	Check: func(e evidence) (finding.Finding, bool) {
		var sure, odd []streamPort
		_, managed := e.eth0()
		for _, p := range streamPorts {
			switch {
			case e.listeners() == nil || !p.needed || p.transport != probe.TCP || len(e.takesAway(p).Blocks) == 0:
			case p.protocol == "dcv" && e.listensOnEth0("dcv"), (p.protocol != "dcv" || !managed) && len(e.on(p)) > 0, e.servedElsewhere(p):
			case p.protocol == "dcv":
				odd = append(odd, p)
			default:
				sure = append(sure, p)
			}
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(append(e.Of(probe.HostListeners), e.Of(probe.HostServices)...)...)}
		if len(sure) == 0 && len(odd) == 0 {
			return finding.Finding{}, false
		}
		if len(sure) == 0 {
			f.Summary = "No program listens on a DCV port (TCP 8201 to 8250). Whether the DCV server opens them before a session begins is not documented."
			f.Why = "The DCV server may not have started its session."
			f.Rivals = []finding.Rival{{
				Layer: layer.StreamingGateway, Harmless: true, Why: "If the port opens only with a session, the gateway may not have asked for one.",
				Next: "Run this again while the user tries to connect: a port of 8201 to 8250 must be listened on then.",
			}}
			return f, true
		}
		var titles []string
		for _, p := range sure {
			titles, f.Blocks = append(titles, p.title), union(f.Blocks, e.takesAway(p).Blocks)
		}
		waits := finding.Rival{
			Layer: layer.DirectoryDNS, Why: "Services that need the directory may wait for it.",
			By:   "the services are not on their way up or down",
			Next: "Wait two minutes and run this again.",
		}
		pool := e.inPool()
		f.Why = "The agents may hang."
		switch {
		case e.settling(sure):
			f.Summary = fmt.Sprintf("Nothing listens on %s yet, and the service behind it is just starting or ending.", prose.List(titles))
		case e.agentUnknown(sure):
			f.Summary = fmt.Sprintf("The management agent (SkyLight) seems to be missing: nothing listens on %s. The service manager knows none of its names in WorkSpaces Personal.", prose.List(titles))
			f.Why, pool.Out, pool.Adds = "The management agent may have been removed.", nil, ""
			waits.Out = facts.IDs(e.Of(probe.HostServices)...)
		default:
			f.Summary = fmt.Sprintf("Nothing listens on %s inside the WorkSpace%s.", prose.List(titles), insideConsequence(finding.Effect{Blocks: f.Blocks}))
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
		role := cmp.Or(p.protocol, "skylight")
		return !slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.Role == role && (s.State == "starting" || s.State == "stopping") })
	})
}

// agentUnknown: of these ports only the management agent's is missing, and the
// service manager answered and does not know the agent.
func (e evidence) agentUnknown(ports []streamPort) bool {
	return e.services() != nil && !slices.ContainsFunc(ports, func(p streamPort) bool { return p.protocol != "" }) &&
		!slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.Role == "skylight" && s.Installed })
}

// notInstalled: the service manager knows neither PCoIP's nor DCV's services, and
// nobody listens on their ports.
var notInstalled = rule{
	Code: "streaming_not_installed", Layer: layer.StreamingHost, Part: installedPart, Needs: []probe.Operation{probe.HostServices, probe.HostListeners},
	Meaning: "Neither the PCoIP agent nor the DCV server is installed. It was removed.",
	Decided: "The system's service manager knows no service of either, and nobody listens on their ports.",
	Remedy:  []string{"Restart the WorkSpace from the console: that installs the agent anew.", "If it stays, rebuild the WorkSpace."},
	Check: func(e evidence) (finding.Finding, bool) {
		if e.listeners() == nil || e.installed("pcoip") || e.installed("dcv") || e.pool() {
			return finding.Finding{}, false
		}
		f := finding.Finding{Severity: finding.SeverityFault, Supports: facts.IDs(append(e.Of(probe.HostServices), e.Of(probe.HostListeners)...)...), Blocks: []string{"pcoip", "dcv"},
			Summary: "Neither the PCoIP agent nor the DCV server is installed in this WorkSpace.",
			Why:     "The streaming service may have been removed."}
		// What the DCV services are called on Windows is not documented for WorkSpaces.
		otherName := finding.Rival{
			Layer: layer.StreamingGateway, Harmless: true,
			Why:  "It may have another name and open its ports only with a session, which the gateway may not have asked for.",
			By:   "the service manager knows no service of the names that all WorkSpaces of Linux have",
			Next: "Look in the list of services for the PCoIP Standard Agent and for services of DCV or WSP. One of them must be there and run.",
			Out: facts.IDs(facts.Where(e.Of(probe.HostServices), func(o probe.Observation) bool {
				return facts.IsOK(o) && facts.Detail[probe.ServicesDetail](o).Manager == "systemd"
			})...),
		}
		if len(otherName.Out) == 0 {
			f.Summary = "No streaming service was found: no PCoIP agent, no DCV server under its usual name, and no program listens on their ports."
			if e.services() == nil {
				f.Summary = "No program listens on the streaming ports, and the service manager could not be asked for their services."
			}
		}
		f.Rivals = []finding.Rival{otherName, e.inPool(), e.noWorkspace(layer.ManagementInterface)}
		return f, true
	},
}
