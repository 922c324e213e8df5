package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// agentPrograms are beginnings of the names of the programs behind the ports that
// nobody else should hold, by protocol; the management agent's is empty. Those of the
// system may hold a socket for a service.
var agentPrograms = map[string][]string{
	"pcoip": {"pcoip", "teradici", "systemd", "svchost", "system"},
	"":      {"sky", "workspace", "amazon", "aws", "systemd", "svchost", "system"},
}

// portTaken: a program that is none of the service's holds its port on eth0, so that
// the gateway talks to a stranger. Its rival, a service whose program has another name
// than elsewhere, is the one that the service manager says runs.
var portTaken = Rule{
	Code: "port_taken", Layer: layer.StreamingHost, Inside: true, Part: takenPart, Needs: []probe.Operation{probe.HostListeners},
	Meaning: "Another program holds a port that the PCoIP agent or AWS's management agent needs, so that the gateway talks to the wrong one.",
	Decided: "This system names the program that listens on the port, it is none of the service's, and the service itself does not run.",
	Remedy:  []string{"Stop that program or give it another port, then restart the service, or the WorkSpace from the console."},
	Check: func(e Evidence) (Finding, bool) {
		f := Finding{Severity: SeverityFault, Said: true, Why: "A program that is none of the service's holds the port."}
		named := Rival{
			Layer: layer.StreamingHost, Harmless: true, Why: "The service's program may have another name here.",
			Next: "Look in the WorkSpace what that program is (Windows: Task Manager; Linux: ps), and compare with a WorkSpace that works.",
		}
		var texts []string
		silent := true
		for _, p := range streamPorts {
			loss := e.takesAway(p).blocks
			on := e.on(p)
			if agentPrograms[p.protocol] == nil || len(loss) == 0 || len(on) == 0 || slices.ContainsFunc(on, e.serviceOwn(p)) {
				continue
			}
			f.Blocks = union(f.Blocks, loss)
			texts = append(texts, fmt.Sprintf("%s holds %s", probe.Clean(on[0].Process, 40), p.title))
			silent = silent && !e.serviceRuns(orElse(p.protocol, "skylight"))
		}
		if len(texts) == 0 {
			return Finding{}, false
		}
		if silent {
			named.Out = IDs(e.Of(probe.HostServices)...)
		}
		f.Supports = IDs(append(e.Of(probe.HostListeners), e.Of(probe.HostServices)...)...)
		f.Rivals = []Rival{named, e.noWorkspace(layer.ManagementInterface)}
		f.Summary = fmt.Sprintf("The program %s, which the streaming gateway needs%s.", sentenceList(texts), insideConsequence(effect{blocks: f.Blocks}))
		return f, true
	},
}

// serviceOwn: a listener may be the service's own, by its name or its process, or
// because nothing is known of it.
func (e Evidence) serviceOwn(p streamPort) func(probe.Listener) bool {
	return func(l probe.Listener) bool {
		name := strings.ToLower(l.Process)
		return name == "" || slices.ContainsFunc(agentPrograms[p.protocol], func(begin string) bool { return strings.HasPrefix(name, begin) }) ||
			slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.PID > 0 && s.PID == l.PID })
	}
}

// serviceRuns: the service manager says that a service of this role runs, or it was
// not asked.
func (e Evidence) serviceRuns(role string) bool {
	return e.services() == nil || slices.ContainsFunc(e.services(), func(s probe.Service) bool { return s.Role == role && s.State == "running" })
}
