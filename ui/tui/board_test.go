package tui

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
	"wsdoctor/ui/chart"
)

func boardOf(r report.Report) chart.Board {
	m, _ := at(80, 24, &r, Options{Unicode: true})
	return m.board()
}

// spokeOf finds a spoke of the desk's map by its label.
func spokeOf(t *testing.T, label string) int {
	t.Helper()
	for i, s := range chart.DeskScheme.Spokes {
		if s.Label == label {
			return i
		}
	}
	t.Fatalf("no spoke %q", label)
	return 0
}

// What elimination alone points to is not drawn as broken.
func TestThePossibleIsDrawnAsSuspect(t *testing.T) {
	r := reporttest.Samples()["healthy"]
	eth0 := layer.ManagementInterface
	r.Verdict.Status, r.Verdict.Layer, r.Verdict.Confidence = finding.StatusFault, &eth0, finding.Possible
	for i := range r.Layers {
		if r.Layers[i].ID == eth0 {
			r.Layers[i].Status = finding.LayerFault
		}
	}
	if b := boardOf(r); b.Nodes[chart.DeskEth0] != chart.StateSuspect || b.Captions[chart.DeskEth0] != "maybe" {
		t.Errorf("eth0 is %s, %q", b.Nodes[chart.DeskEth0].Called(), b.Captions[chart.DeskEth0])
	}
	r.Verdict.Confidence = finding.Likely
	if b := boardOf(r); b.Nodes[chart.DeskEth0] != chart.StateFault || b.Captions[chart.DeskEth0] != "breaks" {
		t.Errorf("eth0 is %s, %q", b.Nodes[chart.DeskEth0].Called(), b.Captions[chart.DeskEth0])
	}
}

// Silence of datagrams is a fault only where a fault was found by it.
func TestSilenceIsAFaultOnlyWhereItWasFoundToBeOne(t *testing.T) {
	udp, tcp := spokeOf(t, "4172 udp"), spokeOf(t, "4172 tcp")
	if b := boardOf(reporttest.Samples()["office-firewall"]); b.Spokes[udp] != chart.StateSuspect || b.Spokes[tcp] != chart.StateFault {
		t.Errorf("inconclusive: udp %s, tcp %s", b.Spokes[udp].Called(), b.Spokes[tcp].Called())
	}
	r := reporttest.Hops()
	if b := boardOf(r); b.Spokes[udp] != chart.StateFault {
		t.Errorf("bracketed: udp %s", b.Spokes[udp].Called())
	}
	for i := range r.Findings { // found by nothing but the sweeps
		r.Findings[i].Supports = slices.DeleteFunc(slices.Clone(r.Findings[i].Supports), func(id string) bool {
			return !slices.ContainsFunc(r.Observations, func(o probe.Observation) bool { return o.ID == id && o.Operation == probe.PathSweep })
		})
	}
	r.Observations = append(r.Observations, probe.Observation{ID: "o80", Operation: probe.PathSweep, Target: "drp-fra.amazonworkspaces.com:4172/udp", Detail: probe.SweepDetail{}})
	r.Findings[0].Supports = append(r.Findings[0].Supports, "o80")
	if b := boardOf(r); b.Spokes[udp] != chart.StateFault {
		t.Errorf("swept: udp %s", b.Spokes[udp].Called())
	}
}

func TestWhatWasInterruptedDidNotFail(t *testing.T) {
	if b := boardOf(reporttest.Samples()["interrupted"]); b.Spokes[spokeOf(t, "443 tcp")] != chart.StateUntested {
		t.Errorf("443 is %s", b.Spokes[spokeOf(t, "443 tcp")].Called())
	}
}

func TestBehindTheBreakNothingIsKnown(t *testing.T) {
	b := boardOf(reporttest.Samples()["captive-portal"])
	if b.Links[1] != chart.StateUntested || b.Nodes[chart.DeskInternet] == chart.StateOK {
		t.Errorf("the link to the internet is %s", b.Links[1].Called())
	}
}

// A resolver or a proxy on this computer says nothing of the network.
func TestThisComputerIsNotTheNetwork(t *testing.T) {
	local := []probe.Observation{
		{Operation: probe.DNSQuery, Address: "127.0.0.53:53", Outcome: probe.OK},
		{Operation: probe.ProxyConnect, Address: "[::1]:9000", Target: "a.amazonaws.com:443/tcp", Outcome: probe.OK},
	}
	if f := chart.FoldFacts(&chart.DeskScheme, local); f.Reached[chart.DeskNetwork] || f.Reached[chart.DeskInternet] {
		t.Errorf("reached %v", f.Reached)
	}
	for address, internet := range map[string]bool{"10.0.0.1:53": false, "100.64.0.1:443": false, "198.18.0.7:443": false, "[::ffff:10.0.0.1]:443": false, "3.4.5.6:443": true} {
		f := chart.FoldFacts(&chart.DeskScheme, []probe.Observation{{Operation: probe.TLSHandshake, Address: address, Target: "a.amazonaws.com:443/tcp", Outcome: probe.OK}})
		if f.Reached[chart.DeskInternet] != internet {
			t.Errorf("%s: internet %v", address, f.Reached[chart.DeskInternet])
		}
	}
	if f := chart.FoldFacts(&chart.DeskScheme, []probe.Observation{{Operation: probe.TCPConnect, Address: "3.4.5.6:443", Target: "a.amazonaws.com:443/tcp", Outcome: probe.OK}}); !f.Reached[chart.DeskNetwork] || f.Reached[chart.DeskInternet] {
		t.Error("a connection that a sign-in page may have accepted shows more than the network")
	}
}

// Redaction reaches what a watch wrote down before.
func TestTheLogOfAWatchIsRedacted(t *testing.T) {
	m, c := at(120, 40, nil, Options{Unicode: true})
	for i, name := range []string{"healthy", "ip-access-control", "healthy"} {
		c.now = noon.Add(time.Duration(i) * time.Minute)
		m.run.on = false
		m.begin()
		m.Update(finishedMsg{m.run.number, m.deps.result(reporttest.Samples()[name]), nil})
	}
	press(m, "w")
	if out := screenOf(m); !strings.Contains(out, "203.0.113.77") {
		t.Fatalf("no address in the log:\n%s", out)
	}
	press(m, "R")
	if out := screenOf(m); strings.Contains(out, "203.0.113.77") || !strings.Contains(out, "public address") {
		t.Errorf("the log tells:\n%s", out)
	}
}

func TestEvidenceKeepsItsPlace(t *testing.T) {
	m := states["evidence-end"](80, 24, Options{Unicode: true})
	before := m.rows.cursor
	press(m, "R")
	if m.rows.cursor != before || before < 5 {
		t.Errorf("row %d, before %d", m.rows.cursor, before)
	}
}

// The plain view tells every change, also those behind the most that are kept.
func TestPlainWatchTellsOnForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"healthy", "office-firewall"}
		r := &runs{report: func(n int) report.Report { return reporttest.Samples()[names[n%2]] }}
		ctx, cancel := context.WithTimeout(t.Context(), 1502*time.Second)
		defer cancel()
		said, _ := tellAll(ctx, t, withRuns(r), Options{Known: true, Watching: true, Watch: 5 * time.Second, Unicode: true}, "")
		last := r.starts[len(r.starts)-2].UTC().Format("15:04:05")
		if len(r.starts) < 250 || !strings.Contains(said, "\n"+last+" ") {
			t.Errorf("%d runs, nothing was told at %s; %d lines", len(r.starts), last, strings.Count(said, "\n"))
		}
	})
}

// A run of a watch that cannot be done is told, and the watch goes on.
func TestPlainWatchOutlivesAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withRuns(&runs{})
		n, do := 0, d.Run
		d.Run = func(ctx context.Context, c Choice, tell func(Event)) (report.Report, error) {
			if n++; n == 2 {
				return report.Report{}, fmt.Errorf("no route today")
			}
			return do(ctx, c, tell)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		said, _ := tellAll(ctx, t, d, Options{Known: true, Watching: true, Watch: 10 * time.Second, Unicode: true}, "")
		if n != 3 || !strings.Contains(said, "no route today") {
			t.Errorf("%d runs:\n%s", n, said)
		}
	})
}

// A port on which somebody else answers in AWS's place does not work.
func TestAForgedAnswerIsNone(t *testing.T) {
	r := reporttest.Samples()["healthy"]
	target := "drp-fra.amazonworkspaces.com:4172/tcp"
	r.Observations = append(r.Observations,
		probe.Observation{ID: "o90", Operation: probe.PathSweep, Target: target, Outcome: probe.OK, Detail: probe.SweepDetail{Distance: 1}},
		probe.Observation{ID: "o91", Operation: probe.PathSweep, Target: "drp-fra.amazonworkspaces.com:443/tcp", Outcome: probe.OK, Detail: probe.SweepDetail{Distance: 9, Control: true}})
	r.Findings = append(r.Findings, report.Finding{Code: "answer_forged", Severity: finding.SeverityFault, Supports: []string{"o90", "o91"}})
	r.Verdict.Protocols.PCoIP = finding.ProtocolBlocked
	b := boardOf(r)
	if i := spokeOf(t, "4172 tcp"); b.Spokes[i] != chart.StateFault || b.Words[i] != "forged" {
		t.Errorf("4172 %s %q", b.Spokes[i].Called(), b.Words[i])
	}
	for _, label := range []string{"443 tcp", "4195 tcp", "4172 udp"} {
		if i := spokeOf(t, label); b.Spokes[i] != chart.StateOK {
			t.Errorf("%s is %s", label, b.Spokes[i].Called())
		}
	}
	r.Findings[len(r.Findings)-1].Severity = finding.SeverityInfo
	if b := boardOf(r); b.Spokes[spokeOf(t, "4172 tcp")] != chart.StateOK {
		t.Error("what is only worth knowing breaks a port")
	}
}

// A sweep that never left this computer has no hops to show.
func TestAPacketThatWasNotSentHasNoHops(t *testing.T) {
	local := probe.SweepDetail{Hops: []probe.Hop{{TTL: 1, Kind: probe.HopLocal}}, End: probe.HopLocal}
	if l := chart.HopLines([]probe.Observation{{Target: "a:4172/tcp", Detail: local}}); len(l) != 0 {
		t.Errorf("%+v", l)
	}
	local.Hops[0].Kind = probe.HopSilent
	if l := chart.HopLines([]probe.Observation{{Target: "a:4172/tcp", Detail: local}}); len(l) != 1 {
		t.Errorf("%+v", l)
	}
}

// Connections of a WorkSpace to itself say nothing of its network.
func TestOwnPortsAndRulesSayNothingOfTheNetworkInside(t *testing.T) {
	own := []probe.Observation{
		{Operation: probe.TCPConnect, Endpoint: "own-port", Target: "198.19.1.1:4172/tcp", Address: "198.19.1.1:4172", Outcome: probe.OK},
		{Operation: probe.TCPConnect, Endpoint: "metadata", Target: "169.254.169.254:80/tcp", Address: "169.254.169.254:80", Outcome: probe.OK},
		{Operation: probe.HostRoutes, Outcome: probe.OK}, {Operation: probe.HostFirewall, Outcome: probe.OK}, {Operation: probe.HostListeners, Outcome: probe.OK},
	}
	f := chart.FoldFacts(&chart.InsideScheme, own)
	b := chart.NewBoard(&chart.InsideScheme, f, nil, "both")
	for i, want := range map[int]chart.State{chart.InsideEth0: chart.StateOK, chart.InsideServices: chart.StateOK, chart.InsideFirewall: chart.StateWaiting, chart.InsideEth1: chart.StateWaiting, chart.InsideVPC: chart.StateWaiting, chart.InsideDirectory: chart.StateWaiting} {
		if b.Nodes[i] != want {
			t.Errorf("%s is %s", chart.InsideScheme.Nodes[i].ID, b.Nodes[i].Called())
		}
	}
	r := reporttest.Samples()["inside-healthy"]
	r.Observations = own
	if b := boardOf(r); b.Nodes[chart.InsideVPC] != chart.StateUntested {
		t.Errorf("the VPC is %s", b.Nodes[chart.InsideVPC].Called())
	}
}

// A round trip within this computer would be written 0.0 ms, which reads like a defect.
func TestAVanishingRoundTripHasNoNumber(t *testing.T) {
	s := chart.SpokeFacts{}
	s.Learn(probe.Observation{ID: "o1", Outcome: probe.OK, Target: "10.0.0.1:4172/tcp", Address: "10.0.0.1", Detail: probe.ConnectDetail{RTTMS: 0.03}})
	if st, _ := s.State(); st != chart.StateOK || s.RTT != 0 {
		t.Errorf("%s, %v ms", st.Called(), s.RTT)
	}
	s.Learn(probe.Observation{ID: "o2", Outcome: probe.OK, Target: "10.0.0.1:4172/tcp", Address: "10.0.0.1", Detail: probe.ConnectDetail{RTTMS: 0.06}})
	if s.RTT != 0.06 {
		t.Errorf("%v ms", s.RTT)
	}
}

// An address that just fits into its box is shown, from border to border.
func TestAnAddressThatFitsIsShown(t *testing.T) {
	r := reporttest.Samples()["healthy"]
	for _, c := range []struct {
		width   int
		address string
		want    string
	}{{80, "192.168.1.2", "│192.168.1.2│"}, {80, "192.168.1.20", "│           │"}, {80, "10.1.1.1", "│ 10.1.1.1  │"}, {100, "192.168.50.10", "│192.168.50.10│"}, {100, "192.168.1.20", "│ 192.168.1.20│"}} {
		m, _ := at(c.width, 24, &r, Options{Unicode: true})
		m.facts.Own = netip.MustParseAddr(c.address)
		if line := strings.Split(screenOf(m), "\n")[3]; !strings.HasPrefix(strings.TrimSpace(line), c.want) {
			t.Errorf("%s at %d columns: %q", c.address, c.width, line)
		}
	}
}

// What is suspected has its colour in its name too: the eye finds names first.
func TestWhatIsSuspectedIsColoured(t *testing.T) {
	r := reporttest.Samples()["office-firewall"] // the network and the gateway are suspects
	for _, w := range []int{40, 80} {
		m, _ := at(w, 24, &r, Options{Unicode: true})
		m.selected = -1
		if want := m.theme.prefix[doubtful] + "Network"; !strings.Contains(m.View().Content, want) && !strings.Contains(m.View().Content, m.theme.prefix[doubtful]+"? Network") {
			t.Errorf("%d columns: no %q", w, want)
		}
	}
}

// What was said while a run lasted does not stand there when it is over.
func TestNoReportYetIsNotSaidBesideOne(t *testing.T) {
	m := midRun(80, 24, Options{Unicode: true}, 8)
	press(m, "e")
	if out := screenOf(m); !strings.Contains(out, "There is no report yet.") {
		t.Fatalf("not told:\n%s", out)
	}
	m.Update(finishedMsg{m.run.number, m.deps.result(reporttest.Samples()["healthy"]), nil})
	if out := screenOf(m); strings.Contains(out, "There is no report yet.") || !strings.Contains(out, "13 observations") {
		t.Errorf("still told:\n%s", out)
	}
}
