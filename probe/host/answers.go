package host

import (
	"errors"
	"net/netip"

	"wsdoctor/probe"
)

// answering are the services on the management interface that a streaming gateway or
// AWS's management asks; of a run of ports the first stands for all.
var answering = []probe.PortRange{
	probe.Eth0PCoIP, probe.Eth0PCoIPStream, probe.Eth0Agent, probe.Eth0DCV, probe.Eth0DCVDatagrams,
}

// answers asks by which way each of these services would answer somebody in the
// interface's own network. One of which that cannot be told is left out.
func answers(m probe.ManagedInterface, links []link, way func(flow) (string, error)) []probe.Answer {
	near := surroundings{own: map[netip.Addr]bool{}}
	for _, l := range links {
		for _, p := range l.Addresses {
			near.own[p.Addr()] = true
		}
	}
	to, foreign := near.addressIn(m.Address.Masked())
	if !foreign {
		return nil // the network holds nobody else
	}
	var list []probe.Answer
	for _, s := range answering {
		a := probe.Answer{To: to, Transport: s.Transport, Port: s.First}
		through, err := way(flow{to: to, transport: s.Transport, from: m.Address.Addr(), fromPort: s.First})
		if s.Transport == probe.UDP {
			// A program that listens at every address leaves the sender's to be chosen
			// after the way. Which kind it is does not show.
			open, openErr := way(flow{to: to, transport: s.Transport, fromPort: s.First})
			if open != through || (openErr == nil) != (err == nil) {
				continue
			}
		}
		var no *refusal
		switch {
		case err == nil:
			a.Through = through
		case errors.As(err, &no):
			a.Failure = no.failure
		default:
			continue
		}
		if a.Through != "" || a.Failure != "" {
			list = append(list, a)
		}
	}
	return list
}
