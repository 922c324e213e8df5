package architecture

import "wsdoctor/probe"

// The lists of each call's answers.

func (a account) policies() []probe.RolePoliciesDetail {
	return all(a, probe.AccountRolePolicies,
		func(d probe.RolePoliciesDetail) []probe.RolePoliciesDetail { return []probe.RolePoliciesDetail{d} })
}

func (a account) directories() []probe.RegisteredDirectory {
	return all(a, probe.AccountDirectories,
		func(d probe.RegisteredDetail) []probe.RegisteredDirectory { return d.Directories })
}

func (a account) services() []probe.ServiceDirectory {
	return all(a, probe.AccountDirectoryService,
		func(d probe.DirectoryServiceDetail) []probe.ServiceDirectory { return d.Directories })
}

func (a account) routeTables() []probe.RouteTable {
	return all(a, probe.AccountRouteTables,
		func(d probe.RouteTablesDetail) []probe.RouteTable { return d.Tables })
}

func (a account) internetGateways() []probe.InternetGateway {
	return all(a, probe.AccountInternetGateways,
		func(d probe.InternetGatewaysDetail) []probe.InternetGateway { return d.Gateways })
}

func (a account) natGateways() []probe.NATGateway {
	return all(a, probe.AccountNATGateways,
		func(d probe.NATGatewaysDetail) []probe.NATGateway { return d.Gateways })
}

func (a account) endpoints() []probe.VPCEndpoint {
	return all(a, probe.AccountVPCEndpoints,
		func(d probe.VPCEndpointsDetail) []probe.VPCEndpoint { return d.Endpoints })
}

func (a account) groups() []probe.SecurityGroup {
	return all(a, probe.AccountSecurityGroups,
		func(d probe.SecurityGroupsDetail) []probe.SecurityGroup { return d.Groups })
}

func (a account) networkACLs() []probe.NetworkACL {
	return all(a, probe.AccountNetworkACLs,
		func(d probe.NetworkACLsDetail) []probe.NetworkACL { return d.ACLs })
}

func (a account) connections() []probe.WorkspaceConnection {
	return all(a, probe.AccountConnections,
		func(d probe.ConnectionsDetail) []probe.WorkspaceConnection { return d.Connections })
}

func (a account) vpcs() []probe.VPC {
	return all(a, probe.AccountVPCs,
		func(d probe.VPCsDetail) []probe.VPC { return d.VPCs })
}

func (a account) allSubnets() []probe.Subnet {
	return all(a, probe.AccountSubnets,
		func(d probe.SubnetsDetail) []probe.Subnet { return d.Subnets })
}

func (a account) ipGroupsRead() []probe.IPGroup {
	return all(a, probe.AccountIPGroups,
		func(d probe.IPGroupsDetail) []probe.IPGroup { return d.Groups })
}

func (a account) cardsRead() []probe.ENI {
	return all(a, probe.AccountInterfaces,
		func(d probe.ENIsDetail) []probe.ENI { return d.Interfaces })
}

func (a account) workspaces() []probe.AccountWorkspace {
	return all(a, probe.AccountWorkspaces,
		func(d probe.WorkspacesDetail) []probe.AccountWorkspace { return d.Workspaces })
}
