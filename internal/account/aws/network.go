package aws

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// by is a filter. EC2 answers a filter with what there is; to an identifier that does not
// exist, named outright, it gives an error and nothing of the others.
func by(name string, values ...string) []types.Filter {
	return []types.Filter{{Name: &name, Values: values}}
}

// paged asks for one page after the other, and gives what they hold.
func paged[T any](
	ctx context.Context, op probe.Operation, page func(next *string) (list []T, more *string, err error),
) (all []T, err error) {
	var next *string
	all = []T{}
	for range mostPages {
		list, more, err := page(next)
		if err != nil {
			return nil, because(ctx, account.ActionOf(op), err)
		}
		all = append(all, list...)
		if next = more; aws.ToString(next) == "" {
			break
		}
	}
	return all, nil
}

// missing are those that were asked for and not given.
func missing[T any](ids []string, given []T, id func(T) string) (none []string) {
	for _, want := range ids {
		if !slices.ContainsFunc(given, func(v T) bool { return id(v) == want }) {
			none = append(none, want)
		}
	}
	return none
}

// Interfaces is ec2:DescribeNetworkInterfaces.
func (c *client) Interfaces(ctx context.Context, f account.InterfaceFilter) (d probe.ENIsDetail, err error) {
	in := &ec2.DescribeNetworkInterfacesInput{}
	d.Asked = f.Asked()
	switch {
	case len(f.Addresses) > 0:
		name := "addresses.private-ip-address"
		if f.Addresses[0].Is6() {
			name = "ipv6-addresses.ipv6-address"
		}
		in.Filters = by(name, strings.Fields(f.Asked())...)
	case f.Directory != "":
		in.Filters = by("description", "AWS created network interface for directory "+f.Directory)
	default:
		in.Filters = by("group-id", f.Groups...)
	}
	d.Interfaces, err = paged(ctx, probe.AccountInterfaces, func(next *string) ([]probe.ENI, *string, error) {
		in.NextToken = next
		o, err := c.ec2.DescribeNetworkInterfaces(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		return each(o.NetworkInterfaces, eni), o.NextToken, nil
	})
	return d, err
}

func eni(i types.NetworkInterface) probe.ENI {
	e := probe.ENI{
		ID: word(i.NetworkInterfaceId), Description: word(i.Description), Status: code(i.Status),
		Requester: word(i.RequesterId), Address: ipOf(i.PrivateIpAddress), VPC: word(i.VpcId), Subnet: word(i.SubnetId),
		Zone: word(i.AvailabilityZone), SourceDestCheck: truth(i.SourceDestCheck), DenyAllIGW: truth(i.DenyAllIgwTraffic),
		Groups: each(i.Groups, func(g types.GroupIdentifier) string { return word(g.GroupId) }),
	}
	if i.Association != nil {
		e.Public = ipOf(i.Association.PublicIp)
	}
	return e
}

// SecurityGroups is ec2:DescribeSecurityGroups.
func (c *client) SecurityGroups(ctx context.Context, ids []string) (d probe.SecurityGroupsDetail, err error) {
	in := &ec2.DescribeSecurityGroupsInput{Filters: by("group-id", ids...)}
	d.Groups, err = paged(ctx, probe.AccountSecurityGroups, func(next *string) ([]probe.SecurityGroup, *string, error) {
		in.NextToken = next
		o, err := c.ec2.DescribeSecurityGroups(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		return each(o.SecurityGroups, group), o.NextToken, nil
	})
	if err == nil {
		d.Missing = missing(ids, d.Groups, func(g probe.SecurityGroup) string { return g.ID })
	}
	return d, err
}

func group(g types.SecurityGroup) probe.SecurityGroup {
	return probe.SecurityGroup{
		ID: word(g.GroupId), Name: word(g.GroupName), VPC: word(g.VpcId),
		Ingress: each(g.IpPermissions, permission), Egress: each(g.IpPermissionsEgress, permission),
	}
}

func permission(p types.IpPermission) probe.AccessRule {
	r := probe.AccessRule{Protocol: protocol(word(p.IpProtocol)), Last: lastPort}
	if hasPorts(r.Protocol) && p.FromPort != nil && p.ToPort != nil {
		r.First, r.Last = number(p.FromPort), number(p.ToPort)
	}
	for _, n := range p.IpRanges {
		r.Networks = addNetwork(r.Networks, n.CidrIp)
	}
	for _, n := range p.Ipv6Ranges {
		r.Networks = addNetwork(r.Networks, n.CidrIpv6)
	}
	for _, g := range p.UserIdGroupPairs {
		r.Groups = append(r.Groups, word(g.GroupId))
	}
	for _, l := range p.PrefixListIds {
		r.Lists = append(r.Lists, word(l.PrefixListId))
	}
	return r
}

const lastPort = 65535

// protocol is the name of a protocol that EC2 gives by its number (IANA's registry).
func protocol(s string) string {
	if name := map[string]string{"-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}[s]; name != "" {
		return name
	}
	return s
}

func hasPorts(protocol string) bool { return protocol == "tcp" || protocol == "udp" }

// Subnets is ec2:DescribeSubnets.
func (c *client) Subnets(ctx context.Context, ids []string) (d probe.SubnetsDetail, err error) {
	in := &ec2.DescribeSubnetsInput{Filters: by("subnet-id", ids...)}
	d.Subnets, err = paged(ctx, probe.AccountSubnets, func(next *string) ([]probe.Subnet, *string, error) {
		in.NextToken = next
		o, err := c.ec2.DescribeSubnets(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		return each(o.Subnets, subnet), o.NextToken, nil
	})
	if err == nil {
		d.Missing = missing(ids, d.Subnets, func(s probe.Subnet) string { return s.ID })
	}
	return d, err
}

func subnet(s types.Subnet) probe.Subnet {
	d := probe.Subnet{
		ID: word(s.SubnetId), VPC: word(s.VpcId), Zone: word(s.AvailabilityZone), ZoneID: word(s.AvailabilityZoneId),
		State: code(s.State), CIDR: networkOf(s.CidrBlock), Free: number(s.AvailableIpAddressCount),
		MapPublic: truth(s.MapPublicIpOnLaunch), Assign6: truth(s.AssignIpv6AddressOnCreation),
	}
	for _, a := range s.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlockState == nil || a.Ipv6CidrBlockState.State == types.SubnetCidrBlockStateCodeAssociated {
			d.CIDR6 = addNetwork(d.CIDR6, a.Ipv6CidrBlock)
		}
	}
	return d
}

// RouteTables is ec2:DescribeRouteTables.
func (c *client) RouteTables(ctx context.Context, vpc string) (d probe.RouteTablesDetail, err error) {
	in := &ec2.DescribeRouteTablesInput{Filters: by("vpc-id", vpc)}
	d.Tables, err = paged(ctx, probe.AccountRouteTables, func(next *string) ([]probe.RouteTable, *string, error) {
		in.NextToken = next
		o, err := c.ec2.DescribeRouteTables(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		return each(o.RouteTables, table), o.NextToken, nil
	})
	return d, err
}

func table(t types.RouteTable) probe.RouteTable {
	d := probe.RouteTable{ID: word(t.RouteTableId), VPC: word(t.VpcId), Subnets: []string{}, Routes: each(t.Routes, route)}
	for _, a := range t.Associations {
		if truth(a.Main) {
			d.Main = true
		}
		d.Subnets = append(d.Subnets, some(a.SubnetId)...)
	}
	return d
}

// some is a text in a list, or nothing.
func some(p *string) []string {
	if s := word(p); s != "" {
		return []string{s}
	}
	return nil
}

func route(r types.Route) probe.TableRoute {
	d := probe.TableRoute{
		Destination: networkOf(r.DestinationCidrBlock), List: word(r.DestinationPrefixListId), State: code(r.State),
		Target: cmp.Or(
			word(r.NatGatewayId), word(r.TransitGatewayId), word(r.VpcPeeringConnectionId), word(r.NetworkInterfaceId),
			word(r.EgressOnlyInternetGatewayId), word(r.LocalGatewayId), word(r.CarrierGatewayId), word(r.CoreNetworkArn),
			word(r.GatewayId), word(r.InstanceId), word(r.OdbNetworkArn),
		),
	}
	if !d.Destination.IsValid() {
		d.Destination = networkOf(r.DestinationIpv6CidrBlock)
	}
	return d
}

// NATGateways is ec2:DescribeNatGateways.
func (c *client) NATGateways(ctx context.Context, ids []string) (d probe.NATGatewaysDetail, err error) {
	in := &ec2.DescribeNatGatewaysInput{Filter: by("nat-gateway-id", ids...)}
	d.Gateways, err = paged(ctx, probe.AccountNATGateways, func(next *string) ([]probe.NATGateway, *string, error) {
		in.NextToken = next
		o, err := c.ec2.DescribeNatGateways(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		return each(o.NatGateways, nat), o.NextToken, nil
	})
	if err == nil {
		d.Missing = missing(ids, d.Gateways, func(g probe.NATGateway) string { return g.ID })
	}
	return d, err
}

func nat(g types.NatGateway) probe.NATGateway {
	d := probe.NATGateway{
		ID: word(g.NatGatewayId), VPC: word(g.VpcId), Subnet: word(g.SubnetId), State: code(g.State),
		Connectivity: code(g.ConnectivityType), Failure: word(g.FailureMessage),
	}
	for _, a := range g.NatGatewayAddresses {
		if public := ipOf(a.PublicIp); public.IsValid() {
			d.Public = append(d.Public, public)
		}
	}
	return d
}

// InternetGateways is ec2:DescribeInternetGateways.
func (c *client) InternetGateways(ctx context.Context, vpc string) (d probe.InternetGatewaysDetail, err error) {
	in := &ec2.DescribeInternetGatewaysInput{Filters: by("attachment.vpc-id", vpc)}
	of := func(g types.InternetGateway) probe.InternetGateway {
		d := probe.InternetGateway{ID: word(g.InternetGatewayId)}
		for _, a := range g.Attachments {
			d.VPC, d.State = word(a.VpcId), code(a.State)
		}
		return d
	}
	d.Gateways, err = paged(ctx, probe.AccountInternetGateways,
		func(next *string) ([]probe.InternetGateway, *string, error) {
			in.NextToken = next
			o, err := c.ec2.DescribeInternetGateways(ctx, in)
			if err != nil {
				return nil, nil, err
			}
			return each(o.InternetGateways, of), o.NextToken, nil
		})
	return d, err
}

// NetworkACLs is ec2:DescribeNetworkAcls.
func (c *client) NetworkACLs(ctx context.Context, subnets []string) (d probe.NetworkACLsDetail, err error) {
	in := &ec2.DescribeNetworkAclsInput{Filters: by("association.subnet-id", subnets...)}
	d.ACLs, err = paged(ctx, probe.AccountNetworkACLs, func(next *string) ([]probe.NetworkACL, *string, error) {
		in.NextToken = next
		o, err := c.ec2.DescribeNetworkAcls(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		return each(o.NetworkAcls, acl), o.NextToken, nil
	})
	return d, err
}

func acl(a types.NetworkAcl) probe.NetworkACL {
	d := probe.NetworkACL{
		ID: word(a.NetworkAclId), VPC: word(a.VpcId), Default: truth(a.IsDefault), Subnets: []string{},
		Ingress: []probe.AccessRule{}, Egress: []probe.AccessRule{},
	}
	for _, s := range a.Associations {
		d.Subnets = append(d.Subnets, some(s.SubnetId)...)
	}
	for _, e := range each(a.Entries, func(e types.NetworkAclEntry) types.NetworkAclEntry { return e }) {
		if truth(e.Egress) {
			d.Egress = append(d.Egress, entry(e))
		} else {
			d.Ingress = append(d.Ingress, entry(e))
		}
	}
	for _, list := range [][]probe.AccessRule{d.Ingress, d.Egress} {
		slices.SortStableFunc(list, func(a, b probe.AccessRule) int { return cmp.Compare(a.Number, b.Number) })
	}
	return d
}

func entry(e types.NetworkAclEntry) probe.AccessRule {
	r := probe.AccessRule{
		Number: number(e.RuleNumber), Deny: e.RuleAction == types.RuleActionDeny, Protocol: protocol(word(e.Protocol)),
		Last: lastPort,
	}
	if hasPorts(r.Protocol) && e.PortRange != nil {
		r.First, r.Last = number(e.PortRange.From), number(e.PortRange.To)
	}
	r.Networks = addNetwork(addNetwork(nil, e.CidrBlock), e.Ipv6CidrBlock)
	return r
}

// VPCs is ec2:DescribeVpcs.
func (c *client) VPCs(ctx context.Context, ids []string) (d probe.VPCsDetail, err error) {
	in := &ec2.DescribeVpcsInput{Filters: by("vpc-id", ids...)}
	d.VPCs, err = paged(ctx, probe.AccountVPCs, func(next *string) ([]probe.VPC, *string, error) {
		in.NextToken = next
		o, err := c.ec2.DescribeVpcs(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		return each(o.Vpcs, vpc), o.NextToken, nil
	})
	return d, err
}

func vpc(v types.Vpc) probe.VPC {
	d := probe.VPC{ID: word(v.VpcId), CIDR: networkOf(v.CidrBlock)}
	for _, a := range v.CidrBlockAssociationSet {
		if a.CidrBlockState == nil || a.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			d.CIDRs = addNetwork(d.CIDRs, a.CidrBlock)
		}
	}
	return d
}

// VPCEndpoints is ec2:DescribeVpcEndpoints.
func (c *client) VPCEndpoints(ctx context.Context, ids []string) (d probe.VPCEndpointsDetail, err error) {
	in := &ec2.DescribeVpcEndpointsInput{Filters: by("vpc-endpoint-id", ids...)}
	d.Endpoints, err = paged(ctx, probe.AccountVPCEndpoints, func(next *string) ([]probe.VPCEndpoint, *string, error) {
		in.NextToken = next
		o, err := c.ec2.DescribeVpcEndpoints(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		return each(o.VpcEndpoints, endpoint), o.NextToken, nil
	})
	if err == nil {
		d.Missing = missing(ids, d.Endpoints, func(e probe.VPCEndpoint) string { return e.ID })
	}
	return d, err
}

func endpoint(e types.VpcEndpoint) probe.VPCEndpoint {
	d := probe.VPCEndpoint{
		ID: word(e.VpcEndpointId), Service: word(e.ServiceName), State: code(e.State), Owner: word(e.OwnerId),
		VPC: word(e.VpcId), Subnets: texts(e.SubnetIds),
		Groups: each(e.Groups, func(g types.SecurityGroupIdentifier) string { return word(g.GroupId) }),
	}
	if e.DnsOptions != nil {
		d.Records = code(e.DnsOptions.DnsRecordIpType)
	}
	for _, n := range e.DnsEntries {
		d.Names = append(d.Names, some(n.DnsName)...)
	}
	return d
}
