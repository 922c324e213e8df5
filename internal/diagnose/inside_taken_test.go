package diagnose

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// Whoever holds a service's port is named, and accused only where the service itself
// does not run: its program may be called otherwise.
func TestAStrangerOnAServicesPortIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		world  *world
		status Status
		layer  layer.ID
		says   string
	}{
		"PCoIP's, and its agent failed":       {healthyInside().heldBy(4172, "nginx").state("pcoip", "failed", "enabled"), StatusFault, layer.StreamingHost, "nginx holds TCP port 4172"},
		"PCoIP's, and its agent runs":         {healthyInside().heldBy(4172, "nginx"), StatusInconclusive, "", "nginx holds"},
		"the management agent's":              {healthyInside().heldBy(8200, "java").state("skylight", "stopped", "enabled"), StatusFault, layer.StreamingHost, "java holds TCP port 8200"},
		"the management agent's, and it runs": {healthyInside().heldBy(8200, "java"), StatusOK, "", ""},
		"the management agent's, which nobody knows": {with(healthyInside().heldBy(8200, "java"), probe.HostServices, func(d *probe.ServicesDetail) {
			d.Services = slices.DeleteFunc(slices.Clone(d.Services), func(s probe.Service) bool { return s.Role == "skylight" })
		}), StatusOK, "", ""},
		"PCoIP's, and a session stands": {healthyInside().heldBy(4172, "pcs").connectedFrom("198.19.200.1:50000", 4172), StatusOK, "", ""},
		"PCoIP's, at another address":   {healthyInside().heldBy(4172, "nginx").listenAt(4172, "127.0.0.1"), StatusFault, layer.StreamingHost, "listens on"},
		"by a program nobody may name":  {healthyInside().heldBy(4172, ""), StatusOK, "", ""},
		"by the system for a service":   {healthyInside().heldBy(8200, "systemd"), StatusOK, "", ""},
		"by the agent, as its manager says": {with(healthyInside().heldBy(8200, "agentd"), probe.HostServices, func(d *probe.ServicesDetail) {
			for i := range d.Services {
				if d.Services[i].Role == "skylight" {
					d.Services[i].PID = 4711
				}
			}
		}), StatusOK, "", ""},
	} {
		r := Judge(c.world.in)
		if v := r.Verdict; v.Status != c.status || layerOf(v) != c.layer || !strings.Contains(v.Summary, c.says) {
			t.Errorf("%s: %s %q %q; findings: %s", name, v.Status, layerOf(v), v.Summary, codes(r.Findings))
		}
	}
}

// What the firewall does to answers is said of answers.
func TestAFirewallThatKeepsAnswersIsSaidToKeepAnswers(t *testing.T) {
	w := healthyInside().firewall(probe.Failed, probe.FirewallDenied, probe.FirewallDrop, 4172)
	if v := Judge(w.in).Verdict; strings.Contains(v.Summary, "answers") {
		t.Errorf("what comes in: %q", v.Summary)
	}
	with(w, probe.HostFirewall, func(d *probe.FirewallDetail) { d.Answers = d.Verdict == probe.FirewallDrop })
	v := Judge(w.in).Verdict
	if v.Status != StatusFault || layerOf(v) != layer.WorkspaceFirewall || !strings.Contains(v.Summary, "lets no answers out from TCP and UDP port 4172") || !strings.Contains(v.Remedy[0], "answers out") {
		t.Errorf("what answers: %s %q %q %q", v.Status, layerOf(v), v.Summary, v.Remedy)
	}
}
