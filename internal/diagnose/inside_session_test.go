package diagnose

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// A redirect is a fault where the service waits on its own port and nobody is where the
// packets go to; with another program there it may be a relay, and without the service
// one that has ended.
func TestARedirectIsJudgedByWhoListensWhereItLeads(t *testing.T) {
	for name, c := range map[string]struct {
		world  *diagnosetest.World
		status finding.Status
		layer  layer.ID
		code   string
		says   string
	}{
		"to nobody":                                 {diagnosetest.HealthyInside().SentOn(4172, 9999), finding.StatusFault, layer.WorkspaceFirewall, "inside_firewall_redirects", "port 9999"},
		"to another program":                        {diagnosetest.HealthyInside().SentOn(4172, 9999, "envoy"), finding.StatusInconclusive, "", "inside_firewall_redirects", "envoy"},
		"to the service":                            {diagnosetest.HealthyInside().SentOn(4172, 9999, "pcoip-server"), finding.StatusOK, "", "all_measured_passes", ""},
		"to nobody, and no service":                 {diagnosetest.HealthyInside().SentOn(4172, 9999).Deaf(4172), finding.StatusFault, layer.StreamingHost, "not_listening", ""},
		"to the service, which listens there alone": {diagnosetest.HealthyInside().SentOn(8200, 9999, "skylight-agent").Deaf(8200), finding.StatusOK, "", "all_measured_passes", ""},
		"and nobody looked": {diagnosetest.HealthyInside().SentOn(4172, 9999).Each(diagnosetest.Is(probe.HostFirewall), func(o *probe.Observation) {
			d := o.Detail.(probe.FirewallDetail)
			if d.Redirected != nil {
				to := *d.Redirected
				to.Looked = false
				d.Redirected = &to
				o.Detail = d
			}
		}), finding.StatusInconclusive, "", "inside_firewall_unclear", ""},
	} {
		v := Judge(c.world.In).Verdict
		if v.Status != c.status || layerOf(v) != c.layer || v.Code != c.code || !strings.Contains(diagnosetest.Said(v.Summary), c.says) {
			t.Errorf("%s: %s %s %s: %s", name, v.Status, layerOf(v), v.Code, diagnosetest.Said(v.Summary))
		}
	}
}

// A limit that no session meets is told, and clears the port all the same.
func TestALimitOfNewConnectionsIsToldAndBlocksNobody(t *testing.T) {
	world := diagnosetest.With(diagnosetest.HealthyInside(), probe.HostFirewall, func(d *probe.FirewallDetail) {
		if d.First == 4172 && d.Transport == probe.TCP {
			d.AtRest = []string{"limit rate over 100/second"}
		}
	})
	r := Judge(world.In)
	if r.Verdict.Status != finding.StatusOK || r.Verdict.Protocols.PCoIP != finding.ProtocolOK {
		t.Errorf("%+v", r.Verdict)
	}
	if !slices.ContainsFunc(words.English().All(r.Gaps), func(s string) bool { return strings.Contains(s, "TCP port 4172") }) {
		t.Errorf("%q", r.Gaps)
	}
}
