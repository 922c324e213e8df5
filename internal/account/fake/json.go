package fake

import (
	"context"
	"encoding/json"
	"net/netip"
	"strconv"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

type object = map[string]any

func decodeJSON(b []byte, into *map[string]any) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, into)
}

func encodeJSON(o object) []byte {
	b, err := json.Marshal(pruned(o))
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	return b
}

// pruned leaves out what is not there, as AWS does.
func pruned(o object) object {
	kept := object{}
	for key, value := range o {
		switch v := value.(type) {
		case nil:
		case string:
			if v != "" {
				kept[key] = v
			}
		case object:
			if p := pruned(v); len(p) > 0 {
				kept[key] = p
			}
		case []object:
			list := []object{}
			for _, e := range v {
				list = append(list, pruned(e))
			}
			kept[key] = list
		default:
			kept[key] = v
		}
	}
	return kept
}

// ids are the texts of a list in a request.
func (q request) ids(key string) (list []string) {
	all, _ := q.body[key].([]any)
	for _, v := range all {
		if s, is := v.(string); is {
			list = append(list, s)
		}
	}
	return list
}

func (q request) text(key string) string {
	s, _ := q.body[key].(string)
	return s
}

// page cuts a list, and gives the token of what follows.
func page[T any](s *Server, q request, list []T, most int) ([]T, string) {
	if s.Page > 0 {
		most = min(most, s.Page)
	}
	start, _ := strconv.Atoi(q.text("NextToken"))
	start = min(start, len(list))
	end := min(start+most, len(list))
	if end == len(list) {
		return list[start:end], ""
	}
	return list[start:end], strconv.Itoa(end)
}

// each makes objects of a list.
func each[T any](list []T, of func(T) object) []object {
	made := []object{}
	for _, v := range list {
		made = append(made, of(v))
	}
	return made
}

func addresses(list []netip.Addr, v6 bool) (texts []string) {
	for _, a := range list {
		if a.Is6() == v6 {
			texts = append(texts, a.String())
		}
	}
	return texts
}

func shown(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// seconds is how JSON services write a time; nil for none.
func seconds(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return float64(t.UnixMilli()) / 1000
}

// pages that AWS gives at most.
const (
	workspacesPage = 25
	ordinaryPage   = 100
)

var jsonAnswers = map[string]answer{
	"workspaces:DescribeWorkspaceDirectories": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		all, err := s.api().Directories(ctx, q.ids("DirectoryIds"))
		list, next := page(s, q, all, workspacesPage)
		return encodeJSON(object{"Directories": each(list, directory), "NextToken": next}), err
	},
	"workspaces:DescribeWorkspaces": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		f := account.WorkspaceFilter{
			Directory: q.text("DirectoryId"), User: q.text("UserName"), Most: len(s.World.Workspaces),
		}
		if ids := q.ids("WorkspaceIds"); len(ids) > 0 {
			f.ID = ids[0]
		}
		all, err := s.api().Workspaces(ctx, f)
		list, next := page(s, q, all.Workspaces, workspacesPage)
		return encodeJSON(object{"Workspaces": each(list, workspace), "NextToken": next}), err
	},
	"workspaces:DescribeWorkspacesConnectionStatus": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().Connections(ctx, q.ids("WorkspaceIds"))
		return encodeJSON(object{"WorkspacesConnectionStatus": each(d.Connections,
			func(c probe.WorkspaceConnection) object {
				return object{
					"WorkspaceId": c.WorkspaceID, "ConnectionState": c.State,
					"ConnectionStateCheckTimestamp":    seconds(c.CheckedAt),
					"LastKnownUserConnectionTimestamp": seconds(c.LastAt),
				}
			})}), err
	},
	"workspaces:DescribeIpGroups": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().IPGroups(ctx, q.ids("GroupIds"))
		list, next := page(s, q, d.Groups, workspacesPage)
		return encodeJSON(object{"Result": each(list, ipGroup), "NextToken": next}), err
	},
	"workspaces:DescribeConnectionAliases": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().Aliases(ctx)
		list, next := page(s, q, d.Aliases, workspacesPage)
		return encodeJSON(object{"ConnectionAliases": each(list, alias), "NextToken": next}), err
	},
	"workspaces:DescribeClientProperties": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		list := []object{}
		for _, id := range q.ids("ResourceIds") {
			c, err := s.api().Clients(ctx, id)
			if err != nil {
				return nil, err
			}
			list = append(list, object{"ResourceId": id, "ClientProperties": object{
				"ReconnectEnabled": c.Reconnect, "LogUploadEnabled": c.Upload, "ClientExperiencePolicy": c.Experience,
			}})
		}
		return encodeJSON(object{"ClientPropertiesList": list}), nil
	},
	"workspaces:DescribeAccount": func(ctx context.Context, s *Server, _ request) ([]byte, error) {
		d, err := s.api().Tenancy(ctx)
		o := object{"DedicatedTenancySupport": d.Support}
		if d.Management.IsValid() {
			o["DedicatedTenancyManagementCidrRange"] = d.Management.String()
		}
		return encodeJSON(o), err
	},
	"ds:DescribeDirectories": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().ServiceDirectories(ctx, q.ids("DirectoryIds"))
		list, next := page(s, q, d.Directories, ordinaryPage)
		return encodeJSON(object{"DirectoryDescriptions": each(list, service), "NextToken": next}), err
	},
	"ds:DescribeDomainControllers": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().Controllers(ctx, q.text("DirectoryId"))
		list, next := page(s, q, d.Controllers, ordinaryPage)
		return encodeJSON(object{"DomainControllers": each(list, func(c probe.AccountController) object {
			return object{
				"DirectoryId": q.text("DirectoryId"), "DomainControllerId": c.ID, "DnsIpAddr": shown(c.Address),
				"SubnetId": c.Subnet, "Status": c.Status, "StatusReason": c.Reason,
			}
		}), "NextToken": next}), err
	},
	"ds:DescribeTrusts": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		d, err := s.api().Trusts(ctx, q.text("DirectoryId"))
		list, next := page(s, q, d.Trusts, ordinaryPage)
		return encodeJSON(object{"Trusts": each(list, func(t probe.Trust) object {
			return object{"RemoteDomainName": t.Domain, "TrustState": t.State, "TrustStateReason": t.Reason}
		}), "NextToken": next}), err
	},
	"cloudtrail:LookupEvents": lookupEvents,
}

func directory(d account.Directory) object {
	access := object{}
	for _, device := range d.Devices {
		access["DeviceType"+device.Kind] = device.Access
	}
	if len(d.Endpoints) > 0 {
		access["AccessEndpointConfig"] = object{
			"AccessEndpoints": each(d.Endpoints, func(e probe.AccessEndpoint) object {
				return object{"AccessEndpointType": e.Type, "VpcEndpointId": e.ID}
			}),
			"InternetFallbackProtocols": d.Fallback,
		}
	}
	o := object{
		"DirectoryId": d.ID, "DirectoryName": d.Name, "Alias": d.Alias, "RegistrationCode": d.Code,
		"DirectoryType": d.Type, "WorkspaceType": d.Workspaces, "State": d.State, "ErrorMessage": d.Error,
		"DnsIpAddresses": addresses(d.DNS, false), "DnsIpv6Addresses": addresses(d.DNS, true), "SubnetIds": d.Subnets,
		"ipGroupIds": d.IPGroups, "WorkspaceSecurityGroupId": d.MembersGroup, "IamRoleId": d.Role,
		"UserIdentityType": d.Identity, "Tenancy": d.Tenancy, "EndpointEncryptionMode": d.Encryption,
		"WorkspaceAccessProperties":      access,
		"SamlProperties":                 object{"Status": d.SAML, "UserAccessUrl": d.SAMLURL},
		"CertificateBasedAuthProperties": object{"Status": d.Certificates},
		"StreamingProperties": object{
			"StreamingExperiencePreferredProtocol": d.Preferred,
			"GlobalAccelerator":                    object{"Mode": d.Accelerator, "PreferredProtocol": d.AcceleratorBy},
		},
	}
	creation := object{"CustomSecurityGroupId": d.CustomGroup}
	if d.InternetAccess != nil {
		creation["EnableInternetAccess"] = *d.InternetAccess
	}
	o["WorkspaceCreationProperties"] = creation
	return o
}

func workspace(w probe.AccountWorkspace) object {
	properties := object{
		"OperatingSystemName": w.OS, "RunningMode": w.RunningMode,
		"GlobalAccelerator": object{"Mode": w.Accelerator},
	}
	if len(w.Protocols) > 0 {
		properties["Protocols"] = w.Protocols
	}
	if w.StopsAfter > 0 {
		properties["RunningModeAutoStopTimeoutInMinutes"] = w.StopsAfter
	}
	return object{
		"WorkspaceId": w.ID, "DirectoryId": w.DirectoryID, "UserName": w.User, "ComputerName": w.Computer,
		"BundleId": w.Bundle, "State": w.State, "ErrorCode": w.ErrorCode, "ErrorMessage": w.Error,
		"IpAddress": shown(w.Address), "Ipv6Address": shown(w.Address6), "SubnetId": w.Subnet,
		"ModificationStates": each(w.Modifications, func(m probe.Modification) object {
			return object{"Resource": m.Resource, "State": m.State}
		}),
		"WorkspaceProperties": properties,
	}
}

func ipGroup(g probe.IPGroup) object {
	rules := []object{}
	for _, r := range g.Rules {
		rules = append(rules, object{"ipRule": r.String()})
	}
	for _, r := range g.Unread {
		rules = append(rules, object{"ipRule": r})
	}
	return object{"groupId": g.ID, "groupName": g.Name, "userRules": rules}
}

func alias(a probe.ConnectionAlias) object {
	return object{
		"AliasId": a.ID, "ConnectionString": a.Name, "State": a.State, "OwnerAccountId": a.Owner,
		"Associations": each(a.Associations, func(s probe.AliasAssociation) object {
			return object{
				"AssociationStatus": s.Status, "ResourceId": s.Directory, "AssociatedAccountId": s.Account,
				"ConnectionIdentifier": s.Identifier,
			}
		}),
	}
}

func service(d probe.ServiceDirectory) object {
	o := object{
		"DirectoryId": d.ID, "Name": d.Name, "Type": d.Type, "Stage": d.Stage, "StageReason": d.Reason,
		"DnsIpAddrs": addresses(d.DNS, false), "DnsIpv6Addrs": addresses(d.DNS, true),
		"RadiusStatus": d.Radius, "NetworkType": d.Network,
	}
	network := object{
		"VpcId": d.VPC, "SubnetIds": d.Subnets, "AvailabilityZones": d.Zones, "SecurityGroupId": d.SecurityGroup,
	}
	if d.Type == "ADConnector" {
		network["ConnectIps"] = addresses(d.ConnectIPs, false)
		o["ConnectSettings"] = network
	} else {
		o["VpcSettings"] = network
	}
	return o
}

func lookupEvents(ctx context.Context, s *Server, q request) ([]byte, error) {
	var source string
	attributes, _ := q.body["LookupAttributes"].([]any)
	for _, a := range attributes {
		if o, is := a.(object); is && o["AttributeKey"] == "EventSource" {
			source, _ = o["AttributeValue"].(string)
		}
	}
	since, _ := q.body["StartTime"].(float64)
	d, err := s.api().Changes(ctx, account.ChangesQuery{Source: source, Since: time.UnixMilli(int64(since * 1000))})
	list, next := page(s, q, d.Changes, 50)
	return encodeJSON(object{"Events": each(list, func(c probe.Change) object {
		resources := each(c.Resources, func(r string) object { return object{"ResourceName": r} })
		whole, _ := json.Marshal(object{
			"eventName": c.Event, "sourceIPAddress": shown(c.From), "errorCode": c.Failed,
		})
		return object{
			"EventName": c.Event, "EventTime": seconds(c.At), "Username": c.By, "EventSource": source,
			"ReadOnly": "false", "Resources": resources, "CloudTrailEvent": string(whole),
		}
	}), "NextToken": next}), err
}
