package probe

import "net/netip"

// ENIsDetail lists network interfaces that were asked for. Those of eth0 lie in an
// account of AWS and are in no answer.
type ENIsDetail struct {
	// Asked is what was asked by: a private address, or what the description holds.
	Asked      string `json:"asked,omitempty" redact:"text"`
	Interfaces []ENI  `json:"interfaces" say:"some"`
}

// ENI is an elastic network interface.
type ENI struct {
	ID              string     `json:"id" redact:"resource"`
	Description     string     `json:"description,omitempty" redact:"text"`
	Status          string     `json:"status" redact:"keep"`                 // in-use, available, …
	Requester       string     `json:"requester,omitempty" redact:"account"` // RequesterId
	Address         netip.Addr `json:"address,omitzero"`
	Public          netip.Addr `json:"public,omitzero" redact:"own"` // Association.PublicIp
	VPC             string     `json:"vpc,omitempty" redact:"resource"`
	Subnet          string     `json:"subnet,omitempty" redact:"resource"`
	Zone            string     `json:"zone,omitempty" redact:"keep"`
	Groups          []string   `json:"groups" redact:"resource"`
	SourceDestCheck bool       `json:"source_dest_check"`
	DenyAllIGW      bool       `json:"deny_all_igw,omitempty"` // DenyAllIgwTraffic
}

// SecurityGroupsDetail lists security groups by their identifiers. Missing names those
// that do not exist.
type SecurityGroupsDetail struct {
	Groups  []SecurityGroup `json:"groups" say:"some"`
	Missing []string        `json:"missing,omitempty" redact:"resource"`
}

// SecurityGroup is one security group.
type SecurityGroup struct {
	ID      string       `json:"id" redact:"resource"`
	Name    string       `json:"name,omitempty" redact:"named"`
	VPC     string       `json:"vpc,omitempty" redact:"resource"`
	Ingress []AccessRule `json:"ingress"`
	Egress  []AccessRule `json:"egress"`
}

// AccessRule is one permission of a security group, or an entry of a network ACL.
type AccessRule struct {
	Number   int            `json:"number,omitempty"`       // of a network ACL's entry; 32767 is the last
	Deny     bool           `json:"deny,omitempty"`         // of a network ACL's entry
	Protocol string         `json:"protocol" redact:"keep"` // tcp, udp, icmp, icmpv6, all, or a number
	First    int            `json:"first"`                  // ports; 0 to 65535 where the protocol has none or all are meant
	Last     int            `json:"last"`
	Networks []netip.Prefix `json:"networks,omitempty"`
	Groups   []string       `json:"groups,omitempty" redact:"resource"` // security groups whose members are meant
	Lists    []string       `json:"lists,omitempty" redact:"resource"`  // prefix lists; whom they hold was not read
}

// SubnetsDetail lists subnets.
type SubnetsDetail struct {
	Subnets []Subnet `json:"subnets" say:"some"`
	Missing []string `json:"missing,omitempty" redact:"resource"`
}

// Subnet is one subnet.
type Subnet struct {
	ID        string         `json:"id" redact:"resource"`
	VPC       string         `json:"vpc" redact:"resource"`
	Zone      string         `json:"zone,omitempty" redact:"keep"`    // AvailabilityZone
	ZoneID    string         `json:"zone_id,omitempty" redact:"keep"` // AvailabilityZoneId, the same in every account
	State     string         `json:"state" redact:"keep"`
	CIDR      netip.Prefix   `json:"cidr,omitzero"`
	CIDR6     []netip.Prefix `json:"cidr6,omitempty"`
	Free      int            `json:"free"`              // AvailableIpAddressCount
	MapPublic bool           `json:"map_public"`        // MapPublicIpOnLaunch
	Assign6   bool           `json:"assign6,omitempty"` // AssignIpv6AddressOnCreation
}

// RouteTablesDetail lists the route tables of the subnets, the VPC's main one among them
// where a subnet has none of its own; all of the VPC where one leads to a NAT gateway.
type RouteTablesDetail struct {
	Tables []RouteTable `json:"tables" say:"some"`
}

// RouteTable is one route table.
type RouteTable struct {
	ID      string       `json:"id" redact:"resource"`
	VPC     string       `json:"vpc" redact:"resource"`
	Main    bool         `json:"main,omitempty"`
	Subnets []string     `json:"subnets" redact:"resource"` // that are associated with it by name
	Routes  []TableRoute `json:"routes" say:"some"`
}

// TableRoute is one route of a table.
type TableRoute struct {
	Destination netip.Prefix `json:"destination,omitzero"`
	List        string       `json:"list,omitempty" redact:"resource"`   // a prefix list in its place
	Target      string       `json:"target,omitempty" redact:"resource"` // igw-…, nat-…, eni-…, pcx-…, tgw-…, vgw-…, vpce-…, "local"
	State       string       `json:"state" redact:"keep"`                // active or blackhole
}

// NATGatewaysDetail lists the NAT gateways that routes lead to.
type NATGatewaysDetail struct {
	Gateways []NATGateway `json:"gateways" say:"some"`
	Missing  []string     `json:"missing,omitempty" redact:"resource"`
}

// NATGateway is one NAT gateway.
type NATGateway struct {
	ID           string       `json:"id" redact:"resource"`
	VPC          string       `json:"vpc,omitempty" redact:"resource"`
	Subnet       string       `json:"subnet,omitempty" redact:"resource"`
	State        string       `json:"state" redact:"keep"`        // available, pending, failed, deleting, deleted
	Connectivity string       `json:"connectivity" redact:"keep"` // public or private
	Public       []netip.Addr `json:"public,omitempty" redact:"own"`
	Failure      string       `json:"failure,omitempty" redact:"text"` // FailureMessage
}

// InternetGatewaysDetail lists the internet gateways of the VPC.
type InternetGatewaysDetail struct {
	Gateways []InternetGateway `json:"gateways" say:"some"`
}

// InternetGateway is one internet gateway.
type InternetGateway struct {
	ID    string `json:"id" redact:"resource"`
	VPC   string `json:"vpc,omitempty" redact:"resource"` // it is attached to
	State string `json:"state,omitempty" redact:"keep"`   // of the attachment: available, attaching, …
}

// NetworkACLsDetail lists the network ACLs of the subnets.
type NetworkACLsDetail struct {
	ACLs []NetworkACL `json:"acls" say:"some"`
}

// NetworkACL is one network ACL. It is stateless: answers need an entry of their own.
type NetworkACL struct {
	ID      string       `json:"id" redact:"resource"`
	VPC     string       `json:"vpc,omitempty" redact:"resource"`
	Default bool         `json:"default,omitempty"`
	Subnets []string     `json:"subnets" redact:"resource"`
	Ingress []AccessRule `json:"ingress"` // by number
	Egress  []AccessRule `json:"egress"`
}

// VPCsDetail lists VPCs.
type VPCsDetail struct {
	VPCs []VPC `json:"vpcs"`
}

// VPC is one VPC.
type VPC struct {
	ID    string         `json:"id" redact:"resource"`
	CIDR  netip.Prefix   `json:"cidr,omitzero"`   // the primary one
	CIDRs []netip.Prefix `json:"cidrs,omitempty"` // all of IPv4, the primary one too
}

// VPCEndpointsDetail lists VPC endpoints by their identifiers.
type VPCEndpointsDetail struct {
	Endpoints []VPCEndpoint `json:"endpoints" say:"some"`
	Missing   []string      `json:"missing,omitempty" redact:"resource"`
}

// VPCEndpoint is one VPC endpoint.
type VPCEndpoint struct {
	ID      string   `json:"id" redact:"resource"`
	Service string   `json:"service" redact:"keep"` // com.amazonaws.<region>.highlander
	State   string   `json:"state" redact:"keep"`   // available, pending, failed, …
	Owner   string   `json:"owner,omitempty" redact:"account"`
	VPC     string   `json:"vpc,omitempty" redact:"resource"`
	Subnets []string `json:"subnets" redact:"resource"`
	Groups  []string `json:"groups" redact:"resource"`
	Records string   `json:"records,omitempty" redact:"keep"` // DnsOptions.DnsRecordIpType: ipv4, ipv6, dualstack, …
	Names   []string `json:"names,omitempty" redact:"text"`   // DnsEntries[].DnsName
}

// RoleDetail is a role of IAM.
type RoleDetail struct {
	Name     string      `json:"name" redact:"keep"`               // with its path: service-role/AmazonWorkSpacesPCAAccess
	Trusts   []TrustRule `json:"trusts"`                           // of AssumeRolePolicyDocument
	Boundary string      `json:"boundary,omitempty" redact:"role"` // ARN of the permissions boundary
}

// TrustRule is one statement of a role's trust policy.
type TrustRule struct {
	Effect    string   `json:"effect" redact:"keep"`
	Services  []string `json:"services,omitempty" redact:"keep"` // Principal.Service; "*" for anybody
	Others    bool     `json:"others,omitempty"`                 // it names other principals too
	Actions   []string `json:"actions" redact:"keep"`
	Condition bool     `json:"condition,omitempty"` // it holds only under conditions, which were not read
}

// RolePoliciesDetail is what a role may do.
type RolePoliciesDetail struct {
	Name     string         `json:"name" redact:"keep"`
	Attached []string       `json:"attached" redact:"keep"` // names of managed policies
	Inline   []InlinePolicy `json:"inline"`
	// Partial are the actions that were denied, so that a policy may be there unseen.
	Partial []string `json:"partial,omitempty" redact:"keep"`
}

// InlinePolicy is a policy that is written into a role.
type InlinePolicy struct {
	Name    string   `json:"name" redact:"keep"`
	Allowed []string `json:"allowed,omitempty" redact:"keep"` // actions, in lower case, as written: "ec2:createnetworkinterface", "ec2:*"
	Denied  []string `json:"denied,omitempty" redact:"keep"`
	// Narrow: statements have conditions, name resources or say NotAction, so that what
	// it comes to was not worked out.
	Narrow bool `json:"narrow,omitempty"`
}
