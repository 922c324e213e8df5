package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// heard builds a sweep: one letter per TTL. "." a router answered, "*" silence,
// "R" a reset, "A" an accept, "r" a UDP reply.
func heard(control bool, hops string) probe.SweepDetail {
	d := probe.SweepDetail{Control: control, End: probe.HopSilent, Packets: len(hops)}
	kinds := map[rune]probe.HopKind{'.': probe.HopExpired, '*': probe.HopSilent, 'R': probe.HopRST, 'A': probe.HopSYNACK, 'r': probe.HopReply}
	for i, c := range hops {
		h := probe.Hop{TTL: i + 1, Sent: 1, Kind: kinds[c]}
		switch h.Kind {
		case probe.HopSilent:
			h.Sent = 2
		case probe.HopExpired:
			h.From, h.RTTMS, d.Last = netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), []float64{1}, i+1
		default:
			h.RTTMS = []float64{1}
			if d.Distance == 0 {
				d.Distance, d.End = i+1, h.Kind
			}
		}
		d.Hops = append(d.Hops, h)
	}
	return d
}

func TestLocate(t *testing.T) {
	for _, c := range []struct {
		name, target, control string
		kind                  sweep.Kind
		after, before         int
	}{
		{"dropped in the first router's forwarding", ".****", "....R", sweep.Bracketed, 1, 2},
		{"dropped before or on arrival at the first router", "*****", "....R", sweep.Bracketed, 0, 1},
		{"dropped in the third router's forwarding, or on arrival at the fourth", "...**", "....A", sweep.Bracketed, 3, 4},
		{"the last router before the destination, or the destination", "....*", "....R", sweep.Passes, 4, 5},
		{"the control is silent at the end as well", "....*", "....*", sweep.Passes, 4, 0},
		{"a hop that never answers lies between", ".****", ".*..R", sweep.Bracketed, 1, 3},
		{"only the destination answers for the control", "*****", "****R", sweep.Unknown, 0, 0},
		{"no hop answers for anything", "*****", "*****", sweep.Unknown, 0, 0},
		{"the port goes farther than the control", "....*", "..***", sweep.Passes, 4, 0},
		{"a reset from the first router", "*RRRR", "....R", sweep.Forged, 1, 2},
		{"a reset from this computer or its first router", "RRRRR", "....R", sweep.Forged, 0, 1},
		{"an accept in the third router's place, the control silent at the end", "..AAA", "....*", sweep.Forged, 2, 3},
		{"a reset from the destination", "....R", "....R", sweep.Refused, 4, 5},
		{"a reset from somewhere behind the last hop", "....R", "....*", sweep.Unknown, 4, 5},
		{"an accept at the destination", "....A", "....R", sweep.Passes, 4, 5},
		{"a datagram that is answered", "....r", "....R", sweep.Passes, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind, p := sweep.Compare(heard(false, c.target), heard(true, c.control), 0, 20)
			if kind != c.kind || p.AfterTTL != c.after || p.BeforeTTL != c.before {
				t.Errorf("%s between %d and %d, want %s between %d and %d", kind, p.AfterTTL, p.BeforeTTL, c.kind, c.after, c.before)
			}
			if kind == sweep.Bracketed && p.AfterTTL > 0 && !p.After.IsValid() {
				t.Errorf("the last hop has no address")
			}
		})
	}
}

// way gives a sweep's routers, from TTL 1, other addresses; "" leaves one.
func way(d probe.SweepDetail, last ...byte) probe.SweepDetail {
	for i := range d.Hops {
		if i < len(last) && last[i] > 0 {
			d.Hops[i].From = netip.AddrFrom4([4]byte{10, 0, 0, last[i]})
		}
	}
	return d
}

// rejected ends a sweep by a router's ICMP message.
func rejected(d probe.SweepDetail) probe.SweepDetail {
	d.End, d.ICMP = probe.HopICMP, &probe.ICMPError{Offender: netip.MustParseAddr("10.0.0.2"), Type: 3, Code: 13}
	return d
}

// Routers that share load send each packet of a sweep by another way, and load
// balancers answer for some ports themselves.
func TestLocateWhereWaysDiffer(t *testing.T) {
	const destination = 99
	for _, c := range []struct {
		name            string
		target, control probe.SweepDetail
		kind            sweep.Kind
	}{
		{"a reset over a way that is a hop shorter", way(heard(false, ".....R"), 1, 2, 3, 40, 50), way(heard(true, "......R"), 1, 2, 3, 4, 5, 6), sweep.Unknown},
		{"an accept over a way that is two hops shorter", way(heard(false, "....A"), 1, 2, 30, 40), way(heard(true, "......R"), 1, 2, 3, 4, 5, 6), sweep.Unknown},
		{"a reset next to a hop that only the control saw", heard(false, "...*R"), heard(true, ".....R"), sweep.Unknown},
		{"a reset of a provider's device, the ways the same", heard(false, "....R"), heard(true, ".....R"), sweep.Forged},
		{"a reset of a provider's device, far from the end", way(heard(false, "....R"), 1, 2, 3, 40), heard(true, "........R"), sweep.Forged},
		{"a silent destination over a way that is a hop shorter", way(heard(false, ".....*"), 1, 2, 3, 40, 50), heard(true, "......R"), sweep.Unknown},
		{"a drop far from the end", way(heard(false, "....***"), 1, 2, 3, 40), heard(true, "........R"), sweep.Bracketed},
		{"a load balancer that refuses this port and passes the control's on", way(heard(false, "...R"), 1, 2, 3, destination), way(heard(true, "....R"), 1, 2, 3, destination, destination), sweep.Unknown},
		{"the control is refused by a router where the port's packets die", heard(false, "..**"), rejected(heard(true, "..*")), sweep.Unknown},
		{"the control itself is answered by a device nearer than the port's packets die", heard(false, "..**"), heard(true, ".A"), sweep.Unknown},
	} {
		if kind, p := sweep.Compare(c.target, c.control, 0, 20); kind != c.kind {
			t.Errorf("%s: %s between %d and %d, want %s", c.name, kind, p.AfterTTL, p.BeforeTTL, c.kind)
		}
	}
}

func TestLossMakesASilenceLessTelling(t *testing.T) {
	_, clean := sweep.Compare(heard(false, "...*"), heard(true, "....R"), 0, 20)
	_, lossy := sweep.Compare(heard(false, "...*"), heard(true, "....R"), 6, 20)
	if clean.Chance > sweep.ChanceLimit {
		t.Errorf("without loss: chance %.4f, want at most %.2f", clean.Chance, sweep.ChanceLimit)
	}
	if lossy.Chance <= sweep.ChanceLimit {
		t.Errorf("with 30 %% loss: chance %.4f, want more than %.2f", lossy.Chance, sweep.ChanceLimit)
	}
}

func TestAnOrdinaryLossLeavesThePortSilent(t *testing.T) {
	w := healthy().lossy(72, 16).silence("pcoip-tcp").sweep("pcoip-tcp", 3, "").controlSweep(5)
	if v := Judge(w.in).Verdict; v.Status == StatusFault {
		t.Errorf("a fault is said where loss explains the silence: %s", v.Summary)
	}
}

func TestWithoutAnyHopThePortStaysInconclusive(t *testing.T) {
	w := healthy().silence("pcoip-tcp").sweep("pcoip-tcp", 0, "")
	d := heard(true, "*****")
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
		w.add("pcoip-tcp/sweep", "pcoip-tcp", probe.PathSweep, target(healthHost, 4172, "tcp"), gateways[0], probe.Silent, probe.Timeout, heard(false, routers))
		w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.Silent, probe.Timeout, heard(true, routers))
		return w
	}
	v := Judge(sweeps("..**").in).Verdict
	if v.Status != StatusInconclusive || v.Suspects[0].Layer != layer.NetworkFirewall || !strings.Contains(v.Summary, "10.0.0.2") || strings.Contains(v.Summary, "the AWS end does not answer") {
		t.Errorf("%s: %s; suspects %v", v.Status, v.Summary, v.Suspects)
	}
	v = Judge(sweeps("....*").hop(3, "62.115.0.9").hop(4, publishedHop).in).Verdict
	if v.Status != StatusInconclusive || !strings.Contains(v.Summary, "the AWS end does not answer") {
		t.Errorf("as far as AWS's own router: %s: %s", v.Status, v.Summary)
	}
}

func TestADeadNetworkNamesTheLastDeviceThatAnswers(t *testing.T) {
	w := healthy().dark().sweep("pcoip-tcp", 2, "")
	w.add("control/sweep", "control", probe.PathSweep, target(healthHost, 443, "tcp"), gateways[0], probe.Silent, probe.Timeout, heard(true, "..***"))
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

func TestTheWayOfEchoRequestsIsNoControl(t *testing.T) {
	target, control := heard(false, "..***"), heard(true, "....A")
	if kind, _ := sweep.Compare(target, control, 0, 40); kind != sweep.Bracketed {
		t.Fatalf("of one port and another: %s", kind)
	}
	control.Echo = true
	if kind, _ := sweep.Compare(target, control, 0, 40); kind != sweep.Unknown {
		t.Errorf("of a port and echo requests: %s", kind)
	}
}
