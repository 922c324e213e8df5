package lab

import (
	"net/netip"
	"slices"
	"strings"
)

// World names a topology.
type World string

// The topologies: a user's computer, and a WorkSpace in AWS.
const (
	AtDesk World = ""
	Inside World = "inside"
)

// topology is a simulated network as a value: who is in it, how they are
// joined, who serves there, and where the command runs.
type topology struct {
	command   string   // of wsdoctor, which looks at this network
	runs      Place    // where it runs
	link      string   // the interface there whose packets are counted
	resolvers []string // in its resolv.conf, unless a scenario names others
	search    string   // further lines of its resolv.conf
	places    []Place  // in the order in which namespaces are made
	routers   []Place  // of them, those that pass packets on
	cables    []cable
	wire      cable // made apart, because a Link may slow it
	holds     []holding
	routes    []route
	nat       []translation
	inward    map[Place]string // each router's interface towards the computer that is looked at
	proxy     endpoint         // the web proxy, wherever a fault sets one
	serve     []func(*services) error
	holder    func(netip.Addr) Place // of the addresses of AWS's services; nil: AWS
}

// topology gives the network that the scenario plays in.
func (s Scenario) topology() topology {
	if s.Drawn != nil && beyond.topology != nil {
		return beyond.topology(s.Drawn)
	}
	if s.World == Inside {
		return inside()
	}
	return desk()
}

// Flags are what the command is told: the Region, unless it is to be found, and what
// the scenario says.
func (s Scenario) Flags() []string {
	if _, found := s.has(NoSearch); found {
		return s.Args
	}
	return append([]string{"--region", region}, s.Args...)
}

// Command is the command of wsdoctor that looks at the scenario's network:
// check or inside.
func (s Scenario) Command() string { return s.topology().command }

// cable is one link and the addresses, in CIDR notation, of its ends.
type cable struct {
	a, b         Place
	ifA, ifB     string
	addrA, addrB []string
}

// holding is a further address of a place, in CIDR notation.
type holding struct {
	at             Place
	iface, address string
}

// route is a static route; the prefix "" is the default of both families.
type route struct {
	at         Place
	prefix     string
	via4, via6 string
}

// translation hides IPv4 senders that leave a place by an interface behind one
// address, or behind the interface's own.
type translation struct {
	at      Place
	out, to string
}

// desk is the user's side: a computer, a company's network, a provider, and AWS
// at the end.
func desk() topology {
	return topology{
		command: "check", runs: Client, link: clientLink, resolvers: []string{routerLAN},
		places:  []Place{Client, Router, Firewall, Office, Provider, Edge, AWS},
		routers: []Place{Router, Firewall, Provider, Edge},
		cables:  cables, wire: transit, routes: routes,
		holds:  []holding{{Provider, "lo", providerDNS + "/32"}, {Firewall, "lo", coveredDNS + "/32"}},
		nat:    []translation{{Router, "wan", ""}, {Firewall, "wan", publicIP}},
		inward: map[Place]string{Router: "lan", Firewall: "lan", Provider: "customer", Edge: "transit"},
		proxy:  endpoint{"tcp", Office, netip.MustParseAddrPort(proxyAddress)},
		serve: []func(*services) error{
			(*services).startDNS,
			(*services).startWeb,
			(*services).startStreaming,
			(*services).startMiddle,
			(*services).startProxy,
		},
	}
}

// clientLink is the client's network interface, named as on many desktops.
const clientLink = "enp3s0"

// cables are the links of the desk's network. The wire between provider and
// edge is apart.
var cables = []cable{
	{
		Client,
		Router,
		clientLink,
		"lan",
		[]string{clientIP + "/24", clientIP6 + "/64"},
		[]string{routerLAN + "/24", routerLAN6 + "/64"},
	},
	{
		Router,
		Firewall,
		"wan",
		"lan",
		[]string{"10.20.0.2/24", "2001:db8:50:20::2/64"},
		[]string{firewallLAN + "/24", "2001:db8:50:20::1/64"},
	},
	{
		Firewall,
		Office,
		"dmz",
		"eth0",
		[]string{"10.30.0.1/24", "10.20.5.1/24"},
		[]string{proxyIP + "/24", directory1 + "/24", directory2 + "/24"},
	},
	{
		Firewall,
		Provider,
		"wan",
		"customer",
		[]string{publicIP + "/30", "2001:db8:10::10/64"},
		[]string{providerIP + "/30", "2001:db8:10::9/64"},
	},
	{
		Edge,
		AWS,
		"inside",
		"eth0",
		[]string{"52.93.0.1/30", "2600:1f00:0:1::1/64"},
		[]string{"52.93.0.2/30", "2600:1f00:0:1::2/64"},
	},
}

// routes are the static routes of the desk's network.
var routes = []route{
	{Client, "", routerLAN, routerLAN6},
	{Router, "", firewallLAN, "2001:db8:50:20::1"},
	{Firewall, "", providerIP, "2001:db8:10::9"},
	{Firewall, "2001:db8:50::/64", "", "2001:db8:50:20::2"},
	{Office, "", "10.30.0.1", ""},
	{Provider, "", edgeIP, edgeIP6},
	{Provider, "2001:db8:50::/48", "", "2001:db8:10::10"},
	{Provider, "203.0.113.16/29", publicIP, ""}, // further addresses of the office
	{Edge, "203.0.113.0/24", "52.94.0.1", ""},
	{Edge, "2001:db8::/32", "", "2600:1f18:0:9::1"},
	{Edge, "", "52.93.0.2", "2600:1f00:0:1::2"},
	{AWS, "", "52.93.0.1", "2600:1f00:0:1::1"},
}

// transit is the wire. Its addresses are AWS's, from the ranges that AWS
// publishes for the Region, as they are where AWS meets a provider.
var transit = cable{
	Provider,
	Edge,
	"transit",
	"transit",
	[]string{"52.94.0.1/30", "2600:1f18:0:9::1/64"},
	[]string{edgeIP + "/30", edgeIP6 + "/64"},
}

// chain is the way of a packet from the user to AWS. The office lies aside.
var chain = []Place{Client, Router, Firewall, Provider, Edge, AWS}

// onward gives the link that leads from a place towards AWS, as seen by it.
func onward(from Place) (cable, bool) {
	for _, c := range append(slices.Clone(cables), transit) {
		if c.a == from && c.b != Office {
			return c, true
		}
	}
	return cable{}, false
}

// PlaceOf names the machine that holds an address, or false for an address that
// nobody in the simulated network holds. The office's translated addresses are
// the firewall's.
func PlaceOf(a netip.Addr) (Place, bool) {
	a = a.Unmap()
	for _, c := range append(slices.Clone(cables), transit) {
		for place, list := range map[Place][]string{c.a: c.addrA, c.b: c.addrB} {
			if slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, a.String()+"/") }) {
				return place, true
			}
		}
	}
	switch {
	case a == netip.MustParseAddr(providerDNS):
		return Provider, true
	case slices.Contains(addrs(rotatedIP+" "+udpIP+" "+proxyOutIP), a):
		return Firewall, true
	}
	z, err := world()
	if err == nil && slices.Contains(held(z), a) {
		return AWS, true
	}
	return "", false
}
