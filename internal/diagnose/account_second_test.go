package diagnose

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/account"
	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// secondCase is an account that somebody thought of who did not write its rules, and what
// an engineer would say of it who is careful.
type secondCase struct {
	name string
	why  string // the engineer's reason
	do   func(*second)
	// status is what the verdict may be; layers are those that it, and any finding of a
	// fault, may name; suspects those that it has to name or to suspect, if any is.
	status   []finding.Status
	layers   []layer.ID
	suspects []layer.ID
	// most is as sure as it may be, if it names a layer.
	most finding.Confidence
	// spared may be no suspects either.
	spared  []layer.ID
	dark    []layer.ID // may not be called ok: nobody saw them
	symptom string
}

// What a verdict may be.
var (
	quiet  = []finding.Status{finding.StatusOK}
	calm   = []finding.Status{finding.StatusOK, finding.StatusDegraded}
	mild   = []finding.Status{finding.StatusOK, finding.StatusDegraded, finding.StatusInconclusive}
	open   = []finding.Status{finding.StatusInconclusive}
	broken = []finding.Status{finding.StatusFault}
	worn   = []finding.Status{finding.StatusFault, finding.StatusDegraded}
	wary   = []finding.Status{finding.StatusFault, finding.StatusInconclusive}
	unwell = []finding.Status{finding.StatusFault, finding.StatusInconclusive, finding.StatusDegraded}
)

// always is how many gaps a walk has that leaves nothing out: eth0 is in none of the calls.
const always = 1

// second is an account in the making, and what is asked of it.
type second struct {
	*world.World
	q probe.QuestionDetail
}

func (s *second) mine() *probe.AccountWorkspace { return &s.Workspaces[0] }
func (s *second) dir() *probe.RegisteredDirectory {
	return &s.World.Directories[0].RegisteredDirectory
}
func (s *second) svc() *probe.ServiceDirectory { return &s.Services[0] }
func (s *second) table() *probe.RouteTable     { return &s.Tables[0] }
func (s *second) acl() *probe.NetworkACL       { return &s.ACLs[0] }
func (s *second) card() *probe.ENI             { return &s.World.Interfaces[0] }

func (s *second) group(id string) *probe.SecurityGroup {
	return &s.Groups[slices.IndexFunc(s.Groups, func(g probe.SecurityGroup) bool { return g.ID == id })]
}

// route adds a route to the first table.
func (s *second) route(to, target string) {
	s.table().Routes = append(s.table().Routes, probe.TableRoute{Destination: net(to), Target: target, State: "active"})
}

// out replaces the default route.
func (s *second) out(target string) { s.table().Routes[1].Target = target }

// nat sends everything through a sound NAT gateway.
func (s *second) nat() *probe.NATGateway {
	s.out(world.NATID)
	s.NATGateways = append(s.NATGateways, probe.NATGateway{
		ID: world.NATID, VPC: world.VPCID, State: "available", Connectivity: "public",
		Public: []netip.Addr{at("203.0.113.200")},
	})
	for i := range s.World.Interfaces {
		s.World.Interfaces[i].Public = netip.Addr{}
	}
	return &s.NATGateways[0]
}

// connector makes the directory an AD Connector to servers of the company.
func (s *second) connector(servers ...string) {
	s.svc().Type, s.dir().Type = "ADConnector", "AD_CONNECTOR"
	s.svc().ConnectIPs = []netip.Addr{at("10.0.0.10"), at("10.0.1.10")}
	s.svc().DNS, s.dir().DNS = ats(servers...), ats(servers...)
}

// managedIn makes the directory a Managed AD in another VPC.
func (s *second) managedIn(vpc string, servers ...string) {
	s.svc().Type, s.svc().VPC, s.svc().Subnets = "MicrosoftAD", vpc, []string{"subnet-0b00000000000001", "subnet-0b00000000000002"}
	s.svc().DNS, s.dir().DNS = ats(servers...), ats(servers...)
	for i := range s.World.Interfaces[2:] {
		card := &s.World.Interfaces[2+i]
		card.VPC, card.Subnet, card.Address = vpc, s.svc().Subnets[i], s.svc().DNS[i]
	}
	s.group(world.Controllers).VPC = vpc
}

// streamsBy gives the directory a sound VPC endpoint.
func (s *second) streamsBy(networks ...string) *probe.VPCEndpoint {
	s.dir().Endpoints = []probe.AccessEndpoint{{Type: "STREAMING_WSP", ID: world.EndpointID}}
	s.dir().Fallback = []string{"PCOIP"}
	s.Groups = append(s.Groups, probe.SecurityGroup{ID: "sg-0a00000000000005", VPC: world.VPCID, Ingress: []probe.AccessRule{
		rule("tcp", 443, 443, networks...), rule("udp", 443, 443, networks...),
		rule("tcp", 4195, 4195, networks...), rule("udp", 4195, 4195, networks...),
	}})
	s.Endpoints = []probe.VPCEndpoint{{
		ID: world.EndpointID, Service: "com.amazonaws.us-east-1.highlander", State: "available", Owner: world.Account,
		VPC: world.VPCID, Subnets: []string{world.SubnetA, world.SubnetB}, Groups: []string{"sg-0a00000000000005"}, Records: "ipv4",
	}}
	return &s.Endpoints[0]
}

// letsIn gives the directory an IP access control group, and asks for addresses.
func (s *second) letsIn(rules []string, from ...string) {
	s.dir().IPGroups = []string{world.IPGroupID}
	s.World.IPGroups = []probe.IPGroup{{ID: world.IPGroupID, Rules: nets(rules...)}}
	s.q.Egress = ats(from...)
}

func at(text string) netip.Addr    { return netip.MustParseAddr(text) }
func net(text string) netip.Prefix { return netip.MustParsePrefix(text) }

func ats(texts ...string) (list []netip.Addr) {
	for _, t := range texts {
		list = append(list, at(t))
	}
	return list
}

func nets(texts ...string) []netip.Prefix {
	list := []netip.Prefix{}
	for _, t := range texts {
		list = append(list, net(t))
	}
	return list
}

func rule(protocol string, first, last int, networks ...string) probe.AccessRule {
	return probe.AccessRule{Protocol: protocol, First: first, Last: last, Networks: nets(networks...)}
}

func every(networks ...string) probe.AccessRule { return rule("all", 0, 65535, networks...) }

// entries are those of a network ACL, numbered by the hundred, with its last one.
func entries(list ...probe.AccessRule) []probe.AccessRule {
	for i := range list {
		list[i].Number = 100 * (i + 1)
	}
	last := every("0.0.0.0/0")
	last.Number, last.Deny = 32767, true
	return append(list, last)
}

func deny(r probe.AccessRule) probe.AccessRule { r.Deny = true; return r }

func counted(metric string, minutesAgo int, value float64) probe.Series {
	return world.Counted(metric, "WorkspaceId", world.WorkspaceID, minutesAgo, value)
}

// secondCases are all of them.
func secondCases() []secondCase {
	return slices.Concat(secondGroups(), secondRoutes(), secondACLs(), secondDirectories(), secondAccess(),
		secondStates(), secondEndpoints(), secondRoles(), secondCounters(), secondThoughts())
}

func (c secondCase) make() *second {
	s := &second{World: world.Healthy(), q: probe.QuestionDetail{User: world.User}}
	c.do(s)
	return s
}

// Everything that there is about the question was asked.
func TestSecondAuthorsAccounts(t *testing.T) {
	for _, c := range secondCases() {
		t.Run(c.name, func(t *testing.T) {
			s := c.make()
			r := Judge(Input{
				Vantage: probe.InAccount, Protocol: probe.BothProtocols, Region: world.Region, Symptom: c.symptom,
				Observations: s.Observations(s.q),
			})
			if c.holds(t, r); !slices.Contains(c.status, r.Verdict.Status) {
				t.Errorf("status %s, want one of %s", r.Verdict.Status, c.status)
			}
			if t.Failed() {
				t.Log(c.why)
				t.Log(spelled(r))
			}
		})
	}
}

// A walk of twelve calls may see less: then it says so, and clears nobody.
func TestSecondAuthorsAccountsInTwelveCalls(t *testing.T) {
	for _, c := range secondCases() {
		t.Run(c.name, func(t *testing.T) { synctest.Test(t, c.walk) })
	}
}

func (c secondCase) walk(t *testing.T) {
	s := c.make()
	s.Since(time.Now())
	var calls atomic.Int64 // of a round, which runs side by side
	api := world.API{World: s.World, Before: func(context.Context, string) error { calls.Add(1); return nil }}
	q := account.Question{Region: world.Region, QuestionDetail: s.q, Symptom: c.symptom}
	if s.q.Code {
		q.Registration = world.Code
	}
	in := Input{Vantage: probe.InAccount, Protocol: probe.BothProtocols, Region: world.Region, Symptom: c.symptom}
	gaps, err := account.Walk(t.Context(), api, q, func(e account.Event) {
		if e.Kind == account.Observed {
			e.Observation.ID = "o" + strconv.Itoa(len(in.Observations)+1)
			in.Observations = append(in.Observations, e.Observation)
		}
	})
	if err != nil || calls.Load() > account.MostCalls {
		t.Fatalf("%d calls, %v", calls.Load(), err)
	}
	r := Judge(in)
	c.holds(t, r)
	allowed := append(slices.Clone(c.status), finding.StatusInconclusive)
	if !slices.Contains(allowed, r.Verdict.Status) && len(gaps)+len(r.Gaps) <= always {
		t.Errorf("status %s, want one of %s, or a gap", r.Verdict.Status, allowed)
	}
	if t.Failed() {
		t.Log(c.why)
		t.Log(spelled(r))
	}
}

// holds: whom the verdict names, clears and suspects, whatever its status.
func (c secondCase) holds(t *testing.T, r Result) {
	t.Helper()
	v := r.Verdict
	if v.Layer != nil {
		if !slices.Contains(c.layers, *v.Layer) {
			t.Errorf("%s is named, want one of %s", *v.Layer, c.layers)
		}
		if c.most != "" && v.Confidence.Sure() > c.most.Sure() {
			t.Errorf("%s is %s, want at most %s", *v.Layer, v.Confidence, c.most)
		}
	}
	for _, f := range finding.Open(r.Findings, finding.SeverityFault) {
		if !slices.Contains(c.layers, f.Layer) {
			t.Errorf("%s accuses %s, want one of %s", f.Code, f.Layer, c.layers)
		}
	}
	named := func(id layer.ID) bool {
		return v.Layer != nil && *v.Layer == id ||
			slices.ContainsFunc(v.Suspects, func(s finding.Suspect) bool { return s.Layer == id })
	}
	spoken := v.Status == finding.StatusFault || v.Status == finding.StatusInconclusive && len(v.Suspects) > 0
	if spoken && len(c.suspects) > 0 && !slices.ContainsFunc(c.suspects, named) {
		t.Errorf("neither named nor suspected: any of %s", c.suspects)
	}
	if i := slices.IndexFunc(c.spared, named); i >= 0 {
		t.Errorf("%s is named or suspected", c.spared[i])
	}
	for _, l := range r.Layers {
		if slices.Contains(c.dark, l.ID) && l.Status == finding.LayerOK {
			t.Errorf("%s is cleared", l.ID)
		}
	}
	if slices.Contains(c.status, finding.StatusOK) {
		return
	}
	blamed := slices.Concat(c.layers, c.suspects)
	cleared := 0
	for _, l := range r.Layers {
		if slices.Contains(blamed, l.ID) && l.Status == finding.LayerOK {
			cleared++
		}
	}
	if cleared > 0 && cleared == len(slices.Compact(slices.Sorted(slices.Values(blamed)))) {
		t.Errorf("all of %s are cleared", blamed)
	}
}

func spelled(r Result) string {
	text := string(r.Verdict.Status) + " " + r.Verdict.Code + " " + string(r.Verdict.Confidence) + ": " +
		diagnosetest.Said(r.Verdict.Summary)
	for _, f := range r.Findings {
		text += "\n  " + string(f.Severity) + " " + string(f.Confidence) + " " + string(f.Layer) + " " + f.Code
	}
	for _, s := range r.Verdict.Suspects {
		text += "\n  suspect " + string(s.Layer)
	}
	return text
}
