package inside

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// View is a run as it looks inside a WorkSpace.
type View struct{ e evidence }

// Look prepares a run for the rules of the inside.
func Look(f facts.Evidence) View { return View{evidence{f}} }

// Findings asks every rule.
func (v View) Findings() []finding.Finding { return finding.Ask(rules(), v.e, v.e.Observed) }

// Suppress marks every finding about a part that stands on another broken one.
func (v View) Suppress(findings []finding.Finding) { suppressParts(findings) }

// Looked says whether a layer was tested at all.
func (v View) Looked(id layer.ID) bool {
	look := looked()[id]
	return look != nil && look(v.e)
}

// Cleared says whether a layer was seen to work in a run that is not ok.
func (v View) Cleared(id layer.ID) bool { return cleared(v.e, id) }

// Enough says whether "nothing is wrong" would be more than "not looked".
func (v View) Enough() bool { return enough(v.e) }

// Protocols says of both protocols what can be said.
func (v View) Protocols(findings []finding.Finding) (finding.Protocols, finding.ProtocolsSeen) {
	return protocols(v.e, findings)
}

// Passes says what is to be said where nothing wrong was found.
func (v View) Passes(verdict *finding.Verdict) { passes(v.e, verdict) }

// Gaps tells what could not be looked at.
func (v View) Gaps() []words.Text { return gaps(v.e) }

// evidence is what the rules of the inside are asked of.
type evidence struct{ facts.Evidence }

func gather(in facts.Input) evidence { return evidence{facts.Gather(in)} }

func looked() map[layer.ID]func(evidence) bool {
	seen := func(op probe.Operation) func(evidence) bool {
		return func(e evidence) bool {
			return slices.ContainsFunc(
				e.Of(op),
				func(o probe.Observation) bool { return o.Outcome == probe.OK || o.Outcome == probe.Failed },
			)
		}
	}
	return map[layer.ID]func(evidence) bool{
		layer.LocalDevice: func(e evidence) bool {
			return len(e.clocks(true)) > 0 &&
				len(e.clocks(false)) > 0 // its clock is all that inside belongs to this layer
		},
		layer.ManagementInterface: seen(probe.HostManagement),
		layer.WorkspaceFirewall:   seen(probe.HostFirewall),
		layer.StreamingHost:       func(e evidence) bool { return e.services() != nil || e.listeners() != nil },
		layer.PrimaryInterface:    func(e evidence) bool { return len(e.links()) > 0 },
		layer.DirectoryDNS:        func(e evidence) bool { return slices.ContainsFunc(e.At("directory-dns", probe.DNSQuery), facts.Sent) },
		layer.VPCEgress:           func(e evidence) bool { return slices.ContainsFunc(e.outwardTries(), facts.Sent) },
	}
}

// cleared: each layer inside is looked at by itself, so a fault of
// another one does not cloud it, except what lies behind eth1.
func cleared(e evidence, id layer.ID) bool {
	switch id {
	case layer.DirectoryDNS, layer.VPCEgress:
		return len(e.answers()) > 0
	}
	return true
}

// enough: the interfaces were read, and what should listen on them.
func enough(e evidence) bool {
	return looked()[layer.ManagementInterface](e) && (e.services() != nil || e.listeners() != nil) && !e.elsewhere()
}

// protocols: a protocol is ok only if nothing is against it, its port
// listens on eth0, and the way in is known to be open: by the firewall's rules, or
// because somebody outside is connected.
func protocols(e evidence, findings []finding.Finding) (finding.Protocols, finding.ProtocolsSeen) {
	state := func(protocol probe.Protocol) finding.ProtocolState {
		if !e.Wants(protocol) || !e.installed(protocol) {
			return finding.ProtocolUnknown
		}
		degraded := false
		for _, f := range findings {
			if slices.Contains(f.Blocks, protocol) && f.Severity != finding.SeverityInfo &&
				f.Severity != finding.SeveritySuspect {
				return finding.ProtocolBlocked
			}
			degraded = degraded || slices.Contains(f.Degrades, protocol)
		}
		switch {
		case e.eth0Doubtful() || !e.listensOnEth0(protocol) || !e.wayInOpen(protocol) || len(finding.Open(findings, finding.SeveritySuspect)) > 0:
			return finding.ProtocolUnknown
		case degraded:
			return finding.ProtocolDegraded
		}
		return finding.ProtocolOK
	}
	// The streams themselves are not seen from inside.
	return finding.Protocols{
			PCoIP: state(probe.PCoIP),
			DCV:   state(probe.DCV),
		}, finding.ProtocolsSeen{
			PCoIP: finding.SeenNothing,
			DCV:   finding.SeenNothing,
		}
}

func passes(e evidence, v *finding.Verdict) {
	v.Status, v.Code, v.Summary = finding.StatusOK, finding.CodeAllPasses, allPassesInside(e)
	unshown := func(protocol probe.Protocol, state finding.ProtocolState) bool {
		return state != finding.ProtocolOK && e.Wants(protocol) && e.installed(protocol)
	}
	if unshown(probe.PCoIP, v.Protocols.PCoIP) || unshown(probe.DCV, v.Protocols.DCV) {
		v.Code = finding.CodeAsFarAsSeen
		v.Summary = v.Summary.Then(e.notShownInside())
	}
}

// notShownInside says why nothing shows that the gateway is let in.
func (e evidence) notShownInside() words.Text {
	switch {
	case e.pool():
		return words.Say("inside.not-shown.pool")
	case e.rulesUnread():
		return words.Say("inside.not-shown.unread")
	}
	return words.Say("inside.not-shown.nobody")
}

func allPassesInside(e evidence) words.Text {
	s := words.Say("inside.passes.all")
	if eth0, found := e.eth0(); found {
		s = s.Then(words.Say("inside.passes.eth0", words.Args{"interface": eth0.Name}))
	}
	var listening words.Protocols
	for _, protocol := range probe.StreamingProtocols() {
		if e.Wants(protocol) && e.installed(protocol) && e.listensOnEth0(protocol) {
			listening = append(listening, protocol)
		}
	}
	if len(listening) > 0 {
		s = s.Then(words.Say("inside.passes.listens", words.Args{"protocols": listening, "n": len(listening)}))
	}
	if as, _ := e.leavesAs(); len(as) > 0 {
		s = s.Then(words.Say("inside.passes.leaves-as", words.Args{"address": as}))
	}
	return s
}

func gaps(e evidence) (list []words.Text) {
	if e.pool() {
		list = append(list, words.Say("gap.pool"))
	}
	if limited := e.limited(); len(limited) > 0 {
		list = append(list, words.Say("gap.limited", words.Args{"ports": portsText(limited)}))
	}
	if as, own := e.leavesAs(); len(as) > 0 && !own {
		list = append(list, words.Say("gap.leaves-as", words.Args{"address": as}))
	}
	return append(list, words.Say("gap.desk-unseen"))
}
