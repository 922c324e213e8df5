// Package accounttest holds reports of accounts for the tests of renderers: of the worlds that
// people review, and of any other.
package accounttest

import (
	"net/netip"
	"time"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/report"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Report is the report of somebody who asks everything of an account.
func Report(w *world.World, q probe.QuestionDetail, language string) report.Report {
	c, _ := words.In(language)
	b := report.New(
		report.Tool{Version: "0.1.0"},
		report.Run{ID: "account", Vantage: probe.InAccount, StartedAt: world.Now, OS: "linux", Arch: "amd64"},
		report.Target{Region: w.Region, Protocol: probe.BothProtocols, DirectoryID: q.DirectoryID},
	)
	for _, o := range w.Observations(q) {
		b.Observe(o)
	}
	result := diagnose.Judge(diagnose.Input{
		Vantage: probe.InAccount, Protocol: probe.BothProtocols, Region: w.Region, Observations: b.Observations(),
	})
	return b.Finish(report.Tell(c, result), time.Second, false)
}

// User asks about the user of these worlds.
var User = probe.QuestionDetail{User: world.User}

// World is a change of a healthy account, and what is asked of it.
type World struct {
	change   func(*world.World)
	question probe.QuestionDetail
}

// Report is the report of one in a language.
func (x World) Report(language string) report.Report {
	w := world.Healthy()
	x.change(w)
	return Report(w, x.question, language)
}

// Worlds are those whose pictures people review.
var Worlds = map[string]World{
	"quick-setup": {func(*world.World) {}, User},
	"nat":         {behindNAT, User},
	"endpoint":    {byEndpoint, User},
	"faults":      {severalFaults, probe.QuestionDetail{User: world.User, Egress: []netip.Addr{netip.MustParseAddr("198.51.100.7")}, System: "windows"}},
	"denied":      {denyAll, User},
}

func behindNAT(w *world.World) {
	w.NATGateways = []probe.NATGateway{{
		ID: world.NATID, VPC: world.VPCID, Subnet: world.SubnetB, State: "available", Connectivity: "public",
		Public: []netip.Addr{netip.MustParseAddr("203.0.113.200")},
	}}
	private := w.Tables[0]
	private.ID, private.Main, private.Subnets = "rtb-0a00000000000002", false, []string{world.SubnetA}
	private.Routes = append([]probe.TableRoute{w.Tables[0].Routes[0]},
		probe.TableRoute{Destination: world.Everywhere, Target: world.NATID, State: "active"},
		probe.TableRoute{Destination: netip.MustParsePrefix("172.16.0.0/12"), Target: "tgw-0a00000000000001", State: "active"})
	w.Tables[0].Subnets = []string{world.SubnetB}
	w.Tables = append(w.Tables, private)
	for i := range w.Interfaces {
		w.Interfaces[i].Public = netip.Addr{}
	}
	w.Workspaces[0].Protocols = []string{"PCOIP"}
}

func byEndpoint(w *world.World) {
	d := &w.Directories[0].RegisteredDirectory
	d.Endpoints = []probe.AccessEndpoint{{Type: "STREAMING_WSP", ID: world.EndpointID}}
	w.Endpoints = []probe.VPCEndpoint{{
		ID: world.EndpointID, Service: "com.amazonaws.us-east-1.highlander", State: "available", Owner: world.Account, VPC: world.VPCID,
		Subnets: []string{world.SubnetA, world.SubnetB}, Groups: []string{"sg-0a00000000000003"}, Records: "ipv4",
	}}
	w.Groups = append(w.Groups, probe.SecurityGroup{
		ID: "sg-0a00000000000003", Name: "streaming", VPC: world.VPCID, Egress: []probe.AccessRule{world.AnyTraffic(world.Everywhere)},
		Ingress: []probe.AccessRule{
			{Protocol: "tcp", First: 443, Last: 443, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
			{Protocol: "tcp", First: 4195, Last: 4195, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
			{Protocol: "udp", First: 443, Last: 443, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
			{Protocol: "udp", First: 4195, Last: 4195, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		},
	})
	d.IPGroups = []string{world.IPGroupID}
	w.IPGroups = []probe.IPGroup{{ID: world.IPGroupID, Name: "Offices", Rules: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}}}
}

func severalFaults(w *world.World) {
	d := &w.Directories[0].RegisteredDirectory
	d.IPGroups = []string{world.IPGroupID}
	w.IPGroups = []probe.IPGroup{{ID: world.IPGroupID, Name: "Offices in <Osaka> & \"Kobe\"", Rules: []netip.Prefix{
		netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("192.0.2.0/25"),
	}}}
	w.Tables[0].Routes[1] = probe.TableRoute{Destination: world.Everywhere, Target: world.NATID, State: "blackhole"}
	w.Groups[1].Ingress = append(w.Groups[1].Ingress, world.AnyTraffic(world.Everywhere))
	w.Groups[0].Egress = nil
	w.Services[0].Stage, w.Services[0].Reason = "Impaired", "A domain controller does not answer."
	w.Roles = nil
	w.Policies = nil
	w.Interfaces[0].Public = netip.Addr{}
}

func denyAll(w *world.World) {
	w.Fails = map[string]probe.Failure{}
	for _, o := range w.Observations(User) {
		if o.Operation != probe.AccountQuestion && o.Operation != probe.AccountIdentity {
			w.Fails[o.Target] = probe.AccessDenied
		}
	}
}
