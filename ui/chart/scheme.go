package chart

import (
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Scheme is one map: what stands where, what it stands for, and which
// observations speak of it. There is one for each vantage; the code that draws
// knows neither.
type Scheme struct {
	Name   string // in the catalogue
	Nodes  []Node
	Links  []Link
	Spokes []Spoke
	Lanes  []lane
	Hops   int // row of the hop list, in the free part at the left
	Legend int // row of the line about what cannot be seen from here; 0 for none
}

// Node is a box of the map.
type Node struct {
	ID         string // and its names in the catalogue: tui.box.SCHEME.ID
	About      string // what is asked of explain where no layer is
	Layers     []layer.ID
	Lane, Slot int // its place; lane right: y and h
	Y, H       int
	reached    []match // an answer of one of these shows that packets came here
	Detail     func(f *Facts) string
	Protocols  bool     // it tells which protocols work
	parts      []string // patterns of IDs of the architecture's boxes that it stands for
}

// Right is the column of boxes at the end of the spokes.
const Right = -1

// Link joins two boxes of a lane, or the last box of a lane and one at the right.
type Link struct {
	From, To int
	within   bool // no packets pass here that anybody sees: it is as good as its ends
}

// Spoke is a way to one port: from the fork behind a box to a box at the right.
type Spoke struct {
	Label    string // a port as it is shown, or a name in the catalogue: tui.spoke.LABEL
	Y        int
	From, To int
	Match    match
	protocol probe.Protocol // empty for both
	layer    layer.ID       // whose report settles it
}

// lane is a row of boxes. A wide one reaches under the spokes.
type lane struct {
	Y, H, Slots int
	Widths      []int // of a wide one's boxes
}

// match picks observations. Empty fields match everything.
type match struct {
	operations []probe.Operation
	endpoints  []string // exactly, or everything that begins so where it ends in "-"
	Port       uint16
	Transport  probe.Transport
	public     bool // only addresses of the internet
	outside    bool // not of this computer, on which a resolver or a proxy may run
}

var (
	tcpOperations = []probe.Operation{probe.TCPConnect, probe.TLSHandshake, probe.HTTPGet, probe.ProxyConnect}
	udpOperations = []probe.Operation{probe.STUNBinding, probe.QUICVersion}
)

func tcpPort(port uint16) match {
	return match{operations: tcpOperations, Port: port, Transport: probe.TCP}
}

func udpPort(port uint16) match {
	return match{operations: udpOperations, Port: port, Transport: probe.UDP}
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
	{operations: tcpOperations, Port: probe.HTTPSPort, Transport: probe.TCP, public: true},
}

// The boxes of the desk's map, by their place in its list.
const (
	deskComputer = iota
	DeskNetwork
	DeskInternet
	DeskSignIn
	DeskStreaming
	DeskEth0
	deskWorkspace
	deskEth1
	deskDirectory
)

// DeskScheme is the way from a desk: out through the local network, to sign-in
// and to the streaming gateway; behind it the inside of the WorkSpace, of which
// nothing can be seen from here.
var DeskScheme = Scheme{
	Name: "desk",
	Nodes: []Node{
		{ID: "computer", Layers: []layer.ID{layer.LocalDevice, layer.LocalFirewall},
			Lane: 0, Slot: 0, reached: []match{of(probe.HostLinks)}, Detail: (*Facts).ownAddress},
		{ID: "network", Layers: []layer.ID{layer.DNS, layer.CaptivePortal, layer.Proxy, layer.TLSInspection, layer.NetworkFirewall},
			Lane: 0, Slot: 1, reached: []match{{operations: []probe.Operation{probe.DNSQuery, probe.HostNeighbour, probe.TCPConnect, probe.ProxyConnect}, outside: true}}, Detail: (*Facts).routerAddress},
		{ID: "internet", Layers: []layer.ID{layer.InternetPath},
			Lane: 0, Slot: 2, reached: []match{{operations: endToEnd, public: true}}, Detail: (*Facts).publicAddress},
		{ID: "sign-in", Layers: []layer.ID{layer.AuthGateway, layer.IPAccessControl},
			Lane: Right, Y: 0, H: 3, reached: []match{{operations: endToEnd, Port: probe.HTTPSPort, Transport: probe.TCP}}},
		{ID: "streaming", Layers: []layer.ID{layer.StreamingGateway},
			Lane: Right, Y: 3, H: 8, Protocols: true, reached: []match{tcpPort(4172), tcpPort(4195), udpPort(4172), udpPort(4195)}},
		{ID: "eth0", Layers: []layer.ID{layer.ManagementInterface}, Lane: 1, Slot: 3},
		{ID: "workspace", Layers: []layer.ID{layer.StreamingHost, layer.WorkspaceFirewall, layer.VPCEgress}, Lane: 1, Slot: 2},
		{ID: "eth1", Layers: []layer.ID{layer.PrimaryInterface}, Lane: 1, Slot: 1},
		{ID: "directory", Layers: []layer.ID{layer.Directory, layer.DirectoryDNS}, Lane: 1, Slot: 0},
	},
	Links: []Link{
		{From: deskComputer, To: DeskNetwork}, {From: DeskNetwork, To: DeskInternet},
		{From: deskDirectory, To: deskEth1}, {From: deskEth1, To: deskWorkspace}, {From: deskWorkspace, To: DeskEth0}, {From: DeskEth0, To: DeskStreaming},
	},
	Spokes: []Spoke{
		{Label: "443 tcp", Y: 1, From: DeskInternet, To: DeskSignIn, Match: tcpPort(probe.HTTPSPort), layer: layer.AuthGateway},
		{Label: "4172 tcp", Y: 4, From: DeskInternet, To: DeskStreaming, Match: tcpPort(4172), protocol: probe.PCoIP},
		{Label: "4172 udp", Y: 5, From: DeskInternet, To: DeskStreaming, Match: udpPort(4172), protocol: probe.PCoIP},
		{Label: "4195 tcp", Y: 6, From: DeskInternet, To: DeskStreaming, Match: tcpPort(4195), protocol: probe.DCV},
		{Label: "4195 udp", Y: 7, From: DeskInternet, To: DeskStreaming, Match: udpPort(4195), protocol: probe.DCV},
	},
	Lanes:  []lane{{Y: 0, H: 4, Slots: 3}, {Y: 8, H: 3, Slots: 4, Widths: []int{13, 9, 13, 9}}},
	Hops:   4,
	Legend: 7,
}

// The boxes of the inside's map.
const (
	insideGateway = iota
	InsideEth0
	InsideFirewall
	InsideServices
	InsideEth1
	InsideVPC
	InsideDirectory
	insideEgress
)

// InsideScheme is a WorkSpace seen from within: the way in, from the streaming
// gateway through eth0 and the firewall to the streaming services, and the way
// on, through eth1 to the directory and out.
var InsideScheme = Scheme{
	Name: "inside",
	Nodes: []Node{
		{ID: "gateway", Layers: []layer.ID{layer.StreamingGateway}, Lane: 0, Slot: 0},
		{ID: "eth0", Layers: []layer.ID{layer.ManagementInterface},
			Lane: 0, Slot: 1, reached: []match{{endpoints: []string{"metadata"}, operations: tcpOperations}}, Detail: (*Facts).managementAddress},
		{ID: "firewall", Layers: []layer.ID{layer.WorkspaceFirewall, layer.LocalFirewall},
			Lane: 0, Slot: 2, reached: []match{judged}},
		{ID: "services", Layers: []layer.ID{layer.StreamingHost},
			Lane: Right, Y: 0, H: 4, reached: []match{{endpoints: []string{"own-port"}}}},
		{ID: "eth1", Layers: []layer.ID{layer.PrimaryInterface, layer.LocalDevice},
			Lane: 1, Slot: 1, reached: beyondVPC},
		{ID: "vpc", About: string(layer.VPCEgress), Lane: 1, Slot: 2, reached: beyondVPC},
		{ID: "directory", Layers: []layer.ID{layer.DirectoryDNS, layer.Directory},
			Lane: Right, Y: 4, H: 4, reached: []match{{operations: []probe.Operation{probe.DNSQuery}, endpoints: []string{"directory-dns"}}}},
		{ID: "egress", Layers: []layer.ID{layer.VPCEgress, layer.DNS, layer.Proxy, layer.TLSInspection, layer.NetworkFirewall, layer.InternetPath, layer.AuthGateway, layer.CaptivePortal},
			Lane: Right, Y: 8, H: 3, reached: []match{tcpPort(probe.HTTPSPort)}},
	},
	Links: []Link{{From: insideGateway, To: InsideEth0}, {From: InsideEth0, To: InsideFirewall, within: true}, {From: InsideEth1, To: InsideVPC}},
	Spokes: []Spoke{
		{Label: "own-port", Y: 1, From: InsideFirewall, To: InsideServices, Match: match{endpoints: []string{"own-port"}}, layer: layer.StreamingHost},
		{Label: "dns", Y: 5, From: InsideVPC, To: InsideDirectory, Match: match{operations: []probe.Operation{probe.DNSQuery}, endpoints: []string{"directory-dns"}}},
		{Label: "dc-ports", Y: 6, From: InsideVPC, To: InsideDirectory, Match: match{endpoints: []string{"dc-"}}},
		{Label: "443 tcp", Y: 9, From: InsideVPC, To: insideEgress, Match: tcpPort(probe.HTTPSPort), layer: layer.VPCEgress},
	},
	Lanes: []lane{{Y: 0, H: 4, Slots: 3}, {Y: 4, H: 4, Slots: 3}},
	Hops:  8,
}

// schemes are the maps by vantage, as reports name them.
var schemes = map[probe.Vantage]*Scheme{
	probe.AtDesk: &DeskScheme, probe.InWorkspace: &InsideScheme, probe.InAccount: &AccountScheme,
}

func SchemeFor(vantage probe.Vantage) *Scheme {
	if s := schemes[vantage]; s != nil {
		return s
	}
	return &DeskScheme
}
