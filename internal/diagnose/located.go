package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// traced is what the sweeps say of one dead port.
type traced struct {
	role    string
	kind    PathKind
	path    Path
	sweep   probe.Observation
	control probe.Observation
}

// controlSweep gives the control sweep that belongs to an endpoint: of datagrams
// one that sent datagrams, which reports of older versions have not.
func (e Evidence) controlSweep(endpoint string, transport probe.Transport) (probe.Observation, bool) {
	suffix := ""
	if strings.HasSuffix(endpoint, "-v6") {
		suffix = "-v6"
	}
	id := "control"
	switch {
	case strings.HasPrefix(endpoint, "gateway-"):
		id = "control-gateway"
	case roleOf(probe.Observation{Endpoint: endpoint}) == "broker":
		id = "control-broker"
	}
	if transport == probe.UDP {
		for _, o := range e.At(id+"-udp"+suffix, probe.PathSweep) {
			return o, true
		}
	}
	for _, o := range e.At(id+suffix, probe.PathSweep) {
		return o, true
	}
	return probe.Observation{}, false
}

// allTraces compares every sweep of a port with its control.
func (e Evidence) allTraces() []traced {
	lost, sent, _ := e.loss()
	var list []traced
	for _, o := range e.Of(probe.PathSweep) {
		d := detail[probe.SweepDetail](o)
		control, has := e.controlSweep(o.Endpoint, o.Transport())
		if d.Control || !has || !sentSweep(o) || !sentSweep(control) || !e.primary(o) {
			continue
		}
		kind, path := Locate(d, detail[probe.SweepDetail](control), lost, sent)
		if kind == PathRefused && !e.fromAfar(o, control) {
			kind = PathUnknown
		}
		list = append(list, traced{roleOf(o), kind, path, o, control})
	}
	return list
}

// traces are those that say more than this computer itself does of packets that
// end at it.
func (e Evidence) traces() []traced {
	return slices.DeleteFunc(e.allTraces(), func(t traced) bool { return t.path.AfterTTL == 0 && e.hostStops(t.sweep.Port()) })
}

// hostStops: this computer is known to refuse, reject or swallow packets to a
// port, over one transport at least.
func (e Evidence) hostStops(port uint16) bool {
	return slices.ContainsFunc(e.Observations, func(o probe.Observation) bool {
		if o.Port() != port || !e.primary(o) {
			return false
		}
		m := icmp(o)
		dropped := detail[probe.ConnectDetail](o).HostDropped
		return o.Failure == probe.LocalPolicyDenied || (m != nil && m.OwnHost && o.Failure != probe.HostUnreachable) ||
			detail[probe.CountersDetail](o).Flat || (dropped != nil && *dropped)
	})
}

// leftHost gives the packet counters that moved while packets for one of these
// ports were handed to the system. Where those are silent or reset, nothing else
// separates what this computer's software does from what the first device does.
func (e Evidence) leftHost(ported []probe.Observation) []probe.Observation {
	return where(e.Of(probe.HostCounters), func(o probe.Observation) bool {
		return detail[probe.CountersDetail](o).Left && slices.ContainsFunc(ported, func(p probe.Observation) bool { return p.Target == o.Target })
	})
}

func sentSweep(o probe.Observation) bool { return detail[probe.SweepDetail](o).Packets > 0 }

// tracedRoles says which ports the sweeps have an answer for, so that the rules
// for a silent or refused port leave them alone.
func (e Evidence) tracedRoles(kinds ...PathKind) map[string]bool {
	roles := map[string]bool{}
	for _, t := range e.traces() {
		if slices.Contains(kinds, t.kind) && (t.kind != PathBracketed || t.path.Chance <= chanceLimit) {
			roles[t.role] = true
		}
	}
	return roles
}

// places groups traces that end at the same interval and were cut the same way.
func places(list []traced, kind PathKind) [][]traced {
	var groups [][]traced
	for _, t := range list {
		if t.kind != kind || (kind == PathBracketed && t.path.Chance > chanceLimit) {
			continue
		}
		i := slices.IndexFunc(groups, func(g []traced) bool { return g[0].path.After == t.path.After && g[0].path.AfterTTL == t.path.AfterTTL })
		if i < 0 {
			groups = append(groups, []traced{t})
			continue
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

// observationsOf gives the sweeps and controls of a group, once each.
func observationsOf(group []traced) []probe.Observation {
	var list []probe.Observation
	for _, t := range group {
		list = append(list, t.sweep)
	}
	return append(list, group[0].control)
}

// pathLocated: packets to a port end at a hop where packets to a control port
// go on, at the same moment and towards the same address. That pair separates a
// device on the way from a dead gateway; what it cannot separate, the device
// itself from the next one, is said as an interval, the nearer preferred.
var pathLocated = Rule{
	Code: "path_located", Layer: layer.NetworkFirewall, Needs: []probe.Operation{probe.PathSweep},
	DependsOn: []string{"no_interface", "no_route", "gateway_not_answering", "portal_answers", "dns_bogon", "dns_one_address", "router_prohibits", "router_unreachable", "aws_host_rejects"},
	Meaning:   "Packets to a port WorkSpaces needs are dropped on the way, and the place is known.",
	Decided:   "Packets with a growing lifetime (TTL) were sent to the port and, at the same moment, to a control port of the same address. Routers answered for the control farther than for the port. A router that filters still answers for itself, so the device is the last one that answered or the next.",
	Remedy:    []string{"Ask whoever runs the device named in the evidence to allow outbound TCP and UDP 4172 (PCoIP) and 4195 (DCV)."},
	All: func(e Evidence) []Finding {
		var list []Finding
		for _, group := range places(e.traces(), PathBracketed) {
			list = append(list, e.locatedFinding(group, "drops", "are dropped"))
		}
		return list
	},
}

// answerForged: a reset or an accept came from nearer than the destination is:
// the control went past the hop from which the answer came. Its rival, the
// gateway's own answer, comes from the control's distance.
var answerForged = Rule{
	Code: "answer_forged", Layer: layer.NetworkFirewall, Needs: []probe.Operation{probe.PathSweep},
	DependsOn: []string{"no_interface", "no_route", "host_denies_send", "host_rejects", "host_answers", "portal_answers", "dns_bogon", "dns_one_address"},
	Meaning:   "A device on the way answers in AWS's place: it refuses or accepts connections that never reach AWS.",
	Decided:   "The answer came back for packets whose lifetime (TTL) ended before AWS: packets to a control port with the same lifetime were still on their way.",
	Remedy:    []string{"Ask whoever runs the device named in the evidence to let TCP and UDP 4172 (PCoIP) and 4195 (DCV) pass untouched."},
	All: func(e Evidence) []Finding {
		var list []Finding
		for _, group := range places(e.traces(), PathForged) {
			does, are := "answers for AWS on", "are answered, not by AWS but by a device"
			if detail[probe.SweepDetail](group[0].sweep).End == probe.HopRST {
				does, are = "refuses", "are refused, not by AWS but by a device"
			}
			list = append(list, e.locatedFinding(group, does, are))
		}
		return list
	},
}

// locatedFinding words one interval and says whose device it is.
func (e Evidence) locatedFinding(group []traced, does, are string) Finding {
	p := group[0].path
	observed := observationsOf(group)
	var ported []probe.Observation
	for _, t := range group {
		if t.path.Chance >= p.Chance {
			p.Odds = t.path.Odds
		}
		ported = append(ported, t.sweep)
	}
	effect := e.effectOf(ported)
	if detail[probe.SweepDetail](group[0].sweep).End == probe.HopSYNACK {
		effect = e.untrue(ported) // the port seems open, and is not
	}
	f := Finding{Severity: effect.severity(), Supports: IDs(observed...), Blocks: effect.blocks, Degrades: effect.degrades, Path: &p}
	if p.Probes > 0 {
		f.Odds = &p.Odds
	}
	what := ports(ported)
	way := []probe.SweepDetail{detail[probe.SweepDetail](group[0].control), detail[probe.SweepDetail](group[0].sweep)}
	after, before := e.whose(p.After, p.AfterTTL, way...), e.whose(p.Before, p.BeforeTTL, way...)
	switch {
	case after.place == placeOwn && before.place != placeLocal:
		f.Layer, f.Confidence = layer.NetworkFirewall, Possible
		f.Suspects = []Suspect{{layer.LocalFirewall, Possible, "Security software on this computer can swallow packets too."}, {layer.InternetPath, Possible, "The next hop that answers is beyond this network."}}
		f.inconclusive()
	case after.place == placeOwn:
		f.Layer, f.Confidence = layer.NetworkFirewall, Possible
		f.Suspects = e.vpnSuspect()
		left := e.leftHost(ported)
		f.Supports = append(f.Supports, IDs(left...)...)
		own := func(why string) { f.Suspects = append([]Suspect{{layer.LocalFirewall, Possible, why}}, f.Suspects...) }
		switch forged := group[0].kind == PathForged; {
		case forged && detail[probe.SweepDetail](group[0].sweep).End == probe.HopSYNACK:
			// What left may be what such software opened itself.
			own("Security software on this computer can accept for others too, and open connections of its own.")
			f.inconclusive()
		case forged && len(left) == 0:
			own("Security software on this computer can refuse for others too, and nothing shows that packets left.")
			f.inconclusive()
		case forged:
			own("Software on this computer that passes connections on can pass a refusal on.")
		case len(left) == 0:
			own("Security software on this computer can swallow packets before they leave, and nothing shows that these left.")
			f.inconclusive()
		}
	case after.place == placeLocal && before.place == placeLocal:
		f.Layer, f.Confidence = layer.NetworkFirewall, Possible
		if after.sure {
			f.Confidence = Likely
		}
		if !before.sure {
			f.Suspects = []Suspect{{layer.InternetPath, Possible, "Some providers, and most mobile ones, use private addresses for their own devices too."}}
		}
	case after.place == placeLocal && p.BeforeTTL == p.AfterTTL+1 && before.known:
		f.Layer, f.Confidence = layer.NetworkFirewall, Possible
		f.Suspects = []Suspect{{layer.InternetPath, Possible, fmt.Sprintf("The next device, %s, may drop them on arrival.", before.name)}}
		if !after.sure {
			f.Suspects[0].Why = fmt.Sprintf("The next device, %s, may drop them on arrival, and %s may be the provider's too.", before.name, p.After)
		}
	case after.place == placeLocal:
		f.Layer, f.Confidence = layer.NetworkFirewall, Possible
		f.Suspects = []Suspect{{layer.InternetPath, Possible, "The devices behind it do not answer, so it may also be one of them."}, {layer.StreamingGateway, Possible, "Even the AWS end may be meant."}}
		f.inconclusive()
	case after.place == placeAWS:
		f.Layer, f.Confidence = layer.StreamingGateway, Possible
		f.Suspects = []Suspect{{layer.IPAccessControl, Possible, "Packets cannot tell the gateway from the IP access control group in front of it."}}
		f.inconclusive()
	case before.place == placeAWS && p.BeforeTTL == p.AfterTTL+1:
		f.Layer, f.Confidence = layer.InternetPath, Possible
		f.Suspects = []Suspect{{layer.StreamingGateway, Possible, fmt.Sprintf("The next device, %s, may drop them on arrival.", before.name)}}
	case before.known && before.place != placeTarget && before.place != placeAWS:
		f.Layer, f.Confidence = layer.InternetPath, Possible
		f.Suspects = []Suspect{{layer.NetworkFirewall, Possible, "Some offices use public addresses for their own devices."}, {layer.StreamingGateway, Possible, "Devices near the end of the way belong to AWS."}}
	default:
		f.Layer, f.Confidence = layer.InternetPath, Possible
		f.Suspects = []Suspect{{layer.StreamingGateway, Possible, "The next device is AWS's."}, {layer.InternetPath, Possible, "The last device that answered may be the provider's."}}
		f.inconclusive()
	}
	f.Summary = fmt.Sprintf("Packets to %s %s between %s and %s%s.", what, are, after.name, before.name, e.consequence(effect))
	if p.After.IsValid() {
		f.Remedy = []string{
			fmt.Sprintf("Ask whoever runs %s whether it %s %s; if it does not, whoever runs %s.", after.name, does, what, before.name),
			fmt.Sprintf("It must allow outbound %s to the WorkSpaces gateways of %s.", what, e.regionName()),
			"To get on meanwhile, try another network, such as a phone's hotspot.",
		}
	}
	f.NextTest = "Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault."
	either := after.place == placeOwn && before.place == placeLocal
	if either && f.Undecided {
		f.NextTest = "Run the same check on another network, such as a phone's hotspot: if it passes there, the first network is at fault, else software on this computer."
	}
	e.doubt(&f, p, group[0].sweep.Addr())
	if either && f.Undecided {
		link := ", by" // who drops them
		if group[0].kind == PathForged {
			link = ":" // the device that answers
		}
		f.Summary = fmt.Sprintf("Packets to %s %s%s this computer or %s%s.", what, are, link, before.name, e.consequence(effect))
		f.Remedy = []string{
			fmt.Sprintf("Make the test below. If this computer is at fault, ask desktop IT to let its security software pass outbound %s untouched.", what),
			fmt.Sprintf("If the network is, ask whoever runs %s.", before.name),
		}
	}
	return f
}

// doubt takes back an accusation where an address does not say whose device it
// is: behind a VPN, whose far end and all behind it number themselves as they
// like; next to an own public address, which marks no border; and right in front
// of a system that runs within another computer, whose router that is.
func (e Evidence) doubt(f *Finding, p Path, to netip.Addr) {
	vpn, around := e.vpnFor(to), e.around()
	switch {
	case vpn != "":
		f.Suspects = append(f.Suspects, Suspect{layer.LocalFirewall, Possible, fmt.Sprintf("The traffic goes through the VPN interface %s, whose far end may drop it.", vpn)})
		f.NextTest = "Turn the VPN off and run the same check again: if it passes then, the VPN's far end, or a network behind it, is at fault."
	case around != "" && p.AfterTTL <= 1:
		f.Suspects = append(f.Suspects, aroundSuspect(around))
		f.NextTest = "Run the same check on the computer around " + around + " itself."
	case f.Layer == layer.InternetPath && e.mayBeOwn(p.After):
		f.Suspects = append(f.Suspects, Suspect{layer.NetworkFirewall, Possible, "The device has a public address like this computer's own, so it may be this network's."})
	case f.Layer == layer.NetworkFirewall && p.After.Is4() && e.mayBeOwn(p.After):
		f.Suspects = append(f.Suspects, Suspect{layer.InternetPath, Possible, "This computer has a public address, so the device may be the provider's."})
	default:
		return
	}
	if !f.Undecided {
		f.inconclusive()
	}
}

// around says what this system runs in, or nothing.
func (e Evidence) around() string {
	for _, o := range e.Of(probe.HostLinks) {
		return detail[probe.LinksDetail](o).Around
	}
	return ""
}

func aroundSuspect(around string) Suspect {
	return Suspect{layer.LocalFirewall, Likely, fmt.Sprintf("This program runs in %s, whose router is most often the computer around it: its firewall may be meant.", around)}
}

// inconclusive turns a finding that would accuse into one that only suspects.
func (f *Finding) inconclusive() {
	if f.Severity == SeverityFault {
		f.Severity = SeveritySuspect
	}
	f.Undecided = true
	f.Suspects = append([]Suspect{{f.Layer, f.Confidence, "The packets end at or behind its device."}}, f.Suspects...)
}

// gatewayRefuses: a reset that comes from the destination's own distance. Its
// rival, a forged reset, comes from nearer.
var gatewayRefuses = Rule{
	Code: "gateway_refuses", Layer: layer.StreamingGateway, Needs: []probe.Operation{probe.PathSweep}, DependsOn: append([]string{"path_located", "answer_forged"}, localCauses...),
	Meaning: "The AWS host itself refuses connections to a port WorkSpaces needs.",
	Decided: "The reset came from as many hops away as the same host's answer to a control port.",
	Remedy:  []string{"Look at the AWS Health Dashboard for the Region.", "The WorkSpaces administrator should open a case with AWS."},
	All: func(e Evidence) []Finding {
		byLayer := map[layer.ID][]probe.Observation{}
		for _, t := range e.traces() {
			if t.kind == PathRefused {
				at := layer.StreamingGateway
				if t.role == "broker" {
					at = layer.AuthGateway
				}
				byLayer[at] = append(byLayer[at], t.sweep, t.control)
			}
		}
		var found []Finding
		for _, at := range []layer.ID{layer.AuthGateway, layer.StreamingGateway} {
			list := byLayer[at]
			if len(list) == 0 {
				continue
			}
			ported := where(list, func(o probe.Observation) bool { return !detail[probe.SweepDetail](o).Control })
			effect := e.effectOf(ported)
			found = append(found, Finding{Layer: at, Severity: effect.severity(), Confidence: Likely, Supports: IDs(list...), Blocks: effect.blocks, Degrades: effect.degrades,
				Summary: fmt.Sprintf("The AWS host itself refuses %s%s.", ports(ported), e.consequence(effect))})
		}
		return found
	},
}
