package desk

import (
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/probe"
)

// A device without an address is no proof that an answer came from another network.
func TestADeviceWithoutAnAddressIsNobodysBorder(t *testing.T) {
	w := diagnosetest.Healthy().ControlSweep(5)
	e := gather(w.Nameless(probe.TCP).In)
	if o := e.At("control", probe.PathSweep)[0]; e.fromAfar(o, o) {
		t.Error("a way without addresses leads beyond this network")
	}
}

// A refusal of which nobody is the sender is blamed on nobody.
func TestAPortThatNobodyNamedIsSaidToBeShut(t *testing.T) {
	w := diagnosetest.Healthy().Sweep("pcoip-udp", 3, "").ControlSweep(5)
	w.Each(diagnosetest.At("pcoip-udp"), func(o *probe.Observation) {
		if d, is := o.Detail.(probe.SweepDetail); is {
			d.End, d.Hops = probe.HopICMP, append(slices.Clone(d.Hops[:3]), probe.Hop{TTL: 4, Sent: 1, Kind: probe.HopICMP, RTTMS: []float64{40}})
			o.Detail, o.Outcome, o.Failure = d, probe.Failed, probe.ConnectionRefused
		}
	})
	for _, v := range LocateAll(w.Nameless(probe.UDP).In.Observations) {
		if v.Port == 4172 && v.Transport == probe.UDP && (v.Layer != "" || !strings.Contains(diagnosetest.Said(v.Summary), "does not tell who")) {
			t.Errorf("%s %s", v.Layer, diagnosetest.Said(v.Summary))
		}
	}
}
