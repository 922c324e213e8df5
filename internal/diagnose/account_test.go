package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// askedOfUser is the question of an administrator whose user complains.
var askedOfUser = probe.QuestionDetail{User: world.User}

// accountCase is a change of a healthy account, and what may be said of it.
type accountCase struct {
	spoil    func(*world.World)
	question probe.QuestionDetail // the zero one: askedOfUser
	symptom  string
	code     string // of the verdict; empty: nothing is wrong as far as seen
	status   finding.Status
	layer    layer.ID
	sure     finding.Confidence
}

func judgeAccount(w *world.World, q probe.QuestionDetail, symptom string) Result {
	return Judge(facts.Input{
		Vantage: probe.InAccount, Protocol: "both", Region: w.Region, Symptom: symptom, Observations: w.Observations(q),
	})
}

const (
	fault        = finding.StatusFault
	degraded     = finding.StatusDegraded
	inconclusive = finding.StatusInconclusive
	passes       = finding.StatusOK
)

func anAddress(s string) netip.Addr { return netip.MustParseAddr(s) }
func aPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// The parts of a healthy account that cases change.
func mine(w *world.World) *probe.AccountWorkspace { return &w.Workspaces[0] }
func itsDirectory(w *world.World) *probe.RegisteredDirectory {
	return &w.Directories[0].RegisteredDirectory
}
func card(w *world.World) *probe.ENI { return &w.Interfaces[0] }

func state(s string) func(*world.World) {
	return func(w *world.World) { mine(w).State = s }
}

func pcoip(w *world.World) { mine(w).Protocols = []string{"PCOIP"} }

func connected(then func(*world.World)) func(*world.World) {
	return func(w *world.World) {
		then(w)
		w.Connections[0].State = "CONNECTED"
	}
}

func leadTo(target, state string) func(*world.World) {
	return func(w *world.World) {
		w.Tables[0].Routes[1] = probe.TableRoute{Destination: world.Everywhere, Target: target, State: state}
		for i := range w.Interfaces {
			w.Interfaces[i].Public = netip.Addr{}
		}
	}
}

func ipRules(rules ...string) func(*world.World) {
	return func(w *world.World) {
		itsDirectory(w).IPGroups = []string{world.IPGroupID}
		g := probe.IPGroup{ID: world.IPGroupID, Rules: []netip.Prefix{}}
		for _, r := range rules {
			g.Rules = append(g.Rules, aPrefix(r))
		}
		w.IPGroups = []probe.IPGroup{g}
	}
}

func byEndpoint(change func(*probe.VPCEndpoint)) func(*world.World) {
	return func(w *world.World) {
		itsDirectory(w).Endpoints = []probe.AccessEndpoint{{Type: "STREAMING_WSP", ID: world.EndpointID}}
		v := probe.VPCEndpoint{
			ID: world.EndpointID, Service: "com.amazonaws.us-east-1.highlander", State: "available", Owner: world.Account,
			VPC: world.VPCID, Subnets: []string{world.SubnetA, world.SubnetB}, Groups: []string{"sg-0a00000000000005"}, Records: "ipv4",
		}
		w.Groups = append(w.Groups, probe.SecurityGroup{ID: "sg-0a00000000000005", VPC: world.VPCID, Ingress: []probe.AccessRule{
			{Protocol: "tcp", First: 4195, Last: 4195, Networks: []netip.Prefix{aPrefix("10.8.0.0/16")}},
		}})
		if change != nil {
			change(&v)
		}
		w.Endpoints = []probe.VPCEndpoint{v}
	}
}

func counts(series ...probe.Series) func(*world.World) {
	return func(w *world.World) { w.Series = append(w.Series, series...) }
}

func attempt(metric string, minutesAgo int, n float64) probe.Series {
	return world.Counted(metric, "WorkspaceId", world.WorkspaceID, minutesAgo, n)
}

func onOwnLicence(management, route string) func(*world.World) {
	return func(w *world.World) {
		itsDirectory(w).Tenancy = "DEDICATED"
		w.Tenancy = probe.TenancyDetail{Support: "ENABLED", Management: aPrefix(management)}
		w.Tables[0].Routes = append(w.Tables[0].Routes, probe.TableRoute{Destination: aPrefix(route), Target: "pcx-0a00000000000001", State: "active"})
	}
}

func both(list ...func(*world.World)) func(*world.World) {
	return func(w *world.World) {
		for _, f := range list {
			f(w)
		}
	}
}

func moved(to ...string) func(*world.World) {
	return func(w *world.World) {
		w.Services[0].DNS = nil
		for i, a := range to {
			w.Services[0].DNS = append(w.Services[0].DNS, anAddress(a))
			w.Interfaces[2+i].Address = anAddress(a)
		}
	}
}

func noRole(w *world.World) { w.Roles, w.Policies = nil, nil }

// TestAccountRules: every rule fires where its cause is, is as sure as may be, and is
// silent or unsure where something else looks the same.
func TestAccountRules(t *testing.T) {
	cases := accountCases()
	for _, c := range Causes() {
		if c.Vantage == probe.InAccount && len(cases[c.Code]) == 0 {
			t.Errorf("%s has no case", c.Code)
		}
	}
	for code, rows := range cases {
		fired := code == ""
		for name, row := range rows {
			t.Run(code+"/"+name, func(t *testing.T) {
				w := world.Healthy()
				if row.spoil != nil {
					row.spoil(w)
				}
				if row.question.User == "" && row.question.DirectoryID == "" {
					row.question.User = world.User
				}
				r := judgeAccount(w, row.question, row.symptom)
				fired = fired || slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Code == code && f.SuppressedBy == nil })
				want := row.code
				switch {
				case row.status == "":
					row.status, want = passes, finding.CodeAsFarAsSeen
				case want == "":
					want = code
				}
				v := r.Verdict
				if v.Code != want || v.Status != row.status || layerOf(v) != row.layer || v.Confidence != row.sure {
					t.Errorf("%s %q %q (%s), want %s %q %q (%s); findings: %s\n%s", v.Status, layerOf(v), v.Confidence, v.Code,
						row.status, row.layer, row.sure, want, diagnosetest.Codes(r.Findings), diagnosetest.Said(v.Summary))
				}
				if v.Status == inconclusive && (v.NextTest.Empty() || len(v.Suspects) == 0) {
					t.Errorf("inconclusive without a next test or a suspect: %+v", v.Suspects)
				}
				for _, f := range r.Findings {
					if f.Layer == "" || f.Summary.Empty() || f.Severity == "" {
						t.Errorf("%s says nothing: %+v", f.Code, f)
					}
				}
			})
		}
		if !fired {
			t.Errorf("%s never fired", code)
		}
	}
}
