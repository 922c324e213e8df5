package world

import (
	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// Observations are one of each operation with what the sample has of it, and an empty
// one, for tests of whatever shows them.
func Observations() (list []probe.Observation) {
	w := Sample()
	add := func(op probe.Operation, d probe.Detail) {
		list = append(list, probe.Observation{Operation: op, Detail: d}, probe.Observation{Operation: op,
			Detail: probe.DetailOf(op)})
	}
	no := false
	other := w.Directories[1].RegisteredDirectory
	other.CodeMatches = &no
	var registered []probe.RegisteredDirectory
	registered = append(registered, w.Directories[0].RegisteredDirectory, other)
	add(probe.AccountQuestion, probe.QuestionDetail{
		DirectoryID: SampleDirectory, Code: true, User: SampleUser, WorkspaceID: SampleWorkspace,
		Egress: w.NATGateways[0].Public, System: "Windows", Expect: "quick-setup",
	})
	add(probe.AccountIdentity, w.Identity)
	add(probe.AccountDirectories, probe.RegisteredDetail{Directories: registered, Others: 3})
	add(probe.AccountWorkspaces, probe.WorkspacesDetail{Workspaces: w.Workspaces, Truncated: true})
	add(probe.AccountConnections, probe.ConnectionsDetail{
		Connections: append(w.Connections, probe.WorkspaceConnection{WorkspaceID: "ws-000000002", State: "UNKNOWN"}),
	})
	add(probe.AccountIPGroups, probe.IPGroupsDetail{Groups: w.IPGroups})
	add(probe.AccountAliases, probe.AliasesDetail{Aliases: w.Aliases})
	add(probe.AccountClients, w.Clients[0])
	add(probe.AccountTenancy, w.Tenancy)
	add(probe.AccountDirectoryService, probe.DirectoryServiceDetail{Directories: w.Services})
	add(probe.AccountControllers, probe.ControllersDetail{Controllers: w.Controllers[SampleDirectory]})
	add(probe.AccountTrusts, probe.TrustsDetail{Trusts: w.Trusts[SampleDirectory]})
	add(probe.AccountInterfaces, probe.ENIsDetail{Asked: "10.20.1.77", Interfaces: w.Interfaces})
	add(probe.AccountInterfaces, probe.ENIsDetail{Asked: "10.20.1.78"})
	add(probe.AccountSecurityGroups, probe.SecurityGroupsDetail{Groups: w.Groups, Missing: []string{"sg-gone"}})
	add(probe.AccountSubnets, probe.SubnetsDetail{Subnets: w.Subnets, Missing: []string{"subnet-gone"}})
	add(probe.AccountRouteTables, probe.RouteTablesDetail{Tables: w.Tables})
	add(probe.AccountNATGateways, probe.NATGatewaysDetail{Gateways: w.NATGateways, Missing: []string{"nat-gone"}})
	add(probe.AccountInternetGateways, probe.InternetGatewaysDetail{Gateways: w.Internet})
	add(probe.AccountNetworkACLs, probe.NetworkACLsDetail{ACLs: w.ACLs})
	add(probe.AccountVPCs, probe.VPCsDetail{VPCs: w.VPCs})
	add(probe.AccountVPCEndpoints, probe.VPCEndpointsDetail{Endpoints: w.Endpoints, Missing: []string{"vpce-gone"}})
	add(probe.AccountRole, w.Roles[0])
	policies := w.Policies[0]
	policies.Partial = []string{"iam:GetRolePolicy"}
	add(probe.AccountRolePolicies, policies)
	add(probe.AccountMetrics, probe.MetricsDetail{From: SampleTime, Until: SampleTime, Series: w.Series})
	source := account.EventSources[0]
	add(probe.AccountChanges, probe.ChangesDetail{
		Source: source, Since: SampleTime, Changes: w.Changes[source], Truncated: true,
	})
	return list
}
