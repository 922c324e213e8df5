package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// A refusal of which the system does not say how it came is nobody's word: a router's
// error, where a sweep heard one, is blamed on the router and on nobody beside it.
func TestARefusalThatIsUnclearIsNotTheHosts(t *testing.T) {
	role := "pcoip-tcp"
	router := &probe.ICMPError{Offender: netip.MustParseAddr("10.20.0.1"), Type: 3, Code: 13}
	refused := func() *diagnosetest.World {
		return diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, role).Unclear(role)
	}
	v := Judge(refused().In)
	if v.Verdict.Status != finding.StatusInconclusive || !slices.ContainsFunc(v.Verdict.Suspects, func(s finding.Suspect) bool { return s.Layer == layer.NetworkFirewall }) {
		t.Errorf("no sweep: %s %s %v", v.Verdict.Status, v.Verdict.Code, v.Verdict.Suspects)
	}
	v = Judge(refused().SweptTo("..*", router).In)
	if v.Verdict.Layer == nil || *v.Verdict.Layer != layer.NetworkFirewall || v.Verdict.Code != "router_prohibits" {
		t.Errorf("a router said so: %s: %s", v.Verdict.Code, diagnosetest.Said(v.Verdict.Summary))
	}
	for _, f := range v.Findings {
		if f.Code == "port_refused" || f.Code == "gateway_refuses" || f.Code == "answer_forged" {
			t.Errorf("a router said so, and %s is found beside it", f.Code)
		}
	}
}

// Only a reset is the proxy's own computer saying that nothing listens.
func TestAProxysRefusalIsProvenOnlyWhereItIsAReset(t *testing.T) {
	for unclear, want := range map[bool]finding.Confidence{false: finding.Proven, true: finding.Possible} {
		d := probe.ProxyConnectDetail{Proxy: "10.30.0.10:3128", Reached: "none", Unclear: unclear}
		v := Judge(diagnosetest.Healthy().Proxied().EndsAt(probe.ProxyConnect, probe.Failed, probe.ConnectionRefused, d, diagnosetest.WebOrder...).In).Verdict
		if v.Code != "proxy_unreachable" || v.Confidence != want {
			t.Errorf("unclear %v: %s %s", unclear, v.Code, v.Confidence)
		}
	}
}

// Only where the health host answers on the same port is a dead gateway's own end
// likelier than the way.
func TestAGatewayIsOnlyDeadWhereItsPortPassesElsewhere(t *testing.T) {
	dead := func(w *diagnosetest.World) *diagnosetest.World {
		w.Add("gateway-pcoip-tcp/tcp", "gateway-pcoip-tcp", probe.TCPConnect, diagnosetest.Target("gw.example", 4172, "tcp"), "3.227.4.9", probe.Silent, probe.Timeout, probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)})
		return w
	}
	has := func(w *diagnosetest.World) bool {
		return slices.ContainsFunc(Judge(w.In).Findings, func(f finding.Finding) bool { return f.Code == "gateway_only_dead" })
	}
	if !has(dead(diagnosetest.Healthy())) {
		t.Error("not found where the health host answers")
	}
	if has(dead(diagnosetest.Healthy().Silence("pcoip-tcp"))) {
		t.Error("found where the health host is as silent")
	}
}

// How far each protocol is shown: PCoIP by the worse of its two ports, DCV by the
// better, and neither without sign-in.
func TestHowFarAProtocolIsShown(t *testing.T) {
	gateway := func(w *diagnosetest.World, outcome probe.Outcome) *diagnosetest.World {
		for _, role := range []string{"pcoip-tcp", "dcv-tcp", "pcoip-udp", "dcv-udp"} {
			var d probe.Detail = diagnosetest.Connected(40)
			op, failure := probe.TCPConnect, probe.Failure("")
			if strings.HasSuffix(role, "-udp") {
				op, d = probe.STUNBinding, diagnosetest.Answered(3, 3)
			}
			if outcome == probe.Silent {
				failure, d = probe.Timeout, probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)}
			}
			w.Add("gateway-"+role+"/x", "gateway-"+role, op, diagnosetest.Target("gw.example", 4172, role[len(role)-3:]), "3.227.4.9", outcome, failure, d)
		}
		return w
	}
	const host, router, nothing = finding.SeenHost, finding.SeenLastRouter, finding.SeenNothing
	for _, row := range []struct {
		name       string
		w          *diagnosetest.World
		pcoip, dcv finding.Seen
	}{
		{"all answer", diagnosetest.Healthy(), host, host},
		{"UDP is silent, and nothing was swept", diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp"), nothing, host},
		{"UDP is silent, and comes as far as the control", diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp").Sweep("pcoip-udp", 4, "").ControlSweep(5), router, host},
		{"UDP is silent, and nobody on the way was heard of", diagnosetest.Healthy().Silence("pcoip-udp").Sweep("pcoip-udp", 0, "").ControlSweep(1), nothing, host},
		{"UDP is silent, and ends earlier than the control", diagnosetest.Healthy().Silence("pcoip-udp").Sweep("pcoip-udp", 2, "").ControlSweep(5), nothing, host},
		{"UDP is answered with nonsense", diagnosetest.Healthy().Refuse(probe.MalformedReply, 40, nil, "pcoip-udp"), router, host},
		{"UDP is answered with nonsense from nearby", diagnosetest.Healthy().Refuse(probe.MalformedReply, 1, nil, "pcoip-udp"), nothing, host},
		{"DCV answers over UDP alone", diagnosetest.Healthy().Silence("dcv-tcp"), host, host},
		{"DCV answers over neither", diagnosetest.Healthy().Silence("dcv-tcp", "dcv-udp"), host, nothing},
		{"sign-in fails", diagnosetest.Healthy().EndsAt(probe.TCPConnect, probe.Silent, probe.Timeout, nil, "broker"), nothing, nothing},
		{"TCP 4172 is cut by a device on the way", diagnosetest.Healthy().Cut(2, "pcoip-tcp"), nothing, host},
		// A mute accept is the host's where the host was heard at that distance itself.
		{"TCP 4172 is mute, from as far as the control's reset", diagnosetest.Healthy().Accept(40, "nothing", "pcoip-tcp").Sweep("pcoip-tcp", 4, probe.HopSYNACK).ControlSweep(5), router, host},
		{"TCP 4172 is mute, from as far as TLS on 4195", diagnosetest.Healthy().Accept(40, "nothing", "pcoip-tcp").Sweep("pcoip-tcp", 4, probe.HopSYNACK).Sweep("dcv-tcp", 4, probe.HopSYNACK).ControlSweep(5), host, host},
		{"the named gateway answers as the health host does", gateway(diagnosetest.Healthy(), probe.OK), host, host},
		{"the named gateway is dead", gateway(diagnosetest.Healthy(), probe.Silent), nothing, nothing},
	} {
		v := Judge(row.w.In).Verdict
		if v.ProtocolsSeen != (finding.ProtocolsSeen{PCoIP: row.pcoip, DCV: row.dcv}) {
			t.Errorf("%s: %+v, want %s %s (%s)", row.name, v.ProtocolsSeen, row.pcoip, row.dcv, v.Code)
		}
	}
}

// What is said in so many words stands though the run was stopped; what rests on
// what did not come may be refuted by a step that was not made.
func TestAnInterruptedRunAccusesOnlyWhatIsProven(t *testing.T) {
	stopped := func(w *diagnosetest.World) finding.Verdict {
		w.In.Interrupted = true
		return Judge(w.In).Verdict
	}
	if v := stopped(diagnosetest.Healthy().Refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")); v.Status != finding.StatusFault || v.Code != "host_denies_send" {
		t.Errorf("this computer's own word: %s %s", v.Status, v.Code)
	}
	if v := stopped(diagnosetest.Dropped(1, "192.168.50.1", "10.20.0.1")); v.Status != finding.StatusInconclusive || v.Code != "path_located" {
		t.Errorf("a bracket: %s %s", v.Status, v.Code)
	}
	if v := Judge(diagnosetest.Dropped(1, "192.168.50.1", "10.20.0.1").In).Verdict; v.Status != finding.StatusFault {
		t.Errorf("the same in a whole run: %s", v.Status)
	}
}
