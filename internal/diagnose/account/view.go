package account

import (
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// View is a run as it looks from the account.
type View struct{ e evidence }

// Look prepares a run for the rules of the account.
func Look(f facts.Evidence) View { return View{evidence{f}} }

// Findings asks every rule.
func (v View) Findings() []finding.Finding { return finding.Ask(rules(), v.e, v.e.Observed) }

// Suppress marks every finding about a part that stands on another broken one.
func (v View) Suppress(findings []finding.Finding) { finding.SuppressParts(findings, standsOn) }

// Looked says whether a layer was tested at all. A setting that forbids nothing shows no
// packet that passes, so that most layers are never called good from here.
func (v View) Looked(id layer.ID) bool {
	switch id {
	case layer.Directory:
		d, known := v.e.directory()
		_, served := v.e.service(d.ID)
		return known && (served || !hasAD(d.ID)) && len(v.e.asked()) > 0
	case layer.IPAccessControl:
		_, whole := v.e.ipGroups()
		return whole && !v.e.egressUntold()
	}
	return false
}

// egressUntold: the directory has IP groups, and nobody told an address of the user that
// can be held against them.
func (e evidence) egressUntold() bool {
	d, known := e.directory()
	return known && len(d.IPGroups) > 0 && len(onlyIPv4(e.question().Egress)) == 0
}

// Cleared says whether a layer was seen to work in a run that is not ok: each is a setting
// of its own.
func (v View) Cleared(layer.ID) bool { return true }

// Enough says whether "nothing is wrong" would be more than "not looked".
func (v View) Enough() bool {
	q := v.e.question()
	if q.User == "" && q.WorkspaceID == "" {
		return v.e.directoryAnswered()
	}
	return v.e.directoryAnswered() && len(v.e.answered(probe.AccountWorkspaces)) > 0
}

// Protocols says of both protocols what can be said: what is shut. What works shows in no
// setting.
func (v View) Protocols(findings []finding.Finding) (finding.Protocols, finding.ProtocolsSeen) {
	state := func(protocol probe.Protocol) finding.ProtocolState {
		for _, f := range finding.Open(findings, finding.SeverityFault) {
			if v.e.Wants(protocol) && slices.Contains(f.Blocks, protocol) {
				return finding.ProtocolBlocked
			}
		}
		return finding.ProtocolUnknown
	}
	return finding.Protocols{PCoIP: state(probe.PCoIP), DCV: state(probe.DCV)},
		finding.ProtocolsSeen{PCoIP: finding.SeenNothing, DCV: finding.SeenNothing}
}

// Passes says what is to be said where nothing wrong was found.
func (v View) Passes(verdict *finding.Verdict) {
	verdict.Status, verdict.Code = finding.StatusOK, finding.CodeAsFarAsSeen
	verdict.Summary = words.Say("account.passes.nobody")
	if asked := v.e.asked(); len(asked) > 0 {
		args := words.Args{"workspace": asked[0].ID, "state": asked[0].State}
		verdict.Summary = words.Say("account.passes.all", args)
		if v.e.connected(asked[0].ID) {
			verdict.Summary = words.Say("account.passes.connected", args)
		}
	}
	if unread := v.e.unread(); len(unread) > 0 {
		verdict.Summary = verdict.Summary.Then(words.Say("account.passes.unread", words.Args{"actions": unread}))
	}
	verdict.Summary = verdict.Summary.Then(v.e.asExpected()).Then(words.Say("account.passes.unseen"))
	verdict.NextTest = words.Say("account.passes.next")
}

// unread are the actions that gave no answer.
func (e evidence) unread() (actions []string) {
	for _, o := range e.Observations {
		asked := o.Outcome == probe.Failed || o.Outcome == probe.NotRun
		if asked && o.Failure != probe.NotFound && o.Target != "" && !slices.Contains(actions, o.Target) {
			actions = append(actions, o.Target)
		}
	}
	return actions
}

// asExpected says how the account differs from what it was to be held against, if it was.
func (e evidence) asExpected() words.Text {
	d, known := e.directory()
	if e.question().Expect != quickSetup || !known {
		return words.Text{}
	}
	if drift := e.drift(d); len(drift) > 0 {
		return words.Say("cause.quick_setup_drift.summary", words.Args{"drift": drift, "n": len(drift)})
	}
	return words.Say("account.passes.as-quick-setup")
}

// Gaps tells what could not be looked at.
func (v View) Gaps() []words.Text {
	list := []words.Text{words.Say("gap.account-eth0")}
	if v.e.egressUntold() {
		list = append(list, words.Say("gap.account-egress"))
	}
	return list
}
