package service

// The roles of the services.
const (
	roleSkyLight = "skylight" // answers AWS's status requests, TCP 8200
	rolePCoIP    = "pcoip"
	roleDCV      = "dcv"
)

// wanted is one service that is looked for.
type wanted struct {
	role string
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
	{roleSkyLight, []string{"skylight-agent.service"}},
	{rolePCoIP, []string{"pcoip.service"}},
	{rolePCoIP, []string{"pcoip-agent.service"}},
	{roleDCV, []string{"dcvserver.service"}},
	{roleDCV, []string{"dcvsessionlauncher.service"}},
	{roleDCV, []string{"wspdcvhostadapter.service"}},
}

// windowsServices are named by AWS ("Troubleshoot WorkSpaces issues" has both
// spellings of SkyLight's; "Required configuration and service components" and
// the best-practices whitepaper have PCoIPAgent) and by the DCV administrator
// guide (dcvserver, which on a WorkSpace is not confirmed by a page of
// WorkSpaces, so that its absence proves nothing). The names of the host adapter
// and of the STXHD service for web access are not published and left out.
// Windows takes names without regard to case.
var windowsServices = []wanted{
	{roleSkyLight, []string{"SkyLightWorkspaceConfigService", "SkyLightWorkSpacesConfigService"}},
	{rolePCoIP, []string{"PCoIPAgent"}},
	{roleDCV, []string{"dcvserver"}},
}
