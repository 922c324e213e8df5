package desk

import (
	"net/netip"
	"slices"
	"testing"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/facts"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/probe"
)

// A client takes another address, so a port ended as the best of its addresses did;
// what only some of them say is said of none.
func TestTheEndingOfAPortIsThatOfItsBestAddress(t *testing.T) {
	spoke := func(how string, ms float64) func(*probe.Observation) {
		return func(o *probe.Observation) {
			d := diagnosetest.Connected(40)
			d.Spoke, d.SpokeMS = how, ms
			o.Detail = d
		}
	}
	prohibited := &probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
	role := "pcoip-tcp"
	silent := func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)}
	}
	for _, row := range []struct {
		name string
		w    *diagnosetest.World
		want candidates.Ending
	}{
		{"all answer", diagnosetest.Healthy(), candidates.Alive},
		{"one is mute", diagnosetest.Healthy().First(role, spoke("nothing", 0)), candidates.Alive},
		{"all are mute", diagnosetest.Healthy().Accept(40, "nothing", role), candidates.Mute},
		{"nobody was greeted", diagnosetest.Healthy().Accept(40, "", role), candidates.Alive},
		{"one is cut", diagnosetest.Healthy().First(role, spoke("reset", 2)), candidates.Alive},
		{"all are cut", diagnosetest.Healthy().Cut(2, role), candidates.WasCut},
		{"all are closed by the host, which had time to", diagnosetest.Healthy().Cut(40, role), candidates.Mute},
		{"one is silent", diagnosetest.Healthy().First(role, silent), candidates.Alive},
		{"all are silent", diagnosetest.Healthy().Silence(role), candidates.Silent},
		{"one is silent, the others are reset", diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, role).First(role, silent), candidates.Silent},
		{"all are reset", diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, role), candidates.WasReset},
		{"one is reset, the others are prohibited", diagnosetest.Healthy().Refuse(probe.AdministrativelyProhibited, 1, prohibited, role).First(role, diagnosetest.Fails(probe.ConnectionRefused, nil)), candidates.Rejected},
		{"all are refused, the system does not tell how", diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, role).Unclear(role), candidates.Refusal},
		{"and a sweep heard a reset", diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, role).Unclear(role).SweptTo("..R", nil), candidates.WasReset},
		{"and a sweep heard a router", diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, role).Unclear(role).SweptTo("..*", prohibited), candidates.Rejected},
		{"all are prohibited", diagnosetest.Healthy().Refuse(probe.AdministrativelyProhibited, 1, prohibited, role), candidates.Rejected},
		{"all are denied here", diagnosetest.Healthy().Refuse(probe.LocalPolicyDenied, 0, nil, role), candidates.Denied},
		{"one is denied here, the others are prohibited", diagnosetest.Healthy().Refuse(probe.AdministrativelyProhibited, 1, prohibited, role).First(role, diagnosetest.Fails(probe.LocalPolicyDenied, nil)), candidates.Rejected},
		{"nonsense comes back", diagnosetest.Healthy().Refuse(probe.MalformedReply, 40, nil, role), candidates.Mute},
	} {
		if f, asked := gather(row.w.In).flow("health", role, role); !asked || f.ending != row.want {
			t.Errorf("%s: %s, want %s", row.name, f.ending, row.want)
		}
	}
}

// clueOf gives the flow of TCP 4172 and its clue of a kind, if there is one.
func clueOf(w *diagnosetest.World, look candidates.Look) (flow, *candidates.Clue) {
	f, _ := gather(w.In).flow("health", "pcoip-tcp", "pcoip-tcp")
	if i := slices.IndexFunc(f.clues, func(c candidates.Clue) bool { return c.Look == look }); i >= 0 {
		return f, &f.clues[i]
	}
	return f, nil
}

// A router may answer probes of one kind alone: TCP is compared with TCP.
func TestASweepIsComparedWithItsOwnTransport(t *testing.T) {
	w := diagnosetest.Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 2, "").ControlSweep(5)
	if _, clue := clueOf(w, candidates.Swept); clue == nil || clue.Kind != candidates.Ends {
		t.Fatalf("beside a control over TCP: %+v", clue)
	}
	w.Drop(func(o probe.Observation) bool { return o.Endpoint == "control" })
	if f, clue := clueOf(w, candidates.Swept); clue != nil || f.control.ID != "" {
		t.Errorf("beside a control over UDP alone: %+v", clue)
	}
}

func TestAnAnswerTooSoonIsSaidOfAllAddressesOrNone(t *testing.T) {
	refused := func() *diagnosetest.World {
		return diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 1, nil, "pcoip-tcp")
	}
	if _, clue := clueOf(refused(), candidates.TooSoon); clue == nil {
		t.Fatal("1 ms, where AWS is 40 away, is not too soon")
	}
	if _, clue := clueOf(refused().First("pcoip-tcp", diagnosetest.Fails(probe.ConnectionRefused, nil)), candidates.TooSoon); clue != nil {
		t.Error("one address took the whole way")
	}
	// A computer that stood still measures no time.
	w := refused()
	w.Add("host", "", probe.HostPauses, "", "", probe.OK, "", probe.PausesDetail{TotalMS: 500})
	if _, clue := clueOf(w, candidates.TooSoon); clue != nil {
		t.Error("this computer stood still meanwhile")
	}
}

func TestTheWayOfEchoRequestsHeardNothingOfAPort(t *testing.T) {
	w := diagnosetest.Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 2, "")
	if _, clue := clueOf(w, candidates.Heard); clue == nil || clue.From != 2 {
		t.Fatalf("heard: %+v", clue)
	}
	diagnosetest.With(w, probe.PathSweep, func(d *probe.SweepDetail) { d.Echo = true })
	if _, clue := clueOf(w, candidates.Heard); clue != nil {
		t.Errorf("a router had an echo request in its hands: %+v", clue)
	}
}

// A reset from as far as the control's is the host's only if the two came from
// beyond this network.
func TestARefusalFromWithinThisNetworkIsNotTheHosts(t *testing.T) {
	resets := func(routers string) *diagnosetest.World {
		w := diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp")
		w.Add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 4172, "tcp"), diagnosetest.Gateways[0], probe.OK, "", sweeptest.Heard(false, routers))
		w.Add("control/sweep", "control", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 443, "tcp"), diagnosetest.Gateways[0], probe.OK, "", sweeptest.Heard(true, routers))
		return diagnosetest.With(w, probe.PathSweep, func(d *probe.SweepDetail) {
			for i := range d.Hops {
				d.Hops[i].RTTMS = []float64{40}
			}
		})
	}
	if f, _ := clueOf(resets("..R"), candidates.Swept); f.kind != sweep.Unknown {
		t.Errorf("behind two private routers: %s", f.kind)
	}
	if f, clue := clueOf(resets("...R").Hop(3, diagnosetest.PublishedHop), candidates.Swept); f.kind != sweep.Refused || clue == nil || clue.From != 3 {
		t.Errorf("behind AWS's border: %s %+v", f.kind, clue)
	}
}

// The control's answer may be a device's on the way that speaks for every host: then
// it does not tell where the host is.
func TestAForgedControlDoesNotPlaceTheHost(t *testing.T) {
	w := diagnosetest.Healthy().Silence("pcoip-tcp")
	w.Add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 4172, "tcp"), diagnosetest.Gateways[0], probe.Silent, probe.Timeout, sweeptest.Heard(false, "....**"))
	w.Add("control/sweep", "control", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 443, "tcp"), diagnosetest.Gateways[0], probe.OK, "", sweeptest.Heard(true, "..A"))
	f, _ := clueOf(w, candidates.Swept)
	if f.to.way.End != 6 || !f.to.way.Hidden {
		t.Errorf("four routers were heard of, and the host stands at %d, hidden %v", f.to.way.End, f.to.way.Hidden)
	}
}

// Ports of one destination at one place are one cause; of two destinations only if
// the same device stands there.
func TestFlowsShareACauseOnlyAtOneDevice(t *testing.T) {
	const far = "3.227.4.9"
	make := func(second string) []finding.Finding {
		w := diagnosetest.Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 2, "").ControlSweep(5)
		w.Add("gateway-dcv-tcp/tcp", "gateway-dcv-tcp", probe.TCPConnect, diagnosetest.Target("gw.example", 4195, "tcp"), far, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)})
		way := func(d probe.SweepDetail) probe.SweepDetail {
			for i, r := range []string{diagnosetest.PathHops[0], diagnosetest.PathHops[1], second, diagnosetest.PathHops[3]} {
				if i < len(d.Hops) && d.Hops[i].Kind == probe.HopExpired {
					d.Hops[i].From = netip.MustParseAddr(r)
				}
			}
			return d
		}
		w.Add("gateway-dcv-tcp/sweep", "gateway-dcv-tcp", probe.PathSweep, diagnosetest.Target("gw.example", 4195, "tcp"), far, probe.Silent, probe.Timeout, way(sweeptest.Heard(false, "..****")))
		w.Add("control-gateway/sweep", "control-gateway", probe.PathSweep, diagnosetest.Target("gw.example", 443, "tcp"), far, probe.OK, "", way(sweeptest.Heard(true, "....R")))
		w.Drop(func(o probe.Observation) bool { return o.Endpoint == "dcv-tcp" || o.Endpoint == "dcv-udp" })
		return gather(w.In).ways()
	}
	if list := make(diagnosetest.PathHops[2]); len(list) != 1 {
		t.Errorf("behind the same devices: %d findings: %s", len(list), diagnosetest.Codes(list))
	}
	// The router before is the same: the device at the second hop may still be the one.
	if list := make("62.115.0.77"); len(list) != 1 || list[0].Layer != "network-firewall" {
		t.Errorf("behind one device of the same: %s", diagnosetest.Codes(list))
	}
	// Not located, nothing joins them.
	w := diagnosetest.Healthy().Silence("pcoip-tcp", "dcv-tcp")
	w.Add("gateway-pcoip-tcp/tcp", "gateway-pcoip-tcp", probe.TCPConnect, diagnosetest.Target("gw.example", 4172, "tcp"), far, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)})
	if list := gather(w.In).explanations(gather(w.In).flows()); len(list) != 2 {
		t.Errorf("two destinations, nothing swept: %d explanations, want 2", len(list))
	}
}

// wide: three hosts that fail, and none that works, are more than any one's own
// fault; two may be.
func TestHowManyHostsAreNotOnesFault(t *testing.T) {
	e := gather(facts.Input{Vantage: "desk"})
	dead := func(hosts ...string) (list []flow) {
		for _, h := range hosts {
			list = append(list, flow{ending: candidates.Silent, direct: []probe.Observation{{Target: diagnosetest.Target(h, 4172, "tcp")}}})
		}
		return list
	}
	alive := flow{ending: candidates.Alive, direct: []probe.Observation{{Target: diagnosetest.Target("d.example", 443, "tcp")}}}
	udp := flow{ending: candidates.Alive, direct: []probe.Observation{{Target: diagnosetest.Target("d.example", 4172, "udp")}}}
	for _, row := range []struct {
		name  string
		flows []flow
		wide  bool
	}{
		{"two hosts", dead("a", "b"), false}, {"three hosts", dead("a", "b", "c"), true}, {"one host three times", dead("a", "a", "a"), false},
		{"three hosts and one that answers", append(dead("a", "b", "c"), alive), false}, {"three hosts and an answer over UDP", append(dead("a", "b", "c"), udp), true},
	} {
		if got := e.wide(row.flows); got != row.wide {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

// stateFrom: only a fault that nothing hides blocks, what is in doubt is unknown, and
// what was not shown is never ok.
func TestStatesOfAProtocol(t *testing.T) {
	hidden := "no_route"
	blocks := func(severity finding.Severity) finding.Finding {
		return finding.Finding{Severity: severity, Blocks: []probe.Protocol{"dcv"}}
	}
	for _, row := range []struct {
		name     string
		findings []finding.Finding
		seen     finding.Seen
		want     finding.ProtocolState
	}{
		{"shown", nil, finding.SeenHost, finding.ProtocolOK},
		{"as far as the last router", nil, finding.SeenLastRouter, finding.ProtocolUnknown},
		{"not shown", nil, finding.SeenNothing, finding.ProtocolUnknown},
		{"a fault blocks", []finding.Finding{blocks(finding.SeverityFault)}, finding.SeenHost, finding.ProtocolBlocked},
		{"a suspicion does not", []finding.Finding{blocks(finding.SeveritySuspect)}, finding.SeenHost, finding.ProtocolUnknown},
		{"a limit does not", []finding.Finding{blocks(finding.SeverityDegraded)}, finding.SeenHost, finding.ProtocolOK},
		{"a symptom does not", []finding.Finding{{Severity: finding.SeverityFault, Blocks: []probe.Protocol{"dcv"}, SuppressedBy: &hidden}}, finding.SeenHost, finding.ProtocolOK},
		{"another protocol's fault does not", []finding.Finding{{Severity: finding.SeverityFault, Blocks: []probe.Protocol{"pcoip"}}}, finding.SeenHost, finding.ProtocolOK},
		{"a fault that other ports may get round", []finding.Finding{{Severity: finding.SeverityFault, Unsure: []probe.Protocol{"dcv"}}}, finding.SeenHost, finding.ProtocolUnknown},
		{"a limit", []finding.Finding{{Severity: finding.SeverityDegraded, Degrades: []probe.Protocol{"dcv"}}}, finding.SeenHost, finding.ProtocolDegraded},
		{"a limit of what was not shown", []finding.Finding{{Severity: finding.SeverityDegraded, Degrades: []probe.Protocol{"dcv"}}}, finding.SeenNothing, finding.ProtocolUnknown},
		{"a suspicion before a fault", []finding.Finding{{Severity: finding.SeverityDegraded, Degrades: []probe.Protocol{"dcv"}}, blocks(finding.SeverityFault)}, finding.SeenHost, finding.ProtocolBlocked},
	} {
		if got := stateFrom(gather(diagnosetest.Healthy().In), row.findings, "dcv", row.seen); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
	if got := stateFrom(gather(diagnosetest.Healthy().Silence("dcv-tcp").In), nil, "dcv", finding.SeenHost); got != finding.ProtocolDegraded {
		t.Errorf("DCV over UDP alone: %s", got)
	}
}

// A device that answers nobody stands between this network's and AWS's: it may be a
// provider's too, because nobody's network borders on AWS.
func TestWhoseAHiddenDeviceMayBe(t *testing.T) {
	e := gather(diagnosetest.Dropped(1, "192.168.50.1", "10.20.0.1", "10.20.0.2", diagnosetest.PublishedHop).Hidden(3).In)
	f, _ := e.flow("health", "pcoip-tcp", "pcoip-tcp")
	got := e.ownerOf(f.to, 3, candidates.Drop, false).Layers
	slices.Sort(got)
	if want := []string{"internet-path", "network-firewall", "streaming-gateway"}; !slices.Equal(got, want) {
		t.Errorf("between a private router and AWS's: %q, want %q", got, want)
	}
	// Where many hosts fail alike, what stands before this one is not the reason.
	e = gather(diagnosetest.Dropped(1, "192.168.50.1", "10.20.0.1", "10.20.0.2", "10.20.0.3", "10.20.0.4").In)
	f, _ = e.flow("health", "pcoip-tcp", "pcoip-tcp")
	last := f.to.way.End - 1
	if got := e.ownerOf(f.to, last, candidates.Drop, true).Layers; !slices.Equal(got, []string{"network-firewall", "internet-path"}) {
		t.Errorf("of many hosts, behind a private router: %q", got)
	}
	if got := e.ownerOf(f.to, last, candidates.Drop, false).Layers; !slices.Contains(got, "streaming-gateway") {
		t.Errorf("of one host, behind a private router: %q", got)
	}
}

// The host is out only where many fail alike.
func TestTheHostIsLeftOutOnlyWhereManyFail(t *testing.T) {
	w := diagnosetest.Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 4, "").ControlSweep(5)
	e := gather(w.In)
	list := e.explanations(e.flows())
	if len(list) != 1 || !slices.Contains(list[0].places, list[0].to.way.End) {
		t.Errorf("one port of one host: %+v", list)
	}
}
