package words

import (
	"slices"
	"strconv"
	"wsdoctor/probe"
)

// Ports are port numbers by transport, each list in order: "TCP and UDP port 4172".
type Ports struct {
	TCP []uint16 `json:"tcp,omitempty"`
	UDP []uint16 `json:"udp,omitempty"`
}

// Text names them.
func (p Ports) Text() Text {
	one := func(transport string, list []uint16) Text {
		return Say("value.ports.of", Args{"transport": transport, "ports": numbers(list)})
	}
	switch {
	case len(p.TCP)+len(p.UDP) == 0:
		return Text{}
	case slices.Equal(p.TCP, p.UDP):
		return Say("value.ports.both", Args{"ports": numbers(p.TCP)})
	case len(p.UDP) == 0:
		return one("TCP", p.TCP)
	case len(p.TCP) == 0:
		return one("UDP", p.UDP)
	}
	return Say("value.ports.each", Args{"tcp": one("TCP", p.TCP), "udp": one("UDP", p.UDP)})
}

// Len is how many there are, counted once for both transports.
func (p Ports) Len() int {
	all := append(slices.Clone(p.TCP), p.UDP...)
	slices.Sort(all)
	return len(slices.Compact(all))
}

func numbers(list []uint16) []string {
	var texts []string
	for _, n := range list {
		texts = append(texts, strconv.Itoa(int(n)))
	}
	return texts
}

// protocols are how people write the streaming protocols.
var protocols = map[probe.Protocol]string{probe.PCoIP: "PCoIP", probe.DCV: "DCV"}

// Protocols are streaming protocols by their IDs.
type Protocols []probe.Protocol

// Text names them, PCoIP first.
func (p Protocols) Text() Text {
	var names []string
	for _, id := range slices.Backward(slices.Sorted(slices.Values(p))) {
		names = append(names, protocols[id])
	}
	return Say("value.protocols", Args{"names": names})
}
