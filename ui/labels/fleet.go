package labels

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/fleet"
	"wsdoctor/internal/layer"
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

// FleetHead says what was counted.
func (in In) FleetHead(r fleet.Result) string {
	if r.Reports == 0 {
		return in.Say("fleet.none")
	}
	return in.Say("fleet.head", words.Args{
		"desks": r.Desks, "reports": r.Reports, "sites": r.Sites, "from": Moment(r.From), "to": Moment(r.To),
	})
}

// FleetOwner names who fixes it to somebody else than the one at the desk, whom a report
// calls "you".
func (in In) FleetOwner(g fleet.Group) string {
	for _, spoken := range words.Languages() {
		if c, _ := words.In(spoken); g.Owner == c.Tell(words.Owner(layer.User)) {
			return in.Say("fleet.user")
		}
	}
	return g.Owner
}

// groupLines are the messages that begin a group, by what its desks say.
var groupLines = map[finding.Status]string{
	finding.StatusFault: "blamed", finding.StatusDegraded: "slow",
	finding.StatusInconclusive: "open", finding.StatusOK: "ok",
}

// FleetLine says how many desks a group is of all, who is at fault and where.
func (in In) FleetLine(g fleet.Group, of int) string {
	args := words.Args{
		"n": g.Desks, "of": of, "by": orNone(byText(g)), "values": byText(g), "place": "none", "where": "", "layer": "",
	}
	id := groupLines[g.Status]
	if g.Layer != "" {
		id, args["layer"] = "blamed", in.Title(g.Layer)
	}
	if g.Where != nil {
		args["place"], args["where"] = "some", in.FleetPlace(g.Where)
	}
	return in.Say("fleet.group."+id, args)
}

// orNone is for messages that choose by whether there is a text.
func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return "some"
}

func byText(g fleet.Group) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(g.By)) {
		value := g.By[k]
		if value == "" {
			value = "–"
		}
		parts = append(parts, k+"="+value)
	}
	return strings.Join(parts, " ")
}

// SiteName is a site's label, or the address that it is known by, and what all its
// desks there are labelled.
func SiteName(s fleet.Site) string {
	parts := append([]string{}, s.Egress...)
	for _, k := range slices.Sorted(maps.Keys(s.Labels)) {
		parts = append(parts, k+"="+s.Labels[k])
	}
	if len(parts) == 0 && s.Name != "" {
		parts = append(parts, s.Name)
	}
	return strings.Join(parts, " ")
}

// FleetSkipped says which reports were not counted, and why.
func (in In) FleetSkipped(s fleet.Skipped) string {
	args := words.Args{"n": s.Count, "files": s.Files, "detail": s.Detail, "why": orNone(s.Detail)}
	return in.Say("fleet.skipped."+string(s.Reason), args)
}
