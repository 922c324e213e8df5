package inside

import (
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

type rule = finding.Rule[evidence]

// rules is the table of all causes inside a WorkSpace. A new one is a variable in its
// family's file and one entry here. The order does not matter.
func rules() []rule {
	return []rule{
		workspaceClockWrong,
		eth0Down,
		eth0Missing,
		eth0WrongAddress,
		eth0IsDefault,
		eth0Overlapped,
		answersAstray,
		eth0NarrowMTU,
		eth0NoWayFurther,
		metadataUnreachable,
		metadataProxied,
		kmsUnreachable,
		firewallBlocks,
		firewallRedirects,
		firewallUnclear,
		ownPortBlocked,
		sendingDenied,
		portTaken,
		serviceStopped,
		serviceNotEnabled,
		listensElsewhere,
		notListening,
		notInstalled,
		eth1Down,
		eth1NoDefault,
		eth1GatewayDead,
		directoryDNSDead,
		directoryDNSHalf,
		directoryDNSSlow,
		recordsMissing,
		resolverForeign,
		controllersSilent,
		controllerPortsShut,
		controllersMute,
		directoryClockWrong,
		namesNotForwarded,
		egressBlocked,
		egressProxyFails,
	}
}

// Causes are what can be found inside a WorkSpace.
func Causes() []finding.Cause {
	var list []finding.Cause
	for _, r := range rules() {
		c := r.Cause()
		c.Vantage = probe.InWorkspace
		list = append(list, c)
	}
	return list
}
