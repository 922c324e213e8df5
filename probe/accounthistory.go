package probe

import (
	"net/netip"
	"time"
)

// MetricsDetail is what CloudWatch counted, namespace AWS/WorkSpaces, in periods of five
// minutes over a window.
type MetricsDetail struct {
	From   time.Time `json:"from,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	Series []Series  `json:"series" say:"some"`
}

// Series is one metric of one WorkSpace, or of a whole directory.
type Series struct {
	Metric    string `json:"metric" redact:"keep"`    // ConnectionAttempt, ConnectionSuccess, …
	Dimension string `json:"dimension" redact:"keep"` // WorkspaceId or DirectoryId
	Of        string `json:"of" redact:"resource"`
	Statistic string `json:"statistic" redact:"keep"` // Sum, Average, Maximum
	// Points are the periods that had data, the latest last; at most 300.
	Points []Point `json:"points" say:"some"`
	// Incomplete: CloudWatch said that there is more (PartialData, or an error of its own).
	Incomplete bool `json:"incomplete,omitempty"`
}

// Point is one period.
type Point struct {
	At    time.Time `json:"at"`
	Value float64   `json:"value"`
}

// ChangesDetail is what administrators changed, by CloudTrail, of one event source.
type ChangesDetail struct {
	Source    string    `json:"source" redact:"keep"` // workspaces.amazonaws.com, ec2.amazonaws.com, ds.amazonaws.com
	Since     time.Time `json:"since,omitzero"`
	Changes   []Change  `json:"changes" say:"some"` // the latest first
	Truncated bool      `json:"truncated,omitempty"`
}

// Change is one event.
type Change struct {
	At        time.Time  `json:"at"`
	Event     string     `json:"event" redact:"keep"` // EventName
	By        string     `json:"by,omitempty" redact:"user"`
	From      netip.Addr `json:"from,omitzero" redact:"own"`
	Resources []string   `json:"resources,omitempty" redact:"resource"` // identifiers that the event names
	Failed    string     `json:"failed,omitempty" redact:"keep"`        // errorCode: the call changed nothing
}

func (QuestionDetail) detail()         {}
func (IdentityDetail) detail()         {}
func (RegisteredDetail) detail()       {}
func (WorkspacesDetail) detail()       {}
func (ConnectionsDetail) detail()      {}
func (IPGroupsDetail) detail()         {}
func (AliasesDetail) detail()          {}
func (ClientsDetail) detail()          {}
func (TenancyDetail) detail()          {}
func (DirectoryServiceDetail) detail() {}
func (ControllersDetail) detail()      {}
func (TrustsDetail) detail()           {}
func (ENIsDetail) detail()             {}
func (SecurityGroupsDetail) detail()   {}
func (SubnetsDetail) detail()          {}
func (RouteTablesDetail) detail()      {}
func (NATGatewaysDetail) detail()      {}
func (InternetGatewaysDetail) detail() {}
func (NetworkACLsDetail) detail()      {}
func (VPCsDetail) detail()             {}
func (VPCEndpointsDetail) detail()     {}
func (RoleDetail) detail()             {}
func (RolePoliciesDetail) detail()     {}
func (MetricsDetail) detail()          {}
func (ChangesDetail) detail()          {}
