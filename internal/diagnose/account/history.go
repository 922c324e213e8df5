package account

import (
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// matters are the events by which administrators change what keeps users in or out.
var matters = []string{
	"AssociateIpGroups", "DisassociateIpGroups", "RevokeIpRules", "UpdateRulesOfIpGroup", "DeleteIpGroup", "CreateIpGroup",
	"ModifyWorkspaceAccessProperties", "ModifyStreamingProperties", "ModifyClientProperties", "ModifySamlProperties",
	"ModifyCertificateBasedAuthProperties", "ModifyEndpointEncryptionMode", "ModifyWorkspaceCreationProperties",
	"DeregisterWorkspaceDirectory", "RegisterWorkspaceDirectory", "DisassociateConnectionAlias", "DeleteConnectionAlias",
	"StopWorkspaces", "RebootWorkspaces", "RebuildWorkspaces", "RestoreWorkspace", "TerminateWorkspaces",
	"ModifyWorkspaceState",
	"ModifyWorkspaceProperties", "MigrateWorkspace",
	"DeleteNetworkInterface", "DetachNetworkInterface", "ModifyNetworkInterfaceAttribute", "DisassociateAddress",
	"RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress", "DeleteSecurityGroup",
	"DeleteRoute", "ReplaceRoute", "CreateRoute", "ReplaceRouteTableAssociation", "DisassociateRouteTable",
	"DeleteNatGateway", "DetachInternetGateway",
	"CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry",
	"ReplaceNetworkAclAssociation", "DeleteVpcEndpoints", "ModifyVpcEndpoint",
	"DeleteDirectory", "DisableRadius", "UpdateRadius", "DeleteTrust", "ResetUserPassword",
	"DeleteRole", "DetachRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary",
}

// shown is how many changes the sentence names; the rest stands in the evidence.
const shown = 5

// settingsChanged: since the user was last connected, somebody changed something that can
// keep users out. That it does is for the other rules to show.
var settingsChanged = rule{
	Code: "settings_changed", Layer: layer.Directory, Part: historyPart,
	Needs: []probe.Operation{probe.AccountChanges}, Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		since := e.lastConnected()
		var changes []probe.Change
		for _, c := range all(e, probe.AccountChanges, func(d probe.ChangesDetail) []probe.Change { return d.Changes }) {
			if c.At.After(since) && c.Failed == "" && slices.Contains(matters, c.Event) {
				changes = append(changes, c)
			}
		}
		if len(changes) == 0 {
			return finding.Finding{}, false
		}
		slices.SortStableFunc(changes, func(a, b probe.Change) int { return b.At.Compare(a.At) })
		var names words.List
		for _, c := range changes[:min(shown, len(changes))] {
			names = append(names, words.Say("account.change", words.Args{"event": c.Event, "at": words.Moment(c.At)}))
		}
		args := words.Args{"changes": names, "more": len(changes) - len(names), "since": words.Moment(since)}
		id := "cause.settings_changed.summary"
		if since.IsZero() {
			id = "cause.settings_changed.at-all"
		}
		return found(finding.SeverityInfo, e.about(probe.AccountChanges, probe.AccountConnections), words.Say(id, args)), true
	},
}

// lastConnected is when a user who is asked about was last connected; zero where that is
// not known.
func (e evidence) lastConnected() (at time.Time) {
	for _, w := range e.asked() {
		if c, known := e.connection(w.ID); known && c.LastAt.After(at) {
			at = c.LastAt
		}
	}
	return at
}

// quickSetup is what the question expects where Quick Setup made the account's side.
const quickSetup = "quick-setup"

// quickSetupDrift: the account's side is not any more what Quick Setup makes. What
// concerns security comes first.
var quickSetupDrift = rule{
	Code: "quick_setup_drift", Layer: layer.Directory, Part: historyPart,
	Needs: []probe.Operation{probe.AccountQuestion}, Where: finding.NoPlace[evidence],
	Check: func(e evidence) (finding.Finding, bool) {
		d, known := e.directory()
		if e.question().Expect != quickSetup || !known {
			return finding.Finding{}, false
		}
		drift := e.drift(d)
		if len(drift) == 0 {
			return finding.Finding{}, false
		}
		return found(finding.SeverityInfo, e.about(probe.AccountDirectories, probe.AccountDirectoryService,
			probe.AccountSubnets, probe.AccountRouteTables, probe.AccountSecurityGroups, probe.AccountInterfaces,
			probe.AccountRole),
			words.Say("cause.quick_setup_drift.summary", words.Args{"drift": drift, "n": len(drift)})), true
	},
}

// drift lists what differs from what Quick Setup makes (AWS WorkSpaces administration
// guide, Quick Setup); what was not read does not differ.
func (e evidence) drift(d probe.RegisteredDirectory) words.List {
	var list words.List
	differs := func(is bool, what string, args words.Args) {
		if is {
			list = append(list, words.Say("account.drift."+what, args))
		}
	}
	s, known := e.service(d.ID)
	controllers, read := e.group(s.SecurityGroup)
	differs(known && read && wideOpen(controllers.Ingress), "controllers-open", words.Args{"group": controllers.ID})
	members, read := e.group(d.MembersGroup)
	differs(read && len(members.Ingress) > 0, "members-ingress", words.Args{"group": members.ID})
	differs(read && !wideOpen(members.Egress), "members-egress", words.Args{"group": members.ID})
	if r, exists, asked := e.role(defaultRole); len(asked) > 0 {
		differs(!exists, "role", words.Args{"role": defaultRole})
		differs(exists && (len(r.Trusts) > 1 || trusts(r, defaultService) != open), "trust", words.Args{"role": defaultRole})
	}
	differs(known && s.Type != "SimpleAD", "directory-type", words.Args{"type": s.Type})
	differs(known && runByAWS(s) && len(e.directoryCards(d.ID)) == 1, "directory-cards", words.Args{"directory": d.ID})
	differs(len(d.Subnets) != 2, "subnets", words.Args{"n": len(d.Subnets)})
	var zones, tables []string
	public := true
	for _, id := range d.Subnets {
		if sub, read := e.subnet(id); read {
			zones = append(zones, sub.Zone)
		}
		if t, read := e.table(id); read {
			tables = append(tables, t.ID)
			r, leads := route(t, somewhere)
			public = public && leads && strings.HasPrefix(r.Target, "igw-") && r.State != blackhole
		}
	}
	differs(len(zones) > 1 && kindsOf(zones) == 1, "zones", words.Args{"zone": first(zones)})
	differs(kindsOf(tables) > 1, "tables", words.Args{"tables": tables})
	differs(len(tables) > 0 && !public, "way-out", words.Args{"tables": slices.Compact(tables)})
	differs(d.InternetAccess != nil && !*d.InternetAccess, "internet-access", words.Args{"directory": d.ID})
	differs(len(d.IPGroups) > 0, "ip-groups", words.Args{"groups": d.IPGroups})
	return list
}

// kindsOf is how many different ones there are.
func kindsOf(list []string) int { return len(slices.Compact(slices.Sorted(slices.Values(list)))) }

func wideOpen(rules []probe.AccessRule) bool {
	return permitted(rules, webNeed, peer{address: somewhere, sure: true}) == open
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
