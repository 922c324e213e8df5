// Package layer is the closed list of architecture layers a verdict may name,
// from the user outward, with the person who fixes each and the exit code that
// carries it. It holds names and numbers only; the rules that accuse a layer
// live in internal/diagnose.
package layer

import "slices"

// ID names a layer. The list is closed: reports and scripts rely on it.
type ID string

// The layers, from the user outward.
const (
	LocalDevice         ID = "local-device"
	LocalFirewall       ID = "local-firewall"
	DNS                 ID = "dns"
	CaptivePortal       ID = "captive-portal"
	Proxy               ID = "proxy"
	TLSInspection       ID = "tls-inspection"
	NetworkFirewall     ID = "network-firewall"
	InternetPath        ID = "internet-path"
	IPAccessControl     ID = "ip-access-control"
	AuthGateway         ID = "auth-gateway"
	StreamingGateway    ID = "streaming-gateway"
	Directory           ID = "directory"
	ManagementInterface ID = "management-interface"
	WorkspaceFirewall   ID = "workspace-firewall"
	StreamingHost       ID = "streaming-host"
	PrimaryInterface    ID = "primary-interface"
	DirectoryDNS        ID = "directory-dns"
	VPCEgress           ID = "vpc-egress"
)

// Layer is one row of the table in the contract.
type Layer struct {
	ID    ID
	Title string // a few words for tables
	About string // what it is, in words an office worker understands
	Owner string // who fixes it
	Exit  int    // exit code of a fault in this layer
	Desk  bool   // can be measured from the desk at all
}

// Inside says whether the layer is part of the WorkSpace or of the network it
// stands in, so that it is measured from there. Exit codes are given by end:
// those from 30 on are the inside's.
func (l Layer) Inside() bool { return l.Exit >= 30 }

// All is every layer in the order of the contract.
var All = []Layer{
	{LocalDevice, "this computer", "Your own computer's network: cable or Wi-Fi, address, route, name servers, and the clock.", "you, the user", 10, true},
	{LocalFirewall, "this computer's firewall", "Software on your own computer that may block traffic: its firewall, a VPN client, or security software.", "desktop IT", 11, true},
	{DNS, "name resolution (DNS)", "The name servers that turn the names WorkSpaces needs into addresses.", "the network team", 12, true},
	{CaptivePortal, "sign-in page of a hotspot", "A hotel, train or guest network that answers everything with its own sign-in page until you log in there.", "you, the user", 13, true},
	{Proxy, "web proxy", "The web proxy this computer is set to use for HTTPS.", "the network team", 14, true},
	{TLSInspection, "HTTPS inspection", "A device or program that inspects HTTPS: it replaces AWS's certificate by its own (TLS inspection).", "the network team", 15, true},
	{NetworkFirewall, "network firewall", "A firewall or router in your home or office network, or the network you are visiting.", "the network team", 16, true},
	{InternetPath, "internet path", "The path through the internet: your provider and the networks behind it.", "the internet provider", 17, true},
	{IPAccessControl, "IP access control group", "A list kept by the WorkSpaces administrator of the public addresses people may connect from.", "the WorkSpaces administrator", 20, true},
	{AuthGateway, "authentication gateway (443)", "The AWS services that register the client, log you in and hand out the session, all on HTTPS port 443.", "AWS, through the WorkSpaces administrator", 21, true},
	{StreamingGateway, "streaming gateway (4172, 4195)", "The AWS gateway that carries the picture, keyboard and mouse: port 4172 for PCoIP, 4195 for DCV.", "AWS, through the WorkSpaces administrator", 22, true},
	{Directory, "directory", "The directory behind your registration code, and your user in it.", "the WorkSpaces administrator", 23, false},
	{ManagementInterface, "management interface (eth0)", "The WorkSpace's own network card towards AWS, over which the streaming gateway reaches it.", "the WorkSpaces administrator", 30, false},
	{WorkspaceFirewall, "firewall inside the WorkSpace", "The firewall or security software of the operating system inside the WorkSpace.", "the WorkSpaces administrator", 31, false},
	{StreamingHost, "streaming service inside", "The PCoIP, DCV and SkyLight services inside the WorkSpace.", "the WorkSpaces administrator", 32, false},
	{PrimaryInterface, "primary interface (eth1)", "The WorkSpace's network card in your company's VPC.", "the WorkSpaces administrator", 33, false},
	{DirectoryDNS, "directory DNS", "The name servers and domain controllers of the directory the WorkSpace belongs to.", "the directory administrator", 34, true},
	{VPCEgress, "internet access of the VPC", "The NAT gateway, internet gateway or proxy through which the WorkSpace reaches the internet.", "the VPC administrator", 35, false},
}

// Exit codes that carry no layer.
const (
	ExitOK           = 0
	ExitDegraded     = 1
	ExitUsage        = 2
	ExitInconclusive = 3
	ExitInternal     = 4
	ExitAsFarAsSeen  = 5 // nothing wrong was found, and not everything could be shown
	ExitInterrupted  = 130
)

// Get finds a layer by ID.
func Get(id ID) (Layer, bool) {
	for _, l := range All {
		if l.ID == id {
			return l, true
		}
	}
	return Layer{}, false
}

// Distance is a layer's place from the user outward; -1 for one that is not in the list.
func Distance(id ID) int {
	return slices.IndexFunc(All, func(l Layer) bool { return l.ID == id })
}
