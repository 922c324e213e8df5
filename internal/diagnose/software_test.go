package diagnose

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

var (
	zscaler    = probe.Product{Name: "Zscaler Client Connector", Version: "4.3.0.190", Running: true, Kinds: []probe.SoftwareKind{probe.VPN, probe.WebGateway}, Signs: []probe.SoftwareSign{{In: "process", Name: "ZSATunnel"}}}
	falcon     = probe.Product{Name: "CrowdStrike Falcon", Running: true, Kinds: []probe.SoftwareKind{probe.EndpointProtection}}
	idleVPN    = probe.Product{Name: "NordVPN", Version: "7.1", Kinds: []probe.SoftwareKind{probe.VPN}}
	charles    = probe.Product{Name: "Charles", Version: "5.0", Running: true, Kinds: []probe.SoftwareKind{probe.ProxyProgram}}
	kaspersky  = probe.Product{Name: "Kaspersky", Version: "21.3", Running: true, Kinds: []probe.SoftwareKind{probe.EndpointProtection, probe.PersonalFirewall}}
	kasperskys = probe.TLSDetail{Root: probe.RootOther, HostnameFits: true, Issuer: "CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab", Chain: []probe.Certificate{{Issuer: "CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab"}}}
)

// withSoftware adds what was found on this computer.
func withSoftware(w *diagnosetest.World, list ...probe.Product) *diagnosetest.World {
	w.Add("host", "", probe.HostSoftware, "", "", probe.OK, "", probe.SoftwareDetail{Products: list, Looked: []string{"processes"}})
	return w
}

func softwareID(r Result, w *diagnosetest.World) (id string, supports bool) {
	for _, o := range w.In.Observations {
		if o.Operation == probe.HostSoftware {
			id = o.ID
		}
	}
	return id, slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return slices.Contains(f.Supports, id) })
}

func TestTheOnlyFittingProgramIsNamed(t *testing.T) {
	swallows := func() *diagnosetest.World {
		return diagnosetest.Healthy().Silence("pcoip-tcp", "pcoip-udp").Counters("pcoip-udp", true)
	}
	denies := func() *diagnosetest.World {
		return diagnosetest.Healthy().Refuse(probe.LocalPolicyDenied, 0, nil, "pcoip-udp")
	}
	silent := func() *diagnosetest.World { return diagnosetest.Healthy().Silence("pcoip-tcp", "pcoip-udp") }
	signed := func() *diagnosetest.World {
		return diagnosetest.Healthy().EndsAt(probe.TLSHandshake, probe.Failed, probe.TLSUnknownAuthority, kasperskys, diagnosetest.WebOrder...)
	}
	for name, c := range map[string]struct {
		world func() *diagnosetest.World
		list  []probe.Product
		code  string
		says  string // the summary ends so; empty: nobody is named
		told  bool   // the software is part of the evidence
	}{
		"one":                      {swallows, []probe.Product{zscaler, idleVPN}, "host_swallows", "Zscaler Client Connector 4.3.0.190 runs here.", true},
		"one without a version":    {denies, []probe.Product{falcon}, "host_denies_send", "CrowdStrike Falcon runs here.", true},
		"one, and one of no kind":  {denies, []probe.Product{falcon, charles}, "host_denies_send", "CrowdStrike Falcon runs here.", true},
		"two":                      {swallows, []probe.Product{zscaler, falcon}, "host_swallows", "", true},
		"only installed":           {swallows, []probe.Product{idleVPN}, "host_swallows", "", false},
		"none":                     {swallows, nil, "host_swallows", "", false},
		"a cause in the network":   {silent, []probe.Product{zscaler}, "port_silent", "", false},
		"the signer runs":          {signed, []probe.Product{zscaler, kaspersky}, "tls_resigned", "Kaspersky 21.3 runs here.", true},
		"another than the signer":  {signed, []probe.Product{zscaler}, "tls_resigned", "", false},
		"nothing wrong, and it is": {diagnosetest.Healthy, []probe.Product{zscaler}, "all_measured_passes", "", false},
	} {
		without, w := Judge(c.world().In), withSoftware(c.world(), c.list...)
		with := Judge(w.In)
		if with.Verdict.Code != c.code || with.Verdict.Status != without.Verdict.Status || with.Verdict.Confidence != without.Verdict.Confidence || layerOf(with.Verdict) != layerOf(without.Verdict) {
			t.Errorf("%s: %s %s, without the software %s %s", name, with.Verdict.Status, with.Verdict.Code, without.Verdict.Status, without.Verdict.Code)
		}
		if named := strings.Contains(diagnosetest.Said(with.Verdict.Summary), "runs here"); named != (c.says != "") || !strings.HasSuffix(diagnosetest.Said(with.Verdict.Summary), c.says) {
			t.Errorf("%s: %q", name, diagnosetest.Said(with.Verdict.Summary))
		}
		if id, told := softwareID(with, w); told != c.told {
			t.Errorf("%s: %s is in the evidence: %v", name, id, told)
		}
	}
}

// A run that was stopped accuses nobody, and names nobody.
func TestAStoppedRunNamesNoProgram(t *testing.T) {
	w := withSoftware(diagnosetest.Healthy().Silence("pcoip-tcp", "pcoip-udp").Counters("pcoip-udp", true), zscaler)
	w.In.Interrupted = true
	if v := Judge(w.In).Verdict; strings.Contains(diagnosetest.Said(v.Summary), "Zscaler") {
		t.Errorf("%q", diagnosetest.Said(v.Summary))
	}
}

// What runs on a computer changes no case's verdict: it is a name, never a reason.
func TestNoVerdictDependsOnSoftware(t *testing.T) {
	for code, c := range diagnosetest.Goldens() {
		for _, w := range []*diagnosetest.World{c.Fires, c.Rival} {
			without := Judge(w.In)
			with := Judge(withSoftware(w, zscaler, charles).In)
			if with.Verdict.Status != without.Verdict.Status || with.Verdict.Code != without.Verdict.Code || layerOf(with.Verdict) != layerOf(without.Verdict) || with.Verdict.Confidence != without.Verdict.Confidence {
				t.Errorf("%s: %s %s, with software %s %s", code, without.Verdict.Status, without.Verdict.Code, with.Verdict.Status, with.Verdict.Code)
			}
		}
	}
}
