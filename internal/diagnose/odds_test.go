package diagnose

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/probe"
)

// TestASilenceCarriesItsOdds: whatever rests on silence says how many probes that
// was, what the controls lost, and what plain loss is good for.
func TestASilenceCarriesItsOdds(t *testing.T) {
	cases := diagnosetest.Goldens()
	for code, probes := range map[string]int{"port_silent": 9, "path_passes": 9, "path_located": 8, "gateway_only_dead": 3, "udp_not_passing": 9} {
		list := Judge(cases[code].Fires.In).Findings
		i := slices.IndexFunc(list, func(f finding.Finding) bool { return f.Code == code })
		o := list[i].Odds
		switch {
		case o == nil:
			t.Errorf("%s has no odds", code)
		case o.Probes != probes, o.ControlProbes == 0, o.ControlLoss <= 0, o.Chance <= 0, o.Chance > sweep.ChanceLimit:
			t.Errorf("%s: %+v, want %d probes", code, *o, probes)
		case !strings.Contains(diagnosetest.Said(o.Sentence()), "random packet loss is ruled out (chance "):
			t.Errorf("%s: %s", code, diagnosetest.Said(o.Sentence()))
		}
	}
}

// TestANamedGatewayIsNotAccusedForLoss: three connects in a row are lost now and
// then where every third packet is.
func TestANamedGatewayIsNotAccusedForLoss(t *testing.T) {
	silent := probe.ConnectDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)}
	w := diagnosetest.Healthy().Lossy(72, 24).Also("gateway-dcv-tcp/tcp", probe.TCPConnect, "3.227.4.9", probe.Silent, probe.Timeout, silent).
		Also("gateway-dcv-udp/quic", probe.QUICVersion, "3.227.4.9", probe.Silent, probe.Timeout, probe.ExchangeDetail{Attempts: diagnosetest.Attempts(3, probe.Silent)})
	got := Judge(w.In)
	for _, f := range got.Findings {
		if f.Code == "gateway_only_dead" && f.Severity == finding.SeverityFault {
			t.Errorf("accused: %s", f.Odds.Sentence())
		}
	}
	if got.Verdict.Status != finding.StatusInconclusive || len(got.Verdict.Suspects) < 2 {
		t.Errorf("%s, suspects %v", got.Verdict.Status, got.Verdict.Suspects)
	}
}

// Nor are source ports: three datagrams from each, on the same lossy line.
func TestSourcePortsAreNotSuspectedForLoss(t *testing.T) {
	quiet := func(w *diagnosetest.World) bool {
		w.Add("pcoip-source/stun/50002", "pcoip-source", probe.STUNBinding, diagnosetest.Target(diagnosetest.HealthHost, 4172, "udp"), diagnosetest.Gateways[0], probe.Silent, probe.Timeout, probe.ExchangeDetail{Sent: 3, Attempts: diagnosetest.Attempts(3, probe.Silent)})
		return slices.ContainsFunc(Judge(w.In).Findings, func(f finding.Finding) bool { return f.Code == "source_port_blocked" })
	}
	if quiet(diagnosetest.Healthy().Lossy(72, 24)) {
		t.Error("suspected where every third packet is lost")
	}
	if !quiet(diagnosetest.Healthy()) {
		t.Error("not seen where none is lost")
	}
}
