package account

import (
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

type rule = finding.Rule[evidence]

// rules is the table of all causes that an account shows. A new one is a variable in its
// family's file and one entry here. The order does not matter.
func rules() []rule {
	return []rule{
		directoryUnregistered,
		registrationElsewhere,
		aliasLeadsNowhere,
		directoryNotReady,
		directoryDeleted,
		directoryStage,
		radiusFailed,
		trustFailed,
		directoryDNSMoved,
		workspaceNone,
		workspaceState,
		workspaceUnhealthy,
		workspaceStopped,
		protocolChanging,
		pcoipEnding,
		clientWithoutPCoIP,
		deviceTypeDenied,
		ipGroupEmpty,
		ipGroupExcludes,
		eniDeleted,
		eniDetached,
		eniGroupsReplaced,
		eniNoPublicAddress,
		membersShut,
		controllersShut,
		controllersOpen,
		groupGone,
		subnetGone,
		subnetFull,
		routeMissing,
		routeBlackhole,
		natGatewayDead,
		directoryUnrouted,
		aclBlocksDirectory,
		aclBlocksInternet,
		managementOverlapped,
		roleMissing,
		roleUntrusted,
		roleWithoutRights,
		roleBounded,
		certificateRoleMissing,
		endpointBroken,
		endpointShut,
		pcoipFallbackOff,
		streamFails,
		roundTripLong,
		trustedDeviceRefused,
		settingsChanged,
		quickSetupDrift,
	}
}

// Causes are what can be found in an account.
func Causes() []finding.Cause {
	var list []finding.Cause
	for _, r := range rules() {
		c := r.Cause()
		c.Vantage = probe.InAccount
		list = append(list, c)
	}
	return list
}

// found begins a finding that AWS itself states.
func found(severity finding.Severity, supports []string, summary words.Text) finding.Finding {
	return finding.Finding{Severity: severity, Said: true, Supports: supports, Summary: summary}
}

// check makes a rule's result of a finding, or none.
func check(f finding.Finding, fires bool) (finding.Finding, bool) {
	if !fires {
		return finding.Finding{}, false
	}
	return f, true
}

// resource gives the place of a finding about one thing of the account.
func resource(id string) *finding.Where { return finding.At(finding.AtResource, id) }

// ownPlace: the rule sets its place with each finding.
func ownPlace(_ evidence, f finding.Finding) *finding.Where { return f.Where }
