package tui

import (
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// scheme is one map: what stands where, what it stands for, and which
// observations speak of it. There is one for each vantage; the code that draws
// knows neither.
type scheme struct {
	name   string // in the catalogue
	nodes  []node
	links  []link
	spokes []spoke
	lanes  []lane
	hops   int // row of the hop list, in the free part at the left
	legend int // row of the line about what cannot be seen from here; 0 for none
}

// node is a box of the map.
type node struct {
	id         string // and its names in the catalogue: tui.box.SCHEME.ID
	about      string // what is asked of explain where no layer is
	layers     []layer.ID
	lane, slot int // its place; lane right: y and h
	y, h       int
	reached    []match // an answer of one of these shows that packets came here
	detail     func(f *facts) string
	protocols  bool // it tells which protocols work
}

// right is the column of boxes at the end of the spokes.
const right = -1

// link joins two boxes of a lane, or the last box of a lane and one at the right.
type link struct {
	from, to int
	within   bool // no packets pass here that anybody sees: it is as good as its ends
}

// spoke is a way to one port: from the fork behind a box to a box at the right.
type spoke struct {
	label    string // a port as it is shown, or a name in the catalogue: tui.spoke.LABEL
	y        int
	from, to int
	match    match
	protocol string   // pcoip, dcv, or empty for both
	layer    layer.ID // whose report settles it
}

// lane is a row of boxes. A wide one reaches under the spokes.
type lane struct {
	y, h, slots int
	widths      []int // of a wide one's boxes
}

// match picks observations. Empty fields match everything.
type match struct {
	operations []probe.Operation
	endpoints  []string // exactly, or everything that begins so where it ends in "-"
	port       uint16
	transport  probe.Transport
	public     bool // only addresses of the internet
	outside    bool // not of this computer, on which a resolver or a proxy may run
}

var (
	tcpOperations = []probe.Operation{probe.TCPConnect, probe.TLSHandshake, probe.HTTPGet, probe.ProxyConnect}
	udpOperations = []probe.Operation{probe.STUNBinding, probe.QUICVersion}
)

func tcpPort(port uint16) match {
	return match{operations: tcpOperations, port: port, transport: probe.TCP}
}

func udpPort(port uint16) match {
	return match{operations: udpOperations, port: port, transport: probe.UDP}
}

func of(operations ...probe.Operation) match { return match{operations: operations} }

// endToEnd are the operations whose answer only the other end can give. A mere
// connection may be accepted by a sign-in page or a firewall on the way.
var endToEnd = []probe.Operation{probe.TLSHandshake, probe.STUNBinding, probe.QUICVersion}

// judged is for boxes that no packet speaks of: only the report does.
var judged = match{operations: []probe.Operation{}}

// beyondVPC are the answers that came over the primary interface and the VPC.
var beyondVPC = []match{
	{operations: []probe.Operation{probe.DNSQuery}, endpoints: []string{"directory-dns"}},
	{operations: tcpOperations, endpoints: []string{"dc-"}},
	{operations: tcpOperations, port: probe.HTTPSPort, transport: probe.TCP, public: true},
}

// The boxes of the desk's map, by their place in its list.
const (
	deskComputer = iota
	deskNetwork
	deskInternet
	deskSignIn
	deskStreaming
	deskEth0
	deskWorkspace
	deskEth1
	deskDirectory
)

// deskScheme is the way from a desk: out through the local network, to sign-in
// and to the streaming gateway; behind it the inside of the WorkSpace, of which
// nothing can be seen from here.
var deskScheme = scheme{
	name: "desk",
	nodes: []node{
		{id: "computer", layers: []layer.ID{layer.LocalDevice, layer.LocalFirewall},
			lane: 0, slot: 0, reached: []match{of(probe.HostLinks)}, detail: (*facts).ownAddress},
		{id: "network", layers: []layer.ID{layer.DNS, layer.CaptivePortal, layer.Proxy, layer.TLSInspection, layer.NetworkFirewall},
			lane: 0, slot: 1, reached: []match{{operations: []probe.Operation{probe.DNSQuery, probe.HostNeighbour, probe.TCPConnect, probe.ProxyConnect}, outside: true}}, detail: (*facts).routerAddress},
		{id: "internet", layers: []layer.ID{layer.InternetPath},
			lane: 0, slot: 2, reached: []match{{operations: endToEnd, public: true}}, detail: (*facts).publicAddress},
		{id: "sign-in", layers: []layer.ID{layer.AuthGateway, layer.IPAccessControl},
			lane: right, y: 0, h: 3, reached: []match{{operations: endToEnd, port: probe.HTTPSPort, transport: probe.TCP}}},
		{id: "streaming", layers: []layer.ID{layer.StreamingGateway},
			lane: right, y: 3, h: 8, protocols: true, reached: []match{tcpPort(4172), tcpPort(4195), udpPort(4172), udpPort(4195)}},
		{id: "eth0", layers: []layer.ID{layer.ManagementInterface}, lane: 1, slot: 3},
		{id: "workspace", layers: []layer.ID{layer.StreamingHost, layer.WorkspaceFirewall, layer.VPCEgress}, lane: 1, slot: 2},
		{id: "eth1", layers: []layer.ID{layer.PrimaryInterface}, lane: 1, slot: 1},
		{id: "directory", layers: []layer.ID{layer.Directory, layer.DirectoryDNS}, lane: 1, slot: 0},
	},
	links: []link{
		{from: deskComputer, to: deskNetwork}, {from: deskNetwork, to: deskInternet},
		{from: deskDirectory, to: deskEth1}, {from: deskEth1, to: deskWorkspace}, {from: deskWorkspace, to: deskEth0}, {from: deskEth0, to: deskStreaming},
	},
	spokes: []spoke{
		{label: "443 tcp", y: 1, from: deskInternet, to: deskSignIn, match: tcpPort(probe.HTTPSPort), layer: layer.AuthGateway},
		{label: "4172 tcp", y: 4, from: deskInternet, to: deskStreaming, match: tcpPort(4172), protocol: "pcoip"},
		{label: "4172 udp", y: 5, from: deskInternet, to: deskStreaming, match: udpPort(4172), protocol: "pcoip"},
		{label: "4195 tcp", y: 6, from: deskInternet, to: deskStreaming, match: tcpPort(4195), protocol: "dcv"},
		{label: "4195 udp", y: 7, from: deskInternet, to: deskStreaming, match: udpPort(4195), protocol: "dcv"},
	},
	lanes:  []lane{{y: 0, h: 4, slots: 3}, {y: 8, h: 3, slots: 4, widths: []int{13, 9, 13, 9}}},
	hops:   4,
	legend: 7,
}

// The boxes of the inside's map.
const (
	insideGateway = iota
	insideEth0
	insideFirewall
	insideServices
	insideEth1
	insideVPC
	insideDirectory
	insideEgress
)

// insideScheme is a WorkSpace seen from within: the way in, from the streaming
// gateway through eth0 and the firewall to the streaming services, and the way
// on, through eth1 to the directory and out.
var insideScheme = scheme{
	name: "inside",
	nodes: []node{
		{id: "gateway", layers: []layer.ID{layer.StreamingGateway}, lane: 0, slot: 0},
		{id: "eth0", layers: []layer.ID{layer.ManagementInterface},
			lane: 0, slot: 1, reached: []match{{endpoints: []string{"metadata"}, operations: tcpOperations}}, detail: (*facts).managementAddress},
		{id: "firewall", layers: []layer.ID{layer.WorkspaceFirewall, layer.LocalFirewall},
			lane: 0, slot: 2, reached: []match{judged}},
		{id: "services", layers: []layer.ID{layer.StreamingHost},
			lane: right, y: 0, h: 4, reached: []match{{endpoints: []string{"own-port"}}}},
		{id: "eth1", layers: []layer.ID{layer.PrimaryInterface, layer.LocalDevice},
			lane: 1, slot: 1, reached: beyondVPC},
		{id: "vpc", about: string(layer.VPCEgress), lane: 1, slot: 2, reached: beyondVPC},
		{id: "directory", layers: []layer.ID{layer.DirectoryDNS, layer.Directory},
			lane: right, y: 4, h: 4, reached: []match{{operations: []probe.Operation{probe.DNSQuery}, endpoints: []string{"directory-dns"}}}},
		{id: "egress", layers: []layer.ID{layer.VPCEgress, layer.DNS, layer.Proxy, layer.TLSInspection, layer.NetworkFirewall, layer.InternetPath, layer.AuthGateway, layer.CaptivePortal},
			lane: right, y: 8, h: 3, reached: []match{tcpPort(probe.HTTPSPort)}},
	},
	links: []link{{from: insideGateway, to: insideEth0}, {from: insideEth0, to: insideFirewall, within: true}, {from: insideEth1, to: insideVPC}},
	spokes: []spoke{
		{label: "own-port", y: 1, from: insideFirewall, to: insideServices, match: match{endpoints: []string{"own-port"}}, layer: layer.StreamingHost},
		{label: "dns", y: 5, from: insideVPC, to: insideDirectory, match: match{operations: []probe.Operation{probe.DNSQuery}, endpoints: []string{"directory-dns"}}},
		{label: "dc-ports", y: 6, from: insideVPC, to: insideDirectory, match: match{endpoints: []string{"dc-"}}},
		{label: "443 tcp", y: 9, from: insideVPC, to: insideEgress, match: tcpPort(probe.HTTPSPort), layer: layer.VPCEgress},
	},
	lanes: []lane{{y: 0, h: 4, slots: 3}, {y: 4, h: 4, slots: 3}},
	hops:  8,
}

// schemes are the maps by vantage, as reports name them.
var schemes = map[probe.Vantage]*scheme{probe.AtDesk: &deskScheme, probe.InWorkspace: &insideScheme}

func schemeFor(vantage probe.Vantage) *scheme {
	if s := schemes[vantage]; s != nil {
		return s
	}
	return &deskScheme
}
