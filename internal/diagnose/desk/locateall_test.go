package desk

import (
	"net/netip"
	"strings"
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/diagnose/sweep/sweeptest"
	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// pathRun is what `path` observes: a TCP sweep of port 4172 and its control.
func pathRun(to string, target, control probe.SweepDetail, change func(*probe.Observation)) []probe.Observation {
	w := &diagnosetest.World{}
	w.Add("host", "", probe.HostRoute, "", "", probe.OK, "", probe.RouteDetail{Family: "ip4", Interface: "eth0", Gateway: netip.MustParseAddr("10.0.0.1"), Source: netip.MustParseAddr("10.0.0.99")})
	w.Add("target-tcp/sweep", "target-tcp", probe.PathSweep, "h:4172/tcp", to, probe.OK, "", target)
	w.Add("control/sweep", "control", probe.PathSweep, "h:443/tcp", to, probe.OK, "", control)
	if change != nil {
		change(&w.In.Observations[1])
	}
	return w.In.Observations
}

// refused makes a sweep end by this computer's refusal.
func refused(failure probe.Failure) func(*probe.Observation) {
	return func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, failure
		d := o.Detail.(probe.SweepDetail)
		d.End = probe.HopLocal
		o.Detail = d
	}
}

// prohibited makes a sweep end by a router's ICMP message.
func prohibited(router string) func(*probe.Observation) {
	return func(o *probe.Observation) {
		o.Outcome, o.Failure = probe.Failed, probe.AdministrativelyProhibited
		d := o.Detail.(probe.SweepDetail)
		d.End, d.ICMP = probe.HopICMP, &probe.ICMPError{Offender: netip.MustParseAddr(router), Type: 3, Code: 13}
		o.Detail = d
	}
}

func TestLocateAllSaysWhereAndWhoseItIs(t *testing.T) {
	const far, near = "3.209.215.252", "10.50.0.5"
	public := func(d probe.SweepDetail) probe.SweepDetail {
		for i := range d.Hops {
			if d.Hops[i].Kind == probe.HopExpired && i >= 2 {
				d.Hops[i].From = netip.AddrFrom4([4]byte{62, 115, 0, byte(i)})
			}
		}
		return d
	}
	for _, c := range []struct {
		name  string
		list  []probe.Observation
		kind  sweep.Kind
		layer layer.ID
		says  string
		where string // how the place begins: kind, from, to
	}{
		{"this computer refuses", pathRun(far, sweeptest.Heard(false, "*"), public(sweeptest.Heard(true, "....R")), refused(probe.LocalPolicyDenied)), sweep.Local, layer.LocalFirewall, "refuses to send to TCP port 4172", "computer "},
		{"the gateway does not answer on the link", pathRun(far, sweeptest.Heard(false, "*"), sweeptest.Heard(true, "*"), refused(probe.HostUnreachable)), sweep.Local, layer.LocalDevice, "next device", "device"},
		{"the gateway forbids", pathRun(far, sweeptest.Heard(false, "."), public(sweeptest.Heard(true, "....R")), prohibited("10.0.0.1")), sweep.Rejected, layer.NetworkFirewall, "Your router 10.0.0.1 answers packets to TCP port 4172 by ICMP 3/13", "device 10.0.0.1"},
		{"a public router forbids", pathRun(far, sweeptest.Heard(false, "..."), public(sweeptest.Heard(true, "....R")), prohibited("62.115.0.2")), sweep.Rejected, "", "62.115.0.2 (a public address)", ""},
		{"silent from the first hop on: the computer or its router", pathRun(far, sweeptest.Heard(false, "***"), public(sweeptest.Heard(true, "....R")), nil), sweep.Bracketed, "", "This computer or your router 10.0.0.1 blocks TCP port 4172.", ""},
		{"silent behind the gateway", pathRun(far, sweeptest.Heard(false, ".***"), public(sweeptest.Heard(true, "....R")), nil), sweep.Bracketed, layer.NetworkFirewall, "between your router 10.0.0.1 and", "interval 10.0.0.1 "},
		{"silent, next to a control that loses as much", pathRun(far, sweeptest.Heard(false, ".**"), sweeptest.Heard(true, ".."), nil), sweep.Bracketed, "", "Random packet loss may explain this", ""},
		{"silent, the next router AWS's own behind a hidden one", pathRun(far, public(sweeptest.Heard(false, "...**")), sweeptest.Way(public(sweeptest.Heard(true, "...*.R")), 0, 0, 0, 0, 77), nil), sweep.Bracketed, layer.InternetPath, "between 62.115.0.2", "interval 62.115.0.2 "},
		{"silent behind AWS's router", pathRun(far, aws(sweeptest.Heard(false, "...*")), aws(sweeptest.Heard(true, ".....R")), nil), sweep.Bracketed, layer.StreamingGateway, "3.217.228.3 (AWS)", ""},
		{"answers", pathRun(far, public(sweeptest.Heard(false, "....A")), public(sweeptest.Heard(true, "....R")), nil), sweep.Reached, "", "answers at hop 5", ""},
		{"answers right behind this network's gateway, as the control does", pathRun(far, sweeptest.Heard(false, ".A"), sweeptest.Heard(true, ".A"), nil), sweep.Unknown, "", "or a device that answers for it", ""},
		{"answers right behind the gateway, and is a host of this network", pathRun(near, sweeptest.Heard(false, ".A"), sweeptest.Heard(true, ".R"), nil), sweep.Reached, "", "answers at hop 2", ""},
		{"refuses, and is a host of this network", pathRun(near, sweeptest.Heard(false, ".R"), sweeptest.Heard(true, ".R"), nil), sweep.Refused, layer.StreamingGateway, "The host itself refuses", "host "},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := LocateAll(c.list)
			if len(list) != 1 {
				t.Fatalf("%d verdicts: %+v", len(list), list)
			}
			v := list[0]
			if (v.Layer != "") != (v.Where != nil) {
				t.Errorf("layer %q at %+v", v.Layer, v.Where)
			}
			if w := v.Where; w != nil && !strings.HasPrefix(strings.Join([]string{string(w.Kind), w.From, w.To}, " "), c.where) {
				t.Errorf("at %+v, want %s", w, c.where)
			}
			if v.Kind != c.kind || v.Layer != c.layer || !strings.Contains(diagnosetest.Said(v.Summary), c.says) || (v.Layer == "") != (v.Confidence == "") {
				t.Errorf("%s %q %q: %s; want %s %q %q", v.Kind, v.Layer, v.Confidence, diagnosetest.Said(v.Summary), c.kind, c.layer, c.says)
			}
		})
	}
}

// aws gives the routers from the third on addresses of AWS's border.
func aws(d probe.SweepDetail) probe.SweepDetail {
	for i := range d.Hops {
		if d.Hops[i].Kind == probe.HopExpired && i >= 2 {
			d.Hops[i].From = netip.AddrFrom4([4]byte{3, 217, 228, byte(i + 1)})
		}
	}
	return d
}
