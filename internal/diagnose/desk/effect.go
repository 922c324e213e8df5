package desk

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// effectOf counts a role as lost only if no address of it passes.
func (e evidence) effectOf(blocked []probe.Observation) finding.Effect {
	var f finding.Effect
	lost := func(role string) bool {
		return slices.ContainsFunc(blocked, func(o probe.Observation) bool { return roleOf(o) == role }) &&
			!facts.StateOf(e.WantedPort(role)).Passes()
	}
	if e.Wants(probe.PCoIP) && (lost("pcoip-tcp") || lost("pcoip-udp")) {
		f.Blocks = append(f.Blocks, probe.PCoIP)
	}
	tcp, udp := lost("dcv-tcp"), lost("dcv-udp")
	if e.Wants(probe.DCV) && (tcp || udp) {
		switch tcpPasses, udpPasses := facts.StateOf(e.WantedPort("dcv-tcp")).Passes(), facts.StateOf(e.WantedPort("dcv-udp")).Passes(); {
		case tcp && !udpPasses, udp && !tcpPasses:
			f.Unsure = append(f.Unsure, probe.DCV) // clients since 5.23 also come over 443
		default:
			f.Degrades = append(f.Degrades, probe.DCV)
		}
	}
	if e.namesLost(blocked) {
		f.Blocks, f.Unsure = nil, nil
		for _, p := range probe.StreamingProtocols() {
			if e.Wants(p) {
				f.Blocks = append(f.Blocks, p)
			}
		}
		return f
	}
	for _, endpoint := range facts.RequiredWeb {
		w, asked := e.Web(endpoint)
		if !asked || w.OK() || !e.Wants(w.Role.Protocol) ||
			!slices.ContainsFunc(blocked, func(o probe.Observation) bool { return roleOf(o) == endpoint }) {
			continue
		}
		for _, p := range probe.StreamingProtocols() {
			if e.Wants(p) && (w.Role.Protocol == "" || w.Role.Protocol == p) && !slices.Contains(f.Blocks, p) {
				f.Blocks = append(f.Blocks, p)
				f.Unsure = slices.DeleteFunc(f.Unsure, func(u probe.Protocol) bool { return u == p })
			}
		}
	}
	return f
}

// effectOfFalseAccepts is the effect of ports whose accept was somebody else's.
func (e evidence) effectOfFalseAccepts(ported []probe.Observation) finding.Effect {
	var f finding.Effect
	for _, r := range facts.StreamingRoles {
		if !e.Wants(r.Protocol) ||
			!slices.ContainsFunc(ported, func(o probe.Observation) bool { return roleOf(o) == r.Endpoint }) {
			continue
		}
		if r.Endpoint == "dcv-tcp" && facts.StateOf(e.Port("dcv-udp")).Passes() {
			f = f.And(finding.Effect{Degrades: []probe.Protocol{r.Protocol}})
			continue
		}
		if r.Protocol == probe.DCV {
			f = f.And(finding.Effect{Unsure: []probe.Protocol{r.Protocol}})
			continue
		}
		f = f.And(finding.Effect{Blocks: []probe.Protocol{r.Protocol}})
	}
	return f
}

// regionName names the Region in a sentence.
func (e evidence) regionName() words.Text {
	if e.Region == "" {
		return words.Say("desk.region.yours")
	}
	return words.Say("desk.region.named", words.Args{"region": e.Region})
}

// namesLost: questions to name servers were blocked, and no name resolves.
func (e evidence) namesLost(blocked []probe.Observation) bool {
	system, direct := e.awsQuestions()
	if len(system) == 0 {
		system = direct
	}
	return !slices.ContainsFunc(system, facts.IsOK) && // it is what programs ask
		slices.ContainsFunc(
			blocked,
			func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Endpoint == "name" },
		)
}

// roleOf gives the role of an observation's endpoint. A route that was looked
// up for an endpoint names it in its detail.
func roleOf(o probe.Observation) string {
	if route, isRoute := o.Detail.(probe.RouteDetail); isRoute {
		return route.Endpoint
	}
	if o.Endpoint == sourcePort {
		return "pcoip-udp" // the same port, asked from the client's own
	}
	return strings.TrimSuffix(strings.TrimPrefix(o.Endpoint, "gateway-"), "-v6")
}

// primary: an observation of the address family the user's client uses. IPv6
// trouble beside a working IPv4 costs nobody their desktop.
func (e evidence) primary(o probe.Observation) bool {
	return e.Primary(o)
}

// ports gives the ports of observations.
func ports(list []probe.Observation) words.Ports {
	var p words.Ports
	for _, o := range list {
		t, port := o.Transport(), o.Port()
		if o.Operation == probe.DNSQuery { // its target is a name
			t, port = facts.Detail[probe.DNSDetail](o).Transport, 53
		}
		of := &p.TCP
		if t == probe.UDP {
			of = &p.UDP
		}
		if t != "" && port != 0 && !slices.Contains(*of, port) {
			*of = append(*of, port)
		}
	}
	slices.Sort(p.TCP)
	slices.Sort(p.UDP)
	return p
}
