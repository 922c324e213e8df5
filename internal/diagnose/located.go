package diagnose

import (
	"fmt"
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

func sentSweep(o probe.Observation) bool { return detail[probe.SweepDetail](o).Packets > 0 }

// around says what this system runs in, or nothing.
func (e Evidence) around() string {
	for _, o := range e.Of(probe.HostLinks) {
		return detail[probe.LinksDetail](o).Around
	}
	return ""
}

// aroundRival: what the first router says or does may be what the computer around
// this system does.
func (e Evidence) aroundRival() Rival {
	return Rival{Layer: layer.LocalFirewall, Why: fmt.Sprintf("This program runs in %s, whose router is most often the computer around it: its firewall may be meant.", e.around())}
}

// vpnRivals names a VPN where the traffic goes over it.
func (e Evidence) vpnRivals() []Rival {
	for _, o := range e.Of(probe.HostVPN) {
		for _, v := range detail[probe.VPNDetail](o).Interfaces {
			if v.Carries {
				return []Rival{{Layer: layer.LocalFirewall, Why: fmt.Sprintf("The traffic goes through the VPN interface %s, whose rules may drop it.", v.Name)}}
			}
		}
	}
	return nil
}

// inconclusive takes an accusation back by hand.
func (f *Finding) inconclusive() { f.undecide("The packets end at or behind its device.") }

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
