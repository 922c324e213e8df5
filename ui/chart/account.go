package chart

import (
	"path"
	"slices"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// The boxes of the account's map.
const (
	accountUser = iota
	accountIPGroups
	accountGateways
	accountDNS
	accountDirectory
	accountEgress
	accountRoutes
	accountSubnet
	accountEth0
	accountWorkspace
	accountEth1
)

// AccountScheme is a WorkSpace as its AWS account tells of it: the way in above, its own
// traffic below, and at the right the computer with its two cards. Of a report its boxes look
// as the architecture draws them.
var AccountScheme = Scheme{
	Name: "account",
	Nodes: []Node{
		{ID: "user", Layers: []layer.ID{layer.InternetPath, layer.LocalDevice, layer.LocalFirewall, layer.DNS, layer.CaptivePortal, layer.Proxy, layer.TLSInspection, layer.NetworkFirewall},
			Lane: 0, Slot: 0, parts: []string{"user", "internet"}},
		{ID: "ip-groups", Layers: []layer.ID{layer.IPAccessControl},
			Lane: 0, Slot: 1, reached: answered(probe.AccountIPGroups), parts: []string{"ip-group*"}},
		{ID: "gateways", Layers: []layer.ID{layer.AuthGateway, layer.StreamingGateway},
			Lane: 0, Slot: 2, parts: []string{"sign-in", "streaming", "endpoint"}},
		{ID: "dns", Layers: []layer.ID{layer.DirectoryDNS},
			Lane: 1, Slot: 1, reached: answered(probe.AccountInterfaces, probe.AccountControllers), parts: []string{"card-*"}},
		{ID: "directory", Layers: []layer.ID{layer.Directory},
			Lane: 1, Slot: 2, reached: answered(probe.AccountDirectories, probe.AccountDirectoryService), parts: []string{"directory", "role*"}},
		{ID: "egress", About: string(layer.VPCEgress),
			Lane: 2, Slot: 0, reached: answered(probe.AccountInternetGateways, probe.AccountNATGateways), parts: []string{"gateway*"}},
		{ID: "routes", Layers: []layer.ID{layer.VPCEgress},
			Lane: 2, Slot: 1, reached: answered(probe.AccountRouteTables), parts: []string{"table*"}},
		{ID: "subnet", About: string(layer.PrimaryInterface),
			Lane: 2, Slot: 2, reached: answered(probe.AccountSubnets, probe.AccountSecurityGroups), parts: []string{"vpc", "subnet*", "group*", "acl*"}},
		{ID: "eth0", Layers: []layer.ID{layer.ManagementInterface},
			Lane: Right, Y: 0, H: 3, parts: []string{"eth0"}},
		{ID: "workspace", Layers: []layer.ID{layer.StreamingHost, layer.WorkspaceFirewall},
			Lane: Right, Y: 3, H: 5, reached: answered(probe.AccountWorkspaces), parts: []string{"workspace"}, Detail: (*Facts).workspaceState},
		{ID: "eth1", Layers: []layer.ID{layer.PrimaryInterface},
			Lane: Right, Y: 8, H: 3, reached: answered(probe.AccountInterfaces), parts: []string{"eth1"}},
	},
	Links: []Link{
		{From: accountUser, To: accountIPGroups, within: true}, {From: accountIPGroups, To: accountGateways, within: true},
		{From: accountGateways, To: accountEth0, within: true},
		{From: accountEgress, To: accountRoutes, within: true}, {From: accountRoutes, To: accountSubnet, within: true},
		{From: accountSubnet, To: accountEth1, within: true},
	},
	Lanes:  []lane{{Y: 0, H: 3, Slots: 3}, {Y: 4, H: 3, Slots: 3}, {Y: 8, H: 3, Slots: 3}},
	Legend: 3,
}

// answered matches the answer of any of these calls.
func answered(calls ...probe.Operation) []match { return []match{{operations: calls}} }

// Part is a thing that a box of the account's map stands for, by its ID in the architecture.
type Part struct {
	ID    string
	State State
}

// partState is the gravest state of those parts that a box of the map stands for, if it
// stands for any, and of its layers where they say something.
func partState(n Node, list []Part, layers State) State {
	if len(n.parts) == 0 {
		return layers
	}
	worst := StateUnseen
	if len(n.reached) > 0 {
		worst = StateUntested // a call would tell of it
	}
	for _, p := range list {
		if slices.ContainsFunc(n.parts, func(part string) bool { is, _ := path.Match(part, p.ID); return is }) {
			worst = max(worst, p.State)
		}
	}
	if layers > StateWaiting {
		worst = max(worst, layers)
	}
	return worst
}

// workspaceState is the state of the WorkSpace that was asked about, as AWS calls it.
func (f *Facts) workspaceState() string { return f.workspace }
