package account

import (
	"net/netip"
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// aclBlocksDirectory: the network ACL of the WorkSpace's subnet does not let what the
// directory needs out, or the answers in; or that of the name server's subnet does not let
// it in, or the answers out. Within one subnet no ACL is asked.
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
			from := e.member(d, subnet)
			var lost []need
			ids := []string{}
			for _, n := range e.needs(d) {
				var ways []reach
				var by []string
				for _, a := range e.nameServers(d) {
					if s.CIDR.Contains(a) {
						ways = append(ways, open)
						continue
					}
					out := both(acl, n, peer{address: a, sure: true})
					its, in := e.serverACL(a, n, from)
					ways = append(ways, worse(out, in))
					if out == shut {
						by = append(by, acl.ID)
					} else if in == shut {
						by = append(by, its)
					}
				}
				if better(ways...) == shut {
					lost, ids = append(lost, n), append(ids, by...)
				}
			}
			if len(lost) == 0 {
				return finding.Finding{}, false
			}
			slices.Sort(ids)
			ids = slices.Compact(ids)
			supports := e.about(probe.AccountNetworkACLs, probe.AccountSubnets, probe.AccountDirectories)
			f := found(finding.SeverityFault, supports,
				words.Say("cause.acl_blocks_directory.summary",
					words.Args{"acls": ids, "subnet": subnet, "ports": spoken(lost), "servers": texts(e.nameServers(d))}))
			f.Where = finding.At(finding.AtResource, ids...).For(texts(lost))
			return e.unlessConnected(f), true
		})
	},
}

// serverACL is the network ACL of a name server's subnet, and whether it lets a WorkSpace
// in and the answers out. Of a server in a subnet that was not read there is none to ask.
func (e evidence) serverACL(a netip.Addr, n need, from peer) (id string, in reach) {
	s, known := find(e.subnets(), func(s probe.Subnet) bool { return s.CIDR.IsValid() && s.CIDR.Contains(a) })
	acl, read := e.acl(s.ID)
	if !known || !read || !from.address.IsValid() {
		return "", open
	}
	return acl.ID, worse(passes(acl.Ingress, n, from), comesBack(acl.Egress, n.transport, from))
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
