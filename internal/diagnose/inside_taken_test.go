package diagnose

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Whoever holds a service's port is named, and accused only where the service itself
// does not run: its program may be called otherwise.
func TestAStrangerOnAServicesPortIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		world  *diagnosetest.World
		status finding.Status
		layer  layer.ID
		says   string
	}{
		"PCoIP's, and its agent failed":       {diagnosetest.HealthyInside().HeldBy(4172, "nginx").State("pcoip", "failed", "enabled"), finding.StatusFault, layer.StreamingHost, "holds TCP port 4172 (nginx)"},
		"PCoIP's, and its agent runs":         {diagnosetest.HealthyInside().HeldBy(4172, "nginx"), finding.StatusInconclusive, "", "(nginx)"},
		"the management agent's":              {diagnosetest.HealthyInside().HeldBy(8200, "java").State("skylight", "stopped", "enabled"), finding.StatusFault, layer.StreamingHost, "holds TCP port 8200 (java)"},
		"the management agent's, and it runs": {diagnosetest.HealthyInside().HeldBy(8200, "java"), finding.StatusOK, "", ""},
		"the management agent's, which nobody knows": {diagnosetest.With(diagnosetest.HealthyInside().HeldBy(8200, "java"), probe.HostServices, func(d *probe.ServicesDetail) {
			d.Services = slices.DeleteFunc(slices.Clone(d.Services), func(s probe.Service) bool { return s.Role == "skylight" })
		}), finding.StatusOK, "", ""},
		"PCoIP's, and a session stands": {diagnosetest.HealthyInside().HeldBy(4172, "pcs").ConnectedFrom("198.19.200.1:50000", 4172), finding.StatusOK, "", ""},
		"PCoIP's, at another address":   {diagnosetest.HealthyInside().HeldBy(4172, "nginx").ListenAt(4172, "127.0.0.1"), finding.StatusFault, layer.StreamingHost, "listens on"},
		"by a program nobody may name":  {diagnosetest.HealthyInside().HeldBy(4172, ""), finding.StatusOK, "", ""},
		"by the system for a service":   {diagnosetest.HealthyInside().HeldBy(8200, "systemd"), finding.StatusOK, "", ""},
		"by the agent, as its manager says": {diagnosetest.With(diagnosetest.HealthyInside().HeldBy(8200, "agentd"), probe.HostServices, func(d *probe.ServicesDetail) {
			for i := range d.Services {
				if d.Services[i].Role == "skylight" {
					d.Services[i].PID = 4711
				}
			}
		}), finding.StatusOK, "", ""},
	} {
		r := Judge(c.world.In)
		if v := r.Verdict; v.Status != c.status || layerOf(v) != c.layer || !strings.Contains(diagnosetest.Said(v.Summary), c.says) {
			t.Errorf("%s: %s %q %q; findings: %s", name, v.Status, layerOf(v), diagnosetest.Said(v.Summary), diagnosetest.Codes(r.Findings))
		}
	}
}

// What the firewall does to answers is said of answers.
func TestAFirewallThatKeepsAnswersIsSaidToKeepAnswers(t *testing.T) {
	w := diagnosetest.HealthyInside().Firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 4172)
	if v := Judge(w.In).Verdict; strings.Contains(diagnosetest.Said(v.Summary), "answers") {
		t.Errorf("what comes in: %q", diagnosetest.Said(v.Summary))
	}
	diagnosetest.With(w, probe.HostFirewall, func(d *probe.FirewallDetail) { d.Answers = d.Verdict == probe.FirewallDrop })
	v := Judge(w.In).Verdict
	if v.Status != finding.StatusFault || layerOf(v) != layer.WorkspaceFirewall || !strings.Contains(diagnosetest.Said(v.Summary), "lets no answers out from TCP and UDP port 4172") || !strings.Contains(diagnosetest.Said(v.Remedy[0]), "answers out") {
		t.Errorf("what answers: %s %q %q %q", v.Status, layerOf(v), diagnosetest.Said(v.Summary), v.Remedy)
	}
}
