package diagnose

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

func TestAnOrdinaryLossLeavesThePortSilent(t *testing.T) {
	w := diagnosetest.Healthy().Lossy(72, 16).Silence("pcoip-tcp").Sweep("pcoip-tcp", 3, "").ControlSweep(5)
	if v := Judge(w.In).Verdict; v.Status == finding.StatusFault {
		t.Errorf("a fault is said where loss explains the silence: %s", diagnosetest.Said(v.Summary))
	}
}

func TestWithoutAnyHopThePortStaysInconclusive(t *testing.T) {
	w := diagnosetest.Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 0, "")
	d := sweeptest.Heard(true, "*****")
	w.Add("control/sweep", "control", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 443, "tcp"), diagnosetest.Gateways[0], probe.Silent, probe.Timeout, d)
	if v := Judge(w.In).Verdict; v.Status != finding.StatusInconclusive || v.Code != "port_silent" {
		t.Errorf("%s %s", v.Status, v.Code)
	}
}

func TestTwoPlacesAreTwoFindings(t *testing.T) {
	w := diagnosetest.Healthy().Silence("pcoip-tcp", "dcv-tcp", "dcv-udp").Sweep("pcoip-tcp", 1, "").Sweep("dcv-tcp", 2, "").Sweep("dcv-udp", 2, "").ControlSweep(5)
	n := 0
	for _, f := range Judge(w.In).Findings {
		if f.Code == "path_located" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d findings, want one for each place", n)
	}
}

// A firewall that drops everything to a host drops the control too. Then nothing
// shows that packets came any farther than the last device of this network.
func TestAControlThatEndsAsNearSaysNothingOfAWS(t *testing.T) {
	sweeps := func(routers string) *diagnosetest.World {
		w := diagnosetest.Healthy().Silence("pcoip-tcp")
		w.Add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 4172, "tcp"), diagnosetest.Gateways[0], probe.Silent, probe.Timeout, sweeptest.Heard(false, routers))
		w.Add("control/sweep", "control", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 443, "tcp"), diagnosetest.Gateways[0], probe.Silent, probe.Timeout, sweeptest.Heard(true, routers))
		return w
	}
	v := Judge(sweeps("..**").In).Verdict
	if v.Status != finding.StatusInconclusive || v.Suspects[0].Layer != layer.NetworkFirewall || !strings.Contains(diagnosetest.Said(v.Summary), "10.0.0.2") || strings.Contains(diagnosetest.Said(v.Summary), "AWS's host does not answer") {
		t.Errorf("%s: %s; suspects %v", v.Status, diagnosetest.Said(v.Summary), v.Suspects)
	}
	v = Judge(sweeps("....*").Hop(3, "62.115.0.9").Hop(4, diagnosetest.PublishedHop).In).Verdict
	if v.Status != finding.StatusInconclusive || !strings.Contains(diagnosetest.Said(v.Summary), "AWS's host does not answer") {
		t.Errorf("as far as AWS's own router: %s: %s", v.Status, diagnosetest.Said(v.Summary))
	}
}

func TestADeadNetworkNamesTheLastDeviceThatAnswers(t *testing.T) {
	w := diagnosetest.Healthy().Dark().Sweep("pcoip-tcp", 2, "")
	w.Add("control/sweep", "control", probe.PathSweep, diagnosetest.Target(diagnosetest.HealthHost, 443, "tcp"), diagnosetest.Gateways[0], probe.Silent, probe.Timeout, sweeptest.Heard(true, "..***"))
	v := Judge(w.In).Verdict
	if v.Code != "nothing_answers" || !strings.Contains(diagnosetest.Said(v.Summary), "10.20.0.1") || v.Suspects[0].Layer != layer.NetworkFirewall {
		t.Errorf("%s: %s; first suspect %v", v.Code, diagnosetest.Said(v.Summary), v.Suspects)
	}
}

// Packets that not even the first router sees look the same whether it or this
// computer drops them: only the packet counter separates the two.
func TestTheFirstRouterIsAccusedOnlyOfWhatLeft(t *testing.T) {
	dead := func() *diagnosetest.World {
		return diagnosetest.Healthy().Silence("pcoip-tcp", "pcoip-udp").Sweep("pcoip-tcp", 0, "").Sweep("pcoip-udp", 0, "").ControlSweep(5)
	}
	accepted := func() *diagnosetest.World {
		return diagnosetest.Healthy().Accept(1, "nothing", "pcoip-tcp").Sweep("pcoip-tcp", 0, probe.HopSYNACK).ControlSweep(5)
	}
	reset := func() *diagnosetest.World {
		return diagnosetest.Healthy().Refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").Sweep("pcoip-tcp", 0, probe.HopRST).ControlSweep(5)
	}
	for name, test := range map[string]struct {
		w      *diagnosetest.World
		status finding.Status
		at     layer.ID
		local  bool // the local firewall is accused or suspected
	}{
		"nobody counted":             {dead(), finding.StatusInconclusive, "", true},
		"the counter cannot tell":    {dead().Counted("pcoip-udp", probe.CountersDetail{Sent: 30, Moved: 50}), finding.StatusInconclusive, "", true},
		"another port's left":        {dead().Counted("dcv-udp", probe.CountersDetail{Left: true}), finding.StatusInconclusive, "", true},
		"connects did not leave":     {dead().Knocked("pcoip-tcp", probe.CountersDetail{Flat: true}), finding.StatusFault, layer.LocalFirewall, true},
		"reset, nobody counted":      {reset(), finding.StatusInconclusive, "", true},
		"reset, connects left":       {reset().Knocked("pcoip-tcp", probe.CountersDetail{Left: true}), finding.StatusFault, layer.NetworkFirewall, true},
		"accepted, packets left":     {accepted().Knocked("pcoip-tcp", probe.CountersDetail{Left: true}), finding.StatusInconclusive, "", true},
		"accepted, nothing left":     {accepted().Knocked("pcoip-tcp", probe.CountersDetail{Flat: true}), finding.StatusFault, layer.LocalFirewall, true},
		"reset, only UDP left":       {reset().Counted("pcoip-udp", probe.CountersDetail{Left: true}), finding.StatusInconclusive, "", true},
		"reset, nothing left":        {reset().Knocked("pcoip-tcp", probe.CountersDetail{Flat: true}), finding.StatusFault, layer.LocalFirewall, true},
		"they left":                  {dead().Counted("pcoip-udp", probe.CountersDetail{Left: true}), finding.StatusFault, layer.NetworkFirewall, false},
		"they did not leave":         {dead().Counted("pcoip-udp", probe.CountersDetail{Flat: true}), finding.StatusFault, layer.LocalFirewall, true},
		"they left, by way of a VPN": {dead().Counted("pcoip-udp", probe.CountersDetail{Left: true}).Vpn(), finding.StatusInconclusive, "", true},
		"they left a container":      {dead().Counted("pcoip-udp", probe.CountersDetail{Left: true}).Within("a container"), finding.StatusInconclusive, "", true},
		"connects left WSL":          {reset().Knocked("pcoip-tcp", probe.CountersDetail{Left: true}).Within("WSL"), finding.StatusInconclusive, "", true},
	} {
		v := Judge(test.w.In).Verdict
		at := layer.ID("")
		if v.Layer != nil {
			at = *v.Layer
		}
		named := at == layer.LocalFirewall || slices.ContainsFunc(v.Suspects, func(s finding.Suspect) bool { return s.Layer == layer.LocalFirewall })
		if v.Status != test.status || at != test.at || named != test.local {
			t.Errorf("%s: %s %q, suspects %+v: %s", name, v.Status, at, v.Suspects, diagnosetest.Said(v.Summary))
		}
		if test.status == finding.StatusInconclusive && (v.NextTest.Empty() || len(v.Suspects) < 2) {
			t.Errorf("%s: nothing separates %+v", name, v.Suspects)
		}
	}
}

// A counter that says that nothing left, of packets that a router told of, or the
// other way round: one of them is false, and nobody knows which.
func TestObservationsThatContradictEachOtherAccuseNobody(t *testing.T) {
	for name, w := range map[string]*diagnosetest.World{
		"a router heard what never left": diagnosetest.Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 2, "").ControlSweep(5).Knocked("pcoip-tcp", probe.CountersDetail{Flat: true}),
		"two looks that differ":          diagnosetest.Healthy().Silence("pcoip-tcp").Sweep("pcoip-tcp", 0, "").ControlSweep(5).Knocked("pcoip-tcp", probe.CountersDetail{Flat: true}).Knocked("pcoip-tcp", probe.CountersDetail{Left: true}),
	} {
		if v := Judge(w.In).Verdict; v.Status != finding.StatusInconclusive || v.Layer != nil || len(v.Suspects) == 0 {
			t.Errorf("%s: %s %s: %s", name, v.Status, v.Code, diagnosetest.Said(v.Summary))
		}
	}
}
