package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/workspaces"
	"github.com/aws/aws-sdk-go-v2/service/workspaces/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

// pageSize is the most that the lists of WorkSpaces give at once.
const pageSize = 25

// mostPages of a list are read, but for WorkSpaces, which have a bound of their own.
const mostPages = 8

// Identity is sts:GetCallerIdentity.
func (c *client) Identity(ctx context.Context) (d probe.IdentityDetail, err error) {
	o, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return d, because(ctx, account.ActionOf(probe.AccountIdentity), err)
	}
	d.Account = word(o.Account)
	if parts := strings.SplitN(word(o.Arn), ":", 6); len(parts) == 6 {
		d.Partition, d.Principal = parts[1], parts[5]
	}
	return d, nil
}

// Directories is workspaces:DescribeWorkspaceDirectories.
func (c *client) Directories(ctx context.Context, ids []string) (list []account.Directory, err error) {
	in := &workspaces.DescribeWorkspaceDirectoriesInput{DirectoryIds: ids}
	for range mostPages {
		o, err := c.workspaces.DescribeWorkspaceDirectories(ctx, in)
		if err != nil {
			return nil, because(ctx, account.ActionOf(probe.AccountDirectories), err)
		}
		list = append(list, each(o.Directories, directory)...)
		if in.NextToken = o.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	return list, nil
}

func directory(d types.WorkspaceDirectory) account.Directory {
	r := probe.RegisteredDirectory{
		ID: word(d.DirectoryId), Name: word(d.DirectoryName), Alias: word(d.Alias), Type: code(d.DirectoryType),
		Workspaces: code(d.WorkspaceType), State: code(d.State), Error: word(d.ErrorMessage),
		DNS: ips(d.DnsIpAddresses, d.DnsIpv6Addresses), Subnets: texts(d.SubnetIds), IPGroups: texts(d.IpGroupIds),
		MembersGroup: word(d.WorkspaceSecurityGroupId), Role: word(d.IamRoleId), Identity: code(d.UserIdentityType),
		Tenancy: code(d.Tenancy), Encryption: code(d.EndpointEncryptionMode),
	}
	if p := d.WorkspaceCreationProperties; p != nil {
		r.CustomGroup, r.InternetAccess = word(p.CustomSecurityGroupId), p.EnableInternetAccess
	}
	if p := d.SamlProperties; p != nil {
		r.SAML, r.SAMLURL = code(p.Status), word(p.UserAccessUrl)
	}
	if p := d.CertificateBasedAuthProperties; p != nil {
		r.Certificates = code(p.Status)
	}
	if p := d.StreamingProperties; p != nil {
		r.Preferred = code(p.StreamingExperiencePreferredProtocol)
		if g := p.GlobalAccelerator; g != nil {
			r.Accelerator, r.AcceleratorBy = code(g.Mode), code(g.PreferredProtocol)
		}
	}
	if p := d.WorkspaceAccessProperties; p != nil {
		r.Devices = devices(*p)
		if e := p.AccessEndpointConfig; e != nil {
			r.Endpoints = each(e.AccessEndpoints, func(e types.AccessEndpoint) probe.AccessEndpoint {
				return probe.AccessEndpoint{Type: code(e.AccessEndpointType), ID: word(e.VpcEndpointId)}
			})
			r.Fallback = texts(e.InternetFallbackProtocols)
		}
	}
	return account.Directory{RegisteredDirectory: r, Code: word(d.RegistrationCode)}
}

// devices are the kinds of devices that the answer mentions.
func devices(p types.WorkspaceAccessProperties) (list []probe.DeviceAccess) {
	for _, d := range []struct {
		kind   string
		access types.AccessPropertyValue
	}{
		{"Windows", p.DeviceTypeWindows}, {"Osx", p.DeviceTypeOsx}, {"Web", p.DeviceTypeWeb}, {"Ios", p.DeviceTypeIos},
		{"Android", p.DeviceTypeAndroid}, {"ChromeOs", p.DeviceTypeChromeOs}, {"ZeroClient", p.DeviceTypeZeroClient},
		{"Linux", p.DeviceTypeLinux}, {"WorkSpacesThinClient", p.DeviceTypeWorkSpacesThinClient},
	} {
		if d.access != "" {
			list = append(list, probe.DeviceAccess{Kind: d.kind, Access: code(d.access)})
		}
	}
	return list
}

// Workspaces is workspaces:DescribeWorkspaces.
func (c *client) Workspaces(ctx context.Context, f account.WorkspaceFilter) (d probe.WorkspacesDetail, err error) {
	in := &workspaces.DescribeWorkspacesInput{}
	if f.ID != "" {
		in.WorkspaceIds = []string{f.ID} // which goes with no other filter, nor with a limit
	} else {
		in.DirectoryId, in.Limit = optional(f.Directory), aws.Int32(pageSize)
		in.UserName = optional(f.User)
	}
	most := f.Most
	if most == 0 {
		most = account.MostWorkspaces
	}
	d.Workspaces = []probe.AccountWorkspace{}
	for {
		o, err := c.workspaces.DescribeWorkspaces(ctx, in)
		if err != nil {
			return probe.WorkspacesDetail{}, because(ctx, account.ActionOf(probe.AccountWorkspaces), err)
		}
		d.Workspaces = append(d.Workspaces, each(o.Workspaces, workspace)...)
		in.NextToken = o.NextToken
		more := aws.ToString(in.NextToken) != ""
		if len(d.Workspaces) > most {
			d.Workspaces, more = d.Workspaces[:most], true
		}
		// A service that gives empty pages for ever is not waited for.
		if !more || len(d.Workspaces) == most || len(o.Workspaces) == 0 {
			d.Truncated = more
			return d, nil
		}
	}
}

// optional is nil for what is not asked.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func workspace(w types.Workspace) probe.AccountWorkspace {
	s := probe.AccountWorkspace{
		ID: word(w.WorkspaceId), DirectoryID: word(w.DirectoryId), User: word(w.UserName), Computer: word(w.ComputerName),
		Bundle: word(w.BundleId), State: code(w.State), ErrorCode: word(w.ErrorCode), Error: word(w.ErrorMessage),
		Address: ipOf(w.IpAddress), Address6: ipOf(w.Ipv6Address), Subnet: word(w.SubnetId),
	}
	if len(w.ModificationStates) > 0 {
		s.Modifications = each(w.ModificationStates, func(m types.ModificationState) probe.Modification {
			return probe.Modification{Resource: code(m.Resource), State: code(m.State)}
		})
	}
	if p := w.WorkspaceProperties; p != nil {
		s.OS, s.RunningMode = code(p.OperatingSystemName), code(p.RunningMode)
		s.StopsAfter = number(p.RunningModeAutoStopTimeoutInMinutes)
		if len(p.Protocols) > 0 {
			s.Protocols = texts(p.Protocols)
		}
		if g := p.GlobalAccelerator; g != nil {
			s.Accelerator = code(g.Mode)
		}
	}
	return s
}

// Connections is workspaces:DescribeWorkspacesConnectionStatus.
func (c *client) Connections(ctx context.Context, ids []string) (d probe.ConnectionsDetail, err error) {
	o, err := c.workspaces.DescribeWorkspacesConnectionStatus(ctx,
		&workspaces.DescribeWorkspacesConnectionStatusInput{WorkspaceIds: ids})
	if err != nil {
		return d, because(ctx, account.ActionOf(probe.AccountConnections), err)
	}
	d.Connections = each(o.WorkspacesConnectionStatus, func(s types.WorkspaceConnectionStatus) probe.WorkspaceConnection {
		return probe.WorkspaceConnection{
			WorkspaceID: word(s.WorkspaceId), State: code(s.ConnectionState),
			CheckedAt: moment(s.ConnectionStateCheckTimestamp), LastAt: moment(s.LastKnownUserConnectionTimestamp),
		}
	})
	return d, nil
}

// IPGroups is workspaces:DescribeIpGroups.
func (c *client) IPGroups(ctx context.Context, ids []string) (d probe.IPGroupsDetail, err error) {
	in := &workspaces.DescribeIpGroupsInput{GroupIds: ids}
	for range mostPages {
		o, err := c.workspaces.DescribeIpGroups(ctx, in)
		if err != nil {
			return d, because(ctx, account.ActionOf(probe.AccountIPGroups), err)
		}
		d.Groups = append(d.Groups, each(o.Result, ipGroup)...)
		if in.NextToken = o.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	return d, nil
}

func ipGroup(g types.WorkspacesIpGroup) probe.IPGroup {
	d := probe.IPGroup{ID: word(g.GroupId), Name: word(g.GroupName)}
	for i, r := range g.UserRules {
		if i == mostList {
			break
		}
		if p, is := network(word(r.IpRule)); is {
			d.Rules = append(d.Rules, p)
		} else {
			d.Unread = append(d.Unread, word(r.IpRule))
		}
	}
	return d
}

// Aliases is workspaces:DescribeConnectionAliases.
func (c *client) Aliases(ctx context.Context) (d probe.AliasesDetail, err error) {
	in := &workspaces.DescribeConnectionAliasesInput{}
	for range mostPages {
		o, err := c.workspaces.DescribeConnectionAliases(ctx, in)
		if err != nil {
			return d, because(ctx, account.ActionOf(probe.AccountAliases), err)
		}
		d.Aliases = append(d.Aliases, each(o.ConnectionAliases, alias)...)
		if in.NextToken = o.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	return d, nil
}

func alias(a types.ConnectionAlias) probe.ConnectionAlias {
	of := func(a types.ConnectionAliasAssociation) probe.AliasAssociation {
		return probe.AliasAssociation{
			Status: code(a.AssociationStatus), Directory: word(a.ResourceId), Account: word(a.AssociatedAccountId),
			Identifier: word(a.ConnectionIdentifier),
		}
	}
	return probe.ConnectionAlias{
		ID: word(a.AliasId), Name: word(a.ConnectionString), State: code(a.State), Owner: word(a.OwnerAccountId),
		Associations: each(a.Associations, of),
	}
}

// Clients is workspaces:DescribeClientProperties. What the SDK's types do not know yet is
// read from the body itself.
func (c *client) Clients(ctx context.Context, directory string) (d probe.ClientsDetail, err error) {
	d.Directory = directory
	var raw struct {
		ClientPropertiesList []struct {
			ResourceId       string
			ClientProperties struct{ ClientExperiencePolicy string }
		}
	}
	o, err := c.workspaces.DescribeClientProperties(ctx,
		&workspaces.DescribeClientPropertiesInput{ResourceIds: []string{directory}},
		workspaces.WithAPIOptions(func(s *stack) error { return s.Deserialize.Add(body(&raw), middleware.After) }))
	if err != nil {
		return d, because(ctx, account.ActionOf(probe.AccountClients), err)
	}
	for _, p := range o.ClientPropertiesList {
		if word(p.ResourceId) == directory && p.ClientProperties != nil {
			d.Reconnect, d.Upload = code(p.ClientProperties.ReconnectEnabled), code(p.ClientProperties.LogUploadEnabled)
		}
	}
	for _, p := range raw.ClientPropertiesList {
		if p.ResourceId == directory {
			d.Experience = text(p.ClientProperties.ClientExperiencePolicy)
		}
	}
	return d, nil
}

// body reads an answer's JSON beside the SDK. What is no JSON the SDK complains of.
func body(into any) middleware.DeserializeMiddleware {
	return middleware.DeserializeMiddlewareFunc("wsdoctorBody", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleDeserialize(ctx, in)
		if r, is := out.RawResponse.(*smithyhttp.Response); is && err == nil && r.Body != nil {
			b, failed := io.ReadAll(r.Body) // bounded by the client
			r.Body.Close()
			r.Body = io.NopCloser(bytes.NewReader(b))
			if failed == nil {
				json.Unmarshal(b, into)
			}
		}
		return out, meta, err
	})
}

// Tenancy is workspaces:DescribeAccount.
func (c *client) Tenancy(ctx context.Context) (d probe.TenancyDetail, err error) {
	o, err := c.workspaces.DescribeAccount(ctx, &workspaces.DescribeAccountInput{})
	if err != nil {
		return d, because(ctx, account.ActionOf(probe.AccountTenancy), err)
	}
	return probe.TenancyDetail{
		Support: code(o.DedicatedTenancySupport), Management: networkOf(o.DedicatedTenancyManagementCidrRange),
	}, nil
}
