package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// accountCases has rows for every rule about an account: where it fires, and where what
// looks the same is there in its place.
func accountCases() map[string]map[string]accountCase {
	user, code := askedOfUser, probe.QuestionDetail{User: world.User, Code: true}
	byID := probe.QuestionDetail{DirectoryID: "d-9067000009"}
	on := func(system string) probe.QuestionDetail {
		return probe.QuestionDetail{User: world.User, System: system}
	}
	from := func(list ...string) probe.QuestionDetail {
		q := user
		for _, a := range list {
			q.Egress = append(q.Egress, anAddress(a))
		}
		return q
	}
	second := func(w *world.World) { // the user has another WorkSpace
		w.Workspaces[1].User = world.User
	}
	kept := func(w *world.World) { // the Directory Service knows it
		w.Services = append(w.Services, probe.ServiceDirectory{ID: "d-9067000009", Type: "SimpleAD", Stage: "Active"})
	}
	otherDirectory := func(code string) func(*world.World) {
		return func(w *world.World) {
			w.Directories[0].Code = "wsdoc+OTHER1"
			other := account.Directory{Code: code, RegisteredDirectory: *itsDirectory(w)}
			other.ID = "d-9067000002"
			w.Directories = append(w.Directories, other)
		}
	}
	otherUser := func(w *world.World) { mine(w).User = "somebody" }
	connector := func(w *world.World) { w.Services[0].Type = "ADConnector" }
	toDirectory := func(a ...string) probe.AccessRule {
		r := probe.AccessRule{Protocol: "all", Last: 65535}
		for _, x := range a {
			r.Networks = append(r.Networks, aPrefix(x))
		}
		return r
	}
	egress := func(rules ...probe.AccessRule) func(*world.World) {
		return func(w *world.World) { w.Groups[0].Egress = rules }
	}
	acl := func(in, out []probe.AccessRule) func(*world.World) {
		return func(w *world.World) {
			w.ACLs[0].Ingress, w.ACLs[0].Egress = in, out
			mine(w).Subnet, card(w).Subnet = world.SubnetB, world.SubnetB // name servers lie in A, and one in B
			itsDirectory(w).DNS, w.Services[0].DNS = itsDirectory(w).DNS[:1], w.Services[0].DNS[:1]
		}
	}
	numbered := func(n int, deny bool, r probe.AccessRule) probe.AccessRule {
		r.Number, r.Deny = n, deny
		return r
	}
	web := numbered(100, false, probe.AccessRule{Protocol: "tcp", First: 443, Last: 443, Networks: []netip.Prefix{world.Everywhere}})
	answers := numbered(100, false, probe.AccessRule{Protocol: "tcp", First: 1024, Last: 65535, Networks: []netip.Prefix{world.Everywhere}})
	inVPC := numbered(90, false, toDirectory("10.0.0.0/16"))
	fails := both(counts(attempt("ConnectionAttempt", 30, 3), attempt("ConnectionFailure", 30, 3)))
	outside := func(servers ...string) func(*world.World) { // the company's own, out of the VPC
		return func(w *world.World) {
			connector(w)
			w.Services[0].DNS = nil
			for _, a := range servers {
				w.Services[0].DNS = append(w.Services[0].DNS, anAddress(a))
			}
			itsDirectory(w).DNS = slices.Clone(w.Services[0].DNS)
		}
	}
	forced := func(w *world.World) { w.Clients[0].Experience = "FORCE_UI_2026" }
	slow := func(ms float64) func(*world.World) {
		return counts(attempt("InSessionLatency", 30, ms), attempt("InSessionLatency", 25, ms+5), attempt("InSessionLatency", 20, ms+2))
	}
	return map[string]map[string]accountCase{
		"": {
			"nothing is wrong":                  {},
			"the user is connected":             {spoil: connected(func(*world.World) {})},
			"only a directory is asked about":   {question: probe.QuestionDetail{DirectoryID: world.DirectoryID}},
			"everything is as Quick Setup does": {question: probe.QuestionDetail{User: world.User, Expect: "quick-setup"}},
		},
		"directory_unregistered": {
			"the Directory Service knows it": {spoil: kept, question: byID, status: fault, layer: layer.Directory, sure: finding.Proven},
			"perhaps another Region":         {question: byID, status: inconclusive, layer: ""},
		},
		"registration_elsewhere": {
			"another directory's code": {spoil: otherDirectory(world.Code), question: code, status: fault, layer: layer.Directory, sure: finding.Proven},
			"nobody's code":            {spoil: otherDirectory("wsdoc+OTHER2"), question: code, status: fault, layer: layer.Directory, sure: finding.Proven},
			"the right code":           {question: code, code: "-"},
		},
		"alias_leads_nowhere": {
			"no association": {
				spoil: func(w *world.World) {
					w.Directories[0].Code = "wsdoc+OTHER1"
					w.Aliases = []probe.ConnectionAlias{{ID: "wsca-1", Name: "desk.example.com", State: "CREATED"}}
				}, question: code, status: fault, layer: layer.Directory, sure: finding.Proven,
			},
			"another's, beside the right code": {
				spoil: func(w *world.World) {
					w.Aliases = []probe.ConnectionAlias{{ID: "wsca-1", Name: "desk.example.com", State: "CREATED"}}
				}, question: code, code: "-",
			},
			"associated": {
				spoil: func(w *world.World) {
					w.Aliases = []probe.ConnectionAlias{{ID: "wsca-1", Name: "desk.example.com", State: "CREATED", Associations: []probe.AliasAssociation{{Status: "ASSOCIATED_WITH_OWNER_ACCOUNT", Directory: world.DirectoryID}}}}
				}, question: code, code: "-",
			},
		},
		"directory_not_ready": {
			"in error":                   {spoil: func(w *world.World) { itsDirectory(w).State = "ERROR" }, status: fault, layer: layer.Directory, sure: finding.Proven},
			"being registered":           {spoil: func(w *world.World) { itsDirectory(w).State = "REGISTERING" }, status: fault, layer: layer.Directory, sure: finding.Proven},
			"in error, and in use as is": {spoil: connected(func(w *world.World) { itsDirectory(w).State = "ERROR" }), code: "-"},
		},
		"directory_stage": {
			"inoperable": {spoil: func(w *world.World) { w.Services[0].Stage, w.Services[0].Reason = "Inoperable", "DNS unavailable" }, status: fault, layer: layer.Directory, sure: finding.Proven},
			"impaired":   {spoil: func(w *world.World) { w.Services[0].Stage = "Impaired" }, status: degraded, layer: layer.Directory, sure: finding.Proven},
		},
		"directory_deleted": {
			"it may only be hidden": {spoil: func(w *world.World) { w.Services = nil }, status: inconclusive},
			"and the user is there": {spoil: connected(func(w *world.World) { w.Services = nil }), code: "-"},
			"nobody may ask":        {spoil: func(w *world.World) { w.Fails = map[string]probe.Failure{"ds:DescribeDirectories": probe.AccessDenied} }, code: "-"},
			"its users are of elsewhere": {spoil: func(w *world.World) {
				w.Services, itsDirectory(w).ID, mine(w).DirectoryID = nil, "wsd-9067000001", "wsd-9067000001"
			}, code: "-"},
		},
		"directory_unrouted": {
			"an internet gateway alone": {spoil: outside("172.20.0.10"), status: fault, layer: layer.DirectoryDNS, sure: finding.Likely},
			"a VPN": {spoil: both(outside("172.20.0.10"), func(w *world.World) {
				w.Tables[0].Routes = append(w.Tables[0].Routes, probe.TableRoute{Destination: aPrefix("172.16.0.0/12"), Target: "vgw-1", State: "active"})
			}), code: "-"},
			"one of two is routed to": {spoil: outside("172.20.0.10", "10.0.1.10"), code: "-"},
			"a public address":        {spoil: outside("203.0.113.9"), code: "-"},
			"and the user is there":   {spoil: connected(outside("172.20.0.10")), code: "-"},
		},
		"radius_failed": {
			"failed":    {spoil: func(w *world.World) { w.Services[0].Radius = "Failed" }, status: fault, layer: layer.Directory, sure: finding.Proven},
			"completed": {spoil: func(w *world.World) { w.Services[0].Radius = "Completed" }, code: "-"},
		},
		"trust_failed": {
			"whose user it is, nobody knows": {
				spoil: func(w *world.World) {
					w.Trusts = map[string][]probe.Trust{world.DirectoryID: {{Domain: "other.example.com", State: "VerifyFailed"}}}
				}, status: inconclusive,
			},
			"verified": {
				spoil: func(w *world.World) {
					w.Trusts = map[string][]probe.Trust{world.DirectoryID: {{Domain: "other.example.com", State: "Verified"}}}
				}, code: "-",
			},
		},
		"directory_dns_moved": {
			"all, and nobody is left":     {spoil: moved("10.0.0.60", "10.0.1.60"), status: fault, layer: layer.DirectoryDNS, sure: finding.Likely},
			"all, of a connector":         {spoil: both(moved("10.0.0.60", "10.0.1.60"), connector), status: inconclusive},
			"one of two, and it is gone":  {spoil: moved("10.0.0.10", "10.0.1.60"), status: degraded, layer: layer.DirectoryDNS, sure: finding.Likely},
			"one of two, and it is there": {spoil: func(w *world.World) { w.Services[0].DNS[1] = anAddress("10.0.1.60") }, status: degraded, sure: finding.Possible},
			"more than before":            {spoil: func(w *world.World) { w.Services[0].DNS = append(w.Services[0].DNS, anAddress("10.0.0.61")) }, code: "-"},
			"all, and the user is there":  {spoil: connected(moved("10.0.0.60", "10.0.1.60")), code: "-"},
		},
		"workspace_none": {
			"in the directory of the code": {spoil: otherUser, question: code, status: fault, layer: layer.Directory, sure: finding.Proven},
			"in the directory asked for":   {spoil: otherUser, question: probe.QuestionDetail{User: world.User, DirectoryID: world.DirectoryID}, status: fault, layer: layer.Directory, sure: finding.Proven},
			"in a directory of pools":      {spoil: both(otherUser, func(w *world.World) { itsDirectory(w).Workspaces = "POOLS" }), question: code, status: inconclusive},
			"by a name with its domain":    {question: probe.QuestionDetail{User: world.User + "@corp.example.com", DirectoryID: world.DirectoryID}, status: inconclusive},
			"in this Region":               {spoil: otherUser, status: inconclusive},
		},
		"workspace_state": {
			"in error":                           {spoil: state("ERROR"), status: fault, layer: layer.StreamingHost, sure: finding.Proven},
			"what nobody knows":                  {spoil: state("MODIFYING"), status: inconclusive},
			"in maintenance":                     {spoil: state("ADMIN_MAINTENANCE"), status: fault, layer: layer.StreamingHost, sure: finding.Proven},
			"starting":                           {spoil: state("STARTING"), status: fault, layer: layer.StreamingHost, sure: finding.Proven},
			"starting, and the user has another": {spoil: both(second, state("STARTING")), status: inconclusive},
			"of another user":                    {spoil: func(w *world.World) { w.Workspaces[1].State = "ERROR" }, code: "-"},
		},
		"workspace_unhealthy": {
			"nothing tells why": {spoil: state("UNHEALTHY"), status: inconclusive},
		},
		"workspace_stopped": {
			"by hand":       {spoil: func(w *world.World) { mine(w).State, mine(w).RunningMode = "STOPPED", "MANUAL" }, status: fault, layer: layer.StreamingHost, sure: finding.Proven},
			"always on":     {spoil: func(w *world.World) { mine(w).State, mine(w).RunningMode = "STOPPED", "ALWAYS_ON" }, status: fault, layer: layer.StreamingHost, sure: finding.Possible},
			"by AutoStop":   {spoil: state("STOPPED"), code: "-"},
			"still stopped": {spoil: connected(func(w *world.World) { mine(w).State, mine(w).RunningMode = "STOPPED", "MANUAL" }), code: "-"},
		},
		"protocol_changing": {
			"in progress": {
				spoil: func(w *world.World) {
					mine(w).Modifications = []probe.Modification{{Resource: "PROTOCOL", State: "UPDATE_IN_PROGRESS"}}
				},
				status: fault, layer: layer.StreamingHost, sure: finding.Possible,
			},
			"of a volume": {spoil: func(w *world.World) {
				mine(w).Modifications = []probe.Modification{{Resource: "ROOT_VOLUME", State: "UPDATE_IN_PROGRESS"}}
			}, code: "-"},
		},
		"pcoip_ending": {"worth knowing": {spoil: pcoip, code: "-"}},
		"client_without_pcoip": {
			"on Windows":        {spoil: both(pcoip, forced), question: on("windows"), status: fault, layer: layer.Directory, sure: finding.Proven},
			"on some system":    {spoil: both(pcoip, forced), status: fault, layer: layer.Directory, sure: finding.Possible},
			"on a Mac":          {spoil: both(pcoip, forced), question: on("macos"), code: "-"},
			"the user has DCV":  {spoil: forced, question: on("windows"), code: "-"},
			"a pool on Windows": {spoil: both(forced, func(w *world.World) { itsDirectory(w).Workspaces = "POOLS" }), question: on("windows"), status: fault, layer: layer.Directory, sure: finding.Proven},
		},
		"device_type_denied": {
			"Linux":                               {question: on("linux"), status: fault, layer: layer.IPAccessControl, sure: finding.Proven},
			"Windows":                             {question: on("windows"), code: "-"},
			"Linux, while connected with another": {spoil: connected(func(*world.World) {}), question: on("linux"), status: fault, layer: layer.IPAccessControl, sure: finding.Proven},
			"unknown":                             {question: user, code: "-"},
		},
		"ip_group_empty": {
			"nobody is let in":            {spoil: ipRules(), status: fault, layer: layer.IPAccessControl, sure: finding.Proven},
			"over a VPC endpoint":         {spoil: both(ipRules(), byEndpoint(nil)), code: "-"},
			"PCoIP beside a VPC endpoint": {spoil: both(ipRules(), pcoip, byEndpoint(nil), func(w *world.World) { itsDirectory(w).Fallback = []string{"PCOIP"} }), status: inconclusive},
			"one of two has rules": {spoil: both(ipRules(), func(w *world.World) {
				w.IPGroups = append(w.IPGroups, probe.IPGroup{ID: "wsipg-2", Rules: []netip.Prefix{aPrefix("203.0.113.0/24")}})
				itsDirectory(w).IPGroups = append(itsDirectory(w).IPGroups, "wsipg-2")
			}), code: "-"},
			"of another directory":     {spoil: func(w *world.World) { w.IPGroups = []probe.IPGroup{{ID: "wsipg-2"}} }, code: "-"},
			"nobody may read the rest": {spoil: both(ipRules(), func(w *world.World) { itsDirectory(w).IPGroups = append(itsDirectory(w).IPGroups, "wsipg-2") }), code: "-"},
		},
		"ip_group_excludes": {
			"outside":             {spoil: ipRules("198.51.100.0/24"), question: from("203.0.113.77"), status: fault, layer: layer.IPAccessControl, sure: finding.Proven},
			"some are outside":    {spoil: ipRules("198.51.100.0/24"), question: from("203.0.113.77", "198.51.100.9"), status: fault, layer: layer.IPAccessControl, sure: finding.Possible},
			"inside":              {spoil: ipRules("198.51.100.0/24", "203.0.113.0/24"), question: from("203.0.113.77"), code: "-"},
			"a rule is unread":    {spoil: both(ipRules("198.51.100.0/24"), func(w *world.World) { w.IPGroups[0].Unread = []string{"?"} }), question: from("203.0.113.77"), code: "-"},
			"over a VPC endpoint": {spoil: both(ipRules("198.51.100.0/24"), byEndpoint(nil)), question: from("203.0.113.77"), code: "-"},
			"from IPv6":           {spoil: ipRules("198.51.100.0/24"), question: from("2001:db8::77"), code: "-"},
		},
		"eni_deleted": {
			"of a WorkSpace that runs":    {spoil: func(w *world.World) { w.Interfaces = w.Interfaces[1:] }, status: fault, layer: layer.PrimaryInterface, sure: finding.Proven},
			"of one that is stopped":      {spoil: both(state("STOPPED"), func(w *world.World) { w.Interfaces = w.Interfaces[1:] }), status: inconclusive},
			"of one that is made":         {spoil: both(state("PENDING"), func(w *world.World) { w.Interfaces = w.Interfaces[1:] }), code: "workspace_state", status: fault, layer: layer.StreamingHost, sure: finding.Proven},
			"the description was changed": {spoil: func(w *world.World) { card(w).Description = "our desktop 7" }, status: inconclusive},
			"somebody else's address": {spoil: func(w *world.World) {
				card(w).Subnet, card(w).Description = "subnet-0b00000000000001", "Primary network interface"
			}, status: fault, layer: layer.PrimaryInterface, sure: finding.Proven},
		},
		"eni_detached": {
			"attached to nothing": {spoil: func(w *world.World) { card(w).Status = "available" }, status: fault, layer: layer.PrimaryInterface, sure: finding.Proven},
			"while it is stopped": {spoil: both(state("STOPPED"), func(w *world.World) { card(w).Status = "available" }), status: inconclusive},
		},
		"eni_groups_replaced": {
			"by one that shuts": {spoil: func(w *world.World) {
				card(w).Groups = []string{"sg-9"}
				w.Groups = append(w.Groups, probe.SecurityGroup{ID: "sg-9"})
			}, status: fault, layer: layer.PrimaryInterface, sure: finding.Proven},
			"by one that is open": {spoil: func(w *world.World) {
				card(w).Groups = []string{"sg-9"}
				w.Groups = append(w.Groups, probe.SecurityGroup{ID: "sg-9", Egress: []probe.AccessRule{world.AnyTraffic(world.Everywhere)}})
			}, code: "-"},
			"by one nobody read":    {spoil: func(w *world.World) { card(w).Groups = []string{"sg-9"} }, status: inconclusive},
			"joined by another one": {spoil: func(w *world.World) { card(w).Groups = []string{world.Members, "sg-9"} }, code: "-"},
		},
		"eni_no_public_address": {
			"in a public subnet": {spoil: func(w *world.World) { card(w).Public = netip.Addr{} }, status: degraded, layer: layer.VPCEgress, sure: finding.Possible},
			"behind NAT": {spoil: both(leadTo(world.NATID, "active"), func(w *world.World) {
				w.NATGateways = []probe.NATGateway{{ID: world.NATID, State: "available", Connectivity: "public"}}
			}), code: "-"},
		},
		"members_shut": {
			"nothing goes out":         {spoil: egress(), status: fault, layer: layer.PrimaryInterface, sure: finding.Proven},
			"only the web goes out":    {spoil: egress(probe.AccessRule{Protocol: "tcp", First: 443, Last: 443, Networks: []netip.Prefix{world.Everywhere}}), status: fault, layer: layer.PrimaryInterface, sure: finding.Proven},
			"to the directory alone":   {spoil: egress(toDirectory("10.0.0.10/32", "10.0.1.10/32")), code: "-"},
			"to one of two":            {spoil: egress(toDirectory("10.0.1.10/32")), code: "-"},
			"to the directory's group": {spoil: egress(probe.AccessRule{Protocol: "all", Last: 65535, Groups: []string{world.Controllers}}), code: "-"},
			"to a prefix list":         {spoil: egress(probe.AccessRule{Protocol: "all", Last: 65535, Lists: []string{"pl-1"}}), code: "-"},
			"a custom group lets out": {spoil: both(egress(), func(w *world.World) {
				card(w).Groups = append(card(w).Groups, "sg-9")
				w.Groups = append(w.Groups, probe.SecurityGroup{ID: "sg-9", Egress: []probe.AccessRule{world.AnyTraffic(world.Everywhere)}})
			}), code: "-"},
			"and the user is there": {spoil: connected(egress()), code: "-"},
			"and the servers moved": {spoil: both(egress(), moved("10.0.0.60", "10.0.1.60")), code: "directory_dns_moved", status: fault, layer: layer.DirectoryDNS, sure: finding.Likely},
		},
		"controllers_shut": {
			"a secondary range of the VPC": {
				spoil: func(w *world.World) {
					mine(w).Address, card(w).Address = anAddress("100.64.0.21"), anAddress("100.64.0.21")
					w.Subnets[0].CIDR = aPrefix("100.64.0.0/24")
				}, status: fault, layer: layer.DirectoryDNS, sure: finding.Proven,
			},
			"the members' group is let in": {
				spoil: func(w *world.World) {
					mine(w).Address, card(w).Address = anAddress("100.64.0.21"), anAddress("100.64.0.21")
					w.Subnets[0].CIDR = aPrefix("100.64.0.0/24")
					w.Groups[1].Ingress = []probe.AccessRule{{Protocol: "all", Last: 65535, Groups: []string{world.Members}}}
				}, code: "-",
			},
			"of a connector": {
				spoil: both(connector, func(w *world.World) { w.Groups[1].Ingress = nil }), code: "-",
			},
		},
		"controllers_open": {
			"worth knowing": {spoil: func(w *world.World) {
				w.Groups[1].Ingress = append(w.Groups[1].Ingress, world.AnyTraffic(world.Everywhere))
			}, code: "-"},
		},
		"security_group_gone": {
			"WorkSpaces go on": {spoil: func(w *world.World) { itsDirectory(w).CustomGroup = "sg-0b" }, status: degraded, layer: layer.PrimaryInterface, sure: finding.Proven},
			"while launching":  {spoil: both(state("ERROR"), func(w *world.World) { itsDirectory(w).CustomGroup = "sg-0b" }), status: fault, layer: layer.PrimaryInterface, sure: finding.Proven},
		},
		"subnet_gone": {
			"WorkSpaces go on": {spoil: func(w *world.World) { w.Subnets = w.Subnets[:1] }, status: degraded, layer: layer.PrimaryInterface, sure: finding.Proven},
			"while launching":  {spoil: both(state("PENDING"), func(w *world.World) { w.Subnets = w.Subnets[:1] }), status: fault, layer: layer.PrimaryInterface, sure: finding.Proven},
		},
		"subnet_full": {
			"both":            {spoil: func(w *world.World) { w.Subnets[0].Free, w.Subnets[1].Free = 0, 0 }, status: degraded, layer: layer.PrimaryInterface, sure: finding.Proven},
			"one":             {spoil: func(w *world.World) { w.Subnets[0].Free = 0 }, code: "-"},
			"while launching": {spoil: both(state("ERROR"), func(w *world.World) { w.Subnets[0].Free, w.Subnets[1].Free = 0, 0 }), status: fault, layer: layer.PrimaryInterface, sure: finding.Possible},
		},
		"route_missing": {
			"no route": {spoil: func(w *world.World) { w.Tables[0].Routes = w.Tables[0].Routes[:1] }, status: degraded, layer: layer.VPCEgress, sure: finding.Possible},
			"by a prefix list": {spoil: func(w *world.World) {
				w.Tables[0].Routes[1] = probe.TableRoute{List: "pl-1", Target: world.GatewayID, State: "active"}
			}, code: "-"},
			"to a firewall": {spoil: leadTo("tgw-0a00000000000001", "active"), code: "-"},
		},
		"route_blackhole": {
			"the default route": {spoil: leadTo(world.NATID, "blackhole"), status: degraded, layer: layer.VPCEgress, sure: finding.Proven},
			"to the directory": {
				spoil: func(w *world.World) {
					itsDirectory(w).DNS, w.Services[0].DNS = []netip.Addr{anAddress("172.20.0.10")}, []netip.Addr{anAddress("172.20.0.10")}
					w.Tables[0].Routes = append(w.Tables[0].Routes, probe.TableRoute{Destination: aPrefix("172.20.0.0/16"), Target: "pcx-1", State: "blackhole"})
				}, status: fault, layer: layer.DirectoryDNS, sure: finding.Proven,
			},
			"to nobody who matters": {
				spoil: func(w *world.World) {
					w.Tables[0].Routes = append(w.Tables[0].Routes, probe.TableRoute{Destination: aPrefix("172.20.0.0/16"), Target: "pcx-1", State: "blackhole"})
				}, code: "-",
			},
		},
		"nat_gateway_dead": {
			"failed": {spoil: both(leadTo(world.NATID, "active"), func(w *world.World) {
				w.NATGateways = []probe.NATGateway{{ID: world.NATID, State: "failed", Connectivity: "public"}}
			}), status: degraded, layer: layer.VPCEgress, sure: finding.Proven},
			"deleted": {spoil: both(leadTo(world.NATID, "active"), func(w *world.World) {
				w.NATGateways = []probe.NATGateway{{ID: world.NATID, State: "deleted", Connectivity: "public"}}
			}), status: degraded, layer: layer.VPCEgress, sure: finding.Proven},
			"another account's": {spoil: leadTo(world.NATID, "active"), code: "-"},
			"in a private subnet": {spoil: both(leadTo(world.NATID, "active"), func(w *world.World) {
				w.NATGateways = []probe.NATGateway{{ID: world.NATID, VPC: world.VPCID, Subnet: world.SubnetA, State: "available", Connectivity: "public"}}
			}), status: degraded, layer: layer.VPCEgress, sure: finding.Possible},
			"private": {spoil: both(leadTo(world.NATID, "active"), func(w *world.World) {
				w.NATGateways = []probe.NATGateway{{ID: world.NATID, State: "available", Connectivity: "private"}}
			}), status: degraded, layer: layer.VPCEgress, sure: finding.Possible},
		},
		"acl_blocks_directory": {
			"forgets the way back": {spoil: acl([]probe.AccessRule{web}, world.OpenACL()), status: fault, layer: layer.DirectoryDNS, sure: finding.Proven},
			"denies what goes out": {spoil: acl(world.OpenACL(), append([]probe.AccessRule{numbered(10, true, toDirectory("10.0.0.0/24"))}, world.OpenACL()...)), status: fault, layer: layer.DirectoryDNS, sure: finding.Proven},
			"lets the VPC through": {spoil: acl([]probe.AccessRule{inVPC, answers}, []probe.AccessRule{inVPC, web}), code: "-"},
			"within one subnet": {
				spoil: func(w *world.World) {
					w.ACLs[0].Ingress, w.ACLs[0].Egress = []probe.AccessRule{answers}, []probe.AccessRule{web}
				}, code: "-",
			},
		},
		"acl_blocks_internet": {
			"nothing goes out": {spoil: acl([]probe.AccessRule{inVPC}, []probe.AccessRule{inVPC}), status: degraded, layer: layer.VPCEgress, sure: finding.Possible},
		},
		"management_overlapped": {
			"on the company's own licence": {spoil: onOwnLicence("172.20.0.0/16", "172.20.128.0/20"), status: fault, layer: layer.ManagementInterface, sure: finding.Possible},
			"another range":                {spoil: onOwnLicence("172.20.0.0/16", "172.21.0.0/16"), code: "-"},
			"on shared hardware":           {spoil: both(onOwnLicence("172.20.0.0/16", "172.20.128.0/20"), func(w *world.World) { itsDirectory(w).Tenancy = "SHARED" }), code: "-"},
		},
		"role_missing": {
			"WorkSpaces go on": {spoil: noRole, status: degraded, layer: layer.Directory, sure: finding.Proven},
			"while launching":  {spoil: both(noRole, state("ERROR")), status: fault, layer: layer.Directory, sure: finding.Proven},
			"another role":     {spoil: both(noRole, func(w *world.World) { itsDirectory(w).Role = "arn:aws:iam::123456789012:role/OwnRole" }), code: "-"},
			"may not be read": {spoil: both(noRole, func(w *world.World) {
				w.Fails = map[string]probe.Failure{"iam:GetRole": probe.AccessDenied}
				w.Roles = world.Healthy().Roles
			}), code: "-"},
		},
		"role_untrusted": {
			"another service":   {spoil: func(w *world.World) { w.Roles[0].Trusts[0].Services = []string{"ec2.amazonaws.com"} }, status: degraded, layer: layer.Directory, sure: finding.Proven},
			"under a condition": {spoil: func(w *world.World) { w.Roles[0].Trusts[0].Condition = true }, code: "-"},
			"denied beside that": {spoil: func(w *world.World) {
				w.Roles[0].Trusts = append(w.Roles[0].Trusts, probe.TrustRule{Effect: "Deny", Services: []string{"*"}, Actions: []string{"sts:*"}})
			}, status: degraded, layer: layer.Directory, sure: finding.Proven},
		},
		"role_without_rights": {
			"none": {spoil: func(w *world.World) { w.Policies[0].Attached = []string{"AmazonWorkSpacesSelfServiceAccess"} }, status: degraded, layer: layer.Directory, sure: finding.Proven},
			"older ones inside": {spoil: func(w *world.World) {
				w.Policies[0] = probe.RolePoliciesDetail{Name: "workspaces_DefaultRole", Inline: []probe.InlinePolicy{{Name: "SkyLightServiceAccess", Allowed: []string{"ec2:createnetworkinterface", "ec2:deletenetworkinterface", "ec2:describenetworkinterfaces"}}}}
			}, code: "-"},
			"one of three": {spoil: func(w *world.World) {
				w.Policies[0] = probe.RolePoliciesDetail{Name: "workspaces_DefaultRole", Inline: []probe.InlinePolicy{{Name: "SkyLightServiceAccess", Allowed: []string{"ec2:describe*"}}}}
			}, status: degraded, layer: layer.Directory, sure: finding.Proven},
			"the company's own": {spoil: func(w *world.World) { w.Policies[0].Attached = []string{"OwnPolicy"} }, status: degraded, sure: finding.Possible},
			"not all was read": {spoil: func(w *world.World) {
				w.Policies[0].Attached = nil
				w.Policies[0].Partial = []string{"iam:ListRolePolicies"}
			}, code: "-"},
		},
		"role_bounded": {"worth knowing": {spoil: func(w *world.World) { w.Roles[0].Boundary = "arn:aws:iam::123456789012:policy/Bound" }, code: "-"}},
		"certificate_role_missing": {
			"certificates are on": {spoil: func(w *world.World) { itsDirectory(w).Certificates, itsDirectory(w).SAML = "ENABLED", "ENABLED" }, status: degraded, layer: layer.Directory, sure: finding.Proven},
			"the role is there": {spoil: func(w *world.World) {
				itsDirectory(w).Certificates, itsDirectory(w).SAML = "ENABLED", "ENABLED"
				w.Roles = append(w.Roles, probe.RoleDetail{Name: "service-role/AmazonWorkSpacesPCAAccess"})
			}, code: "-"},
			"without SAML": {spoil: func(w *world.World) { itsDirectory(w).Certificates = "ENABLED" }, code: "-"},
		},
		"streaming_endpoint_broken": {
			"dual-stack":         {spoil: byEndpoint(func(v *probe.VPCEndpoint) { v.Records = "dualstack" }), status: fault, layer: layer.StreamingGateway, sure: finding.Proven},
			"pending":            {spoil: byEndpoint(func(v *probe.VPCEndpoint) { v.State = "pending" }), status: fault, layer: layer.StreamingGateway, sure: finding.Proven},
			"another account's":  {spoil: byEndpoint(func(v *probe.VPCEndpoint) { v.Owner = "210987654321" }), status: fault, layer: layer.StreamingGateway, sure: finding.Proven},
			"deleted":            {spoil: both(byEndpoint(nil), func(w *world.World) { w.Endpoints = nil }), status: fault, layer: layer.StreamingGateway, sure: finding.Proven},
			"the user has PCoIP": {spoil: both(byEndpoint(func(v *probe.VPCEndpoint) { v.Records = "dualstack" }), pcoip, func(w *world.World) { itsDirectory(w).Fallback = []string{"PCOIP"} }), code: "-"},
			"sound":              {spoil: byEndpoint(nil), code: "-"},
		},
		"streaming_endpoint_shut": {
			"no rule for DCV":   {spoil: both(byEndpoint(nil), func(w *world.World) { w.Groups[2].Ingress[0].First, w.Groups[2].Ingress[0].Last = 22, 22 }), status: fault, layer: layer.StreamingGateway, sure: finding.Proven},
			"443 may be enough": {spoil: both(byEndpoint(nil), func(w *world.World) { w.Groups[2].Ingress[0].First, w.Groups[2].Ingress[0].Last = 443, 443 }), status: inconclusive},
			"4195 is enough":    {spoil: byEndpoint(nil), code: "-"},
		},
		"pcoip_fallback_off": {
			"off": {spoil: both(byEndpoint(nil), pcoip), status: fault, layer: layer.StreamingGateway, sure: finding.Proven},
			"on":  {spoil: both(byEndpoint(nil), pcoip, func(w *world.World) { itsDirectory(w).Fallback = []string{"PCOIP"} }), code: "-"},
		},
		"stream_fails": {
			"since the last good one":   {spoil: fails, status: inconclusive},
			"and a good one after that": {spoil: both(fails, counts(attempt("ConnectionSuccess", 10, 1))), code: "-"},
			"yesterday":                 {spoil: counts(attempt("ConnectionAttempt", 1000, 3), attempt("ConnectionFailure", 1000, 3)), code: "-"},
			"and the user is there":     {spoil: connected(fails), code: "-"},
		},
		"session_round_trip_long": {
			"above the limit": {spoil: slow(300), status: degraded, sure: finding.Possible},
			"below it":        {spoil: slow(120), code: "-"},
		},
		"trusted_device_refused": {
			"worth knowing":       {spoil: counts(world.Counted("TrustedDeviceValidationFailure", "DirectoryId", world.DirectoryID, 20, 2)), code: "-"},
			"as the client shows": {spoil: counts(world.Counted("TrustedDeviceValidationFailure", "DirectoryId", world.DirectoryID, 20, 2)), symptom: "not-authorized", status: inconclusive},
		},
		"settings_changed": {
			"since the last connection": {spoil: func(w *world.World) {
				w.Changes["ec2.amazonaws.com"] = []probe.Change{{At: world.Now.Add(-time.Hour), Event: "DeleteRoute"}}
			}, code: "-"},
		},
		"quick_setup_drift": {
			"drift": {spoil: func(w *world.World) { w.Subnets[1].Zone = "us-east-1b" }, question: probe.QuestionDetail{User: world.User, Expect: "quick-setup"}, code: "-"},
		},
	}
}
