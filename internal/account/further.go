package account

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"wsdoctor/probe"
)

// weight is what a call teaches, given what was answered.
type weight int

const (
	nothing weight = iota
	spare          // it rounds the picture off
	usual          // it separates what often remains
	telling        // what was answered asks for it
)

const (
	// eventsKept is for how long CloudTrail can be asked (LookupEvents, API reference).
	eventsKept = 90 * 24 * time.Hour
	// sinceNever is how far back is looked where nobody was ever connected.
	sinceNever = 7 * 24 * time.Hour
	// recently is how long ago a connection may be for a fault after it to be new.
	recently = 30 * 24 * time.Hour
	// metricsWindow is as much as a series has points for: 300 of five minutes.
	metricsWindow = 24 * time.Hour
)

// followUps are calls that are held back for what an answer leads to: the routers of
// routes, a NAT gateway and an internet gateway; the security groups of an endpoint.
var followUps = map[probe.Operation]int{probe.AccountRouteTables: 2, probe.AccountVPCEndpoints: 1}

// Roles that WorkSpaces takes on in the customer's account (administration guide,
// "Create the workspaces_DefaultRole role", and "Certificate-based authentication").
const (
	DefaultRole     = "workspaces_DefaultRole"
	CertificateRole = "service-role/AmazonWorkSpacesPCAAccess"
)

// further are the calls to make after the first ones: those that teach most, as many as
// there are calls left. One that does not fit is left for a round with more of them.
func (w *walker) further() (picked []ask) {
	left := w.left
	for _, a := range w.wanted() {
		if a.calls > left {
			continue
		}
		left -= a.calls + w.heldBack(a.operation)
		picked = append(picked, a)
	}
	return picked
}

// heldBack is how many calls an answer leads to.
func (w *walker) heldBack(op probe.Operation) int {
	if op == probe.AccountSubnets && w.known.vpc() == "" { // they alone tell whose route tables to ask for
		return 1 + followUps[probe.AccountRouteTables]
	}
	return followUps[op]
}

// wanted are the calls that would teach something, those that teach most first.
func (w *walker) wanted() []ask {
	all := slices.Concat(w.perDirectory(), w.ofNetwork(), w.ofRegion(), w.ofHistory())
	all = slices.DeleteFunc(w.open(all), func(a ask) bool { return a.weight == nothing })
	slices.SortStableFunc(all, func(a, b ask) int { return cmp.Compare(b.weight, a.weight) })
	return all
}

// worth gives an ask its weight. Where everything is asked nothing is worth nothing.
func (w *walker) worth(a ask, teaches weight) ask {
	if a.weight = teaches; w.q.All {
		a.weight = max(a.weight, spare)
	}
	return a
}

// when is a weight where something holds, and nothing where it does not.
func (at weight) when(holds bool) weight {
	if !holds {
		return nothing
	}
	return at
}

// perDirectory are calls about each directory in question.
func (w *walker) perDirectory() (asks []ask) {
	expects := w.q.Expect != ""
	for _, d := range w.known.directories(w.q) {
		clients := asking(probe.AccountClients, func(ctx context.Context) (probe.ClientsDetail, error) {
			return w.api.Clients(ctx, d.ID)
		}, nil).of(d.ID)
		asks = append(asks, w.worth(clients, telling.when(w.has("PCOIP") || d.Workspaces == "POOLS")))
		service, known := w.known.service(d.ID)
		if !known {
			continue
		}
		ill := service.Stage != "Active"
		if strings.HasSuffix(service.Type, "MicrosoftAD") {
			controllers := asking(probe.AccountControllers, func(ctx context.Context) (probe.ControllersDetail, error) {
				return w.api.Controllers(ctx, d.ID)
			}, nil).of(d.ID)
			trusts := asking(probe.AccountTrusts, func(ctx context.Context) (probe.TrustsDetail, error) {
				return w.api.Trusts(ctx, d.ID)
			}, nil).of(d.ID)
			asks = append(asks, w.worth(controllers, telling.when(ill)), w.worth(trusts, telling.when(ill)))
		}
		own := w.interfaces(InterfaceFilter{Directory: d.ID}).of(d.ID)
		asks = append(asks, w.worth(own, max(spare.when(ill), telling.when(expects))))
	}
	return asks
}

// has: a WorkSpace in question has a protocol.
func (w *walker) has(protocol string) bool {
	return slices.ContainsFunc(w.known.workspaces, func(s probe.AccountWorkspace) bool {
		return slices.Contains(s.Protocols, protocol)
	})
}

// unlaunched: the user has no WorkSpace, or it could not be made.
func (w *walker) unlaunched() bool {
	if w.ofOneUser() && len(w.known.workspaces) == 0 {
		return true
	}
	return slices.ContainsFunc(w.known.workspaces, func(s probe.AccountWorkspace) bool {
		return slices.Contains(launches, s.State)
	}) || slices.ContainsFunc(w.known.directories(w.q), func(d Directory) bool { return d.State != "REGISTERED" })
}

// ofRegion are calls about what the account has once in a Region.
func (w *walker) ofRegion() []ask {
	launch := telling.when(w.unlaunched() || w.q.Expect != "")
	role := asking(probe.AccountRole, func(ctx context.Context) (probe.RoleDetail, error) {
		return w.api.Role(ctx, DefaultRole)
	}, nil).of(DefaultRole)
	role.absent = probe.RoleDetail{Name: DefaultRole}
	policies := asking(probe.AccountRolePolicies, func(ctx context.Context) (probe.RolePoliciesDetail, error) {
		return w.api.RolePolicies(ctx, DefaultRole)
	}, nil)
	policies.calls = 2 + MostInline
	certificates := asking(probe.AccountRole, func(ctx context.Context) (probe.RoleDetail, error) {
		return w.api.Role(ctx, CertificateRole)
	}, nil).of(CertificateRole)
	certificates.absent = probe.RoleDetail{Name: CertificateRole}
	by := slices.ContainsFunc(w.known.directories(w.q), func(d Directory) bool { return d.Certificates == "ENABLED" })
	dedicated := slices.ContainsFunc(w.known.directories(w.q), func(d Directory) bool { return d.Tenancy == "DEDICATED" })
	asks := []ask{
		w.worth(role, launch),
		w.worth(policies, launch),
		w.worth(asking(probe.AccountTenancy, w.api.Tenancy, nil), telling.when(dedicated)),
		w.worth(w.askAliases(), nothing),
	}
	if by {
		asks = append(asks, w.worth(certificates, usual))
	}
	return asks
}

// ofNetwork are calls about the VPC.
func (w *walker) ofNetwork() (asks []ask) {
	expects := w.q.Expect != ""
	several := func(teaches weight, ids []string, of func(ids []string) ask) {
		if len(ids) > 0 {
			asks = append(asks, w.worth(of(ids), teaches))
		}
	}
	var endpoints []string
	for _, d := range w.known.directories(w.q) {
		for _, e := range d.Endpoints {
			endpoints = add(endpoints, e.ID)
		}
	}
	several(telling, endpoints, func(ids []string) ask {
		return asking(probe.AccountVPCEndpoints, func(ctx context.Context) (probe.VPCEndpointsDetail, error) {
			return w.api.VPCEndpoints(ctx, ids)
		}, func(d probe.VPCEndpointsDetail) { w.known.endpoints = d.Endpoints })
	})
	groups := w.known.groupsOf(w.q)
	if len(endpoints) > 0 && !w.asked[string(probe.AccountVPCEndpoints)+"/"] {
		groups = nil // theirs are asked for together with the others
	}
	several(usual, groups, func(ids []string) ask {
		return asking(probe.AccountSecurityGroups, func(ctx context.Context) (probe.SecurityGroupsDetail, error) {
			return w.api.SecurityGroups(ctx, ids)
		}, nil)
	})
	subnets := w.known.subnetsOf(w.q)
	several(spare, subnets, func(ids []string) ask {
		return asking(probe.AccountNetworkACLs, func(ctx context.Context) (probe.NetworkACLsDetail, error) {
			return w.api.NetworkACLs(ctx, ids)
		}, nil)
	})
	several(max(spare, telling.when(w.unlaunched() || expects), telling.when(w.known.vpc() == "")),
		subnets, func(ids []string) ask {
			return asking(probe.AccountSubnets, func(ctx context.Context) (probe.SubnetsDetail, error) {
				return w.api.Subnets(ctx, ids)
			}, func(d probe.SubnetsDetail) { w.known.subnets = d.Subnets })
		})
	if vpc := w.known.vpc(); vpc != "" {
		tables := asking(probe.AccountRouteTables, func(ctx context.Context) (probe.RouteTablesDetail, error) {
			d, err := w.api.RouteTables(ctx, vpc)
			d.Tables = tablesToTell(d.Tables, subnets)
			return d, err
		}, func(d probe.RouteTablesDetail) { w.known.tables = tablesOf(d.Tables, subnets) })
		vpcs := asking(probe.AccountVPCs, func(ctx context.Context) (probe.VPCsDetail, error) {
			return w.api.VPCs(ctx, []string{vpc})
		}, nil)
		internet := asking(probe.AccountInternetGateways, func(ctx context.Context) (probe.InternetGatewaysDetail, error) {
			return w.api.InternetGateways(ctx, vpc)
		}, nil)
		asks = append(asks, w.worth(tables, usual), w.worth(vpcs, telling.when(expects)))
		if len(w.known.targets("igw-")) > 0 {
			asks = append(asks, w.worth(internet, usual))
		}
	}
	several(usual, w.known.targets("nat-"), func(ids []string) ask {
		return asking(probe.AccountNATGateways, func(ctx context.Context) (probe.NATGatewaysDetail, error) {
			return w.api.NATGateways(ctx, ids)
		}, nil)
	})
	return asks
}

// tablesOf keeps the route tables of subnets, and the main one for those without one.
func tablesOf(all []probe.RouteTable, subnets []string) []probe.RouteTable {
	var named []string
	for _, t := range all {
		named = append(named, t.Subnets...)
	}
	rest := slices.ContainsFunc(subnets, func(s string) bool { return !slices.Contains(named, s) })
	return slices.DeleteFunc(slices.Clone(all), func(t probe.RouteTable) bool {
		own := slices.ContainsFunc(subnets, func(s string) bool { return slices.Contains(t.Subnets, s) })
		return !own && !(t.Main && rest)
	})
}

// tablesToTell are those of subnets; all where one of them leads to a NAT gateway, for in
// which subnet that is, and so whose table leads on from it, is asked later.
func tablesToTell(all []probe.RouteTable, subnets []string) []probe.RouteTable {
	of := tablesOf(all, subnets)
	for _, t := range of {
		if slices.ContainsFunc(t.Routes, func(r probe.TableRoute) bool { return strings.HasPrefix(r.Target, "nat-") }) {
			return all
		}
	}
	return of
}

// ofHistory are calls about what was.
func (w *walker) ofHistory() (asks []ask) {
	now := time.Now()
	var workspace string
	if w.ofOneUser() && len(w.known.workspaces) > 0 {
		workspace = w.known.workspaces[0].ID
	}
	var directory string
	if ids := w.known.chosen(w.q); len(ids) > 0 {
		directory = ids[0]
	}
	if workspace != "" || directory != "" {
		query := MetricsQuery{
			Workspace: workspace, Directory: directory,
			From: now.Add(-metricsWindow).Truncate(5 * time.Minute), Until: now,
		}
		asks = append(asks, w.worth(asking(probe.AccountMetrics, func(ctx context.Context) (probe.MetricsDetail, error) {
			return w.api.Metrics(ctx, query)
		}, nil), usual.when(workspace != "")))
	}
	since := w.lastConnected()
	fresh := !since.IsZero() && now.Sub(since) < recently
	if since.IsZero() {
		since = now.Add(-sinceNever)
	}
	if oldest := now.Add(-eventsKept); since.Before(oldest) {
		since = oldest
	}
	pages := 1
	if w.q.All {
		pages = MostEventPages
	}
	for _, source := range EventSources {
		teaches := nothing
		if source == EventSources[0] {
			teaches = telling.when(fresh && (w.q.Symptom != "" || w.ill()))
		}
		changes := asking(probe.AccountChanges, func(ctx context.Context) (probe.ChangesDetail, error) {
			return w.api.Changes(ctx, ChangesQuery{Source: source, Since: since.UTC().Truncate(time.Second), Pages: pages})
		}, nil).of(source)
		asks = append(asks, w.worth(changes, teaches))
	}
	return asks
}

// EventSources are whose events are asked for: what administrators change of
// WorkSpaces, of the network, and of the directory.
var EventSources = []string{"workspaces.amazonaws.com", "ec2.amazonaws.com", "ds.amazonaws.com"}

// lastConnected is when a user was connected last.
func (w *walker) lastConnected() (last time.Time) {
	for _, c := range w.known.connections {
		if c.LastAt.After(last) {
			last = c.LastAt
		}
	}
	return last
}

// ill: a WorkSpace of the user is not as it should be.
func (w *walker) ill() bool {
	return w.ofOneUser() && slices.ContainsFunc(w.known.workspaces, func(s probe.AccountWorkspace) bool {
		return !slices.Contains(atRest, s.State)
	})
}
