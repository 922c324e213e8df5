package cli

import (
	"net/netip"
	"strings"
	"testing"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// The way of echo requests must not look like a control of the port.
func TestPathNamesTheWayOfEchoRequests(t *testing.T) {
	hops := []probe.Hop{{TTL: 1, Sent: 1, Kind: probe.HopExpired, From: netip.MustParseAddr("192.168.50.1"), RTTMS: []float64{0.4}}, {TTL: 2, Sent: 1, Kind: probe.HopReply}}
	for _, echo := range []bool{false, true} {
		r := PathReport{Host: "gateway.example.com", Sweeps: []PathSweep{{Transport: probe.TCP, Port: 443, SweepDetail: probe.SweepDetail{Control: true, Echo: echo, Hops: hops}}}}
		var out strings.Builder
		if err := r.write(words.English(), &out); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "icmp echo") != echo || strings.Contains(out.String(), "tcp/443 (control)") == echo || !strings.Contains(out.String(), "192.168.50.1 0.4 ms") {
			t.Errorf("echo %v:\n%s", echo, out.String())
		}
	}
}

// A system that does not tell who answered leaves no cell empty, nor takes it for
// silence.
func TestPathShowsAnswersOfNobody(t *testing.T) {
	hops := []probe.Hop{{TTL: 1, Sent: 1, Kind: probe.HopExpired, RTTMS: []float64{0.4}}, {TTL: 2, Sent: 1, Kind: probe.HopICMP, RTTMS: []float64{2}}}
	r := PathReport{Host: "gateway.example.com", Sweeps: []PathSweep{{Transport: probe.UDP, Port: 4172, SweepDetail: probe.SweepDetail{Hops: hops}}}}
	var out strings.Builder
	if err := r.write(words.English(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a router 0.4 ms", "refused 2.0 ms"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q:\n%s", want, out.String())
		}
	}
}
