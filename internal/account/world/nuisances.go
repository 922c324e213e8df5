package world

import (
	"net/netip"
	"slices"
	"time"

	"wsdoctor/probe"
)

// harmless are the actions without which a nuisance cannot be told from the fault that it
// looks like, so that an open verdict is right.
var harmless = map[string]string{"controllers-in-a-further-group": "ec2:DescribeNetworkInterfaces"}

// nuisances look like faults, and are none.
var nuisances = []struct {
	name string
	do   func(*draft) bool
}{
	{"others-in-error", func(d *draft) bool { d.World.Workspaces[1].State = "ERROR"; return true }},
	{"stopped-as-usual", func(d *draft) bool {
		if d.mine().RunningMode != "AUTO_STOP" {
			return false
		}
		d.mine().State = "STOPPED"
		return true
	}},
	{"ip-group-that-fits", func(d *draft) bool {
		d.directory().IPGroups = []string{IPGroupID, "wsipg-bbbbbbbb1"}
		d.World.IPGroups = []probe.IPGroup{
			{ID: IPGroupID, Rules: []netip.Prefix{prefix("198.51.100.0/24"), prefix("203.0.113.64/26")}}, {ID: "wsipg-bbbbbbbb1", Rules: []netip.Prefix{}},
		}
		d.Question.Egress = []netip.Addr{addr("203.0.113.77")}
		return true
	}},
	{"empty-group-of-others", func(d *draft) bool {
		d.World.IPGroups = append(d.World.IPGroups, probe.IPGroup{ID: "wsipg-cccccccc1", Rules: []netip.Prefix{}})
		return true
	}},
	{"egress-to-directory-and-web-alone", func(d *draft) bool {
		var servers []netip.Prefix
		for _, a := range d.directory().DNS {
			servers = append(servers, netip.PrefixFrom(a, 32))
		}
		d.group(Members).Egress = []probe.AccessRule{AnyTraffic(servers...), allow("tcp", 443, 443, Everywhere)}
		return true
	}},
	{"egress-by-custom-group", func(d *draft) bool {
		d.group(Members).Egress = nil
		d.World.Groups = append(d.World.Groups, probe.SecurityGroup{ID: "sg-0a00000000000009", VPC: VPCID, Egress: []probe.AccessRule{AnyTraffic(Everywhere)}})
		d.directory().CustomGroup = "sg-0a00000000000009"
		for i := range d.World.Interfaces[:2] {
			d.World.Interfaces[i].Groups = []string{Members, "sg-0a00000000000009"}
		}
		return true
	}},
	{"egress-by-prefix-list", func(d *draft) bool {
		d.group(Members).Egress = []probe.AccessRule{{Protocol: "all", Last: 65535, Lists: []string{"pl-0a00000000000001"}}}
		return true
	}},
	{"controllers-by-members-group", func(d *draft) bool {
		if d.service().Type == "ADConnector" {
			return false
		}
		d.group(Controllers).Ingress = []probe.AccessRule{{Protocol: "all", Last: 65535, Groups: []string{Members}}}
		return true
	}},
	{"blackhole-nobody-needs", func(d *draft) bool {
		d.table().Routes = append(d.table().Routes, probe.TableRoute{Destination: prefix("172.29.0.0/16"), Target: "pcx-0a00000000000001", State: "blackhole"})
		return true
	}},
	{"narrow-acl", func(d *draft) bool {
		if !d.vpc().Contains(d.directory().DNS[0]) {
			return false
		}
		d.acl().Default = false
		d.acl().Ingress = []probe.AccessRule{entry(100, false, "all", 0, 65535, d.vpc()), entry(200, false, "tcp", 1024, 65535, Everywhere), entry(210, false, "udp", 1024, 65535, Everywhere), entry(32767, true, "all", 0, 65535, Everywhere)}
		d.acl().Egress = []probe.AccessRule{entry(100, false, "all", 0, 65535, d.vpc()), entry(200, false, "tcp", 443, 443, Everywhere), entry(32767, true, "all", 0, 65535, Everywhere)}
		return true
	}},
	{"denies-what-nobody-needs", func(d *draft) bool {
		d.acl().Egress = append([]probe.AccessRule{entry(10, true, "tcp", 22, 23, Everywhere)}, d.acl().Egress...)
		return true
	}},
	{"more-name-servers", func(d *draft) bool {
		extra := d.service().DNS[0].As4()
		extra[3] = 99
		d.service().DNS = append(d.service().DNS, netip.AddrFrom4(extra))
		return true
	}},
	{"failed-yesterday", func(d *draft) bool {
		d.World.Series = append(d.World.Series, Counted("ConnectionAttempt", "WorkspaceId", WorkspaceID, 1100, 4), Counted("ConnectionFailure", "WorkspaceId", WorkspaceID, 1100, 4))
		return true
	}},
	{"failed-and-came-back", func(d *draft) bool {
		d.World.Series = append(d.World.Series, Counted("ConnectionAttempt", "WorkspaceId", WorkspaceID, 50, 2), Counted("ConnectionFailure", "WorkspaceId", WorkspaceID, 50, 2),
			Counted("ConnectionAttempt", "WorkspaceId", WorkspaceID, 20, 1), Counted("ConnectionSuccess", "WorkspaceId", WorkspaceID, 20, 1))
		return true
	}},
	{"endpoint-that-works", func(d *draft) bool {
		if len(d.directory().Endpoints) > 0 {
			return false
		}
		d.endpoint()
		return true
	}},
	{"another-subnet-is-full", func(d *draft) bool { d.World.Subnets[0].Free = 0; return true }},
	{"unneeded-nat-failed", func(d *draft) bool {
		d.World.NATGateways = append(d.World.NATGateways, probe.NATGateway{ID: "nat-0a00000000000009", VPC: VPCID, State: "failed", Connectivity: "public"})
		return true
	}},
	{"changes", func(d *draft) bool {
		d.World.Changes["workspaces.amazonaws.com"] = []probe.Change{{At: Now.Add(-time.Hour), Event: "AssociateIpGroups"}, {At: Now.Add(-50 * time.Minute), Event: "RebootWorkspaces", Failed: "AccessDenied"}}
		return true
	}},
	{"managed-elsewhere", func(d *draft) bool {
		d.World.Tenancy = probe.TenancyDetail{Support: "ENABLED", Management: prefix("172.29.0.0/16")} // and this directory is on shared hardware
		d.table().Routes = append(d.table().Routes, probe.TableRoute{Destination: prefix("172.29.128.0/20"), Target: "tgw-0a00000000000001", State: "active"})
		return true
	}},
	{"code-given", func(d *draft) bool { d.Question.Code = true; return true }},
	{"volume-grows", func(d *draft) bool {
		d.mine().Modifications = []probe.Modification{{Resource: "USER_VOLUME", State: "UPDATE_IN_PROGRESS"}}
		return true
	}},
	{"controllers-in-a-further-group", func(d *draft) bool {
		if d.service().Type == "ADConnector" {
			return false
		}
		d.World.Groups = append(d.World.Groups, probe.SecurityGroup{ID: furtherGroup, VPC: VPCID, Ingress: d.group(Controllers).Ingress})
		d.group(Controllers).Ingress = ControllerPorts(prefix("10.255.0.0/16"))
		for i := range d.World.Interfaces[2:] {
			d.World.Interfaces[2+i].Groups = []string{Controllers, furtherGroup}
		}
		return true
	}},
	{"gateways-of-another-account", func(d *draft) bool { // of a VPC that is shared with this one
		d.World.NATGateways, d.World.Internet = nil, nil
		return true
	}},
	{"all-by-a-transit-gateway", func(d *draft) bool {
		d.table().Routes[1].Target = "tgw-0a00000000000009"
		return true
	}},
	{"nat-without-addresses-of-the-internet", func(d *draft) bool { // which leads to a transit gateway
		if len(d.World.NATGateways) == 0 || d.table().Routes[1].Target != NATID || len(d.World.Tables) < 2 {
			return false
		}
		d.World.NATGateways[0].Connectivity, d.World.NATGateways[0].Public = "private", nil
		d.World.Tables[1].Routes[1].Target = "tgw-0a00000000000009"
		return true
	}},
	{"new-client-for-others", func(d *draft) bool {
		d.World.Clients[0].Experience, d.Question.System = "FORCE_UI_2026", "macos"
		return true
	}},
	{"group-that-does-not-apply", func(d *draft) bool {
		if len(d.directory().Endpoints) > 0 || d.mine().Protocols[0] == "PCOIP" {
			return false
		}
		d.endpoint()
		d.directory().IPGroups = []string{IPGroupID}
		d.World.IPGroups = []probe.IPGroup{{ID: IPGroupID, Rules: []netip.Prefix{prefix("198.51.100.0/24")}}}
		d.Question.Egress = []netip.Addr{addr("203.0.113.77")}
		return true
	}},
	{"from-ipv6-alone", func(d *draft) bool {
		if len(d.directory().Endpoints) > 0 {
			return false
		}
		d.directory().IPGroups = []string{IPGroupID}
		d.World.IPGroups = []probe.IPGroup{{ID: IPGroupID, Rules: []netip.Prefix{prefix("198.51.100.0/24")}}}
		d.Question.Egress = []netip.Addr{addr("2001:db8::77")}
		return true
	}},
	{"servers-behind-a-vpn", func(d *draft) bool {
		if !d.remote("192.168.77.10") {
			return false
		}
		d.table().Routes = append(d.table().Routes, probe.TableRoute{Destination: prefix("192.168.77.0/24"), Target: "vgw-0a00000000000001", State: "active"})
		return true
	}},
	{"acl-of-its-own-for-each-subnet", func(d *draft) bool {
		mine := d.mine().Subnet
		for _, s := range d.World.Subnets {
			if s.ID != mine {
				d.World.ACLs = append(d.World.ACLs, probe.NetworkACL{
					ID: "acl-0a00000000000002", VPC: VPCID, Subnets: []string{s.ID},
					Ingress: []probe.AccessRule{entry(100, false, "all", 0, 65535, d.vpc()), entry(32767, true, "all", 0, 65535, Everywhere)},
					Egress:  []probe.AccessRule{entry(100, false, "all", 0, 65535, d.vpc()), entry(32767, true, "all", 0, 65535, Everywhere)},
				})
			}
		}
		d.acl().Subnets = []string{mine}
		return true
	}},
}

// furtherGroup is one that somebody gave to the domain controllers' interfaces.
const furtherGroup = "sg-0a0000000000000b"

// remote makes the directory a connector to a server of the company, out of the VPC.
func (d *draft) remote(server string) bool {
	if slices.Contains(d.Nuisances, "egress-to-directory-and-web-alone") || slices.Contains(d.Nuisances, "narrow-acl") {
		return false // these let nothing out to such a server
	}
	d.service().Type, d.directory().Type = "ADConnector", "AD_CONNECTOR"
	d.service().DNS, d.directory().DNS = []netip.Addr{addr(server)}, []netip.Addr{addr(server)}
	return true
}
