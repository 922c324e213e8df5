package account

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// newClientOnly is the policy by which clients speak DCV alone.
const newClientOnly = "FORCE_UI_2026"

// clientWithoutPCoIP: the directory prescribes a client that cannot speak PCoIP, and
// the WorkSpace can nothing else. Clients that are older than the policy do not know it,
// and it is told of the Windows client alone.
var clientWithoutPCoIP = rule{
	Code: "client_without_pcoip", Layer: layer.Directory, Part: accessPart,
	Needs: []probe.Operation{probe.AccountClients}, Where: ownPlace,
	All: func(e evidence) []finding.Finding {
		d, known := e.directory()
		q := e.question()
		if q.System != "" && q.System != "windows" && !q.SystemSeen {
			return nil
		}
		if !known || !slices.ContainsFunc(e.answers(probe.AccountClients), func(o probe.Observation) bool {
			c, is := o.Detail.(probe.ClientsDetail)
			return is && c.Experience == newClientOnly && c.Directory == d.ID
		}) {
			return nil
		}
		say := func(id string) finding.Finding {
			supports := e.about(probe.AccountClients, probe.AccountWorkspaces, probe.AccountDirectories)
			f := found(finding.SeverityFault, supports, words.Say(id, words.Args{"directory": d.ID}))
			f.Where = resource(d.ID)
			older := finding.Rival{
				Layer: layer.Directory, Harmless: true, Rare: true,
				Why: words.Say("cause.client_without_pcoip.older.why"), By: words.Say("cause.client_without_pcoip.older.by"),
			}
			if q.System == "windows" {
				older.Out = e.about(probe.AccountQuestion)
			}
			f.Rivals = []finding.Rival{older}
			return f
		}
		if d.Workspaces == pools {
			f := say("cause.client_without_pcoip.pool")
			f.Blocks = e.protocolsOf()
			return []finding.Finding{f}
		}
		return eachAsked(e, func(w probe.AccountWorkspace) (finding.Finding, bool) {
			return check(say("cause.client_without_pcoip.summary"), hasPCoIP(w) && len(w.Protocols) == 1)
		})
	},
}

// Devices are what a user's device can be, as a question names it, and what the API calls
// its kind.
var Devices = []struct{ System, Kind string }{
	{"windows", "Windows"}, {"macos", "Osx"}, {"linux", "Linux"}, {"web", "Web"}, {"ios", "Ios"},
	{"android", "Android"}, {"chromeos", "ChromeOs"}, {"zero-client", "ZeroClient"},
	{"thin-client", "WorkSpacesThinClient"},
}

// kindOf is what the API calls a system; empty for one that it has no kind for.
func kindOf(system string) string {
	for _, d := range Devices {
		if d.System == system {
			return d.Kind
		}
	}
	return ""
}

// deviceTypeDenied: the directory does not let in the kind of device that the user has.
var deviceTypeDenied = rule{
	Code: "device_type_denied", Layer: layer.IPAccessControl, Part: accessPart,
	Needs: []probe.Operation{probe.AccountDirectories}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, known := e.directory()
		kind := kindOf(e.question().System)
		a, set := find(d.Devices, func(a probe.DeviceAccess) bool { return a.Kind == kind })
		if !known || !set || kind == "" || a.Access != "DENY" {
			return finding.Finding{}, false
		}
		f := found(finding.SeverityFault, e.about(probe.AccountDirectories),
			words.Say("cause.device_type_denied.summary", words.Args{"directory": d.ID, "kind": kind}))
		f.Where, f.Blocks = resource(d.ID), e.protocolsOf(e.asked()...)
		if e.question().SystemSeen {
			f.Rivals = []finding.Rival{{
				Layer: layer.IPAccessControl, Harmless: true, Rare: true, Why: words.Say("cause.device_type_denied.other.why"),
			}}
			return e.unlessConnected(f), true
		}
		return f, true // whoever is connected with another device is kept out with this one
	},
}

// ipGroups are the groups of the directory, and whether all of them were read. Having none
// is having read them.
func (e evidence) ipGroups() (groups []probe.IPGroup, whole bool) {
	d, known := e.directory()
	if !known {
		return nil, false
	}
	read := all(e, probe.AccountIPGroups, func(d probe.IPGroupsDetail) []probe.IPGroup { return d.Groups })
	whole = true
	for _, id := range d.IPGroups {
		g, is := find(read, func(g probe.IPGroup) bool { return g.ID == id })
		if !is {
			whole = false
			continue
		}
		groups = append(groups, g)
	}
	return groups, whole
}

// exempt: a directory with a streaming VPC endpoint is held against no IP group (AWS
// WorkSpaces administration guide, IP access control groups and streaming VPC endpoints).
func (e evidence) exempt() bool {
	d, _ := e.directory()
	return len(d.Endpoints) > 0
}

// unlessExempt: where the directory has a streaming VPC endpoint a group is only worth
// knowing. Whether PCoIP, which does not go over one, is held against groups all the same
// is not documented.
func (e evidence) unlessExempt(f finding.Finding) finding.Finding {
	switch {
	case !e.exempt():
	case slices.ContainsFunc(e.asked(), hasPCoIP):
		f.Rivals = append(f.Rivals, finding.Rival{
			Layer: layer.IPAccessControl, Harmless: true,
			Why: words.Say("account.exempt.why"), Next: words.Say("account.exempt.next"),
		})
	default:
		f.Severity, f.Blocks = finding.SeverityInfo, nil
		f.Summary = f.Summary.Then(words.Say("account.exempt.why"))
	}
	return f
}

// ipGroupEmpty: a group without a rule lets nobody in.
var ipGroupEmpty = rule{
	Code: "ip_group_empty", Layer: layer.IPAccessControl, Part: accessPart,
	Needs: []probe.Operation{probe.AccountIPGroups}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		groups, whole := e.ipGroups()
		hasRules := func(g probe.IPGroup) bool { return len(g.Rules)+len(g.Unread) > 0 }
		if !whole || len(groups) == 0 || slices.ContainsFunc(groups, hasRules) {
			return finding.Finding{}, false
		}
		f := found(finding.SeverityFault, e.about(probe.AccountDirectories, probe.AccountIPGroups),
			words.Say("cause.ip_group_empty.summary", words.Args{"groups": groupIDs(groups)}))
		f.Where = finding.At(finding.AtResource, groupIDs(groups)...)
		f.Blocks = e.protocolsOf(e.asked()...)
		return e.unlessConnected(e.unlessExempt(f)), true
	},
}

// ipGroupExcludes: no rule of the directory's groups holds the address from which the user
// connects. An address that somebody typed may be another one than AWS sees.
var ipGroupExcludes = rule{
	Code: "ip_group_excludes", Layer: layer.IPAccessControl, Part: accessPart,
	Needs: []probe.Operation{probe.AccountIPGroups}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		groups, whole := e.ipGroups()
		egress := onlyIPv4(e.question().Egress) // rules of IPv6 are nowhere documented
		unread := slices.ContainsFunc(groups, func(g probe.IPGroup) bool { return len(g.Unread) > 0 })
		if !whole || len(egress) == 0 || unread ||
			!slices.ContainsFunc(groups, func(g probe.IPGroup) bool { return len(g.Rules) > 0 }) {
			return finding.Finding{}, false
		}
		var outside []netip.Addr
		for _, a := range egress {
			if !slices.ContainsFunc(groups, func(g probe.IPGroup) bool { return holds(g, a) }) {
				outside = append(outside, a)
			}
		}
		if len(outside) == 0 {
			return finding.Finding{}, false
		}
		f := found(finding.SeverityFault, e.about(probe.AccountDirectories, probe.AccountIPGroups, probe.AccountQuestion),
			words.Say("cause.ip_group_excludes.summary", words.Args{"addresses": texts(outside), "groups": groupIDs(groups)}))
		f.Where = finding.At(finding.AtResource, groupIDs(groups)...)
		f.Blocks = e.protocolsOf(e.asked()...)
		f = e.unlessExempt(f)
		if len(outside) < len(egress) { // which of several AWS compares is not documented
			f.Said = false
			f.Rivals = append(f.Rivals, finding.Rival{
				Layer: layer.IPAccessControl, Harmless: true, Rare: true, Why: words.Say("cause.ip_group_excludes.some.why"),
			})
		}
		return f, true
	},
}

func holds(g probe.IPGroup, a netip.Addr) bool {
	return slices.ContainsFunc(g.Rules, func(p netip.Prefix) bool { return p.Contains(a) })
}

func groupIDs(groups []probe.IPGroup) []string {
	var ids []string
	for _, g := range groups {
		ids = append(ids, g.ID)
	}
	return ids
}

// AllowedCIDRs are the rules of the directory's IP access control groups, for a desk's
// report; not known where some were not read, where there are none, or where they do not
// hold.
func AllowedCIDRs(observations []probe.Observation) (rules []string, known bool) {
	e := evidence{facts.Gather(facts.Input{Vantage: probe.InAccount, Observations: observations})}
	groups, whole := e.ipGroups()
	for _, g := range groups {
		whole = whole && len(g.Unread) == 0
		rules = append(rules, texts(g.Rules)...)
	}
	return rules, whole && len(rules) > 0 && !e.exempt()
}

// Systems are the names that a question has for the user's system, by those of runtime.GOOS.
var Systems = map[string]string{"windows": "windows", "darwin": "macos", "linux": "linux"}
