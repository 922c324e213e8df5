package ntp_test

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"time"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
	"wsdoctor/probe/ntp"
	"wsdoctor/probe/probetest"
)

func ExampleProber() {
	clock := servers.NTP(servers.Clock{Ahead: 7 * time.Minute})
	n := probetest.New() // a scripted network; a run uses the real one
	n.On(probe.UDP, "172.16.0.10:123", probetest.Answer(0, func(b []byte) [][]byte {
		return [][]byte{clock(b, netip.AddrPort{})}
	}))
	target := probe.Target{Host: "dc1.corp.example.com", Port: 123, Transport: probe.UDP, Addresses: []netip.Addr{netip.MustParseAddr("172.16.0.10")}}
	for _, o := range (ntp.Prober{}).Probe(context.Background(), n, target) {
		d := o.Detail.(probe.NTPDetail)
		fmt.Println(o.Outcome, math.Round(*d.ClockMS/60000), "minutes")
	}
	// Output:
	// ok -7 minutes
}
