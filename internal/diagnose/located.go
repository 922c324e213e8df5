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
