package diagnose

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

func TestAHealthyDeskIsOK(t *testing.T) {
	r := Judge(diagnosetest.Healthy().In)
	if r.Verdict.Status != finding.StatusOK || r.Verdict.Layer != nil || r.Verdict.Confidence != "" {
		t.Fatalf("verdict %+v", r.Verdict)
	}
	if len(r.Findings) > 0 {
		t.Errorf("findings at a healthy desk: %+v", r.Findings)
	}
	if r.Verdict.Protocols != (finding.Protocols{PCoIP: finding.ProtocolOK, DCV: finding.ProtocolOK}) {
		t.Errorf("protocols %+v", r.Verdict.Protocols)
	}
	if len(r.Layers) != len(layer.All) {
		t.Errorf("%d layers, want all %d", len(r.Layers), len(layer.All))
	}
}

func TestEveryRuleHasItsGoldenCases(t *testing.T) {
	cases := diagnosetest.Goldens()
	maps.Copy(cases, diagnosetest.InsideGoldens())
	maps.Copy(cases, diagnosetest.NameGoldens())
	for _, rule := range Causes() {
		if rule.Vantage == probe.InAccount {
			continue // accountCases
		}
		c, has := cases[rule.Code]
		if !has {
			t.Errorf("rule %s has no golden case", rule.Code)
			continue
		}
		delete(cases, rule.Code)
		t.Run(rule.Code, func(t *testing.T) {
			got := Judge(c.Fires.In)
			if !slices.ContainsFunc(got.Findings, func(f finding.Finding) bool { return f.Code == rule.Code && f.SuppressedBy == nil }) {
				t.Errorf("did not fire; findings: %s", diagnosetest.Codes(got.Findings))
			}
			v := got.Verdict
			if v.Status != c.Status || layerOf(v) != c.Layer || v.Confidence != c.Confidence {
				t.Errorf("verdict %s %q %q (%s), want %s %q %q; findings: %s", v.Status, layerOf(v), v.Confidence, v.Code, c.Status, c.Layer, c.Confidence, diagnosetest.Codes(got.Findings))
			}
			if v.Status == finding.StatusInconclusive && (v.NextTest.Empty() || len(v.Suspects) < 2) {
				t.Errorf("inconclusive without a next test or with too few suspects: %+v", v)
			}
			rival := Judge(c.Rival.In)
			if rival.Verdict.Code != c.RivalIs {
				t.Errorf("the rival's verdict is %s, want %s; findings: %s", rival.Verdict.Code, c.RivalIs, diagnosetest.Codes(rival.Findings))
			}
			if c.RivalIs != rule.Code && slices.ContainsFunc(finding.Open(rival.Findings, finding.SeverityFault), func(f finding.Finding) bool { return f.Code == rule.Code }) {
				t.Errorf("accuses in its rival's world")
			}
		})
	}
	for code := range cases {
		t.Errorf("golden case for %s, which is no rule", code)
	}
}

func layerOf(v finding.Verdict) layer.ID {
	if v.Layer == nil {
		return ""
	}
	return *v.Layer
}

func TestEveryRuleExplainsItself(t *testing.T) {
	known := map[string]bool{}
	for _, r := range Causes() {
		if known[r.Code] {
			t.Errorf("code %s twice", r.Code)
		}
		known[r.Code] = true
	}
	for _, r := range Causes() {
		if _, is := layer.Get(r.Layer); !is {
			t.Errorf("%s: unknown layer %q", r.Code, r.Layer)
		}
	}
}

func TestEverySymptomSpeaksOnlyWhenTheDeskPasses(t *testing.T) {
	for _, s := range Symptoms() {
		w := diagnosetest.Healthy()
		w.In.Symptom = s.ID
		v := Judge(w.In).Verdict
		if v.Status != finding.StatusFault || v.Confidence != finding.Possible || layerOf(v) != s.Then[0] || v.NextTest.Empty() {
			t.Errorf("%s at a healthy desk: %s %q %q", s.ID, v.Status, layerOf(v), v.Confidence)
		}
		w = diagnosetest.Healthy().Refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")
		w.In.Symptom = s.ID
		if v := Judge(w.In).Verdict; layerOf(v) != layer.LocalFirewall || v.Confidence != finding.Proven {
			t.Errorf("%s overruled a measurement: %s %q", s.ID, v.Status, layerOf(v))
		}
	}
}

func TestACauseHidesItsSymptoms(t *testing.T) {
	got := Judge(diagnosetest.Healthy().Dark().Fact(probe.HostLinks, probe.NoInterface).In)
	for _, f := range got.Findings {
		if f.Code != "no_interface" && f.SuppressedBy == nil && f.Severity != finding.SeverityInfo {
			t.Errorf("%s stands beside its cause", f.Code)
		}
	}
}

// TestWhoOpensHTTPSLeavesTheServiceBehindUnproven: this computer trusts the
// interceptor, and the page is right; that the service gave it nobody can know.
func TestWhoOpensHTTPSLeavesTheServiceBehindUnproven(t *testing.T) {
	states := func(w *diagnosetest.World) map[layer.ID]finding.LayerStatus {
		m := map[layer.ID]finding.LayerStatus{}
		for _, l := range Judge(w.In).Layers {
			m[l.ID] = l.Status
		}
		return m
	}
	resigned := func(d *probe.TLSDetail) { d.Root, d.Issuer = probe.RootOther, "CN=Contoso Web Inspection" }
	w := diagnosetest.With(diagnosetest.Healthy(), probe.TLSHandshake, resigned)
	w.Add("broker/sweep", "broker", probe.PathSweep, diagnosetest.Target(diagnosetest.BrokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", sweeptest.Heard(false, ".A"))
	w.Add("control-broker/sweep", "control-broker", probe.PathSweep, diagnosetest.Target(diagnosetest.BrokerHost, 80, "tcp"), "52.94.0.10", probe.OK, "", sweeptest.Heard(true, "....R"))
	got := states(w)
	for id, want := range map[layer.ID]finding.LayerStatus{
		layer.TLSInspection: finding.LayerDegraded, layer.AuthGateway: finding.LayerUnknown, layer.LocalDevice: finding.LayerOK, layer.CaptivePortal: finding.LayerOK, layer.NetworkFirewall: finding.LayerUnknown,
	} {
		if got[id] != want {
			t.Errorf("%s is %s, want %s", id, got[id], want)
		}
	}
	// One host of several is enough.
	some := diagnosetest.Healthy().Each(func(o probe.Observation) bool {
		return o.Operation == probe.TLSHandshake && o.Endpoint == "session-broker"
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.TLSDetail)
		resigned(&d)
		o.Detail = d
	})
	if got := states(some); got[layer.AuthGateway] != finding.LayerUnknown {
		t.Errorf("with one host opened the authentication gateway is %s", got[layer.AuthGateway])
	}
	// Something else is at fault, and the broker's certificate is Amazon's.
	if got := states(diagnosetest.Healthy().Refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")); got[layer.AuthGateway] != finding.LayerOK {
		t.Errorf("beside a fault elsewhere the authentication gateway is %s", got[layer.AuthGateway])
	}
}

func TestSilenceOfUDPBlocksNothing(t *testing.T) {
	v := Judge(diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp").Sweep("pcoip-udp", 4, "").Sweep("dcv-udp", 4, "").ControlSweep(5).In).Verdict
	if !v.AsFarAsSeen() || v.ProtocolsSeen != (finding.ProtocolsSeen{PCoIP: finding.SeenLastRouter, DCV: finding.SeenHost}) || v.Protocols.PCoIP != finding.ProtocolUnknown || v.Protocols.DCV != finding.ProtocolOK {
		t.Errorf("%s %+v", v.Status, v.Protocols)
	}
}

// Where the next router is AWS's border, it may be the one as well; and the team
// that is asked is the one that is accused.
func TestWhereUDPEndsBeforeAWSItsBorderIsARival(t *testing.T) {
	w := diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp", "stun").Sweep("pcoip-udp", 2, "").Sweep("dcv-udp", 2, "").ControlSweep(5)
	v := Judge(w.Hop(2, "62.115.0.9").Hop(3, diagnosetest.PublishedHop).Hop(4, diagnosetest.PublishedHop).In).Verdict
	if v.Code != "udp_not_passing" || v.Layer == nil || *v.Layer != layer.InternetPath || v.Confidence != finding.Possible {
		t.Fatalf("%s %v %s", v.Code, v.Layer, v.Confidence)
	}
	if !slices.ContainsFunc(v.Rivals, func(s finding.Suspect) bool { return s.Layer == layer.StreamingGateway }) {
		t.Errorf("rivals %v", v.Rivals)
	}
	if !strings.Contains(diagnosetest.Said(v.Remedy[0]), diagnosetest.Said(v.Owner)) {
		t.Errorf("%s is accused, and told is: %s", v.Owner, v.Remedy[0])
	}
}

// Whoever reads a code in a report must be able to ask what it means.
func TestEveryVerdictsCodeIsKnown(t *testing.T) {
	for name, c := range diagnosetest.Goldens() {
		code := Judge(c.Fires.In).Verdict.Code
		_, rule := CauseByCode(code)
		_, outcome := finding.OutcomeByCode(code)
		if !rule && !outcome && !slices.ContainsFunc(Symptoms(), func(s Symptom) bool { return s.Code() == code }) {
			t.Errorf("%s: nobody knows %q", name, code)
		}
	}
	for _, o := range finding.Outcomes() {
		if _, rule := CauseByCode(o.Code); rule {
			t.Errorf("%s is a rule's", o.Code)
		}
	}
}

// Many a line carries 1400 bytes and says nothing; a filter by name beside it is
// no matter of size, for it drops a greeting of 300 bytes.
func TestASmallGreetingThatIsLostIsNoMatterOfSize(t *testing.T) {
	unacked := probe.TLSDetail{Root: probe.RootUnknown, Hello: probe.HelloSmall, HelloBytes: 307, Phase: probe.HelloUnacked}
	for want, w := range map[string]*diagnosetest.World{
		"web_unreachable": diagnosetest.Healthy().MTU(1400, true).EndsAt(probe.TLSHandshake, probe.Silent, probe.Timeout, unacked, "broker"),
		"mtu_black_hole":  diagnosetest.Healthy().MTU(1280, true).EndsAt(probe.TLSHandshake, probe.Silent, probe.Timeout, probe.TLSDetail{Root: probe.RootUnknown, HelloBytes: 307, Phase: probe.HelloUnanswered}, "broker"),
	} {
		if v := Judge(w.In).Verdict; v.Code != want || v.Status != finding.StatusInconclusive {
			t.Errorf("%s %s, want %s", v.Status, v.Code, want)
		}
	}
}

func TestQUICOnTheWebsPortShowsThatUDPPasses(t *testing.T) {
	w := diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp", "stun")
	if v := Judge(w.In).Verdict; v.Code != "udp_not_passing" {
		t.Fatalf("without it: %s", v.Code)
	}
	if v := Judge(w.QuicControl(probe.OK, "", diagnosetest.Answered(1, 1)).In).Verdict; v.Code == "udp_not_passing" {
		t.Errorf("UDP is said not to pass, and QUIC was answered: %s", diagnosetest.Said(v.Summary))
	}
}

// A web front end need not speak QUIC, and says so.
func TestAClosedQUICControlIsNoFault(t *testing.T) {
	closed := probe.ExchangeDetail{Sent: 1, ICMP: &probe.ICMPError{Offender: netip.MustParseAddr("52.94.0.13"), Type: 3, Code: 3}}
	for _, f := range Judge(diagnosetest.Healthy().ClosedUDP("pcoip-udp").QuicControl(probe.Failed, probe.ConnectionRefused, closed).In).Findings {
		if f.Code == "aws_host_rejects" && strings.Contains(diagnosetest.Said(f.Summary), "443") {
			t.Error(diagnosetest.Said(f.Summary))
		}
	}
}

func TestOneProtocolIsJudgedAlone(t *testing.T) {
	w := diagnosetest.Healthy().Refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")
	w.In.Protocol = "dcv"
	if v := Judge(w.In).Verdict; v.Status == finding.StatusFault {
		t.Errorf("a DCV user is told of a PCoIP fault: %s", diagnosetest.Said(v.Summary))
	}
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	w := diagnosetest.Healthy().Drop(func(o probe.Observation) bool { return o.Endpoint != "" })
	w.In.Interrupted = true
	if v := Judge(w.In).Verdict; v.Status != finding.StatusInconclusive || v.Code != "interrupted" {
		t.Errorf("%s %s", v.Status, v.Code)
	}
}

func TestNothingMeasuredIsNeverOK(t *testing.T) {
	if v := Judge(facts.Input{Vantage: "desk", Protocol: "both"}).Verdict; v.Status != finding.StatusInconclusive {
		t.Errorf("an empty run is %s", v.Status)
	}
}

func TestTwoFaultsNameTheNearestFirst(t *testing.T) {
	w := diagnosetest.Healthy().Refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp").Allow("198.51.100.0/24")
	got := Judge(w.In)
	if layerOf(got.Verdict) != layer.LocalFirewall || len(finding.Open(got.Findings, finding.SeverityFault)) != 2 {
		t.Errorf("%q; findings %s", layerOf(got.Verdict), diagnosetest.Codes(got.Findings))
	}
}

func TestARouterThatCarriesTheRestIsAccused(t *testing.T) {
	v := Judge(diagnosetest.Healthy().Refuse(probe.HostUnreachable, 1, &probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.1"), Type: 3, Code: 1}, diagnosetest.AllPorts...).In).Verdict
	if layerOf(v) != layer.NetworkFirewall || v.Confidence != finding.Likely {
		t.Errorf("%s %q %q", v.Status, layerOf(v), v.Confidence)
	}
	// The same from a public address names a device and not its owner.
	v = Judge(diagnosetest.Healthy().Refuse(probe.HostUnreachable, 1, &probe.ICMPError{Offender: netip.MustParseAddr("198.51.100.77"), Type: 3, Code: 1}, diagnosetest.AllPorts...).In).Verdict
	if v.Status != finding.StatusInconclusive {
		t.Errorf("a public router is accused: %s %q", v.Status, layerOf(v))
	}
}

// Another private router's word names it, and not whose it is: providers number
// theirs so too.
func TestAPrivateRouterThatIsNoGatewayIsOnlySuspected(t *testing.T) {
	v := Judge(diagnosetest.Healthy().Refuse(probe.HostUnreachable, 1, &probe.ICMPError{Offender: netip.MustParseAddr("10.170.0.1"), Type: 3, Code: 1}, diagnosetest.AllPorts...).In).Verdict
	if v.Status != finding.StatusInconclusive || v.Code != "router_unreachable" {
		t.Errorf("%s %q %s", v.Status, layerOf(v), v.Code)
	}
}

// Some firewalls refuse datagrams in the name of the host that was asked; they
// cannot do it from as far away.
func TestARefusalInAWSsNameFromNearbyIsNotAWSs(t *testing.T) {
	closed := func(after float64) finding.Verdict {
		return Judge(diagnosetest.Healthy().ClosedUDP("pcoip-udp").Each(diagnosetest.At("pcoip-udp"), func(o *probe.Observation) {
			d := o.Detail.(probe.ExchangeDetail)
			d.Attempts = []probe.Attempt{{ElapsedMS: after, Outcome: probe.Failed, Failure: probe.ConnectionRefused}}
			o.Detail = d
		}).In).Verdict
	}
	if v := closed(1); layerOf(v) != layer.NetworkFirewall || v.Confidence != finding.Possible || v.Code != "aws_host_rejects" {
		t.Errorf("after 1 ms, AWS 40 ms away: %s %q %q", v.Status, layerOf(v), v.Confidence)
	}
	if v := closed(41); layerOf(v) != layer.StreamingGateway || v.Confidence != finding.Proven {
		t.Errorf("after 41 ms, AWS 40 ms away: %s %q %q", v.Status, layerOf(v), v.Confidence)
	}
}

func TestLossIsNotCalledABlock(t *testing.T) {
	v := Judge(diagnosetest.Healthy().Lossy(72, 30).Silence("pcoip-tcp").In).Verdict
	if v.Code != "loss_high" || v.Status != finding.StatusInconclusive {
		t.Errorf("%s %s", v.Status, v.Code)
	}
}

// FuzzJudge: whatever a stored report holds, judging it ends with a complete
// verdict.
func FuzzJudge(f *testing.F) {
	for _, c := range diagnosetest.Goldens() {
		b, err := json.Marshal(c.Fires.In.Observations[:min(12, len(c.Fires.In.Observations))])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := facts.Input{Vantage: "desk", Protocol: "both"}
		if json.Unmarshal(b, &in.Observations) != nil {
			return
		}
		r := Judge(in)
		if len(r.Layers) != len(layer.All) || r.Verdict.Status == "" || diagnosetest.Said(r.Verdict.Summary) == "" {
			t.Errorf("incomplete: %+v", r.Verdict)
		}
	})
}

// DCV goes by UDP or TCP. What the verdict says of a protocol and what its
// sentence says must be the same.
func TestDCVIsNotBlockedWhileOneTransportPasses(t *testing.T) {
	for name, test := range map[string]struct {
		w    *diagnosetest.World
		want finding.ProtocolState
		says string
	}{
		"TCP is reset on the way":         {diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, "dcv-tcp").Sweep("dcv-tcp", 1, probe.HopRST).ControlSweep(5), finding.ProtocolDegraded, "work less well"},
		"TCP is accepted on the way":      {diagnosetest.Healthy().Accept(1, "nothing", "dcv-tcp").Sweep("dcv-tcp", 1, probe.HopSYNACK).ControlSweep(5), finding.ProtocolDegraded, "work less well"},
		"TCP is silent":                   {diagnosetest.Healthy().Silence("dcv-tcp"), finding.ProtocolDegraded, ""},
		"TCP is reset, and UDP is silent": {diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, "dcv-tcp").Silence("dcv-udp").Sweep("dcv-tcp", 1, probe.HopRST).ControlSweep(5), finding.ProtocolUnknown, "DCV desktops work over port 443 at most"},
	} {
		v := Judge(test.w.In).Verdict
		if v.Protocols.DCV != test.want || v.Protocols.PCoIP != finding.ProtocolOK || !strings.Contains(diagnosetest.Said(v.Summary), test.says) {
			t.Errorf("%s: DCV %s, PCoIP %s: %s", name, v.Protocols.DCV, v.Protocols.PCoIP, diagnosetest.Said(v.Summary))
		}
	}
}

// A route that could not be looked up is not one that is missing, whatever the other
// address family says.
func TestARouteThatCouldNotBeLookedUpIsNotMissing(t *testing.T) {
	missing := func() *diagnosetest.World {
		return diagnosetest.Healthy().Dark().Also("host", probe.HostRoute, "::", probe.Failed, probe.NoRoute, probe.RouteDetail{Family: "ip6"})
	}
	for failure, fires := range map[probe.Failure]bool{probe.UnknownFailure: false, probe.NoRoute: true} {
		findings := Judge(missing().Fact(probe.HostRoute, failure).Also("host", probe.HostRoute, "::", probe.Failed, probe.NoRoute, probe.RouteDetail{Family: "ip6"}).In).Findings
		if fired := slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.Code == "no_route" }); fired != fires {
			t.Errorf("%s: %s", failure, diagnosetest.Codes(findings))
		}
	}
}
