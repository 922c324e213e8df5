package details

import (
	"net/netip"
	"slices"

	"wsdoctor/probe"
)

// further are details that the samples of reports have none of, and forms of others.
var further = []probe.Observation{
	{Operation: probe.HostPauses,
		Detail: probe.PausesDetail{Pauses: make([]probe.Pause, 2), TotalMS: 812.4, Load: "8.02 4.11"}},
	{Operation: probe.HostNames, Detail: probe.HostNamesDetail{Source: "/etc/hosts", Entries: []probe.HostNameEntry{
		{Name: "ws-broker.example", Address: at("0.0.0.0")}, {Name: "skylight.example", Address: at("10.9.8.7")}}}},
	{Operation: probe.HostVPN, Detail: probe.VPNDetail{Interfaces: []probe.VPNInterface{
		{Name: "wg0", Why: "WireGuard", Carries: true}, {Name: "tun1", Why: "a program takes its packets"}}}},
	{Operation: probe.HostNeighbour,
		Detail: probe.NeighbourDetail{Gateway: at("10.1.20.1"), Interface: "eth0", State: "failed"}},
	{Operation: probe.HostLinks, Detail: probe.LinksDetail{Around: "WSL", Interfaces: []probe.Interface{
		{Name: "lo", Loopback: true}, {Name: "eth0", Up: true}, {Name: "wlan0"},
		{Name: "utun3", Up: true, Carrier: true, VPN: "its name"}}}},
	{Operation: probe.HostProxy,
		Detail: probe.ProxyDetail{PAC: "http://wpad.example/p.pac", Metadata: "http://proxy.example:3128",
			Script: []probe.ScriptedProxy{{Host: "a"}, {Host: "b", Proxy: "http://proxy.example:3128"}, {Host: "c"}},
			Source: "system"}},
	{Operation: probe.HostProxy, Detail: probe.ProxyDetail{Undiscovered: true}},
	{Operation: probe.HostWireless, Detail: probe.WirelessDetail{Links: []probe.WirelessLink{
		{Interface: "wlan0", SignalDBM: -71, MHz: 5180, Channel: 36, Band: "5 GHz"}, {Interface: "Wi-Fi",
			Quality: new(int), Channel: 6}}}},
	{Operation: probe.HostWireless, Detail: probe.WirelessDetail{}},
	{Operation: probe.HostNetworkState,
		Detail: probe.NetworkStateDetail{Categories: []string{"public", "domain"}, IPv4: "internet", IPv6: "none"}},
	{Operation: probe.HostNamePolicy,
		Detail: probe.NamePolicyDetail{Source: "group-policy", Rules: 3, Holds: []probe.NamePolicyRule{
			{Namespace: ".amazonaws.com", Names: []string{"a.amazonaws.com", "b.amazonaws.com"},
				Servers: []string{"10.1.0.53"}}}}},
	{Operation: probe.HostCounters,
		Detail: probe.CountersDetail{Interface: "eth0", Sent: 1, Moved: 0, ControlPort: 443, ControlSent: 6,
			ControlMoved: 6, Flat: true}},
	{Operation: probe.HostCounters,
		Detail: probe.CountersDetail{Interface: "eth0", Sent: 6, Moved: 40, ControlPort: 443, ControlSent: 6,
			ControlMoved: 38, QuietMoved: 35}},
	{Operation: probe.HostCounters,
		Detail: probe.CountersDetail{Interface: "eth0", Sent: 6, Moved: 6, ControlPort: 443, ControlSent: 6,
			ControlMoved: 6, Left: true}},
	{Operation: probe.HostCounters, Detail: probe.CountersDetail{Error: "no such interface"}},
	{Operation: probe.PathMTU,
		Detail: probe.MTUDetail{Question: "quic", BlackHole: true, LocalMTU: 1400, ReportedMTU: 1380,
			Offender: at("10.20.0.1"),
			Sizes:    []probe.MTUProbe{{Bytes: 1280, Sent: 1, Answered: 1}, {Bytes: 1400, Sent: 5}}}},
	{Operation: probe.PathSweep, Detail: probe.SweepDetail{Echo: true, Packets: 1, Hops: []probe.Hop{
		{TTL: 1, Kind: probe.HopExpired}, {TTL: 2, Kind: probe.HopReply, From: at("52.1.2.3")}, {TTL: 3,
			Kind: probe.HopLocal}}}},
	{Operation: probe.HostRoute,
		Detail: probe.RouteDetail{Destination: at("52.1.2.3"), VPN: "WireGuard", Error: "EACCES"}},
	{Operation: probe.HostWorkspace, Detail: probe.WorkspaceDetail{}},
	{Operation: probe.HostWorkspace,
		Detail: probe.WorkspaceDetail{Signs: []string{"an interface in a management range"}}},
	{Operation: probe.HostSoftware, Detail: probe.SoftwareDetail{Looked: []string{"processes", "services"}}},
	{Operation: probe.TCPConnect, Detail: probe.ConnectDetail{Spoke: "reset", Phase: probe.HelloReset, RTTMS: 1204.2}},
	{Operation: probe.TLSHandshake,
		Detail: probe.TLSDetail{Hello: probe.HelloLarge, HelloBytes: 1512, Phase: probe.HelloUnacked}},
	{Operation: probe.STUNBinding,
		Detail: probe.ExchangeDetail{Sent: 3, Answered: 2, RTTMS: []float64{41, 39.6}, Garbage: 1}},
	{Operation: probe.HostRoutes, Detail: probe.RoutingDetail{Truncated: true, Routes: slices.Repeat(
		[]probe.RouteEntry{{Destination: netip.MustParsePrefix("10.0.0.0/8"), Interface: "eth1", Metric: 5,
			Table: "100"}}, 14)}},
	{Operation: probe.HostManagement, Detail: probe.ManagementDetail{}},
	{Operation: probe.HostDirectory, Detail: probe.DirectoryDetail{}},
	{Operation: probe.HostListeners, Detail: probe.ListenersDetail{Listeners: []probe.Listener{
		{Transport: probe.TCP, Address: at("0.0.0.0"), Port: 4172, PID: 812}, {Transport: probe.UDP,
			Address: at("::"), Port: 4172}}}},
	{Operation: probe.HostListeners, Detail: probe.ListenersDetail{Owners: true}},
	{Operation: probe.HostServices, Detail: probe.ServicesDetail{Manager: "scm", Services: []probe.Service{
		{Role: "pcoip", Name: "PCoIPAgent", Installed: true, State: "stopped", Result: "exit code 1067"}}}},
	{Operation: probe.HostFirewall, Detail: probe.FirewallDetail{Engine: "windows"}},
	{Operation: probe.HostFirewall,
		Detail: probe.FirewallDetail{Engine: "nftables", Verdict: probe.FirewallUnknown, Transport: probe.TCP,
			First: 4172, Last: 4195,
			Unknown: []string{"meta hour"}, Given: probe.FirewallAccept, Manager: "firewalld"}},
	{Operation: probe.LDAPRoot,
		Detail: probe.LDAPDetail{Transport: probe.UDP, Site: "Berlin", ClientSite: "Osaka", Sent: 2}},
	{Operation: probe.ProxyConnect,
		Detail: probe.ProxyConnectDetail{Proxy: "proxy.example:3128", Status: 407, AuthSchemes: []string{"Negotiate",
			"NTLM"}, Reached: "proxy"}},
}

func at(s string) netip.Addr { return netip.MustParseAddr(s) }
