package diagnose

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

func TestAnOrdinaryLossLeavesThePortSilent(t *testing.T) {
	w := healthy().lossy(72, 16).silence("pcoip-tcp").sweep("pcoip-tcp", 3, "").controlSweep(5)
	if v := Judge(w.in).Verdict; v.Status == StatusFault {
		t.Errorf("a fault is said where loss explains the silence: %s", v.Summary)
	}
}

func TestWithoutAnyHopThePortStaysInconclusive(t *testing.T) {
	w := healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 0, "")
	d := sweeptest.Heard(true, "*****")
	w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.Silent, probe.Timeout, d)
	if v := Judge(w.in).Verdict; v.Status != StatusInconclusive || v.Code != "port_silent" {
		t.Errorf("%s %s", v.Status, v.Code)
	}
}

func TestTwoPlacesAreTwoFindings(t *testing.T) {
	w := healthy().silence("pcoip-tcp", "dcv-tcp", "dcv-udp").sweep("pcoip-tcp", 1, "").sweep("dcv-tcp", 2, "").sweep("dcv-udp", 2, "").controlSweep(5)
	n := 0
	for _, f := range Judge(w.in).Findings {
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
	sweeps := func(routers string) *world {
		w := healthy().silence("pcoip-tcp")
		w.add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, target(healthHost, 4172, "tcp"), gateways[0], probe.Silent, probe.Timeout, sweeptest.Heard(false, routers))
		w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.Silent, probe.Timeout, sweeptest.Heard(true, routers))
		return w
	}
	v := Judge(sweeps("..**").in).Verdict
	if v.Status != StatusInconclusive || v.Suspects[0].Layer != layer.NetworkFirewall || !strings.Contains(v.Summary, "10.0.0.2") || strings.Contains(v.Summary, "AWS's host does not answer") {
		t.Errorf("%s: %s; suspects %v", v.Status, v.Summary, v.Suspects)
	}
	v = Judge(sweeps("....*").hop(3, "62.115.0.9").hop(4, publishedHop).in).Verdict
	if v.Status != StatusInconclusive || !strings.Contains(v.Summary, "AWS's host does not answer") {
		t.Errorf("as far as AWS's own router: %s: %s", v.Status, v.Summary)
	}
}

func TestADeadNetworkNamesTheLastDeviceThatAnswers(t *testing.T) {
	w := healthy().dark().sweep("pcoip-tcp", 2, "")
	w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.Silent, probe.Timeout, sweeptest.Heard(true, "..***"))
	v := Judge(w.in).Verdict
	if v.Code != "nothing_answers" || !strings.Contains(v.Summary, "10.20.0.1") || v.Suspects[0].Layer != layer.NetworkFirewall {
		t.Errorf("%s: %s; first suspect %v", v.Code, v.Summary, v.Suspects)
	}
}

// Packets that not even the first router sees look the same whether it or this
// computer drops them: only the packet counter separates the two.
func TestTheFirstRouterIsAccusedOnlyOfWhatLeft(t *testing.T) {
	dead := func() *world {
		return healthy().silence("pcoip-tcp", "pcoip-udp").sweep("pcoip-tcp", 0, "").sweep("pcoip-udp", 0, "").controlSweep(5)
	}
	accepted := func() *world {
		return healthy().accept(1, "nothing", "pcoip-tcp").sweep("pcoip-tcp", 0, probe.HopSYNACK).controlSweep(5)
	}
	reset := func() *world {
		return healthy().refuse(probe.ConnectionRefused, 40, nil, "pcoip-tcp").sweep("pcoip-tcp", 0, probe.HopRST).controlSweep(5)
	}
	for name, test := range map[string]struct {
		w      *world
		status Status
		at     layer.ID
		local  bool // the local firewall is accused or suspected
	}{
		"nobody counted":             {dead(), StatusInconclusive, "", true},
		"the counter cannot tell":    {dead().counted("pcoip-udp", probe.CountersDetail{Sent: 30, Moved: 50}), StatusInconclusive, "", true},
		"another port's left":        {dead().counted("dcv-udp", probe.CountersDetail{Left: true}), StatusInconclusive, "", true},
		"connects did not leave":     {dead().knocked("pcoip-tcp", probe.CountersDetail{Flat: true}), StatusFault, layer.LocalFirewall, true},
		"reset, nobody counted":      {reset(), StatusInconclusive, "", true},
		"reset, connects left":       {reset().knocked("pcoip-tcp", probe.CountersDetail{Left: true}), StatusFault, layer.NetworkFirewall, true},
		"accepted, packets left":     {accepted().knocked("pcoip-tcp", probe.CountersDetail{Left: true}), StatusInconclusive, "", true},
		"accepted, nothing left":     {accepted().knocked("pcoip-tcp", probe.CountersDetail{Flat: true}), StatusFault, layer.LocalFirewall, true},
		"reset, only UDP left":       {reset().counted("pcoip-udp", probe.CountersDetail{Left: true}), StatusInconclusive, "", true},
		"reset, nothing left":        {reset().knocked("pcoip-tcp", probe.CountersDetail{Flat: true}), StatusFault, layer.LocalFirewall, true},
		"they left":                  {dead().counted("pcoip-udp", probe.CountersDetail{Left: true}), StatusFault, layer.NetworkFirewall, false},
		"they did not leave":         {dead().counted("pcoip-udp", probe.CountersDetail{Flat: true}), StatusFault, layer.LocalFirewall, true},
		"they left, by way of a VPN": {dead().counted("pcoip-udp", probe.CountersDetail{Left: true}).vpn(), StatusInconclusive, "", true},
		"they left a container":      {dead().counted("pcoip-udp", probe.CountersDetail{Left: true}).within("a container"), StatusInconclusive, "", true},
		"connects left WSL":          {reset().knocked("pcoip-tcp", probe.CountersDetail{Left: true}).within("WSL"), StatusInconclusive, "", true},
	} {
		v := Judge(test.w.in).Verdict
		at := layer.ID("")
		if v.Layer != nil {
			at = *v.Layer
		}
		named := at == layer.LocalFirewall || slices.ContainsFunc(v.Suspects, func(s Suspect) bool { return s.Layer == layer.LocalFirewall })
		if v.Status != test.status || at != test.at || named != test.local {
			t.Errorf("%s: %s %q, suspects %+v: %s", name, v.Status, at, v.Suspects, v.Summary)
		}
		if test.status == StatusInconclusive && (v.NextTest == nil || len(v.Suspects) < 2) {
			t.Errorf("%s: nothing separates %+v", name, v.Suspects)
		}
	}
}

// A counter that says that nothing left, of packets that a router told of, or the
// other way round: one of them is false, and nobody knows which.
func TestObservationsThatContradictEachOtherAccuseNobody(t *testing.T) {
	for name, w := range map[string]*world{
		"a router heard what never left": healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 2, "").controlSweep(5).knocked("pcoip-tcp", probe.CountersDetail{Flat: true}),
		"two looks that differ":          healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 0, "").controlSweep(5).knocked("pcoip-tcp", probe.CountersDetail{Flat: true}).knocked("pcoip-tcp", probe.CountersDetail{Left: true}),
	} {
		if v := Judge(w.in).Verdict; v.Status != StatusInconclusive || v.Layer != nil || len(v.Suspects) == 0 {
			t.Errorf("%s: %s %s: %s", name, v.Status, v.Code, v.Summary)
		}
	}
}
