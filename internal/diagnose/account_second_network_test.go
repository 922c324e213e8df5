package diagnose

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// just are layers that may be named.
func just(ids ...layer.ID) []layer.ID { return ids }

const aside = "sg-0a000000000000aa" // a group that the directory does not know of

// secondGroups are accounts whose security groups look wrong, or are.
func secondGroups() []secondCase {
	const web = "0.0.0.0/0"
	return []secondCase{
		{
			name: "egress to the controllers' group", status: quiet,
			why: "a rule may name a group: the directory's interfaces are its members",
			do: func(s *second) {
				s.group(world.Members).Egress = []probe.AccessRule{{Protocol: "all", Last: 65535, Groups: []string{world.Controllers}}, rule("tcp", 443, 443, web)}
			},
		}, {
			name: "egress to a group without the directory", status: wary, layers: just(layer.PrimaryInterface), suspects: just(layer.PrimaryInterface),
			why: "the directory's interfaces were read, and none of them is in that group",
			do: func(s *second) {
				s.Groups = append(s.Groups, probe.SecurityGroup{ID: aside, VPC: world.VPCID})
				s.group(world.Members).Egress = []probe.AccessRule{{Protocol: "all", Last: 65535, Groups: []string{aside}}, rule("tcp", 443, 443, web)}
			},
		}, {
			name: "egress in two halves", status: quiet,
			why: "0.0.0.0/1 and 128.0.0.0/1 are everywhere",
			do: func(s *second) {
				s.group(world.Members).Egress = []probe.AccessRule{every("0.0.0.0/1"), every("128.0.0.0/1")}
			},
		}, {
			name: "egress in one rule for each server", status: quiet,
			why: "each server has its rules; no single rule has to hold both",
			do: func(s *second) {
				s.group(world.Members).Egress = []probe.AccessRule{every("10.0.0.10/32"), every("10.0.1.10/32"), rule("tcp", 443, 443, web)}
			},
		}, {
			name: "egress of all TCP and the UDP that a logon needs", status: calm,
			why: "DNS, Kerberos, CLDAP and the clock are all that a logon asks by UDP",
			do: func(s *second) {
				s.group(world.Members).Egress = []probe.AccessRule{rule("tcp", 0, 65535, web), rule("udp", 53, 53, web), rule("udp", 88, 88, web), rule("udp", 123, 123, web), rule("udp", 389, 389, web), rule("udp", 464, 464, web)}
			},
		}, {
			name: "egress of TCP alone", status: wary, layers: just(layer.PrimaryInterface), suspects: just(layer.PrimaryInterface),
			why: "Windows asks its name server by UDP, and finds no domain controller",
			do:  func(s *second) { s.group(world.Members).Egress = []probe.AccessRule{rule("tcp", 0, 65535, web)} },
		}, {
			name: "egress of IPv6 alone", status: broken, layers: just(layer.PrimaryInterface),
			why: "the servers have IPv4 addresses alone",
			do:  func(s *second) { s.group(world.Members).Egress = []probe.AccessRule{every("::/0")} },
		}, {
			name: "egress with high ports of today's Windows", status: calm,
			why: "domain controllers have given dynamic ports from 49152 on since 2008",
			do: func(s *second) {
				list := world.ControllerPorts(net("10.0.0.0/16"))
				list = slices.DeleteFunc(list, func(r probe.AccessRule) bool { return r.First == 1024 })
				s.group(world.Members).Egress = append(list, rule("tcp", 49152, 65535, "10.0.0.0/16"), rule("tcp", 443, 443, web))
			},
		}, {
			name: "egress to the VPC alone", status: calm, layers: just(layer.VPCEgress, layer.PrimaryInterface),
			why: "logon needs the directory, and not the internet; the stream needs neither",
			do:  func(s *second) { s.group(world.Members).Egress = []probe.AccessRule{every("10.0.0.0/16")} },
		}, {
			name: "a second group opens what the first shuts", status: quiet,
			why: "what one group of an interface permits is permitted, whoever attached it",
			do: func(s *second) {
				s.group(world.Members).Egress = []probe.AccessRule{}
				s.Groups = append(s.Groups, probe.SecurityGroup{ID: aside, VPC: world.VPCID, Egress: []probe.AccessRule{every(web)}})
				s.card().Groups = []string{world.Members, aside}
			},
		}, {
			name: "a custom group that this interface lacks is shut", status: quiet,
			why: "a custom group reaches new WorkSpaces alone: this one is older, and has it not",
			do: func(s *second) {
				s.dir().CustomGroup = aside
				s.Groups = append(s.Groups, probe.SecurityGroup{ID: aside, VPC: world.VPCID, Egress: []probe.AccessRule{}})
			},
		}, {
			name: "another open group in place of the members'", status: mild, layers: just(layer.PrimaryInterface),
			why: "nothing filters less, and the controllers permit by address: worth a remark, no fault of today",
			do: func(s *second) {
				s.Groups = append(s.Groups, probe.SecurityGroup{ID: aside, VPC: world.VPCID, Egress: []probe.AccessRule{every(web)}})
				s.card().Groups = []string{aside}
			},
		}, {
			name: "another open group, and controllers by the members'", status: broken, layers: just(layer.PrimaryInterface, layer.DirectoryDNS),
			why: "the controllers permit members of a group in which this interface no longer is",
			do: func(s *second) {
				s.Groups = append(s.Groups, probe.SecurityGroup{ID: aside, VPC: world.VPCID, Egress: []probe.AccessRule{every(web)}})
				s.card().Groups = []string{aside}
				s.group(world.Controllers).Ingress = []probe.AccessRule{{Protocol: "all", Last: 65535, Groups: []string{world.Members}}}
			},
		}, {
			name: "a secondary CIDR that the controllers do not know", status: broken, layers: just(layer.DirectoryDNS),
			why: "AWS's rules permit the VPC's primary range alone",
			do:  func(s *second) { s.secondary() },
		}, {
			name: "a secondary CIDR that was let in", status: quiet,
			why: "somebody added the subnet to the controllers' group",
			do: func(s *second) {
				s.secondary()
				s.group(world.Controllers).Ingress = append(s.group(world.Controllers).Ingress, every("100.64.1.0/24"))
			},
		}, {
			name: "controllers by a prefix list", status: mild,
			why: "whom a prefix list holds was not read: it may hold the subnet",
			do: func(s *second) {
				s.group(world.Controllers).Ingress = []probe.AccessRule{{Protocol: "all", Last: 65535, Lists: []string{"pl-0a00000000000001"}}}
			},
		}, {
			name: "controllers open to the world", status: calm, layers: just(layer.DirectoryDNS, layer.Directory),
			why: "a risk, and nothing that keeps a user away",
			do:  func(s *second) { s.group(world.Controllers).Ingress = []probe.AccessRule{every(web)} },
		}, {
			name: "groups of a shared directory are another account's", status: mild,
			why: "a Managed AD that was shared has its group and subnets in the owner's account",
			do: func(s *second) {
				s.svc().Type, s.svc().VPC, s.svc().Subnets, s.svc().SecurityGroup = "SharedMicrosoftAD", "", nil, ""
				s.managedDNS("10.50.0.10", "10.50.1.10")
				s.route("10.50.0.0/16", "pcx-0a00000000000001")
				s.Groups, s.World.Interfaces = s.Groups[:1], s.World.Interfaces[:2]
			},
		},
	}
}

// secondary moves the WorkSpace into a subnet of the VPC's secondary range.
func (s *second) secondary() {
	const subnet = "subnet-0a00000000000003"
	s.Subnets = append(s.Subnets, probe.Subnet{ID: subnet, VPC: world.VPCID, Zone: "us-east-1b", ZoneID: "use1-az2", State: "available", CIDR: net("100.64.1.0/24"), Free: 90, MapPublic: true})
	s.dir().Subnets = []string{subnet, world.SubnetB}
	s.VPCs[0].CIDRs = append(s.VPCs[0].CIDRs, net("100.64.0.0/16"))
	s.route("100.64.0.0/16", "local")
	s.table().Subnets = append(s.table().Subnets, subnet)
	s.acl().Subnets = append(s.acl().Subnets, subnet)
	s.mine().Address, s.mine().Subnet = at("100.64.1.21"), subnet
	s.card().Address, s.card().Subnet = at("100.64.1.21"), subnet
}

func (s *second) managedDNS(servers ...string) {
	s.svc().DNS, s.dir().DNS = ats(servers...), ats(servers...)
}

// secondRoutes are accounts whose route tables look wrong, or are.
func secondRoutes() []secondCase {
	both := just(layer.DirectoryDNS, layer.VPCEgress)
	return []secondCase{
		{
			name: "Managed AD in a peered VPC", status: quiet,
			why: "the servers are routed to, and the controllers let the WorkSpaces' range in",
			do: func(s *second) {
				s.managedIn("vpc-0b00000000000001", "10.50.0.10", "10.50.1.10")
				s.route("10.50.0.0/16", "pcx-0a00000000000001")
			},
		}, {
			name: "Managed AD in a peered VPC that lets its own range in", status: broken, layers: just(layer.DirectoryDNS),
			why: "AWS's rules permit the primary range of the directory's VPC, where no WorkSpace is",
			do: func(s *second) {
				s.managedIn("vpc-0b00000000000001", "10.50.0.10", "10.50.1.10")
				s.route("10.50.0.0/16", "pcx-0a00000000000001")
				s.group(world.Controllers).Ingress = world.ControllerPorts(net("10.50.0.0/16"))
			},
		}, {
			name: "Managed AD behind a peering that is gone", status: broken, layers: both,
			why: "a blackhole drops what is sent to the directory",
			do: func(s *second) {
				s.managedIn("vpc-0b00000000000001", "10.50.0.10", "10.50.1.10")
				s.route("10.50.0.0/16", "pcx-0a00000000000001")
				s.table().Routes[2].State = "blackhole"
			},
		}, {
			name: "Managed AD in another VPC without a route", status: wary, layers: just(layer.DirectoryDNS), suspects: just(layer.DirectoryDNS),
			why: "an internet gateway takes no packet to a private address",
			do:  func(s *second) { s.managedIn("vpc-0b00000000000001", "10.50.0.10", "10.50.1.10") },
		}, {
			name: "AD Connector to servers behind a VPN", status: quiet,
			why: "the company's servers are routed to",
			do: func(s *second) {
				s.connector("192.168.10.10", "192.168.10.11")
				s.route("192.168.10.0/24", "vgw-0a00000000000001")
			},
		}, {
			name: "AD Connector to servers without a route", status: wary, layers: just(layer.DirectoryDNS), suspects: just(layer.DirectoryDNS),
			why: "an internet gateway takes no packet to a private address",
			do:  func(s *second) { s.connector("192.168.10.10", "192.168.10.11") },
		}, {
			name: "everything by a transit gateway", status: quiet,
			why: "company and internet both lie behind the transit gateway: central egress",
			do: func(s *second) {
				s.connector("192.168.10.10", "192.168.10.11")
				s.nat()
				s.out("tgw-0a00000000000001")
				s.NATGateways = nil
			},
		}, {
			name: "everything by a firewall's interface", status: quiet,
			why: "an instance that routes is a way out, too",
			do:  func(s *second) { s.nat(); s.out("eni-0a000000000000bb"); s.NATGateways = nil },
		}, {
			name: "everything by a gateway load balancer's endpoint", status: quiet,
			why: "inspection behind a VPC endpoint is a way out, too",
			do:  func(s *second) { s.nat(); s.out("vpce-0a000000000000bb"); s.NATGateways = nil },
		}, {
			name: "NAT gateway in another zone", status: quiet,
			why: "it costs money, and works",
			do:  func(s *second) { s.nat().Subnet = s.publicSubnet(world.GatewayID) },
		}, {
			name: "NAT gateway in a private subnet", status: worn, layers: just(layer.VPCEgress),
			why: "the gateway's own subnet has no route to an internet gateway",
			do:  func(s *second) { s.nat().Subnet = s.publicSubnet("") },
		}, {
			name: "private NAT gateway to a transit gateway", status: mild,
			why: "AWS's own design for ranges that overlap: what follows the transit gateway was not read",
			do: func(s *second) {
				n := s.nat()
				n.Connectivity, n.Public, n.Subnet = "private", nil, s.publicSubnet("tgw-0a00000000000001")
			},
		}, {
			name: "private NAT gateway to an internet gateway", status: unwell, layers: just(layer.VPCEgress), suspects: just(layer.VPCEgress),
			why: "an internet gateway drops what a private NAT gateway sends",
			do: func(s *second) {
				n := s.nat()
				n.Connectivity, n.Public, n.Subnet = "private", nil, s.publicSubnet(world.GatewayID)
			},
		}, {
			name: "gateways of a shared VPC are another account's", status: mild,
			why: "in a VPC that was shared the participant sees subnets and tables, not the owner's NAT gateways",
			do:  func(s *second) { s.nat(); s.NATGateways = nil },
		}, {
			name: "internet gateway of a shared VPC is another account's", status: mild,
			why: "the route is active, so its target is attached; the owner's gateway is not listed",
			do:  func(s *second) { s.Internet = nil },
		}, {
			name: "no way out, as intended", status: mild, layers: just(layer.VPCEgress), symptom: "loading-then-login", most: finding.Possible,
			why: "the directory gives no internet access; the stream ends at eth0, outside the VPC",
			do: func(s *second) {
				no := false
				s.dir().InternetAccess = &no
				s.table().Routes = s.table().Routes[:1]
				s.card().Public = netip.Addr{}
			},
		}, {
			name: "no public address, as intended", status: mild, layers: just(layer.VPCEgress, layer.PrimaryInterface), most: finding.Possible,
			why: "the directory gives no internet access; the stream does not need it",
			do: func(s *second) {
				no := false
				s.dir().InternetAccess = &no
				s.card().Public = netip.Addr{}
			},
		}, {
			name: "no public address where there should be one", status: worn, layers: just(layer.VPCEgress, layer.PrimaryInterface),
			why: "an internet gateway carries only what has a public address (D9)",
			do:  func(s *second) { s.card().Public = netip.Addr{} },
		}, {
			name: "default route by a prefix list", status: mild,
			why: "a list may hold 0.0.0.0/0; it was not read",
			do: func(s *second) {
				s.table().Routes[1] = probe.TableRoute{List: "pl-0a00000000000001", Target: world.GatewayID, State: "active"}
			},
		}, {
			name: "default route in two halves", status: quiet,
			why: "0.0.0.0/1 and 128.0.0.0/1 are everywhere",
			do: func(s *second) {
				s.table().Routes[1].Destination = net("0.0.0.0/1")
				s.route("128.0.0.0/1", world.GatewayID)
			},
		}, {
			name: "main table is a blackhole, the subnet has its own", status: quiet,
			why: "a subnet with a table of its own never asks the main one",
			do: func(s *second) {
				s.table().Main = false
				s.Tables = append(s.Tables, probe.RouteTable{ID: "rtb-0a000000000000aa", VPC: world.VPCID, Main: true, Routes: []probe.TableRoute{
					{Destination: net("10.0.0.0/16"), Target: "local", State: "active"}, {Destination: world.Everywhere, Target: "nat-0a000000000000aa", State: "blackhole"},
				}})
			},
		}, {
			name: "main table is sound, the subnet has its own without a way", status: worn, layers: just(layer.VPCEgress),
			why: "the subnet's own table counts",
			do: func(s *second) {
				s.Tables = append(s.Tables, probe.RouteTable{ID: "rtb-0a000000000000aa", VPC: world.VPCID, Subnets: []string{world.SubnetA}, Routes: s.table().Routes[:1]})
				s.table().Subnets = []string{world.SubnetB}
			},
		}, {
			name: "no association, so the main table", status: worn, layers: just(layer.VPCEgress),
			why: "a subnet without an association uses the main table, which leads nowhere",
			do: func(s *second) {
				s.table().Subnets, s.table().Routes = nil, s.table().Routes[:1]
				s.Tables = append(s.Tables, probe.RouteTable{ID: "rtb-0a000000000000aa", VPC: world.VPCID, Subnets: []string{world.SubnetB}, Routes: world.Healthy().Tables[0].Routes})
			},
		}, {
			name: "the other subnet has no way out", status: calm,
			why: "this user's WorkSpace is not in it",
			do: func(s *second) {
				s.table().Subnets = []string{world.SubnetA}
				s.Tables = append(s.Tables, probe.RouteTable{ID: "rtb-0a000000000000aa", VPC: world.VPCID, Subnets: []string{world.SubnetB}, Routes: []probe.TableRoute{
					{Destination: net("10.0.0.0/16"), Target: "local", State: "active"}, {Destination: world.Everywhere, Target: "nat-0a000000000000aa", State: "blackhole"},
				}})
			},
		}, {
			name: "a company route beside the management ranges", status: quiet,
			why: "192.168.0.0/16 is one of several ranges of the Region, of which AWS takes one that is free",
			do:  func(s *second) { s.route("192.168.0.0/16", "vgw-0a00000000000001") },
		}, {
			name: "BYOL range beside a company route", status: quiet,
			why: "172.28.0.0/16 ends where 172.29.0.0/16 begins",
			do:  func(s *second) { s.dedicated(); s.route("172.28.0.0/16", "vgw-0a00000000000001") },
		}, {
			name: "BYOL range inside a wider company route", status: wary, layers: just(layer.ManagementInterface), suspects: just(layer.ManagementInterface),
			why: "172.16.0.0/12 holds the range of eth0 (A13)",
			do:  func(s *second) { s.dedicated(); s.route("172.16.0.0/12", "vgw-0a00000000000001") },
		}, {
			name: "BYOL range is the VPC's own second one", status: wary, layers: just(layer.ManagementInterface), suspects: just(layer.ManagementInterface),
			why: "eth0 and eth1 then lie in one network",
			do: func(s *second) {
				s.dedicated()
				s.VPCs[0].CIDRs = append(s.VPCs[0].CIDRs, net("172.29.0.0/16"))
				s.route("172.29.0.0/16", "local")
			},
		},
	}
}

// dedicated makes the directory one of BYOL, with a range of eth0 of its own.
func (s *second) dedicated() {
	s.dir().Tenancy = "DEDICATED"
	s.World.Tenancy = probe.TenancyDetail{Support: "ENABLED", Management: net("172.29.0.0/16")}
}

// publicSubnet adds a subnet in another zone, whose default route leads to a target.
func (s *second) publicSubnet(target string) string {
	const id = "subnet-0a00000000000004"
	s.Subnets = append(s.Subnets, probe.Subnet{ID: id, VPC: world.VPCID, Zone: "us-east-1d", ZoneID: "use1-az6", State: "available", CIDR: net("10.0.9.0/24"), Free: 240})
	t := probe.RouteTable{ID: "rtb-0a000000000000aa", VPC: world.VPCID, Subnets: []string{id}, Routes: []probe.TableRoute{{Destination: net("10.0.0.0/16"), Target: "local", State: "active"}}}
	if target != "" {
		t.Routes = append(t.Routes, probe.TableRoute{Destination: world.Everywhere, Target: target, State: "active"})
	}
	s.Tables = append(s.Tables, t)
	return id
}

// secondACLs are accounts whose network ACLs look wrong, or are.
func secondACLs() []secondCase {
	const web = "0.0.0.0/0"
	return []secondCase{
		{
			name: "ACL denies after it allowed", status: quiet,
			why: "the first entry that fits decides",
			do: func(s *second) {
				s.acl().Egress = entries(every(web), deny(rule("udp", 53, 53, web)), deny(rule("tcp", 88, 88, web)))
			},
		}, {
			name: "ACL denies a host that is no server", status: quiet,
			why: "nobody logs on at 10.0.1.99",
			do:  func(s *second) { s.acl().Egress = entries(deny(every("10.0.1.99/32")), every(web)) },
		}, {
			name: "ACL denies DNS to the one server", status: broken, layers: just(layer.DirectoryDNS),
			why: "the only server lies in the other subnet, and UDP 53 is denied before everything is allowed",
			do: func(s *second) {
				s.managedDNS("10.0.1.10")
				s.acl().Egress = entries(deny(rule("udp", 53, 53, web)), deny(rule("tcp", 53, 53, web)), every(web))
			},
		}, {
			name: "ACL denies DNS within the subnet", status: quiet,
			why: "an ACL stands at the edge of a subnet: WorkSpace and server are in one",
			do: func(s *second) {
				s.managedDNS("10.0.0.10")
				s.acl().Egress = entries(deny(rule("udp", 53, 53, web)), deny(rule("tcp", 53, 53, web)), every(web))
			},
		}, {
			name: "ACL takes no UDP answers", status: wary, layers: just(layer.DirectoryDNS), suspects: just(layer.DirectoryDNS),
			why: "an ACL has no memory: the answer of the only name server comes to a high UDP port",
			do: func(s *second) {
				s.managedDNS("10.0.1.10")
				s.acl().Ingress = entries(rule("tcp", 0, 65535, web), rule("udp", 0, 1023, web))
			},
		}, {
			name: "ACL takes answers at Windows' own high ports", status: calm,
			why: "Windows sends from 49152 and above",
			do: func(s *second) {
				s.acl().Ingress = entries(every("10.0.0.0/16"), rule("tcp", 49152, 65535, web), rule("udp", 49152, 65535, web))
			},
		}, {
			name: "ACL of the other subnet shuts one of two servers", status: mild, layers: just(layer.DirectoryDNS), most: finding.Possible,
			why: "the other server lies beside the WorkSpace, and answers",
			do: func(s *second) {
				s.acl().Subnets = []string{world.SubnetA}
				s.ACLs = append(s.ACLs, probe.NetworkACL{ID: "acl-0a000000000000aa", VPC: world.VPCID, Subnets: []string{world.SubnetB}, Ingress: entries(), Egress: entries(every(web))})
			},
		}, {
			name: "ACL of the server's subnet shuts the only one", status: broken, layers: just(layer.DirectoryDNS),
			why: "what reaches the server's subnet is denied there",
			do: func(s *second) {
				s.managedDNS("10.0.1.10")
				s.acl().Subnets = []string{world.SubnetA}
				s.ACLs = append(s.ACLs, probe.NetworkACL{ID: "acl-0a000000000000aa", VPC: world.VPCID, Subnets: []string{world.SubnetB}, Ingress: entries(), Egress: entries(every(web))})
			},
		}, {
			name: "ACL of a subnet without WorkSpace or server", status: quiet,
			why: "nothing of this user's goes through it",
			do: func(s *second) {
				s.publicSubnet(world.GatewayID)
				s.ACLs = append(s.ACLs, probe.NetworkACL{ID: "acl-0a000000000000aa", VPC: world.VPCID, Subnets: []string{"subnet-0a00000000000004"}, Ingress: entries(), Egress: entries()})
			},
		}, {
			name: "ACL keeps the internet out", status: calm, layers: just(layer.VPCEgress),
			why: "logon works inside the VPC; what is lost is the internet",
			do: func(s *second) {
				s.acl().Ingress, s.acl().Egress = entries(every("10.0.0.0/16")), entries(every("10.0.0.0/16"))
				no := false
				s.dir().InternetAccess = &no
			},
		},
	}
}
