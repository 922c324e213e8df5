package world

import (
	"context"
	"slices"
	"strings"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// API answers from a world, in memory.
type API struct {
	*World
	// Before, if set, is called for every call with its action, and may refuse it.
	Before func(ctx context.Context, action string) error
}

var _ account.API = API{}

// enter is what every call does first.
func (a API) enter(ctx context.Context, op probe.Operation) error {
	action := account.ActionOf(op)
	if a.Before != nil {
		if err := a.Before(ctx, action); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.fails(action)
}

func (a API) fails(action string) error {
	if failure := a.Fails[action]; failure != "" {
		return &account.Error{Action: action, Failure: failure}
	}
	return nil
}

// Missing is the answer for what does not exist.
func Missing(op probe.Operation) error {
	return &account.Error{Action: account.ActionOf(op), Failure: probe.NotFound}
}

// those are the elements that a test holds of.
func those[T any](list []T, is func(T) bool) []T {
	kept := []T{}
	for _, v := range list {
		if is(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// named are the elements with the identifiers, and the identifiers that none has.
func named[T any](list []T, ids []string, id func(T) string) (kept []T, missing []string) {
	kept = those(list, func(v T) bool { return slices.Contains(ids, id(v)) })
	for _, want := range ids {
		if !slices.ContainsFunc(kept, func(v T) bool { return id(v) == want }) {
			missing = append(missing, want)
		}
	}
	return kept, missing
}

// Identity is sts:GetCallerIdentity.
func (a API) Identity(ctx context.Context) (probe.IdentityDetail, error) {
	return a.World.Identity, a.enter(ctx, probe.AccountIdentity)
}

// Directories is workspaces:DescribeWorkspaceDirectories.
func (a API) Directories(ctx context.Context, ids []string) ([]account.Directory, error) {
	if err := a.enter(ctx, probe.AccountDirectories); err != nil || len(ids) == 0 {
		return slices.Clone(a.World.Directories), err
	}
	list, _ := named(a.World.Directories, ids, func(d account.Directory) string { return d.ID })
	return list, nil
}

// Workspaces is workspaces:DescribeWorkspaces.
func (a API) Workspaces(ctx context.Context, f account.WorkspaceFilter) (probe.WorkspacesDetail, error) {
	var d probe.WorkspacesDetail
	if err := a.enter(ctx, probe.AccountWorkspaces); err != nil {
		return d, err
	}
	d.Workspaces = those(a.World.Workspaces, func(w probe.AccountWorkspace) bool {
		return (f.ID == "" || w.ID == f.ID) && (f.Directory == "" || w.DirectoryID == f.Directory) &&
			(f.User == "" || strings.EqualFold(w.User, f.User))
	})
	most := f.Most
	if most == 0 {
		most = account.MostWorkspaces
	}
	if d.Truncated = len(d.Workspaces) > most; d.Truncated {
		d.Workspaces = d.Workspaces[:most]
	}
	return d, nil
}

// Connections is workspaces:DescribeWorkspacesConnectionStatus.
func (a API) Connections(ctx context.Context, ids []string) (d probe.ConnectionsDetail, err error) {
	d.Connections, _ = named(a.World.Connections, ids, func(c probe.WorkspaceConnection) string { return c.WorkspaceID })
	return d, a.enter(ctx, probe.AccountConnections)
}

// IPGroups is workspaces:DescribeIpGroups.
func (a API) IPGroups(ctx context.Context, ids []string) (d probe.IPGroupsDetail, err error) {
	d.Groups, _ = named(a.World.IPGroups, ids, func(g probe.IPGroup) string { return g.ID })
	return d, a.enter(ctx, probe.AccountIPGroups)
}

// Aliases is workspaces:DescribeConnectionAliases.
func (a API) Aliases(ctx context.Context) (probe.AliasesDetail, error) {
	return probe.AliasesDetail{Aliases: a.World.Aliases}, a.enter(ctx, probe.AccountAliases)
}

// Clients is workspaces:DescribeClientProperties.
func (a API) Clients(ctx context.Context, directory string) (probe.ClientsDetail, error) {
	if err := a.enter(ctx, probe.AccountClients); err != nil {
		return probe.ClientsDetail{}, err
	}
	for _, c := range a.World.Clients {
		if c.Directory == directory {
			return c, nil
		}
	}
	return probe.ClientsDetail{Directory: directory}, nil
}

// Tenancy is workspaces:DescribeAccount.
func (a API) Tenancy(ctx context.Context) (probe.TenancyDetail, error) {
	return a.World.Tenancy, a.enter(ctx, probe.AccountTenancy)
}

// ServiceDirectories is ds:DescribeDirectories.
func (a API) ServiceDirectories(ctx context.Context, ids []string) (d probe.DirectoryServiceDetail, err error) {
	if err := a.enter(ctx, probe.AccountDirectoryService); err != nil {
		return d, err
	}
	var missing []string
	d.Directories, missing = named(a.Services, ids, func(s probe.ServiceDirectory) string { return s.ID })
	if len(missing) > 0 {
		return probe.DirectoryServiceDetail{}, Missing(probe.AccountDirectoryService)
	}
	return d, nil
}

// Controllers is ds:DescribeDomainControllers.
func (a API) Controllers(ctx context.Context, directory string) (probe.ControllersDetail, error) {
	d := probe.ControllersDetail{Controllers: a.World.Controllers[directory]}
	return d, a.enter(ctx, probe.AccountControllers)
}

// Trusts is ds:DescribeTrusts.
func (a API) Trusts(ctx context.Context, directory string) (probe.TrustsDetail, error) {
	return probe.TrustsDetail{Trusts: a.World.Trusts[directory]}, a.enter(ctx, probe.AccountTrusts)
}

// OfDirectory is how the interfaces of a directory are described.
func OfDirectory(id string) string { return "AWS created network interface for directory " + id }

// Interfaces is ec2:DescribeNetworkInterfaces.
func (a API) Interfaces(ctx context.Context, f account.InterfaceFilter) (d probe.ENIsDetail, err error) {
	if err := a.enter(ctx, probe.AccountInterfaces); err != nil {
		return d, err
	}
	d.Asked = f.Asked()
	d.Interfaces = those(a.World.Interfaces, func(i probe.ENI) bool {
		if len(f.Addresses) > 0 && !slices.Contains(f.Addresses, i.Address) {
			return false
		}
		if f.Directory != "" && i.Description != OfDirectory(f.Directory) {
			return false
		}
		return len(f.Groups) == 0 || slices.ContainsFunc(i.Groups, func(g string) bool {
			return slices.Contains(f.Groups, g)
		})
	})
	return d, nil
}

// SecurityGroups is ec2:DescribeSecurityGroups.
func (a API) SecurityGroups(ctx context.Context, ids []string) (d probe.SecurityGroupsDetail, err error) {
	d.Groups, d.Missing = named(a.Groups, ids, func(g probe.SecurityGroup) string { return g.ID })
	return d, a.enter(ctx, probe.AccountSecurityGroups)
}

// Subnets is ec2:DescribeSubnets.
func (a API) Subnets(ctx context.Context, ids []string) (d probe.SubnetsDetail, err error) {
	d.Subnets, d.Missing = named(a.World.Subnets, ids, func(s probe.Subnet) string { return s.ID })
	return d, a.enter(ctx, probe.AccountSubnets)
}

// RouteTables is ec2:DescribeRouteTables.
func (a API) RouteTables(ctx context.Context, vpc string) (d probe.RouteTablesDetail, err error) {
	d.Tables = those(a.Tables, func(t probe.RouteTable) bool { return t.VPC == vpc })
	return d, a.enter(ctx, probe.AccountRouteTables)
}

// NATGateways is ec2:DescribeNatGateways.
func (a API) NATGateways(ctx context.Context, ids []string) (d probe.NATGatewaysDetail, err error) {
	d.Gateways, d.Missing = named(a.World.NATGateways, ids, func(g probe.NATGateway) string { return g.ID })
	return d, a.enter(ctx, probe.AccountNATGateways)
}

// InternetGateways is ec2:DescribeInternetGateways.
func (a API) InternetGateways(ctx context.Context, vpc string) (d probe.InternetGatewaysDetail, err error) {
	d.Gateways = those(a.Internet, func(g probe.InternetGateway) bool { return g.VPC == vpc })
	return d, a.enter(ctx, probe.AccountInternetGateways)
}

// NetworkACLs is ec2:DescribeNetworkAcls.
func (a API) NetworkACLs(ctx context.Context, subnets []string) (d probe.NetworkACLsDetail, err error) {
	d.ACLs = those(a.ACLs, func(l probe.NetworkACL) bool {
		return slices.ContainsFunc(l.Subnets, func(s string) bool { return slices.Contains(subnets, s) })
	})
	return d, a.enter(ctx, probe.AccountNetworkACLs)
}

// VPCs is ec2:DescribeVpcs.
func (a API) VPCs(ctx context.Context, ids []string) (d probe.VPCsDetail, err error) {
	d.VPCs, _ = named(a.World.VPCs, ids, func(v probe.VPC) string { return v.ID })
	return d, a.enter(ctx, probe.AccountVPCs)
}

// VPCEndpoints is ec2:DescribeVpcEndpoints.
func (a API) VPCEndpoints(ctx context.Context, ids []string) (d probe.VPCEndpointsDetail, err error) {
	d.Endpoints, d.Missing = named(a.Endpoints, ids, func(e probe.VPCEndpoint) string { return e.ID })
	return d, a.enter(ctx, probe.AccountVPCEndpoints)
}

// Role is iam:GetRole.
func (a API) Role(ctx context.Context, name string) (probe.RoleDetail, error) {
	if err := a.enter(ctx, probe.AccountRole); err != nil {
		return probe.RoleDetail{}, err
	}
	for _, r := range a.Roles {
		if r.Name == name {
			return r, nil
		}
	}
	return probe.RoleDetail{}, Missing(probe.AccountRole)
}

// RolePolicies is iam:ListAttachedRolePolicies and what follows it.
func (a API) RolePolicies(ctx context.Context, name string) (probe.RolePoliciesDetail, error) {
	if err := a.enter(ctx, probe.AccountRolePolicies); err != nil {
		return probe.RolePoliciesDetail{}, err
	}
	for _, p := range a.Policies {
		if p.Name == name {
			return p, nil
		}
	}
	return probe.RolePoliciesDetail{}, Missing(probe.AccountRolePolicies)
}

// Metrics is cloudwatch:GetMetricData.
func (a API) Metrics(ctx context.Context, q account.MetricsQuery) (probe.MetricsDetail, error) {
	d := probe.MetricsDetail{From: q.From, Until: q.Until}
	for _, m := range account.Metrics {
		if of := q.Of(m); of != "" {
			d.Series = append(d.Series, a.series(m, of))
		}
	}
	return d, a.enter(ctx, probe.AccountMetrics)
}

// Changes is cloudtrail:LookupEvents.
func (a API) Changes(ctx context.Context, q account.ChangesQuery) (probe.ChangesDetail, error) {
	d := probe.ChangesDetail{Source: q.Source, Since: q.Since}
	d.Changes = those(a.World.Changes[q.Source], func(c probe.Change) bool { return !c.At.Before(q.Since) })
	return d, a.enter(ctx, probe.AccountChanges)
}

// series is a metric of something; without points where nothing was counted.
func (w *World) series(m account.Metric, of string) probe.Series {
	s := probe.Series{Metric: m.Name, Dimension: m.Dimension, Of: of, Statistic: m.Statistic, Points: []probe.Point{}}
	for _, has := range w.Series {
		if has.Metric == s.Metric && has.Dimension == s.Dimension && has.Of == of && has.Statistic == s.Statistic {
			s.Points, s.Incomplete = append(s.Points, has.Points...), s.Incomplete || has.Incomplete
		}
	}
	slices.SortStableFunc(s.Points, func(a, b probe.Point) int { return a.At.Compare(b.At) })
	return s
}
