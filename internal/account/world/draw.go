package world

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Drawn is a random account, what is asked of it, and the truth about it.
type Drawn struct {
	World    *World
	Question probe.QuestionDetail
	// Faults are what was done to it; empty: nothing is wrong. Nuisances look like faults
	// and are none.
	Faults    []Fault
	Nuisances []string
	Denied    []string // actions that the credentials may not use
}

// Fault is something that was broken on purpose.
type Fault struct {
	Name   string
	Layers []layer.ID // any of which is right to name
	// Seen are the actions without which nothing shows it.
	Seen []string
	// Open: it does not show whose fault it is, so that no layer may be named.
	Open bool
	// Launch: it breaks launches alone.
	Launch bool
}

// draft is a world under construction.
type draft struct {
	*rand.Rand
	Drawn
}

func (d *draft) mine() *probe.AccountWorkspace { return &d.World.Workspaces[0] }
func (d *draft) directory() *probe.RegisteredDirectory {
	return &d.World.Directories[0].RegisteredDirectory
}
func (d *draft) service() *probe.ServiceDirectory { return &d.World.Services[0] }
func (d *draft) table() *probe.RouteTable         { return &d.World.Tables[0] }
func (d *draft) acl() *probe.NetworkACL           { return &d.World.ACLs[0] }
func (d *draft) chance(of float64) bool           { return d.Float64() < of }
func (d *draft) group(id string) *probe.SecurityGroup {
	i := slices.IndexFunc(d.World.Groups, func(g probe.SecurityGroup) bool { return g.ID == id })
	return &d.World.Groups[i]
}

func (d *draft) card() *probe.ENI {
	i := slices.IndexFunc(d.World.Interfaces, func(i probe.ENI) bool { return i.ID == CardID })
	if i < 0 {
		return nil
	}
	return &d.World.Interfaces[i]
}

// Draw makes the account of a seed: a sound one of one of several builds, with up to four
// nuisances and up to two faults, of which nothing makes the other harmless.
func Draw(seed uint64) Drawn {
	d := &draft{Rand: rand.New(rand.NewPCG(seed, 14)), Drawn: Drawn{World: Healthy(), Question: probe.QuestionDetail{User: User}}}
	d.build()
	for range d.IntN(5) {
		n := nuisances[d.IntN(len(nuisances))]
		if !slices.Contains(d.Nuisances, n.name) && n.do(d) {
			d.Nuisances = append(d.Nuisances, n.name)
		}
	}
	for range d.IntN(3) {
		f := faults[d.IntN(len(faults))]
		if !slices.ContainsFunc(d.Faults, func(g Fault) bool { return g.Name == f.Name || shareSubject(f, g) }) && f.do(d) {
			d.Faults = append(d.Faults, f.Fault)
		}
	}
	if len(d.Faults) == 0 && d.chance(0.3) {
		d.World.Connections[0].State = "CONNECTED"
		d.Nuisances = append(d.Nuisances, "connected")
	}
	if d.chance(0.3) {
		d.World.Fails = map[string]probe.Failure{}
		for range 1 + d.IntN(3) {
			action := deniable[d.IntN(len(deniable))]
			d.World.Fails[action] = []probe.Failure{probe.AccessDenied, probe.AccessDenied, probe.Throttled, probe.Timeout}[d.IntN(4)]
			d.Denied = append(d.Denied, action)
		}
	}
	return d.Drawn
}

// Hidden: something that would show a fault was denied.
func (d Drawn) Hidden(f Fault) bool {
	return slices.ContainsFunc(f.Seen, func(a string) bool { return slices.Contains(d.Denied, a) })
}

// Doubtful: what would show that a nuisance is none was denied.
func (d Drawn) Doubtful() bool {
	return slices.ContainsFunc(d.Nuisances, func(name string) bool { return slices.Contains(d.Denied, harmless[name]) })
}

// shareSubject: of two faults of one thing the second undoes the first.
func shareSubject(f drawnFault, g Fault) bool {
	subject := func(name string) string { s, _, _ := strings.Cut(name, " "); return s }
	return subject(f.Name) == subject(g.Name)
}

var deniable = []string{
	"workspaces:DescribeWorkspacesConnectionStatus", "workspaces:DescribeIpGroups", "ds:DescribeDirectories",
	"ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeRouteTables",
	"ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeVpcEndpoints", "iam:GetRole",
	"iam:ListAttachedRolePolicies", "cloudwatch:GetMetricData", "workspaces:DescribeClientProperties", "workspaces:DescribeAccount",
}

// publicSubnet is that of a NAT gateway. Nothing else is in it.
const publicSubnet = "subnet-0a00000000000003"

// build chooses how the account was made: networks, kind of directory, way out, protocol.
func (d *draft) build() {
	w := d.World
	second := byte(16 + d.IntN(200))
	if d.chance(0.5) { // another VPC than Quick Setup's
		d.renumber(func(a netip.Addr) netip.Addr {
			if b := a.As4(); b[0] == 10 {
				b[1] = second
				return netip.AddrFrom4(b)
			}
			return a
		})
	}
	switch d.IntN(3) {
	case 0:
		d.service().Type = "MicrosoftAD"
	case 1:
		d.service().Type, d.directory().Type = "ADConnector", "AD_CONNECTOR"
		d.service().SecurityGroup = Controllers
		w.Groups[1].Ingress = nil // nobody asks a connector for names
	}
	if d.chance(0.5) {
		d.mine().Protocols = []string{"PCOIP"}
	}
	if d.chance(0.4) { // behind NAT, in a subnet of its own
		w.NATGateways = []probe.NATGateway{{
			ID: NATID, VPC: VPCID, Subnet: publicSubnet, State: "available", Connectivity: "public", Public: []netip.Addr{addr("203.0.113.200")},
		}}
		w.Tables = append(w.Tables, probe.RouteTable{
			ID: "rtb-0a00000000000002", VPC: VPCID, Subnets: []string{publicSubnet}, Routes: slices.Clone(d.table().Routes),
		})
		d.table().Routes[1].Target = NATID
		for i := range w.Interfaces {
			w.Interfaces[i].Public = netip.Addr{}
		}
	}
	if d.chance(0.5) { // WorkSpaces in the other subnet than the first name server
		d.mine().Subnet, d.card().Subnet, d.card().Zone = SubnetB, SubnetB, "us-east-1c"
		at := d.directory().DNS[1].As4()
		at[3] = 21
		d.mine().Address, d.card().Address = netip.AddrFrom4(at), netip.AddrFrom4(at)
	}
	if d.chance(0.3) {
		d.mine().RunningMode, d.mine().StopsAfter = "ALWAYS_ON", 0
	}
	if d.chance(0.3) {
		w.Policies[0] = probe.RolePoliciesDetail{Name: "workspaces_DefaultRole", Inline: []probe.InlinePolicy{{
			Name: "SkyLightServiceAccess", Allowed: []string{"ec2:createnetworkinterface", "ec2:deletenetworkinterface", "ec2:describe*"},
		}}}
	}
	if d.chance(0.5) {
		d.Question.System = []string{"windows", "macos", "web"}[d.IntN(3)]
	}
}

// renumber moves every address of the VPC.
func (d *draft) renumber(to func(netip.Addr) netip.Addr) {
	w := d.World
	p := func(x netip.Prefix) netip.Prefix {
		if x.Bits() == 0 {
			return x
		}
		return netip.PrefixFrom(to(x.Addr()), x.Bits())
	}
	for i := range w.Workspaces {
		w.Workspaces[i].Address = to(w.Workspaces[i].Address)
	}
	for i := range w.Interfaces {
		w.Interfaces[i].Address = to(w.Interfaces[i].Address)
	}
	for _, list := range [][]netip.Addr{d.directory().DNS, d.service().DNS} {
		for i := range list {
			list[i] = to(list[i])
		}
	}
	for i := range w.Subnets {
		w.Subnets[i].CIDR = p(w.Subnets[i].CIDR)
	}
	for i := range w.Groups {
		for j := range w.Groups[i].Ingress {
			for k := range w.Groups[i].Ingress[j].Networks {
				w.Groups[i].Ingress[j].Networks[k] = p(w.Groups[i].Ingress[j].Networks[k])
			}
		}
	}
	for i := range w.Tables[0].Routes {
		w.Tables[0].Routes[i].Destination = p(w.Tables[0].Routes[i].Destination)
	}
	for i := range w.VPCs {
		w.VPCs[i].CIDR, w.VPCs[i].CIDRs = p(w.VPCs[i].CIDR), []netip.Prefix{p(w.VPCs[i].CIDR)}
	}
}

type drawnFault struct {
	Fault
	do func(*draft) bool // false: this build cannot have it
}

// vpc is the VPC's own range.
func (d *draft) vpc() netip.Prefix { return d.World.VPCs[0].CIDR }

// entry is one of a network ACL.
func entry(number int, deny bool, protocol string, first, last int, networks ...netip.Prefix) probe.AccessRule {
	return probe.AccessRule{Number: number, Deny: deny, Protocol: protocol, First: first, Last: last, Networks: networks}
}

// allow is one rule of a security group.
func allow(protocol string, first, last int, networks ...netip.Prefix) probe.AccessRule {
	return probe.AccessRule{Protocol: protocol, First: first, Last: last, Networks: networks}
}

// endpoint gives the directory a VPC endpoint by which DCV streams, and PCoIP the internet.
func (d *draft) endpoint() *probe.VPCEndpoint {
	d.directory().Endpoints = []probe.AccessEndpoint{{Type: "STREAMING_WSP", ID: EndpointID}}
	d.directory().Fallback = []string{"PCOIP"}
	d.World.Groups = append(d.World.Groups, probe.SecurityGroup{ID: "sg-0a00000000000005", VPC: VPCID, Ingress: []probe.AccessRule{
		allow("tcp", 4195, 4195, prefix("10.8.0.0/16")), allow("udp", 4195, 4195, prefix("10.8.0.0/16")), allow("tcp", 443, 443, prefix("10.8.0.0/16")),
	}})
	d.World.Endpoints = []probe.VPCEndpoint{{
		ID: EndpointID, Service: "com.amazonaws.us-east-1.highlander", State: "available", Owner: Account, VPC: VPCID,
		Subnets: []string{SubnetA, SubnetB}, Groups: []string{"sg-0a00000000000005"}, Records: []string{"ipv4", "ipv6"}[d.IntN(2)],
	}}
	return &d.World.Endpoints[0]
}
