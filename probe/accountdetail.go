package probe

import (
	"net/netip"
	"time"
)

// What is read of an AWS account. Every operation is one call of an AWS API that changes
// nothing; the observation's endpoint is the service ("workspaces"), its target the
// action ("workspaces:DescribeWorkspaces"), by the name that an IAM policy has for it.
// Fields have the meaning of the API's field of the same name; identifiers are AWS's own.
//
// A call that was denied, throttled or not answered is failed with the failure that says
// so and teaches nothing of what it asks. NotFound is an answer: there is no such thing.
const (
	AccountQuestion         Operation = "account_question"          // QuestionDetail: whom the administrator asks about; no call
	AccountIdentity         Operation = "account_identity"          // IdentityDetail: sts:GetCallerIdentity
	AccountDirectories      Operation = "account_directories"       // RegisteredDetail: workspaces:DescribeWorkspaceDirectories
	AccountWorkspaces       Operation = "account_workspaces"        // WorkspacesDetail: workspaces:DescribeWorkspaces
	AccountConnections      Operation = "account_connections"       // ConnectionsDetail: workspaces:DescribeWorkspacesConnectionStatus
	AccountIPGroups         Operation = "account_ip_groups"         // IPGroupsDetail: workspaces:DescribeIpGroups
	AccountAliases          Operation = "account_aliases"           // AliasesDetail: workspaces:DescribeConnectionAliases
	AccountClients          Operation = "account_clients"           // ClientsDetail: workspaces:DescribeClientProperties
	AccountTenancy          Operation = "account_tenancy"           // TenancyDetail: workspaces:DescribeAccount
	AccountDirectoryService Operation = "account_directory_service" // DirectoryServiceDetail: ds:DescribeDirectories
	AccountControllers      Operation = "account_controllers"       // ControllersDetail: ds:DescribeDomainControllers
	AccountTrusts           Operation = "account_trusts"            // TrustsDetail: ds:DescribeTrusts
	AccountInterfaces       Operation = "account_interfaces"        // ENIsDetail: ec2:DescribeNetworkInterfaces
	AccountSecurityGroups   Operation = "account_security_groups"   // SecurityGroupsDetail: ec2:DescribeSecurityGroups
	AccountSubnets          Operation = "account_subnets"           // SubnetsDetail: ec2:DescribeSubnets
	AccountRouteTables      Operation = "account_route_tables"      // RouteTablesDetail: ec2:DescribeRouteTables
	AccountNATGateways      Operation = "account_nat_gateways"      // NATGatewaysDetail: ec2:DescribeNatGateways
	AccountInternetGateways Operation = "account_internet_gateways" // InternetGatewaysDetail: ec2:DescribeInternetGateways
	AccountNetworkACLs      Operation = "account_network_acls"      // NetworkACLsDetail: ec2:DescribeNetworkAcls
	AccountVPCs             Operation = "account_vpcs"              // VPCsDetail: ec2:DescribeVpcs
	AccountVPCEndpoints     Operation = "account_vpc_endpoints"     // VPCEndpointsDetail: ec2:DescribeVpcEndpoints
	AccountRole             Operation = "account_role"              // RoleDetail: iam:GetRole
	AccountRolePolicies     Operation = "account_role_policies"     // RolePoliciesDetail: iam:ListAttachedRolePolicies, iam:ListRolePolicies, iam:GetRolePolicy
	AccountMetrics          Operation = "account_metrics"           // MetricsDetail: cloudwatch:GetMetricData
	AccountChanges          Operation = "account_changes"           // ChangesDetail: cloudtrail:LookupEvents
)

// QuestionDetail is whom the administrator asks about, and what the rules are to hold
// the account against. It is what was typed; nothing of it was read from the account.
type QuestionDetail struct {
	DirectoryID string `json:"directory_id,omitempty" redact:"resource"`
	// Code says that a registration code was given. The code itself is a secret and in no
	// observation: RegisteredDirectory.CodeMatches says which directory has it.
	Code        bool         `json:"code,omitempty"`
	User        string       `json:"user,omitempty" redact:"user"`
	WorkspaceID string       `json:"workspace_id,omitempty" redact:"resource"`
	Egress      []netip.Addr `json:"egress,omitempty" redact:"own"`  // public addresses from which the user connects
	System      string       `json:"system,omitempty" redact:"keep"` // of the user's device: windows, macos, linux, web, …; empty: not known
	// SystemSeen: it is that of a desk that was looked at; the user may have another device.
	SystemSeen bool   `json:"system_seen,omitempty"`
	Expect     string `json:"expect,omitempty" redact:"keep"` // "quick-setup", or empty
}

// IdentityDetail is in whose name is asked.
type IdentityDetail struct {
	Account   string `json:"account,omitempty" redact:"account"` // 12 digits
	Partition string `json:"partition,omitempty" redact:"keep"`  // aws, aws-us-gov, aws-cn
	Principal string `json:"principal,omitempty" redact:"user"`  // what follows the account in the ARN: "assumed-role/NAME/SESSION"
}

// RegisteredDetail lists the directories that are registered with WorkSpaces and that
// were asked for.
type RegisteredDetail struct {
	Directories []RegisteredDirectory `json:"directories" say:"some"`
	Others      int                   `json:"others,omitempty"` // further directories of this Region, not asked for
}

// RegisteredDirectory is a directory as WorkSpaces knows it.
type RegisteredDirectory struct {
	ID           string       `json:"id" redact:"resource"`
	Name         string       `json:"name,omitempty" redact:"directory"` // its domain
	Alias        string       `json:"alias,omitempty" redact:"named"`
	Type         string       `json:"type" redact:"keep"`                     // SIMPLE_AD, AD_CONNECTOR, CUSTOMER_MANAGED, AWS_IAM_IDENTITY_CENTER
	Workspaces   string       `json:"workspace_type,omitempty" redact:"keep"` // PERSONAL or POOLS
	State        string       `json:"state" redact:"keep"`                    // REGISTERED, REGISTERING, DEREGISTERING, DEREGISTERED, ERROR
	Error        string       `json:"error,omitempty" redact:"text"`          // ErrorMessage
	CodeMatches  *bool        `json:"code_matches,omitempty"`                 // it has the registration code that was given; absent where none was
	DNS          []netip.Addr `json:"dns"`                                    // DnsIpAddresses and DnsIpv6Addresses
	Subnets      []string     `json:"subnets" redact:"resource"`
	IPGroups     []string     `json:"ip_groups" redact:"resource"`
	MembersGroup string       `json:"members_group,omitempty" redact:"resource"` // WorkspaceSecurityGroupId
	CustomGroup  string       `json:"custom_group,omitempty" redact:"resource"`  // WorkspaceCreationProperties.CustomSecurityGroupId
	Role         string       `json:"role,omitempty" redact:"role"`              // IamRoleId, an ARN
	Identity     string       `json:"identity,omitempty" redact:"keep"`          // UserIdentityType
	Tenancy      string       `json:"tenancy,omitempty" redact:"keep"`           // DEDICATED or SHARED
	// Devices says which kinds of devices are let in: "Windows", "Osx", "Linux", "Web",
	// "Ios", "Android", "ChromeOs", "ZeroClient", "WorkSpacesThinClient" → ALLOW or DENY.
	// A kind that the API does not mention is absent.
	Devices        []DeviceAccess   `json:"devices,omitempty"`
	Endpoints      []AccessEndpoint `json:"endpoints,omitempty"`
	Fallback       []string         `json:"fallback,omitempty" redact:"keep"`       // InternetFallbackProtocols
	InternetAccess *bool            `json:"internet_access,omitempty"`              // WorkspaceCreationProperties.EnableInternetAccess
	SAML           string           `json:"saml,omitempty" redact:"keep"`           // SamlProperties.Status
	SAMLURL        string           `json:"saml_url,omitempty" redact:"url"`        // SamlProperties.UserAccessUrl
	Certificates   string           `json:"certificates,omitempty" redact:"keep"`   // CertificateBasedAuthProperties.Status
	Encryption     string           `json:"encryption,omitempty" redact:"keep"`     // EndpointEncryptionMode: STANDARD_TLS, FIPS_VALIDATED
	Accelerator    string           `json:"accelerator,omitempty" redact:"keep"`    // GlobalAcceleratorForDirectory.Mode
	AcceleratorBy  string           `json:"accelerator_by,omitempty" redact:"keep"` // its PreferredProtocol: TCP or NONE
	Preferred      string           `json:"preferred,omitempty" redact:"keep"`      // StreamingExperiencePreferredProtocol: TCP or UDP
}

// DeviceAccess is whether a kind of device is let in.
type DeviceAccess struct {
	Kind   string `json:"kind" redact:"keep"`
	Access string `json:"access" redact:"keep"` // ALLOW or DENY
}

// AccessEndpoint is a VPC endpoint by which clients are to stream.
type AccessEndpoint struct {
	Type string `json:"type" redact:"keep"` // STREAMING_WSP
	ID   string `json:"id" redact:"resource"`
}

// WorkspacesDetail lists the WorkSpaces that were asked for.
type WorkspacesDetail struct {
	Workspaces []AccountWorkspace `json:"workspaces" say:"some"`
	Truncated  bool               `json:"truncated,omitempty"` // there are more than were read
}

// AccountWorkspace is one WorkSpace as the service knows it.
type AccountWorkspace struct {
	ID            string         `json:"id" redact:"resource"`
	DirectoryID   string         `json:"directory_id" redact:"resource"`
	User          string         `json:"user,omitempty" redact:"user"`
	Computer      string         `json:"computer,omitempty" redact:"host"` // ComputerName
	Bundle        string         `json:"bundle,omitempty" redact:"resource"`
	State         string         `json:"state" redact:"keep"` // AVAILABLE, STOPPED, UNHEALTHY, …
	ErrorCode     string         `json:"error_code,omitempty" redact:"text"`
	Error         string         `json:"error,omitempty" redact:"text"` // ErrorMessage
	Modifications []Modification `json:"modifications,omitempty"`
	Protocols     []string       `json:"protocols,omitempty" redact:"keep"`    // PCOIP, WSP
	OS            string         `json:"os,omitempty" redact:"keep"`           // OperatingSystemName
	RunningMode   string         `json:"running_mode,omitempty" redact:"keep"` // AUTO_STOP, ALWAYS_ON, MANUAL
	StopsAfter    int            `json:"stops_after_minutes,omitempty"`
	Address       netip.Addr     `json:"address,omitzero"`  // IpAddress, of eth1
	Address6      netip.Addr     `json:"address6,omitzero"` // Ipv6Address
	Subnet        string         `json:"subnet,omitempty" redact:"resource"`
	Accelerator   string         `json:"accelerator,omitempty" redact:"keep"` // WorkspaceProperties.GlobalAccelerator.Mode
}

// Modification is a change of a WorkSpace under way.
type Modification struct {
	Resource string `json:"resource" redact:"keep"` // ROOT_VOLUME, COMPUTE_TYPE, PROTOCOL, …
	State    string `json:"state" redact:"keep"`    // UPDATE_INITIATED, UPDATE_IN_PROGRESS, …
}

// ConnectionsDetail says whether users are connected.
type ConnectionsDetail struct {
	Connections []WorkspaceConnection `json:"connections" say:"some"`
}

// WorkspaceConnection is the connection of one WorkSpace.
type WorkspaceConnection struct {
	WorkspaceID string    `json:"workspace_id" redact:"resource"`
	State       string    `json:"state" redact:"keep"` // CONNECTED, DISCONNECTED, UNKNOWN (stopped)
	CheckedAt   time.Time `json:"checked_at,omitzero"` // ConnectionStateCheckTimestamp
	LastAt      time.Time `json:"last_at,omitzero"`    // LastKnownUserConnectionTimestamp; absent: never
}

// IPGroupsDetail lists the IP access control groups of the directory.
type IPGroupsDetail struct {
	Groups []IPGroup `json:"groups" say:"some"`
}

// IPGroup is one IP access control group.
type IPGroup struct {
	ID    string         `json:"id" redact:"resource"`
	Name  string         `json:"name,omitempty" redact:"named"`
	Rules []netip.Prefix `json:"rules"` // an address without a length is one address
	// Unread are rules that are no network; whom they let in is not known.
	Unread []string `json:"unread,omitempty" redact:"text"`
}

// AliasesDetail lists the connection aliases of this account and Region.
type AliasesDetail struct {
	Aliases []ConnectionAlias `json:"aliases" say:"some"`
}

// ConnectionAlias is a name that stands in for a registration code.
type ConnectionAlias struct {
	ID           string             `json:"id" redact:"resource"`
	Name         string             `json:"name" redact:"domain"` // ConnectionString, a host name
	State        string             `json:"state" redact:"keep"`  // CREATING, CREATED, DELETING
	Owner        string             `json:"owner,omitempty" redact:"account"`
	Associations []AliasAssociation `json:"associations"`
}

// AliasAssociation is what a connection alias leads to.
type AliasAssociation struct {
	Status     string `json:"status" redact:"keep"` // NOT_ASSOCIATED, ASSOCIATED_WITH_OWNER_ACCOUNT, …
	Directory  string `json:"directory,omitempty" redact:"resource"`
	Account    string `json:"account,omitempty" redact:"account"`
	Identifier string `json:"identifier,omitempty" redact:"resource"` // ConnectionIdentifier, what the TXT record has to hold
}

// ClientsDetail is what the directory prescribes to clients.
type ClientsDetail struct {
	Directory  string `json:"directory" redact:"resource"`
	Experience string `json:"experience,omitempty" redact:"keep"` // ClientExperiencePolicy; empty where the answer has none
	Reconnect  string `json:"reconnect,omitempty" redact:"keep"`  // ReconnectEnabled: ENABLED, DISABLED
	Upload     string `json:"upload,omitempty" redact:"keep"`     // LogUploadEnabled
}

// TenancyDetail is what the account says of dedicated hardware (BYOL).
type TenancyDetail struct {
	Support    string       `json:"support" redact:"keep"` // DedicatedTenancySupport: ENABLED, DISABLED
	Management netip.Prefix `json:"management,omitzero"`   // DedicatedTenancyManagementCidrRange, where eth0 lies
}

// DirectoryServiceDetail lists directories as the Directory Service knows them.
type DirectoryServiceDetail struct {
	Directories []ServiceDirectory `json:"directories" say:"some"`
}

// ServiceDirectory is one directory of the Directory Service.
type ServiceDirectory struct {
	ID            string       `json:"id" redact:"resource"`
	Name          string       `json:"name,omitempty" redact:"directory"`
	Type          string       `json:"type" redact:"keep"`             // MicrosoftAD, SharedMicrosoftAD, ADConnector, SimpleAD
	Stage         string       `json:"stage" redact:"keep"`            // Active, Impaired, Inoperable, Failed, …
	Reason        string       `json:"reason,omitempty" redact:"text"` // StageReason
	DNS           []netip.Addr `json:"dns"`                            // DnsIpAddrs and DnsIpv6Addrs; of an AD Connector these are the customer's servers
	VPC           string       `json:"vpc,omitempty" redact:"resource"`
	Subnets       []string     `json:"subnets" redact:"resource"`
	Zones         []string     `json:"zones,omitempty" redact:"keep"`              // AvailabilityZones
	SecurityGroup string       `json:"security_group,omitempty" redact:"resource"` // …_controllers
	ConnectIPs    []netip.Addr `json:"connect_ips,omitempty"`                      // of an AD Connector
	Radius        string       `json:"radius,omitempty" redact:"keep"`             // RadiusStatus
	Network       string       `json:"network,omitempty" redact:"keep"`            // NetworkType
}

// ControllersDetail lists the domain controllers of a Managed AD.
type ControllersDetail struct {
	Controllers []AccountController `json:"controllers" say:"some"`
}

// AccountController is one domain controller.
type AccountController struct {
	ID      string     `json:"id" redact:"resource"`
	Address netip.Addr `json:"address,omitzero"`
	Subnet  string     `json:"subnet,omitempty" redact:"resource"`
	Status  string     `json:"status" redact:"keep"` // Active, Impaired, Failed, …
	Reason  string     `json:"reason,omitempty" redact:"text"`
}

// TrustsDetail lists the trusts of a Managed AD.
type TrustsDetail struct {
	Trusts []Trust `json:"trusts" say:"some"`
}

// Trust is a trust with another domain.
type Trust struct {
	Domain string `json:"domain" redact:"directory"` // RemoteDomainName
	State  string `json:"state" redact:"keep"`       // Verified, VerifyFailed, Failed, …
	Reason string `json:"reason,omitempty" redact:"text"`
}
