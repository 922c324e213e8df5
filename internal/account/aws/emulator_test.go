package aws

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/directoryservice"
	dstypes "github.com/aws/aws-sdk-go-v2/service/directoryservice/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sivchari/kumo"

	"wsdoctor/internal/account"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// emulated gives the adapter in front of an AWS that others play (kumo), for what it has of
// the account: IAM, Directory Service, STS and a part of EC2. WorkSpaces it has not. The
// adapter's own clients make what is then read.
func emulated(t *testing.T) *client {
	t.Helper()
	server := kumo.NewServer()
	t.Cleanup(server.Close)
	return from(aws.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	}, nil, nil)
}

// must is for calls that this emulator is known to answer.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// named gives a name that nobody has yet: all emulators of a process share what is in them.
func named(name string) *string {
	return aws.String(name + strconv.FormatInt(names.Add(1), 10))
}

var names atomic.Int64

const trustDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
	`"Principal":{"Service":"workspaces.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

const interfacesDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*",` +
	`"Action":["ec2:CreateNetworkInterface","ec2:DeleteNetworkInterface","ec2:DescribeNetworkInterfaces"]}]}`

// A trust policy arrives although this IAM escapes none of its characters and AWS's does.
func TestRoleOfAnEmulator(t *testing.T) {
	c, ctx, name := emulated(t), t.Context(), named(account.DefaultRole)
	for _, ask := range []func() error{
		func() error { _, err := c.Role(ctx, *name); return err },
		func() error { _, err := c.RolePolicies(ctx, *name); return err },
	} {
		var said *account.Error
		if err := ask(); !errors.As(err, &said) || said.Failure != probe.NotFound {
			t.Errorf("a role that is not there: %v", err)
		}
	}

	must(c.iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: name, AssumeRolePolicyDocument: aws.String(trustDocument),
	}))
	role := must(c.Role(ctx, *name))
	want := probe.RoleDetail{
		Name: *name,
		Trusts: []probe.TrustRule{{
			Effect: "Allow", Services: []string{"workspaces.amazonaws.com"}, Actions: []string{"sts:AssumeRole"},
		}},
	}
	if d := cmp.Diff(want, role); d != "" {
		t.Error(d)
	}

	none := must(c.RolePolicies(ctx, *name))
	if len(none.Attached)+len(none.Inline)+len(none.Partial) > 0 {
		t.Errorf("a role without policies: %+v", none)
	}
	policy := named("AmazonWorkSpacesServiceAccess")
	managed := must(c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: policy, PolicyDocument: aws.String(interfacesDocument),
	}))
	must(c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{
		RoleName: name, PolicyArn: managed.Policy.Arn,
	}))
	must(c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: name, PolicyName: aws.String("SkyLightServiceAccess"),
		PolicyDocument: aws.String(interfacesDocument),
	}))
	policies := must(c.RolePolicies(ctx, *name))
	wanted := probe.RolePoliciesDetail{
		Name: *name, Attached: []string{*policy},
		Inline: []probe.InlinePolicy{{
			Name:    "SkyLightServiceAccess",
			Allowed: []string{"ec2:createnetworkinterface", "ec2:deletenetworkinterface", "ec2:describenetworkinterfaces"},
		}},
	}
	if d := cmp.Diff(wanted, policies, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

// created lays a directory down.
func created(ctx context.Context, c *client) (id, name string) {
	in := &directoryservice.CreateDirectoryInput{
		Name: named("corp.example.com"), Password: aws.String("An-example-1"), Size: dstypes.DirectorySizeSmall,
		VpcSettings: &dstypes.DirectoryVpcSettings{
			VpcId: aws.String("vpc-01"), SubnetIds: []string{"subnet-0a1", "subnet-0a2"},
		},
	}
	return *must(c.directory.CreateDirectory(ctx, in)).DirectoryId, *in.Name
}

func TestDirectoryOfAnEmulator(t *testing.T) {
	c, ctx := emulated(t), t.Context()
	// AWS answers EntityDoesNotExistException here, which the played AWS of the other tests does.
	if d := must(c.ServiceDirectories(ctx, []string{"d-906734e1b2"})); len(d.Directories) > 0 {
		t.Errorf("a directory that is not there: %+v", d)
	}
	id, name := created(ctx, c)
	d := must(c.ServiceDirectories(ctx, []string{id}))
	if len(d.Directories) != 1 {
		t.Fatalf("%+v", d)
	}
	s := d.Directories[0]
	if s.ID != id || s.Name != name || s.Type != "SimpleAD" || s.Stage != "Active" ||
		s.VPC != "vpc-01" || !slices.Equal(s.Subnets, []string{"subnet-0a1", "subnet-0a2"}) || s.SecurityGroup == "" ||
		len(s.DNS) == 0 || slices.ContainsFunc(s.DNS, func(a netip.Addr) bool { return !a.IsValid() }) {
		t.Errorf("%+v", s)
	}
}

// What the emulator has of EC2.
func TestNetworkOfAnEmulator(t *testing.T) {
	c, ctx := emulated(t), t.Context()
	vpc := *must(c.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")})).Vpc.VpcId
	subnet := *must(c.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
		VpcId: &vpc, CidrBlock: aws.String("10.0.1.0/24"), AvailabilityZone: aws.String("us-east-1a"),
	})).Subnet.SubnetId
	members := named("members")
	group := must(c.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		VpcId: &vpc, GroupName: members, Description: aws.String("of a directory"),
	})).GroupId
	must(c.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: group, IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(88), ToPort: aws.Int32(88),
			IpRanges: []ec2types.IpRange{{CidrIp: aws.String("10.0.0.0/16")}},
		}},
	}))
	gateway := must(c.ec2.CreateInternetGateway(ctx, nil)).InternetGateway.InternetGatewayId
	must(c.ec2.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: &vpc}))
	table := must(c.ec2.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc})).RouteTable.RouteTableId
	must(c.ec2.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: gateway,
	}))

	equal := cmp.Options{
		cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Prefix{}),
		// It passes the filters over.
		cmpopts.IgnoreSliceElements(func(v probe.VPC) bool { return v.ID != vpc }),
		cmpopts.IgnoreSliceElements(func(s probe.Subnet) bool { return s.VPC != vpc }),
		cmpopts.IgnoreSliceElements(func(g probe.SecurityGroup) bool { return g.VPC != vpc }),
		cmpopts.IgnoreSliceElements(func(r probe.RouteTable) bool { return r.VPC != vpc }),
		cmpopts.IgnoreSliceElements(func(g probe.InternetGateway) bool { return g.VPC != vpc }),
	}
	for _, read := range []struct {
		got, want any
	}{
		{
			must(c.VPCs(ctx, []string{vpc})),
			probe.VPCsDetail{VPCs: []probe.VPC{{ID: vpc, CIDR: netip.MustParsePrefix("10.0.0.0/16")}}},
		},
		{
			must(c.Subnets(ctx, []string{subnet})),
			probe.SubnetsDetail{Subnets: []probe.Subnet{{
				ID: subnet, VPC: vpc, Zone: "us-east-1a", State: "available", CIDR: netip.MustParsePrefix("10.0.1.0/24"), Free: 251,
			}}},
		},
		{
			must(c.SecurityGroups(ctx, []string{*group})),
			probe.SecurityGroupsDetail{Groups: []probe.SecurityGroup{{
				ID: *group, Name: *members, VPC: vpc,
				Ingress: []probe.AccessRule{{
					Protocol: "tcp", First: 88, Last: 88, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")},
				}},
			}}},
		},
		{
			must(c.RouteTables(ctx, vpc)),
			probe.RouteTablesDetail{Tables: []probe.RouteTable{{
				ID: *table, VPC: vpc, Routes: []probe.TableRoute{
					{Target: "local", State: "active"}, // "local" is its network here too, which is none
					{Destination: netip.MustParsePrefix("0.0.0.0/0"), Target: *gateway, State: "active"},
				},
			}}},
		},
		{
			must(c.InternetGateways(ctx, vpc)),
			probe.InternetGatewaysDetail{Gateways: []probe.InternetGateway{{ID: *gateway, VPC: vpc, State: "available"}}},
		},
	} {
		if d := cmp.Diff(read.want, read.got, equal); d != "" {
			t.Errorf("%T: %s", read.got, d)
		}
	}
}

// An AWS that has no WorkSpaces: what it does not answer is a gap each, and accuses nobody.
func TestWalkThroughAnEmulator(t *testing.T) {
	c, ctx := emulated(t), t.Context()
	id, _ := created(ctx, c)
	var seen []probe.Observation
	gaps, err := account.Walk(ctx, c, account.Question{
		Region: "us-east-1", All: true,
		QuestionDetail: probe.QuestionDetail{User: "jdoe", DirectoryID: id},
	}, func(e account.Event) {
		if e.Kind == account.Observed {
			seen = append(seen, e.Observation)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	answered := map[probe.Operation]bool{}
	for _, o := range seen {
		if answered[o.Operation] = o.Outcome == probe.OK; answered[o.Operation] || o.Failure == probe.NotFound {
			continue
		}
		named := slices.ContainsFunc(gaps, func(gap words.Text) bool {
			return strings.Contains(words.English().Tell(gap), account.ActionOf(o.Operation))
		})
		if !named {
			t.Errorf("no gap names %s, which ended %s %s", o.Operation, o.Outcome, o.Failure)
		}
	}
	for op, want := range map[probe.Operation]bool{
		probe.AccountIdentity: true, probe.AccountDirectoryService: true,
		probe.AccountDirectories: false, probe.AccountWorkspaces: false,
	} {
		if got, asked := answered[op]; !asked || got != want {
			t.Errorf("%s: asked %v, answered %v", op, asked, got)
		}
	}
	verdict := diagnose.Judge(diagnose.Input{
		Vantage: probe.InAccount, Protocol: probe.BothProtocols, Region: "us-east-1", Observations: seen,
	}).Verdict
	if verdict.Status != finding.StatusInconclusive {
		t.Errorf("%s: %s", verdict.Status, verdict.Code)
	}
}
