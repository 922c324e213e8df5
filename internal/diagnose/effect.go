package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"wsdoctor/probe"
)

// effect is what a set of blocked observations takes from the user. Severity
// comes from the protocol: PCoIP needs TCP and UDP 4172; DCV needs one of TCP
// and UDP 4195 and prefers UDP; both need the broker on 443.
type effect struct {
	blocks, degrades []string
	unsure           []string // shut on its own ports, and may come by 443
}

func (f effect) severity() Severity {
	switch {
	case len(f.blocks)+len(f.unsure) > 0:
		return SeverityFault
	case len(f.degrades) > 0:
		return SeverityDegraded
	}
	return SeverityInfo
}

// effectOf counts a role as lost only if no address of it passes.
func (e Evidence) effectOf(blocked []probe.Observation) effect {
	var f effect
	lost := func(role string) bool {
		return slices.ContainsFunc(blocked, func(o probe.Observation) bool { return roleOf(o) == role }) && !stateOf(e.wantedPort(role)).passes()
	}
	if e.wants("pcoip") && (lost("pcoip-tcp") || lost("pcoip-udp")) {
		f.blocks = append(f.blocks, "pcoip")
	}
	tcp, udp := lost("dcv-tcp"), lost("dcv-udp")
	if e.wants("dcv") && (tcp || udp) {
		switch tcpPasses, udpPasses := stateOf(e.wantedPort("dcv-tcp")).passes(), stateOf(e.wantedPort("dcv-udp")).passes(); {
		case tcp && !udpPasses, udp && !tcpPasses:
			f.unsure = append(f.unsure, "dcv") // clients since 5.23 also come over 443
		default:
			f.degrades = append(f.degrades, "dcv")
		}
	}
	if e.namesLost(blocked) {
		f.blocks, f.unsure = nil, nil
		for _, p := range []string{"pcoip", "dcv"} {
			if e.wants(p) {
				f.blocks = append(f.blocks, p)
			}
		}
		return f
	}
	for _, endpoint := range requiredWeb {
		w, asked := e.web(endpoint)
		if !asked || w.ok() || !e.wants(w.role.Protocol) || !slices.ContainsFunc(blocked, func(o probe.Observation) bool { return roleOf(o) == endpoint }) {
			continue
		}
		for _, p := range []string{"pcoip", "dcv"} {
			if e.wants(p) && (w.role.Protocol == "" || w.role.Protocol == p) && !slices.Contains(f.blocks, p) {
				f.blocks = append(f.blocks, p)
				f.unsure = slices.DeleteFunc(f.unsure, func(u string) bool { return u == p })
			}
		}
	}
	return f
}

// untrue is the effect of ports whose accept was somebody else's.
func (e Evidence) untrue(ported []probe.Observation) effect {
	var f effect
	for _, r := range StreamingRoles {
		if !e.wants(r.Protocol) || !slices.ContainsFunc(ported, func(o probe.Observation) bool { return roleOf(o) == r.Endpoint }) {
			continue
		}
		if r.Endpoint == "dcv-tcp" && stateOf(e.port("dcv-udp")).passes() {
			f = f.and(effect{degrades: []string{r.Protocol}})
			continue
		}
		if r.Protocol == "dcv" {
			f = f.and(effect{unsure: []string{r.Protocol}})
			continue
		}
		f = f.and(effect{blocks: []string{r.Protocol}})
	}
	return f
}

// and joins two effects; what one of them blocks the other does not degrade.
func (f effect) and(g effect) effect {
	var both effect
	for _, p := range []string{"pcoip", "dcv"} {
		switch {
		case slices.Contains(f.blocks, p), slices.Contains(g.blocks, p):
			both.blocks = append(both.blocks, p)
		case slices.Contains(f.unsure, p), slices.Contains(g.unsure, p):
			both.unsure = append(both.unsure, p)
		case slices.Contains(f.degrades, p), slices.Contains(g.degrades, p):
			both.degrades = append(both.degrades, p)
		}
	}
	return both
}

// consequence says what an effect means for the user, as the end of a sentence.
func (e Evidence) consequence(f effect) string {
	switch {
	case len(f.blocks) > 0 && !webWorks(e):
		return ", so nobody can sign in"
	case len(f.blocks) > 0:
		return ", so " + protocolNames(f.blocks) + " desktops cannot be shown"
	case len(f.unsure) > 0:
		return ", so " + protocolNames(f.unsure) + " desktops can be shown over port 443 at most"
	case len(f.degrades) > 0:
		return ", so " + protocolNames(f.degrades) + " desktops work less well"
	}
	return ""
}

// regionName names the Region in a sentence.
func (e Evidence) regionName() string {
	if e.Region == "" {
		return "your Region"
	}
	return "Region " + e.Region
}

// namesLost: questions to name servers were blocked, and no name resolves.
func (e Evidence) namesLost(blocked []probe.Observation) bool {
	system, direct := e.names()
	if len(system) == 0 {
		system = direct
	}
	return !slices.ContainsFunc(system, isOK) && // it is what programs ask
		slices.ContainsFunc(blocked, func(o probe.Observation) bool { return o.Operation == probe.DNSQuery && o.Endpoint == "name" })
}

// roleOf gives the role of an observation's endpoint. A route that was looked
// up for an endpoint names it in its detail.
func roleOf(o probe.Observation) string {
	if route, isRoute := o.Detail.(probe.RouteDetail); isRoute {
		return route.Endpoint
	}
	if o.Endpoint == "pcoip-source" {
		return "pcoip-udp" // the same port, asked from the client's own
	}
	return strings.TrimSuffix(strings.TrimPrefix(o.Endpoint, "gateway-"), "-v6")
}

// primary: an observation of the address family the user's client uses. IPv6
// trouble beside a working IPv4 costs nobody their desktop.
func (e Evidence) primary(o probe.Observation) bool {
	return e.onlyIPv6() || !strings.HasSuffix(o.Endpoint, "-v6")
}

// ports names the ports of observations in words: "TCP and UDP port 4172", "TCP
// ports 4172 and 4195, and UDP port 4172".
func ports(list []probe.Observation) string {
	byTransport := map[probe.Transport][]uint16{}
	for _, o := range list {
		t, port := o.Transport(), o.Port()
		if o.Operation == probe.DNSQuery { // its target is a name
			t, port = detail[probe.DNSDetail](o).Transport, 53
		}
		if t != "" && port != 0 && !slices.Contains(byTransport[t], port) {
			byTransport[t] = append(byTransport[t], port)
		}
	}
	slices.Sort(byTransport[probe.TCP])
	slices.Sort(byTransport[probe.UDP])
	transports, name := []probe.Transport{probe.TCP, probe.UDP}, func(t probe.Transport) string { return strings.ToUpper(string(t)) }
	if slices.Equal(byTransport[probe.TCP], byTransport[probe.UDP]) {
		transports, name = transports[:1], func(probe.Transport) string { return "TCP and UDP" }
	}
	var names []string
	for _, t := range transports {
		var texts []string
		numbers := byTransport[t]
		for _, n := range numbers {
			texts = append(texts, strconv.Itoa(int(n)))
		}
		if len(texts) > 0 {
			names = append(names, plural(name(t)+" port", len(texts))+" "+sentenceList(texts))
		}
	}
	return strings.Join(names, ", and ")
}

// plural adds an s to a noun of which there are several.
func plural(noun string, n int) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// doesOrDo is the verb for a number of things.
func doesOrDo(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

// sentenceList writes "a", "a and b", "a, b and c".
func sentenceList(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// protocolNames writes protocol IDs as people write them.
func protocolNames(list []string) string {
	names := map[string]string{"pcoip": "PCoIP", "dcv": "DCV"}
	var out []string
	for _, p := range list {
		out = append(out, names[p])
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(b, a) })
	return sentenceList(out)
}
