package fake

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/probe"
)

var errMissing = &account.Error{Failure: probe.NotFound}

// filter gives the values of a filter of a request, and of nothing else: identifiers that
// are named outright are an error of EC2's where one of them does not exist.
func (q request) filter(name string) (values []string) {
	for i := 1; q.form.Has(fmt.Sprintf("Filter.%d.Name", i)); i++ {
		if q.form.Get(fmt.Sprintf("Filter.%d.Name", i)) != name {
			continue
		}
		for j := 1; q.form.Has(fmt.Sprintf("Filter.%d.Value.%d", i, j)); j++ {
			values = append(values, q.form.Get(fmt.Sprintf("Filter.%d.Value.%d", i, j)))
		}
	}
	return values
}

// described is the answer of a Describe action: a set of elements, a page of them.
func described[T any](s *Server, q request, set string, list []T, of func(T) string) []byte {
	q.body = object{"NextToken": q.form.Get("NextToken")}
	shown, next := page(s, q, list, 1000)
	_, name, _ := strings.Cut(q.action, ":")
	return document(tag(name+"Response", tag(set, items("item", shown, of)), leaf("nextToken", next)))
}

func truth(b bool) string { return strconv.FormatBool(b) }

func set[T any](name string, list []T, of func(T) string) string {
	return tag(name, items("item", list, of))
}

var ec2Answers = map[string]answer{
	"ec2:DescribeNetworkInterfaces": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		f := account.InterfaceFilter{Groups: q.filter("group-id")}
		for _, name := range []string{"addresses.private-ip-address", "ipv6-addresses.ipv6-address"} {
			for _, a := range q.filter(name) {
				f.Addresses = append(f.Addresses, netip.MustParseAddr(a))
			}
		}
		for _, text := range q.filter("description") {
			f.Directory, _ = strings.CutPrefix(text, world.OfDirectory(""))
		}
		d, err := s.api().Interfaces(ctx, f)
		return described(s, q, "networkInterfaceSet", d.Interfaces, eni), err
	},
	"ec2:DescribeSecurityGroups": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().SecurityGroups(ctx, q.filter("group-id"))
		return described(s, q, "securityGroupInfo", d.Groups, func(g probe.SecurityGroup) string {
			return leaf("groupId", g.ID) + leaf("groupName", g.Name) + leaf("groupDescription", "a group") +
				leaf("vpcId", g.VPC) + set("ipPermissions", g.Ingress, permission) +
				set("ipPermissionsEgress", g.Egress, permission)
		}), err
	},
	"ec2:DescribeSubnets": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().Subnets(ctx, q.filter("subnet-id"))
		return described(s, q, "subnetSet", d.Subnets, subnet), err
	},
	"ec2:DescribeRouteTables": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().RouteTables(ctx, strings.Join(q.filter("vpc-id"), ""))
		return described(s, q, "routeTableSet", d.Tables, table), err
	},
	"ec2:DescribeNatGateways": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().NATGateways(ctx, q.filter("nat-gateway-id"))
		return described(s, q, "natGatewaySet", d.Gateways, func(g probe.NATGateway) string {
			return leaf("natGatewayId", g.ID) + leaf("vpcId", g.VPC) + leaf("subnetId", g.Subnet) +
				leaf("state", g.State) + leaf("connectivityType", g.Connectivity) + leaf("failureMessage", g.Failure) +
				set("natGatewayAddressSet", g.Public, func(a netip.Addr) string { return leaf("publicIp", a.String()) })
		}), err
	},
	"ec2:DescribeInternetGateways": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().InternetGateways(ctx, strings.Join(q.filter("attachment.vpc-id"), ""))
		return described(s, q, "internetGatewaySet", d.Gateways, func(g probe.InternetGateway) string {
			return leaf("internetGatewayId", g.ID) + tag("attachmentSet", tag("item", leaf("vpcId", g.VPC),
				leaf("state", g.State)))
		}), err
	},
	"ec2:DescribeNetworkAcls": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().NetworkACLs(ctx, q.filter("association.subnet-id"))
		return described(s, q, "networkAclSet", d.ACLs, acl), err
	},
	"ec2:DescribeVpcs": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().VPCs(ctx, q.filter("vpc-id"))
		return described(s, q, "vpcSet", d.VPCs, func(v probe.VPC) string {
			return leaf("vpcId", v.ID) + leaf("cidrBlock", v.CIDR.String()) +
				set("cidrBlockAssociationSet", v.CIDRs, func(p netip.Prefix) string {
					return leaf("cidrBlock", p.String()) + tag("cidrBlockState", leaf("state", "associated"))
				})
		}), err
	},
	"ec2:DescribeVpcEndpoints": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().VPCEndpoints(ctx, q.filter("vpc-endpoint-id"))
		return described(s, q, "vpcEndpointSet", d.Endpoints, func(e probe.VPCEndpoint) string {
			return leaf("vpcEndpointId", e.ID) + leaf("vpcEndpointType", "Interface") + leaf("serviceName", e.Service) +
				leaf("state", e.State) + leaf("ownerId", e.Owner) + leaf("vpcId", e.VPC) +
				tag("subnetIdSet", texts("item", e.Subnets)) +
				set("groupSet", e.Groups, func(id string) string { return leaf("groupId", id) }) +
				tag("dnsOptions", leaf("dnsRecordIpType", e.Records)) +
				set("dnsEntrySet", e.Names, func(n string) string { return leaf("dnsName", n) })
		}), err
	},
}

func texts(name string, list []string) string {
	var all string
	for _, s := range list {
		all += leaf(name, s)
	}
	return all
}

func eni(i probe.ENI) string {
	public := ""
	if i.Public.IsValid() {
		public = tag("association", leaf("publicIp", i.Public.String()))
	}
	return leaf("networkInterfaceId", i.ID) + leaf("description", i.Description) + leaf("status", i.Status) +
		leaf("requesterId", i.Requester) + leaf("privateIpAddress", shown(i.Address)) + leaf("vpcId", i.VPC) +
		leaf("subnetId", i.Subnet) + leaf("availabilityZone", i.Zone) + leaf("sourceDestCheck", truth(i.SourceDestCheck)) +
		leaf("denyAllIgwTraffic", truth(i.DenyAllIGW)) + public +
		set("groupSet", i.Groups, func(id string) string { return leaf("groupId", id) + leaf("groupName", "a group") })
}

// permission writes the protocol as EC2 does: -1 for all, and no ports with it.
func permission(r probe.AccessRule) string {
	protocol, ports := r.Protocol, ""
	switch r.Protocol {
	case "all":
		protocol = "-1"
	case "tcp", "udp":
		ports = leaf("fromPort", whole(r.First)) + leaf("toPort", whole(r.Last))
	case "icmp", "icmpv6":
		ports = leaf("fromPort", "-1") + leaf("toPort", "-1")
	}
	var v4, v6 []netip.Prefix
	for _, n := range r.Networks {
		if n.Addr().Is4() {
			v4 = append(v4, n)
		} else {
			v6 = append(v6, n)
		}
	}
	return leaf("ipProtocol", protocol) + ports +
		set("groups", r.Groups, func(id string) string { return leaf("userId", "123456789012") + leaf("groupId", id) }) +
		set("ipRanges", v4, func(p netip.Prefix) string { return leaf("cidrIp", p.String()) }) +
		set("ipv6Ranges", v6, func(p netip.Prefix) string { return leaf("cidrIpv6", p.String()) }) +
		set("prefixListIds", r.Lists, func(id string) string { return leaf("prefixListId", id) })
}

func subnet(s probe.Subnet) string {
	return leaf("subnetId", s.ID) + leaf("vpcId", s.VPC) + leaf("availabilityZone", s.Zone) +
		leaf("availabilityZoneId", s.ZoneID) + leaf("state", s.State) + leaf("cidrBlock", s.CIDR.String()) +
		leaf("availableIpAddressCount", whole(s.Free)) + leaf("mapPublicIpOnLaunch", truth(s.MapPublic)) +
		leaf("assignIpv6AddressOnCreation", truth(s.Assign6)) +
		set("ipv6CidrBlockAssociationSet", s.CIDR6, func(p netip.Prefix) string {
			return leaf("ipv6CidrBlock", p.String()) + tag("ipv6CidrBlockState", leaf("state", "associated"))
		})
}

// routers are the elements that name a route's target, by the prefix of its identifier.
var routers = map[string]string{
	"nat": "natGatewayId", "tgw": "transitGatewayId", "pcx": "vpcPeeringConnectionId", "eni": "networkInterfaceId",
	"eigw": "egressOnlyInternetGatewayId", "lgw": "localGatewayId", "cagw": "carrierGatewayId",
}

func table(t probe.RouteTable) string {
	associations := t.Subnets
	if t.Main {
		associations = append([]string{""}, associations...)
	}
	return leaf("routeTableId", t.ID) + leaf("vpcId", t.VPC) + set("routeSet", t.Routes, func(r probe.TableRoute) string {
		destination := leaf("destinationPrefixListId", r.List)
		if r.Destination.IsValid() {
			name := "destinationCidrBlock"
			if r.Destination.Addr().Is6() {
				name = "destinationIpv6CidrBlock"
			}
			destination = leaf(name, r.Destination.String())
		}
		kind, _, _ := strings.Cut(r.Target, "-")
		name := routers[kind]
		if name == "" {
			name = "gatewayId" // internet and VPN gateways, endpoints, and "local"
		}
		return destination + leaf(name, r.Target) + leaf("state", r.State)
	}) + set("associationSet", associations, func(subnet string) string {
		return leaf("main", truth(subnet == "")) + leaf("subnetId", subnet) + leaf("routeTableId", t.ID)
	})
}

// numbers are how network ACLs name protocols.
var numbers = map[string]string{"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}

func acl(a probe.NetworkACL) string {
	entries := func(list []probe.AccessRule, egress bool) string {
		return items("item", list, func(r probe.AccessRule) string {
			protocol := numbers[r.Protocol]
			if protocol == "" {
				protocol = r.Protocol
			}
			ports := ""
			if r.Protocol == "tcp" || r.Protocol == "udp" {
				ports = tag("portRange", leaf("from", whole(r.First)), leaf("to", whole(r.Last)))
			}
			action := "allow"
			if r.Deny {
				action = "deny"
			}
			var network string
			for _, n := range r.Networks {
				if network = leaf("cidrBlock", n.String()); n.Addr().Is6() {
					network = leaf("ipv6CidrBlock", n.String())
				}
			}
			return leaf("ruleNumber", whole(r.Number)) + leaf("protocol", protocol) + leaf("ruleAction", action) +
				leaf("egress", truth(egress)) + network + ports
		})
	}
	return leaf("networkAclId", a.ID) + leaf("vpcId", a.VPC) + leaf("default", truth(a.Default)) +
		tag("entrySet", entries(a.Egress, true), entries(a.Ingress, false)) +
		set("associationSet", a.Subnets, func(id string) string { return leaf("subnetId", id) })
}
