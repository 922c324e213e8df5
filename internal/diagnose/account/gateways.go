package account

import (
	"net/netip"
	"slices"
	"strings"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// natGatewayDead: the subnet's way out is a NAT gateway that does not work, or that has no
// way to the internet. One that is not listed, while its route is active, is another
// account's: those with whom a VPC is shared do not see its owner's (VPC user guide, share
// your VPC subnets), and of one that was deleted the route is a blackhole.
var natGatewayDead = rule{
	Code: "nat_gateway_dead", Layer: layer.VPCEgress, Part: wayOutPart,
	Needs: []probe.Operation{probe.AccountNATGateways}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			t, known := e.table(subnet)
			r, leads := route(t, somewhere)
			g, read := e.natGateway(r.Target)
			if !known || !leads || !read || r.State == blackhole {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityDegraded, e.about(probe.AccountRouteTables, probe.AccountNATGateways), words.Text{})
			f.Where = resource(g.ID)
			args := words.Args{"gateway": g.ID, "subnet": subnet, "state": g.State, "its": g.Subnet}
			switch to := e.behind(g, somewhere); {
			case g.State != "available":
				f.Summary = words.Say("cause.nat_gateway_dead.summary", args)
			case g.Connectivity == "private" && to != elsewhere:
				f.Summary = words.Say("cause.nat_gateway_dead.private", args)
				f.Rivals = []finding.Rival{ownWayOut}
			case g.Connectivity != "private" && to == nowhere:
				f.Summary = words.Say("cause.nat_gateway_dead.unrouted", args)
				f.Rivals = []finding.Rival{ownWayOut}
			default:
				return finding.Finding{}, false
			}
			return f, true
		})
	},
}

func (e evidence) natGateway(id string) (probe.NATGateway, bool) {
	return find(
		all(e, probe.AccountNATGateways, func(d probe.NATGatewaysDetail) []probe.NATGateway { return d.Gateways }),
		func(g probe.NATGateway) bool { return g.ID == id },
	)
}

// onward is where a route leads.
type onward int

const (
	unseen    onward = iota // the table was not read, or a prefix list may hold the address
	nowhere                 // no route, a blackhole, or a NAT gateway behind a NAT gateway
	internet                // an internet gateway
	elsewhere               // local, a transit gateway, a VPN, a peering, somebody's own router
)

// leadsTo is where a table sends what is for an address.
func leadsTo(t probe.RouteTable, to netip.Addr) onward {
	r, leads := route(t, to)
	switch {
	case byList(t):
		return unseen
	case !leads || r.State == blackhole:
		return nowhere
	case strings.HasPrefix(r.Target, "igw-"):
		return internet
	}
	return elsewhere
}

// behind is where a NAT gateway sends what is for an address: as the table of its own
// subnet says.
func (e evidence) behind(g probe.NATGateway, to netip.Addr) onward {
	t, known := e.tableIn(g.Subnet, g.VPC)
	if !known || g.Subnet == "" {
		return unseen
	}
	if r, _ := route(t, to); strings.HasPrefix(r.Target, "nat-") {
		return nowhere
	}
	return leadsTo(t, to)
}

// directoryUnrouted: the subnet has no route to the directory's name servers but the one
// to the internet, where private addresses are nobody's: an internet gateway drops what is
// for them. A NAT gateway sends it on as its own subnet's table says.
var directoryUnrouted = rule{
	Code: "directory_unrouted", Layer: layer.DirectoryDNS, Part: directoryWayPart,
	Needs: []probe.Operation{probe.AccountRouteTables}, Where: ownPlace,
	Check: func(e evidence) (finding.Finding, bool) {
		d, _ := e.directory()
		servers := e.nameServers(d)
		return eachPlace(e, func(subnet string) (finding.Finding, bool) {
			t, known := e.table(subnet)
			lost := func(a netip.Addr) bool {
				r, _ := route(t, a)
				to := leadsTo(t, a)
				if g, read := e.natGateway(r.Target); read {
					to = e.behind(g, a)
				}
				return !isPublic(a) && r.State != blackhole && (to == nowhere || to == internet)
			}
			if len(servers) == 0 || !known || slices.ContainsFunc(servers, func(a netip.Addr) bool { return !lost(a) }) {
				return finding.Finding{}, false
			}
			f := found(finding.SeverityFault, e.about(probe.AccountRouteTables, probe.AccountDirectories),
				words.Say("cause.directory_unrouted.summary",
					words.Args{"servers": texts(servers), "table": t.ID, "subnet": subnet}))
			f.Where, f.Said = resource(t.ID), false // it follows from what is not there
			return e.unlessConnected(f), true
		})
	},
}

// shared is the space between a carrier's customers and itself (RFC 6598), which VPCs use
// as a private one.
var shared = netip.MustParsePrefix("100.64.0.0/10")

func isPublic(a netip.Addr) bool { return !a.IsPrivate() && !shared.Contains(a) }
