package diagnose

import (
	"fmt"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// pathPasses: packets to a silent TCP port come as far as the control's. Then
// the AWS end, or the way back, loses them; packets cannot separate the two. Nor
// do they separate these from a firewall that drops all to a host, the control
// too, where both end behind a device of this network.
var pathPasses = Rule{
	Code: "path_passes", Layer: layer.StreamingGateway, Needs: []probe.Operation{probe.PathSweep}, DependsOn: append([]string{"path_located", "answer_forged", "gateway_refuses", "gateway_only_dead", "loss_high"}, localCauses...),
	Meaning: "Packets to a silent port come as far as those to a control port, and no answer comes back.",
	Decided: "Every hop that saw the control's packets also saw the port's. What lies behind the last hop, the gateway, an access control in front of it, or a device that drops only the answers, looks the same from here.",
	Remedy:  []string{"Run the same check from another network, such as a phone's hotspot.", "If it fails there too, the WorkSpaces administrator should check the IP access control group and then open a case with AWS.", "If it passes there, the first network drops the packets or the answers: ask its network team."},
	Check: func(e Evidence) (Finding, bool) {
		var list, ported, silent []probe.Observation
		var passing []traced
		for _, t := range e.traces() {
			if t.kind == PathPasses && strings.HasSuffix(t.role, "-tcp") && stateOf(e.port(t.role)).dead() {
				list = append(list, t.sweep, t.control)
				ported, passing = append(ported, t.sweep), append(passing, t)
				silent = append(silent, stateOf(e.port(t.role)).silent...)
			}
		}
		if len(list) == 0 {
			return Finding{}, false
		}
		effect := e.effectOf(ported)
		f := Finding{
			Odds: e.odds(silent), Severity: SeveritySuspect, Confidence: Possible, Supports: IDs(list...), Blocks: effect.blocks, Degrades: effect.degrades,
			Summary: fmt.Sprintf("Packets to %s pass every device that can be seen on the way, and nothing comes back: the AWS end does not answer, or its answers are lost.", ports(ported)),
			Suspects: []Suspect{
				{layer.StreamingGateway, Possible, "The gateway may be silent."},
				{layer.IPAccessControl, Possible, "An access control in front of the gateway may drop packets from addresses it does not know."},
				{layer.NetworkFirewall, Possible, "A firewall that drops only the answers looks the same."},
				{layer.InternetPath, Possible, "So does a provider's."},
			},
			NextTest: "Run the same check on another network, such as a phone's hotspot, and compare this network's public address with the IP access control group (--allowed-cidr).",
		}
		if last, ends := e.endsHere(passing); ends {
			f.Summary = fmt.Sprintf("Packets to %s and to the control port alike are last seen at %s, and nothing comes back.", ports(ported), last.name)
			f.Suspects[0].Why = "Devices behind it may only be hidden, and the gateway silent."
			f.Suspects[2] = Suspect{layer.NetworkFirewall, Likely, fmt.Sprintf("%s may drop everything to this host.", upperFirst(last.name))}
			f.Suspects[0], f.Suspects[2] = f.Suspects[2], f.Suspects[0]
		}
		return f, true
	},
}

// endsHere: neither the ports' packets nor the control's are seen beyond a device
// of this network, and the control is not answered either.
func (e Evidence) endsHere(passing []traced) (last device, ends bool) {
	for _, t := range passing {
		d, c := detail[probe.SweepDetail](t.sweep), detail[probe.SweepDetail](t.control)
		far := max(d.Last, c.Last)
		last = e.whose(hopAt(c, d, far), far, c, d)
		if c.Distance > 0 || c.End == probe.HopRST || c.End == probe.HopSYNACK || last.place != placeLocal {
			return last, false
		}
	}
	return last, len(passing) > 0
}
