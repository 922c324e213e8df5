package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// keptHere: this computer kept back what was to be sent, by its own word: outright,
// or because its TCP wanted to send again and could not.
func keptHere(o probe.Observation) (kept, outright bool) {
	m := icmp(o)
	dropped := detail[probe.ConnectDetail](o).HostDropped
	outright = o.Failure == probe.LocalPolicyDenied || m != nil && m.OwnHost && (o.Failure == probe.AdministrativelyProhibited || o.Failure == probe.ConnectionRefused)
	return outright || isSilent(o) && dropped != nil && *dropped, outright
}

// directoryTalk is what is said to the directory: endpoints, and whether nobody
// logs on without it. The controllers' own are in controllerPorts.
var directoryTalk = map[string]bool{"directory-dns": true, "resolver": true, "site-dns": false}

// sendingDenied: this computer's own firewall lets its questions to the directory
// not out. Its rival, a directory that does not answer, leaves the packets their
// way to the wire.
var sendingDenied = Rule{
	Code: "inside_sending_denied", Layer: layer.WorkspaceFirewall, Inside: true, Part: sendingPart, Needs: []probe.Operation{probe.DNSQuery, probe.TCPConnect},
	Meaning: "The WorkSpace's own firewall does not let out what it has to say to the directory's name servers and domain controllers.",
	Decided: "This system itself refused to send, or its TCP could not hand the packets on, while nobody outside had seen them.",
	Remedy:  []string{"Let out of the WorkSpace, to the directory: TCP and UDP 53, 88, 389, 445, 464; TCP 135, 636, 3268, 3269, 1024 to 65535; UDP 123, 138."},
	Check: func(e Evidence) (Finding, bool) {
		type way struct {
			transport probe.Transport
			port      uint16
		}
		denied, passes := map[way][]probe.Observation{}, map[way]bool{}
		needed := map[way]bool{}
		said := false // by the system itself
		var order []way
		for _, o := range e.Observations {
			need, dns := directoryTalk[o.Endpoint]
			p, isPort := controllerPorts[o.Endpoint]
			if !dns && !isPort || e.own(host(o.Address)) {
				continue
			}
			w := way{o.Transport(), o.Port()}
			if o.Operation == probe.DNSQuery {
				w = way{probe.UDP, 53}
				if strings.Contains(o.Step, "/tcp/") {
					w.transport = probe.TCP
				}
			}
			kept, outright := keptHere(o)
			switch {
			case kept:
				if len(denied[w]) == 0 {
					order = append(order, w)
				}
				denied[w] = append(denied[w], o)
				needed[w] = needed[w] || need && w.transport == probe.UDP || p.needed
				said = said || outright
			case isOK(o) || o.Operation == probe.DNSQuery && answeredDNS(o):
				passes[w] = true
			}
		}
		f := Finding{Severity: SeverityDegraded, Confidence: Likely}
		if said {
			f.Confidence = Proven
		}
		of := map[uint16]string{} // transports by port
		var ports []uint16
		var seen []probe.Observation
		for _, w := range order {
			if passes[w] {
				continue // some of it passes, so that no rule about the port is the reason
			}
			if needed[w] {
				f.Severity = SeverityFault
			}
			seen = append(seen, denied[w]...)
			switch name := strings.ToUpper(string(w.transport)); {
			case of[w.port] == "":
				of[w.port], ports = name, append(ports, w.port)
			default:
				of[w.port] = "TCP and UDP"
			}
		}
		if len(ports) == 0 {
			return Finding{}, false
		}
		slices.Sort(ports)
		var texts []string
		for _, p := range ports {
			texts = append(texts, fmt.Sprintf("%s port %d", of[p], p))
		}
		f.Supports = IDs(seen...)
		f.Summary = fmt.Sprintf("The WorkSpace's own firewall lets nothing out to %s of the directory: what is asked of it never leaves.", sentenceList(texts))
		return f, true
	},
}
