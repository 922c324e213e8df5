package world

import (
	"net/netip"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// What Healthy is made of. Its identifiers have AWS's form and are nobody's.
const (
	Region      = "us-east-1"
	Account     = "123456789012"
	DirectoryID = "d-9067000001"
	Code        = "wsdoc+ABC123"
	User        = "mmajor"
	WorkspaceID = "ws-abcdefgh1"
	OtherID     = "ws-abcdefgh2" // of another user
	VPCID       = "vpc-0a00000000000001"
	SubnetA     = "subnet-0a00000000000001"
	SubnetB     = "subnet-0a00000000000002"
	Members     = "sg-0a00000000000001"
	Controllers = "sg-0a00000000000002"
	CardID      = "eni-0a00000000000001"
	TableID     = "rtb-0a00000000000001"
	ACLID       = "acl-0a00000000000001"
	GatewayID   = "igw-0a00000000000001"
	NATID       = "nat-0a00000000000001"
	EndpointID  = "vpce-0a00000000000001"
	IPGroupID   = "wsipg-aaaaaaaa1"
)

// Now is when worlds are looked at.
var Now = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

// Everywhere is every address.
var Everywhere = netip.MustParsePrefix("0.0.0.0/0")

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// AnyTraffic permits everything to or from networks.
func AnyTraffic(networks ...netip.Prefix) probe.AccessRule {
	return probe.AccessRule{Protocol: "all", First: 0, Last: 65535, Networks: networks}
}

// Healthy is an account as Quick Setup makes it, but for a DCV WorkSpace of one user, who
// was connected this morning, and one of another.
func Healthy() *World {
	yes, role := true, "arn:aws:iam::"+Account+":role/workspaces_DefaultRole"
	card := func(id, address, description string, subnet string, public string, groups ...string) probe.ENI {
		i := probe.ENI{
			ID: id, Description: description, Status: "in-use", Address: addr(address), VPC: VPCID, Subnet: subnet,
			Zone: "us-east-1b", Groups: groups, SourceDestCheck: true,
		}
		if public != "" {
			i.Public = addr(public)
		}
		return i
	}
	const made, forDirectory = "Created By Amazon Workspaces for AWS Account ID " + Account,
		"AWS created network interface for directory " + DirectoryID
	workspace := func(id, user, address string) probe.AccountWorkspace {
		return probe.AccountWorkspace{
			ID: id, DirectoryID: DirectoryID, User: user, Computer: "WSAMZN-" + id[len(id)-4:], Bundle: "wsb-aaaaaaaa1",
			State: "AVAILABLE", Protocols: []string{"WSP"}, OS: "WINDOWS_SERVER_2022", RunningMode: "AUTO_STOP", StopsAfter: 60,
			Address: addr(address), Subnet: SubnetA,
		}
	}
	local := probe.TableRoute{Destination: prefix("10.0.0.0/16"), Target: "local", State: "active"}
	return &World{
		Region:   Region,
		Identity: probe.IdentityDetail{Account: Account, Partition: "aws", Principal: "assumed-role/Administrator/me"},
		Directories: []account.Directory{{
			Code: Code,
			RegisteredDirectory: probe.RegisteredDirectory{
				ID: DirectoryID, Name: "corp.example.com", Alias: DirectoryID, Type: "SIMPLE_AD", Workspaces: "PERSONAL",
				State: "REGISTERED", DNS: []netip.Addr{addr("10.0.0.10"), addr("10.0.1.10")}, Subnets: []string{SubnetA, SubnetB},
				IPGroups: []string{}, MembersGroup: Members, Role: role, Identity: "AWS_DIRECTORY_SERVICE", Tenancy: "SHARED",
				Devices: []probe.DeviceAccess{
					{Kind: "Windows", Access: "ALLOW"}, {Kind: "Osx", Access: "ALLOW"}, {Kind: "Web", Access: "ALLOW"}, {Kind: "Linux", Access: "DENY"},
				},
				InternetAccess: &yes, SAML: "DISABLED", Certificates: "DISABLED", Encryption: "STANDARD_TLS",
			},
		}},
		Workspaces: []probe.AccountWorkspace{workspace(WorkspaceID, User, "10.0.0.21"), workspace(OtherID, "anna", "10.0.0.22")},
		Connections: []probe.WorkspaceConnection{
			{WorkspaceID: WorkspaceID, State: "DISCONNECTED", CheckedAt: Now.Add(-time.Minute), LastAt: Now.Add(-3 * time.Hour)},
			{WorkspaceID: OtherID, State: "CONNECTED", CheckedAt: Now.Add(-time.Minute), LastAt: Now.Add(-time.Minute)},
		},
		Clients: []probe.ClientsDetail{{Directory: DirectoryID, Experience: "USER_CHOICE", Reconnect: "ENABLED"}},
		Tenancy: probe.TenancyDetail{Support: "DISABLED"},
		Services: []probe.ServiceDirectory{{
			ID: DirectoryID, Name: "corp.example.com", Type: "SimpleAD", Stage: "Active",
			DNS: []netip.Addr{addr("10.0.0.10"), addr("10.0.1.10")}, VPC: VPCID, Subnets: []string{SubnetA, SubnetB},
			Zones: []string{"us-east-1b", "us-east-1c"}, SecurityGroup: Controllers, Network: "IPv4",
		}},
		Interfaces: []probe.ENI{
			card(CardID, "10.0.0.21", made, SubnetA, "203.0.113.21", Members),
			card("eni-0a00000000000002", "10.0.0.22", made, SubnetA, "203.0.113.22", Members),
			card("eni-0a00000000000011", "10.0.0.10", forDirectory, SubnetA, "", Controllers),
			card("eni-0a00000000000012", "10.0.1.10", forDirectory, SubnetB, "", Controllers),
		},
		Groups: []probe.SecurityGroup{
			{ID: Members, Name: DirectoryID + "_workspacesMembers", VPC: VPCID, Egress: []probe.AccessRule{AnyTraffic(Everywhere)}},
			{
				ID: Controllers, Name: DirectoryID + "_controllers", VPC: VPCID, Egress: []probe.AccessRule{AnyTraffic(Everywhere)},
				Ingress: ControllerPorts(prefix("10.0.0.0/16")),
			},
		},
		Subnets: []probe.Subnet{
			{ID: SubnetA, VPC: VPCID, Zone: "us-east-1b", ZoneID: "use1-az2", State: "available", CIDR: prefix("10.0.0.0/24"), Free: 200, MapPublic: true},
			{ID: SubnetB, VPC: VPCID, Zone: "us-east-1c", ZoneID: "use1-az4", State: "available", CIDR: prefix("10.0.1.0/24"), Free: 240, MapPublic: true},
		},
		Tables: []probe.RouteTable{{
			ID: TableID, VPC: VPCID, Main: true, Subnets: []string{SubnetA, SubnetB},
			Routes: []probe.TableRoute{local, {Destination: Everywhere, Target: GatewayID, State: "active"}},
		}},
		Internet: []probe.InternetGateway{{ID: GatewayID, VPC: VPCID, State: "available"}},
		ACLs: []probe.NetworkACL{{
			ID: ACLID, VPC: VPCID, Default: true, Subnets: []string{SubnetA, SubnetB},
			Ingress: OpenACL(), Egress: OpenACL(),
		}},
		VPCs: []probe.VPC{{ID: VPCID, CIDR: prefix("10.0.0.0/16"), CIDRs: []netip.Prefix{prefix("10.0.0.0/16")}}},
		Roles: []probe.RoleDetail{{
			Name:   "workspaces_DefaultRole",
			Trusts: []probe.TrustRule{{Effect: "Allow", Services: []string{"workspaces.amazonaws.com"}, Actions: []string{"sts:AssumeRole"}}},
		}},
		Policies: []probe.RolePoliciesDetail{{
			Name: "workspaces_DefaultRole", Attached: []string{"AmazonWorkSpacesServiceAccess", "AmazonWorkSpacesSelfServiceAccess"},
		}},
		Series: []probe.Series{
			Counted("ConnectionAttempt", "WorkspaceId", WorkspaceID, 180, 1), Counted("ConnectionSuccess", "WorkspaceId", WorkspaceID, 180, 1),
			Counted("ConnectionAttempt", "DirectoryId", DirectoryID, 60, 2), Counted("ConnectionSuccess", "DirectoryId", DirectoryID, 60, 2),
		},
		Changes: map[string][]probe.Change{},
	}
}

// ControllerPorts are the rules by which AWS lets a network reach domain controllers.
func ControllerPorts(from netip.Prefix) []probe.AccessRule {
	rule := func(protocol string, first, last int) probe.AccessRule {
		return probe.AccessRule{Protocol: protocol, First: first, Last: last, Networks: []netip.Prefix{from}}
	}
	list := []probe.AccessRule{
		rule("tcp", 135, 135), rule("tcp", 636, 636), rule("tcp", 1024, 65535), rule("udp", 123, 123), rule("udp", 138, 138),
	}
	for _, port := range []int{53, 88, 389, 445, 464} {
		list = append(list, rule("tcp", port, port), rule("udp", port, port))
	}
	return list
}

// OpenACL are the entries of a VPC's default network ACL.
func OpenACL() []probe.AccessRule {
	last := AnyTraffic(Everywhere)
	last.Number, last.Deny = 32767, true
	first := AnyTraffic(Everywhere)
	first.Number = 100
	return []probe.AccessRule{first, last}
}

// Counted is what CloudWatch counted once, so many minutes ago.
func Counted(metric, dimension, of string, minutesAgo int, value float64) probe.Series {
	statistic := "Sum"
	if metric == "InSessionLatency" {
		statistic = "Average"
	}
	return probe.Series{
		Metric: metric, Dimension: dimension, Of: of, Statistic: statistic,
		Points: []probe.Point{{At: Now.Add(-time.Duration(minutesAgo) * time.Minute), Value: value}},
	}
}

// Since moves what happened in a world so that it is looked at at another time than Now.
func (w *World) Since(now time.Time) {
	by := now.Sub(Now)
	for _, s := range w.Series {
		for i := range s.Points {
			s.Points[i].At = s.Points[i].At.Add(by)
		}
	}
	for i := range w.Connections {
		c := &w.Connections[i]
		c.CheckedAt, c.LastAt = c.CheckedAt.Add(by), c.LastAt.Add(by)
	}
	for _, changes := range w.Changes {
		for i := range changes {
			changes[i].At = changes[i].At.Add(by)
		}
	}
}
