// Package layer is the closed list of architecture layers a verdict may name,
// from the user outward, with the person who fixes each and the exit code that
// carries it. It holds names and numbers only; what they are called stands in package
// words, and the rules that accuse a layer live in internal/diagnose.
package layer

import "slices"

// ID names a layer. The list is closed: reports and scripts rely on it.
type ID string

// The layers, from the user outward.
const (
	LocalDevice         ID = "local-device"
	LocalFirewall       ID = "local-firewall"
	DNS                 ID = "dns"
	CaptivePortal       ID = "captive-portal"
	Proxy               ID = "proxy"
	TLSInspection       ID = "tls-inspection"
	NetworkFirewall     ID = "network-firewall"
	InternetPath        ID = "internet-path"
	IPAccessControl     ID = "ip-access-control"
	AuthGateway         ID = "auth-gateway"
	StreamingGateway    ID = "streaming-gateway"
	Directory           ID = "directory"
	ManagementInterface ID = "management-interface"
	WorkspaceFirewall   ID = "workspace-firewall"
	StreamingHost       ID = "streaming-host"
	PrimaryInterface    ID = "primary-interface"
	DirectoryDNS        ID = "directory-dns"
	VPCEgress           ID = "vpc-egress"
)

// Layer is one row of the table in the contract.
type Layer struct {
	ID      ID
	Owner   Owner // who fixes it
	Exit    int   // exit code of a fault in this layer
	Desk    bool  // can be measured from the desk at all
	Account bool  // calls of the AWS account say something of it
}

// Owner is who fixes what is wrong at a place.
type Owner string

// The owners.
const (
	User                    Owner = "user"
	DesktopIT               Owner = "desktop-it"
	NetworkTeam             Owner = "network-team"
	Provider                Owner = "provider"
	WorkSpacesAdministrator Owner = "workspaces-administrator"
	AWS                     Owner = "aws"
	DirectoryAdministrator  Owner = "directory-administrator"
	VPCAdministrator        Owner = "vpc-administrator"
)

// Owners lists them all.
var Owners = []Owner{
	User,
	DesktopIT,
	NetworkTeam,
	Provider,
	WorkSpacesAdministrator,
	AWS,
	DirectoryAdministrator,
	VPCAdministrator,
}

// Inside says whether the layer is part of the WorkSpace or of the network it
// stands in, so that it is measured from there. Exit codes are given by end:
// those from 30 on are the inside's.
func (l Layer) Inside() bool { return l.Exit >= 30 }

// All is every layer in the order of the contract.
var All = []Layer{
	{LocalDevice, User, 10, true, false},
	{LocalFirewall, DesktopIT, 11, true, false},
	{DNS, NetworkTeam, 12, true, false},
	{CaptivePortal, User, 13, true, false},
	{Proxy, NetworkTeam, 14, true, false},
	{TLSInspection, NetworkTeam, 15, true, false},
	{NetworkFirewall, NetworkTeam, 16, true, false},
	{InternetPath, Provider, 17, true, false},
	{IPAccessControl, WorkSpacesAdministrator, 20, true, true},
	{AuthGateway, AWS, 21, true, false},
	{StreamingGateway, AWS, 22, true, true},
	{Directory, WorkSpacesAdministrator, 23, false, true},
	{ManagementInterface, WorkSpacesAdministrator, 30, false, false},
	{WorkspaceFirewall, WorkSpacesAdministrator, 31, false, false},
	{StreamingHost, WorkSpacesAdministrator, 32, false, true},
	{PrimaryInterface, WorkSpacesAdministrator, 33, false, true},
	{DirectoryDNS, DirectoryAdministrator, 34, true, true},
	{VPCEgress, VPCAdministrator, 35, false, true},
}

// Exit codes that carry no layer.
const (
	ExitOK           = 0
	ExitDegraded     = 1
	ExitUsage        = 2
	ExitInconclusive = 3
	ExitInternal     = 4
	ExitAsFarAsSeen  = 5 // nothing wrong was found, and not everything could be shown
	ExitInterrupted  = 130
)

// Get finds a layer by ID.
func Get(id ID) (Layer, bool) {
	for _, l := range All {
		if l.ID == id {
			return l, true
		}
	}
	return Layer{}, false
}

// Distance is a layer's place from the user outward; -1 for one that is not in the list.
func Distance(id ID) int {
	return slices.IndexFunc(All, func(l Layer) bool { return l.ID == id })
}
