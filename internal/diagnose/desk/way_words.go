package desk

import (
	"fmt"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/prose"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// This file holds the sentences of the family of ways, and judges nothing.

// vpcOwner runs the VPC endpoint through which a company's desktops stream.
const vpcOwner = "the VPC administrator"

const otherNetwork = "Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault."

// wayWhy says why a layer remains, in one sentence.
func wayWhy(e evidence, x explanation, l layer.ID) string {
	switch l {
	case layer.LocalFirewall:
		if vpn := e.vpnFor(x.to.address); vpn != "" {
			return fmt.Sprintf("The traffic goes through the VPN interface %s, whose far end may be meant.", vpn)
		}
		if around := e.around(); around != "" {
			return fmt.Sprintf("This program runs in %s, whose router is most often the host computer: its firewall may be meant.", around)
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

// deeds says what a device does to packets: "drops", and "are dropped".
var deeds = map[candidates.Act][2]string{
	candidates.Drop:   {"drops", "are dropped"},
	candidates.Reset:  {"refuses", "are refused, not by the host but by a device"},
	candidates.Accept: {"answers for AWS on", "are answered, not by the host but by a device"},
	candidates.Cut:    {"cuts connections to", "are cut at the first data, not by the host but by a device"},
}

// blocker names whose devices a layer stands for, in the first words a user reads.
var blocker = map[layer.ID]string{layer.NetworkFirewall: "Your network", layer.InternetPath: "A provider"}

// askWhether asks a team that is known by name, or else whoever runs the device.
func askWhether(f *finding.Finding, device, does string) string {
	if l, known := layer.Get(f.Layer); known && !f.Undecided && f.Layer == layer.NetworkFirewall {
		return fmt.Sprintf("Ask %s whether %s %s.", l.Owner, device, does)
	}
	return fmt.Sprintf("Ask whoever runs %s whether it %s.", device, does)
}

// wordWay writes the sentences of one explanation.
func (e evidence) wordWay(f *finding.Finding, x explanation, effect finding.Effect, what string) {
	verb := deeds[x.act()]
	consequence := e.consequence(effect)
	names := e.namesOf(x)
	f.NextTest = otherNetwork
	f.Remedy = nil
	switch f.Code {
	case "host_swallows":
		f.Summary = fmt.Sprintf("This computer's own firewall or security software drops packets to %s%s.", what, consequence)
		f.NextTest = ""
	case "host_answers":
		f.Summary = fmt.Sprintf("This computer's own firewall or security software answers for AWS on %s; nothing leaves this computer%s.", what, consequence)
		f.NextTest = ""
	case "gateway_only_dead":
		f.Summary = fmt.Sprintf("The gateway you named does not answer on %s, although AWS's health host does%s.", what, consequence)
		f.NextTest = "Compare this network's public address with the IP access control group's rules: wsdoctor check --allowed-cidr CIDR."
		if e.isEndpoint(x.to) {
			f.Summary = fmt.Sprintf("The VPC endpoint you named does not answer on %s, although AWS's health host does%s.", what, consequence)
			f.Remedy = []string{fmt.Sprintf("Ask the VPC administrator whether this network has a route to the endpoint, and whether its security group lets it in on %s.", what)}
			f.NextTest = "Connect from within the VPC, or over the company's VPN, and run the check again."
		}
	case "gateway_refuses":
		f.Summary = fmt.Sprintf("%s itself refuses %s%s.", upperFirst(e.farHost()), what, consequence)
		if e.isEndpoint(x.to) {
			f.Summary = fmt.Sprintf("The VPC endpoint %s refuses %s%s.", x.to.address, what, consequence)
			f.Remedy = []string{fmt.Sprintf("Ask the VPC administrator whether the endpoint's security group lets this network in on %s, over TCP and UDP.", what)}
		}
	case "path_passes":
		f.Summary = fmt.Sprintf("Packets to %s pass every device that can be seen on the way, and nothing comes back: AWS's host does not answer, or its answers are lost.", what)
		f.NextTest = "Run the same check on another network, such as a phone's hotspot, and compare this network's public address with the IP access control group (--allowed-cidr)."
		if last, ends := e.endsHere(x); ends {
			f.Summary = fmt.Sprintf("Neither %s nor the control port of this host gets past %s: nothing comes back from either.", what, last.name)
		}
	case "port_silent":
		f.Summary = fmt.Sprintf("Nothing comes back from %s (%s), while other ports answer: something drops the packets, and where cannot be told from here.", what, prose.Protocols(e.protocolsOf(x)))
	case "port_refused":
		f.Summary = fmt.Sprintf("Connections to %s are refused; whether by a firewall or by the AWS gateway cannot be told from here.", what)
		if ms, control, near := answeredTooNear(e, x.directs()[0]); near {
			f.Summary = fmt.Sprintf("A device near you refuses %s: the refusal came back in %s, AWS is %s away.", what, prose.Milliseconds(ms), prose.Milliseconds(facts.Detail[probe.ConnectDetail](control).RTTMS))
		}
	case "port_accept_unreal":
		f.Summary = fmt.Sprintf("A device near you answers for AWS on %s: it accepted faster than AWS can, and nothing is behind it.", what)
	case "data_reset":
		d := facts.Detail[probe.ConnectDetail](x.directs()[0])
		f.Summary = fmt.Sprintf("A device near you cuts connections to %s at the first data: after %s, while AWS is %s away%s.", what, prose.Milliseconds(d.SpokeMS), prose.Milliseconds(d.RTTMS), consequence)
	default:
		where := " between " + prose.List([]string{names[0], names[len(names)-1]})
		if len(x.places) == 1 {
			where = ", " + names[0]
		}
		f.Summary = fmt.Sprintf("Packets to %s %s%s%s.", what, verb[1], where, consequence)
		if who := blocker[f.Layer]; who != "" && f.Confidence == finding.Likely && !f.Undecided && len(effect.Blocks) > 0 && webWorks(e) {
			f.Summary = fmt.Sprintf("%s blocks the desktop (%s): packets to %s %s%s.", who, prose.Protocols(effect.Blocks), what, verb[1], where)
		}
	}
	if f.Code == "path_located" || f.Code == "answer_forged" {
		f.Remedy = []string{
			askWhether(f, names[0], verb[0]+" outbound "+what),
			fmt.Sprintf("It must allow outbound %s to the WorkSpaces gateways of %s.", what, e.regionName()),
			"To get on meanwhile, try another network, such as a phone's hotspot.",
		}
		if len(names) > 1 {
			f.Remedy[0] += fmt.Sprintf(" If not, ask whoever runs %s.", names[len(names)-1])
		}
		e.wordHere(f, x, what, verb, consequence)
	}
	switch vpn, around := e.vpnFor(x.to.address), e.around(); {
	case vpn != "" && f.NextTest != "":
		f.NextTest = "Turn the VPN off and run the same check again: if it passes then, the VPN's far end, or a network behind it, is at fault."
	case around != "" && f.NextTest != "" && slices.Contains(x.places, 1):
		f.NextTest = "Run the same check on the host computer of " + around + " itself."
	}
}

// wordHere says it where this computer remains beside the first device.
func (e evidence) wordHere(f *finding.Finding, x explanation, what string, verb [2]string, consequence string) {
	if !f.Undecided || len(x.places) != 2 || x.places[0] != candidates.Here {
		return
	}
	link, router := ", by", e.placeName(x.to, x.places[1])
	if x.act() != candidates.Drop {
		link = ":" // the device that answers
	}
	f.NextTest = "Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault, else software on this computer."
	f.Summary = fmt.Sprintf("Packets to %s %s%s this computer or %s%s.", what, verb[1], link, router, consequence)
	f.Remedy = []string{
		fmt.Sprintf("First run the test below. If only this computer fails, ask desktop IT to let outbound %s pass its security software untouched.", what),
		fmt.Sprintf("If other computers of this network fail too, ask the network team about %s.", router),
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
		list = []string{e.farEnd()}
	}
	return list
}

func (e evidence) placeName(d *destination, p candidates.Place) string {
	switch {
	case p == candidates.Here:
		return "this computer"
	case p == d.way.End:
		return e.farEnd()
	case d.hops[p].IsValid():
		return e.whose(d.hops[p], int(p), d.details()...).name
	}
	if _, heard := d.soonest[p]; heard {
		return "a device whose address this system does not tell"
	}
	return "a device that does not answer"
}

// endsHere: neither the ports' packets nor the control's are seen beyond a device
// of this network, and the control is not answered either.
func (e evidence) endsHere(x explanation) (last device, ends bool) {
	for _, f := range x.flows {
		if f.sweep.ID == "" || f.control.ID == "" {
			continue
		}
		d, c := facts.Detail[probe.SweepDetail](f.sweep), facts.Detail[probe.SweepDetail](f.control)
		far := candidates.Place(max(d.Last, c.Last))
		last = e.whose(f.to.hops[far], int(far), c, d)
		if c.Distance > 0 || c.End == probe.HopRST || c.End == probe.HopSYNACK || last.place != facts.PlaceLocal {
			return last, false
		}
		ends = true
	}
	return last, ends
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
		s = fmt.Sprintf("Nothing wrong was found, but not everything was shown: packets for %s pass every router that can be seen, and AWS's host did not answer them.", prose.Protocols(missing))
	case finding.CodeNotShown:
		s = fmt.Sprintf("Nothing wrong was found, but nothing shows either that %s works: its packets got no answer, and no router told how far they come.", prose.Protocols(missing))
	}
	if ms, _, measured := e.RegionalRTT(); measured {
		s += fmt.Sprintf(" Round trip %s.", prose.Milliseconds(ms))
	}
	return s
}
