package lab

import "net/netip"

// Addresses of a WorkSpace's network that scenarios and tests name. eth0 has its
// address from one of the ranges that AWS publishes for the Region (WorkSpaces
// administration guide, "IP address and port requirements"). eth1 lies in
// another of them, 10.0.0.0/8, as many a VPC does: who goes by ranges alone
// takes the one for the other.
const (
	managementLink = "eth0"
	primaryLink    = "eth1"

	eth0IP       = "198.19.44.20"
	eth0Network  = "198.19.32.0/20"
	eth0Gateway  = "198.19.32.1"
	gatewayNear  = "198.19.40.7"  // a streaming gateway in eth0's own network
	gatewayFar   = "198.19.130.9" // one behind its router
	metadataIP   = "169.254.169.254"
	kms1, kms2   = "169.254.169.250", "169.254.169.251"
	eth1IP       = "10.60.1.20"
	eth1Gateway  = "10.60.1.1"
	vpcDNS       = "10.60.0.2" // the VPC's own resolver, which forwards nothing to the directory
	dc1IP        = "10.60.2.10"
	dc2IP        = "10.60.3.10"
	vpcProxyIP   = "10.60.9.10"
	vpcProxy     = vpcProxyIP + ":3128"
	natIP        = "54.85.10.20"
	eth1PublicIP = "54.85.10.77" // of a WorkSpace that has a public address
)

// insideCables are the links of a WorkSpace's network. eth0 comes first, as it
// does in a WorkSpace.
var insideCables = []cable{
	{
		Workspace,
		Management,
		managementLink,
		"eth0",
		[]string{eth0IP + "/20"},
		[]string{eth0Gateway + "/20", gatewayNear + "/20"},
	},
	{Workspace, VPC, primaryLink, "workspaces", []string{eth1IP + "/24"}, []string{eth1Gateway + "/24"}},
	{DC1, VPC, "eth0", "subnet-a", []string{dc1IP + "/24"}, []string{"10.60.2.1/24"}},
	{DC2, VPC, "eth0", "subnet-b", []string{dc2IP + "/24"}, []string{"10.60.3.1/24"}},
}

// inside is AWS's side: a WorkSpace between the network that AWS reaches it by
// and its VPC, with a directory in two subnets and a NAT gateway to the
// internet.
func inside() topology {
	return topology{
		command: "inside", runs: Workspace, link: primaryLink, resolvers: []string{dc1IP, dc2IP},
		search:  "search " + region + ".compute.internal\noptions timeout:2 attempts:5\n",
		places:  []Place{Workspace, Management, VPC, DC1, DC2, AWS},
		routers: []Place{VPC},
		cables:  insideCables,
		wire:    cable{VPC, AWS, "wan", "eth0", []string{"52.93.8.1/30", natIP + "/32"}, []string{"52.93.8.2/30"}},
		holds: []holding{
			{
				Management,
				"lo",
				metadataIP + "/32",
			},
			{Management, "lo", kms1 + "/32"},
			{Management, "lo", kms2 + "/32"},
			{Management, "lo", gatewayFar + "/32"},
			{VPC, "lo", vpcDNS + "/32"},
			{VPC, "lo", vpcProxyIP + "/32"},
		},
		routes: []route{
			{Workspace, "0.0.0.0/0", eth1Gateway, ""},
			{Workspace, "198.19.0.0/16", eth0Gateway, ""},
			{Workspace, metadataIP + "/32", eth0Gateway, ""},
			{Workspace, kms1 + "/32", eth0Gateway, ""},
			{Workspace, kms2 + "/32", eth0Gateway, ""},
			{DC1, "", "10.60.2.1", ""},
			{DC2, "", "10.60.3.1", ""},
			{VPC, "", "52.93.8.2", ""},
			{AWS, "54.85.10.0/24", "52.93.8.1", ""},
		},
		nat:    []translation{{VPC, "wan", natIP}},
		inward: map[Place]string{VPC: "workspaces"},
		proxy:  endpoint{"tcp", VPC, netip.MustParseAddrPort(vpcProxy)},
		serve: []func(*services) error{
			(*services).startVPCDNS, (*services).startDirectory, (*services).startManagement,
			(*services).startWeb, (*services).startStreaming, (*services).startProxy, (*services).startStreamingHost,
		},
	}
}
