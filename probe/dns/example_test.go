package dns_test

import (
	"context"
	"fmt"
	"net/netip"

	"wsdoctor/probe"
	"wsdoctor/probe/dns"
	"wsdoctor/probe/probetest"
)

func ExampleProber() {
	n := probetest.New() // a scripted network; a run uses the real one
	n.Hosts["broker.example.com"] = []netip.Addr{netip.MustParseAddr("0.0.0.0")}
	target := probe.Target{Host: "broker.example.com", Resolver: dns.System, Types: []string{"A", "AAAA"}, Expect: dns.ExpectPublic}
	for _, o := range (dns.Prober{}).Probe(context.Background(), n, target) {
		d := o.Detail.(probe.DNSDetail)
		fmt.Println(d.Type, o.Outcome, o.Failure, d.Addresses)
	}
	// Output:
	// A failed dns_bogon_error [0.0.0.0]
	// AAAA failed dns_no_answer []
}
