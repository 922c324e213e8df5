package account

import (
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// blackhole is the state of a route whose target is gone.
const blackhole = "blackhole"

// eachPlace asks of every subnet that matters, and gives what was found in the first.
func eachPlace(e evidence, look func(subnet string) (finding.Finding, bool)) (finding.Finding, bool) {
	for _, id := range e.places() {
		if f, fires := look(id); fires {
			f.Owner = f.Owner.Or(words.Owner(layer.VPCAdministrator))
			return f, true
		}
	}
	return finding.Finding{}, false
}

// routeMissing: the subnet has no route to the internet. WorkSpaces may be meant to have
// none: then a proxy, or endpoints in the VPC, stand in its place.
var routeMissing = rule{
	Code: "route_missing", Layer: layer.VPCEgress, Part: wayOutPart,
	Needs: []probe.Operation{probe.AccountRouteTables}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			t, known := e.table(subnet)
			if _, leads := route(t, somewhere); !known || leads || byList(t) {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityDegraded, e.about(probe.AccountRouteTables),
				words.Say("cause.route_missing.summary", words.Args{"subnet": subnet, "table": t.ID}))
			f.Where, f.Rivals = resource(t.ID), []finding.Rival{ownWayOut}
			return f, true
		})
	},
}

// routeBlackhole: a route that WorkSpaces need leads to something that is gone.
var routeBlackhole = rule{
	Code: "route_blackhole", Layer: layer.VPCEgress, Part: directoryWayPart,
	Needs: []probe.Operation{probe.AccountRouteTables}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			t, known := e.table(subnet)
			if !known {
				return finding.Finding{}, false
			}
			say := func(r probe.TableRoute, what string, severity finding.Severity) finding.Finding {
				f := found(severity, e.about(probe.AccountRouteTables), words.Say("cause.route_blackhole."+what,
					words.Args{"route": r.Destination.String(), "target": r.Target, "table": t.ID, "subnet": subnet}))
				f.Where = resource(t.ID)
				return f
			}
			var dead []probe.TableRoute
			for _, a := range e.nameServers(d) {
				if r, leads := route(t, a); leads && r.State == blackhole {
					dead = append(dead, r)
				}
			}
			if n := len(e.nameServers(d)); len(dead) > 0 && len(dead) == n {
				f := say(dead[0], "directory", finding.SeverityFault)
				f.Layer = layer.DirectoryDNS
				return e.unlessConnected(f), true
			}
			if r, leads := route(t, somewhere); leads && r.State == blackhole {
				return say(r, "summary", finding.SeverityDegraded), true
			}
			return finding.Finding{}, false
		})
	},
}

// natGatewayDead: the subnet's way out is a NAT gateway that does not work, or that has no
// way to the internet.
var natGatewayDead = rule{
	Code: "nat_gateway_dead", Layer: layer.VPCEgress, Part: wayOutPart,
	Needs: []probe.Operation{probe.AccountNATGateways}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			t, known := e.table(subnet)
			r, leads := route(t, somewhere)
			if !known || !leads || !strings.HasPrefix(r.Target, "nat-") || r.State == blackhole {
				return finding.Finding{}, false
			}
			args := words.Args{"gateway": r.Target, "subnet": subnet}
			supports := e.about(probe.AccountRouteTables, probe.AccountNATGateways)
			gateways := all(e, probe.AccountNATGateways,
				func(d probe.NATGatewaysDetail) []probe.NATGateway { return d.Gateways })
			g, read := find(gateways, func(g probe.NATGateway) bool { return g.ID == r.Target })
			f := found(finding.SeverityDegraded, supports, words.Text{})
			f.Where = resource(r.Target)
			switch missing := all(e, probe.AccountNATGateways, func(d probe.NATGatewaysDetail) []string { return d.Missing }); {
			case slices.Contains(missing, r.Target):
				args["state"] = "deleted"
				f.Summary = words.Say("cause.nat_gateway_dead.summary", args)
			case read && g.State != "available":
				args["state"] = g.State
				f.Summary = words.Say("cause.nat_gateway_dead.summary", args)
			case read && g.Connectivity == "private":
				f.Summary = words.Say("cause.nat_gateway_dead.private", args)
				f.Rivals = []finding.Rival{ownWayOut}
			default:
				return finding.Finding{}, false
			}
			return f, true
		})
	},
}

// aclBlocksDirectory: the network ACL of the WorkSpace's subnet does not let what the
// directory needs out, or the answers in. Within one subnet no ACL is asked.
var aclBlocksDirectory = rule{
	Code: "acl_blocks_directory", Layer: layer.DirectoryDNS, Part: directoryWayPart,
	Needs: []probe.Operation{probe.AccountNetworkACLs}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			acl, read := e.acl(subnet)
			s, known := e.subnet(subnet)
			if !read || !known || !s.CIDR.IsValid() || len(e.nameServers(d)) == 0 {
				return finding.Finding{}, false
			}
			var lost []need
			for _, n := range e.needs(d) {
				var ways []reach
				for _, a := range e.nameServers(d) {
					if s.CIDR.Contains(a) {
						ways = append(ways, open)
						continue
					}
					ways = append(ways, both(acl, n, peer{address: a, sure: true}))
				}
				if better(ways...) == shut {
					lost = append(lost, n)
				}
			}
			if len(lost) == 0 {
				return finding.Finding{}, false
			}
			supports := e.about(probe.AccountNetworkACLs, probe.AccountSubnets, probe.AccountDirectories)
			f := found(finding.SeverityFault, supports,
				words.Say("cause.acl_blocks_directory.summary",
					words.Args{"acl": acl.ID, "subnet": subnet, "ports": spoken(lost), "servers": texts(e.nameServers(d))}))
			f.Where = resource(acl.ID).For(texts(lost))
			return e.unlessConnected(f), true
		})
	},
}

// both: what is asked goes out and what is answered comes back.
func both(acl probe.NetworkACL, n need, p peer) reach {
	return worse(passes(acl.Egress, n, p), comesBack(acl.Ingress, n.transport, p))
}

// aclBlocksInternet: a network ACL shuts the way out that routes open.
var aclBlocksInternet = rule{
	Code: "acl_blocks_internet", Layer: layer.VPCEgress, Part: wayOutPart,
	Needs: []probe.Operation{probe.AccountNetworkACLs}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			acl, read := e.acl(subnet)
			t, known := e.table(subnet)
			if r, leads := route(t, somewhere); !read || !known || !leads || r.State == blackhole {
				return finding.Finding{}, false
			}
			if both(acl, webNeed, peer{address: somewhere, sure: true}) != shut {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityDegraded, e.about(probe.AccountNetworkACLs, probe.AccountRouteTables),
				words.Say("cause.acl_blocks_internet.summary", words.Args{"acl": acl.ID, "subnet": subnet}))
			f.Where, f.Rivals = resource(acl.ID), []finding.Rival{ownWayOut}
			return f, true
		})
	},
}

// managementOverlapped: a network of the VPC, or a route, holds addresses of the range in
// which eth0 of a WorkSpace on the company's own licence lies. Of the ranges that AWS
// publishes for everybody a Region has several, and in which of them eth0 lies is seen
// from inside alone.
var managementOverlapped = rule{
	Code: "management_overlapped", Layer: layer.ManagementInterface, Part: overlapPart,
	Needs: []probe.Operation{probe.AccountRouteTables, probe.AccountVPCs}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		for _, o := range e.answers(probe.AccountTenancy) {
			t, is := o.Detail.(probe.TenancyDetail)
			if !is || !t.Management.IsValid() || d.Tenancy != "DEDICATED" {
				continue
			}
			for _, id := range e.places() {
				table, _ := e.table(id)
				for _, r := range table.Routes {
					if !r.Destination.IsValid() || r.Destination.Bits() == 0 || !r.Destination.Overlaps(t.Management) {
						continue
					}
					f := found(finding.SeverityFault, e.about(probe.AccountTenancy, probe.AccountRouteTables),
						words.Say("cause.management_overlapped.summary",
							words.Args{"route": r.Destination.String(), "table": table.ID, "range": t.Management.String()}))
					f.Said, f.Where = false, resource(table.ID)
					f.Owner = words.Owner(layer.VPCAdministrator)
					f.Blocks = e.protocolsOf(e.asked()...)
					f.Rivals = []finding.Rival{{
						Layer: layer.ManagementInterface, Harmless: true, Rare: true,
						Why: words.Say("cause.management_overlapped.inside.why"),
					}}
					return e.unlessConnected(f), true
				}
			}
		}
		return finding.Finding{}, false
	},
}
