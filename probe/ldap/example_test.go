package ldap_test

import (
	"context"
	"fmt"
	"net/netip"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
	"wsdoctor/probe/ldap"
	"wsdoctor/probe/probetest"
)

func ExampleProber() {
	dc := servers.Directory{Host: "dc1.corp.example.com", Domain: "corp.example.com"}
	n := probetest.New() // a scripted network; a run uses the real one
	n.On(probe.UDP, "172.16.0.10:389", probetest.Answer(0, func(b []byte) [][]byte {
		return [][]byte{dc.Datagram(b, netip.AddrPort{})}
	}))
	target := probe.Target{
		Host: "dc1.corp.example.com", Port: 389, Transport: probe.UDP, Domain: "corp.example.com",
		Addresses: []netip.Addr{netip.MustParseAddr("172.16.0.10")},
	}
	for _, o := range (ldap.Prober{}).Probe(context.Background(), n, target) {
		d := o.Detail.(probe.LDAPDetail)
		fmt.Println(o.Outcome, d.Host, d.Site)
	}
	// Output:
	// ok dc1.corp.example.com Default-First-Site-Name
}
