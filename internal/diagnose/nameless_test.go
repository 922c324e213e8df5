package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// nameless makes the sweeps of a transport those of a system that does not tell who
// gave a packet up.
func (w *world) nameless(transports ...probe.Transport) *world {
	return w.each(func(o probe.Observation) bool {
		return o.Operation == probe.PathSweep && slices.Contains(transports, o.Transport())
	}, func(o *probe.Observation) {
		d := o.Detail.(probe.SweepDetail)
		d.Hops = slices.Clone(d.Hops)
		for i := range d.Hops {
			if d.Hops[i].Kind == probe.HopExpired {
				d.Hops[i].From = netip.Addr{}
			}
		}
		o.Detail = d
	})
}

// Where datagrams end is seen by their distance alone; whose the device is, only
// another sweep's addresses can tell.
func TestDatagramsThatEndAtADeviceWithoutAnAddress(t *testing.T) {
	blocked := func() *world {
		return healthy().silence("pcoip-udp", "dcv-udp").sweep("pcoip-udp", 1, "").sweep("dcv-udp", 1, "").controlSweep(5)
	}
	located := func(w *world) Finding {
		for _, f := range Judge(w.in).Findings {
			if f.Code == "path_located" {
				return f
			}
		}
		t.Error("the place is not found")
		return Finding{}
	}
	named, by, nobody := located(blocked()), located(blocked().nameless(probe.UDP)), located(blocked().nameless(probe.UDP, probe.TCP))
	if by.Path == nil || by.Path.AfterTTL != 1 || by.Path.BeforeTTL != 2 || by.Layer != named.Layer || by.Undecided != named.Undecided {
		t.Errorf("named by TCP: %s %v %+v; with addresses %s %v", by.Layer, by.Undecided, by.Path, named.Layer, named.Undecided)
	}
	if !nobody.Undecided || len(nobody.Suspects) < 2 || nobody.Confidence == Proven {
		t.Errorf("named by nobody: %s undecided %v, %v", nobody.Layer, nobody.Undecided, nobody.Suspects)
	}
	if !slices.ContainsFunc(nobody.Suspects, func(s Suspect) bool { return s.Layer == layer.NetworkFirewall }) || !strings.Contains(nobody.Summary, "does not tell") {
		t.Errorf("named by nobody: %s %v", nobody.Summary, nobody.Suspects)
	}
	for _, f := range Judge(blocked().nameless(probe.UDP, probe.TCP).in).Findings {
		if strings.Contains(f.Summary, "invalid") {
			t.Error(f.Summary)
		}
	}
}

// A device without an address is no proof that an answer came from another network.
func TestADeviceWithoutAnAddressIsNobodysBorder(t *testing.T) {
	w := healthy().controlSweep(5)
	e := gather(w.nameless(probe.TCP).in)
	if o := e.At("control", probe.PathSweep)[0]; e.fromAfar(o, o) {
		t.Error("a way without addresses leads beyond this network")
	}
}

// A refusal of which nobody is the sender is blamed on nobody.
func TestAPortThatNobodyNamedIsSaidToBeShut(t *testing.T) {
	w := healthy().sweep("pcoip-udp", 3, "").controlSweep(5)
	w.each(at("pcoip-udp"), func(o *probe.Observation) {
		if d, is := o.Detail.(probe.SweepDetail); is {
			d.End, d.Hops = probe.HopICMP, append(slices.Clone(d.Hops[:3]), probe.Hop{TTL: 4, Sent: 1, Kind: probe.HopICMP, RTTMS: []float64{40}})
			o.Detail, o.Outcome, o.Failure = d, probe.Failed, probe.ConnectionRefused
		}
	})
	for _, v := range LocateAll(w.nameless(probe.UDP).in.Observations) {
		if v.Port == 4172 && v.Transport == probe.UDP && (v.Layer != "" || !strings.Contains(v.Summary, "does not tell who")) {
			t.Errorf("%s %s", v.Layer, v.Summary)
		}
	}
}
