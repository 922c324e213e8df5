// Package world is an account of AWS whose every setting is known, for tests: what a
// walk through it must find is decided when it is made. Package fake (HTTP) and API
// (in memory) answer from it.
package world

import (
	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// World is one account in one Region. Its lists hold everything there is; filters are
// applied by who answers.
type World struct {
	Region      string
	Identity    probe.IdentityDetail
	Directories []account.Directory
	Workspaces  []probe.AccountWorkspace
	Connections []probe.WorkspaceConnection
	IPGroups    []probe.IPGroup
	Aliases     []probe.ConnectionAlias
	Clients     []probe.ClientsDetail
	Tenancy     probe.TenancyDetail
	Services    []probe.ServiceDirectory
	Controllers map[string][]probe.AccountController // by directory
	Trusts      map[string][]probe.Trust             // by directory
	Interfaces  []probe.ENI
	Groups      []probe.SecurityGroup
	Subnets     []probe.Subnet
	Tables      []probe.RouteTable
	NATGateways []probe.NATGateway
	Internet    []probe.InternetGateway
	ACLs        []probe.NetworkACL
	VPCs        []probe.VPC
	Endpoints   []probe.VPCEndpoint
	Roles       []probe.RoleDetail
	Policies    []probe.RolePoliciesDetail
	Series      []probe.Series
	Changes     map[string][]probe.Change // by event source
	// Fails are calls that give no answer, by the action's name.
	Fails map[string]probe.Failure
}
