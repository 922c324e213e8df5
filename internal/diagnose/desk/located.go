package desk

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

func sentSweep(o probe.Observation) bool { return facts.Detail[probe.SweepDetail](o).Packets > 0 }

// enclosingSystem says what this system runs in, or nothing.
func (e evidence) enclosingSystem() words.Text {
	list := e.Of(probe.HostLinks)
	if len(list) == 0 {
		return words.Text{}
	}
	if around := facts.Detail[probe.LinksDetail](list[0]).Around; around != "a container" {
		return words.Raw(around)
	}
	return words.Say("desk.container")
}

// aroundRival: what the first router says or does may be what the host computer
// does.
func (e evidence) aroundRival() finding.Rival {
	return finding.Rival{
		Layer: layer.LocalFirewall,
		Why:   words.Say("desk.why.around", words.Args{"around": e.enclosingSystem()}),
	}
}

// notItself: what a router says may be what the far end of a VPN or the host computer
// says. That a VPN's far end has another owner is less common.
func (e evidence) notItself(router netip.Addr) []finding.Rival {
	switch vpn := e.vpnFor(router); {
	case vpn != "":
		return []finding.Rival{
			{Layer: layer.LocalFirewall, Rare: true, Why: words.Say("desk.why.vpn", words.Args{"vpn": vpn})},
		}
	case !e.enclosingSystem().Empty() && e.IsGateway(router):
		return []finding.Rival{e.aroundRival()}
	}
	return nil
}

// vpnRivals names a VPN where the traffic goes over it, and what it may do: "detour",
// "lose" packets, carry "small" ones alone, or "drop".
func (e evidence) vpnRivals(may string) []finding.Rival {
	for _, o := range e.Of(probe.HostVPN) {
		for _, v := range facts.Detail[probe.VPNDetail](o).Interfaces {
			if v.Carries {
				return []finding.Rival{
					{
						Layer: layer.LocalFirewall,
						Why:   words.Say("desk.why.vpn-may", words.Args{"vpn": v.Name, "may": may}),
					},
				}
			}
		}
	}
	return nil
}

// hostStops: this computer is known to refuse, reject or drop packets to a
// port, over one transport at least.
func (e evidence) hostStops(port uint16) bool {
	return slices.ContainsFunc(e.Observations, func(o probe.Observation) bool {
		if o.Port() != port || !e.primary(o) {
			return false
		}
		m := facts.ICMP(o)
		dropped := facts.Detail[probe.ConnectDetail](o).HostDropped
		return o.Failure == probe.LocalPolicyDenied || (m != nil && m.OwnHost && o.Failure != probe.HostUnreachable) ||
			facts.Detail[probe.CountersDetail](o).Flat || (dropped != nil && *dropped)
	})
}
