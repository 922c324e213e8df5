package diagnose

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

func TestAHealthyDeskIsOK(t *testing.T) {
	r := Judge(healthy().in)
	if r.Verdict.Status != StatusOK || r.Verdict.Layer != nil || r.Verdict.Confidence != "" {
		t.Fatalf("verdict %+v", r.Verdict)
	}
	if len(r.Findings) > 0 {
		t.Errorf("findings at a healthy desk: %+v", r.Findings)
	}
	if r.Verdict.Protocols != (Protocols{ProtocolOK, ProtocolOK}) {
		t.Errorf("protocols %+v", r.Verdict.Protocols)
	}
	if len(r.Layers) != len(layer.All) {
		t.Errorf("%d layers, want all %d", len(r.Layers), len(layer.All))
	}
}

func TestEveryRuleHasItsGoldenCases(t *testing.T) {
	cases := goldens()
	maps.Copy(cases, insideGoldens())
	maps.Copy(cases, nameGoldens())
	for _, rule := range Rules() {
		c, has := cases[rule.Code]
		if !has {
			t.Errorf("rule %s has no golden case", rule.Code)
			continue
		}
		delete(cases, rule.Code)
		t.Run(rule.Code, func(t *testing.T) {
			got := Judge(c.fires.in)
			if !slices.ContainsFunc(got.Findings, func(f Finding) bool { return f.Code == rule.Code && f.SuppressedBy == nil }) {
				t.Errorf("did not fire; findings: %s", codes(got.Findings))
			}
			v := got.Verdict
			if v.Status != c.status || layerOf(v) != c.layer || v.Confidence != c.confidence {
				t.Errorf("verdict %s %q %q (%s), want %s %q %q; findings: %s", v.Status, layerOf(v), v.Confidence, v.Code, c.status, c.layer, c.confidence, codes(got.Findings))
			}
			if v.Status == StatusInconclusive && (v.NextTest == nil || len(v.Suspects) < 2) {
				t.Errorf("inconclusive without a next test or with too few suspects: %+v", v)
			}
			rival := Judge(c.rival.in)
			if rival.Verdict.Code != c.rivalIs {
				t.Errorf("the rival's verdict is %s, want %s; findings: %s", rival.Verdict.Code, c.rivalIs, codes(rival.Findings))
			}
			if c.rivalIs != rule.Code && slices.ContainsFunc(open(rival.Findings, SeverityFault), func(f Finding) bool { return f.Code == rule.Code }) {
				t.Errorf("accuses in its rival's world")
			}
		})
	}
	for code := range cases {
		t.Errorf("golden case for %s, which is no rule", code)
	}
}

func layerOf(v Verdict) layer.ID {
	if v.Layer == nil {
		return ""
	}
	return *v.Layer
}

func codes(list []Finding) string {
	var out []string
	for _, f := range list {
		s := f.Code + ":" + string(f.Severity)
		if f.SuppressedBy != nil {
			s += "<" + *f.SuppressedBy
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestEveryRuleExplainsItself(t *testing.T) {
	known := map[string]bool{}
	for _, r := range Rules() {
		if known[r.Code] {
			t.Errorf("code %s twice", r.Code)
		}
		known[r.Code] = true
	}
	for _, r := range Rules() {
		if _, is := layer.Get(r.Layer); !is {
			t.Errorf("%s: unknown layer %q", r.Code, r.Layer)
		}
		if r.Meaning == "" || r.Decided == "" || len(r.Remedy) == 0 || len(r.Needs) == 0 || !oneOf(r.Check != nil, r.All != nil, r.Family != "") {
			t.Errorf("%s: the row is not complete", r.Code)
		}
		if r.Inside != (r.Part != "") {
			t.Errorf("%s: inside %v, about the part %q", r.Code, r.Inside, r.Part)
		}
	}
}

// TestPartsStandOnEachOtherInOneDirection: every part of the table is some rule's,
// and none stands on itself, by whatever way.
func TestPartsStandOnEachOtherInOneDirection(t *testing.T) {
	about := map[Part]bool{}
	for _, r := range Rules() {
		about[r.Part] = true
	}
	for p, below := range standsOn {
		for _, q := range append(below, p) {
			if !about[q] {
				t.Errorf("no rule is about %s", q)
			}
		}
		if slices.Contains(p.follow(), p) {
			t.Errorf("%s stands on itself", p)
		}
	}
}

// TestThePartThatIsBrokenDeepestIsTheCause: of a chain that is broken at several
// places, only the deepest is no symptom, even if less sure; what does not stand on
// it stays beside it, and what is only worth knowing hides nothing.
func TestThePartThatIsBrokenDeepestIsTheCause(t *testing.T) {
	of := func(s Severity, p Part) Finding { return Finding{Code: string(p), Severity: s, part: p} }
	for name, c := range map[string]struct {
		list []Finding
		want []string // by whom each is hidden
	}{
		"a chain":               {[]Finding{of(SeverityFault, activationPart), of(SeverityFault, metadataPart), of(SeveritySuspect, eth0CardPart)}, []string{"the card eth0", "the card eth0", ""}},
		"something beside it":   {[]Finding{of(SeverityFault, servicesPart), of(SeverityFault, eth0CardPart), of(SeverityFault, listeningPart)}, []string{"", "", "the services"}},
		"the route beside eth0": {[]Finding{of(SeverityFault, wayOutPart), of(SeverityFault, eth0DefaultPart), of(SeverityFault, recordsPart)}, []string{"the default route beside eth0", "", ""}},
		"worth knowing only":    {[]Finding{of(SeverityInfo, resolverPart), of(SeverityDegraded, nameServersPart), of(SeverityFault, forwardersPart)}, []string{"", "", ""}},
	} {
		suppressParts(c.list)
		for i, f := range c.list {
			got := ""
			if f.SuppressedBy != nil {
				got = *f.SuppressedBy
			}
			if got != c.want[i] {
				t.Errorf("%s: %s is hidden by %q, want %q", name, f.Code, got, c.want[i])
			}
		}
	}
}

func TestEverySymptomSpeaksOnlyWhenTheDeskPasses(t *testing.T) {
	for _, s := range Symptoms() {
		w := healthy()
		w.in.Symptom = s.ID
		v := Judge(w.in).Verdict
		if v.Status != StatusFault || v.Confidence != Possible || layerOf(v) != s.Then[0] || v.NextTest == nil {
			t.Errorf("%s at a healthy desk: %s %q %q", s.ID, v.Status, layerOf(v), v.Confidence)
		}
		w = healthy().refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")
		w.in.Symptom = s.ID
		if v := Judge(w.in).Verdict; layerOf(v) != layer.LocalFirewall || v.Confidence != Proven {
			t.Errorf("%s overruled a measurement: %s %q", s.ID, v.Status, layerOf(v))
		}
	}
}

func TestACauseHidesItsSymptoms(t *testing.T) {
	got := Judge(healthy().dark().fact(probe.HostLinks, probe.NoInterface).in)
	for _, f := range got.Findings {
		if f.Code != "no_interface" && f.SuppressedBy == nil && f.Severity != SeverityInfo {
			t.Errorf("%s stands beside its cause", f.Code)
		}
	}
}

// TestWhoOpensHTTPSLeavesTheServiceBehindUnproven: this computer trusts the
// interceptor, and the page is right; that the service gave it nobody can know.
func TestWhoOpensHTTPSLeavesTheServiceBehindUnproven(t *testing.T) {
	states := func(w *world) map[layer.ID]LayerStatus {
		m := map[layer.ID]LayerStatus{}
		for _, l := range Judge(w.in).Layers {
			m[l.ID] = l.Status
		}
		return m
	}
	resigned := func(d *probe.TLSDetail) { d.Root, d.Issuer = probe.RootOther, "CN=Contoso Web Inspection" }
	w := with(healthy(), probe.TLSHandshake, resigned)
	w.add("broker/sweep", "broker", probe.PathSweep, target(brokerHost, 443, "tcp"), "52.94.0.10", probe.OK, "", sweeptest.Heard(false, ".A"))
	w.add("control-broker/sweep", "control-broker", probe.PathSweep, target(brokerHost, 80, "tcp"), "52.94.0.10", probe.OK, "", sweeptest.Heard(true, "....R"))
	got := states(w)
	for id, want := range map[layer.ID]LayerStatus{
		layer.TLSInspection: LayerDegraded, layer.AuthGateway: LayerUnknown, layer.LocalDevice: LayerOK, layer.CaptivePortal: LayerOK, layer.NetworkFirewall: LayerUnknown,
	} {
		if got[id] != want {
			t.Errorf("%s is %s, want %s", id, got[id], want)
		}
	}
	// One host of several is enough.
	some := healthy().each(func(o probe.Observation) bool {
		return o.Operation == probe.TLSHandshake && o.Endpoint == "session-broker"
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.TLSDetail)
		resigned(&d)
		o.Detail = d
	})
	if got := states(some); got[layer.AuthGateway] != LayerUnknown {
		t.Errorf("with one host opened the authentication gateway is %s", got[layer.AuthGateway])
	}
	// Something else is at fault, and the broker's certificate is Amazon's.
	if got := states(healthy().refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")); got[layer.AuthGateway] != LayerOK {
		t.Errorf("beside a fault elsewhere the authentication gateway is %s", got[layer.AuthGateway])
	}
}

func TestSilenceOfUDPBlocksNothing(t *testing.T) {
	v := Judge(healthy().silence("pcoip-udp", "dcv-udp").sweep("pcoip-udp", 4, "").sweep("dcv-udp", 4, "").controlSweep(5).in).Verdict
	if !v.AsFarAsSeen() || v.ProtocolsSeen != (ProtocolsSeen{SeenLastRouter, SeenHost}) || v.Protocols.PCoIP != ProtocolUnknown || v.Protocols.DCV != ProtocolOK {
		t.Errorf("%s %+v", v.Status, v.Protocols)
	}
}

// Where the next router is AWS's border, it may be the one as well; and the team
// that is asked is the one that is accused.
func TestWhereUDPEndsBeforeAWSItsBorderIsARival(t *testing.T) {
	w := healthy().silence("pcoip-udp", "dcv-udp", "stun").sweep("pcoip-udp", 2, "").sweep("dcv-udp", 2, "").controlSweep(5)
	v := Judge(w.hop(2, "62.115.0.9").hop(3, publishedHop).hop(4, publishedHop).in).Verdict
	if v.Code != "udp_not_passing" || v.Layer == nil || *v.Layer != layer.InternetPath || v.Confidence != Possible {
		t.Fatalf("%s %v %s", v.Code, v.Layer, v.Confidence)
	}
	if !slices.ContainsFunc(v.Rivals, func(s Suspect) bool { return s.Layer == layer.StreamingGateway }) {
		t.Errorf("rivals %v", v.Rivals)
	}
	if !strings.Contains(v.Remedy[0], v.Owner) {
		t.Errorf("%s is accused, and told is: %s", v.Owner, v.Remedy[0])
	}
}

// Whoever reads a code in a report must be able to ask what it means.
func TestEveryVerdictsCodeIsKnown(t *testing.T) {
	for name, c := range goldens() {
		code := Judge(c.fires.in).Verdict.Code
		_, rule := RuleByCode(code)
		_, outcome := OutcomeByCode(code)
		if !rule && !outcome && !slices.ContainsFunc(Symptoms(), func(s Symptom) bool { return s.Code() == code }) {
			t.Errorf("%s: nobody knows %q", name, code)
		}
	}
	for _, o := range Outcomes() {
		if _, rule := RuleByCode(o.Code); rule {
			t.Errorf("%s is a rule's", o.Code)
		}
	}
}

// Many a line carries 1400 bytes and says nothing; a filter by name beside it is
// no matter of size, for it drops a greeting of 300 bytes.
func TestASmallGreetingThatIsLostIsNoMatterOfSize(t *testing.T) {
	unacked := probe.TLSDetail{Root: probe.RootUnknown, Hello: probe.HelloSmall, HelloBytes: 307, Phase: probe.HelloUnacked}
	for want, w := range map[string]*world{
		"web_unreachable": healthy().mtu(1400, true).endsAt(probe.TLSHandshake, probe.Silent, probe.Timeout, unacked, "broker"),
		"mtu_black_hole":  healthy().mtu(1280, true).endsAt(probe.TLSHandshake, probe.Silent, probe.Timeout, probe.TLSDetail{Root: probe.RootUnknown, HelloBytes: 307, Phase: probe.HelloUnanswered}, "broker"),
	} {
		if v := Judge(w.in).Verdict; v.Code != want || v.Status != StatusInconclusive {
			t.Errorf("%s %s, want %s", v.Status, v.Code, want)
		}
	}
}

// quicControl adds what came of QUIC on UDP 443.
func (w *world) quicControl(outcome probe.Outcome, failure probe.Failure, d probe.ExchangeDetail) *world {
	w.add("quic-control/quic", "quic-control", probe.QUICVersion, target(webHosts["directory-settings"], 443, "udp"), "52.94.0.13", outcome, failure, d)
	return w
}

func TestQUICOnTheWebsPortShowsThatUDPPasses(t *testing.T) {
	w := healthy().silence("pcoip-udp", "dcv-udp", "stun")
	if v := Judge(w.in).Verdict; v.Code != "udp_not_passing" {
		t.Fatalf("without it: %s", v.Code)
	}
	if v := Judge(w.quicControl(probe.OK, "", answered(1, 1)).in).Verdict; v.Code == "udp_not_passing" {
		t.Errorf("UDP is said not to pass, and QUIC was answered: %s", v.Summary)
	}
}

// A web front end need not speak QUIC, and says so.
func TestAClosedQUICControlIsNoFault(t *testing.T) {
	closed := probe.ExchangeDetail{Sent: 1, ICMP: &probe.ICMPError{Offender: netip.MustParseAddr("52.94.0.13"), Type: 3, Code: 3}}
	for _, f := range Judge(healthy().closedUDP("pcoip-udp").quicControl(probe.Failed, probe.ConnectionRefused, closed).in).Findings {
		if f.Code == "aws_host_rejects" && strings.Contains(f.Summary, "443") {
			t.Error(f.Summary)
		}
	}
}

func TestOneProtocolIsJudgedAlone(t *testing.T) {
	w := healthy().refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")
	w.in.Protocol = "dcv"
	if v := Judge(w.in).Verdict; v.Status == StatusFault {
		t.Errorf("a DCV user is told of a PCoIP fault: %s", v.Summary)
	}
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	w := healthy().drop(func(o probe.Observation) bool { return o.Endpoint != "" })
	w.in.Interrupted = true
	if v := Judge(w.in).Verdict; v.Status != StatusInconclusive || v.Code != "interrupted" {
		t.Errorf("%s %s", v.Status, v.Code)
	}
}

func TestNothingMeasuredIsNeverOK(t *testing.T) {
	if v := Judge(Input{Vantage: "desk", Protocol: "both"}).Verdict; v.Status != StatusInconclusive {
		t.Errorf("an empty run is %s", v.Status)
	}
}

func TestTwoFaultsNameTheNearestFirst(t *testing.T) {
	w := healthy().refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp").allow("198.51.100.0/24")
	got := Judge(w.in)
	if layerOf(got.Verdict) != layer.LocalFirewall || len(open(got.Findings, SeverityFault)) != 2 {
		t.Errorf("%q; findings %s", layerOf(got.Verdict), codes(got.Findings))
	}
}

func TestARouterThatCarriesTheRestIsAccused(t *testing.T) {
	v := Judge(healthy().refuse(probe.HostUnreachable, 1, &probe.ICMPError{Offender: netip.MustParseAddr("192.168.50.1"), Type: 3, Code: 1}, allPorts...).in).Verdict
	if layerOf(v) != layer.NetworkFirewall || v.Confidence != Likely {
		t.Errorf("%s %q %q", v.Status, layerOf(v), v.Confidence)
	}
	// The same from a public address names a device and not its owner.
	v = Judge(healthy().refuse(probe.HostUnreachable, 1, &probe.ICMPError{Offender: netip.MustParseAddr("198.51.100.77"), Type: 3, Code: 1}, allPorts...).in).Verdict
	if v.Status != StatusInconclusive {
		t.Errorf("a public router is accused: %s %q", v.Status, layerOf(v))
	}
}

// Another private router's word names it, and not whose it is: providers number
// theirs so too.
func TestAPrivateRouterThatIsNoGatewayIsOnlySuspected(t *testing.T) {
	v := Judge(healthy().refuse(probe.HostUnreachable, 1, &probe.ICMPError{Offender: netip.MustParseAddr("10.170.0.1"), Type: 3, Code: 1}, allPorts...).in).Verdict
	if v.Status != StatusInconclusive || v.Code != "router_unreachable" {
		t.Errorf("%s %q %s", v.Status, layerOf(v), v.Code)
	}
}

// Some firewalls refuse datagrams in the name of the host that was asked; they
// cannot do it from as far away.
func TestARefusalInAWSsNameFromNearbyIsNotAWSs(t *testing.T) {
	closed := func(after float64) Verdict {
		return Judge(healthy().closedUDP("pcoip-udp").each(at("pcoip-udp"), func(o *probe.Observation) {
			d := o.Detail.(probe.ExchangeDetail)
			d.Attempts = []probe.Attempt{{ElapsedMS: after, Outcome: probe.Failed, Failure: probe.ConnectionRefused}}
			o.Detail = d
		}).in).Verdict
	}
	if v := closed(1); layerOf(v) != layer.NetworkFirewall || v.Confidence != Possible || v.Code != "aws_host_rejects" {
		t.Errorf("after 1 ms, AWS 40 ms away: %s %q %q", v.Status, layerOf(v), v.Confidence)
	}
	if v := closed(41); layerOf(v) != layer.StreamingGateway || v.Confidence != Proven {
		t.Errorf("after 41 ms, AWS 40 ms away: %s %q %q", v.Status, layerOf(v), v.Confidence)
	}
}

func TestLossIsNotCalledABlock(t *testing.T) {
	v := Judge(healthy().lossy(72, 30).silence("pcoip-tcp").in).Verdict
	if v.Code != "loss_high" || v.Status != StatusInconclusive {
		t.Errorf("%s %s", v.Status, v.Code)
	}
}

// FuzzJudge: whatever a stored report holds, judging it ends with a complete
// verdict.
func FuzzJudge(f *testing.F) {
	for _, c := range goldens() {
		b, err := json.Marshal(c.fires.in.Observations[:min(12, len(c.fires.in.Observations))])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := Input{Vantage: "desk", Protocol: "both"}
		if json.Unmarshal(b, &in.Observations) != nil {
			return
		}
		r := Judge(in)
		if len(r.Layers) != len(layer.All) || r.Verdict.Status == "" || r.Verdict.Summary == "" {
			t.Errorf("incomplete: %+v", r.Verdict)
		}
	})
}

// DCV goes by UDP or TCP. What the verdict says of a protocol and what its
// sentence says must be the same.
func TestDCVIsNotBlockedWhileOneTransportPasses(t *testing.T) {
	for name, test := range map[string]struct {
		w    *world
		want ProtocolState
		says string
	}{
		"TCP is reset on the way":         {healthy().refuse(probe.ConnectionRefused, 40, nil, "dcv-tcp").sweep("dcv-tcp", 1, probe.HopRST).controlSweep(5), ProtocolDegraded, "work less well"},
		"TCP is accepted on the way":      {healthy().accept(1, "nothing", "dcv-tcp").sweep("dcv-tcp", 1, probe.HopSYNACK).controlSweep(5), ProtocolDegraded, "work less well"},
		"TCP is silent":                   {healthy().silence("dcv-tcp"), ProtocolDegraded, ""},
		"TCP is reset, and UDP is silent": {healthy().refuse(probe.ConnectionRefused, 40, nil, "dcv-tcp").silence("dcv-udp").sweep("dcv-tcp", 1, probe.HopRST).controlSweep(5), ProtocolUnknown, "DCV desktops can be shown over port 443 at most"},
	} {
		v := Judge(test.w.in).Verdict
		if v.Protocols.DCV != test.want || v.Protocols.PCoIP != ProtocolOK || !strings.Contains(v.Summary, test.says) {
			t.Errorf("%s: DCV %s, PCoIP %s: %s", name, v.Protocols.DCV, v.Protocols.PCoIP, v.Summary)
		}
	}
}

// oneOf: exactly one holds.
func oneOf(list ...bool) bool {
	n := 0
	for _, b := range list {
		if b {
			n++
		}
	}
	return n == 1
}
