package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/candidates"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// first changes the observations of a role that went to one of the health host's
// addresses alone.
func (w *world) first(role string, change func(*probe.Observation)) *world {
	return w.each(func(o probe.Observation) bool { return o.Endpoint == role && o.Address == gateways[0] }, change)
}

func fails(failure probe.Failure, icmp *probe.ICMPError) func(*probe.Observation) {
	return func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
		o.Detail = probe.ConnectDetail{ICMP: icmp, Attempts: []probe.Attempt{{ElapsedMS: 40, Outcome: probe.Failed, Failure: failure}}}
	}
}

// unclear: the system does not tell whether a reset or an ICMP error refused.
func (w *world) unclear(role string) *world {
	return w.each(at(role), func(o *probe.Observation) {
		d := o.Detail.(probe.ConnectDetail)
		d.Unclear = true
		o.Detail = d
	})
}

// sweptTo adds a sweep of TCP 4172, which a router may have ended.
func (w *world) sweptTo(hops string, by *probe.ICMPError) *world {
	d := sweeptest.Heard(false, hops)
	outcome, failure := probe.OK, probe.Failure("")
	if by != nil {
		d.End, d.ICMP, outcome, failure = probe.HopICMP, by, probe.Failed, probe.AdministrativelyProhibited
	}
	w.add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, target(healthHost, 4172, "tcp"), gateways[0], outcome, failure, d)
	return w
}

// A refusal of which the system does not say how it came is nobody's word: a router's
// error, where a sweep heard one, is blamed on the router and on nobody beside it.
func TestARefusalThatIsUnclearIsNotTheHosts(t *testing.T) {
	role := "pcoip-tcp"
	router := &probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
	refused := func() *world { return healthy().refuse(probe.ConnectionRefused, 40, nil, role).unclear(role) }
	v := Judge(refused().in)
	if v.Verdict.Status != StatusInconclusive || !slices.ContainsFunc(v.Verdict.Suspects, func(s Suspect) bool { return s.Layer == layer.NetworkFirewall }) {
		t.Errorf("no sweep: %s %s %v", v.Verdict.Status, v.Verdict.Code, v.Verdict.Suspects)
	}
	v = Judge(refused().sweptTo("..*", router).in)
	if v.Verdict.Layer == nil || *v.Verdict.Layer != layer.NetworkFirewall || v.Verdict.Code != "router_prohibits" {
		t.Errorf("a router said so: %s: %s", v.Verdict.Code, v.Verdict.Summary)
	}
	for _, f := range v.Findings {
		if f.Code == "port_refused" || f.Code == "gateway_refuses" || f.Code == "answer_forged" {
			t.Errorf("a router said so, and %s is found beside it", f.Code)
		}
	}
}

// Only a reset is the proxy's own computer saying that nothing listens.
func TestAProxysRefusalIsProvenOnlyWhereItIsAReset(t *testing.T) {
	for unclear, want := range map[bool]Confidence{false: Proven, true: Possible} {
		d := probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Reached: "none", Unclear: unclear}
		v := Judge(healthy().proxied().endsAt(probe.ProxyConnect, probe.Failed, probe.ConnectionRefused, d, webOrder...).in).Verdict
		if v.Code != "proxy_unreachable" || v.Confidence != want {
			t.Errorf("unclear %v: %s %s", unclear, v.Code, v.Confidence)
		}
	}
}

// A client takes another address, so a port ended as the best of its addresses did;
// what only some of them say is said of none.
func TestTheEndingOfAPortIsThatOfItsBestAddress(t *testing.T) {
	spoke := func(how string, ms float64) func(*probe.Observation) {
		return func(o *probe.Observation) {
			d := connected(40)
			d.Spoke, d.SpokeMS = how, ms
			o.Detail = d
		}
	}
	prohibited := &probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
	role := "pcoip-tcp"
	silent := func(o *probe.Observation) {
		o.Outcome, o.Failure, o.Detail = probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}
	}
	for _, row := range []struct {
		name string
		w    *world
		want candidates.Ending
	}{
		{"all answer", healthy(), candidates.Alive},
		{"one is mute", healthy().first(role, spoke("nothing", 0)), candidates.Alive},
		{"all are mute", healthy().accept(40, "nothing", role), candidates.Mute},
		{"nobody was greeted", healthy().accept(40, "", role), candidates.Alive},
		{"one is cut", healthy().first(role, spoke("reset", 2)), candidates.Alive},
		{"all are cut", healthy().cut(2, role), candidates.WasCut},
		{"all are closed by the host, which had time to", healthy().cut(40, role), candidates.Mute},
		{"one is silent", healthy().first(role, silent), candidates.Alive},
		{"all are silent", healthy().silence(role), candidates.Silent},
		{"one is silent, the others are reset", healthy().refuse(probe.ConnectionRefused, 40, nil, role).first(role, silent), candidates.Silent},
		{"all are reset", healthy().refuse(probe.ConnectionRefused, 40, nil, role), candidates.WasReset},
		{"one is reset, the others are prohibited", healthy().refuse(probe.AdministrativelyProhibited, 1, prohibited, role).first(role, fails(probe.ConnectionRefused, nil)), candidates.Rejected},
		{"all are refused, the system does not tell how", healthy().refuse(probe.ConnectionRefused, 40, nil, role).unclear(role), candidates.Refusal},
		{"and a sweep heard a reset", healthy().refuse(probe.ConnectionRefused, 40, nil, role).unclear(role).sweptTo("..R", nil), candidates.WasReset},
		{"and a sweep heard a router", healthy().refuse(probe.ConnectionRefused, 40, nil, role).unclear(role).sweptTo("..*", prohibited), candidates.Rejected},
		{"all are prohibited", healthy().refuse(probe.AdministrativelyProhibited, 1, prohibited, role), candidates.Rejected},
		{"all are denied here", healthy().refuse(probe.LocalPolicyDenied, 0, nil, role), candidates.Denied},
		{"one is denied here, the others are prohibited", healthy().refuse(probe.AdministrativelyProhibited, 1, prohibited, role).first(role, fails(probe.LocalPolicyDenied, nil)), candidates.Rejected},
		{"nonsense comes back", healthy().refuse(probe.MalformedReply, 40, nil, role), candidates.Mute},
	} {
		if f, asked := gather(row.w.in).flow("health", role, role); !asked || f.ending != row.want {
			t.Errorf("%s: %s, want %s", row.name, f.ending, row.want)
		}
	}
}

// clueOf gives the flow of TCP 4172 and its clue of a kind, if there is one.
func clueOf(w *world, look candidates.Look) (flow, *candidates.Clue) {
	f, _ := gather(w.in).flow("health", "pcoip-tcp", "pcoip-tcp")
	if i := slices.IndexFunc(f.clues, func(c candidates.Clue) bool { return c.Look == look }); i >= 0 {
		return f, &f.clues[i]
	}
	return f, nil
}

// A router may answer probes of one kind alone: TCP is compared with TCP.
func TestASweepIsComparedWithItsOwnTransport(t *testing.T) {
	w := healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 2, "").controlSweep(5)
	if _, clue := clueOf(w, candidates.Swept); clue == nil || clue.Kind != candidates.Ends {
		t.Fatalf("beside a control over TCP: %+v", clue)
	}
	w.drop(func(o probe.Observation) bool { return o.Endpoint == "control" })
	if f, clue := clueOf(w, candidates.Swept); clue != nil || f.control.ID != "" {
		t.Errorf("beside a control over UDP alone: %+v", clue)
	}
}

func TestAnAnswerTooSoonIsSaidOfAllAddressesOrNone(t *testing.T) {
	refused := func() *world { return healthy().refuse(probe.ConnectionRefused, 1, nil, "pcoip-tcp") }
	if _, clue := clueOf(refused(), candidates.TooSoon); clue == nil {
		t.Fatal("1 ms, where AWS is 40 away, is not too soon")
	}
	if _, clue := clueOf(refused().first("pcoip-tcp", fails(probe.ConnectionRefused, nil)), candidates.TooSoon); clue != nil {
		t.Error("one address took the whole way")
	}
	// A computer that stood still measures no time.
	w := refused()
	w.add("host", "", probe.HostPauses, "", "", probe.OK, "", probe.PausesDetail{TotalMS: 500})
	if _, clue := clueOf(w, candidates.TooSoon); clue != nil {
		t.Error("this computer stood still meanwhile")
	}
}

func TestTheWayOfEchoRequestsHeardNothingOfAPort(t *testing.T) {
	w := healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 2, "")
	if _, clue := clueOf(w, candidates.Heard); clue == nil || clue.From != 2 {
		t.Fatalf("heard: %+v", clue)
	}
	with(w, probe.PathSweep, func(d *probe.SweepDetail) { d.Echo = true })
	if _, clue := clueOf(w, candidates.Heard); clue != nil {
		t.Errorf("a router had an echo request in its hands: %+v", clue)
	}
}

// A reset from as far as the control's is the host's only if the two came from
// beyond this network.
func TestARefusalFromWithinThisNetworkIsNotTheHosts(t *testing.T) {
	resets := func(routers string) *world {
		w := healthy().refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp")
		w.add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, target(healthHost, 4172, "tcp"), gateways[0], probe.OK, "", sweeptest.Heard(false, routers))
		w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.OK, "", sweeptest.Heard(true, routers))
		return with(w, probe.PathSweep, func(d *probe.SweepDetail) {
			for i := range d.Hops {
				d.Hops[i].RTTMS = []float64{40}
			}
		})
	}
	if f, _ := clueOf(resets("..R"), candidates.Swept); f.kind != sweep.Unknown {
		t.Errorf("behind two private routers: %s", f.kind)
	}
	if f, clue := clueOf(resets("...R").hop(3, publishedHop), candidates.Swept); f.kind != sweep.Refused || clue == nil || clue.From != 3 {
		t.Errorf("behind AWS's border: %s %+v", f.kind, clue)
	}
}

// The control's answer may be a device's on the way that speaks for every host: then
// it does not tell where the host is.
func TestAForgedControlDoesNotPlaceTheHost(t *testing.T) {
	w := healthy().silence("pcoip-tcp")
	w.add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, target(healthHost, 4172, "tcp"), gateways[0], probe.Silent, probe.Timeout, sweeptest.Heard(false, "....**"))
	w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.OK, "", sweeptest.Heard(true, "..A"))
	f, _ := clueOf(w, candidates.Swept)
	if f.to.way.End != 6 || !f.to.way.Hidden {
		t.Errorf("four routers were heard of, and the host stands at %d, hidden %v", f.to.way.End, f.to.way.Hidden)
	}
}

// Only where the health host answers on the same port is a dead gateway's own end
// likelier than the way.
func TestAGatewayIsOnlyDeadWhereItsPortPassesElsewhere(t *testing.T) {
	dead := func(w *world) *world {
		w.add("gateway-pcoip-tcp/tcp", "gateway-pcoip-tcp", probe.TCPConnect, target("gw.example", 4172, "tcp"), "3.227.4.9", probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)})
		return w
	}
	has := func(w *world) bool {
		return slices.ContainsFunc(Judge(w.in).Findings, func(f Finding) bool { return f.Code == "gateway_only_dead" })
	}
	if !has(dead(healthy())) {
		t.Error("not found where the health host answers")
	}
	if has(dead(healthy().silence("pcoip-tcp"))) {
		t.Error("found where the health host is as silent")
	}
}

// Ports of one destination at one place are one cause; of two destinations only if
// the same device stands there.
func TestFlowsShareACauseOnlyAtOneDevice(t *testing.T) {
	const far = "3.227.4.9"
	make := func(second string) []Finding {
		w := healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 2, "").controlSweep(5)
		w.add("gateway-dcv-tcp/tcp", "gateway-dcv-tcp", probe.TCPConnect, target("gw.example", 4195, "tcp"), far, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)})
		way := func(d probe.SweepDetail) probe.SweepDetail {
			for i, r := range []string{pathHops[0], pathHops[1], second, pathHops[3]} {
				if i < len(d.Hops) && d.Hops[i].Kind == probe.HopExpired {
					d.Hops[i].From = netip.MustParseAddr(r)
				}
			}
			return d
		}
		w.add("gateway-dcv-tcp/sweep", "gateway-dcv-tcp", probe.PathSweep, target("gw.example", 4195, "tcp"), far, probe.Silent, probe.Timeout, way(sweeptest.Heard(false, "..****")))
		w.add("control-gateway/sweep", "control-gateway", probe.PathSweep, target("gw.example", 443, "tcp"), far, probe.OK, "", way(sweeptest.Heard(true, "....R")))
		w.drop(func(o probe.Observation) bool { return o.Endpoint == "dcv-tcp" || o.Endpoint == "dcv-udp" })
		return gather(w.in).ways()
	}
	if list := make(pathHops[2]); len(list) != 1 {
		t.Errorf("behind the same devices: %d findings: %s", len(list), codes(list))
	}
	// The router before is the same: the device at the second hop may still be the one.
	if list := make("62.115.0.77"); len(list) != 1 || list[0].Layer != "network-firewall" {
		t.Errorf("behind one device of the same: %s", codes(list))
	}
	// Not located, nothing joins them.
	w := healthy().silence("pcoip-tcp", "dcv-tcp")
	w.add("gateway-pcoip-tcp/tcp", "gateway-pcoip-tcp", probe.TCPConnect, target("gw.example", 4172, "tcp"), far, probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)})
	if list := gather(w.in).explanations(gather(w.in).flows()); len(list) != 2 {
		t.Errorf("two destinations, nothing swept: %d explanations, want 2", len(list))
	}
}

// wide: three hosts that fail, and none that works, are more than any one's own
// fault; two may be.
func TestHowManyHostsAreNotOnesFault(t *testing.T) {
	e := gather(Input{Vantage: "desk"})
	dead := func(hosts ...string) (list []flow) {
		for _, h := range hosts {
			list = append(list, flow{ending: candidates.Silent, direct: []probe.Observation{{Target: target(h, 4172, "tcp")}}})
		}
		return list
	}
	alive := flow{ending: candidates.Alive, direct: []probe.Observation{{Target: target("d.example", 443, "tcp")}}}
	udp := flow{ending: candidates.Alive, direct: []probe.Observation{{Target: target("d.example", 4172, "udp")}}}
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
	blocks := func(severity Severity) Finding { return Finding{Severity: severity, Blocks: []string{"dcv"}} }
	for _, row := range []struct {
		name     string
		findings []Finding
		seen     Seen
		want     ProtocolState
	}{
		{"shown", nil, SeenHost, ProtocolOK},
		{"as far as the last router", nil, SeenLastRouter, ProtocolUnknown},
		{"not shown", nil, SeenNothing, ProtocolUnknown},
		{"a fault blocks", []Finding{blocks(SeverityFault)}, SeenHost, ProtocolBlocked},
		{"a suspicion does not", []Finding{blocks(SeveritySuspect)}, SeenHost, ProtocolUnknown},
		{"a limit does not", []Finding{blocks(SeverityDegraded)}, SeenHost, ProtocolOK},
		{"a symptom does not", []Finding{{Severity: SeverityFault, Blocks: []string{"dcv"}, SuppressedBy: &hidden}}, SeenHost, ProtocolOK},
		{"another protocol's fault does not", []Finding{{Severity: SeverityFault, Blocks: []string{"pcoip"}}}, SeenHost, ProtocolOK},
		{"a fault that other ports may get round", []Finding{{Severity: SeverityFault, Unsure: []string{"dcv"}}}, SeenHost, ProtocolUnknown},
		{"a limit", []Finding{{Severity: SeverityDegraded, Degrades: []string{"dcv"}}}, SeenHost, ProtocolDegraded},
		{"a limit of what was not shown", []Finding{{Severity: SeverityDegraded, Degrades: []string{"dcv"}}}, SeenNothing, ProtocolUnknown},
		{"a suspicion before a fault", []Finding{{Severity: SeverityDegraded, Degrades: []string{"dcv"}}, blocks(SeverityFault)}, SeenHost, ProtocolBlocked},
	} {
		if got := stateFrom(gather(healthy().in), row.findings, "dcv", row.seen); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
	if got := stateFrom(gather(healthy().silence("dcv-tcp").in), nil, "dcv", SeenHost); got != ProtocolDegraded {
		t.Errorf("DCV over UDP alone: %s", got)
	}
}

// How far each protocol is shown: PCoIP by the worse of its two ports, DCV by the
// better, and neither without sign-in.
func TestHowFarAProtocolIsShown(t *testing.T) {
	gateway := func(w *world, outcome probe.Outcome) *world {
		for _, role := range []string{"pcoip-tcp", "dcv-tcp", "pcoip-udp", "dcv-udp"} {
			var d probe.Detail = connected(40)
			op, failure := probe.TCPConnect, probe.Failure("")
			if strings.HasSuffix(role, "-udp") {
				op, d = probe.STUNBinding, answered(3, 3)
			}
			if outcome == probe.Silent {
				failure, d = probe.Timeout, probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}
			}
			w.add("gateway-"+role+"/x", "gateway-"+role, op, target("gw.example", 4172, role[len(role)-3:]), "3.227.4.9", outcome, failure, d)
		}
		return w
	}
	const host, router, nothing = SeenHost, SeenLastRouter, SeenNothing
	for _, row := range []struct {
		name       string
		w          *world
		pcoip, dcv Seen
	}{
		{"all answer", healthy(), host, host},
		{"UDP is silent, and nothing was swept", healthy().silence("pcoip-udp", "dcv-udp"), nothing, host},
		{"UDP is silent, and comes as far as the control", healthy().silence("pcoip-udp", "dcv-udp").sweep("pcoip-udp", 4, "").controlSweep(5), router, host},
		{"UDP is silent, and nobody on the way was heard of", healthy().silence("pcoip-udp").sweep("pcoip-udp", 0, "").controlSweep(1), nothing, host},
		{"UDP is silent, and ends earlier than the control", healthy().silence("pcoip-udp").sweep("pcoip-udp", 2, "").controlSweep(5), nothing, host},
		{"UDP is answered with nonsense", healthy().refuse(probe.MalformedReply, 40, nil, "pcoip-udp"), router, host},
		{"UDP is answered with nonsense from nearby", healthy().refuse(probe.MalformedReply, 1, nil, "pcoip-udp"), nothing, host},
		{"DCV answers over UDP alone", healthy().silence("dcv-tcp"), host, host},
		{"DCV answers over neither", healthy().silence("dcv-tcp", "dcv-udp"), host, nothing},
		{"sign-in fails", healthy().endsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, "broker"), nothing, nothing},
		{"TCP 4172 is cut by a device on the way", healthy().cut(2, "pcoip-tcp"), nothing, host},
		// A mute accept is the host's where the host was heard at that distance itself.
		{"TCP 4172 is mute, from as far as the control's reset", healthy().accept(40, "nothing", "pcoip-tcp").sweep("pcoip-tcp", 4, probe.HopSYNACK).controlSweep(5), router, host},
		{"TCP 4172 is mute, from as far as TLS on 4195", healthy().accept(40, "nothing", "pcoip-tcp").sweep("pcoip-tcp", 4, probe.HopSYNACK).sweep("dcv-tcp", 4, probe.HopSYNACK).controlSweep(5), host, host},
		{"the named gateway answers as the health host does", gateway(healthy(), probe.OK), host, host},
		{"the named gateway is dead", gateway(healthy(), probe.Silent), nothing, nothing},
	} {
		v := Judge(row.w.in).Verdict
		if v.ProtocolsSeen != (ProtocolsSeen{row.pcoip, row.dcv}) {
			t.Errorf("%s: %+v, want %s %s (%s)", row.name, v.ProtocolsSeen, row.pcoip, row.dcv, v.Code)
		}
	}
}

// What is said in so many words stands though the run was stopped; what rests on
// what did not come may be refuted by a step that was not made.
func TestAnInterruptedRunAccusesOnlyWhatIsProven(t *testing.T) {
	stopped := func(w *world) Verdict {
		w.in.Interrupted = true
		return Judge(w.in).Verdict
	}
	if v := stopped(healthy().refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")); v.Status != StatusFault || v.Code != "host_denies_send" {
		t.Errorf("this computer's own word: %s %s", v.Status, v.Code)
	}
	if v := stopped(dropped(1, "192.168.50.1", "10.20.0.1")); v.Status != StatusInconclusive || v.Code != "path_located" {
		t.Errorf("a bracket: %s %s", v.Status, v.Code)
	}
	if v := Judge(dropped(1, "192.168.50.1", "10.20.0.1").in).Verdict; v.Status != StatusFault {
		t.Errorf("the same in a whole run: %s", v.Status)
	}
}

// A device that answers nobody stands between this network's and AWS's: it may be a
// provider's too, because nobody's network borders on AWS.
func TestWhoseAHiddenDeviceMayBe(t *testing.T) {
	e := gather(dropped(1, "192.168.50.1", "10.20.0.1", "10.20.0.2", publishedHop).hidden(3).in)
	f, _ := e.flow("health", "pcoip-tcp", "pcoip-tcp")
	got := e.ownerOf(f.to, 3, candidates.Drop, false).Layers
	slices.Sort(got)
	if want := []string{"internet-path", "network-firewall", "streaming-gateway"}; !slices.Equal(got, want) {
		t.Errorf("between a private router and AWS's: %q, want %q", got, want)
	}
	// Where many hosts fail alike, what stands before this one is not the reason.
	e = gather(dropped(1, "192.168.50.1", "10.20.0.1", "10.20.0.2", "10.20.0.3", "10.20.0.4").in)
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
	w := healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 4, "").controlSweep(5)
	e := gather(w.in)
	list := e.explanations(e.flows())
	if len(list) != 1 || !slices.Contains(list[0].places, list[0].to.way.End) {
		t.Errorf("one port of one host: %+v", list)
	}
}
