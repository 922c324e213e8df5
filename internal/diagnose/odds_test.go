package diagnose

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/probe"
)

// TestASilenceCarriesItsOdds: whatever rests on silence says how many probes that
// was, what the controls lost, and what plain loss is good for.
func TestASilenceCarriesItsOdds(t *testing.T) {
	cases := goldens()
	for code, probes := range map[string]int{"port_silent": 9, "path_passes": 9, "path_located": 8, "gateway_only_dead": 3, "udp_not_passing": 9} {
		list := Judge(cases[code].fires.in).Findings
		i := slices.IndexFunc(list, func(f Finding) bool { return f.Code == code })
		o := list[i].Odds
		switch {
		case o == nil:
			t.Errorf("%s has no odds", code)
		case o.Probes != probes, o.ControlProbes == 0, o.ControlLoss <= 0, o.Chance <= 0, o.Chance > sweep.ChanceLimit:
			t.Errorf("%s: %+v, want %d probes", code, *o, probes)
		case !strings.Contains(o.Sentence(), "random packet loss is ruled out (chance "):
			t.Errorf("%s: %s", code, o.Sentence())
		}
	}
}

// TestPortsThatEndAlikeShareTheirOdds: two ports whose packets end between the same
// devices are twice as good as one; a port whose packets end elsewhere adds nothing.
func TestPortsThatEndAlikeShareTheirOdds(t *testing.T) {
	for second, want := range map[int]int{2: 8, 3: 4} {
		w := healthy().silence("pcoip-tcp", "dcv-tcp").sweep("pcoip-tcp", 2, "").sweep("dcv-tcp", second, "").controlSweep(5)
		e := gather(w.in)
		f, asked := e.flow("health", "pcoip-tcp", "pcoip-tcp")
		if !asked || f.kind != sweep.Bracketed || f.path.Probes != want {
			t.Errorf("the other port ends behind hop %d: %s, %d probes, want %d", second, f.kind, f.path.Probes, want)
		}
	}
}

// TestANamedGatewayIsNotAccusedForLoss: three connects in a row are lost now and
// then where every third packet is.
func TestANamedGatewayIsNotAccusedForLoss(t *testing.T) {
	silent := probe.ConnectDetail{Attempts: attempts(3, probe.Silent)}
	w := healthy().lossy(72, 24).also("gateway-dcv-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Silent, probe.Timeout, silent).
		also("gateway-dcv-udp/quic", probe.QUICVersion, "3.227.4.9", probe.Silent, probe.Timeout, probe.ExchangeDetail{Attempts: attempts(3, probe.Silent)})
	got := Judge(w.in)
	for _, f := range got.Findings {
		if f.Code == "gateway_only_dead" && f.Severity == SeverityFault {
			t.Errorf("accused: %s", f.Odds.Sentence())
		}
	}
	if got.Verdict.Status != StatusInconclusive || len(got.Verdict.Suspects) < 2 {
		t.Errorf("%s, suspects %v", got.Verdict.Status, got.Verdict.Suspects)
	}
}

// Nor are source ports: three datagrams from each, on the same lossy line.
func TestSourcePortsAreNotSuspectedForLoss(t *testing.T) {
	quiet := func(w *world) bool {
		w.add("pcoip-source/stun/50002", "pcoip-source", probe.STUNBinding, target(healthHost, 4172, "udp"), gateways[0], probe.Silent, probe.Timeout, probe.ExchangeDetail{Sent: 3, Attempts: attempts(3, probe.Silent)})
		return slices.ContainsFunc(Judge(w.in).Findings, func(f Finding) bool { return f.Code == "source_port_blocked" })
	}
	if quiet(healthy().lossy(72, 24)) {
		t.Error("suspected where every third packet is lost")
	}
	if !quiet(healthy()) {
		t.Error("not seen where none is lost")
	}
}
