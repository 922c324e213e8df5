package diagnose

import (
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// What answers the gateway the wrong way is eth0's fault for the ports it is about,
// unless the system answers somebody all the same.
func TestAnswersThatGoAstray(t *testing.T) {
	for name, c := range map[string]struct {
		world  *world
		status Status
		layer  layer.ID
		pcoip  ProtocolState
		dcv    ProtocolState
		says   string
	}{
		"all by eth1":               {healthyInside().answersBy("eth1"), StatusFault, layer.ManagementInterface, ProtocolBlocked, ProtocolBlocked, "leave by eth1"},
		"those of PCoIP by eth1":    {healthyInside().answersBy("eth1", 4172), StatusFault, layer.ManagementInterface, ProtocolBlocked, ProtocolOK, "TCP port 4172 and UDP port 4172"},
		"a rule refuses PCoIP's":    {healthyInside().answersBy("", 4172), StatusFault, layer.ManagementInterface, ProtocolBlocked, ProtocolOK, "leave by no interface"},
		"those of DCV's UDP":        {healthyInside().answersBy("eth1", 8220), StatusDegraded, layer.ManagementInterface, ProtocolOK, ProtocolDegraded, "UDP port 8220"},
		"by eth1, and sessions are": {healthyInside().answersBy("eth1", 4172).connectedFrom("198.19.200.1:50000", 4172), StatusOK, "", ProtocolOK, ProtocolOK, ""},
		"eth0 is down":              {healthyInside().answersBy("eth1").card("eth0", func(i *probe.Interface) { i.Up, i.Carrier = false, false }), StatusFault, layer.ManagementInterface, ProtocolBlocked, ProtocolBlocked, "switched off"},
	} {
		r := Judge(c.world.in)
		v := r.Verdict
		if v.Status != c.status || layerOf(v) != c.layer || v.Protocols != (Protocols{c.pcoip, c.dcv}) || !strings.Contains(v.Summary, c.says) {
			t.Errorf("%s: %s %q %v %q; findings: %s", name, v.Status, layerOf(v), v.Protocols, v.Summary, codes(r.Findings))
		}
	}
}
