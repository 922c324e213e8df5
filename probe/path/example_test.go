package path_test

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/path"
)

func ExampleProber() {
	n := straight(3, 3*time.Millisecond) // a simulated path; a run uses the real one
	n.routers[1].drop = 4172             // the second router drops the port
	for _, t := range []probe.Target{
		{Host: "gateway.example.com", Port: 4172, Transport: probe.TCP, Addresses: []netip.Addr{address}},
		{Host: "gateway.example.com", Port: 443, Transport: probe.TCP, Addresses: []netip.Addr{address}, Expect: path.ExpectControl},
	} {
		for _, o := range (path.Prober{}).Probe(context.Background(), n, t) {
			d := o.Detail.(probe.SweepDetail)
			fmt.Printf("%s %s: last hop %d, target at %d\n", o.Target, o.Outcome, d.Last, d.Distance)
			for _, h := range d.Hops {
				fmt.Println(" ", h.TTL, h.Kind, h.From)
			}
		}
	}
	// Output:
	// gateway.example.com:4172/tcp silent: last hop 2, target at 0
	//   1 ttl-exceeded 10.0.0.1
	//   2 ttl-exceeded 10.0.0.2
	//   3 silent invalid IP
	//   4 silent invalid IP
	// gateway.example.com:443/tcp ok: last hop 3, target at 4
	//   1 ttl-exceeded 10.0.0.1
	//   2 ttl-exceeded 10.0.0.2
	//   3 ttl-exceeded 10.0.0.3
	//   4 syn-ack 198.51.100.7
}
