package desk

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/prose"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// This file holds the sentences of the family of ways, and judges nothing.

const otherNetwork = "Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault."

// wayWhy says why a layer remains, in one sentence.
func wayWhy(e evidence, x explanation, l layer.ID) string {
	switch l {
	case layer.LocalFirewall:
		if vpn := e.vpnFor(x.to.address); vpn != "" {
			return fmt.Sprintf("The traffic goes through the VPN interface %s, whose far end may be the cause.", vpn)
		}
		if around := e.around(); around != "" {
			return fmt.Sprintf("This program runs in %s, whose router is most often the host computer: its firewall may be the cause.", around)
		}
		return "Security software on this computer can do the same."
	case layer.NetworkFirewall:
		return "A firewall or router of this network can look exactly like this."
	case layer.InternetPath:
		return "A provider's device can look exactly like this."
	case layer.IPAccessControl:
		return "An access control in front of the gateway may drop packets from addresses that it does not know."
	case layer.StreamingGateway, layer.AuthGateway:
		if e.isEndpoint(x.to) {
			return "The VPC endpoint, or its security group, may not let this network in."
		}
		return "AWS's host itself may be silent, or refuse."
	}
	return "It remains too."
}

// deed is how an act is told of a place, and asked of whoever runs a device.
type deed struct {
	at      string // the second sentence: of the ports, and the place
	between string // the same of two places
	asks    string // follows "whether the device"
}

var deeds = map[candidates.Act]deed{
	candidates.Drop:   {"Packets to %s are dropped at %s", "Packets to %s are dropped between %s and %s", "blocks outbound"},
	candidates.Reset:  {"Connections to %s are refused, not by the host but by %s", "Connections to %s are refused, not by the host but by a device between %s and %s", "refuses outbound"},
	candidates.Accept: {"Connections to %s are answered, not by the host but by %s", "Connections to %s are answered, not by the host but by a device between %s and %s", "answers for AWS on outbound"},
	candidates.Cut:    {"Connections to %s are cut at the first data, not by the host but by %s", "Connections to %s are cut at the first data, not by the host but by a device between %s and %s", "cuts outbound connections to"},
}

// dropsHere is the second sentence where this computer or its router acts.
var dropsHere = map[candidates.Act]string{
	candidates.Drop:   "Packets to %s are dropped",
	candidates.Reset:  "Connections to %s are refused, not by the host",
	candidates.Accept: "Connections to %s are answered, not by the host",
	candidates.Cut:    "Connections to %s are cut at the first data, not by the host",
}

// wordWay writes the sentences of one explanation.
func (e evidence) wordWay(f *finding.Finding, x explanation, effect finding.Effect, what string) {
	consequence := e.consequence(effect)
	ownHeadline := e.headline(ownSoftware, "blocks", effect, what)
	f.NextTest = words.Raw(otherNetwork)
	f.Remedy = nil
	switch f.Code {
	case "host_swallows":
		f.Summary = words.Raw(fmt.Sprintf("%s It drops packets to %s.", ownHeadline, what))
		f.NextTest = words.Raw("")
	case "host_answers":
		f.Summary = words.Raw(fmt.Sprintf("%s It answers for AWS on %s, and nothing leaves this computer.", ownHeadline, what))
		f.NextTest = words.Raw("")
	case "gateway_only_dead":
		f.Summary = words.Raw(fmt.Sprintf("The gateway you named does not answer on %s, although AWS's health host does%s.", what, consequence))
		f.NextTest = words.Raw("Compare this network's public address with the IP access control group's rules: wsdoctor check --allowed-cidr CIDR.")
		if e.isEndpoint(x.to) {
			f.Summary = words.Raw(fmt.Sprintf("The VPC endpoint you named does not answer on %s, although AWS's health host does%s.", what, consequence))
			f.Remedy = []words.Text{words.Raw(fmt.Sprintf("Ask the VPC administrator whether this network has a route to the endpoint, and whether its security group lets it in on %s.", what))}
			f.NextTest = words.Raw("Connect from within the VPC, or over the company's VPN, and run the check again.")
		}
	case "gateway_refuses":
		f.Summary = words.Raw(fmt.Sprintf("%s itself refuses %s%s.", upperFirst(e.farHost()), what, consequence))
		if e.isEndpoint(x.to) {
			f.Summary = words.Raw(fmt.Sprintf("The VPC endpoint %s refuses %s%s.", x.to.address, what, consequence))
			f.Remedy = []words.Text{words.Raw(fmt.Sprintf("Ask the VPC administrator whether the endpoint's security group lets this network in on %s, over TCP and UDP.", what))}
		}
	case "path_passes":
		f.Summary = words.Raw(fmt.Sprintf("%s gets no answer from AWS. Packets to %s pass every device that can be seen on the way: AWS's host does not answer, or its answers are lost.", e.desktop(x), what))
		f.NextTest = words.Raw("Run the same check on another network, such as a phone's hotspot, and compare this network's public address with the IP access control group (--allowed-cidr).")
		if last, control, ends := e.endsHere(x); ends {
			f.Summary = words.Raw(fmt.Sprintf("%s gets no answer from AWS. Neither %s nor %s of this host gets past %s.", e.desktop(x), what, control, last.name))
		}
	case "port_silent":
		f.Summary = words.Raw(fmt.Sprintf("%s gets no answer, while other ports do. Packets to %s are dropped on the way, or %s does not answer them.", e.desktop(x), what, e.farHost()))
	case "port_refused":
		f.Summary = words.Raw(fmt.Sprintf("%s is refused, by a firewall or by the AWS gateway. The refusal is of %s.", e.desktop(x), what))
		if ms, control, near := answeredTooNear(e, x.directs()[0]); near {
			f.Summary = words.Raw(fmt.Sprintf("A device near you refuses the desktop's connections. The answer of %s came back in %s; AWS is %s away.", what, prose.Milliseconds(ms), prose.Milliseconds(facts.Detail[probe.ConnectDetail](control).RTTMS)))
		}
	case "port_accept_unreal":
		f.Summary = words.Raw(fmt.Sprintf("A device near you answers for AWS on %s. It accepted faster than AWS can, and nothing is behind it.", what))
	case "data_reset":
		d := facts.Detail[probe.ConnectDetail](x.directs()[0])
		f.Summary = words.Raw(fmt.Sprintf("%s Connections to %s are cut %s after the first data; AWS is %s away.",
			e.headline("A device near you", verb(f), effect, what), what, prose.Milliseconds(d.SpokeMS), prose.Milliseconds(d.RTTMS)))
	default:
		f.Summary = words.Raw(fmt.Sprintf("%s %s%s.", e.headline(e.culprit(f, x), verb(f), effect, what), e.deedOf(x, what), e.passing(x)))
	}
	if f.Code == "path_located" || f.Code == "answer_forged" {
		f.Remedy = []words.Text{
			words.Raw(e.ask(f, x, what)),
			words.Raw(fmt.Sprintf("It must allow outbound %s to the WorkSpaces gateways of %s.", what, e.regionName())),
			words.Raw("To get on meanwhile, try another network, such as a phone's hotspot."),
		}
		e.wordHere(f, x, effect, what)
	}
	switch vpn, around := e.vpnFor(x.to.address), e.around(); {
	case vpn != "" && !f.NextTest.Empty():
		f.NextTest = words.Raw("Turn the VPN off and run the same check again: if it passes then, the VPN's far end, or a network behind it, is at fault.")
	case around != "" && !f.NextTest.Empty() && slices.Contains(x.places, 1):
		f.NextTest = words.Raw("Run the same check on the host computer of " + around + " itself.")
	}
}

// deedOf says what is done to the packets, and where, without a full stop.
func (e evidence) deedOf(x explanation, what string) string {
	names, does := e.namesOf(x), deeds[x.act()]
	if len(x.places) == 1 || len(names) == 1 {
		return fmt.Sprintf(does.at, what, names[0])
	}
	return fmt.Sprintf(does.between, what, names[0], names[len(names)-1])
}

// passing names the control ports whose packets came farther, to follow what is
// dropped.
func (e evidence) passing(x explanation) string {
	var list []probe.Observation
	for _, f := range x.flows {
		if x.act() == candidates.Drop && f.control.ID != "" {
			list = append(list, f.control)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "; those to " + ports(list) + " pass"
}

// ask turns to a team that is known by its name, or else to whoever runs the device.
func (e evidence) ask(f *finding.Finding, x explanation, what string) string {
	first, last := e.deviceAt(x.to, x.places[0]), e.deviceAt(x.to, x.places[len(x.places)-1])
	does := deeds[x.act()].asks
	l, known := layer.Get(f.Layer)
	named := known && !f.Undecided && (f.Layer == layer.NetworkFirewall || f.Layer == layer.InternetPath)
	var step string
	switch {
	case named && !first.known:
		return fmt.Sprintf("Ask %s which of its devices %s %s. %s.", words.English().Tell(words.Owner(l.Owner)), does, what, e.deedOf(x, what))
	case named:
		step = fmt.Sprintf("Ask %s whether %s %s %s.", words.English().Tell(words.Owner(l.Owner)), first.called(), does, what)
	default:
		step = fmt.Sprintf("Ask whoever runs %s whether it %s %s.", first.called(), does, what)
	}
	if last.name == first.name {
		return step
	}
	return step + " " + last.askNext()
}

// called names a device to those who are asked for it.
func (d device) called() string {
	switch {
	case !d.address.IsValid(), d.place == facts.PlaceAWS:
		return d.name
	case d.place == facts.PlaceLocal:
		return "firewall " + d.address.String()
	}
	return "the device " + d.address.String()
}

// askNext is whom to ask of the second of two devices.
func (d device) askNext() string {
	switch {
	case d.known && d.place == facts.PlaceLocal:
		return fmt.Sprintf("If not, ask the same of %s.", d.called())
	case d.known && (d.place == facts.PlacePublic || d.place == facts.PlaceCarrier):
		return fmt.Sprintf("If not, ask your internet provider about %s.", d.address)
	}
	return fmt.Sprintf("If not, ask whoever runs %s.", d.name)
}

// wordHere says it where this computer remains beside the first device.
func (e evidence) wordHere(f *finding.Finding, x explanation, effect finding.Effect, what string) {
	if !f.Undecided || len(x.places) != 2 || x.places[0] != candidates.Here {
		return
	}
	router := e.placeName(x.to, x.places[1])
	f.NextTest = words.Raw("Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault, else software on this computer.")
	f.Summary = words.Raw(fmt.Sprintf("%s %s%s.", e.headline("This computer or "+router, verb(f), effect, what), fmt.Sprintf(dropsHere[x.act()], what), e.passing(x)))
	f.Remedy = []words.Text{
		words.Raw(fmt.Sprintf("First run the test below. If only this computer fails, ask desktop IT to let outbound %s pass its security software untouched.", what)),
		words.Raw(fmt.Sprintf("If other computers of this network fail too, ask the network team about %s.", router)),
	}
}

// namesOf names the places of an explanation, nearest first.
func (e evidence) namesOf(x explanation) []string {
	var list []string
	for _, p := range x.places {
		if name := e.placeName(x.to, p); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		list = []string{e.farHost()}
	}
	return list
}

func (e evidence) placeName(d *destination, p candidates.Place) string {
	return e.deviceAt(d, p).name
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
	name := "a device that does not answer"
	if _, heard := d.soonest[p]; heard {
		name = "a device whose address this system does not tell"
	}
	return device{name: name, what: name}
}

// endsHere: neither the ports' packets nor the control's are seen beyond a device
// of this network, and the control, whose port it names, is not answered either.
func (e evidence) endsHere(x explanation) (last device, control string, ends bool) {
	var controls []probe.Observation
	for _, f := range x.flows {
		if f.sweep.ID == "" || f.control.ID == "" {
			continue
		}
		d, c := facts.Detail[probe.SweepDetail](f.sweep), facts.Detail[probe.SweepDetail](f.control)
		far := candidates.Place(max(d.Last, c.Last))
		last = e.whose(f.to.hops[far], int(far), c, d)
		if c.Distance > 0 || c.End == probe.HopRST || c.End == probe.HopSYNACK || last.place != facts.PlaceLocal {
			return last, "", false
		}
		controls = append(controls, f.control)
	}
	return last, ports(controls), len(controls) > 0
}

// protocolsOf are the protocols that an explanation's ports carry.
func (e evidence) protocolsOf(x explanation) []string {
	var list []string
	for _, f := range x.flows {
		for _, r := range facts.StreamingRoles {
			if strings.TrimPrefix(f.role, "gateway-") == r.Endpoint && e.Wants(r.Protocol) {
				list = appendNew(list, r.Protocol)
			}
		}
	}
	return list
}

// farHost names the host at the end; `path` may ask anybody's.
func (e evidence) farHost() string {
	if e.Region == "" {
		return "the host"
	}
	return "the AWS host"
}

// wordPasses says what it means that nothing wrong was found.
func wordPasses(e evidence, code string, missing []string) string {
	s := "Everything that can be measured from here works: sign-in on port 443 and the streaming ports answer."
	switch code {
	case finding.CodeAsFarAsSeen:
		s = fmt.Sprintf("Nothing wrong was found, but %s was not shown to work. Its packets pass every router that can be seen, and AWS's host did not answer them.", prose.Protocols(missing))
	case finding.CodeNotShown:
		s = fmt.Sprintf("Nothing wrong was found, but %s was not shown to work. Its packets got no answer, and no router told how far they come.", prose.Protocols(missing))
	}
	if ms, _, measured := e.RegionalRTT(); measured {
		s += fmt.Sprintf(" Round trip %s.", prose.Milliseconds(ms))
	}
	return s
}
