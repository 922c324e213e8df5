package account

import (
	"net/netip"
	"slices"
	"strconv"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// reach is whether rules let something through.
type reach int

const (
	unknown reach = iota // they name what was not read: a prefix list, another group's members
	open
	shut
)

// need is a port of another host that a WorkSpace has to reach.
type need struct {
	transport probe.Transport
	port      int
}

func (n need) String() string { return string(n.transport) + "/" + strconv.Itoa(n.port) }

// spoken are ports as a sentence names them.
func spoken(list []need) (ports words.Ports) {
	for _, n := range list {
		if n.transport == probe.UDP {
			ports.UDP = append(ports.UDP, uint16(n.port))
		} else {
			ports.TCP = append(ports.TCP, uint16(n.port))
		}
	}
	return ports
}

// directoryNeeds are the ports of a domain controller without which nobody logs on
// (AWS WorkSpaces administration guide, IP address and port requirements). The last stands
// for the ports that RPC chooses.
var directoryNeeds = []need{
	{probe.TCP, 53}, {probe.UDP, 53}, {probe.TCP, 88}, {probe.TCP, 135}, {probe.TCP, 389}, {probe.UDP, 389},
	{probe.TCP, 445}, {probe.TCP, dynamic},
}

// nameNeeds are the ports of a name server.
var nameNeeds = directoryNeeds[:2]

// dynamic is the first port that today's systems choose from.
const dynamic = 49152

// webNeed is what a WorkSpace needs of the internet.
var webNeed = need{probe.TCP, 443}

// peer is who is to be reached, or whom something comes from.
type peer struct {
	address netip.Addr
	groups  []string // security groups that it is in
	sure    bool     // these are all
}

// matches says whether a rule is about a packet to or from a peer.
func matches(r probe.AccessRule, n need, p peer) reach {
	if r.Protocol != "all" && r.Protocol != string(n.transport) {
		return shut
	}
	if r.Protocol != "all" && (n.port < r.First || n.port > r.Last) {
		return shut
	}
	if slices.ContainsFunc(r.Networks, func(net netip.Prefix) bool { return net.Contains(p.address) }) {
		return open
	}
	if slices.ContainsFunc(r.Groups, func(g string) bool { return slices.Contains(p.groups, g) }) {
		return open
	}
	if len(r.Lists) > 0 || len(r.Groups) > 0 && !p.sure {
		return unknown
	}
	return shut
}

// permitted says whether a security group's rules let something through: each of them
// permits, and what none of them permits is dropped. Answers come back by themselves.
func permitted(rules []probe.AccessRule, n need, p peer) reach {
	result := shut
	for _, r := range rules {
		switch matches(r, n, p) {
		case open:
			return open
		case unknown:
			result = unknown
		}
	}
	return result
}

// passes says whether a network ACL's entries let something through: the first that is
// about it decides.
func passes(entries []probe.AccessRule, n need, p peer) reach {
	byNumber := func(a, b probe.AccessRule) int { return a.Number - b.Number }
	for _, r := range slices.SortedStableFunc(slices.Values(entries), byNumber) {
		switch matches(r, n, p) {
		case open:
			if r.Deny {
				return shut
			}
			return open
		case unknown:
			return unknown
		}
	}
	return shut
}

// answerPorts are where answers come to. Windows chooses from 49152 on, Linux from 32768
// to 60999; what all of these share is tried at three places.
var answerPorts = []int{dynamic, 55000, 60999}

// comesBack says whether a network ACL lets in the answers of a peer, which have no way
// of their own: it knows no connections.
func comesBack(entries []probe.AccessRule, t probe.Transport, p peer) reach {
	result := passes(entries, need{t, answerPorts[0]}, p)
	for _, port := range answerPorts[1:] {
		if passes(entries, need{t, port}, p) != result {
			return unknown
		}
	}
	return result
}

// worse joins what stands one behind the other: what one of them shuts is shut.
func worse(list ...reach) reach {
	result := open
	for _, r := range list {
		if r == shut {
			return shut
		}
		if r == unknown {
			result = unknown
		}
	}
	return result
}

// better joins what stands beside each other: what one of them opens is open.
func better(list ...reach) reach {
	result := shut
	for _, r := range list {
		if r == open {
			return open
		}
		if r == unknown {
			result = unknown
		}
	}
	return result
}

// groupsLet says whether the security groups of an interface let a packet out to a peer,
// or in from one. A group that was not read may let it.
func (e evidence) groupsLet(ids []string, n need, p peer, out bool) reach {
	list := []reach{shut}
	for _, id := range ids {
		g, read := e.group(id)
		rules := g.Ingress
		if out {
			rules = g.Egress
		}
		if !read {
			list = append(list, unknown)
			continue
		}
		list = append(list, permitted(rules, n, p))
	}
	return better(list...)
}

// route is the route that a table has for an address: the one with the longest prefix.
func route(t probe.RouteTable, to netip.Addr) (probe.TableRoute, bool) {
	var best probe.TableRoute
	for _, r := range t.Routes {
		if r.Destination.IsValid() && r.Destination.Contains(to) &&
			(!best.Destination.IsValid() || r.Destination.Bits() > best.Destination.Bits()) {
			best = r
		}
	}
	return best, best.Destination.IsValid()
}

// byList: a route of the table leads to what a prefix list holds, which was not read.
func byList(t probe.RouteTable) bool {
	return slices.ContainsFunc(t.Routes, func(r probe.TableRoute) bool { return r.List != "" })
}

// somewhere is an address of the internet; which one does not matter, for routes by
// prefix lists are told apart.
var somewhere = netip.MustParseAddr("198.51.100.1")
