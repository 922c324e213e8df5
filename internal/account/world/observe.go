package world

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"wsdoctor/probe"
)

// Observations are what a walk sees that asks for everything there is about a question.
// A walk that stops earlier sees a part of it.
func (w *World) Observations(q probe.QuestionDetail) []probe.Observation {
	var list []probe.Observation
	add := func(op probe.Operation, action string, d probe.Detail, outcome probe.Outcome, failure probe.Failure) {
		service, _, _ := strings.Cut(action, ":")
		list = append(list, probe.Observation{
			ID: fmt.Sprintf("o%d", len(list)+1), Step: "account/" + string(op), Endpoint: service, Operation: op,
			Target: action, Outcome: outcome, Failure: failure, Detail: d,
		})
	}
	ask := func(op probe.Operation, action string, d probe.Detail) {
		if f, fails := w.Fails[action]; fails {
			add(op, action, probe.NoDetail{}, probe.Failed, f)
			return
		}
		add(op, action, d, probe.OK, "")
	}
	add(probe.AccountQuestion, "", q, probe.OK, "")
	ask(probe.AccountIdentity, "sts:GetCallerIdentity", w.Identity)
	var directories []probe.RegisteredDirectory
	for _, d := range w.Directories {
		r := d.RegisteredDirectory
		if q.Code {
			matches := d.Code == Code
			r.CodeMatches = &matches
		}
		if q.DirectoryID == "" || q.DirectoryID == d.ID {
			directories = append(directories, r)
		}
	}
	ask(probe.AccountDirectories, "workspaces:DescribeWorkspaceDirectories", probe.RegisteredDetail{Directories: directories})
	var workspaces []probe.AccountWorkspace
	for _, x := range w.Workspaces {
		if (q.WorkspaceID == "" || q.WorkspaceID == x.ID) && (q.User == "" || strings.EqualFold(q.User, x.User)) &&
			(q.DirectoryID == "" || q.DirectoryID == x.DirectoryID) {
			workspaces = append(workspaces, x)
		}
	}
	if q.User != "" || q.WorkspaceID != "" {
		ask(probe.AccountWorkspaces, "workspaces:DescribeWorkspaces", probe.WorkspacesDetail{Workspaces: workspaces})
	}
	var connections []probe.WorkspaceConnection
	for _, c := range w.Connections {
		if slices.ContainsFunc(workspaces, func(x probe.AccountWorkspace) bool { return x.ID == c.WorkspaceID }) {
			connections = append(connections, c)
		}
	}
	ask(probe.AccountConnections, "workspaces:DescribeWorkspacesConnectionStatus", probe.ConnectionsDetail{Connections: connections})
	ask(probe.AccountIPGroups, "workspaces:DescribeIpGroups", probe.IPGroupsDetail{Groups: w.IPGroups})
	ask(probe.AccountDirectoryService, "ds:DescribeDirectories", probe.DirectoryServiceDetail{Directories: w.Services})
	for _, x := range workspaces {
		if !x.Address.IsValid() {
			continue
		}
		found := probe.ENIsDetail{Asked: x.Address.String(), Interfaces: []probe.ENI{}}
		for _, i := range w.Interfaces {
			if i.Address == x.Address {
				found.Interfaces = append(found.Interfaces, i)
			}
		}
		ask(probe.AccountInterfaces, "ec2:DescribeNetworkInterfaces", found)
	}
	for _, d := range directories {
		found := probe.ENIsDetail{Asked: d.ID}
		for _, i := range w.Interfaces {
			if strings.Contains(i.Description, "directory "+d.ID) {
				found.Interfaces = append(found.Interfaces, i)
			}
		}
		ask(probe.AccountInterfaces, "ec2:DescribeNetworkInterfaces", found)
	}
	w.network(ask, directories)
	for _, c := range w.Clients {
		ask(probe.AccountClients, "workspaces:DescribeClientProperties", c)
	}
	ask(probe.AccountTenancy, "workspaces:DescribeAccount", w.Tenancy)
	ask(probe.AccountAliases, "workspaces:DescribeConnectionAliases", probe.AliasesDetail{Aliases: w.Aliases})
	for _, trusts := range w.Trusts {
		ask(probe.AccountTrusts, "ds:DescribeTrusts", probe.TrustsDetail{Trusts: trusts})
	}
	for _, name := range []string{"workspaces_DefaultRole", "service-role/AmazonWorkSpacesPCAAccess"} {
		i := slices.IndexFunc(w.Roles, func(r probe.RoleDetail) bool { return r.Name == name })
		if i >= 0 {
			ask(probe.AccountRole, "iam:GetRole", w.Roles[i])
		} else {
			add(probe.AccountRole, "iam:GetRole", probe.RoleDetail{Name: name}, probe.Failed, probe.NotFound)
		}
	}
	for _, p := range w.Policies {
		ask(probe.AccountRolePolicies, "iam:ListAttachedRolePolicies", p)
	}
	ask(probe.AccountMetrics, "cloudwatch:GetMetricData", probe.MetricsDetail{From: Now.Add(-24 * time.Hour), Until: Now, Series: w.Series})
	for source, changes := range w.Changes {
		ask(probe.AccountChanges, "cloudtrail:LookupEvents", probe.ChangesDetail{Source: source, Changes: changes})
	}
	return list
}

// network is what EC2 says of the directories' VPC.
func (w *World) network(ask func(probe.Operation, string, probe.Detail), directories []probe.RegisteredDirectory) {
	groups := probe.SecurityGroupsDetail{Groups: w.Groups}
	subnets := probe.SubnetsDetail{Subnets: w.Subnets}
	endpoints := probe.VPCEndpointsDetail{Endpoints: w.Endpoints}
	missing := func(id string, known bool, list *[]string) {
		if id != "" && !known && !slices.Contains(*list, id) {
			*list = append(*list, id)
		}
	}
	group := func(id string) {
		missing(id, slices.ContainsFunc(w.Groups, func(g probe.SecurityGroup) bool { return g.ID == id }), &groups.Missing)
	}
	for _, d := range directories {
		group(d.MembersGroup)
		group(d.CustomGroup)
		for _, id := range d.Subnets {
			missing(id, slices.ContainsFunc(w.Subnets, func(s probe.Subnet) bool { return s.ID == id }), &subnets.Missing)
		}
		for _, a := range d.Endpoints {
			missing(a.ID, slices.ContainsFunc(w.Endpoints, func(v probe.VPCEndpoint) bool { return v.ID == a.ID }), &endpoints.Missing)
		}
	}
	nat := probe.NATGatewaysDetail{Gateways: w.NATGateways}
	for _, t := range w.Tables {
		for _, r := range t.Routes {
			if strings.HasPrefix(r.Target, "nat-") {
				missing(r.Target, slices.ContainsFunc(w.NATGateways, func(g probe.NATGateway) bool { return g.ID == r.Target }), &nat.Missing)
			}
		}
	}
	ask(probe.AccountSecurityGroups, "ec2:DescribeSecurityGroups", groups)
	ask(probe.AccountSubnets, "ec2:DescribeSubnets", subnets)
	ask(probe.AccountRouteTables, "ec2:DescribeRouteTables", probe.RouteTablesDetail{Tables: w.Tables})
	ask(probe.AccountNATGateways, "ec2:DescribeNatGateways", nat)
	ask(probe.AccountInternetGateways, "ec2:DescribeInternetGateways", probe.InternetGatewaysDetail{Gateways: w.Internet})
	ask(probe.AccountNetworkACLs, "ec2:DescribeNetworkAcls", probe.NetworkACLsDetail{ACLs: w.ACLs})
	ask(probe.AccountVPCs, "ec2:DescribeVpcs", probe.VPCsDetail{VPCs: w.VPCs})
	ask(probe.AccountVPCEndpoints, "ec2:DescribeVpcEndpoints", endpoints)
}
