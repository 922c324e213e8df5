package architecture_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
)

// judged is a report under today's rules, told in a language.
func judged(r report.Report, language string) report.Report {
	c, _ := words.In(language)
	told := report.Tell(c, diagnose.Judge(diagnose.Input{
		Vantage: r.Run.Vantage, Protocol: r.Target.Protocol, Region: r.Target.Region, Symptom: r.Target.Symptom,
		AllowedCIDRs: r.Target.AllowedCIDRs, Observations: r.Observations,
	}))
	r.Lang, r.Verdict, r.Layers, r.Findings, r.Egress = told.Lang, told.Verdict, told.Layers, told.Findings, told.Egress
	return r
}

// end is a sample of a desk or of an inside, as if its network were real.
func end(name, language string) report.Report {
	r := reporttest.Samples()[name]
	r.Run.Demo = ""
	return judged(r, language)
}

// ofAccount is the report of an account in the samples' Region.
func ofAccount(w *world.World, q probe.QuestionDetail, language string) report.Report {
	w.Region = reporttest.Samples()["healthy"].Target.Region
	r := accounttest.Report(w, q, language)
	r.Target.DirectoryID = "" // the samples are of another directory
	r.Run.StartedAt = reporttest.Samples()["inside-healthy"].Run.StartedAt.Add(5 * time.Minute)
	return r
}

// joined joins reports as the command does.
func joined(language string, reports ...report.Report) (merge.Result, error) {
	c, _ := words.In(language)
	return merge.Merge(reports, merge.Options{
		AnyAge: true, AnyRegion: true, Words: c,
		Judge: func(r report.Report) report.Report { return judged(r, language) },
	})
}

func drawn(t testing.TB, language string, reports ...report.Report) architecture.Drawing {
	t.Helper()
	r, err := joined(language, reports...)
	if err != nil {
		t.Fatal(err)
	}
	d, is := architecture.Joined(r)
	if !is {
		t.Fatal("there is nothing to draw")
	}
	return d
}

// asTheyAre draws reports that are joined without judging any anew.
func asTheyAre(t testing.TB, reports ...report.Report) architecture.Drawing {
	t.Helper()
	r, err := merge.Merge(reports, merge.Options{AnyAge: true, AnyRegion: true})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := architecture.Joined(r)
	return d
}

func box(t testing.TB, d architecture.Drawing, id string) *architecture.Box {
	t.Helper()
	for _, b := range d.Boxes() {
		if b.ID == id {
			return b
		}
	}
	t.Fatalf("no box %s", id)
	return nil
}

// set gives layers of a report another state.
func set(r report.Report, status finding.LayerStatus, ids ...layer.ID) report.Report {
	r.Layers = slices.Clone(r.Layers)
	for i := range r.Layers {
		if slices.Contains(ids, r.Layers[i].ID) {
			r.Layers[i].Status = status
		}
	}
	return r
}

// found adds a finding.
func found(r report.Report, code string, id layer.ID, s finding.Severity) report.Report {
	r.Findings = append(slices.Clone(r.Findings), report.Finding{
		Code: code, Layer: id, Severity: s, Confidence: finding.Likely, Supports: []string{}, Contradicts: []string{},
	})
	return r
}

// overEndpoint is an account whose DCV streams over a VPC endpoint, PCoIP over the internet.
func overEndpoint(protocols ...string) *world.World {
	w := world.Healthy()
	d := &w.Directories[0].RegisteredDirectory
	d.Endpoints = []probe.AccessEndpoint{{Type: "STREAMING_WSP", ID: world.EndpointID}}
	d.Fallback = []string{"PCOIP"}
	w.Endpoints = []probe.VPCEndpoint{{
		ID: world.EndpointID, Service: "com.amazonaws.eu-central-1.highlander", State: "available", Owner: world.Account,
		VPC: world.VPCID, Subnets: []string{world.SubnetA, world.SubnetB}, Records: "ipv4",
	}}
	w.Workspaces[0].Protocols = protocols
	return w
}

// documented are the reports of the documents' picture: the desk is well, and inside the
// firewall shuts eth0.
func documented(language string) map[string]report.Report {
	w := world.Healthy()
	w.Workspaces[0].Protocols = []string{"PCOIP"} // as the samples of the inside have it
	w.Directories[0].Devices = nil
	return map[string]report.Report{
		"desk":    end("healthy", language),
		"inside":  end("inside-broken", language),
		"account": ofAccount(w, accounttest.User, language),
	}
}

// pictures are those of what several reports tell, and of one end alone, to be read in review.
func pictures(t testing.TB, language string) map[string]architecture.Drawing {
	documented := documented(language)
	return map[string]architecture.Drawing{
		"desk":       architecture.Of(end("office-firewall", language)),
		"inside":     architecture.Of(end("inside-broken", language)),
		"both":       drawn(t, language, end("healthy", language), end("inside-healthy", language)),
		"all":        drawn(t, language, end("tcp-only", language), end("inside-unprivileged", language), documented["account"]),
		"documented": drawn(t, language, documented["desk"], documented["inside"], documented["account"]),
		"endpoints":  drawn(t, language, end("healthy", language), ofAccount(overEndpoint("PCOIP", "WSP"), accounttest.User, language)),
	}
}

// seats are the boxes with the layer that each is there for, by the end that sees it.
var seats = map[string]struct {
	of probe.Vantage
	id layer.ID
}{
	"user": {probe.AtDesk, layer.LocalDevice}, "network": {probe.AtDesk, layer.NetworkFirewall},
	"internet": {probe.AtDesk, layer.InternetPath}, "sign-in": {probe.AtDesk, layer.AuthGateway},
	"streaming": {probe.AtDesk, layer.StreamingGateway}, "proxy": {probe.AtDesk, layer.Proxy},
	"eth0": {probe.InWorkspace, layer.ManagementInterface}, "firewall": {probe.InWorkspace, layer.WorkspaceFirewall},
	"services": {probe.InWorkspace, layer.StreamingHost}, "egress": {probe.InWorkspace, layer.VPCEgress},
	"eth1": {probe.InWorkspace, layer.PrimaryInterface}, "directory-dns": {probe.InWorkspace, layer.DirectoryDNS},
}

// status is what the report of a vantage says of a layer.
func status(list []report.Report, of probe.Vantage, id layer.ID) finding.LayerStatus {
	for _, r := range list {
		for _, l := range r.Layers {
			if r.Run.Vantage == of && l.ID == id {
				return l.Status
			}
		}
	}
	return finding.LayerNotTested
}

// Samples of ends that were carried through.
var (
	desks   = []string{"healthy", "office-firewall", "host-firewall", "tls-inspection", "ip-access-control", "dns", "captive-portal", "slow", "tcp-only", "as-far-as-seen", "undecided", "rivals"}
	insides = []string{"inside-healthy", "inside-broken", "inside-unprivileged"}
)

// triple draws up to three reports. Some are as they were judged, in others the states of
// layers and the findings are anybody's guess.
func triple(seed uint64, language string) (list []report.Report) {
	n := rand.New(rand.NewPCG(seed, 41))
	states := []finding.LayerStatus{
		finding.LayerOK, finding.LayerOK, finding.LayerUnknown, finding.LayerFault, finding.LayerSuspect,
		finding.LayerDegraded, finding.LayerNotTested,
	}
	severities := []finding.Severity{finding.SeverityFault, finding.SeverityDegraded, finding.SeveritySuspect, finding.SeverityInfo}
	for which := 1 + n.IntN(7); which > 0; which &= which - 1 {
		var r report.Report
		switch which & -which {
		case 1:
			r = end(desks[n.IntN(len(desks))], language)
		case 2:
			r = end(insides[n.IntN(len(insides))], language)
		default:
			drawn := world.Draw(seed)
			r = ofAccount(drawn.World, drawn.Question, language)
		}
		if n.IntN(2) == 0 {
			for range n.IntN(12) {
				r = set(r, states[n.IntN(len(states))], layer.All[n.IntN(len(layer.All))].ID)
			}
			for range n.IntN(4) {
				r = found(r, "drawn_"+string(rune('a'+n.IntN(26))), layer.All[n.IntN(len(layer.All))].ID, severities[n.IntN(4)])
				if last := &r.Findings[len(r.Findings)-1]; n.IntN(4) == 0 {
					last.SuppressedBy = &r.Findings[0].Code
				}
			}
		}
		list = append(list, r)
	}
	return list
}

func TestRandomTriplesAreDrawnWhole(t *testing.T) {
	verified, codes, together := 0, 0, 0
	for seed := range uint64(seeds) {
		language := words.Languages()[seed%2]
		list := triple(seed, language)
		d := architecture.Of(list[0])
		if len(list) > 1 {
			r, err := joined(language, list...)
			if err != nil {
				continue // they do not belong together
			}
			together++
			list = r.Reports
			d, _ = architecture.Joined(r)
		}
		s, err := look(architecture.SVG(in(t, language), d))
		if err == nil {
			err = s.check()
		}
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		joinedBy(t, d, s, architecture.Private, architecture.Stream)
		for _, width := range []int{40, 80, 120} {
			for _, line := range architecture.Lines(in(t, language), d, width, false, same) {
				if n := ansi.StringWidth(line); n > width {
					t.Errorf("seed %d: %d columns of %d: %s", seed, n, width, line)
				}
			}
		}
		for _, b := range d.Boxes() {
			seat, measured := seats[b.ID]
			if !measured || b.State != architecture.Verified {
				continue
			}
			verified++
			said := status(list, seat.of, seat.id)
			read := b.ID == "eth1" && said == finding.LayerNotTested && status(list, probe.InAccount, seat.id) != ""
			elsewhere := b.ID == "directory-dns" && said == finding.LayerNotTested &&
				status(list, probe.AtDesk, seat.id) == finding.LayerOK
			if said != finding.LayerOK && !read && !elsewhere {
				t.Errorf("seed %d: %s is verified, and %s is %s", seed, b.ID, seat.id, said)
			}
		}
		all := strings.ReplaceAll(s.all(), "\n", "")
		for _, r := range list {
			for _, f := range r.Findings {
				codes++
				crowded := func(b *architecture.Box) bool { return slices.Contains(b.Codes, f.Code) && len(b.Codes) > 4 }
				if !strings.Contains(all, f.Code) && !slices.ContainsFunc(d.Boxes(), crowded) {
					t.Errorf("seed %d: %s is on no box", seed, f.Code)
				}
			}
		}
	}
	if verified < seeds || codes < seeds || together < seeds/4 {
		t.Errorf("%d boxes are verified, %d findings, %d joined: too few to show anything", verified, codes, together)
	}
}

// What no end looked at stays out of sight; what one saw to work is verified there, and what
// it left open is not.
func TestAnEndShrinksWhatNobodySees(t *testing.T) {
	desk, inside := end("healthy", "en"), end("inside-healthy", "en")
	account := ofAccount(world.Healthy(), accounttest.User, "en")
	ofDesk := []string{"user", "network", "internet", "sign-in", "streaming"}
	ofInside := []string{"eth0", "firewall", "services", "eth1", "directory-dns", "egress"}
	for name, c := range map[string]struct {
		of       []report.Report
		verified []string
		unseen   []string
		unread   []string
	}{
		"desk":    {[]report.Report{desk}, ofDesk, []string{"eth0"}, []string{"account", "vpc", "subnet", "eth1", "table", "directory", "role", "ip-groups"}},
		"inside":  {[]report.Report{inside}, ofInside, []string{"user", "internet", "sign-in", "streaming"}, []string{"account", "vpc", "subnet", "table", "directory", "role"}},
		"both":    {[]report.Report{desk, inside}, slices.Concat(ofDesk, ofInside), []string{"management"}, []string{"account", "vpc", "gateway", "group"}},
		"all":     {[]report.Report{desk, inside, account}, slices.Concat(ofDesk, ofInside, []string{"vpc", "subnet", "table"}), []string{"aws"}, nil},
		"account": {[]report.Report{account}, []string{"vpc", "eth1"}, []string{"user", "internet", "sign-in", "streaming", "eth0"}, nil},
	} {
		d := architecture.Of(c.of[0])
		if len(c.of) > 1 {
			d = drawn(t, "en", c.of...)
		}
		for state, ids := range map[architecture.State][]string{
			architecture.Verified: c.verified, architecture.Unseen: c.unseen, architecture.Unread: c.unread,
		} {
			for _, id := range ids {
				if b := box(t, d, id); b.State != state {
					t.Errorf("%s: %s is %d, want %d", name, id, b.State, state)
				}
			}
		}
	}
	if d := architecture.Of(set(desk, finding.LayerUnknown, layer.DNS)); box(t, d, "network").State != architecture.Open {
		t.Errorf("the network is %d, with its name servers unknown", box(t, d, "network").State)
	}
	if d := architecture.Of(set(desk, finding.LayerNotTested, layer.NetworkFirewall)); box(t, d, "network").State != architecture.Open {
		t.Errorf("the network is %d, and its firewall was not looked at", box(t, d, "network").State)
	}
}

// The marks are those of the joined verdict, where it takes less than one of the reports.
func TestMarksFollowTheJoinedVerdict(t *testing.T) {
	desk, inside := end("healthy", "en"), end("inside-healthy", "en")
	odd := found(desk, "odd", layer.WorkspaceFirewall, finding.SeveritySuspect)
	if b := box(t, architecture.Of(odd), "workspace"); b.State != architecture.Suspect {
		t.Errorf("alone: %d", b.State)
	}
	if b := box(t, asTheyAre(t, odd, inside), "firewall"); b.State != architecture.Noted || !slices.Contains(b.Codes, "odd") {
		t.Errorf("overruled from inside: %d %v", b.State, b.Codes)
	}

	far := found(end("healthy", "en"), "shut", layer.StreamingGateway, finding.SeverityFault)
	far.Target.Region, far.Target.Registration = "us-west-2", ""
	d := asTheyAre(t, far, inside)
	if b := box(t, d, "streaming"); b.State != architecture.Noted {
		t.Errorf("of another Region: %d", b.State)
	}
	if b := box(t, d, "sign-in"); b.State != architecture.Unseen || len(b.Facts) > 1 {
		t.Errorf("another Region's sign-in: %d, %d facts", b.State, len(b.Facts))
	}
	if b := box(t, d, "user"); b.State != architecture.Verified {
		t.Errorf("the desk's own computer: %d", b.State)
	}

	told := desk
	told.Target.Symptom = "loading-then-login"
	told = judged(told, "en")
	if b := box(t, architecture.Of(told), "eth0"); b.State != architecture.Suspect {
		t.Errorf("by the client's words alone: %d %s", b.State, told.Verdict.Code)
	}
	if b := box(t, drawn(t, "en", told, inside), "eth0"); b.State > architecture.Noted {
		t.Errorf("the inside shows that eth0 works: %d %v", b.State, b.Codes)
	}

	w := world.Healthy()
	w.Workspaces[0].State = "UNHEALTHY"
	ill := ofAccount(w, accounttest.User, "en")
	if b := box(t, architecture.Of(ill), "eth0"); b.State != architecture.Suspect {
		t.Errorf("UNHEALTHY: eth0 is %d", b.State)
	}
	if b := box(t, drawn(t, "en", ill, inside), "eth0"); b.State != architecture.Verified {
		t.Errorf("UNHEALTHY, and well from inside: eth0 is %d %v", b.State, b.Codes)
	}
}

// PCoIP comes over the internet while DCV comes over the endpoint, and a WorkSpace has one
// of them or both.
func TestTheWayOverAnEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		protocols       []string
		private, public bool
	}{
		"DCV":     {[]string{"WSP"}, true, false},
		"PCoIP":   {[]string{"PCOIP"}, false, true},
		"both":    {[]string{"PCOIP", "WSP"}, true, true},
		"unknown": {nil, true, true},
	} {
		d := architecture.Of(ofAccount(overEndpoint(c.protocols...), accounttest.User, "en"))
		has := func(from, to string) bool {
			return slices.ContainsFunc(d.Links, func(l architecture.Link) bool { return l.From == from && l.To == to })
		}
		if has("user", "endpoint") != c.private || has("endpoint", "streaming") != c.private ||
			has("ip-groups", "streaming") != c.public || !has("streaming", "eth0") {
			t.Errorf("%s: %v", name, d.Links)
		}
		text := strings.Join(architecture.Lines(in(t, "en"), d, 80, false, same), "\n")
		for _, says := range []string{"not for DCV over the VPC endpoint", "IP access control groups do not apply to it"} {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), says) {
				t.Errorf("%s: %q is not said in\n%s", name, says, text)
			}
		}
	}
}

// What the desk saw of the gateways on the internet says nothing of a way over an endpoint,
// unless the endpoint is what it tried.
func TestPublicGatewaysVerifyNoEndpoint(t *testing.T) {
	account := ofAccount(overEndpoint("WSP"), accounttest.User, "en")
	desk := end("healthy", "en")
	b := box(t, drawn(t, "en", desk, account), "streaming")
	if b.State != architecture.Unseen {
		t.Errorf("by the internet: %d", b.State)
	}
	for _, f := range b.Facts {
		if text := in(t, "en").Tell(f); strings.Contains(text, "answers") {
			t.Errorf("by the internet: %s", text)
		}
	}
	desk.Target.Gateway = "vpce-0a1b2c3d.highlander.eu-central-1.vpce.amazonaws.com"
	if b := box(t, drawn(t, "en", desk, account), "streaming"); b.State != architecture.Verified {
		t.Errorf("by the endpoint: %d", b.State)
	}
}

func TestAJoinedVerdictStaysRedacted(t *testing.T) {
	list := []report.Report{end("healthy", "en"), end("inside-healthy", "en"), ofAccount(world.Healthy(), accounttest.User, "en")}
	r, err := joined("en", list...)
	if err != nil {
		t.Fatal(err)
	}
	x := report.NewRedactor(report.Names{})
	for _, one := range list {
		x.Learn(one)
	}
	open, _ := architecture.Joined(r)
	shut, is := architecture.Joined(report.Redact(x, r))
	if !is || len(open.Boxes()) != len(shut.Boxes()) {
		t.Errorf("%d boxes, redacted %d", len(open.Boxes()), len(shut.Boxes()))
	}
	before, after := string(architecture.SVG(in(t, "en"), open)), string(architecture.SVG(in(t, "en"), shut))
	for _, secret := range []string{"10.1.20.34", "203.0.113.77", "corp.example.org", world.User, world.VPCID, world.Account} {
		if !strings.Contains(before, secret) {
			t.Errorf("%s is not drawn, so that nothing is shown here", secret)
		}
		if strings.Contains(after, secret) {
			t.Errorf("%s stands in the redacted picture", secret)
		}
	}
}

// A joined verdict that was read from a file has no reports, and nothing is drawn.
func TestNothingIsDrawnOfAVerdictAlone(t *testing.T) {
	if _, is := architecture.Joined(merge.Result{Verdict: end("healthy", "en").Verdict}); is {
		t.Error("something is drawn")
	}
}

func TestHostileReportsMeanNothing(t *testing.T) {
	samples := reporttest.Samples()
	desk, inside := reporttest.Poisoned(samples["office-firewall"]), reporttest.Poisoned(samples["inside-broken"])
	proxied := probe.ProxyDetail{HTTPS: "http://proxy.example.org:3128/" + reporttest.Escape}
	desk.Observations = append(desk.Observations, probe.Observation{
		ID: "p1", Operation: probe.HostProxy, Outcome: probe.OK, Detail: proxied,
	})
	desk.Egress = []netip.Addr{netip.MustParseAddr("fe80::1%" + strings.Repeat("z", 90))}
	for name, d := range map[string]architecture.Drawing{
		"forged": architecture.Of(samples["hostile"]), "desk": architecture.Of(desk), "inside": architecture.Of(inside),
		"both": drawn(t, "ja", desk, inside),
	} {
		s, err := look(architecture.SVG(in(t, "ja"), d))
		if err == nil {
			err = s.check()
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		bad := func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == '\u202e' || r == '\u2028' }
		if strings.ContainsFunc(s.all(), bad) {
			t.Errorf("%s: %q", name, s.all())
		}
		for _, width := range []int{40, 80} {
			for _, line := range architecture.Lines(in(t, "ja"), d, width, false, same) {
				if ansi.StringWidth(line) > width || strings.ContainsFunc(line, bad) {
					t.Errorf("%s, %d columns: %q", name, width, line)
				}
			}
		}
	}
}
