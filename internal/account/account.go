// Package account reads what an AWS account knows of a user's WorkSpace, with calls that
// change nothing, in an order in which each teaches something. It knows the calls by what
// they give (API) and no SDK; package aws speaks to AWS.
package account

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// API is what is read of an account, in one Region. What an answer holds are facts as the
// details of package probe have them. An error is an *Error, or that of the context.
// Lists are read page by page up to a bound that the detail tells of.
type API interface {
	Identity(context.Context) (probe.IdentityDetail, error)
	// Directories gives those with the identifiers, all of the Region if there are none.
	Directories(ctx context.Context, ids []string) ([]Directory, error)
	Workspaces(context.Context, WorkspaceFilter) (probe.WorkspacesDetail, error)
	Connections(ctx context.Context, workspaces []string) (probe.ConnectionsDetail, error)
	IPGroups(ctx context.Context, ids []string) (probe.IPGroupsDetail, error)
	Aliases(context.Context) (probe.AliasesDetail, error)
	Clients(ctx context.Context, directory string) (probe.ClientsDetail, error)
	Tenancy(context.Context) (probe.TenancyDetail, error)
	ServiceDirectories(ctx context.Context, ids []string) (probe.DirectoryServiceDetail, error)
	Controllers(ctx context.Context, directory string) (probe.ControllersDetail, error)
	Trusts(ctx context.Context, directory string) (probe.TrustsDetail, error)
	// Interfaces gives those with private addresses, or those of a directory.
	Interfaces(context.Context, InterfaceFilter) (probe.ENIsDetail, error)
	SecurityGroups(ctx context.Context, ids []string) (probe.SecurityGroupsDetail, error)
	Subnets(ctx context.Context, ids []string) (probe.SubnetsDetail, error)
	RouteTables(ctx context.Context, vpc string) (probe.RouteTablesDetail, error)
	NATGateways(ctx context.Context, ids []string) (probe.NATGatewaysDetail, error)
	InternetGateways(ctx context.Context, vpc string) (probe.InternetGatewaysDetail, error)
	NetworkACLs(ctx context.Context, subnets []string) (probe.NetworkACLsDetail, error)
	VPCs(ctx context.Context, ids []string) (probe.VPCsDetail, error)
	VPCEndpoints(ctx context.Context, ids []string) (probe.VPCEndpointsDetail, error)
	Role(ctx context.Context, name string) (probe.RoleDetail, error)
	RolePolicies(ctx context.Context, name string) (probe.RolePoliciesDetail, error)
	Metrics(context.Context, MetricsQuery) (probe.MetricsDetail, error)
	Changes(context.Context, ChangesQuery) (probe.ChangesDetail, error)
}

// Directory is a registered directory with its registration code, which goes into no
// observation.
type Directory struct {
	probe.RegisteredDirectory
	Code string
}

// WorkspaceFilter asks for one WorkSpace, for those of one user, or for all of a directory.
type WorkspaceFilter struct {
	ID        string
	Directory string
	User      string // of Directory
	Most      int    // to read; 0: MostWorkspaces
}

// Bounds of what is read.
const (
	MostWorkspaces = 5000
	MostInline     = 2 // inline policies of a role; WorkSpaces made two, in older accounts
	MostEventPages = 4 // of 50 events of CloudTrail; many only read, and are left out
)

// InterfaceFilter asks by one of its fields.
type InterfaceFilter struct {
	Addresses []netip.Addr // any of which they have; all of one family
	Directory string       // whose description names this directory
	Groups    []string
}

// Asked is what of it is written down.
func (f InterfaceFilter) Asked() string {
	if f.Directory != "" {
		return f.Directory
	}
	asked := slices.Clone(f.Groups)
	for _, a := range f.Addresses {
		asked = append(asked, a.String())
	}
	return strings.Join(asked, " ")
}

// MetricsQuery asks for the connections of a WorkSpace and of its directory.
type MetricsQuery struct {
	Workspace, Directory string
	From, Until          time.Time
}

// ChangesQuery asks for what administrators changed.
type ChangesQuery struct {
	Source string
	Since  time.Time
	Pages  int // to read, each of which is a call; 0: one
}

// Error is why a call gave no answer.
type Error struct {
	Action  string        // as an IAM policy names it: "workspaces:DescribeWorkspaces"
	Failure probe.Failure // NotFound is an answer
	Message string        // of the API, cleaned; without credentials and identifiers of requests
}

func (e *Error) Error() string { return e.Action + ": " + string(e.Failure) + ": " + e.Message }

// Access is how an account is to be reached.
type Access struct {
	Region  string
	Profile string                 // of the shared configuration; empty: as the environment says
	Version string                 // of this program, for the log of the account
	Token   func() (string, error) // asks for a code of the user's second factor; nil: nobody can be asked
}

// Side is the account's side of a program: how an account is reached.
type Side struct {
	// Open gives the API of an account. The error is an *Unusable, or that of the context.
	Open func(context.Context, Access) (API, error)
	// Region is the one that the profile has, or the configuration where the profile is
	// empty; empty: none. No packet is sent for it. The error is as Open's.
	Region func(ctx context.Context, profile string) (string, error)
}

// Unusable says that there are no credentials, or none that are of use.
type Unusable struct {
	Problem, Hint words.Text
	Cause         error
}

func (e *Unusable) Error() string { return words.English().Tell(e.Problem) }

// Told is what is wrong, in every language.
func (e *Unusable) Told() words.Text { return e.Problem }

// Unwrap gives the cause.
func (e *Unusable) Unwrap() error { return e.Cause }
