package world

import (
	"net/netip"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// What the sample's parts are called.
const (
	SampleRegion    = "us-east-1"
	SampleDirectory = "d-906734e1b2"
	SampleUser      = "jdoe"
	SampleWorkspace = "ws-8a1b2c3d4"
	SampleCode      = "SLiad+Q7W2E9"
	SampleAlias     = "desktops.example.com"
)

func address(s string) netip.Addr   { return netip.MustParseAddr(s) }
func network(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func networks(list ...string) (all []netip.Prefix) {
	for _, s := range list {
		all = append(all, network(s))
	}
	return all
}

func yes() *bool { b := true; return &b }

// SampleTime is when things happened in the sample.
var SampleTime = time.Date(2026, 11, 26, 9, 30, 0, 0, time.UTC)

// Sample is an account in which everything is that can be, each of its settings with a
// value of its own, so that one that gets lost or mixed up on its way is noticed. It is
// no sound account.
func Sample() *World {
	role := "arn:aws:iam::123456789012:role/workspaces_DefaultRole"
	return &World{
		Region: SampleRegion,
		Identity: probe.IdentityDetail{
			Account: "123456789012", Partition: "aws", Principal: "assumed-role/HelpDesk/jane",
		},
		Directories: []account.Directory{{
			Code: SampleCode,
			RegisteredDirectory: probe.RegisteredDirectory{
				ID: SampleDirectory, Name: "corp.example.com", Alias: "corp-example", Type: "SIMPLE_AD",
				Workspaces: "PERSONAL", State: "REGISTERED", Error: "once there was one",
				DNS:     []netip.Addr{address("10.20.1.10"), address("10.20.2.10"), address("fd00:20::10")},
				Subnets: []string{"subnet-0a1", "subnet-0b2"}, IPGroups: []string{"wsipg-4kf0vjq11", "wsipg-9m2c8xw22"},
				MembersGroup: "sg-0aaaaaaaaaaaaaaa1", CustomGroup: "sg-0aaaaaaaaaaaaaaa2", Role: role,
				Identity: "AWS_DIRECTORY_SERVICE", Tenancy: "DEDICATED",
				Devices: []probe.DeviceAccess{
					{Kind: "Windows", Access: "ALLOW"}, {Kind: "Osx", Access: "DENY"}, {Kind: "Web", Access: "DENY"},
					{Kind: "Ios", Access: "ALLOW"}, {Kind: "Android", Access: "ALLOW"}, {Kind: "ChromeOs", Access: "ALLOW"},
					{Kind: "ZeroClient", Access: "DENY"}, {Kind: "Linux", Access: "ALLOW"},
					{Kind: "WorkSpacesThinClient", Access: "DENY"},
				},
				Endpoints:      []probe.AccessEndpoint{{Type: "STREAMING_WSP", ID: "vpce-0d1"}},
				Fallback:       []string{"PCOIP"},
				InternetAccess: yes(), SAML: "ENABLED", SAMLURL: "https://idp.example.com/start",
				Certificates: "ENABLED", Encryption: "STANDARD_TLS", Accelerator: "ENABLED_AUTO", AcceleratorBy: "TCP",
				Preferred: "UDP",
			},
		}, {
			Code: "SLiad+ZZZZZZ",
			RegisteredDirectory: probe.RegisteredDirectory{
				ID: "d-906734e1b3", Type: "AD_CONNECTOR", State: "ERROR", DNS: []netip.Addr{address("10.30.1.10")},
				Subnets: []string{"subnet-0c3"}, IPGroups: []string{},
			},
		}},
		Workspaces: []probe.AccountWorkspace{{
			ID: SampleWorkspace, DirectoryID: SampleDirectory, User: SampleUser, Computer: "EC2AMAZ-ABC123",
			Bundle: "wsb-1a2b3c4d5", State: "AVAILABLE", ErrorCode: "some.code", Error: "some words",
			Modifications: []probe.Modification{{Resource: "PROTOCOL", State: "UPDATE_IN_PROGRESS"}},
			Protocols:     []string{"PCOIP"}, OS: "WINDOWS_SERVER_2022", RunningMode: "AUTO_STOP", StopsAfter: 60,
			Address: address("10.20.1.77"), Address6: address("fd00:20:1::77"), Subnet: "subnet-0a1",
			Accelerator: "DISABLED",
		}},
		Connections: []probe.WorkspaceConnection{{
			WorkspaceID: SampleWorkspace, State: "DISCONNECTED", CheckedAt: SampleTime,
			LastAt: SampleTime.Add(-3 * time.Hour),
		}},
		IPGroups: []probe.IPGroup{
			{ID: "wsipg-4kf0vjq11", Name: "offices", Rules: networks("198.51.100.0/24", "203.0.113.7/32"),
				Unread: []string{"not a network"}},
			{ID: "wsipg-9m2c8xw22", Name: "nobody", Rules: []netip.Prefix{}},
		},
		Aliases: []probe.ConnectionAlias{{
			ID: "wsca-k3m7", Name: SampleAlias, State: "CREATED", Owner: "123456789012",
			Associations: []probe.AliasAssociation{{
				Status: "ASSOCIATED_WITH_OWNER_ACCOUNT", Directory: SampleDirectory, Account: "123456789012",
				Identifier: "ABCDEFGHIJKL",
			}},
		}},
		Clients: []probe.ClientsDetail{{
			Directory: SampleDirectory, Experience: "FORCE_UI_2026", Reconnect: "ENABLED", Upload: "DISABLED",
		}},
		Tenancy: probe.TenancyDetail{Support: "ENABLED", Management: network("172.30.0.0/16")},
		Services: []probe.ServiceDirectory{{
			ID: SampleDirectory, Name: "corp.example.com", Type: "MicrosoftAD", Stage: "Impaired", Reason: "one of two",
			DNS: []netip.Addr{address("10.20.1.10"), address("10.20.2.11"), address("fd00:20::10")}, VPC: "vpc-01",
			Subnets: []string{"subnet-0a1", "subnet-0b2"}, Zones: []string{"us-east-1a", "us-east-1b"},
			SecurityGroup: "sg-0aaaaaaaaaaaaaaa3", Radius: "Failed", Network: "Dual-stack",
		}, {
			ID: "d-906734e1b3", Name: "old.example.com", Type: "ADConnector", Stage: "Active",
			DNS: []netip.Addr{address("10.30.1.10")}, VPC: "vpc-02", Subnets: []string{"subnet-0c3"},
			Zones: []string{"us-east-1c"}, SecurityGroup: "sg-0aaaaaaaaaaaaaaa4",
			ConnectIPs: []netip.Addr{address("10.30.1.5"), address("10.30.2.5")}, Network: "IPv4",
		}},
		Controllers: map[string][]probe.AccountController{SampleDirectory: {
			{ID: "dc-1", Address: address("10.20.1.10"), Subnet: "subnet-0a1", Status: "Active"},
			{ID: "dc-2", Address: address("10.20.2.11"), Subnet: "subnet-0b2", Status: "Impaired", Reason: "no disk"},
		}},
		Trusts: map[string][]probe.Trust{SampleDirectory: {
			{Domain: "partner.example.net", State: "VerifyFailed", Reason: "no answer"},
		}},
		Interfaces: []probe.ENI{{
			ID: "eni-01", Description: "Created By Amazon Workspaces for AWS Account ID 123456789012", Status: "in-use",
			Requester: "109876543210", Address: address("10.20.1.77"), Public: address("3.5.7.9"), VPC: "vpc-01",
			Subnet: "subnet-0a1", Zone: "us-east-1a", Groups: []string{"sg-0aaaaaaaaaaaaaaa1"}, SourceDestCheck: true,
			DenyAllIGW: true,
		}, {
			ID: "eni-02", Description: OfDirectory(SampleDirectory), Status: "in-use",
			Address: address("10.20.1.10"), VPC: "vpc-01", Subnet: "subnet-0a1", Zone: "us-east-1a",
			Groups: []string{"sg-0aaaaaaaaaaaaaaa3"},
		}},
		Groups: []probe.SecurityGroup{{
			ID: "sg-0aaaaaaaaaaaaaaa1", Name: SampleDirectory + "_workspacesMembers", VPC: "vpc-01",
			Ingress: []probe.AccessRule{},
			Egress:  []probe.AccessRule{{Protocol: "all", Last: 65535, Networks: networks("0.0.0.0/0", "::/0")}},
		}, {
			ID: "sg-0aaaaaaaaaaaaaaa3", Name: SampleDirectory + "_controllers", VPC: "vpc-01",
			Ingress: []probe.AccessRule{
				{Protocol: "tcp", First: 53, Last: 53, Networks: networks("10.20.0.0/16")},
				{Protocol: "udp", First: 1024, Last: 65535, Groups: []string{"sg-0aaaaaaaaaaaaaaa1"}},
				{Protocol: "icmp", Last: 65535, Lists: []string{"pl-01"}},
				{Protocol: "50", Last: 65535, Networks: networks("10.21.0.0/16")},
			},
			Egress: []probe.AccessRule{{Protocol: "all", Last: 65535, Groups: []string{"sg-0aaaaaaaaaaaaaaa3"}}},
		}},
		Subnets: []probe.Subnet{{
			ID: "subnet-0a1", VPC: "vpc-01", Zone: "us-east-1a", ZoneID: "use1-az6", State: "available",
			CIDR: network("10.20.1.0/24"), CIDR6: networks("2600:1f18:1::/64"), Free: 201, MapPublic: true, Assign6: true,
		}},
		Tables: []probe.RouteTable{{
			ID: "rtb-01", VPC: "vpc-01", Main: true, Subnets: []string{}, Routes: []probe.TableRoute{
				{Destination: network("10.20.0.0/16"), Target: "local", State: "active"},
				{Destination: network("0.0.0.0/0"), Target: "nat-01", State: "active"},
				{Destination: network("10.99.0.0/16"), Target: "pcx-01", State: "blackhole"},
				{List: "pl-01", Target: "vpce-01", State: "active"},
				{Destination: network("::/0"), Target: "eigw-01", State: "active"},
				{Destination: network("192.168.0.0/16"), Target: "tgw-01", State: "active"},
				{Destination: network("192.168.1.0/24"), Target: "eni-09", State: "active"},
			},
		}, {
			ID: "rtb-02", VPC: "vpc-01", Subnets: []string{"subnet-0a1"}, Routes: []probe.TableRoute{
				{Destination: network("0.0.0.0/0"), Target: "igw-01", State: "active"},
			},
		}, {
			ID: "rtb-03", VPC: "vpc-01", Subnets: []string{"subnet-0f9"}, Routes: []probe.TableRoute{
				{Destination: network("10.20.0.0/16"), Target: "local", State: "active"},
			},
		}},
		NATGateways: []probe.NATGateway{{
			ID: "nat-01", VPC: "vpc-01", Subnet: "subnet-0a1", State: "failed", Connectivity: "public",
			Public: []netip.Addr{address("3.5.7.11")}, Failure: "no internet gateway",
		}},
		Internet: []probe.InternetGateway{{ID: "igw-01", VPC: "vpc-01", State: "available"}},
		ACLs: []probe.NetworkACL{{
			ID: "acl-01", VPC: "vpc-01", Default: true, Subnets: []string{"subnet-0a1", "subnet-0b2"},
			Ingress: []probe.AccessRule{
				{Number: 100, Protocol: "tcp", First: 443, Last: 443, Networks: networks("0.0.0.0/0")},
				{Number: 32767, Deny: true, Protocol: "all", Last: 65535, Networks: networks("0.0.0.0/0")},
			},
			Egress: []probe.AccessRule{
				{Number: 101, Protocol: "icmpv6", Last: 65535, Networks: networks("::/0")},
			},
		}},
		VPCs: []probe.VPC{{ID: "vpc-01", CIDR: network("10.20.0.0/16"), CIDRs: networks("10.20.0.0/16", "100.64.0.0/16")}},
		Endpoints: []probe.VPCEndpoint{{
			ID: "vpce-0d1", Service: "com.amazonaws.us-east-1.highlander", State: "available", Owner: "123456789012",
			VPC: "vpc-01", Subnets: []string{"subnet-0a1"}, Groups: []string{"sg-0aaaaaaaaaaaaaaa1"}, Records: "dualstack",
			Names: []string{"vpce-0d1.highlander.us-east-1.vpce.amazonaws.com"},
		}},
		Roles: []probe.RoleDetail{{
			Name: account.DefaultRole, Boundary: "arn:aws:iam::123456789012:policy/limits",
			Trusts: []probe.TrustRule{
				{Effect: "Allow", Services: []string{"workspaces.amazonaws.com"}, Actions: []string{"sts:AssumeRole"}},
				{Effect: "Deny", Services: []string{}, Others: true, Actions: []string{"sts:*"}, Condition: true},
			},
		}, {
			Name: account.CertificateRole, Trusts: []probe.TrustRule{
				{Effect: "Allow", Services: []string{"prod.euc.ecm.amazonaws.com"}, Actions: []string{"sts:AssumeRole"}},
			},
		}},
		Policies: []probe.RolePoliciesDetail{{
			Name: account.DefaultRole, Attached: []string{"AmazonWorkSpacesServiceAccess"}, Inline: []probe.InlinePolicy{
				{Name: "SkyLightServiceAccess", Allowed: []string{"ec2:createnetworkinterface", "ec2:describe*"},
					Denied: []string{"ec2:deletenetworkinterface"}},
				{Name: "SkyLightSelfServiceAccess", Allowed: []string{"workspaces:rebootworkspaces"}, Narrow: true},
			},
		}},
		Series: []probe.Series{
			{Metric: "ConnectionAttempt", Dimension: "WorkspaceId", Of: SampleWorkspace, Statistic: "Sum",
				Points: []probe.Point{{At: SampleTime, Value: 2}, {At: SampleTime.Add(5 * time.Minute), Value: 3}}},
			{Metric: "ConnectionFailure", Dimension: "DirectoryId", Of: SampleDirectory, Statistic: "Sum", Incomplete: true,
				Points: []probe.Point{{At: SampleTime, Value: 41}}},
			{Metric: "InSessionLatency", Dimension: "WorkspaceId", Of: SampleWorkspace, Statistic: "Maximum",
				Points: []probe.Point{{At: SampleTime, Value: 187.5}}},
		},
		Changes: map[string][]probe.Change{
			"workspaces.amazonaws.com": {{
				At: SampleTime, Event: "RevokeIpRules", By: "jane", From: address("198.51.100.9"),
				Resources: []string{"wsipg-4kf0vjq11"}, Failed: "AccessDenied",
			}},
		},
	}
}
