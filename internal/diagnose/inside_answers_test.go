package diagnose

import (
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// What answers the gateway the wrong way is eth0's fault for the ports it is about,
// unless the system answers somebody all the same.
func TestAnswersThatGoAstray(t *testing.T) {
	for name, c := range map[string]struct {
		world  *diagnosetest.World
		status finding.Status
		layer  layer.ID
		pcoip  finding.ProtocolState
		dcv    finding.ProtocolState
		says   string
	}{
		"all by eth1":               {diagnosetest.HealthyInside().AnswersBy("eth1"), finding.StatusFault, layer.ManagementInterface, finding.ProtocolBlocked, finding.ProtocolBlocked, "leave by eth1"},
		"those of PCoIP by eth1":    {diagnosetest.HealthyInside().AnswersBy("eth1", 4172), finding.StatusFault, layer.ManagementInterface, finding.ProtocolBlocked, finding.ProtocolOK, "TCP port 4172 and UDP port 4172"},
		"a rule refuses PCoIP's":    {diagnosetest.HealthyInside().AnswersBy("", 4172), finding.StatusFault, layer.ManagementInterface, finding.ProtocolBlocked, finding.ProtocolOK, "leave by no interface"},
		"those of DCV's UDP":        {diagnosetest.HealthyInside().AnswersBy("eth1", 8220), finding.StatusDegraded, layer.ManagementInterface, finding.ProtocolOK, finding.ProtocolDegraded, "UDP port 8220"},
		"by eth1, and sessions are": {diagnosetest.HealthyInside().AnswersBy("eth1", 4172).ConnectedFrom("198.19.200.1:50000", 4172), finding.StatusOK, "", finding.ProtocolOK, finding.ProtocolOK, ""},
		"eth0 is down":              {diagnosetest.HealthyInside().AnswersBy("eth1").Card("eth0", func(i *probe.Interface) { i.Up, i.Carrier = false, false }), finding.StatusFault, layer.ManagementInterface, finding.ProtocolBlocked, finding.ProtocolBlocked, "switched off"},
	} {
		r := Judge(c.world.In)
		v := r.Verdict
		if v.Status != c.status || layerOf(v) != c.layer || v.Protocols != (finding.Protocols{PCoIP: c.pcoip, DCV: c.dcv}) || !strings.Contains(diagnosetest.Said(v.Summary), c.says) {
			t.Errorf("%s: %s %q %v %q; findings: %s", name, v.Status, layerOf(v), v.Protocols, diagnosetest.Said(v.Summary), diagnosetest.Codes(r.Findings))
		}
	}
}
