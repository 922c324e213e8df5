package desk

import (
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// sendDenied is this kernel's own refusal, before any packet left. Its rival,
// a firewall on the network, cannot make a local send fail.
var sendDenied = rule{
	Code:     "host_denies_send",
	Layer:    layer.LocalFirewall,
	Needs:    []probe.Operation{probe.TCPConnect, probe.STUNBinding, probe.QUICVersion, probe.HostRoute},
	Explains: samePorts,
	Where:    onThisComputersPorts,
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Observations, func(o probe.Observation) bool {
			if route, isRoute := o.Detail.(probe.RouteDetail); isRoute &&
				(route.Port == 0 || (route.Family == "ip6") != e.OnlyIPv6()) {
				return false // a kill switch that prohibits the family nobody uses costs nothing
			}
			return o.Failure == probe.LocalPolicyDenied && e.primary(o)
		})
		return hostFinding(e, list, "cause.host_denies_send.refuses")
	},
}

// hostRejects: an ICMP "prohibited" or "port unreachable" whose sender is this
// computer. Its rivals: a router's rejection names the router; "host
// unreachable" from oneself is only a neighbour that did not answer.
var hostRejects = rule{
	Code:     "host_rejects",
	Layer:    layer.LocalFirewall,
	Needs:    []probe.Operation{probe.TCPConnect, probe.STUNBinding, probe.QUICVersion},
	Explains: samePorts,
	Where:    onThisComputersPorts,
	Check: func(e evidence) (finding.Finding, bool) {
		list := facts.Where(e.Observations, func(o probe.Observation) bool {
			m := facts.ICMP(o)
			return m != nil && m.OwnHost && o.Failure != probe.HostUnreachable && o.Failure != probe.MessageSize &&
				o.Failure != probe.NetworkUnreachable &&
				e.primary(o) &&
				!isLoopbackResolver(o)
		})
		return hostFinding(e, list, "cause.host_rejects.rejects")
	},
}

// hostFinding is what this system says of itself; does is the message that says it.
func hostFinding(e evidence, list []probe.Observation, does string) (finding.Finding, bool) {
	if len(list) == 0 {
		return finding.Finding{}, false
	}
	effect := e.effectOf(list)
	return finding.Finding{
		Severity: effect.Severity(),
		Said:     true,
		Summary: e.headline(ownSoftware, "does", effect, ports(list)).
			Then(words.Say(does, words.Args{"what": ports(list)})),
		Supports: facts.IDs(list...),
		Blocks:   effect.Blocks,
		Degrades: effect.Degrades,
	}, true
}
