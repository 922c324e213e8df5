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
)

func boardOf(r report.Report) board {
	m, _ := at(80, 24, &r, Options{Unicode: true})
	return m.board()
}

// spokeOf finds a spoke of the desk's map by its label.
func spokeOf(t *testing.T, label string) int {
	t.Helper()
	for i, s := range deskScheme.spokes {
		if s.label == label {
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
	if b := boardOf(r); b.nodes[deskEth0] != stateSuspect || b.captions[deskEth0] != "maybe" {
		t.Errorf("eth0 is %s, %q", drawn[b.nodes[deskEth0]].name, b.captions[deskEth0])
	}
	r.Verdict.Confidence = finding.Likely
	if b := boardOf(r); b.nodes[deskEth0] != stateFault || b.captions[deskEth0] != "breaks" {
		t.Errorf("eth0 is %s, %q", drawn[b.nodes[deskEth0]].name, b.captions[deskEth0])
	}
}

// Silence of datagrams is a fault only where a fault was found by it.
func TestSilenceIsAFaultOnlyWhereItWasFoundToBeOne(t *testing.T) {
	udp, tcp := spokeOf(t, "4172 udp"), spokeOf(t, "4172 tcp")
	if b := boardOf(reporttest.Samples()["office-firewall"]); b.spokes[udp] != stateSuspect || b.spokes[tcp] != stateFault {
		t.Errorf("inconclusive: udp %s, tcp %s", drawn[b.spokes[udp]].name, drawn[b.spokes[tcp]].name)
	}
	r := reporttest.Hops()
	if b := boardOf(r); b.spokes[udp] != stateFault {
		t.Errorf("bracketed: udp %s", drawn[b.spokes[udp]].name)
	}
	for i := range r.Findings { // found by nothing but the sweeps
		r.Findings[i].Supports = slices.DeleteFunc(slices.Clone(r.Findings[i].Supports), func(id string) bool {
			return !slices.ContainsFunc(r.Observations, func(o probe.Observation) bool { return o.ID == id && o.Operation == probe.PathSweep })
		})
	}
	r.Observations = append(r.Observations, probe.Observation{ID: "o80", Operation: probe.PathSweep, Target: "drp-fra.amazonworkspaces.com:4172/udp", Detail: probe.SweepDetail{}})
	r.Findings[0].Supports = append(r.Findings[0].Supports, "o80")
	if b := boardOf(r); b.spokes[udp] != stateFault {
		t.Errorf("swept: udp %s", drawn[b.spokes[udp]].name)
	}
}

func TestWhatWasInterruptedDidNotFail(t *testing.T) {
	if b := boardOf(reporttest.Samples()["interrupted"]); b.spokes[spokeOf(t, "443 tcp")] != stateUntested {
		t.Errorf("443 is %s", drawn[b.spokes[spokeOf(t, "443 tcp")]].name)
	}
}

func TestBehindTheBreakNothingIsKnown(t *testing.T) {
	b := boardOf(reporttest.Samples()["captive-portal"])
	if b.links[1] != stateUntested || b.nodes[deskInternet] == stateOK {
		t.Errorf("the link to the internet is %s", drawn[b.links[1]].name)
	}
}

// A resolver or a proxy on this computer says nothing of the network.
func TestThisComputerIsNotTheNetwork(t *testing.T) {
	local := []probe.Observation{
		{Operation: probe.DNSQuery, Address: "127.0.0.53:53", Outcome: probe.OK},
		{Operation: probe.ProxyConnect, Address: "[::1]:9000", Target: "a.amazonaws.com:443/tcp", Outcome: probe.OK},
	}
	if f := foldFacts(&deskScheme, local); f.reached[deskNetwork] || f.reached[deskInternet] {
		t.Errorf("reached %v", f.reached)
	}
	for address, internet := range map[string]bool{"10.0.0.1:53": false, "100.64.0.1:443": false, "198.18.0.7:443": false, "[::ffff:10.0.0.1]:443": false, "3.4.5.6:443": true} {
		f := foldFacts(&deskScheme, []probe.Observation{{Operation: probe.TLSHandshake, Address: address, Target: "a.amazonaws.com:443/tcp", Outcome: probe.OK}})
		if f.reached[deskInternet] != internet {
			t.Errorf("%s: internet %v", address, f.reached[deskInternet])
		}
	}
	if f := foldFacts(&deskScheme, []probe.Observation{{Operation: probe.TCPConnect, Address: "3.4.5.6:443", Target: "a.amazonaws.com:443/tcp", Outcome: probe.OK}}); !f.reached[deskNetwork] || f.reached[deskInternet] {
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
	if i := spokeOf(t, "4172 tcp"); b.spokes[i] != stateFault || b.words[i] != "forged" {
		t.Errorf("4172 %s %q", drawn[b.spokes[i]].name, b.words[i])
	}
	for _, label := range []string{"443 tcp", "4195 tcp", "4172 udp"} {
		if i := spokeOf(t, label); b.spokes[i] != stateOK {
			t.Errorf("%s is %s", label, drawn[b.spokes[i]].name)
		}
	}
	r.Findings[len(r.Findings)-1].Severity = finding.SeverityInfo
	if b := boardOf(r); b.spokes[spokeOf(t, "4172 tcp")] != stateOK {
		t.Error("what is only worth knowing breaks a port")
	}
}

// A sweep that never left this computer has no hops to show.
func TestAPacketThatWasNotSentHasNoHops(t *testing.T) {
	local := probe.SweepDetail{Hops: []probe.Hop{{TTL: 1, Kind: probe.HopLocal}}, End: probe.HopLocal}
	if l := hopLines([]probe.Observation{{Target: "a:4172/tcp", Detail: local}}); len(l) != 0 {
		t.Errorf("%+v", l)
	}
	local.Hops[0].Kind = probe.HopSilent
	if l := hopLines([]probe.Observation{{Target: "a:4172/tcp", Detail: local}}); len(l) != 1 {
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
	f := foldFacts(&insideScheme, own)
	b := newBoard(&insideScheme, f, nil, "both")
	for i, want := range map[int]state{insideEth0: stateOK, insideServices: stateOK, insideFirewall: stateWaiting, insideEth1: stateWaiting, insideVPC: stateWaiting, insideDirectory: stateWaiting} {
		if b.nodes[i] != want {
			t.Errorf("%s is %s", insideScheme.nodes[i].id, drawn[b.nodes[i]].name)
		}
	}
	r := reporttest.Samples()["inside-healthy"]
	r.Observations = own
	if b := boardOf(r); b.nodes[insideVPC] != stateUntested {
		t.Errorf("the VPC is %s", drawn[b.nodes[insideVPC]].name)
	}
}

// A round trip within this computer would be written 0.0 ms, which reads like a defect.
func TestAVanishingRoundTripHasNoNumber(t *testing.T) {
	s := spokeFacts{}
	s.learn(probe.Observation{ID: "o1", Outcome: probe.OK, Target: "10.0.0.1:4172/tcp", Address: "10.0.0.1", Detail: probe.ConnectDetail{RTTMS: 0.03}})
	if st, _ := s.state(); st != stateOK || s.rtt != 0 {
		t.Errorf("%s, %v ms", drawn[st].name, s.rtt)
	}
	s.learn(probe.Observation{ID: "o2", Outcome: probe.OK, Target: "10.0.0.1:4172/tcp", Address: "10.0.0.1", Detail: probe.ConnectDetail{RTTMS: 0.06}})
	if s.rtt != 0.06 {
		t.Errorf("%v ms", s.rtt)
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
		m.facts.own = netip.MustParseAddr(c.address)
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
