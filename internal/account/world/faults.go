package world

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/account"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// brokenEndpoint is a fault of it, which only DCV notices.
func brokenEndpoint(change func(*draft, *probe.VPCEndpoint)) func(*draft) bool {
	return func(d *draft) bool {
		if d.mine().Protocols[0] == "PCOIP" || len(d.directory().Endpoints) > 0 || len(d.directory().IPGroups) > 0 {
			return false
		}
		change(d, d.endpoint())
		return true
	}
}

func ofDirectory(f drawnFault, change func(*draft)) drawnFault {
	f.do = func(d *draft) bool { change(d); return true }
	return f
}

func isFault(name string, layers []layer.ID, seen ...string) drawnFault {
	return drawnFault{Fault: Fault{Name: name, Layers: layers, Seen: seen}}
}

func on(ids ...layer.ID) []layer.ID { return ids }

// faults are what may be broken. The first word of a name is what it breaks.
var faults = []drawnFault{
	ofDirectory(isFault("state error", on(layer.StreamingHost)), func(d *draft) { d.mine().State, d.mine().Error = "ERROR", "internal error" }),
	ofDirectory(isFault("state maintenance", on(layer.StreamingHost)), func(d *draft) { d.mine().State = "ADMIN_MAINTENANCE" }),
	ofDirectory(isFault("state rebooting", on(layer.StreamingHost)), func(d *draft) { d.mine().State = "REBOOTING" }),
	{Fault{Name: "state of-tomorrow", Layers: on(layer.StreamingHost), Open: true}, func(d *draft) bool {
		d.mine().State = "MODIFYING"
		return true
	}},
	ofDirectory(isFault("state suspended", on(layer.StreamingHost)), func(d *draft) { d.mine().State = "SUSPENDED" }),
	{Fault{Name: "state unhealthy", Layers: on(layer.StreamingHost, layer.WorkspaceFirewall, layer.ManagementInterface), Open: true},
		func(d *draft) bool { d.mine().State = "UNHEALTHY"; return true }},
	ofDirectory(isFault("state by-hand", on(layer.StreamingHost)), func(d *draft) { d.mine().State, d.mine().RunningMode = "STOPPED", "MANUAL" }),
	{isFault("user none", on(layer.Directory)).Fault, func(d *draft) bool {
		d.mine().User = "somebody"
		d.Question.Code = true
		return true
	}},
	{isFault("code elsewhere", on(layer.Directory)).Fault, func(d *draft) bool {
		other := account.Directory{Code: Code, RegisteredDirectory: *d.directory()}
		other.ID, d.World.Directories[0].Code = "d-9067000002", "wsdoc+OTHER1"
		d.World.Directories = append(d.World.Directories, other)
		d.Question.Code = true
		return true
	}},
	{isFault("device denied", on(layer.IPAccessControl)).Fault, func(d *draft) bool { d.Question.System = "linux"; return true }},
	{isFault("addresses none", on(layer.IPAccessControl), "workspaces:DescribeIpGroups").Fault, func(d *draft) bool {
		if len(d.directory().Endpoints) > 0 {
			return false
		}
		d.directory().IPGroups, d.World.IPGroups = []string{IPGroupID}, []probe.IPGroup{{ID: IPGroupID, Rules: []netip.Prefix{}}}
		return true
	}},
	{isFault("addresses others", on(layer.IPAccessControl), "workspaces:DescribeIpGroups").Fault, func(d *draft) bool {
		if len(d.directory().Endpoints) > 0 {
			return false
		}
		d.directory().IPGroups, d.World.IPGroups = []string{IPGroupID}, []probe.IPGroup{{ID: IPGroupID, Rules: []netip.Prefix{prefix("198.51.100.0/24")}}}
		d.Question.Egress = []netip.Addr{addr("203.0.113.77")}
		return true
	}},
	{isFault("card deleted", on(layer.PrimaryInterface), "ec2:DescribeNetworkInterfaces").Fault, func(d *draft) bool {
		if d.mine().State != "AVAILABLE" {
			return false
		}
		d.World.Interfaces = slices.DeleteFunc(d.World.Interfaces, func(i probe.ENI) bool { return i.ID == CardID })
		return true
	}},
	{isFault("card detached", on(layer.PrimaryInterface), "ec2:DescribeNetworkInterfaces").Fault, func(d *draft) bool {
		if d.mine().State != "AVAILABLE" || d.card() == nil {
			return false
		}
		d.card().Status = "available"
		return true
	}},
	{isFault("groups replaced", on(layer.PrimaryInterface), "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups").Fault, func(d *draft) bool {
		if d.card() == nil {
			return false
		}
		d.card().Groups = []string{"sg-0a00000000000007"}
		d.World.Groups = append(d.World.Groups, probe.SecurityGroup{ID: "sg-0a00000000000007", VPC: VPCID, Egress: []probe.AccessRule{allow("tcp", 443, 443, Everywhere)}})
		return true
	}},
	{isFault("groups shut", on(layer.PrimaryInterface), "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ds:DescribeDirectories").Fault, func(d *draft) bool {
		if d.card() == nil || len(d.card().Groups) > 1 {
			return false
		}
		d.group(Members).Egress = []probe.AccessRule{allow("tcp", 443, 443, Everywhere), allow("udp", 123, 123, Everywhere)}
		return true
	}},
	{isFault("controllers shut", on(layer.DirectoryDNS), "ec2:DescribeSecurityGroups", "ds:DescribeDirectories").Fault, func(d *draft) bool {
		if d.service().Type == "ADConnector" || slices.Contains(d.Nuisances, "controllers-in-a-further-group") {
			return false
		}
		d.group(Controllers).Ingress = ControllerPorts(prefix("10.255.0.0/16")) // no VPC that is drawn has it
		return true
	}},
	{isFault("route none", on(layer.VPCEgress), "ec2:DescribeRouteTables").Fault, func(d *draft) bool {
		d.table().Routes = slices.DeleteFunc(d.table().Routes, func(r probe.TableRoute) bool { return r.Destination == Everywhere })
		return true
	}},
	{isFault("route blackhole", on(layer.VPCEgress), "ec2:DescribeRouteTables").Fault, func(d *draft) bool {
		d.table().Routes[1].Target, d.table().Routes[1].State = "nat-0a00000000000008", "blackhole"
		return true
	}},
	{isFault("route nat-failed", on(layer.VPCEgress), "ec2:DescribeRouteTables", "ec2:DescribeNatGateways").Fault, func(d *draft) bool {
		d.table().Routes[1].Target = NATID
		d.World.NATGateways = []probe.NATGateway{{ID: NATID, VPC: VPCID, State: "failed", Connectivity: "public"}}
		return true
	}},
	{isFault("route nat-enclosed", on(layer.VPCEgress), "ec2:DescribeRouteTables", "ec2:DescribeNatGateways").Fault, func(d *draft) bool {
		if len(d.World.NATGateways) == 0 || d.table().Routes[1].Target != NATID || len(d.World.Tables) < 2 {
			return false
		}
		d.World.Tables[1].Routes = d.World.Tables[1].Routes[:1]
		return true
	}},
	{isFault("servers unrouted", on(layer.DirectoryDNS), "ec2:DescribeRouteTables").Fault, func(d *draft) bool {
		vpn := slices.Contains(d.Nuisances, "servers-behind-a-vpn") // which is a route to them
		public := slices.ContainsFunc(d.table().Routes, func(r probe.TableRoute) bool { return r.Target == GatewayID })
		return public && !vpn && d.remote("192.168.77.10")
	}},
	{isFault("acl forgets-answers", on(layer.DirectoryDNS, layer.VPCEgress), "ec2:DescribeNetworkAcls", "ec2:DescribeSubnets").Fault, func(d *draft) bool {
		// Of two name servers one lies in the WorkSpace's own subnet, where no ACL is asked.
		if !d.alone() {
			return false
		}
		d.acl().Ingress = []probe.AccessRule{entry(100, false, "tcp", 443, 443, Everywhere), entry(32767, true, "all", 0, 65535, Everywhere)}
		return true
	}},
	{isFault("acl of-servers", on(layer.DirectoryDNS), "ec2:DescribeNetworkAcls", "ec2:DescribeSubnets").Fault, func(d *draft) bool {
		if !d.alone() || !d.vpc().Contains(d.directory().DNS[0]) {
			return false
		}
		d.acl().Subnets = []string{d.mine().Subnet}
		other := d.World.Subnets[slices.IndexFunc(d.World.Subnets, func(s probe.Subnet) bool { return s.ID != d.mine().Subnet })].ID
		d.World.ACLs = append(d.World.ACLs[:1], probe.NetworkACL{
			ID: "acl-0a00000000000003", VPC: VPCID, Subnets: []string{other},
			Ingress: []probe.AccessRule{entry(100, false, "tcp", 443, 443, Everywhere), entry(32767, true, "all", 0, 65535, Everywhere)}, Egress: OpenACL(),
		})
		return true
	}},
	{isFault("names moved", on(layer.DirectoryDNS), "ds:DescribeDirectories", "ec2:DescribeNetworkInterfaces").Fault, func(d *draft) bool {
		if d.service().Type == "ADConnector" || len(d.service().DNS) != 2 {
			return false
		}
		for i := range d.service().DNS {
			at := d.service().DNS[i].As4()
			at[3] = 60
			d.service().DNS[i] = netip.AddrFrom4(at)
			for j := range d.World.Interfaces {
				if d.World.Interfaces[j].Address == d.directory().DNS[i] {
					d.World.Interfaces[j].Address = d.service().DNS[i]
				}
			}
		}
		return true
	}},
	{isFault("directory inoperable", on(layer.Directory), "ds:DescribeDirectories").Fault, func(d *draft) bool {
		d.service().Stage, d.service().Reason = "Inoperable", "DNS unavailable (TCP port 53) for IP: 10.0.0.10"
		return true
	}},
	{isFault("directory radius", on(layer.Directory), "ds:DescribeDirectories").Fault, func(d *draft) bool { d.service().Radius = "Failed"; return true }},
	{Fault{Name: "directory deleted", Layers: on(layer.Directory), Seen: []string{"ds:DescribeDirectories"}, Open: true}, func(d *draft) bool {
		d.service().ID = "d-9067000009" // another one, which nobody asks for
		return true
	}},
	{isFault("directory error", on(layer.Directory)).Fault, func(d *draft) bool { d.directory().State = "ERROR"; return true }},
	{Fault{Name: "role missing", Layers: on(layer.Directory), Seen: []string{"iam:GetRole"}, Launch: true}, func(d *draft) bool {
		d.World.Roles, d.World.Policies = nil, nil
		return true
	}},
	{Fault{Name: "role untrusted", Layers: on(layer.Directory), Seen: []string{"iam:GetRole"}, Launch: true}, func(d *draft) bool {
		d.World.Roles[0].Trusts[0].Services = []string{"ec2.amazonaws.com"}
		return true
	}},
	{Fault{Name: "role powerless", Layers: on(layer.Directory), Seen: []string{"iam:ListAttachedRolePolicies"}, Launch: true}, func(d *draft) bool {
		d.World.Policies[0] = probe.RolePoliciesDetail{Name: "workspaces_DefaultRole", Attached: []string{"AmazonWorkSpacesSelfServiceAccess"}}
		return true
	}},
	{Fault{Name: "subnets full", Layers: on(layer.PrimaryInterface), Seen: []string{"ec2:DescribeSubnets"}, Launch: true}, func(d *draft) bool {
		d.World.Subnets[0].Free, d.World.Subnets[1].Free = 0, 0
		return true
	}},
	{Fault{Name: "group gone", Layers: on(layer.PrimaryInterface), Seen: []string{"ec2:DescribeSecurityGroups"}, Launch: true}, func(d *draft) bool {
		if d.directory().CustomGroup != "" {
			return false
		}
		d.directory().CustomGroup = "sg-0a0000000000000f"
		return true
	}},
	{isFault("endpoint dualstack", on(layer.StreamingGateway), "ec2:DescribeVpcEndpoints").Fault, brokenEndpoint(func(_ *draft, v *probe.VPCEndpoint) { v.Records = "dualstack" })},
	{isFault("endpoint deleting", on(layer.StreamingGateway), "ec2:DescribeVpcEndpoints").Fault, brokenEndpoint(func(_ *draft, v *probe.VPCEndpoint) { v.State = "deleting" })},
	{isFault("endpoint shut", on(layer.StreamingGateway), "ec2:DescribeVpcEndpoints", "ec2:DescribeSecurityGroups").Fault, brokenEndpoint(func(d *draft, _ *probe.VPCEndpoint) {
		d.group("sg-0a00000000000005").Ingress = []probe.AccessRule{allow("tcp", 22, 22, Everywhere)}
	})},
	{
		Fault{Name: "endpoint web-alone", Layers: on(layer.StreamingGateway), Seen: []string{"ec2:DescribeVpcEndpoints", "ec2:DescribeSecurityGroups"}, Open: true},
		brokenEndpoint(func(d *draft, _ *probe.VPCEndpoint) {
			d.group("sg-0a00000000000005").Ingress = []probe.AccessRule{allow("tcp", 443, 443, prefix("10.8.0.0/16")), allow("udp", 443, 443, prefix("10.8.0.0/16"))}
		}),
	},
	{isFault("endpoint no-fallback", on(layer.StreamingGateway)).Fault, func(d *draft) bool {
		if d.mine().Protocols[0] != "PCOIP" || len(d.directory().Endpoints) > 0 {
			return false
		}
		d.endpoint()
		d.directory().Fallback = nil
		return true
	}},
	{isFault("client forced", on(layer.Directory), "workspaces:DescribeClientProperties").Fault, func(d *draft) bool {
		if d.mine().Protocols[0] != "PCOIP" || d.Question.System == "linux" { // which may be what is denied
			return false
		}
		d.World.Clients[0].Experience, d.Question.System = "FORCE_UI_2026", "windows"
		return true
	}},
	{isFault("overlap management", on(layer.ManagementInterface), "workspaces:DescribeAccount", "ec2:DescribeRouteTables").Fault, func(d *draft) bool {
		d.directory().Tenancy = "DEDICATED"
		d.World.Tenancy = probe.TenancyDetail{Support: "ENABLED", Management: prefix("172.29.0.0/16")}
		d.table().Routes = append(d.table().Routes, probe.TableRoute{Destination: prefix("172.29.128.0/20"), Target: "tgw-0a00000000000001", State: "active"})
		return true
	}},
	{Fault{Name: "stream fails", Layers: on(layer.StreamingHost, layer.NetworkFirewall, layer.StreamingGateway, layer.WorkspaceFirewall, layer.ManagementInterface), Seen: []string{"cloudwatch:GetMetricData"}, Open: true},
		func(d *draft) bool {
			d.World.Series = append(d.World.Series, Counted("ConnectionAttempt", "WorkspaceId", WorkspaceID, 5, 2), Counted("ConnectionFailure", "WorkspaceId", WorkspaceID, 5, 2))
			return true
		}},
}

// alone leaves the directory the one name server that does not lie in the WorkSpace's
// subnet.
func (d *draft) alone() bool {
	subnet := d.World.Subnets[slices.IndexFunc(d.World.Subnets, func(s probe.Subnet) bool { return s.ID == d.mine().Subnet })].CIDR
	other := slices.DeleteFunc(slices.Clone(d.directory().DNS), func(a netip.Addr) bool { return subnet.Contains(a) })
	moved := !slices.Contains(d.service().DNS, d.directory().DNS[0]) // which this would take back
	if len(other) == 0 || moved {
		return false
	}
	d.directory().DNS, d.service().DNS = other, slices.Clone(other)
	return true
}
