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

// Where datagrams end is seen by their distance alone; whose the device is, only
// another sweep's addresses can tell.
func TestDatagramsThatEndAtADeviceWithoutAnAddress(t *testing.T) {
	blocked := func() *diagnosetest.World {
		return diagnosetest.Healthy().Silence("pcoip-udp", "dcv-udp").Sweep("pcoip-udp", 1, "").Sweep("dcv-udp", 1, "").ControlSweep(5)
	}
	located := func(w *diagnosetest.World) finding.Finding {
		for _, f := range Judge(w.In).Findings {
			if f.Code == "path_located" {
				return f
			}
		}
		t.Error("the place is not found")
		return finding.Finding{}
	}
	named, by, nobody := located(blocked()), located(blocked().Nameless(probe.UDP)), located(blocked().Nameless(probe.UDP, probe.TCP))
	if by.Path == nil || by.Path.AfterTTL != 1 || by.Path.BeforeTTL != 2 || by.Layer != named.Layer || by.Undecided != named.Undecided {
		t.Errorf("named by TCP: %s %v %+v; with addresses %s %v", by.Layer, by.Undecided, by.Path, named.Layer, named.Undecided)
	}
	if !nobody.Undecided || len(nobody.Suspects) < 2 || nobody.Confidence == finding.Proven {
		t.Errorf("named by nobody: %s undecided %v, %v", nobody.Layer, nobody.Undecided, nobody.Suspects)
	}
	if !slices.ContainsFunc(nobody.Suspects, func(s finding.Suspect) bool { return s.Layer == layer.NetworkFirewall }) || !strings.Contains(diagnosetest.Said(nobody.Summary), "does not tell") {
		t.Errorf("named by nobody: %s %v", diagnosetest.Said(nobody.Summary), nobody.Suspects)
	}
	for _, f := range Judge(blocked().Nameless(probe.UDP, probe.TCP).In).Findings {
		if strings.Contains(diagnosetest.Said(f.Summary), "invalid") {
			t.Error(diagnosetest.Said(f.Summary))
		}
	}
}
