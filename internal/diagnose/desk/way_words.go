package desk

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// This file chooses what is said of the family of ways, and judges nothing.

// What several causes say.
var (
	otherNetwork = words.Say("desk.next.which-network")
	sameCheck    = words.Say("desk.next.other-network")
	meanwhile    = words.Say("desk.remedy.meanwhile")
	ownSecurity  = words.Say("desk.why.own-software")
)

// wayWhy says why a layer remains, in one sentence.
func wayWhy(e evidence, x explanation, l layer.ID) words.Text {
	switch l {
	case layer.LocalFirewall:
		if vpn := e.vpnFor(x.to.address); vpn != "" {
			return words.Say("desk.why.vpn", words.Args{"vpn": vpn})
		}
		if around := e.enclosingSystem(); !around.Empty() {
			return words.Say("desk.why.around", words.Args{"around": around})
		}
		return ownSecurity
	case layer.NetworkFirewall:
		return words.Say("desk.why.network")
	case layer.InternetPath:
		return words.Say("desk.why.provider")
	case layer.IPAccessControl:
		return words.Say("desk.why.access-control")
	case layer.StreamingGateway, layer.AuthGateway:
		if e.isEndpoint(x.to) {
			return words.Say("desk.why.endpoint")
		}
		return words.Say("desk.why.host")
	}
	return words.Say("desk.why.other")
}

// wordWay says what one explanation comes to.
func (e evidence) wordWay(f *finding.Finding, x explanation, effect finding.Effect) {
	what := ports(x.ported())
	args := words.Args{
		"what":    what,
		"so":      e.consequence(effect),
		"host":    e.farHost(),
		"desktop": e.desktop(x),
		"address": x.to.address,
		"region":  e.regionName(),
	}
	ownHeadline := e.headline(ownSoftware, "does", effect, what)
	f.NextTest = otherNetwork
	f.Remedy = nil
	switch f.Code {
	case "host_swallows":
		f.Summary = ownHeadline.Then(words.Say("cause.host_swallows.packets", args))
		f.NextTest = words.Text{}
	case "host_answers":
		f.Summary = ownHeadline.Then(words.Say("cause.host_answers.connections", args))
		f.NextTest = words.Text{}
	case "gateway_only_dead":
		f.Summary = words.Say("cause.gateway_only_dead.summary", args)
		f.NextTest = compareGroup
		if e.isEndpoint(x.to) {
			f.Summary = words.Say("cause.gateway_only_dead.endpoint.summary", args)
			f.Remedy = []words.Text{words.Say("cause.gateway_only_dead.endpoint.ask", args)}
			f.NextTest = words.Say("cause.gateway_only_dead.endpoint.next")
		}
	case "gateway_refuses":
		f.Summary = words.Say("cause.gateway_refuses.summary", args)
		if e.isEndpoint(x.to) {
			f.Summary = words.Say("desk.endpoint.refuses", args)
			f.Remedy = []words.Text{words.Say("desk.endpoint.ask", args)}
		}
	case "path_passes":
		f.Summary = words.Say("cause.path_passes.summary", args)
		f.NextTest = words.Say("cause.path_passes.next")
		if last, control, ends := e.endsHere(x); ends {
			args["device"], args["control"] = last.name(), control
			f.Summary = words.Say("cause.path_passes.ends-here", args)
		}
	case "port_silent":
		f.Summary = words.Say("cause.port_silent.summary", args)
	case "port_refused":
		f.Summary = words.Say("cause.port_refused.summary", args)
		if ms, control, near := answeredTooNear(e, x.directs()[0]); near {
			f.Summary = words.Say("cause.port_refused.near", words.Args{
				"what": what,
				"ms":   words.Milliseconds(ms),
				"rtt":  words.Milliseconds(facts.Detail[probe.ConnectDetail](control).RTTMS),
			})
		}
	case "port_accept_unreal":
		f.Summary = words.Say("cause.port_accept_unreal.summary", args)
	case "data_reset":
		d := facts.Detail[probe.ConnectDetail](x.directs()[0])
		f.Summary = e.headline(words.Say("desk.who.near"), certainty(f), effect, what).
			Then(words.Say("cause.data_reset.cut", words.Args{
				"what": what, "ms": words.Milliseconds(d.SpokeMS), "rtt": words.Milliseconds(d.RTTMS)}))
	default:
		f.Summary = e.headline(e.culprit(f, x), certainty(f), effect, what).Then(e.deedOf(x, e.passing(x)))
	}
	if f.Code == "path_located" || f.Code == "answer_forged" {
		f.Remedy = []words.Text{e.ask(f, x), words.Say("desk.remedy.allow", args), meanwhile}
		e.wordHere(f, x, effect)
	}
	switch vpn, around := e.vpnFor(x.to.address), e.enclosingSystem(); {
	case vpn != "" && !f.NextTest.Empty():
		f.NextTest = words.Say("desk.next.without-vpn")
	case !around.Empty() && !f.NextTest.Empty() && slices.Contains(x.places, 1):
		f.NextTest = words.Say("desk.next.around", words.Args{"around": around})
	}
}

// deedOf says what is done to the packets, and where; and what passes meanwhile.
func (e evidence) deedOf(x explanation, passing words.Text) words.Text {
	devices := e.devicesOf(x)
	args := words.Args{
		"act":     x.act(),
		"what":    ports(x.ported()),
		"first":   devices[0].name(),
		"last":    devices[len(devices)-1].name(),
		"passing": passing,
	}
	if len(x.places) == 1 || len(devices) == 1 {
		return words.Say("desk.deed.at", args)
	}
	return words.Say("desk.deed.between", args)
}

// passing names the control ports whose packets came farther, to follow what is
// dropped.
func (e evidence) passing(x explanation) words.Text {
	var list []probe.Observation
	for _, f := range x.flows {
		if x.act() == candidates.Drop && f.control.ID != "" {
			list = append(list, f.control)
		}
	}
	if len(list) == 0 {
		return words.Text{}
	}
	return words.Say("desk.deed.passing", words.Args{"ports": ports(list)})
}

// ask turns to a team that is known by its name, or else to whoever runs the device.
func (e evidence) ask(f *finding.Finding, x explanation) words.Text {
	first, last := e.deviceAt(x.to, x.places[0]), e.deviceAt(x.to, x.places[len(x.places)-1])
	l, known := layer.Get(f.Layer)
	named := known && !f.Undecided && (f.Layer == layer.NetworkFirewall || f.Layer == layer.InternetPath)
	args := words.Args{
		"team":   words.Owner(l.Owner),
		"device": first.called(),
		"act":    x.act(),
		"what":   ports(x.ported()),
	}
	var step words.Text
	switch {
	case named && !first.known:
		return words.Say("desk.ask.which", args).Then(e.deedOf(x, words.Text{}))
	case named:
		step = words.Say("desk.ask.team", args)
	default:
		step = words.Say("desk.ask.whoever", args)
	}
	if last == first {
		return step
	}
	return step.Then(last.askNext())
}

// called names a device to those who are asked for it.
func (d device) called() words.Text {
	switch {
	case !d.address.IsValid(), d.kind == yourRouter, d.place == facts.PlaceAWS:
		return d.name()
	case d.place == facts.PlaceLocal:
		return words.Say("desk.device.firewall", words.Args{"address": d.address})
	}
	return words.Say("desk.device.device", words.Args{"address": d.address})
}

// askNext is whom to ask of the second of two devices.
func (d device) askNext() words.Text {
	switch {
	case d.known && d.place == facts.PlaceLocal:
		return words.Say("desk.ask-next.same", words.Args{"device": d.called()})
	case d.known && (d.place == facts.PlacePublic || d.place == facts.PlaceCarrier):
		return words.Say("desk.ask-next.provider", words.Args{"address": d.address})
	}
	return words.Say("desk.ask-next.whoever", words.Args{"device": d.name()})
}

// wordHere says it where this computer remains beside the first device.
func (e evidence) wordHere(f *finding.Finding, x explanation, effect finding.Effect) {
	if !f.Undecided || len(x.places) != 2 || x.places[0] != candidates.Here {
		return
	}
	what := ports(x.ported())
	args := words.Args{
		"router":  e.deviceAt(x.to, x.places[1]).name(),
		"what":    what,
		"act":     x.act(),
		"passing": e.passing(x),
	}
	f.NextTest = words.Say("desk.here.next")
	f.Summary = e.headline(words.Say("desk.here.who", args), certainty(f), effect, what).
		Then(words.Say("desk.deed.here", args))
	f.Remedy = []words.Text{words.Say("desk.here.desktop-it", args), words.Say("desk.here.network-team", args)}
}

// devicesOf gives the devices at the places of an explanation, nearest first.
func (e evidence) devicesOf(x explanation) []device {
	var list []device
	for _, p := range x.places {
		if d := e.deviceAt(x.to, p); !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		list = []device{e.whose(netip.Addr{}, int(x.to.way.End))}
	}
	return list
}

func (e evidence) deviceAt(d *destination, p candidates.Place) device {
	switch {
	case p == candidates.Here:
		return e.whose(netip.Addr{}, 0)
	case p == d.way.End:
		return e.whose(netip.Addr{}, int(p))
	case d.hops[p].IsValid():
		return e.whose(d.hops[p], int(p), d.details()...)
	}
	if _, heard := d.soonest[p]; heard {
		return device{kind: "device.nameless"}
	}
	return device{kind: "device.silent"}
}

// endsHere: neither the ports' packets nor the control's are seen beyond a device
// of this network, and the control, whose port it names, is not answered either.
func (e evidence) endsHere(x explanation) (last device, control words.Ports, ends bool) {
	var controls []probe.Observation
	for _, f := range x.flows {
		if f.sweep.ID == "" || f.control.ID == "" {
			continue
		}
		d, c := facts.Detail[probe.SweepDetail](f.sweep), facts.Detail[probe.SweepDetail](f.control)
		far := candidates.Place(max(d.Last, c.Last))
		last = e.whose(f.to.hops[far], int(far), c, d)
		if c.Distance > 0 || c.End == probe.HopRST || c.End == probe.HopSYNACK || last.place != facts.PlaceLocal {
			return last, words.Ports{}, false
		}
		controls = append(controls, f.control)
	}
	return last, ports(controls), len(controls) > 0
}

// protocolsOf are the protocols that an explanation's ports carry.
func (e evidence) protocolsOf(x explanation) words.Protocols {
	var list words.Protocols
	for _, f := range x.flows {
		for _, r := range facts.StreamingRoles {
			if strings.TrimPrefix(f.role, "gateway-") == r.Endpoint && e.Wants(r.Protocol) {
				list = appendNew(list, r.Protocol)
			}
		}
	}
	return list
}

// farHost names the host at the end.
func (e evidence) farHost() words.Text { return e.whose(netip.Addr{}, 1).what() }

// wordPasses says what it means that nothing wrong was found.
func wordPasses(e evidence, code string, missing words.Protocols) words.Text {
	said := words.Say("desk.passes.all")
	switch code {
	case finding.CodeAsFarAsSeen:
		said = words.Say("desk.passes.as-far-as-seen", words.Args{"protocols": missing})
	case finding.CodeNotShown:
		said = words.Say("desk.passes.not-shown", words.Args{"protocols": missing})
	}
	if ms, _, measured := e.WayAndBack(); measured {
		said = said.Then(words.Say("desk.passes.round-trip", words.Args{"ms": words.Milliseconds(ms)}))
	}
	return said
}
