package merge_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/probe"
)

// ofAccount is the report of a healthy account that was spoiled, made when the samples of
// the other ends were.
func ofAccount(spoil func(*world.World)) report.Report {
	w := world.Healthy()
	for i := range w.Directories[0].Devices { // the samples' desk has Linux
		w.Directories[0].Devices[i].Access = "ALLOW"
	}
	if spoil != nil {
		spoil(w)
	}
	desk := sample("healthy")
	return judgedAnew(report.Report{
		Schema: report.Schema, Tool: desk.Tool,
		Run:          report.Run{ID: "account1", Vantage: probe.InAccount, StartedAt: desk.Run.StartedAt.Add(5 * time.Minute), OS: "linux", Arch: "amd64"},
		Target:       report.Target{Region: desk.Target.Region, Protocol: probe.BothProtocols},
		Observations: w.Observations(probe.QuestionDetail{User: world.User}), Gaps: []string{},
	})
}

// allowing gives the directory an IP access control group.
func allowing(rules ...string) func(*world.World) {
	return func(w *world.World) {
		w.Directories[0].IPGroups = []string{world.IPGroupID}
		g := probe.IPGroup{ID: world.IPGroupID, Rules: []netip.Prefix{}}
		for _, r := range rules {
			g.Rules = append(g.Rules, netip.MustParsePrefix(r))
		}
		w.IPGroups = []probe.IPGroup{g}
	}
}

// TestTheAccountJoinsInAnyOrder: three reports, or any two of them, whoever comes first,
// give the same verdict.
func TestTheAccountJoinsInAnyOrder(t *testing.T) {
	state := func(s string) func(*world.World) { return func(w *world.World) { w.Workspaces[0].State = s } }
	egress := sample("healthy").Egress
	if len(egress) == 0 {
		egress = judgedAnew(sample("healthy")).Egress
	}
	if len(egress) == 0 {
		t.Fatal("the sample of a desk knows no public address")
	}
	its := netip.PrefixFrom(egress[0], egress[0].BitLen()).String()
	desk, inside := judgedAnew(sample("healthy")), judgedAnew(sample("inside-healthy"))
	_, fits := schema(t)
	for name, c := range map[string]struct {
		of     []report.Report
		status finding.Status
		code   string
		layer  layer.ID
		by     merge.End
		leg    merge.LegStatus // of the account
	}{
		"all are well":                     {[]report.Report{desk, inside, ofAccount(nil)}, finding.StatusOK, merge.CodeBothPass, "", merge.Neither, merge.LegOK},
		"desk and account":                 {[]report.Report{desk, ofAccount(nil)}, finding.StatusOK, finding.CodeAsFarAsSeen, "", merge.Neither, merge.LegOK},
		"inside and account":               {[]report.Report{inside, ofAccount(nil)}, finding.StatusOK, finding.CodeAsFarAsSeen, "", merge.Neither, merge.LegOK},
		"the WorkSpace is in maintenance":  {[]report.Report{desk, ofAccount(state("ADMIN_MAINTENANCE"))}, finding.StatusFault, "workspace_state", layer.StreamingHost, merge.Account, merge.LegFault},
		"unhealthy, and inside tells why":  {[]report.Report{desk, judgedAnew(sample("inside-broken")), ofAccount(state("UNHEALTHY"))}, finding.StatusFault, judgedAnew(sample("inside-broken")).Verdict.Code, *judgedAnew(sample("inside-broken")).Verdict.Layer, merge.Inside, merge.LegInconclusive},
		"the desk's address is let in":     {[]report.Report{desk, inside, ofAccount(allowing(its))}, finding.StatusOK, merge.CodeBothPass, "", merge.Neither, merge.LegOK},
		"the desk's address is not let in": {[]report.Report{desk, inside, ofAccount(allowing("198.18.0.0/24"))}, finding.StatusFault, "egress_not_allowed", layer.IPAccessControl, merge.Desk, ""},
		"nobody is let in":                 {[]report.Report{desk, inside, ofAccount(allowing())}, finding.StatusFault, "ip_group_empty", layer.IPAccessControl, merge.Account, merge.LegFault},
		"the desk's system is denied": {[]report.Report{desk, ofAccount(func(w *world.World) {
			w.Directories[0].Devices = []probe.DeviceAccess{{Kind: "Windows", Access: "DENY"}, {Kind: "Osx", Access: "DENY"}, {Kind: "Linux", Access: "DENY"}}
		})}, finding.StatusFault, "device_type_denied", layer.IPAccessControl, merge.Account, merge.LegFault},
	} {
		for turn, order := range orders(c.of) {
			r, err := merge.Merge(order, merge.Options{AnyAge: true, Judge: judgedAnew})
			if err != nil {
				t.Errorf("%s, order %d: %v", name, turn, err)
				continue
			}
			v := r.Verdict
			named := layer.ID("")
			if v.Layer != nil {
				named = *v.Layer
			}
			leg := r.Legs[len(r.Legs)-1]
			if v.Status != c.status || v.Code != c.code || named != c.layer || r.DecidedBy != c.by || leg.ID != merge.AccountLeg || c.leg != "" && leg.Status != c.leg {
				t.Errorf("%s, order %d: %s %q (%s) by %q, leg %s %s, want %s %q (%s) by %q, leg %s\n%s", name, turn, v.Status, named, v.Code, r.DecidedBy,
					leg.ID, leg.Status, c.status, c.layer, c.code, c.by, c.leg, v.Summary)
			}
			if v.Status == finding.StatusFault && (v.Owner == "" || len(v.Remedy) == 0) {
				t.Errorf("%s: nobody is to fix it, or nothing to do: %+v", name, v)
			}
			b, err := r.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if err := fits.Validate(object(t, b)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// orders gives the reports in the order in which they came, in the other one, and turned.
func orders(list []report.Report) [][]report.Report {
	back := slices.Clone(list)
	slices.Reverse(back)
	return [][]report.Report{list, back, append(slices.Clone(list[1:]), list[0])}
}
