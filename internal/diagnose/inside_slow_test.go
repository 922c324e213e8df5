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

// A name server that needs long is slow; what else could be slow is asked.
func TestANameServerThatNeedsLongIsSlow(t *testing.T) {
	healthy, dns1, dns2 := diagnosetest.HealthyInside, diagnosetest.DNS1+":53", diagnosetest.DNS2+":53"
	noPorts := func(w *diagnosetest.World) *diagnosetest.World {
		return w.Drop(func(o probe.Observation) bool { return strings.HasPrefix(o.Endpoint, "dc-") })
	}
	slowPorts := func(w *diagnosetest.World) *diagnosetest.World {
		return w.Each(func(o probe.Observation) bool { return strings.HasPrefix(o.Endpoint, "dc-") }, func(o *probe.Observation) { o.ElapsedMS = 1400 })
	}
	for name, c := range map[string]struct {
		world    *diagnosetest.World
		status   finding.Status
		layer    layer.ID
		sure     finding.Confidence
		suspects []layer.ID
		says     string
	}{
		"both, on computers that answer at once": {healthy().Takes(dns1, 2500).Takes(dns2, 2500), finding.StatusDegraded, layer.DirectoryDNS, finding.Likely, nil, "2.5 seconds"},
		"one":                                    {healthy().Takes(dns1, 2500), finding.StatusDegraded, layer.DirectoryDNS, finding.Likely, nil, diagnosetest.DNS1},
		"both, and nothing else is known of them":        {noPorts(healthy().Takes(dns1, 2500).Takes(dns2, 2500)), finding.StatusDegraded, layer.DirectoryDNS, finding.Possible, []layer.ID{layer.VPCEgress}, "2.5 seconds"},
		"both, as all that these computers answer":       {slowPorts(healthy().Takes(dns1, 2500).Takes(dns2, 2500)), finding.StatusDegraded, layer.DirectoryDNS, finding.Possible, []layer.ID{layer.VPCEgress}, "2.5 seconds"},
		"both, just below what counts":                   {healthy().Takes(dns1, 1499).Takes(dns2, 1499), finding.StatusOK, "", "", nil, ""},
		"one that is slow beside one that does not know": {healthy().Takes(dns1, 2500).NameServer(diagnosetest.DNS2, "udp", probe.Failed, probe.DNSNXDomain), finding.StatusDegraded, layer.DirectoryDNS, finding.Likely, nil, ""},
		"both, no longer than this computer stood still": {healthy().Takes(dns1, 1900).Takes(dns2, 1900).StoodStill(), finding.StatusOK, "", "", nil, ""},
		"both, by more than this computer stood still":   {healthy().Takes(dns1, 2500).Takes(dns2, 2500).StoodStill(), finding.StatusDegraded, layer.DirectoryDNS, finding.Likely, nil, "2.5 seconds"},
	} {
		v := Judge(c.world.In).Verdict
		var suspects []layer.ID
		for _, s := range v.Suspects {
			suspects = append(suspects, s.Layer)
		}
		if v.Status != c.status || layerOf(v) != c.layer || v.Confidence != c.sure || !slices.Equal(suspects, c.suspects) || !strings.Contains(diagnosetest.Said(v.Summary), c.says) {
			t.Errorf("%s: %s %s %s %v: %s", name, v.Status, layerOf(v), v.Confidence, suspects, diagnosetest.Said(v.Summary))
		}
	}
}
