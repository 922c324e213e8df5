package labels

import (
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/words"
)

// FleetPlace names the place of a culprit that many desks share, and the ports.
func (in In) FleetPlace(w *finding.Where) string {
	if w == nil {
		return ""
	}
	ports := PortsOf(w.Ports)
	args := words.Args{"from": w.From, "to": w.To, "name": w.Product, "product": "none", "ports": ports, "some": "none"}
	if w.Product != "" {
		args["product"] = "some"
	}
	if ports.Len() > 0 {
		args["some"] = "some"
	}
	id := string(w.Kind)
	switch {
	case w.Kind == finding.Between && w.From == "":
		id = "before"
	case w.Kind == finding.Between && w.To == "":
		id = "behind"
	case len(w.Also) > 0:
		id, args["all"] = "several", append([]string{w.From}, w.Also...)
	}
	return in.Say("fleet.place."+id, args)
}

// PortsOf are ports as the contract writes them ("udp/4172"), for a sentence. Ranges
// are told by their names.
func PortsOf(list []string) words.Ports {
	var p words.Ports
	for _, s := range list {
		transport, number, _ := strings.Cut(s, "/")
		n, err := strconv.ParseUint(number, 10, 16)
		switch {
		case err != nil:
		case transport == "udp":
			p.UDP = append(p.UDP, uint16(n))
		default:
			p.TCP = append(p.TCP, uint16(n))
		}
	}
	return p
}
