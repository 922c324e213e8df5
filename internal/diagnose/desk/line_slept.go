package desk

import (
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// sweptOpen are sweeps whose last packets the hosts themselves accepted.
func (e evidence) sweptOpen() []probe.Observation {
	return facts.Where(e.Of(probe.PathSweep), func(o probe.Observation) bool {
		d := facts.Detail[probe.SweepDetail](o)
		return !d.Control && d.End == probe.HopSYNACK && e.primary(o)
	})
}

// lineSlept: no port of AWS answered at first, and the sweeps that went to the very same
// ports afterwards were answered by the hosts. So none of these ports is shut. Whoever did
// not carry the first packets cannot be told from outside.
var lineSlept = rule{
	Code: "line_slept", Layer: layer.InternetPath, Needs: []probe.Operation{probe.TCPConnect, probe.PathSweep},
	Explains: silences, Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		silent := map[string]bool{} // targets
		var first []probe.Observation
		for _, o := range e.Of(probe.TCPConnect) {
			if !facts.Sent(o) || !facts.Direct(o) {
				continue
			}
			if !facts.IsSilent(o) {
				return finding.Finding{}, false
			}
			silent[o.Target], first = true, append(first, o)
		}
		swept := facts.Where(e.Of(probe.PathSweep), func(o probe.Observation) bool {
			return silent[o.Target] && e.primary(o) && !facts.Detail[probe.SweepDetail](o).Control
		})
		// One port may be let through late for many a reason, and several by one that they share.
		later := e.sweptOpen()
		if len(later) < 2 || len(later) < len(swept) {
			return finding.Finding{}, false
		}
		return finding.Finding{
			Severity: finding.SeverityFault,
			Supports: append(facts.IDs(first...), facts.IDs(later...)...),
			Why:      words.Say("cause.line_slept.why"),
			Summary:  words.Say("cause.line_slept.summary", words.Args{"what": ports(later)}),
			NextTest: words.Say("cause.line_slept.next"),
			Rivals: []finding.Rival{
				{Layer: layer.LocalDevice, Why: words.Say("cause.line_slept.device.why")},
				{Layer: layer.NetworkFirewall, Why: words.Say("cause.line_slept.network.why")},
				{Layer: layer.LocalFirewall, Why: words.Say("cause.line_slept.software.why")},
			},
		}, true
	},
}
