package account

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// speaks are the API's names of streaming protocols. DCV was called WSP before.
var speaks = map[string]probe.Protocol{"PCOIP": probe.PCoIP, "WSP": probe.DCV, "DCV": probe.DCV}

// protocolsOf are the streaming protocols that a finding about a WorkSpace takes away: its
// own, as far as they are known and asked about.
func (e evidence) protocolsOf(list ...probe.AccountWorkspace) []probe.Protocol {
	var own, blocked []probe.Protocol
	for _, w := range list {
		for _, p := range w.Protocols {
			own = append(own, speaks[p])
		}
	}
	for _, p := range probe.StreamingProtocols() {
		if e.Wants(p) && (len(own) == 0 || slices.Contains(own, p)) {
			blocked = append(blocked, p)
		}
	}
	return blocked
}

func hasPCoIP(w probe.AccountWorkspace) bool { return slices.Contains(w.Protocols, "PCOIP") }

// pools is the kind of a directory whose WorkSpaces belong to nobody.
const pools = "POOLS"

// workspaceNone: the user has no WorkSpace in the directory.
var workspaceNone = rule{
	Code: "workspace_none", Layer: layer.Directory, Part: userPart,
	Needs: []probe.Operation{probe.AccountWorkspaces}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		q := e.question()
		if len(e.answered(probe.AccountWorkspaces)) == 0 || len(e.asked()) > 0 || q.User == "" && q.WorkspaceID == "" {
			return finding.Finding{}, false
		}
		d, known := e.directory()
		f := found(finding.SeverityFault, e.about(probe.AccountWorkspaces), words.Say("cause.workspace_none.summary",
			words.Args{"user": q.User, "workspace": q.WorkspaceID, "directory": d.ID}))
		f.Blocks = e.protocolsOf()
		elsewhere := elsewhereRival("cause.workspace_none.elsewhere")
		switch {
		case q.WorkspaceID != "":
		case known && q.Code && hasCode(d):
			// The client asks the directory of the code, and no other.
			elsewhere.Out = e.about(probe.AccountDirectories)
			f.Where = resource(d.ID)
		case known && q.DirectoryID != "":
			elsewhere.Out = e.about(probe.AccountDirectories)
			f.Where = resource(d.ID)
		}
		f.Rivals = []finding.Rival{elsewhere}
		if known && d.Workspaces == pools { // whose users have sessions, and no WorkSpace that would be listed
			f.Rivals = append(f.Rivals, finding.Rival{
				Layer: layer.Directory, Harmless: true,
				Why: words.Say("cause.workspace_none.pool.why"), Next: words.Say("cause.workspace_none.pool.next"),
			})
		}
		if strings.ContainsAny(q.User, `@\`) { // WorkSpaces knows users by the short name alone
			f.Rivals = append(f.Rivals, finding.Rival{
				Layer: layer.Directory, Harmless: true,
				Why: words.Say("cause.workspace_none.long.why"), Next: words.Say("cause.workspace_none.long.next"),
			})
		}
		return f, true
	},
}

// kind is what a WorkSpace's state means to its user.
type kind int

const (
	running kind = iota
	passing      // it will be over by itself
	halted       // somebody has to do something
	gone
	silent // nobody inside answers
	resting
)

// states are the states of a WorkSpace (Amazon WorkSpaces API reference, Workspace).
var states = map[string]kind{
	"AVAILABLE": running, "STOPPED": resting, "UNHEALTHY": silent, "IMPAIRED": silent,
	"PENDING": passing, "STARTING": passing, "STOPPING": passing, "REBOOTING": passing, "REBUILDING": passing,
	"RESTORING": passing, "UPDATING": passing, "MAINTENANCE": passing,
	"ADMIN_MAINTENANCE": halted, "SUSPENDED": halted, "ERROR": halted,
	"TERMINATING": gone, "TERMINATED": gone,
}

// usable: a WorkSpace's state keeps nobody from connecting, as far as that is known.
func usable(w probe.AccountWorkspace) bool {
	k, known := states[w.State]
	return !known || k == running || k == resting
}

// eachAsked asks of every WorkSpace that is asked about. Where another of the user's runs,
// the user may mean that one.
func eachAsked(e evidence, look func(probe.AccountWorkspace) (finding.Finding, bool)) []finding.Finding {
	var list []finding.Finding
	for _, w := range e.asked() {
		f, fires := look(w)
		if !fires {
			continue
		}
		if f.Where == nil {
			f.Where = resource(w.ID)
		}
		if f.Blocks == nil && f.Severity == finding.SeverityFault {
			f.Blocks = e.protocolsOf(w)
		}
		if f.Severity == finding.SeverityFault && e.connected(w.ID) {
			f = e.unlessConnected(f)
		}
		if f.Severity == finding.SeverityFault && slices.ContainsFunc(e.asked(), func(o probe.AccountWorkspace) bool {
			return o.ID != w.ID && usable(o)
		}) {
			f.Rivals = append(f.Rivals, finding.Rival{
				Layer: layer.StreamingHost, Harmless: true,
				Why: words.Say("account.other.why"), Next: words.Say("account.other.next"),
			})
		}
		list = append(list, f)
	}
	return list
}

// remedies are what to do in a state, where it is not the same for all of its kind.
var remedies = map[string]string{
	"ADMIN_MAINTENANCE": "cause.workspace_state.maintenance.remedy",
	"ERROR":             "cause.workspace_state.error.remedy",
	"SUSPENDED":         "cause.workspace_state.suspended.remedy",
	"TERMINATED":        "cause.workspace_state.gone.remedy",
	"TERMINATING":       "cause.workspace_state.gone.remedy",
}

// workspaceState: AWS says that the WorkSpace is not one to be connected to. What a state
// means that AWS has given its API since is not known.
var workspaceState = rule{
	Code: "workspace_state", Layer: layer.StreamingHost, Part: statePart,
	Needs: []probe.Operation{probe.AccountWorkspaces}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			kind, known := states[w.State]
			f := found(finding.SeverityFault, e.about(probe.AccountWorkspaces), words.Say("cause.workspace_state.summary",
				words.Args{"workspace": w.ID, "state": w.State, "error": w.Error}))
			if id, has := remedies[w.State]; has {
				f.Remedy = words.Several(id)
			} else if kind == passing {
				f.Remedy = words.Several("cause.workspace_state.passing.remedy")
			}
			if !known {
				f.Rivals = []finding.Rival{{
					Layer: layer.StreamingHost, Harmless: true,
					Why: words.Say("cause.workspace_state.new.why"), Next: words.Say("cause.workspace_state.new.next"),
				}}
			}
			return check(f, w.State != "" && (!known || kind == passing || kind == halted || kind == gone))
		})
	},
}

// workspaceUnhealthy: AWS's health check gets no answer from inside. What keeps it from
// answering is in one of three layers there, and nothing of the account tells which.
var workspaceUnhealthy = rule{
	Code: "workspace_unhealthy", Layer: layer.StreamingHost, Part: statePart,
	Needs: []probe.Operation{probe.AccountWorkspaces, probe.AccountMetrics}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			if states[w.State] != silent {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityFault, e.about(probe.AccountWorkspaces),
				words.Say("cause.workspace_unhealthy.summary", words.Args{"workspace": w.ID, "state": w.State}))
			for _, id := range []layer.ID{layer.WorkspaceFirewall, layer.ManagementInterface} {
				f.Rivals = append(f.Rivals, finding.Rival{
					Layer: id,
					Why:   words.Say("cause.workspace_unhealthy." + string(id) + ".why"),
					Next:  words.Say("cause.workspace_unhealthy.next"),
				})
			}
			return f, true
		})
	},
}

// workspaceStopped: one that stops by itself is started by the next sign-in; one that is
// started by hand is not.
var workspaceStopped = rule{
	Code: "workspace_stopped", Layer: layer.StreamingHost, Part: statePart,
	Needs: []probe.Operation{probe.AccountWorkspaces}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			if states[w.State] != resting {
				return finding.Finding{}, false
			}
			args := words.Args{"workspace": w.ID, "minutes": w.StopsAfter, "mode": w.RunningMode}
			f := found(finding.SeverityFault, e.about(probe.AccountWorkspaces),
				words.Say("cause.workspace_stopped.summary", args))
			switch w.RunningMode {
			case "AUTO_STOP":
				f.Severity, f.Summary = finding.SeverityInfo, words.Say("cause.workspace_stopped.resting", args)
			case "MANUAL":
			default:
				f.Rivals = []finding.Rival{{
					Layer: layer.StreamingHost, Harmless: true, Rare: true, Why: words.Say("cause.workspace_stopped.starts.why"),
				}}
			}
			return f, true
		})
	},
}

// protocolChanging: the WorkSpace is being given another streaming protocol, which takes
// up to forty minutes.
var protocolChanging = rule{
	Code: "protocol_changing", Layer: layer.StreamingHost, Part: statePart,
	Needs: []probe.Operation{probe.AccountWorkspaces}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			m, changes := find(w.Modifications, func(m probe.Modification) bool { return m.Resource == "PROTOCOL" })
			f := found(finding.SeverityFault, e.about(probe.AccountWorkspaces),
				words.Say("cause.protocol_changing.summary", words.Args{"workspace": w.ID, "state": m.State}))
			f.Rivals = []finding.Rival{{
				Layer: layer.StreamingHost, Harmless: true, Rare: true, Why: words.Say("cause.protocol_changing.meanwhile.why"),
			}}
			return check(f, changes)
		})
	},
}

// pcoipEnding: what is done for PCoIP now has an end.
var pcoipEnding = rule{
	Code: "pcoip_ending", Layer: layer.StreamingGateway, Part: historyPart,
	Needs: []probe.Operation{probe.AccountWorkspaces}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			f := found(finding.SeverityInfo, e.about(probe.AccountWorkspaces),
				words.Say("cause.pcoip_ending.summary", words.Args{"workspace": w.ID}))
			return check(f, hasPCoIP(w))
		})
	},
}

// OnlyProtocol is the one streaming protocol of the WorkSpaces that are asked about; empty
// where they have several or nothing tells.
func OnlyProtocol(observations []probe.Observation) probe.Protocol {
	e := evidence{facts.Gather(facts.Input{Vantage: probe.InAccount, Observations: observations})}
	untold := func(w probe.AccountWorkspace) bool { return len(w.Protocols) == 0 }
	if asked := e.asked(); len(asked) == 0 || slices.ContainsFunc(asked, untold) {
		return ""
	}
	if list := e.protocolsOf(e.asked()...); len(list) == 1 {
		return list[0]
	}
	return ""
}
