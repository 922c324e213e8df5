package service

import "wsdoctor/probe"

// wanted is one service that is looked for.
type wanted struct {
	role probe.ServiceRole
	// names are the spellings of one service's name. If none is installed, the
	// first is the one that is reported missing.
	names []string
}

// linuxUnits are the units that AWS lists for Linux, Ubuntu, Rocky and Red Hat
// WorkSpaces ("Required configuration and service components for WorkSpaces
// Personal"). A WorkSpace has those of its own protocol only. The console
// services xdcv-console* of Rocky and Red Hat are left out, because their full
// names are not published.
var linuxUnits = []wanted{
	{probe.SkyLight, []string{"skylight-agent.service"}},
	{probe.ServesPCoIP, []string{"pcoip.service"}},
	{probe.ServesPCoIP, []string{"pcoip-agent.service"}},
	{probe.ServesDCV, []string{"dcvserver.service"}},
	{probe.ServesDCV, []string{"dcvsessionlauncher.service"}},
	{probe.ServesDCV, []string{"wspdcvhostadapter.service"}},
}

// windowsServices are named by AWS ("Troubleshoot WorkSpaces issues" has both
// spellings of SkyLight's; "Required configuration and service components" and
// the best-practices whitepaper have PCoIPAgent) and by the DCV administrator
// guide (dcvserver, which on a WorkSpace is not confirmed by a page of
// WorkSpaces, so that its absence proves nothing). The names of the host adapter
// and of the STXHD service for web access are not published and left out.
// Windows takes names without regard to case.
var windowsServices = []wanted{
	{probe.SkyLight, []string{"SkyLightWorkspaceConfigService", "SkyLightWorkSpacesConfigService"}},
	{probe.ServesPCoIP, []string{"PCoIPAgent"}},
	{probe.ServesDCV, []string{"dcvserver"}},
}
