package diagnose

import (
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// secondThoughts are accounts that the second author thought of after reading the rules:
// each is what one of them did not ask.
func secondThoughts() []secondCase {
	directory, host := just(layer.Directory), just(layer.StreamingHost)
	return []secondCase{
		{
			name: "a Pools directory, by its code", status: mild, dark: directory,
			why: "a pool's user has no WorkSpace of their own in any directory",
			do: func(s *second) {
				s.dir().Workspaces, s.q.Code = "POOLS", true
				s.World.Workspaces, s.World.Connections = nil, nil
			},
		}, {
			name: "a directory of which the Directory Service may not tell", status: mild, dark: directory,
			why: "it is inoperable, and nobody who asked may know: then it is not called well",
			do: func(s *second) {
				s.svc().Stage = "Inoperable"
				s.Fails = map[string]probe.Failure{"ds:DescribeDirectories": probe.AccessDenied}
			},
		}, {
			name: "a state of tomorrow", status: open, suspects: host,
			why: "what no list holds is not AVAILABLE",
			do:  func(s *second) { s.mine().State = "MODIFYING" },
		}, {
			name: "controllers in a further group that lets in", status: quiet,
			why: "AWS's guide on tighter network security has groups added to the controllers' interfaces",
			do: func(s *second) {
				s.group(world.Controllers).Ingress = world.ControllerPorts(net("10.255.0.0/16"))
				s.Groups = append(s.Groups, probe.SecurityGroup{ID: aside, VPC: world.VPCID, Ingress: world.ControllerPorts(net("10.0.0.0/16")), Egress: []probe.AccessRule{every("0.0.0.0/0")}})
				for i := range s.World.Interfaces[2:] {
					s.World.Interfaces[2+i].Groups = []string{world.Controllers, aside}
				}
			},
		}, {
			name: "controllers in a peered VPC, let in by a further group", status: quiet,
			why: "the same, where the WorkSpace's VPC is another",
			do: func(s *second) {
				s.managedIn("vpc-0b00000000000001", "10.50.0.10", "10.50.1.10")
				s.route("10.50.0.0/16", "pcx-0a00000000000001")
				s.group(world.Controllers).Ingress = world.ControllerPorts(net("10.50.0.0/16"))
				s.Groups = append(s.Groups, probe.SecurityGroup{ID: aside, VPC: "vpc-0b00000000000001", Ingress: []probe.AccessRule{every("10.0.0.0/16")}})
				for i := range s.World.Interfaces[2:] {
					s.World.Interfaces[2+i].Groups = []string{world.Controllers, aside}
				}
			},
		}, {
			name: "servers behind a NAT gateway that leads to a VPN", status: quiet,
			why: "a public NAT gateway may lead to a company network, too (VPC user guide, NAT gateways)",
			do: func(s *second) {
				s.connector("192.168.10.10", "192.168.10.11")
				s.nat().Subnet = s.publicSubnet(world.GatewayID)
				t := &s.Tables[len(s.Tables)-1]
				t.Routes = append(t.Routes, probe.TableRoute{Destination: net("192.168.0.0/16"), Target: "vgw-0a00000000000001", State: "active"})
			},
		}, {
			name: "servers behind a NAT gateway that leads to the internet alone", status: wary,
			layers: just(layer.DirectoryDNS), suspects: just(layer.DirectoryDNS),
			why: "private addresses end at the internet gateway",
			do: func(s *second) {
				s.connector("192.168.10.10", "192.168.10.11")
				s.nat().Subnet = s.publicSubnet(world.GatewayID)
			},
		}, {
			name: "servers behind a NAT gateway whose table nobody saw", status: mild,
			why: "where it leads is not known",
			do: func(s *second) {
				s.connector("192.168.10.10", "192.168.10.11")
				s.nat().Subnet = "subnet-0a00000000000004"
				s.table().Main = false
			},
		}, {
			name: "servers with public addresses", status: mild,
			why: "the internet may lead to them",
			do:  func(s *second) { s.connector("203.0.113.10", "203.0.113.11") },
		}, {
			name: "servers that routes by a prefix list may lead to", status: mild,
			why: "what the list holds was not read",
			do: func(s *second) {
				s.connector("192.168.10.10", "192.168.10.11")
				s.table().Routes = append(s.table().Routes, probe.TableRoute{List: "pl-0a00000000000001", Target: "tgw-0a00000000000001", State: "active"})
			},
		}, {
			name: "one server routed to, the other not", status: mild,
			layers: just(layer.DirectoryDNS), most: finding.Possible,
			why: "one server is enough",
			do: func(s *second) {
				s.connector("192.168.10.10", "192.168.20.10")
				s.route("192.168.10.0/24", "vgw-0a00000000000001")
			},
		}, {
			name: "PCoIP beside a VPC endpoint, and rules without the address", status: wary,
			layers: just(layer.IPAccessControl), suspects: just(layer.IPAccessControl), most: finding.Possible,
			why: "AWS says that groups do not apply to such a directory, and not what that means to PCoIP",
			do: func(s *second) {
				s.mine().Protocols = []string{"PCOIP"}
				s.streamsBy("10.0.0.0/8")
				s.letsIn([]string{"198.51.100.0/24"}, "203.0.113.77")
			},
		}, {
			name: "the server's ACL takes questions and forgets answers", status: wary,
			layers: just(layer.DirectoryDNS), suspects: just(layer.DirectoryDNS),
			why: "what the server answers leaves its subnet for a high port, which its ACL denies",
			do: func(s *second) {
				s.managedDNS("10.0.1.10")
				s.acl().Subnets = []string{world.SubnetA}
				s.ACLs = append(s.ACLs, probe.NetworkACL{
					ID: "acl-0a000000000000aa", VPC: world.VPCID, Subnets: []string{world.SubnetB},
					Ingress: entries(every("0.0.0.0/0")), Egress: entries(rule("tcp", 443, 443, "0.0.0.0/0")),
				})
			},
		}, {
			name: "the server's ACL lets the VPC in and out", status: quiet,
			why: "the WorkSpace is in the VPC",
			do: func(s *second) {
				s.managedDNS("10.0.1.10")
				s.acl().Subnets = []string{world.SubnetA}
				s.ACLs = append(s.ACLs, probe.NetworkACL{
					ID: "acl-0a000000000000aa", VPC: world.VPCID, Subnets: []string{world.SubnetB},
					Ingress: entries(every("10.0.0.0/16")), Egress: entries(every("10.0.0.0/16")),
				})
			},
		},
		{
			name: "the right code, and an alias that leads nowhere", status: quiet,
			why: "the code leads to the user's directory, so the alias is not what the user typed",
			do: func(s *second) {
				s.q.Code = true
				s.Aliases = []probe.ConnectionAlias{{ID: "wsca-aaaaaaaa1", Name: "desktop.example.com", State: "CREATED", Associations: []probe.AliasAssociation{{Status: "NOT_ASSOCIATED"}}}}
			},
		}, {
			name: "both WorkSpaces of the user are in error", status: broken, layers: host,
			why: "whichever the user means cannot be used",
			do:  func(s *second) { s.another("ERROR"); s.mine().State = "ERROR" },
		}, {
			name: "certificates for logon without SAML", status: quiet,
			why: "without SAML everybody signs in by password: no certificate is asked for",
			do:  func(s *second) { s.dir().Certificates = "ENABLED" },
		}, {
			name: "one of two that were connected is in error, and connected", status: mild, layers: nil,
			why: "AWS says that the user is connected to it",
			do: func(s *second) {
				s.another("ERROR")
				s.World.Connections[2].State = "CONNECTED"
			},
		}, {
			name: "connected, by a rule that is gone since", status: mild, layers: just(layer.IPAccessControl),
			why: "sessions that run go on; the next one is refused",
			do:  func(s *second) { s.letsIn(nil, "203.0.113.77"); s.World.Connections[0].State = "CONNECTED" },
		}, {
			name: "only a directory is asked about, whose other subnet has no way out", status: mild, layers: just(layer.VPCEgress),
			why: "nobody's WorkSpace is named; half of those that will be made lack the internet",
			do: func(s *second) {
				s.q.User, s.q.DirectoryID = "", world.DirectoryID
				s.table().Subnets = []string{world.SubnetA}
				s.Tables = append(s.Tables, probe.RouteTable{ID: "rtb-0a000000000000aa", VPC: world.VPCID, Subnets: []string{world.SubnetB}, Routes: []probe.TableRoute{
					{Destination: net("10.0.0.0/16"), Target: "local", State: "active"}, {Destination: world.Everywhere, Target: "nat-0a000000000000aa", State: "blackhole"},
				}})
			},
		}, {
			name: "UDP 4195 alone at the endpoint", status: unwell, layers: just(layer.StreamingGateway), suspects: just(layer.StreamingGateway),
			why: "a session is set up over TCP before it turns to UDP",
			do: func(s *second) {
				s.streamsBy()
				s.group("sg-0a00000000000005").Ingress = []probe.AccessRule{rule("udp", 4195, 4195, "10.0.0.0/8")}
			},
		}, {
			name: "an endpoint with a group nobody could read", status: mild,
			why: "what it permits is not known",
			do:  func(s *second) { s.streamsBy("10.0.0.0/8").Groups = []string{"sg-0b00000000000001"} },
		}, {
			name: "nobody may read EC2", status: mild, dark: just(layer.PrimaryInterface, layer.VPCEgress, layer.DirectoryDNS),
			why: "interface deleted, route a blackhole, group shut: what was not read is not well",
			do: func(s *second) {
				s.World.Interfaces = s.World.Interfaces[1:]
				s.table().Routes[1].State = "blackhole"
				s.group(world.Controllers).Ingress = nil
				s.Fails = map[string]probe.Failure{}
				for _, a := range []string{"NetworkInterfaces", "SecurityGroups", "Subnets", "RouteTables", "NatGateways", "InternetGateways", "NetworkAcls", "Vpcs", "VpcEndpoints"} {
					s.Fails["ec2:Describe"+a] = probe.AccessDenied
				}
			},
		},
	}
}
