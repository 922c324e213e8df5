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

// The roles by which WorkSpaces acts in the account, and who acts in them (AWS WorkSpaces
// administration guide, workspaces-access-control).
const (
	defaultRole     = "workspaces_DefaultRole"
	defaultService  = "workspaces.amazonaws.com"
	certificateRole = "AmazonWorkSpacesPCAAccess"
)

// role gives what IAM answered of one.
func (e evidence) role(name string) (d probe.RoleDetail, exists bool, asked []probe.Observation) {
	for _, o := range e.answered(probe.AccountRole) {
		r := facts.Detail[probe.RoleDetail](o)
		if r.Name == name || strings.HasSuffix(r.Name, "/"+name) {
			return r, facts.IsOK(o), append(asked, o)
		}
	}
	return d, false, nil
}

// usesDefault: the directory names the default role, or none that is another.
func (e evidence) usesDefault() bool {
	d, known := e.directory()
	return known && (d.Role == "" || strings.HasSuffix(d.Role, "/"+defaultRole))
}

// roleMissing: the role by which WorkSpaces makes network interfaces does not exist.
var roleMissing = rule{
	Code: "role_missing", Layer: layer.Directory, Part: launchPart,
	Needs: []probe.Operation{probe.AccountRole}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		_, exists, asked := e.role(defaultRole)
		if exists || len(asked) == 0 || !e.usesDefault() {
			return finding.Finding{}, false
		}
		f := found("", facts.IDs(asked...), words.Say("cause.role_missing.summary", words.Args{"role": defaultRole}))
		f.Where = resource(defaultRole)
		return e.launchOnly(f), true
	},
}

// roleUntrusted: the role exists, and WorkSpaces may not act in it.
var roleUntrusted = rule{
	Code: "role_untrusted", Layer: layer.Directory, Part: launchPart,
	Needs: []probe.Operation{probe.AccountRole}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		r, exists, asked := e.role(defaultRole)
		if !exists || !e.usesDefault() || trusts(r, defaultService) != shut {
			return finding.Finding{}, false
		}
		f := found("", facts.IDs(asked...),
			words.Say("cause.role_untrusted.summary", words.Args{"role": defaultRole, "service": defaultService}))
		f.Where = resource(defaultRole)
		return e.launchOnly(f), true
	},
}

// trusts says whether a service may act in a role.
func trusts(r probe.RoleDetail, service string) reach {
	result := shut
	for _, t := range r.Trusts {
		named := slices.Contains(t.Services, service) || slices.Contains(t.Services, "*")
		acts := slices.ContainsFunc(t.Actions, func(a string) bool {
			a = strings.ToLower(a)
			return a == "sts:assumerole" || a == "sts:*" || a == "*"
		})
		switch {
		case !named || !acts:
		case t.Effect == "Deny" && !t.Condition:
			return shut
		case t.Effect == "Deny" || t.Condition:
			result = unknown
		case result == shut:
			result = open
		}
	}
	return result
}

// cardActions are what WorkSpaces must be able to do with interfaces of the VPC.
var cardActions = []string{"ec2:createnetworkinterface", "ec2:deletenetworkinterface", "ec2:describenetworkinterfaces"}

// servicePolicies are managed policies that permit it.
var servicePolicies = []string{"AmazonWorkSpacesServiceAccess", "AdministratorAccess", "AmazonEC2FullAccess"}

// roleWithoutRights: neither AWS's policies nor older ones that are written into the role
// let WorkSpaces make network interfaces. A policy of the company's own, which is attached
// and was not read, may.
var roleWithoutRights = rule{
	Code: "role_without_rights", Layer: layer.Directory, Part: launchPart,
	Needs: []probe.Operation{probe.AccountRolePolicies}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		for _, o := range e.answers(probe.AccountRolePolicies) {
			p := facts.Detail[probe.RolePoliciesDetail](o)
			if p.Name != defaultRole || !e.usesDefault() || len(p.Partial) > 0 ||
				slices.ContainsFunc(p.Attached, func(name string) bool { return slices.Contains(servicePolicies, name) }) ||
				mayMakeCards(p.Inline) != shut {
				continue
			}
			f := found("", facts.IDs(o), words.Say("cause.role_without_rights.summary", words.Args{"role": defaultRole}))
			f.Where = resource(defaultRole)
			aws := func(name string) bool { return strings.HasPrefix(name, "AmazonWorkSpaces") }
			others := slices.DeleteFunc(slices.Clone(p.Attached), aws)
			if len(others) > 0 {
				f.Rivals = []finding.Rival{{
					Layer: layer.Directory, Harmless: true,
					Why:  words.Say("cause.role_without_rights.own.why", words.Args{"policies": others}),
					Next: words.Say("cause.role_without_rights.own.next"),
				}}
			}
			return e.launchOnly(f), true
		}
		return finding.Finding{}, false
	},
}

// mayMakeCards says whether policies that are written into a role permit all of
// cardActions.
func mayMakeCards(list []probe.InlinePolicy) reach {
	covers := func(patterns []string, action string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			before, isWide := strings.CutSuffix(p, "*")
			return p == action || isWide && strings.HasPrefix(action, before)
		})
	}
	result := open
	for _, action := range cardActions {
		ways := []reach{shut}
		for _, p := range list {
			switch {
			case covers(p.Denied, action) && !p.Narrow:
				return shut
			case p.Narrow:
				ways = append(ways, unknown)
			case covers(p.Allowed, action):
				ways = append(ways, open)
			}
		}
		result = worse(result, better(ways...))
	}
	return result
}

// roleBounded: a permissions boundary may take away what policies permit. What it holds was
// not read.
var roleBounded = rule{
	Code: "role_bounded", Layer: layer.Directory, Part: historyPart,
	Needs: []probe.Operation{probe.AccountRole}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		r, exists, asked := e.role(defaultRole)
		f := found(finding.SeverityInfo, facts.IDs(asked...),
			words.Say("cause.role_bounded.summary", words.Args{"role": defaultRole, "boundary": r.Boundary}))
		f.Where = resource(defaultRole)
		return check(f, exists && r.Boundary != "" && e.usesDefault())
	},
}

// certificateRoleMissing: sign-in by certificate is on, and the role by which certificates
// are issued is missing.
var certificateRoleMissing = rule{
	Code: "certificate_role_missing", Layer: layer.Directory, Part: accessPart,
	Needs: []probe.Operation{probe.AccountRole}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, known := e.directory()
		_, exists, asked := e.role(certificateRole)
		// Without SAML no certificate is asked for, whatever the setting says.
		if !known || d.Certificates != "ENABLED" || d.SAML == "DISABLED" || exists || len(asked) == 0 {
			return finding.Finding{}, false
		}
		f := found(finding.SeverityDegraded, append(e.about(probe.AccountDirectories), facts.IDs(asked...)...),
			words.Say("cause.certificate_role_missing.summary", words.Args{"role": certificateRole, "directory": d.ID}))
		f.Where = resource(certificateRole)
		return f, true
	},
}
