package aws

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directoryservice"
	"github.com/aws/aws-sdk-go-v2/service/directoryservice/types"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// ServiceDirectories is ds:DescribeDirectories.
func (c *client) ServiceDirectories(ctx context.Context, ids []string) (d probe.DirectoryServiceDetail, err error) {
	in := &directoryservice.DescribeDirectoriesInput{DirectoryIds: ids}
	for range mostPages {
		o, err := c.directory.DescribeDirectories(ctx, in)
		if err != nil {
			return d, because(ctx, account.ActionOf(probe.AccountDirectoryService), err)
		}
		d.Directories = append(d.Directories, each(o.DirectoryDescriptions, service)...)
		if in.NextToken = o.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	return d, nil
}

func service(d types.DirectoryDescription) probe.ServiceDirectory {
	s := probe.ServiceDirectory{
		ID: word(d.DirectoryId), Name: word(d.Name), Type: code(d.Type), Stage: code(d.Stage), Reason: word(d.StageReason),
		DNS: ips(d.DnsIpAddrs, d.DnsIpv6Addrs), Radius: code(d.RadiusStatus), Network: code(d.NetworkType),
	}
	if v := d.VpcSettings; v != nil {
		s.VPC, s.Subnets, s.Zones = word(v.VpcId), texts(v.SubnetIds), texts(v.AvailabilityZones)
		s.SecurityGroup = word(v.SecurityGroupId)
	}
	if v := d.ConnectSettings; v != nil {
		s.VPC, s.Subnets, s.Zones = word(v.VpcId), texts(v.SubnetIds), texts(v.AvailabilityZones)
		s.SecurityGroup, s.ConnectIPs = word(v.SecurityGroupId), ips(v.ConnectIps, v.ConnectIpsV6)
	}
	return s
}

// Controllers is ds:DescribeDomainControllers.
func (c *client) Controllers(ctx context.Context, directory string) (d probe.ControllersDetail, err error) {
	in := &directoryservice.DescribeDomainControllersInput{DirectoryId: &directory}
	for range mostPages {
		o, err := c.directory.DescribeDomainControllers(ctx, in)
		if err != nil {
			return d, because(ctx, account.ActionOf(probe.AccountControllers), err)
		}
		d.Controllers = append(d.Controllers, each(o.DomainControllers, controller)...)
		if in.NextToken = o.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	return d, nil
}

func controller(d types.DomainController) probe.AccountController {
	address := ipOf(d.DnsIpAddr)
	if !address.IsValid() {
		address = ipOf(d.DnsIpv6Addr)
	}
	return probe.AccountController{
		ID: word(d.DomainControllerId), Address: address, Subnet: word(d.SubnetId), Status: code(d.Status),
		Reason: word(d.StatusReason),
	}
}

// Trusts is ds:DescribeTrusts.
func (c *client) Trusts(ctx context.Context, directory string) (d probe.TrustsDetail, err error) {
	in := &directoryservice.DescribeTrustsInput{DirectoryId: &directory}
	for range mostPages {
		o, err := c.directory.DescribeTrusts(ctx, in)
		if err != nil {
			return d, because(ctx, account.ActionOf(probe.AccountTrusts), err)
		}
		d.Trusts = append(d.Trusts, each(o.Trusts, func(t types.Trust) probe.Trust {
			return probe.Trust{
				Domain: word(t.RemoteDomainName), State: code(t.TrustState), Reason: word(t.TrustStateReason),
			}
		})...)
		if in.NextToken = o.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	return d, nil
}

// moment is the zero time for what never was.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
