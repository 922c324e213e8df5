package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// secondDirectories are accounts whose directory looks wrong, or is.
func secondDirectories() []secondCase {
	return []secondCase{
		{
			name: "the same servers in another order", status: quiet,
			why: "a list of servers has no order",
			do:  func(s *second) { slices.Reverse(s.svc().DNS) },
		}, {
			name: "one of two servers moved", status: mild, layers: just(layer.DirectoryDNS), most: finding.Possible,
			why: "WorkSpaces still know one that answers",
			do:  func(s *second) { s.svc().DNS = ats("10.0.1.10", "10.0.0.60") },
		}, {
			name: "servers of a dual-stack directory", status: quiet,
			why: "the IPv6 addresses are the same servers'",
			do: func(s *second) {
				s.svc().Network = "Dual-stack"
				s.svc().DNS = append(s.svc().DNS, ats("2001:db8::10", "2001:db8::11")...)
			},
		}, {
			name: "users of Entra ID", status: quiet,
			why: "there is no Active Directory, and no Directory Service knows the directory",
			do:  func(s *second) { s.entra() },
		}, {
			name: "users of Entra ID, and egress of HTTPS alone", status: quiet,
			why: "without a domain nothing has to reach domain controllers",
			do: func(s *second) {
				s.entra()
				s.group(world.Members).Egress = []probe.AccessRule{rule("tcp", 443, 443, "0.0.0.0/0"), rule("tcp", 80, 80, "0.0.0.0/0"), rule("udp", 53, 53, "0.0.0.0/0")}
			},
		}, {
			name: "the Directory Service has lost the directory", status: wary, layers: just(layer.Directory, layer.DirectoryDNS), suspects: just(layer.Directory, layer.DirectoryDNS),
			why: "WorkSpaces has it registered, and it was deleted",
			do:  func(s *second) { s.Services = nil; s.World.Interfaces = s.World.Interfaces[:2] },
		}, {
			name: "one controller of several is impaired", status: unwell, layers: just(layer.Directory),
			suspects: just(layer.Directory), why: "users wait or are refused at times; the stage says so",
			do: func(s *second) {
				s.svc().Type, s.svc().Stage, s.svc().Reason = "MicrosoftAD", "Impaired", "domain controller 10.0.0.10 does not answer"
				s.Controllers = map[string][]probe.AccountController{world.DirectoryID: {{ID: "dc-1", Address: at("10.0.0.10"), Status: "Impaired"}, {ID: "dc-2", Address: at("10.0.1.10"), Status: "Active"}}}
			},
		}, {
			name: "a trust with another domain fails", status: mild, layers: just(layer.Directory), most: finding.Possible,
			why: "whether this user is of that domain is not known",
			do: func(s *second) {
				s.svc().Type = "MicrosoftAD"
				s.Trusts = map[string][]probe.Trust{world.DirectoryID: {{Domain: "old.example.com", State: "VerifyFailed"}}}
			},
		}, {
			name: "RADIUS is being set up", status: mild, layers: just(layer.Directory), most: finding.Possible,
			why: "it is under way, and has not failed",
			do:  func(s *second) { s.connector("10.0.0.10", "10.0.1.10"); s.svc().Radius = "Creating" },
		}, {
			name: "one of two interfaces of the directory is seen", status: calm, layers: just(layer.Directory, layer.DirectoryDNS),
			why: "the directory calls itself active, and its other server answers",
			do:  func(s *second) { s.World.Interfaces = s.World.Interfaces[:3] },
		}, {
			name: "the directory is being deregistered", status: broken, layers: just(layer.Directory),
			why: "it is soon gone, and takes no new sign-in for granted",
			do:  func(s *second) { s.dir().State = "DEREGISTERING" },
		}, {
			name: "no such directory here", status: wary, layers: just(layer.Directory), suspects: just(layer.Directory), spared: just(layer.VPCEgress, layer.DirectoryDNS),
			why: "deleted, or of another Region or account: in either case nothing of this account serves it",
			do:  func(s *second) { s.q.DirectoryID = "d-9067000099" },
		}, {
			name: "a code of another Region or account", status: wary, layers: just(layer.Directory), suspects: just(layer.Directory),
			why: "no directory here has it",
			do:  func(s *second) { s.World.Directories[0].Code, s.q.Code = "wsdoc+OTHER1", true },
		}, {
			name: "a connection alias that leads nowhere, and nobody used", status: quiet,
			why: "the user came with no such name",
			do: func(s *second) {
				s.Aliases = []probe.ConnectionAlias{{ID: "wsca-aaaaaaaa1", Name: "desktop.example.com", State: "CREATED", Associations: []probe.AliasAssociation{{Status: "NOT_ASSOCIATED"}}}}
			},
		}, {
			name: "DCV users, and the new experience forced", status: quiet,
			why: "the new experience does DCV",
			do:  func(s *second) { s.World.Clients[0].Experience, s.q.System = "FORCE_UI_2026", "windows" },
		}, {
			name: "PCoIP on a Mac, and the new experience forced", status: calm, layers: just(layer.StreamingHost),
			why: "the policy is of the Windows client",
			do: func(s *second) {
				s.mine().Protocols = []string{"PCOIP"}
				s.World.Clients[0].Experience, s.q.System = "FORCE_UI_2026", "macos"
			},
		}, {
			name: "PCoIP on what nobody told, and the new experience forced", status: wary, layers: just(layer.Directory), suspects: just(layer.Directory), most: finding.Likely,
			why: "on Windows it cannot connect; most use Windows, and not all",
			do: func(s *second) {
				s.mine().Protocols = []string{"PCOIP"}
				s.World.Clients[0].Experience = "FORCE_UI_2026"
			},
		}, {
			name: "a Pools directory has no WorkSpace of a user", status: mild, layers: nil, spared: just(layer.DirectoryDNS),
			why: "Pools give sessions; DescribeWorkspaces lists none for anybody",
			do: func(s *second) {
				s.dir().Workspaces = "POOLS"
				s.World.Workspaces, s.World.Connections = nil, nil
			},
		}, {
			name: "FIPS, SAML and TCP first", status: quiet,
			why: "settings, each of which works",
			do: func(s *second) {
				s.dir().Encryption, s.dir().SAML, s.dir().SAMLURL = "FIPS_VALIDATED", "ENABLED", "https://idp.example.com/app"
				s.dir().Preferred = "TCP"
			},
		},
	}
}

// entra makes the directory one of users that come from Microsoft Entra ID.
func (s *second) entra() {
	const id = "wsd-9067000001"
	d := s.dir()
	d.ID, d.Type, d.DNS, d.Identity = id, "CUSTOMER_MANAGED", nil, "CUSTOMER_MANAGED"
	s.Services, s.World.Interfaces = nil, s.World.Interfaces[:2]
	for i := range s.World.Workspaces {
		s.World.Workspaces[i].DirectoryID = id
	}
	s.World.Clients[0].Directory = id
	s.Groups = s.Groups[:1]
	for i := range s.Series {
		if s.Series[i].Dimension == "DirectoryId" {
			s.Series[i].Of = id
		}
	}
}

// secondAccess are accounts that look as if they kept a user out, or do.
func secondAccess() []secondCase {
	group := just(layer.IPAccessControl)
	return []secondCase{
		{
			name: "a rule with bits of a host", status: quiet,
			why: "203.0.113.77/24 is 203.0.113.0/24",
			do:  func(s *second) { s.letsIn([]string{"203.0.113.77/24"}, "203.0.113.5") },
		}, {
			name: "rules that overlap", status: quiet,
			why: "one that holds the address is enough",
			do: func(s *second) {
				s.letsIn([]string{"203.0.113.0/25", "203.0.113.64/26", "198.51.100.0/24"}, "203.0.113.77")
			},
		}, {
			name: "a rule for everybody", status: quiet,
			why: "0.0.0.0/0 holds every address",
			do:  func(s *second) { s.letsIn([]string{"198.51.100.0/24", "0.0.0.0/0"}, "203.0.113.77") },
		}, {
			name: "the last address of a range", status: quiet,
			why: "a /30 holds its last address, too",
			do:  func(s *second) { s.letsIn([]string{"203.0.113.76/30"}, "203.0.113.79") },
		}, {
			name: "the address after a range", status: broken, layers: group,
			why: "203.0.113.80 is in no rule",
			do:  func(s *second) { s.letsIn([]string{"203.0.113.76/30"}, "203.0.113.80") },
		}, {
			name: "an IPv6 address, and rules of IPv4", status: mild, layers: group, most: finding.Possible, dark: group,
			why: "clients connect by IPv4 unless they are told otherwise, and of that address nobody told",
			do:  func(s *second) { s.letsIn([]string{"203.0.113.0/24"}, "2001:db8::77") },
		}, {
			name: "two addresses, and the rules hold the one of IPv4", status: mild, layers: group, most: finding.Possible,
			why: "clients connect by IPv4 unless they are told otherwise",
			do:  func(s *second) { s.letsIn([]string{"203.0.113.0/24"}, "203.0.113.77", "2001:db8::77") },
		}, {
			name: "two addresses of which the rules hold one", status: unwell, layers: group, suspects: group, most: finding.Likely,
			why: "web traffic and streams may leave by different addresses, and either may be the one",
			do:  func(s *second) { s.letsIn([]string{"203.0.113.0/24"}, "203.0.113.77", "198.51.100.9") },
		}, {
			name: "rules that nobody can read", status: mild,
			why: "whom they let in is not known",
			do: func(s *second) {
				s.letsIn(nil, "203.0.113.77")
				s.World.IPGroups[0].Unread = []string{"office"}
			},
		}, {
			name: "a group that is gone", status: mild, layers: group, most: finding.Possible,
			why: "an answer without the group says nothing of its rules",
			do: func(s *second) {
				s.letsIn([]string{"198.51.100.0/24"}, "203.0.113.77")
				s.World.IPGroups = nil
			},
		}, {
			name: "one of two groups is gone", status: mild, layers: group, most: finding.Likely,
			why: "the rules of the second were not read, and may hold the address",
			do: func(s *second) {
				s.letsIn([]string{"198.51.100.0/24"}, "203.0.113.77")
				s.dir().IPGroups = append(s.dir().IPGroups, "wsipg-bbbbbbbb1")
			},
		}, {
			name: "rules, and nobody told the address", status: mild, layers: nil,
			why: "without the address nothing can be held against the rules",
			do:  func(s *second) { s.letsIn([]string{"198.51.100.0/24"}) },
		}, {
			name: "rules do not apply behind a VPC endpoint", status: quiet,
			why: "a directory with a streaming endpoint asks no IP access control group",
			do:  func(s *second) { s.streamsBy("10.0.0.0/8"); s.letsIn([]string{"198.51.100.0/24"}, "203.0.113.77") },
		}, {
			name: "Linux is denied, and nobody said Linux", status: quiet,
			why: "AWS denies Linux by default",
			do:  func(*second) {},
		}, {
			name: "a kind of device that the answer does not name", status: mild,
			why: "what is not named is not denied",
			do:  func(s *second) { s.q.System = "android" },
		}, {
			name: "Web Access to DCV", status: quiet,
			why: "it is allowed",
			do:  func(s *second) { s.q.System = "web" },
		}, {
			name: "a desk with Linux, and the user may have another", status: wary, layers: group, suspects: group, most: finding.Likely,
			why: "the desk that was looked at is denied; whether the user sits there nobody said",
			do:  func(s *second) { s.q.System, s.q.SystemSeen = "linux", true },
		}, {
			name: "trusted devices fail", status: unwell, layers: group, suspects: group, most: finding.Likely, symptom: "not-authorized",
			why: "CloudWatch counts devices without a certificate in the minutes of the fault (C2, b)",
			do: func(s *second) {
				s.Series = append(s.Series, world.Counted("TrustedDeviceValidationFailure", "DirectoryId", world.DirectoryID, 5, 3))
			},
		}, {
			name: "trusted devices of others failed yesterday", status: calm,
			why: "somebody else, at another time",
			do: func(s *second) {
				s.Series = append(s.Series, world.Counted("TrustedDeviceValidationFailure", "DirectoryId", world.DirectoryID, 1100, 1))
			},
		},
	}
}

// secondStates are accounts whose WorkSpace or interface looks wrong, or is.
func secondStates() []secondCase {
	host := just(layer.StreamingHost)
	another := (*second).another
	return []secondCase{
		{
			name: "another WorkSpace of the user is in error, and the code is this one's", status: calm,
			why: "the code leads to the directory of the sound one",
			do:  func(s *second) { another(s, "ERROR"); s.q.Code = true },
		}, {
			name: "another WorkSpace of the user is in error", status: unwell, layers: host, suspects: host, most: finding.Possible,
			why: "which of the two the user means nobody said",
			do:  func(s *second) { another(s, "ERROR") },
		}, {
			name: "the one that was asked about is sound, another one is not", status: quiet,
			why: "the question names the WorkSpace",
			do:  func(s *second) { another(s, "ERROR"); s.q.User, s.q.WorkspaceID = "", world.WorkspaceID },
		}, {
			name: "both WorkSpaces of the user are sound", status: quiet,
			why: "two are no fault",
			do:  func(s *second) { another(s, "AVAILABLE") },
		}, {
			name: "the user in other letters", status: quiet,
			why: "names of users have no case",
			do:  func(s *second) { s.q.User = "MMajor" },
		}, {
			name: "the user with the domain before", status: wary, layers: just(layer.Directory), suspects: just(layer.Directory), most: finding.Possible,
			why: "DescribeWorkspaces knows the bare name; the user may well have one",
			do:  func(s *second) { s.q.User = `corp\mmajor` },
		}, {
			name: "the protocol is being changed", status: unwell, layers: host, suspects: host,
			why: "up to 40 minutes without a desktop",
			do: func(s *second) {
				s.mine().State = "UPDATING"
				s.mine().Modifications = []probe.Modification{{Resource: "PROTOCOL", State: "UPDATE_IN_PROGRESS"}}
			},
		}, {
			name: "maintenance", status: unwell, layers: host, suspects: host,
			why: "not there yet",
			do:  func(s *second) { s.mine().State = "MAINTENANCE" },
		}, {
			name: "starting", status: unwell, layers: host, suspects: host,
			why: "wait: it is neither up nor broken",
			do:  func(s *second) { s.mine().State = "STARTING" },
		}, {
			name: "stopped by AutoStop, while the group is empty", status: broken, layers: just(layer.IPAccessControl),
			why: "sleep is normal; the empty group keeps everybody out",
			do:  func(s *second) { s.mine().State = "STOPPED"; s.letsIn(nil, "203.0.113.77") },
		}, {
			name: "stopped, and its interface is not listed", status: mild, layers: just(layer.PrimaryInterface), most: finding.Possible,
			why: "nothing runs; what its interface comes to shows at the next start",
			do:  func(s *second) { s.mine().State = "STOPPED"; s.World.Interfaces = s.World.Interfaces[1:] },
		}, {
			name: "not asked whether connected, and available", status: quiet,
			why: "UNKNOWN is what the service has not checked",
			do:  func(s *second) { s.World.Connections[0].State = "UNKNOWN" },
		}, {
			name: "never connected", status: quiet,
			why: "a new user's WorkSpace",
			do: func(s *second) {
				s.World.Connections[0].LastAt = time.Time{}
				s.Series = s.Series[2:]
			},
		}, {
			name: "being made, without an address", status: unwell, layers: host, suspects: host, spared: just(layer.PrimaryInterface),
			why: "PENDING has no address yet, so no interface is missing",
			do: func(s *second) {
				s.mine().State, s.mine().Address = "PENDING", netip.Addr{}
				s.World.Interfaces = s.World.Interfaces[1:]
			},
		}, {
			name: "the same address in another VPC", status: quiet,
			why: "private addresses are used again; the subnet tells which it is",
			do: func(s *second) {
				other := *s.card()
				other.ID, other.VPC, other.Subnet, other.Groups, other.Status = "eni-0b00000000000001", "vpc-0b00000000000001", "subnet-0b00000000000001", []string{"sg-0b00000000000001"}, "available"
				other.Description, other.Public = "RDSNetworkInterface", netip.Addr{}
				s.World.Interfaces = append([]probe.ENI{other}, s.World.Interfaces...)
			},
		}, {
			name: "only another VPC has the address", status: wary, layers: just(layer.PrimaryInterface), suspects: just(layer.PrimaryInterface),
			why: "the WorkSpace's interface was deleted; a stranger in another VPC has its address",
			do: func(s *second) {
				s.card().ID, s.card().VPC, s.card().Subnet, s.card().Groups = "eni-0b00000000000001", "vpc-0b00000000000001", "subnet-0b00000000000001", []string{"sg-0b00000000000001"}
				s.card().Description = "RDSNetworkInterface"
			},
		}, {
			name: "an interface that checks no source", status: quiet,
			why: "that lets it route; it hinders nothing",
			do:  func(s *second) { s.card().SourceDestCheck = false },
		}, {
			name: "a public address behind NAT", status: quiet,
			why: "the route decides, and the address is merely not used",
			do:  func(s *second) { s.nat(); s.card().Public = at("203.0.113.21") },
		}, {
			name: "a description in other letters", status: quiet,
			why: "public code shows both Workspaces and WorkSpaces",
			do: func(s *second) {
				s.card().Description = "Created by Amazon WorkSpaces for AWS account ID " + world.Account
			},
		}, {
			name: "an interface that takes nothing from the internet", status: mild,
			why: "DenyAllIgwTraffic is about what comes in by IPv6, and keeps elastic addresses off (EC2 API reference)",
			do:  func(s *second) { s.card().DenyAllIGW = true },
		}, {
			name: "the directory's other subnet is gone", status: calm, layers: just(layer.PrimaryInterface, layer.Directory, layer.VPCEgress),
			why: "new WorkSpaces cannot be made there; this one runs in the first",
			do: func(s *second) {
				s.Subnets, s.World.Interfaces = s.Subnets[:1], s.World.Interfaces[:3]
				s.managedDNS("10.0.0.10")
			},
		}, {
			name: "a subnet in a zone without WorkSpaces", status: calm, layers: just(layer.PrimaryInterface, layer.Directory, layer.VPCEgress),
			why: "that hinders what is to be made, not what runs",
			do:  func(s *second) { s.Subnets[1].ZoneID = "use1-az3" },
		},
	}
}

// another gives the user a second WorkSpace, in another directory.
func (s *second) another(state string) {
	other := *s.mine()
	other.ID, other.DirectoryID, other.State, other.Address = "ws-abcdefgh3", "d-9067000002", state, at("10.0.0.23")
	s.World.Workspaces = append(s.World.Workspaces, other)
	d := account.Directory{Code: "wsdoc+OTHER1", RegisteredDirectory: *s.dir()}
	d.ID = "d-9067000002"
	s.World.Directories = append(s.World.Directories, d)
	service := *s.svc()
	service.ID = d.ID
	s.Services = append(s.Services, service)
	card := *s.card()
	card.ID, card.Address = "eni-0a00000000000003", other.Address
	s.World.Interfaces = append(s.World.Interfaces, card)
	s.World.Connections = append(s.World.Connections, probe.WorkspaceConnection{WorkspaceID: other.ID, State: "UNKNOWN"})
}
